"""Columns of a frame as plain Python values: what every file format starts from."""

import datetime as dt
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from uxomap._validation import name_rows
from uxomap.errors import SchemaError
from uxomap.schema import layer_schemas

#: Kind of column for what pandas makes of an object column.
_INFERRED: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "boolean",
        "integer": "integer",
        "floating": "number",
        "mixed-integer-float": "number",
        "date": "time",
        "datetime": "time",
        "datetime64": "time",
    }
)

_LARGEST_INTEGER = 2**63 - 1

#: Up to here every whole number is a decimal number too.
_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class PlainColumn:
    """
    One column, ready for any format.

    ``kind`` is text, integer, number, boolean, date or time. ``cells`` holds str, int, float, bool, or None where
    missing; dates and times are ISO 8601 text.
    """

    kind: str
    cells: list[Any]


def plain_columns(frame: pd.DataFrame, *, name: str | None = None) -> dict[str, PlainColumn]:
    """
    Turn every column but the geometry of a spatial layer into plain values.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Any frame.
    name : str, optional
        Name of its layer, whose contract then settles the kind of each column.

    Returns
    -------
    dict of str to PlainColumn
        In the order of the frame.

    Raises
    ------
    SchemaError
        Two columns have one name, a number is infinite, or an integer is not whole.
    """
    names = [clean_text(str(column)) for column in frame.columns]
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        message = f"Column name {repeated[0]!r} stands twice. Each name must stand once. Rename one of the columns."
        raise SchemaError(message)
    schema = layer_schemas().get(name or "")
    geometry = _geometry_place(frame) if schema is None or schema.geometry else None
    contract = {} if schema is None else {column.name: column.kind for column in schema.columns.values()}
    return {
        column: _plain_column(frame.iloc[:, place], contract.get(column), column)
        for place, column in enumerate(names)
        if place != geometry
    }


def clean_text(text: str) -> str:
    r"""
    Compose accents (Unicode NFC) and replace halves of characters, which no file may hold.

    Examples
    --------
    >>> clean_text("e\u0301"), clean_text("a\ud800")
    ('é', 'a�')
    """
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", text)


def _geometry_place(frame: pd.DataFrame) -> int | None:
    """Place of the active geometry among the columns, if there is one."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return None
    return int(frame.columns.get_loc(frame.active_geometry_name))


def _plain_column(column: pd.Series, kind: str | None, name: str) -> PlainColumn:
    """Turn one column into plain values of the kind that its contract, or else its content, says."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    kind = kind or _guess_kind(column)
    if kind in {"date", "time"}:
        return _plain_times(column, kind)
    if kind in {"integer", "number"}:
        return _plain_numbers(column, kind, name)
    if kind == "boolean":
        return PlainColumn(kind, _fill_missing(column, bool))
    said: dict[str, str] = {}  # most texts repeat

    def say(value: object) -> str:
        text = value if isinstance(value, str) else _say(value)
        return said[text] if text in said else said.setdefault(text, clean_text(text))

    return PlainColumn("text", _fill_missing(column, say))


def _guess_kind(column: pd.Series) -> str:
    """Kind of a column that no contract names."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "integer"
    if pd.api.types.is_float_dtype(column.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time"
    if column.dtype == object:
        kind = _INFERRED.get(pd.api.types.infer_dtype(column, skipna=True), "text")
        return "text" if kind == "number" and _has_long_integer(column) else kind
    return "text"


def _has_long_integer(column: pd.Series) -> bool:
    """Tell whether whole numbers among others have more digits than a decimal number keeps."""
    return any(isinstance(value, (int, np.integer)) and abs(int(value)) > _WHOLE for value in column.tolist())


def _fill_missing(column: pd.Series, convert: Callable[[Any], Any]) -> list[Any]:
    """Convert each value, and write None where there is none."""
    missing = column.isna().to_numpy()
    return [None if gone else convert(value) for value, gone in zip(column.tolist(), missing, strict=True)]


def _plain_numbers(column: pd.Series, kind: str, name: str) -> PlainColumn:
    """Turn numbers into int or float; refuse what no file can hold."""
    if kind == "integer" and (column.dtype == object or pd.api.types.is_integer_dtype(column.dtype)):
        whole = _fill_missing(column, int)
        if any(value is not None and abs(value) > _LARGEST_INTEGER for value in whole):
            return PlainColumn("text", [None if value is None else str(value) for value in whole])
        return PlainColumn(kind, whole)
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(numbers)
    if infinite.any():
        message = (
            f"Column {name!r} holds an infinite number in {name_rows(column.index[infinite])}. Must be a finite "
            "number, or missing where it is not known. Replace it, e.g. with float('nan')."
        )
        raise SchemaError(message)
    broken = np.zeros(len(numbers), dtype=bool) if kind == "number" else numbers != np.rint(numbers)
    broken &= ~np.isnan(numbers)
    if broken.any():
        message = (
            f"Column {name!r} holds a broken number in {name_rows(column.index[broken])}. Must be whole numbers. "
            "Round them, or keep them under another name."
        )
        raise SchemaError(message)
    convert = int if kind == "integer" else float
    return PlainColumn(kind, [None if value != value else convert(value) for value in numbers.tolist()])  # noqa: PLR0124 - NaN only


def _plain_times(column: pd.Series, kind: str) -> PlainColumn:
    """Write dates as YYYY-MM-DD, and times of day with them where there are any."""
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        try:
            column = pd.to_datetime(column)
        except (ValueError, TypeError):  # several time zones, or years that no time stamp holds
            return PlainColumn("text", _fill_missing(column, _say))
    zone = ""
    if column.dt.tz is not None:
        # A date is the day where it happened; a time of day is comparable only in UTC.
        zone = "" if kind == "date" else "Z"
        column = (column if kind == "date" else column.dt.tz_convert("UTC")).dt.tz_localize(None)
    moments = column.to_numpy(dtype="datetime64[us]")
    days = moments.astype("datetime64[D]")
    if kind == "date" or not (zone or (~np.isnat(moments) & (moments != days)).any()):
        return PlainColumn("date", [None if text == "NaT" else text for text in np.datetime_as_string(days).tolist()])
    seconds = moments.astype("datetime64[s]")
    whole = bool((np.isnat(moments) | (moments == seconds)).all())
    texts = np.datetime_as_string(seconds if whole else moments).tolist()
    return PlainColumn("time", [None if text == "NaT" else text + zone for text in texts])


def _say(value: object) -> str:
    """Write anything that is no text as text."""
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
