"""GeoPackage: all layers in one file that opens styled in QGIS."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from uxomap._files import stage_file, take_path
from uxomap.errors import InputError
from uxomap.export._dictionary import describe_columns
from uxomap.export._geopackage_schema import describe_fields
from uxomap.export._layers import DESCRIPTIONS, NOTHING, about_file
from uxomap.export._ogr import FAULTS, FIXED_TIME, Table, explain_gdal, fixed_time, layer_table, write_table
from uxomap.export._values import PlainColumn
from uxomap.wording import SENSITIVITY

#: Of the format: read without complaint by every GIS that field offices still run.
_VERSION = "1.2"

_GEOMETRY = "geom"
_FEATURE_ID = "fid"

#: Names that are taken by the tables beside the layers.
_ABOUT, _DICTIONARY, _STYLES = "about", "data_dictionary", "layer_styles"

#: Layers that are drawn in the style of another.
_STYLED_AS: Mapping[str, str] = MappingProxyType(
    {"cells": "zones", "hexagons": "zones", "exposure": "zones", "zone_updates": "zones"}
)

_FAULTS = (sqlite3.Error, *FAULTS)


def write_geopackage(
    layers: Mapping[str, pd.DataFrame],
    path: str | Path,
    *,
    parameters: Mapping[str, object] = NOTHING,
    sensitivity: str = SENSITIVITY,
) -> Path:
    """
    Write all layers into one GeoPackage that opens styled in QGIS.

    Layers without geometry become attribute tables. Polygons are stored as MultiPolygon, so that every GIS reads
    one type a layer. Beside the layers: a table ``data_dictionary`` (fields, units, meanings, which also stand where
    the extension ``gpkg_schema`` wants them), a table ``about`` (notice, method version, sensitivity, *parameters*),
    and ``layer_styles`` with a default style for each layer that has one. Same layers and same versions of GDAL and
    SQLite give the same bytes: the times of writing that the format demands are fixed to 2000-01-01.

    Parameters
    ----------
    layers : Mapping of str to DataFrame or GeoDataFrame
        Name of the layer to its frame; spatial ones in EPSG:4326. Their contracts are checked.
    path : str or Path
        File to write; one of that name is replaced whole.
    parameters : Mapping, optional
        Choices that the layers were made with, and further facts such as hashes of the inputs; stand in ``about``.
    sensitivity : str
        Sensitivity label.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        There is no layer to write.
    SchemaError
        A layer breaks its contract, or there is none of its name.
    CRSError
        A layer is not in EPSG:4326.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import pyogrio
    >>> from uxomap.schema import layer_schema
    >>> unlocated = pd.DataFrame({column: [] for column in layer_schema("unlocated").required})
    >>> with TemporaryDirectory() as folder:
    ...     path = write_geopackage({"unlocated": unlocated}, Path(folder) / "assessment.gpkg")
    ...     pyogrio.list_layers(path)[:, 0].tolist()
    ['unlocated', 'data_dictionary', 'about']
    """
    if not layers:
        message = "There is no layer to write. Must be at least one. Give a mapping such as {'zones': zones}."
        raise InputError(message)
    path = take_path(path)
    about = about_file(layers, sensitivity=sensitivity, parameters=parameters)
    tables = [_layer_table(name, layer) for name, layer in layers.items()]
    extra = [*_style_tables(tables), _dictionary_table(tables), _about_table(about)]
    with stage_file(path) as part, fixed_time():
        try:
            for number, table in enumerate([*tables, *extra]):
                _write_part(table, part, append=number > 0)
            describe_fields(part, {table.name: list(table.columns) for table in tables})
        except _FAULTS as error:
            raise explain_gdal(path, error) from error
    return path


def _layer_table(name: str, layer: pd.DataFrame) -> Table:
    """Turn a layer into a table whose fields have names that the file can tell apart."""
    table = layer_table(name, layer)
    options = {} if table.geometry is None else {"GEOMETRY_NAME": _GEOMETRY}
    return replace(table, columns=_rename_fields(table.columns), options=MappingProxyType(options))


def _rename_fields(columns: Mapping[str, PlainColumn]) -> dict[str, PlainColumn]:
    """
    Tell names apart by a number where the file would not: it ignores capitals.

    Examples
    --------
    >>> list(_rename_fields(dict.fromkeys(["Name", "name", "fid"])))
    ['Name', 'name_2', 'fid_2']
    """
    taken = {_FEATURE_ID, _GEOMETRY}
    renamed = {}
    for name, column in columns.items():
        fresh, number = name.replace("\0", "\ufffd"), 1
        while fresh.lower() in taken:
            number += 1
            fresh = f"{name}_{number}"
        taken.add(fresh.lower())
        renamed[fresh] = column
    return renamed


def _about_table(facts: Mapping[str, str]) -> Table:
    """Table of facts about the file, one a row."""
    columns = {"fact": PlainColumn("text", list(facts)), "value": PlainColumn("text", list(facts.values()))}
    return Table(_ABOUT, columns, "What this file is, and what it was made with.")


def _dictionary_table(tables: Sequence[Table]) -> Table:
    """Table of all fields with unit and meaning, which every GIS and spreadsheet can show."""
    rows = [(table.name, *line) for table in tables for line in describe_columns(table.name, list(table.columns))]
    names = ("layer", "field", "unit", "meaning")
    columns = {name: PlainColumn("text", [row[place] for row in rows]) for place, name in enumerate(names)}
    return Table(_DICTIONARY, columns, "Fields of every layer, with unit and meaning.")


def _style_tables(tables: Sequence[Table]) -> list[Table]:
    """Table of styles where QGIS looks for them; none if no layer has one."""
    found = [(table, read_style(table.name)) for table in tables]
    styled = [(table, style) for table, style in found if style is not None]
    if not styled:
        return []
    texts = {
        "f_table_catalog": ["" for _ in styled],
        "f_table_schema": ["" for _ in styled],
        "f_table_name": [table.name for table, _ in styled],
        "f_geometry_column": [_GEOMETRY for _ in styled],
        "styleName": [table.name for table, _ in styled],
        "styleQML": [style for _, style in styled],
        "styleSLD": ["" for _ in styled],
    }
    columns = {name: PlainColumn("text", values) for name, values in texts.items()}
    columns |= {
        "useAsDefault": PlainColumn("boolean", [True for _ in styled]),
        "description": PlainColumn("text", [DESCRIPTIONS.get(table.name, "") for table, _ in styled]),
        "owner": PlainColumn("text", ["" for _ in styled]),
        "ui": PlainColumn("text", [None for _ in styled]),
        "update_time": PlainColumn("text", [FIXED_TIME for _ in styled]),
    }
    return [Table(_STYLES, columns, "Styles for QGIS.", options=MappingProxyType({"FID": "id"}))]


def read_style(name: str) -> str | None:
    """Style of a layer in the form of QGIS, if there is one."""
    file = resources.files("uxomap.export").joinpath("styles", f"{_STYLED_AS.get(name, name)}.qml")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _write_part(table: Table, path: Path, *, append: bool) -> None:
    """Add one table to the file, and make it if this is the first."""
    options = {"IDENTIFIER": table.name, "DESCRIPTION": table.description, "FID": _FEATURE_ID} | dict(table.options)
    write_table(
        replace(table, options=MappingProxyType(options)),
        path,
        driver="GPKG",
        append=append,
        dataset_options=None if append else {"VERSION": _VERSION},
    )
