"""Places as people write them: vectors of other projects, grids, coordinate systems, and whole tables."""

import csv
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from uxomap.coordinates import find_crs, last_digit_m, read_angles, read_places, to_wgs84
from uxomap.errors import CRSError, InputError
from uxomap.reports import read_reports

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "geodesy"

#: Texts that one source reads and another reads otherwise or refuses: they are refused here, and why.
DISPUTED = {
    "41.5 N -81.0 W": "a sign beside a hemisphere letter: geopy lets both count, others refuse",
    "-41.5 S;81.0 E": "a sign beside a hemisphere letter: geopy lets both count, others refuse",
    "UT: N 39°20' 0'' / W 74°35' 0''": "geopy reads past words before a place and refuses words after it",
    "aaa 41.5 -81.0": "geopy reads past words before a place and refuses words after it",
    "185": "geodesy does not check the range, libhxl does",
    "365": "geodesy does not check the range, libhxl does",
    "-185": "geodesy does not check the range, libhxl does",
    "-365": "geodesy does not check the range, libhxl does",
    "18SUU80": "geodesy checks the form only; square UU of zone 18 lies in band U, not S",
    "18SUU8401": "geodesy checks the form only; square UU of zone 18 lies in band U, not S",
    "18SUU836014": "geodesy checks the form only; square UU of zone 18 lies in band U, not S",
}


def vectors(name):
    path = VECTORS / name
    if not path.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"{name} is not at hand"))]
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_one(text, **choices):
    return read_places(pd.Series([text], dtype=object), **choices).loc[0]


def metres_between(place, latitude, longitude):
    return pyproj.Geod(ellps="WGS84").inv(place["longitude"], place["latitude"], longitude, latitude)[2]


@pytest.mark.parametrize("vector", vectors("dms_vectors.csv"))
def test_degrees_of_other_projects(vector):
    text, expected = vector["input"], vector["expected_lat_or_value"]
    if vector["kind"] == "pair":
        place = read_one(text, order="latitude longitude")
        read, wanted = [place["latitude"], place["longitude"]], [expected, vector["expected_lon"]]
    else:
        axes = {"lat": ["latitude"], "lon": ["longitude"]}.get(vector["kind"], ["latitude", "longitude"])
        angles = [read_angles(pd.Series([text], dtype=object), axis=axis).loc[0, "degrees"] for axis in axes]
        # Without an axis, a letter decides which it is; one without letters may be either.
        read = [degrees for degrees in angles if not math.isnan(degrees)] or [math.nan]
        wanted = [expected] * len(read)
    if expected == "ERROR" or text in DISPUTED:
        assert all(map(math.isnan, read))
    else:
        assert read == pytest.approx([float(one) for one in wanted], abs=float(vector["tolerance_deg"]))


def utm_place(text):
    zone, hemisphere, east, north = text.split()
    crs = pyproj.CRS.from_epsg((32600 if hemisphere == "N" else 32700) + int(zone))
    longitude, latitude, _ = to_wgs84(np.array([float(east)]), np.array([float(north)]), crs)
    return latitude[0], longitude[0]


