"""Cells of a map as polygons, and hexagons for sharing."""

import math
from typing import Any

import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from pyproj import Proj, Transformer

from uxomap import crs as earth
from uxomap.contamination._grid import MAP_LAYERS, Grid, read_grid
from uxomap.distributions import match_quantile
from uxomap.errors import InputError
from uxomap.hexagons import draw_hexagons, draw_rings, index_places
from uxomap.schema import layer_schema

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Most cells that are listed as polygons.
MOST_CELLS = 2_000_000

#: Finest resolution of H3 that is chosen without being asked for: about 0.7 km², coarse enough to be shared.
FINEST_SHARED = 8

#: Cells that a hexagon holds at least where the resolution is chosen.
_CELLS_A_HEXAGON = 100

#: A cell on a border between hexagons is split into so many squares along its side.
_PARTS = 8

#: Variances between least and most, at which the ends of an interval are looked for.
_VARIANCES = 25

_COARSEST, _FINEST = 0, 15
_M2_A_HA = 10_000.0


def list_cells(contamination: xr.Dataset, *, least: float = 0.0) -> gpd.GeoDataFrame:
    """
    List the cells of a map that may hold items, as squares.

    Cells that are not listed are not known to hold nothing: they lie beyond the reach of every strike, or hold less
    than *least*, and the column ``uxo_left_out`` says how much the latter hold together.

    Parameters
    ----------
    contamination : Dataset
        Map of `estimate_contamination`, or a rectangle cut out of it.
    least : float
        Leave out cells with fewer expected items.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``cells``, from north to south and west to east. ``cell_id`` names the lower left corner in cells from
        the origin of the map's CRS, so that it does not depend on where the map ends. ``area_m2`` is the true area.

    Raises
    ------
    InputError
        *least* is negative or leaves no cell, the map is none, or more than two million cells would be listed.

    Examples
    --------
    >>> from uxomap import estimate_contamination, find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> grid = estimate_contamination(strikes, cell_m=500, bounds=(37.5, 48.6, 37.8, 48.8))
    >>> cells = list_cells(grid, least=0.01)
    >>> listed = cells["uxo_expected"].sum() + cells["uxo_left_out"].iloc[0]
    >>> bool(np.isclose(listed, grid["uxo_expected"].sum(), rtol=1e-12))
    True
    """
    grid = read_grid(contamination)
    if not (math.isfinite(least) and least >= 0):
        message = f"Invalid least {least!r}. Must be a number of expected items, 0 or more."
        raise InputError(message)
    expected = contamination["uxo_expected"].to_numpy().astype(np.float64)
    held = expected > 0
    listed = held & (expected >= least)
    _check_number(expected, listed, least)
    row, column = np.nonzero(listed)
    west = round(grid.left_m / grid.cell_m) + column
    south = round(grid.top_m / grid.cell_m) - 1 - row
    data = {
        "cell_id": [f"x{x}y{y}" for x, y in zip(west.tolist(), south.tolist(), strict=True)],
        **{name: contamination[name].to_numpy()[listed].astype(np.float64) for name in MAP_LAYERS},
        "area_m2": _cell_areas(grid, row, column),
        "uxo_left_out": float(expected[held & ~listed].sum()),
    }
    frame = pd.DataFrame(data)
    frame["uxo_per_ha"] = frame["uxo_expected"] / frame["area_m2"] * _M2_A_HA
    frame = frame.assign(method_version=contamination.attrs["method_version"], notice=contamination.attrs["notice"])
    columns = list(layer_schema("cells").columns)
    return gpd.GeoDataFrame(frame[columns], geometry=_draw_cells(grid, row, column), crs=earth.LONLAT)


