"""Cells to clean text, and one reading for each different text."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Reading = TypeVar("Reading")
Objects = npt.NDArray[np.object_]

#: Longest piece of a cell that a reason quotes.
_QUOTED_LENGTH = 60

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

#: Texts that say that there is nothing to say.
_EMPTY = frozenset({"", "-", "--", "n/a", "na", "nan", "nat", "none", "null", "<na>", "?", "unknown", "not known"})


#: Texts in which nothing is to clean, and which are none of these: begun by a figure, or longer than all of them.
_CLEAN = rf"^(?:[0-9](?:[ -~]*[!-~])?|[!-~][ -~]{{{max(map(len, _EMPTY)) - 1},}}[!-~])\z"


def clean_texts(values: pd.Series, *, keep_words: bool = False) -> Objects:
    """Turn cells into stripped text; missing cells, and words for nothing unless they are kept, become NaN."""
    empty = frozenset({""}) if keep_words else _EMPTY
    cells = values.to_numpy(dtype=object, na_value=np.nan) if values.dtype != object else values.to_numpy()
    cleaned = cells.copy()
    rows = np.flatnonzero(~_are_clean(values))
    try:
        cleaned[rows] = map_once(lambda cell: _clean(cell, empty), cells[rows])
    except TypeError:
        # Lists and the like cannot be remembered.
        cleaned[rows] = [_clean(cell, empty) for cell in cells[rows]]
    return cleaned


def _are_clean(values: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell at once most of the texts in which nothing is to clean; the others are looked at one by one."""
    if not isinstance(values.dtype, pd.StringDtype):
        return np.zeros(len(values), dtype=bool)
    found = pc.match_substring_regex(pa.array(values, type=pa.large_string()), _CLEAN)
    return np.asarray(pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


class _Memory(dict[Any, Any]):
    """Results of a function by its argument, worked out when they are first asked for."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        """Remember the results of a function."""
        super().__init__()
        self.function = function

    def __missing__(self, key: Any) -> Any:
        """Work a result out."""
        self[key] = result = self.function(key)
        return result


def map_once(function: Callable[[Any], Reading], values: Iterable[Any]) -> list[Reading]:
    """Apply a function to many values, once to each different one."""
    return list(map(_Memory(function).__getitem__, values))


def _clean(cell: Any, empty: frozenset[str]) -> Any:
    """Turn one cell into stripped text or NaN."""
    if type(cell) is not str:
        cell = _write(cell)
        if cell is None:
            return np.nan
    text = cell.strip()
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    return np.nan if text.casefold() in empty else text


def _write(cell: Any) -> str | None:
    """Write a cell that is no text as a person would type it; None where it is missing."""
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return None
    if isinstance(cell, (float, np.floating)):
        if np.isnan(cell):
            return None
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    if isinstance(cell, np.datetime64) and np.datetime_data(cell)[0] in ("Y", "M", "D"):
        return None if np.isnat(cell) else str(cell)
    if isinstance(cell, (dt.datetime, np.datetime64)):
        # The clock on the wall: a time zone is left out, never applied.
        return None if pd.isna(cell) else pd.Timestamp(cell).tz_localize(None).isoformat(sep=" ")
    return str(cell)


def read_each(texts: Objects, reader: Callable[[str], Reading], *, missing: Reading) -> tuple[list[Reading], Any]:
    """Read every different text once: the readings, and for each cell the position of its reading (last: missing)."""
    codes, unique = pd.factorize(texts, use_na_sentinel=True)
    readings = [reader(text) for text in unique]
    return [*readings, missing], np.where(codes < 0, len(readings), codes)


def quote(value: object) -> str:
    """Quote a cell in a reason: one line, not too long, without the sign that parts reasons."""
    text = _CONTROL.sub(" ", str(value)).replace(";", ",").strip()
    return f"'{text[: _QUOTED_LENGTH - 1]}\u2026'" if len(text) > _QUOTED_LENGTH else f"'{text}'"


def no_notes(count: int) -> Objects:
    """Make room for one note a row, all empty."""
    return np.full(count, "", dtype=object)


def join_notes(parts: Iterable[Objects], count: int) -> Objects:
    """Join the notes of each row with "; "."""
    joined = no_notes(count)
    for part in parts:
        rows = np.flatnonzero(part != "")
        joined[rows] = [f"{old}; {new}" if old else new for old, new in zip(joined[rows], part[rows], strict=True)]
    return joined
