"""Dates as people write them, to the first and the last day on which an event can have happened."""

import calendar
import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, partial
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.coordinates import plain_digits
from uxomap.reports._texts import Objects, clean_texts, join_notes, no_notes, quote, read_each

Days = npt.NDArray[np.datetime64]

#: Roles of columns that hold days.
DATE_ROLES: tuple[str, ...] = ("date", "date_start", "date_end")

#: Years a report can speak of.
_FIRST_YEAR, _LAST_YEAR = 1900, 2099

#: Two-digit years from this one on belong to the last century.
_PIVOT = 50

#: Day numbers of a spreadsheet (counted from 30 December 1899) that are read as dates: 1954 to 2064.
_SERIAL_RANGE = (20_000, 60_000)
_SERIAL_ORIGIN = dt.date(1899, 12, 30)

_MONTHS_A_YEAR = 12

#: Longest text that is taken for a date, in characters.
_LONGEST = 100

_CLOCK = re.compile(r"[T ,]+(?:at )?\d{1,2}:\d{2}.*$|(?<=\d)Z$", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_MONTH_YEAR = re.compile(r"(\d{1,2})[-./](\d{4})", re.ASCII)
_YEARS = re.compile(r"(\d{4}) ?[-/] ?(\d{4})", re.ASCII)
_RANGE = re.compile(r"(.*\d{4}.*?)\s*(?:/| - |\bto\b|\buntil\b)\s*(.*\d{4}.*)", re.IGNORECASE)
_NAMED = re.compile(r"\d+|[^\W\d_]+")
_DASH = re.compile(r" ?[\u2013\u2014] ?")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er)\b", re.IGNORECASE)


class _Span(NamedTuple):
    """First and last day; what was assumed in reading them."""

    start: dt.date | None
    end: dt.date | None
    note: str


def read_dates(columns: Mapping[str, pd.Series], count: int, *, order: str | None = None) -> tuple[Days, Days, Objects]:
    """
    Read the columns in the roles date, date_start and date_end; *order* is ``day-first``, ``month-first`` or open.

    Gives the first and the last day of each row (NaT where not known) and what was assumed.
    """
    parts = {role: _read_column(values, order) for role, values in columns.items()}
    nothing = (np.full(count, np.datetime64("NaT", "D")), np.full(count, np.datetime64("NaT", "D")), no_notes(count))
    whole = parts.get("date", nothing)
    first, last = parts.get("date_start", nothing), parts.get("date_end", nothing)
    start = _fill(first[0], last[0], whole[0])
    end = _fill(last[1], first[1], whole[1])
    used_whole = np.isnat(first[0]) & np.isnat(last[0])
    notes = [np.where(used_whole, whole[2], ""), first[2], last[2]]
    reversed_order = start > end
    notes.append(np.where(reversed_order, "the last day is before the first: both are covered", ""))
    start, end = np.where(reversed_order, end, start), np.where(reversed_order, start, end)
    noted = join_notes((note.astype(object) for note in notes), count)
    silent = np.isnat(start) & (noted == "")
    noted[silent] = "date not stated"
    return start, end, noted


def _fill(*choices: Days) -> Days:
    """Take of each row the first day that is known."""
    filled = choices[0]
    for other in choices[1:]:
        filled = np.where(np.isnat(filled), other, filled)
    return filled


