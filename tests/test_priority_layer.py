"""Zones to priorities: laws, what is said, the table of criteria, and what is refused."""

import re
import subprocess
import sys
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from uxomap._validation import check_layer
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.priority import Criteria, rank_areas, read_criteria
from uxomap.schema import layer_schema

BANNED = re.compile(
    r"\b(?:safe|clear|cleared|free|released|cancell?ed|reduced|confirmed|no risk|low.risk|SHA|CHA)\b", re.IGNORECASE
)


def make_zones(uxo, **columns) -> gpd.GeoDataFrame:
    """Zones that keep their contract, with exact items unless ranges are given."""
    size = len(uxo)
    uxo = np.asarray(uxo, dtype=float)
    values = {
        "zone_id": [f"Z-{number}" for number in range(1, size + 1)],
        "strike_ids": "S-1",
        "n_strikes": 1,
        "hazard_kind": "dud",
        "munition_ids": "m26",
        "location_text": "a village",
        "date_start": pd.Timestamp("2022-03-01"),
        "date_end": pd.Timestamp("2022-03-02"),
        "uxo_low": uxo,
        "uxo_expected": uxo,
        "uxo_high": uxo,
        "area_m2": 1e6,
        "uxo_per_ha": uxo / 100,
        "assumptions": "",
        "method_version": "1.0",
        "notice": "",
    } | columns
    frame = pd.DataFrame(values, index=range(size))
    return gpd.GeoDataFrame(frame, geometry=[shapely.box(n, 0, n + 0.1, 0.1) for n in range(size)], crs="EPSG:4326")


