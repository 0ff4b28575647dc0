"""Zipped Shapefile: short names and short texts, with the full table beside it so that nothing is lost."""

import errno
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from uxomap._files import stage_file
from uxomap.export._archive import write_archive
from uxomap.export._csv import write_csv
from uxomap.export._dictionary import describe_columns, short_names
from uxomap.export._layers import describe_layer, key_column
from uxomap.export._ogr import FAULTS, Table, explain_gdal, layer_table, write_table
from uxomap.export._values import PlainColumn

#: Most bytes of a text, and most characters of a number, that the format holds; decimals that it keeps.
_TEXT_BYTES, _NUMBER_WIDTH, _DECIMALS = 254, 24, 15

#: Share of a number that rounding may take without a word.
_TOLERANCE = 1e-12

#: Stands at the end of a text that was cut.
_CUT = "…"

_OPTIONS = MappingProxyType({"ENCODING": "UTF-8", "DBF_DATE_LAST_UPDATE": "2000-01-01"})

#: Parts of a Shapefile, in the order in which they are packed.
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def write_shapefile(
    layer: gpd.GeoDataFrame, path: Path, *, name: str, parameters: Mapping[str, object], sensitivity: str
) -> Path:
    """Write one layer as a zip of the Shapefile, its full table, the list of its fields, and what it is."""
    whole = layer_table(name, layer)
    short = short_names(list(whole.columns))
    fitted = {column: _fit(values) for column, values in whole.columns.items()}
    columns = {short[column]: values for column, (values, _) in fitted.items()}
    cut = {column: count for column, (_, count) in fitted.items()}
    about = describe_layer(name, layer, sensitivity=sensitivity, parameters=parameters)
    with stage_file(path) as part, TemporaryDirectory(prefix=".uxomap-", dir=path.parent) as folder:
        home = Path(folder)
        try:
            table = replace(whole, columns=columns, options=_OPTIONS)
            write_table(table, home / f"{name}.shp", driver="ESRI Shapefile")
        except FAULTS as error:
            raise explain_gdal(path, error) from error
        _check_whole(home / name, len(layer))
        members: dict[str, Path | str] = {f"{name}{ending}": home / f"{name}{ending}" for ending in _PARTS}
        members[f"{name}_full.csv"] = write_csv(layer, home / "full.csv", name=name)
        members[f"{name}_fields.csv"] = write_csv(_list_fields(whole, short, cut), home / "fields.csv")
        members[f"{name}_about.json"] = json.dumps(about, ensure_ascii=False, indent=2) + "\n"
        write_archive(part, members)
    return path


def _check_whole(stem: Path, count: int) -> None:
    """Compare the parts with the sizes that they state: on a full disk GDAL may cut them short and say nothing."""
    places, index, table = (stem.with_suffix(ending).read_bytes() for ending in (".shp", ".shx", ".dbf"))
    stated = int.from_bytes(places[24:28], "big") * 2  # in words of two bytes, at byte 24
    rows, head, width = (int.from_bytes(table[start:end], "little") for start, end in ((4, 8), (8, 10), (10, 12)))
    whole = (len(places), len(index), rows) == (stated, 100 + 8 * count, count) and len(table) >= head + rows * width
    if not whole:
        raise OSError(errno.ENOSPC, "cut short")


def _fit(column: PlainColumn) -> tuple[PlainColumn, int]:
    """Shorten the values that the format cannot hold, and count them."""
    if column.kind in {"text", "time"}:
        fitted = [value and _cut_text(value) for value in column.cells]
    elif column.kind == "number":
        fitted = [value if value is None else _round_number(value) for value in column.cells]
    else:
        return column, 0
    shortened = sum(_is_short(first, last) for first, last in zip(column.cells, fitted, strict=True))
    return PlainColumn(column.kind, fitted), shortened


def _is_short(whole: Any, fitted: Any) -> bool:
    """Tell whether a value lost anything that matters: any letter, or more than a millionth of a millionth."""
    if isinstance(whole, float) and fitted is not None:
        return bool(abs(whole - fitted) > _TOLERANCE * abs(whole))
    return bool(whole != fitted)


def _cut_text(text: str) -> str:
    """
    Cut a text to the bytes that the format holds.

    Examples
    --------
    >>> _cut_text("short"), len(_cut_text("Ж" * 200).encode())
    ('short', 253)
    """
    # A null character would end the text there; the format pads with blanks, so that none can stand at the end.
    text = text.replace("\0", "\ufffd")
    coded = text.encode("utf-8")
    if len(coded) <= _TEXT_BYTES:
        return text
    return coded[: _TEXT_BYTES - len(_CUT.encode("utf-8"))].decode("utf-8", "ignore") + _CUT


def _round_number(value: float) -> float | None:
    """
    Round a number to what the format keeps; None where it holds no number as large.

    Examples
    --------
    >>> _round_number(64.0), _round_number(1e-20), _round_number(1e300)
    (64.0, 0.0, None)
    """
    text = f"{value:.{_DECIMALS}f}"[:_NUMBER_WIDTH]
    return float(text) if "." in text else None


def _list_fields(table: Table, short: Mapping[str, str], cut: Mapping[str, int]) -> pd.DataFrame:
    """List the fields with their full names, and how many values are shortened in each."""
    lines = [
        (short[name], name, unit, meaning, cut[name])
        for name, unit, meaning in describe_columns(table.name, list(table.columns))
    ]
    names = ["field", "column", "unit", "meaning", "values_shortened"]
    frame = pd.DataFrame(lines, columns=names)
    joined = f"{table.name}_full.csv holds every value whole; join it by {key_column(table.name)}."
    note = [joined if count else "" for count in frame["values_shortened"]]
    return frame.assign(note=note)
