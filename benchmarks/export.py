"""
Time the files of many areas beside what geopandas needs for the same frame, in one run.

    python benchmarks/export.py [AREAS] [--all]

Prints seconds, ratios and peak memory. Ratios below 1 mean that uxomap is faster. ``--all`` adds the other formats.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap.export import FORMATS, write_layers
from uxomap.maps import make_web_map, save_web_map
from uxomap.schema import layer_schemas
from uxomap.wording import METHOD_VERSION, NOTICE

#: Vertices of an area, as many as uxomap draws.
VERTICES = 64

#: Seconds and gigabytes within which the GeoPackage, the GeoJSON and the offline map should be written.
TARGET = (60, 3)

PLACES = ("Izium, Kharkiv Oblast", "Ізюм, Харківська область", "حلب", "a field north of the village")
MUNITIONS = ("m26", "9m27k", "cbu87", "")


def make_areas(count: int) -> gpd.GeoDataFrame:
    """Invent hazard areas over a few degrees, all columns of the contract filled."""
    rng = np.random.default_rng(1)
    centres = np.column_stack([rng.uniform(30, 40, count), rng.uniform(45, 52, count)])
    angles = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    sizes = rng.uniform(0.002, 0.02, (count, 1, 2))
    rings = centres[:, None, :] + ring[None] * sizes
    ids = pd.Series(np.arange(count).astype(str))
    made: dict[str, object] = {}
    for column in layer_schemas()["hazard_areas"].columns.values():
        made[column.name] = {
            "text": "" if column.name in {"source_url", "assumptions"} else ids.radd("S-"),
            "number": rng.lognormal(2, 1, count),
            "integer": rng.integers(1, 9, count),
            "date": pd.Timestamp("2022-03-01") + pd.to_timedelta(rng.integers(0, 700, count), unit="D"),
        }[column.kind]
    made |= {
        "location_text": rng.choice(PLACES, count),
        "munition_id": rng.choice(MUNITIONS, count),
        "munition": rng.choice(MUNITIONS, count),
        "munition_candidates": rng.choice(MUNITIONS, count),
        "hazard_kind": "dud",
        "method_version": METHOD_VERSION,
        "notice": NOTICE,
        "assumptions": "2 rounds assumed; bearing not known",
        "dud_sources": "hrw-2011|gichd-2013",
        "evidence_key": "delivered",
    }
    return gpd.GeoDataFrame(pd.DataFrame(made), geometry=shapely.polygons(rings), crs="EPSG:4326")


def timed(what: str, work: Callable[[], object], beside: float | None = None) -> float:
    """Run, and print the seconds, and their ratio to those of another way."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    ratio = "" if beside is None else f"   {seconds / beside:5.2f} x"
    print(f"{what:44} {seconds:7.1f} s   peak {peak:5.2f} GB{ratio}", flush=True)
    return seconds


def main() -> None:
    """Print the table."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count = numbers[0] if numbers else 100_000
    areas = make_areas(count)
    layers = {"hazard_areas": areas}
    print(f"{count} areas of {VERTICES} vertices and {len(areas.columns) - 1} fields")
    with TemporaryDirectory() as home:
        folder = Path(home)
        plain = {
            "gpkg": timed("geopandas to_file, GeoPackage", lambda: areas.to_file(folder / "plain.gpkg", driver="GPKG")),
            "geojson": timed(
                "geopandas to_file, GeoJSON (RFC 7946)",
                lambda: areas.to_file(folder / "plain.geojson", driver="GeoJSON", RFC7946="YES"),
            ),
        }
        total = sum(
            timed(
                f"uxomap write_layers, {form}",
                lambda form=form: write_layers(layers, folder / form, formats=form),
                plain[form],
            )
            for form in ("gpkg", "geojson")
        )
        total += timed("uxomap offline map", lambda: save_web_map(make_web_map(layers), folder / "map.html"))
        print(f"GeoPackage, GeoJSON and offline map: {total:.1f} s (target {TARGET[0]} s and {TARGET[1]} GB in all)")
        if "--all" in sys.argv:
            for form in [form for form in FORMATS if form not in {"gpkg", "geojson", "tif"}]:
                timed(f"uxomap {form}", lambda form=form: write_layers(layers, folder / form, formats=form))


if __name__ == "__main__":
    main()
