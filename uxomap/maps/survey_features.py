"""Features of what follows the estimate: cells, tasks, surveys, finds, and what zones and strikes have of it."""

from collections.abc import Callable, Mapping

import pandas as pd

from uxomap.maps import sentences, words
from uxomap.maps.parts import (
    Feature,
    Row,
    Shared,
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


def priority_parts(row: Row, shared: Shared) -> list[Feature | None]:
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


def exposure_parts(row: Row | None, shared: Shared) -> list[Feature | None]:
    """Who lives in and near a zone, what stands there, and what these figures leave open."""
    if row is None or "people_inside_expected" not in row:
        return []
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
    notes = split_text(row.get("exposure_notes"), ";")
    return [
        make_part(say("Who and what is there"), rows),
        make_part(say_in_english(say("About these figures"), language), bullets=notes),
    ]


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


def has_changed(update: Row) -> bool:
    """Whether surveys bear on a zone or strike, or changed its estimate from beside it."""
    return bool(text_of(update["survey_ids"])) or uxo_of(update) != uxo_of(update, "prior_")


def say_before(update: Row, shared: Shared) -> str:
    """Say what was estimated before the surveys, and that a search can miss items where few are estimated now."""
    say = shared.language.say
    earlier = words.say_counted(*uxo_of(update, "prior_"), language=shared.language)
    before = say("Before the surveys: {estimate}.", estimate=earlier)
    missed = say("A search can miss items.")
    return f"{before} {missed}" if update["uxo_low"] <= 0 else before


def say_after(update: Row, shared: Shared) -> str:
    """Say what is estimated after the surveys."""
    later = words.say_counted(*uxo_of(update), language=shared.language)
    return shared.language.say("After the surveys: {estimate}.", estimate=later)


def update_part(row: Row, shared: Shared) -> Feature | None:
    """Prior beside posterior, items found, and how much was searched."""
    say, language = shared.language.say, shared.language
    rows = [
        (say("Estimate before"), words.say_counted(*uxo_of(row, "prior_"), language=language)),
        (say("Estimate after"), words.say_counted(*uxo_of(row), language=language)),
    ]
    if "searched_share" in row:
        rows += [
            (say("Items found"), words.say_whole(row["items_found"], language)),
            (say("Searched at least once"), words.say_part(row["searched_share"], language)),
        ]
    if "shift_m" in row:
        before, after = (words.say_distance(row[name], language) for name in ("prior_precision_m", "precision_m"))
        rows += [
            (say("Of the items found, put down to this strike"), _say_explained(row, shared)),
            (say("Place known to within, before"), before),
            (say("Place known to within, after"), after),
            (say("Moved by"), words.say_distance(row["shift_m"], language)),
        ]
    rows.append((say_in_english(say("Rests on"), language), text_of(row["evidence_used"])))
    return make_part(say("What the surveys changed"), rows)


def _say_explained(row: Row, shared: Shared) -> str:
    """Write how many of the items found a strike explains: strikes share finds, so it may be a part of one."""
    found, language = row["items_found"], shared.language
    return words.say_about(found, language) if found > 0 else words.say_whole(found, language)


def strike_after(strike: str, shared: Shared) -> Row | None:
    """What surveys changed of a strike; None where none bears on it."""
    update = shared.find("strike_updates", strike)
    return update if update is not None and has_changed(update) else None


def describe_after(update: Row, shared: Shared) -> str:
    """Write the sentences on what a strike left: now, and before the surveys where they changed it."""
    kind = _kind_of(str(update["strike_id"]), shared)
    now = sentences.say_estimate_of_strike(uxo_of(update), [kind], shared.language)
    return f"{now}. {say_before(update, shared)}" if has_changed(update) else f"{now}."


def _kind_of(strike: str, shared: Shared) -> str:
    """Kind of hazard of a strike, from its estimate or its zone; where neither is given it may be any."""
    zone = shared.zone_of.get(strike, "")
    found = [shared.find(layer, strike) for layer in ("hazard_areas", "unlocated")]
    found += [shared.find(layer, zone) for layer in ("zones", "zone_updates", "priorities")]
    return next((str(row["hazard_kind"]) for row in found if row is not None), "mixed")


def _strike_update(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a strike after surveys."""
    strike, language = str(row["strike_id"]), shared.language
    reported = shared.find("strikes", strike) or {}
    columns = make_columns(reported, strike, split_text(reported.get("location_text"), "|"), shared) | {
        "expected": number(row["uxo_expected"]),
        "precision": number(row["precision_m"]),
        "brief": words.say_brief(uxo_of(row), words.say_distance(row["precision_m"], language), language),
    }
    details = make_details(
        describe_after(row, shared),
        [(shared.rows["id"], strike)],
        parts=[update_part(row, shared)],
        surveys=split_text(row["survey_ids"], "|"),
        reported=strike,
    )
    return columns, details


def _task(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a task of the plan of survey; its numbers are expected, not promised."""
    say, language = shared.language.say, shared.language
    counts = {name: words.say_whole(row[name], language) for name in ("order", "team", "day")}
    expected = {
        name: words.say_least(row[name], language) for name in ("finds_expected", "uxo_expected", "uxo_left_expected")
    }
    area = words.say_land(row["area_m2"], language)
    sentence = say(
        "Number {order} in the plan: team {team}, day {day}, {time} for {area}. If teams sweep and find as assumed, "
        "about {finds_expected} of about {uxo_expected} items are expected to be found here, and about "
        "{uxo_left_expected} to be left. These are best estimates without their ranges.",
        time=words.say_hours(row["team_hours"], language),
        area=area,
        **counts,
        **expected,
    )
    zone = text_of(row["zone_id"])
    table = [
        (say("Zone"), zone),
        (say("Items in the whole zone"), _say_zone_range(zone, shared)),
        (say("Travel to it"), words.say_hours(row["travel_hours"], language)),
        (say("Land swept, overlaps counted each time"), words.say_land(row["swept_m2"], language)),
        (say("Share expected to be found"), words.say_part(row["share_found"], language)),
        (shared.rows["id"], str(row["task_id"])),
    ]
    name = say("Task {order}", order=counts["order"])
    columns = make_columns(row, str(row["task_id"]), [], shared) | {
        "name": name,
        "rank": int(row["order"]),
        "brief": say("team {team}, day {day} · {area}", team=counts["team"], day=counts["day"], area=area),
    }
    return columns, make_details(sentence, table, zone=zone or None)


def _say_zone_range(zone: str, shared: Shared) -> str:
    """Write the range of the zone of a task, after surveys where there were any; empty where no zone is known."""
    found = (shared.find(layer, zone) for layer in ("zone_updates", "priorities", "zones"))
    row = next((row for row in found if row is not None), None)
    return "" if row is None else words.say_counted(*uxo_of(row), language=shared.language)


def _survey(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a search that was made."""
    say, language = shared.language.say, shared.language
    found = words.say_count(row["items_found"], "item found", language)
    day = words.say_day(row["date"], language)
    chance = words.say_part(row["detection_probability"], language)
    sentence = say(
        "Searched until {day}: {found}. The team states that its search finds an item that lies here with a chance "
        "of {chance}. It does not show that nothing is left.",
        day=day,
        found=found,
        chance=chance,
    )
    table = [
        (say("Land searched"), words.say_land(row["land_m2"], language)),
        (say("Round"), text_of(row.get("round"))),
        (say("Team"), text_of(row.get("team"))),
        (shared.rows["id"], str(row["survey_id"])),
    ]
    columns = make_columns(row, str(row["survey_id"]), [], shared) | {
        "start": day_number(row["date"]),
        "end": day_number(row["date"]),
        "brief": f"{day} · {found}",
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
    "tasks": _task,
    "surveys": _survey,
    "strike_updates": _strike_update,
    "finds": _find,
}
