"""Latitude and longitude in one text: parted where only one reading is possible, never by a guess at the order."""

import re
from typing import NamedTuple

import numpy as np

from uxomap.coordinates._angles import LARGEST, TWO_LETTERS, Angle, parse_angle

#: Orders in which two axes without letters may be stated to stand; a geopoint may have altitude and accuracy behind.
ORDERS = ("latitude longitude", "longitude latitude", "geopoint")

#: Numbers in the longest pair: degrees, minutes and seconds twice.
_MOST_NUMBERS = 6

_SIXTY, _DEGREES_EPSG = 60.0, 4326

_NUMBER = r"[+-]?\d+(?:\.\d*)?"
_GEOPOINT = re.compile(rf"({_NUMBER})[ ,]+({_NUMBER})(?:[ ,]+({_NUMBER}))?(?:[ ,]+({_NUMBER}))?", re.ASCII)
TWO_DECIMALS = re.compile(r"([+-]?\d{1,3}\.\d+)(?: ?[,;/|] ?| )([+-]?\d{1,3}\.\d+)", re.ASCII)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_HEMISPHERE = re.compile(r"[nsew]")
_BARE = re.compile(r"[\d.,;/|: +-]*", re.ASCII)

#: Where a pair may be parted: at a separator, before a letter, after a letter.
_SEAMS = re.compile(r" ?[,;/|] ?| |(?<=[\d\u00b0'\"])(?=[nsew])|(?<=[nsew])(?=[\d+-])", re.ASCII)

_LABELLED = re.compile(r"(lat|lo?ng?)[a-z]* ?[:=]? ?([^a-z].*?)[ ,;/|]*(lat|lo?ng?)[a-z]* ?[:=]? ?([^a-z].*)", re.ASCII)

_MINUTES = r" ?\u00b0 ?(\d{1,2}) ?['\u2032\u2019] ?(\d{1,2})(\.\d+)? ?(?:[\"\u2033\u201d]|'') ?"
_SEAM = r"(?: ?[,;/] ?| ?)"
#: The way in which most pairs of degrees, minutes and seconds are written, with letters behind or before.
_COMMON = re.compile(rf"(\d{{1,2}}){_MINUTES}([NSns]){_SEAM}(\d{{1,3}}){_MINUTES}([EWew])", re.ASCII)
_COMMON_DECIMAL = re.compile(
    rf"(\d{{1,2}})(\.\d+) ?\u00b0? ?([NSns]){_SEAM}(\d{{1,3}})(\.\d+) ?\u00b0? ?([EWew])", re.ASCII
)
_COMMON_BEFORE = re.compile(rf"([NSns]) ?(\d{{1,2}}){_MINUTES}{_SEAM}([EWew]) ?(\d{{1,3}}){_MINUTES}", re.ASCII)

_UNREADABLE = (
    "write both with letters, e.g. 48.731 N, 37.568 E, an MGRS reference, UTM with its zone and hemisphere, or WKT"
)


class Pair(NamedTuple):
    """Latitude, longitude, the accuracy that a geopoint states (metres, NaN where none), and what is wrong."""

    latitude: Angle
    longitude: Angle
    accuracy_m: float = np.nan
    fault: str = ""


def _faulty(fault: str) -> Pair:
    """Say what is wrong with a pair."""
    return Pair(Angle(np.nan, np.nan), Angle(np.nan, np.nan), fault=fault)


def read_common(text: str) -> tuple[float, float, int, float] | None:
    """
    Read a pair of degrees with a letter each, written in one of the most common ways.

    Gives longitude, latitude, EPSG code and half a unit of the last digit in degrees, all as the patient way does; None
    where that has to look.
    """
    if found := _COMMON_DECIMAL.fullmatch(text):
        d1, f1, north, d2, f2, east = found.groups()
        latitude, longitude, unit = float(d1 + f1), float(d2 + f2), 1.0
    else:
        if found := _COMMON.fullmatch(text):
            d1, m1, s1, f1, north, d2, m2, s2, f2, east = found.groups("")
        elif found := _COMMON_BEFORE.fullmatch(text):
            north, d1, m1, s1, f1, east, d2, m2, s2, f2 = found.groups("")
        else:
            return None
        minutes, seconds, unit = (float(m1), float(m2)), (float(s1 + f1), float(s2 + f2)), 3600.0
        if max(*minutes, *seconds) >= _SIXTY:
            return None
        latitude = float(d1) + minutes[0] / 60.0 + seconds[0] / 3600.0
        longitude = float(d2) + minutes[1] / 60.0 + seconds[1] / 3600.0
    if latitude > LARGEST["latitude"] or longitude > LARGEST["longitude"]:
        return None
    half = 0.5 * 10.0 ** -max(len(f1) - 1, len(f2) - 1, 0) / unit
    return -longitude if east in "Ww" else longitude, -latitude if north in "Ss" else latitude, _DEGREES_EPSG, half


