"""
Time the ranking of zones beside a bare loop that knows no uncertainty.

    python benchmarks/ranking.py [ZONES] [SAMPLES]

Eight criteria, three of them uncertain. The bare loop multiplies fixed values by the weights of each sample and sorts
(values @ weights, argsort), and keeps nothing. uxomap draws the uncertain criteria too, and makes every column: scores,
ranks and their ranges, shares, central weights, confidence factors, and what would change the order, in words. Printed
are seconds by the clock and of all processors, the ratios and the peak memory. The first call, which compiles, is timed
apart.
"""

import resource
import sys
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap.priority import Criteria, draw_weights, rank_areas, read_criteria

CRITERIA = ("uxo", "uxo_density", "people_inside", "people_near", "schools", "cropland", "roads", "water_points")


def make_zones(size: int) -> gpd.GeoDataFrame:
    """Invent zones with what lies in them and who lives near."""
    rng = np.random.default_rng(1)
    uxo, inside, near = rng.lognormal(3, 1.5, size), rng.lognormal(2, 2, size), rng.lognormal(5, 2, size)
    area = rng.lognormal(13, 1, size)
    frame = pd.DataFrame(
        {
            "zone_id": pd.Series(np.arange(size).astype(str)).radd("Z-"),
            "strike_ids": "",
            "n_strikes": 1,
            "hazard_kind": "dud",
            "munition_ids": "m26",
            "location_text": "",
            "date_start": pd.Timestamp("2022-03-01"),
            "date_end": pd.Timestamp("2022-03-02"),
            "uxo_low": 0.2 * uxo,
            "uxo_expected": uxo,
            "uxo_high": 2.6 * uxo,
            "area_m2": area,
            "uxo_per_ha": uxo / area * 1e4,
            "assumptions": "",
            "method_version": "",
            "notice": "",
            "people_inside_low": 0.7 * inside,
            "people_inside_expected": inside,
            "people_inside_high": 1.4 * inside,
            "people_near_low": 0.8 * near,
            "people_near_expected": near,
            "people_near_high": 1.3 * near,
            "schools_inside": rng.poisson(0.1, size).astype(float),
            "schools_near": np.where(rng.random(size) < 0.1, np.nan, rng.poisson(0.5, size)),
            "water_points_inside": rng.poisson(0.2, size).astype(float),
            "water_points_near": rng.poisson(1, size).astype(float),
            "nearest_road_m": rng.exponential(1500, size),
            "cropland_m2": area * rng.random(size),
        }
    )
    geometry = shapely.box(30 + rng.uniform(0, 10, size), 45, 41, 46)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")


def sort_barely(values: np.ndarray, weights: np.ndarray) -> None:
    """Do the least that ranking can be."""
    for one in weights:
        np.argsort(values @ one)


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that a piece of work takes, by the clock and summed over processors."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


def main() -> None:
    """Run both and print them."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    samples = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    entries = tuple(entry for entry in read_criteria().entries if entry.criterion in CRITERIA)
    criteria = Criteria(entries, "benchmark")
    zones = make_zones(size)
    first, _ = seconds(lambda: rank_areas(make_zones(50), criteria=criteria, samples=100))
    ours, busy = seconds(lambda: rank_areas(zones, criteria=criteria, samples=samples))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    values = np.random.default_rng(2).random((size, len(entries)))
    weights = draw_weights(
        [entry.weight_low for entry in entries], [entry.weight_high for entry in entries], samples=samples
    )
    bare, bare_busy = seconds(lambda: sort_barely(values, weights))
    print(f"{size:,} zones, {len(entries)} criteria, {samples:,} samples")
    print(
        f"  uxomap rank_areas, all columns     {ours:8.1f} s   processors {busy:5.1f} s   peak memory {memory:.2f} GB"
    )
    print(f"  values @ weights and argsort       {bare:8.1f} s   processors {bare_busy:5.1f} s")
    print(f"  ratio                              {ours / bare:8.2f}     processors {busy / bare_busy:5.2f}")
    print(f"  first call, which compiles         {first:8.1f} s")


if __name__ == "__main__":
    main()
