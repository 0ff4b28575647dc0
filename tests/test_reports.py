"""Tables of every kind to the layer of reports: every row kept, in order, with a status and a reason."""

import contextlib
import itertools
import textwrap
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from uxomap._validation import check_layer
from uxomap.errors import CRSError, InputError, UxomapError
from uxomap.reports import ROLES, PersonalColumnsWarning, read_reports, understand_table

HEADER = "id,date,place,lat,lon,precision_m,rounds\n"


@pytest.fixture
def sample(root):
    return root / "sample_data" / "documented_strikes.csv"


def write(folder, text, *, name="reports.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(textwrap.dedent(text).encode(encoding))
    return path


def check_account(reports, count):
    """What holds of every result, whatever the input."""
    check_layer(reports, "reports")
    assert len(reports) == count
    assert reports["row"].tolist() == list(range(1, count + 1))
    assert set(reports["status"]) <= {"accepted", "assumed", "rejected"}
    assert (reports["status"] == "accepted").equals(reports["reason"] == "")
    assert reports.geometry.is_empty.equals(reports["longitude"].isna())
    assert reports.loc[reports["status"] == "rejected", ["longitude", "latitude", "precision_m"]].isna().all(axis=None)
    placed = reports[reports["longitude"].notna()]
    assert (placed["precision_m"] > 0).all()
    assert placed["precision_source"].isin(["stated", "code", "digits", "assumed"]).all()
    assert (placed.geometry.x == placed["longitude"]).all()
    assert (placed.geometry.y == placed["latitude"]).all()
    assert (reports["date_start"].isna() == reports["date_end"].isna()).all()
    assert not (reports["date_start"] > reports["date_end"]).any()
    assert reports.attrs == {}


# The sample -----------------------------------------------------------------------------------------------------------


def test_every_row_of_the_sample_is_accounted_for(sample):
    reports = read_reports(sample)
    check_account(reports, 124)
    assert reports["status"].value_counts().to_dict() == {"accepted": 91, "assumed": 33}
    table = pd.read_csv(sample, dtype=str)
    assert reports["report_id"].tolist() == table["id"].tolist()
    assert [name for name in reports if name.startswith("raw_")] == [f"raw_{name}" for name in table]
    pd.testing.assert_frame_equal(reports[[f"raw_{n}" for n in table]].set_axis(table.columns, axis=1), table)


def test_the_sample_is_assumed_where_its_counts_are_words_and_nowhere_else(sample):
    reports = read_reports(sample).set_index("report_id")
    in_words = reports["raw_rounds_reported"].notna() & ~reports["raw_rounds_reported"].astype(str).str.isdigit()
    assumed = set(reports.index[reports["status"] == "assumed"])
    # One row states 5,000 m for coordinates with one decimal, which cannot be that exact.
    assert assumed == {*reports.index[in_words], "VN-005"}
    assert reports.loc["VN-005", "reason"] == (
        "the digits of the coordinates allow 5,533 m at best, not the 5,000 m stated"
    )


def test_coarse_rows_of_the_sample_keep_their_place_and_their_precision(sample):
    reports = read_reports(sample)
    stated = reports["raw_precision_m"].astype(float)
    assert (reports["precision_m"] >= stated).all()
    assert (reports["precision_m"] > stated).sum() == 1
    assert reports["longitude"].equals(reports["raw_longitude"].astype(float))
    assert reports["latitude"].equals(reports["raw_latitude"].astype(float))
    first = reports.iloc[0]
    assert first["location_text"] == "Vuhledar, Donetsk oblast, Ukraine"
    assert first["crs_stated"] == "WGS 84"
    assert first["source"] == "Human Rights Watch"
    assert (first["date_start"], first["date_end"]) == (pd.Timestamp("2022-02-24"),) * 2
    assert reports.loc[reports["raw_rounds_reported"].isna(), "rounds_expected"].isna().all()


# A drawn table --------------------------------------------------------------------------------------------------------

DRAWN = """\
id | date       | place     | lat    | lon    | precision_m | rounds     || status   | reason
A  | 2022-03-01 | Izium     | 49.20  | 37.27  | 3000        | 2          || accepted |
B  | 2022       | Izium     | 49.20  | 37.27  |             | several    || assumed  | precision not stated: 5,000 m assumed for a named settlement; count 'several' read as 3 to 10, 5 expected
C  | 2022-03-01 | Izium     |        |        |             |            || assumed  | no coordinates: listed as unlocated
D  | 2022-03-01 | Izium     | 49.20  |        |             |            || assumed  | no coordinates (longitude missing): listed as unlocated
E  | 2022-03-01 |           |        |        |             |            || rejected | latitude and longitude missing, and no place is named
F  |            |           | 49.20  |        | 10          |            || rejected | longitude missing, and no place is named
   |            |           |        |        |             |            || rejected | empty row
H  | 2022-03-01 | Izium     | 49.2x  | 37.27  | 3000        | 2          || rejected | latitude '49.2x' cannot be read: write decimal degrees, e.g. 48.731
I  | 2022-03-01 | Izium     | 95     | 37.27  | 3000        | 2          || rejected | latitude 95 is outside -90 to 90: latitude and longitude may have changed places
J  | 2022-03-01 | Izium     | 49.20  | 190    | 3000        | 2          || rejected | longitude 190 is outside -180 to 180
K  | 2022-03-01 | Izium     | 0      | 0      | 3000        | 2          || rejected | latitude 0 and longitude 0 look like an empty coordinate
L  | 2022-03-01 | Izium     | 0.009  | -0.01  | 3000        | 2          || rejected | latitude 0.009 and longitude -0.01 look like an empty coordinate
M  | 2022-03-01 | Gulf      | 0.011  | 0.00   | 3000        | 2          || accepted |
N  | 2022-03-01 | Pole      | -85.1  | 37.27  | 30000       | 2          || rejected | latitude -85.1 is nearer to a pole than 85: hazard areas are not drawn there
O  | 2022-03-01 | Shelf     | -85.0  | 37.27  | 30000       | 2          || accepted |
P  | xx         | Izium     | 49,20  | 37,27  | 3000        | at least 2 || assumed  | date 'xx' cannot be read: unknown; count 'at least 2' read as 2 to 6, 3 expected
A  | 2022-03-01 | Izium     | 49.20  | 37.27  | 3000        | 2          || assumed  | identifier 'A' is given to several rows: this one is called A~2
R  |            | Izium     | 49.20  | 37.27  | 3000        |            || assumed  | date not stated
S  | 2022-03-01 | Izium     | 299    | 37.27  | 3000        | 2          || rejected | latitude 299 is outside -90 to 90
"""  # noqa: E501 - a row of the table is a row here


def test_a_drawn_table():
    lines = [line.split("|") for line in DRAWN.splitlines()]
    header, *rows = [[cell.strip() for cell in line] for line in lines]
    table = pd.DataFrame([row[:7] for row in rows], columns=header[:7])
    before = table.copy(deep=True)
    reports = read_reports(table)
    check_account(reports, len(rows))
    for row, (status, reason) in enumerate((line[8], line[9]) for line in rows):
        assert (reports.loc[row, "status"], reports.loc[row, "reason"]) == (status, reason)
    assert reports["report_id"].tolist() == [*"ABCDEF", "row-7", *"HIJKLMNOP", "A~2", *"RS"]
    pd.testing.assert_frame_equal(table, before)


# Forms of files -------------------------------------------------------------------------------------------------------

PLAIN = (
    "id;fecha;lugar;latitud;longitud\n"
    'Ñ1;2022-03-01;"Niš; na jugu\nSrbije";43,325;21,903\n'
    "Ñ2;2022-03-02;Łódź;51,76;19,46\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(tmp_path, encoding, end):
    reports = read_reports(write(tmp_path, PLAIN.replace("\n", end), encoding=encoding))
    check_account(reports, 2)
    assert reports["report_id"].tolist() == ["Ñ1", "Ñ2"]
    assert reports["latitude"].tolist() == [43.325, 51.76]
    assert reports["raw_lugar"].tolist() == [f"Niš; na jugu{end}Srbije", "Łódź"]
    assert reports.loc[0, "location_text"] == "Niš; na jugu Srbije"


@pytest.mark.parametrize(
    ("encoding", "place"), [("cp1252", "São Tomé, près de l'été"), ("cp1251", "Ізюм, вул. Незалежності")]
)
def test_encodings_of_one_byte_are_told_apart(tmp_path, encoding, place):
    path = write(tmp_path, HEADER + f'1,2022,"{place}",49.2,37.3,9000,2\n', encoding=encoding)
    assert read_reports(path)["location_text"].tolist() == [place]
    assert understand_table(path).set_index("item").loc["encoding", "understood"] == encoding


def test_a_damaged_letter_spoils_one_row_and_not_the_file(tmp_path):
    good = HEADER + "1,2022,Ізюм,49.21,37.31,9000,2\n2,2022,Київ,50.45,30.52,9000,2\n"
    damaged = good.encode().replace("з".encode(), b"\xd0", 1)
    path = tmp_path / "reports.csv"
    path.write_bytes(damaged)
    reports = read_reports(path)
    assert reports["status"].tolist() == ["assumed", "accepted"]
    assert reports["reason"].tolist() == ["some letters cannot be read", ""]
    assert reports.loc[1, "location_text"] == "Київ"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, delimiter):
    text = HEADER + '1,2022-03-01,"a, b; c | d",49.21,37.31,3000,2\n'
    rows = [["1", "2022-03-01", '"a, b; c | d"', "49.21", "37.31", "3000", "2"]]
    text = "\n".join(delimiter.join(row) for row in [HEADER.strip().split(","), *rows]) + "\n"
    for start in ("", f"sep={delimiter}\n"):
        reports = read_reports(write(tmp_path, start + text))
        assert reports[["report_id", "location_text", "latitude"]].to_numpy().tolist() == [["1", "a, b; c | d", 49.21]]
        assert reports["status"].tolist() == ["accepted"]


def test_rows_of_another_length_are_kept_and_never_moved(tmp_path):
    path = write(
        tmp_path,
        HEADER
        + "1,2022-03-01,Izium, Kharkiv oblast,49.21,37.31,3000,2\n"
        + "2,2022-03-01,Izium,49.21,37.31\n"
        + "\n"
        + "4,2022-03-01,Izium,49.21,37.31,3000,2,,\n"
        + "5,2022-03-01,Izium,49.21,37.31,3000,2\n"
        + "\n\n",
    )
    reports = read_reports(path, precision_m=3000)
    check_account(reports, 5)
    assert reports["status"].tolist() == ["rejected", "assumed", "rejected", "accepted", "accepted"]
    assert reports.loc[0, "reason"].startswith("8 values for 7 columns: an unquoted delimiter")
    assert reports.loc[0, "raw_rounds"] == "3000 | 2"
    assert reports.loc[1, "reason"] == "only 5 values for 7 columns: the rest is taken as empty"
    assert reports.loc[2, "reason"] == "empty row"


def frames():
    table = pd.DataFrame(
        {
            "report_id": ["a", "b", "c"],
            "date": ["2022-03-01T23:30:00-05:00", "2022-03-02", None],
            "munition": ["9M55K", "РСЗВ «Ураган»", None],
            "rounds": [1, 2, 3],
        }
    )
    shapes = [shapely.Point(37.12345, 48.12345), shapely.Point(-179.99995, -60.5), None]
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "kml", "fgb", "shp"])
def test_vector_files(tmp_path, suffix):
    layer = frames() if suffix not in ("fgb", "kml") else frames().iloc[:2]
    path = tmp_path / f"reports.{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer.to_file(path, **{"kml": {"driver": "KML"}, "fgb": {"SPATIAL_INDEX": "NO"}}.get(suffix, {}))
    reports = read_reports(path, precision_m=100)
    check_account(reports, len(layer))
    assert reports["report_id"].tolist() == layer["report_id"].tolist()
    assert reports["longitude"].iloc[:2].tolist() == pytest.approx([37.12345, -179.99995])
    assert reports["latitude"].iloc[:2].tolist() == pytest.approx([48.12345, -60.5])
    assert reports["rounds_expected"].iloc[:2].tolist() == [1, 2]
    assert reports["date_start"].iloc[:2].tolist() == [pd.Timestamp("2022-03-01"), pd.Timestamp("2022-03-02")]
    assert reports["status"].tolist()[2:] == ["rejected"] * (len(layer) - 2)