@pytest.mark.parametrize("vector", vectors("mgrs_vectors.csv"))
def test_grid_references_of_other_projects(vector):
    kind, text, expected = vector["kind"], vector["input"], vector["expected"]
    if text in DISPUTED or expected == "ERROR":
        assert math.isnan(read_one(text)["latitude"])
    elif kind == "dmstodd":
        axis = "latitude" if text.endswith("N") else "longitude"
        assert read_angles(pd.Series([text]), axis=axis).loc[0, "degrees"] == pytest.approx(float(expected), abs=1e-6)
    elif kind.startswith(("latlon", "lonlat")):
        # The reference that is written for a place must lead back into its square.
        first, second = map(float, text.split(","))
        latitude, longitude = (first, second) if kind.startswith("latlon") else (second, first)
        place = read_one(expected, zone_letters="hemisphere")
        assert metres_between(place, latitude, longitude) <= max(place["precision_m"], 0.01) * 1.01
    elif kind == "utm->mgrs":
        place = read_one(expected)
        assert metres_between(place, *utm_place(text)) <= place["precision_m"] * 1.01
        assert metres_between(read_one(text, zone_letters="hemisphere"), *utm_place(text)) < 1e-3
    elif kind == "mgrs->utm":
        # The source gives the south-west corner, we the middle, with the radius that holds the square.
        place = read_one(text)
        assert metres_between(place, *utm_place(expected)) == pytest.approx(place["precision_m"], rel=0.01)
    else:
        place = read_one(text)
        assert place["form"] == "MGRS"
        assert not place["reason"]
        if expected:
            digits = len("".join(expected.split()[2:])) // 2
            decimals = "." in text  # geodesy cuts these to fewer digits when it writes, not when it reads
            assert place["precision_m"] == pytest.approx(10 ** (5 - (5 if decimals else digits)) / math.sqrt(2))


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("15SWC8081751205", 38.4054261538, -92.0743952603),
        ("50TMK5045027900", 39.999832750882, 116.419518457826),
        ("32TNK0000000000", 39.749907519104, 9.0),
    ],
)
def test_corners_that_the_mgrs_package_publishes(text, latitude, longitude):
    place = read_one(text)
    assert metres_between(place, latitude, longitude) == pytest.approx(math.sqrt(0.5), abs=0.01)
    assert place["precision_m"] == pytest.approx(math.sqrt(0.5))


PAIRS = [
    ("48.731 N, 37.568 E", 48.731, 37.568),
    ("37.568E 48.731N", 48.731, 37.568),
    ("N48,731 E37,568", 48.731, 37.568),
    ("48°43'52\"N37°34'05\"E", 48 + 43 / 60 + 52 / 3600, 37 + 34 / 60 + 5 / 3600),
    ("484352N0373405E", 48 + 43 / 60 + 52 / 3600, 37 + 34 / 60 + 5 / 3600),
    ("48°43,5' с.ш. 37°34,1' в.д.", 48.725, 37 + 34.1 / 60),
    ("(48.731S; 37.568W)", -48.731, -37.568),
    ("Lat: 48.731, Long: 37.568", 48.731, 37.568),
    ("lon 37.568 lat 48.731", 48.731, 37.568),
    ("POINT (37.568 48.731)", 48.731, 37.568),
    ("SRID=4326;POINT Z(37.568 48.731 120)", 48.731, 37.568),
    ("5232N01324E", 52 + 32 / 60, 13.4),
]


@pytest.mark.parametrize(("text", "latitude", "longitude"), PAIRS)
def test_two_axes_in_one_text(text, latitude, longitude):
    place = read_one(text)
    assert [place["latitude"], place["longitude"]] == pytest.approx([latitude, longitude], abs=1e-12)


ORDERED = [
    ("48.731, 37.568", "latitude longitude"),
    ("37.568 48.731", "longitude latitude"),
    ("48,731, 37,568", "latitude longitude"),
    ("48,731 37,568", "latitude longitude"),
    ("[48.731, 37.568]", "geopoint"),
    ("48.731 37.568 120 4.5", "geopoint"),
    ("48 43 51.6 37 34 4.8", "latitude longitude"),
    ("37.568 E; 48.731 N", "latitude longitude"),
]


@pytest.mark.parametrize(("text", "order"), ORDERED)
def test_a_stated_order_decides_where_letters_do_not(text, order):
    place = read_one(text, order=order)
    assert [place["latitude"], place["longitude"]] == pytest.approx([48.731, 37.568], abs=1e-9)


