"""Files for the GIS, spreadsheets and archives that the team already uses."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from uxomap._files import hash_file, making_folder, stage_file, stage_folder, take_path
from uxomap._validation import check_choice, check_sensitivity, take_layers
from uxomap.errors import InputError, OutputError
from uxomap.export._csv import write_csv
from uxomap.export._formats import (
    ABOUT_NAME,
    FORMATS,
    MAP_NAME,
    STEM,
    name_files,
    refuse_public_folder,
    write_about,
    write_formats,
)
from uxomap.export._geojson import write_geojson
from uxomap.export._geopackage import write_geopackage
from uxomap.export._geotiff import write_geotiff
from uxomap.export._layers import NOTHING, PUBLIC, state_facts
from uxomap.export._public import keep_public, make_public
from uxomap.export._review import CHECKLIST, Review, check_review, record_review
from uxomap.export._summary import file_sha256, recorded_files, write_json
from uxomap.schema import layer_schema
from uxomap.wording import SENSITIVITY

__all__ = [
    "CHECKLIST",
    "FORMATS",
    "GEOPACKAGE_NAME",
    "MAP_NAME",
    "Review",
    "file_sha256",
    "recorded_files",
    "refuse_public_folder",
    "state_facts",
    "write_csv",
    "write_formats",
    "write_geojson",
    "write_geopackage",
    "write_geotiff",
    "write_json",
    "write_layers",
]

#: File that holds all layers.
GEOPACKAGE_NAME = f"{STEM}.gpkg"

#: What was left out of a public product.
_REDACTION = "redaction_report.csv"


def write_layers(  # noqa: PLR0913 - a public product needs a reviewer and a review besides
    layers: Any,
    folder: str | Path,
    *,
    formats: Sequence[str] = ("geojson", "gpkg"),
    parameters: Mapping[str, object] = NOTHING,
    sensitivity: str | None = None,
    audience: str = "internal",
    reviewed_by: str | None = None,
    review: Review | None = None,
) -> list[Path]:
    """
    Write layers into a folder, all files whole or none.

    A file a layer: ``geojson``, ``csv``, ``shp`` (a zipped Shapefile, with the full table beside it), ``fgb``
    (FlatGeobuf), ``parquet`` (GeoParquet). One file for all layers: ``gpkg`` (GeoPackage, styled for QGIS), ``kml``,
    ``kmz``, ``xlsx`` (with HXL tags), and ``qgz`` (a project of QGIS, with the GeoPackage that it shows). A layer
    without geometry becomes ``<layer>.csv`` where a format of one file a layer needs one, so that none is left out. A
    map named ``contamination`` becomes ``contamination.tif`` with any format, because none of them holds one; ``tif``
    alone writes nothing else. Where there are tables in CSV, ``about.json`` beside them tells what they are. Other
    files in the folder are kept. docs/files.md tells what each format keeps.

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
        Sensitivity label, ``internal`` unless given; no word that means public. The public product has its own.
    audience : {"internal", "public"}
        ``public`` writes one layer made for everybody, ``public_areas``: items by hexagon or admin area from
        ``hazard_areas``, without points, words of reports, small numbers or recent strikes; beside it
        ``redaction_report.csv`` says what was left out. The folder may hold nothing but an earlier public product.
        Beside the folder, ``<folder>_review.json`` tells who reviewed it and how: for the programme's own records.
    reviewed_by : str
        Who reviewed a public product, by name and role; for nothing else.
    review : Review, optional
        Day of the review, the answers to its checklist, and how coarse the product is (`uxomap.export.Review`); for
        nothing but a public product.

    Returns
    -------
    list of Path
        The files written, in the order of their names.

    Raises
    ------
    InputError
        There is no layer or no such format, a map has another name or lacks a layer, or what belongs to a public
        product is given for an internal one, or the other way round.
    SchemaError
        A layer breaks its contract, or there is none of its name.
    CRSError
        A layer is not in EPSG:4326.
    OutputError
        The folder cannot be written; an earlier result in it stays whole. Or nobody reviewed a public product, or its
        folder holds something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> unlocated = pd.DataFrame({column: [] for column in layer_schema("unlocated").required})
    >>> with TemporaryDirectory() as home:
    ...     [path.name for path in write_layers({"unlocated": unlocated}, Path(home) / "out")]
    ['about.json', 'assessment.gpkg', 'unlocated.csv']
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
    if audience == "public":
        if sensitivity is not None:
            message = (
                f"A public product is given the sensitivity {sensitivity!r}. Its label is always public. Leave "
                "sensitivity out, or audience."
            )
            raise InputError(message)
        return _write_public(layers, folder, wanted, parameters, (reviewed_by, check_review(reviewed_by, review)))
    if reviewed_by or review is not None:
        message = (
            "A review is given, but audience is 'internal', so that single places would be written. Must be "
            "audience='public' for a reviewed product. Add it, or leave out reviewed_by and review."
        )
        raise InputError(message)
    label = SENSITIVITY if sensitivity is None else sensitivity
    check_sensitivity(label)
    if set(wanted) == {"tif"} and not any(isinstance(layer, xr.Dataset) for layer in layers.values()):
        message = f"There is no map of cells to write as tif. Give {{{MAP_NAME!r}: ...}}, or another format."
        raise InputError(message)
    facts: Mapping[str, Any] = {"parameters": parameters, "sensitivity": label}
    folder = take_path(folder)
    refuse_public_folder(folder)
    with stage_folder(folder, last=ABOUT_NAME) as stage:
        written = write_formats(layers, stage, wanted, facts)
        if any(path.suffix == ".csv" for path in written):
            written.append(write_about(layers, stage, written, facts))
    return [folder / name for name in sorted({path.name for path in written})]


