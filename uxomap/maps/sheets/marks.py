"""Scale bar and north arrow of a sheet."""

import math

from babel.numbers import format_decimal
from pyproj import Proj

from uxomap.maps.sheets.frame import Frame, ground_metres
from uxomap.maps.sheets.page import INK, Page
from uxomap.maps.sheets.words import Words

_KILOMETRE = 1000.0

#: Angles below this in degrees are not worth a word.
_SMALL_DEG = 0.05


def draw_scale(page: Page, frame: Frame, words: Words, x: float, y: float, width: float) -> float:
    """
    Draw a scale bar and the scale as a fraction; the place below them is returned.

    The bar is as long on the paper as its ground length on the ellipsoid, east to west through the middle of the map.
    """
    metres, parts, length = bar_length(frame, width)
    part = length / parts
    step = page.line_mm()
    fraction = page.language.say("Scale 1:{n} at the middle of the map", n=words.count(frame.scale))
    if metres * frame.width_mm / length > 2_500_000:  # noqa: PLR2004 - metres over which the plane bends
        fraction = page.language.say("Scale about 1:{n}; true at the middle of the map", n=words.count(frame.scale))
    bold = page.width_mm(fraction, bold=True) <= width
    page.write(x, y + step / 2, page.shorten(fraction, width, bold=bold), bold=bold, gid="fraction")
    bar = y + step * 2.25
    height = 1.3 * page.unit
    for number in range(parts):
        fill = INK if number % 2 == 0 else "white"
        page.box(x + number * part, bar, part, height, facecolor=fill, linewidth=0.5, gid="bar")
    texts = _bar_texts(words, metres, parts)
    every = _labelled(page, texts, part)
    for number in range(0, parts + 1, every):
        align = "start" if number == 0 else "middle"
        page.write(x + number * part, bar - step * 0.55, texts[number], align=align, gid="bar label")
    return bar + height + 1.0 * page.unit


def _bar_texts(words: Words, metres: float, parts: int) -> list[str]:
    """Labels of the ends of all parts of a bar; the last one names the unit."""
    say = words.language.say
    shown = [metres * number / parts / (_KILOMETRE if metres >= _KILOMETRE else 1.0) for number in range(parts + 1)]
    texts = [words.number(value) if value % 1 else words.count(value) for value in shown]
    last = say("{n} km", n=texts[-1]) if metres >= _KILOMETRE else say("{n} m", n=texts[-1])
    return [*texts[:-1], last]


def _labelled(page: Page, texts: list[str], part: float) -> int:
    """Parts from one label to the next, so that none covers another."""
    parts = len(texts) - 1
    wide = [page.width_mm(text) for text in texts]
    wide[0] *= 2  # begins where the bar does
    for every in (one for one in range(1, parts) if parts % one == 0):
        needed = max((wide[number] + wide[number + every]) / 2 for number in range(0, parts, every))
        if needed + page.unit <= every * part:
            return every
    return parts


def bar_length(frame: Frame, width: float) -> tuple[float, int, float]:
    """
    Choose the length of a scale bar.

    Returns
    -------
    metres : float
        1, 2 or 5 times a power of ten.
    parts : int
        Parts of the bar.
    length : float
        Its length on the paper in millimetres, at most three quarters of *width*.

    Examples
    --------
    >>> from uxomap.maps.sheets.frame import choose_frame
    >>> from uxomap.maps.view import Window
    >>> metres, parts, length = bar_length(choose_frame(Window(37.0, 49.8, 37.6, 50.2), 170, 160), 80)
    >>> metres, parts, round(length, 2)
    (20000.0, 4, 57.14)
    """
    middle_x, middle_y = (float(value) for value in frame.forward(*frame.middle))
    probe = frame.mm * 10
    per_mm = ground_metres(frame, (middle_x - probe, middle_y), (middle_x + probe, middle_y)) / 20
    longest = 0.75 * width * per_mm
    power = 10.0 ** math.floor(math.log10(longest))
    step = max(step for step in (1, 2, 5) if step * power <= longest)
    return step * power, {1: 2, 2: 4, 5: 5}[step], step * power / per_mm


def draw_north(page: Page, x: float, y: float, height: float) -> None:
    """Draw an arrow to grid north, which is the top of the sheet."""
    from matplotlib.patches import Polygon  # noqa: PLC0415 - slow to load

    middle = page.left(x)
    half = 2.0 * page.unit
    top, bottom = y + page.line_mm(), y + height
    for side, fill in ((-1, INK), (1, "white")):
        corners = [(middle, top), (middle + side * half, bottom), (middle, bottom - half * 0.8)]
        page.paper.add_patch(Polygon(corners, facecolor=fill, edgecolor=INK, linewidth=0.5, joinstyle="miter"))
    page.write(x, y + page.line_mm() / 2, page.language.say("N"), bold=True, align="middle", gid="north")


def say_north(page: Page, frame: Frame) -> str:
    """Say how grid north, at the top of the sheet, differs from true north in the middle."""
    turn = grid_turn(frame)
    if abs(turn) < _SMALL_DEG:
        return page.language.say("True north is at the top at the middle of the map.")
    angle = f"{format_decimal(abs(turn), format='0.0', locale=page.language.code)}°"
    if turn > 0:
        return page.language.say(
            "Grid north is at the top, {angle} east of true north at the middle of the map.", angle=angle
        )
    return page.language.say(
        "Grid north is at the top, {angle} west of true north at the middle of the map.", angle=angle
    )


def grid_turn(frame: Frame) -> float:
    """
    Angle in degrees by which grid north lies east of true north in the middle of a frame.

    Examples
    --------
    >>> from uxomap.maps.sheets.frame import choose_frame
    >>> from uxomap.maps.view import Window
    >>> round(grid_turn(choose_frame(Window(37.0, 49.8, 37.6, 50.2), 170, 160)), 2)  # zone 37: middle 39° E
    -1.3
    """
    return float(Proj(frame.crs).get_factors(*frame.middle).meridian_convergence)
