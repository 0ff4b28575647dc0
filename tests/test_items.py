import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.errors import CatalogueError, InputError
from uxomap.items import estimate_items, footprint_sigmas
from uxomap.munitions import dud_rate, find_munition


def strike(candidates, rounds=(1.0, 1.0, 1.0), evidence="delivered"):
    low, expected, high = rounds
    row = {"munition_candidates": candidates, "rounds_low": low, "rounds_expected": expected, "rounds_high": high}
    return pd.DataFrame([row | {"evidence": evidence, "assumptions": ""}])


def test_one_rocket_leaves_its_load_times_the_mean_rate():
    items = estimate_items(strike("m26")).iloc[0]
    assert items["items_low"] == items["items_expected"] == items["items_high"] == 644
    assert items["uxo_expected"] == pytest.approx(644 * dud_rate("m26").mean, rel=1e-9)
    assert items["uxo_low"] < items["uxo_expected"] < items["uxo_high"]
    assert items["salvo_sigma_m"] == 0


def test_six_rockets_scatter_and_one_does_not():
    assert (
        estimate_items(strike("m26", (6.0, 6.0, 6.0))).loc[0, "salvo_sigma_m"] == find_munition("m26")["salvo_sigma_m"]
    )
    assert estimate_items(strike("m26", (1.0, 2.0, 6.0))).loc[0, "salvo_sigma_m"] > 0


def test_a_single_shell_is_a_dud_or_not():
    items = estimate_items(strike("arty_he_soviet")).iloc[0]
    assert (items["uxo_low"], items["uxo_high"]) == (0, 1)
    assert items["uxo_expected"] == pytest.approx(dud_rate("arty_he_soviet").mean, rel=1e-9)
    assert items["sigma_along_m"] == 0


def test_craters_seen_tell_of_what_did_not_explode():
    # N q / (1 - q), with a mean above N mu / (1 - mu) because the rate is uncertain.
    rate = dud_rate("arty_he_soviet")
    items = estimate_items(strike("arty_he_soviet", (100.0, 100.0, 100.0), "explosions")).iloc[0]
    assert items["uxo_expected"] > 100 * rate.mean / (1 - rate.mean)
    assert items["items_expected"] == pytest.approx(100 + items["uxo_expected"])


def test_a_load_that_never_opened_is_live_at_one_point():
    items = estimate_items(strike("cbu58", evidence="undispersed")).iloc[0]
    assert items["hazard_kind"] == "undispersed"
    assert items["items_expected"] == 650
    assert 0.8 * 650 < items["uxo_expected"] < 0.99 * 650
    assert items["sigma_along_m"] == items["sigma_across_m"] == 0
    assert "load never dispersed" in items["assumptions"]
    assert items["dud_sources"] == ""


def test_what_may_be_one_of_two_covers_both():
    one, other, both = (estimate_items(strike(ids)).iloc[0] for ids in ("9m27k", "9m55k", "9m27k|9m55k"))
    assert both["items_low"] == min(one["items_low"], other["items_low"])
    assert both["items_high"] == max(one["items_high"], other["items_high"])
    assert both["uxo_expected"] == pytest.approx((one["uxo_expected"] + other["uxo_expected"]) / 2)
    assert both["uxo_low"] <= max(one["uxo_low"], other["uxo_low"])
    assert both["uxo_high"] >= min(one["uxo_high"], other["uxo_high"])
    # Which of the two it was is shared by all strikes with the same candidates.
    assert both["uxo_sd_shared"] > (one["uxo_sd_shared"] + other["uxo_sd_shared"]) / 2


def test_an_unknown_munition_is_never_harmless():
    items = estimate_items(strike("generic_cluster|generic_unitary", (1.0, 4.0, 12.0))).iloc[0]
    assert items["uxo_expected"] > 1
    assert items["uxo_high"] > 50
    assert items["hazard_kind"] == "dud"


def test_mines_and_duds_in_one_candidate_list_are_mixed():
    assert estimate_items(strike("pom3")).loc[0, "hazard_kind"] == "mine"
    assert estimate_items(strike("pom3|9m27k")).loc[0, "hazard_kind"] == "mixed"


def test_values_of_the_class_are_said():
    assert "footprint assumed for its class" in estimate_items(strike("m30_gmlrs")).loc[0, "assumptions"]
    assert "footprint" not in estimate_items(strike("m26")).loc[0, "assumptions"]


def test_assumptions_of_the_strike_come_first_and_stay():
    noted = strike("m30_gmlrs").assign(assumptions="place assumed")
    assert estimate_items(noted).loc[0, "assumptions"].startswith("place assumed; ")


def test_published_footprints_become_standard_deviations():
    # L / 2 / 2.4477 along, W / 2 / 2.4477 across; areas only: a circle.
    assert footprint_sigmas(find_munition("m26")) == pytest.approx((100 / 2.4477, 50 / 2.4477), rel=1e-4)
    along, across = footprint_sigmas(find_munition("m864"))
    assert along == across
    assert np.pi * (2.4477 * along) ** 2 == pytest.approx(22_500, rel=1e-3)


@given(st.permutations(range(6)))
def test_rows_keep_their_index_whatever_the_order(order):
    ids = ["m26", "9m27k", "fab", "m26", "pom3", "generic_cluster"]
    frame = pd.concat([strike(one) for one in ids], ignore_index=True)
    moved = frame.iloc[list(order)]
    pd.testing.assert_frame_equal(estimate_items(moved), estimate_items(frame).loc[moved.index])


def test_no_strikes_give_no_items_but_all_columns():
    empty = estimate_items(strike("m26").iloc[:0])
    assert len(empty) == 0
    assert "uxo_high" in empty.columns


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (strike("m27k"), CatalogueError, "m27k"),
        (strike("m26", (4.0, 2.0, 8.0)), InputError, "Must rise from low to expected to high"),
        (strike("m26", (-1.0, 2.0, 8.0)), InputError, "Must not be negative"),
    ],
)
def test_what_cannot_be_estimated_is_refused(frame, error, words):
    with pytest.raises(error, match=words):
        estimate_items(frame)
