"""Dates whose year, month and day stand in columns of their own."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from uxomap.reports._columns import _known_headers, _words
from uxomap.reports._source import Table, unique_names
from uxomap.reports._texts import Objects, clean_texts

#: Headers of the parts of a date, in plain words.
_PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "year": frozenset({"year", "iyear", "event year", "annee", "ano", "\u0440\u0456\u043a", "\u0433\u043e\u0434"}),
        "month": frozenset(
            {
                "month",
                "imonth",
                "event month",
                "mois",
                "mes",
                "\u043c\u0456\u0441\u044f\u0446\u044c",
                "\u043c\u0435\u0441\u044f\u0446",
            }
        ),
        "day": frozenset({"day", "iday", "event day", "jour", "dia", "\u0434\u0435\u043d\u044c"}),
    }
)

#: A day of the month as programs write it: 14, or 14.0.
_LONGEST_DAY = 4

#: Roles of which none may be played by a column that holds a whole date.
_DATES = ("date", "date_start", "date_end")


def join_day_parts(table: Table) -> Table:
    """Let year, month and day of columns of their own play the date; other tables stay as they are."""
    names = list(table.frame.columns)
    found = {part: [name for name in names if _plain(name) in headers] for part, headers in _PARTS.items()}
    if any(len(columns) > 1 for columns in found.values()) or not found["year"] or not found["month"]:
        return table
    parts = {part: columns[0] for part, columns in found.items() if columns}
    known, _ = _known_headers()
    roles = {known.get("".join(_words(name)), ("", 0))[0] for name in names if name not in parts.values()}
    if roles & {*_DATES} or {*_DATES} & set(table.roles):
        return table
    cells = {part: clean_texts(table.frame[name]) for part, name in parts.items()}
    if any(isinstance(cell, str) and len(cell) > _LONGEST_DAY for cell in cells.get("day", ())):
        # Whole dates stand there.
        return table
    cells.setdefault("day", np.full(len(table.frame), np.nan, dtype=object))
    title = unique_names([*names, ", ".join(parts.values())])[-1]
    days = pd.Series(_join(cells["year"], cells["month"], cells["day"]), dtype=object)
    return replace(
        table,
        frame=table.frame.assign(**{title: days}),
        roles={**table.roles, "date": (title,)},
        computed=(*table.computed, title),
    )


def _plain(name: str) -> str:
    """Write a header in plain words."""
    return " ".join(_words(name))


def _join(years: Objects, months: Objects, days: Objects) -> Objects:
    """Write the parts of each date in one text: what is missing or 0 is left out, from the day on."""
    texts = np.full(len(years), np.nan, dtype=object)
    for row, parts in enumerate(zip(years, months, days, strict=True)):
        year, month, day = (_part(part) for part in parts)
        if not year:
            continue
        if month.isdigit() and (day.isdigit() or not day):
            texts[row] = "-".join([year, month.zfill(2), *([day.zfill(2)] if day else [])])
        else:
            texts[row] = " ".join(part for part in (day if month else "", month, year) if part)
    return texts


def _part(cell: object) -> str:
    """Take one part of a date; empty where it is missing or 0, with which tables say that it is not known."""
    text = cell if isinstance(cell, str) else ""
    return "" if text.isdigit() and int(text) == 0 else text
