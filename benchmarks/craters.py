"""
Hide craters of patterns, and count how many of them land of a given size holds; then count how often ranges hold.

    python benchmarks/craters.py [REPETITIONS] [CRATERS.json]

The land is drawn from the craters that are not hidden, by `estimate_from_craters` and by discs of one radius around
every crater, as much of the window by the one as by the other. Differences are paired: both see the same craters.
Of the pattern given, a tenth is hidden so many times; of each invented family many patterns are drawn, and the error
is that from pattern to pattern. Nothing of uxomap is set from hidden craters.
"""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from scipy.spatial import KDTree

from uxomap import find_strikes, read_reports, sample_data
from uxomap.contamination import estimate_from_craters
from uxomap.contamination._grid import Grid, lay_grid
from uxomap.contamination._pattern import estimate_density
from uxomap.items import estimate_items

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
CELL_M = 10.0
SIDE_M = 2_000.0
METRES = CRS("EPSG:32636")
EAST, NORTH = 400_000.0, 5_300_000.0
SHOWN, HIDDEN, PATTERNS = 400, 2_000, 24

Draw = Callable[[int], np.ndarray]


def discs_found(points: np.ndarray, mask: np.ndarray, hidden: np.ndarray, grid: Grid) -> list[float]:
    """Share of the hidden craters in discs of the radius that fills each share of the window; exact, not by cells."""
    tree = KDTree(points)
    land = np.column_stack([part[mask] for part in np.meshgrid(grid.x, grid.y)])
    radii = np.quantile(tree.query(land)[0], SHARES)
    return [float((tree.query(hidden)[0] <= radius).mean()) for radius in radii]


def rank_by_uxomap(points: np.ndarray, grid: Grid, window: shapely.Polygon) -> np.ndarray:
    """Density of craters as uxomap estimates it."""
    return estimate_density(points, grid, window, np.ones(len(points)))[0]


def share_found(score: np.ndarray, mask: np.ndarray, hidden: np.ndarray, grid: Grid) -> list[float]:
    """Share of the hidden craters in the cells with the highest score, for each share of the window."""
    inside = score[mask]
    row = ((grid.top_m - hidden[:, 1]) / grid.cell_m).astype(int)
    column = ((hidden[:, 0] - grid.left_m) / grid.cell_m).astype(int)
    # Craters at the window's border may lie in cells whose centre is outside.
    rank = (inside[np.newaxis] > score[row, column][:, np.newaxis]).mean(axis=1)
    rank = np.where(mask[row, column], rank, 1.0)
    return [float((rank < share).mean()) for share in SHARES]


def hide_and_find(points: np.ndarray, window: shapely.Polygon, times: int) -> np.ndarray:
    """Hide a tenth so many times: shape (repetitions, discs and uxomap, shares)."""
    grid = lay_grid(METRES, window.bounds, CELL_M)
    mask = shapely.contains_xy(window, *np.meshgrid(grid.x, grid.y))
    found = []
    for number in range(times):
        hide = np.zeros(len(points), dtype=bool)
        hide[np.random.default_rng(number).choice(len(points), round(len(points) / 10), replace=False)] = True
        shown, hidden = points[~hide], points[hide]
        score = rank_by_uxomap(shown, grid, window)
        found.append([discs_found(shown, mask, hidden, grid), share_found(score, mask, hidden, grid)])
    return np.array(found)


def around(rng: np.random.Generator, widths: np.ndarray, weights: np.ndarray) -> Draw:
    """Clusters of the given widths and weights at places by chance; what is missing of 1 lies anywhere."""
    centres = rng.uniform(0, SIDE_M, (len(widths), 2))

    def draw(number: int) -> np.ndarray:
        kind = rng.choice(len(widths) + 1, number, p=np.append(weights, max(0.0, 1.0 - weights.sum())))
        places = rng.uniform(0, SIDE_M, (number, 2))
        near = kind < len(widths)
        places[near] = centres[kind[near]] + rng.normal(size=(near.sum(), 2)) * widths[kind[near], np.newaxis]
        return keep(places)

    return draw


def keep(places: np.ndarray) -> np.ndarray:
    """Places that lie in the square."""
    return places[((places > 0) & (places < SIDE_M)).all(axis=1)]


