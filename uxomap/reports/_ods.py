"""Sheets of an OpenDocument spreadsheet (ODS): the values as they were last worked out, no formulas."""

import datetime as dt
import re
import zipfile
from pathlib import Path

from uxomap.errors import InputError
from uxomap.reports._cells import Sheet, read_number
from uxomap.reports._limits import MAX_CELL, MAX_CELLS, refuse_cell, refuse_size
from uxomap.reports._xml import check_depth, local_name, read_xml

_CONTENT = "content.xml"
_KIND = b"application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = "META-INF/manifest.xml"

#: Kinds of values that are numbers, and the attribute of those that are something else.
_NUMBERS = frozenset({"float", "currency", "percentage"})
_VALUES = {"date": "office:date-value", "time": "office:time-value", "boolean": "office:boolean-value"}

#: Prefixes that every spreadsheet program writes, and on which the reading rests.
_PREFIXES = ("xmlns:office", "xmlns:table", "xmlns:text")

#: Elements whose texts are not of the cell they stand in, or not of the table.
_ASIDE = frozenset(
    {"annotation", "frame", "shapes", "custom-shape", "g", "tracked-changes", "dde-links", "ruby-text", "forms"}
)
_MAX_REPEATED = 1_048_576
_MAX_COLUMNS = 16_384
_COUNT = re.compile(r"[0-9]{1,8}")
_ERROR = re.compile(r"Err:[0-9]{3}|#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)")
_MANY_PIECES = 8


def is_spreadsheet(archive: zipfile.ZipFile) -> bool:
    """Tell a spreadsheet from other packed files, by the kind that it states."""
    names = archive.namelist()
    if "mimetype" not in names or _CONTENT not in names:
        return False
    with archive.open("mimetype") as stream:
        return stream.read(100).strip().startswith(_KIND)


def read_ods(path: Path, archive: zipfile.ZipFile) -> list[Sheet]:
    """Read the sheets of a spreadsheet."""
    if _MANIFEST in archive.namelist():
        with archive.open(_MANIFEST) as stream:
            read_xml(stream, str(path), start=lambda name, _: _refuse_encrypted(path, name))
    reader = _Reader(path)
    with archive.open(_CONTENT) as stream:
        read_xml(
            stream, str(path), start=reader.start, end=reader.end, data=reader.pieces.append, after=reader.check_pieces
        )
    return reader.sheets


def _refuse_encrypted(path: Path, name: str) -> None:
    """Refuse what cannot be read without a password."""
    if local_name(name) == "encryption-data":
        message = (
            f"{path} is protected by a password. Open it in a spreadsheet program, and save it without, or save the "
            "table as CSV."
        )
        raise InputError(message)


