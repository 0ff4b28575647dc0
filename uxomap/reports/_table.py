"""Delimited text (CSV, TSV) to a table: every record a row, whatever its quotes, commas and encoding."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._header import (
    LOOKED_AT,
    check_header,
    count_names,
    find_header,
    is_counted,
    join_header,
    names_axis,
)
from uxomap.reports._regular import read_regular
from uxomap.reports._source import Table, unique_names
from uxomap.reports._texts import Objects, no_notes, quote

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

#: Follows the last line, so that a quotation mark that is never closed shows: it swallows this too.
_END = "\x00end of file\x00"

_HEAD_LINES = 100
_CHUNK_ROWS = 20_000
_CHUNK_BYTES = 1 << 22

#: Different texts of a column that are remembered, so that equal ones are kept in memory once.
_REMEMBERED = 100_000

#: Share of rows whose surplus is filled, from which the surplus is no delimiter at the end of the line.
_FEW = 0.01

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


def read_delimited(path: Path, *, limit: int | None = None, wanted: Collection[str] = ()) -> Table:
    """Read a file of delimited text, or only its first *limit* rows; *wanted* names are those of its header."""
    encoding, doubtful = _find_encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines: Iterator[str] = (_CONTROL.sub(_LOST, line) for line in file) if doubtful else iter(file)
        head = list(islice(lines, _HEAD_LINES))
        delimiter = _find_delimiter(head, wanted)
        before = int(bool(head) and _SEPARATOR_LINE.fullmatch(head[0]) is not None)
        reader = csv.reader(chain(head[before:], lines, [_END]), delimiter=delimiter)
        try:
            top = _read_top(reader)
            header, at = _place_header(path, top, wanted, before)
            form = _Form(path, encoding, delimiter, doubtful, before + top[at].first, at > 0)
            plain = limit is None and not doubtful and encoding.startswith("utf-8") and delimiter in _DELIMITERS
            if plain and (regular := _read_fast(form, header, head[: before + top[at].last])):
                return _make_table(form, header, regular, _Problems())
            records = chain((record.cells for record in top[at + 1 :]), reader)
            cells, problems = _collect(records, header, limit)
        except csv.Error as error:
            raise _open_quote(path, encoding, delimiter) from error
    if problems.unclosed:
        raise _open_quote(path, encoding, delimiter)
    if not _ends_line(path):
        problems.cut = problems.cut or problems.last
    return _make_table(form, header, cells, problems)


@dataclass(frozen=True, slots=True)
class _Record:
    """One record at the top of a file, with its first and last line."""

    cells: list[str]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file is written, and in which line its header stands."""

    path: Path
    encoding: str
    delimiter: str
    doubtful: bool
    line: int
    titled: bool


class _Problems:
    """What was odd about single records, by their row."""

    def __init__(self) -> None:
        """Begin with nothing odd."""
        self.long: dict[int, int] = {}
        self.short: dict[int, int] = {}
        self.blank: list[int] = []
        self.lengths: Counter[int] = Counter()
        self.unclosed = True
        #: Row and number of cells of the last record, where it is short; of that which the end of the file cuts off.
        self.last: tuple[int, int] | None = None
        self.cut: tuple[int, int] | None = None


def _read_top(reader: Any) -> list[_Record]:
    """Read the records among which the header is looked for."""
    top: list[_Record] = []
    first = 1
    for cells in islice(reader, LOOKED_AT):
        top.append(_Record(cells, first, reader.line_num))
        first = reader.line_num + 1
    return top


def _place_header(path: Path, top: Sequence[_Record], wanted: Collection[str], before: int) -> tuple[list[str], int]:
    """Find the header among the first records: its names, and its last record."""
    rows = [record.cells for record in top if record.cells != [_END]]
    if not any(cell.strip() for row in rows for cell in row):
        message = f"{path} holds no table: all its lines are empty. Save the table again as CSV in UTF-8."
        raise InputError(message)
    at = find_header(rows, wanted=wanted)
    if rows[at][-1].endswith(_END):
        # A quotation mark in the header is never closed.
        raise csv.Error
    check_header(rows[at], str(path), before + top[at].first, wanted=wanted)
    return join_header(rows, at)


