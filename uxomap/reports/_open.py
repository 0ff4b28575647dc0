"""From what the user gives (paths, frames, lists of them) to tables, recognised by content and not by name."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._sheet import read_sheets
from uxomap.reports._source import Table
from uxomap.reports._stated import Stated
from uxomap.reports._table import looks_utf16, read_delimited
from uxomap.reports._vector import frame_table, read_vector

_HEAD_BYTES = 65_536

#: How files begin that GDAL reads, and what they are called.
_VECTOR_STARTS = (
    (b"SQLite format 3\x00", "GeoPackage"),
    (b"fgb\x03", "FlatGeobuf"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
)

#: How files begin that are no table, and what they are.
_REFUSED_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"II*\x00", "an image"),
    (b"MM\x00*", "an image"),
    (b"RIFF", "an image or a recording"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x1f\x8b", "a packed file"),
    (b"7z\xbc\xaf", "a packed file"),
    (b"Rar!", "a packed file"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a text document"),
)

#: Share of control signs above which a file is no text.
_MAX_CONTROL = 0.02
_CONTROL = bytes(sign for sign in range(32) if sign not in b"\t\n\x0b\x0c\r\x1a\x1b")


def open_source(source: object, stated: Stated, *, limit: int | None = None) -> list[Table]:
    """Open a path, a frame or a list of them; of a text or vector file, only the first *limit* rows where given."""
    if isinstance(source, (str, Path)):
        tables = _open_file(Path(source), stated, limit)
    elif isinstance(source, gpd.GeoDataFrame):
        tables = [frame_table(source, name="the GeoDataFrame", form="GeoDataFrame")]
    elif isinstance(source, pd.DataFrame):
        tables = [frame_table(source, name="the DataFrame", form="DataFrame")]
    elif isinstance(source, Sequence) and len(source) > 0:
        return [table for one in source for table in open_source(one, stated, limit=limit)]
    else:
        message = (
            f"Invalid source {source!r:.60}. Must be a path, a DataFrame, a GeoDataFrame, or a list of these. "
            "Give the path of the file as text."
        )
        raise InputError(message)
    said = set(stated.columns)
    if {"latitude", "longitude"} <= said or {"easting", "northing"} <= said or "coordinates" in said:
        # What the user says goes before the shapes of the source.
        tables = [replace(table, geometry=None, crs=None) for table in tables]
    for table in tables:
        if not len(table.frame):
            message = f"{table.name} has a header but no rows. Add the reports below it, or give another file."
            raise InputError(message)
    return tables


def _open_file(path: Path, stated: Stated, limit: int | None) -> list[Table]:
    """Open one file by how it begins."""
    head = _read_head(path)
    for start, form in _VECTOR_STARTS:
        if head.startswith(start):
            return read_vector(path, form, limit=limit)
    if head.startswith(b"PK\x03\x04"):
        return _open_archive(path, stated)
    for start, what in _REFUSED_STARTS:
        if head.startswith(start):
            raise _no_table(path, what)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[")):
        return read_vector(path, "GeoJSON", limit=limit)
    if text.startswith(b"<"):
        if b"<kml" not in text:
            raise _no_table(path, "a web page or XML")
        return read_vector(path, "KML", limit=limit)
    if _is_binary(head):
        raise _no_table(path, "no text")
    return [read_delimited(path, limit=limit)]


def _is_binary(head: bytes) -> bool:
    """Tell from its signs whether a file is no text."""
    control = len(head) - len(head.translate(None, _CONTROL))
    return control > _MAX_CONTROL * len(head) and not looks_utf16(head)


def _read_head(path: Path) -> bytes:
    """Read how a file begins, or say why it cannot be read."""
    try:
        if not path.exists():
            message = f"{path} does not exist. Check the spelling and the folder."
            raise InputError(message)
        if path.is_dir():
            message = f"{path} is a folder. Give the path of one file in it."
            raise InputError(message)
        if not path.is_file():
            message = f"{path} is no file but a device. Give the path of a file."
            raise InputError(message)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        message = f"{path} cannot be opened: {error}. Check that the file exists and may be read."
        raise InputError(message) from error
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        message = f"{path} is empty. Save the table again, or give another file."
        raise InputError(message)
    return head


def _open_archive(path: Path, stated: Stated) -> list[Table]:
    """Open a spreadsheet; refuse other packed files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception as error:  # a damaged archive fails in many ways inside zipfile
        message = f"{path} is a packed file that cannot be opened: {error}. Save it again, or save the table as CSV."
        raise InputError(message) from error
    if "xl/workbook.xml" in names:
        return read_sheets(path, stated)
    raise _no_table(path, "a packed file")


def _no_table(path: Path, what: str) -> InputError:
    """Say that a file is no table, and what to do."""
    message = (
        f"{path} is {what}, not a table of reports. Must be CSV, TSV, XLSX, GeoJSON, GeoPackage, KML, Shapefile or "
        "FlatGeobuf. Save or export the table as CSV in UTF-8."
    )
    return InputError(message)
