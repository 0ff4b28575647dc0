"""Searches as the chain sees them: the chance that an item is found, at its place and averaged over a pattern."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from rasterio import features
from rasterio.transform import Affine
from scipy import signal

from uxomap.contamination._update_model import Model

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
Polygons = npt.NDArray[np.object_]

#: Fields of a window: left and upper edge and side of a pixel in cells, columns, rows, and where its values begin.
LEFT, TOP, SIDE, COLUMNS, ROWS, START = range(6)

#: Pixels along the longer side of the raster of a search at most, and their least side in metres.
_PIXELS, _FINEST_M = 300, 3.0

#: A pixel is split into so many along its side when the part of it that was searched is measured.
_SPLIT = 3

#: How far a pattern reaches, in standard deviations; and a strike, beyond which no search bears on it.
_PATTERN_REACH, STRIKE_REACH = 4.5, 5.0


@dataclass(frozen=True, eq=False)
class Windows:
    """Many small rasters one after the other: ``fields`` (n, 6) and ``values``."""

    fields: Floats
    values: Singles


def raster_searches(polygons: Polygons, detection: Floats, cell_m: float) -> Windows:
    """
    Chance that an item at each place is found by each search, given all searches before it.

    Polygons are in cells of the grid, in the order of the searches.
    """
    boxes = shapely.bounds(polygons)
    tree = shapely.STRtree(polygons)
    fields, rasters = np.zeros((len(polygons), 6)), []
    start = 0
    for number, polygon in enumerate(polygons):
        left, top, right, bottom = boxes[number]
        side = max(max(right - left, bottom - top) / _PIXELS, _FINEST_M / cell_m)
        columns, rows = (max(int(np.ceil(length / side - 1e-9)), 1) for length in (right - left, bottom - top))
        fields[number] = left, top, side, columns, rows, start
        left_over = np.ones((rows, columns))
        for earlier in np.sort(tree.query(polygon)):
            if earlier < number:
                left_over *= 1 - detection[earlier] * cover_pixels(polygons[earlier], fields[number])
        rasters.append(detection[number] * cover_pixels(polygon, fields[number]) * left_over)
        start += rows * columns
    return Windows(fields, np.concatenate([raster.ravel() for raster in rasters], dtype=np.float32))


def cover_pixels(polygon: shapely.Polygon, field: Floats, split: int = _SPLIT) -> Floats:
    """Part of each pixel of a raster that lies in a polygon."""
    columns, rows = int(field[COLUMNS]), int(field[ROWS])
    fine = Affine(field[SIDE] / split, 0, field[LEFT], 0, field[SIDE] / split, field[TOP])
    inside = features.rasterize(
        [(polygon, 1)], out_shape=(rows * split, columns * split), transform=fine, dtype="uint8", fill=0
    )
    cover: Floats = inside.reshape(rows, split, columns, split).mean(axis=(1, 3), dtype=np.float64)
    return cover


def find_pairs(model: Model, searches: Windows) -> tuple[Whole, Whole]:
    """Strikes and searches that bear on each other: for each strike where its searches begin, and which they are."""
    reach = STRIKE_REACH * model.spread
    left, top = searches.fields[:, LEFT], searches.fields[:, TOP]
    right = left + searches.fields[:, SIDE] * searches.fields[:, COLUMNS]
    bottom = top + searches.fields[:, SIDE] * searches.fields[:, ROWS]
    boxes = shapely.box(left, top, right, bottom)
    places = shapely.points(model.place)
    strike, search = shapely.STRtree(boxes).query(places, predicate="dwithin", distance=reach)
    order = np.lexsort((search, strike))
    strike, search = strike[order], search[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(strike, minlength=len(model.place)))])
    return starts.astype(np.int64), search.astype(np.int64)


def smooth_searches(model: Model, searches: Windows, pairs: tuple[Whole, Whole]) -> tuple[Windows, Whole]:
    """
    Chance that an item is found, given where its carrier fell, for each search and each pattern that meets it.

    Returns the windows and, for every pair of strike and search, the number of its window.
    """
    starts, search = pairs
    pattern = model.pattern[np.repeat(np.arange(len(model.place)), np.diff(starts))]
    wanted, number = np.unique(np.column_stack([search, pattern]), axis=0, return_inverse=True)
    fields, parts = np.zeros((len(wanted), 6)), []
    start = 0
    for place, (one, kind) in enumerate(wanted):
        field, values = _smooth(searches, int(one), model.patterns[kind])
        field[START] = start
        fields[place] = field
        parts.append(values.ravel().astype(np.float32))
        start += values.size
    return Windows(fields, np.concatenate([np.zeros(0), *parts], dtype=np.float32)), number.ravel().astype(np.int64)


def _smooth(searches: Windows, number: int, covariance: Floats) -> tuple[Floats, Floats]:
    """Smooth the raster of one search by one pattern, in pixels fit for it."""
    left, top, side, columns, rows, start = searches.fields[number]
    columns, rows, start = int(columns), int(rows), int(start)
    values = searches.values[start : start + rows * columns].reshape(rows, columns).astype(np.float64)
    uu, uv, vv = covariance
    half = np.hypot(0.5 * (uu - vv), uv)
    widest, narrowest = np.sqrt(0.5 * (uu + vv) + half), np.sqrt(max(0.5 * (uu + vv) - half, 1e-12))
    factor = max(int(narrowest / (2.5 * side)), 1)
    values = np.pad(values, ((0, -rows % factor), (0, -columns % factor)))
    values = values.reshape(values.shape[0] // factor, factor, values.shape[1] // factor, factor).mean(axis=(1, 3))
    side *= factor
    margin = int(np.ceil(_PATTERN_REACH * widest / side)) + 1
    steps = np.arange(-margin, margin + 1) * side
    u, v = np.meshgrid(steps, steps)
    determinant = uu * vv - uv**2
    # A narrow pattern is averaged over pixels rather than taken at their centres.
    kernel = np.exp(-0.5 * (vv * u**2 - 2 * uv * u * v + uu * v**2) / determinant)
    kernel /= kernel.sum()
    smooth = signal.fftconvolve(values, kernel, mode="full") if margin > 3 else signal.convolve2d(values, kernel)  # noqa: PLR2004 - small ones are quicker so
    smooth = np.clip(smooth, 0.0, 1.0)
    field = np.array([left - margin * side, top - margin * side, side, smooth.shape[1], smooth.shape[0], 0.0])
    return field, smooth


def cover_cells(polygons: Polygons, detection: Floats, shape: tuple[int, int]) -> Floats:
    """Chance that an item that lay in each cell was found by any search."""
    rows, columns = shape
    left_over = np.ones(shape)
    for polygon, chance in zip(polygons, detection, strict=True):
        left, top, right, bottom = shapely.bounds(polygon)
        first, last = (int(np.clip(np.floor(left), 0, columns)), int(np.clip(np.ceil(right), 0, columns)))
        upper, lower = (int(np.clip(np.floor(top), 0, rows)), int(np.clip(np.ceil(bottom), 0, rows)))
        if last > first and lower > upper:
            field = np.array([first, upper, 1.0, last - first, lower - upper, 0.0])
            left_over[upper:lower, first:last] *= 1 - chance * cover_pixels(polygon, field, split=8)
    return 1 - left_over
