import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap import find_strikes, read_reports, sample_data
from uxomap.errors import SchemaError
from uxomap.munitions import load_categories, load_munitions
from uxomap.schema import layer_schema


def reports_of(*rows, **columns):
    """Reports from rows of (id, date, munition, rounds); other columns the same for all."""
    table = pd.DataFrame(rows, columns=["id", "date", "munition", "rounds"])
    place = {"latitude": 48.5012, "longitude": 37.5012, "precision_m": 500, "place": "a village"}
    stated = {"event_id": "same_event"} if "same_event" in columns else None
    return read_reports(table.assign(**(place | columns)), columns=stated)


@pytest.fixture(scope="module")
def sample():
    return read_reports(sample_data())


def test_the_sample_becomes_one_strike_a_row(sample):
    strikes = find_strikes(sample)
    assert len(strikes) == 124
    assert strikes["report_ids"].tolist() == sample["report_id"].tolist()
    assert [name for name in strikes.columns if name != "geometry"] == list(layer_schema("strikes").columns)


def test_every_strike_has_counts_and_candidates(sample):
    strikes = find_strikes(sample)
    known = set(load_munitions().index)
    assert strikes["munition_candidates"].map(lambda ids: set(ids.split("|")) <= known and ids != "").all()
    assert (strikes["rounds_low"] <= strikes["rounds_expected"]).all()
    assert (strikes["rounds_expected"] <= strikes["rounds_high"]).all()
    assert (strikes["rounds_low"] > 0).all()


def test_a_missing_count_is_the_range_of_the_class_and_says_so():
    strike = find_strikes(reports_of(("a", "2022-03-01", "CBU-87", ""))).iloc[0]
    expected = load_categories().loc["air_cluster", ["rounds_low", "rounds_expected", "rounds_high"]]
    assert strike[["rounds_low", "rounds_expected", "rounds_high"]].tolist() == expected.tolist()
    assert "number of carriers not reported: 1 to 9 assumed, 3.6 expected" in strike["assumptions"]


def test_a_stated_count_is_kept_and_nothing_is_assumed():
    strike = find_strikes(reports_of(("a", "2022-03-01", "CBU-87", "3"))).iloc[0]
    assert strike[["rounds_low", "rounds_expected", "rounds_high"]].tolist() == [3, 3, 3]
    assert strike["assumptions"] == ""
    assert strike["munition_id"] == "cbu87"


@pytest.mark.parametrize(
    ("munition", "match", "words"),
    [
        ("Smerch and Uragan cluster munition rockets", "ambiguous", "munition may be 9M55K"),
        ("cluster bombs", "class", "munition known by class only: Cluster munition, type unknown"),
        ("", "none", "munition not known: Cluster munition, type unknown or Unitary explosive munition"),
        ("xqzw", "none", "munition not known: Cluster munition, type unknown or Unitary explosive munition"),
    ],
)
def test_an_open_munition_is_said_in_words(munition, match, words):
    strike = find_strikes(reports_of(("a", "2022-03-01", munition, "2"))).iloc[0]
    assert strike["munition_match"] == match
    assert words in strike["assumptions"]


def test_an_unknown_date_is_said():
    strike = find_strikes(reports_of(("a", "", "CBU-87", "2"))).iloc[0]
    assert pd.isna(strike["date_start"])
    assert "date not stated" in strike["assumptions"]


def test_two_strikes_on_one_place_and_day_stay_two():
    strikes = find_strikes(reports_of(("a", "2022-03-01", "CBU-87", "2"), ("b", "2022-03-01", "CBU-87", "2")))
    assert strikes["strike_id"].tolist() == ["S-a", "S-b"]


def test_rows_without_ids_are_never_taken_for_copies():
    table = pd.DataFrame({"lat": [48.5, 48.5], "lon": [37.5, 37.5], "date": "2022-03-01", "munition": "CBU-87"})
    assert len(find_strikes(read_reports(table))) == 2


