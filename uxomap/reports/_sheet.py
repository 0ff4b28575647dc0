"""Spreadsheets to tables: a header found, merged cells filled, and each oddity said in its row."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from uxomap.reports._cells import Sheet
from uxomap.reports._choice import choose_part
from uxomap.reports._header import LOOKED_AT, check_header, find_header, join_header
from uxomap.reports._limits import MAX_CELLS, refuse_size
from uxomap.reports._source import HIDDEN, Table, unique_names
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, no_notes, quote

#: Share of cells that must be filled in a sheet of more than so many.
_MIN_FILLED = 0.02
_LARGE = 1_000_000

#: Merged cells no higher than this may be of a header.
_HEADER_HEIGHT = 4

#: Rows among which the header is looked for.
_HEAD_ROWS = LOOKED_AT + _HEADER_HEIGHT


def make_tables(path: Path, sheets: Sequence[Sheet], stated: Stated) -> list[Table]:
    """Make a table of each sheet that is filled and can be seen, or of the one that the user names."""
    names = [sheet.name for sheet in sheets]
    if stated.sheet is not None:
        sheets = [sheets[choose_part(names, stated.sheet, path, kind="sheet")]]
    filled = [sheet for sheet in sheets if sheet.count] or list(sheets)
    seen = filled if stated.sheet is not None else [sheet for sheet in filled if not sheet.hidden] or filled
    left_out = ", ".join(sheet.name for sheet in filled if sheet not in seen)
    details = ((HIDDEN, left_out),) if left_out else ()
    wanted = tuple(stated.columns.values())
    titles = [f"{path}: {sheet.name}" if len(names) > 1 else str(path) for sheet in seen]
    # Among several sheets, one without a header is a sheet without places.
    return [
        replace(table, details=(*table.details, *details))
        for table in (_make_table(*one, wanted, strict=len(seen) == 1) for one in zip(seen, titles, strict=True))
    ]


def _make_table(sheet: Sheet, name: str, wanted: Collection[str], *, strict: bool) -> Table:
    """Make a table of a sheet: what follows its header, to its last filled row."""
    if not sheet.count:
        return Table(name, sheet.form, pd.DataFrame(), no_notes(0), no_notes(0))
    height = max(max(rows) for rows, _ in sheet.columns.values()) + 1
    size = height * len(sheet.columns)
    if size > MAX_CELLS or (size > _LARGE and sheet.count < _MIN_FILLED * size):
        raise refuse_size(name)
    cells = {column: np.full(height, np.nan, dtype=object) for column in sorted(sheet.columns)}
    for column, (rows, values) in sheet.columns.items():
        piece = np.empty(len(values), dtype=object)
        piece[:] = values
        cells[column][rows] = piece
    head = {column: texts[:_HEAD_ROWS].copy() for column, texts in cells.items()}
    for top, bottom, left, _ in sheet.merged:
        if left in head and top < bottom < top + _HEADER_HEIGHT and top < len(head[left]):
            head[left][top : bottom + 1] = head[left][top]
    lines = list(zip(*head.values(), strict=True))
    joined, header = join_header(lines, find_header(lines, wanted=wanted))
    titles = dict(zip(head, joined, strict=True))
    if strict:
        check_header(joined, name, header + 1, wanted=wanted)
    used = [column for column, texts in cells.items() if not pd.isna(texts[header:]).all() or _has_odd(sheet, column)]
    names = dict(zip(used, unique_names([titles[column] for column in used]), strict=True))
    body = {column: cells[column][header + 1 :] for column in used}
    notes = no_notes(height - header - 1)
    _fill_merged(sheet, body, names, header, notes)
    for row, column, why in sheet.odd:
        if row > header:
            _add_note(notes, row - header - 1, f"{quote(names[column])} holds {why}: not known")
    frame = pd.DataFrame({names[column]: texts for column, texts in body.items()}, dtype=object)
    details = (("header", f"row {header + 1}"),) if header else ()
    return Table(name, sheet.form, frame, no_notes(len(frame)), notes, details=details)


def _has_odd(sheet: Sheet, column: int) -> bool:
    """Tell whether a column holds a value that is not known, which looks empty."""
    return any(where == column for _, where, _ in sheet.odd)


def _add_note(notes: Objects, row: int, note: str) -> None:
    """Say something more of a row."""
    notes[row] = f"{notes[row]}; {note}" if notes[row] else note


def _fill_merged(sheet: Sheet, body: dict[int, Objects], names: dict[int, str], header: int, notes: Objects) -> None:
    """Give merged cells of a column the value of the first, in the rows that say something of their own."""
    filled = np.zeros(len(notes), dtype=bool)
    for texts in body.values():
        filled |= ~pd.isna(texts)
    said: dict[tuple[int, int], list[int]] = defaultdict(list)
    budget = MAX_CELLS
    for top, bottom, left, right in sheet.merged:
        first, last = top - header - 1, min(bottom - header - 1, len(notes) - 1)
        if first < 0 or first > last or left not in body or pd.isna(body[left][first]):
            continue
        budget -= last - first + 1
        if budget < 0:
            raise refuse_size(sheet.name)
        rows = first + 1 + np.flatnonzero(filled[first + 1 : last + 1] & pd.isna(body[left][first + 1 : last + 1]))
        body[left][rows] = body[left][first]
        for row in rows.tolist():
            said[row, first].append(left)
        beside = [quote(names[column]) for column in names if left < column <= right]
        if beside:
            note = f"{quote(names[left])} is merged with {', '.join(beside)}: its text is taken for the first only"
            _add_note(notes, first, note)
    for (row, first), columns in said.items():
        _add_note(
            notes,
            row,
            f"merged cells: {', '.join(quote(names[column]) for column in sorted(columns))} taken from row {first + 1}",
        )