def test_a_spreadsheet_with_a_sheet_beside_it(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="spreadsheets are read where openpyxl is installed")
    book = openpyxl.Workbook()
    notes = book.active
    notes.append(["How to use", "this file"])
    sheet = book.create_sheet("Strikes")
    sheet.append([])
    sheet.append(["ID", "Date", "Lat", "Lon", "Accuracy (m)", "Quantity", None])
    sheet.append(["a", pd.Timestamp("2022-03-01").to_pydatetime(), 48.12345, 37.12345, 50, 2])
    sheet.append(["b", "2022-03", "48,12345", "37,12345", "50", "2-4"])
    sheet.append([])
    sheet.append(["d", 44621, 48.12345, 37.12345, 50, pd.Timestamp("2022-04-02").to_pydatetime()])
    path = tmp_path / "reports.xlsx"
    book.save(path)
    reports = read_reports(path)
    check_account(reports, 4)
    assert reports["report_id"].tolist() == ["a", "b", "row-3", "d"]
    assert reports["status"].tolist() == ["accepted", "assumed", "rejected", "assumed"]
    assert reports["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2022-03-01", "2022-03-01", np.nan, "2022-03-01"]
    assert reports["rounds_expected"].iloc[:2].tolist() == [2, 3]
    # A spreadsheet that made a day of "2-4" is not believed.
    assert "is no number of rounds" in reports.loc[3, "reason"]
    told = understand_table(path)
    assert set(told["source"]) == {f"{path.name}: Strikes"}


