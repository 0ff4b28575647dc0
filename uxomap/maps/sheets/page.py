"""A sheet of paper measured in millimetres, on which text runs in the direction of its language."""

import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from uxomap.errors import InputError
from uxomap.languages import Language
from uxomap.maps.sheets.choices import SIZES

MM_PER_INCH, POINTS_PER_INCH = 25.4, 72.0

#: Margin of every sheet in millimetres.
MARGIN_MM = 10.0

#: Smallest text in points.
SMALLEST_PT = 7.0

#: Distance between lines of text, times their size.
_LINE_SPACING = 1.22

INK, QUIET, RULE = "#1a1a1a", "#4d4d4d", "#8c8c8c"

#: The only family that ships with matplotlib and holds Latin, Cyrillic and Arabic letters.
FONT = "DejaVu Sans"

#: Marks without width: one makes a line run from right to left, the other holds degrees or a reference together in it.
_RIGHT_TO_LEFT, LEFT_TO_RIGHT = "\u200f", "\u200e"

_NO_GLYPH = "\u25a1"

#: Blanks at which no line breaks: between a number and its unit, and between its thousands.
_KEPT_BLANKS = "\u00a0\u202f"

#: Plain and bold letters on paper are up to so much wider than measured, because they are set on whole dots.
_SPARE, _SPARE_BOLD = 1.004, 1.012

#: How far above its line the middle of the small letters stands, times the size.
_MIDDLE = 0.36


@contextmanager
def own_style() -> Iterator[None]:
    """Draw with matplotlib's own settings, whatever the user has set for his plots."""
    matplotlib = load_matplotlib()
    # which window system draws on screens stays the user's affair
    settings = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    settings |= {"font.family": [FONT], "pdf.fonttype": 42, "pdf.compression": 6, "axes.unicode_minus": True}
    with matplotlib.rc_context(settings):
        yield


