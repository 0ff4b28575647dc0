"""Files for the GIS, spreadsheets and archives that the team already uses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from uxomap._files import stage_folder
from uxomap._validation import check_choice
from uxomap.errors import InputError
from uxomap.export._csv import write_csv
from uxomap.export._geojson import write_geojson
from uxomap.export._geopackage import write_geopackage
from uxomap.export._layers import NOTHING
from uxomap.export._summary import file_sha256, write_json
from uxomap.schema import layer_schema
from uxomap.wording import SENSITIVITY

__all__ = [
    "FORMATS",
    "GEOPACKAGE_NAME",
    "file_sha256",
    "write_csv",
    "write_geojson",
    "write_geopackage",
    "write_json",
    "write_layers",
]

#: Formats of :func:`write_layers`.
FORMATS = ("geojson", "gpkg", "csv")

#: File that holds all layers.
GEOPACKAGE_NAME = "assessment.gpkg"


def write_layers(
    layers: Mapping[str, pd.DataFrame],
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
    ``<layer>.csv`` for each. Other files in the folder are kept.

    Parameters
    ----------
    layers : Mapping of str to DataFrame or GeoDataFrame
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
        There is no layer or no such format.
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
    with stage_folder(folder) as stage:
        written: set[str] = set()
        for name, layer in layers.items():
            spatial = bool(layer_schema(name).geometry)
            if "geojson" in wanted and spatial:
                path = stage / f"{name}.geojson"
                written.add(write_geojson(layer, path, name=name, parameters=parameters, sensitivity=sensitivity).name)
            if "csv" in wanted or ("geojson" in wanted and not spatial):
                written.add(write_csv(layer, stage / f"{name}.csv", name=name).name)
        if "gpkg" in wanted:
            written.add(
                write_geopackage(layers, stage / GEOPACKAGE_NAME, parameters=parameters, sensitivity=sensitivity).name
            )
    return [Path(folder) / name for name in sorted(written)]