AMBIGUOUS = [
    ("48.731, 37.568", None, "which is latitude and which longitude is not said"),
    ("148.731, 37.568", None, "which is latitude and which longitude is not said"),
    ("48.731 N, 37.568", None, "a hemisphere letter stands on one axis only"),
    ("48.731 N, 37.568 N", None, "both letters are of the latitude"),
    ("48,731", "latitude longitude", "only one number is given"),
    ("45 30", "latitude longitude", "one axis only, or two numbers without a clear mark"),
    ("45 30 12 30", "latitude longitude", "leave open which are degrees and which minutes"),
    ("48.731 37.568 120", "latitude longitude", "write both with letters"),
    ("45N30 35W", None, "one axis only"),
    ("1,2,3", "latitude longitude", "in several ways"),
    ("91.5 N, 37.568 E", None, "latitude 91.5 is outside -90 to 90"),
    ("lat 48 lat 37", None, "the same axis is named twice"),
    ("lat 48 E lon 37", None, "E is no letter of the latitude"),
    ("18S 323394 4307395", None, "18S is band S, which is north, or the south"),
    ("37 412345 5398765", None, "the hemisphere is not said"),
    ("37X 412345 5398765", None, "the letter of its zone does not hold latitude"),
    ("61 north 412345 5398765", None, "61 is no UTM zone"),
    ("37 north 412345 99398765", None, "UTM metres must be"),
    ("37U DQ 123 45", None, "as many digits east as north"),
    ("37U DQ 12345", None, "as many digits east as north"),
    ("37U II 1234 5678", None, "37U has no square II"),
    ("37A DQ 1234 5678", None, "37A is no zone of MGRS"),
    ("NY 10001", None, "as many digits east as north"),
    ("HA 12 34", None, "HA is no square of the UK grid"),
    ("POLYGON ((0 0, 1 1, 1 0, 0 0))", None, "only points can be read as WKT"),
    ("POINT (48.731 137.568)", None, "WKT has longitude first"),
    ("SRID=999999;POINT (1 2)", None, "Invalid crs"),
    ("https://maps.example/48.7,37.5", None, "write both with letters"),
    ("x" * 10_000_000, None, "not longer than 120 characters"),
    (48.731, None, "it must be a text of both axes"),
]


@pytest.mark.parametrize(("text", "order", "reason"), AMBIGUOUS)
def test_what_leaves_a_choice_is_refused_with_the_reason(text, order, reason):
    place = read_one(text, order=order)
    assert math.isnan(place["latitude"])
    assert math.isnan(place["longitude"])
    assert math.isnan(place["precision_m"])
    assert reason in place["reason"]


def test_the_meaning_of_a_zone_letter_can_be_stated():
    text = "18S 323394 4307395"
    assert read_one(text, zone_letters="band")["latitude"] == pytest.approx(38.8977, abs=1e-5)
    assert read_one(text, zone_letters="hemisphere")["latitude"] == pytest.approx(-51.357, abs=0.001)
    for other in (
        "18 north 323394 4307395",
        "323394 4307395 18N",
        "UTM 18N E323394 N4307395",
        "18N 323394mE 4307395mN",
    ):
        assert read_one(other)["latitude"] == pytest.approx(38.8977, abs=1e-5)


@pytest.mark.parametrize(("choice", "value"), [("order", "xy"), ("zone_letters", "zone")])
def test_another_choice_is_refused(choice, value):
    with pytest.raises(InputError, match=f"Invalid .*'{value}'. Must be one of"):
        read_places(pd.Series(["1"]), **{choice: value})


def test_a_uk_reference_is_the_middle_of_its_square():
    # OS Net station on TQ 3 digits: 538 890 E, 177 320 N is 51.4779 N, 0.0015 W (Greenwich) on WGS 84.
    fine, coarse = read_one("TQ 38890 77320"), read_one("TQ388773")
    assert metres_between(fine, 51.4779, -0.0015) < 150
    assert metres_between(fine, coarse["latitude"], coarse["longitude"]) < 100 / math.sqrt(2)
    assert coarse["precision_m"] == pytest.approx(math.hypot(100 / math.sqrt(2), 35), rel=1e-6)


@pytest.mark.parametrize(
    ("east", "north", "metres"),
    [("412345", "5398765", 1), ("412300", "5398000", 100), ("412345.60", "5398765", 0.01), ("400000", "0", 100_000)],
)
def test_zeros_at_the_end_of_both_axes_are_no_digits(east, north, metres):
    assert last_digit_m(east, north) == pytest.approx(metres)