def _read_fast(form: _Form, header: Sequence[str], head: Sequence[str]) -> list[pd.Series] | None:
    """Read the records below the header the fast way, where they are regular."""
    if len(header) == 1 or len(head) == _HEAD_LINES:
        return None
    mark = len(codecs.BOM_UTF8) if form.encoding == "utf-8-sig" else 0
    start = mark + len("".join(head).encode())
    return read_regular(form.path, start, len(header), form.delimiter)


def _collect(records: Iterator[list[str]], header: Sequence[str], limit: int | None) -> tuple[list[Objects], _Problems]:
    """Collect the cells of all records by column; missing ones are NaN."""
    problems, width = _Problems(), len(header)
    named = max(position for position, title in enumerate(header, start=1) if title.strip() or position == 1)
    columns: list[list[Objects]] = [[] for _ in range(width)]
    memories: list[dict[str, Any] | None] = [{"": np.nan} for _ in range(width)]
    count = 0
    while chunk := list(islice(records, _CHUNK_ROWS)):
        if chunk[-1][-1:] and chunk[-1][-1].endswith(_END):
            _take_end(chunk, count, named, problems)
        lengths = Counter(map(len, chunk))
        problems.lengths.update(lengths)
        if set(lengths) - {width}:
            chunk = [_fit(record, width, named, row, problems) for row, record in enumerate(chunk, start=count)]
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
            problems.unclosed, problems.last = False, None
            break
    # Lines without a sign at the end of the file are its end, not rows.
    while problems.blank and problems.blank[-1] == count - 1:
        count = problems.blank.pop()
    none = np.empty(0, dtype=object)
    return [np.concatenate([none, *pieces])[:count] for pieces in columns], problems


def _take_end(chunk: list[list[str]], count: int, named: int, problems: _Problems) -> None:
    """Take the mark of the end out of the last records, and see whether the file ends in the middle of one."""
    last = chunk[-1]
    if last == [_END]:
        problems.unclosed = False
        chunk.pop()
        if chunk and 0 < len(chunk[-1]) < named:
            problems.last = (count + len(chunk) - 1, len(chunk[-1]))
        return
    rest = last[-1].removesuffix(_END).rstrip("\r\n")
    # A quotation mark that is open in the last line only: the file was cut off there, and no other record is in it.
    if "\n" not in rest and "\r" not in rest:
        chunk[-1] = [*last[:-1], rest]
        problems.unclosed = False
        problems.cut = (count + len(chunk) - 1, len(last))


def _fit(record: list[str], width: int, named: int, row: int, problems: _Problems) -> list[str]:
    """Give a record as many cells as there are columns, and remember what was odd about it."""
    if not record:
        problems.blank.append(row)
    elif len(record) < named:
        problems.short[row] = len(record)
    elif any(record[width:]):
        problems.long[row] = len(record)
        # Nothing is lost: what is too much stands in the last column.
        return [*record[: width - 1], " | ".join(record[width - 1 :])]
    return [*record[:width], *[""] * (width - len(record))]


def _make_table(form: _Form, header: Sequence[str], cells: Sequence[Any], problems: _Problems) -> Table:
    """Make a table of the cells, and tell of each row what was odd."""
    count, width = len(cells[0]), len(header)
    _check_widths(form.path, header, cells[0], problems)
    faults, notes = no_notes(count), no_notes(count)
    for row, length in problems.long.items():
        faults[row] = f"{length} values for {width} columns: an unquoted delimiter or a lost quotation mark moves them"
    for row, length in problems.short.items():
        notes[row] = f"only {length} values for {width} columns: the rest is taken as empty"
    if problems.cut is not None:
        _tell_cut(header, cells, problems.cut, faults, notes)
    damaged = _find_damage(cells) if form.doubtful else []
    for row in damaged:
        notes[row] = f"{notes[row]}; {_DAMAGE}" if notes[row] else _DAMAGE
    names = unique_names(header)
    # A column without a name and without a value comes from delimiters at the end of the lines.
    kept = [bool(title.strip()) or not pd.isna(column).all() for title, column in zip(header, cells, strict=True)]
    arrays = {name: column for name, column, keep in zip(names, cells, kept, strict=True) if keep}
    letters = f"{form.encoding}{f', {_DAMAGE} ({len(damaged)} rows)' if damaged else ''}"
    said = [("encoding", letters), ("delimiter", _DELIMITERS.get(form.delimiter, repr(form.delimiter)))]
    if form.titled:
        said.append(("header", f"line {form.line}"))
    return Table(str(form.path), "delimited text", pd.DataFrame(arrays), faults, notes, details=tuple(said))


