"""Craters to expected contamination: hidden items lie where craters lie, at widths learned from the craters."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from pyproj import CRS

from uxomap._validation import check_layer, check_lonlat, check_metres, name_rows
from uxomap.contamination._estimate import count_strikes, name_layers
from uxomap.contamination._grid import (
    Grid,
    check_stretch,
    choose_crs,
    lay_grid,
    project,
)
from uxomap.contamination._pattern import choose_widths, estimate_density
from uxomap.distributions import match_quantile
from uxomap.errors import InputError
from uxomap.items import estimate_items

Floats = npt.NDArray[np.float64]

#: Fewest craters from which a width can be learned, and most that are compared with each other.
FEWEST, MOST = 10, 20_000

#: Columns of the items of a crater that craters which were not seen add to.
_COUNTS = ("uxo_low", "uxo_expected", "uxo_high", "uxo_sd", "uxo_sd_shared")


def estimate_from_craters(
    strikes: gpd.GeoDataFrame,
    *,
    cell_m: float = 10.0,
    area: gpd.GeoDataFrame | None = None,
    seen_share: float = 1.0,
    crs: Any = None,
    max_precision_m: float = 50.0,
) -> xr.Dataset:
    """
    Estimate where unexploded items lie from the craters of those that exploded.

    Hidden items follow the density of craters, q / (1 - q) of them for each crater seen. The density is a mixture of
    normals around the craters, of many widths at once, each stretched along the line of the craters around it. How
    much each width counts follows from how well the other craters predict each crater (leave-one-out likelihood), and
    so does how much the distance to the fifth nearest crater adds: it tells places among many craters from those
    beside a single one.

    Parameters
    ----------
    strikes : GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``, one row a crater: ``evidence`` *explosions* and one round in each row.
    cell_m : float
        Side of a cell in metres. Best at most twice the usual distance from a crater to the nearest other; in wider
        cells the distance to the fifth nearest is not used.
    area : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326, optional
        Land on which craters were looked for. The map ends at its border, and craters near the border are not
        mistaken for the border of the pattern.
    seen_share : float
        Share of the craters that were seen, above 0 and at most 1. Those not seen (filled in, ploughed over) are taken
        to lie like the others.
    crs : CRS, optional
        A projected CRS in metres. Otherwise an equal-area one centred on the craters.
    max_precision_m : float
        Craters with a larger ``precision_m``, or none, are not mapped but counted in the attributes.

    Returns
    -------
    Dataset
        As `estimate_contamination` makes it. The variance holds the scatter of single items, the dud rate that craters
        with the same evidence share, the scatter of the craters themselves, and how sure all that was learned from
        them is; low, high and the chance of any item come from a negative binomial with that mean and variance.

    Raises
    ------
    SchemaError, CRSError
        A layer does not keep its contract, or the CRS is not metric or wrong by more than 2 % where craters lie.
    InputError
        There are fewer than 10 craters on the map or more than 20,000, a row is no single crater, a parameter is out of
        range, a crater lies outside the area, or the grid is too large.

    Notes
    -----
    Compared with discs of one radius around every crater, the densest land of this map holds more of the craters that
    were hidden where craters lie in clusters of any width, in lines or more on one side (``benchmarks/craters.py``). It
    holds as many where they lie evenly, as there is nothing to learn, and where land of either kind holds nearly all.

    References
    ----------
    Mahling, M., Höhle, M., Küchenhoff, H. (2013), Journal of the Royal Statistical Society C 62, 181-199: hidden items
    follow the craters. Abramson, I. S. (1982), Annals of Statistics 10, 1217-1223: wider kernels where points are
    sparse. Jones, M. C. (1993), Statistics and Computing 3, 135-146: a kernel at an edge is divided by the part of it
    that lies inside. Baddeley, A., Turner, R. (2000), Australian & New Zealand Journal of Statistics 42, 283-322: the
    density given the other points, fitted by maximum pseudolikelihood.

    Examples
    --------
    >>> from uxomap import find_strikes, read_reports, sample_data
    >>> row = find_strikes(read_reports(sample_data())).iloc[[0] * 20].reset_index(drop=True)
    >>> place = gpd.points_from_xy(35 + np.arange(20) % 5 * 2e-4, 48 + np.arange(20) // 5 * 3e-4)
    >>> craters = row.set_geometry(place, crs="EPSG:4326").assign(
    ...     strike_id=[f"C-{number}" for number in range(20)], evidence="explosions", precision_m=5.0,
    ...     rounds_low=1, rounds_expected=1, rounds_high=1, munition_candidates="fab",
    ... )
    >>> grid = estimate_from_craters(craters)
    >>> list(grid.data_vars)
    ['uxo_expected', 'uxo_sd', 'uxo_low', 'uxo_high', 'probability_any']
    """
    _check(strikes, area, cell_m, seen_share, max_precision_m)
    empty = (strikes.geometry.isna() | strikes.geometry.is_empty).to_numpy()
    on_map = ~empty & strikes["precision_m"].le(max_precision_m).to_numpy()
    if not FEWEST <= on_map.sum() <= MOST:
        message = (
            f"{on_map.sum():,} of {len(strikes):,} craters can be mapped. Must be {FEWEST} to {MOST:,}, each with a "
            f"place known to {max_precision_m:g} m or better. Use estimate_contamination for few or coarsely placed "
            "ones, and map many part by part."
        )
        raise InputError(message)
    items = estimate_items(strikes)
    # Craters that were not seen stand behind those that were.
    items = items.assign(**{name: items[name] / seen_share for name in _COUNTS})
    craters = strikes[on_map].sort_values("strike_id")  # sums must not hang on the order of rows
    near = items.loc[craters.index]
    chosen = choose_crs(crs, craters.geometry.x.to_numpy(), craters.geometry.y.to_numpy())
    x, y, _, stretch = project(chosen, craters.geometry.x.to_numpy(), craters.geometry.y.to_numpy())
    check_stretch(stretch, chosen)
    land = None if area is None else shapely.union_all(area.to_crs(chosen).geometry.to_numpy())
    points = np.column_stack([x, y])
    grid = _lay(points, land, chosen, float(cell_m))
    keys, number = np.unique(near["evidence_key"].to_numpy(), return_inverse=True)
    mean, rate = (near[name].to_numpy(float) for name in ("uxo_expected", "uxo_sd_shared"))
    total, rate_total = float(mean.sum()), [float(rate[number == key].sum()) for key in range(len(keys))]
    expected, doubt = estimate_density(points, grid, land, mean)
    off = 0.0 if land is not None else max(0.0, 1.0 - float(expected.sum()))
    factor = total * (1.0 - off) / float(expected.sum())
    expected, doubt = expected * factor, doubt * factor**2
    # Craters with the same evidence share their rate; those of different evidence are taken to lie alike.
    variance = expected + doubt + expected**2 * float(np.sum((np.array(rate_total) / total) ** 2))
    attrs = count_strikes(strikes, items, on_map) | {
        "uxo_expected_outside": max(total - float(expected.sum()), 0.0),
        "seen_share": float(seen_share),
    }
    return _fill(grid, expected, variance).assign_attrs(attrs)


def _check(
    strikes: gpd.GeoDataFrame, area: gpd.GeoDataFrame | None, cell_m: float, seen_share: float, max_precision_m: float
) -> None:
    """Refuse what is no pattern of craters."""
    check_layer(strikes, "strikes")
    check_metres(cell_m, "cell_m")
    check_metres(max_precision_m, "max_precision_m")
    if not 0 < seen_share <= 1:
        message = f"Invalid seen_share {seen_share!r}. Must lie above 0 and be at most 1. Write 95 % as 0.95."
        raise InputError(message)
    rounds = strikes[["rounds_low", "rounds_expected", "rounds_high"]]
    wrong = strikes.index[strikes["evidence"].ne("explosions") | rounds.ne(1).any(axis=1)]
    if len(wrong):
        message = (
            f"No single crater in {name_rows(wrong)}. Each row must be one explosion seen: evidence 'explosions' and "
            "1 round. Give each crater a row, or use estimate_contamination for the rest."
        )
        raise InputError(message)
    if area is not None:
        check_lonlat(area, "area")
        # Land is one piece however many polygons it is given in; a crater on its border lies in it.
        points = strikes.geometry[~(strikes.geometry.isna() | strikes.geometry.is_empty)]
        outside = points.index[~points.intersects(shapely.union_all(area.geometry.to_numpy()))]
        if len(outside):
            message = (
                f"Craters outside the area in {name_rows(outside)}. Must lie on the land that was searched. "
                "Leave them out, or give the whole area."
            )
            raise InputError(message)


def _lay(points: Floats, land: Any, chosen: CRS, cell_m: float) -> Grid:
    """Cells over the area, or as far as the widest kernels reach."""
    if land is not None:
        return lay_grid(chosen, land.bounds, cell_m)
    reach = 3.0 * float(choose_widths(points)[-1])
    return lay_grid(chosen, (*(points.min(axis=0) - reach), *(points.max(axis=0) + reach)), cell_m)


def _fill(grid: Grid, expected: Floats, variance: Floats) -> xr.Dataset:
    """Name the layers of the map; low, high and the chance of any follow from mean and variance."""
    some = np.zeros_like(expected)
    held = expected > 0
    excess = np.maximum(variance[held] / expected[held] - 1.0, 1e-9)
    some[held] = -np.expm1(-expected[held] * np.log1p(excess) / excess)
    low, high = (match_quantile(expected, np.maximum(variance, expected), p) for p in (0.05, 0.95))
    return name_layers(grid, expected, np.stack([np.sqrt(variance), low, high, some]).astype(np.float32))
