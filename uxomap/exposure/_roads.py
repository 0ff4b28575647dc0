"""Roads: their length in and near zones, and how far the next one is, in metres on the ellipsoid."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer

from uxomap import crs
from uxomap.exposure._facilities import plain_words
from uxomap.exposure._vector import Source, find_column

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]

_ELLIPSOID = Geod(ellps="WGS84")

#: Values of OpenStreetMap's key highway for roads that are not there (OpenStreetMap Wiki, Key:highway, lifecycle).
_NOT_THERE = ("proposed", "planned", "construction", "razed", "abandoned")

#: Distances in metres within which the next road is looked for, one after the other; then everywhere.
_LOOK_WITHIN_M = (3_000.0, 30_000.0, 200_000.0)

_DENSE_DEGREES = 0.05


def sort_roads(source: Source) -> tuple[Geometries, list[str]]:
    """Lines that are roads, each once, and notes."""
    frame, notes = source.frame, []
    column = find_column(frame, ("highway",))
    if column:
        words = plain_words(frame[column[0]])
        roads = (words != "") & ~words.isin(_NOT_THERE)
        if not roads.all():
            notes.append(f"roads: {(~roads).sum()} lines left out that are no roads, or not built")
        frame = frame[roads]
    lines = np.asarray(frame.geometry.to_numpy(), dtype=object)
    parts = shapely.get_parts(lines)
    _, first = np.unique(shapely.to_wkb(shapely.normalize(parts)), return_index=True)
    if first.size < parts.size:
        notes.append(f"roads: {parts.size - first.size} lines drawn twice alike, counted once")
    return shapely.segmentize(parts[first], _DENSE_DEGREES), notes


def measure_lines(lines: Geometries) -> Floats:
    """Length of each line in metres on the ellipsoid (Karney's geodesics)."""
    points, owners = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    _, parents = shapely.get_parts(lines, return_index=True)
    lengths = np.zeros(len(lines))
    if len(points) > 1:
        joined = owners[1:] == owners[:-1]
        start, end = points[:-1][joined], points[1:][joined]
        _, _, steps = _ELLIPSOID.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
        lengths += np.bincount(parents[owners[1:][joined]], steps, len(lines))
    return lengths


def sum_roads(lines: Geometries, polygons: Geometries) -> Floats:
    """Metres of road in each polygon."""
    shapely.prepare(polygons)
    zone, road = shapely.STRtree(lines).query(polygons, predicate="intersects")
    whole = shapely.contains_properly(polygons[zone], lines[road])
    lengths = np.zeros(len(zone))
    used, back = np.unique(road[whole], return_inverse=True)
    lengths[whole] = measure_lines(lines[used])[back]
    pieces = np.asarray(shapely.intersection(lines[road[~whole]], polygons[zone[~whole]]), dtype=object)
    lengths[~whole] = measure_lines(_only_lines(pieces))
    return np.bincount(zone, lengths, len(polygons)).astype(float)


def _only_lines(pieces: Geometries) -> Geometries:
    """Drop the points where a line only touches."""
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(pieces), (1, 5)))
    cleaned = pieces.copy()
    for index in mixed:
        parts = shapely.get_parts(pieces[index])
        cleaned[index] = shapely.multilinestrings(parts[shapely.get_dimensions(parts) == 1])
    return cleaned


def find_nearest(lines: Geometries, zones: Geometries) -> Floats:
    """Metres from each zone to the nearest line, 0 where one crosses it; NaN if there are no lines."""
    distances = np.full(len(zones), np.nan)
    if not len(lines):
        return distances
    tree = shapely.STRtree(lines)
    for plane, rows in crs.group_by_plane(zones):
        flat = crs.to_plane(zones[rows], plane)
        left = np.arange(len(rows))
        for reach in (*_LOOK_WITHIN_M, None):
            close = _lines_within(tree, len(lines), zones[rows[left]], reach)
            if close.size:
                found = _measure_nearest(flat[left], crs.to_plane(lines[close], plane), plane)
                done = np.isfinite(found) & ((found <= reach) if reach is not None else True)
                distances[rows[left[done]]] = found[done]
                left = left[~done]
            if not left.size:
                break
    return distances


def _lines_within(tree: shapely.STRtree, size: int, zones: Geometries, reach: float | None) -> Rows:
    """Lines that may lie within a distance of any of some zones; all lines if the distance is not bounded."""
    if reach is None:
        return np.arange(size)
    bounds = shapely.bounds(shapely.get_parts(zones))
    high = np.clip(bounds[:, 3] + reach / 1.1e5, -90, 89)
    low = np.clip(bounds[:, 1] - reach / 1.1e5, -89, 90)
    wide = reach / (1.1e5 * np.cos(np.radians(np.maximum(np.abs(high), np.abs(low)))))
    windows = shapely.box(np.maximum(bounds[:, 0] - wide, -540), low, np.minimum(bounds[:, 2] + wide, 540), high)
    _, found = tree.query(shapely.get_parts(crs.split_at_antimeridian(windows)))
    return np.unique(found)


def _measure_nearest(zones: Geometries, lines: Geometries, plane: CRS) -> Floats:
    """Geodesic metres from zones to the nearest of some lines, both in a plane that is true near the zones."""
    lines = lines[np.isfinite(shapely.bounds(lines)).all(axis=1)]
    if not len(lines):
        return np.full(len(zones), np.nan)
    _, nearest = shapely.STRtree(lines).query_nearest(zones, all_matches=False)
    links = shapely.get_coordinates(shapely.shortest_line(zones, lines[nearest])).reshape(-1, 2, 2)
    back = Transformer.from_crs(plane, crs.LONLAT, always_xy=True)
    longitude, latitude = back.transform(links[..., 0], links[..., 1])
    _, _, distance = _ELLIPSOID.inv(longitude[:, 0], latitude[:, 0], longitude[:, 1], latitude[:, 1])
    return np.asarray(distance)


def measure_roads(lines: Geometries, zones: Geometries, near: Geometries) -> pd.DataFrame:
    """Columns about roads."""
    inside, around = sum_roads(lines, zones), sum_roads(lines, near)
    return pd.DataFrame(
        {
            "roads_inside_m": inside,
            "roads_near_m": np.maximum(around - inside, 0.0),
            "nearest_road_m": find_nearest(lines, zones),
        }
    )
