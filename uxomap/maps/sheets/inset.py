"""The locator of a sheet: where on the Earth the map lies."""

from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from babel import Locale

from uxomap.countries import read_outline
from uxomap.maps.sheets.frame import Frame, frame_around
from uxomap.maps.sheets.land import Shapes, border_lines, countries_in
from uxomap.maps.sheets.names import LabelPlan
from uxomap.maps.sheets.page import INK, Page

#: The locator shows so many times the width of the map, within these limits in metres.
_TIMES, _LEAST_M, _MOST_M = 6.0, 900_000.0, 9_000_000.0

#: Frames wider than this in metres need no locator: they show countries themselves.
_WIDEST_M = 4_000_000.0

#: The box of the map in the locator is at least so wide, in millimetres.
_LEAST_BOX_MM = 2.2

#: Width and height of a locator, as far as their ratio goes.
LOCATOR_SHAPE = 1.25, 1.0

_LAND, _BORDER = "#ececec", "#9a9a9a"

_MOST_NAMES = 4


@lru_cache(maxsize=16)
def has_locator(frame: Frame) -> bool:
    """Tell whether a locator would show more than the map: not for a world, and not in the middle of an ocean."""
    if frame.width_mm * frame.scale / 1000 >= _WIDEST_M:
        return False
    return bool(countries_in(locator_view(frame, *LOCATOR_SHAPE))[1])


def locator_view(frame: Frame, width: float, height: float) -> Frame:
    """Part of the Earth that a locator of some size shows."""
    metres = float(np.clip(_TIMES * frame.width_mm * frame.scale / 1000, _LEAST_M, _MOST_M))
    return frame_around(frame.middle, metres, width, height)


def draw_locator(page: Page, frame: Frame, place: tuple[float, float, float, float]) -> None:
    """Draw the countries around the map, and the map's frame among them; *place* is x, y, width and height."""
    x, y, width, height = place
    axes = page.axes(x, y, width, height, "locator")
    view = locator_view(frame, width, height)
    left, bottom, right, top = view.extent
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="auto")
    for side in axes.spines.values():
        side.set(color=INK, linewidth=0.5)
    shapes, codes = countries_in(view)
    _draw_land(axes, shapes, border_lines(shapes, view.mm))
    box = _box(frame, view)
    west, south, east, north = box
    axes.plot([west, east, east, west, west], [south, south, north, north, south], color=INK, linewidth=0.8, zorder=4)
    plan = LabelPlan(width, height, edge=0.5)
    corners = view.on_paper([west, east], [south, north])
    plan.keep((float(corners[0][0]), float(corners[1][0]), float(corners[0][1]), float(corners[1][1])))
    _name(page, axes, view, (shapes, codes), plan)


def _box(frame: Frame, view: Frame) -> tuple[float, float, float, float]:
    """The frame of the map in the locator, large enough to be seen."""
    sides = [frame.inverse(*frame.edge(side, 15)) for side in ("top", "bottom", "left", "right")]
    longitude, latitude = (np.concatenate(values) for values in zip(*sides, strict=True))
    known = np.isfinite(longitude) & np.isfinite(latitude)
    x, y = view.forward(longitude[known], latitude[known])
    grow = [max(0.0, (_LEAST_BOX_MM * view.mm - float(np.ptp(axis))) / 2) for axis in (x, y)]
    west, east, south, north = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    return west - grow[0], south - grow[1], east + grow[0], north + grow[1]


def _draw_land(axes: Any, shapes: Shapes, borders: Shapes) -> None:
    """Fill countries and draw their borders; those in dispute are not drawn."""
    from matplotlib.collections import LineCollection, PolyCollection  # noqa: PLC0415 - slow to load

    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shapes))]
    axes.add_collection(
        PolyCollection(rings, facecolors=_LAND, edgecolors="none", linewidths=0, zorder=1), autolim=False
    )
    lines = [shapely.get_coordinates(line) for line in shapely.get_parts(shapely.get_parts(borders))]
    axes.add_collection(LineCollection(lines, colors=_BORDER, linewidths=0.25, zorder=2), autolim=False)


def _name(page: Page, axes: Any, view: Frame, land: tuple[Shapes, list[str]], plan: LabelPlan) -> None:
    """Write the names of the largest countries in view where they fit."""
    names = Locale.parse(page.language.code).territories
    written = 0
    for shape, code in zip(*land, strict=True):
        text = names.get(code, "")
        if written >= _MOST_NAMES or not text:
            continue
        middle = shapely.point_on_surface(shape)
        if any(_is_smaller(other, code) for other in np.array(land[1])[shapely.intersects(land[0], middle)]):
            continue  # the place has a name of its own, as Greenland has, or another country claims it
        x, y = (float(value) for value in view.on_paper(middle.x, middle.y))
        size = page.width_mm(text) + 0.6, page.line_mm() * 0.9
        box = plan.find_place(x, y, size, gap=0.0, over=True)
        if box is None:
            continue
        written += 1
        axes.text(
            (box[0] + box[2]) / 2 / view.width_mm,
            (box[1] + box[3]) / 2 / view.height_mm,
            text,
            transform=axes.transAxes,
            fontsize=page.size(),
            color="#555555",
            ha="center",
            va="center_baseline",
            parse_math=False,
            zorder=3,
            gid="country",
        )


def _is_smaller(code: str, than: str) -> bool:
    """Tell which of two countries is smaller as a whole."""
    return bool(shapely.area(read_outline(code)) < shapely.area(read_outline(than)))
