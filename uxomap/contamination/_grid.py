"""One metric grid for all strikes: which CRS, which cells, and whether it would fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError as ProjError

from uxomap import wording
from uxomap.crs import equal_area_crs
from uxomap.errors import CRSError, InputError

Floats = npt.NDArray[np.float64]

#: Layers of a map, in their order.
MAP_LAYERS = ("uxo_expected", "uxo_sd", "uxo_low", "uxo_high", "probability_any")

#: A cell takes one number of eight bytes and four of four.
BYTES_A_CELL = 24

#: Largest result, in bytes.
MOST_BYTES = 2_000_000_000

#: Sides of cells that are chosen from, in metres, and the cells a grid then has at most.
CELL_SIDES_M = (50.0, 100.0, 250.0, 500.0, 1000.0)
MOST_HANDY_CELLS = 4_000_000

#: Largest error of a length that a CRS may make where strikes lie.
_MOST_STRETCH = 0.02

#: Points along each side of a box of degrees when it is taken into metres.
_SIDE = 65

_HALF_TURN = 180.0
_POLE = 90.0
_CORNERS = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells in a metric CRS: upper left corner in metres, side in metres, numbers of rows and columns."""

    crs: CRS
    left_m: float
    top_m: float
    cell_m: float
    rows: int
    columns: int

    @property
    def x(self) -> Floats:
        """Eastings of the centres of the columns, in metres."""
        return np.asarray(self.left_m + (np.arange(self.columns) + 0.5) * self.cell_m, dtype=np.float64)

    @property
    def y(self) -> Floats:
        """Northings of the centres of the rows, from north to south, in metres."""
        return np.asarray(self.top_m - (np.arange(self.rows) + 0.5) * self.cell_m, dtype=np.float64)


def choose_crs(crs: Any, longitude: Floats, latitude: Floats) -> CRS:
    """
    Take the CRS that was asked for, or an equal-area one centred on the strikes.

    The centre is rounded to whole degrees, so that one more strike does not move the cells.
    """
    if crs is None:
        return equal_area_crs(longitude, latitude)
    try:
        chosen = CRS.from_user_input(crs)
    except ProjError as error:
        message = f"Invalid crs {crs!r}. Must be a CRS in metres, e.g. 'EPSG:32637'. Leave it out to have one chosen."
        raise CRSError(message) from error
    if not chosen.is_projected or any(axis.unit_name != "metre" for axis in chosen.axis_info):
        message = (
            f"Invalid crs {chosen.to_string()}. Must be a projected CRS in metres, e.g. 'EPSG:32637'. "
            "Leave it out to have one chosen."
        )
        raise CRSError(message)
    return chosen


