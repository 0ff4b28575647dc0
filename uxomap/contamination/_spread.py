"""Strikes to the numbers that the compiled kernel reads, and the kernel on several threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.contamination import _kernel, _tiles
from uxomap.contamination._grid import Grid
from uxomap.distributions import CountRange, match_quantile
from uxomap.precision import position_sigma

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

#: A point is drawn as a normal of this width, in cells.
_POINT = 1e-4

#: Tiles that a thread takes at a time.
_SPAN = 4


def describe_strikes(
    strikes: pd.DataFrame, items: pd.DataFrame, grid: Grid, place: tuple[Floats, Floats, Floats]
) -> Floats:
    """Put each strike into the fields of the kernel, in cells of the grid; *place* is the outcome of `project`."""
    x, y, north = place
    cell = grid.cell_m
    bearing = np.radians(strikes["bearing_deg"].to_numpy(float) - north)
    known = np.isfinite(bearing)
    bearing = np.where(known, bearing, 0.0)
    along2, across2 = ((items[name].to_numpy(float) / cell) ** 2 for name in ("sigma_along_m", "sigma_across_m"))
    middle = 0.5 * (along2 + across2)  # direction unknown: the circle with the same second moment
    along2, across2 = np.where(known, along2, middle), np.where(known, across2, middle)
    position2 = (position_sigma(strikes["precision_m"].to_numpy(float)) / cell) ** 2
    salvo2 = (items["salvo_sigma_m"].to_numpy(float) / cell) ** 2
    sine, cosine = np.sin(bearing), np.cos(bearing)
    table = np.zeros((len(strikes), _kernel.FIELDS))
    table[:, _kernel.U] = (x - grid.left_m) / cell
    table[:, _kernel.V] = (grid.top_m - y) / cell
    table[:, _kernel.D_UU] = along2 * sine**2 + across2 * cosine**2
    table[:, _kernel.D_VV] = along2 * cosine**2 + across2 * sine**2
    table[:, _kernel.D_UV] = (across2 - along2) * sine * cosine  # v runs south
    table[:, _kernel.APART] = position2
    table[:, _kernel.SAME] = position2 + salvo2
    point = np.where(position2 + salvo2 + np.minimum(along2, across2) < _POINT**2, _POINT**2, 0.0)
    table[:, _kernel.C_UU] = table[:, _kernel.D_UU] + table[:, _kernel.SAME] + point
    table[:, _kernel.C_VV] = table[:, _kernel.D_VV] + table[:, _kernel.SAME] + point
    # Where the axes are as good as equal the cross term is nothing but rounding.
    cross = table[:, _kernel.D_UV]
    table[:, _kernel.C_UV] = np.where(np.abs(cross) > 1e-9 * table[:, _kernel.C_UU], cross, 0.0)
    mean, sd = (items[name].to_numpy(float) for name in ("uxo_expected", "uxo_sd"))
    table[:, _kernel.MEAN] = mean
    table[:, _kernel.SHARED] = items["uxo_sd_shared"].to_numpy(float)
    pairs = np.maximum(sd**2 + mean**2 - mean, 0.0)
    same = share_of_one_carrier(strikes, items)
    # Where carriers do not scatter it does not matter which of them an item came with.
    same = np.where(salvo2 > 0, same, 1.0)
    table[:, _kernel.PAIRS_SAME], table[:, _kernel.PAIRS_APART] = pairs * same, pairs * (1 - same)
    return table


def share_of_one_carrier(strikes: pd.DataFrame, items: pd.DataFrame) -> Floats:
    """
    Share of the pairs of items of a strike that came with one carrier.

    With n carriers of k items each: E[n k (k - 1)] / E[n k (n k - 1)], k taken at its mean. Explosions are counted one
    by one, so each is a carrier of its own.
    """
    names = ["rounds_low", "rounds_expected", "rounds_high"]
    number = strikes.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    ranges = strikes[names].drop_duplicates().to_numpy(float)
    variance = np.array([CountRange(*values).variance for values in ranges])[number]
    carriers = strikes["rounds_expected"].to_numpy(float)
    load = np.where(strikes["evidence"] == "explosions", 1.0, items["items_expected"].to_numpy(float) / carriers)
    load = np.maximum(load, 1.0)
    all_pairs = load * (variance + carriers**2) - carriers
    share = carriers * (load - 1) / np.where(all_pairs > 0, all_pairs, 1.0)
    return np.where(all_pairs > 0, np.clip(share, 0.0, 1.0), 1.0)


def spread_items(
    table: Floats, keys: npt.NDArray[np.int64], shape: tuple[int, int], *, intervals: bool = True, threads: int = 0
) -> tuple[Floats, Singles]:
    """
    Spread the items of strikes over a grid.

    Returns expected items, shape (rows, columns), and, with *intervals*, standard deviation, 5 % point, 95 % point and
    chance of any, shape (4, rows, columns). The order of the strikes does not matter, nor does the number of threads
    (0: as many as there are processors).
    """
    order = _put_in_order(table, keys)
    table, keys = np.ascontiguousarray(table[order]), keys[order]
    expected = np.zeros(shape)
    layers = np.zeros((4, *shape) if intervals else (0, 1, 1), dtype=np.float32)
    touching = _tiles.assign_tiles(table, shape)
    tiles = len(touching[1]) - 1
    oblique = bool((table[:, _kernel.C_UV] != 0).any())

    def fill(first: int) -> None:
        blocks = np.empty((3, _kernel.TILE, _kernel.TILE)) if oblique else None
        span = np.array([first, min(first + _SPAN, tiles)])
        _tiles.fill_tiles(table, keys, touching, span, blocks, expected, layers)

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(fill, range(0, tiles, _SPAN)))
    if intervals:
        fill_later(expected, layers)
    return expected, layers


def _put_in_order(table: Floats, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sort strikes so that those that share evidence follow each other, and sums do not depend on the order of rows."""
    order = np.lexsort((table[:, _kernel.U], keys))
    place, key = table[order, _kernel.U], keys[order]
    same = (place[1:] == place[:-1]) & (key[1:] == key[:-1])
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if tied.size:  # to look at all the fields of every strike would take longer than to draw it
        rows = order[tied]
        order[tied] = rows[np.lexsort((*table[rows].T[::-1], keys[rows]))]
    return np.asarray(order, dtype=np.int64)


def fill_later(expected: Floats, layers: Singles) -> None:
    """Look up the quantiles that lie too far out for the kernel."""
    later = np.flatnonzero(layers[2] == _kernel.LATER)
    for part in np.array_split(later, max(1, later.size // 100_000)):
        mean, variance = expected.ravel()[part], layers[0].ravel()[part].astype(np.float64) ** 2
        layers[1].reshape(-1)[part] = match_quantile(mean, variance, 0.05)
        layers[2].reshape(-1)[part] = match_quantile(mean, variance, 0.95)
