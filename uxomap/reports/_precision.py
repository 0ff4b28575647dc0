"""How well each place is known: from its own column, the digits of its coordinates, or the kind of place named."""

import re
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.coordinates import read_number
from uxomap.precision import code_radii
from uxomap.reports._locations import Locations
from uxomap.reports._position import Places
from uxomap.reports._source import Roles, Table
from uxomap.reports._texts import Objects, clean_texts, join_notes, no_notes, quote, read_each

Metres = npt.NDArray[np.float64]

#: Roles that state a precision, the most exact first.
PRECISION_ROLES = ("precision_m", "precision_km", "where_prec", "geo_precision", "precision")

#: Nobody knows where a munition came down better than this, in metres, whatever a device says.
_FINEST_M = 1.0

_METRES_PER_UNIT = {"m": 1.0, "km": 1000.0, "mi": 1609.344}

#: No radius is larger than half the way round the Earth.
_LARGEST_M = 20_004_000.0

#: A number without a unit and below this may be a code, metres or kilometres.
_CLEARLY_METRES = 100.0

_LENGTH = re.compile(
    r"(\d[\d., ]*?)\s*(?:(km|kilomet\w*|\u043a\u043c)|(m|met\w*|mts|\u043c)|(mi|miles?))\b", re.IGNORECASE
)
_LABELLED = re.compile(r"\((\d)\)")
_WORDS = re.compile(r"[^\W\d_]+")


class _Stated(NamedTuple):
    """A radius in metres (NaN where none), where it comes from, and what was assumed in reading it."""

    metres: float
    source: str
    note: str


_NOT_STATED = _Stated(np.nan, "", "")


def rate_precision(
    table: Table, roles: Roles, places: Places, locations: Locations, *, default_m: float | None
) -> tuple[Metres, Objects, Objects]:
    """
    Find the radius of each place: stated, coded or assumed, and never less than its shape and its digits allow.

    Gives the radius, where it comes from, and what was assumed; nothing where there is no place.
    """
    metres, sources, notes = read_precision(table.frame, roles)
    own = np.isnan(metres) & ~np.isnan(places.stated_m)
    metres[own], sources[own], notes[own] = places.stated_m[own], "stated", ""
    shaped = ~np.isnan(places.shape_m)
    unstated = np.isnan(metres) & ~shaped
    if default_m is None:
        assumed, assumed_notes = assume_precision(locations.place, locations.area)
        metres[unstated] = assumed[unstated]
        sources[unstated] = "assumed"
        notes = join_notes([notes, np.where(unstated, assumed_notes, "")], len(notes))
    else:
        metres[unstated] = default_m
        sources[unstated] = "stated"
    wide = shaped & ~(metres >= places.shape_m)
    metres[wide], sources[wide] = places.shape_m[wide], "stated"
    said = no_notes(len(metres))
    for row in np.flatnonzero(shaped):
        said[row] = f"a shape and not a point is given: its middle with a radius of {metres[row]:,.0f} m is taken"
    for row in np.flatnonzero(places.digits_m > metres):
        least, what = places.digits_m[row], "stated" if sources[row] == "stated" else "assumed"
        said[row] = f"{places.limit} {least:,.0f} m at best, not the {metres[row]:,.0f} m {what}"
        # What was assumed before no longer holds.
        notes[row] = "" if what == "assumed" else notes[row]
        metres[row], sources[row] = least, "digits"
    notes = join_notes([notes, said], len(notes))
    unplaced = np.isnan(places.latitude)
    metres[unplaced], sources[unplaced], notes[unplaced] = np.nan, np.nan, ""
    return metres, sources, notes


def read_precision(frame: pd.DataFrame, roles: Roles) -> tuple[Metres, Objects, Objects]:
    """Read the columns that state a precision: radius, where it comes from, and a note for each row."""
    count = len(frame)
    metres, sources, notes = np.full(count, np.nan), no_notes(count), no_notes(count)
    for role in PRECISION_ROLES:
        if role not in roles:
            continue
        texts = clean_texts(frame[roles[role][0]])
        readings, codes = read_each(texts, partial(_read_stated, role=role), missing=_NOT_STATED)
        radii = np.array([reading.metres for reading in readings])[codes]
        fill = np.isnan(metres) & (~np.isnan(radii) | (notes == ""))
        metres[fill] = radii[fill]
        sources[fill] = np.array([reading.source for reading in readings], dtype=object)[codes][fill]
        notes[fill] = np.array([reading.note for reading in readings], dtype=object)[codes][fill]
    return metres, sources, notes


