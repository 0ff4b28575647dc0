"""The days of parts of a year: of a month, a season, a quarter, a week, a night, and what "around" adds."""

import calendar
import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

#: Days of a month, and months of a year, that early, mid and late allow: wide, so that they overlap.
PARTS = {"early": ((1, 15), (1, 6)), "mid": ((6, 25), (4, 9)), "late": ((16, 31), (7, 12))}

#: Days of a month that its first to fourth and its last week allow.
_WEEKS = {1: (1, 10), 2: (6, 16), 3: (12, 24), 4: (19, 31), 5: (20, 31)}

#: First and last day of the seasons: from the first of a month to the turn of the Sun. Winter ends in the next year.
_SEASONS = (((3, 1), (6, 21)), ((6, 1), (9, 23)), ((9, 1), (12, 21)), ((12, 1), (3, 20)))
_WINTER = 3

#: What "around" adds on both sides, by the length of what it stands before, in days.
_AROUND = ((14, 7), (92, 31), (10**9, 365))


_MONTHS_A_YEAR, _QUARTERS = 12, 4


class Days(NamedTuple):
    """First and last day."""

    start: dt.date
    end: dt.date


def month_days(year: int, month: int, first: int = 1, last: int = 31) -> Days:
    """Find the days of a month, or those from one to another as far as the month has them."""
    length = calendar.monthrange(year, month)[1]
    return Days(dt.date(year, month, first), dt.date(year, month, min(last, length)))


def year_days(year: int, first: int = 1, last: int = _MONTHS_A_YEAR) -> Days:
    """Find the days of a year, or those of some of its months."""
    return Days(dt.date(year, first, 1), month_days(year, last).end)


def part_of_month(kind: str, number: int, year: int, month: int) -> Days | None:
    """Find the days of a part of a month; None where there is no such part."""
    if kind in PARTS:
        return month_days(year, month, *PARTS[kind][0])
    if kind == "half" and number in (1, 2):
        return month_days(year, month, *((1, 15), (16, 31))[number - 1])
    if kind == "week" and number in _WEEKS:
        return month_days(year, month, *_WEEKS[number])
    return None


def part_of_year(kind: str, number: int, year: int) -> Days | None:
    """Find the days of a part of a year, or of the years that begin with it; None where there is no such part."""
    found = None
    if kind in PARTS:
        found = year_days(year, *PARTS[kind][1])
    elif kind == "half" and number in (1, 2):
        found = year_days(year, 6 * number - 5, 6 * number)
    elif kind in ("quarter", "quarter of") and 1 <= number <= _QUARTERS:
        found = year_days(year, 3 * number - 2, 3 * number)
    elif kind in ("two years", "decade"):
        found = Days(dt.date(year, 1, 1), dt.date(year + (1 if kind == "two years" else 9), 12, 31))
    elif kind == "iso week" and 1 <= number <= dt.date(year, 12, 28).isocalendar().week:
        found = Days(dt.date.fromisocalendar(year, number, 1), dt.date.fromisocalendar(year, number, 7))
    return found


def season_days(seasons: Sequence[int], years: Sequence[int]) -> Days | None:
    """Find the days of seasons (0 is spring) of a year, or of the winter between two; None where there is none."""
    if len(years) == 2 and (list(seasons) != [_WINTER] or years[1] != years[0] + 1):  # noqa: PLR2004 - two years
        return None
    spans = []
    for season in seasons:
        first, last = _SEASONS[season]
        # The winter of one year is the one in which it begins or the one in which it ends.
        wide = season == _WINTER and len(years) == 1
        spans.append(Days(dt.date(years[0] - wide, *first), dt.date(years[-1] + wide, *last)))
    return Days(min(span.start for span in spans), max(span.end for span in spans))


def add_night(days: Days, kind: str) -> Days:
    """Cover both days of a night, where only one is told."""
    if days.start != days.end:
        return days
    day = dt.timedelta(days=1)
    return Days(days.start - day, days.end) if kind == "night before" else Days(days.start, days.end + day)


def widen(days: Days) -> Days:
    """Cover what "around" a date allows."""
    length = (days.end - days.start).days + 1
    extra = dt.timedelta(days=next(more for longest, more in _AROUND if length <= longest))
    return Days(days.start - extra, days.end + extra)
