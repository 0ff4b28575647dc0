"""Coordinate systems by the names people use, and the way from each to WGS 84 with what is lost on it."""

import re
import warnings
from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.transformer import TransformerGroup

from uxomap.errors import CRSError

Floats = npt.NDArray[np.float64]

_WGS84 = 4326

#: Degrees by which a place may lie outside the area that a coordinate system is made for: half a zone of six degrees.
_MARGIN_DEG = 3.0

#: Radius in metres that is added for a datum whose shift to WGS 84 is known only so well. SK-42: calculators of the
#: state are off by 7 to 15 m, files that mix old and new conversions by 15 to 45 m (GeoGroup, Ukraine, on Resolution
#: 615); the worst is taken. Others have the worst accuracy that EPSG states for their area.
_SHIFT_M = {4284: 45.0}

#: An accuracy of this or more in EPSG means that it is not known.
_UNKNOWN_ACCURACY_M = 900.0

_SEPARATORS = re.compile(r"[\s/_.,:()-]+")
_CODED = re.compile(r"\s*(?:\d{4,6}|[A-Za-z]+:[\w.:/#-]+|https?://.*|[+{].*|[A-Za-z0-9]+\s*\[.*)", re.DOTALL)

#: Letters of Cyrillic names of coordinate systems (S, K, U, A, X and those of "zona") in Latin.
_CYRILLIC = str.maketrans("\u0441\u043a\u0443\u0430\u0445\u0437\u043e\u043d", "skuaxzon")

#: Names in small letters without signs, and EPSG codes of what they mean.
_NAMES = {
    "wgs84": 4326,
    "wgs 84": 4326,
    "sk42": 4284,
    "sk 42": 4284,
    "ck42": 4284,
    "ck 42": 4284,
    "pulkovo42": 4284,
    "pulkovo 42": 4284,
    "pulkovo 1942": 4284,
    "s42": 4284,
    "usk2000": 5561,
    "usk 2000": 5561,
    "ucs2000": 5561,
    "ucs 2000": 5561,
    "ed50": 4230,
    "ed 50": 4230,
    "european datum 1950": 4230,
    "palestine 1923": 4281,
    "palestine grid": 28191,
    "palestine 1923 palestine grid": 28191,
    "palestine belt": 28192,
    "osgb36": 4277,
    "british national grid": 27700,
    "uk grid": 27700,
    "osgb": 27700,
    "israeli tm grid": 2039,
}

_UTM = re.compile(r"(?:(wgs ?84|ed ?50) )?utm (?:zone )?(\d{1,2}) ?(north|south|[a-z])?")
_GAUSS = re.compile(
    r"(?:(?:sk|ck|s|pulkovo) ?(?:19)?42|(u(?:s[kc]|cs) ?2000)) (?:gauss kr(?:u|ue|\u00fc)ger |gk |tm |ukraine tm )?"
    r"(?:zone|zona|z)? ?(\d{1,2})"
)
_SK63 = re.compile(r"(?:sk|ck|cs) ?(?:19)?63(?: (?:zone |zona )?([ackx]) ?(\d))?(?: .*)?")
_GAUSS_ZONES = {"sk": (28400, range(4, 33)), "usk": (5558, range(4, 8))}
_TM_ZONES = range(8, 14)
_TM_EPSG, _ED50_UTM_EPSG, _ED50_ZONES = 6374, 23000, range(28, 39)
_NORTH_EPSG, _SOUTH_EPSG, _LARGEST_ZONE = 32600, 32700, 60


