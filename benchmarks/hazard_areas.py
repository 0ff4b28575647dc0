"""
Time hazard areas and zones beside what geopandas and shapely need for the same, in one run.

    python benchmarks/hazard_areas.py [STRIKES] [AREAS]

Prints seconds, ratios and peak memory. Ratios below 1 mean that uxomap is faster.
"""

import resource
import sys
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap import draw_hazard_areas, merge_areas
from uxomap.hazard_areas import VERTICES

#: Munitions and numbers of carriers that occur in the strikes.
MUNITIONS = ["m26", "9m27k", "9m55k", "cbu87", "fab", "arty_he_soviet", "generic_cluster", "pom3"]
ROUNDS = [1.0, 2.0, 4.0, 6.0, 12.0, 40.0]


def make_strikes(size: int) -> gpd.GeoDataFrame:
    """Invent strikes over a few degrees, half of them with a bearing."""
    rng = np.random.default_rng(1)
    longitude, latitude = rng.uniform(30, 40, size), rng.uniform(45, 52, size)
    munition = rng.choice(MUNITIONS, size)
    rounds = rng.choice(ROUNDS, size)
    frame = pd.DataFrame(
        {
            "strike_id": pd.Series(np.arange(size).astype(str)).radd("S-"),
            "report_ids": np.arange(size).astype(str),
            "n_reports": 1,
            "date_start": pd.Timestamp("2022-03-01"),
            "date_end": pd.Timestamp("2022-03-02"),
            "location_text": "",
            "munition_id": munition,
            "munition_text": "",
            "munition_match": "exact",
            "munition_candidates": munition,
            "rounds_low": rounds,
            "rounds_expected": rounds,
            "rounds_high": rounds,
            "precision_m": rng.uniform(50, 4000, size),
            "bearing_deg": np.where(rng.random(size) < 0.5, rng.uniform(0, 360, size), np.nan),
            "evidence": "delivered",
            "source": "",
            "source_url": "",
            "assumptions": "",
        }
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(longitude, latitude), crs="EPSG:4326")


def buffer_in_one_zone(strikes: gpd.GeoDataFrame, radius_m: np.ndarray) -> gpd.GeoSeries:
    """Draw circles the usual way: project to one UTM zone, buffer, project back; as many vertices as uxomap draws."""
    return strikes.geometry.to_crs("EPSG:32636").buffer(radius_m, quad_segs=VERTICES // 4).to_crs("EPSG:4326")


def make_areas(size: int, degrees: float) -> gpd.GeoDataFrame:
    """Draw areas of about 100 to 2,500 m spread over a square of so many degrees."""
    rng = np.random.default_rng(2)
    strikes = make_strikes(size).assign(precision_m=rng.uniform(50, 1900, size))
    longitude, latitude = 30 + rng.uniform(0, degrees, size), 48 + rng.uniform(0, degrees / 1.5, size)
    return draw_hazard_areas(strikes.set_geometry(gpd.points_from_xy(longitude, latitude, crs="EPSG:4326")))


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds that a piece of work takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_gb() -> float:
    """Highest memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Run both comparisons and print them."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    strikes = make_strikes(size)
    ours, areas = seconds(lambda: draw_hazard_areas(strikes))
    memory = peak_gb()
    radius = areas["semi_major_m"].to_numpy()
    del areas
    theirs, _ = seconds(lambda: buffer_in_one_zone(strikes, radius))
    print(f"hazard areas of {size:,} strikes, {VERTICES} vertices each")
    print(f"  uxomap draw_hazard_areas, all columns     {ours:8.1f} s   peak memory {memory:.2f} GB")
    print(f"  geopandas to_crs, buffer, to_crs          {theirs:8.1f} s")
    print(f"  ratio                                     {ours / theirs:8.2f}")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    print(f"zones from {count:,} areas of about 100 to 2,500 m")
    for name, degrees in (("far apart", 40.0), ("sparse", 10.0), ("touching", 4.0), ("piled up", 1.0)):
        areas = make_areas(count, degrees)
        ours, zones = seconds(lambda areas=areas: merge_areas(areas))
        theirs, _ = seconds(lambda areas=areas: shapely.union_all(areas.geometry.to_numpy()))
        print(
            f"  {name:<10} {len(zones):>7,} zones   uxomap merge_areas, all columns {ours:6.1f} s"
            f"   shapely.union_all {theirs:6.1f} s   ratio {ours / theirs:5.2f}"
        )


if __name__ == "__main__":
    main()
