"""Layers of the web map that follow the estimate: order of survey, people, plan, searches and what they changed."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from uxomap import wording
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
    before = {f"prior_uxo_{end}": [20.0, 50.0, 3.0] for end in ("low", "expected", "high")}
    before |= {"prior_uxo_low": [15.0, 45.0, 1.0], "prior_uxo_high": [120.0, 130.0, 60.0]}
    searched = {"items_found": [4, 0, 0], "searched_share": [0.3, 0.0, 0.0], "survey_ids": ["Q-1", "", ""]}
    box = shapely.box(37.496, 48.697, 37.504, 48.703)
    return {
        "zones": as_layer("zones", zone, rings),
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


def part(details, title):
    """Rows and bullets of one part of the details."""
    (found,) = [part for part in details["parts"] if part["title"] == title]
    return dict(found["rows"]), found["bullets"]


SENTENCES = [
    (
        "priorities",
        (
            "Number 1 of 3 in the proposed order of survey; between 1 and 2 over the ways to weigh the criteria. "
            "Between 10 and 90 unexploded items estimated here (best estimate 30)."
        ),
    ),
    (
        "zone_updates",
        (
            "Between 10 and 90 unexploded items estimated here (best estimate 30). "
            "Before the surveys: between 15 and 120 (best estimate 20)."
        ),
    ),
    (
        "tasks",
        (
            "Number 1 in the plan: team 1, day 1, 1 hours for 40 ha. Of about 5 items expected here, such a search "
            "finds about 3.2 and leaves about 1.8."
        ),
    ),
    (
        "surveys",
        (
            "Searched until 1 Mar 2022: 4 items found. Such a search finds an item that lies here with a chance of "
            "80 %; it does not show that nothing is left."
        ),
    ),
    ("finds", "An item was found here."),
    (
        "strike_updates",
        (
            "Between 1 and 20 unexploded items estimated from this strike (best estimate 7). "
            "Before the surveys: between 15 and 120 (best estimate 20)."
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
    people, notes = part(details, "Who and what is there")
    assert people["People who live in it"] == "between 100 and 240, best estimate 150"
    assert people["Schools"] == "1 in it, 2 near"
    assert people["Admin areas"] == "Kramatorsk, Sloviansk"
    assert notes == ["population of 2020"]
    changed, _ = part(details, "What the surveys changed")
    assert changed["Estimate before"] == "between 15 and 120, best estimate 20"
    assert changed["Estimate after"] == "between 10 and 90, best estimate 30"
    assert changed["Items found"] == "4"


def test_what_is_not_known_is_said_or_left_out_but_never_zero(features):
    people, _ = part(features["zones"].details[2], "Who and what is there")
    assert people["People who live in it"] == "not known"
    assert "Schools" not in people
    assert "Clinics" not in people
    unknown, _ = part(features["priorities"].details[2], "Proposed order of survey")
    assert unknown["Criteria not known"] == "people inside"


def test_a_find_names_its_munition_where_it_is_known(features):
    assert [row["brief"] for row in features["finds"].columns] == ["9N210 submunition", "not known"]


def test_zones_stand_back_where_surveys_changed_them(layers):
    page = web_map_html(make_web_map(layers))
    assert '"hidden":["zones"]' in page
    without = {name: frame for name, frame in layers.items() if name != "zone_updates"}
    assert '"hidden":[]' in web_map_html(make_web_map(without))
