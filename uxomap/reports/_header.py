"""Where a table begins: the line of names below titles; and rows that are no reports: names again, totals."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._axes import PLAIN_WORDS
from uxomap.reports._columns import _AXES, _AXIS_LETTERS, _known_headers, _words
from uxomap.reports._source import Table
from uxomap.reports._texts import quote

Cell = TypeVar("Cell")

#: Rows at the top among which the header is looked for.
LOOKED_AT = 30

#: Rows above which a row of HXL tags may stand, and how many cells that are no tag it may hold for one that is.
_TAGS_WITHIN = 26
_OTHERS_PER_TAG = 0.2

#: Rows by which a column of row numbers is told.
_COUNTED_ROWS = 50

#: Longest text that can be a name of a column.
_LONGEST_NAME = 100

#: Signs from which a cell of mostly digits is a value, wherever its digits stand.
_MANY_DIGITS = 4

_QUOTED_CELLS = 4
_TAG = re.compile(r"#\s*[a-z]\w*(?:\s*\+\s*\w+)*", re.IGNORECASE | re.ASCII)
_NO_NAME = re.compile(r"(?:column_|Unnamed: )\d+")
_AGAIN = re.compile(r"(.+)[_.]\d+")
_VALUE_START = re.compile(r"[-+\u2212'\"(]*[NSEWnsew]?\s*\d")

#: Words with which a line of totals begins, in lower case.
_TOTALS = (
    *("total", "totals", "grand total", "sub-total", "subtotal", "sum", "sum total", "total général", "total general"),
    *("somme", "suma", "totales", "усього", "всього", "разом", "сума", "итого", "всего", "сумма"),
    *("المجموع", "الإجمالي", "الاجمالي"),
)
_COUNTED = r"(?:rows|records|reports|incidents|events|strikes|attacks|entries)"
_TOTAL = re.compile(
    rf"(?:{'|'.join(_TOTALS)})(?: (?:number )?(?:of )?(?:all )?{_COUNTED})?\W*\d*(?: {_COUNTED})?", re.IGNORECASE
)
_TOTAL_COLUMNS = 3

#: Last rows of a table, where totals are looked for in more words than one.
_FOOTER = 5

#: Share of filled cells up to which a line that begins with such a word is one of totals.
_TOTAL_FILLED = 0.5


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row looks like: filled cells, cells that are values, roles that it names, and how many axes."""

    filled: int
    figures: int
    roles: frozenset[str]
    letters: int
    points: int

    @property
    def names_place(self) -> bool:
        """Tell whether the row names both axes of a place."""
        pairs = {"latitude", "longitude"} <= self.roles or {"easting", "northing"} <= self.roles
        both = "coordinates" in self.roles and (len(self.roles) > 1 or self.filled == 1)
        return pairs or both or (self.letters > 1 and len(self.roles) > 0)

    @property
    def is_header(self) -> bool:
        """Tell whether the row names columns, and holds hardly any value."""
        return self.names_place and self.figures * 4 <= self.filled

    @property
    def is_data(self) -> bool:
        """Tell whether the row holds values, and more than a title does."""
        return self.figures > 1 and self.figures * 3 >= self.filled


def cell_text(cell: object) -> str:
    """Write a cell of a header as one line; empty where it is missing."""
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, (float, np.floating)) and np.isnan(cell)):
        return ""
    return " ".join(str(cell)[: 2 * _LONGEST_NAME].split())


def find_header(rows: Sequence[Sequence[object]], *, wanted: Collection[str] = ()) -> int:
    """
    Find the position of the header among the first rows of a table; titles, stamps and blank rows may stand above it.

    It is the first row that holds all names that the user states (*wanted*), else the one above HXL tags, else the row
    that names a place and most roles, else the first that is filled as the others are. No row of values is passed over.
    """
    texts = [[cell_text(cell) for cell in row] for row in rows[:LOOKED_AT]]
    looks = [_look(row) for row in texts]
    start = next((at for at, look in enumerate(looks) if look.filled), 0)
    stated = next((at for at, row in enumerate(texts) if wanted and set(wanted) <= set(row)), None)
    if stated is not None:
        return stated
    named = [at for at, look in enumerate(looks) if look.is_header]
    best = max(named, key=lambda at: looks[at].points) if named else None
    tags = _above_tags(texts, looks)
    usual = median([look.filled for look in looks if look.filled] or [0])
    shaped = (at for at, look in enumerate(looks) if look.filled > min(1, usual - 1) and look.filled * 2 >= usual)
    for at in (tags, best, next(shaped, None)):  # type: int | None
        if at is not None and not any(look.is_data for look in looks[start:at]):
            return at
    return start


