"""Dates, counts, evidence and precision in the words of a report."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.reports._columns import find_personal, find_roles
from uxomap.reports._counts import read_count, read_counts
from uxomap.reports._dates import read_dates
from uxomap.reports._evidence import EVIDENCE, find_evidence, read_evidence
from uxomap.reports._locations import Locations
from uxomap.reports._precision import assume_precision, read_precision
from uxomap.reports._texts import clean_texts, quote

# Dates ----------------------------------------------------------------------------------------------------------------

DATES = [
    ("2022-02-24", "2022-02-24", "2022-02-24"),
    ("2022-02", "2022-02-01", "2022-02-28"),
    ("2022", "2022-01-01", "2022-12-31"),
    ("20220224", "2022-02-24", "2022-02-24"),
    ("2022/2/4", "2022-02-04", "2022-02-04"),
    ("2022-03-06/2022-03-07", "2022-03-06", "2022-03-07"),
    ("2013-12/2014-02", "2013-12-01", "2014-02-28"),
    ("1965/1973", "1965-01-01", "1973-12-31"),
    ("1965\u20131973", "1965-01-01", "1973-12-31"),
    ("2022-03-06 to 2022-03-07", "2022-03-06", "2022-03-07"),
    ("1 May 2022\u20133 June 2022", "2022-05-01", "2022-06-03"),
    ("28/02/2022", "2022-02-28", "2022-02-28"),
    ("02/28/2022", "2022-02-28", "2022-02-28"),
    ("03.04.2022", "2022-04-03", "2022-04-03"),
    ("04/04/2022", "2022-04-04", "2022-04-04"),
    ("12/2022", "2022-12-01", "2022-12-31"),
    ("24 February 2022", "2022-02-24", "2022-02-24"),
    ("February 24th, 2022", "2022-02-24", "2022-02-24"),
    ("6-7 March 2022", "2022-03-06", "2022-03-07"),
    ("March 2022", "2022-03-01", "2022-03-31"),
    ("24 février 2022", "2022-02-24", "2022-02-24"),
    ("24 de febrero de 2022", "2022-02-24", "2022-02-24"),
    ("24 лютого 2022 р.", "2022-02-24", "2022-02-24"),
    ("24 февраля 2022", "2022-02-24", "2022-02-24"),
    ("24 فبراير 2022", "2022-02-24", "2022-02-24"),
    ("٢٤ فبراير ٢٠٢٢", "2022-02-24", "2022-02-24"),
    # A day stays the day on the clock of the place, whatever the zone.
    ("2022-02-24T23:59:59-04:00", "2022-02-24", "2022-02-24"),
    ("2022-02-24T00:30:00+03:00", "2022-02-24", "2022-02-24"),
    ("2022-02-24 23:30", "2022-02-24", "2022-02-24"),
]

DATES_WITH_A_NOTE = [
    ("03/04/2022", "2022-03-04", "2022-04-03", "is 2022-03-04 or 2022-04-03: both are covered"),
    ("44621", "2022-03-01", "2022-03-01", "read as a spreadsheet's day number: 2022-03-01"),
    ("28/02/22", "2022-02-28", "2022-02-28", "read as 2022"),
    ("28/02/68", "1968-02-28", "1968-02-28", "read as 1968"),
    ("01-Mar-22", "2022-03-01", "2022-03-01", "read as 2022"),
    ("early March 2022", "2022-03-01", "2022-03-31", "read as the whole month"),
    ("2022-03-07/2022-03-06", "2022-03-06", "2022-03-07", "ends before it starts: both are covered"),
]

NO_DATES = [
    "xx",
    "2022-02-30",
    "2022-13-01",
    "30/02/2022",
    "00/00/2022",
    "0000-00-00",
    "1822-02-24",
    "12:30",
    "about 6 April 2022",
    "Mar-22",
    "99999",
    "9" * 200,
]


def dates_of(*texts, role="date"):
    start, end, notes = read_dates({role: pd.Series(texts, dtype=object)}, len(texts))
    return [str(day) for day in start], [str(day) for day in end], list(notes)


@pytest.mark.parametrize(("text", "start", "end"), DATES)
def test_dates_that_need_no_assumption(text, start, end):
    assert dates_of(text) == ([start], [end], [""])


@pytest.mark.parametrize(("text", "start", "end", "words"), DATES_WITH_A_NOTE)
def test_dates_with_an_assumption_say_it(text, start, end, words):
    starts, ends, notes = dates_of(text)
    assert (starts, ends) == ([start], [end])
    assert words in notes[0]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_stays_unknown_and_is_quoted(text):
    starts, ends, notes = dates_of(text)
    assert (starts, ends) == (["NaT"], ["NaT"])
    assert f"date {quote(text)}" in notes[0]
    assert notes[0].endswith("unknown")


def test_a_missing_date_is_said():
    assert dates_of("", None, "unknown")[2] == ["date not stated"] * 3
    assert read_dates({}, 1)[2].tolist() == ["date not stated"]


def test_the_rest_of_the_column_settles_the_order():
    assert dates_of("03/04/2022", "28/02/2022")[0][0] == "2022-04-03"
    assert dates_of("03/04/2022", "02/28/2022")[0][0] == "2022-03-04"
    starts, ends, notes = dates_of("03/04/2022", "02/28/2022", "28/02/2022")
    assert (starts[0], ends[0]) == ("2022-03-04", "2022-04-03")
    assert "both are covered" in notes[0]


def test_first_and_last_day_from_two_columns():
    columns = {
        "date_start": pd.Series(["2022-03", "2022-03-07", None]),
        "date_end": pd.Series(["2022-04", "2022-03-06", "2022-05"]),
    }
    start, end, notes = read_dates(columns, 3)
    assert [str(day) for day in start] == ["2022-03-01", "2022-03-06", "2022-05-01"]
    assert [str(day) for day in end] == ["2022-04-30", "2022-03-07", "2022-05-31"]
    assert notes.tolist() == ["", "the last day is before the first: both are covered", ""]


def test_moments_of_a_frame_keep_their_day_in_any_zone():
    moments = pd.Series(pd.to_datetime(["2022-02-24 23:59", None])).dt.tz_localize("America/New_York")
    start, _, notes = read_dates({"date": moments}, 2)
    assert [str(day) for day in start] == ["2022-02-24", "NaT"]
    assert notes.tolist() == ["", "date not stated"]
    mixed = pd.Series([moments[0], pd.Timestamp("2022-02-25"), 2022, 44621.0], dtype=object)
    assert [str(day) for day in read_dates({"date": mixed}, 4)[0]] == [
        "2022-02-24",
        "2022-02-25",
        "2022-01-01",
        "2022-03-01",
    ]


@given(st.dates(min_value=pd.Timestamp("1900-01-01").date(), max_value=pd.Timestamp("2099-12-31").date()))
def test_every_form_of_a_day_covers_the_day(day):
    forms = [day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}", f"{day:%Y%m%d}", f"{day:%Y-%m}"]
    for form in forms:
        starts, ends, _ = dates_of(form)
        assert starts[0] <= day.isoformat() <= ends[0]


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_dates(text):
    start, end, _ = read_dates({"date": pd.Series([text], dtype=object)}, 1)
    assert np.isnat(start[0]) == np.isnat(end[0])
    assert np.isnat(start[0]) or start[0] <= end[0]


# Counts ---------------------------------------------------------------------------------------------------------------

# Every text of the column rounds_reported of the bundled sample, and what it is read as.
SAMPLE_COUNTS = [
    ("1", 1, 1, 1),
    ("4", 4, 4, 4),
    ("1 (a missile)", 1, 1, 1),
    ("1 (a rocket)", 1, 1, 1),
    ("1 (malfunctioned)", 1, 1, 1),
    ("2 cluster bombs", 2, 2, 2),
    ("2 containers", 2, 2, 2),
    ("4 containers", 4, 4, 4),
    ("6 dispenser units", 6, 6, 6),
    ("8 (two strikes of 4)", 8, 8, 8),
    ("4 in May 2015 (whole area)", 4, 4, 4),
    ("32 (regional official, per encyclopedic summary)", 32, 32, 32),
    ("24 volleys of 13 rockets (312)", 312, 312, 312),
    ("2-4", 2, 3, 4),
    ("up to 8", 1, 4.5, 8),
    ("several", 3, 5, 10),
    ("barrage", 6, 20, 60),
    ("1 device, 6 bombs", 1, 4, 7),
    # An estimate has a spread, an uncertain one is more than one at times.
    ("17 (HALO estimate)", 11, 17, 24),
    ("1 (likely)", 1, 1 + 1 / 10.5, 2),
    # A lower bound is never what is expected.
    ("at least 3", 3, 4.5, 9),
    ("at least 8", 8, 12, 24),
    ("at least 2 weapons identified", 2, 3, 6),
    ("2 canisters found", 2, 3, 6),
    ("1 (motor and tail section shown)", 1, 1.5, 3),
    # Attacks, aircraft, areas and buildings: one carrier or more each.
    ("2 strikes", 2, 4, 12),
    ("2 passes", 2, 4, 12),
    ("strikes on two different days", 2, 4, 12),
    ("8 residential buildings hit", 8, 16, 48),
    ("at least 3 areas hit", 3, 9, 33),
    ("at least 7 attacks", 7, 21, 77),
    ("multiple attacks", 2, 10, 41),
    ("at least 3 aircraft, multiple attacks", 3, 10, 41),
]

COUNTS = [
    ("2,000", 2000, 2000, 2000),
    ("4.0", 4, 4, 4),
    ("1,500 rockets", 1500, 1500, 1500),
    ("between 5 and 7 rockets", 5, 6, 7),
    ("5 to 7", 5, 6, 7),
    ("one or two", 1, 1.5, 2),
    ("about 30 rockets", 21, 30, 42),
    ("~30", 21, 30, 42),
    ("30+", 30, 45, 90),
    ("4 or more", 4, 6, 12),
    ("at least 2000", 2000, 3000, 6000),
    ("2000 rockets in 2015", 2000, 2000, 2000),
    ("two dozen rockets", 20, 24, 30),
    ("dozens", 20, 50, 120),
    ("hundreds of rockets", 100, 300, 900),
    ("a salvo of 40 rockets", 40, 40, 40),
    ("3 volleys", 18, 60, 180),
    ("4 x RBK-500", 4, 4, 4),
    ("3x Grad", 3, 3, 3),
    ("8 FAB-500 bombs", 8, 8, 8),
    ("2 122 mm rockets", 2, 2, 2),
    ("7 Grads", 7, 7, 7),
    ("2 bombs and 3 rockets", 2, 3.5, 5),
    ("12 craters", 12, 12, 12),
    ("remnants of 2 rockets", 2, 3, 6),
    ("5 ракет", 5, 5, 5),
    ("щонайменше 5 ракет", 5, 7.5, 15),
    ("plusieurs roquettes", 3, 5, 10),
    ("al menos 3 bombas", 3, 4.5, 9),
    ("٣ صواريخ", 3, 3, 3),
]

NO_COUNTS = [
    ("thousands of mines; rockets not counted", "counts what the rounds carried"),
    ("2 mines", "counts what the rounds carried"),
    ("3 killed", "names no number"),
    ("122mm rockets", "names no number"),
    ("122 mm rockets", "names no number"),
    ("9M27K", "names no number"),
    ("rockets", "names no number"),
    ("in May 2015", "names no number"),
    ("-3", "names no number"),
    ("2.5", "names no number"),
    ("2-Apr", "names no number"),
    ("2022-03-04", "is no number of rounds"),
    ("10:30", "is no number of rounds"),
    ("x" * 1000, "is no number of rounds"),
    ("0", "taken as not counted"),
    ("100000000", "is not believed"),
    ("2000000 rockets", "is not believed"),
]


@pytest.mark.parametrize(("text", "low", "expected", "high"), SAMPLE_COUNTS + COUNTS)
def test_counts(text, low, expected, high):
    reading = read_count(text)
    assert reading[:3] == pytest.approx((low, expected, high))
    is_plain = text.replace(",", "").replace(".0", "").isdigit()
    assert reading.note.startswith("" if is_plain else f"count {quote(text)} read as ")
    assert bool(reading.note) is not is_plain


def test_every_count_of_the_sample_is_in_the_table(root):
    sample = pd.read_csv(root / "sample_data" / "documented_strikes.csv")
    known = {text for text, *_ in SAMPLE_COUNTS} | {"2", "3", "thousands of mines; rockets not counted"}
    assert set(sample["rounds_reported"].dropna()) == known


@pytest.mark.parametrize(("text", "words"), NO_COUNTS)
def test_what_counts_no_rounds_is_unknown_and_said(text, words):
    reading = read_count(text)
    assert all(math.isnan(value) for value in reading[:3])
    assert words in reading.note
    assert reading.note.endswith("rounds not known")


@pytest.mark.parametrize("text", ["unknown", "n/a", "-", "?", "not counted", "невідомо"])
def test_words_for_nothing_are_nothing(text):
    reading = read_count(text)
    assert math.isnan(reading.expected)
    assert not reading.note


def check_range(reading):
    low, expected, high, _ = reading
    if math.isnan(expected):
        return
    assert 1 <= low <= expected <= high
    if not low == expected == high:
        assert high - expected <= 10 * (expected - low)
        assert expected - low <= 10 * (high - expected)


PIECES = ["at least", "up to", "about", "1", "2", "13", "2-4", "312", "several", "dozens", "two", "rockets", "attacks"]
PIECES += [
    "areas",
    "mines",
    "found",
    "of",
    "(",
    ")",
    ",",
    "volleys",
    "killed",
    "in",
    "2015",
    "barrage",
    "x",
    "+",
    "and",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join), st.booleans())
def test_every_range_keeps_its_order_and_its_skew(text, remnants):
    check_range(read_count(text, remnants=remnants))


@given(st.text(max_size=60), st.booleans())
def test_no_text_breaks_the_reader_of_counts(text, remnants):
    check_range(read_count(text, remnants=remnants))


@given(st.integers(1, 100_000))
def test_more_is_never_read_as_less(number):
    plain, bound = read_count(f"{number}"), read_count(f"at least {number}")
    assert plain[:3] == (number, number, number)
    assert bound.low == number < bound.expected < bound.high
    found = read_count(f"{number}", remnants=True)
    assert found[:3] == bound[:3]
    assert "a lower bound because remnants were found" in found.note


# Evidence -------------------------------------------------------------------------------------------------------------

EVIDENCE_WORDS = [
    ("delivered", "delivered"),
    ("12 craters", "explosions"),
    ("5 explosions heard", "explosions"),
    ("remnants", "remnants"),
    ("2 canisters found", "remnants"),
    ("1 (motor and tail section shown)", "remnants"),
    ("уламки", "remnants"),
    ("craters and remnants", "remnants"),
    ("4 rockets", ""),
    ("foundry", ""),
]


EVIDENCE_WORDS += [("1 (unopened dispenser)", "undispersed"), ("1 found, never opened", "undispersed")]


@pytest.mark.parametrize(("text", "kind"), EVIDENCE_WORDS)
def test_evidence_by_its_words(text, kind):
    assert find_evidence(text) == kind
    assert kind in (*EVIDENCE, "")


def test_the_column_of_evidence_goes_before_the_count():
    stated = np.array(["explosions", "video", np.nan, np.nan], dtype=object)
    counts = np.array(["2 canisters found", "2", "2 canisters found", np.nan], dtype=object)
    kinds, notes = read_evidence(stated, counts)
    assert kinds.tolist() == ["explosions", "delivered", "remnants", "delivered"]
    said = "evidence 'video' is not in the list (delivered, explosions, remnants, undispersed): read as delivered"
    assert notes.tolist() == ["", said, "", ""]


def test_counts_follow_the_evidence_of_their_row():
    texts = np.array(["2", "2", np.nan], dtype=object)
    values, notes = read_counts(texts, np.array(["delivered", "remnants", "delivered"], dtype=object))
    assert values[:2].tolist() == [[2, 2, 2], [2, 3, 6]]
    assert np.isnan(values[2]).all()
    assert [bool(note) for note in notes] == [False, True, False]


# Precision ------------------------------------------------------------------------------------------------------------

STATED = [
    ("precision_m", "1500", 1500, "stated"),
    ("precision_m", "1,500", 1500, "stated"),
    ("precision_m", "25 km", 25_000, "stated"),
    ("precision_m", "about 500 m", 500, "stated"),
    ("precision_m", "2 miles", 3218.688, "stated"),
    ("precision_m", "1e99", math.nan, ""),
    ("precision_m", 30.5, 30.5, "stated"),
    ("precision_km", "2,5", 2500, "stated"),
    ("where_prec", "2", 25_000, "code"),
    ("where_prec", 6.0, 1_000_000, "code"),
    ("geo_precision", "1", 5000, "code"),
    ("geo_precision", "(2) 25 km Precision", 25_000, "code"),
    ("geo_precision", "(3) District, Communicipality or Commune", 50_000, "code"),
    ("precision", "village", 2500, "code"),
    ("precision", "village or district", 50_000, "code"),
    ("precision", "250", 250, "stated"),
    ("precision", "25", 25_000, "assumed"),
    ("precision", "2", 5000, "assumed"),
    ("precision_m", "0", math.nan, ""),
    ("precision_m", "-5", math.nan, ""),
    ("where_prec", "9", math.nan, ""),
    ("geo_precision", "censored", math.nan, ""),
    ("precision_m", "", math.nan, ""),
]


@pytest.mark.parametrize(("role", "cell", "metres", "origin"), STATED)
def test_stated_precision(role, cell, metres, origin):
    read, sources, notes = read_precision(pd.DataFrame({"p": [cell]}), {role: ("p",)})
    assert read[0] == pytest.approx(metres, nan_ok=True)
    assert sources[0] == origin
    unsure = cell != "" and (origin in ("", "assumed") or (role == "precision" and origin == "stated"))
    assert bool(notes[0]) == unsure


def test_a_code_fills_in_where_metres_are_missing():
    frame = pd.DataFrame({"m": ["100", "", "x"], "w": ["2", "2", "2"]})
    metres, sources, _ = read_precision(frame, {"precision_m": ("m",), "where_prec": ("w",)})
    assert metres.tolist() == [100, 25_000, 25_000]
    assert sources.tolist() == ["stated", "code", "code"]


def test_the_assumed_radius_follows_the_kind_of_place():
    place = clean_texts(pd.Series(["Vuhledar", "near Vuhledar", "Vuhledar district", None, None]))
    area = clean_texts(pd.Series(["Donetsk oblast"] * 4 + [None]))
    metres, notes = assume_precision(place, area)
    assert metres.tolist() == [5000, 15_000, 50_000, 50_000, 5000]
    assert notes[0] == "precision not stated: 5,000 m assumed for a named settlement"
    assert notes[3] == "precision not stated: 50,000 m assumed because only an area is named"
    assert assume_precision(None, area)[0].tolist() == [5000] * 5
    assert Locations(area, place, area).place is place


# Columns --------------------------------------------------------------------------------------------------------------

HEADERS = {
    "Latitude (WGS84)": "latitude",
    "EventDate": "date",
    "event date": "date",
    "широта": "latitude",
    "ДОВГОТА": "longitude",
    "Населений пункт": "place",
    "Тип боєприпасу": "munition",
    "Количество": "rounds",
    "Fecha": "date",
    "Localité": "place",
    "País": "country",
    "خط الطول": "longitude",
    "khat al-ard": "latitude",
    "naw' al-dhakhira": "munition",
    "TGTLATDD_DDD_WGS84": "latitude",
    "NUM_WEAPONS_DELIVERED": "rounds",
    "where_prec": "where_prec",
    "Geo Precision": "geo_precision",
    "adm_1": "admin_area",
}


@pytest.mark.parametrize(("header", "role"), HEADERS.items())
def test_headers_as_people_write_them(header, role):
    if role in ("latitude", "longitude"):
        partner = "lon" if role == "latitude" else "lat"
        assert find_roles([header, partner], None, file="t", placed=False)[role] == (header,)
    else:
        assert find_roles([header, "other"], None, file="t", placed=True) == {role: (header,)}


@pytest.mark.parametrize(
    "header",
    ["Victim name", "victim_names", "Witness", "phone", "Contact phone", "Date of birth", "DOB", "e-mail", "Телефон"],
)
def test_headers_that_look_personal(header):
    assert find_personal([header]) == (header,)


@pytest.mark.parametrize(
    "header", ["place name", "date", "grid cell", "contact line", "telegram url", "casualties_note"]
)
def test_headers_that_do_not_look_personal(header):
    assert find_personal([header]) == ()


# Quotes ---------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=200))
def test_a_quote_is_one_short_line_that_parts_no_reasons(text):
    quoted = quote(text)
    assert len(quoted) <= 62
    assert ";" not in quoted
    assert "\n" not in quoted