def test_several_sources_are_stacked_in_their_order(tmp_path, sample):
    path = write(tmp_path, HEADER + ",2022-03-01,Izium,49.21,37.31,3000,2\n" * 2)
    reports = read_reports([path, sample, frames()], precision_m=100)
    assert len(reports) == 2 + 124 + 3
    assert reports["row"].tolist() == [1, 2, *range(1, 125), 1, 2, 3]
    assert reports["source_file"].tolist() == [path.name] * 2 + [sample.name] * 124 + ["the GeoDataFrame"] * 3
    assert reports["report_id"].is_unique
    assert reports["report_id"].tolist()[:3] == ["row-1", "row-2", "UA-001"]
    assert reports.index.equals(pd.RangeIndex(129))


def test_identifiers_are_made_unique():
    table = pd.DataFrame({"id": [None, "row-1", "row-1~2", "row-1"], "lat": 48.12345, "lon": 37.12345})
    reports = read_reports(table)
    assert reports["report_id"].tolist() == ["row-1", "row-1~3", "row-1~2", "row-1~4"]
    check_account(reports, 4)


# Frames ---------------------------------------------------------------------------------------------------------------


def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path):
    for suffix in ("geojson", "gpkg", "fgb"):
        frames().iloc[:2].to_file(tmp_path / f"reports.{suffix}")
        path = (tmp_path / f"reports.{suffix}").rename(tmp_path / f"{suffix}.csv")
        check_account(read_reports(path), 2)


