"""Layers of the web map that follow the estimate: order of survey, people, plan, searches and what they changed."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from maps_browser import needs_browser, run_in_browser
from pyproj import Geod

from uxomap import wording
from uxomap.languages import load_language
from uxomap.maps import make_web_map, web_map_html
from uxomap.maps.features import collect_features
from uxomap.schema import layer_schema

GEOD = Geod(ellps="WGS84")


def ring(longitude, latitude, radius_m):
    bearings = np.linspace(360, 0, 49)[:-1]
    n = len(bearings)
    lon, lat, _ = GEOD.fwd(np.full(n, longitude), np.full(n, latitude), bearings, np.full(n, radius_m))
    return shapely.Polygon(np.column_stack([lon, lat]))


def as_layer(name, columns, shapes):
    """Frame of a layer: what is not given is filled by its kind of value."""
    size = len(shapes)
    plain = {"text": "", "integer": 1, "number": 1.0, "date": pd.Timestamp("2022-03-01")}
    schema = layer_schema(name).columns
    values = {key: columns.get(key, plain[column.kind]) for key, column in schema.items()}
    values |= {"notice": wording.NOTICE} if "notice" in schema else {}
    return gpd.GeoDataFrame(pd.DataFrame(values, index=range(size)), geometry=shapes, crs="EPSG:4326")


def follow_up():
    """Three zones near Kramatorsk with everything that can be known of them."""
    places = [(37.50, 48.70), (37.60, 48.72), (37.56, 48.64)]
    rings = [ring(*place, radius) for place, radius in zip(places, (900, 1500, 600), strict=True)]
    zone = {
        "zone_id": ["Z-1", "Z-2", "Z-3"],
        "strike_ids": ["S-1", "S-2", "S-3"],
        "location_text": ["Kramatorsk, Donetsk oblast", "Malotaranivka, Donetsk oblast", "Bilenke, Donetsk oblast"],
        "hazard_kind": "dud",
        "uxo_low": [10.0, 40.0, 2.0],
        "uxo_expected": [30.0, 60.0, 9.0],
        "uxo_high": [90.0, 100.0, 40.0],
        "area_m2": [2.5e6, 7.1e6, 1.1e6],
        "uxo_per_ha": [0.12, 0.085, 14.0],
    }
    people = {
        "near_m": 500.0,
        "people_inside_low": [100.0, 0.0, np.nan],
        "people_inside_expected": [150.0, 5.0, np.nan],
        "people_inside_high": [240.0, 12.0, np.nan],
        "schools_inside": [1.0, 0.0, np.nan],
        "schools_near": [2.0, 0.0, np.nan],
        "clinics_inside": np.nan,
        "water_points_inside": np.nan,
        "other_facilities_inside": np.nan,
        "admin_names": ["Kramatorsk|Sloviansk", "", ""],
        "exposure_notes": "population of 2020",
    }
    order = {
        "priority": [1, 2, 3],
        "rank_low": [1, 1, 2],
        "rank_high": [2, 3, 3],
        "top_share": [0.9, 0.6, 0.1],
        "top_k": 2,
        "drivers": ["many people; a school inside", "", ""],
        "would_change": ["a weight of people under 0.1", "", ""],
        "criteria_unknown": ["", "", "people_inside"],
    }
    earlier = {
        "uxo_low": [15.0, 45.0, 1.0],
        "uxo_expected": [20.0, 50.0, 3.0],
        "uxo_high": [120.0, 130.0, 60.0],
    }
    before = {f"prior_{name}": values for name, values in earlier.items()}
    searched = {"items_found": [4, 0, 0], "searched_share": [0.3, 0.0, 0.0], "survey_ids": ["Q-1", "", ""]}
    box = shapely.box(37.496, 48.697, 37.504, 48.703)
    return {
        "zones": as_layer("zones", zone | earlier, rings),
        "exposure": as_layer("exposure", zone | people, rings),
        "priorities": as_layer("priorities", zone | people | order, rings),
        "zone_updates": as_layer("zone_updates", zone | before | searched, rings),
        "tasks": as_layer(
            "tasks",
            {"task_id": ["T-1", "T-2"], "zone_id": ["Z-1", "Z-2"], "order": [1, 2], "team": 1, "day": [1, 2]}
            | {
                "area_m2": 4e5,
                "finds_expected": 3.2,
                "uxo_expected": 5.0,
                "uxo_left_expected": 1.8,
                "share_found": 0.64,
            },
            [box, shapely.box(37.595, 48.715, 37.605, 48.722)],
        ),
        "surveys": as_layer(
            "surveys", {"survey_id": ["Q-1"], "items_found": 4, "detection_probability": 0.8, "round": "first"}, [box]
        ),
        "finds": as_layer(
            "finds",
            {"find_id": ["F-1", "F-2"], "survey_id": "Q-1", "munition_id": ["9n210", ""]},
            [shapely.Point(37.499, 48.699), shapely.Point(37.502, 48.701)],
        ),
        "strike_updates": as_layer(
            "strike_updates",
            before
            | {"strike_id": ["S-1", "S-2", "S-3"], "uxo_low": 1.0, "uxo_expected": 7.0, "uxo_high": 20.0}
            | {"precision_m": 200.0, "prior_precision_m": 500.0, "shift_m": 120.0, "survey_ids": ["Q-1", "", ""]},
            [shapely.Point(place) for place in places],
        ),
        "cells": as_layer(
            "cells",
            {"cell_id": ["x1y1", "x2y1"], "uxo_low": 0.0, "uxo_expected": [0.5, 4.0], "uxo_high": [2.0, 9.0]}
            | {"uxo_per_ha": [0.5, 4.0], "area_m2": 1e4, "probability_any": [0.3, 0.97]},
            [shapely.box(37.53, 48.66, 37.54, 48.667), shapely.box(37.54, 48.66, 37.55, 48.667)],
        ),
    }


@pytest.fixture(scope="module")
def layers():
    return follow_up()


@pytest.fixture(scope="module")
def features(layers):
    return collect_features(layers, kinds={}, names={"9n210": "9N210 submunition"})


@pytest.fixture(scope="module")
def whole(layers):
    """The same with strikes and their areas, each a zone by itself."""
    report = {
        "strike_id": ["S-1", "S-2", "S-3"],
        "hazard_kind": "dud",
        "munition_id": "9m55k",
        "munition": "9M55K Smerch",
        "source": "Survey team",
        "source_url": "https://example.org/a",
    }
    rates = {"dud_rate_low": 0.04, "dud_rate_expected": 0.1, "dud_rate_high": 0.2, "dud_sources": "A 2009; B 2011"}
    numbers = {"uxo_low": 5.0, "uxo_expected": 9.0, "uxo_high": 50.0, "area_m2": 2.5e6, "footprint_m2": 2e4}
    area = report | rates | numbers | {"area_id": ["A-1", "A-2", "A-3"], "assumptions": "rounds assumed"}
    rings = list(layers["zones"].geometry)
    known = {"munition_ids": "9m55k", "assumptions": "rounds assumed"}
    zones = {name: layers[name].assign(**known) for name in ("zones", "zone_updates", "priorities")}
    return {
        **layers,
        **zones,
        "hazard_areas": as_layer("hazard_areas", area, rings),
        "strikes": as_layer("strikes", report, [ring.centroid for ring in rings]),
    }


@pytest.fixture(scope="module")
def told(whole):
    return collect_features(whole, kinds={}, names={})


def part(details, title):
    """Rows and bullets of one part of the details."""
    (found,) = [part for part in details["parts"] if part["title"] == title]
    return dict(found["rows"]), found["bullets"]


SENTENCES = [
    (
        "priorities",
        (
            "Number 1 of 3 in the proposed order of survey; between 1 and 2 over the ways to weigh the criteria. "
            "Between 10 and 90 unexploded items estimated here (best estimate 30), from 1 reported strike. "
            "Before the surveys: between 15 and 120, best estimate 20. Look in 250 ha."
        ),
    ),
    (
        "zone_updates",
        (
            "Between 10 and 90 unexploded items estimated here (best estimate 30), from 1 reported strike. "
            "Before the surveys: between 15 and 120, best estimate 20. Look in 250 ha."
        ),
    ),
    (
        "zones",
        (
            "Estimate before the surveys. Between 15 and 120 unexploded items estimated here (best estimate 20), from "
            "1 reported strike. After the surveys: between 10 and 90, best estimate 30. Look in 250 ha."
        ),
    ),
    (
        "tasks",
        (
            "Number 1 in the plan: team 1, day 1, 1 h for 40 ha. If teams sweep and find as assumed, about 3.2 of "
            "about 5 items are expected to be found here, and about 1.8 to be left. These are best estimates without "
            "their ranges."
        ),
    ),
    (
        "surveys",
        (
            "Searched until 1 Mar 2022: 4 items found. The team states that its search finds an item that lies here "
            "with a chance of 80 %. It does not show that nothing is left."
        ),
    ),
    ("finds", "An item was found here."),
    (
        "strike_updates",
        (
            "Between 1 and 20 unexploded items estimated from this strike (best estimate 7). "
            "Before the surveys: between 15 and 120, best estimate 20."
        ),
    ),
    ("cells", "Between 0 and 2 unexploded items or live mines estimated here (best estimate 0.5)."),
]


@pytest.mark.parametrize(("layer", "sentence"), SENTENCES)
def test_each_layer_opens_with_a_sentence(features, layer, sentence):
    assert features[layer].details[0]["sentence"] == sentence


def test_a_zone_tells_its_place_in_the_order_who_lives_there_and_what_surveys_changed(features):
    details = features["zones"].details[0]
    ranks, _ = part(details, "Proposed order of survey")
    assert ranks["Place in the order"] == "1, between 1 and 2"
    assert ranks["Among the first 2"] == "in 90 % of the ways to weigh the criteria"
    assert part(details, "Why it stands there")[1] == ["many people; a school inside"]
    assert part(details, "What would move it")[1] == ["a weight of people under 0.1"]
    people, _ = part(details, "Who and what is there")
    assert people["People who live in it"] == "between 100 and 240, best estimate 150"
    assert people["Schools"] == "1 in it, 2 near"
    assert people["Admin areas"] == "Kramatorsk, Sloviansk"
    assert part(details, "About these figures")[1] == ["population of 2020"]
    changed, _ = part(details, "What the surveys changed")
    assert changed["Estimate before"] == "between 15 and 120, best estimate 20"
    assert changed["Estimate after"] == "between 10 and 90, best estimate 30"
    assert changed["Items found"] == "4"


def test_zones_after_surveys_and_in_the_order_tell_all_that_zones_tell(told):
    """They are what a click reaches first."""
    for layer in ("zones", "zone_updates", "priorities"):
        (details,) = told[layer].details[:1]
        table = dict(details["table"])
        assert table["How sure"].startswith("the high end is"), layer
        assert table["Munition"] == "9M55K Smerch"
        assert table["Date"] == "1 Mar 2022"
        assert table["Dud rate used"] == "4 to 20 %, best estimate 10 % (2 sources)"
        titles = [part["title"] for part in details["parts"]]
        assert titles == [
            "What the surveys changed",
            "Proposed order of survey",
            "Why it stands there",
            "What would move it",
            "Who and what is there",
            "About these figures",
            "What was assumed",
            "Sources of the rates",
        ]
        assert details["links"] == [["Survey team", "https://example.org/a"]]
        assert details["sentence"].endswith("Look in 250 ha; one strike of this kind contaminates about 2 ha.")
        assert (details["strikes"], details["surveys"]) == (["S-1"], ["Q-1"])


def test_sources_of_the_reports_come_from_the_strikes_where_there_are_no_areas(whole):
    without = {name: layer for name, layer in whole.items() if name != "hazard_areas"}
    found = collect_features(without, kinds={}, names={"9m55k": "9M55K"})["zone_updates"].details[0]
    assert found["links"] == [["Survey team", "https://example.org/a"]]
    assert dict(found["table"])["Munition"] == "9M55K"


def test_a_strike_leads_with_what_is_estimated_after_the_surveys(told):
    area = told["hazard_areas"].details[0]
    assert area["sentence"] == (
        "Between 1 and 20 unexploded items estimated from this strike (best estimate 7). Before the surveys: between "
        "15 and 120, best estimate 20. Look in 250 ha; one strike of this kind contaminates about 2 ha."
    )
    assert told["hazard_areas"].columns[0]["brief"] == "about 7 items (1 to 20) · 250 ha"
    assert told["hazard_areas"].columns[0]["expected"] == 7.0
    assert "Items a hectare" not in dict(area["table"])
    assert part(area, "What the surveys changed")[0]["Estimate before"] == "between 15 and 120, best estimate 20"
    assert (area["zone"], area["surveys"]) == ("Z-1", ["Q-1"])
    assert told["strikes"].details[0]["sentence"].startswith("Between 1 and 20 unexploded items estimated from this")


def test_a_strike_that_no_search_bears_on_keeps_its_estimate(whole):
    kept = whole["strike_updates"].assign(survey_ids="", uxo_low=15.0, uxo_expected=20.0, uxo_high=120.0)
    kept = kept.assign(prior_uxo_low=15.0, prior_uxo_expected=20.0, prior_uxo_high=120.0)
    told = collect_features({**whole, "strike_updates": kept}, kinds={}, names={})
    area = told["hazard_areas"].details[0]
    assert area["sentence"].startswith(
        "Between 5 and 50 unexploded items estimated from this strike (best estimate 9)."
    )
    assert "Before the surveys" not in area["sentence"] + told["strike_updates"].details[0]["sentence"]
    assert told["strikes"].details[0]["sentence"].startswith("A strike is reported here")


def test_mines_stay_mines_after_surveys(whole):
    for layer in ("hazard_areas", "zones"):
        mines = {name: frame for name, frame in whole.items() if name in {"strike_updates", layer}}
        mines[layer] = mines[layer].assign(hazard_kind="mine")
        said = collect_features(mines, kinds={}, names={})["strike_updates"].details[0]["sentence"]
        assert said.startswith("Between 1 and 20 mines still live estimated from this strike")
    alone = {"strike_updates": whole["strike_updates"]}
    said = collect_features(alone, kinds={}, names={})["strike_updates"].details[0]["sentence"]
    assert said.startswith("Between 1 and 20 unexploded items or live mines")


def test_an_order_made_before_the_surveys_says_so(whole):
    old = whole["priorities"].assign(uxo_low=15.0, uxo_expected=20.0, uxo_high=120.0)
    said = collect_features({**whole, "priorities": old}, kinds={}, names={})["priorities"].details[0]["sentence"]
    assert "Estimate before the surveys. Between 15 and 120" in said
    assert "After the surveys: between 10 and 90, best estimate 30." in said


def test_a_searched_place_with_a_small_estimate_never_reads_zero(whole):
    few = {"uxo_low": 0.0, "uxo_expected": 0.028, "uxo_high": 0.0}
    searched = {name: whole[name].assign(**few) for name in ("zone_updates", "strike_updates", "priorities", "cells")}
    told = collect_features({**whole, **searched}, kinds={}, names={})
    for layer in ("zone_updates", "strike_updates", "hazard_areas"):
        sentence = told[layer].details[0]["sentence"]
        assert sentence.startswith("Fewer than 0.1 unexploded items are expected "), layer
        assert "(best estimate 0.028)" in sentence
        assert "A search can miss items." in sentence
        assert told[layer].columns[0]["brief"].startswith("fewer than 0.1 items · ")
        after = part(told[layer].details[0], "What the surveys changed")[0]["Estimate after"]
        assert after == "fewer than 0.1, best estimate 0.028"
    assert told["cells"].columns[0]["brief"] == "fewer than 0.1 items · 1 ha"
    assert dict(told["zone_updates"].details[0]["table"])["How sure"] == "the range starts at zero"
    assert {row["sure"] for row in told["zone_updates"].columns} == {2}


def test_items_found_are_whole_for_a_zone_and_a_share_of_them_for_a_strike(whole):
    counts = {
        "zone_updates": whole["zone_updates"].assign(items_found=173),
        "strike_updates": whole["strike_updates"].assign(items_found=0.0025),
    }
    told = collect_features({**whole, **counts}, kinds={}, names={})
    assert part(told["zone_updates"].details[0], "What the surveys changed")[0]["Items found"] == "173"
    strike, _ = part(told["strike_updates"].details[0], "What the surveys changed")
    assert strike["Of the items found, put down to this strike"] == "about 0.0025"
    assert "Items found" not in strike


def test_a_search_tells_the_land_it_covered(features):
    land = box_land_ha((37.496, 48.697, 37.504, 48.703))
    assert dict(features["surveys"].details[0]["table"])["Land searched"] == f"{land:.0f} ha"


def box_land_ha(box):
    area, _ = GEOD.geometry_area_perimeter(shapely.box(*box))
    return abs(area) / 1e4


def test_one_item_found_is_one_item(layers):
    one = layers["surveys"].assign(items_found=1)
    told = collect_features({"surveys": one}, kinds={}, names={})["surveys"]
    assert told.columns[0]["brief"] == "1 Mar 2022 · 1 item found"
    assert "Searched until 1 Mar 2022: 1 item found." in told.details[0]["sentence"]


def test_a_task_says_travel_in_minutes_and_the_range_of_its_zone(layers):
    near = layers["tasks"].assign(travel_hours=[0.0055, 0.5])
    first, second = collect_features({**layers, "tasks": near}, kinds={}, names={})["tasks"].details
    assert dict(first["table"])["Travel to it"] == "under a minute"
    assert dict(second["table"])["Travel to it"] == "30 min"
    assert dict(first["table"])["Items in the whole zone"] == "between 10 and 90, best estimate 30"
    assert dict(first["table"])["Share expected to be found"] == "64 %"


def test_notes_in_english_stand_under_a_heading_that_says_so(layers):
    told = collect_features(layers, kinds={}, names={}, language=load_language("fr"))["zones"].details[0]
    (notes,) = [part for part in told["parts"] if part["bullets"] == ["population of 2020"]]
    assert notes["title"].endswith("(en anglais)")
    assert not notes["rows"]


def test_the_page_says_in_one_line_why_there_is_no_map_of_contamination(layers):
    without = SimpleNamespace(layers={}, contamination_note="The grid would have 9 x 9 cells. Take larger cells.")
    assert "There is no map of contamination: The grid would have 9 x 9 cells." in web_map_html(make_web_map(without))
    assert "Take larger cells" not in web_map_html(make_web_map(without))
    with_map = SimpleNamespace(layers=layers, contamination_note="")
    assert "There is no map of contamination" not in web_map_html(make_web_map(with_map))


def test_what_is_not_known_is_said_or_left_out_but_never_zero(features):
    people, _ = part(features["zones"].details[2], "Who and what is there")
    assert people["People who live in it"] == "not known"
    assert "Schools" not in people
    assert "Clinics" not in people
    unknown, _ = part(features["priorities"].details[2], "Proposed order of survey")
    assert unknown["Criteria not known"] == "people inside"


def test_a_find_names_its_munition_where_it_is_known(features):
    assert [row["brief"] for row in features["finds"].columns] == ["9N210 submunition", "not known"]


@needs_browser
@pytest.mark.parametrize(
    ("without", "brief"),
    [((), "about 30 items (10 to 90) · 250 ha"), (("zone_updates",), "about 20 items (15 to 120) · 250 ha")],
)
def test_a_strike_leads_to_its_zone_as_it_is_known_now(whole, without, brief, tmp_path):
    script = """(function () {
      const panel = document.getElementById("uxomap-panel");
      const filter = panel.querySelector("input.filter");
      filter.value = "S-1"; filter.dispatchEvent(new Event("input"));
      panel.querySelector(".entry").click();
      const found = {};
      panel.querySelectorAll("section").forEach((one) => {
        found[one.querySelector("h3").textContent] = (one.querySelector(".entry-brief") || one).textContent; });
      return {found, sentence: panel.querySelector(".sentence").textContent};
    })()"""
    layers = {name: layer for name, layer in whole.items() if name not in without}
    seen, _, _ = run_in_browser(web_map_html(make_web_map(layers)), tmp_path, script=script)
    assert seen["sentence"].startswith(
        "Between 1 and 20 unexploded items estimated from this strike (best estimate 7)."
    )
    assert seen["found"]["Zone that holds this strike"].replace("\u00a0", " ") == brief
    assert seen["found"]["Searches that bear on it"] == "1 Mar 2022 · 4 items found"
    assert "What the surveys changed" in seen["found"]


def test_zones_stand_back_where_surveys_changed_them(layers):
    page = web_map_html(make_web_map(layers))
    assert '"hidden":["zones"]' in page
    without = {name: frame for name, frame in layers.items() if name != "zone_updates"}
    assert '"hidden":[]' in web_map_html(make_web_map(without))


@needs_browser
def test_the_address_of_a_zone_opens_what_is_known_now(whole, tmp_path):
    script = "document.querySelector('#uxomap-panel .sentence').textContent"
    said, *_ = run_in_browser(web_map_html(make_web_map(whole)), tmp_path, script=script, chosen="Z-1")
    assert said.startswith("Between 10 and 90 unexploded items")


@needs_browser
def test_a_sentence_with_foreign_names_runs_as_an_arabic_page_does(whole, tmp_path):
    zones = whole["zone_updates"].assign(location_text="Demmarel|Ninveth|Ishvel")
    page = web_map_html(make_web_map({"zone_updates": zones}, language="ar"))
    script = "(() => { const one = document.querySelector('#uxomap-panel h2'); return [one.textContent, one.dir]; })()"
    (said, direction), *_ = run_in_browser(page, tmp_path, script=script, chosen="Z-1")
    assert said.startswith("\u2068Demmarel\u2069")
    assert direction == "rtl"
