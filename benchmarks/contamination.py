"""
Time the spreading of strikes over a grid beside a bare compiled loop and a plain numpy loop, in one run.

    python benchmarks/contamination.py [STRIKES] [SIDE]

The yardstick is one thread that adds separable normals and nothing else: no intervals, no tiles, no ellipses. Ratios
are seconds of uxomap over seconds of the yardstick. The fit tells how seconds grow with strikes and with cells
touched: 1 is linear.
"""

import math
import resource
import sys
import time
from collections.abc import Callable

import numba
import numpy as np
from scipy import stats
from scipy.special import ndtr

from uxomap.contamination import _kernel as kernel
from uxomap.contamination._spread import spread_items

CELL_M = 50.0

#: What strikes may be: position sigma and pattern sigma of a rocket, in metres; expected items.
POSITIONS_M = (30.0, 100.0, 250.0)
PATTERN_M = 32.0
MEAN, SD, SHARED = 12.0, 9.0, 5.0

#: Kinds of dud-rate evidence among the strikes.
KEYS = 30


def make_table(size: int, side: int, *, positions: tuple[float, ...] = POSITIONS_M, turned: bool = False) -> np.ndarray:
    """Invent strikes all over a square grid."""
    rng = np.random.default_rng(1)
    table = np.zeros((size, kernel.FIELDS))
    common = (rng.choice(positions, size) / CELL_M) ** 2
    pattern = (PATTERN_M / CELL_M) ** 2
    table[:, [kernel.U, kernel.V]] = rng.uniform(0, side, (size, 2))
    table[:, [kernel.D_UU, kernel.D_VV]] = pattern
    table[:, [kernel.C_UU, kernel.C_VV]] = (common + pattern)[:, np.newaxis]
    table[:, kernel.SAME] = table[:, kernel.APART] = common
    if turned:
        table[:, kernel.C_UV] = table[:, kernel.D_UV] = 0.6 * pattern
    table[:, kernel.MEAN], table[:, kernel.SHARED] = MEAN, SHARED
    # Every second strike is of several carriers, which scatter by half of the pattern.
    salvo = np.where(np.arange(size) % 2, 0.25 * pattern, 0.0)
    for field in (kernel.SAME, kernel.C_UU, kernel.C_VV):
        table[:, field] += salvo
    pairs = SD**2 + MEAN**2 - MEAN
    table[:, kernel.PAIRS_SAME] = np.where(salvo > 0, 0.3, 1.0) * pairs
    table[:, kernel.PAIRS_APART] = pairs - table[:, kernel.PAIRS_SAME]
    return table


@numba.njit
def add_normals(u: np.ndarray, v: np.ndarray, sigma: np.ndarray, mean: np.ndarray, grid: np.ndarray) -> None:
    """Add separable normals: the yardstick."""
    columns, rows = np.empty(4096), np.empty(4096)
    for number in range(len(u)):
        scale = 1 / (sigma[number] * math.sqrt(2.0))
        reach = 5.45 * sigma[number]
        left, right = max(int(u[number] - reach), 0), min(int(u[number] + reach) + 1, grid.shape[1])
        top, bottom = max(int(v[number] - reach), 0), min(int(v[number] + reach) + 1, grid.shape[0])
        before = math.erf((left - u[number]) * scale)
        for column in range(left, right):
            after = math.erf((column + 1 - u[number]) * scale)
            columns[column - left] = 0.5 * (after - before)
            before = after
        before = math.erf((top - v[number]) * scale)
        for row in range(top, bottom):
            after = math.erf((row + 1 - v[number]) * scale)
            rows[row - top] = 0.5 * (after - before)
            before = after
        for row in range(top, bottom):
            factor = mean[number] * rows[row - top]
            line = grid[row, left:right]
            for column in range(right - left):
                line[column] += factor * columns[column]


def run_yardstick(table: np.ndarray, side: int) -> np.ndarray:
    """Add the strikes of a table with the yardstick."""
    grid = np.zeros((side, side))
    columns = (table[:, kernel.U], table[:, kernel.V], np.sqrt(table[:, kernel.C_UU]), table[:, kernel.MEAN])
    add_normals(*(np.ascontiguousarray(column) for column in columns), grid)
    return grid