def patchy(rng: np.random.Generator) -> Draw:
    """Density with logarithm a smooth random field (log-Gaussian Cox process), about 150 m from hill to hill."""
    number = 100
    step = np.minimum(np.arange(2 * number), 2 * number - np.arange(2 * number)) * SIDE_M / number
    power = np.maximum(np.fft.fft2(1.5 * np.exp(-np.hypot(step[:, np.newaxis], step) / 150)).real, 0)
    noise = rng.normal(size=power.shape) + 1j * rng.normal(size=power.shape)
    field = np.exp(np.fft.fft2(np.sqrt(power) * noise).real / (2 * number))[:number, :number]

    def draw(count: int) -> np.ndarray:
        cell = rng.choice(number * number, count, p=field.ravel() / field.sum())
        return (np.column_stack([cell // number, cell % number]) + rng.uniform(size=(count, 2))) * SIDE_M / number

    return draw


def sticks(rng: np.random.Generator) -> np.ndarray:
    """Thirty-five sticks of twelve bombs, 25 m apart."""
    turn = np.repeat(rng.normal(rng.uniform(0, math.pi), 0.2, 35), 12)
    along = np.tile(np.arange(12) * 25.0, 35)[:, np.newaxis] * np.column_stack([np.cos(turn), np.sin(turn)])
    return keep(np.repeat(rng.uniform(0, SIDE_M, (35, 2)), 12, axis=0) + along + rng.normal(0, 8, (420, 2)))


#: Families of patterns: what makes a pattern of each.
FAMILIES: dict[str, Callable[[np.random.Generator], Draw]] = {
    "even (Poisson)": lambda rng: lambda number: rng.uniform(0, SIDE_M, (number, 2)),
    "falling off to one side": lambda rng: lambda number: SIDE_M * rng.beta([1, 1], [2.5, 1], (number, 2)),
    "20 clusters, 40 m": lambda rng: around(rng, np.full(20, 40.0), np.full(20, 0.05)),
    "10 clusters, 150 m": lambda rng: around(rng, np.full(10, 150.0), np.full(10, 0.1)),
    "two widths and even": lambda rng: around(
        rng, np.array([30.0] * 4 + [200.0] * 3), np.array([50] * 4 + [25] * 3) / 315
    ),
    "many widths and even": lambda rng: around(
        rng, np.exp(rng.normal(math.log(60), 0.5, 15)), 0.7 * rng.dirichlet(np.ones(15))
    ),
    "patchy (log-Gaussian)": patchy,
}


def try_family(make: Callable[[np.random.Generator], Draw]) -> np.ndarray:
    """Draw shown and hidden craters from many patterns: shape (patterns, discs and uxomap, shares)."""
    window = shapely.box(0, 0, SIDE_M, SIDE_M)
    grid = lay_grid(METRES, window.bounds, CELL_M)
    mask = np.ones((grid.rows, grid.columns), dtype=bool)
    found = []
    for number in range(PATTERNS):
        draw = make(np.random.default_rng([11, number]))
        shown, hidden = draw(SHOWN), draw(HIDDEN)
        score = rank_by_uxomap(shown, grid, window)
        found.append([discs_found(shown, mask, hidden, grid), share_found(score, mask, hidden, grid)])
    return np.array(found)


def try_sticks() -> np.ndarray:
    """Hide a tenth of each pattern three times: a bomb of a stick lies where its neighbours leave a gap."""
    window = shapely.box(0, 0, SIDE_M, SIDE_M)
    patterns = [sticks(np.random.default_rng([12, number])) for number in range(PATTERNS)]
    return np.array([hide_and_find(points, window, 3).mean(axis=0) for points in patterns])


def make_strikes(points: np.ndarray) -> gpd.GeoDataFrame:
    """Craters of aircraft bombs at places in metres."""
    points = np.clip(points, 0.1, SIDE_M - 0.1)  # on the border a place may be rounded out of the area
    lon, lat = Transformer.from_crs(METRES, "EPSG:4326", always_xy=True).transform(
        EAST + points[:, 0], NORTH + points[:, 1]
    )
    row = find_strikes(read_reports(sample_data())).iloc[[0] * len(points)].reset_index(drop=True)
    return row.set_geometry(gpd.points_from_xy(lon, lat), crs="EPSG:4326").assign(
        strike_id=[f"C-{number}" for number in range(len(points))],
        evidence="explosions",
        precision_m=5.0,
        rounds_low=1,
        rounds_expected=1,
        rounds_high=1,
        munition_candidates="fab",
    )


def cover(make: Callable[[np.random.Generator], Draw], cell_m: float, factor: float) -> np.ndarray:
    """
    Share of cells whose items lie from low to high, of those that expect 1 or more and of all that expect 0.05 or more.

    A pattern is drawn, the dud rate from its own range, and the hidden items from the same density as the craters.
    """
    square = shapely.segmentize(shapely.box(EAST, NORTH, EAST + SIDE_M, NORTH + SIDE_M), 50.0)
    area = gpd.GeoDataFrame(geometry=[square], crs=METRES).to_crs("EPSG:4326")
    held = []
    for number in range(PATTERNS):
        rng = np.random.default_rng([13, number])
        draw = make(rng)
        craters = make_strikes(draw(SHOWN))
        items = estimate_items(craters)
        # seen_share only raises the number of items, so that there is something to count.
        grid = estimate_from_craters(craters, cell_m=cell_m, area=area, crs=METRES, seen_share=1 / factor)
        mean, sd = (float(items[name].sum()) * factor for name in ("uxo_expected", "uxo_sd_shared"))
        number_hidden = rng.poisson(rng.gamma((mean / sd) ** 2, sd**2 / mean))
        hidden = draw(4 * number_hidden + 10)[:number_hidden] + np.array([EAST, NORTH])
        edges = [np.sort(grid[axis].to_numpy()) for axis in ("y", "x")]
        count, _, _ = np.histogram2d(
            hidden[:, 1], hidden[:, 0], bins=[np.append(edge - cell_m / 2, edge[-1] + cell_m / 2) for edge in edges]
        )
        count = count[::-1] if grid["y"][0] > grid["y"][-1] else count
        expected = grid["uxo_expected"].to_numpy()
        inside = (count >= grid["uxo_low"].to_numpy()) & (count <= grid["uxo_high"].to_numpy())
        held.append([[inside[cells].sum(), cells.sum()] for cells in (expected >= 1, expected >= 0.05)])
    # Cells of all patterns together: of some patterns there is none.
    together = np.sum(held, axis=0)
    return np.asarray(together[:, 0] / np.where(together[:, 1] > 0, together[:, 1], np.nan))


def read_craters(path: Path) -> tuple[np.ndarray, shapely.Polygon]:
    """Read craters and their window, in metres."""
    table = json.loads(path.read_text(encoding="utf-8"))
    ring = table["window"][0]
    return np.column_stack([table["x"], table["y"]]), shapely.Polygon(np.column_stack([ring["x"], ring["y"]]))


def report(name: str, found: np.ndarray) -> None:
    """Print one pattern."""
    print(name)
    for label, values in zip(("discs", "uxomap"), np.moveaxis(found, 1, 0), strict=True):
        print(f"  {label:10}", "".join(f"{value:14.1%}" for value in values.mean(axis=0)))
    gain = 100 * (found[:, 1] - found[:, 0])
    error = gain.std(axis=0, ddof=1) / np.sqrt(len(gain))
    print("  difference", "".join(f"{a:+8.2f} ± {b:.2f}" for a, b in zip(gain.mean(axis=0), error, strict=True)))


def main() -> None:
    """Run everything and print it."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "craters" / "crater_a.json"
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else default
    print("share of the window:", "".join(f"{share:14.0%}" for share in SHARES))
    if path.is_file():
        points, window = read_craters(path)
        report(
            f"{path.stem}: {len(points)} craters, a tenth hidden {times} times", hide_and_find(points, window, times)
        )
    for name, make in FAMILIES.items():
        report(f"{name}: {PATTERNS} patterns", try_family(make))
    report(f"sticks of bombs: {PATTERNS} patterns", try_sticks())
    print("Where craters lie evenly no land is better than other land, and both hold what chance gives.")
    print("ranges of 90 % that held, cells expecting 1 or more / 0.05 or more items")
    rows = [
        [name, f"{cell_m:g} m", f"x {factor:g}", *cover(make, cell_m, factor)]
        for name, make in FAMILIES.items()
        for cell_m, factor in ((50.0, 1.0), (200.0, 1.0), (200.0, 10.0))
    ]
    table = pd.DataFrame(rows, columns=["pattern", "cell", "items", "1 or more", "0.05 or more"])
    print(table.to_string(index=False, na_rep="-", float_format="{:.1%}".format))


if __name__ == "__main__":
    main()
