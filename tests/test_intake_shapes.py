"""Tables in the shapes in which people hold them: parts of a place or a day in columns apart, two-line headers."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.coordinates import read_angles
from uxomap.errors import InputError
from uxomap.reports import read_reports, understand_table
from uxomap.reports._columns import find_personal, find_roles
from uxomap.reports._counts import read_count
from uxomap.reports._texts import _EMPTY, _clean, clean_texts
from uxomap.strikes import find_strikes


def read(folder, text, **stated):
    path = folder / "reports.csv"
    path.write_text(text, encoding="utf-8")
    return read_reports(path, **stated)


# Letters of the hemisphere in a column of their own -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("north", "east"),
    [
        ("N/S", "E/W"),
        ("lat_dir", "lon_dir"),
        ("Lat Hemisphere", "Long Hemisphere"),
        ("GPSLatitudeRef", "GPSLongitudeRef"),
    ],
)
def test_letters_beside_a_place_give_its_signs(tmp_path, north, east):
    text = f"latitude,{north},longitude,{east}\n12.5123,S,37.5123,W\n12.5123,N,37.5123,East\n12 30 36,s,037 30,w\n"
    reports = read(tmp_path, text)
    assert reports["latitude"].tolist() == pytest.approx([-12.5123, 12.5123, -12.51])
    assert reports["longitude"].tolist() == pytest.approx([-37.5123, 37.5123, -37.5])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("12.5123,,37.5123,E", r"latitude '12\.5123' cannot be read: its letter is missing in column 'N/S'"),
        ("-12.5123,S,37.5123,E", "a sign beside a hemisphere letter leaves open which holds"),
        ("12.5123,E,37.5123,E", "E is a letter of the longitude"),
    ],
)
def test_letters_that_leave_the_sign_open_are_refused(tmp_path, row, words):
    reports = read(tmp_path, f"lat,N/S,lon,E/W\n10.5123,N,30.5123,E\n{row}\n")
    assert reports["status"].tolist() == ["assumed", "rejected"]
    assert reports["reason"].str.contains(words)[1]


def test_an_empty_column_of_letters_changes_nothing(tmp_path):
    reports = read(tmp_path, "lat,N/S,lon\n-12.5123,,37.5123\n")
    assert reports.loc[0, "latitude"] == pytest.approx(-12.5123)


# Zones of UTM in a column of their own --------------------------------------------------------------------------------


def test_each_row_is_read_in_its_own_zone(tmp_path):
    text = "utm_zone,easting,northing\n37U,394698,5398542\n36N,394698,5398542\n18S,323394,4307395\n37,394698,5398542\n"
    reports = read(tmp_path, text)
    assert reports["longitude"][:2].tolist() == pytest.approx([37.568, 31.568], abs=1e-3)
    assert reports["latitude"][:2].tolist() == pytest.approx([48.731, 48.731], abs=1e-3)
    assert reports["reason"].str.contains("18S is band S, which is north, or the south")[2]
    assert reports["reason"].str.contains("the hemisphere is not said")[3]


def test_a_row_in_another_zone_than_the_one_stated_is_rejected(tmp_path):
    text = "utm_zone,easting,northing\n37N,394698,5398542\n36N,394698,5398542\n"
    reports = read(tmp_path, text, crs="UTM 37N")
    assert reports["status"].tolist() == ["assumed", "rejected"]
    assert reports["reason"].str.contains("UTM zone '36N' is not that of crs=EPSG:32637, zone 37N")[1]


# Year, month and day in columns of their own --------------------------------------------------------------------------

DAY_PARTS = {
    ("2022", "3", "14"): ("2022-03-14", "2022-03-14"),
    ("2022", "March", "14"): ("2022-03-14", "2022-03-14"),
    ("2022", "3", ""): ("2022-03-01", "2022-03-31"),
    ("2022", "3", "0"): ("2022-03-01", "2022-03-31"),
    ("2022", "0", "0"): ("2022-01-01", "2022-12-31"),
    ("2022", "", "14"): ("2022-01-01", "2022-12-31"),
    ("", "3", "14"): ("NaT", "NaT"),
    ("2022", "13", "1"): ("NaT", "NaT"),
}


@pytest.mark.parametrize("names", ["year,month,day", "iyear,imonth,iday", "Año,Mes,Día"])
def test_parts_of_a_day_make_one_date(tmp_path, names):
    rows = "".join(f"{','.join(parts)},48.5123,37.5123\n" for parts in DAY_PARTS)
    reports = read(tmp_path, f"{names},lat,lon\n{rows}")
    for name, at in (("date_start", 0), ("date_end", 1)):
        wanted = pd.to_datetime([days[at] for days in DAY_PARTS.values()])
        assert reports[name].astype(str).tolist() == wanted.astype(str).tolist()


def test_a_whole_date_goes_before_its_parts(tmp_path):
    reports = read(tmp_path, "year,month,date,lat,lon\n2021,7,14/03/2022,48.5123,37.5123\n")
    assert str(reports.loc[0, "date_start"].date()) == "2022-03-14"
    reports = read(tmp_path, "year,month,day,lat,lon\n2022,3,14/03/2022,48.5123,37.5123\n")
    assert str(reports.loc[0, "date_start"].date()) == "2022-03-14"


# Headers of two lines -------------------------------------------------------------------------------------------------

TWO_LINES = [
    ["Ministry of the interior", "", "", "", ""],
    ["Date", "Coordinates", "", "Munition", "Rounds"],
    ["", "Lat", "Long", "", ""],
    ["2022-03-14", "48.7312", "37.5681", "Grad", "3"],
]


@pytest.mark.parametrize("group", ["Coordinates", "", "Where"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_header_of_two_lines_is_joined(tmp_path, kind, group):
    lines = [[group if cell == "Coordinates" else cell for cell in line] for line in TWO_LINES]
    path = tmp_path / f"reports.{kind}"
    if kind == "csv":
        path.write_text("".join(",".join(line) + "\n" for line in lines))
    else:
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append([cell or None for cell in line])
        if group:
            book.active.merge_cells("B2:C2")
        book.save(path)
    [report] = read_reports(path).itertuples()
    assert (report.latitude, report.longitude, report.munition_text, report.rounds_low) == (48.7312, 37.5681, "Grad", 3)
    assert str(report.date_start.date()) == "2022-03-14"


def test_a_line_of_values_is_never_taken_into_the_header(tmp_path):
    reports = read(tmp_path, "date,lat,lon,munition\n,48.7312,37.5681,\n2022-03-14,48.7312,37.5681,Grad\n")
    assert len(reports) == 2


# Questions of forms in groups -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("incident-munition", "munition"),
        ("group:date_of_strike", "date"),
        ("group_ab1cd23/weapon_type", "munition"),
        ("incident/count", "rounds"),
        ("strike/village", "place"),
    ],
)
def test_questions_in_groups_play_their_role(header, role):
    assert find_roles(["lat", "lon", header], None, file="x", placed=False)[role] == (header,)


@pytest.mark.parametrize(
    "header", ["victims/count", "survey/date", "interview/village_name", "casualties:number_of_rounds", "http://x/date"]
)
def test_questions_of_other_groups_do_not(header):
    assert set(find_roles(["lat", "lon", header], None, file="x", placed=False)) == {"latitude", "longitude"}


def test_the_name_without_a_group_goes_first():
    names = ["incident/munition", "munition", "lat", "lon"]
    assert find_roles(names, None, file="x", placed=False)["munition"] == ("munition",)


@pytest.mark.parametrize("header", ["Your name", "What is your name?", "Name of head of household", "Signature"])
def test_more_headers_that_look_personal(header):
    assert find_personal([header, "munition name"]) == (header,)


# Messages -------------------------------------------------------------------------------------------------------------


def test_an_origin_is_a_launch_and_not_offered(tmp_path):
    with pytest.raises(InputError, match='"origin_lat" and "origin_lon" are of a launch and are not used') as refusal:
        read(tmp_path, "lat,lon,origin_lat,origin_lon\n48.1,37.1,50.1,36.1\n")
    assert 'columns={"latitude": "origin_lat"' not in str(refusal.value)
    assert read(tmp_path, "original_lat,original_lon\n48.1,37.1\n").loc[0, "latitude"] == pytest.approx(48.1)


def test_json_of_another_kind_is_refused_in_plain_words(tmp_path):
    with pytest.raises(InputError, match="is no GeoJSON and no list of events with latitude and longitude") as refusal:
        read(tmp_path, '{"a": 1}')
    assert "driver" not in str(refusal.value)


def test_one_reason_is_not_parted_by_its_own_marks(tmp_path):
    reports = read(tmp_path, "coordinates\nhere\n")
    assert reports.loc[0, "reason"].startswith("coordinates 'here' cannot be read: ")
    assert ";" not in reports.loc[0, "reason"]


# Counts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low", "expected", "high"),
    [
        ("min. 4", 4, 6, 12),
        ("max 6", 1, 3.5, 6),
        ("10 a day", 10, 15, 30),
        ("2 x 500 kg", 2, 2, 2),
        ("4 bombs x 250kg", 4, 4, 4),
    ],
)
def test_counts_with_bounds_and_measures(text, low, expected, high):
    assert read_count(text)[:3] == (low, expected, high)


@pytest.mark.parametrize("text", ["12 rounds x 3", "3x4 rockets", "2 aircraft with 4 bombs each"])
def test_products_are_asked_for_and_never_read_as_one_of_their_factors(text):
    reading = read_count(text)
    assert np.isnan(reading.expected)
    assert reading.note == f"count '{text}' is a product (write the total): rounds not known"


# The fast ways give what the careful ones give ------------------------------------------------------------------------

PIECES = [
    "unknown",
    "n/a",
    "None",
    " ",
    "\t",
    "\u00a0",
    "\u3000",
    "7",
    "48.7",
    "x",
    "long text of many signs",
    "\x07",
    "\u0416",
    "-",
]


@given(
    st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.text() | st.none(), max_size=8),
    st.booleans(),
)
def test_texts_are_cleaned_at_once_as_one_by_one(cells, keep_words):
    cells = [cell.encode("utf-8", "replace").decode() if cell is not None else None for cell in cells]
    column = pd.Series(cells, dtype="str")
    empty = frozenset({""}) if keep_words else _EMPTY
    wanted = [_clean(cell, empty) for cell in cells]
    found = clean_texts(column, keep_words=keep_words).tolist()
    assert [cell if isinstance(cell, str) else None for cell in found] == [
        cell if isinstance(cell, str) else None for cell in wanted
    ]


@given(
    st.lists(
        st.from_regex(r"[-+]?[0-9]{0,4}(\.[0-9]{0,18})?\n?", fullmatch=True)
        | st.sampled_from(["48,7", "S 12.5", "\u0664\u0668.\u0667", "1e3", "", "0000.5", "48.7\x00"])
        | st.floats(-90, 90),
        min_size=1,
        max_size=8,
    )
)
def test_decimals_are_read_at_once_as_one_by_one(cells):
    together = read_angles(pd.Series(cells, dtype=object), axis="latitude")
    # A number among the texts lets each be read by itself.
    alone = read_angles(pd.Series([*cells, 0.5], dtype=object), axis="latitude").iloc[:-1]
    pd.testing.assert_frame_equal(together, alone, check_exact=True)


def test_ways_of_links_are_told_for_each_event(tmp_path):
    rows = [f"R{row},2022-03-14,48.{row}123,37.5123,Grad,2,office,{'e' if row < 2 else ''}\n" for row in range(4)]
    text = "id,date,lat,lon,munition,rounds,source,event_id\n" + "".join(rows)
    strikes = find_strikes(read(tmp_path, text, columns={"event_id": "event_id"}))
    assert strikes["link_rule"].tolist() == ["event_id", "", ""]
    assert strikes["report_ids"].tolist() == ["R0|R1", "R2", "R3"]


def test_what_was_joined_is_told(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text("year,month,day,lat,N/S,lon,E/W\n2022,3,14,48.1,N,37.1,E\n")
    told = understand_table(path).set_index("item")["understood"]
    assert told["date"] == "year, month, day"
    assert (told["latitude_letter"], told["longitude_letter"]) == ("N/S", "E/W")