def test_a_frame_is_not_touched_whatever_it_holds():
    table = pd.DataFrame(
        {
            "lat": pd.array([48.12345, None], dtype="Float64"),
            "lon": [37.12345, 37.2],
            "place": pd.Categorical(["x", "x"]),
            "rounds": pd.array([2, None], dtype="Int64"),
            "date": pd.to_datetime(["2022-03-01 23:59"] * 2).tz_localize("Asia/Tokyo"),
            "tags": [["a"], {"b": 1}],
            7: [True, None],
        },
        index=["p", "p"],
    )
    table.insert(0, "tags", [1, 2], allow_duplicates=True)
    before = table.copy(deep=True)
    reports = read_reports(table)
    pd.testing.assert_frame_equal(table, before)
    check_account(reports, 2)
    assert reports["date_start"].tolist() == [pd.Timestamp("2022-03-01")] * 2
    assert {"raw_tags", "raw_tags_2", "raw_7"} <= set(reports)
    assert reports.loc[1, "reason"] == "no coordinates (latitude missing): listed as unlocated"


def test_shapes_are_taken_by_their_middle_and_their_radius():
    layer = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[shapely.box(30, 50, 30.02, 50.02), None], crs="EPSG:4326")
    reports = read_reports(layer)
    assert reports.loc[0, ["longitude", "latitude"]].tolist() == pytest.approx([30.01, 50.01])
    # Half a diagonal of about 1,432 m by 2,225 m.
    assert reports.loc[0, "precision_m"] == pytest.approx(1323, abs=2)
    assert "a shape and not a point is given" in reports.loc[0, "reason"]
    assert reports.loc[0, "raw_geometry"].startswith("POLYGON ((30.02 50")
    metric = read_reports(layer.to_crs("EPSG:32636"))
    assert metric.loc[0, "precision_m"] == pytest.approx(1323, abs=5)
    assert metric.loc[0, "crs_stated"] == "EPSG:32636"


