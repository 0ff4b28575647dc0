"""
Every fixed text of the maps, in one place, so that it can be checked and translated.

The page's own script holds no word a reader sees: all of them come from here.
"""

from collections.abc import Mapping
from types import MappingProxyType

from uxomap.wording import NOT_KNOWN

#: Every fixed text of the web page.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "legend": "Legend and layers",
        "lists": "Zones and lists",
        "close": "Close",
        "back": "Back to the list",
        "zoom_to": "Show on the map",
        "zoom_in": "Zoom in",
        "zoom_out": "Zoom out",
        "zoom_all": "Show everything",
        "map": "Map. Move with the arrow keys, zoom with plus and minus.",
        "details": "Details and lists",
        "group_hazard": "Where to look",
        "group_reports": "What was reported",
        "group_context": "Context",
        "zones": "Zones",
        "zones_meaning": "Fill: estimated items a hectare",
        "density_0": "under 0.1",
        "density_1": "0.1 to 1",
        "density_2": "1 to 10",
        "density_3": "10 to 100",
        "density_4": "over 100",
        "density_unknown": NOT_KNOWN,
        "sure_meaning": "Outline: how sure. The high end of the range is",
        "sure_0": "under 3 times the low end",
        "sure_1": "3 to 10 times the low end",
        "sure_2": "10 times or more",
        "zone_dot": "Zone too small to draw",
        "hazard_areas": "Area of each strike",
        "strikes": "Strikes",
        "kind_cluster": "Cluster munition",
        "kind_mine": "Scatterable mines",
        "kind_unitary": "Unitary munition",
        "kind_unknown": "Kind not known",
        "assumed_mark": "Something was assumed",
        "unlocated": "Strikes not located",
        "reports": "Reports",
        "places": "Place names",
        "places_meaning": "+3: three more places close by",
        "graticule": "Longitude and latitude",
        "not_assessed": "Not assessed",
        "not_assessed_meaning": "Every place without a colour. No report does not mean that nothing lies there.",
        "tab_zones": "Zones",
        "tab_unlocated": "Not located",
        "tab_strikes": "Strikes",
        "tab_reports": "Reports",
        "no_zones": "No zone could be drawn.",
        "no_zones_listed": "No zone could be drawn. The strikes are listed under \u201cNot located\u201d.",
        "nothing": "There is nothing in this list.",
        "unlocated_intro": (
            "These strikes have no area on the map, because their place is known too coarsely. Locate them first."
        ),
        "zones_intro": "Highest estimate first. Choose one for its details.",
        "filter": "Find a place or id",
        "more": "Show more",
        "estimate": "Estimate",
        "precision_circle": "The dashed circle on the map holds the true place with a chance of 95 %.",
        "as_reported": "As reported",
        "assumed": "What was assumed",
        "dud_sources": "Sources of the rates",
        "sources": "Sources of the reports",
        "strikes_here": "Strikes in this zone",
        "zone_of": "Zone that holds this strike",
        "sensitivity": "Sensitivity",
        "method": "Method",
        "drawn_with": "Drawn with Leaflet 1.9. The page works without a network.",
        "needs_script": "This page draws its map with JavaScript, which is switched off here.",
        "latitude_north": "N",
        "latitude_south": "S",
        "longitude_east": "E",
        "longitude_west": "W",
    }
)

#: Labels of the short tables.
ROWS: Mapping[str, str] = MappingProxyType(
    {
        "density": "Items a hectare",
        "sure": "How sure",
        "munition": "Munition",
        "munitions": "Munitions",
        "dates": "Date",
        "delivered": "Items delivered",
        "dud_rate": "Dud rate used",
        "live_share": "Share still live, used",
        "rate": "Rate used",
        "look_in": "Land to look in",
        "footprint": "Contaminated by one such strike",
        "rounds": "Rounds",
        "evidence": "What was counted",
        "precision": "Place known to within",
        "place": "Reported place",
        "centre": "Middle of the zone",
        "n_reports": "Reports",
        "text": "Munition, in the words of the report",
        "status": "Status",
        "reason": "Reason",
        "row": "Row of the input",
        "id": "Id",
    }
)
