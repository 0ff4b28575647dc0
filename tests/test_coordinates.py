"""Text of coordinates and numbers, as people type them."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.coordinates import half_unit_m, read_angles, read_degrees, read_number
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
    "48.5° 43'",
    "48 43 52 10",
    "48-43-52",
    "48° 43' N 52\" N",
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
def test_what_is_no_angle_stays_unread(text):
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


SEXAGESIMAL = [
    ("48°45'", 48.75, 0.5 / 60),
    ("48° 45′ 36″ N", 48.76, 0.5 / 3600),
    ("N48-45-36", 48.76, 0.5 / 3600),
    ("48 45,6", 48.76, 0.05 / 60),
    ("48d45m36s", 48.76, 0.5 / 3600),
    ("48d45m36sS", -48.76, 0.5 / 3600),
    ("48 deg 45 min 36.0 sec north", 48.76, 0.05 / 3600),
    ("48N45", 48.75, 0.5 / 60),
    ("4845N", 48.75, 0.5 / 60),
    ("484536.0S", -48.76, 0.05 / 3600),
    ("-0°30'", -0.5, 0.5 / 60),
    ("48°45' пн. ш.", 48.75, 0.5 / 60),
    ("48°45' с.ш.", 48.75, 0.5 / 60),
    ("48°45'36'' sud", -48.76, 0.5 / 3600),
    ("٤٨° 45' شمالا", 48.75, 0.5 / 60),
]

REFUSED = [
    ("48 60 00", "minutes and seconds must be below 60"),
    ("48 00 60", "minutes and seconds must be below 60"),
    ("-48 45 S", "a sign beside a hemisphere letter"),
    ("N 48 45 N", "two hemisphere letters"),
    ("37 30 E", "E is a letter of the longitude"),
    ("48 45 O", "write decimal degrees"),
    ("91 00 00", "latitude 91 is outside -90 to 90"),
    ("484N", "latitude 484 is outside"),
    ("48453N", "packed degrees must be DDMM or DDMMSS"),
    ("48 45 36 12", "write decimal degrees, e.g. 48.731"),
    ("9" * 200, "write decimal degrees"),
    ("48°" * 5_000_000, "write decimal degrees"),
]


@pytest.mark.parametrize(("text", "degrees", "half_unit"), SEXAGESIMAL)
def test_minutes_and_seconds_are_read_as_people_write_them(text, degrees, half_unit):
    angle = read_angles(pd.Series([text]), axis="latitude").loc[0]
    assert angle["degrees"] == pytest.approx(degrees, abs=1e-12)
    assert angle["half_unit_deg"] == pytest.approx(half_unit, rel=1e-12)
    assert not angle["reason"]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_an_angle_that_cannot_be_is_refused_with_its_reason(text, reason):
    angle = read_angles(pd.Series([text]), axis="latitude").loc[0]
    assert math.isnan(angle["degrees"])
    assert math.isnan(angle["half_unit_deg"])
    assert reason in angle["reason"]


def test_packed_longitudes_have_two_or_three_digits_of_degrees():
    texts = pd.Series(["03734E", "3734E", "0373405E", "671328.35W", "13245E"])
    seconds = 1 / 3600
    assert read_angles(texts, axis="longitude")["degrees"].tolist() == pytest.approx(
        [37 + 34 / 60, 37 + 34 / 60, 37 + 34 / 60 + 5 * seconds, -(67 + 13 / 60 + 28.35 * seconds), 132.75]
    )


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59_999), st.sampled_from(["°'\"", ":: ", "   ", "dms"]))
def test_an_angle_comes_back_from_any_marks(degrees, minutes, milliseconds, marks):
    seconds = milliseconds / 1000
    text = f"{degrees}{marks[0]}{minutes}{marks[1]}{seconds:.3f}{marks[2].strip()} S"
    angle = read_angles(pd.Series([text]), axis="latitude").loc[0]
    assert angle["degrees"] == pytest.approx(-(degrees + minutes / 60 + seconds / 3600), abs=1e-12)


def test_half_a_second_is_fifteen_metres_and_the_longer_way_counts():
    # One second of a great circle of 40,007.863 km (meridian) is 30.87 m; of the equator 30.92 m.
    half_second = np.full(3, 0.5 / 3600)
    assert half_unit_m(half_second, np.array([0.0, 45.0, 90.0])) == pytest.approx([15.461, 15.435, 15.51], abs=0.005)


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
