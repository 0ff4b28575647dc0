"""Evidence and precision in the words of a report, and the headers of its columns."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.reports._columns import find_personal, find_roles
from uxomap.reports._counts import read_counts
from uxomap.reports._evidence import EVIDENCE, find_evidence, read_evidence
from uxomap.reports._locations import Locations
from uxomap.reports._precision import assume_precision, read_precision
from uxomap.reports._texts import clean_texts, quote

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


EVIDENCE_WORDS += [
    ("1 (unopened dispenser)", "undispersed"),
    ("1 found, never opened", "undispersed"),
    ("no craters", ""),
    ("no remnants were found", ""),
    ("remnants not found, 3 craters", "explosions"),
    ("3 rockets fired", "delivered"),
    ("12 impact sites", "explosions"),
    ("2 tail sections", "remnants"),
    ("empty canister", "remnants"),
    ("duds found", "remnants"),
    ("dispenser did not open", "undispersed"),
    ("4 obus tirés", "delivered"),
    ("3 détonations", "explosions"),
    ("morceaux retrouvés", "remnants"),
    ("conteneur non ouvert", "undispersed"),
    ("lanzadas", "delivered"),
    ("dos cráteres", "explosions"),
    ("restos hallados", "remnants"),
    ("contenedor sin abrir", "undispersed"),
    ("випущено 4", "delivered"),
    ("3 прильоти", "explosions"),
    ("виявлено фрагменти", "remnants"),
    ("не розкрилася", "undispersed"),
    ("сброшено", "delivered"),
    ("5 попаданий", "explosions"),
    ("обнаружены обломки", "remnants"),
    ("не раскрылись", "undispersed"),
    ("أطلقت", "delivered"),
    ("الانفجارات", "explosions"),
    ("حطام", "remnants"),
    ("لم تنفتح", "undispersed"),
]


@pytest.mark.parametrize(("text", "kind"), EVIDENCE_WORDS)
def test_evidence_by_its_words(text, kind):
    assert find_evidence(text) == kind
    assert kind in (*EVIDENCE, "")


def test_the_column_of_evidence_goes_before_the_count():
    stated = np.array(["explosions", "video", np.nan, np.nan], dtype=object)
    counts = np.array(["2 canisters found", "2", "2 canisters found", np.nan], dtype=object)
    kinds, notes = read_evidence(stated, counts)
    assert kinds.tolist() == ["explosions", "delivered", "remnants", "delivered"]
    beside = "evidence 'explosions' stands beside count '2 canisters found', which names remnants: read as explosions"
    said = "evidence 'video' is not in the list (delivered, explosions, remnants, undispersed): read as delivered"
    assert notes.tolist() == [beside, said, "", ""]


def test_several_kinds_of_evidence_are_resolved_and_said():
    stated = np.array(["craters and remnants", np.nan, "rounds fired, craters seen"], dtype=object)
    counts = np.array(["2", "2 craters, 1 tail section", "2"], dtype=object)
    kinds, notes = read_evidence(stated, counts)
    assert kinds.tolist() == ["remnants", "remnants", "explosions"]
    assert notes.tolist() == [
        "evidence 'craters and remnants' names explosions and remnants: read as remnants",
        "count '2 craters, 1 tail section' names explosions and remnants: read as remnants",
        "",
    ]


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
