"""Which column plays which role, by its header."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType

import pandas as pd

from uxomap.errors import InputError
from uxomap.reports._axes import (
    DIGITS,
    PLAIN_WORDS,
    Header,
    ask_which,
    complete_pair,
    find_pairs,
    is_launch,
    precision_of,
    refuse_launch,
)
from uxomap.reports._shapes import find_shape_texts

#: Roles a column may play, in the order in which they are told.
ROLES: Mapping[str, str] = MappingProxyType(
    {
        "report_id": "identifier of the report",
        "event_id": "same value for all reports of one event, as the user or an event database says",
        "date": "day, month, year or range of the event",
        "date_start": "first day of the event",
        "date_end": "last day of the event",
        "latitude": "degrees north",
        "longitude": "degrees east",
        "latitude_letter": "N or S of the latitude, in a column of its own",
        "longitude_letter": "E or W of the longitude, in a column of its own",
        "coordinates": "both axes in one text, or a grid reference",
        "easting": "metres east, in the CRS that is stated",
        "northing": "metres north, in the CRS that is stated",
        "utm_zone": "zone of UTM of each row, with its letter",
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

#: Roles of columns that say more of those.
_BESIDE = ("latitude_letter", "longitude_letter", "utm_zone")

_PLAIN_WORDS = PLAIN_WORDS

#: Headers that name an axis without saying which.
_AXIS_LETTERS = frozenset({"x", "y", "pointx", "pointy", "coordx", "coordy", "xcoord", "ycoord"})

#: Marks that forms set between a group and its question.
_GROUP = re.compile(r"[^\s/:][/:][^\s/:]")
_DASHED = re.compile(r"\w+-\w+")

#: Roles that a question in a group may play, and words of groups that are of the event.
_GROUPED = (
    *("date", "date_start", "date_end", "place", "admin_area", "country", "munition", "rounds", "evidence"),
    *("precision", "source_url"),
)
_EVENT_WORDS = frozenset(
    {"data", "incident", "event", "strike", "attack", "munition", "munitions", "weapon", "weapons"}
)
_TOLD_BY_WORDS = ("date", "munition", "evidence")

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
    frame: pd.DataFrame | None = None,
) -> dict[str, tuple[str, ...]]:
    """
    Find the columns of each role: what the user says first, then what the format gives, then known headers.

    Where no header names a place, the cells of *frame* may show it. Raises InputError where the user names an unknown
    role or column, where a row has several places, or where no place can be found and none is given by geometry
    (*placed*).
    """
    said = stated or {}
    roles = dict(given) | _stated_roles(names, said, file)
    known, _ = _known_headers()
    personal = set(find_personal(names))
    taken = {name for columns in roles.values() for name in columns}
    headers = [_read_header(name) for name in names if name not in personal]
    twins = {one.stem for one in headers if one.axis and one.name.startswith("_")}
    ranked: dict[str, list[tuple[int, str]]] = {}
    for header in headers:
        role, rank = known.get("".join(_words(header.name)), ("", 0))
        if not role:
            role, rank = _role_in_group(header.name)
        # A form writes a place as a text, and each of its axes again in a column of its own.
        twin = header.words in twins and role != "coordinates"
        if role and role not in (*roles, *_AXES) and header.name not in taken and not twin:
            ranked.setdefault(role, []).append((rank, header.name))
    for role, found in ranked.items():
        columns = tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))
        roles[role] = columns if role == _JOINED else columns[:1]
    if placed:
        roles = {role: columns for role, columns in roles.items() if role not in (*_PLACED, *_BESIDE)}
    else:
        free = [header for header in headers if header.name not in taken | set(roles.get("coordinates", ()))]
        if not {"coordinates", "easting"} & set(said) and all(len(roles.get(axis, ())) <= 1 for axis in _AXES):
            fixed = {axis: _read_header(roles[axis][0]) for axis in _AXES if roles.get(axis)}
            roles.update(_find_axes(free, fixed, file))
        _choose_axes(roles, said)
        if frame is not None and not any(roles.get(role) for role in _PLACED):
            roles["coordinates"] = find_shape_texts(frame, file)
        _check_axes(names, roles, file)
        if (place := roles.get("latitude") or roles.get("coordinates")) and "precision_m" not in (*said, *given):
            measured = precision_of(_read_header(place[0]), headers, whole="latitude" not in roles)
            if measured:
                roles = {role: columns for role, columns in roles.items() if columns != (measured,)}
                roles["precision_m"] = (measured,)
    return {role: roles[role] for role in ROLES if roles.get(role)}


def _role_in_group(name: str) -> tuple[str, int]:
    """
    Find the role of a question that a form writes behind the name of its group: group/question, group:question.

    Where the group is not of the event, only a few roles count, in several words: a victim has a village, too.
    """
    known, _ = _known_headers()
    group, mark, question = re.split(r"([/:])(?!.*[/:])", name, maxsplit=1) if _GROUP.search(name) else ("", "", "")
    if not mark:
        group, mark, question = name.partition("-") if _DASHED.fullmatch(name) else ("", "", "")
    words = _words(question)
    role, rank = known.get("".join(words), ("", 0))
    of_event = set(_words(group)) <= _EVENT_WORDS
    fits = role in _GROUPED and (of_event or (len(words) > 1 and role in _TOLD_BY_WORDS))
    return (role, rank + len(known)) if mark and fits else ("", 0)


def _read_header(name: str) -> Header:
    """Take a header apart: its words, and the axis it names."""
    known, _ = _known_headers()
    words = _words(name.replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " "))
    role, rank = known.get("".join(_words(name)), ("", 0))
    axes = {word: known.get(word.rstrip(DIGITS), ("", 0))[0] for word in words}
    named = {axis for axis in axes.values() if axis in _AXES}
    names_one = len(named) == 1 and role not in ("coordinates", *_BESIDE)
    axis = role if role in _AXES else named.pop() if names_one else ""
    return Header(name, words, axis, axes, rank if role in _AXES else None)


def writes_form_points(name: str, names: Sequence[str]) -> bool:
    """Tell whether a form wrote the axes of this column once more, e.g. _Point_latitude beside Point."""
    headers = [_read_header(one) for one in names if one.startswith("_")]
    return any(header.axis and header.stem == _read_header(name).words for header in headers)


def _find_axes(headers: Sequence[Header], fixed: Mapping[str, Header], file: str) -> dict[str, tuple[str, ...]]:
    """Find the two columns of a place; of several places, none is taken without asking."""
    if len(fixed) == len(_AXES):
        return {}
    if fixed:
        [(axis, header)] = fixed.items()
        other = _AXES[1 - _AXES.index(axis)]
        partner = complete_pair(header, other, headers)
        # What the format or the user says of one axis leaves the other to the headers.
        return {other: (partner,) if partner else _single(headers, other)}
    pairs = find_pairs(headers)
    if len(pairs) > 1:
        raise ask_which(pairs, file)
    if pairs:
        [(stem, pair)] = pairs.items()
        if is_launch(stem):
            raise refuse_launch(pair, file)
        return pair
    return {axis: _single(headers, axis) for axis in _AXES}


def _single(headers: Sequence[Header], axis: str) -> tuple[str, ...]:
    """Name the columns of one axis that has no partner: those whose whole header is known, else by a word of it."""
    found = [header for header in headers if header.axis == axis]
    whole = sorted((header.rank, header.name) for header in found if header.rank is not None)
    return tuple(name for _, name in whole) or tuple(header.name for header in found if not header.plain)


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
        if role in _PLACED and is_launch(_words(str(name))):
            raise refuse_launch({role: (str(name),)}, file)
        roles[role] = (str(name),)
    return roles


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
        if len(roles.get(axis, ())) > 1:
            message = (
                f"{file} has several {axis} columns: {_list(roles[axis])}. Must be one. "
                f"Say which, e.g. columns={{{axis!r}: {roles[axis][0]!r}}}."
            )
            raise InputError(message)
    degrees = [axis for axis in _AXES if roles.get(axis)]
    metres = [axis for axis in ("easting", "northing") if roles.get(axis)]
    if len(degrees) == 2 or len(metres) == 2 or roles.get("coordinates"):  # noqa: PLR2004 - a place has two axes
        return
    letters = [name for name in names if "".join(_words(name)) in _AXIS_LETTERS]
    hint = f" {_list(letters)} may be coordinates, but not which is which." if letters else ""
    half = f"only one axis of a place ({', '.join([*degrees, *metres])})" if degrees or metres else "no coordinates"
    say = (
        f'Say which they are, e.g. columns={{"latitude": "{letters[1]}", "longitude": "{letters[0]}"}}, or, of metres, '
        f'columns={{"northing": "{letters[1]}", "easting": "{letters[0]}"}} and crs=, e.g. crs="SK-42 zone 7".'
        if len(letters) > 1
        else 'If they stand under other names, say which, e.g. columns={"latitude": ..., "longitude": ...}.'
    )
    message = f"{file} has {half} in a recognised column. Columns seen: {_list(names)}.{hint} {say}"
    raise InputError(message)


def _list(names: Sequence[str]) -> str:
    """List column names, the first forty of many."""
    most = 40
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more