def _read_column(values: pd.Series, order: str | None) -> tuple[Days, Days, Objects]:
    """Read one column of dates."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
        return days, days, no_notes(len(values))
    texts = clean_texts(values)
    texts[:] = [_cut_clock(text) for text in texts]
    spans, codes = read_each(texts, partial(_read, order=order or _find_order(texts)), missing=_Span(None, None, ""))
    starts = np.array([span.start for span in spans], dtype="datetime64[D]")
    ends = np.array([span.end for span in spans], dtype="datetime64[D]")
    notes = np.array([span.note for span in spans], dtype=object)
    return starts[codes], ends[codes], notes[codes]


def _cut_clock(text: object) -> object:
    """Leave out the time of an ISO day, so that days and not moments are read one by one."""
    return (
        text[:10] if isinstance(text, str) and text[13:14] == ":" and text[4:5] == "-" and text[10:11] in "T " else text
    )


def _find_order(texts: Objects) -> str:
    """Find out from the days above 12 whether a column writes the day or the month first; empty where it does both."""
    found = set()
    for text in pd.unique(texts):
        numbers = _NUMERIC.fullmatch(text) if isinstance(text, str) else None
        if numbers and numbers[2] != ".":
            if int(numbers[1]) > _MONTHS_A_YEAR:
                found.add("day-first")
            elif int(numbers[3]) > _MONTHS_A_YEAR:
                found.add("month-first")
    return found.pop() if len(found) == 1 else ""


def _read(text: str, *, order: str) -> _Span:
    """Read one text; an unreadable one gives no days and says so."""
    if len(text) > _LONGEST:
        return _Span(None, None, f"date {quote(text)} is too long to be read: unknown")
    plain = plain_digits(_CLOCK.sub("", _DASH.sub(" - ", text))).strip()
    span = _read_one(plain, text, order)
    if span is None:
        ends = _RANGE.fullmatch(plain)
        halves = [_read_one(_CLOCK.sub("", half), text, order) for half in ends.groups()] if ends else []
        span = _cover([half for half in halves if half], text) if len(halves) == 2 and all(halves) else None  # noqa: PLR2004 - two ends
    return span or _Span(None, None, f"date {quote(text)} cannot be read: unknown")


def _cover(spans: list[_Span], text: str) -> _Span:
    """Cover all of several spans; say so where they are in the wrong order."""
    starts, ends = [span.start for span in spans if span.start], [span.end for span in spans if span.end]
    note = "; ".join(dict.fromkeys(span.note for span in spans if span.note))
    if starts != sorted(starts):
        note = f"date {quote(text)} ends before it starts: both are covered"
    return _Span(min(starts), max(ends), note)


def _read_one(plain: str, text: str, order: str) -> _Span | None:
    """Read a day, a month or a year in any of the known forms."""
    if found := (_ISO.fullmatch(plain) or _COMPACT.fullmatch(plain)):
        year, month, day = (*(int(part) if part else None for part in found.groups()), None, None)[:3]
        return _span(year, month, day)
    if found := _YEARS.fullmatch(plain):
        years = [_span(int(year)) for year in found.groups()]
        return _cover([year for year in years if year], text) if all(years) else None
    if found := _MONTH_YEAR.fullmatch(plain):
        return _span(int(found[2]), int(found[1]))
    if found := _NUMERIC.fullmatch(plain):
        return _read_numeric(found, text, order)
    if found := _SERIAL.fullmatch(plain):
        return _read_serial(int(found[1]), text)
    return _read_named(plain, text)


def _span(year: int | None, month: int | None = None, day: int | None = None, note: str = "") -> _Span | None:
    """Make a span of a year, a month or a day; None where the calendar has no such day."""
    if year is None or not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    if month is None:
        return _Span(dt.date(year, 1, 1), dt.date(year, 12, 31), note)
    if not 1 <= month <= _MONTHS_A_YEAR:
        return None
    length = calendar.monthrange(year, month)[1]
    if day is None:
        return _Span(dt.date(year, month, 1), dt.date(year, month, length), note)
    if not 1 <= day <= length:
        return None
    return _Span(dt.date(year, month, day), dt.date(year, month, day), note)


def _read_numeric(found: re.Match[str], text: str, order: str) -> _Span | None:
    """Read 28/02/2022 and its kin; where the order is open, cover both readings."""
    first, mark, second = int(found[1]), found[2], int(found[3])
    year, note = _full_year(found[4], text)
    day_first, month_first = _span(year, second, first, note), _span(year, first, second, note)
    # Nobody who parts days with points writes the month first.
    if mark == "." or order == "day-first" or month_first is None or first == second:
        return day_first
    if order == "month-first" or day_first is None:
        return month_first
    both = sorted([day_first, month_first])
    said = f"date {quote(text)} is {both[0].start} or {both[1].start}: both are covered"
    return _Span(both[0].start, both[1].end, "; ".join(part for part in (note, said) if part))


def _full_year(digits: str, text: str) -> tuple[int, str]:
    """Complete a year of two digits, and say so."""
    if len(digits) > 2:  # noqa: PLR2004 - two digits
        return int(digits), ""
    year = int(digits) + (1900 if int(digits) >= _PIVOT else 2000)
    return year, f"year of {quote(text)} read as {year}"


def _read_serial(number: int, text: str) -> _Span | None:
    """Read the day number of a spreadsheet."""
    if not _SERIAL_RANGE[0] <= number <= _SERIAL_RANGE[1]:
        return None
    day = _SERIAL_ORIGIN + dt.timedelta(days=number)
    return _Span(day, day, f"date {quote(text)} read as a spreadsheet's day number: {day}")


@cache
def _month_words() -> Mapping[str, str]:
    """Read the names of months, and the words that may stand beside them."""
    text = resources.files("uxomap.reports").joinpath("dates.csv").read_text(encoding="utf-8")
    return MappingProxyType({_plain_word(line["word"]): line["month"] for line in csv.DictReader(text.splitlines())})


def _plain_word(word: str) -> str:
    """Write a word without accents and capitals."""
    split = unicodedata.normalize("NFKD", word.casefold())
    return "".join(mark for mark in split if not unicodedata.combining(mark))


def _read_named(plain: str, text: str) -> _Span | None:
    """Read 24 February 2022, Feb 24 2022, 6-7 March 2022, March 2022 and early March 2022."""
    tokens = _NAMED.findall(_plain_word(_ORDINAL.sub("", plain)))
    words = _month_words()
    meanings = [words.get(token, "") for token in tokens if not token.isdigit()]
    months = [meaning for meaning in meanings if meaning.isdigit()]
    years = [token for token in tokens if token.isdigit() and len(token) == 4]  # noqa: PLR2004 - four digits make a year
    days = [int(token) for token in tokens if token.isdigit() and len(token) < 3]  # noqa: PLR2004 - at most two make a day
    short_year = not years and len(days) == 2 and len(tokens) == 3 and tokens[2].isdigit()  # noqa: PLR2004 - 01-Mar-22
    note = ""
    if short_year:
        year, note = _full_year(tokens[2].zfill(2), text)
        years, days = [str(year)], days[:1]
    if len(months) != 1 or len(years) != 1 or not all(meanings):
        return None
    if not days:
        said = f"date {quote(text)} read as the whole month" if "part" in meanings else note
        return _span(int(years[0]), int(months[0]), note=said)
    if len(days) > 2 or "part" in meanings:  # noqa: PLR2004 - first and last day
        return None
    ends = [_span(int(years[0]), int(months[0]), day, note) for day in (days[0], days[-1])]
    return _cover([end for end in ends if end], text) if all(ends) else None
