"""Keyhole markup (KML): looked through before GDAL reads it, and put right where GDAL adds what nobody wrote."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._columns import find_roles
from uxomap.reports._limits import MAX_CELL, refuse_cell
from uxomap.reports._source import Table
from uxomap.reports._xml import check_depth, local_name, read_xml

#: Columns that GDAL adds to every placemark, and what they hold where the file says nothing.
_ADDED = {"tessellate": -1, "extrude": 0, "visibility": -1, "drawOrder": None, "icon": None, "altitudeMode": None}
_ADDED_EMPTY = ("id", "timestamp", "begin", "end", "description", "Name", "snippet")

#: Roles of the elements of a placemark that say when it was.
_TIMES = {"timestamp": "date", "begin": "date_start", "end": "date_end"}


def check_kml(path: Path) -> int:
    """Count the placemarks; refuse XML that is damaged, declares entities or has no end of depth."""
    name, marks, depth = str(path), 0, 0
    pieces: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal marks, depth
        depth += 1
        check_depth(depth, name)
        marks += local_name(tag) == "Placemark"
        pieces.clear()

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if local_name(tag) != "coordinates":
            _check_length(pieces, name)
        pieces.clear()

    with path.open("rb") as stream:
        read_xml(stream, name, start=start, end=end, data=pieces.append)
    return marks


def _check_length(pieces: list[str], name: str) -> None:
    """Refuse a text that is too long for a cell."""
    if sum(map(len, pieces)) > MAX_CELL:
        raise refuse_cell(name, "a placemark")


def tidy_kml(table: Table) -> Table:
    """Leave out the columns that GDAL adds and nobody filled; times play their roles."""
    frame = table.frame
    unused = [name for name in _ADDED_EMPTY if name in frame and frame[name].isna().all()]
    for name, default in _ADDED.items():
        if name in frame:
            values = frame[name]
            stated = values.notna() if default is None else values.notna() & (values != default)
            unused += [] if stated.any() else [name]
    roles = {role: (name,) for name, role in _TIMES.items() if name in frame and name not in unused}
    # What a placemark is called is where it lies, unless a field says it.
    if (
        "Name" in frame
        and "Name" not in unused
        and "place" not in find_roles(list(frame.columns), None, file=table.name, placed=True)
    ):
        roles["place"] = ("Name",)
    return replace(table, frame=pd.DataFrame(frame.drop(columns=unused)), roles={**table.roles, **roles})


def check_count(name: str, rows: int, marks: int) -> None:
    """Refuse a file of which not every placemark has become a row."""
    if rows != marks:
        message = (
            f"{name} has {marks:,} placemarks, of which {rows:,} can be read. Open it in a GIS, and save the layer as "
            "GeoPackage or CSV."
        )
        raise InputError(message)
