"""What a file may ask for at most, and texts that no table can hold."""

from collections.abc import Iterable
from itertools import islice

import pandas as pd

from uxomap.errors import InputError

#: Longest text of one cell, in characters; the limit of the csv module, for every format alike.
MAX_CELL = 131_072

#: Most cells (rows by columns) of one sheet or layer that is packed: they can say in few bytes what needs many.
MAX_CELLS = 25_000_000

_CHUNK = 100_000


def refuse_cell(name: str, where: str) -> InputError:
    """Say that a cell is too long to be one."""
    message = (
        f"{name} has a text of more than {MAX_CELL:,} characters in {where}. Must be at most that for one cell. "
        "Shorten the text, or take it out of the table."
    )
    return InputError(message)


def refuse_size(name: str) -> InputError:
    """Say that a sheet or a layer is too large."""
    message = (
        f"{name} has more than {MAX_CELLS:,} cells, or values very far apart. Must be at most that, rows by columns. "
        "Delete what lies outside the table, or save it as CSV."
    )
    return InputError(message)


def check_lengths(frame: pd.DataFrame, name: str) -> None:
    """Refuse a table with a text that is too long for a cell."""
    for position, column in enumerate(frame.columns):
        cells = frame.iloc[:, position]
        if cells.dtype == object or isinstance(cells.dtype, pd.StringDtype):
            longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
            if longest > MAX_CELL:
                raise refuse_cell(name, f"column {str(column)[:60]!r}")


def mend_text(text: str) -> str:
    """Replace halves of letters (lone surrogates), which no file and no table can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def mend_cells(cells: Iterable[object]) -> tuple[list[object], list[int]]:
    """Replace halves of letters in cells; also the positions of the cells where there were any."""
    mended: list[object] = []
    damaged: list[int] = []
    source = iter(cells)
    while chunk := list(islice(source, _CHUNK)):
        try:
            # Nearly always there is nothing to do, and that is found quickest of many at once.
            "".join([cell for cell in chunk if isinstance(cell, str)]).encode()
        except UnicodeEncodeError:
            for position, cell in enumerate(chunk):
                if isinstance(cell, str) and (whole := mend_text(cell)) != cell:
                    chunk[position] = whole
                    damaged.append(len(mended) + position)
        mended += chunk
    return mended, damaged