def load_matplotlib() -> Any:
    """Import matplotlib, or say how to install it."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - slow to load, and not always installed
        import matplotlib.figure  # noqa: PLC0415 - likewise
    except ImportError as error:
        message = "Map sheets need matplotlib, which is not installed. Install it with: pip install matplotlib"
        raise InputError(message) from error
    return mpl


class Page:
    """
    One sheet.

    Places are in millimetres: *x* from the edge where reading starts (the right one for Arabic), *y* from the top.
    """

    def __init__(self, size: str, language: Language) -> None:
        """Take an empty sheet."""
        self.width, self.height, self.unit = SIZES[size]
        self.language = language
        self.mirrored = language.right_to_left
        figure_class = load_matplotlib().figure.Figure
        self.figure = figure_class(figsize=(self.width / MM_PER_INCH, self.height / MM_PER_INCH), facecolor="white")
        self.paper = self.figure.add_axes((0, 0, 1, 1), label="paper", zorder=5)
        self.paper.set(xlim=(0, self.width), ylim=(self.height, 0))
        self.paper.axis("off")
        self.paper.patch.set_visible(False)

    def size(self, points: float = SMALLEST_PT) -> float:
        """Size of a text in points on this paper."""
        return points * self.unit

    def line_mm(self, points: float = SMALLEST_PT) -> float:
        """Distance between two lines of text in millimetres."""
        return self.size(points) * _LINE_SPACING * MM_PER_INCH / POINTS_PER_INCH

    def width_mm(self, text: str, points: float = SMALLEST_PT, *, bold: bool = False) -> float:
        """Width of a text in millimetres."""
        wide = _text_points(printable(text), bold=bold) * (_SPARE_BOLD if bold else _SPARE)
        return wide * self.size(points) / 100 * MM_PER_INCH / POINTS_PER_INCH

    def left(self, x: float, width: float = 0.0) -> float:
        """Distance from the left edge of something that begins at *x*."""
        return self.width - x - width if self.mirrored else x

    def axes(self, x: float, y: float, width: float, height: float, label: str) -> Any:
        """Take a part of the sheet for a map."""
        box = (self.left(x, width), self.height - y - height, width, height)
        sides = self.width, self.height, self.width, self.height
        return self.figure.add_axes([part / side for part, side in zip(box, sides, strict=True)], label=label)

    def write(self, x: float, y: float, text: str, **look: Any) -> Any:
        """
        Write one line whose middle stands at *y*.

        *look* is ``points``, ``bold``, ``color`` and ``align`` (``start``, ``middle`` or ``end``).
        """
        points = look.get("points", SMALLEST_PT)
        align = look.get("align", "start")
        if self.mirrored:
            align = {"start": "end", "end": "start"}.get(align, align)
        return self.paper.text(
            self.left(x),
            y + _MIDDLE * self.size(points) * MM_PER_INCH / POINTS_PER_INCH,
            self.direct(printable(text)),
            fontsize=self.size(points),
            fontweight="bold" if look.get("bold") else "normal",
            color=look.get("color", INK),
            ha={"start": "left", "middle": "center", "end": "right"}[align],
            va="baseline",
            parse_math=False,
            gid=look.get("gid"),
        )

    def direct(self, text: str) -> str:
        """Let a line run from right to left where its language does, also one that begins with a foreign name."""
        kinds = {unicodedata.bidirectional(letter) for letter in text if letter != LEFT_TO_RIGHT}
        # numbers alone run as the words above them; a foreign name alone runs as it is written
        runs_left = self.mirrored and (bool(kinds & {"R", "AL"}) or "L" not in kinds)
        return _RIGHT_TO_LEFT + text if runs_left else text

    def wrap(self, text: str, width: float, points: float = SMALLEST_PT, *, bold: bool = False) -> list[str]:
        """Break a text into lines no wider than *width*; a word too long for a line is cut."""
        lines: list[str] = []
        for word in printable(text).split(" "):
            trial = f"{lines[-1]} {word}" if lines else word
            if lines and self.width_mm(trial, points, bold=bold) <= width:
                lines[-1] = trial
            elif self.width_mm(word, points, bold=bold) <= width:
                lines.append(word)
            else:
                lines.extend(self._cut_word(word, width, points, bold=bold))
        return lines

    def wrap_within(self, text: str, width: float, most: int, points: float = SMALLEST_PT, **look: Any) -> list[str]:
        """Break a text into a number of lines at most; what is left out is marked."""
        lines = self.wrap(text, width, points, **look)
        if len(lines) <= most:
            return lines
        return [*lines[: most - 1], self.shorten(" ".join(lines[most - 1 :]), width, points, **look)]

    def shorten(self, text: str, width: float, points: float = SMALLEST_PT, *, bold: bool = False) -> str:
        """Cut a text to one line no wider than *width*."""
        text = printable(text)
        if self.width_mm(text, points, bold=bold) <= width:
            return text
        while text and self.width_mm(f"{text} …", points, bold=bold) > width:
            text = text[:-1].rstrip(" ,.;-")
        return f"{text} …"

    def paragraph(self, x: float, y: float, lines: list[str], **look: Any) -> float:
        """Write lines from *y* down; the place below them is returned."""
        step = self.line_mm(look.get("points", SMALLEST_PT))
        for number, line in enumerate(lines):
            self.write(x, y + (number + 0.5) * step, line, **look)
        return y + len(lines) * step

    def rule(self, x: float, y: float, width: float, *, line: float = 0.5, color: str = RULE) -> None:
        """Draw a horizontal line."""
        start = self.left(x, width)
        self.paper.plot([start, start + width], [y, y], color=color, linewidth=line, solid_capstyle="butt")

    def box(self, x: float, y: float, width: float, height: float, **look: Any) -> Any:
        """Draw a rectangle; *look* goes to matplotlib."""
        from matplotlib.patches import Rectangle  # noqa: PLC0415 - slow to load

        style: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "linewidth": 0.5} | look
        return self.paper.add_patch(Rectangle((self.left(x, width), y), width, height, **style))

    def _cut_word(self, word: str, width: float, points: float, *, bold: bool) -> list[str]:
        """Cut a word that fits no line, such as a web address."""
        fits = max(1, int(len(word) * width / max(self.width_mm(word, points, bold=bold), width) * 0.9))
        return textwrap.wrap(word, fits)


class Draft(Page):
    """The same paper without ink, to measure what a part of the sheet takes."""

    def __init__(self, size: str, language: Language) -> None:
        """Take the measures of a sheet."""
        self.width, self.height, self.unit = SIZES[size]
        self.language = language
        self.mirrored = language.right_to_left
        self.figure, self.paper = None, _NoInk()

    def write(self, x: float, y: float, text: str, **look: Any) -> None:
        """Write nothing."""

    def rule(self, x: float, y: float, width: float, **look: Any) -> None:
        """Draw nothing."""

    def box(self, x: float, y: float, width: float, height: float, **look: Any) -> None:
        """Draw nothing."""


class _NoInk:
    """Takes every order to draw, and draws nothing."""

    def __getattr__(self, name: str) -> Any:
        """Give a way to draw that leaves no mark."""
        return lambda *_, **__: None


@lru_cache(maxsize=50_000)
def printable(text: str) -> str:
    r"""
    Make a text of one line that the font can draw: no control characters, a box for letters it lacks.

    Examples
    --------
    >>> printable("two\nlines\x07"), printable("Київ, الخرطوم, 平壌")
    ('two lines', 'Київ, الخرطوم, □□')
    """
    plain = "".join(
        " " if letter.isspace() and letter not in _KEPT_BLANKS else letter
        for letter in text
        if letter.isspace() or letter == LEFT_TO_RIGHT or not _is_control(letter)
    )
    known = _known_letters() | {ord(LEFT_TO_RIGHT)}
    words = (word for word in plain.split(" ") if word.strip())
    return "".join(letter if ord(letter) in known else _NO_GLYPH for letter in " ".join(words))


def _is_control(letter: str) -> bool:
    """Tell what is never drawn: controls, halves of pairs, marks that turn the direction of a whole line."""
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"}


@lru_cache(maxsize=1)
def _known_letters() -> frozenset[int]:
    """Letters that both faces of the font have."""
    load_matplotlib()
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415 - slow to load

    faces = [get_font(findfont(FontProperties(family=FONT, weight=weight))) for weight in ("normal", "bold")]
    return frozenset(faces[0].get_charmap()) & frozenset(faces[1].get_charmap())


@lru_cache(maxsize=50_000)
def _text_points(text: str, *, bold: bool) -> float:
    """Width of a text of 100 points, in points."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - slow to load
    from matplotlib.textpath import text_to_path  # noqa: PLC0415 - likewise

    face = FontProperties(family=FONT, weight="bold" if bold else "normal", size=100)
    return float(text_to_path.get_text_width_height_descent(text, face, ismath=False)[0])
