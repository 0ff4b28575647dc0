"""From what the user gives (paths, frames, lists of them) to tables, recognised by content and not by name."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._archive import open_archive
from uxomap.reports._choice import NoTableError, keep_placed, refuse_choice
from uxomap.reports._day_parts import join_day_parts
from uxomap.reports._events import read_database
from uxomap.reports._header import mark_rows
from uxomap.reports._hxl import take_tags
from uxomap.reports._limits import mend_cells, mend_text
from uxomap.reports._ods import is_spreadsheet, read_ods
from uxomap.reports._packed import open_parts
from uxomap.reports._parquet import read_parquet
from uxomap.reports._sheet import make_tables
from uxomap.reports._source import Table
from uxomap.reports._stated import Stated
from uxomap.reports._table import looks_utf16, read_delimited
from uxomap.reports._texts import Objects, join_notes, no_notes
from uxomap.reports._timemap import read_timemap
from uxomap.reports._vector import frame_table, read_vector
from uxomap.reports._xls import read_xls
from uxomap.reports._xlsx import WORKBOOK, read_xlsx
from uxomap.reports._xml import find_root

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
    (b"\x1f\x8b", "a packed file"),
    (b"7z\xbc\xaf", "a packed file"),
    (b"Rar!", "a packed file"),
    (b"PK\x05\x06", "an empty packed file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a text document"),
)

#: Parts of packed files that are no table, and what these are.
_REFUSED_PARTS = (
    ("xl/workbook.bin", "a binary spreadsheet (XLSB)"),
    ("word/document.xml", "a text document"),
    ("ppt/presentation.xml", "a presentation"),
    ("META-INF/manifest.xml", "a document or a program"),
)

#: Share of control signs above which a file is no text.
_MAX_CONTROL = 0.02
_CONTROL = bytes(sign for sign in range(32) if sign not in b"\t\n\x0b\x0c\r\x1a\x1b")


def open_source(source: object, stated: Stated, *, limit: int | None = None) -> list[Table]:
    """Open a path, a frame or a list of them; of a text or vector file, only the first *limit* rows where given."""
    if isinstance(source, pd.DataFrame) and stated.sheet is not None:
        raise refuse_choice(type(source).__name__, form="a table in memory", said=stated.sheet)
    if isinstance(source, (str, Path)):
        tables = _open_file(Path(source), stated, limit)
    elif isinstance(source, gpd.GeoDataFrame):
        tables = [frame_table(source, name="the GeoDataFrame", form="GeoDataFrame", crs_said=stated.crs is not None)]
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
    tables = [join_day_parts(read_database(take_tags(_mend(table)))) for table in tables]
    tables = [mark_rows(table) for table in keep_placed(tables, stated.columns)]
    for table in tables:
        if not len(table.frame):
            message = f"{table.name} has a header but no rows. Add the reports below it, or give another file."
            raise InputError(message)
    return tables


def _open_file(path: Path, stated: Stated, limit: int | None, *, packed: bool = False) -> list[Table]:
    """Open one file by how it begins; one that comes out of an archive (*packed*) is no archive itself."""
    head = _read_head(path)
    for start, form in _VECTOR_STARTS:
        if head.startswith(start):
            return read_vector(path, form, stated, limit=limit)
    if head.startswith(b"PK\x03\x04") and not packed:
        return _open_archive(path, stated, limit)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return make_tables(path, read_xls(path), stated)
    for start, what in _REFUSED_STARTS:
        if head.startswith(start):
            raise _no_table(path, what)
    return _open_text(path, head, stated, limit)


def _open_text(path: Path, head: bytes, stated: Stated, limit: int | None) -> list[Table]:
    """Open a file that begins as text does, or as Parquet."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    if text.startswith((b"{", b"[")):
        if (events := read_timemap(path, head, stated, limit=limit)) is not None:
            return [events]
        return read_vector(path, "GeoJSON", stated, limit=limit)
    if text.startswith(b"<") or head.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<")):
        return _open_xml(path, stated, limit)
    parquet = head.startswith(b"PAR1")
    if not parquet and _is_binary(head):
        raise _no_table(path, "no text")
    if stated.sheet is not None:
        raise refuse_choice(path, "a Parquet file" if parquet else "delimited text", stated.sheet)
    if parquet:
        return [read_parquet(path, stated)]
    return [read_delimited(path, limit=limit, wanted=tuple(stated.columns.values()))]


def _open_xml(path: Path, stated: Stated, limit: int | None) -> list[Table]:
    """Open KML; refuse other XML, and web pages."""
    try:
        with path.open("rb") as stream:
            root = find_root(stream, str(path))
    except InputError as error:
        head = _read_head(path)[:1000].lower()
        if b"<!doctype html" in head or b"<html" in head:
            raise _no_table(path, "a web page or XML") from error
        raise
    if root.lower() != "kml":
        raise _no_table(path, "a web page or XML")
    return read_vector(path, "KML", stated, limit=limit)


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


def _open_archive(path: Path, stated: Stated, limit: int | None) -> list[Table]:
    """Open a spreadsheet, or the tables within an archive."""
    with open_archive(path) as archive:
        names = set(archive.namelist())
        if WORKBOOK in names:
            return make_tables(path, read_xlsx(path, archive), stated)
        if is_spreadsheet(archive):
            return make_tables(path, read_ods(path, archive), stated)
        for name, what in _REFUSED_PARTS:
            if name in names:
                raise _no_table(path, what)
        return open_parts(path, archive, stated, partial(_open_file, limit=limit, packed=True))


def _mend(table: Table) -> Table:
    """Replace halves of letters, which no file can hold, and say so in their rows."""
    if table.form == "delimited text":
        # Its letters come from bytes, of which none can be half; the name of the file does not.
        return replace(table, name=mend_text(table.name))
    mended: dict[str, Objects] = {}
    said = no_notes(len(table.frame))
    for name in table.frame.columns:
        column = table.frame[name]
        if column.dtype == object or isinstance(column.dtype, pd.CategoricalDtype):
            cells, damaged = mend_cells(column)
            if damaged:
                mended[name] = np.empty(len(cells), dtype=object)
                mended[name][:] = cells
                said[damaged] = "some letters cannot be read"
    frame = table.frame.assign(**mended) if mended else table.frame
    return replace(table, name=mend_text(table.name), frame=frame, notes=join_notes([table.notes, said], len(said)))


def _no_table(path: Path, what: str) -> NoTableError:
    """Say that a file is no table, and what to do."""
    message = (
        f"{path} is {what}, not a table of reports. Must be CSV, TSV, XLSX, ODS, GeoJSON, GeoPackage, KML, KMZ, "
        "Shapefile, FlatGeobuf, GeoParquet, or a zip of these. Save or export the table as CSV in UTF-8."
    )
    return NoTableError(message)
