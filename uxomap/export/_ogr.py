"""Layers as GDAL takes them: what the formats that it writes share."""

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from uxomap._files import explain_fault, find_full_disk
from uxomap.errors import OutputError
from uxomap.export._layers import DESCRIPTIONS, check_layer_of, state_notice
from uxomap.export._values import PlainColumn, plain_columns
from uxomap.schema import layer_schema

#: Stands where a format demands the time of writing, so that the same layers give the same bytes.
FIXED_TIME = "2000-01-01T00:00:00.000Z"

#: What GDAL raises.
FAULTS = (CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file, with geometry (WKB, None where there is none) where it is a map layer."""

    name: str
    columns: Mapping[str, PlainColumn]
    description: str = ""
    geometry: NDArray[np.object_] | None = None
    geometry_type: str | None = None
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def layer_table(name: str, layer: pd.DataFrame) -> Table:
    """Turn a layer into a table, its geometry into one type; refuse one that breaks its contract."""
    schema = layer_schema(name)
    description = f"{DESCRIPTIONS.get(name, '')} {state_notice(name, layer)}".strip()
    check_layer_of(layer, name)
    if not schema.geometry:
        return Table(name, plain_columns(layer, name=name), description)
    places = shapely.force_2d(layer.geometry.to_numpy())
    places[shapely.is_empty(places)] = None
    return Table(
        name,
        plain_columns(layer, name=name),
        description,
        geometry=np.asarray(shapely.to_wkb(places), dtype=object),
        geometry_type=schema.geometry[-1],
    )


def write_table(
    table: Table,
    path: Path | BytesIO,
    *,
    driver: str,
    append: bool = False,
    dataset_options: Mapping[str, str] | None = None,
) -> None:
    """Write one table to a file of GDAL, or add it to one."""
    arrays = [_field_array(column) for column in table.columns.values()]
    pyogrio.raw.write(
        path,
        table.geometry,
        [values for values, _ in arrays],
        list(table.columns),
        field_mask=[mask for _, mask in arrays],
        layer=table.name,
        driver=driver,
        geometry_type=table.geometry_type,
        crs=None if table.geometry is None else "EPSG:4326",
        promote_to_multi=table.geometry_type == "MultiPolygon",
        append=append,
        dataset_options=dataset_options,
        layer_options=dict(table.options),
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


def explain_gdal(path: Path, error: Exception) -> OutputError:
    """Turn an error of GDAL or SQLite into one line that says what to do."""
    said = any(words in str(error) for words in ("disk is full", "No space left"))
    full = OSError(errno.ENOSPC, "full") if said else find_full_disk(path.parent)
    if full is not None:
        return explain_fault(path, full)
    # What follows the first words names the passing file, not the one that the user knows.
    reason = re.split(r":|\n| to dataset", str(error), maxsplit=1)[0].rstrip(".") or type(error).__name__
    return OutputError(f"Cannot write {path}: {reason}. Make sure that the disk has room, or give another folder.")


@contextmanager
def fixed_time() -> Iterator[None]:
    """Let GDAL write one fixed time instead of the present one."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
