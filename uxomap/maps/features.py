"""Layers to the features of the web page: shape, what map and lists need, and the sentences of the details."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap import crs
from uxomap.languages import Language
from uxomap.maps import packing, sentences, style, survey_features, words, zone_features
from uxomap.maps.notes import say_munition
from uxomap.maps.parts import (
    Feature,
    Row,
    Shared,
    assumed_parts,
    links_of,
    list_rows,
    make_columns,
    make_details,
    number,
    rate_rows,
    say_density,
    share_layers,
    sources_part,
    split_text,
    text_of,
    uxo_of,
)

Maker = Callable[[Row, Shared], tuple[Feature, Feature]]


@dataclass(frozen=True, eq=False)
class Collection:
    """Features of one layer, a row each: what map and lists need, the details, and the shape."""

    columns: list[Feature]
    details: list[Feature]
    shapes: npt.NDArray[np.object_]
    ellipses: npt.NDArray[np.float64] | None = None

    def pack(self) -> dict[str, Any]:
        """Pack the layer for the page."""
        names = list(dict.fromkeys(name for row in self.columns for name in row))
        columns = {name: [row.get(name) for row in self.columns] for name in names}
        return packing.pack_layer(packing.pack_shapes(self.shapes, self.ellipses), columns, self.details)


def collect_features(
    layers: Mapping[str, pd.DataFrame],
    *,
    kinds: Mapping[str, str],
    names: Mapping[str, str],
    language: Language = words.ENGLISH,
) -> dict[str, Collection]:
    """
    Turn layers into one collection of features each.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers by name, in EPSG:4326.
    kinds : mapping of str to str
        Kind of symbol of each munition (:func:`uxomap.maps.style.kinds_in_catalogue`).
    names : mapping of str to str
        Name of each munition.
    language : Language
        In which sentences and labels are written; texts of reports stay as they are.

    Returns
    -------
    dict of str to Collection
        A collection a layer, with a feature a row. Nothing in it is NaN.

    Examples
    --------
    >>> collect_features({"unlocated": pd.DataFrame()}, kinds={}, names={})["unlocated"].columns
    []
    """
    shared = share_layers(layers, language, kinds, names)
    layers = {name: _add_land(frame) if name == "surveys" else frame for name, frame in layers.items()}
    return {name: _collect(layers[name], maker, shared) for name, maker in _MAKERS.items() if name in layers}


def _add_land(surveys: pd.DataFrame) -> pd.DataFrame:
    """Measure the land of each search, which the layer holds only as a shape."""
    return surveys.assign(land_m2=crs.area_m2(surveys))


def _collect(frame: pd.DataFrame, make: Maker, shared: Shared) -> Collection:
    """Make the features of one layer."""
    made = [make(row, shared) for row in list_rows(frame)]
    columns = [columns for columns, _ in made]
    if "uxo_per_ha" in frame.columns:
        density = style.density_class(frame["uxo_per_ha"].to_numpy(dtype=float)).tolist()
        sure = style.interval_class(*(frame[end].to_numpy(dtype=float) for end in ("uxo_low", "uxo_high"))).tolist()
        for row, fill, line in zip(columns, density, sure, strict=True):
            row |= {"density": fill, "sure": line}
    return Collection(columns, [details for _, details in made], _shapes(frame), _axes(frame, shared))


def _shapes(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Shape of each row; None where there is none."""
    if isinstance(frame, gpd.GeoDataFrame):
        return np.asarray(frame.geometry.to_numpy(), dtype=object)
    shapes = np.full(len(frame), None, dtype=object)
    if {"longitude", "latitude"} <= set(frame.columns):
        places = frame[["longitude", "latitude"]].to_numpy(dtype=float)
        known = ~np.isnan(places).any(axis=1)
        shapes[known] = shapely.points(places[known])
    return shapes