def _write_public(
    layers: Mapping[str, pd.DataFrame | xr.Dataset],
    folder: str | Path,
    wanted: Sequence[str],
    parameters: Mapping[str, object],
    reviewed: tuple[Any, Review],
) -> list[Path]:
    """Write the product for everybody and what was left out of it, and beside the folder the record of its review."""
    if "tif" in wanted:
        message = "A map of cells shows single places and is never public. Give another format, e.g. geojson."
        raise InputError(message)
    for name in layers:
        if name != MAP_NAME:
            layer_schema(name)
    folder = take_path(folder).absolute()
    earlier = _check_public_folder(folder, wanted)
    by, review = reviewed
    product, report = make_public(layers, review)
    shown = {PUBLIC: product}
    facts: Mapping[str, Any] = {"parameters": keep_public(parameters), "sensitivity": "public"}
    record = folder.with_name(f"{folder.name}_review.json")
    with ExitStack() as stack:
        # The record is moved in last: without a product there is none of its review.
        stack.enter_context(making_folder(folder.parent))
        draft = stack.enter_context(stage_file(record))
        stage = stack.enter_context(stage_folder(folder, earlier=earlier, last=ABOUT_NAME))
        written = write_formats(shown, stage, wanted, facts, stem=PUBLIC)
        written.append(write_csv(report, stage / _REDACTION))
        written.append(write_about(shown, stage, written, facts))
        files = {path.name: hash_file(path) for path in sorted(written)}
        write_json(record_review(by, review, report, parameters=parameters, files=files), draft)
    return [*(folder / name for name in sorted({path.name for path in written})), record]


def _check_public_folder(folder: Path, wanted: Sequence[str]) -> dict[str, str]:
    """Refuse a folder that holds what is no public product, and list the files of an earlier one."""
    if not folder.name:
        message = f"Cannot write a public product to {folder}: its review lies beside it. Give a folder inside."
        raise OutputError(message)
    ours = {*name_files(PUBLIC, [form for form in FORMATS if form != "tif"]), _REDACTION}
    earlier = {name: sha256 for name, sha256 in recorded_files(folder / ABOUT_NAME).items() if name in ours}
    known = {*earlier, *name_files(PUBLIC, wanted), _REDACTION, ABOUT_NAME}
    others = sorted(path.name for path in folder.iterdir() if path.name not in known) if folder.is_dir() else []
    if others:
        message = (
            f"Cannot write a public product to {folder}: {others[0]!r} lies there, which is no part of one. Must be a "
            "folder of its own, because everything in it may be sent. Give an empty folder, or move that file."
        )
        raise OutputError(message)
    return earlier