def test_the_caller_says_more_than_the_shapes():
    layer = frames().assign(Y=[10.12345, 20.12345, 30.12345], X=[1.12345, 2.12345, 3.12345])
    reports = read_reports(layer, columns={"latitude": "Y", "longitude": "X"})
    assert reports["latitude"].tolist() == [10.12345, 20.12345, 30.12345]


# CRS ------------------------------------------------------------------------------------------------------------------


def test_metres_are_carried_over_from_their_crs():
    metric = gpd.GeoSeries([shapely.Point(37.12345, 48.12345)], crs="EPSG:4326").to_crs("EPSG:32637")
    table = pd.DataFrame({"Easting": [f"{metric.x[0]:.2f}", "1e9"], "Northing": [f"{metric.y[0]:.2f}", "5"]})
    reports = read_reports(table, crs="EPSG:32637", precision_m=50)
    assert reports.loc[0, ["longitude", "latitude"]].tolist() == pytest.approx([37.12345, 48.12345], abs=1e-6)
    assert reports.loc[0, "crs_stated"] == "EPSG:32637"
    assert reports.loc[1, "reason"] == "easting '1e9' cannot be read: write metres"
    far = read_reports(table.assign(Easting="999999999999"), crs="EPSG:32637")
    assert far.loc[0, "reason"].startswith("easting 999999999999 and northing 53")
    assert far.loc[0, "reason"].endswith("lie outside EPSG:32637")


def test_degrees_on_another_datum_move_by_its_shift():
    table = pd.DataFrame({"lat": ["48.12345"], "lon": ["37.12345"]})
    moved = read_reports(table, crs="EPSG:4284")
    plain = read_reports(table)
    shift = np.hypot(moved["latitude"] - plain["latitude"], moved["longitude"] - plain["longitude"])[0] * 111_000
    assert 50 < shift < 300
    assert moved.loc[0, "crs_stated"] == "EPSG:4284"


CRS_REFUSED = [
    (pd.DataFrame({"lat": [1.5], "lon": [2.5]}), "EPSG:99999", "Invalid crs 'EPSG:99999'. Must be a CRS that pyproj"),
    (pd.DataFrame({"lat": [1.5], "lon": [2.5]}), "EPSG:32637", "has no columns in metres, and crs='EPSG:32637' is in"),
    (pd.DataFrame({"easting": [1], "northing": [2]}), "EPSG:4326", "has no columns in degrees"),
    (pd.DataFrame({"easting": [1], "northing": [2]}), None, "gives places in metres .* but not their CRS"),
    (frames(), "EPSG:32637", "is in EPSG:4326, but crs='EPSG:32637' is stated"),
    (gpd.GeoDataFrame(geometry=[shapely.Point(5e5, 5e6)]), None, "has no CRS, and its coordinates are no degrees"),
]


@pytest.mark.parametrize(("source", "crs", "words"), CRS_REFUSED)
def test_a_crs_that_does_not_fit_is_refused(source, crs, words):
    with pytest.raises(CRSError, match=words):
        read_reports(source, crs=crs)


def test_shapes_without_a_crs_are_taken_for_degrees_where_they_can_be():
    bare = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(37.12345, 48.12345)])
    assert read_reports(bare).loc[0, "crs_stated"] == "WGS 84"
    assert read_reports(bare, crs="EPSG:4326").loc[0, "crs_stated"] == "EPSG:4326"


# Refusals -------------------------------------------------------------------------------------------------------------