def join_header(rows: Sequence[Sequence[Cell]], at: int) -> tuple[list[Cell], int]:
    """
    Join a header of two lines, where axes stand below the name of their group: its names, and its last line.

    *at* is the line found to be the header; the other one is the line below or above it. A name of the lower line goes
    before the one above it.
    """
    for top in (at, at - 1):
        if top < 0 or top + 1 >= min(len(rows), LOOKED_AT):
            continue
        above, below = ([cell_text(cell) for cell in row] for row in rows[top : top + 2])
        upper, lower = _look(above), _look(below)
        filled = [bool(text) for text in below]
        beside = _look([text for text, there in zip(above, filled, strict=False) if not there])
        axes = lower.names_place and "coordinates" not in lower.roles
        plain = not upper.figures and not lower.figures and upper.roles.isdisjoint({*_AXES, "easting", "northing"})
        if len(above) == len(below) and axes and plain and beside.roles and 2 * sum(filled) <= len(filled):
            lines = zip(rows[top + 1], rows[top], filled, strict=True)
            return [one if there else other for one, other, there in lines], top + 1
    return list(rows[at]), at


def _look(texts: Sequence[str]) -> _Row:
    """Look at one row."""
    known, _ = _known_headers()
    whole, within, values, letters = set[str](), set[str](), 0, 0
    filled = [text for text in texts if text]
    for text in filled:
        if is_value(text):
            values += 1
        elif len(text) <= _LONGEST_NAME:
            words = _words(text)
            key = "".join(words)
            letters += key in _AXIS_LETTERS
            if role := known.get(key, ("", 0))[0]:
                whole.add(role)
            else:
                axes = {known.get(word, ("", 0))[0] for word in words if word not in PLAIN_WORDS} & set(_AXES)
                # A sentence with both axes in it is a title.
                within |= axes if len(axes) == 1 else set()
    points = sum(2 if role in _AXES else 1 for role in whole) + len(within - whole)
    return _Row(len(filled), values, frozenset(whole | within), letters, points)


def is_value(text: str) -> bool:
    """Tell a number, a day or coordinates from a name that has digits in it."""
    digits = sum(map(str.isdigit, text))
    letters = sum(map(str.isalpha, text))
    begins = _VALUE_START.match(text) is not None
    return (begins and digits >= letters) or (digits >= _MANY_DIGITS and digits > letters)


def is_tag(text: str) -> bool:
    """Tell a hashtag with attributes, e.g. "#geo +lat"."""
    return _TAG.fullmatch(text) is not None


def is_tag_row(texts: Sequence[str]) -> bool:
    """Tell a row of HXL tags: hashtags and empty cells, and hardly anything else."""
    filled = [text for text in texts if text and not _NO_NAME.fullmatch(text)]
    tags = [text for text in filled if is_tag(text)]
    # One hashtag alone may be a remark, unless it has an attribute.
    enough = len(tags) > 1 or any("+" in tag for tag in tags)
    return enough and len(filled) - len(tags) <= _OTHERS_PER_TAG * len(tags)


def count_names(texts: Sequence[str]) -> int:
    """Count what a row names of a report; an axis counts twice."""
    return _look([cell_text(text) for text in texts]).points


def names_axis(header: str) -> bool:
    """Tell whether a header names a place, or an axis of one."""
    look = _look([cell_text(header)])
    return look.letters > 0 or bool(look.roles & {*_AXES, "coordinates", "easting", "northing"})


