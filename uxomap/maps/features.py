"""Layers to the GeoJSON of the web page: geometry, the sentences of the details, and what the page sorts by."""

import json
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap.maps import style, words
from uxomap.maps.labels import ROWS
from uxomap.wording import NOT_KNOWN, round_for_reading, say_area

Row = Mapping[Hashable, Any]
Feature = dict[str, Any]

#: Digits of a coordinate in degrees; the sixth is 0.1 m.
_DIGITS = 6

#: Significant digits of a number the page sorts by.
_SIGNIFICANT = 6

#: Lists of texts that many features have in common.
_POOLED = frozenset({"assumed", "dud_sources", "links", "places"})

#: Munitions named in the table of a zone before "and N more".
_NAMED_MUNITIONS = 4


def collect_features(
    layers: Mapping[str, pd.DataFrame], *, kinds: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, Feature]:
    """
    Turn layers into one GeoJSON collection each.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers by name, in EPSG:4326: ``zones``, ``hazard_areas``, ``strikes``, ``unlocated``, ``reports``.
    kinds : mapping of str to str
        Kind of symbol of each munition (:func:`uxomap.maps.style.kinds_in_catalogue`).
    names : mapping of str to str
        Name of each munition.

    Returns
    -------
    dict of str to dict
        A FeatureCollection a layer, with a feature a row. Nothing in it is NaN.

    Examples
    --------
    >>> collect_features({"unlocated": pd.DataFrame()}, kinds={}, names={})
    {'unlocated': {'type': 'FeatureCollection', 'features': []}}
    """
    shared = _Shared(layers, kinds, names)
    makers: Mapping[str, Callable[[Row, _Shared], Feature]] = {
        "zones": _zone,
        "hazard_areas": _hazard_area,
        "strikes": _strike,
        "unlocated": _unlocated,
        "reports": _report,
    }
    return {name: _collect(layers[name], makers[name], shared) for name in makers if name in layers}


def pool_texts(collections: Mapping[str, Feature]) -> tuple[dict[str, Feature], list[Any]]:
    """
    Write what many features share once: most strikes of a list have the same sources and assumptions.

    Parameters
    ----------
    collections : mapping of str to dict
        As :func:`collect_features` gives them; left as they are.

    Returns
    -------
    collections : dict of str to dict
        The same, where lists of texts and rows of tables are numbers of entries in the pool.
    pool : list
        The texts.

    Examples
    --------
    >>> texts = {"assumed": ["rounds assumed"], "table": [["Date", "1968"]]}
    >>> feature = {"type": "Feature", "properties": {"id": "a", **texts}}
    >>> small, pool = pool_texts({"zones": {"type": "FeatureCollection", "features": [feature, feature]}})
    >>> small["zones"]["features"][1]["properties"], pool
    ({'id': 'a', 'assumed': 0, 'table': [1]}, [['rounds assumed'], ['Date', '1968']])
    """
    pool: dict[str, int] = {}

    def number(value: Any) -> int:
        return pool.setdefault(json.dumps(value, ensure_ascii=False), len(pool))

    def shrink(feature: Feature) -> Feature:
        properties = {
            name: number(value) if name in _POOLED else [number(row) for row in value] if name == "table" else value
            for name, value in feature["properties"].items()
        }
        return {**feature, "properties": properties}

    small = {
        name: {**collection, "features": [shrink(feature) for feature in collection["features"]]}
        for name, collection in collections.items()
    }
    return small, [json.loads(text) for text in pool]


class _Shared:
    """What the features of one layer need to know of the other layers."""

    def __init__(self, layers: Mapping[str, pd.DataFrame], kinds: Mapping[str, str], names: Mapping[str, str]) -> None:
        """Index the layers by strike."""
        self.kinds = kinds
        self.names = names
        self.areas = _by_strike(layers.get("hazard_areas"))
        self.unlocated = _by_strike(layers.get("unlocated"))


