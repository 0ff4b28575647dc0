"""The legend of a sheet: fixed classes, outlines, symbols, what is not assessed, and context."""

from collections.abc import Callable
from typing import Any

from uxomap.maps import style
from uxomap.maps.sheet_choices import Choices
from uxomap.maps.sheet_draw import (
    ADMIN,
    ADMIN_DASH,
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
    symbol_look,
)
from uxomap.maps.sheet_layers import SheetData
from uxomap.maps.sheet_page import INK, QUIET, Page

#: Draws a sample at the middle of a box of the size given.
Sample = Callable[[float, float, float, float], None]

_SAMPLE_MM, _SAMPLE_HIGH_MM = 7.0, 2.5


def draw_legend(
    page: Page, data: SheetData, choices: Choices, x: float, y: float, width: float, *, borders: bool = False
) -> float:
    """Draw the legend in two columns from *y* down; the place below it is returned."""
    say = page.language.say
    half = (width - 3.0) / 2
    first: list[tuple[str, Sample | None]] = [(say("Estimated items a hectare"), None)]
    first += [(label, _swatch(page, colour)) for label, colour in zip(_classes(page), style.PALETTE, strict=True)]
    if len(data.zones) and bool((data.zones["density"] < 0).any()):
        first.append((say("not known"), _swatch(page, style.UNKNOWN_FILL)))
    second: list[tuple[str, Sample | None]] = [(say("Outline: high end of the range"), None)]
    widths = say("under 3 times the low end"), say("3 to 10 times the low end"), say("10 times or more, or from zero")
    second += [(label, _outline(page, dash)) for label, dash in zip(widths, DASHES, strict=True)]
    first.append((say("not assessed"), _hatch(page)))
    first.append((say("zone too small to draw"), _dot(page)))
    second += _areas(page, data)
    extra = _context(page, choices, borders=borders)
    # what remains goes below the shorter column, so that both end alike
    for entry in extra:
        (first if len(first) < len(second) else second).append(entry)
    ends = [_draw_entries(page, entries, column, y, half) for column, entries in ((x, first), (x + half + 3.0, second))]
    return max(ends)


def _draw_entries(page: Page, entries: list[tuple[str, Sample | None]], x: float, y: float, width: float) -> float:
    """Draw one column of the legend; the place below it is returned."""
    line = page.line_mm()
    start = x + (_SAMPLE_MM + 1.8) * page.unit
    for label, sample in entries:
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


def _areas(page: Page, data: SheetData) -> list[tuple[str, Sample | None]]:
    """Entries of the strikes and their areas, where they are drawn."""
    say = page.language.say
    found: list[tuple[str, Sample | None]] = []
    if len(data.hazard_areas):
        found.append((say("area of one strike"), _outline(page, "solid", AREA_LINE)))
    if not len(data.strikes):
        return found
    names = {
        "cluster": say("strike: cluster munition"),
        "mine": say("strike: scatterable mines"),
        "unitary": say("strike: unitary munition"),
        "unknown": say("strike: kind not known"),
    }
    kinds = set(data.strikes["kind"])
    assumed = data.strikes["assumptions"].fillna("").astype(bool)
    found += [(names[kind], _symbol(page, shape)) for kind, shape in style.SYMBOLS.items() if kind in kinds]
    if bool(assumed.any()):
        found.append((say("hollow: with assumptions"), _symbol(page, "circle", hollow=True)))
    return found


def _context(page: Page, choices: Choices, *, borders: bool) -> list[tuple[str, Sample | None]]:
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


def _given(entries: dict[str, tuple[str, Sample]], choices: Choices) -> list[tuple[str, Sample | None]]:
    """Entries of the context that was given."""
    return [entry for name, entry in entries.items() if name in choices.context and len(choices.context[name])]


def _swatch(page: Page, colour: str, edge: str = INK) -> Sample:
    """Sample of a fill."""
    return lambda x, y, width, height: _box(page, x, y, width, height, facecolor=colour, edgecolor=edge, linewidth=0.4)


def _hatch(page: Page) -> Sample:
    """Sample of what is not assessed."""
    look = {"facecolor": "white", "edgecolor": HATCH_COLOUR, "hatch": HATCH, "hatch_linewidth": HATCH_LINE}
    return lambda x, y, width, height: _box(page, x, y, width, height, linewidth=0.4, **look)


def _outline(page: Page, dash: Any, line: float = ZONE_LINE) -> Sample:
    """Sample of an outline."""
    return lambda x, y, width, height: _box(page, x, y, width, height, linestyle=dash, linewidth=line)


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
    look = {"s": (DOT_PT * page.unit) ** 2, "c": style.PALETTE[2], "edgecolors": INK, "linewidths": 0.5}
    return lambda x, y, width, height: _mark(page, x + width / 2, y, height, look)


def _spot(page: Page) -> Sample:
    """Sample of a settlement."""
    look = {"s": 4 * page.unit, "c": QUIET, "linewidths": 0}
    return lambda x, y, width, height: _mark(page, x + width / 2, y, height, look)


def _mark(page: Page, x: float, y: float, height: float, look: dict[str, Any]) -> None:
    """Draw a symbol."""
    del height  # symbols have their own size
    page.paper.scatter(page.left(x), y, **look)
