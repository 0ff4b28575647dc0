"""What the columns of a layer are called in each format, and what they mean."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType

from uxomap.schema import layer_schema

#: Longest name of a field in a Shapefile.
_LONGEST = 10

#: Said of a column that no contract explains.
_OWN = "Column of the input or of a user, kept as it was"

#: Columns that tables get in the place of geometry, with unit and meaning.
_PLACES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "longitude": ("degrees", "Longitude of the point, or of one in the area, WGS 84"),
        "latitude": ("degrees", "Latitude of the point, or of one in the area, WGS 84"),
        "geometry_wkt": ("degrees", "Shape as well-known text (WKT), WGS 84, longitude before latitude"),
    }
)


def describe_columns(layer: str, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """
    Name, unit and meaning of columns.

    Examples
    --------
    >>> describe_columns("zones", ["area_m2", "raw_note"])[1]
    ('raw_note', '', 'Column of the input or of a user, kept as it was')
    """
    contract = layer_schema(layer).columns
    known = {name: (column.unit, column.meaning) for name, column in contract.items()}
    return [(name, *known.get(name, _PLACES.get(name, ("", _OWN)))) for name in names]


@cache
def _read_table(file: str) -> Mapping[str, str]:
    """Read a table of two columns."""
    text = resources.files("uxomap.export").joinpath(file).read_text(encoding="utf-8")
    return MappingProxyType(dict(list(csv.reader(text.splitlines()))[1:]))


def hxl_tag(name: str) -> str:
    """
    HXL tag of a column; one that the table does not know gets a tag of its own, ``#x_`` and its name.

    Examples
    --------
    >>> hxl_tag("date_start"), hxl_tag("raw_Name of place"), hxl_tag("raw_Місце")
    ('#date+start', '#x_raw_name_of_place', '#x_raw')
    """
    tags = _read_table("hxl_tags.csv")
    return tags[name] if name in tags else f"#x_{_plain_name(name.lower()).strip('_') or 'column'}"


def short_names(names: Sequence[str]) -> dict[str, str]:
    """
    Names of at most 10 letters, digits and underscores, each once; those that are not in the table are cut, numbered.

    Examples
    --------
    >>> list(short_names(["uxo_expected", "raw_place of strike", "raw_place of report", "Місце"]).values())
    ['uxo_exp', 'raw_place', 'raw_place2', 'field']
    """
    table = _read_table("short_names.csv")
    short: dict[str, str] = {name: table[name] for name in names if name in table}
    taken = {name.lower() for name in short.values()}
    for name in names:
        if name in short:
            continue
        stem = _plain_name(name)[:_LONGEST].strip("_") or "field"
        fresh, number = stem, 1
        while fresh.lower() in taken:
            number += 1
            fresh = stem[: _LONGEST - len(str(number))] + str(number)
        taken.add(fresh.lower())
        short[name] = fresh
    return {name: short[name] for name in names}


def _plain_name(name: str) -> str:
    """Replace everything but Latin letters, digits and underscores by an underscore."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name)
    while "__" in plain:
        plain = plain.replace("__", "_")
    return plain
