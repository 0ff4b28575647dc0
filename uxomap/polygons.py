"""Polygons that overlap, put together fast, whatever they stand for."""

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

Polygons = npt.NDArray[np.object_]
Labels = npt.NDArray[np.int64]

#: Neighbours united at a time; small tiles keep the cost near linear, dense or sparse (docs/benchmarks.md).
_TILE = 200

_THREADS = 2


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