def is_counted(header: str, cells: Sequence[object]) -> bool:
    """Tell whether a column holds the numbers of its rows, and its name says that it holds something else."""
    role = next(iter(_look([cell_text(header)]).roles), "report_id")
    first = [cell_text(cell) for cell in cells[:_COUNTED_ROWS]]
    counts = ([str(at) for at in range(start, start + len(first))] for start in (0, 1))
    return role != "report_id" and len(first) > 1 and first in counts


def is_report(texts: Sequence[str]) -> bool:
    """Tell whether a row holds values, and more than a title does."""
    return _look(texts).is_data


def is_names(texts: Sequence[str]) -> bool:
    """Tell whether a row names columns: two of them at least, and no value."""
    look = _look(texts)
    return look.figures == 0 and (look.names_place or len(look.roles) > 1)


def _above_tags(texts: Sequence[Sequence[str]], looks: Sequence[_Row]) -> int | None:
    """Find the names that stand over a row of HXL tags, or that row itself where none do."""
    at = next((at for at, row in enumerate(texts[:_TAGS_WITHIN]) if is_tag_row(row)), None)
    if at is None:
        return None
    above = next((row for row in range(at - 1, -1, -1) if looks[row].filled), None)
    if above is None or looks[above].is_data or 2 * looks[above].filled < looks[at].filled:
        return at
    below = at + 1 < len(texts) and is_names(texts[at + 1])
    return at if below and not is_names(texts[above]) else above


def check_header(cells: Sequence[object], file: str, line: int, *, wanted: Collection[str] = ()) -> None:
    """
    Refuse a table whose first row holds values instead of names.

    Raises InputError.
    """
    texts = [cell_text(cell) for cell in cells]
    look = _look(texts)
    numbers = [text for text in texts if text]
    # Frames without names are written with the numbers of their columns.
    counted = numbers in ([str(at) for at in range(first, first + len(numbers))] for first in (0, 1))
    if not look.figures or counted or look.figures * 3 < look.filled or look.figures <= len(look.roles):
        return
    if wanted and set(wanted) <= set(texts):
        return
    seen = ", ".join(quote(text) for text in numbers[:_QUOTED_CELLS])
    more = f" and {len(numbers) - _QUOTED_CELLS} more" if len(numbers) > _QUOTED_CELLS else ""
    message = (
        f"{file} has no header: its first row (line {line}) holds values, not names: {seen}{more}. "
        "Add a line above it that names each column, e.g. latitude, longitude, date; or read it with "
        "pandas.read_csv(..., header=None, names=[...]) and give that frame."
    )
    raise InputError(message)


# Rows that are no reports ---------------------------------------------------------------------------------------------


def mark_rows(table: Table) -> Table:
    """
    Reject rows that repeat the header or sum up the others, and let equal names of an axis compete.

    Raises InputError where a row names the same columns in another order: what follows it belongs elsewhere.
    """
    roles = _axes_again(table)
    again, totals = _find_repeats(table), _find_totals(table) if table.geometry is None else []
    if not len(again) and not len(totals):
        return replace(table, roles={**table.roles, **roles}) if roles else table
    faults = table.faults.copy()
    faults[again] = "a header again, not a report"
    faults[totals] = "a line of totals, not a report"
    said = [("header again", again), ("totals", totals)]
    details = tuple((item, _tell_rows(rows)) for item, rows in said if len(rows))
    return replace(table, faults=faults, details=(*table.details, *details), roles={**table.roles, **roles})


def _tell_rows(rows: Sequence[int]) -> str:
    """Tell the first of some rows by their numbers."""
    most = 5
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(str(row + 1) for row in rows[:most])}{more}"


def _axes_again(table: Table) -> dict[str, tuple[str, ...]]:
    """Find axes whose header stands more than once over different values, so that none is taken silently."""
    known, _ = _known_headers()
    names = list(table.frame.columns)
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        base = match[1] if (match := _AGAIN.fullmatch(name)) else ""
        role = known.get("".join(_words(base)), ("", 0))[0]
        if role not in _AXES or base not in names or role in table.roles:
            continue
        column = table.frame[name]
        if column.notna().any() and not column.equals(table.frame[base]):
            found[role] = (*found.get(role, (base,)), name)
    # Where both axes come again, these are several places, which is asked elsewhere.
    return found if len(found) == 1 else {}


