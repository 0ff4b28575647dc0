"""Spreadsheet for Excel and LibreOffice: one sheet a layer, HXL tags below the header."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap._files import stage_file
from uxomap.errors import OutputError
from uxomap.export._archive import repack
from uxomap.export._dictionary import describe_columns, hxl_tag
from uxomap.export._geojson import round_degrees
from uxomap.export._layers import about_file, check_layer_of, key_column
from uxomap.export._values import PlainColumn, plain_columns

#: Most characters of a cell, and most rows of a sheet, in the format.
_LONGEST, _ROWS = 32_767, 1_048_576

#: Largest whole number that a spreadsheet keeps; greater ones are text.
_WHOLE = 2**53

#: Rows above the data: header and tags.
_HEAD = 2

#: Column for the shape of an area.
_SHAPE = "geometry_wkt"

#: Said instead of a shape that no cell holds.
_NO_SHAPE = "too long for a cell: see the GeoPackage or the GeoJSON of this layer"

#: Said at the end of a text that goes on elsewhere.
_GOES_ON = " … (whole in the sheet long_texts)"

#: Characters that XML cannot hold; halves of characters are already gone.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: What a spreadsheet would take for the code of a character: ``_x003D_`` is read as ``=``.
_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

#: Signs with which a formula or an error value starts.
_STARTS = ("=", "+", "-", "@", "#", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # noqa: RUF001 - the full-width forms are meant

#: A carriage return alone is written as its code, because XML would turn it into a line break.
_RETURN = "_x000D_"

#: Where the time of writing stands.
_PROPERTIES = "docProps/core.xml"
_TIME = re.compile(rb">\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<")
_FIXED_TIME = b">2000-01-01T00:00:00Z<"


def write_xlsx(
    layers: Mapping[str, pd.DataFrame], path: Path, *, parameters: Mapping[str, object], sensitivity: str
) -> Path:
    """Write all layers into one workbook, with the sheets dictionary and about; text is never a formula."""
    from openpyxl import Workbook  # noqa: PLC0415 - takes a third of a second to load

    about = about_file(layers, sensitivity=sensitivity, parameters=parameters)
    with stage_file(path) as part:
        book = Workbook(write_only=True)
        long_texts: list[tuple[str, ...]] = []
        columns = {name: _add_layer(book, name, layer, long_texts) for name, layer in layers.items()}
        lines = [
            (name, column, hxl_tag(column), unit, meaning)
            for name, found in columns.items()
            for column, unit, meaning in describe_columns(name, found)
        ]
        _add_sheet(book, "dictionary", [("layer", "field", "hxl", "unit", "meaning"), *lines])
        _add_sheet(book, "about", [("fact", "value"), *about.items()])
        if long_texts:
            _add_sheet(book, "long_texts", [("layer", "id", "field", "part", "text"), *long_texts])
        # Saved in memory first: on a full disk openpyxl would leave its file open.
        buffer = BytesIO()
        book.save(buffer)
        with ZipFile(buffer) as packed:
            properties = _TIME.sub(_FIXED_TIME, packed.read(_PROPERTIES))
        repack(buffer, part, {_PROPERTIES: properties})
    return path


def _add_layer(book: Any, name: str, layer: pd.DataFrame, long_texts: list[tuple[str, ...]]) -> list[str]:
    """Add the sheet of one layer, note the texts that its cells cannot hold, and name its columns."""
    check_layer_of(layer, name)
    if len(layer) + _HEAD > _ROWS:
        message = (
            f"The {name} layer has {len(layer)} rows. A sheet holds at most {_ROWS - _HEAD}. "
            "Leave xlsx out, or write fewer rows."
        )
        raise OutputError(message)
    columns = _sheet_columns(name, layer)
    keys = [str(key) for key in columns[key_column(name)].cells]
    cells = [_cells(name, column, values, keys, long_texts) for column, values in columns.items()]
    tags = [hxl_tag(column) for column in columns]
    _add_sheet(book, name, [tuple(columns), tags, *zip(*cells, strict=True)], head=_HEAD)
    return list(columns)


def _sheet_columns(name: str, layer: pd.DataFrame) -> dict[str, PlainColumn]:
    """Columns of a layer, then the place of each row and the shape of areas where the layer does not state them."""
    columns = plain_columns(layer, name=name)
    if not isinstance(layer, gpd.GeoDataFrame):
        return columns
    places = layer.geometry.to_numpy()
    places = places.copy()
    places[shapely.is_empty(places)] = None
    points = shapely.point_on_surface(places)
    for axis, values in (("longitude", shapely.get_x(points)), ("latitude", shapely.get_y(points))):
        if axis not in columns:
            columns[axis] = PlainColumn("number", [None if value != value else value for value in values.tolist()])  # noqa: PLR0124 - NaN only
    if not np.isin(shapely.get_type_id(places), (-1, 0)).all() and _SHAPE not in columns:
        texts = shapely.to_wkt(round_degrees(places), rounding_precision=-1)
        shapes = [text if text is None or len(text) <= _LONGEST else _NO_SHAPE for text in texts.tolist()]
        columns[_SHAPE] = PlainColumn("text", shapes)
    return columns


def _cells(
    name: str, column: str, values: PlainColumn, keys: list[str], long_texts: list[tuple[str, ...]]
) -> list[Any]:
    """Values of one column as a workbook holds them."""
    if values.kind == "date":
        return [value and _read_day(value) for value in values.cells]
    if values.kind == "integer":
        return [value if value is None or abs(value) <= _WHOLE else str(value) for value in values.cells]
    if values.kind not in {"text", "time"}:
        return values.cells
    cells = list(values.cells)
    for row, value in enumerate(cells):
        if value is not None and len(_say_text(value)) > _LONGEST:
            step = _LONGEST // len(_RETURN)  # a character becomes seven at most
            pieces = [value[start : start + step] for start in range(0, len(value), step)]
            long_texts += [(name, keys[row], column, str(part), piece) for part, piece in enumerate(pieces, start=1)]
            cells[row] = value[: step - len(_GOES_ON)] + _GOES_ON
    return cells


def _read_day(text: str) -> dt.date | str:
    """Day as a date where a spreadsheet has one, from 1900 on, otherwise as text."""
    day = dt.date.fromisoformat(text)
    return day if day > dt.date(1900, 3, 1) else text


def _add_sheet(book: Any, title: str, rows: Iterable[Iterable[Any]], *, head: int = 1) -> None:
    """Add a sheet whose first rows are bold and stay in view."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - see write_xlsx
    from openpyxl.styles import Font  # noqa: PLC0415 - see write_xlsx

    sheet = book.create_sheet(title)
    sheet.freeze_panes = f"A{head + 1}"
    bold = Font(bold=True)

    def make_cell(value: str | float, *, strong: bool = False) -> Any:
        cell = WriteOnlyCell(sheet)
        if isinstance(value, str):
            cell._value, cell.data_type = _say_text(value), "s"  # noqa: SLF001 - the setter would guess a formula
            cell.quotePrefix = value[:1] in _STARTS  # stays text when somebody edits the cell
        else:
            cell._value, cell.data_type = repr(value), "n"  # noqa: SLF001 - the setter would drop the last digit
        if strong:
            cell.font = bold
        return cell

    def prepare(row: Iterable[Any], *, strong: bool) -> Iterator[Any]:
        for value in row:
            odd = (isinstance(value, str) and (strong or _is_odd(value))) or (
                isinstance(value, float) and float(f"{value:.16g}") != value
            )
            yield make_cell(value, strong=strong) if odd else value

    for number, row in enumerate(rows):
        sheet.append(prepare(row, strong=number < head))
    sheet.close()


def _is_odd(text: str) -> bool:
    """Tell texts that cannot be handed over as they are: a formula, an error value, codes, forbidden characters."""
    return not text.isprintable() or text[:1] in _STARTS or "_x" in text or "\ufffe" in text or "\uffff" in text


def _say_text(text: str) -> str:
    r"""
    Write a text so that a spreadsheet shows it as it is.

    Examples
    --------
    >>> _say_text("a\0 _x003D_1\r\n"), _say_text("=1+1")
    ('a� _x005F_x003D_1\n', '=1+1')
    """
    lines = text.replace("\r\n", "\n")  # one line break for those who do not read codes
    return _FORBIDDEN.sub("\ufffd", _CODE.sub("_x005F_", lines)).replace("\r", _RETURN)
