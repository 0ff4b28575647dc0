"""
Hide a tenth of the craters of a pattern many times, and count how many of them land of a given size holds.

    python benchmarks/craters.py [REPETITIONS] [CRATERS.json]

The land is drawn from the craters that are not hidden, by `estimate_from_craters` and by discs of one radius around
every crater, as much of the window by the one as by the other. Differences are paired: both see the same craters.
"""

import json
import sys
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS
from scipy.spatial import KDTree

from uxomap.contamination._craters import estimate_density
from uxomap.contamination._grid import Grid, lay_grid

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
CELL_M = 25.0
SIDE_M = 2_000.0


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
    """Repeat the test: shape (repetitions, discs and uxomap, shares)."""
    grid = lay_grid(CRS("EPSG:32632"), window.bounds, CELL_M)
    mask = shapely.contains_xy(window, *np.meshgrid(grid.x, grid.y))
    found = []
    for number in range(times):
        hide = np.zeros(len(points), dtype=bool)
        hide[np.random.default_rng(number).choice(len(points), round(len(points) / 10), replace=False)] = True
        shown, hidden = points[~hide], points[hide]
        score = rank_by_uxomap(shown, grid, window)
        found.append([discs_found(shown, mask, hidden, grid), share_found(score, mask, hidden, grid)])
    return np.array(found)


def simulate() -> dict[str, np.ndarray]:
    """Invent patterns of about 300 craters in a square."""
    rng = np.random.default_rng(7)

    def around(number: int, each: int, width: float) -> np.ndarray:
        centres = np.repeat(rng.uniform(0, SIDE_M, (number, 2)), each, axis=0)
        return centres + rng.normal(0, width, centres.shape)

    turn = np.repeat(rng.normal(0.6, 0.2, 30), 10)
    along = np.tile(np.arange(10) * 25.0, 30)[:, np.newaxis] * np.column_stack([np.cos(turn), np.sin(turn)])
    patterns = {
        "even (Poisson)": rng.uniform(0, SIDE_M, (300, 2)),
        "clusters, 40 m": around(20, 15, 40.0),
        "clusters, 150 m": around(10, 30, 150.0),
        "sticks of bombs": around(30, 10, 0.0) + along + rng.normal(0, 8, (300, 2)),
        "two widths and even": np.concatenate([around(4, 50, 30), around(3, 25, 200), rng.uniform(0, SIDE_M, (40, 2))]),
    }
    return {name: places[((places > 0) & (places < SIDE_M)).all(axis=1)] for name, places in patterns.items()}


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
    for name, points in simulate().items():
        window = shapely.box(0, 0, SIDE_M, SIDE_M)
        report(f"{name}: {len(points)} craters", hide_and_find(points, window, max(times // 5, 2)))


if __name__ == "__main__":
    main()
