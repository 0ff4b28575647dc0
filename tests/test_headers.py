"""The header is found wherever it stands, and no row is lost, moved or made up on the way."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uxomap.errors import InputError
from uxomap.reports import _table, read_reports, understand_table
from uxomap.reports._header import check_header, find_header

NAMES = ["id", "date", "place", "lat", "lon", "precision_m", "rounds"]
CELLS = [
    ["a", "2022-03-01", "Izium", "49.212", "37.312", "3000", "2"],
    ["b", "2022-03-02", "Lyman", "48.981", "37.804", "3000", "4"],
    ["c", "2022-03-03", "Sumy", "50.912", "34.803", "3000", "6"],
]
HEADER = ",".join(NAMES) + "\n"
ROWS = "".join(",".join(row) + "\n" for row in CELLS)


def write(folder, text, name="reports.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def told(path):
    return understand_table(path).set_index("item")["understood"]


# Where it stands ------------------------------------------------------------------------------------------------------

BLANK, STAMP = [""] * 7, ["Exported", "2022-04-01", "", "", "", "", ""]
LOGO = ["", "", "Ministry", "", "", "", ""]
GROUPS = ["", "When", "Where", "", "", "", "How many"]
FOUND = [
    ([NAMES, *CELLS], 0),
    ([["Incident list 2022"], BLANK, NAMES, *CELLS], 2),
    ([LOGO, ["Incident list 2022"], [], STAMP, NAMES, *CELLS], 4),
    ([["Country", "Ukraine"], ["Source", "a survey"], NAMES, *CELLS], 2),
    ([["All incidents with latitude and longitude, by date"], NAMES, *CELLS], 1),
    ([GROUPS, NAMES, *CELLS], 1),
    ([BLANK, ["Nr", "Ort", "Breite", "Laenge"], ["1", "Izium", "49.2", "37.3"]], 1),
    ([["Liste"], ["Nr", "Ort", "Breite", "Laenge"], ["1", "Izium", "49.2", "37.3"]], 1),
    ([["title"], ["id", "X", "Y", "when"], ["1", "37.3", "49.2", "2022"]], 1),
    ([["My places"], ["coordinates"], ["48.1 N 37.1 E"], ["48.1 N 37.2 E"]], 1),
    # Words of a header among the values, and a header below values, move nothing.
    ([["id", "date", "place", "Y", "X", "how"], ["1", "2022-03-01", "Izium", "49.2", "37.3", "GPS"]], 0),
    ([["a", "b", "c", "d"], ["Izium", "village", "county", "bomb"], ["x", "town", "site", "bomb"]], 0),
    ([["n", "m", "o", "p", "q", "r", "s"], *CELLS, NAMES, *CELLS], 0),
    ([*CELLS, NAMES, *CELLS], 0),
    # As the sheet of a spreadsheet gives them.
    ([[None] * 3, ["List", None, np.nan], ["Lat", "Lon", "Date"], [48.7, 37.5, pd.Timestamp("2022-03-01")]], 2),
]


@pytest.mark.parametrize(("rows", "at"), FOUND)
def test_the_header_is_found(rows, at):
    assert find_header(rows) == at


def test_the_names_that_are_stated_go_before_all_others():
    rows = [["lat", "lon", "date"], ["where", "when"], ["48.7 N 37.5 E", "2022"]]
    assert find_header(rows) == 0
    assert find_header(rows, wanted=("where",)) == 1


def test_titles_are_left_out_and_the_line_of_the_header_is_said(tmp_path):
    title = 'Incident list 2022\n\n"Exported, by\nthe office",2022-04-01\n'
    path = write(tmp_path, title + HEADER + ROWS)
    reports = read_reports(path)
    assert reports["report_id"].tolist() == ["a", "b", "c"]
    assert reports["row"].tolist() == [1, 2, 3]
    assert reports["status"].tolist() == ["accepted"] * 3
    assert told(path)["header"] == "line 5"
    assert "header" not in told(write(tmp_path, HEADER + ROWS))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_titles_do_not_hide_the_delimiter(tmp_path, delimiter):
    titles = "Incidents, by day; place and | number\n\n"
    path = write(tmp_path, titles + (HEADER + ROWS).replace(",", delimiter))
    assert read_reports(path)["latitude"].tolist() == [49.212, 48.981, 50.912]
    assert told(path)["header"] == "line 3"


def test_many_titles_with_another_delimiter_do_not_hide_it(tmp_path):
    titles = "Incidents, by day, and place, sorted\n" * 4
    table = "id;date;place;lat;lon\na;2022-03-01;Izium;49,212;37,312\nb;2022-03-02;Lyman;48,981;37,804\n"
    reports = read_reports(write(tmp_path, titles + table), precision_m=3000)
    assert reports["longitude"].tolist() == [37.312, 37.804]


def test_the_line_of_an_open_quotation_mark_counts_the_titles(tmp_path):
    path = write(tmp_path, "List\n\n" + HEADER + 'x,2022,"Izium,49.2\n' + ROWS)
    with pytest.raises(InputError, match="the text that begins in line 4 never ends"):
        read_reports(path)


# No header ------------------------------------------------------------------------------------------------------------

HEADLESS = [
    (ROWS, r"no header: its first row \(line 1\) holds values, not names: 'a', '2022-03-01', 'Izium', '49.212' and 3"),
    ("List of strikes\n\n" + ROWS, r"its first row \(line 3\) holds values"),
    ("49.21,37.31\n48.9,37.8\n", r"not names: '49.21', '37.31'. Add a line above it that names each column, e.g. lat"),
    ("37U CP 94698 98542;2022-03-01\n", r"no header: .* pandas.read_csv\(..., header=None, names="),
    (ROWS + HEADER + ROWS, r"no header: its first row \(line 1\)"),
]


@pytest.mark.parametrize(("text", "words"), HEADLESS)
def test_a_table_without_a_header_is_refused(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_reports(write(tmp_path, text))


def test_numbers_that_pandas_gave_to_columns_are_names(tmp_path):
    path = write(tmp_path, "0,1,2\n49.212,37.312,2022-03-01\n")
    columns = {"latitude": "0", "longitude": "1", "date": "2"}
    assert read_reports(path, columns=columns, precision_m=100)["longitude"].tolist() == [37.312]
    check_header(["2021", "2022", "2023"], "a file", 1, wanted=("2022",))
    with pytest.raises(InputError, match="a file has no header"):
        check_header(["2021", "2022", "2024"], "a file", 1)


SHORT = HEADER.replace("id,", "", 1)
WIDTHS = [
    # As R writes a table: the column of row names has no name. The last cell is filled in a few rows only.
    ("date,place,lat,lon,note\n" + "".join(f"k{n},2022,I,49.2,37.3,\n" for n in range(9)) + "k,2022,I,49.2,37.3,x\n",
     "10 of 10 rows have more values than the header has names"),
    # Never filled, but the first column counts the rows, and its name says something else.
    ("lat,lon,place,note\n1,49.2,37.3,Izium,\n2,49.2,37.3,Izium,\n", "2 of 2 rows have more values"),
    (SHORT + ROWS, r"3 of 3 rows have more values than the header has names \(6\). A name is missing"),
    (HEADER.replace("id,", "nr,id,", 1) + ROWS, "each of its 3 rows has 7 values, but the header has 8 names. A name"),
    (HEADER + "a,2022-03-01,Izium,49.2\n", "each of its 1 rows has 4 values, but the header has 7 names"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WIDTHS)
def test_a_header_of_another_length_is_refused(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_reports(write(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ROWS.replace("\n", ",\n"),
        HEADER + ROWS.replace("\n", ",,,\n"),
        HEADER.replace("\n", ",,\n") + ROWS,
        HEADER.replace("\n", ",\n") + ROWS.replace("\n", ",\n"),
        "," + HEADER + "".join(f"{number},{','.join(row)}\n" for number, row in enumerate(CELLS)),
    ],
)
def test_delimiters_at_the_end_and_an_index_without_a_name_move_nothing(tmp_path, text):
    reports = read_reports(write(tmp_path, text))
    assert reports["status"].tolist() == ["accepted"] * 3
    assert reports["report_id"].tolist() == ["a", "b", "c"]
    assert reports["rounds_expected"].tolist() == [2, 4, 6]


# Rows that are no reports ---------------------------------------------------------------------------------------------


def test_a_header_that_comes_again_is_rejected(tmp_path):
    path = write(tmp_path, HEADER + ROWS + HEADER + ROWS.replace("a,", "d,", 1))
    reports = read_reports(path)
    assert reports["status"].tolist()[3] == "rejected"
    assert reports["reason"].tolist()[3] == "a header again, not a report"
    assert reports.drop(index=3)["latitude"].tolist() == [49.212, 48.981, 50.912] * 2
    assert told(path)["header again"] == "row 4"
    frame = pd.DataFrame([*CELLS, NAMES, CELLS[0]], columns=NAMES)
    assert read_reports(frame)["reason"].tolist()[3] == "a header again, not a report"


def test_another_header_in_the_middle_is_refused(tmp_path):
    other = "id,date,place,lon,lat,precision_m,rounds\nd,2022,Izium,37.3,49.2,3000,2\n"
    with pytest.raises(InputError, match=r"row 4 is another header .'id', 'date', 'place', 'lon' .* a list of files"):
        read_reports(write(tmp_path, HEADER + ROWS + other))


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand total", "Усього", "Итого", "المجموع", "suma"])
def test_lines_of_totals_are_rejected_wherever_their_word_stands(tmp_path, word):
    path = write(tmp_path, HEADER + ROWS + f",,{word},,,,12\n" + f"{word},,,,,,12\n")
    reports = read_reports(path)
    assert reports["reason"].tolist()[3:] == ["a line of totals, not a report"] * 2
    assert reports["rounds_expected"][reports["status"] != "rejected"].sum() == 12
    assert told(path)["totals"] == "rows 4, 5"


@pytest.mark.parametrize("line", ["Total: 3", "Total number of strikes: 3", "TOTAL 3 rows", "Total reports"])
def test_totals_in_words_at_the_end_are_no_place(tmp_path, line):
    text = "place,lat,lon,date,rounds\nIzium,49.212,37.312,2022,2\nTotal loss of a bridge,,,2022,\n"
    reports = read_reports(write(tmp_path, text + line + ",,,,\n"))
    assert reports["status"].tolist() == ["assumed", "assumed", "rejected"]
    assert reports["reason"].tolist()[2] == "a line of totals, not a report"


def test_a_place_of_that_name_is_no_total(tmp_path):
    path = write(tmp_path, HEADER + ROWS + "d,2022-03-01,Total,49.212,37.312,3000,2\n" + "e,2022,Totalino,,,,2\n")
    assert read_reports(path)["status"].tolist()[3:] == ["accepted", "assumed"]


def test_an_axis_that_comes_twice_is_asked_for_unless_it_says_the_same(tmp_path):
    text = "lat,lon,lat\n49.212,37.312,{}\n"
    with pytest.raises(InputError, match=r"has several latitude columns: 'lat', 'lat_2'. Must be one"):
        read_reports(write(tmp_path, text.format("48.1")))
    assert read_reports(write(tmp_path, text.format("49.212")), precision_m=99)["latitude"].tolist() == [49.212]
    path = write(tmp_path, text.format("48.123"))
    assert read_reports(path, columns={"latitude": "lat_2"}, precision_m=99)["latitude"].tolist() == [48.123]


# A file that is cut off -----------------------------------------------------------------------------------------------

CUT = [
    ("d,2022-03-01,Izi", "assumed", "the file ends in the middle of this row: 'Izi' in 'place' may be cut off"),
    ("d,2022-03-01,Izium,", "assumed", "the file ends in the middle of this row: the rest is taken as empty"),
    ("d,2022-03-01,Izium,49.212,3", "rejected", "the file ends in the middle of this row: '3' in 'lon' may be cut off"),
    ('d,2022-03-01,"Izi', "assumed", "the file ends in the middle of this row: 'Izi' in 'place' may be cut off"),
    ('d,2022-03-01,"Izium, 5 km n\n', "assumed", "'Izium, 5 km n' in 'place' may be cut off"),
    ('d,2022-03-01,Izium,49.212,"3', "rejected", "'3' in 'lon' may be cut off"),
    ('d,2022-03-01,Izium,49.212,37.312,3000,"2', "assumed", "'2' in 'rounds' may be cut off"),
]


@pytest.mark.parametrize(("last", "status", "words"), CUT)
def test_a_last_line_that_is_cut_off_is_kept_and_said(tmp_path, last, status, words):
    reports = read_reports(write(tmp_path, HEADER + ROWS + last))
    assert reports["report_id"].tolist() == ["a", "b", "c", "d"]
    assert reports["status"].tolist() == ["accepted"] * 3 + [status]
    assert words in reports["reason"].tolist()[3]


def test_a_last_line_without_an_end_is_not_cut_off(tmp_path):
    assert read_reports(write(tmp_path, (HEADER + ROWS).rstrip()))["status"].tolist() == ["accepted"] * 3


def test_an_open_quotation_mark_that_holds_several_lines_is_refused(tmp_path):
    with pytest.raises(InputError, match="the text that begins in line 4 never ends"):
        read_reports(write(tmp_path, HEADER + ROWS.replace("Sumy", '"Sumy') + ROWS))


_table_read_regular = _table.read_regular

# The fast way ---------------------------------------------------------------------------------------------------------

SIGNS = st.sampled_from(["a", "1.5", '"', ",", '""', "\n", "\r", "\r\n", "é", " ", 'x"y', '"q,r"', '"l\nm"', "\u2028"])
FIELD = st.sampled_from(["a", "1", "", '"x,y"', '"x""y"', '"x\ny"', 'x"y', " z", "é", "'"])


@st.composite
def texts(draw):
    """Delimited text: regular, nearly regular, or of any signs."""
    width = draw(st.integers(2, 4))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    header = ",".join(f"name {number}" for number in range(width))
    if draw(st.booleans()):
        return header + end + "".join(draw(st.lists(SIGNS, min_size=1, max_size=25)))
    rows = draw(st.lists(st.lists(FIELD, min_size=width, max_size=width), min_size=1, max_size=6))
    return header + end + end.join(map(",".join, rows)) + draw(st.sampled_from(["", end]))


def read_both(path):
    """Read a file the fast way and the careful way: tables, or the words of the refusal; and whether it was fast."""
    results, fast = [], []

    def spy(*values):
        fast.append(_table_read_regular(*values) is not None)
        return _table_read_regular(*values)

    for reader in (spy, lambda *_: None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_table, "read_regular", reader)
            try:
                results.append(_table.read_delimited(path))
            except InputError as refusal:
                results.append(str(refusal))
    return *results, any(fast)


@given(texts(), st.booleans())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fast_way_gives_what_the_careful_way_gives(tmp_path, text, mark):
    path = tmp_path / "text.csv"
    path.write_bytes(text.encode("utf-8-sig" if mark else "utf-8"))
    fast, careful, _ = read_both(path)
    if isinstance(fast, str) or isinstance(careful, str):
        assert fast == careful
        return
    pd.testing.assert_frame_equal(fast.frame, careful.frame)
    assert fast.notes.tolist() == careful.notes.tolist()
    assert fast.faults.tolist() == careful.faults.tolist()
    assert fast.details == careful.details


def test_regular_text_takes_the_fast_way_and_long_cells_do_not(tmp_path):
    text = "".join(f'{number},2022-03-01,"a, b\nc",{"x" * 500},é\n' for number in range(20_000))
    fast, careful, was_fast = read_both(write(tmp_path, "List\n\nid,date,place,note,lat\n" + text))
    assert was_fast
    pd.testing.assert_frame_equal(fast.frame, careful.frame)
    assert fast.details == careful.details
    assert read_both(write(tmp_path, "id,date,place,note,lat\n1,2,3,4,5\n"))[2]
    for odd in (f"1,2,3,4,{'x' * 200_000}\n", "1,2,3,4\n", "\n1,2,3,4,5\n", '1,2,3,4,"5\n'):
        assert not read_both(write(tmp_path, "id,date,place,note,lat\n" + "1,2,3,4,5\n" * 40 + odd))[2]


# Laws -----------------------------------------------------------------------------------------------------------------

TAGS = ["#meta+id", "#date+occurred", "#loc+name", "#geo+lat", "#geo+lon", "", ""]
TITLE = st.sampled_from(
    [["Incident list"], ["Exported", "2022-03-01"], ["Country", "Ukraine"], [], ["Note: see below"]]
)


def make_text(rows, delimiter):
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return lines.getvalue()


@given(
    titles=st.lists(TITLE, max_size=5),
    order=st.permutations(range(7)),
    number=st.integers(1, 40),
    again=st.lists(st.integers(0, 40), max_size=3, unique=True),
    tagged=st.sampled_from(["no", "below", "above", "alone"]),
    form=st.tuples(st.integers(0, 2), st.sampled_from([",", ";", "\t", "|"])),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_around_the_rows_none_is_lost_moved_or_added(
    tmp_path, titles, order, number, again, tagged, form
):
    ending, delimiter = form
    names, tags = [NAMES[at] for at in order], [TAGS[at] for at in order]
    cells = [
        [f"r{row}", "2022-03-01", "Izium", f"49.{row + 100}", f"37.{row + 500}", "3000", "2"] for row in range(number)
    ]
    body = [[row[at] for at in order] + [""] * ending for row in cells]
    repeats = sorted({min(at, number) for at in again} - {0}, reverse=True) if tagged != "alone" else []
    for at in repeats:
        body.insert(at, names)
    head = {"no": [names], "below": [names, tags], "above": [tags, names], "alone": [tags]}[tagged]
    path = write(tmp_path, make_text([*titles, *head, *body], delimiter))
    reports = read_reports(path, precision_m=3000)
    assert len(reports) == number + len(repeats)
    rejected = reports["status"] == "rejected"
    assert rejected.sum() == len(repeats)
    assert set(reports.loc[rejected, "reason"]) <= {"a header again, not a report"}
    kept = reports[~rejected]
    assert kept["report_id"].tolist() == [row[0] for row in cells]
    assert kept["latitude"].tolist() == [float(row[3]) for row in cells]
    assert kept["longitude"].tolist() == [float(row[4]) for row in cells]
    assert kept["location_text"].tolist() == ["Izium"] * number
