"""Which column plays which role, by its header."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType

from uxomap.errors import InputError

#: Roles a column may play, in the order in which they are told.
ROLES: Mapping[str, str] = MappingProxyType(
    {
        "report_id": "identifier of the report",
        "event_id": "same value for all reports of one event; never guessed, only said",
        "date": "day, month, year or range of the event",
        "date_start": "first day of the event",
        "date_end": "last day of the event",
        "latitude": "degrees north",
        "longitude": "degrees east",
        "coordinates": "both axes in one text, or a grid reference",
        "easting": "metres east, in the CRS that is stated",
        "northing": "metres north, in the CRS that is stated",
        "precision_m": "radius around the place, metres",
        "precision_km": "radius around the place, kilometres",
        "where_prec": "UCDP code of the precision, 1 to 7",
        "geo_precision": "ACLED code of the precision, 1 to 3",
        "precision": "precision in words, or with its unit",
        "place": "name of the place",
        "admin_area": "administrative areas around it",
        "country": "country",
        "munition": "munition in the words of the report",
        "rounds": "how many shells, rockets, missiles or bombs",
        "bearing_deg": "long axis of the pattern, degrees from north",
        "evidence": "what the count counts",
        "source": "who published the report",
        "source_url": "where it can be read",
    }
)

#: Roles that several columns may play together.
_JOINED = "admin_area"

#: Axes whose name may stand anywhere in a header, e.g. "_Point_latitude".
_AXES = ("latitude", "longitude")

#: Roles that geometry plays where there is any.
_PLACED = (*_AXES, "coordinates", "easting", "northing")

#: Headers that name an axis without saying which.
_AXIS_LETTERS = frozenset({"x", "y", "pointx", "pointy", "coordx", "coordy", "xcoord", "ycoord"})

#: Short names of an axis that are also words of a language, so that they count only as a whole header.
_PLAIN_WORDS = frozenset({"long"})

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORDS = re.compile(r"[^\W_]+")


def _words(header: str) -> tuple[str, ...]:
    """Split a header into plain words: no accents, brackets, capitals or punctuation."""
    split = unicodedata.normalize("NFKD", _CAMEL.sub(" ", _BRACKETS.sub(" ", header)))
    plain = "".join(mark for mark in split if not unicodedata.combining(mark))
    return tuple(_WORDS.findall(plain.casefold()))


@cache
def _known_headers() -> tuple[Mapping[str, tuple[str, int]], tuple[tuple[frozenset[str], bool], ...]]:
    """Read the table of headers: key to role and rank; words of personal columns, and whether they must be all."""
    known: dict[str, tuple[str, int]] = {}
    personal: list[tuple[frozenset[str], bool]] = []
    text = resources.files("uxomap.reports").joinpath("columns.csv").read_text(encoding="utf-8")
    for rank, line in enumerate(csv.DictReader(text.splitlines())):
        words = _words(line["header"])
        if line["role"] == "personal":
            personal.append((frozenset(words), line["header"].startswith("=")))
        else:
            known.setdefault("".join(words), (line["role"], rank))
    return MappingProxyType(known), tuple(personal)


def find_personal(names: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that look personal by their header."""
    _, personal = _known_headers()
    found = []
    for name in names:
        words = frozenset(_words(name))
        if any(words == looked_for if whole else words >= looked_for for looked_for, whole in personal):
            found.append(name)
    return tuple(found)


def find_roles(
    names: Sequence[str],
    stated: Mapping[str, str] | None,
    *,
    file: str,
    placed: bool,
    given: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> dict[str, tuple[str, ...]]:
    """
    Find the columns of each role: what the user says first, then what the format gives, then known headers.

    Raises InputError where the user names an unknown role or column, where two columns want to be the same axis, or
    where no place can be found and none is given by geometry (*placed*).
    """
    roles = dict(given) | _stated_roles(names, stated or {}, file)
    known, _ = _known_headers()
    personal = set(find_personal(names))
    taken = {name for columns in roles.values() for name in columns}
    ranked: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        role, rank = known.get("".join(_words(name)), ("", 0))
        if role and role not in roles and name not in taken and name not in personal:
            ranked.setdefault(role, []).append((rank, name))
    for role, found in ranked.items():
        columns = tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))
        roles[role] = columns if role in (_JOINED, *_AXES) else columns[:1]
    if placed:
        roles = {role: columns for role, columns in roles.items() if role not in _PLACED}
    else:
        _add_axes(names, roles, taken | set(roles.get("coordinates", ())))
        _choose_axes(roles, stated or {})
        _check_axes(names, roles, file)
    return {role: roles[role] for role in ROLES if roles.get(role)}


def _stated_roles(names: Sequence[str], stated: Mapping[str, str], file: str) -> dict[str, tuple[str, ...]]:
    """Take the roles that the user states."""
    roles: dict[str, tuple[str, ...]] = {}
    for role, name in stated.items():
        if role not in ROLES:
            message = f"Invalid role {role!r} in columns. Must be one of: {', '.join(ROLES)}."
            raise InputError(message)
        if str(name) not in names:
            message = f"{file} has no column {name!r}, given as {role} in columns. Columns seen: {_list(names)}."
            raise InputError(message)
        roles[role] = (str(name),)
    return roles


def _add_axes(names: Sequence[str], roles: dict[str, tuple[str, ...]], taken: set[str]) -> None:
    """Look for an axis among the words of a header where no whole header names it."""
    known, _ = _known_headers()
    for axis in _AXES:
        if axis not in roles:
            roles[axis] = tuple(
                name
                for name in names
                if name not in taken
                and any(known.get(word, ("", 0))[0] == axis for word in _words(name) if word not in _PLAIN_WORDS)
            )


def _choose_axes(roles: dict[str, tuple[str, ...]], stated: Mapping[str, str]) -> None:
    """Leave one way to the place: what is stated, else two columns before one that holds both axes."""
    both = any(all(roles.get(axis) for axis in pair) for pair in (_AXES, ("easting", "northing")))
    if "coordinates" in stated:
        for axis in _AXES:
            roles[axis] = ()
    elif both:
        roles.pop("coordinates", None)


def _check_axes(names: Sequence[str], roles: Mapping[str, tuple[str, ...]], file: str) -> None:
    """Refuse a table without a place, or with two."""
    for axis in _AXES:
        if len(roles[axis]) > 1:
            message = (
                f"{file} has several {axis} columns: {_list(roles[axis])}. Must be one. "
                f"Say which, e.g. columns={{{axis!r}: {roles[axis][0]!r}}}."
            )
            raise InputError(message)
    degrees = [axis for axis in _AXES if roles[axis]]
    metres = [axis for axis in ("easting", "northing") if roles.get(axis)]
    if len(degrees) == 2 or len(metres) == 2 or roles.get("coordinates"):  # noqa: PLR2004 - a place has two axes
        return
    letters = [name for name in names if "".join(_words(name)) in _AXIS_LETTERS]
    hint = f" {_list(letters)} may be coordinates, but not which is which." if letters else ""
    half = f"only one axis of a place ({', '.join([*degrees, *metres])})" if degrees or metres else "no coordinates"
    first, second = [*letters, *names, "B"][0], [*letters[1:], *names[1:], "B"][0]
    message = (
        f"{file} has {half} in a recognised column. Columns seen: {_list(names)}.{hint} "
        f'Say which they are, e.g. columns={{"latitude": "{second}", "longitude": "{first}"}}.'
    )
    raise InputError(message)


def _list(names: Sequence[str]) -> str:
    """List column names, the first forty of many."""
    most = 40
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more
