"""Craters to expected contamination: hidden items lie where craters lie, at widths learned from the craters."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from pyproj import CRS
from scipy import ndimage
from scipy.spatial import KDTree

from uxomap._validation import check_layer, check_lonlat, check_metres, name_rows
from uxomap.contamination import _kernel
from uxomap.contamination._estimate import _describe as name_layers
from uxomap.contamination._grid import (
    Grid,
    check_stretch,
    choose_crs,
    lay_grid,
    project,
)
from uxomap.contamination._spread import spread_items
from uxomap.distributions import match_quantile
from uxomap.errors import InputError
from uxomap.items import estimate_items

Floats = npt.NDArray[np.float64]

#: Fewest craters from which a width can be learned, and most that are compared with each other.
FEWEST, MOST = 10, 20_000

#: Craters that are predicted from the others; of more, every so many-th.
_PREDICTED = 2_000

#: Craters in sparse places count more by this power of the number of craters around them; 0: all alike.
_POWERS = (0.0, 2.0)

#: Step between widths of kernels.
_STEP = math.sqrt(2.0)

#: Share of a crater that each kernel is given beforehand (Jeffreys' prior).
_PRIOR = 0.5

_ROUNDS = 300

#: Least share of a kernel that must lie in the area, so that its correction at the edge stays small.
_LEAST_INSIDE = 0.05


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
    much each width counts follows from how well the other craters predict each crater (leave-one-out likelihood);
    nothing is set by hand.

    Parameters
    ----------
    strikes : GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``, one row a crater: ``evidence`` *explosions* and one round in each row.
    cell_m : float
        Side of a cell in metres.
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
        with the same evidence share, and how sure the widths are; low, high and the chance of any item come from a
        negative binomial with that mean and variance.

    Raises
    ------
    SchemaError, CRSError
        A layer does not keep its contract, or the CRS is not metric or wrong by more than 2 % where craters lie.
    InputError
        There are fewer than 10 craters on the map or more than 20,000, a row is no single crater, a parameter is out of
        range, a crater lies outside the area, or the grid is too large.

    References
    ----------
    Mahling, M., Höhle, M., Küchenhoff, H. (2013), Journal of the Royal Statistical Society C 62, 181-199: hidden items
    follow the craters. Abramson, I. S. (1982), Annals of Statistics 10, 1217-1223: wider kernels where points are
    sparse. Jones, M. C. (1993), Statistics and Computing 3, 135-146: a kernel at an edge is divided by the part of it
    that lies inside.

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
    craters = strikes[on_map].sort_values("strike_id")  # sums must not hang on the order of rows
    near = items.loc[craters.index]
    chosen = choose_crs(crs, craters.geometry.x.to_numpy(), craters.geometry.y.to_numpy())
    x, y, _, stretch = project(chosen, craters.geometry.x.to_numpy(), craters.geometry.y.to_numpy())
    check_stretch(stretch, chosen)
    land = None if area is None else shapely.union_all(area.to_crs(chosen).geometry.to_numpy())
    points = np.column_stack([x, y])
    grid = _lay(points, land, chosen, float(cell_m))
    keys, number = np.unique(near["evidence_key"].to_numpy(), return_inverse=True)
    mean = near["uxo_expected"].to_numpy(float) / seen_share
    rate = near["uxo_sd_shared"].to_numpy(float) / seen_share
    total, rate_total = float(mean.sum()), [float(rate[number == key].sum()) for key in range(len(keys))]
    expected, doubt = estimate_density(points, grid, land, mean)
    off = 0.0 if land is not None else max(0.0, 1.0 - float(expected.sum()))
    factor = total * (1.0 - off) / float(expected.sum())
    expected, doubt = expected * factor, doubt * factor**2
    # Craters with the same evidence share their rate; those of different evidence are taken to lie alike.
    variance = expected + doubt + expected**2 * float(np.sum((np.array(rate_total) / total) ** 2))
    attrs = {
        "n_strikes": int(on_map.sum()),
        "uxo_expected_total": total,
        "uxo_expected_outside": max(total - float(expected.sum()), 0.0),
        "n_unlocated": int((~on_map).sum()),
        "uxo_expected_unlocated": float(items.loc[~on_map, "uxo_expected"].sum()) / seen_share,
        "seen_share": float(seen_share),
    }
    return _fill(grid, expected, variance).assign_attrs(attrs)


def estimate_density(points: Floats, grid: Grid, land: Any, value: Floats) -> tuple[Floats, Floats]:
    """Share of the items in each cell, and its variance, from the places of craters and what each counts."""
    if land is None:
        return map_pattern(learn_pattern(points, grid.cell_m, None, None), grid, None, None, value)
    mask = shapely.contains_xy(land, *np.meshgrid(grid.x, grid.y))
    inside = part_inside(mask, choose_widths(points, grid.cell_m), grid.cell_m)
    row = np.clip(((grid.top_m - points[:, 1]) / grid.cell_m).astype(int), 0, grid.rows - 1)
    column = np.clip(((points[:, 0] - grid.left_m) / grid.cell_m).astype(int), 0, grid.columns - 1)
    pattern = learn_pattern(points, grid.cell_m, [part[row, column] for part in inside], land.area)
    return map_pattern(pattern, grid, inside, mask, value)


@dataclass(frozen=True, eq=False)
class Pattern:
    """A density as a mixture of normals: their widths, unit covariances and weights, one row a width."""

    points: Floats
    widths: Floats
    covariance: Floats
    weights: Floats
    plain: float

    def __len__(self) -> int:
        """Number of widths."""
        return len(self.widths)


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


def learn_pattern(points: Floats, cell_m: float, inside: list[Floats] | None, land_m2: float | None) -> Pattern:
    """
    Learn the density of craters from themselves: how much kernels of each width and power count.

    Parameters
    ----------
    points : array of float, shape (n, 2)
        Places in metres.
    cell_m : float
        No kernel is much narrower than that.
    inside : list of array, shape (n,), optional
        For each of `choose_widths`, the part of a kernel at each crater that lies in the area.
    land_m2 : float, optional
        Size of the area; a crater may then also lie anywhere in it.
    """
    widths = choose_widths(points, cell_m)
    every = np.arange(0, len(points), -(-len(points) // _PREDICTED))
    kernels = [_shape_kernels(points, width) for width in widths]
    columns = [
        _predict(points, every, width, *kernel) / (1.0 if inside is None else inside[number][every, np.newaxis])
        for number, (width, kernel) in enumerate(zip(widths, kernels, strict=True))
    ]
    if land_m2 is not None:
        columns.append(np.full((len(every), 1), 1.0 / land_m2))
    share = _weigh(np.column_stack(columns))
    plain = float(share[-1]) if land_m2 is not None else 0.0
    share = share[: len(widths) * len(_POWERS)].reshape(len(widths), len(_POWERS))
    weights = [
        sum(part * crowd**-power / np.sum(crowd**-power) for part, power in zip(parts, _POWERS, strict=True))
        for parts, (crowd, _) in zip(share, kernels, strict=True)
    ]
    covariance = [_round_off(moments, width) for width, (_, moments) in zip(widths, kernels, strict=True)]
    return Pattern(points, widths, np.array(covariance), np.array(weights), plain)


def choose_widths(points: Floats, cell_m: float) -> Floats:
    """Widths from half the distance between neighbours to half the spread of all craters."""
    neighbour = float(np.median(np.asarray(KDTree(points).query(points, k=2)[0])[:, 1]))
    least = max(neighbour / 2, cell_m / 4)
    most = max(float(np.sqrt(points.var(axis=0).sum())) / 2, least * _STEP)
    return np.asarray(least * _STEP ** np.arange(math.ceil(math.log(most / least, _STEP)) + 1))


def _differences(points: Floats, rows: npt.NDArray[np.int64]) -> Iterator[tuple[slice, Floats, Floats]]:
    """Differences of some craters from all, block by block."""
    block = max(1, 5_000_000 // len(points))
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        gap = points[rows[part], np.newaxis] - points[np.newaxis]
        near = (np.arange(len(points)) != rows[part, np.newaxis]).astype(np.float64)
        yield part, gap, near


def _shape_kernels(points: Floats, width: float) -> tuple[Floats, Floats]:
    """Craters around each crater, itself included, and second moments (xx, xy, yy) of those within two widths."""
    crowd, moments = np.empty(len(points)), np.empty((3, len(points)))
    for part, gap, near in _differences(points, np.arange(len(points))):
        x, y = gap[..., 0], gap[..., 1]
        square = x * x + y * y
        crowd[part] = 1.0 + (near * np.exp(-square / (2 * width**2))).sum(axis=1)
        wide = near * np.exp(-square / (8 * width**2))
        moments[:, part] = [(wide * product).sum(axis=1) for product in (x * x, x * y, y * y)]
    return crowd, moments


def _round_off(moments: Floats, width: float) -> Floats:
    """
    Covariance with determinant 1 of the craters around a crater.

    One more crater at one width in every direction keeps it round where there are hardly any neighbours.
    """
    xx, xy, yy = moments[0] + width**2, moments[1], moments[2] + width**2
    return np.asarray(np.stack([xx, xy, yy]) / np.sqrt(xx * yy - xy * xy))


def _predict(points: Floats, rows: npt.NDArray[np.int64], width: float, crowd: Floats, moments: Floats) -> Floats:
    """Density at some craters from all the others, shape (rows, powers): none helps to predict itself."""
    found = np.empty((len(rows), len(_POWERS)))
    for part, gap, near in _differences(points, rows):
        x, y = gap[..., 0], gap[..., 1]
        square = x * x + y * y
        wide = near * np.exp(-square / (8 * width**2))
        left = np.stack([whole - wide * by for whole, by in zip(moments, (x * x, x * y, y * y), strict=True)])
        xx, xy, yy = _round_off(left, width)
        kernel = np.exp(-(yy * x * x - 2 * xy * x * y + xx * y * y) / (2 * width**2)) / (2 * np.pi * width**2)
        others = crowd - near * np.exp(-square / (2 * width**2))
        for number, power in enumerate(_POWERS):
            weight = near * others**-power
            found[part, number] = (kernel * weight).sum(axis=1) / weight.sum(axis=1)
    return found


def _weigh(density: Floats) -> Floats:
    """Weights of a mixture by the EM algorithm, each kernel having seen half a crater beforehand."""
    number, kinds = density.shape
    weights = np.full(kinds, 1.0 / kinds)
    for _ in range(_ROUNDS):
        parts = density * weights
        parts /= np.maximum(parts.sum(axis=1, keepdims=True), 1e-300)
        weights = (parts.sum(axis=0) + _PRIOR) / (number + _PRIOR * kinds)
    return np.asarray(weights / weights.sum())


def _lay(points: Floats, land: Any, chosen: CRS, cell_m: float) -> Grid:
    """Cells over the area, or as far as the widest kernels reach."""
    if land is not None:
        return lay_grid(chosen, land.bounds, cell_m)
    reach = 3.0 * float(choose_widths(points, cell_m)[-1])
    return lay_grid(chosen, (*(points.min(axis=0) - reach), *(points.max(axis=0) + reach)), cell_m)


def map_pattern(
    pattern: Pattern, grid: Grid, inside: list[Floats] | None, mask: npt.NDArray[np.bool_] | None, value: Floats
) -> tuple[Floats, Floats]:
    """
    Share of the density in each cell, each crater counted by its value, and its variance from the weights of widths.

    The weights are those of a Dirichlet distribution that has seen as many craters as there are.
    """
    scale = grid.cell_m
    expected, square = np.zeros((2, grid.rows, grid.columns))
    table = np.zeros((len(pattern.points), _kernel.FIELDS))
    table[:, _kernel.U] = (pattern.points[:, 0] - grid.left_m) / scale
    table[:, _kernel.V] = (grid.top_m - pattern.points[:, 1]) / scale
    keys = np.zeros(len(table), dtype=np.int64)
    middle = float(np.average(value, weights=pattern.weights.sum(axis=0)))
    for number, width in enumerate(pattern.widths):
        xx, xy, yy = pattern.covariance[number] * (width / scale) ** 2
        xy = np.where(np.abs(xy) > 1e-9 * xx, xy, 0.0)
        for field, values in ((_kernel.C_UU, xx), (_kernel.C_UV, -xy), (_kernel.C_VV, yy)):  # v runs south
            table[:, field] = values
        table[:, _kernel.MEAN] = pattern.weights[number] * value / middle
        part, _ = spread_items(table, keys, (grid.rows, grid.columns), intervals=False)
        if inside is not None:
            part /= inside[number]
        expected += part
        square += part**2 / pattern.weights[number].sum()
    if mask is not None:
        plain = np.where(mask, pattern.plain / mask.sum(), 0.0)
        expected, square = np.where(mask, expected, 0.0) + plain, np.where(mask, square, 0.0)
        if pattern.plain > 0:
            square += plain**2 / pattern.plain
    return expected, np.maximum(square - expected**2, 0.0) / (len(table) + 1)


def part_inside(mask: npt.NDArray[np.bool_], widths: Floats, cell_m: float) -> list[Floats]:
    """Part of a kernel of each width, around every cell, that lies in the area."""
    land = mask.astype(np.float64)
    return [
        np.maximum(ndimage.gaussian_filter(land, width / cell_m, mode="constant"), _LEAST_INSIDE) for width in widths
    ]


def _fill(grid: Grid, expected: Floats, variance: Floats) -> xr.Dataset:
    """Name the layers of the map; low, high and the chance of any follow from mean and variance."""
    some = np.zeros_like(expected)
    held = expected > 0
    excess = np.maximum(variance[held] / expected[held] - 1.0, 1e-9)
    some[held] = -np.expm1(-expected[held] * np.log1p(excess) / excess)
    low, high = (match_quantile(expected, np.maximum(variance, expected), p) for p in (0.05, 0.95))
    return name_layers(grid, expected, np.stack([np.sqrt(variance), low, high, some]).astype(np.float32))
