"""Where each row lies: longitude and latitude on WGS 84, or why it has none."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from uxomap.coordinates import (
    find_crs,
    half_unit_m,
    last_digit_m,
    read_angles,
    read_number,
    read_places,
    to_wgs84,
)
from uxomap.errors import CRSError
from uxomap.precision import implied_precision_m
from uxomap.reports._source import Roles, Table
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, clean_texts, map_once, no_notes, quote

Floats = npt.NDArray[np.float64]

WGS84 = "EPSG:4326"

#: What crs_stated says where degrees are given and nothing else.
_DEGREES_STATED = "WGS 84"

#: Hazard areas are not drawn nearer to a pole than this, in degrees.
MAX_LATITUDE = 85.0

#: Longest text that may say that a place is empty.
_LONGEST_EMPTY = 40

#: A place this near to latitude 0 and longitude 0 is an empty cell that became a number, in degrees.
_EMPTY_COORDINATE = 0.01

_MAX_LONGITUDE, _POLE = 180.0, 90.0

#: Names of axes in a header that says in which order they stand.
_ORDER = re.compile(
    r"(?<![^\W_])(?:gps_?)?(lat|lo?ng?)(?:itude)?s?(?:[\W_]|and|y|et)*(lat|lo?ng?)(?:itude)?s?(?![^\W_])"
)

#: Headers of the column in which a form writes "latitude longitude altitude accuracy".
_GEOPOINT = re.compile(r"geo_?point|geo_?location", re.IGNORECASE)

#: An empty place as programs write it.
_EMPTY_TEXT = re.compile(r"[\W_]*(?:(?:null|none|nan)[\W_]*)*|point\s*(?:z|m|zm)?\s*empty", re.IGNORECASE)


@dataclass(slots=True)
class Places:
    """
    Longitude, latitude (NaN where none), their CRS, the radii that shapes and digits imply, and what is wrong.

    ``digits_m`` holds what digits and the shift of the datum allow at best, ``limit`` the words for it.
    """

    longitude: Floats
    latitude: Floats
    crs_stated: str
    shape_m: Floats
    digits_m: Floats
    faults: Objects
    missing: Objects
    limit: str = "the digits of the coordinates allow"


def find_places(table: Table, roles: Roles, said: Stated) -> Places:
    """Find the place of every row."""
    stated = None if said.crs is None else find_crs(said.crs)
    if table.geometry is not None:
        places = _from_shapes(table, table.geometry, stated)
    elif "coordinates" in roles:
        places = _from_texts(table, roles["coordinates"][0], stated)
    else:
        _check_roles(table, roles, stated)
        degrees = stated is None or stated.is_geographic
        axes = ("longitude", "latitude") if degrees else ("easting", "northing")
        places = _from_columns(table, {axis: roles[axis][0] for axis in axes}, stated)
    _judge(places)
    lost = (places.faults != "") | (places.missing != "") | (table.faults != "")
    places.longitude[lost] = np.nan
    places.latitude[lost] = np.nan
    return places


def judge_rows(table: Table, places: Places, location: Objects) -> tuple[Objects, Objects]:
    """Say of each row why it cannot be used, and of those without coordinates what becomes of them."""
    faults = np.where(table.faults != "", table.faults, places.faults)
    notes = no_notes(len(faults))
    for row in np.flatnonzero((places.missing != "") & (faults == "")):
        what = places.missing[row]
        if isinstance(location[row], str):
            half = "" if " and " in what else f" ({what} missing)"
            notes[row] = f"no coordinates{half}: listed as unlocated"
        elif all(pd.isna(clean_texts(table.frame.iloc[row].astype(object), keep_words=True))):
            faults[row] = "empty row"
        else:
            faults[row] = f"{what} missing, and no place is named"
    return faults, notes


def make_points(longitude: Floats, latitude: Floats) -> Objects:
    """Make a point of each place; an empty one where there is none."""
    points = np.full(len(latitude), shapely.Point(), dtype=object)
    there = ~np.isnan(latitude)
    points[there] = shapely.points(longitude[there], latitude[there])
    return points


def _check_roles(table: Table, roles: Roles, crs: pyproj.CRS | None) -> None:
    """Refuse a CRS in metres for columns in degrees, and the other way round."""
    has_degrees = "latitude" in roles and "longitude" in roles
    has_metres = "easting" in roles and "northing" in roles
    if crs is None and not has_degrees:
        message = (
            f"{table.name} gives places in metres (columns {roles['easting'][0]!r} and {roles['northing'][0]!r}) "
            "but not their CRS. Say it, e.g. crs='EPSG:32637'."
        )
        raise CRSError(message)
    if crs is not None and not (has_degrees if crs.is_geographic else has_metres):
        unit, axes = ("degrees", "latitude and longitude") if crs.is_geographic else ("metres", "easting and northing")
        message = (
            f"{table.name} has no columns in {unit}, and crs={crs.to_string()!r} is in {unit}. "
            f"Say which columns are {axes} in columns, or give the CRS of the columns there are."
        )
        raise CRSError(message)


def _from_columns(table: Table, axes: dict[str, str], crs: pyproj.CRS | None) -> Places:
    """Read places from two columns."""
    texts = {axis: pd.Series(_coordinate_cells(table.frame[name])) for axis, name in axes.items()}
    faults, missing = no_notes(len(table.frame)), no_notes(len(table.frame))
    degrees = crs is None or crs.is_geographic
    reader = _read_degrees if degrees else _read_metres
    (x, y), reasons, digits = reader(texts)
    empty = {axis: cells.isna().to_numpy() for axis, cells in texts.items()}
    for axis, cells in texts.items():
        for row in np.flatnonzero((reasons[axis] != "") & ~empty[axis]):
            said = f"{axis} {quote(cells.iloc[row])} cannot be read: {reasons[axis][row]}"
            faults[row] = f"{faults[row]}; {said}" if faults[row] else said
    first, second = axes
    missing[empty[first]] = first
    missing[empty[second]] = second
    missing[empty[first] & empty[second]] = f"{second} and {first}"
    places = Places(x, y, _name(crs), np.full(len(x), np.nan), digits, faults, missing)
    _carry_over(places, crs, np.full(len(x), fill_value=True), (first, second))
    return places


def _read_degrees(texts: dict[str, pd.Series]) -> tuple[tuple[Floats, Floats], dict[str, Objects], Floats]:
    """Read two columns of degrees: longitude and latitude, what is wrong in each, and what the digits allow."""
    angles = {axis: read_angles(cells, axis=axis, check_range=False) for axis, cells in texts.items()}
    reasons = {axis: one["reason"].to_numpy(dtype=object) for axis, one in angles.items()}
    x, y = (angles[axis]["degrees"].to_numpy(dtype=float, copy=True) for axis in ("longitude", "latitude"))
    # The finer axis counts, because a final zero is often lost.
    half = np.fmin(*(angles[axis]["half_unit_deg"].to_numpy(dtype=float) for axis in ("longitude", "latitude")))
    half[np.isnan(x) | np.isnan(y)] = np.nan
    return (x, y), reasons, half_unit_m(half, y)


def _read_metres(texts: dict[str, pd.Series]) -> tuple[tuple[Floats, Floats], dict[str, Objects], Floats]:
    """Read two columns of metres: east and north, what is wrong in each, and what the digits allow."""
    values = {axis: np.array(map_once(read_number, cells), dtype=float) for axis, cells in texts.items()}
    reasons = {
        axis: np.where(np.isfinite(metres), "", "write metres").astype(object) for axis, metres in values.items()
    }
    x, y = values.values()
    digits = np.full(len(x), np.nan)
    for row in np.flatnonzero(np.isfinite(x) & np.isfinite(y)):
        east, north = (np.format_float_positional(axis[row], trim="-") for axis in (x, y))
        digits[row] = last_digit_m(east, north) / np.sqrt(2.0)
    return (x, y), reasons, digits


def _from_texts(table: Table, name: str, crs: pyproj.CRS | None) -> Places:
    """Read places from one column that holds both axes."""
    if crs is not None and not crs.is_geographic:
        message = (
            f"Column {name!r} of {table.name} holds both axes in one text, and crs={crs.to_string()!r} is in metres. "
            "Part it into two columns, easting and northing."
        )
        raise CRSError(message)
    cells = clean_texts(table.frame[name])
    cells[[isinstance(cell, str) and _EMPTY_TEXT.fullmatch(cell[:_LONGEST_EMPTY]) is not None for cell in cells]] = (
        np.nan
    )
    read = read_places(pd.Series(cells, dtype=object), order=_find_order(name))
    x, y, digits = (
        read[column].to_numpy(dtype=float, copy=True) for column in ("longitude", "latitude", "precision_m")
    )
    reasons, forms = read["reason"].to_numpy(dtype=object), read["form"].to_numpy(dtype=object)
    faults, missing = no_notes(len(cells)), no_notes(len(cells))
    missing[pd.isna(cells)] = "latitude and longitude"
    for row in np.flatnonzero(reasons != ""):
        faults[row] = f"coordinates {quote(cells[row])} cannot be read: {reasons[row]}"
    if crs is not None and not crs.equals(WGS84, ignore_axis_order=True):
        for row in np.flatnonzero((forms != "degrees") & (faults == "") & ~pd.isna(cells)):
            faults[row] = f"coordinates {quote(cells[row])} are on WGS 84, but crs={crs.to_string()} is stated"
    places = Places(x, y, _name(crs), np.full(len(x), np.nan), digits, faults, missing)
    _carry_over(places, crs, (forms == "degrees") & (faults == ""), ("longitude", "latitude"))
    return places


def _find_order(header: str) -> str | None:
    """Find the order of the axes that a header states, if it states one."""
    if found := _ORDER.search(header.casefold()):
        first, second = found[1][:2], found[2][:2]
        if first != second:
            return "latitude longitude" if first == "la" else "longitude latitude"
    return "geopoint" if _GEOPOINT.search(header) else None


def _coordinate_cells(cells: pd.Series) -> pd.Series | Objects:
    """Keep numbers as numbers; clean the rest as text."""
    is_number = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    return cells.reset_index(drop=True) if is_number else clean_texts(cells)


def _name(crs: pyproj.CRS | None) -> str:
    """Name the CRS that was stated."""
    return _DEGREES_STATED if crs is None else str(crs.to_string())


def _carry_over(places: Places, crs: pyproj.CRS | None, rows: npt.NDArray[np.bool_], axes: tuple[str, str]) -> None:
    """Carry some places over to WGS 84: what lies outside the CRS is a fault; the shift widens what digits allow."""
    if crs is None or crs.equals(WGS84, ignore_axis_order=True):
        return
    x, y = places.longitude.copy(), places.latitude.copy()
    places.longitude[rows], places.latitude[rows], shift_m = to_wgs84(x[rows], y[rows], crs)
    first, second = axes
    lost = rows & np.isfinite(x) & np.isfinite(y) & ~np.isfinite(places.latitude) & (places.faults == "")
    for row in np.flatnonzero(lost):
        places.faults[row] = f"{first} {x[row]:.12g} and {second} {y[row]:.12g} lie outside {crs.to_string()}"
    if shift_m:
        places.digits_m = np.hypot(np.nan_to_num(places.digits_m), shift_m)
        places.limit = f"the digits of the coordinates and the shift from {crs.name} to WGS 84 allow"


def _from_shapes(table: Table, shapes: Objects, crs: pyproj.CRS | None) -> Places:
    """Take places from geometry: points as they are, other shapes by their middle and their radius."""
    own = pyproj.CRS.from_user_input(table.crs) if table.crs else None
    if own and crs and not own.equals(crs, ignore_axis_order=True):
        message = (
            f"{table.name} is in {own.to_string()}, but crs={crs.to_string()!r} is stated. Must be the same. "
            "Leave crs out, or correct the CRS of the layer with set_crs(..., allow_override=True)."
        )
        raise CRSError(message)
    used = own or crs
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    spread = np.flatnonzero(there & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT))
    faults, missing = no_notes(len(shapes)), no_notes(len(shapes))
    missing[~there] = "latitude and longitude"
    # Of anything but a point these are NaN.
    x, y = shapely.get_x(shapes).astype(float), shapely.get_y(shapes).astype(float)
    places = Places(x, y, _name(used), np.full(len(x), np.nan), np.full(len(x), np.nan), faults, missing)
    if used is None or used.equals(WGS84, ignore_axis_order=True):
        places.digits_m = implied_precision_m(pd.Series(y), pd.Series(x))
    _carry_over(places, used, np.isfinite(x) & np.isfinite(y), ("easting", "northing"))
    for row in spread:
        x[row], y[row], places.shape_m[row] = _middle(shapes[row], used)
    for row in np.flatnonzero(there & ~(np.isfinite(x) & np.isfinite(y)) & (faults == "")):
        faults[row] = "the coordinates of the shape are no numbers"
    return places


def _middle(shape: shapely.Geometry, crs: pyproj.CRS | None) -> tuple[float, float, float]:
    """Find the middle of a shape on WGS 84, and the radius around it that holds all of it, in metres."""
    corners = shapely.get_coordinates(shape)
    if crs is not None and not crs.equals(WGS84, ignore_axis_order=True):
        transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
        corners = np.column_stack(transformer.transform(corners[:, 0], corners[:, 1]))
    longitude, latitude = (corners.min(axis=0) + corners.max(axis=0)) / 2.0
    if not np.isfinite(corners).all() or (np.abs(corners) > [_MAX_LONGITUDE, _POLE]).any():
        return float(longitude), float(latitude), np.nan
    centre = np.full(len(corners), longitude), np.full(len(corners), latitude)
    _, _, distances = pyproj.Geod(ellps="WGS84").inv(*centre, corners[:, 0], corners[:, 1])
    return float(longitude), float(latitude), float(np.max(distances))


def _judge(places: Places) -> None:
    """Find places that cannot be, and say why in the words of the rule."""
    longitude, latitude = places.longitude, places.latitude
    open_rows = (places.faults == "") & (places.missing == "")
    out_lat, out_lon = np.abs(latitude) > _POLE, np.abs(longitude) > _MAX_LONGITUDE
    swapped = out_lat & (np.abs(latitude) <= _MAX_LONGITUDE) & (np.abs(longitude) <= _POLE)
    empty = (np.abs(latitude) <= _EMPTY_COORDINATE) & (np.abs(longitude) <= _EMPTY_COORDINATE)
    polar = (np.abs(latitude) > MAX_LATITUDE) & ~out_lat
    for row in np.flatnonzero(open_rows & (out_lat | out_lon | empty | polar)):
        lat, lon = f"latitude {latitude[row]:.10g}", f"longitude {longitude[row]:.10g}"
        if out_lat[row]:
            hint = ": latitude and longitude may have changed places" if swapped[row] else ""
            places.faults[row] = f"{lat} is outside -90 to 90{hint}"
        elif out_lon[row]:
            places.faults[row] = f"{lon} is outside -180 to 180"
        elif empty[row]:
            places.faults[row] = f"{lat} and {lon} look like an empty coordinate"
        else:
            places.faults[row] = f"{lat} is nearer to a pole than {MAX_LATITUDE:g}: hazard areas are not drawn there"
