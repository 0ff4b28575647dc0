"""Files for the GIS, spreadsheets and archives that the team already uses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import xarray as xr

from uxomap._files import stage_folder
from uxomap._validation import check_choice
from uxomap.errors import InputError
from uxomap.export._csv import write_csv
from uxomap.export._geojson import write_geojson
from uxomap.export._geopackage import write_geopackage
from uxomap.export._geotiff import write_geotiff
from uxomap.export._layers import NOTHING
from uxomap.export._summary import file_sha256, write_json
from uxomap.schema import layer_schema
from uxomap.wording import SENSITIVITY

__all__ = [
    "FORMATS",
    "GEOPACKAGE_NAME",
    "MAP_NAME",
    "file_sha256",
    "write_csv",
    "write_geojson",
    "write_geopackage",
    "write_geotiff",
    "write_json",
    "write_layers",
]

#: Formats of :func:`write_layers`.
FORMATS = ("geojson", "gpkg", "csv")

#: Name under which a map of cells is written, whatever the formats.
MAP_NAME = "contamination"

#: File that holds all layers.
GEOPACKAGE_NAME = "assessment.gpkg"


def write_layers(
    layers: Mapping[str, pd.DataFrame | xr.Dataset],
    folder: str | Path,
    *,
    formats: Sequence[str] = ("geojson", "gpkg"),
    parameters: Mapping[str, object] = NOTHING,
    sensitivity: str = SENSITIVITY,
) -> list[Path]:
    """
    Write layers into a folder, all files whole or none.

    ``geojson`` writes ``<layer>.geojson`` for each layer; one without geometry becomes ``<layer>.csv``, so that none
    is left out. ``gpkg`` writes all layers into ``assessment.gpkg``, styled for QGIS. ``csv`` writes
    ``<layer>.csv`` for each. A map named ``contamination`` becomes ``contamination.tif`` with any format, because none
    of them holds one. Other files in the folder are kept.

    Parameters
    ----------
    layers : Mapping of str to DataFrame, GeoDataFrame or Dataset
        Name of the layer to its frame; spatial ones in EPSG:4326. Their contracts are checked.
    folder : str or Path
        Folder to write to; made where it is missing.
    formats : sequence of str
        Any of ``geojson``, ``gpkg``, ``csv``.
    parameters : Mapping, optional
        Choices that the layers were made with, and further facts such as hashes of the inputs.
    sensitivity : str
        Sensitivity label.

    Returns
    -------
    list of Path
        The files written, in the order of their names.

    Raises
    ------
    InputError
        There is no layer or no such format, or a map has another name or lacks a layer.
    SchemaError
        A layer breaks its contract, or there is none of its name.
    CRSError
        A layer is not in EPSG:4326.
    OutputError
        The folder cannot be written; an earlier result in it stays whole.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> unlocated = pd.DataFrame({column: [] for column in layer_schema("unlocated").required})
    >>> with TemporaryDirectory() as home:
    ...     [path.name for path in write_layers({"unlocated": unlocated}, Path(home) / "out")]
    ['assessment.gpkg', 'unlocated.csv']
    """
    if not layers:
        message = "There is no layer to write. Must be at least one. Give a mapping such as {'zones': zones}."
        raise InputError(message)
    wanted = (formats,) if isinstance(formats, str) else tuple(formats)
    if not wanted:
        message = f"No format is given. Must be at least one of: {', '.join(FORMATS)}."
        raise InputError(message)
    for name in wanted:
        check_choice(name, "format", FORMATS)
    frames, maps = _part_maps(layers)
    with stage_folder(folder) as stage:
        written = {
            write_geotiff(grid, stage / f"{name}.tif", sensitivity=sensitivity).name for name, grid in maps.items()
        }
        for name, layer in frames.items():
            spatial = bool(layer_schema(name).geometry)
            if "geojson" in wanted and spatial:
                path = stage / f"{name}.geojson"
                written.add(write_geojson(layer, path, name=name, parameters=parameters, sensitivity=sensitivity).name)
            if "csv" in wanted or ("geojson" in wanted and not spatial):
                written.add(write_csv(layer, stage / f"{name}.csv", name=name).name)
        if "gpkg" in wanted and frames:
            written.add(
                write_geopackage(frames, stage / GEOPACKAGE_NAME, parameters=parameters, sensitivity=sensitivity).name
            )
    return [Path(folder) / name for name in sorted(written)]


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
