"""The stage itself: strikes in, a described grid out."""

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from uxomap import wording
from uxomap._validation import check_layer, check_metres, check_probability
from uxomap.contamination import _kernel
from uxomap.contamination._grid import (
    Grid,
    check_stretch,
    choose_cell_m,
    choose_crs,
    describe_crs,
    describe_map,
    lay_grid,
    project,
    project_bounds,
    spread_bounds,
)
from uxomap.contamination._spread import describe_strikes, spread_items
from uxomap.distributions import sum_intervals
from uxomap.errors import InputError
from uxomap.items import estimate_items
from uxomap.precision import position_sigma

Floats = npt.NDArray[np.float64]

#: Strikes placed more coarsely than this are counted, not spread over the map.
DEFAULT_MAX_PRECISION_M = 5_000.0

#: Name of the total of the strikes that have a place.
_MAPPED = "mapped"

_LAYERS = {
    "uxo_expected": ("Expected unexploded items in the cell", "items"),
    "uxo_sd": ("Standard deviation of the items in the cell", "items"),
    "uxo_low": ("Items in the cell, 5 % point", "items"),
    "uxo_high": ("Items in the cell, 95 % point", "items"),
    "probability_any": ("Chance that the cell holds at least one item", "1"),
}


def estimate_contamination(
    strikes: gpd.GeoDataFrame,
    *,
    cell_m: float | None = 50.0,
    bounds: Sequence[float] | None = None,
    crs: Any = None,
    containment: float = 0.999,
    max_precision_m: float = DEFAULT_MAX_PRECISION_M,
) -> xr.Dataset:
    """
    Estimate how many unexploded items lie in each cell of a grid, and how sure that is.

    Each strike is a normal around its reported place (position error, spread between carriers, spread of items),
    integrated over every cell; an ellipse where the bearing is known, the circle with the same second moment
    otherwise. The variance holds the scatter of single items, the strike's own dud rate and count, the dud rate that
    strikes with the same evidence share, and the position error, which moves all items of a carrier or of a strike
    together. Low, high and the chance of any item come from a negative binomial with that mean and variance
    (docs/method.md). The low values of cells, or their high values, must not be added up.

    Parameters
    ----------
    strikes : GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``.
    cell_m : float or None
        Side of a cell in metres. None takes the finest of 50, 100, 250, 500 and 1,000 m with which the grid has at most
        four million cells.
    bounds : tuple of float, optional
        (west, south, east, north) in degrees; west above east crosses 180°. Otherwise the grid holds the given
        containment of every strike.
    crs : CRS, optional
        A projected CRS in metres. Otherwise an equal-area one centred on the strikes.
    containment : float
        Without bounds: chance that an item of a strike at the edge lies on the grid. What lies beyond is counted.
    max_precision_m : float
        Strikes with a larger ``precision_m``, or none, are not spread over the map but counted in the attributes.

    Returns
    -------
    Dataset
        ``uxo_expected`` (float64), ``uxo_sd``, ``uxo_low``, ``uxo_high`` and ``probability_any`` (float32) over ``y``
        (north to south) and ``x``, centres of cells in metres, with the coordinate ``spatial_ref``. Attributes:
        ``crs_wkt``, ``cell_m``, ``n_strikes`` (with a place), ``uxo_low_total``, ``uxo_expected_total``,
        ``uxo_high_total`` (of these), ``uxo_expected_outside`` (the part beyond the grid), ``n_unlocated``,
        ``uxo_expected_unlocated``, ``method_version``, ``notice``; with a column ``admin_area`` also
        ``unlocated_by_area``: the unlocated strikes and their expected items by area, as JSON.
        A cell with 0 is not known to hold nothing: it lies beyond the reach of every reported strike.

    Raises
    ------
    SchemaError, CRSError
        The layer does not keep its contract, or the CRS is not metric or wrong by more than 2 % where strikes lie.
    InputError
        There is no strike to map, the bounds miss all of them, a parameter is out of range, or the grid is too large.

    See Also
    --------
    list_unlocated : the strikes that are not on the map.

    Examples
    --------
    >>> from uxomap import find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> grid = estimate_contamination(strikes, cell_m=100, bounds=(37.5, 48.6, 37.8, 48.8))
    >>> list(grid.data_vars)
    ['uxo_expected', 'uxo_sd', 'uxo_low', 'uxo_high', 'probability_any']
    >>> on_grid = grid.attrs["uxo_expected_total"] - grid.attrs["uxo_expected_outside"]
    >>> bool(np.isclose(grid["uxo_expected"].sum(), on_grid))
    True
    """
    check_layer(strikes, "strikes")
    if cell_m is not None:
        check_metres(cell_m, "cell_m")
    check_metres(max_precision_m, "max_precision_m")
    check_probability(containment, "containment")
    empty = (strikes.geometry.isna() | strikes.geometry.is_empty).to_numpy()
    on_map = ~empty & strikes["precision_m"].le(max_precision_m).to_numpy()
    if not on_map.any():
        message = (
            f"None of {len(strikes)} strikes can be mapped. Each needs a place known to {max_precision_m:,.0f} m or "
            "better. Locate them first (list_unlocated shows them), or give a larger max_precision_m."
        )
        raise InputError(message)
    items = estimate_items(strikes)
    attrs = count_strikes(strikes, items, on_map)
    located, items = strikes[on_map], items[on_map]
    grid, place, near = _place(located, items, cell_m=cell_m, bounds=bounds, crs=crs, containment=containment)
    table = describe_strikes(located[near], items[near], grid, place)
    keys = items.loc[near, "evidence_key"].astype("category").cat.codes.to_numpy(np.int64)
    expected, layers = spread_items(table, keys, (grid.rows, grid.columns))
    outside = max(attrs["uxo_expected_total"] - float(expected.sum()), 0.0)
    return name_layers(grid, expected, layers).assign_attrs(attrs, uxo_expected_outside=outside)


