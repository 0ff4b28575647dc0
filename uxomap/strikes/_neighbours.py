"""Reports that are near each other in place and time, found without comparing every report with every other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: A report among more others than this is not compared one by one: what belongs together there is for a person to say.
CROWD = 64

#: Metres of a degree of latitude anywhere, and of longitude at the equator, are more than this.
_LEAST_METRES_PER_DEGREE = 110_000.0

_POLE = 90.0
_FULL_CIRCLE = 360.0

#: Rounding must not lose what lies on the edge of the reach.
_EDGE = 1.0 - 1e-9

#: Reports asked for at once; bounds the memory.
_CHUNK = 50_000


class Points(NamedTuple):
    """Place, radius, first and last day of reports, and the record that each comes from; one entry a report."""

    longitude: Floats
    latitude: Floats
    radius_m: Floats
    start: Ints
    end: Ints
    origin: Ints

    def take(self, rows: Ints) -> "Points":
        """Points of some reports only."""
        return Points(
            self.longitude[rows],
            self.latitude[rows],
            self.radius_m[rows],
            self.start[rows],
            self.end[rows],
            self.origin[rows],
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far to look: greatest radius and span of days of a report, and days that may lie between two."""

    radius_m: float
    days: int
    gap_days: int

    @property
    def metres(self) -> float:
        """Greatest distance between two reports that can be of one place."""
        return float(np.sqrt(2.0) * self.radius_m)

    @property
    def between_days(self) -> int:
        """Greatest number of days between the middles of two reports that are compared."""
        return max(self.gap_days + self.days - 1, 1)

    def holds(self, points: Points) -> Flags:
        """Reports that are placed and dated well enough to be compared."""
        dated = (points.start > np.iinfo(np.int64).min) & (points.end - points.start < self.days)
        return np.asarray(np.isfinite(points.longitude) & (points.radius_m <= self.radius_m) & dated)


class Neighbours(NamedTuple):
    """
    Pairs of reports, in both directions, and reports that stand in a crowd.

    ``left`` holds reports that another record has something near; ``right`` all that is near them. The lists of a
    report in ``crowded`` are left out.
    """

    left: Ints
    right: Ints
    distance_m: Floats
    gap_days: Ints
    crowded: Ints


def find_neighbours(points: Points, reach: Reach, *, others_only: bool = False) -> Neighbours:
    """
    Find what is near each report that another record may tell of, too.

    Two reports are near where their distance is at most the root of the sum of their squared radii, which holds 95 %
    of pairs of reports of one place, and at most ``gap_days`` days lie between them. With *others_only* what a record
    tells of the same days only matters to other records: the largest record is looked up and does not ask.
    """
    taken = np.flatnonzero(reach.holds(points))
    chosen = points.take(taken)
    shared, around = _find_shared(chosen, reach)
    asking = shared
    if others_only and shared.any():
        around = shared
        sizes = np.bincount(chosen.origin[shared])
        largest = np.flatnonzero(sizes == sizes.max())
        if len(largest) == 1:
            asking = shared & (chosen.origin != largest[0])
    if not shared.any():
        empty = np.empty(0, dtype=np.int64)
        return Neighbours(empty, empty, np.empty(0), empty, empty)
    crowded_spot, kept = _thin_spots(chosen, around)
    tree_rows = np.flatnonzero(around & kept)
    space = _embed(chosen, around, reach)
    tree = cKDTree(space[tree_rows])
    parts, crowds = [], [np.flatnonzero(asking & crowded_spot)]
    for rows, left, right in _ask(tree, space, np.flatnonzero(asking & ~crowded_spot), tree_rows):
        crowds.append(rows)
        distance, gap = _compare(chosen, left, right, reach, space)
        near = (distance <= np.hypot(chosen.radius_m[left], chosen.radius_m[right])) & (gap <= reach.gap_days)
        parts.append((taken[left[near]], taken[right[near]], distance[near], gap[near]))
    left, right, distance, gap = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Neighbours(left, right, distance, gap, taken[np.concatenate(crowds)])


