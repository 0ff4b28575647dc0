"""
Every fixed text of the maps, in one place, so that it can be checked and translated.

The page's own script holds no word a reader sees: all of them come from here.
"""

from collections.abc import Mapping
from types import MappingProxyType

from uxomap.languages import Language, load_language


def page_labels(language: Language) -> dict[str, str]:
    """
    Every fixed text of the web page in a language.

    Examples
    --------
    >>> page_labels(load_language("en"))["close"]
    'Close'
    """
    return {
        **_frame_labels(language),
        **_layer_labels(language),
        **_legend_labels(language),
        **_list_labels(language),
        **_tool_labels(language),
    }


def _frame_labels(language: Language) -> dict[str, str]:
    """Texts around the map."""
    say = language.say
    return {
        "legend": say("Legend and layers"),
        "lists": say("Zones and lists"),
        "close": say("Close"),
        "back": say("Back to the list"),
        "zoom_to": say("Show on the map"),
        "zoom_in": say("Zoom in"),
        "zoom_out": say("Zoom out"),
        "zoom_all": say("Show everything"),
        "map": say(
            "Map. Move with the arrow keys, zoom with plus and minus, choose what lies in the middle with Enter."
        ),
        "details": say("Details and lists"),
        "sensitivity": say("Sensitivity"),
        "method": say("Method"),
        "drawn_with": say("Drawn with Leaflet 1.9. The page works without a network."),
        "drawn_online": say("Drawn with Leaflet 1.9. The base map is asked for from the internet: {host}."),
        "needs_script": say("This page draws its map with JavaScript, which is switched off here."),
        "latitude_north": say("N"),
        "latitude_south": say("S"),
        "longitude_east": say("E"),
        "longitude_west": say("W"),
    }


def _layer_labels(language: Language) -> dict[str, str]:
    """Names of groups and layers in the legend, and of the lists."""
    say = language.say
    return {
        "group_priority": say("Where to go first"),
        "group_hazard": say("Where to look"),
        "group_reports": say("What was reported"),
        "group_survey": say("What surveys found"),
        "group_context": say("Context"),
        "layer_priorities": say("Proposed order of survey"),
        "layer_tasks": say("Tasks of the plan"),
        "layer_zone_updates": say("Zones after the surveys"),
        "layer_zones": say("Zones"),
        "layer_hazard_areas": say("Area of each strike"),
        "layer_contamination": say("Map of contamination"),
        "layer_cells": say("Cells of contamination"),
        "layer_hexagons": say("Hexagons of contamination"),
        "layer_squares": say("Gathered in squares"),
        "layer_strikes": say("Strikes"),
        "layer_unlocated": say("Strikes not located"),
        "layer_reports": say("Reports"),
        "layer_surveys": say("Searched"),
        "layer_finds": say("Items found"),
        "layer_strike_updates": say("Strikes after the surveys"),
        "context_admin": say("Admin areas"),
        "context_roads": say("Roads"),
        "context_water": say("Water"),
        "context_settlements": say("Settlements"),
        "tab_priorities": say("Order"),
        "tab_zone_updates": say("After surveys"),
        "tab_zones": say("Zones"),
        "tab_unlocated": say("Not located"),
        "tab_tasks": say("Tasks"),
        "tab_strikes": say("Strikes"),
        "tab_hazard_areas": say("Strikes"),
        "tab_reports": say("Reports"),
        "tab_surveys": say("Searches"),
        "tab_finds": say("Finds"),
    }


def _legend_labels(language: Language) -> dict[str, str]:
    """Texts of the legend."""
    say = language.say
    return {
        "zones_meaning": say("Fill: estimated items a hectare"),
        "density_0": say("under 0.1"),
        "density_1": say("0.1 to 1"),
        "density_2": say("1 to 10"),
        "density_3": say("10 to 100"),
        "density_4": say("over 100"),
        "density_unknown": say("not known"),
        "sure_meaning": say("Outline: how sure. The high end of the range is"),
        "sure_0": say("under 3 times the low end"),
        "sure_1": say("3 to 10 times the low end"),
        "sure_2": say("10 times or more, or from zero"),
        "zone_dot": say("Zone too small to draw; the densest on top"),
        "cells_meaning": say(
            "In the colours of the zones. Cells under 0.01 items a hectare have no colour; that does not mean none."
        ),
        "squares_meaning": say("The number counts what is not drawn one by one; the colour is that of the densest."),
        "kind_cluster": say("Cluster munition"),
        "kind_mine": say("Scatterable mines"),
        "kind_unitary": say("Unitary munition"),
        "kind_unknown": say("Kind not known"),
        "assumed_mark": say("Something was assumed"),
        "places": say("Place names"),
        "places_meaning": say("+3: three more places close by"),
        "basemap": say("Base map"),
        "graticule": say("Longitude and latitude"),
        "not_assessed": say("Not assessed"),
        "not_assessed_meaning": say("Every place without a colour. No report does not mean that nothing lies there."),
    }