ROW = "1,2022-03-01,Izium,49.21,37.31,3000,2\n"

REFUSED = [
    (b"", "is empty. Save the table again"),
    (b" \n\n", "is empty"),
    (b"\xef\xbb\xbf\n", "is empty"),
    (HEADER.encode(), "has a header but no rows. Add the reports below it"),
    (b"%PDF-1.7 ...", "is a PDF document, not a table of reports. Must be CSV"),
    (b"\x89PNG\r\n\x1a\n", "is an image, not a table"),
    (b"PK\x03\x04 broken", "is a packed file that cannot be opened"),
    (bytes(range(256)) * 20, "is no text, not a table"),
    (b"<!DOCTYPE html><html></html>", "is a web page or XML, not a table"),
    (b'{"type": "FeatureCollection", "features": [', "is no GeoJSON and no list of events"),
    (b"a,b\n1,2\n", r"has no coordinates .* seen: 'a', 'b'\. If .* say which, .*columns=\{"),
    (b"X,Y\n1,2\n", r"'X', 'Y' may be coordinates, but not which is which. .*\"longitude\": \"X\""),
    (b"lat,b\n1,2\n", r"has only one axis of a place \(latitude\)"),
    (b"lat,latitude,lon\n1,2,3\n", "has several latitude columns: 'latitude', 'lat'. Must be one. Say which"),
    ((HEADER + '1,2022,"Izium,49.21\n' + ROW * 3).encode(), "the text that begins in line 2 never ends"),
    ((HEADER + ROW + f'2,2022,"{"x" * 200_000}",1,2,3,4\n').encode(), "the text that begins in line 3 never ends"),
    (
        (HEADER.replace("place,", "") + ROW * 3).encode(),
        r"3 of 3 rows have more values than the header has names \(6\)",
    ),
]


@pytest.mark.parametrize(("content", "words"), REFUSED)
def test_what_is_no_table_is_refused_with_its_path(tmp_path, content, words):
    path = tmp_path / "reports.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as refusal:
        read_reports(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_paths_that_are_no_file_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"does not exist\. Check the spelling"):
        read_reports(tmp_path / "missing.csv")
    with pytest.raises(InputError, match=r"is a folder\. Give the path of one file in it"):
        read_reports(str(tmp_path))
    with pytest.raises(InputError, match=r"Invalid source \[\]. Must be a path"):
        read_reports([])
    with pytest.raises(InputError, match=r"Invalid source 7\. Must be a path"):
        read_reports(7)
    with pytest.raises(InputError, match="the DataFrame has a header but no rows"):
        read_reports(pd.DataFrame({"lat": [], "lon": []}))


COLUMNS_REFUSED = [
    ({"lattitude": "lat"}, "Invalid role 'lattitude' in columns. Must be one of: report_id"),
    ({"latitude": "Y"}, "has no column 'Y', given as latitude in columns. Columns seen: 'id', 'date'"),
]


@pytest.mark.parametrize(("columns", "words"), COLUMNS_REFUSED)
def test_columns_that_do_not_exist_are_refused(tmp_path, columns, words):
    with pytest.raises(InputError, match=words):
        read_reports(write(tmp_path, HEADER + ROW), columns=columns)


@pytest.mark.parametrize("metres", [0, -1, float("nan"), float("inf")])
def test_a_default_precision_that_is_none_is_refused(metres):
    with pytest.raises(InputError, match="Invalid precision_m"):
        read_reports(pd.DataFrame({"lat": [1.5], "lon": [2.5]}), precision_m=metres)


# What the caller says -------------------------------------------------------------------------------------------------


def test_every_role_can_be_said():
    table = pd.DataFrame({f"c{number}": ["1"] for number in range(len(ROLES))})
    reports = read_reports(table, columns=dict(zip(ROLES, table, strict=True)))
    assert reports["event_id"].tolist() == ["1"]
    assert reports["bearing_deg"].tolist() == [1]
    check_account(reports, 1)


def test_an_event_is_said_and_never_guessed():
    table = pd.DataFrame({"id": ["a"], "event_id": ["e"], "lat": ["48.12345"], "lon": ["37.12345"]})
    assert "event_id" not in read_reports(table)
    assert read_reports(table, columns={"event_id": "event_id"})["event_id"].tolist() == ["e"]


