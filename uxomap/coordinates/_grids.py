"""Grid references: MGRS, UTM, and the national grid of the United Kingdom, as squares on a grid in metres."""

import math
import re
from functools import cache
from typing import NamedTuple

import mgrs  # type: ignore[import-untyped]  # the package ships no types

#: Letters of latitude bands from 80 S northwards; each is 8 degrees high, the last 12.
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_LOWEST_BAND, _BAND_HEIGHT, _HIGHEST_BAND = -80.0, 8.0, 84.0

#: A square of 100 km may reach over the edge of the band whose letter it bears.
_MGRS_OVERHANG = 1.0

_LARGEST_ZONE = 60
_NORTH_EPSG, _SOUTH_EPSG, _UK_EPSG = 32600, 32700, 27700
_SQUARE_M, _UK_BLOCK_M = 100_000, 500_000
_MOST_DIGITS = 5  # of one axis: metres

_LABEL = re.compile(r"(?:mgrs|usng|utm|wgs ?-?84|grid(?: ref(?:erence)?)?|zone)\b[ :.=/-]*")
_MGRS = re.compile(r"(\d{1,2}) ?([a-z]) ?([a-z]{2}) ?(\d[\d .]*)?", re.ASCII)
_UK = re.compile(r"([hjnost][a-hj-z]) ?(\d[\d ]*)", re.ASCII)
_DECIMALS = re.compile(r"(\d{5})\.\d+", re.ASCII)

_METRES = r"(\d{5,8}(?:\.\d+)?|0(?:\.\d+)?)"
_ZONE = r"(\d{1,2}) ?(?:(north|south|n\.|s\.)|([a-z]))?"
_EAST = r"(?:e(?:asting)?[ :=]*)?(\d{6}(?:\.\d+)?) ?(?:m ?e?|e)?"
_NORTH = rf"(?:n(?:orthing)?[ :=]*)?{_METRES} ?(?:m ?n?|n)?"
_UTM_ZONE_FIRST = re.compile(rf"{_ZONE}[ ,:;]+{_EAST}[ ,;/]+{_NORTH}", re.ASCII)
_UTM_ZONE_LAST = re.compile(rf"{_EAST}[ ,;/]+{_NORTH}[ ,;/]+(?:zone )?{_ZONE}", re.ASCII)

#: How the letter behind a zone number is meant, where it is said: of a latitude band, or of a hemisphere.
LETTERS = ("band", "hemisphere")


class Square(NamedTuple):
    """
    A square on a grid.

    ``east``, ``north`` (metres) are its south-west corner, ``size_m`` its side (0 where a point is given, whose last
    digit is worth ``unit_m``), ``epsg`` its grid; its latitude must lie from ``lowest`` to ``highest``.
    """

    form: str
    east: float
    north: float
    size_m: float
    unit_m: float
    epsg: int
    lowest: float = -90.0
    highest: float = 90.0
    fault: str = ""


def _faulty(form: str, fault: str) -> Square:
    """Say what is wrong with a grid reference."""
    return Square(form, math.nan, math.nan, math.nan, math.nan, 0, fault=fault)


def parse_grid(text: str, letter_means: str | None) -> Square | None:
    """Read one text in small letters as a grid reference; None where it is none."""
    bare = text.strip("()[] ,;.")
    while label := _LABEL.match(bare):
        bare = bare[label.end() :]
    if found := _MGRS.fullmatch(bare):
        return _read_mgrs(found)
    if found := _UTM_ZONE_FIRST.fullmatch(bare):
        zone, word, letter, east, north = found.groups()
        return _read_utm(zone, word or letter or "", (east, north), letter_means)
    if found := _UTM_ZONE_LAST.fullmatch(bare):
        east, north, zone, word, letter = found.groups()
        return _read_utm(zone, word or letter or "", (east, north), letter_means)
    if found := _UK.fullmatch(bare):
        return _read_uk(found)
    return None


def _split_digits(text: str) -> tuple[str, str] | None:
    """Part the digits of a grid reference into those of east and north; None where they cannot be."""
    groups = [_DECIMALS.sub(r"\1", group) for group in text.split()]
    if len(groups) == 1 and len(groups[0]) % 2 == 0:
        half = len(groups[0]) // 2
        groups = [groups[0][:half], groups[0][half:]]
    if not groups:
        return "", ""
    east, north = groups if len(groups) == 2 else ("", "-")  # noqa: PLR2004 - two axes
    alike = len(east) == len(north) <= _MOST_DIGITS and (east + north).isdecimal()
    return (east, north) if alike else None


def _band_latitudes(band: str, overhang: float) -> tuple[float, float]:
    """Latitudes between which a band lies."""
    low = _LOWEST_BAND + _BAND_HEIGHT * _BANDS.index(band)
    high = _HIGHEST_BAND if band == "X" else low + _BAND_HEIGHT
    return low - overhang, high + overhang


