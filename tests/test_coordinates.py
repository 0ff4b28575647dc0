"""Text of coordinates and numbers, as people type them."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.coordinates import read_degrees, read_number
from uxomap.errors import InputError

LATITUDES = [
    ("48.731", 48.731),
    ("48,731", 48.731),
    (" 48.731 ", 48.731),
    ("+48.731", 48.731),
    ("-12.5", -12.5),
    ("\u221212.5", -12.5),
    ("12.5 S", -12.5),
    ("S12.5", -12.5),
    ("s 12,5°", -12.5),
    ("48.731°N", 48.731),
    ("48.731\u00a0N", 48.731),
    ("٤٨٫٧", 48.7),
    (".5", 0.5),
    ("95", 95.0),
]

UNREADABLE = [
    "N 12.5 S",
    "-12.5 S",
    "12.5 E",
    "48° 43'",
    "48 43 52",
    "1.2.3",
    "forty",
    "48.7 37.5",
    "inf",
    "nan",
    "٤٨x",
]


@pytest.mark.parametrize(("text", "degrees"), LATITUDES)
def test_degrees_are_read_as_people_write_them(text, degrees):
    assert read_degrees(pd.Series([text]), axis="latitude").tolist() == [degrees]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_decimal_degree_stays_unread(text):
    assert math.isnan(read_degrees(pd.Series([text]), axis="latitude")[0])


def test_the_letters_of_an_axis_belong_to_it():
    texts = pd.Series(["37.5 E", "37.5 W", "37.5 N"])
    assert read_degrees(texts, axis="longitude").tolist()[:2] == [37.5, -37.5]
    assert read_degrees(texts, axis="longitude").isna().tolist() == [False, False, True]
    assert read_degrees(texts, axis="latitude").isna().tolist() == [True, True, False]


def test_numbers_pass_through_on_their_index_and_infinity_is_no_place():
    numbers = pd.Series([1.5, float("inf"), None], index=[7, 8, 9])
    read = read_degrees(numbers, axis="latitude")
    assert read.index.tolist() == [7, 8, 9]
    assert read.iloc[0] == 1.5
    assert read.iloc[1:].isna().all()


def test_another_axis_is_refused():
    with pytest.raises(InputError, match=r"Invalid axis 'height'. Must be one of: latitude, longitude"):
        read_degrees(pd.Series(["1"]), axis="height")


@given(st.floats(-180, 180).map(lambda value: round(value, 7)))
def test_a_decimal_number_is_read_to_the_digit(value):
    point, comma = f"{value:.7f}", f"{value:.7f}".replace(".", ",")
    assert read_degrees(pd.Series([point, comma]), axis="longitude").tolist() == [float(point)] * 2


@given(st.text(max_size=20))
def test_no_text_breaks_the_readers(text):
    read_degrees(pd.Series([text], dtype=object), axis="latitude")
    assert isinstance(read_number(text), float)


NUMBERS = [
    ("1,500", 1500.0),
    ("1.500", 1.5),
    ("1.500.000", 1_500_000.0),
    ("1 250 000,5", 1_250_000.5),
    ("412 345.6", 412_345.6),
    ("1'500", 1500.0),
    ("2,5", 2.5),
    ("0,250", 0.25),
    ("1500,5", 1500.5),
    ("-3", -3.0),
    (7, 7.0),
    ("12 m", math.nan),
    ("", math.nan),
    (None, math.nan),
    (True, math.nan),
    (float("inf"), math.nan),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers_with_commas_and_groups(text, number):
    assert read_number(text) == number or (math.isnan(number) and math.isnan(read_number(text)))
