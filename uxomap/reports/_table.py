"""Delimited text (CSV, TSV) to a table: every record a row, whatever its quotes, commas and encoding."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._source import Table, unique_names
from uxomap.reports._texts import Objects, no_notes

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

#: Follows the last line, so that a quotation mark that is never closed shows: it swallows this too.
_END = "\x00end of file\x00"

_HEAD_LINES = 100
_CHUNK_ROWS = 20_000
_CHUNK_BYTES = 1 << 22

#: Different texts of a column that are remembered, so that equal ones are kept in memory once.
_REMEMBERED = 100_000

#: Of a file with bytes that are not UTF-8: so many good letters for a bad one make it damaged UTF-8.
_GOOD_PER_BAD = 3

#: Share of zero bytes on one side from which a text is UTF-16.
_ZERO_BYTES = 0.2
_HEAD_BYTES = 4096

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_CONTROL_BYTES = bytes([*range(9), 11, 12, *range(14, 32), 127])
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CYRILLIC_RUN = re.compile(rb"[\xa8\xaa\xaf\xb2\xb3\xb8\xba\xbf\xc0-\xff]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")

_LOST = "\ufffd"
_DAMAGE = "some letters cannot be read"


def read_delimited(path: Path, *, limit: int | None = None) -> Table:
    """Read a file of delimited text, or only its first *limit* rows."""
    encoding, doubtful = _find_encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines: Iterator[str] = (_CONTROL.sub(_LOST, line) for line in file) if doubtful else iter(file)
        head = list(islice(lines, _HEAD_LINES))
        delimiter = _find_delimiter(head)
        body = head[1:] if head and _SEPARATOR_LINE.fullmatch(head[0]) else head
        reader = csv.reader(chain(body, lines, [_END]), delimiter=delimiter)
        try:
            header = next((record for record in reader if any(cell.strip() for cell in record)), [_END])
            cells, problems = _collect(reader, len(header), limit)
        except csv.Error as error:
            raise _open_quote(path, encoding, delimiter) from error
    if header == [_END]:
        message = f"{path} holds no table: all its lines are empty. Save the table again as CSV in UTF-8."
        raise InputError(message)
    if problems.unclosed:
        raise _open_quote(path, encoding, delimiter)
    return _make_table(path, header, cells, problems, doubtful=doubtful, details=(encoding, delimiter))


class _Problems:
    """What was odd about single records, by their row."""

    def __init__(self) -> None:
        """Begin with nothing odd."""
        self.long: dict[int, int] = {}
        self.short: dict[int, int] = {}
        self.blank: list[int] = []
        self.unclosed = True


def _collect(records: Iterator[list[str]], width: int, limit: int | None) -> tuple[list[Objects], _Problems]:
    """Collect the cells of all records by column; missing ones are NaN."""
    problems = _Problems()
    columns: list[list[Objects]] = [[] for _ in range(width)]
    memories: list[dict[str, Any] | None] = [{"": np.nan} for _ in range(width)]
    count = 0
    while chunk := list(islice(records, _CHUNK_ROWS)):
        if chunk[-1] == [_END]:
            problems.unclosed = False
            chunk.pop()
        if set(map(len, chunk)) - {width}:
            chunk = [_fit(record, width, row, problems) for row, record in enumerate(chunk, start=count)]
        for position, cells in enumerate(zip(*chunk, strict=True)):
            memory = memories[position]
            piece = np.empty(len(cells), dtype=object)
            if memory is None:
                piece[:] = [cell or np.nan for cell in cells]
            else:
                piece[:] = list(map(memory.setdefault, cells, cells))
                memories[position] = memory if len(memory) <= _REMEMBERED else None
            columns[position].append(piece)
        count += len(chunk)
        if limit is not None and count >= limit:
            problems.unclosed = False
            break
    # Lines without a sign at the end of the file are its end, not rows.
    while problems.blank and problems.blank[-1] == count - 1:
        count = problems.blank.pop()
    none = np.empty(0, dtype=object)
    return [np.concatenate([none, *pieces])[:count] for pieces in columns], problems


def _fit(record: list[str], width: int, row: int, problems: _Problems) -> list[str]:
    """Give a record as many cells as there are columns, and remember what was odd about it."""
    if not record:
        problems.blank.append(row)
    elif len(record) < width:
        problems.short[row] = len(record)
    elif any(record[width:]):
        problems.long[row] = len(record)
        # Nothing is lost: what is too much stands in the last column.
        return [*record[: width - 1], " | ".join(record[width - 1 :])]
    return [*record[:width], *[""] * (width - len(record))]


def _make_table(
    path: Path,
    header: list[str],
    cells: list[Objects],
    problems: _Problems,
    *,
    doubtful: bool,
    details: tuple[str, str],
) -> Table:
    """Make a table of the cells, and tell of each row what was odd."""
    count = len(cells[0])
    faults, notes = no_notes(count), no_notes(count)
    width = len(header)
    if len(problems.long) > count / 2:
        message = (
            f"{path}: {len(problems.long)} of {count} rows have more values than the header has names ({width}). "
            "A name is missing in the header, or texts that hold the delimiter are not quoted. "
            "Complete the header, or save the table again as CSV."
        )
        raise InputError(message)
    for row, length in problems.long.items():
        faults[row] = f"{length} values for {width} columns: an unquoted delimiter or a lost quotation mark moves them"
    for row, length in problems.short.items():
        notes[row] = f"only {length} values for {width} columns: the rest is taken as empty"
    damaged = _find_damage(cells) if doubtful else []
    for row in damaged:
        notes[row] = f"{notes[row]}; {_DAMAGE}" if notes[row] else _DAMAGE
    names = unique_names(header)
    # A column without a name and without a value comes from delimiters at the end of the lines.
    kept = [bool(title.strip()) or not pd.isna(column).all() for title, column in zip(header, cells, strict=True)]
    arrays = {name: column for name, column, keep in zip(names, cells, kept, strict=True) if keep}
    encoding, delimiter = details
    letters = f"{encoding}{f', {_DAMAGE} ({len(damaged)} rows)' if damaged else ''}"
    said = (("encoding", letters), ("delimiter", _DELIMITERS.get(delimiter, repr(delimiter))))
    return Table(str(path), "delimited text", pd.DataFrame(arrays), faults, notes, details=said)


def _find_damage(cells: list[Objects]) -> list[int]:
    """Find the rows with letters that cannot be read."""
    rows = enumerate(zip(*cells, strict=True))
    return [row for row, record in rows if any(type(cell) is str and _LOST in cell for cell in record)]


def _find_delimiter(head: list[str]) -> str:
    """Choose the delimiter that parts the header and most of the first records into equally many cells."""
    if head and (stated := _SEPARATOR_LINE.fullmatch(head[0])) and stated[1] not in '"\r\n':
        return stated[1]
    best, chosen = (0.0, 0), ","
    for delimiter in _DELIMITERS:
        try:
            records = [record for record in csv.reader(head, delimiter=delimiter) if any(record)]
        except csv.Error:
            continue
        widths = [len(record) for record in records]
        if widths and widths[0] > 1:
            score = (round(widths.count(widths[0]) / len(widths), 1), widths[0])
            if score > best:
                best, chosen = score, delimiter
    return chosen


def _open_quote(path: Path, encoding: str, delimiter: str) -> InputError:
    """Say in which line a cell begins that never ends."""
    line = 1
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for _ in reader:
                start, line = line, reader.line_num + 1
        except csv.Error:
            start = line
    message = (
        f"{path}: the text that begins in line {start} never ends or is too long for a table cell. "
        "Close its quotation mark, or save the table again as CSV."
    )
    return InputError(message)


def _chunks(path: Path) -> Iterable[bytes]:
    """Read a file piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            yield piece


