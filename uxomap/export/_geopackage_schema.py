"""Names with units, and meanings, of the fields of a GeoPackage (its extension ``gpkg_schema``)."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib import resources
from pathlib import Path

from uxomap.schema import layer_schema


def describe_fields(path: Path, fields: Mapping[str, Sequence[str]]) -> None:
    """
    Store what each field is called for people, and what it means.

    Parameters
    ----------
    path : Path
        A GeoPackage.
    fields : Mapping of str to sequence of str
        Name of each layer to the names of its fields.

    Raises
    ------
    sqlite3.Error
        The file cannot be written.
    """
    rows = []
    for layer, names in fields.items():
        contract = layer_schema(layer).columns
        for column in (contract[name] for name in names if name in contract):
            label = column.name.replace("_", " ") + (f" [{column.unit}]" if column.unit else "")
            rows.append((layer, column.name, label, label, column.meaning))
    ddl = resources.files("uxomap.export").joinpath("geopackage_schema.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(ddl)
        database.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
