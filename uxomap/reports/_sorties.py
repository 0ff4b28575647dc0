"""Records of bombing sorties (US THOR): what was dropped, what was not, and days that no calendar has."""

import calendar
import datetime as dt
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from uxomap.coordinates import read_number
from uxomap.munitions import match_munition
from uxomap.reports._texts import Objects, clean_texts, join_notes, map_once, no_notes, quote

#: A source of the records of Vietnam, and the day from which another one repeats it.
_REPEATED_SOURCE, _REPEATED_FROM = "SACCOACT", np.datetime64("1971-03-01")

_NO_STRIKE = re.compile(r"NON\W?KINETIC", re.IGNORECASE)

#: Cargo aircraft that dropped the heaviest bombs stand among the non-kinetic missions.
_CARGO_DROP = re.compile(r"CARGO\W+AIR\W*DROP", re.IGNORECASE)

#: Loads without an explosive charge; flares only where no bomb or rocket is named beside them.
_NO_CHARGE = re.compile(
    r"\b(?:LEAFLETS?|CHAFF|PROPAGANDA)\b|\b(?:5[.]56|7[.]62|12[.]7) *MM|[.]?\b(?:30|50) ?CAL\b|\bCAL ?[.]?(?:30|50)\b",
    re.IGNORECASE,
)
_FLARE = re.compile(r"\bFLARES?\b", re.IGNORECASE)
_CARRIER = re.compile(r"BOMB|ROCKET|MISSILE|SHELL|CBU", re.IGNORECASE)
_SUPPORT = re.compile(r"SUPPORT", re.IGNORECASE)
_GUN = re.compile(r"GUNS?", re.IGNORECASE)
_GUN_CALIBRE = re.compile(r"\b(?:20|25|30|37|40) ?MM\b", re.IGNORECASE)

_DAY = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ].*)?", re.ASCII)
_LONGEST_MONTH = 31
_MONTHS = range(1, 13)
_YEARS = range(1900, 2100)

#: Kinds of bombs in the records of the Second World War: high-explosive, incendiary, fragmentation.
_KINDS = ("he", "ic", "frag")