def _axes(frame: pd.DataFrame, shared: Shared) -> npt.NDArray[np.float64] | None:
    """Axes of the ellipses that rows may be: those of a strike, also where it makes a zone by itself."""
    names = ["semi_major_m", "semi_minor_m", "bearing_deg"]
    if set(names) <= set(frame.columns):
        return frame[names].to_numpy(dtype=float)
    if not {"zone_id", "strike_ids", "n_strikes"} <= set(frame.columns):
        return None
    axes = np.full((len(frame), 3), np.nan)
    for place, (strikes, size) in enumerate(zip(frame["strike_ids"], frame["n_strikes"], strict=True)):
        area = shared.find("hazard_areas", str(strikes)) if size == 1 else None
        if area is not None:
            axes[place] = [area[name] for name in names]
    return axes


def _hazard_area(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe the hazard area of one strike; what is estimated after surveys comes first."""
    labels, language = shared.rows, shared.language
    strike = str(row["strike_id"])
    after = survey_features.strike_after(strike, shared)
    uxo = uxo_of(row if after is None else after)
    table = [
        (labels["munition"], say_munition(text_of(row["munition"]), language) or words.say_unknown(language)),
        (labels["dates"], words.say_dates(row["date_start"], row["date_end"], language)),
        (labels["delivered"], _items(row, shared)),
        *rate_rows([row], shared),
        # the density of the area is the one before the surveys
        *([(labels["density"], say_density(row, language))] if after is None else []),
        (labels["id"], strike),
    ]
    sentence = sentences.describe_area(
        uxo,
        area_m2=row["area_m2"],
        footprint_m2=row["footprint_m2"],
        kind=str(row["hazard_kind"]),
        then="" if after is None else survey_features.say_before(after, shared),
        language=language,
    )
    columns = make_columns(row, str(row["area_id"]), split_text(row["location_text"], "|"), shared) | {
        "expected": number(uxo[1]),
        "strike": strike,
        "wide": number(2 * np.sqrt(row["area_m2"] / np.pi)),
        "assumed": bool(text_of(row["assumptions"])),
        "brief": words.say_brief(uxo, words.say_land(row["area_m2"], language), language),
    }
    parts = [
        *_update_parts(after, shared),
        *assumed_parts(row, shared),
        sources_part(split_text(row["dud_sources"], ";"), shared),
    ]
    more = {"zone": shared.zone_of.get(strike), "surveys": _surveys(after)}
    return columns, make_details(sentence, table, parts=parts, links=links_of(row), **more)


def _update_parts(after: Row | None, shared: Shared) -> list[Feature | None]:
    """Part on what surveys changed of a strike, where they did."""
    return [] if after is None else [survey_features.update_part(after, shared)]


def _surveys(after: Row | None) -> list[str]:
    """Searches that bear on a strike."""
    return [] if after is None else split_text(after["survey_ids"], "|")


def _unlocated(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a strike that has no area, and why."""
    labels, language = shared.rows, shared.language
    munition = say_munition(text_of(row["munition"]), language) or words.say_unknown(language)
    dates = words.say_dates(row["date_start"], row["date_end"], language)
    table = [
        (labels["munition"], munition),
        (labels["dates"], dates),
        (labels["precision"], words.say_distance(row["precision_m"], language)),
        (labels["delivered"], _items(row, shared)),
        *rate_rows([row], shared),
        (labels["id"], str(row["strike_id"])),
    ]
    sentence = sentences.describe_unlocated(
        uxo_of(row), precision_m=row["precision_m"], kind=str(row["hazard_kind"]), language=language
    )
    places = [*split_text(row["location_text"], "|"), *split_text(row.get("admin_area"), "|")]
    columns = make_columns(row, str(row["strike_id"]), places, shared) | {
        "expected": number(row["uxo_expected"]),
        "kind": _kind(row, shared),
        "precision": number(row["precision_m"]),
        "brief": words.say_brief(uxo_of(row), dates, language),
        "why": f"{munition} · {sentences.say_why_unlocated(row['precision_m'], language)}",
    }
    parts = [*assumed_parts(row, shared), sources_part(split_text(row["dud_sources"], ";"), shared)]
    return columns, make_details(sentence, table, parts=parts, links=links_of(row))


def _strike(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe what was reported of a strike; the estimate stands with its area or in the list."""
    labels, language = shared.rows, shared.language
    strike = str(row["strike_id"])
    dates = words.say_dates(row["date_start"], row["date_end"], language)
    evidence = words.say_evidence(text_of(row["evidence"]), language)
    text = text_of(row["munition_text"]) or words.say_unknown(language)
    table = [
        (labels["text"], text),
        (labels["dates"], dates),
        (labels["rounds"], _rounds(row, shared)),
        (labels["evidence"], evidence or words.say_unknown(language)),
        (labels["precision"], words.say_distance(row["precision_m"], language)),
        (labels["n_reports"], words.say_count(row["n_reports"], "report", language)),
        (labels["id"], strike),
    ]
    area, after = shared.find("hazard_areas", strike), survey_features.strike_after(strike, shared)
    estimate = row if area is None else area
    sentence = sentences.describe_strike(dates, int(row["n_reports"]), language)
    if after is not None:
        sentence = survey_features.describe_after(after, shared)
    columns = make_columns(row, strike, split_text(row["location_text"], "|"), shared) | {
        "kind": _kind(row, shared),
        "located": shared.find("unlocated", strike) is None,
        "precision": number(row["precision_m"]),
        "assumed": bool(text_of(estimate["assumptions"])),
        "wide": None if area is None else number(2 * np.sqrt(area["area_m2"] / np.pi)),
        "brief": f"{dates} · {text}",
    }
    details = make_details(
        sentence,
        table,
        parts=[*_update_parts(after, shared), *assumed_parts(row, shared)],
        links=links_of(row),
        zone=shared.zone_of.get(strike),
        surveys=_surveys(after),
    )
    return columns, details


def _report(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe one row of the input."""
    labels, language = shared.rows, shared.language
    dates = words.say_dates(row["date_start"], row["date_end"], language)
    text = text_of(row["munition_text"]) or words.say_unknown(language)
    table = [
        (labels["status"], words.say_status(text_of(row["status"]), language)),
        (labels["reason"], text_of(row["reason"])),
        (labels["text"], text),
        (labels["dates"], dates),
        (labels["rounds"], _rounds(row, shared)),
        (labels["precision"], words.say_distance(row["precision_m"], language)),
        (labels["row"], words.say_whole(row["row"], language)),
        (labels["id"], str(row["report_id"])),
    ]
    columns = make_columns(row, str(row["report_id"]), split_text(row["location_text"], "|"), shared) | {
        "precision": number(row["precision_m"]),
        "brief": f"{dates} · {text}",
    }
    return columns, make_details(sentences.describe_strike(dates, 1, language), table, links=links_of(row))


def _kind(row: Row, shared: Shared) -> str:
    """Kind of symbol of a strike."""
    candidates = split_text(row["munition_candidates"], "|") or split_text(row["munition_id"], "|")
    return style.symbol_kind(candidates, shared.kinds)


def _items(row: Row, shared: Shared) -> str:
    """Write the items delivered."""
    return words.say_counted(row["items_low"], row["items_expected"], row["items_high"], shared.language)


def _rounds(row: Row, shared: Shared) -> str:
    """Write the rounds reported."""
    return words.say_counted(row["rounds_low"], row["rounds_expected"], row["rounds_high"], shared.language)


_MAKERS: Mapping[str, Maker] = {
    **zone_features.MAKERS,
    "hazard_areas": _hazard_area,
    "strikes": _strike,
    "unlocated": _unlocated,
    "reports": _report,
    **survey_features.MAKERS,
}
