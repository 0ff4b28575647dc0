"""Exports of forms (KoBoToolbox, ODK): which columns are the place, and what is asked."""

import json
from pathlib import Path

import pandas as pd
import pytest

from uxomap.errors import InputError
from uxomap.reports import read_reports
from uxomap.reports._columns import find_personal, find_roles

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "kobo"
POINT = {"coordinates": "Point"}, {"latitude": "_Point_latitude", "longitude": "_Point_longitude"}
TRACE = "48.70 37.50 100 0;48.72 37.50 100 0;48.72 37.52 0 0;48.70 37.50 100 0"


def sample(kind):
    path = SAMPLE / f"kobo_formpack_export_all_geo_types.{kind}"
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    return path


def form(name, **more):
    return pd.DataFrame(
        {
            name: ["48.731234 37.568123 120 4.5", ""],
            f"_{name}_latitude": ["48.731234", ""],
            f"_{name}_longitude": ["37.568123", ""],
            f"_{name}_altitude": ["120", ""],
            f"_{name}_precision": ["4.5", ""],
            **more,
        }
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_two_questions_for_a_place_are_asked_about(kind):
    with pytest.raises(
        InputError, match="has several places in a row: '_Point_latitude' and '_Point_longitude'; '_Outer"
    ) as no:
        read_reports(sample(kind))
    assert 'columns={"latitude": "_Outer_Point_latitude", "longitude": "_Outer_Point_longitude"}' in str(no.value)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("columns", [*POINT, {"latitude": "_Point_latitude"}])
def test_the_answer_is_enough(kind, columns):
    reports = read_reports(sample(kind), columns=columns)
    assert reports["latitude"].tolist() == [39.306938, -34.631098]
    assert reports["longitude"].tolist() == [-76.60869, -58.442238]
    # 22 m are stated; 0 m are no radius.
    assert reports["precision_m"].tolist() == [22.0, 5000.0]
    assert reports["precision_source"].tolist() == ["stated", "assumed"]


def test_a_map_file_of_a_form_holds_every_shape():
    reports = read_reports(sample("geojson"))
    assert len(reports) == 7
    assert reports["latitude"].notna().all()


@pytest.mark.parametrize("name", ["Point", "location", "village", "gps", "incident/place", "Де це сталося?"])
def test_one_question_is_one_place_whatever_it_is_called(name):
    reports = read_reports(form(name))
    assert reports.loc[0, ["latitude", "longitude", "precision_m"]].tolist() == [48.731234, 37.568123, 4.5]
    assert pd.isna(reports.loc[0, "location_text"])
    assert reports.loc[1, "status"] == "rejected"


PREFIXES = ["location-", "location.", "data-loc:", "group/point/", "group-where_", "Location ("]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_headers_of_odk(prefix):
    end = ")" if prefix.endswith("(") else ""
    axes = {"Longitude": "37.568123", "Latitude": "48.731234", "Altitude": "90", "Accuracy": "7.25"}
    reports = read_reports(pd.DataFrame({f"{prefix}{axis}{end}": [value] for axis, value in axes.items()}))
    assert reports.loc[0, ["latitude", "longitude", "precision_m"]].tolist() == [48.731234, 37.568123, 7.25]


ASKED = [
    (["from_lat", "from_long", "to_lat", "to_long"], "several places in a row: 'from_lat' and 'from_long'; 'to_lat'"),
    (["start_lat", "start_lon", "end_lat", "end_lon"], "several places in a row: 'start_lat'"),
    (["lat1", "lon1", "lat2", "lon2"], "several places in a row: 'lat1' and 'lon1'; 'lat2' and 'lon2'"),
    (["lat", "lon", "admin2_lat", "admin2_lon"], "several places in a row: 'lat' and 'lon'; 'admin2_lat'"),
    (
        ["launch_lat", "launch_lon", "impact_lat", "impact_lon"],
        "several places in a row: 'impact_lat' and 'impact_lon'; .launch_lat. and .launch_lon. are of a launch",
    ),
    (["launch_lat", "launch_lon"], "gives the place of a launch .*Must be where munitions came down"),
    (["lat_deg", "lat_min", "lon_deg", "lon_min"], "parts of an angle in columns of their own: 'lat_deg', 'lat_min'"),
    (["lat", "latitude", "lon"], "has several latitude columns"),
]


@pytest.mark.parametrize(("names", "words"), ASKED)
def test_of_several_places_none_is_taken_without_asking(names, words):
    with pytest.raises(InputError, match=words):
        read_reports(pd.DataFrame({name: [1.5 + number] for number, name in enumerate(names)}))


def test_a_launch_is_not_used_even_where_it_is_said():
    table = pd.DataFrame({"launch_lat": [1.5], "launch_lon": [2.5], "lat": [3.5], "lon": [4.5]})
    with pytest.raises(InputError, match="gives the place of a launch"):
        read_reports(table, columns={"latitude": "launch_lat", "longitude": "launch_lon"})
    assert read_reports(table, columns={"latitude": "lat"}).loc[0, ["latitude", "longitude"]].tolist() == [3.5, 4.5]


def test_the_same_place_in_two_ways_of_writing_is_one_place():
    table = pd.DataFrame({"lat": [11.5], "lon": [2.5], "lat_dms": ["11 30 00"], "lon_dms": ["2 30 00"]})
    assert read_reports(table).loc[0, ["latitude", "longitude"]].tolist() == [11.5, 2.5]


SHAPES = [
    TRACE,
    "LINESTRING (37.50 48.70, 37.52 48.72)",
    "POLYGON ((37.5 48.7, 37.52 48.7, 37.52 48.72, 37.5 48.7))",
    json.dumps({"type": "LineString", "coordinates": [[37.5, 48.7], [37.52, 48.72]]}),
]


@pytest.mark.parametrize("text", SHAPES)
def test_a_line_or_an_area_gives_its_middle_and_the_radius_that_holds_it(text):
    reports = read_reports(pd.DataFrame({"where": [text]}), columns={"coordinates": "where"})
    assert reports.loc[0, ["latitude", "longitude"]].tolist() == pytest.approx([48.71, 37.51])
    # Half the diagonal of 0.02 degrees each way: 1,112 m north, 735 m east.
    assert reports.loc[0, "precision_m"] == pytest.approx(1333, abs=2)
    assert "a shape and not a point is given" in reports.loc[0, "reason"]


POINTS = [
    ("geopoint", "48.731234 37.568123"),
    ("geopoint", "48.731234 37.568123 120"),
    ("answer", "48.731234 37.568123 120 0"),
    ("_geolocation", "[48.731234, 37.568123]"),
    ("_geolocation", '["48.731234", "37.568123"]'),
    ("_geolocation", [48.731234, 37.568123]),
    ("answer", '{"type": "Point", "coordinates": [37.568123, 48.731234]}'),
    ("longitude latitude", "37.568123 48.731234"),
]


@pytest.mark.parametrize(("header", "text"), POINTS)
def test_points_of_forms_in_one_text(header, text):
    reports = read_reports(pd.DataFrame({header: [text]}), columns={"coordinates": header})
    assert reports.loc[0, ["latitude", "longitude", "precision_m"]].tolist() == [48.731234, 37.568123, 5000.0]


def test_a_line_of_no_length_is_a_point():
    reports = read_reports(pd.DataFrame({"geotrace": ["48.7 37.5 0 0;48.7 37.5 0 0"]}))
    assert reports.loc[0, "precision_m"] == 5000


def test_cells_tell_the_place_where_no_header_does():
    frame = pd.DataFrame({"note": ["x", "y"], "question 7": [TRACE, None], "n": [1, 2]})
    found = find_roles(list(frame.columns), None, file="t", placed=False, frame=frame)
    assert found == {"coordinates": ("question 7",)}
    twice = frame.assign(other=TRACE)
    with pytest.raises(InputError, match="has several columns of places: 'question 7', 'other'"):
        find_roles(list(twice.columns), None, file="t", placed=False, frame=twice)
    plain = pd.DataFrame({"when": ["48 43 52"], "words": ["a b"]})
    with pytest.raises(InputError, match="has no coordinates in a recognised column"):
        find_roles(list(plain.columns), None, file="t", placed=False, frame=plain)


def test_a_precision_finer_than_any_place_is_known_is_not_believed():
    reports = read_reports(form("Point").assign(_Point_precision="0.0001").head(1))
    assert reports.loc[0, "precision_m"] == 1
    assert "precision '0.0001' is finer than a place is known: 1 m taken" in reports.loc[0, "reason"]


@pytest.mark.parametrize(
    "name",
    [
        "_submitted_by",
        "username",
        "deviceid",
        "device_id",
        "phonenumber",
        "Enumerator",
        "enumerator_name",
        "SubmitterName",
    ],
)
def test_who_filled_in_a_form_is_personal(name):
    assert find_personal([name]) == (name,)


@pytest.mark.parametrize("name", ["casualties", "killed", "injured", "start", "end", "today", "survey_date"])
def test_what_says_nothing_of_the_strike_is_not_used(name):
    assert find_roles([name], None, file="t", placed=True) == {}