@given(st.integers(1, 60), st.floats(-79.9, 83.9), st.floats(-2.9, 2.9), st.integers(0, 5))
@settings(deadline=None)
def test_every_square_of_mgrs_holds_its_place(zone, latitude, offset, digits):
    mgrs = pytest.importorskip("mgrs")
    # Less than a metre south of the equator the package writes the square north of it behind the southern letter.
    assume(not -1e-5 < latitude < 0)
    longitude = zone * 6 - 183 + offset
    place = read_one(mgrs.MGRS().toMGRS(latitude, longitude, MGRSPrecision=digits))
    # Squares at the edge of a zone are cut, and the middle of a large one may lie outside its grid zone.
    assert metres_between(place, latitude, longitude) <= place["precision_m"] * 1.01 + 0.01


@given(st.text(max_size=40))
@settings(deadline=None)
def test_no_text_raises_anything_but_a_reason(text):
    place = read_one(text, order="geopoint")
    assert math.isnan(place["latitude"]) == math.isnan(place["longitude"]) == math.isnan(place["precision_m"])
    assert bool(place["reason"]) == (math.isnan(place["latitude"]) and bool(place["form"]))


@given(st.from_regex(r"[\d nsewNSEW°'\".,:;/-]{1,40}", fullmatch=True), st.sampled_from([None, "latitude longitude"]))
@settings(deadline=None)
def test_no_mixture_of_digits_and_marks_leaves_the_globe(text, order):
    place = read_one(text, order=order)
    assert not abs(place["latitude"]) > 90
    assert not abs(place["longitude"]) > 180


NAMES = [
    ("SK-42", 4284),
    ("СК-42", 4284),
    ("Pulkovo 1942", 4284),
    ("SK-42 zone 7", 28407),
    ("CK42 зона 7", 28407),
    ("Pulkovo 1942 / Gauss-Kruger zone 7", 28407),
    ("SK-42 Gauss-Krüger zone 6", 28406),
    ("SK-63 zone X5", 7829),
    ("СК-63 зона Х5", 7829),
    ("USK-2000", 5561),
    ("УСК-2000", 5561),
    ("UCS-2000 zone 6", 5564),
    ("USK-2000 GK zone 7", 5565),
    ("USK-2000 zone 13", 6387),
    ("ED50", 4230),
    ("ED50 UTM 36N", 23036),
    ("Palestine 1923", 4281),
    ("Palestine Grid", 28191),
    ("UTM 37 north", 32637),
    ("WGS 84 / UTM zone 18S", 32718),
    ("EPSG:28407", 28407),
    (32637, 32637),
]


@pytest.mark.parametrize(("name", "code"), NAMES)
def test_a_coordinate_system_is_found_by_the_names_people_use(name, code):
    assert find_crs(name).to_epsg() == code


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("SK-63", "SK-63 is many local systems. Say the zone"),
        ("SK-63 zone X9", "EPSG has no zone X9 of it, only .*X1"),
        ("SK-42 zone 40", "Zones of SK-42 are 4 to 32"),
        ("USK-2000 zone 7", "zones 4 to 7 of Gauss-Krüger, and zones 7 to 13 of 3 degrees"),
        ("UTM 18S", "18S is band S, which is north, or the south. .*zone_letters='band'"),
        ("UTM 61N", "The hemisphere or the zone is not clear"),
        ("Pulkovo", "Must be a CRS that pyproj knows"),
        ("EPSG:1", "Must be a CRS that pyproj knows"),
        ("x" * 100_000, "Must be a CRS that pyproj knows"),
        (1.5, "Must be a CRS that pyproj knows"),
        ("EPSG:5773", "no degrees and no plane coordinates"),
    ],
)
def test_a_name_that_means_nothing_or_too_much_is_refused(name, reason):
    with pytest.raises(CRSError, match=reason):
        find_crs(name)