def parse_pair(text: str, order: str | None) -> Pair:
    """Read one tidy text as latitude and longitude."""
    text = text.strip("()[]{} ,;.")
    if order == "geopoint" and (found := _GEOPOINT.fullmatch(text)):
        return _read_geopoint(found)
    if found := _LABELLED.fullmatch(text):
        return _read_labelled(found)
    if found := TWO_DECIMALS.fullmatch(text):
        first, second = parse_angle(found[1]), parse_angle(found[2])
        if first and second:
            return _assign(first, second, order)
    if (pair := _part_at_letters(text)) is not None:
        return pair
    return _part(text, order)


def _part_at_letters(text: str) -> Pair | None:
    """Part a text with two letters that stand alike, both before or both behind; None where they do not."""
    letters = [found.start() for found in _HEMISPHERE.finditer(text)]
    if len(letters) != 2:  # noqa: PLR2004 - two axes
        return None
    seam = letters[0] + 1 if letters[1] == len(text) - 1 else letters[1]
    first, second = parse_angle(text[:seam].rstrip(" ,;/|")), parse_angle(text[seam:].lstrip(" ,;/|"))
    if first is None or second is None or first.fault or second.fault or first.shape != second.shape:
        return None
    return _assign(first, second, None)


def _part(text: str, order: str | None) -> Pair:
    """Part a text at every seam, and keep the one reading that is possible."""
    numbers = len(_DIGITS.findall(text))
    if not 1 < numbers <= _MOST_NUMBERS:
        return _faulty("only one number is given" if numbers == 1 else _UNREADABLE)
    if parse_angle(text) is not None:
        return _faulty("one axis only, or two numbers without a clear mark between them")
    bare = _BARE.fullmatch(text) is not None
    readings: dict[tuple[float, ...], tuple[Pair, bool]] = {}
    faults = []
    for seam in _SEAMS.finditer(text):
        first, second = parse_angle(text[: seam.start()]), parse_angle(text[seam.end() :])
        if first is None or second is None:
            continue
        # Bare numbers: only pairs of two, or of degrees, minutes and seconds, cannot be anything else.
        if bare and (first.shape != second.shape or first.shape == "dm"):
            faults.append("numbers without marks leave open which are degrees and which minutes")
            continue
        pair = _assign(first, second, order)
        if pair.fault:
            faults.append(pair.fault)
        else:
            readings[pair.latitude[:2] + pair.longitude[:2]] = pair, first.shape == second.shape
    alike = [pair for pair, same in readings.values() if same]
    possible = alike or [pair for pair, _ in readings.values()]
    if len(possible) == 1:
        return possible[0]
    if possible:
        return _faulty("it can be parted into latitude and longitude in several ways")
    # Parted at the wrong seam, letters heap up on one side: that is told only where nothing else is wrong.
    return _faulty(min(faults, key=TWO_LETTERS.__eq__) if faults else _UNREADABLE)


def _assign(first: Angle, second: Angle, order: str | None) -> Pair:
    """Find out which is which: by letters, else by the order that is stated."""
    if first.fault or second.fault:
        return _faulty(first.fault or second.fault)
    if bool(first.letter) != bool(second.letter):
        return _faulty("a hemisphere letter stands on one axis only")
    if first.letter:
        if first.axis == second.axis:
            return _faulty(f"both letters are of the {first.axis}")
        latitude_first = first.axis == "latitude"
    elif order is None:
        return _faulty("which is latitude and which longitude is not said: write e.g. 48.731 N, 37.568 E")
    else:
        latitude_first = order != "longitude latitude"
    return _check_range(Pair(first, second) if latitude_first else Pair(second, first))


def _check_range(pair: Pair) -> Pair:
    """Refuse degrees out of range."""
    for axis, angle in (("latitude", pair.latitude), ("longitude", pair.longitude)):
        if not abs(angle.degrees) <= LARGEST[axis]:
            return _faulty(f"{axis} {angle.degrees:.10g} is outside -{LARGEST[axis]:g} to {LARGEST[axis]:g}")
    return pair


def _read_geopoint(found: re.Match[str]) -> Pair:
    """Read "latitude longitude altitude accuracy" as forms write it."""
    latitude, longitude = parse_angle(found[1]), parse_angle(found[2])
    if latitude is None or longitude is None:
        return _faulty(_UNREADABLE)
    accuracy = float(found[4]) if found[4] else np.nan
    return _check_range(Pair(latitude, longitude, accuracy if accuracy > 0 else np.nan))


def _read_labelled(found: re.Match[str]) -> Pair:
    """Read "lat 48.731 lon 37.568", in either order."""
    if (found[1] == "lat") == (found[3] == "lat"):
        return _faulty("the same axis is named twice")
    angles = {}
    for name, text in ((found[1], found[2]), (found[3], found[4])):
        axis = "latitude" if name == "lat" else "longitude"
        angle = parse_angle(text.strip(" ,;/|"))
        if angle is None:
            return _faulty(_UNREADABLE)
        if angle.fault or (angle.letter and angle.axis != axis):
            return _faulty(angle.fault or f"{angle.letter.upper()} is no letter of the {axis}")
        angles[axis] = angle
    return _check_range(Pair(angles["latitude"], angles["longitude"]))
