"""Countries by their names, their outlines, and places that lie elsewhere."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uxomap.countries import MARGIN_M, find_country, has_outline, lies_in_country, outside_country_m
from uxomap.errors import InputError
from uxomap.reports import read_reports

NAMES = {
    "UA": ["Ukraine", "UKR", "804", "ua", "Україна", "Украина", "Ucrania", "أوكرانيا"],
    "LA": ["Laos", "Lao PDR", "Lao People's Democratic Republic", "LAO"],
    "CD": ["DRC", "DR Congo (Zaire)", "Congo, Democratic Republic of the", "Congo - Kinshasa"],
    "SY": ["Syria", "Syrian Arab Republic", "Syrie", "سوريا"],
    "VN": ["Viet Nam", "North Vietnam", "South Vietnam", "Vietnam (North Vietnam)"],
    "KH": ["Cambodia", "Cambodia (Kampuchea)", "Cambodge"],
    "PS": ["Palestine", "occupied Palestinian territory", "Gaza Strip", "State of Palestine"],
    "YE": ["Yemen (North Yemen)", "Republic of Yemen", "Yémen"],
    "XK": ["Kosovo", "Косово"],
    "MM": ["Myanmar (Burma)", "Burma"],
    "GB": ["UK", "England", "United Kingdom"],
    "CI": ["Ivory Coast", "Côte d’Ivoire", "Cote d'Ivoire"],
    "IR": ["Islamic Republic of Iran", "Iran, Islamic Republic of"],
    None: ["Red Sea", "Yugoslavia", "Congo", "", "Ukrane", "x" * 1_000_000, "EU", "Atlantis"],
}


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in NAMES.items() for name in names])
def test_a_country_is_found_by_the_names_people_use(code, name):
    assert find_country(name) == code


@given(st.text(max_size=30))
def test_no_name_breaks_the_search(name):
    assert find_country(name) is None or len(find_country(name)) == 2


INSIDE = [
    ("UA", 37.6, 48.7),
    ("UA", 34.1, 44.9),  # Crimea, to all who claim it
    ("RU", 34.1, 44.9),
    ("RU", -175.0, 66.0),  # beyond the antimeridian
    ("FJ", 179.9, -17.0),
    ("RS", 21.0, 42.6),
    ("XK", 21.0, 42.6),
    ("SD", 31.6, 4.9),  # Juba, in Sudan until 2011
    ("SS", 31.6, 4.9),
    ("CN", 121.0, 24.0),
    ("SO", 44.0, 9.5),
    ("CY", 33.5, 35.3),
    ("IL", 35.2, 31.9),
    ("PS", 35.2, 31.9),
    ("SY", 35.8, 33.0),
    ("IL", 35.8, 33.0),
    ("IN", 74.8, 34.1),
    ("PK", 74.8, 34.1),
    ("MA", -13.2, 25.0),
    ("EH", -13.2, 25.0),
    ("AM", 46.8, 39.8),
    ("AZ", 46.8, 39.8),
    ("GE", 41.0, 43.0),
    ("LS", 28.2, -29.5),
]
OUTSIDE = [("UA", 21.0, 52.2), ("UA", -37.6, 48.7), ("ZA", 28.2, -29.5), ("IQ", 51.4, 35.7), ("LA", 105.8, 21.0)]


@pytest.mark.parametrize(("code", "longitude", "latitude"), INSIDE)
def test_a_disputed_place_belongs_to_all_who_claim_it(code, longitude, latitude):
    assert lies_in_country([longitude], [latitude], code).tolist() == [True]
    assert outside_country_m([longitude], [latitude], code).tolist() == [0.0]


@pytest.mark.parametrize(("code", "longitude", "latitude"), OUTSIDE)
def test_a_place_elsewhere_lies_outside(code, longitude, latitude):
    assert lies_in_country([longitude], [latitude], code).tolist() == [False]
    assert outside_country_m([longitude], [latitude], code)[0] > MARGIN_M


def test_distances_are_those_of_the_map():
    # Warsaw is about 190 km from Ukraine; a place without coordinates has no distance.
    metres = outside_country_m([21.0, np.nan], [52.2, 48.0], "UA")
    assert metres[0] == pytest.approx(195_000, rel=0.1)
    assert np.isnan(metres[1])
    across = outside_country_m([-170.0], [50.0], "RU")[0], outside_country_m([190.0 - 360.0], [50.0], "RU")[0]
    assert across[0] == across[1] == pytest.approx(1_520_000, rel=0.01)


def test_places_at_sea_belong_to_the_coast_and_places_in_a_neighbour_do_not():
    # The Black Sea, 200 km south of Odesa; Bucharest, 60 km nearer.
    assert outside_country_m([31.0, 26.1], [44.0, 44.4], "UA").tolist()[0] == 0.0
    assert outside_country_m([26.1], [44.4], "UA")[0] > 0


@pytest.mark.parametrize("measure", [outside_country_m, lies_in_country])
def test_a_country_without_an_outline_is_refused(measure):
    assert not has_outline("AQ")
    with pytest.raises(InputError, match=r"Invalid code 'AQ'\. Must be the code of a country whose outline is known"):
        measure([0.0], [0.0], "AQ")


@given(st.floats(-180, 180), st.floats(-85, 85), st.sampled_from(["UA", "RU", "FJ", "US", "ID", "LA"]))
@settings(deadline=None, max_examples=60)
def test_what_lies_inside_is_at_no_distance_and_the_rest_beyond_the_margin(longitude, latitude, code):
    metres = outside_country_m([longitude], [latitude], code)[0]
    if lies_in_country([longitude], [latitude], code)[0]:
        assert metres == 0
    else:
        assert metres == 0 or MARGIN_M <= metres < 20_100_000


# Reports --------------------------------------------------------------------------------------------------------------

SLIPS = [
    (48.7312, 37.5684, ""),
    (-48.7312, 37.5684, "with the other sign of the latitude it would lie inside: the sign may be lost"),
    (48.7312, -37.5684, "with the other sign of the longitude it would lie inside: the sign may be lost"),
    (-48.7312, -37.5684, "with the other sign of both it would lie inside"),
    (37.5684, 48.7312, "the other way round they would lie inside: latitude and longitude may have changed places"),
    (0.0, 37.5684, "latitude 0 looks like an empty cell: the place lies outside 'Ukraine'"),
    (48.7312, 0.0, "longitude 0 looks like an empty cell: the place lies outside 'Ukraine'"),
]


@pytest.mark.parametrize(("latitude", "longitude", "reason"), SLIPS)
@pytest.mark.parametrize("own", [True, False])
def test_a_slip_that_explains_a_place_abroad_rejects_it(latitude, longitude, reason, own):
    table = pd.DataFrame({"lat": [latitude], "lon": [longitude], "date": "2022-03-01", "precision_m": 500})
    table = table.assign(country="Ukraine") if own else table
    reports = read_reports(table, country=None if own else "Ukraine")
    assert reports.loc[0, "status"] == ("rejected" if reason else "accepted")
    assert reason in reports.loc[0, "reason"]


def test_only_a_swap_is_repaired_and_only_where_nothing_else_explains_it():
    table = pd.DataFrame({"lat": [37.5684, 48.7312, 137.5], "lon": [48.7312, -37.5684, 48.7], "date": "2022"})
    reports = read_reports(table.assign(country=["Ukraine", "Ukraine", None], precision_m=9000), repair="swap")
    assert reports["status"].tolist() == ["assumed", "rejected", "assumed"]
    assert (
        reports.loc[[0, 2], "reason"].tolist() == ["latitude and longitude changed places: swapped back on request"] * 2
    )
    assert reports.loc[0, ["latitude", "longitude"]].tolist() == [48.7312, 37.5684]
    assert reports.loc[2, ["latitude", "longitude"]].tolist() == [48.7, 137.5]


def test_a_place_abroad_that_no_slip_explains_is_kept_and_named():
    table = pd.DataFrame({"lat": [52.2297], "lon": [21.0122], "country": ["Ukraine"], "date": ["2022-03-01"]})
    near = read_reports(table, precision_m=1000)
    assert near.loc[0, "status"] == "assumed"
    assert near.loc[0, "reason"] == "lies 193 km outside 'Ukraine', the country that is stated: check it"
    # What is known no better may lie in the country.
    assert read_reports(table, precision_m=300_000).loc[0, "status"] == "accepted"


def test_a_row_is_checked_against_its_own_country_first_and_unknown_names_are_not_checked():
    table = pd.DataFrame({"lat": [52.2297] * 3, "lon": [21.0122] * 3, "country": ["Poland", "Red Sea", None]})
    reports = read_reports(table, country="UKR", precision_m=1000)
    assert ["outside" in reason for reason in reports["reason"]] == [False, False, True]


def test_a_country_that_is_not_known_is_refused_where_the_user_says_it():
    table = pd.DataFrame({"lat": [52.2], "lon": [21.0]})
    with pytest.raises(InputError, match=r"Invalid country 'Ukrane'\. Must be the name or the ISO code"):
        read_reports(table, country="Ukrane")


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    [("RU", 25.0, 62.7), ("RU", -100.0, 62.75), ("RU", 0.0, 69.3), ("FJ", 20.0, -16.7), ("FJ", -100.0, -16.3)],
)
def test_a_country_across_the_antimeridian_does_not_reach_round_the_earth(code, longitude, latitude):
    assert not lies_in_country(longitude, latitude, code)


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    [("RU", 179.9, 68.0), ("RU", -179.9, 68.0), ("RU", -172.0, 65.0), ("FJ", 179.9, -16.5), ("FJ", -179.9, -16.8)],
)
def test_a_country_across_the_antimeridian_lies_on_both_sides(code, longitude, latitude):
    assert lies_in_country(longitude, latitude, code)
