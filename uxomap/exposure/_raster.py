"""Grids of other people: what lies in polygons, with partial cells exact and cells of their true size."""

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import RasterSource
from pyproj import CRS, Transformer
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from uxomap import crs
from uxomap.coverage import Found, Outlines
from uxomap.errors import CRSError, InputError
from uxomap.exposure._vector import EQUAL_AREA, shift_east

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

#: Values of cells and the area of each in m² to what is summed up; NaN where the cell is not known.
Reading = Callable[[Floats, Floats], Floats]

#: Cells around the zones that are kept in memory; zones further apart are taken in several groups.
_CELLS_IN_MEMORY = 10_000_000

#: Points along each side at which the true size of cells of a projection is computed.
_SCALE_POINTS = 65

_ROUND_TRIP_DEGREES = 1e-5

#: Polygons that are asked at a time whether they meet the raster.
_ASKED = 1000

#: Length of a parallel in the equal-area projection, in metres.
_AROUND_M = 2 * 17_367_530.445


@contextmanager
def open_grid(path: str | Path, what: str) -> Iterator["Grid"]:
    """Open a raster with one band, north up or south up, that says where it lies."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused below, in words
            dataset = rasterio.open(path)
    except RasterioError as error:
        message = f"Cannot read the {what} raster {str(path)!r}. Must be a GeoTIFF or another raster that GDAL opens."
        raise InputError(message) from error
    with dataset:
        _check_grid(dataset, path, what)
        yield Grid(dataset, what, CRS.from_user_input(dataset.crs))


def _check_grid(dataset: Any, path: str | Path, what: str) -> None:
    """Refuse a raster whose cells cannot be placed, or whose band is not plain."""
    if dataset.crs is None:
        message = (
            f"The {what} raster {str(path)!r} has no CRS, so its place is not known. "
            "Write it into the file, e.g. gdal_edit.py -a_srs EPSG:4326 FILE."
        )
        raise CRSError(message)
    turn = dataset.transform
    if turn.b or turn.d or turn.a <= 0:
        message = (
            f"The {what} raster {str(path)!r} is rotated or mirrored. Must have rows along its CRS. "
            "Straighten it, e.g. gdalwarp IN OUT."
        )
        raise InputError(message)
    if dataset.count != 1:
        message = (
            f"The {what} raster {str(path)!r} has {dataset.count} bands. Must have one. "
            "Take the one that is meant, e.g. gdal_translate -b 1 IN OUT."
        )
        raise InputError(message)


@dataclass(frozen=True, slots=True)
class Grid:
    """An open raster with one band."""

    dataset: Any
    what: str
    crs: CRS

    def place(self, polygons: Geometries) -> tuple[Geometries, npt.NDArray[np.bool_]]:
        """
        Carry polygons from longitude and latitude into the raster's CRS; which of them meet the raster.

        A projection can fold the far side of the Earth onto its own: a corner that does not come back where it was lies
        outside.
        """
        if self.crs.equals(crs.LONLAT, ignore_axis_order=True):
            return self._meet(polygons, np.ones(len(polygons), dtype=bool))
        there = Transformer.from_crs(crs.LONLAT, self.crs, always_xy=True)
        dense = shapely.segmentize(polygons, 0.05)
        corners, owners = shapely.get_coordinates(dense, return_index=True)
        x, y = there.transform(corners[:, 0], corners[:, 1])
        longitude, latitude = there.transform(x, y, direction="INVERSE")
        turned = np.abs((longitude - corners[:, 0] + 180.0) % 360.0 - 180.0)
        with np.errstate(invalid="ignore"):
            astray = ~((turned < _ROUND_TRIP_DEGREES) & (np.abs(latitude - corners[:, 1]) < _ROUND_TRIP_DEGREES))
        usable = np.bincount(owners[astray], minlength=len(polygons)) == 0
        placed = shapely.set_coordinates(
            dense.copy(), np.column_stack([np.where(astray, 0.0, x), np.where(astray, 0.0, y)])
        )
        return self._meet(placed, usable)

    def _meet(self, placed: Geometries, usable: npt.NDArray[np.bool_]) -> tuple[Geometries, npt.NDArray[np.bool_]]:
        """Find which polygons in the raster's CRS meet the raster, around the Earth where its longitudes go on."""
        left, bottom, right, top = self.bounds
        if self.crs.is_geographic and (right > 180 + 1e-9 or left < -180 - 1e-9):
            placed = _repeat_around(placed)
        return placed, usable & shapely.intersects(placed, shapely.box(left, bottom, right, top))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top in the raster's CRS."""
        box = self.dataset.bounds
        return box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top)

    def say_bounds(self) -> str:
        """Extent in words."""
        left, bottom, right, top = self.bounds
        unit = "degrees" if self.crs.is_geographic else "in its own units"
        digits = 2 if self.crs.is_geographic else 0
        return (
            f"{left:,.{digits}f} to {right:,.{digits}f} east, {bottom:,.{digits}f} to {top:,.{digits}f} north ({unit})"
        )

    def check_overlap(self, polygons: Geometries) -> None:
        """Refuse a raster that meets none of the polygons."""
        # Mostly the first ones do, and the others need not be carried over to know it.
        starts = range(0, len(polygons), _ASKED)
        if len(polygons) and not any(self.place(polygons[start : start + _ASKED])[1].any() for start in starts):
            west, south, east, north = shapely.total_bounds(polygons)
            message = (
                f"The {self.what} raster does not reach the zones. It covers {self.say_bounds()}, {self.crs.name}; the "
                f"zones and their surroundings lie at {west:.2f} to {east:.2f} east, {south:.2f} to {north:.2f} north. "
                "Give a raster of that country, or check the CRS of both."
            )
            raise InputError(message)

    def sum_up(self, polygons: Geometries, readings: list[Reading]) -> Floats:
        """
        Sums of what is read from cells, weighted by the share of each cell in each polygon.

        Returns an array of shape (polygons, readings); zero for a polygon outside the raster.
        """
        result = np.zeros((len(polygons), len(readings)))
        placed, meets = self.place(polygons)
        rows = np.flatnonzero(meets)
        if not rows.size:
            return result
        order = gpd.GeoSeries(placed[rows]).hilbert_distance().sort_values(kind="stable").index.to_numpy()
        waiting = [rows[order]]
        while waiting:
            group = waiting.pop()
            window = self._load(shapely.total_bounds(placed[group]))
            if window is None and len(group) > 1:
                # Neighbours along the curve are neighbours on the ground.
                waiting += np.array_split(group, 2)
            else:
                result[group] = self._sum_group(placed[group], readings, window)
        return result

    def _sum_group(
        self, placed: Geometries, readings: list[Reading], window: tuple[int, int, Floats, Floats] | None
    ) -> Floats:
        """Sums for polygons that share a window in memory, or for one that is too large for it."""
        sources = [_CellSource(self, reading, window, f"r{number}") for number, reading in enumerate(readings)]
        found = Found(len(placed))
        exact_extract(sources, Outlines(placed, self.crs.to_wkt()), ["sum"], include_cols=["row"], output=found)
        # NaN where no cell was read.
        sums = [[fields.get(name, np.nan) for name in found.names] for fields in found.fields]
        return np.asarray(np.nan_to_num(np.array(sums, dtype=float).reshape(len(placed), len(readings))))

    def read(self, column: int, row: int, width: int, height: int) -> tuple[Floats, Floats]:
        """Values (NaN where there are none) and areas in m² of a window, counted from the top left."""
        upward = self.dataset.transform.e > 0
        first = self.dataset.height - row - height if upward else row
        band = self.dataset.read(1, window=Window(column, first, width, height), masked=True)
        values = np.ma.filled(band.astype(np.float64), np.nan) * self.dataset.scales[0] + self.dataset.offsets[0]
        return (values[::-1] if upward else values), self._areas(column, row, width, height)

    def _load(self, bounds: Floats) -> tuple[int, int, Floats, Floats] | None:
        """Window around polygons, if it fits into memory: its corner, values and areas."""
        left, _, _, top = self.bounds
        dx, dy = self.dataset.transform.a, abs(self.dataset.transform.e)
        column = max(math.floor((bounds[0] - left) / dx) - 1, 0)
        row = max(math.floor((top - bounds[3]) / dy) - 1, 0)
        width = min(math.ceil((bounds[2] - left) / dx) + 1, self.dataset.width) - column
        height = min(math.ceil((top - bounds[1]) / dy) + 1, self.dataset.height) - row
        if width * height > _CELLS_IN_MEMORY:
            return None
        return column, row, *self.read(column, row, width, height)

    def _areas(self, column: int, row: int, width: int, height: int) -> Floats:
        """Area of each cell of a window on the ellipsoid, in m²."""
        left, _, _, top = self.bounds
        dx, dy = self.dataset.transform.a, abs(self.dataset.transform.e)
        if self.crs.is_geographic:
            unit = math.degrees(self.crs.axis_info[0].unit_conversion_factor)
            edges = np.clip((top - dy * np.arange(row, row + height + 1)) * unit, -90.0, 90.0)
            cells = shapely.box(0.0, edges[1:], dx * unit, edges[:-1])
            heights = crs.area_m2(gpd.GeoDataFrame(geometry=cells, crs=crs.LONLAT)).to_numpy()
            return np.broadcast_to(heights[:, None], (height, width))
        nodes = np.linspace(0.0, 1.0, _SCALE_POINTS)
        true = self._true_areas(left + dx * (column + width * nodes), top - dy * (row + height * nodes))
        across = np.stack([np.interp((np.arange(width) + 0.5) / width, nodes, line) for line in true])
        place = (np.arange(height) + 0.5) / height * (_SCALE_POINTS - 1)
        upper = np.floor(place).astype(int)
        weight = (place - upper)[:, None]
        return np.asarray(across[upper] * (1.0 - weight) + across[upper + 1] * weight)

    def _true_areas(self, x: Floats, y: Floats) -> Floats:
        """
        Area in m² that a cell has where columns and rows cross; NaN off the map.

        By differences in an equal-area projection of the ellipsoid. The factors of one that knows only spheres,
        such as Mollweide, would miss the flattening.
        """
        half_x, half_y = self.dataset.transform.a / 2, abs(self.dataset.transform.e) / 2
        carry = Transformer.from_crs(self.crs, EQUAL_AREA, always_xy=True)
        east, north = np.meshgrid(x, y)
        right, left = carry.transform(east + half_x, north), carry.transform(east - half_x, north)
        above, below = carry.transform(east, north + half_y), carry.transform(east, north - half_y)
        with np.errstate(invalid="ignore"):
            along = [_turn_back(right[0] - left[0]), right[1] - left[1]]
            up = [_turn_back(above[0] - below[0]), above[1] - below[1]]
            areas = np.abs(along[0] * up[1] - along[1] * up[0])
        return np.where(np.isfinite(areas), areas, np.nan)


