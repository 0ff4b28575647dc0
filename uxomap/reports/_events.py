"""Event databases (ACLED, UCDP GED, US THOR), recognised by their columns: what each row means for the ground."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.reports._dates import read_dates
from uxomap.reports._sorties import find_false_days, judge_sorties, name_guns, sum_loads
from uxomap.reports._source import Table, unique_names
from uxomap.reports._texts import Objects, clean_texts, join_notes, map_once, no_notes, quote
from uxomap.reports._weapons import NOTHING, Weapons, find_weapons, tells_more

Days = npt.NDArray[np.datetime64]

#: Shapefiles cut the names of columns to so many signs.
_CUT = 10

#: How far codes of the date reach: days to both sides, or the whole month or year.
_REACH: Mapping[str, Mapping[str, int | str]] = MappingProxyType(
    {"time_precision": {"2": 6, "3": "M"}, "date_prec": {"2": 6, "3": 6, "4": "M", "5": "Y"}}
)
_WHOLE = {"M": "month", "Y": "year"}

_DOWNED = re.compile(r"\bintercept|\bsho?o?t\w* down\b|\bdowned\b|\bdowning\b", re.IGNORECASE)

_UNKNOWN_WEAPON = "UCDP counts deadly events and does not say which weapon was used: munition not known"


class _Column(NamedTuple):
    """A column of a database: its plain name, the role it plays, and whether the database is known by it."""

    name: str
    role: str
    sign: str


@dataclass
class _Reading:
    """What is understood of a table: faults and notes of its rows, columns worked out, and what to tell."""

    faults: Objects
    notes: list[Objects]
    computed: dict[str, pd.Series] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    details: list[tuple[str, str]] = field(default_factory=list)

    def add(self, role: str, title: str, values: pd.Series) -> None:
        """Let a column that was worked out play a role."""
        self.computed[title] = values
        self.roles[role] = (title,)


def read_database(table: Table) -> Table:
    """Recognise an event database by its columns, and read what its rows are; other tables stay as they are."""
    found = _recognise(list(table.frame.columns)) if len(table.frame) else None
    if found is None:
        return table
    database, columns = found
    title, reader = _READERS[database]
    reading = _Reading(no_notes(len(table.frame)), [table.notes])
    reader(table.frame, columns, reading)
    titles = unique_names([*table.frame.columns, *reading.computed])[len(table.frame.columns) :]
    new_names = dict(zip(reading.computed, titles, strict=True))
    computed = {new_names[name]: values for name, values in reading.computed.items()}
    given = {role: tuple(new_names.get(name, name) for name in names) for role, names in reading.roles.items()}
    faults = np.where(table.faults != "", table.faults, reading.faults)
    details = [("database", title), *reading.details]
    if (aside := int((reading.faults != "").sum())) > 0:
        details.append(("rows that are no strike", f"{aside:,} of {len(faults):,}: rejected, each with its reason"))
    frame = table.frame.assign(**{name: values.set_axis(table.frame.index) for name, values in computed.items()})
    return replace(
        table,
        frame=frame,
        faults=faults,
        notes=join_notes(reading.notes, len(faults)),
        roles={**_known_roles(database, columns), **given, **table.roles},
        computed=(*table.computed, *computed),
        details=(*table.details, *details),
    )


@cache
def _databases() -> Mapping[str, tuple[_Column, ...]]:
    """Read the columns by which databases are known."""
    text = resources.files("uxomap.reports").joinpath("database_columns.csv").read_text(encoding="utf-8")
    found: dict[str, list[_Column]] = {}
    for line in csv.DictReader(text.splitlines()):
        found.setdefault(line["database"], []).append(_Column(line["column"], line["role"], line["sign"]))
    return MappingProxyType({database: tuple(columns) for database, columns in found.items()})


def _recognise(names: Iterable[str]) -> tuple[str, dict[str, str]] | None:
    """Name the database that has these columns, and its columns as they are written here."""
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(name.strip().casefold().replace(" ", "_"), name)
    for database, known in _databases().items():
        columns = {
            column.name: plain.get(column.name) or plain.get(column.name[:_CUT], "")
            for column in known
            if column.name in plain or column.name[:_CUT] in plain
        }
        must = all(column.name in columns for column in known if column.sign == "must")
        if must and any(column.name in columns for column in known if column.sign == "may"):
            return database, columns
    return None


def _known_roles(database: str, columns: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Give the columns of a database their roles."""
    roles: dict[str, tuple[str, ...]] = {}
    for column in _databases()[database]:
        if column.role and column.name in columns:
            name = columns[column.name]
            roles[column.role] = (*roles.get(column.role, ()), name) if column.role == "admin_area" else (name,)
    return roles