def share_hexagons(contamination: xr.Dataset, *, resolution: int | None = None) -> gpd.GeoDataFrame:
    """
    Gather a map into H3 hexagons, coarse enough to be shared.

    A cell that lies within one hexagon goes to it whole; a cell on a border is split into 64 squares, each of which
    goes to the hexagon that holds its centre. Expected items are conserved. The map knows how sure each cell is, but
    not how cells vary together. The interval of a hexagon is therefore the widest of those for cells that vary apart
    from each other, all together, or anything in between: it errs on the careful side, often by far.

    Parameters
    ----------
    contamination : Dataset
        Map of `estimate_contamination`, or a rectangle cut out of it.
    resolution : int, optional
        Of H3, 0 (coarsest) to 15. Otherwise the finest whose hexagons hold a hundred cells, and at most 8 (0.7 km²).

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``hexagons``, in the order of their index. Those that no strike reaches are not listed, which does not
        mean that they are known to hold nothing.

    Raises
    ------
    InputError
        The resolution does not exist or is finer than the cells, the map is none or holds nothing, or it lies beyond
        88° of latitude.

    References
    ----------
    Uber 2018, H3: a hexagonal hierarchical geospatial indexing system, https://h3geo.org

    Examples
    --------
    >>> from uxomap import estimate_contamination, find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> grid = estimate_contamination(strikes, cell_m=100, bounds=(37.5, 48.6, 37.8, 48.8))
    >>> hexagons = share_hexagons(grid)
    >>> bool(np.isclose(hexagons["uxo_expected"].sum(), grid["uxo_expected"].sum(), rtol=1e-12))
    True
    """
    grid = read_grid(contamination)
    resolution = _choose_resolution(grid, resolution)
    expected = contamination["uxo_expected"].to_numpy().astype(np.float64)
    row, column = np.nonzero(expected > 0)
    if not row.size:
        message = "The map holds nothing: no strike reaches it. Estimate it with bounds around the strikes."
        raise InputError(message)
    cell, index, share = _share_cells(grid, row, column, resolution)
    mean, sd, top = (
        contamination[name].to_numpy()[row, column].astype(np.float64)[cell]
        for name in ("uxo_expected", "uxo_sd", "uxo_high")
    )
    # The items of a cell may lie in one part of it all together: of all dependences the one with the most variance.
    variance = np.maximum(share * (sd**2 + mean**2) - (share * mean) ** 2, 0.0)
    parts = {"mean": share * mean, "variance": variance, "sd": np.sqrt(variance), "top": share * top}
    sums = pd.DataFrame({"index": index} | parts).groupby("index", sort=True).sum()
    low, high = _widest_interval(*(sums[name].to_numpy() for name in ("mean", "variance", "sd")))
    high = np.maximum(high, np.ceil(sums["top"].to_numpy() - 1e-9))  # all cells at their high end together
    # A part never holds more than the whole.
    high = np.minimum(high, contamination.attrs.get("uxo_high_total", np.inf))
    data = {
        "hexagon_id": [h3.int_to_str(number) for number in sums.index],
        "resolution": resolution,
        "uxo_low": low,
        "uxo_expected": sums["mean"].to_numpy(),
        "uxo_high": high,
    }
    hexagons = gpd.GeoDataFrame(data, geometry=draw_hexagons(sums.index), crs=earth.LONLAT)
    area = earth.area_m2(hexagons)
    hexagons = hexagons.assign(
        area_m2=area,
        uxo_per_ha=hexagons["uxo_expected"] / area * _M2_A_HA,
        method_version=contamination.attrs["method_version"],
        notice=contamination.attrs["notice"],
    )
    return hexagons[[*layer_schema("hexagons").columns, "geometry"]]


def _check_number(expected: Floats, listed: npt.NDArray[np.bool_], least: float) -> None:
    """Refuse to list no cell or too many."""
    number = int(listed.sum())
    if number == 0:
        most = float(expected.max(initial=0.0))
        message = (
            f"No cell holds {least:g} expected items or more; the most that one holds is {most:g}. Must leave at least "
            "one cell. Give a smaller least."
        )
        raise InputError(message)
    if number > MOST_CELLS:
        enough = float(np.partition(expected[listed], number - MOST_CELLS)[number - MOST_CELLS])
        message = (
            f"The list would have {number:,} cells. Must be at most {MOST_CELLS:,}. Leave out those that hold next "
            f"to nothing (least={enough * 1.01:.2g}), take larger cells, or write the map with write_geotiff."
        )
        raise InputError(message)


