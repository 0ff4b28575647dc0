"""Codes to radii, radii to standard deviations, digits to a floor."""

import math

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.errors import InputError
from uxomap.precision import R95_PER_SIGMA, code_radii, implied_precision_m, load_precision_codes, position_sigma


def test_the_radius_holds_ninety_five_percent_of_a_circular_normal():
    # A circular normal holds 1 - exp(-r²/2s²) within r.
    sigma = position_sigma(5000.0)
    assert 1 - math.exp(-(5000.0**2) / (2 * sigma**2)) == pytest.approx(0.95, abs=1e-12)
    assert pytest.approx(2.4477, abs=5e-5) == R95_PER_SIGMA


def test_sigma_keeps_the_form_of_what_it_is_given():
    assert isinstance(position_sigma(np.array([1.0])), np.ndarray)
    series = position_sigma(pd.Series([1.0, np.nan], index=[5, 6]))
    assert series.index.tolist() == [5, 6]
    assert math.isnan(series[6])


def test_every_code_has_a_radius_a_meaning_and_a_source():
    codes = load_precision_codes()
    assert not codes.index.duplicated().any()
    assert (codes["radius_m"] > 0).all()
    assert codes[["meaning", "source"]].notna().all(axis=None)
    assert set(codes["basis"]) == {"published", "assumed"}
    assert set(codes.loc["ucdp"].index) == set("1234567")
    assert set(codes.loc["acled"].index) == set("123")


@pytest.mark.parametrize("scheme", ["acled", "hdx"])
def test_a_coarser_code_never_has_a_smaller_radius(scheme):
    radii = list(code_radii(scheme).values())
    assert radii == sorted(radii)


def test_the_one_published_radius_of_ucdp():
    assert code_radii("ucdp")["2"] == 25_000


def test_the_table_cannot_be_changed_by_its_user():
    codes = load_precision_codes()
    codes["radius_m"] = 0.0
    assert load_precision_codes()["radius_m"].min() > 0


def test_an_unknown_scheme_is_refused():
    with pytest.raises(InputError, match=r"Invalid scheme of precision codes 'gtd'. Must be one of: ucdp"):
        code_radii("gtd")


def test_half_a_unit_of_the_last_digit_agrees_with_the_geodesic():
    geod = pyproj.Geod(ellps="WGS84")
    for latitude in (0.0, 31.5, 48.73, 66.0, 84.0):
        implied = implied_precision_m(pd.Series([f"{latitude:.2f}"]), pd.Series(["37.57"]))[0]
        north = geod.inv(37.57, latitude, 37.57, latitude + 0.005)[2]
        east = geod.inv(37.57, latitude, 37.575, latitude)[2]
        assert implied == pytest.approx(max(north, east), rel=1e-4)


DIGITS = [
    ("48.73", "37.57", 2),
    ("48,73", "37,57", 2),
    ("48.7", "37.57", 2),
    ("48.70", "37.5", 2),
    ("48.7 N", "37.5° E", 1),
    ("48", "37", 0),
    ("48.", "37.", 0),
    (48.73, 37.5, 2),
    (48.0, 37.0, 0),
]


@pytest.mark.parametrize(("latitude", "longitude", "decimals"), DIGITS)
def test_the_finer_axis_counts(latitude, longitude, decimals):
    implied = implied_precision_m(pd.Series([latitude]), pd.Series([longitude]))[0]
    assert implied == pytest.approx(0.5 * 10.0**-decimals * 111_250, rel=0.01)


@pytest.mark.parametrize("pair", [(None, "37.5"), ("48.7", None), ("4.8e1", "3.7e1"), ("north", "east")])
def test_what_is_no_decimal_number_implies_nothing(pair):
    assert np.isnan(implied_precision_m(pd.Series([pair[0]], dtype=object), pd.Series([pair[1]], dtype=object))).all()


@given(st.integers(0, 8), st.floats(-84, 84))
def test_one_digit_more_is_ten_times_as_fine(decimals, latitude):
    def implied(digits):
        return implied_precision_m(pd.Series([f"{latitude:.{digits}f}"]), pd.Series([f"{37:.{digits}f}"]))[0]

    assert implied(decimals) == pytest.approx(10 * implied(decimals + 1), rel=0.01)