def _by_strike(frame: pd.DataFrame | None) -> dict[str, Row]:
    """Rows of a layer under the id of their strike, without geometry."""
    if frame is None or frame.empty:
        return {}
    rows = _rows(frame)
    return {str(row["strike_id"]): row for row in rows}


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Rows of a layer as mappings, without geometry."""
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)) if isinstance(frame, gpd.GeoDataFrame) else frame
    return plain.to_dict("records")


def _collect(frame: pd.DataFrame, make: Callable[[Row, _Shared], Feature], shared: _Shared) -> Feature:
    """Make the features of one layer."""
    features = [
        {"type": "Feature", "id": properties["id"], "geometry": geometry, "properties": properties}
        for geometry, properties in zip(_geometries(frame), (make(row, shared) for row in _rows(frame)), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _geometries(frame: pd.DataFrame) -> list[Any]:
    """Geometry of each row as GeoJSON with rounded coordinates; None where there is none."""
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = frame.geometry.to_numpy()
    elif {"longitude", "latitude"} <= set(frame.columns):
        places = frame[["longitude", "latitude"]].to_numpy(dtype=float)
        known = ~np.isnan(places).any(axis=1)
        shapes = np.full(len(frame), None, dtype=object)
        shapes[known] = shapely.points(places[known])
    else:
        shapes = np.full(len(frame), None, dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    rounded = shapely.transform(np.where(empty, None, shapes), lambda lonlat: lonlat.round(_DIGITS))
    return [None if text is None else json.loads(text) for text in shapely.to_geojson(rounded)]


def _zone(row: Row, shared: _Shared) -> Feature:
    """Describe a zone by its own columns and by the hazard areas of its strikes."""
    strikes = _split(row["strike_ids"], "|")
    members = [shared.areas[strike] for strike in strikes if strike in shared.areas]
    munitions = list(dict.fromkeys(_text(member["munition"]) for member in members)) or [
        shared.names.get(munition, munition) for munition in _split(row["munition_ids"], "|")
    ]
    table = [
        (ROWS["density"], _about(row["uxo_per_ha"])),
        (ROWS["sure"], words.say_sure(row["uxo_low"], row["uxo_high"])),
        (ROWS["munition" if len(munitions) == 1 else "munitions"], _some([name for name in munitions if name])),
        (ROWS["dates"], words.say_dates(row["date_start"], row["date_end"])),
        *_rate_rows(members),
        (ROWS["id"], str(row["zone_id"])),
    ]
    return {
        **_common(row, "zone_id", table),
        **_estimates(row),
        "density": int(style.density_class(row["uxo_per_ha"])),
        "sure": int(style.interval_class(row["uxo_low"], row["uxo_high"])),
        "sentence": words.describe_zone(
            _uxo(row),
            n_strikes=int(row["n_strikes"]),
            area_m2=row["area_m2"],
            footprints_m2=[member["footprint_m2"] for member in members],
            kinds=[str(row["hazard_kind"])],
        ),
        "brief": words.say_brief(_uxo(row), say_area(row["area_m2"])),
        "strikes": strikes,
        "dud_sources": _unique(part for member in members for part in _split(member["dud_sources"], ";")),
        "links": _unique_links(link for member in members for link in _links(member)),
    }


def _hazard_area(row: Row, shared: _Shared) -> Feature:
    """Describe the hazard area of one strike."""
    del shared  # every maker is called alike
    table = [
        (ROWS["munition"], _text(row["munition"]) or NOT_KNOWN),
        (ROWS["dates"], words.say_dates(row["date_start"], row["date_end"])),
        (ROWS["delivered"], words.say_counted(row["items_low"], row["items_expected"], row["items_high"])),
        *_rate_rows([row]),
        (ROWS["density"], _about(row["uxo_per_ha"])),
        (ROWS["id"], str(row["strike_id"])),
    ]
    return {
        **_common(row, "area_id", table),
        **_estimates(row),
        "strike_id": str(row["strike_id"]),
        "brief": words.say_brief(_uxo(row), say_area(row["area_m2"])),
        "sentence": words.describe_area(
            _uxo(row), area_m2=row["area_m2"], footprint_m2=row["footprint_m2"], kind=str(row["hazard_kind"])
        ),
        "dud_sources": _split(row["dud_sources"], ";"),
        "links": _unique_links(_links(row)),
    }


def _unlocated(row: Row, shared: _Shared) -> Feature:
    """Describe a strike that has no area, and why."""
    candidates = _split(row["munition_candidates"], "|") or _split(row["munition_id"], "|")
    table = [
        (ROWS["munition"], _text(row["munition"]) or NOT_KNOWN),
        (ROWS["dates"], words.say_dates(row["date_start"], row["date_end"])),
        (ROWS["precision"], words.say_distance(row["precision_m"])),
        (ROWS["delivered"], words.say_counted(row["items_low"], row["items_expected"], row["items_high"])),
        *_rate_rows([row]),
        (ROWS["id"], str(row["strike_id"])),
    ]
    return {
        **_common(row, "strike_id", table),
        **_estimates(row),
        "strike_id": str(row["strike_id"]),
        "kind": style.symbol_kind(candidates, shared.kinds),
        "precision_m": _number(row["precision_m"]),
        "sentence": words.describe_unlocated(_uxo(row), precision_m=row["precision_m"], kind=str(row["hazard_kind"])),
        "brief": words.say_brief(_uxo(row), words.say_dates(row["date_start"], row["date_end"])),
        "why": f"{_text(row['munition']) or NOT_KNOWN} · {words.say_why_unlocated(row['precision_m'])}",
        "dud_sources": _split(row["dud_sources"], ";"),
        "links": _unique_links(_links(row)),
    }


def _strike(row: Row, shared: _Shared) -> Feature:
    """Describe what was reported of a strike; the estimate stands with its area or in the list."""
    strike = str(row["strike_id"])
    candidates = _split(row["munition_candidates"], "|") or _split(row["munition_id"], "|")
    dates = words.say_dates(row["date_start"], row["date_end"])
    table = [
        (ROWS["text"], _text(row["munition_text"]) or NOT_KNOWN),
        (ROWS["dates"], dates),
        (ROWS["rounds"], words.say_counted(row["rounds_low"], row["rounds_expected"], row["rounds_high"])),
        (ROWS["evidence"], words.say_evidence(_text(row["evidence"])) or NOT_KNOWN),
        (ROWS["precision"], words.say_distance(row["precision_m"])),
        (ROWS["n_reports"], words.say_count(row["n_reports"], "report")),
        (ROWS["id"], strike),
    ]
    return {
        **_common(row, "strike_id", table),
        "kind": style.symbol_kind(candidates, shared.kinds),
        "located": strike not in shared.unlocated,
        "precision_m": _number(row["precision_m"]),
        "sentence": words.describe_strike(dates, int(row["n_reports"])),
        "brief": f"{dates} · {_text(row['munition_text']) or NOT_KNOWN}",
        "links": _unique_links(_links(row)),
    }


def _report(row: Row, shared: _Shared) -> Feature:
    """Describe one row of the input."""
    del shared  # every maker is called alike
    dates = words.say_dates(row["date_start"], row["date_end"])
    table = [
        (ROWS["status"], _text(row["status"])),
        (ROWS["reason"], _text(row["reason"])),
        (ROWS["text"], _text(row["munition_text"]) or NOT_KNOWN),
        (ROWS["dates"], dates),
        (ROWS["rounds"], words.say_counted(row["rounds_low"], row["rounds_expected"], row["rounds_high"])),
        (ROWS["precision"], words.say_distance(row["precision_m"])),
        (ROWS["row"], f"{row['row']:,.0f}"),
        (ROWS["id"], str(row["report_id"])),
    ]
    return {
        **_common(row, "report_id", table),
        "precision_m": _number(row["precision_m"]),
        "sentence": words.describe_strike(dates, 1),
        "brief": f"{dates} · {_text(row['munition_text']) or NOT_KNOWN}",
        "links": _unique_links(_links(row)),
    }


def _common(row: Row, key: str, table: Sequence[tuple[str, str]]) -> Feature:
    """Properties that every feature has."""
    places = _split(row["location_text"], "|")
    identity = str(row[key])
    return {
        "id": identity,
        "name": words.name_places(places) or identity,
        "places": places,
        "date_start": _date(row["date_start"]),
        "date_end": _date(row["date_end"]),
        "table": [[label, value] for label, value in table if value],
        "assumed": _split(row.get("assumptions"), ";"),
    }


def _estimates(row: Row) -> Feature:
    """Numbers that the page sorts by, short enough to embed."""
    names = ("uxo_low", "uxo_expected", "uxo_high", "area_m2", "uxo_per_ha")
    return {name: _number(row[name]) for name in names if name in row}


def _rate_rows(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Write the rates used, one line a munition."""
    rates: dict[tuple[str, str, str], None] = {}
    for row in rows:
        label = ROWS[{"dud": "dud_rate", "mine": "live_share"}.get(str(row["hazard_kind"]), "rate")]
        n_sources = len(_split(row["dud_sources"], ";"))
        share = words.say_share(row["dud_rate_low"], row["dud_rate_expected"], row["dud_rate_high"])
        rates[label, _text(row["munition"]), _with_sources(share, n_sources)] = None
    if len(rates) == 1:
        return [(label, said) for label, _, said in rates]
    lines = [(label, f"{munition}: {said}") for label, munition, said in rates]
    more = len(lines) - _NAMED_MUNITIONS
    return lines[:_NAMED_MUNITIONS] + ([(ROWS["rate"], f"and {more} more")] if more > 0 else [])