def test_a_row_repeated_to_the_letter_with_its_id_is_one_strike():
    row = ("a", "2022-03-01", "CBU-87", "2")
    strikes = find_strikes(reports_of(row, row, ("b", *row[1:])))
    assert strikes["n_reports"].tolist() == [2, 1]
    assert len(strikes.loc[0, "report_ids"].split("|")) == 2


def test_reports_that_the_user_links_become_one_strike_that_covers_them():
    reports = reports_of(
        ("a", "2022-03-01", "CBU-87", "2"),
        ("b", "2022-02-27/2022-03-01", "cluster bombs", "6"),
        ("c", "2022-03-01", "CBU-87", "2"),
        same_event=["e1", "e1", ""],
        precision_m=[4000, 300, 500],
        latitude=[48.5012, 48.6012, 48.5012],
    )
    strikes = find_strikes(reports)
    assert strikes["report_ids"].tolist() == ["a|b", "c"]
    linked = strikes.iloc[0]
    # The greatest count stays what is expected; the range reaches a tenth of its width further.
    assert linked[["rounds_low", "rounds_expected", "rounds_high"]].tolist() == [2, 6, 6.4]
    # The best-placed report gives the place.
    assert (linked["precision_m"], linked.geometry.y) == (300, 48.6012)
    # Days that both allow.
    assert linked["date_start"] == linked["date_end"] == pd.Timestamp("2022-03-01")


def test_linked_reports_that_contradict_each_other_keep_all_days():
    reports = reports_of(
        ("a", "2022-03-01", "CBU-87", "2"), ("b", "2022-03-05", "CBU-87", "2"), same_event=["e1", "e1"]
    )
    strike = find_strikes(reports).iloc[0]
    assert (strike["date_start"], strike["date_end"]) == (pd.Timestamp("2022-03-01"), pd.Timestamp("2022-03-05"))


def test_rejected_reports_make_no_strike_and_reports_without_a_place_make_one():
    reports = reports_of(
        ("a", "2022-03-01", "CBU-87", "2"),
        ("b", "2022-03-01", "CBU-87", "2"),
        ("c", "2022-03-01", "CBU-87", "2"),
        latitude=["48.5", "", ""],
        longitude=["37.5", "", ""],
        place=["x", "y", ""],
    )
    assert reports["status"].tolist()[2] == "rejected"
    strikes = find_strikes(reports)
    assert strikes["strike_id"].tolist() == ["S-a", "S-b"]
    assert strikes.geometry.is_empty.tolist() == [False, True]


@given(st.permutations(range(20)))
def test_the_order_of_reports_changes_nothing_but_the_order(order):
    reports = read_reports(sample_data()).iloc[:20]
    direct = find_strikes(reports).set_index("strike_id")
    moved = find_strikes(reports.iloc[list(order)]).set_index("strike_id").loc[direct.index]
    pd.testing.assert_frame_equal(pd.DataFrame(direct), pd.DataFrame(moved))


def test_the_callers_frame_is_left_alone(sample):
    before = sample.copy(deep=True)
    find_strikes(sample)
    pd.testing.assert_frame_equal(pd.DataFrame(sample), pd.DataFrame(before))


def test_no_usable_report_makes_no_strike(sample):
    strikes = find_strikes(sample.assign(status="rejected"))
    assert len(strikes) == 0
    assert isinstance(strikes, gpd.GeoDataFrame)


def test_a_layer_that_breaks_the_contract_is_refused(sample):
    with pytest.raises(SchemaError, match="Invalid reports layer: missing column 'status'"):
        find_strikes(sample.drop(columns="status"))
    with pytest.raises(SchemaError, match="column 'report_id' must be filled and unique; not so in rows 1"):
        find_strikes(sample.assign(report_id=np.where(sample.index == 1, "UA-001", sample["report_id"])))
