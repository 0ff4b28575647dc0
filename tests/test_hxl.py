"""A row of HXL tags gives roles to columns, wherever it stands, and is never a report."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uxomap.errors import InputError
from uxomap.reports import ROLES, PersonalColumnsWarning, read_reports, understand_table
from uxomap.reports._header import is_tag, is_tag_row
from uxomap.reports._hxl import _patterns, take_tags
from uxomap.reports._vector import frame_table

NAMES = ["Nr", "Tag", "Ort", "Breite", "Laenge", "Zahl", "Bemerkung"]
TAGS = ["#meta+id", "#date+occurred", "#loc+name", "#geo+lat", "#geo+lon", "#rounds", ""]
CELLS = [
    ["a", "2022-03-01", "Izium", "49.212", "37.312", "2", "#12 shell"],
    ["b", "2022-03-02", "Lyman", "48.981", "37.804", "4", "#lyman #izium"],
]
KNOWN = ["id", "date", "place", "lat", "lon", "rounds", "note"]


def write(folder, rows, delimiter=","):
    path = folder / "reports.csv"
    path.write_text("".join(delimiter.join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def check_reports(reports):
    assert reports["report_id"].tolist() == ["a", "b"]
    assert reports["latitude"].tolist() == [49.212, 48.981]
    assert reports["longitude"].tolist() == [37.312, 37.804]
    assert reports["rounds_expected"].tolist() == [2, 4]
    assert reports["location_text"].tolist() == ["Izium", "Lyman"]
    assert reports["date_start"].dt.day.tolist() == [1, 2]
    assert reports["status"].tolist() == ["accepted"] * 2


def frame(rows, names):
    return pd.DataFrame(rows, columns=names)


def take(rows, names):
    return take_tags(frame_table(frame(rows, names), name="the table", form="DataFrame"))


# Where the tags stand -------------------------------------------------------------------------------------------------

TITLES = [["Incidents"], [], ["Exported", "2022-03-01"]]
PLACES = {
    "below the header": ([NAMES, TAGS], "row 1", NAMES),
    "below a known header": ([KNOWN, TAGS], "row 1", KNOWN),
    "above the header": ([TAGS, KNOWN], "above the header", KNOWN),
    "in its place": ([TAGS], "header", [*TAGS[:6], "column_7"]),
    "below titles": ([*TITLES, NAMES, TAGS], "row 1", NAMES),
    "below titles, without a header": ([*TITLES, TAGS], "header", [*TAGS[:6], "column_7"]),
    "far below": ([*TITLES * 7, NAMES, TAGS], "row 1", NAMES),
    "below a blank line": ([NAMES, [""] * 7, TAGS], "row 2", NAMES),
}


@pytest.mark.parametrize("place", PLACES)
def test_tags_are_found_and_are_no_report(tmp_path, place):
    head, where, names = PLACES[place]
    path = write(tmp_path, [*head, *CELLS])
    reports = read_reports(path, precision_m=3000)
    check_reports(reports)
    assert [name for name in reports if name.startswith("raw_")] == [f"raw_{name}" for name in names]
    told = understand_table(path).set_index("item")["understood"]
    assert told["HXL tags"] == f"{where}: report_id, date, place, latitude, longitude, rounds"
    assert told["latitude"] == names[3]


@pytest.mark.parametrize("titled", [False, True])
def test_frames_and_spreadsheets_and_parquet(tmp_path, titled):
    rows = [*([KNOWN] if titled else []), TAGS, *CELLS]
    names = ["Incidents", *[f"Unnamed: {number}" for number in range(1, 7)]] if titled else NAMES
    table = frame(rows, names)
    before = table.copy()
    check_reports(read_reports(table, precision_m=3000))
    pd.testing.assert_frame_equal(table, before)
    table.to_parquet(tmp_path / "reports.parquet")
    check_reports(read_reports(tmp_path / "reports.parquet", precision_m=3000))
    sheet = [*([["Incidents", *[""] * 6]] if titled else []), NAMES, TAGS, *CELLS]
    pd.DataFrame(sheet).to_excel(tmp_path / "reports.xlsx", header=False, index=False)
    check_reports(read_reports(tmp_path / "reports.xlsx", precision_m=3000))


def test_tags_as_the_names_of_a_frame():
    check_reports(read_reports(frame(CELLS, TAGS), precision_m=3000))
    check_reports(read_reports(frame([KNOWN, *CELLS], TAGS), precision_m=3000))


def test_tags_among_the_reports_are_rejected_and_no_report_is_lost(tmp_path):
    spaced = [tag.replace("+", "  + ") for tag in TAGS]
    rows = [KNOWN, *CELLS, spaced, *CELLS]
    reports = read_reports(write(tmp_path, rows), precision_m=3000)
    assert reports["reason"].tolist()[2] == "a row of HXL tags, not a report"
    rows = [KNOWN, *CELLS, TAGS, *CELLS, TAGS]
    reports = read_reports(write(tmp_path, rows), precision_m=3000)
    assert reports["reason"].tolist()[2::3] == ["a row of HXL tags, not a report"] * 2
    assert reports["latitude"].dropna().tolist() == [49.212, 48.981] * 2
    twice = [KNOWN, TAGS, *CELLS, KNOWN, TAGS, *CELLS]
    reports = read_reports(write(tmp_path, twice), precision_m=3000)
    assert reports["reason"].tolist()[2:4] == ["a header again, not a report", "a row of HXL tags, not a report"]
    assert len(reports) == 6


def test_what_is_taken_once_is_not_taken_again():
    once = take([TAGS, TAGS, *CELLS], NAMES)
    assert take_tags(once) is once
    assert once.faults.tolist() == ["a row of HXL tags, not a report", "", ""]


# What is a tag --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["#date", "#geo+lat", "#Geo + Lat", "# geo +lat", "#adm1 +name+en", "#my_tag", "#x1+v_2"]
)
def test_tags(text):
    assert is_tag(text)


@pytest.mark.parametrize(
    "text", ["", "#", "#12 shell", "#a b", "geo+lat", "#geo+", "##geo", "#geo-lat", "#1", "a #geo"]
)
def test_texts_that_are_no_tags(text):
    assert not is_tag(text)


ROWS = [
    (TAGS, True),
    (["#geo+lat", "", "", "", ""], True),
    (["#date", "#loc", "x"], False),
    (["#a", "#b", "#c", "#d", "#e", "note"], True),
    (["#izium", "", ""], False),
    (["1", "#izium", "#lyman", "49.2", "37.3"], False),
    (["#12 shell", "#3", "#date"], False),
    (["", "", ""], False),
]


@pytest.mark.parametrize(("row", "is_one"), ROWS)
def test_rows_of_tags(row, is_one):
    assert is_tag_row(row) == is_one


# What tags mean -------------------------------------------------------------------------------------------------------

ROLE_OF = [
    ("#geo+lat", "latitude"),
    ("#Geo + Lat", "latitude"),
    ("#geo+dd+lat+wgs84", "latitude"),
    ("#geo +coord +lon", "longitude"),
    ("#lat_deg", "latitude"),
    ("#geo+coord", "coordinates"),
    ("#date", "date"),
    ("#date+occurred", "date"),
    ("#date+start", "date_start"),
    ("#date+end", "date_end"),
    ("#date+reported", None),
    ("#loc", "place"),
    ("#loc+type", None),
    ("#adm1+name", "admin_area"),
    ("#adm2+code", None),
    ("#country+name", "country"),
    ("#cause", "munition"),
    ("#munition", "munition"),
    ("#munition+num", "rounds"),
    ("#rounds", "rounds"),
    ("#indicator+num", None),
    ("#affected+killed", None),
    ("#event+type", None),
    ("#meta+id", "report_id"),
    ("#meta+source", "source"),
    ("#meta+source+url", "source_url"),
    ("#geo+precision", "precision"),
    ("#geo+precision+m", "precision_m"),
    ("#contact", "personal"),
    ("#contact+name", "personal"),
    ("#contact+org", None),
    ("#beneficiary+name", "personal"),
    ("#org+focal+phone", "personal"),
    ("#geo+lat+launch", None),
]


@pytest.mark.parametrize(("tag", "role"), ROLE_OF)
def test_the_role_of_a_tag(tag, role):
    table = take([["#sector", "#status", tag], ["x", "y", "z"]], ["p", "q", "r"])
    assert dict(table.roles) == ({role: ("r",)} if role else {})
    assert len(table.frame) == 1


def test_the_table_of_tags_names_roles_only():
    assert {pattern.role for pattern in _patterns()} <= {*ROLES, "personal"}
    assert all(is_tag(f"#{pattern.tag}") or pattern.tag == "*" for pattern in _patterns())


@given(st.permutations(["lat", "dd", "wgs84"]), st.booleans(), st.sampled_from(["", " "]))
def test_order_capitals_and_spaces_of_attributes_do_not_matter(attributes, capitals, space):
    tag = "#geo" + "".join(f"{space}+{space}{name}" for name in attributes)
    tag = tag.upper() if capitals else tag
    assert take([["#loc", tag], ["x", "y"]], ["p", "q"]).roles["latitude"] == ("q",)


def test_a_weak_tag_leaves_the_role_to_a_header():
    named = take([["#cause", "#geo+lat", "#geo+lon", ""], ["x", "1.5", "2.5", "y"]], ["a", "b", "c", "weapon"])
    assert "munition" not in named.roles
    assert "munition" in take([["#cause", "#geo+lat"], ["x", "1.5"]], ["a", "b"]).roles


def test_the_tag_that_says_most_goes_first():
    table = take([["#date+reported", "#date", "#date+occurred"], ["1", "2", "3"]], ["p", "q", "r"])
    assert dict(table.roles) == {"date": ("r",)}
    areas = take([["#adm1+name", "#adm2+name", "#adm3"], ["1", "2", "3"]], ["p", "q", "r"])
    assert areas.roles["admin_area"] == ("r", "q", "p")


# Tags that contradict -------------------------------------------------------------------------------------------------

AXES = [
    (["#geo+lat", "#geo+lat"], ["Breite", "Laenge"], "several latitude columns: 'Breite', 'Laenge'"),
    (["#geo+lat", "#geo+lat"], ["Latitude", "Longitude"], "several latitude columns"),
    (["#geo+lon", "#geo+lat"], ["Latitude", "Longitude"], "several latitude columns"),
    (["#geo+lat+launch", "#geo+lon+launch"], ["a", "b"], "no coordinates in a recognised column"),
]


@pytest.mark.parametrize(("tags", "names", "words"), AXES)
def test_axes_that_are_tagged_alike_or_against_their_header_are_asked_for(tmp_path, tags, names, words):
    path = write(tmp_path, [["id", *names], ["#meta+id", *tags], ["a", "49.212", "37.312"]])
    with pytest.raises(InputError, match=words):
        read_reports(path)
    columns = {"latitude": names[0], "longitude": names[1]}
    assert read_reports(path, columns=columns, precision_m=99)["latitude"].tolist() == [49.212]


def test_columns_tagged_as_personal_are_named():
    table = take([["#geo+lat", "#geo+lon", "#contact+name", "#loc+name"], ["1", "2", "x", "y"]], ["a", "b", "c", "d"])
    assert table.roles["personal"] == ("c",)
    assert table.details == (("HXL tags", "row 1: latitude, longitude, place"),)


# Laws -----------------------------------------------------------------------------------------------------------------


@given(
    order=st.permutations(range(7)),
    titles=st.integers(0, 20),
    blank=st.sets(st.sampled_from([0, 1, 2, 5]), max_size=3),
    extra=st.sampled_from(["#munition_note", "#sector", "", "#Status + X"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_tags_reads_the_same_rows(tmp_path, order, titles, blank, extra):
    tags = ["" if at in blank else tag for at, tag in enumerate([*TAGS[:6], extra])]
    rows = [[row[at] for at in order] for row in [NAMES, tags, *CELLS]]
    reports = read_reports(write(tmp_path, [*[["A title"]] * titles, *rows]), precision_m=3000)
    assert len(reports) == 2
    assert reports["latitude"].tolist() == [49.212, 48.981]
    assert reports["longitude"].tolist() == [37.312, 37.804]
    assert reports["raw_Bemerkung"].tolist() == ["#12 shell", "#lyman #izium"]


def test_a_column_that_only_its_tag_calls_personal_is_left_out():
    rows = [["#geo+lat", "#geo+lon", "#contact+name"], ["48.731", "37.568", "somebody"]]
    table = pd.DataFrame(rows, columns=["Lat", "Lon", "Focal"])
    with pytest.warns(PersonalColumnsWarning, match="'Focal'"):
        reports = read_reports(table)
    assert "raw_Focal" not in reports
    assert len(reports) == 1
