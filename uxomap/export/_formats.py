"""Which formats there are, under which names they are written, and by what."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import xarray as xr

from uxomap._files import hash_file
from uxomap.errors import InputError, OutputError
from uxomap.export._csv import write_csv
from uxomap.export._flatgeobuf import write_flatgeobuf
from uxomap.export._geojson import write_geojson
from uxomap.export._geopackage import write_geopackage
from uxomap.export._geotiff import write_geotiff
from uxomap.export._kml import write_kml, write_kmz
from uxomap.export._layers import state_facts
from uxomap.export._parquet import write_parquet
from uxomap.export._qgis import write_project
from uxomap.export._shapefile import write_shapefile
from uxomap.export._summary import write_json
from uxomap.export._xlsx import write_xlsx
from uxomap.schema import layer_schema

#: Formats of `write_layers`.
FORMATS = ("geojson", "gpkg", "csv", "kml", "kmz", "shp", "fgb", "parquet", "xlsx", "qgz", "tif")

#: Name under which a map of cells is written, whatever the formats.
MAP_NAME = "contamination"

#: Begins the name of a file that holds all layers.
STEM = "assessment"

#: File that says what the tables beside it are, which have no place to say it.
ABOUT_NAME = "about.json"

#: Formats of one file a layer: its ending and what writes it.
_ONE_LAYER: Mapping[str, tuple[str, Callable[..., Path]]] = MappingProxyType(
    {
        "geojson": (".geojson", write_geojson),
        "shp": (".shp.zip", write_shapefile),
        "fgb": (".fgb", write_flatgeobuf),
        "parquet": (".parquet", write_parquet),
    }
)

#: Formats of one file for all layers: its ending and what writes it.
_ALL_LAYERS: Mapping[str, tuple[str, Callable[..., Path]]] = MappingProxyType(
    {
        "gpkg": (".gpkg", write_geopackage),
        "kml": (".kml", write_kml),
        "kmz": (".kmz", write_kmz),
        "xlsx": (".xlsx", write_xlsx),
    }
)


def name_files(layer: str, formats: Sequence[str]) -> set[str]:
    """
    Names of the files of a single layer that bears its own name in every format.

    Examples
    --------
    >>> sorted(name_files("public_areas", ["qgz", "csv"]))
    ['public_areas.csv', 'public_areas.gpkg', 'public_areas.qgz']
    """
    endings = {form: ending for form, (ending, _) in {**_ONE_LAYER, **_ALL_LAYERS}.items()}
    endings |= {"csv": ".csv", "qgz": ".qgz"}
    wanted = {*formats, *(("gpkg",) if "qgz" in formats else ())}
    return {f"{layer}{endings[form]}" for form in wanted}


def refuse_public_folder(folder: Path) -> None:
    """
    Refuse to put single places into the folder of a public product.

    Raises
    ------
    OutputError
    """
    try:
        public = json.loads((folder / ABOUT_NAME).read_text(encoding="utf-8"))["sensitivity"] == "public"
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        public = False
    if public:
        message = (
            f"Cannot write to {folder}: a public product lies there, and everything in it may be sent. Must be "
            "another folder for what shows single places. Give one."
        )
        raise OutputError(message)


def write_formats(
    layers: Mapping[str, pd.DataFrame | xr.Dataset],
    stage: Path,
    formats: Sequence[str],
    facts: Mapping[str, Any],
    *,
    stem: str = STEM,
) -> list[Path]:
    """
    Write layers and maps of cells in several formats into a folder.

    Parameters
    ----------
    layers : Mapping of str to DataFrame, GeoDataFrame or Dataset
        Name of the layer to its frame.
    stage : Path
        Folder that is there.
    formats : sequence of str
        Any of ``FORMATS``.
    facts : Mapping
        ``parameters`` and ``sensitivity``.
    stem : str
        Begins the names of files that hold all layers.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError, SchemaError, CRSError, OutputError
        See `write_layers`.
    """
    frames, maps = _part_maps(layers)
    written = [write_geotiff(grid, stage / f"{name}.tif", **facts) for name, grid in maps.items()]
    for name, layer in frames.items():
        written += _write_layer(name, layer, stage, formats, facts)
    written += [
        write(frames, stage / f"{stem}{ending}", **facts)
        for form, (ending, write) in _ALL_LAYERS.items()
        if frames and (form in formats or (form == "gpkg" and "qgz" in formats))
    ]
    if frames and "qgz" in formats:
        project = stage / f"{stem}.qgz"
        written.append(write_project(frames, maps, project, geopackage=f"{stem}.gpkg", **facts))
    return written


def write_about(
    layers: Mapping[str, pd.DataFrame | xr.Dataset], stage: Path, written: Sequence[Path], facts: Mapping[str, Any]
) -> Path:
    """Write what the files of a folder are, what they were made with, and their hashes."""
    frames, _ = _part_maps(layers)
    about = state_facts(frames, **facts)
    files = {path.name: hash_file(path) for path in sorted(set(written))}
    return write_json({"product": "uxomap layers", **about, "files": files}, stage / ABOUT_NAME)


def _write_layer(
    name: str, layer: pd.DataFrame, stage: Path, wanted: Sequence[str], facts: Mapping[str, Any]
) -> list[Path]:
    """Write the files of one layer; a table where a format needs geometry and the layer has none."""
    forms = [form for form in _ONE_LAYER if form in wanted]
    spatial = bool(layer_schema(name).geometry)
    written = []
    for ending, write in (_ONE_LAYER[form] for form in forms if spatial):
        written.append(write(layer, stage / f"{name}{ending}", name=name, **facts))
    if "csv" in wanted or (forms and not spatial):
        written.append(write_csv(layer, stage / f"{name}.csv", name=name))
    return written


def _part_maps(
    layers: Mapping[str, pd.DataFrame | xr.Dataset],
) -> tuple[dict[str, pd.DataFrame], dict[str, xr.Dataset]]:
    """Part frames from maps of cells, which no table holds."""
    maps = {name: layer for name, layer in layers.items() if isinstance(layer, xr.Dataset)}
    for name in maps:
        if name != MAP_NAME:
            message = f"A map of cells is named {name!r}. Must be {MAP_NAME!r}. Give {{{MAP_NAME!r}: ...}}."
            raise InputError(message)
    return {name: layer for name, layer in layers.items() if not isinstance(layer, xr.Dataset)}, maps
