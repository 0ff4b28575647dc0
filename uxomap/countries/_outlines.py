"""Rough outlines of countries, and how far outside of them a place lies."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]

#: How much wider than the country its outline is drawn, in metres.
MARGIN_M = 25_000.0

#: A place at sea belongs to any country whose outline is no farther away, in metres.
_OFFSHORE_M = 400_000.0

#: Side of the cells in which places are measured once, in degrees, and a number of cells that goes round the Earth.
_CELL_DEG, _CELLS_ROUND = 0.05, 100_000

_TURN = 360.0

#: Places are measured in bands of so many degrees of latitude, each on a plane that fits it.
_BAND_DEG = 5.0


def has_outline(code: str) -> bool:
    """
    Tell whether the outline of a country is known.

    Parameters
    ----------
    code : str
        Code of two letters.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_outline("UA"), has_outline("AQ")
    (True, False)
    """
    return code in _outline_texts()


def lies_in_country(longitude: npt.ArrayLike, latitude: npt.ArrayLike, code: str) -> npt.NDArray[np.bool_]:
    """
    Tell which places lie in a country or within 25 km of it.

    Parameters
    ----------
    longitude, latitude : array of float
        Degrees on WGS 84.
    code : str
        Code of two letters, as `find_country` gives it.

    Returns
    -------
    array of bool
        False also where there is no place, and at sea.

    Raises
    ------
    InputError
        The outline of the country is not known.

    Examples
    --------
    >>> lies_in_country([37.6, -37.6], [48.7, 48.7], "UA").tolist()
    [True, False]
    """
    if not has_outline(code):
        message = f"Invalid code {code!r}. Must be the code of a country whose outline is known, e.g. 'UA'."
        raise InputError(message)
    x, y = (np.atleast_1d(np.asarray(axis, dtype=float)) for axis in (longitude, latitude))
    return np.asarray(shapely.contains_xy(read_outline(code), x, y), dtype=bool)


def outside_country_m(longitude: npt.ArrayLike, latitude: npt.ArrayLike, code: str) -> Floats:
    """
    Measure how far outside a country places lie.

    Outlines are generous: 25 km are added, disputed areas belong to every country that claims them, and places at sea
    to every country within 400 km. They serve to find coordinates that lie elsewhere, not to find borders.

    Parameters
    ----------
    longitude, latitude : array of float
        Degrees on WGS 84.
    code : str
        Code of two letters, as `find_country` gives it.

    Returns
    -------
    array of float
        Metres to the country, within about 5 km; 0 inside its outline; NaN where there is no place.

    Raises
    ------
    InputError
        The outline of the country is not known.

    Examples
    --------
    >>> outside_country_m([37.6, -37.6], [48.7, 48.7], "UA").round(-6).tolist()
    [0.0, 4000000.0]
    """
    x, y = (np.atleast_1d(np.asarray(axis, dtype=float)) for axis in (longitude, latitude))
    inside = lies_in_country(x, y, code)
    metres = np.zeros(len(x))
    metres[np.isnan(x) | np.isnan(y)] = np.nan
    # Most places lie inside: nothing else is worked out for them.
    outside = np.flatnonzero((metres == 0) & ~inside)
    if len(outside):
        # Places in the same cell are measured once.
        column, line = (np.round(axis[outside] / _CELL_DEG).astype(np.int64) for axis in (x, y))
        cells, where = np.unique(column * _CELLS_ROUND + line, return_inverse=True)
        line = (cells + _CELLS_ROUND // 2) % _CELLS_ROUND - _CELLS_ROUND // 2
        column = (cells - line) // _CELLS_ROUND
        metres[outside] = _measure(column * _CELL_DEG, line * _CELL_DEG, read_outline(code))[where]
    return metres


def _measure(x: Floats, y: Floats, outline: shapely.Geometry) -> Floats:
    """Measure from places outside an outline to the country within it."""
    near = np.empty((len(x), 2))
    west, _, east, _ = shapely.bounds(outline)
    bands = np.floor(np.clip(y, -90.0, 90.0) / _BAND_DEG)
    for band in np.unique(bands):
        rows = np.flatnonzero(bands == band)
        scale = np.cos(np.radians(min(abs(band + 0.5) * _BAND_DEG, 89.0)))
        flat = shapely.transform(outline, lambda corners, by=scale: corners * [by, 1.0])  # type: ignore[misc]
        shapely.prepare(flat)
        # Across the antimeridian the way may be shorter from a turn further on.
        turns = ((0.0, np.zeros(len(rows))), (-_TURN, west + _TURN - x[rows]), (_TURN, x[rows] + _TURN - east))
        best = np.full(len(rows), np.inf)
        for turn, gap in turns:
            shorter = np.flatnonzero(gap * scale < best)
            places = shapely.points((x[rows[shorter]] + turn) * scale, y[rows[shorter]])
            ends = shapely.get_coordinates(shapely.shortest_line(flat, places)).reshape(-1, 2, 2)
            length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
            closer = length < best[shorter]
            best[shorter[closer]] = length[closer]
            near[rows[shorter[closer]]] = ends[closer, 0] / [scale, 1.0]
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(x, y, near[:, 0], near[:, 1])
    metres = np.asarray(metres, dtype=float)
    close = np.flatnonzero(metres <= _OFFSHORE_M - MARGIN_M)
    at_sea = np.ones(len(close), dtype=bool)
    at_sea[_tree().query(shapely.points(x[close], y[close]), predicate="intersects")[0]] = False
    metres += MARGIN_M
    metres[close[at_sea]] = 0.0
    return metres


@cache
def _outline_texts() -> Mapping[str, str]:
    """Read the outlines as text."""
    text = resources.files("uxomap.countries").joinpath("data", "outlines.csv").read_text(encoding="utf-8")
    return MappingProxyType({line["code"]: line["outline"] for line in csv.DictReader(text.splitlines())})


def list_outlines() -> tuple[str, ...]:
    """
    Codes of all countries that have an outline.

    Returns
    -------
    tuple of str
        Two letters each (ISO 3166).

    Examples
    --------
    >>> "UA" in list_outlines()
    True
    """
    return tuple(_outline_texts())


@cache
def read_outline(code: str) -> shapely.Geometry:
    """
    Outline of one country, ready for many questions.

    Parameters
    ----------
    code : str
        Two letters (ISO 3166), one of `list_outlines`.

    Returns
    -------
    Polygon or MultiPolygon
        Degrees; ``MARGIN_M`` wider than the country and with all that it claims: no border to print.

    Examples
    --------
    >>> read_outline("LB").contains(shapely.Point(35.5, 33.9))
    True
    """
    outline = shapely.from_wkt(_outline_texts()[code])
    shapely.prepare(outline)
    return outline


@cache
def _tree() -> shapely.STRtree:
    """Index the outlines of all countries, to tell land from sea."""
    return shapely.STRtree([read_outline(code) for code in _outline_texts()])
