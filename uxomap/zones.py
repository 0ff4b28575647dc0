"""Hazard areas to zones: dissolve what overlaps and keep which strikes made each zone."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from uxomap import crs, wording
from uxomap._validation import check_layer
from uxomap.distributions import sum_intervals
from uxomap.schema import layer_schema

Polygons = npt.NDArray[np.object_]
Labels = npt.NDArray[np.int64]

#: Neighbours united at a time; small tiles keep the cost near linear, dense or sparse (docs/benchmarks.md).
_TILE = 200

_THREADS = 2


def merge_areas(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Dissolve overlapping hazard areas into zones.

    Areas that overlap or touch, directly or through others, make one zone. Expected items add up. The interval of a
    zone is not the sum of the intervals of its strikes: strikes with the same dud-rate evidence share its
    uncertainty, the rest is independent (docs/method.md).

    Parameters
    ----------
    areas : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``hazard_areas``.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``zones``, in the order of ``zone_id``, on a new index. The order of the rows of *areas* does not matter.

    Raises
    ------
    SchemaError, CRSError
        The layer does not keep its contract.

    Examples
    --------
    >>> from uxomap import draw_hazard_areas, find_strikes, read_reports, sample_data
    >>> areas = draw_hazard_areas(find_strikes(read_reports(sample_data())))
    >>> zones = merge_areas(areas)
    >>> int(zones["n_strikes"].sum()) == len(areas)
    True
    """
    check_layer(areas, "hazard_areas")
    ordered = areas.sort_values("strike_id", ignore_index=True)
    geometry, labels = dissolve(ordered.geometry.to_numpy())
    zones = gpd.GeoDataFrame(_describe_zones(ordered, labels), geometry=geometry, crs=crs.LONLAT)
    zones = zones.assign(area_m2=crs.area_m2(zones))
    zones = zones.assign(
        uxo_per_ha=zones["uxo_expected"] / (zones["area_m2"] / 1e4),
        method_version=wording.METHOD_VERSION,
        notice=wording.NOTICE,
    )
    columns = [*layer_schema("zones").columns, zones.geometry.name]
    return zones[columns].sort_values("zone_id", ignore_index=True)


def dissolve(polygons: Polygons) -> tuple[Polygons, Labels]:
    """
    Unite polygons that overlap or touch.

    Neighbours along a Hilbert curve are united tile by tile, then the few parts that are left are linked where they
    meet and united again.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, shape (n,)

    Returns
    -------
    united : array of Polygon or MultiPolygon, shape (m,)
        What was cut at the antimeridian stays one (multi-part) polygon.
    labels : array of int, shape (n,)
        Which of *united* each polygon went into.

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 2, 1), shapely.box(5, 0, 6, 1), shapely.box(1, 0, 3, 1)])
    >>> united, labels = dissolve(boxes)
    >>> shapely.area(united).tolist(), labels.tolist()
    ([3.0, 1.0], [0, 1, 0])
    """
    pieces, owners = shapely.get_parts(polygons, return_index=True)
    if not len(pieces):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    order = np.argsort(gpd.GeoSeries(pieces).hilbert_distance().to_numpy(), kind="stable")
    with ThreadPoolExecutor(_THREADS) as pool:
        tiles = _unite(pieces[order], np.arange(len(pieces)) // _TILE, pool)
        parts = shapely.get_parts(tiles)
        shapely.prepare(parts)
        first, second = shapely.STRtree(parts).query(parts, predicate="intersects")
        united = _unite(parts, _link(first, second, len(parts)), pool)
    piece_labels = _find_home(pieces, united)
    # Pieces of one polygon (cut at the antimeridian) bind what they lie in together.
    own = np.empty(len(polygons), dtype=np.int64)
    own[owners] = piece_labels
    binding = _link(own[owners], piece_labels, len(united))
    labels = binding[own]
    # Number the zones by the first polygon in each, so that the outcome does not hang on the tiling.
    _, first_seen = np.unique(labels, return_index=True)
    rank = np.empty(first_seen.size, dtype=np.int64)
    rank[np.argsort(first_seen)] = np.arange(first_seen.size)
    return _collect(united, rank[binding], first_seen.size), rank[labels]


def _unite(polygons: Polygons, labels: Labels, pool: ThreadPoolExecutor) -> Polygons:
    """Unite the polygons of each label; a polygon alone stays the same object."""
    ordered = polygons[np.argsort(labels, kind="stable")]
    sizes = np.bincount(labels)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    united: Polygons = ordered[starts]
    several = np.flatnonzero(sizes > 1)
    for label, union in zip(
        several,
        pool.map(lambda label: shapely.union_all(ordered[starts[label] : starts[label] + sizes[label]]), several),
        strict=True,
    ):
        united[label] = union
    return united


def _link(first: Labels, second: Labels, size: int) -> Labels:
    """Label the connected components of a graph given by its edges."""
    graph = sparse.coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(size, size))
    _, labels = sparse.csgraph.connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int64)