def test_bearings():
    table = pd.DataFrame({"lat": "48.12345", "lon": "37.12345", "bearing": ["45", "360", "45°", "400", "north", None]})
    reports = read_reports(table)
    assert reports["bearing_deg"].iloc[:3].tolist() == [45, 0, 45]
    assert reports["bearing_deg"].iloc[3:].isna().all()
    assert "bearing '400' is no number from 0 to 360: not known" in reports.loc[3, "reason"]
    assert "bearing" not in reports.loc[5, "reason"]


def test_personal_columns_are_left_out_and_named(tmp_path):
    path = write(tmp_path, "lat,lon,Victim name,Phone,notes\n48.12345,37.12345,someone,000,x\n")
    with pytest.warns(PersonalColumnsWarning, match="'Victim name', 'Phone'"):
        reports = read_reports(path)
    assert [name for name in reports if name.startswith("raw_")] == ["raw_lat", "raw_lon", "raw_notes"]
    assert not reports.astype(str).apply(lambda column: column.str.contains("someone")).any(axis=None)
    kept = read_reports(path, keep_personal=True)
    assert kept["raw_Victim name"].tolist() == ["someone"]


def test_what_is_understood_is_told(sample):
    told = understand_table(sample)
    assert list(told) == ["source", "item", "understood"]
    items = told.set_index("item")["understood"]
    assert items[["format", "encoding", "delimiter", "crs"]].tolist() == ["delimited text", "utf-8", "comma", "WGS 84"]
    assert items["munition"] == "munition_as_reported"
    assert items["rounds"] == "rounds_reported"
    assert "confidence" in items["not used"]
    assert set(items.index) - set(ROLES) == {"format", "encoding", "delimiter", "crs", "not used"}


# Laws -----------------------------------------------------------------------------------------------------------------


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_rows_changes_no_row(random):
    rows = [line.split("|") for line in DRAWN.splitlines()]
    header, *cells = [[cell.strip() for cell in line[:7]] for line in rows]
    order = list(range(len(cells)))
    random.shuffle(order)
    whole = read_reports(pd.DataFrame(cells, columns=header)).drop(columns=["row", "report_id", "reason", "status"])
    shuffled = read_reports(pd.DataFrame([cells[at] for at in order], columns=header))
    check_account(shuffled, len(cells))
    for name in ("longitude", "latitude", "precision_m", "rounds_expected", "date_start"):
        assert shuffled[name].equals(whole[name].iloc[order].reset_index(drop=True))


CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "48.7", "37,5", "91", "-181", "N/A", "2022-02-30", "several", "(2) 25 km", "nan", "1e999"]
    ),
    st.text(max_size=12),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**20), 10**20),
    st.none(),
    st.booleans(),
    st.datetimes(),
)


@given(st.lists(st.tuples(*[CELLS] * 7), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_any_cells_are_accounted_for(rows):
    table = pd.DataFrame(rows, columns=["id", "date", "place", "lat", "lon", "precision", "rounds"], dtype=object)
    check_account(read_reports(table), len(rows))


STRUCTURE = b'",;\t|\r\n\x00'


@pytest.fixture(scope="module")
def pieces(root):
    """The first lines of the sample, without texts over several lines."""
    return b"".join((root / "sample_data" / "documented_strikes.csv").read_bytes().splitlines(keepends=True)[:13])


@pytest.fixture(scope="module")
def whole(tmp_path_factory, pieces):
    """The reports of these lines, undamaged."""
    path = tmp_path_factory.mktemp("whole") / "whole.csv"
    path.write_bytes(pieces)
    return read_reports(path)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255), st.sampled_from(["set", "add", "cut"])), max_size=12)
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_copies_of_the_sample_are_read_or_refused(tmp_path, pieces, changes):
    content = bytearray(pieces)
    for place, value, what in changes:
        at = place % len(content)
        if what == "set":
            content[at] = value
        elif what == "add":
            content[at:at] = bytes([value])
        else:
            del content[at : at + value % 40 + 1]
    path = tmp_path / "damaged.csv"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PersonalColumnsWarning)
        # Anything but a refusal that is meant fails the test.
        with contextlib.suppress(UxomapError):
            reports = read_reports(path)
            check_account(reports, len(reports))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(32, 126)), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_within_cells_loses_no_row_and_moves_none(tmp_path, pieces, whole, changes):
    content = bytearray(pieces)
    start = content.index(b"\n") + 1
    for place, value in changes:
        at = start + place % (len(content) - start)
        if content[at] not in STRUCTURE and value not in STRUCTURE and content[at] < 128:
            content[at] = value
    path = tmp_path / "damaged.csv"
    path.write_bytes(content)
    reports = read_reports(path)
    check_account(reports, 12)
    raw = [name for name in reports if name.startswith("raw_")]
    same = (reports[raw].fillna("") == whole[raw].fillna("")).all(axis="columns")
    for name in ("longitude", "latitude", "precision_m", "location_text"):
        assert reports.loc[same, name].equals(whole.loc[same, name])