def _read_stated(text: str, *, role: str) -> _Stated:
    """Read one cell that states a precision."""
    if labelled := _LABELLED.match(text):
        return _read_code(labelled[1], "hdx", text)
    number = read_number(text)
    if np.isnan(number):
        return _read_words(text)
    if role in ("where_prec", "geo_precision"):
        return _read_code(f"{number:g}", "ucdp" if role == "where_prec" else "acled", text)
    if number <= 0:
        return _NOT_STATED._replace(note=f"precision {quote(text)} is no radius: taken as not stated")
    if role == "precision" and number < _CLEARLY_METRES:
        least = max(number * 1000.0, code_radii("unstated")["settlement"])
        return _Stated(least, "assumed", f"precision {quote(text)} has no unit: {least:,.0f} m assumed")
    scale = _METRES_PER_UNIT["km" if role == "precision_km" else "m"]
    note = f"precision {quote(text)} read as metres" if role == "precision" else ""
    if number * scale < _FINEST_M:
        note = f"precision {quote(text)} is finer than a place is known: {_FINEST_M:,.0f} m taken"
    return _Stated(float(np.clip(number * scale, _FINEST_M, _LARGEST_M)), "stated", note)


def _read_code(code: str, scheme: str, text: str) -> _Stated:
    """Look a code up in its scheme."""
    radius = code_radii(scheme).get(code)
    if radius is None:
        return _NOT_STATED._replace(note=f"precision code {quote(text)} is not known: taken as not stated")
    return _Stated(radius, "code", "")


def _read_words(text: str) -> _Stated:
    """Read a length with its unit, or the widest of the words that stand for one."""
    if found := _LENGTH.search(text):
        unit = "km" if found[2] else "m" if found[3] else "mi"
        metres = read_number(found[1]) * _METRES_PER_UNIT[unit]
        if metres > 0:
            return _Stated(min(metres, _LARGEST_M), "stated", "")
    radii = code_radii("word")
    named = [radii[word] for word in _WORDS.findall(text.casefold()) if word in radii]
    if named:
        return _Stated(max(named), "code", "")
    return _NOT_STATED._replace(note=f"precision {quote(text)} cannot be read: taken as not stated")


def assume_precision(place: Objects | None, area: Objects) -> tuple[Metres, Objects]:
    """
    Assume a radius by the kind of place that is named.

    *place* is None where the table has no column for it: its rows then say nothing about the kind of place.
    """
    count = len(area)
    radii = code_radii("unstated")
    settlement = _Stated(radii["settlement"], "", _say_assumed(radii["settlement"], "as for a settlement"))
    metres = np.full(count, settlement.metres)
    notes = np.full(count, settlement.note, dtype=object)
    if place is None:
        return metres, notes
    readings, codes = read_each(place, _assume_for, missing=settlement)
    metres = np.array([reading.metres for reading in readings])[codes]
    notes = np.array([reading.note for reading in readings], dtype=object)[codes]
    only_area = pd.isna(place) & ~pd.isna(area)
    metres[only_area] = radii["area"]
    notes[only_area] = _say_assumed(radii["area"], "because only an area is named")
    return metres, notes


def _assume_for(place: str) -> _Stated:
    """Assume a radius for the name of a place."""
    radii = code_radii("place")
    named = {word: radii[word] for word in _WORDS.findall(place.casefold()) if word in radii}
    if not named:
        radius = code_radii("unstated")["settlement"]
        return _Stated(radius, "", _say_assumed(radius, "for a named settlement"))
    word = max(named, key=lambda one: named[one])
    return _Stated(named[word], "", _say_assumed(named[word], f"for a place told with '{word}'"))


def _say_assumed(metres: float, reason: str) -> str:
    """Say what was assumed and why."""
    return f"precision not stated: {metres:,.0f} m assumed {reason}"
