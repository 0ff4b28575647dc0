"""Files for the GIS, spreadsheets and archives that the team already uses."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import xarray as xr

from uxomap._files import stage_folder
from uxomap._validation import check_choice, check_sensitivity, take_layers
from uxomap.errors import InputError
from uxomap.export._csv import write_csv
from uxomap.export._flatgeobuf import write_flatgeobuf
from uxomap.export._geojson import write_geojson
from uxomap.export._geopackage import write_geopackage
from uxomap.export._geotiff import write_geotiff
from uxomap.export._kml import write_kml, write_kmz
from uxomap.export._layers import NOTHING
from uxomap.export._parquet import write_parquet
from uxomap.export._public import CHECKLIST, Review, check_review, keep_hashes, make_public, record_review
from uxomap.export._qgis import write_project
from uxomap.export._shapefile import write_shapefile
from uxomap.export._summary import file_sha256, write_json
from uxomap.export._xlsx import write_xlsx
from uxomap.schema import layer_schema
from uxomap.wording import SENSITIVITY

__all__ = [
    "CHECKLIST",
    "FORMATS",
    "GEOPACKAGE_NAME",
    "MAP_NAME",
    "Review",
    "file_sha256",
    "write_csv",
    "write_geojson",
    "write_geopackage",
    "write_geotiff",
    "write_json",
    "write_layers",
]

#: Formats of :func:`write_layers`.
FORMATS = ("geojson", "gpkg", "csv", "kml", "kmz", "shp", "fgb", "parquet", "xlsx", "qgz", "tif")

#: Name under which a map of cells is written, whatever the formats.
MAP_NAME = "contamination"

#: File that holds all layers.
GEOPACKAGE_NAME = "assessment.gpkg"

#: Formats of one file a layer: its ending and what writes it.
_ONE_LAYER: Mapping[str, tuple[str, Callable[..., Path]]] = MappingProxyType(
    {
        "geojson": (".geojson", write_geojson),
        "shp": (".shp.zip", write_shapefile),
        "fgb": (".fgb", write_flatgeobuf),
        "parquet": (".parquet", write_parquet),
    }
)

#: Formats of one file for all layers: its name and what writes it.
_ALL_LAYERS: Mapping[str, tuple[str, Callable[..., Path]]] = MappingProxyType(
    {
        "gpkg": (GEOPACKAGE_NAME, write_geopackage),
        "kml": ("assessment.kml", write_kml),
        "kmz": ("assessment.kmz", write_kmz),
        "xlsx": ("assessment.xlsx", write_xlsx),
    }
)

#: The project of QGIS, which shows the GeoPackage beside it.
_PROJECT_NAME = "assessment.qgz"


def write_layers(  # noqa: PLR0913 - a public product needs a reviewer and a review besides
    layers: Any,
    folder: str | Path,
    *,
    formats: Sequence[str] = ("geojson", "gpkg"),
    parameters: Mapping[str, object] = NOTHING,
    sensitivity: str = SENSITIVITY,
    audience: str = "internal",
    reviewed_by: str = "",
    review: Review | None = None,
) -> list[Path]:
    """
    Write layers into a folder, all files whole or none.

    A file a layer: ``geojson``, ``csv``, ``shp`` (a zipped Shapefile, with the full table beside it), ``fgb``
    (FlatGeobuf), ``parquet`` (GeoParquet). One file for all layers: ``gpkg`` (GeoPackage, styled for QGIS), ``kml``,
    ``kmz``, ``xlsx`` (with HXL tags), and ``qgz`` (a project of QGIS, with the GeoPackage that it shows). A layer
    without geometry becomes ``<layer>.csv`` where a format of one file a layer needs one, so that none is left out. A
    map named ``contamination`` becomes ``contamination.tif`` with any format, because none of them holds one; ``tif``
    alone writes nothing else. Other files in the folder are kept. docs/files.md tells what each format keeps.

    Parameters
    ----------
    layers : Assessment, or Mapping of str to DataFrame, GeoDataFrame or Dataset
        All layers of an assessment, or name of the layer to its frame; spatial ones in EPSG:4326. Their contracts are
        checked.
    folder : str or Path
        Folder to write to; made where it is missing.
    formats : sequence of str
        Any of ``geojson``, ``gpkg``, ``csv``, ``kml``, ``kmz``, ``shp``, ``fgb``, ``parquet``, ``xlsx``, ``qgz``,
        ``tif``.
    parameters : Mapping, optional
        Choices that the layers were made with, and further facts such as hashes of the inputs.
    sensitivity : str
        Sensitivity label; no word that means public, which is for the public product alone.
    audience : {"internal", "public"}
        ``public`` writes one layer made for everybody, ``public_areas``: items by hexagon or admin area from
        ``hazard_areas``, without points, words of reports, small numbers or recent strikes; beside it
        ``redaction_report.csv`` says what was left out, and ``review.json``, which is for the programme's own records,
        who reviewed it and how.
    reviewed_by : str
        Who reviewed a public product, by name and role.
    review : Review, optional
        Day of the review, the answers to its checklist, and how coarse the product is (`uxomap.export.Review`).

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
        The folder cannot be written; an earlier result in it stays whole. Or nobody reviewed a public product.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> unlocated = pd.DataFrame({column: [] for column in layer_schema("unlocated").required})
    >>> with TemporaryDirectory() as home:
    ...     [path.name for path in write_layers({"unlocated": unlocated}, Path(home) / "out")]
    ['assessment.gpkg', 'unlocated.csv']
    """
    layers = take_layers(layers)
    if not layers:
        message = "There is no layer to write. Must be at least one. Give a mapping such as {'zones': zones}."
        raise InputError(message)
    wanted = (formats,) if isinstance(formats, str) else tuple(formats)
    if not wanted:
        message = f"No format is given. Must be at least one of: {', '.join(FORMATS)}."
        raise InputError(message)
    for name in wanted:
        check_choice(name, "format", FORMATS)
    check_choice(audience, "audience", ("internal", "public"))
    frames, maps = _part_maps(layers)
    if audience == "public":
        return _write_public(frames, folder, wanted, parameters, (reviewed_by, check_review(reviewed_by, review)))
    check_sensitivity(sensitivity)
    if set(wanted) == {"tif"} and not maps:
        message = f"There is no map of cells to write as tif. Give {{{MAP_NAME!r}: ...}}, or another format."
        raise InputError(message)
    facts: Mapping[str, Any] = {"parameters": parameters, "sensitivity": sensitivity}
    with stage_folder(folder) as stage:
        written = _write_all(frames, maps, stage, wanted, facts)
    return [Path(folder) / name for name in sorted({path.name for path in written})]


def _write_public(
    frames: Mapping[str, pd.DataFrame],
    folder: str | Path,
    wanted: Sequence[str],
    parameters: Mapping[str, object],
    reviewed: tuple[str, Review],
) -> list[Path]:
    """Write the product for everybody, what was left out of it, and the record of its review."""
    if "tif" in wanted:
        message = "A map of cells shows single places and is never public. Give another format, e.g. geojson."
        raise InputError(message)
    by, review = reviewed
    product, report = make_public(frames, review)
    facts: Mapping[str, Any] = {"parameters": keep_hashes(parameters), "sensitivity": "public"}
    with stage_folder(folder) as stage:
        written = _write_all({"public_areas": product}, {}, stage, wanted, facts)
        written.append(write_csv(report, stage / "redaction_report.csv"))
        written.append(write_json(record_review(by, review, report), stage / "review.json"))
    return [Path(folder) / name for name in sorted({path.name for path in written})]


def _write_all(
    frames: Mapping[str, pd.DataFrame],
    maps: Mapping[str, xr.Dataset],
    stage: Path,
    wanted: Sequence[str],
    facts: Mapping[str, Any],
) -> list[Path]:
    """Write layers and maps in every format that is wanted."""
    written = [write_geotiff(grid, stage / f"{name}.tif", **facts) for name, grid in maps.items()]
    for name, layer in frames.items():
        written += _write_layer(name, layer, stage, wanted, facts)
    written += [
        write(frames, stage / file, **facts)
        for form, (file, write) in _ALL_LAYERS.items()
        if frames and (form in wanted or (form == "gpkg" and "qgz" in wanted))
    ]
    if frames and "qgz" in wanted:
        project = stage / _PROJECT_NAME
        written.append(write_project(frames, maps, project, geopackage=GEOPACKAGE_NAME, **facts))
    return written


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
