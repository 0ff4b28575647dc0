"""Where each row lies: longitude and latitude on WGS 84, or why it has none."""

import re
from dataclasses import replace

import numpy as np
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
from uxomap.reports._checks import SWAPPED, check_countries, judge_places, note_alike
from uxomap.reports._columns import writes_form_points
from uxomap.reports._position import WGS84, Bools, Floats, Places, make_places
from uxomap.reports._shapes import find_middle, is_form_point, plain_point, read_shapes
from uxomap.reports._source import Roles, Table, role_texts, unique_names
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, clean_texts, map_once, no_notes, quote

__all__ = ["WGS84", "find_places", "judge_rows", "make_points"]

#: What crs_stated says where degrees are given and nothing else.
_DEGREES_STATED = "WGS 84"

#: Longest text that may say that a place is empty.
_LONGEST_EMPTY = 40

#: Names of axes in a header that says in which order they stand.
_ORDER = re.compile(
    r"(?<![^\W_])(?:gps_?)?(lat|lo?ng?)(?:itude)?s?(?:[\W_]|and|y|et)*(lat|lo?ng?)(?:itude)?s?(?![^\W_])"
)
_REVERSED = {"latitude longitude": "longitude latitude", "longitude latitude": "latitude longitude"}

#: Headers of the column in which a form writes "latitude longitude altitude accuracy".
_GEOPOINT = re.compile(r"geo_?point|geo_?location", re.IGNORECASE)

#: An empty place as programs write it.
_EMPTY_TEXT = re.compile(r"[\W_]*(?:(?:null|none|nan)[\W_]*)*|point\s*(?:z|m|zm)?\s*empty", re.IGNORECASE)

#: Number of a zone of UTM, as in 37, 37N and zone 37.
_ZONE_NUMBER = re.compile(r"\d+", re.ASCII)

_LETTERS = re.compile(r"[^\W\d_]")

#: Two numbers of a point in WKT, to read them the other way round.
_WKT_AXES = re.compile(r"(\()\s*([-+\d.eE]+)\s+([-+\d.eE]+)")


def find_places(table: Table, roles: Roles, said: Stated) -> Places:
    """Find the place of every row."""
    crs = None if said.crs is None else find_crs(said.crs, zone_letters=said.zone_letters)
    if table.geometry is not None:
        places = _from_geometry(table, table.geometry, crs, said)
    elif "coordinates" in roles:
        places = _from_texts(table, roles["coordinates"][0], crs, said)
    elif crs is None and {"utm_zone", "easting", "northing"} <= set(roles) and "latitude" not in roles:
        places = _from_zones(table, roles, said)
    else:
        _check_roles(table, roles, crs)
        degrees = crs is None or crs.is_geographic
        axes = ("longitude", "latitude") if degrees else ("easting", "northing")
        places = _from_columns(table, {axis: roles[axis][0] for axis in axes}, crs, said, roles)
        _check_zones(table, roles, crs, places)
    judge_places(places, said)
    check_countries(table, roles, said, places)
    note_alike(places)
    lost = (places.faults != "") | (places.missing != "") | (table.faults != "")
    places.longitude[lost] = np.nan
    places.latitude[lost] = np.nan
    return places


def judge_rows(table: Table, places: Places, location: Objects) -> tuple[Objects, Objects]:
    """Say of each row why it cannot be used, and of those without coordinates what becomes of them."""
    faults = np.where(table.faults != "", table.faults, places.faults)
    notes = np.where(faults != "", "", places.notes)
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


def _from_columns(table: Table, axes: dict[str, str], crs: pyproj.CRS | None, said: Stated, roles: Roles) -> Places:
    """Read places from two columns."""
    texts = {axis: pd.Series(_coordinate_cells(table.frame[name])) for axis, name in axes.items()}
    alone: dict[str, Bools] = {}
    for axis in texts.keys() & {role.removesuffix("_letter") for role in roles if role.endswith("_letter")}:
        texts[axis], alone[axis] = _add_letters(texts[axis], role_texts(table, roles, f"{axis}_letter"))
    faults, missing = no_notes(len(table.frame)), no_notes(len(table.frame))
    degrees = crs is None or crs.is_geographic
    reader = _read_degrees if degrees else _read_metres
    (x, y), reasons, digits = reader(texts)
    for axis, rows in alone.items():
        reasons[axis][rows] = f"its letter is missing in column {quote(roles[f'{axis}_letter'][0])}"
    empty = {axis: cells.isna().to_numpy() for axis, cells in texts.items()}
    for axis, cells in texts.items():
        for row in np.flatnonzero((reasons[axis] != "") & ~empty[axis]):
            told = f"{axis} {quote(cells.iloc[row])} cannot be read: {reasons[axis][row]}"
            faults[row] = f"{faults[row]}; {told}" if faults[row] else told
    first, second = axes
    missing[empty[first]] = first
    missing[empty[second]] = second
    missing[empty[first] & empty[second]] = f"{second} and {first}"
    places = replace(make_places(x, y, _name(crs)), digits_m=digits, faults=faults, missing=missing)
    _carry_over(places, crs, np.full(len(x), fill_value=True), (first, second), said)
    return places


