"""One text of a date to the first and the last day that it allows, and what was assumed in reading it."""

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from uxomap.reports._calendar import (
    PARTS,
    Days,
    add_night,
    month_days,
    part_of_month,
    part_of_year,
    season_days,
    widen,
    year_days,
)
from uxomap.reports._date_words import Token, cut, month_of, plain_text
from uxomap.reports._texts import quote

#: Orders of the parts of 03/04/22; the last is possible only with dashes and a year of two digits.
ORDERS = ("day-first", "month-first", "year-first")

#: Years a report can speak of; those of other calendars that would mean the same years.
FIRST_YEAR, LAST_YEAR = 1900, 2099
_HIJRI_YEARS, _BUDDHIST_YEARS = (1279, 1525), (2443, 2642)

#: Two-digit years from this one on belong to the last century.
_PIVOT = 50
#: Day numbers of a spreadsheet that are read as dates, and the day numbered 0: 1954 to 2064, or four years later.
_SERIALS = (20_000, 60_000)
_ORIGINS = {"": dt.date(1899, 12, 30), "excel-1904": dt.date(1904, 1, 1)}

#: Days that programs write into empty cells.
_PLACEHOLDERS = (dt.date(1899, 12, 30), dt.date(1899, 12, 31), dt.date(1900, 1, 1))

#: Longest text that is taken for a date, in characters.
_LONGEST = 100

_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?", re.ASCII)
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?", re.ASCII)
_YEAR_NUMBER = re.compile(r"(?<!\d)(\d{4})(?:\d{4})?(?!\d)", re.ASCII)

_MONTHS_A_YEAR = 12
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

#: What is to be said of a reading, if anything.
_ASSUMED, _REVERSED = "assumed", "reversed"

#: What the numbers of a token are, in their order.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "iso": ("year", "month", "day", "numeric"),
    "compact": ("year", "month", "day", "numeric"),
    "pair": ("day", "month", "numeric"),
    "month year": ("month", "year", "numeric"),
    "year": ("year",),
    "month": ("month",),
}
_NARROWING = ("quarter", "half", "week", *PARTS)

_CONNECTORS = ("to", "and", "or")
_PARTING = (*_CONNECTORS, "dash", "slash")
_OPEN = ("before", "after", "until", "since", "from")
_DAY, _MONTH, _YEAR = 3, 2, 1


class Span(NamedTuple):
    """First and last day; what was assumed in reading them."""

    start: dt.date | None
    end: dt.date | None
    note: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One end of a range: what is said of the year, the month and the day, and what narrows them."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    numeric: bool = False
    narrow: tuple[str, int] | None = None
    borrowed: bool = False

    @property
    def fineness(self) -> int:
        """How fine the end is told."""
        return _DAY if self.day else _MONTH if self.month else _YEAR


def read_day(text: str, *, order: str = "") -> Span:
    """Read one text; *order* is one of ORDERS, ``excel-1904`` or open. An unreadable one gives no days and says so."""
    if len(text) > _LONGEST:
        return _unknown(text, "is too long to be read")
    plain = plain_text(text)
    if serial := _SERIAL.fullmatch(plain):
        return _read_serial(int(serial[1]), text, order)
    if _SECONDS.fullmatch(plain):
        return _unknown(text, "looks like seconds since 1970, whose day depends on the time zone")
    tokens = cut(plain)
    if tokens and all(token.kind == "nothing" for token in tokens):
        return Span(None, None, "")
    if refusal := _refuse(plain, tokens or []):
        return _unknown(text, refusal)
    return _read_tokens(tokens, text, order) if tokens else _unknown(text, "cannot be read")


def _unknown(text: str, reason: str) -> Span:
    """Say why a date is not known."""
    return Span(None, None, f"date {quote(text)} {reason}: unknown")


def _read_serial(number: int, text: str, order: str) -> Span:
    """Read the day number of a spreadsheet."""
    if not _SERIALS[0] <= number <= _SERIALS[1]:
        return _unknown(text, "cannot be read")
    day = _ORIGINS.get(order, _ORIGINS[""]) + dt.timedelta(days=number)
    return Span(day, day, f"date {quote(text)} read as a spreadsheet's day number: {day}")


