"""One text to one place: recognise how it is written, and carry it over to WGS 84."""

import math
import re
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from uxomap._validation import check_choice
from uxomap.coordinates._angles import LONGEST_TEXT, half_unit_m, tidy_text
from uxomap.coordinates._grids import LETTERS, Square, last_digit_m, parse_grid
from uxomap.coordinates._numbers import plain_digits
from uxomap.coordinates._pairs import ORDERS, TWO_DECIMALS, Pair, parse_pair, read_common
from uxomap.coordinates._systems import find_crs, to_wgs84
from uxomap.errors import CRSError

_DEGREES_EPSG = 4326

#: Numbers beyond it are no degrees.
_FULL_CIRCLE = 360.0

_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
_POINT = re.compile(
    rf"(?:srid=(\d{{1,6}}) ?; ?)?point ?(?:z|m|zm)? ?\( ?{_NUMBER} {_NUMBER}(?: {_NUMBER}){{0,2}} ?\)", re.ASCII
)
_OTHER_SHAPE = re.compile(r"(?:srid=\d+ ?; ?)?(?:point|linestring|polygon|multi[a-z]+|geometrycollection)\b", re.ASCII)


class _Spot(NamedTuple):
    """A place before it is carried over: x and y in a system, how fine, which latitudes it may have, what is wrong."""

    form: str
    x: float = math.nan
    y: float = math.nan
    epsg: int = _DEGREES_EPSG
    half_unit_deg: float = math.nan
    radius_m: float = math.nan
    accuracy_m: float = math.nan
    lowest: float = -90.0
    highest: float = 90.0
    fault: str = ""


def read_places(texts: pd.Series, *, order: str | None = None, zone_letters: str | None = None) -> pd.DataFrame:
    """
    Read places that stand in one text: two angles, a grid reference, or a WKT point.

    Each different text is read once. Of a grid reference the middle of its square is taken, with the radius that holds
    all of the square.

    Parameters
    ----------
    texts : Series of str
        Places as written, e.g. ``48°43'52"N 37°34'05"E``, ``5232N01324E``, ``37U DQ 1234 5678``,
        ``37 north 412345 5398765``, ``TQ 388 773``, ``POINT (37.568 48.731)``.
    order : {"latitude longitude", "longitude latitude", "geopoint"}, optional
        Order of two angles without hemisphere letters, where it is known; a geopoint of a form is latitude, longitude,
        altitude and accuracy. By default such texts are refused.
    zone_letters : {"band", "hemisphere"}, optional
        What N and S behind a UTM zone mean: a band of latitude, as soldiers write it (S is 32 to 40 north), or a
        hemisphere. Other letters are always bands. By default ``18S`` is refused.

    Returns
    -------
    DataFrame
        On the index of *texts*: ``longitude``, ``latitude`` (degrees, NaN where missing or refused), ``precision_m``
        (what the digits allow at best: half a unit of the last digit of the finer angle, half the diagonal of a grid
        square, the accuracy of a geopoint), ``accuracy_m`` (what a geopoint states, NaN where nothing), ``form``
        (``degrees``, ``MGRS``, ``UTM``, ``UK grid``, ``WKT``; empty where missing) and ``reason`` (why it is refused,
        empty where read).

    Raises
    ------
    InputError
        The order or the meaning of the letter has another name.

    See Also
    --------
    read_angles : One axis in a text.

    Notes
    -----
    All forms but degrees are on WGS 84, or carried over to it; degrees are left as they are.

    Examples
    --------
    >>> places = read_places(pd.Series(["48°43'52''N 37°34'05''E", "37U DQ 1234 5678", "48.7, 37.5"]))
    >>> places[["latitude", "longitude", "precision_m"]].round(3).values.tolist()
    [[48.731, 37.568, 15.445], [49.258, 37.795, 7.071], [nan, nan, nan]]
    >>> places["reason"][2]
    'which is latitude and which longitude is not said: write e.g. 48.731 N, 37.568 E'
    """
    if order is not None:
        check_choice(order, "order", list(ORDERS))
    if zone_letters is not None:
        check_choice(zone_letters, "zone_letters", list(LETTERS))
    codes, unique = pd.factorize(texts.to_numpy(dtype=object), use_na_sentinel=True)
    with warnings.catch_warnings():
        # The package mgrs warns of squares that reach over the edge of their band; latitudes are checked afterwards.
        warnings.simplefilter("ignore", RuntimeWarning)
        spots = [_read_spot(text, order, zone_letters) for text in unique]
    # The last one stands for what is missing.
    places = _locate([*spots, _Spot("")])
    return places.iloc[np.where(codes < 0, len(spots), codes)].set_axis(texts.index)


