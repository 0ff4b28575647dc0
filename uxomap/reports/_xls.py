"""Sheets of an old spreadsheet (XLS), by way of calamine."""

from pathlib import Path

import python_calamine
from python_calamine import SheetTypeEnum, SheetVisibleEnum

from uxomap.errors import InputError
from uxomap.reports._cells import Sheet

#: Names that parts of an Office file have, as they are written in it.
_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook\0", "Book\0"))
_PROTECTED = "EncryptedPackage\0".encode("utf-16-le")

#: Where the header of such a file says how large its sectors are and how many list the others.
_SECTOR_SHIFT, _LISTS, _LISTS_OF_LISTS = slice(30, 32), slice(44, 48), slice(72, 76)

_MAX_BYTES = 200_000_000


def read_xls(path: Path) -> list[Sheet]:
    """Read the sheets of an old spreadsheet; refuse other Office files, and those with a password."""
    _check_content(path)
    try:
        with python_calamine.load_workbook(path) as book:
            return [_read_sheet(book, about) for about in book.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet]
    except python_calamine.PasswordError as error:
        raise _protected(path) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # calamine ends in a panic, which is no Exception, where a file is damaged
        reason = " ".join(str(error).split())[:200]
        message = f"{path} cannot be read as a spreadsheet: {reason}. Save it again as XLSX, or save the table as CSV."
        raise InputError(message) from error


def _check_content(path: Path) -> None:
    """Look into an Office file, refuse it where it is no spreadsheet or promises more than it can hold."""
    size = path.stat().st_size
    content = path.read_bytes() if size <= _MAX_BYTES else b""
    if _PROTECTED in content:
        raise _protected(path)
    if not any(name in content for name in _BOOKS):
        message = f"{path} is an old Office file, not a table of reports. Save the table as XLSX, or as CSV in UTF-8."
        raise InputError(message)
    shift, lists, lists_of_lists = (
        int.from_bytes(content[place], "little") for place in (_SECTOR_SHIFT, _LISTS, _LISTS_OF_LISTS)
    )
    # calamine makes room for as many as the file says there are.
    if shift not in (9, 12) or max(lists, lists_of_lists) > (size >> shift) + 1:
        message = f"{path} is a damaged old Office file. Save it again as XLSX, or save the table as CSV."
        raise InputError(message)


def _protected(path: Path) -> InputError:
    """Say that a password is needed."""
    message = (
        f"{path} is protected by a password. Open it in a spreadsheet program, and save it without, or save the table "
        "as CSV."
    )
    return InputError(message)


def _read_sheet(book: python_calamine.CalamineWorkbook, about: python_calamine.SheetMetadata) -> Sheet:
    """Read one sheet."""
    cells = book.get_sheet_by_name(about.name)
    sheet = Sheet(about.name, "spreadsheet (XLS)", hidden=about.visible != SheetVisibleEnum.Visible)
    for row, values in enumerate(cells.to_python(skip_empty_area=False)):
        for column, value in enumerate(values):
            if value != "":
                sheet.put(row, column, int(value) if isinstance(value, float) and value.is_integer() else value)
    for (top, left), (bottom, right) in cells.merged_cell_ranges or []:
        sheet.merged.append((top, bottom, left, right))
    return sheet
