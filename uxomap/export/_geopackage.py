"""GeoPackage: all layers in one file that opens styled in QGIS."""

import errno
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from uxomap._files import explain_fault, stage_file
from uxomap._validation import check_layer
from uxomap.errors import InputError, OutputError
from uxomap.export._geopackage_schema import describe_fields
from uxomap.export._layers import DESCRIPTIONS, NOTHING, check_spatial, plain_object
from uxomap.export._values import PlainColumn, plain_columns
from uxomap.schema import layer_schema
from uxomap.wording import METHOD_VERSION, NOTICE, SENSITIVITY

#: Stands where the format demands the time of writing, so that the same layers give the same bytes.
FIXED_TIME = "2000-01-01T00:00:00.000Z"

#: Of the format: read without complaint by every GIS that field offices still run.
_VERSION = "1.2"

_GEOMETRY = "geom"
_FEATURE_ID = "fid"

#: Names that are taken by the tables beside the layers.
_ABOUT, _STYLES = "about", "layer_styles"

#: Layers that are drawn in the style of another.
_STYLED_AS: Mapping[str, str] = MappingProxyType({"cells": "zones", "hexagons": "zones"})

_FAULTS = (sqlite3.Error, CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError)


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the file, with geometry where it is a map layer."""

    name: str
    columns: Mapping[str, PlainColumn]
    description: str = ""
    geometry: NDArray[np.object_] | None = None
    geometry_type: str | None = None
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


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
    one type a layer. Beside the layers: field names with units and meanings (extension ``gpkg_schema``), a table
    ``about`` (notice, method version, sensitivity, *parameters*), and ``layer_styles`` with a default style for each
    layer that has one. Same layers and same versions of GDAL and SQLite give the same bytes: the times of writing
    that the format demands are fixed to 2000-01-01.

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
    >>> unlocated = pd.DataFrame({column: [] for column in layer_schema("unlocated").required})
    >>> with TemporaryDirectory() as folder:
    ...     path = write_geopackage({"unlocated": unlocated}, Path(folder) / "assessment.gpkg")
    ...     pyogrio.list_layers(path)[:, 0].tolist()
    ['unlocated', 'about']
    """
    if not layers:
        message = "There is no layer to write. Must be at least one. Give a mapping such as {'zones': zones}."
        raise InputError(message)
    path = Path(path)
    tables = [_layer_table(name, layer) for name, layer in layers.items()]
    extra = [*_style_tables(tables), _about_table(sensitivity, parameters)]
    with stage_file(path) as part, _fixed_time():
        try:
            for number, table in enumerate([*tables, *extra]):
                _write_table(table, part, append=number > 0)
            describe_fields(part, {table.name: list(table.columns) for table in tables})
        except _FAULTS as error:
            raise _explain_fault(path, error) from error
    return path


def _layer_table(name: str, layer: pd.DataFrame) -> _Table:
    """Turn a layer into a table, its geometry into one type."""
    schema = layer_schema(name)
    description = f"{DESCRIPTIONS.get(name, '')} {NOTICE}".strip()
    if not schema.geometry:
        check_layer(layer, name)
        return _Table(name, _rename_fields(plain_columns(layer, name=name)), description)
    check_spatial(layer, name)
    places = shapely.force_2d(layer.geometry.to_numpy())
    places[shapely.is_empty(places)] = None
    return _Table(
        name,
        _rename_fields(plain_columns(layer, name=name)),
        description,
        geometry=np.asarray(shapely.to_wkb(places), dtype=object),
        geometry_type=schema.geometry[-1],
        options=MappingProxyType({"GEOMETRY_NAME": _GEOMETRY}),
    )


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


def _about_table(sensitivity: str, parameters: Mapping[str, object]) -> _Table:
    """Table of facts about the file, one a row."""
    facts = {"notice": NOTICE, "method_version": METHOD_VERSION, "sensitivity": sensitivity}
    facts |= {f"parameter {name}": _say(value) for name, value in plain_object(parameters).items()}
    columns = {"fact": PlainColumn("text", list(facts)), "value": PlainColumn("text", list(facts.values()))}
    return _Table(_ABOUT, columns, "What this file is, and what it was made with.")


def _say(value: object) -> str:
    """Write a fact as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _style_tables(tables: Sequence[_Table]) -> list[_Table]:
    """Table of styles where QGIS looks for them; none if no layer has one."""
    found = [(table, _read_style(table.name)) for table in tables]
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
    return [_Table(_STYLES, columns, "Styles for QGIS.", options=MappingProxyType({"FID": "id"}))]


def _read_style(name: str) -> str | None:
    """Style of a layer in the form of QGIS, if there is one."""
    file = resources.files("uxomap.export").joinpath("styles", f"{_STYLED_AS.get(name, name)}.qml")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _write_table(table: _Table, path: Path, *, append: bool) -> None:
    """Add one table to the file, and make it if this is the first."""
    arrays = [_field_array(column) for column in table.columns.values()]
    pyogrio.raw.write(
        path,
        table.geometry,
        [values for values, _ in arrays],
        list(table.columns),
        field_mask=[mask for _, mask in arrays],
        layer=table.name,
        driver="GPKG",
        geometry_type=table.geometry_type,
        crs=None if table.geometry is None else "EPSG:4326",
        promote_to_multi=table.geometry_type == "MultiPolygon",
        append=append,
        dataset_options=None if append else {"VERSION": _VERSION},
        layer_options={
            "IDENTIFIER": table.name,
            "DESCRIPTION": table.description,
            "FID": _FEATURE_ID,
            **table.options,
        },
    )


def _field_array(column: PlainColumn) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Values as an array that GDAL takes, and where they are missing (None: the array itself says so)."""
    if column.kind == "date":
        return np.array([value or "NaT" for value in column.cells], dtype="datetime64[D]"), None
    if column.kind == "number":
        return np.array([np.nan if value is None else value for value in column.cells], dtype=np.float64), None
    if column.kind in {"integer", "boolean"}:
        missing = np.array([value is None for value in column.cells], dtype=bool)
        dtype = np.int64 if column.kind == "integer" else np.bool_
        return np.array([value or 0 for value in column.cells], dtype=dtype), missing
    # A null character would end the text there.
    texts = [value.replace("\0", "\ufffd") if value else value for value in column.cells]
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array, None


def _explain_fault(path: Path, error: Exception) -> OutputError:
    """Turn an error of GDAL or SQLite into one line that says what to do."""
    if "disk is full" in str(error):
        return explain_fault(path, OSError(errno.ENOSPC, str(error)))
    reason = str(error).split(":")[0].split("\n")[0].rstrip(".") or type(error).__name__
    return OutputError(f"Cannot write {path}: {reason}. Make sure that the disk has room, or give another folder.")


@contextmanager
def _fixed_time() -> Iterator[None]:
    """Let GDAL write one fixed time instead of the present one."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