def _from_zones(table: Table, roles: Roles, said: Stated) -> Places:
    """Read places from a column of UTM zones and two of metres."""
    names = [roles[role][0] for role in ("utm_zone", "easting", "northing")]
    cells = [clean_texts(table.frame[name]) for name in names]
    [title] = unique_names([*table.frame.columns, ", ".join(names)])[-1:]
    texts = pd.Series(_join_cells(*cells), dtype=object)
    return _from_texts(replace(table, frame=table.frame.assign(**{title: texts})), title, None, said)


def _check_zones(table: Table, roles: Roles, crs: pyproj.CRS | None, places: Places) -> None:
    """Reject rows whose zone of UTM is not the one that is stated for all."""
    stated = crs.utm_zone if crs is not None and "utm_zone" in roles else None
    if crs is None or stated is None:
        return
    number = int(stated.rstrip("NS"))
    zones = role_texts(table, roles, "utm_zone")
    for row in np.flatnonzero(~pd.isna(zones) & (places.faults == "")):
        found = _ZONE_NUMBER.search(zones[row])
        if found is None or int(found[0]) != number:
            places.faults[row] = f"UTM zone {quote(zones[row])} is not that of crs={crs.to_string()}, zone {stated}"


def _join_cells(*parts: Objects) -> Objects:
    """Join the texts of each row with blanks; missing where the last of them is."""
    joined = np.full(len(parts[-1]), np.nan, dtype=object)
    rows = np.flatnonzero(~pd.isna(parts[-1]))
    cells = zip(*(part[rows] for part in parts), strict=True)
    joined[rows] = [" ".join(text for text in texts if isinstance(text, str)) for texts in cells]
    return joined


def _add_letters(cells: pd.Series, letters: Objects) -> tuple[pd.Series, Bools]:
    """Put the letters of a column of their own before the numbers; tell the numbers that lack one."""
    texts = clean_texts(cells)
    bare = np.array([isinstance(text, str) and text[:1].isdigit() and not _LETTERS.search(text) for text in texts])
    lettered = ~pd.isna(letters)
    signed = np.array([isinstance(text, str) and text[:1] in "+-" for text in texts])
    written = cells.astype(object).mask((bare | signed) & lettered, _join_cells(letters, texts))
    return written, np.asarray(bare & ~lettered & lettered.any(), dtype=bool)


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


def _from_texts(table: Table, name: str, crs: pyproj.CRS | None, said: Stated) -> Places:
    """Read places from one column that holds both axes."""
    if crs is not None and not crs.is_geographic:
        message = (
            f"Column {name!r} of {table.name} holds both axes in one text, and crs={crs.to_string()!r} is in metres. "
            "Part it into two columns, easting and northing."
        )
        raise CRSError(message)
    cells = clean_texts(table.frame[name])
    cells[:] = [plain_point(cell) for cell in cells]
    cells[[isinstance(cell, str) and _EMPTY_TEXT.fullmatch(cell[:_LONGEST_EMPTY]) is not None for cell in cells]] = (
        np.nan
    )
    shapes = read_shapes(cells)
    shaped = ~shapely.is_missing(shapes)
    texts = np.where(shaped, np.nan, cells)
    order = _find_order(name, list(table.frame.columns), texts)
    read, turned = _read_texts(texts, order, said)
    x, y, digits, stated = (
        read[column].to_numpy(dtype=float, copy=True)
        for column in ("longitude", "latitude", "precision_m", "accuracy_m")
    )
    reasons, forms = read["reason"].to_numpy(dtype=object), read["form"].to_numpy(dtype=object)
    places = replace(make_places(x, y, _name(crs)), digits_m=digits, stated_m=stated)
    places.missing[pd.isna(cells)] = "latitude and longitude"
    places.notes[turned] = SWAPPED
    _place_shapes(places, shapes, None)
    for row in np.flatnonzero((reasons != "") & ~shaped):
        places.faults[row] = f"coordinates {quote(cells[row])} cannot be read: {reasons[row]}"
    if crs is not None and not crs.equals(WGS84, ignore_axis_order=True):
        for row in np.flatnonzero((forms != "degrees") & (places.faults == "") & ~pd.isna(cells)):
            places.faults[row] = f"coordinates {quote(cells[row])} are on WGS 84, but crs={crs.to_string()} is stated"
    _carry_over(places, crs, (forms == "degrees") & (places.faults == ""), ("longitude", "latitude"), said)
    return places


