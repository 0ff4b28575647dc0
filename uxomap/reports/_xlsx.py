"""Sheets of a spreadsheet in Office Open XML (XLSX, XLSM): the values as they were last worked out, no formulas."""

import contextlib
import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import (
    CALENDAR_MAC_1904,
    CALENDAR_WINDOWS_1900,
    from_excel,
)

from uxomap.errors import InputError
from uxomap.reports._cells import Block, Sheet, read_number
from uxomap.reports._limits import MAX_CELL, refuse_cell
from uxomap.reports._xml import check_depth, local_name, read_xml

WORKBOOK = "xl/workbook.xml"

_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
_ROW_DIGITS, _TEXT_DIGITS = 7, 9
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CORNER = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")

#: Pieces of text that come from one part of the file, above which their length is looked at.
_MANY_PIECES = 8


@dataclass(slots=True)
class _Book:
    """What a workbook says of itself."""

    path: Path
    archive: zipfile.ZipFile
    epoch: dt.datetime = CALENDAR_WINDOWS_1900
    #: Name, identifier of the part and whether hidden.
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    #: Identifier to kind and path of a part.
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    date_styles: frozenset[str] = frozenset()


def read_xlsx(path: Path, archive: zipfile.ZipFile) -> list[Sheet]:
    """Read the sheets of a workbook."""
    book = _Book(path, archive)
    _read_relations(book)
    _read_workbook(book)
    kinds = dict(book.parts.values())
    _read_styles(book, kinds.get("styles"))
    _read_texts(book, kinds.get("sharedStrings"))
    sheets = []
    for name, identifier, hidden in book.sheets:
        kind, target = book.parts.get(identifier, ("", ""))
        if kind == "worksheet":
            if target not in archive.namelist():
                raise _damaged(path, f"its sheet {name!r} is missing")
            sheet = Sheet(name, "spreadsheet (XLSX)", hidden=hidden)
            _SheetReader(book, sheet).read(target)
            sheets.append(sheet)
    return sheets


def _damaged(path: Path, what: str) -> InputError:
    """Say that a workbook cannot be read."""
    message = f"{path} cannot be read as a spreadsheet: {what}. Save it again, or save the table as CSV."
    return InputError(message)


