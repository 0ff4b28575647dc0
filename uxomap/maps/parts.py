"""What the makers of features share: reading a row, and the parts that details are made of."""

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pandas as pd

from uxomap.languages import Language
from uxomap.maps import words
from uxomap.maps.labels import row_labels
from uxomap.maps.notes import say_munition, translate_notes

Row = Mapping[Hashable, Any]
Feature = dict[str, Any]

#: Significant digits of a number the page sorts by.
_SIGNIFICANT = 4

#: Munitions named in the table of a zone before "and N more".
_NAMED_MUNITIONS = 4

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, eq=False)
class Shared:
    """What the features of one layer need to know of the other layers, and in which words to say it."""

    language: Language
    kinds: Mapping[str, str]
    names: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    zone_of: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)

    def find(self, layer: str, key: str) -> Row | None:
        """Row of another layer, by the id of its strike or zone."""
        return self.tables.get(layer, {}).get(key)


#: Layers that others look things up in, and the column they are found by.
_LOOKED_UP = {
    "hazard_areas": "strike_id",
    "unlocated": "strike_id",
    "strikes": "strike_id",
    "zones": "zone_id",
    "exposure": "zone_id",
    "priorities": "zone_id",
    "zone_updates": "zone_id",
    "strike_updates": "strike_id",
}


def share_layers(
    layers: Mapping[str, pd.DataFrame], language: Language, kinds: Mapping[str, str], names: Mapping[str, str]
) -> Shared:
    """
    Index the layers by strike and by zone.

    Examples
    --------
    >>> share_layers({}, words.ENGLISH, {}, {}).find("zones", "Z-1") is None
    True
    """
    tables = {
        name: {str(row[key]): row for row in list_rows(layers[name])}
        for name, key in _LOOKED_UP.items()
        if name in layers
    }
    zones = [row for name in ("priorities", "zones", "zone_updates") for row in tables.get(name, {}).values()]
    zone_of = {strike: str(zone["zone_id"]) for zone in zones for strike in split_text(zone["strike_ids"], "|")}
    return Shared(language, kinds, names, tables, zone_of, row_labels(language))


def list_rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """
    Rows of a layer as mappings, without geometry.

    Examples
    --------
    >>> list_rows(pd.DataFrame({"a": [1]}))
    [{'a': 1}]
    """
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)) if isinstance(frame, gpd.GeoDataFrame) else frame
    return plain.to_dict("records")


def make_columns(row: Row, identity: str, places: Sequence[str], shared: Shared) -> Feature:
    """Columns that every feature has: id, heading, places to search, first and last day."""
    return {
        "id": identity,
        "name": words.name_places(places, shared.language) or identity,
        "place": " | ".join(places),
        "start": day_number(row.get("date_start")),
        "end": day_number(row.get("date_end")),
    }


def make_details(
    sentence: str,
    table: Iterable[tuple[str, str]],
    *,
    parts: Iterable[Feature | None] = (),
    links: Iterable[tuple[str, str]] = (),
    **more: Any,
) -> Feature:
    """Details of a feature: a sentence, a short table, further parts, and sources."""
    rows = [[label, value] for label, value in table if value]
    found = {"sentence": sentence, "table": rows, "parts": [part for part in parts if part], **more}
    return found | {"links": [list(link) for link in dict.fromkeys(links)]}


def make_part(title: str, rows: Iterable[tuple[str, str]] = (), bullets: Iterable[str] = ()) -> Feature | None:
    """
    One part of the details; none where it would be empty.

    Examples
    --------
    >>> make_part("What was assumed") is None
    True
    """
    filled = [[label, value] for label, value in rows if value]
    listed = list(bullets)
    return {"title": title, "rows": filled, "bullets": listed} if filled or listed else None


def assumed_parts(row: Row, shared: Shared) -> list[Feature | None]:
    """Parts that list what was assumed: in the language, and what only English says."""
    title = shared.language.say("What was assumed")
    said, rest = translate_notes(split_text(row.get("assumptions"), ";"), shared.language)
    return [make_part(title, bullets=said), make_part(say_in_english(title, shared.language), bullets=rest)]


def say_in_english(title: str, language: Language) -> str:
    """
    Head a text that comes from the layers, which speak English, in another language.

    Examples
    --------
    >>> say_in_english("What was assumed", words.ENGLISH)
    'What was assumed'
    """
    return title if language.code == "en" else language.say("{title} (in English)", title=title)


def split_sentences(text: object) -> list[str]:
    """
    Sentences of a text, which may hold decimals.

    Examples
    --------
    >>> split_sentences("Lifted by schools (2). Held back by roads (0.5 m).")
    ['Lifted by schools (2).', 'Held back by roads (0.5 m).']
    """
    return unique(re.split(r"(?<=\.) (?=[A-Z])", text_of(text)))


