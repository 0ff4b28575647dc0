"""The cells of one sheet, as they are read from a spreadsheet of any kind."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from uxomap.reports._limits import MAX_CELLS, refuse_size

#: First and last row, first and last column of cells merged into one, from 0.
Block = tuple[int, int, int, int]


def _no_cells() -> tuple[list[int], list[object]]:
    """Make room for the cells of one column: their rows and their values."""
    return [], []


@dataclass(slots=True)
class Sheet:
    """
    The filled cells of a sheet: by column (from 0) their rows (from 0) and their values.

    ``odd`` holds row, column and reason of cells whose value is not known, which are filled with NaN.
    """

    name: str
    form: str
    hidden: bool = False
    columns: defaultdict[int, tuple[list[int], list[object]]] = field(default_factory=lambda: defaultdict(_no_cells))
    merged: list[Block] = field(default_factory=list)
    odd: list[tuple[int, int, str]] = field(default_factory=list)
    count: int = 0

    def put(self, row: int, column: int, value: object) -> None:
        """Fill a cell."""
        rows, values = self.columns[column]
        rows.append(row)
        values.append(value)
        self.count += 1
        if self.count > MAX_CELLS:
            raise refuse_size(self.name)

    def put_odd(self, row: int, column: int, why: str) -> None:
        """Leave a cell unknown, and say why."""
        self.put(row, column, float("nan"))
        self.odd.append((row, column, why))


def read_number(text: str) -> object:
    """Read a number, whole ones as such; text that is none stays text."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() else number
