"""The legend of a sheet: fixed classes, outlines, symbols, what is not assessed, and context."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from uxomap.maps import style
from uxomap.maps.sheets.choices import Choices
from uxomap.maps.sheets.draw import (
    ADMIN,
    ADMIN_DASH,
    AREA_COLOUR,
    AREA_LINE,
    DASHES,
    DOT_PT,
    HATCH,
    HATCH_COLOUR,
    HATCH_LINE,
    ROAD,
    WATER,
    WATER_LINE,
    ZONE_LINE,
    dot_look,
    symbol_look,
)
from uxomap.maps.sheets.layers import SheetData
from uxomap.maps.sheets.page import INK, QUIET, Page

#: Draws a sample at the middle of a box of the size given.
Sample = Callable[[float, float, float, float], None]

#: A label and its sample; headings have none.
Entry = tuple[str, Sample | None]

_SAMPLE_MM, _SAMPLE_HIGH_MM = 7.0, 2.5

#: Distance between groups in millimetres.
_GROUP_MM = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """
    What is on a map and needs an entry.

    Attributes
    ----------
    data : SheetData
        What lies in the frame.
    strikes : GeoDataFrame
        Those of them that have a symbol.
    dots : bool
        Whether some zones are dots.
    areas : bool
        Whether areas of single strikes can be seen.
    """

    data: SheetData
    strikes: gpd.GeoDataFrame
    dots: bool
    areas: bool

    @property
    def hidden_strikes(self) -> bool:
        """Whether strikes have no symbol because their zone is a dot."""
        return len(self.strikes) < len(self.data.strikes)


def draw_legend(
    page: Page, shown: Shown, choices: Choices, x: float, y: float, width: float, *, borders: bool = False
) -> float:
    """Draw the legend of what is on the map from *y* down, in two columns and a line; the place below is returned."""
    half = (width - 3.0) / 2
    columns = _first_column(page, shown), _second_column(page, shown)
    y = max(
        _draw_groups(page, groups, start, y, half) for groups, start in zip(columns, (x, x + half + 3.0), strict=True)
    )
    extra = _context(page, choices, borders=borders)
    if not extra:
        return y
    y += _GROUP_MM * page.unit
    return _draw_flow(page, [(page.language.say("Context"), None), *extra], x, y, width)


def _draw_flow(page: Page, entries: list[Entry], x: float, y: float, width: float) -> float:
    """Draw entries one beside the other, in as many lines as they need; the place below them is returned."""
    line = page.line_mm() * 1.13
    place = x
    for label, sample in entries:
        bold = sample is None
        before = 0.0 if bold else (_SAMPLE_MM + 1.8) * page.unit
        text = page.shorten(label, width - before, bold=bold)
        wide = before + page.width_mm(text, bold=bold)
        if place > x and place + wide > x + width:
            place, y = x, y + line
        if sample is not None:
            sample(place, y + line / 2, _SAMPLE_MM * page.unit, _SAMPLE_HIGH_MM * page.unit)
        page.paragraph(place + before, y + page.line_mm() * 0.065, [text], bold=bold, gid="legend")
        place += wide + 3.0 * page.unit
    return y + line


def _first_column(page: Page, shown: Shown) -> list[list[Entry]]:
    """Groups of entries of the zones, and what is not assessed."""
    say = page.language.say
    classes: list[Entry] = [(say("Estimated items a hectare"), None)]
    classes += [(label, _swatch(page, colour)) for label, colour in zip(_classes(page), style.PALETTE, strict=True)]
    zones = shown.data.zones
    if len(zones) and bool((zones["density"] < 0).any()):
        classes.append((say("not known"), _swatch(page, style.UNKNOWN_FILL)))
    if shown.dots:
        alone = say("zone too small to draw")
        text = say("zone too small to draw, without its strikes") if shown.hidden_strikes else alone
        classes.append((text, _dot(page)))
    return [classes, [(say("not assessed"), _hatch(page))]]


def _second_column(page: Page, shown: Shown) -> list[list[Entry]]:
    """Groups of entries of the outlines and of the strikes, where they are drawn."""
    say = page.language.say
    groups: list[list[Entry]] = []
    if len(shown.data.zones):
        widths = (
            say("under 3 times the low end"),
            say("3 to 10 times the low end"),
            say("10 times or more, or from zero"),
        )
        lines = [(label, _outline(page, dash)) for label, dash in zip(widths, DASHES, strict=True)]
        groups.append([(say("Outline: high end of the range"), None), *lines])
    strikes = _strikes(page, shown)
    if strikes:
        groups.append([(say("Reported strikes"), None), *strikes])
    return groups


def _draw_groups(page: Page, groups: list[list[Entry]], x: float, y: float, width: float) -> float:
    """Draw one column of the legend; the place below it is returned."""
    line = page.line_mm()
    start = x + (_SAMPLE_MM + 1.8) * page.unit
    for number, group in enumerate(groups):
        y += _GROUP_MM * page.unit if number else 0.0
        for label, sample in group:
            bold = sample is None
            begin = x if bold else start
            lines = page.wrap(label, x + width - begin, bold=bold)
            if sample is not None:
                sample(x, y + line * 1.13 / 2, _SAMPLE_MM * page.unit, _SAMPLE_HIGH_MM * page.unit)
            page.paragraph(begin, y + line * 0.065, lines, bold=bold, gid="legend")
            y += (len(lines) + 0.13) * line
    return y


def _classes(page: Page) -> list[str]:
    """Words of the classes of items a hectare."""
    say = page.language.say
    return [say("under 0.1"), say("0.1 to 1"), say("1 to 10"), say("10 to 100"), say("over 100")]


def _strikes(page: Page, shown: Shown) -> list[Entry]:
    """Entries of the strikes and their areas, where they are drawn."""
    say, strikes = page.language.say, shown.strikes
    found: list[Entry] = []
    if len(strikes):
        names = {
            "cluster": say("strike: cluster munition"),
            "mine": say("strike: scatterable mines"),
            "unitary": say("strike: unitary munition"),
            "unknown": say("strike: kind not known"),
        }
        kinds = set(strikes["kind"])
        found += [(names[kind], _symbol(page, shape)) for kind, shape in style.SYMBOLS.items() if kind in kinds]
        if bool(strikes["assumptions"].fillna("").astype(bool).any()):
            found.append((say("hollow: with assumptions"), _symbol(page, "circle", hollow=True)))
    if shown.areas:
        found.append((say("area of one strike"), _ellipse(page)))
    return found


def _context(page: Page, choices: Choices, *, borders: bool) -> list[Entry]:
    """Entries of everything that helps to find the way."""
    say = page.language.say
    entries: dict[str, tuple[str, Sample]] = {
        "admin": (say("administrative border"), _line(page, ADMIN, 0.5, ADMIN_DASH)),
        "roads": (say("road"), _line(page, ROAD, 0.6)),
        "water": (say("water"), _swatch(page, WATER, WATER_LINE)),
        "settlements": (say("settlement"), _spot(page)),
    }
    if borders:
        return [(say("country, rough border"), _line(page, ADMIN, 0.35)), *_given(entries, choices)]
    return _given(entries, choices)


def _given(entries: dict[str, tuple[str, Sample]], choices: Choices) -> list[Entry]:
    """Entries of the context that was given."""
    return [entry for name, entry in entries.items() if name in choices.context and len(choices.context[name])]


def _swatch(page: Page, colour: str, edge: str = INK) -> Sample:
    """Sample of a fill."""
    return lambda x, y, width, height: _box(page, x, y, width, height, facecolor=colour, edgecolor=edge, linewidth=0.4)


def _hatch(page: Page) -> Sample:
    """Sample of what is not assessed."""
    look = {"facecolor": "white", "edgecolor": HATCH_COLOUR, "hatch": HATCH, "hatch_linewidth": HATCH_LINE}
    return lambda x, y, width, height: _box(page, x, y, width, height, linewidth=0.4, **look)


def _outline(page: Page, dash: Any) -> Sample:
    """Sample of the outline of a zone."""
    return lambda x, y, width, height: _box(page, x, y, width, height, linestyle=dash, linewidth=ZONE_LINE)


def _ellipse(page: Page) -> Sample:
    """Sample of the area of one strike."""

    def draw(x: float, y: float, width: float, height: float) -> None:
        from matplotlib.patches import Ellipse  # noqa: PLC0415 - slow to load

        middle = page.left(x + width / 2), y
        look: dict[str, Any] = {"facecolor": "none", "edgecolor": AREA_COLOUR, "linewidth": AREA_LINE}
        page.paper.add_patch(Ellipse(middle, width * 0.7, height, **look))

    return draw


def _box(page: Page, x: float, y: float, width: float, height: float, **look: Any) -> None:
    """Draw a box around a middle line."""
    page.box(x, y - height / 2, width, height, **look)


def _line(page: Page, colour: str, line: float, dash: Any = "solid") -> Sample:
    """Sample of a line."""

    def draw(x: float, y: float, width: float, height: float) -> None:
        del height  # a line has none
        start = page.left(x, width)
        page.paper.plot([start, start + width], [y, y], color=colour, linewidth=line, linestyle=dash)

    return draw


def _symbol(page: Page, shape: str, *, hollow: bool = False) -> Sample:
    """Sample of the symbol of a strike."""
    return lambda x, y, width, height: _mark(page, x + width / 2, y, height, symbol_look(shape, hollow=hollow))


def _dot(page: Page) -> Sample:
    """Sample of the dot of a small zone."""
    look = dot_look([style.PALETTE[2]], [0], DOT_PT * page.unit, page.unit)

    def draw(x: float, y: float, width: float, height: float) -> None:
        del height  # symbols have their own size
        page.paper.scatter([page.left(x + width / 2)] * 2, [y] * 2, **look)

    return draw


def _spot(page: Page) -> Sample:
    """Sample of a settlement."""
    look = {"s": 4 * page.unit, "c": QUIET, "linewidths": 0}
    return lambda x, y, width, height: _mark(page, x + width / 2, y, height, look)


def _mark(page: Page, x: float, y: float, height: float, look: dict[str, Any]) -> None:
    """Draw a symbol."""
    del height  # symbols have their own size
    page.paper.scatter(page.left(x), y, **look)
