"""Zones as the plan takes them: checked, and in one piece across 180°."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely import affinity

from uxomap._validation import check_lonlat, name_rows
from uxomap.errors import InputError, SchemaError

Floats = npt.NDArray[np.float64]

_HALF_TURN = 180.0

#: Zones may share this much of the smaller one, as rounded edges do.
_MOST_SHARED = 1e-6


def check_zones(zones: Any, *, items: bool) -> gpd.GeoDataFrame:
    """Return zones unchanged; refuse what cannot be planned for."""
    needed = ["zone_id", "uxo_expected"] if items else ["zone_id"]
    if not isinstance(zones, gpd.GeoDataFrame):
        message = (
            f"A {type(zones).__name__} cannot be planned for. Must be zones or priorities (a GeoDataFrame), or the map "
            "that estimate_contamination returns."
        )
        raise InputError(message)
    faults = [f"missing column {name!r}" for name in needed if name not in zones.columns]
    if not faults:
        repeated = zones.index[zones["zone_id"].isna() | zones["zone_id"].duplicated()]
        faults += [f"zone_id must be filled and unique; not so in {name_rows(repeated)}"] if len(repeated) else []
    if not faults and items:
        below = zones.index[zones["uxo_expected"].lt(0) | np.isinf(zones["uxo_expected"].astype(float))]
        faults += [f"uxo_expected must be 0 or more; not so in {name_rows(below)}"] if len(below) else []
    if faults:
        message = f"Invalid zones: {'; '.join(faults)}. Build them with uxomap or add what is missing."
        raise SchemaError(message)
    check_lonlat(zones, "zones")
    shapes = zones.geometry.to_numpy()
    drawn = np.isin(shapely.get_type_id(shapes), [3, 6]) & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    if not drawn.all():
        message = (
            f"Invalid zones: geometry must be a valid Polygon or MultiPolygon; not so in "
            f"{name_rows(zones.index[~drawn])}. Repair it with zones.make_valid(), or draw it anew."
        )
        raise SchemaError(message)
    _refuse_overlaps(zones)
    return zones


def _refuse_overlaps(zones: gpd.GeoDataFrame) -> None:
    """Refuse zones that share land: its items would count twice."""
    shapes = zones.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    twice = shared > _MOST_SHARED * np.fmin(shapely.area(shapes[one]), shapely.area(shapes[other]))
    if twice.any():
        rows = sorted({*one[twice].tolist(), *other[twice].tolist()})
        names = ", ".join(map(str, zones["zone_id"].iloc[rows[:5]]))
        message = f"Zones overlap: {names}. Each piece of land may lie in one zone only. Merge or cut them."
        raise InputError(message)


def unwrap(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Polygons in degrees, those cut at 180° in one piece again, beyond 180° where need be."""
    result = shapes.copy()
    bounds = shapely.bounds(shapes)
    for index in np.flatnonzero(bounds[:, 2] - bounds[:, 0] > _HALF_TURN):
        parts = [
            affinity.translate(part, xoff=2 * _HALF_TURN) if part.bounds[2] <= 0 else part
            for part in shapely.get_parts(shapes[index])
        ]
        result[index] = shapely.union_all(parts)
    return result


def centre_of(shapes: npt.NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Longitude and latitude of points inside polygons."""
    points = shapely.point_on_surface(shapes)
    return np.asarray(shapely.get_x(points)), np.asarray(shapely.get_y(points))