def _find_encoding(path: Path) -> tuple[str, bool]:
    """Find the encoding of a text file, and whether letters may be damaged."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", True
    if looks_utf16(head):
        return ("utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"), True
    damaged = _is_damaged(path)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", damaged
    return (_guess_encoding(path), True) if damaged else ("utf-8", False)


def looks_utf16(head: bytes) -> bool:
    """Tell UTF-16 by its zero bytes: each plain letter has one, always on the same side."""
    even, odd, many = head[::2].count(0), head[1::2].count(0), _ZERO_BYTES * len(head)
    return max(even, odd) > many > min(even, odd)


def _guess_encoding(path: Path) -> str:
    """Tell damaged UTF-8 from the single-byte encodings of western and of Cyrillic Windows."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    good = bad = high = runs = 0
    for piece in _chunks(path):
        text = decoder.decode(piece)
        lost = text.count(_LOST)
        bad += lost
        good += len(text) - len(text.encode("ascii", errors="ignore")) - lost
        high += len(_HIGH.findall(piece))
        runs += sum(map(len, _CYRILLIC_RUN.findall(piece)))
    if good >= _GOOD_PER_BAD * bad:
        return "utf-8"
    # Letters of Cyrillic words stand side by side; those of western words stand alone among plain ones.
    return "cp1251" if runs > high / 2 else "cp1252"


def _is_damaged(path: Path) -> bool:
    """Find out whether a file holds bytes that are not UTF-8, or signs that no text holds."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _chunks(path):
            if _LOST in decoder.decode(piece) or len(piece.translate(None, _CONTROL_BYTES)) < len(piece):
                return True
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False