def judge_sorties(frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[Objects, Objects]:
    """Say of each sortie why it is no strike, and what its other counts mean for the ground."""
    count = len(frame)
    texts = [_texts(frame, columns, name) for name in ("mfunc_desc_class", "mfunc_desc", "weapontype")]
    kinds = [_texts(frame, columns, name) for name in ("weapontypeclass", "weapon_class")]
    texts.append(np.where(pd.isna(kinds[0]), kinds[1], kinds[0]))
    numbers = [_texts(frame, columns, f"numweapons{what}") for what in ("delivered", "jettisoned", "returned")]
    faults, notes = no_notes(count), no_notes(count)
    faults[:], notes[:] = zip(*map_once(_judge, zip(*texts, *numbers, strict=True)), strict=True)
    return faults, join_notes([notes, _say_repeats(frame, columns)], count)


def name_guns(frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[Objects, Objects] | None:
    """
    Say of the ammunition of guns that it is such, as a thousand rounds are no thousand bombs.

    Gives the words for all weapons, and a note where words were added; None where there is nothing to add.
    """
    if "weapontype" not in columns:
        return None
    texts = _texts(frame, columns, "weapontype")
    kinds = [_texts(frame, columns, name) for name in ("weapontypeclass", "weapon_class")]
    named = no_notes(len(texts))
    named[:] = map_once(_name_gun, zip(texts, *kinds, strict=True))
    notes = no_notes(len(texts))
    for row in np.flatnonzero(named != ""):
        notes[row] = f"munition read as {quote(named[row])} from its class or calibre"
    return (np.where(named == "", texts, named), notes) if (named != "").any() else None


def find_false_days(frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[pd.Series, pd.Series, Objects]:
    """Read days that the calendar does not have as the days around them: first, last, and a note."""
    texts = _texts(frame, columns, "msndate")
    spans = map_once(_around, texts)
    notes = no_notes(len(texts))
    first, last = ([span[end] if span else None for span in spans] for end in (0, 1))
    for row, span in enumerate(spans):
        if span:
            notes[row] = f"the calendar has no day {quote(texts[row])}: read as {span[0]} to {span[1]}"
    return pd.Series(first, dtype="datetime64[ns]"), pd.Series(last, dtype="datetime64[ns]"), notes


def sum_loads(frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[Objects, Objects]:
    """Put the kinds of bombs of one mission together: their names and how many; missing where not known."""
    parts = [_texts(frame, columns, f"{what}_of_{kind}") for kind in _KINDS for what in ("type", "number")]
    names, numbers = np.full(len(frame), np.nan, dtype=object), np.full(len(frame), np.nan, dtype=object)
    for row, (name, number) in enumerate(map_once(_sum_loads, zip(*parts, strict=True))):
        names[row], numbers[row] = name, number
    return names, numbers


def _texts(frame: pd.DataFrame, columns: Mapping[str, str], name: str) -> Objects:
    """Clean the texts of a column; all missing where there is none."""
    return clean_texts(frame[columns[name]]) if name in columns else np.full(len(frame), np.nan, dtype=object)


def _count(text: object) -> float:
    """Read a count; 0 where it is not known, which the records also write as -1."""
    number = read_number(text) if isinstance(text, str) else 0.0
    return max(0.0, number) if np.isfinite(number) else 0.0


def _judge(parts: tuple[object, ...]) -> tuple[str, str]:
    """Judge one sortie: why it is no strike (else empty), and a note."""
    mission, function, weapon, kind = (part if isinstance(part, str) else "" for part in parts[:4])
    delivered, jettisoned, returned = map(_count, parts[4:])
    lost = f"{jettisoned:g} jettisoned, where is not known" if jettisoned else ""
    note = f"beside those delivered, {lost}" if lost else ""
    if _NO_STRIKE.fullmatch(mission):
        if not (_CARGO_DROP.search(function) and delivered and weapon):
            though = f", although {delivered:g} weapons delivered are recorded" if delivered else ""
            return f"mission class {quote(mission)}: no strike is reported{though}{f', and {lost}' if lost else ''}", ""
        note = f"mission class {quote(mission)}, but weapons were dropped{f', and {lost}' if lost else ''}"
    if isinstance(parts[4], str) and not delivered and (jettisoned or returned):
        back = f"{returned:g} returned" if returned else ""
        return f"no weapon was delivered: {' and '.join(part for part in (back, lost) if part)}", ""
    return _judge_load(weapon, kind), note


def _judge_load(weapon: str, kind: str) -> str:
    """Say why a load leaves no duds; empty where it may. What is not known may."""
    if _NO_CHARGE.search(weapon) or (_FLARE.search(weapon) and not _CARRIER.search(weapon)):
        return f"weapon {quote(weapon)}: no munition with an explosive charge"
    if _SUPPORT.fullmatch(kind) and not match_munition(weapon).alternatives:
        named = f" ({quote(weapon)})" if weapon else ""
        return f"weapon class {quote(kind)}{named}: no munition with an explosive charge"
    return ""


def _name_gun(parts: tuple[object, ...]) -> str:
    """Add to a weapon that it is a gun; empty where it is none, or says so itself."""
    weapon, *kinds = (part if isinstance(part, str) else "" for part in parts)
    is_gun = any(map(_GUN.fullmatch, kinds)) or _GUN_CALIBRE.search(weapon)
    return f"{weapon} (gun)".strip() if is_gun and not match_munition(weapon).alternatives else ""


def _say_repeats(frame: pd.DataFrame, columns: Mapping[str, str]) -> Objects:
    """Say of the sorties of one source that another may tell them, too."""
    notes = no_notes(len(frame))
    sources = _texts(frame, columns, "sourcerecord")
    for row in np.flatnonzero(sources == _REPEATED_SOURCE):
        notes[row] = f"source {_REPEATED_SOURCE}: from {_REPEATED_FROM} on, another source may record the same sortie"
    if not (notes != "").any():
        return notes
    digits = pd.Series(_texts(frame, columns, "msndate")).str.replace(r"\D", "", regex=True).str[:8]
    days = pd.to_datetime(digits, format="%Y%m%d", errors="coerce").to_numpy()
    return np.where(days >= _REPEATED_FROM, notes, "")


def _around(text: object) -> tuple[dt.date, dt.date] | None:
    """Give the days around one that the calendar does not have; None where it has it, or where it is no day."""
    found = _DAY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[3]), int(found[4])
    if year not in _YEARS or month not in _MONTHS or not 0 < day <= _LONGEST_MONTH:
        return None
    length = calendar.monthrange(year, month)[1]
    last = dt.date(year, month, length)
    return None if day <= length else (last, last + dt.timedelta(days=1))


def _sum_loads(parts: tuple[object, ...]) -> tuple[object, object]:
    """Name the bombs of one mission, and count them where every kind that is named has a number."""
    pairs = [(name, _count(number)) for name, number in zip(parts[::2], parts[1::2], strict=True)]
    named = [name for name, _ in pairs if isinstance(name, str)]
    total = sum(number for _, number in pairs)
    complete = total > 0 and all(number for name, number in pairs if isinstance(name, str))
    return "; ".join(named) or np.nan, f"{total:g}" if complete else np.nan
