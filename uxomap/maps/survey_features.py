"""Features of what follows the estimate: cells, priorities, tasks, surveys, finds and what they changed."""

from collections.abc import Callable, Mapping

import pandas as pd

from uxomap.maps import sentences, words
from uxomap.maps.parts import (
    Feature,
    Row,
    Shared,
    assumed_part,
    day_number,
    estimates,
    make_columns,
    make_details,
    make_part,
    number,
    say_density,
    say_in_english,
    split_sentences,
    split_text,
    text_of,
    uxo_of,
)


def parts_of_zone(zone_id: str, shared: Shared) -> list[Feature | None]:
    """Parts of a zone's details that come from other layers: priority, people, survey."""
    priority = shared.find("priorities", zone_id)
    exposure = shared.find("exposure", zone_id)
    update = shared.find("zone_updates", zone_id)
    return [
        None if update is None else _update_part(update, shared),
        *([] if priority is None else _priority_parts(priority, shared)),
        _exposure_part(priority if exposure is None else exposure, shared),
    ]


def _priority(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe where a zone stands in the order of survey, and why."""
    say, language = shared.language.say, shared.language
    sentence = say(
        "Number {priority} of {n} in the proposed order of survey; between {low} and {high} over the ways to weigh "
        "the criteria.",
        priority=words.say_whole(row["priority"], language),
        n=words.say_whole(len(shared.tables["priorities"]), language),
        low=words.say_whole(row["rank_low"], language),
        high=words.say_whole(row["rank_high"], language),
    )
    estimate = sentences.say_estimate_here(uxo_of(row), [str(row["hazard_kind"])], language)
    columns = make_columns(row, str(row["zone_id"]), split_text(row["location_text"], "|"), shared) | estimates(row)
    columns |= {
        "rank": int(row["priority"]),
        "brief": words.say_brief(uxo_of(row), words.say_land(row["area_m2"], language), language),
    }
    exposure = shared.find("exposure", str(row["zone_id"]))
    parts = [
        *_priority_parts(row, shared),
        _exposure_part(row if exposure is None else exposure, shared),
        assumed_part(row, shared),
    ]
    table = [(shared.rows["density"], say_density(row, language)), (shared.rows["id"], str(row["zone_id"]))]
    strikes = split_text(row["strike_ids"], "|")
    return columns, make_details(f"{sentence} {estimate}.", table, parts=parts, strikes=strikes)


def _priority_parts(row: Row, shared: Shared) -> list[Feature | None]:
    """Rank, its interval, what drives it and what would change it."""
    say, language = shared.language.say, shared.language
    ranks = say(
        "{priority}, between {low} and {high}",
        priority=words.say_whole(row["priority"], language),
        low=words.say_whole(row["rank_low"], language),
        high=words.say_whole(row["rank_high"], language),
    )
    top = say("in {share} of the ways to weigh the criteria", share=words.say_part(row["top_share"], language))
    names = _criterion_names(shared)
    unknown = [names.get(name, name.replace("_", " ")) for name in split_text(row["criteria_unknown"], "|")]
    rows = [
        (say("Place in the order"), ranks),
        (say("Among the first {n}", n=words.say_whole(row["top_k"], language)), top),
        (say("Criteria not known"), ", ".join(unknown)),
    ]
    return [
        make_part(say("Proposed order of survey"), rows),
        make_part(say_in_english(say("Why it stands there"), language), bullets=split_sentences(row["drivers"])),
        make_part(say_in_english(say("What would move it"), language), bullets=split_sentences(row["would_change"])),
    ]


def _criterion_names(shared: Shared) -> dict[str, str]:
    """Name the criteria that come with uxomap; those of a programme keep their own names."""
    say = shared.language.say
    return {
        "uxo": say("estimated unexploded items"),
        "uxo_density": say("estimated items a hectare"),
        "people_inside": say("people inside"),
        "people_near": say("people near"),
        "schools": say("schools inside or near"),
        "obligation_months": say("months until a promised date"),
        "local_request": say("request from the community"),
        "cropland": say("cropland inside"),
        "built_up": say("built-up land inside"),
        "roads": say("distance to the nearest road"),
        "water_points": say("water points inside or near"),
        "clinics": say("clinics inside or near"),
        "conflict_sensitivity": say("conflict sensitivity"),
        "land_dispute": say("dispute about the land"),
    }


def _exposure_part(row: Row | None, shared: Shared) -> Feature | None:
    """Who lives in and near a zone, and what stands there."""
    if row is None or "people_inside_expected" not in row:
        return None
    say, language = shared.language.say, shared.language
    near = words.say_distance(row["near_m"], language)
    rows = [
        (say("People who live in it"), _range(row, "people_inside", shared)),
        (say("People within {distance} of it", distance=near), _range(row, "people_near", shared)),
        *_facility_rows(row, shared),
        (say("Roads in it"), _known(row, "roads_inside_m", words.say_distance, shared)),
        (say("Nearest road"), _known(row, "nearest_road_m", words.say_distance, shared)),
        (say("Cropland in it"), _known(row, "cropland_m2", words.say_land, shared)),
        (say("Built-up land in it"), _known(row, "built_up_m2", words.say_land, shared)),
        (say("Admin areas"), ", ".join(split_text(row.get("admin_names"), "|"))),
        (say("Population known for"), words.say_part(row.get("population_coverage", float("nan")), language)),
    ]
    return make_part(say("Who and what is there"), rows, split_text(row.get("exposure_notes"), ";"))


def _facility_rows(row: Row, shared: Shared) -> list[tuple[str, str]]:
    """Schools, clinics, wells and other facilities in and near a zone, where they are known."""
    say, language = shared.language.say, shared.language
    labels = {
        "schools": say("Schools"),
        "clinics": say("Clinics"),
        "water_points": say("Water points"),
        "other_facilities": say("Other facilities"),
    }
    rows = []
    for name, label in labels.items():
        inside, near = (row.get(f"{name}_{where}", float("nan")) for where in ("inside", "near"))
        if not (pd.isna(inside) or pd.isna(near)):
            counts = {"inside": words.say_whole(inside, language), "near": words.say_whole(near, language)}
            rows.append((label, say("{inside} in it, {near} near", **counts)))
    return rows


def _known(row: Row, name: str, write: Callable[..., str], shared: Shared) -> str:
    """Write a measure where it is known, and leave the line out where it is not."""
    value = row.get(name, float("nan"))
    return "" if pd.isna(value) else write(value, shared.language)


def _range(row: Row, name: str, shared: Shared) -> str:
    """Write a range with its best estimate."""
    low, expected, high = (row[f"{name}_{end}"] for end in ("low", "expected", "high"))
    return words.say_counted(low, expected, high, shared.language)


def _zone_update(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a zone after surveys: what is estimated now beside what was estimated before."""
    language = shared.language
    now = sentences.say_estimate_here(uxo_of(row), [str(row["hazard_kind"])], language)
    sentence = f"{now}. {_say_before(row, shared)}"
    columns = make_columns(row, str(row["zone_id"]), split_text(row["location_text"], "|"), shared) | estimates(row)
    columns["brief"] = words.say_brief(uxo_of(row), words.say_land(row["area_m2"], language), language)
    table = [
        (shared.rows["density"], say_density(row, language)),
        (shared.rows["sure"], words.say_sure(row["uxo_low"], row["uxo_high"], language)),
        (shared.rows["id"], str(row["zone_id"])),
    ]
    parts = [_update_part(row, shared), assumed_part(row, shared)]
    surveys = split_text(row["survey_ids"], "|")
    return columns, make_details(
        sentence, table, parts=parts, strikes=split_text(row["strike_ids"], "|"), surveys=surveys
    )


def _say_before(row: Row, shared: Shared) -> str:
    """Say what was estimated before the surveys."""
    low, best, high = (words.say_number(value, shared.language) for value in uxo_of(row, "prior_"))
    return shared.language.say(
        "Before the surveys: between {low} and {high} (best estimate {best}).", low=low, best=best, high=high
    )


def _update_part(row: Row, shared: Shared) -> Feature | None:
    """Prior beside posterior, items found, and how much was searched."""
    say, language = shared.language.say, shared.language
    rows = [
        (say("Estimate before"), words.say_counted(*uxo_of(row, "prior_"), language=language)),
        (say("Estimate after"), words.say_counted(*uxo_of(row), language=language)),
        (say("Items found"), words.say_number(row["items_found"], language)),
    ]
    if "searched_share" in row:
        rows.append((say("Searched at least once"), words.say_part(row["searched_share"], language)))
    if "shift_m" in row:
        before, after = (words.say_distance(row[name], language) for name in ("prior_precision_m", "precision_m"))
        rows += [
            (say("Place known to within, before"), before),
            (say("Place known to within, after"), after),
            (say("Moved by"), words.say_distance(row["shift_m"], language)),
        ]
    rows.append((say_in_english(say("Rests on"), language), text_of(row["evidence_used"])))
    return make_part(say("What the surveys changed"), rows)


def _strike_update(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a strike after surveys."""
    strike = str(row["strike_id"])
    reported = shared.find("strikes", strike) or {}
    now = sentences.say_estimate_of_strike(uxo_of(row), ["dud"], shared.language)
    columns = make_columns(reported, strike, split_text(reported.get("location_text"), "|"), shared) | {
        "expected": number(row["uxo_expected"]),
        "precision": number(row["precision_m"]),
        "brief": words.say_brief(uxo_of(row), words.say_distance(row["precision_m"], shared.language), shared.language),
    }
    details = make_details(
        f"{now}. {_say_before(row, shared)}",
        [(shared.rows["id"], strike)],
        parts=[_update_part(row, shared)],
        surveys=split_text(row["survey_ids"], "|"),
        reported=strike,
    )
    return columns, details


def _task(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a task of the plan of survey."""
    say, language = shared.language.say, shared.language
    values = {
        name: words.say_number(row[name], language)
        for name in ("order", "team", "day", "team_hours", "finds_expected", "uxo_expected", "uxo_left_expected")
    }
    area = words.say_land(row["area_m2"], language)
    sentence = say(
        "Number {order} in the plan: team {team}, day {day}, {team_hours} hours for {area}. Of about {uxo_expected} "
        "items expected here, such a search finds about {finds_expected} and leaves about {uxo_left_expected}.",
        area=area,
        **values,
    )
    travel = say("{number} hours", number=words.say_number(row["travel_hours"], language))
    table = [
        (say("Zone"), text_of(row["zone_id"])),
        (say("Travel to it"), travel),
        (say("Land swept, overlaps counted each time"), words.say_land(row["swept_m2"], language)),
        (say("Share found"), words.say_part(row["share_found"], language)),
        (shared.rows["id"], str(row["task_id"])),
    ]
    name = say("Task {order}", order=values["order"])
    columns = make_columns(row, str(row["task_id"]), [], shared) | {
        "name": name,
        "rank": int(row["order"]),
        "brief": say("team {team}, day {day} · {area}", team=values["team"], day=values["day"], area=area),
    }
    return columns, make_details(sentence, table, zone=text_of(row["zone_id"]) or None)


def _survey(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a search that was made."""
    say, language = shared.language.say, shared.language
    found = words.say_whole(row["items_found"], language)
    day = words.say_day(row["date"], language)
    chance = words.say_part(row["detection_probability"], language)
    sentence = say(
        "Searched until {day}: {found} items found. Such a search finds an item that lies here with a chance of "
        "{chance}; it does not show that nothing is left.",
        day=day,
        found=found,
        chance=chance,
    )
    table = [
        (say("Round"), text_of(row.get("round"))),
        (say("Team"), text_of(row.get("team"))),
        (shared.rows["id"], str(row["survey_id"])),
    ]
    columns = make_columns(row, str(row["survey_id"]), [], shared) | {
        "start": day_number(row["date"]),
        "end": day_number(row["date"]),
        "brief": say("{day} · {found} items found", day=day, found=found),
    }
    return columns, make_details(sentence, table)


def _find(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a find."""
    say = shared.language.say
    munition = text_of(row.get("munition_id"))
    name = shared.names.get(munition, munition)
    table = [(shared.rows["munition"], name), (shared.rows["id"], str(row["find_id"]))]
    columns = make_columns(row, str(row["find_id"]), [], shared) | {"brief": name or words.say_unknown(shared.language)}
    return columns, make_details(say("An item was found here."), table, surveys=[text_of(row["survey_id"])])


def _cell(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a cell or hexagon of the map of contamination."""
    say, language = shared.language.say, shared.language
    identity = str(row["cell_id"] if "cell_id" in row else row["hexagon_id"])
    land = words.say_land(row["area_m2"], language)
    columns = {"id": identity, "name": identity, "place": "", **estimates(row)}
    columns["brief"] = words.say_brief(uxo_of(row), land, language)
    table = [(shared.rows["density"], say_density(row, language)), (shared.rows["look_in"], land)]
    if "probability_any" in row:
        table.append((say("Chance that it holds any item"), words.say_part(row["probability_any"], language)))
    sentence = f"{sentences.say_estimate_here(uxo_of(row), ['mixed'], language)}."
    return columns, make_details(sentence, [*table, (shared.rows["id"], identity)])


#: Makers of features by layer.
MAKERS: Mapping[str, Callable[[Row, Shared], tuple[Feature, Feature]]] = {
    "cells": _cell,
    "hexagons": _cell,
    "priorities": _priority,
    "zone_updates": _zone_update,
    "tasks": _task,
    "surveys": _survey,
    "strike_updates": _strike_update,
    "finds": _find,
}
