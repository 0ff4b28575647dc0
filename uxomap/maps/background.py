"""Vector context of a map in quiet greys: admin areas, roads, water, settlements."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from uxomap._validation import check_choice
from uxomap.errors import CRSError, InputError
from uxomap.maps import packing

#: Kinds of context, in their order from below, and how each is drawn: line, fill, width in pixels, dashes.
LOOKS: Mapping[str, dict[str, Any]] = {
    "water": {"stroke": "#b4bcc4", "fill": "#e3e7ea", "weight": 0.8, "dash": []},
    "admin": {"stroke": "#8d8a84", "fill": "", "weight": 1.1, "dash": [7, 3, 2, 3]},
    "roads": {"stroke": "#b9b4aa", "fill": "", "weight": 1.2, "dash": []},
    "settlements": {"stroke": "#a39d92", "fill": "#d9d4ca", "weight": 0.8, "dash": []},
}

#: Points of one kind of context that a page takes in; above, lines are simplified more and more.
MOST_POINTS = 150_000

#: Columns that may hold the name of a feature.
_NAMES = ("name", "NAME", "Name", "name_en", "shapeName", "admin_name", "ADM3_EN", "ADM2_EN", "ADM1_EN")

#: Part of the window's size that is shown around it.
_MARGIN = 1.0
_MOST_ZOOM = 25


def pack_context(context: Mapping[str, gpd.GeoDataFrame], window: Sequence[float] | None) -> list[dict[str, Any]]:
    """
    Clip, simplify and pack the context around a window.

    Parameters
    ----------
    context : mapping of str to GeoDataFrame
        Any of ``admin``, ``roads``, ``water`` and ``settlements``, in any CRS.
    window : sequence of float = (west, south, east, north), optional
        Degrees. Without one, all is taken.

    Returns
    -------
    list of dict
        One for each kind, in the order in which they are drawn.

    Raises
    ------
    InputError
        There is no such kind of context, it is no GeoDataFrame, or a coordinate is infinite.
    CRSError
        One has no CRS.

    Examples
    --------
    >>> pack_context({}, None)
    []
    """
    for kind, frame in context.items():
        check_choice(kind, "context", tuple(LOOKS))
        if not isinstance(frame, gpd.GeoDataFrame):
            message = f"Invalid context {kind!r}: a GeoDataFrame is needed, not {type(frame).__name__}."
            raise InputError(message)
        if frame.crs is None:
            message = f"The context {kind!r} has no CRS. Say which one, e.g. frame.set_crs('EPSG:4326')."
            raise CRSError(message)
    return [_pack_kind(kind, context[kind], window) for kind in LOOKS if kind in context]


def _pack_kind(kind: str, frame: gpd.GeoDataFrame, window: Sequence[float] | None) -> dict[str, Any]:
    """Pack one kind of context."""
    lonlat = frame.to_crs("EPSG:4326")
    shapes = np.asarray(lonlat.geometry.to_numpy(), dtype=object)
    points, owners = shapely.get_coordinates(shapes, return_index=True)
    endless = np.unique(owners[np.isinf(points).any(axis=1)])
    if endless.size:
        message = (
            f"The context {kind!r} has a coordinate that is infinite or lies outside its CRS, in row {endless[0] + 1}. "
            "Every place must have a longitude and a latitude. Repair the shape, or leave the row out."
        )
        raise InputError(message)
    column = next((name for name in _NAMES if name in frame.columns), None)
    names = frame[column].to_numpy(dtype=object) if column else np.full(len(frame), "", dtype=object)
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    box, step = None, 0.0
    if window is not None:
        box = _box(window)
        kept &= shapely.intersects(shapes, box)
        west, south, east, north = window
        step = max(east - west, north - south, 0.01) / 4000
    shapes, names = shapes[kept], names[kept]
    if box is not None:
        shapes = shapely.intersection(shapely.make_valid(shapes), box)
    shapes, names = _take_plain(shapes, names)
    shapes = _thin(shapes, step)
    look = {name: LOOKS[kind][name] for name in ("stroke", "fill", "weight", "dash")}
    texts = [name if isinstance(name, str) else "" for name in names]
    return {
        "kind": kind,
        "look": look,
        "most_zoom": _MOST_ZOOM,
        "count": len(shapes),
        "shapes": packing.pack_shapes(shapes),
        "places": packing.pack_numbers(_label_places(shapes)),
        "names": packing.pack_text(texts),
    }


def _box(window: Sequence[float]) -> shapely.Geometry:
    """Window with a margin; in two parts where it crosses the antimeridian."""
    west, south, east, north = window
    wide, high = max(east - west, 0.05) * _MARGIN, max(north - south, 0.05) * _MARGIN
    low, top = max(south - high, -90.0), min(north + high, 90.0)
    left, right = west - wide, east + wide
    if right - left >= 360:  # noqa: PLR2004 - a whole turn
        return shapely.box(-180, low, 180, top)
    parts = [shapely.box(left + turn, low, right + turn, top) for turn in (-360, 0, 360)]
    return shapely.intersection(shapely.union_all(parts), shapely.box(-180, -90, 180, 90))


def _take_plain(shapes: Any, names: Any) -> tuple[Any, Any]:
    """Parts of collections one by one, the name with the largest; nothing else changes."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    size = np.where(shapely.get_dimensions(parts) == 2, shapely.area(parts), shapely.length(parts))  # noqa: PLR2004
    order = np.lexsort((-size, owner))
    first = np.zeros(len(parts), dtype=bool)
    first[order[np.unique(owner[order], return_index=True)[1]]] = True
    return parts, np.where(first, names[owner] if len(parts) else np.zeros(0, dtype=object), "")


def _label_places(shapes: Any) -> Any:
    """Longitude and latitude of a place on each shape for its name, in steps of 1e-6 degrees."""
    lines = shapely.get_dimensions(shapes) == 1
    others = ~lines & ~shapely.is_empty(shapes)
    places = np.full(len(shapes), None, dtype=object)
    places[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    places[others] = shapely.point_on_surface(shapes[others])
    at = np.column_stack([shapely.get_x(places), shapely.get_y(places)]) if len(shapes) else np.zeros((0, 2))
    return np.nan_to_num(at * packing.STEPS_A_DEGREE).round().astype(np.int64).ravel()


def _thin(shapes: Any, step: float) -> Any:
    """Simplify to what the window can show, and further until the page can carry it."""
    thinned = shapely.simplify(shapes, step) if step else shapes
    step = step or 1e-4
    while shapely.get_num_coordinates(thinned).sum() > MOST_POINTS:
        step *= 2
        thinned = shapely.simplify(shapes, step)
        if step > 10:  # noqa: PLR2004 - degrees; nothing is left to simplify
            break
    return thinned