def _read_spot(text: object, order: str | None, zone_letters: str | None) -> _Spot:
    """Read one text."""
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        return _Spot("none", fault=f"it must be a text of both axes, not longer than {LONGEST_TEXT} characters")
    if (read := read_common(text)) is not None:
        return _Spot("degrees", *read)
    if order and TWO_DECIMALS.fullmatch(text):
        return _from_pair(parse_pair(text, order))
    return _read_patiently(text, order, zone_letters)


def _read_patiently(text: str, order: str | None, zone_letters: str | None) -> _Spot:
    """Read one text that may be written in any way."""
    plain = " ".join(plain_digits(text).casefold().split())
    if not plain:
        return _Spot("")
    if _OTHER_SHAPE.match(plain):
        return _read_wkt(plain)
    if square := parse_grid(plain, zone_letters):
        return _from_square(square)
    return _from_pair(parse_pair(tidy_text(text), order))


def _from_pair(pair: Pair) -> _Spot:
    """Take the place that two angles give."""
    if pair.fault:
        return _Spot("degrees", fault=pair.fault)
    finer = min(pair.latitude.half_unit, pair.longitude.half_unit)
    accuracy = pair.accuracy_m
    return _Spot("degrees", pair.longitude.degrees, pair.latitude.degrees, _DEGREES_EPSG, finer, accuracy, accuracy)


def _from_square(square: Square) -> _Spot:
    """Take the middle of a square, and the radius that holds all of it."""
    if square.fault:
        return _Spot(square.form, fault=square.fault)
    middle = square.size_m / 2.0
    return _Spot(
        square.form,
        square.east + middle,
        square.north + middle,
        square.epsg,
        radius_m=square.unit_m / math.sqrt(2.0),
        lowest=square.lowest,
        highest=square.highest,
    )


def _read_wkt(text: str) -> _Spot:
    """Read a point in WKT: x before y, longitude before latitude."""
    found = _POINT.fullmatch(text)
    if found is None:
        return _Spot("WKT", fault="only points can be read as WKT, e.g. POINT (37.568 48.731)")
    epsg = int(found[1] or _DEGREES_EPSG)
    decimals = max(len(number.partition(".")[2]) for number in (found[2], found[3]))
    x, y = float(found[2]), float(found[3])
    written_out = "e" not in found[2] + found[3]
    metres = max(abs(x), abs(y)) > _FULL_CIRCLE
    half = 0.5 * 10.0**-decimals if written_out and not metres else math.nan
    radius = last_digit_m(found[2], found[3]) / math.sqrt(2.0) if written_out and metres else math.nan
    if epsg == _DEGREES_EPSG and not (abs(x) <= 180 and abs(y) <= 90):  # noqa: PLR2004 - degrees
        return _Spot("WKT", fault=f"longitude {x:.10g} and latitude {y:.10g} are out of range: WKT has longitude first")
    return _Spot("WKT", x, y, epsg, half_unit_deg=half, radius_m=radius)


def _locate(spots: list[_Spot]) -> pd.DataFrame:
    """Carry places over to WGS 84, all of one system at a time."""
    table = pd.DataFrame(dict(zip(_Spot._fields, zip(*spots, strict=True), strict=True)))
    x, y = (table[axis].to_numpy(dtype=float, copy=True) for axis in ("x", "y"))
    radius = table["radius_m"].to_numpy(dtype=float, copy=True)
    reasons = table["fault"].to_numpy(dtype=object, copy=True)
    systems = table["epsg"].to_numpy(dtype=int)
    for code in np.unique(systems[(reasons == "") & (systems != _DEGREES_EPSG)]):
        rows = np.flatnonzero(systems == code)
        try:
            x[rows], y[rows], shift_m = to_wgs84(x[rows], y[rows], find_crs(int(code)))
        except CRSError as error:
            reasons[rows] = str(error)
            x[rows] = y[rows] = np.nan
            continue
        radius[rows] = np.hypot(np.nan_to_num(radius[rows]), shift_m)
    lost = ~np.isfinite(y) & (reasons == "") & (table["form"] != "").to_numpy()
    reasons[lost] = "it lies outside its grid"
    off_band = (y < table["lowest"].to_numpy()) | (y > table["highest"].to_numpy())
    for row in np.flatnonzero(off_band):
        reasons[row] = f"the letter of its zone does not hold latitude {y[row]:.1f}, where its metres put it"
    x[off_band] = y[off_band] = np.nan
    digits = half_unit_m(table["half_unit_deg"].to_numpy(dtype=float), y)
    metres = np.fmax(radius, digits)
    metres[~np.isfinite(y)] = np.nan
    columns = {"longitude": x, "latitude": y, "precision_m": metres, "accuracy_m": table["accuracy_m"]}
    return pd.DataFrame({**columns, "form": table["form"], "reason": reasons})