def _list_labels(language: Language) -> dict[str, str]:
    """Texts of lists and details."""
    say = language.say
    return {
        "no_zones": say("No zone could be drawn."),
        "no_zones_listed": say("No zone could be drawn. The strikes are listed under “Not located”."),
        "nothing": say("There is nothing in this list."),
        "unlocated_intro": say(
            "These strikes have no area on the map, because their place is known too coarsely. Locate them first."
        ),
        "zones_intro": say("Highest estimate first. Choose one for its details."),
        "priorities_intro": say("Proposed for survey in this order. Choose one for the reasons."),
        "filter": say("Find a place or id"),
        "found": say("Found: {n}"),
        "more": say("Show more"),
        "estimate": say("Estimate"),
        "precision_circle": say("The dashed circle on the map holds the true place with a chance of 95 %."),
        "as_reported": say("As reported"),
        "sources": say("Sources of the reports"),
        "also_here": say("Also here:"),
        "strikes_here": say("Strikes in this zone"),
        "reported_strike": say("The strike as reported"),
        "surveys_here": say("Searches that bear on it"),
        "zone_of": say("Zone that holds this strike"),
        "zone_of_task": say("Zone of this task"),
    }


def _tool_labels(language: Language) -> dict[str, str]:
    """Texts of the tools."""
    say = language.say
    return {
        "measure": say("Measure a distance or an area"),
        "measure_hint": say("Click points on the map, or move it and press Enter. Escape ends."),
        "measured_length": say("Distance {length}"),
        "measured_perimeter": say("Perimeter {length}"),
        "measured_area": say("Area {area}"),
        "metres": say("{number} m"),
        "kilometres": say("{number} km"),
        "hectares": say("{number} ha"),
        "square_kilometres": say("{number} km²"),
        "days": say("Days of the strikes"),
        "day_from": say("From"),
        "day_to": say("To"),
        "days_shown": say("Shown: {first} to {last}"),
        "days_chosen": say("Days: {first} to {last}"),
        "days_all": say("Show all days"),
        "days_hidden": say("Lists follow the days. The land of hidden zones looks as if not assessed."),
        "days_others": say("Searches, finds, tasks and cells are always shown."),
        "days_meaning": say("Numbers of a zone stay those of all its strikes."),
        "days_undated": say("Without a date, always shown: {n}"),
        "cell_reads": say("Here: {range} items a hectare"),
    }


def row_labels(language: Language) -> dict[str, str]:
    """
    Labels of the short tables in a language.

    Examples
    --------
    >>> row_labels(load_language("en"))["id"]
    'Id'
    """
    say = language.say
    return {
        "density": say("Items a hectare"),
        "sure": say("How sure"),
        "munition": say("Munition"),
        "munitions": say("Munitions"),
        "dates": say("Date"),
        "delivered": say("Items delivered"),
        "dud_rate": say("Dud rate used"),
        "live_share": say("Share still live, used"),
        "rate": say("Rate used"),
        "look_in": say("Land"),
        "rounds": say("Rounds"),
        "evidence": say("What was counted"),
        "precision": say("Place known to within"),
        "n_reports": say("Reports"),
        "text": say("Munition, in the words of the report"),
        "status": say("Status"),
        "reason": say("Reason"),
        "row": say("Row of the input"),
        "id": say("Id"),
    }


#: The texts of the page and of its tables in English.
LABELS: Mapping[str, str] = MappingProxyType(page_labels(load_language("en")))
ROWS: Mapping[str, str] = MappingProxyType(row_labels(load_language("en")))