def sources_part(sources: Iterable[str], shared: Shared) -> Feature | None:
    """Part that lists the sources of the rates."""
    return make_part(shared.language.say("Sources of the rates"), bullets=unique(sources))


def estimates(row: Row) -> Feature:
    """Numbers that the page sorts by, short enough to embed."""
    return {
        "expected": number(row["uxo_expected"]),
        "per_ha": number(row["uxo_per_ha"]),
    }


def uxo_of(row: Row, prefix: str = "") -> words.Estimate:
    """Range and best estimate of a row."""
    return row[f"{prefix}uxo_low"], row[f"{prefix}uxo_expected"], row[f"{prefix}uxo_high"]


def say_density(row: Row, language: Language) -> str:
    """Write a density for the table."""
    density = row["uxo_per_ha"]
    if pd.isna(density):
        return words.say_unknown(language)
    return words.say_about(density, language)


def rate_rows(rows: Sequence[Row], shared: Shared) -> list[tuple[str, str]]:
    """Write the rates used, one line a munition."""
    say, labels = shared.language.say, shared.rows
    rates: dict[tuple[str, str, str], None] = {}
    for row in rows:
        label = labels[{"dud": "dud_rate", "mine": "live_share"}.get(str(row["hazard_kind"]), "rate")]
        share = words.say_share(row["dud_rate_low"], row["dud_rate_expected"], row["dud_rate_high"], shared.language)
        n_sources = len(split_text(row["dud_sources"], ";"))
        if n_sources:
            share = f"{share} ({words.say_count(n_sources, 'source', shared.language)})"
        rates[label, say_munition(text_of(row["munition"]), shared.language), share] = None
    if len(rates) == 1:
        return [(label, said) for label, _, said in rates]
    lines = [(label, f"{munition}: {said}") for label, munition, said in rates]
    more = len(lines) - _NAMED_MUNITIONS
    return lines[:_NAMED_MUNITIONS] + ([(labels["rate"], say("and {n} more", n=more))] if more > 0 else [])


def some_of(names: Sequence[str], language: Language) -> str:
    """
    Join the first names of many.

    Examples
    --------
    >>> some_of(["a", "b"], words.ENGLISH), some_of(list("abcdef"), words.ENGLISH)
    ('a; b', 'a; b; c; d and 2 more')
    """
    more = len(names) - _NAMED_MUNITIONS
    said = "; ".join(names[:_NAMED_MUNITIONS])
    return language.say("{names} and {n} more", names=said, n=more) if more > 0 else said


def links_of(row: Row) -> list[tuple[str, str]]:
    """Pair publishers with addresses; an address that is no web address stays text."""
    publishers, addresses = split_text(row.get("source"), "|"), split_text(row.get("source_url"), "|")
    if len(publishers) == len(addresses):
        return [(publisher, _web(address)) for publisher, address in zip(publishers, addresses, strict=True)]
    only = publishers[0] if len(publishers) == 1 else ""
    paired = [(only or re.sub(r"^https?://(www\.)?|/.*$", "", address), _web(address)) for address in addresses]
    return paired if only and addresses else [(publisher, "") for publisher in publishers] + paired


def split_text(value: object, mark: str) -> list[str]:
    """
    Parts of a joined text, without empty and repeated ones.

    Examples
    --------
    >>> split_text("a| b||a", "|"), split_text(float("nan"), "|")
    (['a', 'b'], [])
    """
    return list(_split(value, mark)) if isinstance(value, str) else []


@lru_cache(maxsize=1 << 14)
def _split(text: str, mark: str) -> tuple[str, ...]:
    """Split a text; many features have the same sources and assumptions."""
    return tuple(unique(part.strip() for part in text.split(mark)))


def unique(parts: Iterable[str]) -> list[str]:
    """
    Filled texts, each once, in order.

    Examples
    --------
    >>> unique(["b", "", "a", "b"])
    ['b', 'a']
    """
    return [part for part in dict.fromkeys(parts) if part]


def text_of(value: object) -> str:
    """
    Text of a value, empty where it is missing.

    Examples
    --------
    >>> text_of(" a "), text_of(None)
    ('a', '')
    """
    return value.strip() if isinstance(value, str) else ""


def number(value: float) -> float | None:
    """
    Write a number with a few significant digits, None where it is not finite.

    Examples
    --------
    >>> number(12.34567), number(float("nan"))
    (12.35, None)
    """
    return float(f"{value:.{_SIGNIFICANT}g}") if math.isfinite(value) else None


def day_number(day: pd.Timestamp | None) -> int | None:
    """
    Days since 1970, None where the day is missing.

    Examples
    --------
    >>> day_number(pd.Timestamp("1970-01-31")), day_number(pd.NaT)
    (30, None)
    """
    return None if day is None or pd.isna(day) else day.toordinal() - _EPOCH


def _web(address: str) -> str:
    """Keep a web address; anything else is no link."""
    return address if re.match(r"https?://[^\s]+$", address, flags=re.IGNORECASE) else ""