def _read_mgrs(found: re.Match[str]) -> Square:
    """Read a reference of the Military Grid Reference System."""
    zone, band, letters = int(found[1]), found[2].upper(), found[3].upper()
    digits = _split_digits(found[4] or "")
    if digits is None:
        return _faulty("MGRS", "an MGRS reference has as many digits east as north, at most five each")
    if not 1 <= zone <= _LARGEST_ZONE or band not in _BANDS:
        return _faulty("MGRS", f"{found[1]}{band} is no zone of MGRS")
    size = _SQUARE_M // 10 ** len(digits[0])
    try:
        _, hemisphere, east, north = _converter().MGRSToUTM(f"{zone:02d}{band}{letters}{digits[0]}{digits[1]}")
    except (mgrs.core.MGRSError, ValueError):
        return _faulty("MGRS", f"{found[1]}{band} has no square {letters}")
    epsg = (_NORTH_EPSG if hemisphere == "N" else _SOUTH_EPSG) + zone
    # Versions of the package give the corner or the middle of the square: the corner is taken from either.
    east, north = (math.floor((axis + 1e-3) / size) * float(size) for axis in (east, north))
    return Square("MGRS", east, north, size, size, epsg, *_band_latitudes(band, _MGRS_OVERHANG))


@cache
def _converter() -> "mgrs.MGRS":
    """Make what the package reads references with; it keeps no state."""
    return mgrs.MGRS()


def _read_utm(zone_text: str, letter: str, metres: tuple[str, str], letter_means: str | None) -> Square:
    """Read UTM coordinates with their zone."""
    zone, mark = int(zone_text), letter.strip(".").upper()
    if not 1 <= zone <= _LARGEST_ZONE:
        return _faulty("UTM", f"{zone_text} is no UTM zone: it must be 1 to 60")
    if not mark:
        return _faulty("UTM", "the hemisphere is not said: write e.g. 37 north, or the letter of the band")
    said = len(mark) > 1 or letter.endswith(".")
    if mark == "S" and not said and letter_means is None:
        return _faulty(
            "UTM",
            f"{zone_text}S is band S, which is north, or the south: write {zone_text} north or south, or say which "
            "with zone_letters='band' or zone_letters='hemisphere'",
        )
    low, high = -90.0, 90.0
    if said or (mark in "NS" and letter_means != "band"):
        north_side = mark.startswith("N")
    elif mark in _BANDS:
        low, high = _band_latitudes(mark, 0.01)
        north_side = mark >= "N"
    else:
        return _faulty("UTM", f"{zone_text}{mark} is no zone of UTM")
    east, north = (float(axis) for axis in metres)
    if not 100_000 <= east < 1_000_000 or not 0 <= north <= 10_000_000:  # noqa: PLR2004 - the range of the grid
        return _faulty("UTM", "UTM metres must be 100000 to 999999 east and 0 to 10000000 north")
    epsg = (_NORTH_EPSG if north_side else _SOUTH_EPSG) + zone
    return Square("UTM", east, north, 0.0, last_digit_m(*metres), epsg, low, high)


def last_digit_m(east: str, north: str) -> float:
    """
    Metres that the last digit is worth that is written on either axis: zeros at the end of both are no digits.

    Gives the finer of the two, because a final zero may be one of measurement.
    """
    return min(_worth(east), _worth(north))


def _worth(text: str) -> float:
    """Metres that the last digit of one number other than a final zero is worth."""
    whole, _, decimals = text.partition(".")
    if decimals.strip("0"):
        return float(10.0 ** -len(decimals))
    return float(10.0 ** (len(whole) - len(whole.rstrip("0")))) if whole.strip("0") else float(_SQUARE_M)


def _read_uk(found: re.Match[str]) -> Square:
    """
    Read a reference of the national grid of the United Kingdom.

    Letters count squares of 500 km and of 100 km from west to east and north to south, without I; the grid starts at
    the south-west corner of SV (Ordnance Survey, "A guide to coordinate systems in Great Britain").
    """
    digits = _split_digits(found[2])
    if digits is None or not digits[0]:
        return _faulty("UK grid", "a UK grid reference has as many digits east as north, one to five each")
    (block_e, block_n), (east, north) = (
        (place % 5, 4 - place // 5) for place in ("ABCDEFGHJKLMNOPQRSTUVWXYZ".index(one) for one in found[1].upper())
    )
    size = _SQUARE_M // 10 ** len(digits[0])
    # Block S is the first of the grid: column 2, row 1 of the blocks.
    east_m = (block_e - 2) * _UK_BLOCK_M + east * _SQUARE_M + int(digits[0]) * size
    north_m = (block_n - 1) * _UK_BLOCK_M + north * _SQUARE_M + int(digits[1]) * size
    if not (0 <= east_m < 700_000 and 0 <= north_m < 1_300_000):  # noqa: PLR2004 - the range of the grid
        return _faulty("UK grid", f"{found[1].upper()} is no square of the UK grid")
    return Square("UK grid", float(east_m), float(north_m), size, size, _UK_EPSG)
