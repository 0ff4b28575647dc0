"""
Time the whole way from a table of reports to every file, step by step.

    python benchmarks/assess.py [ROWS] [--surveys] [--crowded]

Invents reports, population, facilities, roads, land use and districts, then assesses them in a process of its own:
exposure, order, plan, and all files of `Assessment.write`. Prints the seconds and the processor time of each step, and
the peak memory. ``--surveys`` adds 300 searches; ``--crowded`` places the strikes so coarsely that their areas run into
one.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from intake import write_reports
from rasterio.transform import from_origin

#: West, south, east and north of the reports.
BOX = (30.0, 46.0, 39.0, 51.0)

#: Radius in metres that holds the place of a report: as hotlines state it, and so coarse that areas run into one.
PRECISIONS = ((50, 100, 100, 250, 250, 500, 1000, 25000), (100, 500, 1000, 5000, 25000))

#: Minutes and gigabytes within which 100,000 reports should be done.
TARGET = (3, 4)


def write_places(folder: Path) -> None:
    """Invent what stands around the strikes."""
    rng = np.random.default_rng(7)
    west, south, east, north = BOX

    def spots(count: int) -> np.ndarray:
        """Places at random."""
        return np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])

    kinds = {"amenity": rng.choice(["school", "clinic", "drinking_water"], 20_000)}
    gpd.GeoDataFrame(kinds, geometry=shapely.points(spots(20_000)), crs="EPSG:4326").to_file(folder / "facilities.gpkg")
    starts = spots(50_000)
    ends = starts + rng.normal(0, 0.02, starts.shape)
    roads = shapely.linestrings(np.stack([starts, ends], axis=1))
    classes = {"highway": rng.choice(["primary", "secondary", "track"], len(roads))}
    gpd.GeoDataFrame(classes, geometry=roads, crs="EPSG:4326").to_file(folder / "roads.gpkg")
    corners = spots(20_000)
    fields = shapely.box(*corners.T, *(corners + rng.uniform(0.002, 0.02, corners.shape)).T)
    uses = {"landuse": rng.choice(["farmland", "residential", "meadow"], len(fields))}
    gpd.GeoDataFrame(uses, geometry=fields, crs="EPSG:4326").to_file(folder / "land_use.gpkg")
    across, up = np.meshgrid(np.arange(west, east), np.arange(south, north))
    squares = shapely.box(across.ravel(), up.ravel(), across.ravel() + 1, up.ravel() + 1)
    codes = {"ADM2_PCODE": [f"XX{number:02d}" for number in range(len(squares))]}
    names = codes | {"ADM2_EN": [f"district {number}" for number in range(len(squares))]}
    gpd.GeoDataFrame(names, geometry=squares, crs="EPSG:4326").to_file(folder / "admin.gpkg")
    cell = 1 / 400
    shape = (round((north - south) / cell), round((east - west) / cell))
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": "EPSG:4326", "compress": "deflate"}
    grid = {"height": shape[0], "width": shape[1], "transform": from_origin(west, north, cell, cell)}
    with rasterio.open(folder / "people.tif", "w", **profile, **grid) as file:
        file.write(rng.gamma(0.05, 40, shape).astype("float32"), 1)
    middles = spots(300)
    squares = shapely.box(*(middles - 0.002).T, *(middles + 0.002).T)
    searched = {
        "survey_id": [f"V{number:03d}" for number in range(len(squares))],
        "date": "2025-05-01",
        "search_kind": "technical",
        "detection": 0.9,
        "coverage": 1.0,
        "items_found": rng.poisson(0.4, len(squares)),
    }
    gpd.GeoDataFrame(searched, geometry=squares, crs="EPSG:4326").to_file(folder / "surveys.gpkg")


def assess_all(folder: Path, *, searched: bool) -> dict[str, list[float]]:
    """Assess, and tell the seconds, the processor time and the peak memory after each step."""
    told: dict[str, list[float]] = {}
    clock = [time.perf_counter(), time.process_time()]
    running = ["loading"]

    def begin(step: str) -> None:
        """Close the step before, and begin another."""
        now = [time.perf_counter(), time.process_time()]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        told[running[0]] = [now[0] - clock[0], now[1] - clock[1], peak]
        clock[:], running[0] = now, step

    from uxomap import assess  # noqa: PLC0415 - its loading is timed

    made = assess(folder / "reports.csv", progress=begin)
    if searched:
        begin("using surveys")
        made = made.update_contamination(folder / "surveys.gpkg")
    begin("measuring exposure")
    made = made.measure_exposure(
        population=folder / "people.tif",
        population_unit="people_per_cell",
        facilities=folder / "facilities.gpkg",
        roads=folder / "roads.gpkg",
        land_use=folder / "land_use.gpkg",
        admin=folder / "admin.gpkg",
    )
    begin("ranking zones")
    made = made.rank_areas()
    begin("planning the survey")
    made = made.plan_survey(teams=20, hours=200, sweep_rate_m2_per_h=5000)
    begin("writing files")
    made.write(folder / "out")
    begin("")
    return told | {"zones": [len(made.zones)] * 3}


def main() -> None:
    """Print the table."""
    if "--child" in sys.argv:
        sys.stdout.write(json.dumps(assess_all(Path(sys.argv[1]), searched="--surveys" in sys.argv)))
        return
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    rows = numbers[0] if numbers else 100_000
    say: Callable[[str], object] = sys.stdout.write
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        write_reports(folder / "reports.csv", rows, PRECISIONS["--crowded" in sys.argv])
        write_places(folder)
        more = ["--surveys"] if "--surveys" in sys.argv else []
        command = [sys.executable, __file__, home, "--child", *more]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603 - ourselves
        files = sum(path.stat().st_size for path in (folder / "out").iterdir()) / 1e6
    zones = told.pop("zones")[0]
    say(f"{rows:,} reports, {zones:,} zones, {files:,.0f} MB of files\n")
    say(f"{'':28}{'seconds':>9}{'processor':>11}{'peak GB so far':>16}\n")
    for step, (seconds, processor, peak) in told.items():
        say(f"{step:<28}{seconds:9.1f}{processor:11.1f}{peak:16.2f}\n")
    seconds, processor = (sum(line[at] for line in told.values()) for at in (0, 1))
    say(f"{'together':<28}{seconds:9.1f}{processor:11.1f}   (target {TARGET[0] * 60} s and {TARGET[1]} GB)\n")


if __name__ == "__main__":
    main()
