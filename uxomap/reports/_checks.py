"""Places that cannot be, or are not where they are said to be: found, named, and repaired only on request."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from uxomap.countries import MARGIN_M, find_country, has_outline, lies_in_country, outside_country_m
from uxomap.errors import InputError
from uxomap.reports._locations import read_locations
from uxomap.reports._position import MAX_LONGITUDE, POLE, Bools, Floats, Places
from uxomap.reports._precision import rate_precision
from uxomap.reports._source import Roles, Table, role_texts
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, join_notes, no_notes, quote

#: Hazard areas are not drawn nearer to a pole than this, in degrees.
MAX_LATITUDE = 85.0

#: A place this near to latitude 0 and longitude 0 is an empty cell that became a number, in degrees.
_EMPTY_COORDINATE = 0.01

#: So many places, more than half of which are the same, may be a default that nobody changed.
_MANY_PLACES = 50

SWAPPED = "latitude and longitude changed places: swapped back on request"


def judge_places(places: Places, said: Stated) -> None:
    """Find places that cannot be, and say why in the words of the rule."""
    swapped = _beyond(places) & (np.abs(places.latitude) <= MAX_LONGITUDE) & (np.abs(places.longitude) <= POLE)
    swapped &= places.usable() & ~places.spread & ~_all_nines(places.latitude)
    if said.repair == "swap":
        swap_rows(places, swapped)
    longitude, latitude = places.longitude, places.latitude
    out_lat, out_lon = _beyond(places), np.abs(longitude) > MAX_LONGITUDE
    empty = (np.abs(latitude) <= _EMPTY_COORDINATE) & (np.abs(longitude) <= _EMPTY_COORDINATE)
    polar = (np.abs(latitude) > MAX_LATITUDE) & ~out_lat
    corner = (np.abs(latitude) == POLE) & (np.abs(longitude) % POLE == 0)
    for row in np.flatnonzero(places.usable() & (out_lat | out_lon | empty | polar)):
        lat, lon = f"latitude {latitude[row]:.10g}", f"longitude {longitude[row]:.10g}"
        if out_lat[row]:
            places.faults[row] = f"{lat} is outside -90 to 90{_explain(latitude[row], swapped=bool(swapped[row]))}"
        elif out_lon[row]:
            places.faults[row] = f"{lon} is outside -180 to 180{_explain(longitude[row])}"
        elif empty[row]:
            places.faults[row] = f"{lat} and {lon} look like an empty coordinate"
        elif corner[row]:
            places.faults[row] = f"{lat} and {lon} look like numbers that stand for an empty coordinate"
        else:
            places.faults[row] = f"{lat} is nearer to a pole than {MAX_LATITUDE:g}: hazard areas are not drawn there"


def swap_rows(places: Places, rows: Bools) -> None:
    """Give latitude and longitude of some rows their places back, and say so."""
    x, y = places.longitude.copy(), places.latitude.copy()
    places.longitude[rows], places.latitude[rows] = y[rows], x[rows]
    places.notes[rows] = SWAPPED


def _beyond(places: Places) -> Bools:
    """Tell which latitudes are none."""
    return np.asarray(np.abs(places.latitude) > POLE, dtype=bool)


def _all_nines(values: Floats) -> Bools:
    """Tell which numbers are written in nines alone, as programs write what they do not know."""
    nines = np.zeros(len(values), dtype=bool)
    for row in np.flatnonzero(np.abs(values) > POLE):
        nines[row] = set(f"{abs(values[row]):.10g}") <= {"9", "."}
    return nines


def _explain(value: float, *, swapped: bool = False) -> str:
    """Say what may be behind a number out of range."""
    if _all_nines(np.array([value]))[0]:
        return ": it looks like a number that stands for an empty cell"
    return ": latitude and longitude may have changed places" if swapped else ""


def note_alike(places: Places) -> None:
    """Name places that may have been pasted twice, or filled in by a program."""
    notes = no_notes(len(places.latitude))
    usable = places.usable()
    same = usable & (places.latitude == places.longitude)
    notes[same] = "latitude and longitude are the same number: check that one was not written twice"
    count = int(usable.sum())
    if count >= _MANY_PLACES:
        # What more than half of all have is the middle one of all.
        middle = [np.median(axis[usable]) for axis in (places.longitude, places.latitude)]
        default = usable & (places.longitude == middle[0]) & (places.latitude == middle[1])
        if 2 * int(default.sum()) > count:
            said = f"{int(default.sum()):,} of {count:,} rows have this same place: check that it is no default"
            notes[default] = said
    places.notes = join_notes([places.notes, notes], len(notes))


# Countries ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Slip:
    """A slip in writing that may have moved a place: what it was, and how to undo it."""

    words: str
    undo: Callable[[Floats, Floats], tuple[Floats, Floats]]


_SWAP = _Slip(
    "the other way round they would lie inside: latitude and longitude may have changed places", lambda x, y: (y, x)
)
_SLIPS = (
    _Slip("with the other sign of the longitude it would lie inside: the sign may be lost", lambda x, y: (-x, y)),
    _Slip("with the other sign of the latitude it would lie inside: the sign may be lost", lambda x, y: (x, -y)),
    _Slip("with the other sign of both it would lie inside: the signs may be lost", lambda x, y: (-x, -y)),
    _SWAP,
)


def check_countries(table: Table, roles: Roles, said: Stated, places: Places) -> None:
    """Name the places that lie outside the country that is stated; reject those that a slip in writing explains."""
    names = _state_countries(table, roles, said)
    if names is None:
        return
    codes, unique = pd.factorize(names, use_na_sentinel=True)
    metres = np.zeros(len(names))
    usable = places.usable() & (table.faults == "")
    outlines = {number: find_country(name) or "" for number, name in enumerate(unique)}
    outlines = {number: code for number, code in outlines.items() if has_outline(code)}
    for number, code in outlines.items():
        rows = np.flatnonzero(usable & (codes == number))
        metres[rows] = outside_country_m(places.longitude[rows], places.latitude[rows], code)
    outside = np.flatnonzero(metres > 0)
    if not len(outside):
        return
    far = outside[metres[outside] > _radii(table, roles, said, places, outside) + MARGIN_M]
    for number in np.unique(codes[far]):
        rows = far[codes[far] == number]
        _judge_outside(places, rows, metres[rows], (str(unique[number]), outlines[int(number)]), said)


def unchecked_countries(table: Table, roles: Roles, said: Stated) -> tuple[str, ...]:
    """Name the countries of a table that are not known, so that no place is checked against them."""
    names = _state_countries(table, roles, said)
    if names is None:
        return ()
    return tuple(
        name for name in pd.unique(names) if isinstance(name, str) and not has_outline(find_country(name) or "")
    )


def _state_countries(table: Table, roles: Roles, said: Stated) -> Objects | None:
    """Take the country of each row: its own, else what the user says of all; None where none is stated at all."""
    if said.country is not None and find_country(said.country) is None:
        message = (
            f"Invalid country {said.country!r:.80}. Must be the name or the ISO code of a country of today, "
            "e.g. 'Ukraine' or 'UKR'. Or leave it out."
        )
        raise InputError(message)
    if "country" not in roles and said.country is None:
        return None
    names = role_texts(table, roles, "country")
    if said.country is not None:
        names[pd.isna(names)] = said.country
    return names


def _radii(table: Table, roles: Roles, said: Stated, places: Places, rows: np.ndarray) -> Floats:
    """Find out how well some places are known."""
    some = replace(
        table,
        frame=table.frame.iloc[rows].reset_index(drop=True),
        faults=table.faults[rows],
        notes=table.notes[rows],
        geometry=None if table.geometry is None else table.geometry[rows],
    )
    arrays = ("longitude", "latitude", "shape_m", "digits_m", "stated_m", "spread", "faults", "missing", "notes")
    here = replace(places, **{name: getattr(places, name)[rows] for name in arrays})
    return rate_precision(some, roles, here, read_locations(some, roles), default_m=said.precision_m)[0]


def _judge_outside(places: Places, rows: np.ndarray, metres: Floats, country: tuple[str, str], said: Stated) -> None:
    """Say of places outside their country what may have moved them there."""
    name, code = country
    x, y = places.longitude[rows], places.latitude[rows]
    fits = {slip: _fits(slip, x, y, code) for slip in _SLIPS}
    fits[_SWAP] &= ~places.spread[rows]
    only_swap = fits[_SWAP] & ~np.any([fits[slip] for slip in _SLIPS if slip is not _SWAP], axis=0)
    for at, row in enumerate(rows):
        lat, lon = f"latitude {y[at]:.10g}", f"longitude {x[at]:.10g}"
        found = next((slip for slip in _SLIPS if fits[slip][at]), None)
        if 0.0 in (x[at], y[at]):
            zero = lon if x[at] == 0.0 else lat
            places.faults[row] = f"{zero} looks like an empty cell: the place lies outside {quote(name)}"
        elif only_swap[at] and said.repair == "swap":
            places.longitude[row], places.latitude[row] = y[at], x[at]
            places.notes[row] = SWAPPED
        elif found is not None:
            places.faults[row] = f"{lat} and {lon} lie outside {quote(name)}; {found.words}"
        else:
            words = f"lies {max(metres[at] / 1000.0, 1.0):,.0f} km outside {quote(name)}, the country that is stated"
            places.notes[row] = "; ".join(filter(None, [places.notes[row], f"{words}: check it"]))


def _fits(slip: _Slip, x: Floats, y: Floats, code: str) -> Bools:
    """Tell which places lie in their country once a slip is undone."""
    there_x, there_y = slip.undo(x, y)
    return lies_in_country(there_x, np.where(np.abs(there_y) <= POLE, there_y, np.nan), code)
