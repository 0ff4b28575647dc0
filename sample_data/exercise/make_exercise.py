"""
Make the exercise area: an invented island, invented reports, a hidden truth and two rounds of survey.

    python sample_data/exercise/make_exercise.py [FOLDER]

Without a folder the files beside this script are written anew. Every number comes from a fixed seed: the same versions
of the libraries, and the same catalogue of munitions, write the same files. Nothing in them happened; there is no such
island.
"""

import json
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from island import NODATA, NOTICE, Island, count_people, draw_island
from strikes import draw_truth, invent_reports
from surveys import simulate_rounds

#: Decimals of degrees in the files: 0.1 m.
_DECIMALS = 6


def _round(coordinates: Any) -> Any:
    """Round nested coordinates."""
    if isinstance(coordinates, (list, tuple)):
        return [_round(part) for part in coordinates]
    return round(float(coordinates), _DECIMALS)


def _plain(value: Any) -> Any:
    """Turn a value of a frame into one of JSON."""
    return value.item() if isinstance(value, np.generic) else value


def write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer as GeoJSON, a feature a line, without empty properties."""
    degrees = frame.to_crs("EPSG:4326")
    shapes = shapely.orient_polygons(degrees.geometry.to_numpy())
    features = []
    for values, shape in zip(degrees.drop(columns="geometry").to_dict("records"), shapes, strict=True):
        mapping = shapely.geometry.mapping(shape)
        geometry = {"type": mapping["type"], "coordinates": _round(mapping["coordinates"])}
        properties = {name: _plain(value) for name, value in values.items() if not pd.isna(value) and value != ""}
        feature = {"type": "Feature", "properties": properties | {"notice": NOTICE}, "geometry": geometry}
        features.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","name":"{path.stem}","description":"{NOTICE}","features":[\n'
    path.write_text(head + ",\n".join(features) + "\n]}\n", encoding="utf-8", newline="\n")


def write_population(island: Island, path: Path) -> None:
    """Write the people in each cell as GeoTIFF."""
    people, transform = count_people(island)
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": "EPSG:4326", "nodata": NODATA}
    size = {"height": people.shape[0], "width": people.shape[1], "transform": transform}
    with rasterio.open(path, "w", **profile, **size, compress="deflate", predictor=3, tiled=True) as raster:
        raster.write(people, 1)
        raster.update_tags(notice=NOTICE, unit="people in the cell")
        raster.set_band_description(1, "people in the cell")


def make_exercise(folder: Path) -> None:
    """Write all files of the exercise into a folder."""
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    island = draw_island()
    reports = folder / "reported_strikes.csv"
    invent_reports(island).to_csv(reports, index=False, lineterminator="\n")
    truth = draw_truth(island, reports)
    truth.strikes.to_csv(folder / "truth" / "strikes.csv", index=False, lineterminator="\n")
    truth.items.to_csv(folder / "truth" / "items.csv", index=False, lineterminator="\n")
    for name in ("settlements", "roads", "water", "admin", "land_use", "facilities"):
        write_geojson(getattr(island, name), folder / f"{name}.geojson")
    write_population(island, folder / "population.tif")
    for number, done in enumerate(simulate_rounds(island, truth, reports), start=1):
        write_geojson(done.surveys, folder / f"surveys_round_{number}.geojson")
        write_geojson(done.finds, folder / f"finds_round_{number}.geojson")


if __name__ == "__main__":
    make_exercise(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