def _spellings(words: Collection[str]) -> list[str]:
    """Write words in the ways in which they may stand in a cell."""
    return [*{form(word) for word in words for form in (str, str.lower, str.upper, str.title, str.capitalize)}]


def rows_with(table: Table, names: Sequence[str], words: Collection[str]) -> list[int]:
    """Find the rows that hold one of some words in one of some columns of text."""
    found: set[int] = set()
    for name in names:
        column = table.frame[name]
        if column.dtype in ("str", object):
            found.update(np.flatnonzero(_is_in(column, words)).tolist())
    return sorted(found)


def _is_in(column: pd.Series, words: Collection[str]) -> npt.NDArray[np.bool_]:
    """Tell which cells are one of some words."""
    try:
        found = column.isin(list(words))
    except TypeError:
        # Lists and the like are no words, and cannot be looked up.
        found = column.map(lambda cell: isinstance(cell, str) and cell in words)
    return found.to_numpy(dtype=bool)


def _find_repeats(table: Table) -> list[int]:
    """Find rows that hold the names of the columns instead of values."""
    known, _ = _known_headers()
    names = [name for name in table.frame.columns if name not in table.computed]
    axes = [name for name in names if known.get("".join(_words(name)), ("", 0))[0] in _AXES]
    titles = [name for name in names if not _NO_NAME.fullmatch(name)]
    looked_in = list(dict.fromkeys([*axes, *titles]))[:2]
    bases = {name: match[1] if (match := _AGAIN.fullmatch(name)) else name for name in names}
    words = {*looked_in, *(bases[name] for name in looked_in), *(_axis_names() if axes else ())}
    found = []
    for row in rows_with(table, looked_in, words):
        texts = [cell_text(cell) for cell in table.frame.iloc[row][names]]
        filled = [(text, name) for text, name in zip(texts, names, strict=True) if text]
        if len(filled) * 2 >= len(titles) and all(text in (name, bases[name]) for text, name in filled):
            found.append(row)
        elif _look(texts).is_header and table.faults[row] == "":
            message = (
                f"{table.name}: row {row + 1} is another header ({', '.join(map(quote, texts[:_QUOTED_CELLS]))} ...), "
                "and its columns are not those of the first one. Save each table in a file of its own; "
                "read_reports takes a list of files."
            )
            raise InputError(message)
    return found


def _axis_names() -> list[str]:
    """List what a single word names an axis."""
    known, _ = _known_headers()
    return _spellings([key for key, (role, _) in known.items() if role in _AXES])


def _find_totals(table: Table) -> list[int]:
    """Find lines that sum up the others: a word for it first, few other cells, and no place."""
    names = [name for name in table.frame.columns if name not in table.computed]
    count = len(table.frame)
    found = []
    for row in {*rows_with(table, names[:_TOTAL_COLUMNS], _total_words()), *range(max(0, count - _FOOTER), count)}:
        texts = [cell_text(cell) for cell in table.frame.iloc[row][names]]
        filled = [text for text in texts if text]
        few = len(filled) <= max(1, _TOTAL_FILLED * len(names))
        placed = _places_in(dict(zip(names, texts, strict=True)))
        if filled and few and not placed and _TOTAL.fullmatch(filled[0]):
            found.append(row)
    return sorted(found)


def _total_words() -> list[str]:
    """List the words for totals as they may stand in a cell."""
    words = _spellings(_TOTALS)
    return [*words, *(f"{word}:" for word in words)]


def _places_in(cells: Mapping[str, str]) -> bool:
    """Tell whether a row has a value in a column of an axis."""
    known, _ = _known_headers()
    placed = {*_AXES, "coordinates", "easting", "northing"}
    return any(text and known.get("".join(_words(name)), ("", 0))[0] in placed for name, text in cells.items())