def project(crs: CRS, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Easting and northing in metres, bearing of grid north in degrees, and error of lengths, at each place."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)
    factors = Proj(crs).get_factors(longitude, latitude)
    stretch = np.fmax(np.abs(factors.meridional_scale - 1), np.abs(factors.parallel_scale - 1))
    return np.asarray(x), np.asarray(y), np.asarray(factors.meridian_convergence), np.asarray(stretch)


def check_stretch(stretch: Floats, crs: CRS) -> None:
    """Refuse a CRS in which lengths are wrong where strikes lie."""
    worst = float(stretch.max(initial=0.0))
    if not worst <= _MOST_STRETCH:
        told = f"{worst:.0%}" if math.isfinite(worst) else "more than can be told"
        message = (
            f"The strikes do not fit on one flat grid ({crs.name}): its lengths are wrong by {told} where strikes lie. "
            "Must be at most 2 %. "
            "Map distant regions one by one (give bounds), or leave out crs to have one chosen."
        )
        raise CRSError(message)


def lay_grid(crs: CRS, box: tuple[float, float, float, float], cell_m: float) -> Grid:
    """Lay cells over a box of metres (left, bottom, right, top), their edges at whole multiples of the side."""
    left, bottom = (math.floor(value / cell_m) for value in box[:2])
    right, top = (math.ceil(value / cell_m) for value in box[2:])
    rows, columns = max(top - bottom, 1), max(right - left, 1)
    size = rows * columns * BYTES_A_CELL
    if size > MOST_BYTES:
        side = cell_m * math.sqrt(size / MOST_BYTES)
        message = (
            f"The grid would have {rows:,} x {columns:,} cells and take {size / 1e9:,.1f} GB. Must be at most "
            f"{MOST_BYTES / 1e9:g} GB. Take cells of {math.ceil(side)} m or more, give smaller bounds, or map distant "
            "regions one by one."
        )
        raise InputError(message)
    return Grid(crs, left * cell_m, top * cell_m, cell_m, rows, columns)


def choose_cell_m(width_m: float, height_m: float) -> float:
    """Choose the finest side of a cell with which a grid stays handy; the coarsest where none does."""
    handy = [side for side in CELL_SIDES_M if (width_m / side + 1) * (height_m / side + 1) <= MOST_HANDY_CELLS]
    return handy[0] if handy else CELL_SIDES_M[-1]


def spread_bounds(bounds: Sequence[float]) -> tuple[Floats, Floats]:
    """Points all over bounds in degrees (west, south, east, north); west above east crosses 180°."""
    values = np.asarray(bounds, dtype=np.float64).ravel()
    west, south, east, north = values if values.size == _CORNERS else np.full(_CORNERS, np.nan)
    right = abs(west) <= _HALF_TURN and abs(east) <= _HALF_TURN and west != east
    if not (right and -_POLE <= south < north <= _POLE):
        message = (
            f"Invalid bounds {tuple(bounds)}. Must be (west, south, east, north) in degrees, south below north. "
            "West above east crosses 180°."
        )
        raise InputError(message)
    longitude = np.linspace(west, east if east > west else east + 2 * _HALF_TURN, _SIDE)
    grid_longitude, grid_latitude = np.meshgrid(longitude, np.linspace(south, north, _SIDE))
    return grid_longitude.ravel(), grid_latitude.ravel()


def project_bounds(bounds: Sequence[float], crs: CRS) -> tuple[float, float, float, float]:
    """Box in metres around bounds in degrees."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*spread_bounds(bounds))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        message = f"Bounds {tuple(bounds)} lie outside what {crs.name} can show. Give smaller ones."
        raise InputError(message)
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def describe_crs(crs: CRS) -> dict[str, Any]:
    """Attributes of the coordinate ``spatial_ref``, as CF and GDAL read them."""
    return crs.to_cf() | {"spatial_ref": crs.to_wkt()}


def describe_map(grid: Grid) -> dict[str, Any]:
    """Attributes that every map carries."""
    return {
        "crs_wkt": grid.crs.to_wkt(),
        "cell_m": grid.cell_m,
        "method_version": wording.METHOD_VERSION,
        "notice": wording.NOTICE,
    }


def read_grid(contamination: xr.Dataset) -> Grid:
    """
    Cells of a map as `estimate_contamination` makes it, or of a rectangle cut out of it.

    Raises
    ------
    InputError
        The map lacks a layer, its CRS or even cells.
    """
    missing = [name for name in MAP_LAYERS if name not in contamination.data_vars]
    missing += [name for name in ("crs_wkt", "cell_m", "method_version", "notice") if name not in contamination.attrs]
    if missing:
        message = f"The map lacks {', '.join(missing)}. Must be what estimate_contamination returns. Pass it whole."
        raise InputError(message)
    side = float(contamination.attrs["cell_m"])
    axes = [contamination[name].to_numpy().astype(np.float64) for name in ("x", "y")]
    even = all(
        values.size and np.allclose(np.diff(values), step, rtol=0, atol=1e-6 * side)
        for values, step in zip(axes, (side, -side), strict=True)
    )
    if not even or any(contamination[name].dims != ("y", "x") for name in MAP_LAYERS):
        message = (
            f"The cells of the map are not squares of {side:g} m from north to south and west to east. Cut out a "
            "rectangle of neighbouring cells (isel), or estimate the map anew with other bounds or another cell_m."
        )
        raise InputError(message)
    left, top = float(axes[0][0] - side / 2), float(axes[1][0] + side / 2)
    return Grid(CRS.from_wkt(contamination.attrs["crs_wkt"]), left, top, side, axes[1].size, axes[0].size)