def _corner_lonlat(grid: Grid, right: npt.NDArray[Any], down: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Longitude and latitude of places given in cells from the upper left corner of the grid."""
    back = Transformer.from_crs(grid.crs, earth.LONLAT, always_xy=True)
    longitude, latitude = back.transform(grid.left_m + right * grid.cell_m, grid.top_m - down * grid.cell_m)
    return np.asarray(longitude), np.asarray(latitude)


def _cell_areas(grid: Grid, row: Whole, column: Whole) -> Floats:
    """True area of cells in square metres: the square over the scale of areas at its centre."""
    longitude, latitude = _corner_lonlat(grid, column + 0.5, row + 0.5)
    return np.asarray(grid.cell_m**2 / Proj(grid.crs).get_factors(longitude, latitude).areal_scale)


def _draw_cells(grid: Grid, row: Whole, column: Whole) -> npt.NDArray[np.object_]:
    """Squares in degrees, counter-clockwise from the lower left corner, split at the antimeridian."""
    right, down = np.array([0, 1, 1, 0, 0]), np.array([1, 1, 0, 0, 1])
    longitude, latitude = _corner_lonlat(grid, column[:, np.newaxis] + right, row[:, np.newaxis] + down)
    return draw_rings(longitude, latitude)


def _choose_resolution(grid: Grid, resolution: int | None) -> int:
    """Resolution of H3 that was asked for, or one that fits the cells and is coarse enough to be shared."""
    cell_m2 = grid.cell_m**2
    sizes = {level: float(h3.average_hexagon_area(level, unit="m^2")) for level in range(_COARSEST, _FINEST + 1)}
    if resolution is None:
        fitting = [level for level in range(FINEST_SHARED + 1) if sizes[level] >= _CELLS_A_HEXAGON * cell_m2]
        return max(fitting, default=_COARSEST)
    if isinstance(resolution, bool) or resolution not in sizes:
        message = (
            f"Invalid resolution {resolution!r}. Must be a whole number from 0 to 15. Leave it out for one that fits."
        )
        raise InputError(message)
    if sizes[resolution] < cell_m2:
        finest = max((level for level in sizes if sizes[level] >= cell_m2), default=_COARSEST)
        message = (
            f"Resolution {resolution} has hexagons of {sizes[resolution]:,.0f} m², smaller than a cell of "
            f"{cell_m2:,.0f} m²; it would show more than the map knows. Give {finest} or less, or take smaller cells."
        )
        raise InputError(message)
    return int(resolution)


def _index_places(grid: Grid, right: Floats, down: Floats, resolution: int) -> npt.NDArray[np.uint64]:
    """Hexagons that hold places given in cells from the upper left corner of the grid."""
    longitude, latitude = _corner_lonlat(grid, right, down)
    return index_places(longitude, latitude, resolution)


def _share_cells(
    grid: Grid, row: Whole, column: Whole, resolution: int
) -> tuple[Whole, npt.NDArray[np.uint64], Floats]:
    """Split cells between hexagons: number of the cell, hexagon, and share of the cell that goes to it."""
    # Neighbours share corners: each is looked up once.
    wide = grid.columns + 1
    numbers = np.stack([(row + down) * wide + column + right for down in (0, 1) for right in (0, 1)], axis=1)
    places, inverse = np.unique(numbers, return_inverse=True)
    corners = _index_places(grid, places % wide, places // wide, resolution)[inverse.reshape(numbers.shape)]
    inside = (corners == corners[:, :1]).all(axis=1)  # hexagons are convex
    whole, split = np.flatnonzero(inside), np.flatnonzero(~inside)
    offset = (np.arange(_PARTS) + 0.5) / _PARTS
    right = (column[split, np.newaxis, np.newaxis] + offset[np.newaxis, np.newaxis, :]) + np.zeros((1, _PARTS, 1))
    down = (row[split, np.newaxis, np.newaxis] + offset[np.newaxis, :, np.newaxis]) + np.zeros((1, 1, _PARTS))
    index = _index_places(grid, right.ravel(), down.ravel(), resolution)
    parts = pd.DataFrame({"cell": np.repeat(split, _PARTS**2), "index": index})
    counted = parts.groupby(["cell", "index"], sort=False).size().rename("number").reset_index()
    return (
        np.concatenate([whole, counted["cell"].to_numpy()]),
        np.concatenate([corners[whole, 0], counted["index"].to_numpy()]),
        np.concatenate([np.ones(whole.size), counted["number"].to_numpy() / _PARTS**2]),
    )


def _widest_interval(mean: Floats, variance: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """
    Lowest and highest ends of the intervals that the cells allow, from apart from each other to all together.

    The variance of the sum is at most the square of the sum of the standard deviations (Cauchy-Schwarz). A larger
    variance moves the 95 % point up at first and down to 0 in the end, so variances all the way up to that are tried.
    """
    most = np.maximum(sd**2, variance)
    least = np.minimum(variance, mean)
    low, high = np.full(mean.size, np.inf), np.zeros(mean.size)
    for step in np.linspace(0.0, 1.0, _VARIANCES):
        between = np.maximum(least, 1e-12) ** (1 - step) * np.maximum(most, 1e-12) ** step
        low = np.minimum(low, match_quantile(mean, between, 0.05))
        high = np.maximum(high, match_quantile(mean, between, 0.95))
    return low, high