def _read_relations(book: _Book) -> None:
    """Read which part of the file is what."""

    def start(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            book.parts[attributes.get("Id", "")] = (kind, target)

    relations = "xl/_rels/workbook.xml.rels"
    if relations not in book.archive.namelist():
        raise _damaged(book.path, "the list of its parts is missing")
    with book.archive.open(relations) as stream:
        read_xml(stream, str(book.path), start=start)


def _read_workbook(book: _Book) -> None:
    """Read the names of the sheets and on which day the calendar begins."""

    def start(name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local == "sheet":
            by_name = {local_name(key): value for key, value in attributes.items()}
            hidden = attributes.get("state", "visible") != "visible"
            # The identifier of the part has a prefix, that of the sheet has none.
            book.sheets.append((attributes.get("name", ""), by_name.get("id", ""), hidden))
        elif local == "workbookPr" and attributes.get("date1904", "0") in ("1", "true"):
            book.epoch = CALENDAR_MAC_1904

    with book.archive.open(WORKBOOK) as stream:
        read_xml(stream, str(book.path), start=start)


def _read_styles(book: _Book, target: str | None) -> None:
    """Find the styles that show a number as a day."""
    formats: dict[str, str] = {str(number): text for number, text in BUILTIN_FORMATS.items()}
    used: list[str] = []
    within: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        check_depth(len(within), str(book.path))
        if local == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local == "xf" and within[-1:] == ["cellXfs"]:
            used.append(attributes.get("numFmtId", "0"))
        within.append(local)

    if target is not None and target in book.archive.namelist():
        with book.archive.open(target) as stream:
            read_xml(stream, str(book.path), start=start, end=lambda _: within.pop())
    days = {number for number in set(used) if is_date_format(formats.get(number, "")[:255])}
    book.date_styles = frozenset(str(style) for style, number in enumerate(used) if number in days)


def _read_texts(book: _Book, target: str | None) -> None:
    """Read the texts that cells share."""
    pieces: list[str] = []
    whole: list[str] = []
    aside = 0
    depth = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal aside, depth
        depth += 1
        check_depth(depth, str(book.path))
        pieces.clear()
        aside += local_name(name) == "rPh"

    def end(name: str) -> None:
        nonlocal aside, depth
        depth -= 1
        local = local_name(name)
        if local == "t" and not aside:
            whole.extend(pieces)
        elif local == "rPh":
            aside -= 1
        elif local == "si":
            book.texts.append(_unescape("".join(whole)))
            if len(book.texts[-1]) > MAX_CELL:
                raise refuse_cell(str(book.path), "a cell")
            whole.clear()

    if target is not None and target in book.archive.namelist():
        with book.archive.open(target) as stream:
            read_xml(
                stream,
                str(book.path),
                start=start,
                end=end,
                data=pieces.append,
                after=lambda: _check_pieces([*pieces, *whole], str(book.path)),
            )


def _check_pieces(pieces: list[str], name: str) -> None:
    """Refuse a text that grows without end."""
    if len(pieces) > _MANY_PIECES and sum(map(len, pieces)) > MAX_CELL:
        raise refuse_cell(name, "a cell")


def _unescape(text: str) -> str:
    """Read the letters that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _column(letters: str) -> int:
    """Count the letters of a column: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Columns(dict[str, int]):
    """Letters of columns to their numbers."""

    def __missing__(self, letters: str) -> int:
        """Work out a number once."""
        corner = _CORNER.fullmatch(f"{letters}1")
        self[letters] = number = _column(corner[1]) if corner else _MAX_COLUMNS
        return number


class _SheetReader:
    """Reads the cells of one sheet while its XML goes by."""

    def __init__(self, book: _Book, sheet: Sheet) -> None:
        """Begin before the first cell."""
        self.book, self.sheet = book, sheet
        self.name = f"{book.path}: {sheet.name}"
        self.columns: Mapping[str, int] = _Columns()
        self.days: Mapping[str, object] = _Days(book.epoch)
        self.pieces: list[str] = []
        self.row = self.column = -1
        self.depth = self.aside = 0
        self.kind: str | None = None
        self.style: str | None = None
        self.value: str | None = None
        self.in_cell = self.formula = False

    def read(self, target: str) -> None:
        """Read the part of the file with the cells."""
        with self.book.archive.open(target) as stream:
            read_xml(
                stream,
                self.name,
                start=self.start,
                end=self.end,
                data=self.pieces.append,
                after=lambda: _check_pieces(self.pieces, self.name),
            )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note what begins."""
        self.depth += 1
        local = name if ":" not in name else local_name(name)
        if local == "c":
            place = attributes.get("r")
            self.column = self.columns[place.rstrip("0123456789")] if place else self.column + 1
            if self.column >= _MAX_COLUMNS:
                raise _damaged(self.book.path, f"a cell at {place!r:.20} in sheet {self.sheet.name!r}")
            self.kind, self.style = attributes.get("t"), attributes.get("s")
            self.value, self.formula, self.in_cell = None, False, True
        elif local == "v":
            self.pieces.clear()
        else:
            self._start_rare(local, attributes)

    def _start_rare(self, local: str, attributes: dict[str, str]) -> None:
        """Note what begins, other than cells and their values."""
        self.pieces.clear()
        check_depth(self.depth, self.name)
        if local == "row":
            number = attributes.get("r", str(self.row + 2))
            self.row = int(number) - 1 if number.isdecimal() and len(number) <= _ROW_DIGITS else _MAX_ROWS
            self.column = -1
            if not 0 <= self.row < _MAX_ROWS:
                raise _damaged(self.book.path, f"a row {number!r:.20} in sheet {self.sheet.name!r}")
        elif local == "f":
            self.formula = True
        elif local == "rPh":
            self.aside += 1
        elif local == "mergeCell":
            self.sheet.merged.append(self._block(attributes.get("ref", "")))

    def end(self, name: str) -> None:
        """Take the texts of what ends."""
        self.depth -= 1
        local = name if ":" not in name else local_name(name)
        if local == "v":
            if self.in_cell:
                self.value = "".join(self.pieces)
        elif local == "c":
            self.in_cell = False
            if self.value or self.formula:
                self._take()
        elif local == "t" and self.in_cell and not self.aside:
            self.value = (self.value or "") + "".join(self.pieces)
        elif local == "rPh":
            self.aside -= 1

    def _take(self) -> None:
        """Put the value of a cell into the sheet."""
        text, kind = self.value, self.kind
        if not text:
            # A formula that makes an empty text has been worked out; one without any value has not.
            if kind not in ("str", "inlineStr"):
                self.sheet.put_odd(self.row, self.column, "a formula without its value")
            return
        if len(text) > MAX_CELL:
            raise refuse_cell(self.name, f"row {self.row + 1}")
        if kind is None or kind == "n":
            value = self.days[text] if self.style in self.book.date_styles else read_number(text)
        elif kind == "s":
            value = self._shared(text)
        elif kind == "b":
            value = text == "1"
        elif kind == "e":
            self.sheet.put_odd(self.row, self.column, f"the error {text[:20]}")
            return
        else:
            value = _unescape(text)
        if value != "":
            self.sheet.put(self.row, self.column, value)

    def _shared(self, text: str) -> object:
        """Look up a text that cells share."""
        if not (text.isdecimal() and len(text) <= _TEXT_DIGITS and int(text) < len(self.book.texts)):
            raise _damaged(self.book.path, f"a text that is missing in sheet {self.sheet.name!r}")
        return self.book.texts[int(text)]

    def _block(self, text: str) -> Block:
        """Read the corners of merged cells."""
        corners = [_CORNER.fullmatch(corner) for corner in text.split(":")]
        first, last = corners[0], corners[-1]
        if first is None or last is None:
            raise _damaged(self.book.path, f"merged cells at {text!r:.20} in sheet {self.sheet.name!r}")
        return int(first[2]) - 1, int(last[2]) - 1, _column(first[1]), _column(last[1])


class _Days(dict[str, object]):
    """Numbers to the days or times that they are shown as."""

    def __init__(self, epoch: dt.datetime) -> None:
        """Begin the calendar on a day."""
        super().__init__()
        self.epoch = epoch

    def __missing__(self, text: str) -> object:
        """Work out a day once."""
        number = read_number(text)
        self[text] = number
        if isinstance(number, (int, float)):
            with contextlib.suppress(ValueError, OverflowError):
                day = from_excel(number, self.epoch)
                self[text] = day if isinstance(day, (dt.datetime, dt.time)) else number
        return self[text]