def _find_home(pieces: Polygons, united: Polygons) -> Labels:
    """Find the united polygon that each piece went into, by a point inside the piece."""
    points = shapely.point_on_surface(pieces)
    home, inside = shapely.STRtree(points).query(united, predicate="intersects")
    labels = np.full(len(pieces), -1, dtype=np.int64)
    labels[inside] = home
    # Rounding in the union can leave the point of a sliver just outside.
    lost = np.flatnonzero(labels < 0)
    if lost.size:
        labels[lost] = shapely.STRtree(united).nearest(points[lost])
    return labels


def _collect(united: Polygons, labels: Labels, size: int) -> Polygons:
    """Put disjoint polygons with the same label into one geometry."""
    if size == len(united):
        ordered = np.empty(size, dtype=object)
        ordered[labels] = united
        return ordered
    parts, owners = shapely.get_parts(united, return_index=True)
    order = np.argsort(labels[owners], kind="stable")
    collected: Polygons = np.asarray(shapely.multipolygons(parts[order], indices=labels[owners][order]))
    single = shapely.get_num_geometries(collected) == 1
    collected[single] = shapely.get_geometry(collected[single], 0)
    return collected


def _describe_zones(areas: gpd.GeoDataFrame, labels: Labels) -> pd.DataFrame:
    """Columns of the zones that come from their strikes."""
    zone = pd.Series(labels, index=areas.index, name="zone")
    grouped = areas.groupby(zone)
    totals = sum_intervals(
        areas["uxo_expected"],
        areas["uxo_sd"],
        areas["uxo_sd_shared"],
        evidence_key=areas["evidence_key"],
        groups=zone,
        low=areas["uxo_low"],
        high=areas["uxo_high"],
    )
    kinds = _join(areas["hazard_kind"], zone, "|")
    first = areas["strike_id"].iloc[np.unique(labels, return_index=True)[1]]
    candidates = areas["munition_candidates"].str.split("|").explode()
    return pd.DataFrame(
        {
            "zone_id": "Z-" + first.str.removeprefix("S-").set_axis(totals.index),
            "strike_ids": _join(areas["strike_id"], zone, "|"),
            "n_strikes": grouped.size(),
            "hazard_kind": kinds.mask(kinds.str.contains("|", regex=False), "mixed"),
            "munition_ids": _join(candidates, zone.loc[candidates.index], "|"),
            "location_text": _join(areas["location_text"], zone, "|"),
            "date_start": grouped["date_start"].min(),
            "date_end": grouped["date_end"].max(),
            "uxo_low": totals["uxo_low"],
            "uxo_expected": totals["uxo_expected"],
            "uxo_high": totals["uxo_high"],
            "assumptions": _join(areas["assumptions"], zone, "; ").map(wording.join_notes),
        }
    )


def _join(values: pd.Series, groups: pd.Series, separator: str) -> pd.Series:
    """Join the different non-empty texts of each group, sorted."""
    pairs = pd.DataFrame({"group": groups.to_numpy(), "text": values.fillna("").to_numpy()})
    pairs = pairs[pairs["text"] != ""].drop_duplicates().sort_values(["group", "text"])
    found, starts = np.unique(pairs["group"].to_numpy(), return_index=True)
    texts, bounds = pairs["text"].tolist(), [*starts, len(pairs)]
    joined = [separator.join(texts[start:end]) for start, end in pairwise(bounds)]
    return pd.Series(joined, index=found, dtype=str).reindex(np.unique(groups), fill_value="")
