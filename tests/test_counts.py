"""Counts in the words of a report: how many carriers they allow, and what is said of the reading."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.reports._counts import read_count
from uxomap.reports._texts import quote

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

# text | low, expected, high
IN_SIX_LANGUAGES = """
a dozen                           | 10 12 15
half a dozen                      | 5 6 8
1/2 dozen                         | 5 6 8
a few rockets                     | 2 4 8
a couple of bombs                 | 2 2.2 3
a handful                         | 2 4 8
10s of rockets                    | 20 50 120
100s                              | 100 300 900
several hundreds                  | 100 300 900
several hundred                   | 240 500 1050
more than 100                     | 100 150 300
as many as 20                     | 1 10.5 20
not fewer than 4                  | 4 6 12
<5                                | 1 3 5
\u2265 3                          | 3 4.5 9
2\u20134                          | 2 3 4
5 or 6                            | 5 5.5 6
2+2                               | 2 3 4
twenty-one rockets                | 21 21 21
3?                                | 2 3 5
30ish                             | 21 30 42
30 or so                          | 21 30 42
2x500kg                           | 2 2 2
2 x 500 kg                        | 2 2 2
FAB-500 (x2)                      | 2 2 2
1 000 rockets                     | 1000 1000 1000
1.500 rockets                     | 1500 1500 1500
1e3                               | 1000 1000 1000
BM-21 salvo                       | 6 20 60
1 BM-21 launcher                  | 6 20 60
40 rockets (1 BM-21 launcher)     | 40 40 40
2 rocket attacks                  | 2 4 12
3 rockets and 2 bombs             | 2 3.5 5
au moins huit roquettes           | 8 12 24
jusqu'à 10                        | 1 5.5 10
une dizaine de roquettes          | 8 10 13
une vingtaine d'obus              | 16 20 26
plusieurs centaines               | 100 300 900
entre 5 et 10 roquettes           | 5 7.5 10
de 5 à 10 roquettes               | 5 7.5 10
vingt-deux obus                   | 22 22 22
soixante-dix obus                 | 70 70 70
al menos ocho cohetes             | 8 12 24
media docena                      | 5 6 8
un par de bombas                  | 2 2.2 3
entre 5 y 10                      | 5 7.5 10
treinta y uno                     | 31 31 31
щонайменше вісім ракет            | 8 12 24
від 5 до 10                       | 5 7.5 10
кілька десятків                   | 20 50 120
до десяти ракет                   | 1 5.5 10
двадцять одна ракета              | 21 21 21
как минимум восемь ракет          | 8 12 24
около двадцати                    | 14 20 28
от 5 до 10 снарядов               | 5 7.5 10
полдюжины                         | 5 6 8
пять или шесть                    | 5 5.5 6
على الأقل 8 صواريخ                | 8 12 24
ما لا يقل عن 8 صواريخ             | 8 12 24
أكثر من 100                       | 100 150 300
حتى 10                            | 1 5.5 10
حوالي 20                          | 14 20 28
عشرات الصواريخ                    | 20 50 120
صاروخان                           | 2 2 2
خمسة صواريخ                       | 5 5 5
بين 5 و 10                        | 5 7.5 10
\u0668+                           | 8 12 24
"""

FIRST_TWENTY = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"
    " dix-neuf vingt",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez _ doce trece catorce quince dieciséis diecisiete"
    " dieciocho diecinueve veinte",
    "uk": "один два три чотири п'ять шість сім вісім дев'ять десять одинадцять дванадцять тринадцять чотирнадцять"
    " п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять двадцять",
    "ru": "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать"
    " пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать",
    "ar": "واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة أحد+عشر اثنا+عشر ثلاثة+عشر أربعة+عشر خمسة+عشر"
    " ستة+عشر سبعة+عشر ثمانية+عشر تسعة+عشر عشرون",
}

NO_COUNTS = [
    ("500 kg bomb", "names no number"),
    ("FAB-500", "names no number"),
    ("2,5", "names no number"),
    ("1.000", "may be 1 or 1,000"),
    ("1.000.000.000", "is not believed"),
    ("1e9", "is not believed"),
    ("0 rockets", "taken as not counted"),
    ("no rockets", "taken as not counted"),
    ("zero", "taken as not counted"),
    ("no. 3", "is no number of rounds"),
    ("\u2116 3", "is no number of rounds"),
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


@pytest.mark.parametrize("line", IN_SIX_LANGUAGES.strip().splitlines())
def test_counts_in_six_languages(line):
    text, values = (part.strip() for part in line.split(" | "))
    reading = read_count(text)
    assert reading[:3] == pytest.approx([float(value) for value in values.split()])
    assert reading.note.startswith(f"count {quote(text)} read as ")


@pytest.mark.parametrize("language", FIRST_TWENTY)
def test_number_words_from_one_to_twenty(language):
    words = FIRST_TWENTY[language].split()
    assert len(words) == 20
    # The eleven of Spanish is the "once" of English, and stays unknown.
    for number, word in enumerate(words, start=1):
        text = word.replace("+", " ")
        assert word == "_" or read_count(text)[:3] == (number,) * 3, text
    assert math.isnan(read_count("once").expected)


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


@pytest.mark.parametrize("text", ["unknown", "n/a", "-", "?", "not counted", "невідомо", "unspecified", "غير معروف"])
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