def run_numpy(table: np.ndarray, side: int, chance: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Add the strikes of a table one by one with numpy and a function for the normal, the plain way."""
    grid = np.zeros((side, side))
    for row in table:
        sigma = math.sqrt(row[kernel.C_UU])
        reach = 5.45 * sigma
        spans = []
        for centre in (row[kernel.V], row[kernel.U]):
            first, last = max(int(centre - reach), 0), min(int(centre + reach) + 1, side)
            spans.append((slice(first, last), np.diff(chance((np.arange(first, last + 1) - centre) / sigma))))
        (rows, share_v), (columns, share_u) = spans
        grid[rows, columns] += row[kernel.MEAN] * np.outer(share_v, share_u)
    return grid


def seconds(work: Callable[[], object], *, times: int = 1) -> float:
    """Fewest seconds that a piece of work takes in so many runs."""
    best = math.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def peak_bytes() -> float:
    """Highest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fit(sizes: list[float], times: list[float]) -> float:
    """Exponent of growth."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def main() -> None:
    """Run everything and print it."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    side = int(sys.argv[2]) if len(sys.argv) > 2 else 4_000
    small, keys = make_table(100, 200), np.arange(100) % KEYS
    first = seconds(lambda: spread_items(small, keys, (200, 200)))
    run_yardstick(small, 200)
    print(f"first call (compiles unless that is cached) {first:8.2f} s")
    table, keys = make_table(size, side), np.arange(size) % KEYS
    before, grid_bytes = peak_bytes(), side * side * 8
    full = seconds(lambda: spread_items(table, keys, (side, side)))
    memory = (peak_bytes() - before) / grid_bytes
    print(f"{size:,} strikes on {side:,} x {side:,} cells of {CELL_M:g} m, position sigma {POSITIONS_M} m")
    mean = seconds(lambda: spread_items(table, keys, (side, side), intervals=False), times=2)
    bare = seconds(lambda: run_yardstick(table, side), times=2)
    error = np.abs(spread_items(table, keys, (side, side), intervals=False)[0] - run_yardstick(table, side)).max()
    few = table[: max(size // 200, 100)]
    plain = seconds(lambda: run_numpy(few, side, stats.norm.cdf), times=2) * size / len(few)
    lean = seconds(lambda: run_numpy(few, side, ndtr), times=2) * size / len(few)
    print(f"  bare single-thread loop, mean alone       {bare:8.2f} s")
    print(f"  uxomap, mean alone                        {mean:8.2f} s   ratio {mean / bare:6.2f}")
    print(f"  uxomap, all outputs                       {full:8.2f} s   ratio {full / bare:6.2f}")
    print(f"  loop over strikes, scipy.stats.norm.cdf   {plain:8.2f} s   {plain / mean:6.1f} times uxomap, mean alone")
    print(f"  loop over strikes, scipy.special.ndtr     {lean:8.2f} s   {lean / mean:6.1f} times uxomap, mean alone")
    print(f"  peak memory added by all outputs          {memory:8.2f} grids of float64")
    print(f"  largest difference from the bare loop     {error:8.1e} items")
    turned = make_table(size // 100, side, turned=True)
    oblique = seconds(lambda: spread_items(turned, keys[: size // 100], (side, side)))
    print(f"  {size // 100:,} oblique ellipses, all outputs   {oblique:8.2f} s")
    sizes = [size // 8, size // 4, size // 2, size]
    times = [seconds(lambda n=n: spread_items(table[:n], keys[:n], (side, side), intervals=False)) for n in sizes]
    print(f"  growth with strikes: exponent             {fit(sizes, times):8.2f}")
    widths = [200.0, 400.0, 800.0, 1600.0]
    tables = [make_table(size // 20, side, positions=(width,)) for width in widths]
    times = [seconds(lambda t=t: spread_items(t, keys[: len(t)], (side, side), intervals=False)) for t in tables]
    print(f"  growth with cells touched: exponent       {fit([w * w for w in widths], times):8.2f}")


if __name__ == "__main__":
    main()