def _ask(tree: cKDTree, space: Floats, asking: Ints, tree_rows: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield, chunk by chunk, the reports that stand in a crowd, and the pairs of the others."""
    most = CROWD + 2  # the report itself, and one too many
    for first in range(0, max(len(asking), 1), _CHUNK):
        rows = asking[first : first + _CHUNK]
        found = np.asarray(tree.query(space[rows], k=most, p=np.inf, distance_upper_bound=1.0, workers=-1)[1])
        real = np.asarray(found < len(tree_rows), dtype=bool)
        in_crowd: Flags = real.sum(axis=1) == most
        real &= ~in_crowd[:, None]
        left = np.repeat(rows, real.sum(axis=1))
        right = tree_rows[found[real]]
        other = left != right
        yield rows[in_crowd], left[other], right[other]


def _embed(points: Points, around: Flags, reach: Reach) -> Floats:
    """Place reports in space and time, such that all that may be near lies within 1 along every axis."""
    # Cartesian coordinates on the ellipsoid: a chord of this length equals the geodesic to better than a millionth.
    to_cartesian = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    used = points.take(np.flatnonzero(around))
    metres = to_cartesian.transform(used.longitude, used.latitude, np.zeros(len(used.longitude)))
    middle = (used.start + used.end) / 2.0
    space = np.zeros((len(around), 4))
    space[around] = np.column_stack([*(axis / reach.metres for axis in metres), middle / reach.between_days])
    return space * _EDGE


def _compare(points: Points, left: Ints, right: Ints, reach: Reach, space: Floats) -> tuple[Floats, Ints]:
    """Distance in metres and days between the reports of each pair."""
    offsets = space[left, :3] - space[right, :3]
    distance = np.sqrt((offsets**2).sum(axis=1)) * reach.metres / _EDGE
    start, end = points.start, points.end
    gap = np.maximum(start[left] - end[right], start[right] - end[left])
    return distance, np.maximum(gap, 0)


def _find_shared(points: Points, reach: Reach) -> tuple[Flags, Flags]:
    """
    Reports that can have one of another record beside them on a day, and all reports that are around such.

    Cells twice as wide as the reach, once more moved by half a cell along each axis: what is within reach shares a cell
    at least once. Days are told apart by blocks that are no shorter than a report's span.
    """
    count = len(points.longitude)
    shared, around = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    if count == 0 or points.origin.min() == points.origin.max():
        return shared, around
    first, last = points.start // (reach.days + 1), (points.end + 1) // (reach.days + 1)
    longer = np.flatnonzero(first != last)
    rows = np.concatenate([np.arange(count), longer])
    blocks = np.concatenate([first, last[longer]])
    blocks -= blocks.min()
    origin = points.origin[rows]
    cells = list(_cells(points, 2.0 * reach.metres))
    for cell in cells:
        codes = pd.factorize(cell[rows] * (blocks.max() + 1) + blocks)[0]
        low = np.full(codes.max() + 1, np.iinfo(np.int64).max)
        high = np.full(codes.max() + 1, -1)
        np.minimum.at(low, codes, origin)
        np.maximum.at(high, codes, origin)
        shared[rows[(low != high)[codes]]] = True
    if shared.any():
        for cell in cells:
            occupied = np.zeros(cell.max() + 1, dtype=bool)
            occupied[cell[shared]] = True
            around |= occupied[cell]
    return shared, around


def _cells(points: Points, width_m: float) -> Iterator[Ints]:
    """Number the cell of each report, in four grids of bands along the parallels."""
    degrees = width_m / _LEAST_METRES_PER_DEGREE
    for lift in (0.0, 0.5):
        band = np.floor((points.latitude + _POLE) / degrees + lift).astype(np.int64)
        edges = np.arange(band.max() + 2) * degrees - _POLE - lift * degrees
        farthest = np.minimum(np.maximum(np.abs(edges[:-1]), np.abs(edges[1:])), _POLE)
        around = _FULL_CIRCLE * _LEAST_METRES_PER_DEGREE * np.cos(np.radians(farthest))
        in_band = np.maximum(np.floor(around / width_m), 1).astype(np.int64)
        share = (points.longitude + _FULL_CIRCLE / 2) / _FULL_CIRCLE * in_band[band]
        for shift in (0.0, 0.5):
            column = np.floor(share + shift).astype(np.int64) % in_band[band]
            yield pd.factorize(band * (in_band.max() + 1) + column)[0].astype(np.int64)


def _thin_spots(points: Points, around: Flags) -> tuple[Flags, Flags]:
    """Reports on one spot and day with more others than a crowd; and which of them are enough to tell a crowd."""
    spot = pd.DataFrame({"x": points.longitude, "y": points.latitude, "start": points.start, "end": points.end})
    grouped = spot[around].groupby(["x", "y", "start", "end"], sort=False)["x"]
    crowded, kept = np.zeros(len(around), dtype=bool), np.ones(len(around), dtype=bool)
    crowded[around] = (grouped.transform("size") > CROWD + 1).to_numpy()
    kept[around] = (grouped.cumcount() <= CROWD + 1).to_numpy()
    return crowded, kept