class _Reader:
    """Reads the cells of all sheets while the XML goes by."""

    def __init__(self, path: Path) -> None:
        """Begin before the first sheet."""
        self.path = path
        self.sheets: list[Sheet] = []
        self.pieces: list[str] = []
        self.depth = self.aside = self.tables = 0
        self.row, self.rows, self.column = 0, 1, 0
        self.cell: dict[str, str] = {}
        self.covered = False
        self.paragraphs: list[str] = []
        self.filled: list[tuple[int, object]] = []
        self.style = ""
        self.hidden_styles: set[str] = set()
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note what begins."""
        self.depth += 1
        if self.aside:
            self.aside += 1
            check_depth(self.depth, str(self.path))
        elif name == "table:table-cell":
            self.cell, self.covered = attributes, False
            if self.paragraphs:
                self.paragraphs.clear()
        elif name == "text:p":
            self.pieces.clear()
        else:
            self._start_rare(name, attributes)

    def _start_rare(self, name: str, attributes: dict[str, str]) -> None:
        """Note what begins, other than cells and their texts."""
        check_depth(self.depth, str(self.path))
        local = local_name(name)
        if self.depth == 1 and not all(prefix in attributes for prefix in _PREFIXES):
            raise self._damaged(what="it does not name its parts as spreadsheet programs do")
        if local in _ASIDE:
            self.aside = 1
        elif local == "s":
            spaces = attributes.get("text:c", "1")
            self.pieces.append(" " * (int(spaces) if _COUNT.fullmatch(spaces) else 1))
        elif local in ("tab", "line-break"):
            self.pieces.append("\t" if local == "tab" else "\n")
        elif local == "covered-table-cell":
            self.cell, self.covered = attributes, True
        elif local == "table-row":
            self.rows, self.column = self._repeats(attributes, "table:number-rows-repeated"), 0
        elif local == "table":
            self._start_table(attributes)
        elif local == "style":
            self.style = attributes.get("style:name", "")
        elif local == "table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self.style)

    def end(self, name: str) -> None:
        """Take what ends."""
        self.depth -= 1
        if self.aside:
            self.aside -= 1
            self.pieces.clear()
        elif name == "text:p":
            self.paragraphs.append("".join(self.pieces))
            self.pieces.clear()
        elif name in ("table:table-cell", "table:covered-table-cell"):
            repeats = self._repeats(self.cell, "table:number-columns-repeated")
            if not self.covered and self.sheets:
                self._take(repeats)
            self.column += repeats
        elif name == "table:table-row":
            self._take_row()
        elif name == "table:table":
            self.tables -= 1

    def check_pieces(self) -> None:
        """Refuse a text that grows without end."""
        texts = [*self.pieces, *self.paragraphs]
        if len(texts) > _MANY_PIECES and sum(map(len, texts)) > MAX_CELL:
            raise refuse_cell(str(self.path), "a cell")

    def _damaged(self, what: str) -> InputError:
        """Say that the file cannot be read."""
        message = f"{self.path} cannot be read as a spreadsheet: {what}. Save it again, or save the table as CSV."
        return InputError(message)

    def _repeats(self, attributes: dict[str, str], name: str) -> int:
        """Read how often a row or a cell stands there."""
        text = attributes.get(name)
        if text is None:
            return 1
        number = int(text) if _COUNT.fullmatch(text) else 0
        if not 0 < number <= _MAX_REPEATED:
            raise self._damaged(what=f"something stands there {text!r:.20} times")
        return number

    def _name(self) -> str:
        """Name the sheet that is read."""
        return f"{self.path}: {self.sheets[-1].name}"

    def _start_table(self, attributes: dict[str, str]) -> None:
        """Begin a sheet; a table within a cell is no sheet."""
        self.tables += 1
        if self.tables > 1:
            message = f"{self.path} has a table within a cell. Must be plain cells. Save the table as CSV."
            raise InputError(message)
        name = attributes.get("table:name", f"sheet {len(self.sheets) + 1}")
        hidden = attributes.get("table:style-name", "") in self.hidden_styles
        self.sheets.append(Sheet(name, "spreadsheet (ODS)", hidden=hidden))
        self.row = self.column = 0

    def _take(self, repeats: int) -> None:
        """Take the value of a cell, as often as it is repeated."""
        cell = self.cell
        if "table:number-rows-spanned" in cell or "table:number-columns-spanned" in cell:
            self._take_merged(cell)
        if not self.paragraphs and "office:value-type" not in cell and "table:formula" not in cell:
            return
        value = self._value(cell.get("office:value-type"))
        if value == "":
            return
        if self.column + repeats > _MAX_COLUMNS:
            raise refuse_size(self._name())
        self.filled += [(self.column + more, value) for more in range(repeats)]

    def _take_merged(self, cell: dict[str, str]) -> None:
        """Note over how many rows and columns a cell reaches."""
        down, right = (cell.get(f"table:number-{way}-spanned", "1") for way in ("rows", "columns"))
        if _COUNT.fullmatch(down) and _COUNT.fullmatch(right):
            last_row, last_column = self.row + max(int(down), 1) - 1, self.column + max(int(right), 1) - 1
            self.sheets[-1].merged.append((self.row, last_row, self.column, last_column))

    def _value(self, kind: str | None) -> object:
        """Read the value of a cell: a number, a day or text, or why it is not known."""
        cell, formula = self.cell, "table:formula" in self.cell
        shown = self.paragraphs[0] if len(self.paragraphs) == 1 else "\n".join(self.paragraphs)
        if kind == "string" and not self.paragraphs:
            shown = cell.get("office:string-value", "")
        if len(shown) > MAX_CELL:
            raise refuse_cell(self._name(), where=f"row {self.row + 1}")
        if formula and _ERROR.fullmatch(shown):
            return _Unknown(f"the error {shown}")
        if formula and kind is None and not shown:
            return _Unknown("a formula without its value")
        if kind in _NUMBERS:
            return read_number(cell.get("office:value", shown))
        if kind in _VALUES:
            text = cell.get(_VALUES[kind], shown)
            return _read_day(text) if kind == "date" else text
        return shown

    def _take_row(self) -> None:
        """Put the cells of a row into the sheet, as often as it is repeated."""
        if self.sheets and self.filled:
            sheet = self.sheets[-1]
            self.count += self.rows * len(self.filled)
            if self.count > MAX_CELLS or self.row + self.rows > _MAX_REPEATED:
                raise refuse_size(self._name())
            for row in range(self.row, self.row + self.rows):
                for column, value in self.filled:
                    if type(value) is _Unknown:
                        sheet.put_odd(row, column, value)
                    else:
                        sheet.put(row, column, value)
        self.filled = []
        self.row += self.rows


class _Unknown(str):
    """Why the value of a cell is not known."""

    __slots__ = ()


def _read_day(text: str) -> object:
    """Read a day as it is written in the file; what is none stays text."""
    try:
        return dt.datetime.fromisoformat(text[:26]).replace(tzinfo=None)
    except ValueError:
        return text
