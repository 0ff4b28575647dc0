"""The table of zones on a sheet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from uxomap.maps.sheets.layers import SheetData, rows_of
from uxomap.maps.sheets.page import QUIET, Page
from uxomap.maps.sheets.words import Words

#: Distance between columns, and widest id, in millimetres.
_GAP, _WIDEST_ID = 2.0, 22.0


#: Text of a cell, or what says it as long as it fits.
Cell = str | Callable[[Callable[[str], bool]], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, cells, and whether its cells stand at its end."""

    key: str
    heading: str
    cells: Sequence[Cell]
    at_end: bool = False
    bold: bool = False


def zone_columns(data: SheetData, words: Words, pages: Mapping[str, int] | None = None) -> list[Column]:
    """
    Cells of the table of zones.

    Parameters
    ----------
    data : SheetData
        Zones in their order.
    words : Words
        Language.
    pages : mapping of str to int, optional
        Page of each zone in an atlas.

    Returns
    -------
    list of Column
        Number, id, place, items, land and, where they are known, ranks and pages.
    """
    say = words.language.say
    rows = rows_of(pd.DataFrame(data.zones.drop(columns=data.zones.geometry.name)))
    columns = [
        Column("number", say("No."), [words.count(row["number"]) for row in rows], at_end=True, bold=True),
        Column("id", say("Zone"), [str(row["zone_id"]) for row in rows]),
        Column("place", say("Place"), [_namer(row["location_text"], words) for row in rows]),
        Column("items", say("Items (range)"), [_estimate(row, words) for row in rows], at_end=True),
        Column("land", say("Land"), [words.area(row["area_m2"]) for row in rows], at_end=True),
    ]
    if data.ranked:
        columns.append(Column("rank", say("Rank"), [_ranks(row, words) for row in rows], at_end=True))
    if pages is not None:
        cells = [words.count(pages[str(row["zone_id"])]) for row in rows]
        columns.append(Column("page", say("Page"), cells, at_end=True))
    return columns


def draw_table(
    page: Page, columns: Sequence[Column], place: tuple[float, float, float], rows: tuple[int, int]
) -> float:
    """
    Draw some rows of a table, with its headings; the place below it is returned.

    Parameters
    ----------
    page : Page
        Paper.
    columns : sequence of Column
        Cells.
    place : tuple of float
        Start, top and width.
    rows : tuple of int
        First row, and the one after the last.
    """
    x, y, width = place
    first, last = rows
    step = page.line_mm() * 1.12
    starts = _lay_out(page, columns, x, width)
    page.rule(x, y, width, line=0.8)
    for column, (start, wide) in zip(columns, starts, strict=True):
        _cell(page, start, y + 0.4 + step / 2, wide, column.heading, at_end=column.at_end, color=QUIET, gid="heading")
    y += step + 0.8
    page.rule(x, y, width, line=0.25)
    for index in range(first, last):
        for column, (start, wide) in zip(columns, starts, strict=True):
            cell = column.cells[index]
            text = cell if isinstance(cell, str) else cell(partial(_fits, page, wide))
            look = {"bold": column.bold, "gid": "cell"}
            _cell(page, start, y + 0.2 + step / 2, wide, text, at_end=column.at_end, **look)
        y += step
    y += 0.4
    page.rule(x, y, width, line=0.5)
    return y


def table_rows(page: Page, height: float) -> int:
    """Rows that fit below the heading of a table of some height."""
    step = page.line_mm() * 1.12
    return max(0, int((height - step - 1.2) / step))


def _estimate(row: Mapping[str, Any], words: Words) -> str:
    """Items of a zone with their range."""
    return words.estimate(row["uxo_low"], row["uxo_expected"], row["uxo_high"])


def _ranks(row: Mapping[str, Any], words: Words) -> str:
    """Range of ranks of a zone."""
    if pd.isna(row["rank_low"]) or pd.isna(row["rank_high"]):
        return "\u2013"
    first, last = words.count(row["rank_low"]), words.count(row["rank_high"])
    return first if first == last else f"{first}\u2013{last}"


def _lay_out(page: Page, columns: Sequence[Column], x: float, width: float) -> list[tuple[float, float]]:
    """Start and width of each column; places take what the others leave."""
    gap = _GAP * page.unit
    wide = []
    for column in columns:
        written = [cell for cell in column.cells if isinstance(cell, str)]
        cells = max((page.width_mm(cell, bold=column.bold) for cell in written), default=0.0)
        needed = max(cells, page.width_mm(column.heading))
        wide.append(min(needed, _WIDEST_ID * page.unit) if column.key == "id" else needed)
    index = [column.key for column in columns].index("place")
    others = sum(wide) - wide[index] + gap * (len(columns) - 1)
    wide[index] = max(width - others, 8.0)
    starts, start = [], x
    for needed in wide:
        starts.append((start, needed))
        start += needed + gap
    return starts


def _namer(location_text: str, words: Words) -> Cell:
    """Cell that names as many places as fit."""
    return lambda fits: words.names_within(location_text, fits)


def _fits(page: Page, width: float, text: str) -> bool:
    """Tell whether a text fits into a cell."""
    return page.width_mm(text) <= width


def _cell(page: Page, x: float, y: float, width: float, text: str, **look: Any) -> None:
    """Write a cell."""
    at_end = look.pop("at_end")
    short = page.shorten(text, width + 0.05, bold=bool(look.get("bold")))
    page.write(x + width if at_end else x, y, short, align="end" if at_end else "start", **look)