def _with_sources(share: str, n_sources: int) -> str:
    """Add the number of sources to a rate."""
    return f"{share} ({words.say_count(n_sources, 'source')})" if n_sources else share


def _uxo(row: Row) -> tuple[float, float, float]:
    """Range and best estimate of a row."""
    return row["uxo_low"], row["uxo_expected"], row["uxo_high"]


def _about(density: float) -> str:
    """Write a density for the table."""
    return NOT_KNOWN if pd.isna(density) else f"about {round_for_reading(density)}"


def _some(names: Sequence[str]) -> str:
    """Join the first names of many."""
    more = len(names) - _NAMED_MUNITIONS
    said = "; ".join(names[:_NAMED_MUNITIONS])
    return f"{said} and {more} more" if more > 0 else said


def _links(row: Row) -> list[tuple[str, str]]:
    """Pair publishers with addresses; an address that is no web address stays text."""
    publishers, addresses = _split(row.get("source"), "|"), _split(row.get("source_url"), "|")
    if len(publishers) == len(addresses):
        return [(publisher, _web(address)) for publisher, address in zip(publishers, addresses, strict=True)]
    only = publishers[0] if len(publishers) == 1 else ""
    paired = [(only or re.sub(r"^https?://(www\.)?|/.*$", "", address), _web(address)) for address in addresses]
    return paired if only and addresses else [(publisher, "") for publisher in publishers] + paired


def _web(address: str) -> str:
    """Keep a web address; anything else is no link."""
    return address if re.match(r"https?://[^\s]+$", address, flags=re.IGNORECASE) else ""


def _unique_links(links: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """List each source once, in order."""
    return [{"text": text, "url": url} for text, url in dict.fromkeys(links)]


def _split(value: object, mark: str) -> list[str]:
    """Parts of a joined text, without empty and repeated ones."""
    return _unique(part.strip() for part in _text(value).split(mark))


def _unique(parts: Iterable[str]) -> list[str]:
    """Filled texts, each once, in order."""
    return [part for part in dict.fromkeys(parts) if part]


def _text(value: object) -> str:
    """Text of a value, empty where it is missing."""
    return value.strip() if isinstance(value, str) else ""


def _number(value: float) -> float | None:
    """Write a number with a few significant digits, None where it is not finite."""
    return float(f"{value:.{_SIGNIFICANT}g}") if np.isfinite(value) else None


def _date(value: pd.Timestamp) -> str | None:
    """Day in ISO form, None where it is missing."""
    return None if pd.isna(value) else value.date().isoformat()