def _read_texts(texts: Objects, order: str | None, said: Stated) -> tuple[pd.DataFrame, Bools]:
    """Read texts of both axes; those out of range once more the other way round, to say so or to repair them."""
    read = read_places(pd.Series(texts, dtype=object), order=order, zone_letters=said.zone_letters)
    reasons = read["reason"].to_numpy(dtype=object, copy=True)
    turned = np.zeros(len(texts), dtype=bool)
    rows = np.flatnonzero([" is outside -" in reason or "longitude first" in reason for reason in reasons])
    if not len(rows):
        return read, turned
    again = pd.Series([_WKT_AXES.sub(r"\1\3 \2", text) for text in texts[rows]], dtype=object)
    other = read_places(again, order=_REVERSED.get(order or "")).set_axis(rows)
    other = other[other["latitude"].notna()]
    if said.repair == "swap":
        read.loc[other.index] = other
        turned[other.index] = True
    else:
        for row in other.index:
            reasons[row] = f"{reasons[row]}: latitude and longitude may have changed places"
        read["reason"] = reasons
    return read, turned


def _find_order(header: str, names: list[str], texts: Objects) -> str | None:
    """Find the order of the axes that a header states, or in which a form writes them."""
    if found := _ORDER.search(header.casefold()):
        first, second = found[1][:2], found[2][:2]
        if first != second:
            return "latitude longitude" if first == "la" else "longitude latitude"
    if _GEOPOINT.search(header) or writes_form_points(header, names):
        return "geopoint"
    written = [text for text in texts if isinstance(text, str)]
    return "geopoint" if written and all(map(is_form_point, written)) else None


def _coordinate_cells(cells: pd.Series) -> pd.Series | Objects:
    """Keep numbers as numbers; clean the rest as text."""
    is_number = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    return cells.reset_index(drop=True) if is_number else clean_texts(cells)


def _name(crs: pyproj.CRS | None) -> str:
    """Name the CRS that was stated."""
    return _DEGREES_STATED if crs is None else str(crs.to_string())


def _carry_over(places: Places, crs: pyproj.CRS | None, rows: Bools, axes: tuple[str, str], said: Stated) -> None:
    """Carry some places over to WGS 84: what lies outside the CRS is a fault; the shift widens what digits allow."""
    if crs is None or crs.equals(WGS84, ignore_axis_order=True):
        return
    x, y = places.longitude.copy(), places.latitude.copy()
    places.longitude[rows], places.latitude[rows], shift_m = to_wgs84(x[rows], y[rows], crs)
    first, second = axes
    lost = rows & np.isfinite(x) & np.isfinite(y) & ~np.isfinite(places.latitude) & (places.faults == "")
    at = np.flatnonzero(lost)
    turned_x, turned_y, _ = to_wgs84(y[at], x[at], crs)
    for row, there_x, there_y in zip(at, turned_x, turned_y, strict=True):
        swapped = np.isfinite(there_y)
        if swapped and said.repair == "swap":
            places.longitude[row], places.latitude[row] = there_x, there_y
            places.notes[row] = f"{second} and {first} changed places: swapped back on request"
            continue
        hint = f": {second} and {first} may have changed places" if swapped else ""
        places.faults[row] = f"{first} {x[row]:.12g} and {second} {y[row]:.12g} lie outside {crs.to_string()}{hint}"
    if shift_m:
        places.digits_m = np.hypot(np.nan_to_num(places.digits_m), shift_m)
        places.limit = f"the digits of the coordinates and the shift from {crs.name} to WGS 84 allow"


def _from_geometry(table: Table, shapes: Objects, crs: pyproj.CRS | None, said: Stated) -> Places:
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
    # Of anything but a point these are NaN; of an empty point they cannot be asked for.
    filled = shapes.copy()
    filled[~there] = None
    x, y = shapely.get_x(filled).astype(float), shapely.get_y(filled).astype(float)
    places = make_places(x, y, _name(used))
    places.missing[~there] = "latitude and longitude"
    if used is None or used.equals(WGS84, ignore_axis_order=True):
        places.digits_m = implied_precision_m(pd.Series(y), pd.Series(x))
    _carry_over(places, used, np.isfinite(x) & np.isfinite(y), ("easting", "northing"), said)
    spread = shapes.copy()
    spread[shapely.get_type_id(shapes) == shapely.GeometryType.POINT] = None
    _place_shapes(places, spread, used)
    for row in np.flatnonzero(there & ~(np.isfinite(x) & np.isfinite(y)) & (places.faults == "")):
        places.faults[row] = "the coordinates of the shape are no numbers"
    return places


def _place_shapes(places: Places, shapes: Objects, crs: pyproj.CRS | None) -> None:
    """Place shapes by their middle and the radius that holds them."""
    for row in np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes))):
        places.longitude[row], places.latitude[row], places.shape_m[row] = find_middle(shapes[row], crs)
        places.spread[row] = True
