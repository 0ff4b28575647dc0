"""Spreadsheets (XLSX) to tables: every sheet in which places can be recognised."""

import warnings
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._columns import find_roles
from uxomap.reports._source import Table, unique_names
from uxomap.reports._stated import Stated
from uxomap.reports._texts import no_notes

#: A spreadsheet that unpacks to more than this is refused, in bytes.
_MAX_UNPACKED = 500_000_000


def read_sheets(path: Path, stated: Stated) -> list[Table]:
    """Read the sheets of a spreadsheet whose header names a place; refuse the file if none does."""
    if find_spec("openpyxl") is None:
        message = (
            f"{path} is a spreadsheet, and reading it needs openpyxl. Run: pip install openpyxl, or save it as CSV."
        )
        raise InputError(message)
    with zipfile.ZipFile(path) as archive:
        size = sum(item.file_size for item in archive.infolist())
    if size > _MAX_UNPACKED:
        message = (
            f"{path} unpacks to {size / 1e6:,.0f} MB. Must be at most {_MAX_UNPACKED / 1e6:.0f} MB. Save it as CSV."
        )
        raise InputError(message)
    try:
        # openpyxl warns of styles and extensions it leaves out, which hold no cells.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine="openpyxl", na_filter=False)
    except Exception as error:  # a damaged spreadsheet fails in many ways inside openpyxl
        message = f"{path} cannot be read as a spreadsheet: {error}. Save it again, or save the table as CSV."
        raise InputError(message) from error
    tables, refusals = [], []
    for name, cells in sheets.items():
        table = _sheet_table(cells, f"{path}: {name}" if len(sheets) > 1 else str(path))
        try:
            find_roles(list(table.frame.columns), stated.columns, file=table.name, placed=False)
        except InputError as refusal:
            refusals.append(refusal)
        else:
            tables.append(table)
    if not tables:
        raise refusals[0]
    return tables


def _sheet_table(cells: pd.DataFrame, name: str) -> Table:
    """Take the first filled line of a sheet as its header, and what follows as rows."""
    filled = (cells.notna() & (cells != "")).to_numpy(dtype=bool)
    rows = np.flatnonzero(filled.any(axis=1))
    if not len(rows):
        return Table(name, "spreadsheet", pd.DataFrame(), no_notes(0), no_notes(0))
    used = np.flatnonzero(filled[rows[0] :].any(axis=0))
    header, body = cells.iloc[rows[0], used], cells.iloc[rows[0] + 1 : rows[-1] + 1, used]
    names = unique_names([None if title == "" else title for title in header])
    frame = body.set_axis(names, axis="columns").reset_index(drop=True)
    count = len(frame)
    return Table(name, "spreadsheet", frame.mask(frame == ""), no_notes(count), no_notes(count))
