"""Features of zones, of the same zones in the order of survey, and of the same zones after surveys."""

from collections.abc import Callable, Mapping

from uxomap.maps import sentences, words
from uxomap.maps.notes import say_munition
from uxomap.maps.parts import (
    Feature,
    Row,
    Shared,
    assumed_parts,
    estimates,
    links_of,
    make_columns,
    make_details,
    number,
    rate_rows,
    say_density,
    some_of,
    sources_part,
    split_text,
    text_of,
    uxo_of,
)
from uxomap.maps.survey_features import exposure_parts, has_changed, priority_parts, say_after, say_before, update_part


def _zone(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a zone; where surveys changed it, as it was estimated before them."""
    columns, details = _describe(row, shared)
    update = shared.find("zone_updates", str(row["zone_id"]))
    if update is not None and has_changed(update):
        before = shared.language.say("Estimate before")
        columns["brief"] = f"{before}: {columns['brief']}"
    return columns, details


def _zone_update(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a zone after surveys: what is estimated now beside what was estimated before."""
    return _describe(row, shared)


def _priority(row: Row, shared: Shared) -> tuple[Feature, Feature]:
    """Describe a zone by where it stands in the order of survey, and why."""
    language = shared.language
    place = language.say(
        "Number {priority} of {n} in the proposed order of survey; between {low} and {high} over the ways to weigh "
        "the criteria.",
        priority=words.say_whole(row["priority"], language),
        n=words.say_whole(len(shared.tables["priorities"]), language),
        low=words.say_whole(row["rank_low"], language),
        high=words.say_whole(row["rank_high"], language),
    )
    columns, details = _describe(row, shared, lead=place)
    return columns | {"rank": int(row["priority"])}, details


def _describe(row: Row, shared: Shared, lead: str = "") -> tuple[Feature, Feature]:
    """Describe a zone by its own columns, by the hazard areas of its strikes and by what else is known of it."""
    labels, language = shared.rows, shared.language
    zone, strikes = str(row["zone_id"]), split_text(row["strike_ids"], "|")
    members = [area for strike in strikes if (area := shared.find("hazard_areas", strike)) is not None]
    reported = members or [told for strike in strikes if (told := shared.find("strikes", strike)) is not None]
    munitions = _munitions(row, members, shared)
    land = words.say_land(row["area_m2"], language)
    table = [
        (labels["density"], say_density(row, language)),
        (labels["sure"], words.say_sure(row["uxo_low"], row["uxo_high"], language)),
        (labels["munition" if len(munitions) == 1 else "munitions"], some_of(munitions, language)),
        (labels["dates"], words.say_dates(row["date_start"], row["date_end"], language)),
        *rate_rows(members, shared),
        (labels["id"], zone),
    ]
    update = shared.find("zone_updates", zone)
    earlier, then = _say_surveyed(row, update, shared)
    sentence = sentences.describe_zone(
        uxo_of(row),
        n_strikes=int(row["n_strikes"]),
        area_m2=row["area_m2"],
        footprints_m2=[member["footprint_m2"] for member in members],
        kinds=[str(row["hazard_kind"])],
        then=then,
        language=language,
    )
    opening = " ".join(text for text in (lead, earlier, sentence) if text)
    priority, exposure = shared.find("priorities", zone), shared.find("exposure", zone)
    parts = [
        None if update is None else update_part(update, shared),
        *([] if priority is None else priority_parts(priority, shared)),
        *exposure_parts(priority if exposure is None else exposure, shared),
        *assumed_parts(row, shared),
        sources_part((part for member in members for part in split_text(member["dud_sources"], ";")), shared),
    ]
    columns = make_columns(row, zone, split_text(row["location_text"], "|"), shared) | estimates(row)
    columns["brief"] = words.say_brief(uxo_of(row), land, language)
    links = (link for member in reported for link in links_of(member))
    surveys = [] if update is None else split_text(update["survey_ids"], "|")
    return columns, make_details(opening, table, parts=parts, links=links, strikes=strikes, surveys=surveys)


def _munitions(row: Row, members: list[Row], shared: Shared) -> list[str]:
    """Name the munitions of a zone: as its strikes do, or from its ids."""
    named = dict.fromkeys(text_of(member["munition"]) for member in members)
    known = named or (shared.names.get(munition, munition) for munition in split_text(row["munition_ids"], "|"))
    return [say_munition(name, shared.language) for name in known if name]


def _say_surveyed(row: Row, update: Row | None, shared: Shared) -> tuple[str, str]:
    """Say before and after the estimate of a row whether surveys are in it, and what it is without or with them."""
    if update is None or not has_changed(update):
        return "", ""
    # an order of survey may be older or younger than the surveys
    if "prior_uxo_low" in row or [number(value) for value in uxo_of(row)] == [
        number(value) for value in uxo_of(update)
    ]:
        return "", say_before(update, shared)
    return shared.language.say("Estimate before the surveys."), say_after(update, shared)


#: Makers of features by layer.
MAKERS: Mapping[str, Callable[[Row, Shared], tuple[Feature, Feature]]] = {
    "zones": _zone,
    "priorities": _priority,
    "zone_updates": _zone_update,
}
