"""Regular delimited text, the fast way: every record as long as the header; what is not, the careful reader reads."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

#: Follows the last record. Where it is not found as a record of its own, a quotation mark was never closed.
_END = "\x00end of file\x00"

_BLOCK_BYTES = 1 << 22


class _Body(io.RawIOBase):
    """The bytes of a file from a place on, and a last record behind them."""

    def __init__(self, path: Path, start: int, last: bytes) -> None:
        """Open the file."""
        super().__init__()
        self._file = path.open("rb")
        self._file.seek(start)
        self._last = last
        self._tail = b"\n"

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read some bytes; the last record comes when the file is at its end."""
        piece = self._file.read(size)
        if piece:
            self._tail = piece[-1:]
            return piece
        piece, self._last = self._last, b""
        return piece if not piece or self._tail in b"\r\n" else b"\n" + piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def read_regular(path: Path, start: int, width: int, delimiter: str) -> list[pd.Series] | None:
    """
    Read the columns of UTF-8 text from a byte on; None where a record is not as wide as the others.

    Gives what the module csv of Python gives, with empty cells missing: in a fourth of the time, and in less memory.
    """
    names = [str(number) for number in range(width)]
    with _Body(path, start, f"{_END}{delimiter * (width - 1)}\n".encode()) as body:
        try:
            table = arrow_csv.read_csv(
                body,
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.large_string()),
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            return None
    count = table.num_rows - 1
    longest = max(pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns)
    if count < 1 or table.column(0)[count].as_py() != _END or longest > csv.field_size_limit():
        return None
    columns = [column.slice(0, count) for column in table.columns]
    return None if _has_empty_row(columns) else [_series(column) for column in columns]


def _has_empty_row(columns: list[pa.ChunkedArray]) -> bool:
    """Tell whether a row is empty: it may be a line without a sign, which is not told from one of delimiters."""
    empty: Any = None
    for column in sorted(columns, key=lambda column: column.null_count):
        empty = column.is_null() if empty is None else pc.and_(empty, column.is_null())
        if not pc.any(empty).as_py():
            return False
    return True


def _series(column: pa.ChunkedArray) -> pd.Series:
    """Make a column of it; one without any value is as pandas makes it of missing cells."""
    if column.null_count == len(column):
        return pd.Series(float("nan"), index=range(len(column)), dtype=object)
    return pd.Series(column, dtype="str")