@pytest.mark.parametrize(
    ("name", "longitude", "latitude", "least_m", "most_m", "shift_m"),
    [
        ("SK-42", 37.5, 48.5, 100, 160, 45),
        ("ED50", 36.0, 39.0, 80, 200, 10),
        ("Palestine 1923", 35.0, 32.0, 50, 400, 2),
        ("USK-2000", 31.0, 49.0, 100, 160, 5),
        ("WGS 84", 31.0, 49.0, 0, 0, 0),
    ],
)
def test_a_datum_moves_places_and_its_shift_is_only_so_well_known(name, longitude, latitude, least_m, most_m, shift_m):
    there = np.array([longitude]), np.array([latitude])
    moved_lon, moved_lat, known_m = to_wgs84(*there, find_crs(name))
    moved_m = metres_between({"longitude": longitude, "latitude": latitude}, moved_lat[0], moved_lon[0])
    assert least_m <= moved_m <= most_m
    assert known_m >= shift_m if shift_m else known_m == 0


def test_a_system_without_a_way_to_wgs84_is_refused():
    with pytest.raises(CRSError, match=r"No way from .* to WGS 84 is known"):
        to_wgs84(np.array([0.0]), np.array([0.0]), find_crs("+proj=longlat +a=6000000 +b=6000000 +no_defs"))


def test_a_table_of_degrees_minutes_and_seconds_is_read():
    table = pd.DataFrame({"Latitude": ["48°43'52\"", "48 61 00", "N 48 43.5"], "Longitude": ["37°34'05\"E"] * 3})
    reports = read_reports(table.assign(date="2022-03-01", precision_m=5))
    assert reports["status"].tolist() == ["assumed", "rejected", "assumed"]
    assert reports.loc[0, "latitude"] == pytest.approx(48.7311111111)
    assert reports["precision_m"].tolist() == pytest.approx([15.445, math.nan, 15.445], abs=0.01, nan_ok=True)
    assert reports.loc[1, "reason"] == "latitude '48 61 00' cannot be read: minutes and seconds must be below 60"


HEADERS = [
    ("Coordinates", "48.731 N, 37.568 E"),
    ("MGRS", "37U CP 94698 98542"),
    ("UTM", "37 north 394693 5398765"),
    ("WKT", "POINT (37.568 48.731)"),
    ("lat, lon", "48.731, 37.568"),
    ("Lat/Long", "48,731; 37,568"),
    ("LonLat", "37.568,48.731"),
    ("_geolocation", "[48.731, 37.568]"),
    ("geopoint", "48.731 37.568 0 0"),
    ("координати", "48,731 пн.ш. 37,568 сх.д."),
]


@pytest.mark.parametrize(("header", "text"), HEADERS)
def test_one_column_may_hold_the_whole_place(header, text):
    table = pd.DataFrame({header: [text, "nowhere", None], "place": ["a", "b", "Izium"]})
    reports = read_reports(table)
    assert reports["status"].tolist() == ["assumed", "rejected", "assumed"]
    assert reports.loc[0, "latitude"] == pytest.approx(48.7, abs=0.5)
    assert reports.loc[0, "longitude"] == pytest.approx(37.6, abs=0.7)
    assert reports.loc[1, "reason"].startswith("coordinates 'nowhere' cannot be read: write both with letters")
    assert "no coordinates: listed as unlocated" in reports.loc[2, "reason"]


def test_wkt_may_name_its_system():
    place = read_one("SRID=32637;POINT (412345 5398765)")
    assert [place["longitude"], place["latitude"]] == pytest.approx([37.807869, 48.735736], abs=1e-6)
    assert place["precision_m"] == pytest.approx(math.sqrt(0.5))
    assert metres_between(read_one("SRID=4284;POINT (37.5 48.5)"), 48.5, 37.5) == pytest.approx(130, abs=30)