def count_strikes(strikes: gpd.GeoDataFrame, items: pd.DataFrame, on_map: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Count the strikes and items that have a place, and those that have none."""
    totals = sum_intervals(
        items["uxo_expected"],
        items["uxo_sd"],
        items["uxo_sd_shared"],
        evidence_key=items["evidence_key"],
        groups=pd.Series(np.where(on_map, _MAPPED, "unlocated"), items.index),
        low=items["uxo_low"],
        high=items["uxo_high"],
    )
    low, high = totals.loc[[_MAPPED], ["uxo_low", "uxo_high"]].to_numpy(float)[0]
    counts: dict[str, Any] = {
        "n_strikes": int(on_map.sum()),
        "uxo_low_total": float(low),
        "uxo_expected_total": float(items.loc[on_map, "uxo_expected"].sum()),
        "uxo_high_total": float(high),
        "n_unlocated": int((~on_map).sum()),
        "uxo_expected_unlocated": float(items.loc[~on_map, "uxo_expected"].sum()),
    }
    if "admin_area" in strikes.columns:
        area = strikes.loc[~on_map, "admin_area"].fillna("").astype(str).str.strip()
        found = pd.DataFrame({"area": area.mask(area.eq(""), wording.NOT_KNOWN), "uxo": items["uxo_expected"][~on_map]})
        listed = found.groupby("area", sort=True)["uxo"].agg(["size", "sum"])
        # Text, because the files a map is written to hold nothing deeper.
        counts["unlocated_by_area"] = json.dumps(
            [
                {"admin_area": name, "n_strikes": int(n), "uxo_expected": float(uxo)}
                for name, n, uxo in listed.itertuples()
            ],
            ensure_ascii=False,
        )
    return counts


def _place(
    strikes: gpd.GeoDataFrame,
    items: pd.DataFrame,
    *,
    cell_m: float | None,
    bounds: Sequence[float] | None,
    crs: Any,
    containment: float,
) -> tuple[Grid, tuple[Floats, Floats, Floats], npt.NDArray[np.bool_]]:
    """Lay the grid: its cells, the places of the strikes that reach it, and which those are."""
    longitude, latitude = strikes.geometry.x.to_numpy(), strikes.geometry.y.to_numpy()
    chosen = choose_crs(crs, *((longitude, latitude) if bounds is None else spread_bounds(bounds)))
    x, y, north, stretch = project(chosen, longitude, latitude)
    spread = np.sqrt(
        position_sigma(strikes["precision_m"].to_numpy(float)) ** 2
        + items["salvo_sigma_m"].to_numpy(float) ** 2
        + items[["sigma_along_m", "sigma_across_m"]].to_numpy(float).max(axis=1) ** 2
    )
    if bounds is None:
        check_stretch(stretch, chosen)
        reach = np.sqrt(stats.chi2.ppf(containment, df=2)) * spread
        corners = (x - reach).min(), (y - reach).min(), (x + reach).max(), (y + reach).max()
        box = tuple(float(value) for value in corners)
    else:
        box = project_bounds(bounds, chosen)
    reach = _kernel.REACH * spread
    left, bottom, right, top = box
    side = choose_cell_m(right - left, top - bottom) if cell_m is None else float(cell_m)
    grid = lay_grid(chosen, (left, bottom, right, top), side)
    near = (x + reach > grid.left_m) & (x - reach < grid.left_m + grid.columns * side)
    near &= (y - reach < grid.top_m) & (y + reach > grid.top_m - grid.rows * side)
    if not near.any():
        message = (
            f"Bounds {tuple(bounds or ())} miss every one of {len(strikes)} strikes. Must be (west, south, east, "
            "north) in degrees. Give bounds around the strikes, or leave them out."
        )
        raise InputError(message)
    check_stretch(stretch[near], chosen)
    return grid, (x[near], y[near], north[near]), near


def name_layers(grid: Grid, expected: Floats, layers: npt.NDArray[np.float32]) -> xr.Dataset:
    """Name the layers, say what they are and where they lie."""
    data = {
        name: (("y", "x"), values, {"long_name": meaning, "units": unit, "grid_mapping": "spatial_ref"})
        for (name, (meaning, unit)), values in zip(_LAYERS.items(), (expected, *layers), strict=True)
    }
    axes = {
        name: (name, values, {"standard_name": f"projection_{name}_coordinate", "units": "m"})
        for name, values in (("y", grid.y), ("x", grid.x))
    }
    reference = xr.Variable((), 0, describe_crs(grid.crs))
    return xr.Dataset(data, coords=axes | {"spatial_ref": reference}, attrs=describe_map(grid))