def find_crs(name: object, *, zone_letters: str | None = None) -> pyproj.CRS:
    """
    Find the coordinate system that a code or a name means.

    Parameters
    ----------
    name : str, int or pyproj.CRS
        An EPSG code, WKT or PROJ text, the full name in EPSG, or a name in use: ``SK-42`` (``Pulkovo 1942``, degrees),
        ``SK-42 zone 7`` (Gauss-Krüger), ``SK-63 zone X5``, ``USK-2000`` (``UCS-2000``), ``USK-2000 zone 6``,
        ``ED50``, ``ED50 UTM 36N``, ``UTM 37N``, ``Palestine 1923``, ``Palestine Grid``, ``British National Grid``.
    zone_letters : {"band", "hemisphere"}, optional
        What N and S behind a UTM zone mean. By default ``UTM 18S`` is refused.

    Returns
    -------
    pyproj.CRS

    Raises
    ------
    CRSError
        The name is not known or means several systems. A name is never matched by likeness.

    Examples
    --------
    >>> find_crs("SK-42 zone 7").name
    'Pulkovo 1942 / Gauss-Kruger zone 7'
    >>> find_crs("SK-63")
    Traceback (most recent call last):
    ...
    uxomap.errors.CRSError: Invalid crs 'SK-63'. ... Say the zone, e.g. 'SK-63 zone X5', or give its definition as WKT.
    """
    if isinstance(name, str) and not _CODED.fullmatch(name):
        code = _named_code(name, zone_letters)
        if code:
            return pyproj.CRS.from_epsg(code)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            crs = pyproj.CRS.from_user_input(name)
    except (pyproj.exceptions.CRSError, TypeError, ValueError) as error:
        raise CRSError(_unknown(name)) from error
    # PROJ takes the most alike name, e.g. another year of the same datum.
    if isinstance(name, str) and not _CODED.fullmatch(name) and _simplify(crs.name) != _simplify(name):
        raise CRSError(_unknown(name))
    if not (crs.is_geographic or crs.is_projected):
        message = f"Invalid crs {name!r}. It has no degrees and no plane coordinates. Write that of the columns."
        raise CRSError(message)
    return crs


def _unknown(name: object) -> str:
    """Say that a coordinate system is not known."""
    return (
        f"Invalid crs {str(name)[:80]!r}. Must be a CRS that pyproj knows. Write its EPSG code, e.g. 'EPSG:32637', "
        "or a name such as 'SK-42 zone 7', 'USK-2000', 'ED50', 'Palestine 1923'."
    )


def _simplify(name: str) -> str:
    """Write a name in small letters, without signs, in Latin letters."""
    return _SEPARATORS.sub(" ", name.casefold().translate(_CYRILLIC)).strip()


def _named_code(name: str, zone_letters: str | None) -> int | None:
    """Look up the EPSG code of a name; None where the name is not one of ours."""
    plain = _simplify(name[:100])
    if plain in _NAMES:
        return _NAMES[plain]
    if found := _SK63.fullmatch(plain):
        return _sk63_code(name, found)
    if found := _GAUSS.fullmatch(plain):
        return _gauss_code(name, found, plain)
    if found := _UTM.fullmatch(plain):
        return _utm_code(name, found, zone_letters)
    return None


def _sk63_code(name: str, found: re.Match[str]) -> int:
    """Find a zone of SK-63 among those whose definition EPSG has."""
    zone = f"{found[1]}{found[2]}".upper() if found[1] else ""
    codes = _sk63_zones()
    if zone not in codes:
        what = f"EPSG has no zone {zone} of it, only {', '.join(codes)}" if zone else "SK-63 is many local systems"
        message = f"Invalid crs {name!r}. {what}. Say the zone, e.g. 'SK-63 zone X5', or give its definition as WKT."
        raise CRSError(message)
    return codes[zone]


@cache
def _sk63_zones() -> dict[str, int]:
    """Zones of SK-63 in the database of PROJ."""
    infos = query_crs_info(auth_name="EPSG")
    return {info.name.rpartition(" ")[2]: int(info.code) for info in infos if "/ CS63 zone " in info.name}


def _gauss_code(name: str, found: re.Match[str], plain: str) -> int:
    """Find a zone of Gauss-Krüger in SK-42 or USK-2000."""
    zone = int(found[2])
    base, zones = _GAUSS_ZONES["usk" if found[1] else "sk"]
    if found[1] and zone in _TM_ZONES:
        return _TM_EPSG + zone
    ambiguous = found[1] and zone == zones[-1] and not re.search(r"gauss|gk", plain)
    if zone not in zones or ambiguous or " tm " in plain:
        rule = (
            "USK-2000 has zones 4 to 7 of Gauss-Krüger, and zones 7 to 13 of 3 degrees (EPSG:6381 to 6387)"
            if found[1]
            else f"Zones of SK-42 are {zones[0]} to {zones[-1]}"
        )
        message = f"Invalid crs {name!r}. {rule}. Write the EPSG code of the one that is meant."
        raise CRSError(message)
    return base + zone