def test_an_order_that_is_not_said_is_asked_for():
    reports = read_reports(pd.DataFrame({"coordinates": ["48.731, 37.568", "[null, null]", "POINT EMPTY"]}))
    assert "which is latitude and which longitude is not said" in reports.loc[0, "reason"]
    assert reports.loc[1:, "reason"].tolist() == ["latitude and longitude missing, and no place is named"] * 2
    said = read_reports(pd.DataFrame({"where": ["48.731 N, 37.568 E"]}), columns={"coordinates": "where"})
    assert said.loc[0, "latitude"] == pytest.approx(48.731)


def test_two_columns_go_before_one_that_holds_both_unless_the_user_says_so():
    table = pd.DataFrame({"lat": [48.0], "lon": [37.0], "MGRS": ["37U CP 94698 98542"]})
    assert read_reports(table).loc[0, "latitude"] == 48.0
    assert read_reports(table, columns={"coordinates": "MGRS"}).loc[0, "latitude"] != 48.0


def test_a_place_on_sk42_moves_and_is_never_better_known_than_its_shift():
    table = pd.DataFrame({"easting": ["7412345", "5398765"], "northing": ["5398765", "7412345"], "precision_m": 1})
    reports = read_reports(table, crs="SK-42 zone 7")
    assert reports.loc[0, ["longitude", "latitude"]].tolist() == pytest.approx([37.8073, 48.7154], abs=1e-4)
    assert reports.loc[0, "precision_m"] == pytest.approx(45, abs=0.1)
    assert "the shift from Pulkovo 1942 / Gauss-Kruger zone 7 to WGS 84 allow 45 m at best" in reports.loc[0, "reason"]
    assert reports.loc[1, "reason"] == (
        "easting 5398765 and northing 7412345 lie outside EPSG:28407: northing and easting may have changed places"
    )


def test_a_stated_datum_holds_for_degrees_and_not_for_grid_references():
    table = pd.DataFrame({"coordinates": ["48.5 N, 37.5 E", "37U CP 94698 98542"]})
    reports = read_reports(table, crs="СК-42")
    assert metres_between(reports.loc[0], 48.5, 37.5) == pytest.approx(130, abs=30)
    assert reports.loc[1, "reason"].endswith("are on WGS 84, but crs=EPSG:4284 is stated")
    with pytest.raises(CRSError, match="holds both axes in one text, and crs='EPSG:32637' is in metres"):
        read_reports(table, crs=32637)


IMPOSSIBLE = [
    (999, 999, "latitude 999 is outside -90 to 90: it looks like a number that stands for an empty cell"),
    (-9999, 37.5, "latitude -9999 is outside -90 to 90: it looks like a number that stands for an empty cell"),
    (99.99, 37.5, "latitude 99.99 is outside -90 to 90: it looks like a number that stands for an empty cell"),
    (48.7, -999.9, "longitude -999.9 is outside -180 to 180: it looks like a number that stands for an empty cell"),
    (90, 180, "latitude 90 and longitude 180 look like numbers that stand for an empty coordinate"),
    (-90, 0, "latitude -90 and longitude 0 look like numbers that stand for an empty coordinate"),
    (89, 12, "latitude 89 is nearer to a pole than 85: hazard areas are not drawn there"),
    (0.001, -0.001, "latitude 0.001 and longitude -0.001 look like an empty coordinate"),
    (137.5, 48.7, "latitude 137.5 is outside -90 to 90: latitude and longitude may have changed places"),
    (48.7, 237.5, "longitude 237.5 is outside -180 to 180"),
]


@pytest.mark.parametrize(("latitude", "longitude", "reason"), IMPOSSIBLE)
def test_a_place_that_cannot_be_is_rejected_with_what_may_be_behind_it(latitude, longitude, reason):
    reports = read_reports(pd.DataFrame({"lat": [latitude], "lon": [longitude]}))
    assert reports.loc[0, ["status", "reason"]].tolist() == ["rejected", reason]


def test_fill_values_are_never_swapped_and_shapes_neither():
    table = pd.DataFrame({"lat": [99.99, 137.5], "lon": [37.5, 48.7]})
    assert read_reports(table, repair="swap")["status"].tolist() == ["rejected", "assumed"]
    shape = gpd.GeoDataFrame(geometry=[shapely.LineString([(48.7, 137.5), (48.8, 137.6)])], crs=4326)
    assert read_reports(shape, repair="swap").loc[0, "status"] == "rejected"


