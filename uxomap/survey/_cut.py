"""Land with its hours cut into connected pieces that a team does in a day."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from uxomap.crs import split_at_antimeridian
from uxomap.survey._land import Cells, Land
from uxomap.survey._zones import centre_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: A piece may take this much longer than was asked before it is cut again.
_LONGEST = 1.4

#: A cut is good when it parts the land to this share of it.
_NEAR_ENOUGH = 1e-3
_MOST_CUTS = 40

#: Smaller splinters of a cut are rounding, in shares of the land.
_SPLINTER = 1e-12


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of land, and the parts with one density each that they are made of."""

    place: Integers
    outline: npt.NDArray[np.object_]
    longitude: Floats
    latitude: Floats
    part_piece: Integers
    part_items: Floats
    part_m2: Floats
    part_hours: Floats

    def sum_up(self, values: Floats) -> Floats:
        """Add up values of the parts by piece."""
        return np.asarray(np.bincount(self.part_piece, values, len(self.place)), dtype=np.float64)


def cut_land(land: Land, hours: Floats, piece_hours: float) -> Pieces:
    """Cut the land that got hours into connected pieces of about *piece_hours* each."""
    found: list[tuple[int, Any, Integers, Floats]] = []  # place, outline, units, their share in the piece
    used = np.flatnonzero(hours > 0)
    by_place = used[np.argsort(land.unit_place[used], kind="stable")]
    starts = np.flatnonzero(np.diff(land.unit_place[by_place], prepend=-1))
    for units in np.split(by_place, starts[1:]) if by_place.size else []:
        place = int(land.unit_place[units[0]])
        if land.cells is None:
            cuts = cut_polygon(land.outlines[place], pieces=count_pieces(hours[units[0]], piece_hours), degrees=True)
            found += [(place, shape, units, share) for shape, share in zip(cuts, shares_of(cuts), strict=True)]
            continue
        for group in group_cells(land.cells, units, hours[units], piece_hours):
            shapes = land.cells.shapes(group)
            if group.size == 1 and hours[group[0]] > _LONGEST * piece_hours:
                parts = cut_polygon(shapes[0], pieces=count_pieces(hours[group[0]], piece_hours), degrees=False)
                found += [(place, shape, group, share) for shape, share in zip(parts, shares_of(parts), strict=True)]
            else:
                found.append((place, shapely.union_all(shapes), group, np.ones(group.size)))
    outlines = np.array([outline for _, outline, _, _ in found], dtype=object)
    if land.cells is not None and outlines.size:
        outlines = land.cells.to_lonlat(outlines)
    longitude, latitude = centre_of(outlines)
    size = np.array([units.size for _, _, units, _ in found], dtype=np.int64)
    units = np.concatenate([np.empty(0, np.int64), *(units for _, _, units, _ in found)])
    share = np.concatenate([np.empty(0), *(np.broadcast_to(part, units.size) for _, _, units, part in found)])
    return Pieces(
        np.array([place for place, _, _, _ in found], dtype=np.int64),
        split_at_antimeridian(outlines),
        longitude,
        latitude,
        np.repeat(np.arange(size.size), size),
        land.unit_items[units] * share,
        land.unit_m2[units] * share,
        hours[units] * share,
    )


def count_pieces(hours: float, piece_hours: float) -> int:
    """Pieces into which so many hours are cut."""
    return max(1, round(hours / piece_hours))


def shares_of(shapes: list[Any]) -> Floats:
    """Share of each part in the land of all, as an array of one number each."""
    areas = np.asarray(shapely.area(np.array(shapes, dtype=object)))
    return np.asarray(areas / areas.sum())[:, None]


def cut_polygon(polygon: Any, *, pieces: int, degrees: bool) -> list[Any]:
    """
    Cut a polygon into connected pieces of about equal area, each across its longer side.

    In degrees the cuts run along meridians and parallels: pieces fit together without a gap.
    """
    done: list[Any] = []
    area = float(shapely.area(polygon))
    open_ = _share_out(polygon, pieces, area)
    while open_:
        shape, number = open_.pop()
        if number == 1:
            done.append(shape)
            continue
        left, bottom, right, top = shape.bounds
        stretch = float(np.cos(np.radians((bottom + top) / 2))) if degrees else 1.0
        axis = 0 if (right - left) * stretch >= top - bottom else 1
        first = number // 2
        for side, share in zip(_cut_once(shape, axis, first / number), (first, number - first), strict=True):
            open_ += _share_out(side, share, area)
    return done


def _share_out(shape: Any, pieces: int, whole: float) -> list[tuple[Any, int]]:
    """Give each connected part its number of pieces, by area, at least one."""
    parts = [part for part in shapely.get_parts(shape) if part.area > _SPLINTER * whole]
    total = sum(part.area for part in parts)
    return [(part, max(1, round(pieces * part.area / total))) for part in parts]


def _cut_once(shape: Any, axis: int, share: float) -> tuple[Any, Any]:
    """Cut a polygon at the line across an axis that leaves the share before it."""
    box = list(shape.bounds)
    low, high = box[axis], box[axis + 2]
    wanted = share * shape.area
    for _ in range(_MOST_CUTS):
        middle = (low + high) / 2
        before = shapely.intersection(shape, _half(box, axis, end=middle))
        if abs(before.area - wanted) <= _NEAR_ENOUGH * shape.area:
            break
        low, high = (middle, high) if before.area < wanted else (low, middle)
    return before, shapely.intersection(shape, _half(box, axis, start=middle))


def _half(box: list[float], axis: int, *, start: float | None = None, end: float | None = None) -> Any:
    """Part of a box before or behind a line across an axis."""
    corners = list(box)
    if start is not None:
        corners[axis] = start
    if end is not None:
        corners[axis + 2] = end
    return shapely.box(corners[0], corners[1], corners[2], corners[3])


def group_cells(cells: Cells, units: Integers, hours: Floats, piece_hours: float) -> list[Integers]:
    """Group cells of a place into connected pieces of about so many hours, cut across the longer side."""
    groups: list[Integers] = []
    position = np.arange(units.size)
    open_ = _connected(cells.row[units], cells.column[units], position)
    while open_:
        inside = open_.pop()
        total = float(hours[inside].sum())
        if inside.size == 1 or total <= _LONGEST * piece_hours:
            groups.append(units[inside])
            continue
        row, column = cells.row[units[inside]], cells.column[units[inside]]
        line = row if np.ptp(row) >= np.ptp(column) else column
        line = line - line.min()
        number = count_pieces(total, piece_hours)
        before = np.cumsum(np.bincount(line, hours[inside]))[:-1]
        at = int(np.argmin(np.abs(before - total * (max(number, 2) // 2) / max(number, 2))))
        for side in (line > at, line <= at):
            open_ += _connected(row[side], column[side], inside[side])
    return groups


def _connected(row: Integers, column: Integers, position: Integers) -> list[Integers]:
    """Part cells into groups that hang together edge to edge."""
    top, left = row.min(), column.min()
    window = np.zeros((np.ptp(row) + 1, np.ptp(column) + 1), dtype=bool)
    window[row - top, column - left] = True
    label, number = ndimage.label(window)
    if number == 1:
        return [position]
    owner = label[row - top, column - left]
    order = np.argsort(owner, kind="stable")
    return np.split(position[order], np.flatnonzero(np.diff(owner[order])) + 1)
