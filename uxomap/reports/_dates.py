"""Columns of dates, to the first and the last day on which each event can have happened."""

import re
from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.coordinates import plain_digits
from uxomap.reports._days import FIRST_YEAR, LAST_YEAR, ORDERS, Span, may_begin_with_year, read_day
from uxomap.reports._texts import Objects, clean_texts, join_notes, map_once, no_notes, read_each

Days = npt.NDArray[np.datetime64]

#: Roles of columns that hold days.
DATE_ROLES: tuple[str, ...] = ("date", "date_start", "date_end")

_NOTHING = Span(None, None, "")

#: A time behind a day in digits; a second day is no time.
_TIME = re.compile(
    r"[T ]+\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|[+-](?:0\d|1[0-4]):?[0-5]\d))?", re.ASCII
)
_DIGIT_DAY = len("2022-03-01")
_TRIPLE = re.compile(r"(?<!\d)(\d{1,2})([-/])(\d{1,2})\2(\d{4}|\d{2})(?!\d)", re.ASCII)
_MONTHS_A_YEAR, _LONGEST_MONTH = 12, 31


def read_dates(columns: Mapping[str, pd.Series], count: int, *, order: str | None = None) -> tuple[Days, Days, Objects]:
    """
    Read the columns in the roles date, date_start and date_end.

    *order* is ``day-first``, ``month-first``, ``excel-1904`` (day numbers counted from 1904) or open. Gives the first
    and the last day of each row (both NaT where not known) and what was assumed.
    """
    parts = {role: _read_column(values, order or "") for role, values in columns.items()}
    nothing = (np.full(count, np.datetime64("NaT", "D")), np.full(count, np.datetime64("NaT", "D")), no_notes(count))
    whole = parts.get("date", nothing)
    first, last = parts.get("date_start", nothing), parts.get("date_end", nothing)
    # Beside a last day alone, the date is the first.
    start, end = _fill(first[0], whole[0], last[0]), _fill(last[1], first[1], whole[1])
    backwards = start > end
    earliest, latest = _fill(last[0], whole[0], first[0]), _fill(first[1], whole[1], last[1])
    start, end = np.where(backwards, earliest, start), np.where(backwards, latest, end)
    told, alone, turned = whole[2].copy(), no_notes(count), no_notes(count)
    told[~np.isnat(first[0])] = ""
    alone[np.isnat(first[0]) & np.isnat(whole[0]) & ~np.isnat(last[0])] = "first day not stated: the last is taken"
    turned[backwards] = "the last day is before the first: both are covered"
    noted = join_notes([told, first[2], last[2], alone, turned], count)
    silent = np.isnat(start) & (noted == "")
    noted[silent] = "date not stated"
    return start, end, noted


def _fill(*choices: Days) -> Days:
    """Take of each row the first day that is known."""
    filled = choices[0]
    for other in choices[1:]:
        filled = np.where(np.isnat(filled), other, filled)
    return filled


def _read_column(values: pd.Series, order: str) -> tuple[Days, Days, Objects]:
    """Read one column of dates."""
    if isinstance(values.dtype, np.dtype | pd.DatetimeTZDtype) and values.dtype.kind == "M":
        days = values.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
        known = days[~np.isnat(days)]
        if not len(known) or (
            known.min() > np.datetime64(f"{FIRST_YEAR}-01-01") and known.max().item().year <= LAST_YEAR
        ):
            return days, days, no_notes(len(values))
    texts = clean_texts(_cut_clocks(values))
    reader = partial(read_day, order=order or _find_order(texts))
    spans, codes = read_each(texts, reader, missing=_NOTHING)
    starts = np.array([span.start for span in spans], dtype="datetime64[D]")
    ends = np.array([span.end for span in spans], dtype="datetime64[D]")
    notes = np.array([span.note for span in spans], dtype=object)
    return starts[codes], ends[codes], notes[codes]


def _cut_clocks(values: pd.Series) -> pd.Series:
    """Leave out the times behind days in digits, so that days and not moments are read one by one."""
    cells = values.to_numpy(dtype=object, na_value=np.nan) if values.dtype != object else values.to_numpy(copy=True)
    tails = [cell[_DIGIT_DAY:] if isinstance(cell, str) else "" for cell in cells]
    timed = map_once(lambda tail: _TIME.fullmatch(tail) is not None, tails)
    cells[:] = [cell[:_DIGIT_DAY] if is_timed else cell for cell, is_timed in zip(cells, timed, strict=True)]
    return pd.Series(cells, dtype=object)


def _find_order(texts: Objects) -> str:
    """Find out from dates that only one order allows how a column writes them; empty where it does both or neither."""
    found = set()
    for text in pd.unique(texts):
        for first, mark, second, year in _TRIPLE.findall(plain_digits(text)) if isinstance(text, str) else ():
            day_first, month_first = int(second) <= _MONTHS_A_YEAR, int(first) <= _MONTHS_A_YEAR
            allowed = (
                day_first and 1 <= int(first) <= _LONGEST_MONTH,
                month_first and 1 <= int(second) <= _LONGEST_MONTH,
                day_first and may_begin_with_year(first, mark, second, year) and not 1 <= int(first) <= _LONGEST_MONTH,
            )
            if sum(allowed) == 1:
                found.add(ORDERS[allowed.index(True)])
    return found.pop() if len(found) == 1 else ""