def test_the_same_number_twice_and_the_same_place_for_most_rows_are_named():
    table = pd.DataFrame({"lat": [48.71, *[48.71234] * 60], "lon": [48.71, *[37.51234] * 60], "date": "2022-03-01"})
    reports = read_reports(table, precision_m=9000)
    assert reports.loc[0, "reason"].startswith("latitude and longitude are the same number")
    assert reports.loc[1, "reason"] == "60 of 61 rows have this same place: check that it is no default"
    few = read_reports(table.head(40), precision_m=9000)
    assert few["status"].tolist() == ["assumed", *["accepted"] * 39]


SWAPS = [
    ({"lat, lon": ["137.5, 48.7"]}, {}, "latitude and longitude"),
    ({"WKT": ["POINT (48.7 137.5)"]}, {}, "latitude and longitude"),
    ({"easting": [4307395], "northing": [323394]}, {"crs": "UTM 54 north"}, "northing and easting"),
]


@pytest.mark.parametrize(("cells", "choices", "what"), SWAPS)
def test_axes_change_back_only_on_request(cells, choices, what):
    table = pd.DataFrame(cells)
    reports = read_reports(table, **choices)
    assert reports.loc[0, "status"] == "rejected"
    assert f"{what} may have changed places" in reports.loc[0, "reason"]
    repaired = read_reports(table, repair="swap", **choices)
    assert repaired.loc[0, "reason"].startswith(f"{what} changed places: swapped back on request")
    assert 38 < repaired.loc[0, "latitude"] < 49
    assert 137 < repaired.loc[0, "longitude"] < 140


def test_zone_letters_hold_for_texts_and_for_the_crs():
    texts = pd.DataFrame({"UTM": ["18S 323394 4307395"]})
    with pytest.raises(CRSError, match=r"18S is band S, which is north, or the south\. .* zone_letters='band'"):
        read_reports(pd.DataFrame({"easting": [323394], "northing": [4307395]}), crs="UTM 18S")
    assert "zone_letters='band' or zone_letters='hemisphere'" in read_reports(texts).loc[0, "reason"]
    for letters, latitude in (("band", 38.8977), ("hemisphere", -51.3572)):
        metres = pd.DataFrame({"easting": [323394], "northing": [4307395]})
        assert read_reports(texts, zone_letters=letters).loc[0, "latitude"] == pytest.approx(latitude, abs=1e-4)
        by_crs = read_reports(metres, crs="UTM 18S", zone_letters=letters)
        assert by_crs.loc[0, "latitude"] == pytest.approx(latitude, abs=1e-4)
    # Letters other than N and S are bands, whatever these two mean.
    assert read_one("18T 323394 4507395", zone_letters="hemisphere")["latitude"] == pytest.approx(40.7, abs=0.1)
    assert read_one("37N 412345 5398765", zone_letters="band")["reason"].startswith(
        "the letter of its zone does not hold"
    )


MARKS = ["{0}°{1:02d}'{2}\"{3} {4}°{5:02d}'{6}\"{7}", "{3}{0}° {1}′ {2}″, {7}{4}° {5}′ {6}″", "{0}.{1}{3}; {4}.{5} {7}"]


@given(
    st.sampled_from(MARKS),
    st.tuples(st.integers(0, 95), st.integers(0, 61), st.decimals(0, 61, places=1), st.sampled_from("NSns")),
    st.tuples(st.integers(0, 185), st.integers(0, 61), st.decimals(0, 61, places=2), st.sampled_from("EWew")),
)
@settings(deadline=None)
def test_the_fast_way_reads_as_the_patient_way_does(form, north, east):
    text = form.format(*north, *east)
    quick = read_one(text)
    # Two blanks keep the fast way from recognising it, and the patient way takes them as one.
    patient = read_one(f" {text} ")
    pd.testing.assert_series_equal(quick, patient, check_exact=True)