ENTRY = """
[[criteria]]
criterion = "{name}"
goal = "fewer casualties"
label = "{label}"
column = "{column}"
direction = "more"
cutoffs = [0, 100]
values = [0, 1]
weight_low = 0
weight_high = 1
reason = "A reason."
basis = "A basis."
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str):
        path = tmp_path / "ours.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def two(write):
    """Items and people, both linear from 0 to 100, any weights."""
    items = ENTRY.format(name="uxo", label="items", column="uxo_expected")
    return write(items + ENTRY.format(name="people", label="people near", column="people_near_expected"))


def test_an_order_that_anybody_would_give():
    zones = make_zones([1, 100, 10])
    ranked = rank_areas(zones, samples=200)
    check_layer(ranked, "priorities")
    assert ranked["zone_id"].tolist() == ["Z-2", "Z-3", "Z-1"]
    assert ranked["priority"].tolist() == ranked["rank_low"].tolist() == ranked["rank_high"].tolist() == [1, 2, 3]
    assert ranked["first_rank_share"].tolist() == [1, 0, 0]
    assert ranked["confidence_factor"].isna().tolist() == [False, True, True]
    assert [text[:6] for text in ranked["would_change"]] == ["Rank 1", "Rank 2", "Rank 3"]
    assert "every sample, whatever the weights" in ranked["would_change"][0]


def test_shares_and_central_weights_in_closed_form(two):
    """A = (100 items, nobody), B = (no item, 50 people): A leads where items weigh above 1/3."""
    ranked = rank_areas(make_zones([100, 0], people_near_expected=[0.0, 50]), criteria=two).set_index("zone_id")
    assert ranked["first_rank_share"].to_numpy() == pytest.approx([2 / 3, 1 / 3], abs=0.02)
    assert ranked["central_weight_uxo"].to_numpy() == pytest.approx([2 / 3, 1 / 6], abs=0.02)
    assert ranked["score_expected"].to_numpy() == pytest.approx([1 / 2, 1 / 4], abs=0.01)
    assert ranked["value_people"].tolist() == [0, 0.5]
    assert ranked["confidence_factor"].tolist() == [1, 1]
    assert ranked["would_change"].str.startswith("Stays between rank 1 and 2 whatever the weights, were every").all()
    # Equal scores at 1/3: 0.34 is the first step of 0.01 above, 0.66 of the other weight the last.
    assert "Stays first while the weight of items is 0.34 or more." in ranked["would_change"]["Z-1"]
    assert "First if the weight of people near is 0.67 or more." in ranked["would_change"]["Z-2"]


def test_an_uncertain_figure_in_closed_form(two):
    """Against 50 exact items, a range of 0 to 100 with mean 50 is ahead in half of the samples."""
    zones = make_zones([50, 50], uxo_low=[50.0, 0], uxo_high=[50.0, 100])
    text = two.read_text().split("[[criteria]]")[1]
    two.write_text('[[criteria]]\ncolumn_low = "uxo_low"\ncolumn_high = "uxo_high"\n' + text)
    ranked = rank_areas(zones, criteria=two).set_index("zone_id")
    assert ranked["first_rank_share"]["Z-2"] == pytest.approx(0.5, abs=0.02)
    assert ranked["score_low"]["Z-2"] == pytest.approx(0, abs=0.01)
    assert ranked["score_high"]["Z-2"] == pytest.approx(1, abs=0.01)
    assert "Should items prove high, about rank 1; low, about rank 2." in ranked["would_change"]["Z-2"]
    assert "Should" not in ranked["would_change"]["Z-1"]


def test_criteria_that_read_one_column_are_drawn_together():
    """Items and items a hectare of a zone move together: the score spreads as far as both do."""
    zones = make_zones([100, 1], uxo_low=[10.0, 1], uxo_high=[400.0, 1])
    ranked = rank_areas(zones, samples=5_000).set_index("zone_id")
    # At the 5 % point both are at their 5 % points: 10 items (0.33) and 0.1 items a hectare (0.33).
    assert ranked["score_low"]["Z-1"] == pytest.approx(0.33, abs=0.005)


def test_unknown_is_neither_zero_nor_left_out(two):
    """A zone of which nobody knows the people can be worth anything; the criterion is named."""
    zones = make_zones([50, 50, 50], people_near_expected=[0.0, 60, np.nan])
    ranked = rank_areas(zones, criteria=two).set_index("zone_id")
    unknown = ranked.loc["Z-3"]
    assert unknown["criteria_unknown"] == "people"
    assert ranked.loc["Z-1", "criteria_unknown"] == ""
    assert np.isnan(unknown["value_people"])
    assert unknown["first_rank_share"] == pytest.approx(0.4, abs=0.02)
    assert unknown["rank_low"] == 1
    assert unknown["rank_high"] == 2
    assert "Not known: people near." in unknown["drivers"]
    assert "Not known: people near; if high, about rank 1, if low, about rank 2." in unknown["would_change"]
    assert ranked.loc["Z-1", "score_expected"] < unknown["score_expected"] < ranked.loc["Z-2", "score_expected"]


def test_unknown_of_what_comes_first_when_little(write):
    text = ENTRY.format(name="roads", label="distance to a road", column="nearest_road_m")
    path = write(text.replace('"more"', '"less"').replace("values = [0, 1]", "values = [1, 0]"))
    ranked = rank_areas(make_zones([1, 1], nearest_road_m=[50.0, np.nan]), criteria=path).set_index("zone_id")
    assert "if high, about rank 2, if low, about rank 1." in ranked["would_change"]["Z-2"]


def test_a_criterion_without_data_is_left_out_and_said(two):
    ranked = rank_areas(make_zones([10, 20]), criteria=two)
    assert set(ranked["criteria_left_out"]) == {"people"}
    # It holds for all zones alike, and the column above says it.
    assert not ranked["drivers"].str.contains("people near|Left out").any()
    assert "value_people" not in ranked
    assert ranked["score_expected"].tolist() == pytest.approx([0.2, 0.1])


def test_words_and_truth_values_are_worth_what_the_table_says():
    for values in (["yes", " No "], [True, False]):
        ranked = rank_areas(make_zones([5, 5], local_request=values), samples=200)
        assert ranked["zone_id"].tolist() == ["Z-1", "Z-2"]
        assert ranked["value_local_request"].tolist() == [1, 0]
        assert "request from the community (yes)" in ranked["drivers"][0]


def test_drivers_name_what_sets_a_zone_apart():
    people = {f"people_near_{end}": [5000.0, 10] for end in ("low", "expected", "high")}
    ranked = rank_areas(make_zones([5, 20], **people), samples=500)
    assert ranked["drivers"][0].startswith("Lifted by people near (5,000). Held back by estimated unexploded items (5)")
    assert "Lifted by estimated unexploded items (20)" in ranked["drivers"][1]


def test_words_of_an_output_never_declare_land_to_be_anything():
    ranked = rank_areas(make_zones([0, 5, 5], schools_inside=[0.0, 1, np.nan], schools_near=0.0), samples=300)
    for name in ("drivers", "would_change", "notice"):
        assert not ranked[name].str.contains(BANNED).any()
    assert not BANNED.search(read_criteria().to_frame().to_csv())


def test_ranges_of_ranks_hold_truths_drawn_from_elsewhere(two):
    """Items are truly lognormal and weights truly uniform: about nine true ranks in ten lie within their range."""
    rng = np.random.default_rng(4)
    size, worlds, sigma = 30, 2_000, 0.6
    median, people = rng.uniform(5, 60, size), rng.uniform(0, 100, size)
    ends = {"uxo_low": median * np.exp(-1.645 * sigma), "uxo_high": median * np.exp(1.645 * sigma)}
    zones = make_zones(median * np.exp(sigma**2 / 2), people_near_expected=people, **ends)
    text = two.read_text()
    two.write_text(text.replace("[[criteria]]", '[[criteria]]\ncolumn_low = "uxo_low"\ncolumn_high = "uxo_high"', 1))
    ranked = rank_areas(zones, criteria=two).set_index("zone_id").loc[zones["zone_id"]]
    truth = np.clip(median * np.exp(sigma * rng.normal(size=(worlds, size))), 0, 100) / 100
    weight = rng.random((worlds, 1))
    score = weight * truth + (1 - weight) * people / 100
    rank = (score[:, np.newaxis, :] > score[:, :, np.newaxis]).sum(axis=2) + 1
    inside = (rank >= ranked["rank_low"].to_numpy()) & (rank <= ranked["rank_high"].to_numpy())
    assert inside.mean() == pytest.approx(0.92, abs=0.03)
    assert (rank == 1).mean(axis=0) == pytest.approx(ranked["first_rank_share"].to_numpy(), abs=0.05)
    assert rank.mean(axis=0) == pytest.approx(ranked["rank_expected"].to_numpy(), abs=1.0)


@pytest.mark.slow
def test_ten_thousand_zones_are_ranked_in_half_a_minute_and_two_gigabytes(root):
    """Half a minute on two processors is a minute of processor time, whatever else runs beside it."""
    done = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "ranking.py")], capture_output=True, text=True, check=True
    )
    found = re.search(r"all columns .* processors +([\d.]+) s +peak memory ([\d.]+) GB", done.stdout)
    assert float(found[1]) < 60
    assert float(found[2]) < 2


figures = st.floats(0, 500)
zone = st.tuples(figures, st.floats(0, 1), st.floats(1.1, 3), st.one_of(st.none(), figures))


def build(rows, ids) -> gpd.GeoDataFrame:
    uxo = np.array([row[0] for row in rows])
    return make_zones(
        uxo,
        zone_id=ids,
        uxo_low=uxo * [row[1] * 0.8 for row in rows],
        uxo_high=uxo * [row[2] for row in rows],
        nearest_road_m=[np.nan if row[3] is None else row[3] for row in rows],
        schools_inside=[float(row[0] > 250) for row in rows],
        schools_near=1.0,
    )


SCORES = ["zone_id", "score_expected", "score_low", "score_high", "value_uxo", "value_roads"]


@given(st.lists(zone, min_size=2, max_size=6), zone, st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_law_a_further_zone_and_the_order_of_rows_change_nothing_between_the_others(rows, further, random):
    rows = [(*rows[0][:3], 100.0), *rows[1:]]  # one road is known, so that the same criteria are in use
    ids = [f"Z-{number}" for number in range(len(rows))]
    alone = rank_areas(build(rows, ids), samples=200)
    pairs = [*zip(rows, ids, strict=True), (further, "Z-FAR")]
    random.shuffle(pairs)
    beside = rank_areas(build(*zip(*pairs, strict=True)), samples=200)
    others = beside[beside["zone_id"] != "Z-FAR"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others[SCORES], alone[SCORES], check_exact=True)
    moved = others["rank_expected"] - alone["rank_expected"]
    assert moved.between(0, 1).all()
    again = rank_areas(build(*zip(*sorted(pairs, key=lambda pair: pair[1]), strict=True)), samples=200)
    pd.testing.assert_frame_equal(beside.drop(columns="geometry"), again.drop(columns="geometry"), check_exact=True)
    for name in ("rank_topsis", "rank_weighted_sum"):
        before, after = alone[name].to_numpy(), others[name].to_numpy()
        assert np.array_equal(np.sign(np.subtract.outer(before, before)), np.sign(np.subtract.outer(after, after)))


@given(st.lists(zone, min_size=1, max_size=6))
@settings(max_examples=12, deadline=None)
def test_law_ranks_shares_and_scores_agree_with_each_other(rows):
    ranked = rank_areas(build(rows, [f"Z-{n}" for n in range(len(rows))]), samples=200, top=2)
    assert (ranked["rank_low"] <= ranked["rank_high"]).all()
    assert (ranked["score_low"] <= ranked["score_high"] + 1e-6).all()
    assert ranked["rank_expected"].between(1, len(rows)).all()
    assert ranked["first_rank_share"].sum() >= 1 - 1e-9
    assert (ranked["first_rank_share"] <= ranked["top_share"]).all()
    assert set(ranked["top_k"]) == {min(2, len(rows))}
    central = ranked.filter(like="central_weight_")
    known = ranked["first_rank_share"] > 0
    assert central[known].sum(axis=1).to_numpy() == pytest.approx(np.ones(known.sum()), abs=1e-4)
    assert central[~known].isna().all(axis=None)


def test_another_seed_draws_anew_and_the_same_seed_does_not():
    zones = make_zones([50, 60], uxo_low=[5.0, 6], uxo_high=[150.0, 180])
    one, same, other = (rank_areas(zones, samples=300, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert one["first_rank_share"].tolist() != other["first_rank_share"].tolist()


def test_the_callers_layer_stays_as_it_is_and_a_ranking_can_be_ranked_again():
    zones = make_zones([5, 9])
    before = zones.copy()
    once = rank_areas(zones, samples=200)
    pd.testing.assert_frame_equal(zones, before)
    pd.testing.assert_frame_equal(rank_areas(once, samples=200), once)


def test_a_layer_without_zones_stays_without():
    empty = rank_areas(make_zones([1]).iloc[:0])
    assert not len(empty)
    assert [name for name in layer_schema("priorities").required if name not in empty] == []


def test_criteria_given_as_an_object_or_as_a_file(two):
    zones = make_zones([10, 20])
    pd.testing.assert_frame_equal(rank_areas(zones, criteria=two), rank_areas(zones, criteria=read_criteria(two)))


def test_the_table_that_comes_with_uxomap_follows_four_goals_and_reads_known_columns():
    table = read_criteria().to_frame()
    assert table.groupby("goal").size().between(2, 5).all()
    assert list(dict.fromkeys(table["goal"])) == ["fewer casualties", "obligations", "livelihoods", "do no harm"]
    known = {*layer_schema("zones").columns, *layer_schema("exposure").columns}
    for entry in read_criteria().entries:
        assert entry.own != set(entry.columns).issubset(known)
        assert entry.basis.startswith("Own assumption")


def test_the_page_shows_the_table_that_comes_with_uxomap(root):
    page = (root / "docs" / "priorities.md").read_text(encoding="utf-8")
    for entry in read_criteria().entries:
        worth = (
            ", ".join(f"{word}: {value:g}" for word, value in entry.words.items())
            if entry.words
            else ", ".join(f"{cut:g}: {value:g}" for cut, value in zip(entry.cutoffs, entry.values, strict=True))
        )
        unit = f", {entry.unit}" if entry.unit and f" {entry.unit} " not in f" {entry.label} " else ""
        line = (
            f"| `{entry.criterion}` | {entry.goal} | {entry.label}{unit} | {worth} | "
            f"{entry.weight_low:g} to {entry.weight_high:g} | {entry.reason} |"
        )
        assert line in page, line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("weight_high = 1", "weight_high = 0.4"), r"high bounds add up to 0\.4"),
        (("weight_low = 0", "weight_low = 2"), "bounds must be shares between 0 and 1"),
        (("cutoffs = [0, 100]", "cutoffs = [100, 0]"), "cutoffs must rise"),
        (("cutoffs = [0, 100]", "cutoffs = [0, 50, 100]"), "as many values as cutoffs"),
        (("values = [0, 1]", "values = [1, 0]"), "direction 'more' says otherwise than its values"),
        (("values = [0, 1]", "values = [0, 5]"), "values must lie between 0 and 1"),
        (("values = [0, 1]", 'values = ["a", 1]'), "lists of numbers"),
        (('"more"', '"up"'), "direction 'up' must be one of: more, less"),
        (('reason = "A reason."', ""), "criterion 'uxo': reason must be a text"),
        (('"uxo"', '"UXO!"'), "small letters"),
        (("weight_low", "weight_lo"), "unknown key 'weight_lo'.*weight_low must be a number"),
        (("cutoffs = [0, 100]\nvalues = [0, 1]", ""), "either cutoffs and values or words"),
        (('column = "uxo_expected"', "column = 5"), "column must be the name of a column"),
        (("weight_low = 0", 'weight_low = 0\ncolumn_low = "uxo_low"'), "go together"),
        (("weight_low = 0", "weight_low = 0\nown = 1"), "own must be true or false"),
        (("goal =", "goal"), "Must be TOML. Correct that line"),
        (("[[criteria]]", "[criterion]"), r"no \[\[criteria\]\] in it"),
        (("uxo_expected", "uxo_expekted"), "'uxo_expekted', which does not exist .did you mean 'uxo_expected'"),
        (("uxo_expected", "hazard_kind"), "needs numbers"),
        (("uxo_expected", "people_near_expected"), "No zone has data for any of the 1 criteria"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(write, change, words):
    text = ENTRY.format(name="uxo", label="items", column="uxo_expected")
    assert change[0] in text
    with pytest.raises(InputError, match=words):
        rank_areas(make_zones([1, 2]), criteria=write(text.replace(*change)))


def test_all_faults_of_a_table_are_told_at_once(write):
    text = ENTRY.format(name="uxo", label="items", column="uxo_expected")
    bad = text.replace("[0, 100]", "[100, 0]")
    with pytest.raises(
        InputError, match=r"'uxo': cutoffs must rise.*'uxo': cutoffs must rise.*'uxo' stands there twice"
    ):
        read_criteria(write(bad + bad))


def test_a_table_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read from none\.toml: No such file"):
        read_criteria(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="it is not text in UTF-8"):
        read_criteria(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"uxo_low": [np.nan, 1.0]}, "no low or high point in rows Z-1"),
        ({"uxo_low": [9.0, 1.0]}, "'uxo_expected': Low 9, expected 1, high 1 contradict"),
        ({"people_near_expected": [1.0, 2.0]}, "also needs column 'people_near_low'"),
        ({"nearest_road_m": [-5.0, 2.0]}, "holds -5 in rows Z-1. Must be finite and 0 or more"),
        ({"nearest_road_m": [np.inf, 2.0]}, "holds inf in rows Z-1"),
        ({"local_request": ["yes", "perhaps"]}, "holds 'perhaps' in rows Z-2.*knows: yes, no"),
        ({"cropland_m2": ["1", "2"]}, "'cropland' needs numbers"),
    ],
)
def test_figures_that_cannot_be_read_are_refused(columns, words):
    with pytest.raises(InputError, match=words):
        rank_areas(make_zones([1, 1], **columns), samples=100)


def crossed(size: int) -> dict[str, list[float]]:
    """Each zone with more items has fewer people: by one weight the order is turned round."""
    return {"people_near_expected": list(np.linspace(100, 0, size))}


@pytest.mark.parametrize(("size", "words"), [(12, "Anywhere between rank 1 and 12, depending on the weights"), (6, "")])
def test_a_rank_that_hangs_on_the_weights_is_not_said_to_stay(two, size, words):
    zones = make_zones(list(np.linspace(0, 100, size)), **crossed(size))
    told = rank_areas(zones, criteria=two).set_index("zone_id")["would_change"]["Z-1"]
    steady = f"Stays between rank 1 and {size} whatever the weights"
    assert told.startswith((words or steady) + ", were every criterion as expected.")


def test_six_ranks_among_many_zones_are_not_far(two):
    # Seven zones change places by the weights; the 23 others come after them whatever the weights.
    items = [*np.linspace(40, 100, 7), *[0.0] * 23]
    people = [*np.linspace(100, 40, 7), *[0.0] * 23]
    zones = make_zones(items, people_near_expected=people)
    told = rank_areas(zones, criteria=two).set_index("zone_id")["would_change"]["Z-1"]
    assert told.startswith("Stays between rank 1 and 7 whatever the weights")


def test_zones_that_only_their_id_sets_apart_are_said_to_be_level():
    changes = rank_areas(make_zones([5, 5, 5, 9])).set_index("zone_id")["would_change"]
    assert all("level with 2 other zones" in changes[f"Z-{number}"] for number in (1, 2, 3))
    assert "level with" not in changes["Z-4"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"top": 0}, "Invalid top 0"),
        ({"top": 1.5}, "Invalid top 1.5"),
        ({"samples": 5}, "from 100 to 1,000,000"),
        ({"seed": -1}, "Invalid seed -1. Must be a whole number, 0 or more"),
        ({"seed": "x"}, "Invalid seed 'x'"),
        ({"criteria": 5}, "Invalid criteria: int. Must be a path"),
    ],
)
def test_choices_out_of_range_are_refused(choice, words):
    with pytest.raises(InputError, match=words):
        rank_areas(make_zones([1]), **choice)


def test_layers_that_break_their_contract_are_refused():
    with pytest.raises(SchemaError, match="missing column 'uxo_low'"):
        rank_areas(make_zones([1]).drop(columns="uxo_low"))
    with pytest.raises(CRSError, match="EPSG:32637"):
        rank_areas(make_zones([1]).to_crs("EPSG:32637"))


def test_criteria_in_use_that_may_all_weigh_nothing_are_refused():
    entries = {entry.criterion: entry for entry in read_criteria().entries}
    none = replace(entries["uxo"], weight_low=0.0, weight_high=0.0)
    sole = replace(entries["people_near"], weight_low=1.0, weight_high=1.0)
    with pytest.raises(InputError, match="may all weigh nothing"):
        rank_areas(make_zones([1, 2]), criteria=Criteria((none, sole), "ours"))