def _utm_code(name: str, found: re.Match[str], zone_letters: str | None) -> int:
    """Find a zone of UTM."""
    datum, zone, mark = (found[1] or "").replace(" ", ""), int(found[2]), found[3] or ""
    if datum == "ed50" and zone in _ED50_ZONES and mark in ("n", "north"):
        return _ED50_UTM_EPSG + zone
    # The letter S is the south in a full name of EPSG, and band S, which is north, among soldiers.
    if mark == "s" and not datum and zone_letters is None and 1 <= zone <= _LARGEST_ZONE:
        message = (
            f"Invalid crs {name!r}. {zone}S is band S, which is north, or the south. Write 'UTM {zone} north' or "
            f"'UTM {zone} south', or say which with zone_letters='band' or zone_letters='hemisphere'."
        )
        raise CRSError(message)
    if datum == "ed50" or not 1 <= zone <= _LARGEST_ZONE or not mark or mark in "abioyz":
        message = (
            f"Invalid crs {name!r}. The hemisphere or the zone is not clear. Write e.g. 'UTM 37 north' or 'EPSG:32637'."
        )
        raise CRSError(message)
    south = mark == "south" or (len(mark) == 1 and mark < "n")
    if mark == "s":
        south = bool(datum) or zone_letters == "hemisphere"
    return (_SOUTH_EPSG if south else _NORTH_EPSG) + zone


def to_wgs84(x: Floats, y: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats, float]:
    """
    Carry places over to WGS 84.

    Parameters
    ----------
    x, y : array of float
        Easting and northing, or longitude and latitude, in this order whatever the axes of the system are.
    crs : pyproj.CRS
        Their coordinate system.

    Returns
    -------
    longitude, latitude : array of float
        Degrees on WGS 84; NaN more than 3 degrees outside the area that the system is made for.
    shift_m : float
        Radius in metres within which the shift to WGS 84 is known: for SK-42 and SK-63 45 m, else the worst accuracy
        that EPSG states for the area; 0 on WGS 84.

    Raises
    ------
    CRSError
        No way to WGS 84 is known.

    Examples
    --------
    >>> longitude, latitude, shift_m = to_wgs84(np.array([7412345.0]), np.array([5398765.0]), find_crs("SK-42 zone 7"))
    >>> longitude.round(3).tolist(), latitude.round(3).tolist(), shift_m
    ([37.807], [48.715], 45.0)
    """
    shift_m = _shift_m(crs)
    transformer = pyproj.Transformer.from_crs(crs, _WGS84, always_xy=True)
    longitude, latitude = (np.array(axis, dtype=float) for axis in transformer.transform(x, y))
    lost = ~(np.isfinite(longitude) & np.isfinite(latitude))
    longitude[lost], latitude[lost] = np.nan, np.nan
    outside = ~_inside(longitude, latitude, crs)
    longitude[outside], latitude[outside] = np.nan, np.nan
    return longitude, latitude, shift_m


def _inside(longitude: Floats, latitude: Floats, crs: pyproj.CRS) -> npt.NDArray[np.bool_]:
    """Tell which places lie in the area that a system is made for, or near it."""
    area = crs.area_of_use
    if area is None:
        return np.isfinite(longitude)
    width = (area.east - area.west) % 360.0 or 360.0
    # Near a pole, meridians are close to each other.
    margin = np.fmin(_MARGIN_DEG / np.cos(np.radians(np.clip(latitude, -89.0, 89.0))), 180.0)
    east_of_west = (longitude - area.west + margin) % 360.0
    between = (latitude >= area.south - _MARGIN_DEG) & (latitude <= area.north + _MARGIN_DEG)
    inside: npt.NDArray[np.bool_] = (east_of_west <= width + 2 * margin) & between
    return inside


def _shift_m(crs: pyproj.CRS) -> float:
    """Radius within which the shift of a datum to WGS 84 is known."""
    geodetic = crs.geodetic_crs
    code = geodetic.to_epsg() if geodetic is not None else None
    if code in _SHIFT_M:
        return _SHIFT_M[code]
    area = crs.area_of_use
    around = AreaOfInterest(area.west, area.south, area.east, area.north) if area else None
    ways = _ways(crs, around)
    if not ways:
        message = (
            f"No way from {crs.name} to WGS 84 is known. Convert the places first, or give a PROJ text with towgs84."
        )
        raise CRSError(message)
    known = [one.accuracy for one in ways if 0.0 <= one.accuracy < _UNKNOWN_ACCURACY_M]
    return max(known, default=0.0)


def _ways(crs: pyproj.CRS, around: AreaOfInterest | None) -> list[pyproj.Transformer]:
    """Find the operations to WGS 84 that are more than a blank exchange of the datum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            group = TransformerGroup(
                crs,
                _WGS84,
                always_xy=True,
                area_of_interest=around,  # type: ignore[arg-type]  # the stubs of pyproj name another class
                allow_ballpark=False,
            )
        except pyproj.exceptions.ProjError:
            return []
    return group.transformers