def _refuse(plain: str, tokens: Sequence[Token]) -> str:
    """Find out why a text cannot be a date of this calendar; empty where it can."""
    kinds = {token.kind for token in tokens}
    years = [int(year) for year in _YEAR_NUMBER.findall(plain)]
    if "hijri" in kinds or any(_HIJRI_YEARS[0] <= year <= _HIJRI_YEARS[1] for year in years):
        return "is of the Islamic (Hijri) calendar, or its year is wrong"
    if "buddhist" in kinds or any(_BUDDHIST_YEARS[0] <= year <= _BUDDHIST_YEARS[1] for year in years):
        return "is of the Buddhist calendar, or its year is wrong"
    if any(not FIRST_YEAR <= year <= LAST_YEAR for year in years):
        return f"has a year that is not from {FIRST_YEAR} to {LAST_YEAR}"
    return ""


def _read_tokens(tokens: list[Token], text: str, order: str) -> Span:
    """Read the tokens of a text under each order that it allows."""
    about = any(token.kind == "about" for token in tokens)
    weekdays = {token.number for token in tokens if token.kind == "weekday"}
    rest = [token for token in tokens if token.kind not in ("about", "weekday")]
    found = {style: _resolve(rest, style) for style in _orders_of(rest)}
    readings = {style: reading for style, reading in found.items() if reading is not None}
    if not readings:
        return _unknown(text, _why_not(rest))
    styles = _settle(rest, list(readings), order)
    # A range that runs backwards under one order only is of the other.
    styles = [style for style in styles if readings[style][1] != _REVERSED] or styles
    spans = sorted({readings[style][0] for style in styles})
    allowed = [widen(span) if about else span for span in spans]
    days = Days(min(span.start for span in allowed), max(span.end for span in allowed))
    if days.start in _PLACEHOLDERS and days.start == days.end:
        return _unknown(text, "is what programs write into an empty cell")
    notes = []
    if len(spans) > 1:
        notes.append(f"date {quote(text)} is {' or '.join(map(_say, spans))}: both are covered")
    elif order in ORDERS and order not in styles and any(token.kind == "triple" for token in rest):
        notes.append(f"date {quote(text)} cannot be {order}: read as {_say(days)}")
    elif readings[styles[0]][1] == _REVERSED:
        notes.append(f"date {quote(text)} ends before it starts: both are covered")
    elif about or readings[styles[0]][1]:
        season = (
            ", the season of the northern half of the Earth" if any(token.kind == "season" for token in rest) else ""
        )
        notes.append(f"date {quote(text)} read as {_say(days)}{season}")
    if len(weekdays) == 1 and days.start == days.end and days.start.weekday() not in weekdays:
        notes.append(f"date {quote(text)} was a {_WEEKDAYS[days.start.weekday()]}, which is not the day it names")
    return Span(days.start, days.end, "; ".join(notes))


def _say(days: Days) -> str:
    """Write a day, or the first and the last."""
    return f"{days.start}" if days.start == days.end else f"{days.start} to {days.end}"


def _why_not(tokens: Sequence[Token]) -> str:
    """Say what a text that was understood word by word lacks."""
    kinds = {token.kind for token in tokens}
    dated = kinds & {"iso", "triple", "named", "compact", "year", "month year", "year month", "quarter of", "decade"}
    cut_off = tokens[0].kind in ("to", "dash") or tokens[-1].kind in ("to", "dash") if tokens else False
    if dated and (kinds & set(_OPEN) or cut_off):
        return "leaves its first or its last day open"
    if "month" in kinds and not dated:
        return "names no year"
    return "cannot be read"


def _orders_of(tokens: Sequence[Token]) -> tuple[str, ...]:
    """List the orders in which the digits of a text can be read."""
    triples = [token for token in tokens if token.kind == "triple"]
    # 5-7/03/2022 is a range of days.
    if not triples or any(token.kind == "number" for token in tokens):
        return ORDERS[:1]
    return ORDERS if all(may_begin_with_year(*token.parts) for token in triples) else ORDERS[:2]


def may_begin_with_year(first: str, mark: str, _: str, year: str) -> bool:
    """Tell whether a date such as 68-02-24 can begin with its year."""
    return mark == "-" and len(first) == len(year) == 2  # noqa: PLR2004 - two digits


def _settle(tokens: Sequence[Token], possible: list[str], order: str) -> list[str]:
    """Choose among the orders that give a date: what is stated, else that of dates with points, else all."""
    if order in possible:
        return [order]
    # The year comes first only where nothing else is possible, or where the rest of the column says so.
    possible = [style for style in possible if style != "year-first"] or possible
    # Nobody who parts days with points writes the month first.
    pointed = [token.parts[1] == "." for token in tokens if token.kind == "triple"]
    return ["day-first"] if all(pointed) and "day-first" in possible else possible


