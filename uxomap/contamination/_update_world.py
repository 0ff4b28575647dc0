"""Strikes and searches on one grid: which bear on which."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import Transformer

from uxomap import crs as earth
from uxomap.contamination._grid import Grid, project, read_grid
from uxomap.contamination._spread import describe_strikes
from uxomap.contamination._update_model import Model, describe_model
from uxomap.contamination._update_run import Finds
from uxomap.contamination._update_search import Windows, find_pairs, raster_searches
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Polygons = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class World:
    """
    Strikes on the map and searches, in cells.

    ``rows`` of the strikes on the map, their ``items`` and ``table``, the model of all (``everything``) and of those
    that
    searches bear on (``model``, ``touched``), ``land`` and rasters of the searches, ``pairs`` of the touched strikes
    and
    searches, ``idle`` searches that bear on no strike, and which keys of all the touched ones have (``keys_touched``).
    """

    grid: Grid
    rows: Whole
    items: pd.DataFrame
    table: Floats
    everything: Model
    touched: npt.NDArray[np.bool_]
    model: Model | None
    keys_touched: Whole
    land: Polygons
    searches: Windows
    pairs: tuple[Whole, Whole]
    idle: npt.NDArray[np.bool_]


def describe_world(
    strikes: gpd.GeoDataFrame, items: pd.DataFrame, surveys: gpd.GeoDataFrame, prior: xr.Dataset
) -> World:
    """Bring strikes and searches to the grid of the map, and find which bear on which."""
    grid = read_grid(prior)
    rows = _find_mapped(strikes, prior)
    located, mine = strikes.iloc[rows].reset_index(drop=True), items.iloc[rows].reset_index(drop=True)
    x, y, north, _ = project(grid.crs, located.geometry.x.to_numpy(), located.geometry.y.to_numpy())
    table = describe_strikes(located, mine, grid, (x, y, north))
    everything = describe_model(located, mine, table, grid.cell_m)
    land = project_polygons(surveys, grid)
    searches = raster_searches(land, surveys["detection_probability"].to_numpy(float), grid.cell_m)
    starts, search = find_pairs(everything, searches)
    touched = np.diff(starts) > 0
    idle = ~np.isin(np.arange(len(surveys)), search)
    kept = np.concatenate([[0], np.cumsum(np.diff(starts)[touched])]).astype(np.int64)
    model, keys = None, np.empty(0, dtype=np.int64)
    if touched.any():
        model = describe_model(
            located[touched].reset_index(drop=True), mine[touched].reset_index(drop=True), table[touched], grid.cell_m
        )
        keys = np.unique(everything.key[touched])
    return World(grid, rows, mine, table, everything, touched, model, keys, land, searches, (kept, search), idle)


def _find_mapped(strikes: gpd.GeoDataFrame, prior: xr.Dataset) -> Whole:
    """Rows of the strikes on the map: the best placed ones, as many as it counts."""
    number = int(prior.attrs.get("n_strikes", -1))
    empty = (strikes.geometry.isna() | strikes.geometry.is_empty).to_numpy()
    radius = np.where(empty, np.nan, strikes["precision_m"].to_numpy(float))
    order = np.argsort(radius, kind="stable")
    fitting = 0 < number <= int(np.isfinite(radius).sum())
    if not fitting or (number < len(radius) and radius[order[number - 1]] == radius[order[number]]):
        message = (
            f"The map was made of {number} strikes, {int(np.isfinite(radius).sum())} of these have a place. "
            f"Must be the "
            "map of these strikes. Estimate it anew, or leave it out."
        )
        raise InputError(message)
    return np.sort(order[:number]).astype(np.int64)


def project_polygons(surveys: gpd.GeoDataFrame, grid: Grid) -> Polygons:
    """Land of the searches in cells of the grid."""
    metric = surveys.geometry.to_crs(grid.crs).to_numpy()

    def to_cells(xy: Floats) -> Floats:
        return np.column_stack([(xy[:, 0] - grid.left_m) / grid.cell_m, (grid.top_m - xy[:, 1]) / grid.cell_m])

    return np.asarray(shapely.transform(metric, to_cells))


def list_finds(surveys: gpd.GeoDataFrame, found: gpd.GeoDataFrame | None, grid: Grid) -> Finds:
    """Finds one by one: those with a place, then the others."""
    number = pd.Series(np.arange(len(surveys)), index=surveys["survey_id"])
    search, u, v = np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    if found is not None:
        search = number.loc[found["survey_id"]].to_numpy(np.int64)
        to_grid = Transformer.from_crs(earth.LONLAT, grid.crs, always_xy=True)
        x, y = to_grid.transform(found.geometry.x.to_numpy(), found.geometry.y.to_numpy())
        u, v = (np.asarray(x) - grid.left_m) / grid.cell_m, (grid.top_m - np.asarray(y)) / grid.cell_m
    rest = surveys["items_found"].to_numpy(np.int64) - np.bincount(search, minlength=len(surveys))
    without = np.repeat(np.arange(len(surveys)), rest)
    nowhere = np.full(len(without), np.nan)
    known = np.arange(len(search) + len(without)) < len(search)
    return Finds(
        np.concatenate([search, without]).astype(np.int64),
        np.concatenate([u, nowhere]),
        np.concatenate([v, nowhere]),
        known,
    )