def _texts(frame: pd.DataFrame, columns: Mapping[str, str], name: str) -> Objects:
    """Clean the texts of a column; all missing where there is none."""
    return clean_texts(frame[columns[name]]) if name in columns else np.full(len(frame), np.nan, dtype=object)


# --- ACLED -----------------------------------------------------------------------------------------------------------


@cache
def _event_types() -> Mapping[str, str]:
    """Read what is known of each type of event."""
    text = resources.files("uxomap.reports").joinpath("event_types.csv").read_text(encoding="utf-8")
    return MappingProxyType({line["event_type"]: line["verdict"] for line in csv.DictReader(text.splitlines())})


def _read_acled(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading) -> None:
    """Read events of ACLED: which are strikes, with what, and on which days."""
    types = list(zip(*(_texts(frame, columns, name) for name in ("event_type", "sub_event_type")), strict=True))
    notes = _texts(frame, columns, "notes")
    decided = map_once(_decide_type, types)
    munitions, said = np.full(len(frame), np.nan, dtype=object), no_notes(len(frame))
    for row, (verdict, name) in enumerate(decided):
        text = notes[row]
        wanted = verdict not in ("no", "ordnance") and isinstance(text, str)
        weapons = find_weapons(text) if wanted else NOTHING
        reading.faults[row] = _reject(verdict, name, weapons, text)
        if not reading.faults[row]:
            munitions[row], said[row] = _describe(verdict, name, weapons)
    reading.notes.append(said)
    words = ", ".join(columns[name] for name in ("sub_event_type", "event_type", "notes") if name in columns)
    reading.add("munition", f"words of {words}", pd.Series(munitions, dtype=object))
    _widen_days(frame, columns, reading, "time_precision", "event_date")
    _link_actors(frame, columns, reading)


def _decide_type(types: tuple[object, object]) -> tuple[str, str]:
    """Give what is known of the type of an event, and its name; the finer type goes first."""
    named = [(_look_up(name), name) for name in reversed(types) if isinstance(name, str)]
    known = [(verdict, name) for verdict, name in named if verdict]
    if not known:
        return ("unknown", named[0][1]) if named else ("unstated", "")
    # Protests of any kind are protests.
    return known[-1] if known[0][0] == known[-1][0] == "no" else known[0]


def _look_up(name: str) -> str:
    """Look up what is known of a type of event; empty where nothing is."""
    plain = " ".join(name.casefold().split())
    stems = (verdict for stem, verdict in _event_types().items() if stem.endswith("*") and plain.startswith(stem[:-1]))
    return _event_types().get(plain) or next(stems, "")


def _reject(verdict: str, name: str, weapons: Weapons, text: object) -> str:
    """Say why an event is no strike; empty where it may be one."""
    said = f"event type {quote(name)}: no strike is reported"
    if verdict == "no":
        return said
    if verdict == "ordnance":
        return f"{said}, but a mine, an improvised device or a remnant"
    if verdict == "notes" and not weapons.strike:
        return f"{said}, and its notes name no shelling, rockets, missiles or bombs"
    if verdict == "downed" and not (weapons.strike and isinstance(text, str) and _DOWNED.search(text)):
        return f"{said}, and its notes name no weapon that was brought down"
    return ""


def _describe(verdict: str, name: str, weapons: Weapons) -> tuple[object, str]:
    """Give the words for the munition of an event that is kept, and what was assumed."""
    said = ""
    if verdict == "unstated":
        said = "event type not stated: kept as a strike"
    elif verdict == "unknown":
        said = f"event type {quote(name)} is not known: kept as a strike"
    elif verdict == "broad" and not weapons.strike:
        said = f"event type {quote(name)} may also be a mine or an improvised device"
    elif verdict == "notes":
        said = f"event type {quote(name)} is no strike, but its notes name one: {quote(weapons.strike)}"
    elif verdict == "downed":
        said = f"event type {quote(name)}: what was brought down may lie there, {quote(weapons.strike)}"
    words = name if verdict == "strike" else ""
    if not tells_more(weapons.phrases, words):
        return words or np.nan, said
    told = f"munition read from the notes: {quote(weapons.phrases)}"
    return weapons.phrases, f"{said}; {told}" if said else told


def _link_actors(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading) -> None:
    """Link the rows of one event in tables with a row for each actor: one identifier, one day, one place."""
    if "event_id_cnty" not in columns:
        if "data_id" in columns:
            reading.roles["report_id"] = (columns["data_id"],)
        return
    names = [name for name in ("event_date", "latitude", "longitude") if name in columns]
    parts = pd.DataFrame({name: _texts(frame, columns, name) for name in ("event_id_cnty", *names)})
    known = parts[parts["event_id_cnty"].notna()]
    apart = known.drop_duplicates()["event_id_cnty"]
    if len(known) > len(apart) and apart.is_unique:
        reading.roles["event_id"] = (columns["event_id_cnty"],)