def _resolve(tokens: list[Token], order: str) -> tuple[Days, str] | None:
    """Read tokens under one order: the days, and whether something was assumed; None where they are no date."""
    if any(token.kind == "season" for token in tokens):
        return _resolve_seasons(tokens)
    nights = [token.kind for token in tokens if token.kind.startswith("night")]
    rest = _prepare([token for token in tokens if not token.kind.startswith("night")])
    opened = [token.kind for token in rest if token.kind in _OPEN]
    if not rest or rest[0].kind in _PARTING or rest[-1].kind in _PARTING:
        return None
    # A dash or a comma parts either two dates or the parts of one.
    for parting in (("dash", "slash"), ("slash",), ("dash", "slash", "comma")):
        sides = _split(rest, parting)
        if opened and (set(opened) != {"from"} or len(sides) == 1):
            return None
        read = [_read_side(side, order) for side in sides]
        ends = [end for end in read if end is not None]
        joined = _join(ends) if ends and len(ends) == len(read) else None
        if joined is not None:
            days, said = joined
            if nights:
                days, said = add_night(days, nights[0]), _ASSUMED
            either = any(token.kind == "or" or _has_short_year(token) for token in rest)
            return days, said or (_ASSUMED if either else "")
    return None


def _has_short_year(token: Token) -> bool:
    """Tell whether a date in digits has a year of two digits."""
    return token.kind in ("triple", "named") and len(token.parts[-1]) == 2  # noqa: PLR2004 - two digits


def _prepare(tokens: list[Token]) -> list[Token]:
    """Join tokens that mean one thing together: first + quarter, mid + dash, one month named in two ways."""
    kinds = {token.kind for token in tokens}
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else Token("")
        if token.kind == "pair" and "triple" not in kinds and token.parts[1] == "/":
            joined += [Token("number", token.parts[:1]), Token("slash"), Token("number", token.parts[2:])]
        elif token.kind in ("quarter", "half", "week") and token.parts[0] == "":
            named = last.kind in ("ordinal", "number", "roman")
            joined[-1:] = [Token(token.kind, last.parts[:1])] if named else [last, Token("unclear")]
        elif token.kind in ("dash", "comma") and (not joined or last.kind in PARTS):
            continue
        elif token.kind == "month" and len(joined) > 1 and last.kind == "slash" and joined[-2] == token:
            joined.pop()
        elif token != last or token.kind != "month":
            joined.append(token)
    return joined


def _split(tokens: Iterable[Token], parting: Sequence[str]) -> list[list[Token]]:
    """Part tokens where a range is; other marks, and words that open a range, are left out."""
    sides: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind in _CONNECTORS or token.kind in parting:
            sides.append([])
        elif token.kind not in ("dash", "comma", "from"):
            sides[-1].append(token)
    return sides


def _read_side(tokens: Sequence[Token], order: str) -> _Side | None:
    """Read one end of a range; None where its tokens make no sense together."""
    side = _Side()
    numbers: list[Token] = []
    for token in tokens:
        if token.kind == "number":
            numbers.append(token)
            continue
        parts = _parts_of(token, order)
        # Nothing is told twice.
        if parts is None or any(getattr(side, name) is not None for name in parts if name != "numeric"):
            return None
        side = replace(side, **parts)
    if len(numbers) == 2 and side.year is None and [token.kind for token in tokens] == ["number", "month", "number"]:  # noqa: PLR2004 - 1 Mar 22
        year = numbers.pop()
        side = replace(side, year=_full_year(year.parts[0].zfill(2)), borrowed=True)
    if len(numbers) > 1 or (numbers and (side.day is not None or side.narrow is not None)):
        return None
    if numbers:
        side = replace(side, day=numbers[0].number)
    return side if side != _Side() else None


def _parts_of(token: Token, order: str) -> dict[str, Any] | None:
    """Find what a token says of the year, the month and the day; None where it is none of a date."""
    numbers = [int(part) for part in token.parts if part.isdigit()]
    if token.kind == "year month":
        return _parts_of_year_and(numbers[0], token.parts)
    if token.kind == "triple":
        places = {"day-first": (3, 2, 0), "month-first": (3, 0, 2), "year-first": (0, 2, 3)}[order]
        digits = [token.parts[place] for place in places]
        return {"year": _full_year(digits[0]), "month": int(digits[1]), "day": int(digits[2]), "numeric": True}
    if token.kind == "named":
        return {"year": _full_year(token.parts[3]), "month": month_of(token.parts[2]), "day": numbers[0]}
    if token.kind in _NARROWING:
        return {"narrow": (token.kind, numbers[0] if numbers else 0)}
    if token.kind in ("quarter of", "iso week", "decade"):
        return {"year": numbers[0], "narrow": (token.kind, numbers[-1])}
    names = _NAMES.get(token.kind)
    if token.kind == "pair" and order == "month-first":
        names = ("month", "day", "numeric")
    return dict(zip(names, [*numbers, True], strict=False)) if names else None


