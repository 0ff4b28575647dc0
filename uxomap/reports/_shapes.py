"""Lines and areas: their middle, the radius that holds them, and the texts in which forms write them."""

import re

import numpy as np
import pandas as pd
import pyproj
import shapely

from uxomap.errors import InputError
from uxomap.reports._position import MAX_LONGITUDE, POLE, WGS84
from uxomap.reports._texts import Objects, clean_texts

#: No text of a shape is longer, in characters.
_LONGEST = 200_000

#: Cells of a column that are looked at to tell whether it holds places.
_LOOKED_AT = 200

_NUMBER = r"[+-]?\d{1,3}(?:\.\d*)?"
_REST = r"(?: +[+-]?\d+(?:\.\d*)?)"
#: Latitude, longitude, altitude and accuracy, as forms write them; whole degrees might be degrees and minutes.
_GEOPOINT = re.compile(rf"[+-]?\d{{1,3}}\.\d+ +[+-]?\d{{1,3}}\.\d+{_REST}{{1,2}}", re.ASCII)
_TRACE = re.compile(rf"{_NUMBER} +{_NUMBER}{_REST}{{0,2}}(?: *; *{_NUMBER} +{_NUMBER}{_REST}{{0,2}})+ *;? *", re.ASCII)
_WKT_POINT = re.compile(r"(?:SRID=4326; ?)?POINT ?(?:Z|M|ZM)? ?\([-+\d. eE]+\)", re.ASCII | re.IGNORECASE)
_WKT_SHAPE = re.compile(
    r"(?:SRID=4326; ?)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON) ?(?:Z|M|ZM)? ?\([-+\d., eE()]+\)",
    re.ASCII | re.IGNORECASE,
)
_GEOJSON = re.compile(r"\{[^{}]*\"type\" ?: ?\"(?:MultiPoint|(?:Multi)?(?:LineString|Polygon))\"[^{}]*\}")
_JSON_POINT = re.compile(r"\{[^{}]*\[ ?([-+\d.eE]+) ?, ?([-+\d.eE]+) ?(?:, ?[-+\d.eE]+ ?)?\][^{}]*\}", re.ASCII)


def find_middle(shape: shapely.Geometry, crs: pyproj.CRS | None) -> tuple[float, float, float]:
    """Find the middle of a shape on WGS 84, and the radius around it that holds all of it, in metres."""
    corners = shapely.get_coordinates(shape)
    if crs is not None and not crs.equals(WGS84, ignore_axis_order=True):
        transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
        corners = np.column_stack(transformer.transform(corners[:, 0], corners[:, 1]))
    longitude, latitude = (corners.min(axis=0) + corners.max(axis=0)) / 2.0
    if not np.isfinite(corners).all() or (np.abs(corners) > [MAX_LONGITUDE, POLE]).any():
        return float(longitude), float(latitude), np.nan
    centre = np.full(len(corners), longitude), np.full(len(corners), latitude)
    _, _, distances = pyproj.Geod(ellps="WGS84").inv(*centre, corners[:, 0], corners[:, 1])
    # A line whose ends are the same is a point.
    radius = float(np.max(distances))
    return float(longitude), float(latitude), radius if radius > 0 else np.nan


def plain_point(text: object) -> object:
    """Write a point of a program (GeoJSON, or a list of texts) as a person would; anything else stays as it is."""
    if not isinstance(text, str) or not text.startswith(("{", "[")) or len(text) > _LONGEST:
        return text
    if '"Point"' in text and (found := _JSON_POINT.fullmatch(text)):
        return f"POINT ({found[1]} {found[2]})"
    return text.replace('"', "").replace("'", "") if text.startswith("[") else text


def read_shapes(cells: Objects) -> Objects:
    """Read the cells that hold a line, an area or GeoJSON, with longitude first; None where they hold anything else."""
    shapes = np.full(len(cells), None, dtype=object)
    for row, cell in enumerate(cells):
        # Most cells hold a place without any of these signs.
        if isinstance(cell, str) and len(cell) <= _LONGEST and (";" in cell or "(" in cell or "{" in cell):
            shapes[row] = _read_shape(cell)
    return shapes


def _read_shape(text: str) -> shapely.Geometry | None:
    """Read one text of a shape."""
    if _TRACE.fullmatch(text):
        points = [tuple(map(float, part.split()[1::-1])) for part in text.split(";") if part.strip()]
        closed = len(points) > 3 and points[0] == points[-1]  # noqa: PLR2004 - the fewest corners, and the first again
        return shapely.Polygon(points) if closed else shapely.LineString(points)
    if _WKT_SHAPE.fullmatch(text) and not _WKT_POINT.fullmatch(text):
        return _filled(shapely.from_wkt(text.rpartition("; " if "; " in text else ";")[2], on_invalid="ignore"))
    if _GEOJSON.fullmatch(text):
        return _filled(shapely.from_geojson(text, on_invalid="ignore"))
    return None


def _filled(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """Leave out a shape without corners."""
    return None if shape is None or shapely.is_empty(shape) else shape


def find_shape_texts(frame: pd.DataFrame, file: str) -> tuple[str, ...]:
    """
    Find the column whose cells show that it holds places, where no header does.

    Raises InputError where several do.
    """
    found: dict[str, list[str]] = {"point": [], "shape": []}
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]):
            continue
        cells = clean_texts(frame[name].head(_LOOKED_AT * 50).dropna().head(_LOOKED_AT))
        texts = [cell for cell in cells if isinstance(cell, str)]
        if texts and all(map(_is_point, texts)):
            found["point"].append(str(name))
        elif texts and all(_is_point(text) or _read_shape(text) is not None for text in texts):
            found["shape"].append(str(name))
    columns = found["point"] or found["shape"]
    if len(columns) > 1:
        message = (
            f"{file} has several columns of places: {', '.join(map(repr, columns))}. Must be one: where munitions came "
            f'down. Say which, e.g. columns={{"coordinates": "{columns[0]}"}}.'
        )
        raise InputError(message)
    return tuple(columns)


def is_form_point(text: str) -> bool:
    """Tell whether a text is a point as forms write it, with its altitude."""
    return _GEOPOINT.fullmatch(text) is not None


def _is_point(text: str) -> bool:
    """Tell whether a text can only be one place."""
    return len(text) <= _LONGEST and (is_form_point(text) or _WKT_POINT.fullmatch(text) is not None)