def _turn_back(difference: Floats) -> Floats:
    """Difference of eastings that does not go around the Earth."""
    return np.asarray((difference + _AROUND_M / 2) % _AROUND_M - _AROUND_M / 2)


def _repeat_around(polygons: Geometries) -> Geometries:
    """Put copies of polygons a turn to either side, for a raster whose longitudes run from 0 to 360."""
    copies = [polygons, shift_east(polygons, 360.0), shift_east(polygons, -360.0)]
    return np.asarray(shapely.union_all(np.column_stack(copies), axis=1), dtype=object)


class _CellSource(RasterSource):  # type: ignore[misc]  # exactextract ships no types
    """What exactextract reads: one quantity computed from the cells of a grid."""

    def __init__(self, grid: Grid, reading: Reading, window: tuple[int, int, Floats, Floats] | None, name: str) -> None:
        super().__init__()
        self._grid = grid
        self._reading = reading
        self._corner = (0, 0)
        self._cells: Floats | None = None
        if window is not None:
            self._corner = window[:2]
            self._cells = reading(*window[2:])
        self.set_name(name)

    def res(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return self._grid.dataset.transform.a, abs(self._grid.dataset.transform.e)

    def extent(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        return self._grid.bounds

    def srs_wkt(self) -> str:
        """CRS; the polygons are in the same."""
        return self._grid.crs.to_wkt()

    def nodata_value(self) -> float | None:
        """What stands for nothing: NaN, in every reading."""
        return None

    def read_window(self, x0: int, y0: int, nx: int, ny: int) -> Floats:
        """Quantity in a window."""
        if self._cells is None:
            return self._reading(*self._grid.read(x0, y0, nx, ny))
        column, row = x0 - self._corner[0], y0 - self._corner[1]
        return self._cells[row : row + ny, column : column + nx]