def _parts_of_year_and(year: int, parts: Sequence[str]) -> dict[str, Any] | None:
    """Read 2022-03, and 2021/22 or 2021-22 as two years."""
    second = int(parts[2])
    if len(parts[2]) == 2 and second == (year + 1) % 100 and (second > _MONTHS_A_YEAR or parts[1] == "/"):  # noqa: PLR2004 - two digits
        return {"year": year, "narrow": ("two years", 0)}
    return {"year": year, "month": second, "numeric": True}


def _full_year(digits: str) -> int:
    """Complete a year of two digits."""
    if len(digits) > 2:  # noqa: PLR2004 - two digits
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _PIVOT else 2000)


def _join(ends: list[_Side]) -> tuple[Days, str] | None:
    """Let the ends of a range complete each other, and cover all of them."""
    completed = list(ends)
    for number in range(len(ends) - 2, -1, -1):
        completed[number] = _complete(completed[number], completed[number + 1])
    for number in range(1, len(ends)):
        completed[number] = _complete(completed[number], completed[number - 1])
    spans = [_span_of(end) for end in completed]
    known = [span for span in spans if span is not None]
    if len(known) != len(spans):
        return None
    first, last = known[0], known[-1]
    said = _ASSUMED if any(end.narrow or end.borrowed for end in ends) else ""
    if first.start > last.start and ends[0].month and ends[-1].month and not (ends[0].year and ends[-1].year):
        # 28 December to 3 January 2023, 28 December 2022 to 3 January.
        turned = 0 if ends[0].year is None else -1
        other = _span_of(replace(completed[turned], year=(completed[turned].year or 0) + (1 if turned else -1)))
        if other:
            known[turned], said = other, _ASSUMED
    starts = [span.start for span in known]
    if starts != sorted(starts):
        said = _REVERSED
    return Days(min(starts), max(span.end for span in known)), said


def _complete(end: _Side, other: _Side) -> _Side:
    """Fill in the month and the year that only the other end tells."""
    if end.day and end.month is None and not end.numeric:
        if other.numeric and other.day is None and other.month is not None and end.year is None:
            # 2022-03/04 is March to April.
            return replace(end, year=other.year, month=end.day, day=None)
        # "6 - March 2022" is one day, not the sixth to the end of March.
        end = replace(end, month=other.month if other.day else None)
    if end.narrow and end.month is None and end.narrow[0] in (*PARTS, "week") and end.year is None:
        end = replace(end, month=other.month)
    if end.year is None and (other.fineness >= end.fineness or end.day or other.narrow):
        end = replace(end, year=other.year) if not (other.fineness == _YEAR and end.month) else end
    return end


def _span_of(end: _Side) -> Days | None:
    """Find the days of a completed end; None where the calendar has no such day, or something lacks."""
    year, month, day = end.year, end.month, end.day
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= (month or 1) <= _MONTHS_A_YEAR or month == 0:
        return None
    if day is not None:
        possible = month and not end.narrow and 1 <= day <= calendar.monthrange(year, month)[1]
        return month_days(year, month, day, day) if month and possible else None
    if month is None:
        return part_of_year(*end.narrow, year) if end.narrow else year_days(year)
    return part_of_month(*end.narrow, year, month) if end.narrow else month_days(year, month)


def _resolve_seasons(tokens: Sequence[Token]) -> tuple[Days, str] | None:
    """Read one season or several of one year, or the winter between two years."""
    seasons = [token.number for token in tokens if token.kind == "season"]
    years = [token.number for token in tokens if token.kind == "year"]
    pairs = [_parts_of(token, "") for token in tokens if token.kind == "year month"]
    known = {"season", "year", "year month", *PARTS, *_PARTING, "comma"}
    if len(pairs) == 1 and pairs[0] and pairs[0].get("narrow") and not years:
        years = [pairs[0]["year"], pairs[0]["year"] + 1]
    elif pairs:
        return None
    understood = all(token.kind in known for token in tokens) and len(years) in (1, 2)
    days = season_days(seasons, years) if understood else None
    return (days, _ASSUMED) if days else None
