"""Lists of events in JSON (TimeMap of Bellingcat and Forensic Architecture, answers of event databases) to tables."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.munitions import match_munition
from uxomap.reports._choice import choose_part, refuse_choice
from uxomap.reports._limits import MAX_CELLS, check_lengths, refuse_size
from uxomap.reports._source import Table, unique_names
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, map_once, no_notes, quote
from uxomap.reports._weapons import find_weapons, tells_more

#: Largest file of events, in bytes. All of it must be in memory at once.
_MAX_BYTES = 100_000_000

#: Most different names in the events of one file.
_MAX_NAMES = 500

#: What shows in the head of a file that it is one of the formats that GDAL reads.
_GEOGRAPHIC = re.compile(
    rb'"(?:type|geometryType)"\s*:\s*"(?:Feature|FeatureCollection|Topology|GeometryCollection|(?:Multi)?(?:Point|LineString'
    rb'|Polygon)|esri\w*)"'
)

#: Parts of an event by which a TimeMap is known; they hold tags.
_TAGGED = ("filters", "associations")
_WEAPON = re.compile(r"weapon|munition|ordnance|armament", re.IGNORECASE)
_PARTED = re.compile(r"\s*(?:=|:|>|/)\s*")
_LINKS = ("path", "url", "link", "href")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_MONTHS = 12
_LOST = "\ufffd"


class _Events(NamedTuple):
    """A list of events of a file, and where in the file it stands."""

    name: str
    entries: list[Any]


def read_timemap(path: Path, head: bytes, stated: Stated, *, limit: int | None = None) -> Table | None:
    """Read a JSON file that lists events with their places; None where it is something else."""
    if _GEOGRAPHIC.search(head):
        return None
    loaded = _load(path, head)
    events = _choose(path, loaded, stated)
    if events is None:
        return None
    entries = events.entries[:limit]
    frame, keys, faults = _make_frame(entries, events.name)
    notes = no_notes(len(entries))
    for row, entry in enumerate(entries):
        if _LOST in repr(entry):
            notes[row] = "some letters cannot be read"
    table = Table(events.name, "JSON", frame, faults, notes)
    is_timemap = any(key in keys for key in _TAGGED)
    return _read_events(table, entries, keys, stated) if is_timemap else table


def _load(path: Path, head: bytes) -> Any:
    """Load a JSON file, within bounds; None where it is no JSON."""
    size = path.stat().st_size
    if size > _MAX_BYTES:
        message = (
            f"{path} holds {size / 1e6:,.0f} MB of JSON. Must be at most {_MAX_BYTES / 1e6:.0f} MB. "
            "Save the events as CSV, or in several files."
        )
        raise InputError(message)
    content = path.read_bytes()
    try:
        encoding = json.detect_encoding(content)
        return json.loads(content.decode(encoding, errors="replace"))
    except RecursionError as error:
        message = f"{path} is nested too deeply to be a list of events. Save the events as CSV."
        raise InputError(message) from error
    except ValueError as error:
        if b'"latitude"' not in head.lower():
            return None
        message = f"{path} cannot be read as JSON: {error}. Save the file again, or save the events as CSV."
        raise InputError(message) from error


def _choose(path: Path, loaded: Any, stated: Stated) -> _Events | None:
    """Find the list of events: the file itself, or the only one in it, or that which the user names."""
    if isinstance(loaded, list):
        if not any(isinstance(entry, dict) for entry in loaded):
            return None
        if stated.sheet is not None:
            raise refuse_choice(path, "one list of events in JSON", stated.sheet)
        return _Events(str(path), loaded)
    if not isinstance(loaded, dict):
        return None
    lists = {
        str(key): value
        for key, value in loaded.items()
        if isinstance(value, list) and any(isinstance(entry, dict) for entry in value)
    }
    if not lists:
        return None
    names = list(lists)
    if stated.sheet is not None:
        name = names[choose_part(names, stated.sheet, path, kind="list")]
    elif len(names) == 1 or "events" in lists:
        name = "events" if "events" in lists else names[0]
    else:
        message = f"{path} holds several lists: {', '.join(map(repr, names[:10]))}. Say which, e.g. sheet={names[0]!r}."
        raise InputError(message)
    return _Events(f"{path}: {name}" if len(names) > 1 else str(path), lists[name])


def _make_frame(entries: list[Any], name: str) -> tuple[pd.DataFrame, dict[str, str], Objects]:
    """Make a column of each name in the events, with the names as they are called; and why entries are no events."""
    keys = list(dict.fromkeys(key for entry in entries if isinstance(entry, dict) for key in entry))
    if len(keys) > _MAX_NAMES:
        message = (
            f"{name} has events with {len(keys):,} different names in them. Must be at most {_MAX_NAMES}, as of the "
            "columns of a table. Save the events as CSV."
        )
        raise InputError(message)
    if len(keys) * len(entries) > MAX_CELLS:
        raise refuse_size(name)
    faults = no_notes(len(entries))
    for row, entry in enumerate(entries):
        if not isinstance(entry, dict):
            faults[row] = f"entry {quote(json.dumps(entry, ensure_ascii=False))} is no event"
    columns: dict[str, Objects] = {}
    names = unique_names(keys)
    for key, title in zip(keys, names, strict=True):
        cells = np.empty(len(entries), dtype=object)
        cells[:] = [_write(entry.get(key)) if isinstance(entry, dict) else np.nan for entry in entries]
        columns[title] = cells
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(entries)))
    check_lengths(frame, name)
    return frame, {key.strip().casefold(): title for key, title in zip(keys, names, strict=True)}, faults


def _write(value: Any) -> Any:
    """Write a value as the cell of a table: what is nested becomes JSON, what is empty is missing."""
    if value is None or value in ("", [], {}):
        return np.nan
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _read_events(table: Table, entries: list[Any], keys: Mapping[str, str], stated: Stated) -> Table:
    """Read what a TimeMap nests: weapons among the tags, links among the sources, months before days."""
    count = len(entries)
    munitions, links = np.full(count, np.nan, dtype=object), np.full(count, np.nan, dtype=object)
    notes = table.notes.copy()
    for row, entry in enumerate(entries):
        event = {str(key).strip().casefold(): value for key, value in entry.items()} if isinstance(entry, dict) else {}
        munitions[row] = "; ".join(dict.fromkeys(_find_weapons(event))) or np.nan
        links[row] = " | ".join(dict.fromkeys(_find_links(event.get("sources")))) or np.nan
        phrases = find_weapons(str(event.get("description", ""))).phrases
        if not isinstance(munitions[row], str) and tells_more(phrases, ""):
            munitions[row] = phrases
            said = f"munition read from the description: {quote(phrases)}"
            notes[row] = f"{notes[row]}; {said}" if notes[row] else said
    tagged = ", ".join(keys[part] for part in (*_TAGGED, "description") if part in keys)
    worked_out: dict[str, tuple[str, Objects]] = {"munition": (f"words of {tagged}", munitions)}
    roles: dict[str, tuple[str, ...]] = {}
    if any(isinstance(entry, dict) and isinstance(entry.get("sources"), (list, dict)) for entry in entries):
        roles["source"] = ()
        worked_out["source_url"] = ("links of the sources", links)
    if "location" in keys:
        # "Town, Province" names a town: the kind of place is that of its first part.
        whole = [
            cell.partition(",") if isinstance(cell, str) else ("", "", "") for cell in table.frame[keys["location"]]
        ]
        for role, part, title in (("place", 0, "first part"), ("admin_area", 2, "rest")):
            cells = np.empty(count, dtype=object)
            cells[:] = [parts[part].strip() or np.nan for parts in whole]
            worked_out[role] = (f"{title} of {keys['location']}", cells)
    details = [("database", "TimeMap")]
    if (days := _read_months(table, keys, stated)) is not None:
        worked_out["date"] = (f"{keys['date']}, month first", days)
        details.append(("date order", "month first, as TimeMap writes it"))
    titles = unique_names([*table.frame.columns, *(title for title, _ in worked_out.values())])[-len(worked_out) :]
    frame = table.frame.assign(**dict(zip(titles, (cells for _, cells in worked_out.values()), strict=True)))
    roles |= {role: (title,) for role, title in zip(worked_out, titles, strict=True)}
    return replace(table, frame=frame, notes=notes, details=tuple(details), roles=roles, computed=tuple(titles))


def _find_weapons(event: Mapping[str, Any]) -> Iterator[str]:
    """Find all tags of an event that name weapons, whatever their form."""
    for key, value in event.items():
        if _WEAPON.search(key):
            yield from _flatten(value)
        elif key in _TAGGED:
            for tag in value if isinstance(value, list) else [value]:
                yield from _read_tag(tag)


def _read_tag(tag: Any) -> Iterator[str]:
    """Read one tag: a key and a value, a path of filters, or a text of both."""
    if isinstance(tag, Mapping):
        if "key" in tag:
            if _WEAPON.search(str(tag["key"])):
                yield from _flatten(tag.get("value"))
            return
        tag = tag.get("filter_paths") or tag.get("path") or ""
    parts = [str(part) for part in tag] if isinstance(tag, list) else _PARTED.split(str(tag), maxsplit=1)
    if len(parts) > 1 and _WEAPON.search(parts[0]):
        yield from _flatten(parts[1:])
    elif len(parts) == 1 and match_munition(parts[0]).alternatives:
        yield parts[0].strip()


def _flatten(value: Any) -> Iterator[str]:
    """Give the texts of a value, or of a list of values."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one.strip():
            yield " ".join(one.split())


def _find_links(sources: Any) -> Iterator[str]:
    """Find the links of the sources of an event."""
    for source in sources if isinstance(sources, list) else [sources]:
        found: Iterable[Any] = [source.get(key) for key in _LINKS] if isinstance(source, Mapping) else [source]
        yield from (link.strip() for link in found if isinstance(link, str) and link.strip())


def _read_months(table: Table, keys: Mapping[str, str], stated: Stated) -> Objects | None:
    """Write dates with the month first as ISO days; None where the user or a day above 12 says otherwise."""
    if "date" not in keys or stated.dates is not None:
        return None
    cells = table.frame[keys["date"]].to_numpy(dtype=object)
    found = map_once(lambda cell: _MONTH_FIRST.match(cell.strip()) if isinstance(cell, str) else None, cells)
    if not any(found) or any(int(day[1]) > _MONTHS for day in found if day):
        return None
    days = cells.copy()
    days[:] = [
        f"{day[3]}-{int(day[1]):02}-{int(day[2]):02}" if day else cell for day, cell in zip(found, cells, strict=True)
    ]
    return days