# --- UCDP ------------------------------------------------------------------------------------------------------------


def _read_ucdp(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading) -> None:
    """Read events of UCDP: all are kept, as the database names no weapon; a headline may."""
    heads = [_texts(frame, columns, name) for name in ("source_headline", "source_article")]
    munitions, said = np.full(len(frame), np.nan, dtype=object), no_notes(len(frame))
    for row, texts in enumerate(zip(*heads, strict=True)):
        weapons = find_weapons(". ".join(text for text in texts if isinstance(text, str)))
        if tells_more(weapons.phrases, ""):
            munitions[row] = weapons.phrases
            said[row] = f"munition read from the headline: {quote(weapons.phrases)}"
        else:
            said[row] = _UNKNOWN_WEAPON
    reading.notes.append(said)
    used = ", ".join(columns[name] for name in ("source_headline", "source_article") if name in columns)
    if used:
        reading.add("munition", f"words of {used}", pd.Series(munitions, dtype=object))
    reading.details.append(("weapon", "not told by UCDP: every deadly event is kept, choose the strikes before"))
    _widen_days(frame, columns, reading, "date_prec", "date_start")


# --- Dates -----------------------------------------------------------------------------------------------------------


def _widen_days(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading, code: str, day: str) -> None:
    """Widen the days of events that are known by their week, month or year only."""
    if code not in columns or day not in columns:
        return
    codes = _texts(frame, columns, code)
    start, end, _ = read_dates({"date": frame[columns[day]]}, len(frame))
    if "date_end" in columns:
        end = read_dates({"date": frame[columns["date_end"]]}, len(frame))[1]
        # Where several days are stated, the code adds nothing.
        codes = np.where(np.isnat(end) | (start == end), codes, "")
        end = np.where(np.isnat(end), start, end)
    notes = no_notes(len(frame))
    first_text, last_text = (_texts(frame, columns, name) for name in ("date_start", "date_end"))
    for known, reach in _REACH[code].items():
        rows = np.flatnonzero((codes == known) & ~np.isnat(start))
        first, last = _reach_out(start[rows], end[rows], reach)
        first_text[rows], last_text[rows] = first.astype(str), last.astype(str)
        whole = f"the whole {_WHOLE[reach]} is" if isinstance(reach, str) else f"{reach} days before and after are"
        notes[rows] = f"{columns[code]} {known}: {whole} covered"
    if (notes != "").any():
        reading.notes.append(notes)
        reading.add("date_start", f"first day by {columns[code]}", pd.Series(first_text, dtype=object))
        reading.add("date_end", f"last day by {columns[code]}", pd.Series(last_text, dtype=object))


def _reach_out(start: Days, end: Days, reach: int | str) -> tuple[Days, Days]:
    """Widen spans of days by a number of days, or to whole months or years."""
    if isinstance(reach, int):
        return start - reach, end + reach
    return start.astype(f"M8[{reach}]").astype("M8[D]"), (end.astype(f"M8[{reach}]") + 1).astype("M8[D]") - 1


# --- THOR ------------------------------------------------------------------------------------------------------------


def _read_thor(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading) -> None:
    """Read sorties over Vietnam, Laos and Cambodia."""
    reading.faults, notes = judge_sorties(frame, columns)
    reading.notes.append(notes)
    if (guns := name_guns(frame, columns)) is not None:
        texts, said = guns
        reading.notes.append(said)
        reading.add("munition", f"words of {columns['weapontype']}", pd.Series(texts, dtype=object))
    if "msndate" in columns:
        first, last, said = find_false_days(frame, columns)
        if (said != "").any():
            reading.notes.append(said)
            reading.add("date_start", f"first day around {columns['msndate']}", first)
            reading.add("date_end", f"last day around {columns['msndate']}", last)


def _read_wwii(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading) -> None:
    """Read missions of the Second World War: several kinds of bombs in a row."""
    names, numbers = sum_loads(frame, columns)
    reading.add("munition", "types of bombs", pd.Series(names, dtype=object))
    reading.add("rounds", "numbers of bombs", pd.Series(numbers, dtype=object))


def _read_korea(frame: pd.DataFrame, columns: Mapping[str, str], reading: _Reading) -> None:
    """Read missions over Korea: the roles of the columns say all."""


_Reader = Callable[[pd.DataFrame, Mapping[str, str], _Reading], None]

_READERS: Mapping[str, tuple[str, _Reader]] = MappingProxyType(
    {
        "acled": ("ACLED", _read_acled),
        "ucdp": ("UCDP GED", _read_ucdp),
        "thor": ("US THOR", _read_thor),
        "thor_wwii": ("US THOR, Second World War", _read_wwii),
        "thor_korea": ("US THOR, Korea", _read_korea),
    }
)