def test_all_kinds_of_trouble_at_once(tmp_path):
    """Every pair of troubles of a row leaves one row, with both said or rejected."""
    cells = {
        "date": ["2022-03-01", "xx"],
        "place": ["Izium", ""],
        "lat": ["49.21", "x", ""],
        "precision_m": ["3000", "", "wide"],
        "rounds": ["2", "several", "0"],
    }
    rows = [dict(zip(cells, row, strict=True)) for row in itertools.product(*cells.values())]
    path = tmp_path / "reports.csv"
    pd.DataFrame(rows).assign(lon="37.31").to_csv(path, index=False)
    reports = read_reports(path)
    check_account(reports, 108)
    assert (reports["status"] == "rejected").sum() == 36 + 18
    accepted = reports[reports["status"] == "accepted"]
    assert accepted["raw_rounds"].tolist() == ["2", "2"]


def test_areas_around_a_place_stand_in_a_column_where_the_table_has_them():
    rows = {"Lat": [48.731], "Lon": [37.568], "Oblast": ["Donetsk oblast"], "Country": ["Ukraine"], "Place": ["a"]}
    table = pd.DataFrame(rows)
    assert read_reports(table)["admin_area"].tolist() == ["Donetsk oblast, Ukraine"]
    assert "admin_area" not in read_reports(table[["Lat", "Lon", "Place"]])


def test_frames_of_one_list_are_told_apart():
    table = pd.DataFrame({"Lat": [48.731], "Lon": [37.568]})
    assert read_reports([table, table])["source_file"].tolist() == ["the DataFrame", "the DataFrame (2)"]


def test_an_empty_point_has_no_place_and_stays_a_row(tmp_path):
    frame = gpd.GeoDataFrame({"date": ["2024", "2024"]}, geometry=[Point(), Point(58.1, 39.1)], crs=4326)
    frame.to_file(tmp_path / "points.gpkg")
    for source in (frame, tmp_path / "points.gpkg"):
        reports = read_reports(source)
        assert reports["status"].tolist() == ["rejected", "assumed"]
        assert reports["latitude"].tolist()[1] == 39.1


def test_a_layer_that_was_read_comes_back_as_it_is():
    layer = read_reports(pd.DataFrame({"lat": [39.4123], "lon": [58.6123], "rounds": ["at least 8"], "place": ["x"]}))
    pd.testing.assert_frame_equal(read_reports(layer), layer)
    with pytest.raises(InputError, match="Say it where the table is read"):
        read_reports(layer, dates="day-first")


def test_the_folder_of_a_file_stands_in_no_row(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "reports.csv").write_text("lat,lon\n48.731,37.568\n")
    reports = read_reports([tmp_path / "a" / "reports.csv", tmp_path / "b" / "reports.csv"])
    assert reports["source_file"].tolist() == ["reports.csv", "reports.csv (2)"]


def test_no_example_is_made_of_columns_that_are_no_axes():
    with pytest.raises(InputError, match=r"columns=\{\"latitude\": \.\.\., \"longitude\": \.\.\.\}"):
        read_reports(pd.DataFrame({"Village": ["a"], "Families": [40]}))
    with pytest.raises(InputError, match=r"\"northing\": \"Y\", \"easting\": \"X\"\} and crs="):
        read_reports(pd.DataFrame({"X": [7365760], "Y": [5397765]}))