def _check_widths(path: Path, header: Sequence[str], first: Any, problems: _Problems) -> None:
    """Refuse a file whose header has a name too few or too many, as all values would move."""
    width, lengths = len(header), Counter(problems.lengths)
    if problems.cut is not None:
        lengths -= Counter([problems.cut[1]])
    rows = lengths.total() - lengths.pop(0, 0)
    wide = Counter({length: number for length, number in lengths.items() if length > width})
    if not rows:
        return
    usual = lengths.most_common(1)[0][0]
    filled = sum(length == usual for length in problems.long.values())
    moved = filled >= _FEW * rows or is_counted(header[0], first)
    if len(problems.long) > rows / 2 or (wide.total() > rows / 2 and usual > width and moved):
        message = (
            f"{path}: {wide.total()} of {rows} rows have more values than the header has names ({width}). "
            "A name is missing in the header, or texts that hold the delimiter are not quoted. "
            "Complete the header, or save the table again as CSV."
        )
        raise InputError(message)
    if len(lengths) == 1 and rows == len(problems.short.keys() - {(problems.cut or (-1, 0))[0]}):
        message = (
            f"{path}: each of its {rows} rows has {usual} values, but the header has {width} names. A name is too "
            "many, or a value is missing in every row; which one cannot be told. Take the name out of the header, or "
            "end each row with a delimiter for the empty cell."
        )
        raise InputError(message)


def _tell_cut(header: Sequence[str], cells: Any, cut: tuple[int, int], faults: Objects, notes: Objects) -> None:
    """Say of the last row that the file ends in the middle of it; a place that may be cut off is not used."""
    row, length = cut
    where = min(length, len(header)) - 1
    value, name = cells[where][row], quote(" ".join(header[where].split()))
    if pd.isna(value):
        notes[row] = "the file ends in the middle of this row: the rest is taken as empty"
    elif names_axis(header[where]):
        faults[row] = f"the file ends in the middle of this row: {quote(value)} in {name} may be cut off"
    else:
        notes[row] = f"the file ends in the middle of this row: {quote(value)} in {name} may be cut off"


def _ends_line(path: Path) -> bool:
    """Tell whether the last line of a file has an end."""
    with path.open("rb") as file:
        file.seek(0, io.SEEK_END)
        file.seek(max(0, file.tell() - 2))
        return bool(set(file.read()) & set(b"\r\n"))


def _find_damage(cells: Sequence[Any]) -> list[int]:
    """Find the rows with letters that cannot be read."""
    rows = enumerate(zip(*cells, strict=True))
    return [row for row, record in rows if any(type(cell) is str and _LOST in cell for cell in record)]


def _find_delimiter(head: list[str], wanted: Collection[str]) -> str:
    """Choose the delimiter under which the header names most, and most records are as long as it."""
    if head and (stated := _SEPARATOR_LINE.fullmatch(head[0])) and stated[1] not in '"\r\n':
        return stated[1]
    best, chosen = (0, 0.0, 0), ","
    for delimiter in _DELIMITERS:
        try:
            records = [record for record in csv.reader(head, delimiter=delimiter) if any(record)]
        except csv.Error:
            continue
        if not records:
            continue
        header = records[find_header(records, wanted=wanted)]
        alike = sum(len(record) == len(header) for record in records) / len(records)
        score = (count_names(header), round(alike, 1), len(header))
        if len(header) > 1 and score > best:
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
