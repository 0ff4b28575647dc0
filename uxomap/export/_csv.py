"""Tables for spreadsheets."""

import csv
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd

from uxomap._files import stage_file, take_path
from uxomap._validation import check_layer
from uxomap.export._values import PlainColumn, plain_columns

#: Where a spreadsheet may start to read a formula: at the start of a text; and after a semicolon, tab or line break in
#: it, because Excel splits there where the semicolon separates (French, Ukrainian and many other settings).
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[=+\-@\t\r\n＝＋－＠])")  # noqa: RUF001 - the full-width forms are meant

#: A number written as text cannot be a formula, and stays a number.
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")

#: Decimals of a degree: about a centimetre.
_DEGREE_DIGITS = 7


def write_csv(frame: pd.DataFrame, path: str | Path, *, name: str | None = None) -> Path:
    r"""
    Write a table that Excel, LibreOffice and pandas open alike.

    UTF-8 with a byte-order mark, without which Excel garbles every script but Latin (read it with
    ``encoding="utf-8-sig"``); commas, CRLF, ISO dates, nothing where a value is missing, numbers in full precision.
    Text that a spreadsheet might run as a formula gets an apostrophe before it (``=``, ``+``, ``-``, ``@``, tab
    and line break, at the start and after a separator); plain numbers stay as they are. Geometry is left out; points
    get the columns longitude and latitude (degrees, 7 decimals) where the frame has none.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Any table.
    path : str or Path
        File to write; one of that name is replaced whole.
    name : str, optional
        Name of the layer, whose contract is then checked and settles the kind of each column.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        The file cannot be written.
    SchemaError
        The layer breaks its contract, a column name stands twice, or a number is infinite.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = write_csv(pd.DataFrame({"note": ["=1+1", None], "n": [1.5, 2]}), Path(folder) / "a.csv")
    ...     path.read_text(encoding="utf-8-sig")
    "note,n\n'=1+1,1.5\n,2.0\n"
    """
    if name is not None:
        check_layer(frame, name)
    path = take_path(path)
    columns = plain_columns(frame, name=name)
    columns |= {axis: column for axis, column in _point_columns(frame).items() if axis not in columns}
    with stage_file(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        # CRLF also makes the writer quote every text that holds either character.
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([_neutralise(column) for column in columns])
        writer.writerows(zip(*(_cells(column) for column in columns.values()), strict=True))
    return path


def _point_columns(frame: pd.DataFrame) -> dict[str, PlainColumn]:
    """Longitude and latitude of a point layer; None for rows without a place."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return {}
    points = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not (points.geom_type == "Point").all():
        return {}
    axes = {"longitude": points.x, "latitude": points.y}
    return plain_columns(pd.DataFrame({name: axis.round(_DEGREE_DIGITS) for name, axis in axes.items()}, frame.index))


def _cells(column: PlainColumn) -> list[str]:
    """Write the values of one column as cells."""
    if column.kind == "text":
        written: dict[str, str] = {"": ""}  # most texts repeat
        for value in column.cells:
            if value and value not in written:
                written[value] = _neutralise(value)
        return [written[value or ""] for value in column.cells]
    if column.kind == "boolean":
        return ["" if value is None else str(value).lower() for value in column.cells]
    return ["" if value is None else str(value) for value in column.cells]


def _neutralise(text: str) -> str:
    """
    Put an apostrophe wherever a spreadsheet could start to read a formula.

    Examples
    --------
    >>> [_neutralise(text) for text in ("=1+1", "-12.5", "a;=b", "2-3 rounds")]
    ["'=1+1", '-12.5', "a;'=b", '2-3 rounds']
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'", text)
