"""Styles of KML: the classes of the other maps, in what the format can draw (no hatch, no dashes)."""

from collections.abc import Iterator, Mapping

import numpy as np

from uxomap.export._palette import (
    GREY,
    INK,
    OPACITY,
    PALETTE,
    POINTS,
    UNKNOWN_FILL,
    density_classes,
    item_classes,
    place_classes,
)
from uxomap.export._values import PlainColumn

#: Ratio of high to low from which an interval is middling, and wide; the line of its outline in pixels: wide is thin.
_INTERVAL_BREAKS = (3.0, 10.0)
_WIDTHS = (3.0, 2.0, 1.0)

#: Layers whose areas are drawn as lines.
_LINES = ("hazard_areas", "surveys", "tasks", "zone_parts")

#: Layers that are drawn by the items of a row, whatever its area: areas, and points.
_ITEM_AREAS, _ITEM_POINTS = ("public_areas",), ("strike_updates",)


def _colour(web: str, opacity: int = 255) -> str:
    """
    Write a colour as the format wants it: opacity, blue, green, red.

    Examples
    --------
    >>> _colour("#b5302a", 190)
    'be2a30b5'
    """
    return f"{opacity:02x}{web[5:7]}{web[3:5]}{web[1:3]}"


def _area(name: str, fill: str | None, line: str, width: float) -> str:
    """Write the style of an area."""
    inside = "<fill>0</fill>" if fill is None else f"<color>{_colour(fill, OPACITY)}</color>"
    return (
        f'<Style id="{name}"><LineStyle><color>{_colour(line)}</color><width>{width:g}</width></LineStyle>'
        f"<PolyStyle>{inside}</PolyStyle></Style>\n"
    )


def _point(name: str, fill: str) -> str:
    """Write the style of a point."""
    return f'<Style id="{name}"><IconStyle><color>{_colour(fill)}</color><scale>0.8</scale></IconStyle></Style>\n'


def _styles() -> Iterator[str]:
    """Write all styles."""
    for interval, width in enumerate(_WIDTHS):
        for number, fill in enumerate(PALETTE):
            yield _area(f"density-{number}-{interval}", fill, INK, width)
        # What is not known is no pale class: grey within a heavy line, in the place of a hatch.
        yield _area(f"density-unknown-{interval}", UNKNOWN_FILL, INK, 4.0)
    for number, fill in enumerate(reversed(PALETTE)):
        yield _area(f"place-{number}", fill, INK, 2.0)
    yield _area("place-unknown", UNKNOWN_FILL, INK, 4.0)
    for number, fill in enumerate(PALETTE):
        yield _area(f"items-{number}", fill, GREY, 1.5)
        yield _point(f"items-point-{number}", fill)
    yield _area("items-unknown", UNKNOWN_FILL, GREY, 4.0)
    yield _point("items-point-unknown", UNKNOWN_FILL)
    yield _area("line", None, GREY, 1.5)
    for name, fill in {**POINTS, "point": GREY}.items():
        yield _point(name, fill)


#: Every style of the file.
STYLES = tuple(_styles())


def style_names(layer: str, columns: Mapping[str, PlainColumn], count: int) -> list[str]:
    """
    Style of each row of a layer.

    Examples
    --------
    >>> columns = {"uxo_per_ha": [0.5, None], "uxo_low": [1.0, None], "uxo_high": [2.0, None]}
    >>> style_names("zones", {name: PlainColumn("number", cells) for name, cells in columns.items()}, 2)
    ['density-1-0', 'density-unknown-2']
    """
    if layer == "priorities":
        classes = place_classes(_numbers(columns, "priority", count))
        return [f"place-{_say(number)}" for number in classes.tolist()]
    if layer in _ITEM_AREAS + _ITEM_POINTS:
        kind = "items" if layer in _ITEM_AREAS else "items-point"
        return [f"{kind}-{_say(number)}" for number in item_classes(_numbers(columns, "uxo_expected", count)).tolist()]
    if layer in _LINES:
        return ["line"] * count
    if "uxo_per_ha" not in columns:
        return [layer if layer in POINTS else "point"] * count
    classes = density_classes(_numbers(columns, "uxo_per_ha", count))
    low, high = _numbers(columns, "uxo_low", count), _numbers(columns, "uxo_high", count)
    ratio = np.full(count, np.inf)
    np.divide(high, low, out=ratio, where=low > 0)
    ratio[np.isnan(ratio)] = np.inf
    intervals = np.searchsorted(np.array(_INTERVAL_BREAKS), ratio, side="right")
    return [f"density-{_say(first)}-{last}" for first, last in zip(classes.tolist(), intervals.tolist(), strict=True)]


def _say(number: int) -> str:
    """Name a class."""
    return "unknown" if number < 0 else str(number)


def _numbers(columns: Mapping[str, PlainColumn], name: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Values of a column as numbers, NaN where they are missing."""
    cells = columns[name].cells if name in columns else [None] * count
    return np.array([np.nan if value is None else value for value in cells], dtype=np.float64)
