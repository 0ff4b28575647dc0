"""The catalogue: every munition and estimate is there, has its source, and keeps the rules; wrong rows are refused."""

import csv
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uxomap.errors import CatalogueError
from uxomap.munitions._catalogue import (
    AREAS,
    AXES,
    BASES,
    ITEMS,
    PERCENTAGES,
    ROUNDS,
    STATUSES,
    check_catalogue,
    find_munition,
    load_categories,
    load_estimates,
    load_munitions,
)

ROOT = Path(__file__).parents[1]
FACTS = ROOT.parent / "shared" / "facts"
#: Ratio of the radius that holds 95 % to sigma, circular normal: sqrt(-2 ln 0.05).
K95 = math.sqrt(-2 * math.log(0.05))
FADEOUT_M = 50
UNITARY = {"shell", "rocket", "mortar_bomb", "bomb", "missile", "grenade", "generic_unitary"}


@pytest.fixture
def tables():
    return {"munitions": load_munitions(), "estimates": load_estimates(), "categories": load_categories()}


def read_facts(name):
    path = FACTS / name
    if not path.exists():
        pytest.skip(f"the fact table {name} is not beside this project")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# --- what is there -----------------------------------------------------------------------------------------------


def test_shipped_catalogue_keeps_its_rules(tables):
    check_catalogue(**tables)
    assert len(tables["munitions"]) >= 84
    assert len(tables["estimates"]) >= 153
    assert len(tables["categories"]) == 15


def test_no_munition_of_the_fact_table_is_lost():
    assert set(load_munitions().index) >= {row["id"] for row in read_facts("munitions.csv")}


def test_no_estimate_of_the_fact_table_is_lost_or_changed():
    def key(row):
        return (row["munition_id"], *(row[name] for name in PERCENTAGES), row["source"], row["confidence"])

    def ours(row):
        cells = ("" if math.isnan(row[name]) else f"{row[name]:g}" for name in PERCENTAGES)
        return (row["munition_id"], *cells, row["source"], row["confidence"])

    found = Counter(ours(row) for row in load_estimates().to_dict("records"))
    assert not Counter(key(row) for row in read_facts("dud_rates.csv")) - found


def test_marks_of_the_fact_table_agree_with_our_judgement():
    marks = {(row["munition_id"], row["source"], row["basis"]) for row in read_facts("dud_rates.csv")}
    ours = load_estimates()
    for name, source, basis in marks:
        plain = basis.replace("[qualitative]", "").replace("[class]", "").strip()
        same = ours[(ours["munition_id"] == name) & (ours["source"] == source) & (ours["basis_text"] == plain)]
        assert len(same), (name, source, basis)
        assert ((same["basis"] == "qualitative") == ("[qualitative]" in basis)).all()
        assert (same["scope"] != "own").all() or "[class]" not in basis


def test_estimates_are_numbered_within_their_munition():
    for name, group in load_estimates().groupby("munition_id"):
        assert group["estimate_id"].tolist() == [f"{name}-{number}" for number in range(1, len(group) + 1)]


def test_every_basis_occurs_and_carries_what_it_says():
    estimates = load_estimates()
    assert set(estimates["basis"]) == set(BASES)
    texts = estimates.groupby("basis")["basis_text"].agg(list)
    assert all("requirement" in text or "target" in text or "threshold" in text for text in texts["requirement"])
    assert all("field" in text or "analogy" in text for text in texts["field"])
    assert set(estimates.loc[estimates["basis"] == "mission", "munition_id"]) == {"cruise_missile_ru"}


def test_unread_sources_have_no_address_and_the_weakest_grade():
    estimates = load_estimates()
    unread = estimates["confidence"] == "unconfirmed"
    assert (estimates.loc[unread, "url"] == "").all()
    assert (estimates.loc[unread, "grade"] == "C").all()
    assert estimates.loc[~unread, "url"].str.match(r"https?://\S+$").all()


@pytest.mark.parametrize("group", ["items", "footprint", "self_destruct"])
def test_published_figures_have_an_address_or_are_definitions(group):
    munitions = load_munitions()
    rows = munitions[munitions[f"{group}_status"] == "published"]
    by_definition = rows[f"{group}_source"].str.startswith("by definition: ")
    assert (by_definition | rows[f"{group}_url"].str.match(r"https?://\S+$")).all()
    assert set(rows[by_definition]["category"]) <= UNITARY


@pytest.mark.parametrize(
    ("group", "columns"), [("items", ITEMS), ("footprint", (*AXES, *AREAS)), ("salvo", ("salvo_sigma_m",))]
)
def test_assumed_is_exactly_what_the_class_gave(group, columns):
    munitions, categories = load_munitions(), load_categories()
    assumed = munitions[munitions[f"{group}_status"] == "assumed"]
    assert 0 < len(assumed) <= len(munitions)
    assert set(munitions[f"{group}_status"]) <= set(STATUSES)
    defaults = categories.loc[assumed["category"]].set_axis(assumed.index)
    assert (assumed[f"{group}_source"] == defaults[f"{group}_basis"]).all()
    for column in set(columns) & set(categories.columns):
        assert (assumed[column] == defaults[column]).all()


def test_nothing_is_missing_but_axes_of_patterns_published_as_areas():
    munitions = load_munitions()
    assert set(munitions.columns[munitions.isna().any()]) == set(AXES)
    area_only = munitions[munitions["footprint_length_m"].isna()]
    assert (area_only["footprint_status"] != "assumed").all()
    assert (area_only["footprint_low_m2"] > 0).all()


def test_patterns_with_axes_hold_the_area_of_their_ellipse():
    munitions = load_munitions()
    sized = munitions[munitions["footprint_length_m"] > 0]
    area = math.pi / 4 * sized["footprint_length_m"] * sized["footprint_width_m"]
    assert (sized["footprint_low_m2"] <= area * 1.001).all()
    assert (sized["footprint_high_m2"] >= area * 0.999).all()


@pytest.mark.parametrize("columns", [ITEMS, ROUNDS])
def test_counts_are_not_too_skewed(columns):
    table = load_munitions() if columns is ITEMS else load_categories()
    low, expected, high = (table[column] for column in columns)
    point = (low == expected) & (expected == high)
    assert (low <= expected).all()
    assert (expected <= high).all()
    assert (point | ((high - expected) <= 10 * (expected - low))).all()
    assert (point | ((expected - low) <= 10 * (high - expected))).all()


def test_unitary_rounds_are_one_item_without_a_pattern():
    munitions = load_munitions()
    unitary = munitions[munitions["category"].isin(UNITARY)]
    assert (unitary[[*ITEMS]] == 1).all(axis=None)
    assert (unitary[[*AXES, *AREAS]] == 0).all(axis=None)
    assert (munitions.loc[~munitions["category"].isin(UNITARY), "footprint_high_m2"] > 0).all()


def test_mines_are_mines():
    munitions = load_munitions()
    mines = munitions[munitions["category"] == "scatterable_mine"]
    assert (mines["hazard_kind"] == "mine").all()
    assert mines["mine_type"].isin(["AP", "AT", "mixed"]).all()
    assert (munitions.drop(mines.index)["mine_type"] == "").all()


# --- figures a reader can check by eye ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("munition_id", "items"),
    [
        ("m483a1", (88, 88, 88)),
        ("m864", (72, 72, 72)),
        ("l20a1", (49, 49, 49)),
        ("m26", (644, 644, 644)),
        ("9m27k", (30, 30, 30)),
        ("9m55k", (72, 72, 72)),
        ("tochka_u_cluster", (50, 50, 50)),
        ("m87_orkan", (288, 288, 288)),
        ("astros_ss60", (65, 67.5, 70)),
        ("sakr122", (72, 85, 98)),
        ("cbu87", (202, 202, 202)),
        ("bl755", (147, 147, 147)),
        ("cbu58", (650, 650, 650)),
        ("cbu105", (40, 40, 40)),
        ("9m27k3_pfm", (312, 312, 312)),
        ("cbu89_gator", (94, 94, 94)),
    ],
)
def test_items_per_carrier(munition_id, items):
    assert tuple(find_munition(munition_id)[list(ITEMS)]) == items


@pytest.mark.parametrize(
    ("munition_id", "length", "width", "low_m2", "high_m2", "status"),
    [
        ("m26", 200, 100, 15_708, 15_708, "published"),
        ("cbu87", math.sqrt(61 * 244), math.sqrt(37 * 123), 1_773, 23_571, "published"),
        ("cbu24", 160, 100, 12_566, 12_566, "assumed"),
        ("cbu89_gator", 650, 200, 102_102, 102_102, "unconfirmed"),
        ("m864", np.nan, np.nan, 22_500, 22_500, "published"),
        ("9m27k", np.nan, np.nan, 5_000, 7_000, "published"),
        ("l20a1", np.nan, np.nan, 10_000, 14_000, "published"),
        ("bl755", np.nan, np.nan, 10_000, 28_000, "published"),
        ("m39_atacms", np.nan, np.nan, 33_000, 33_000, "unconfirmed"),
        ("m483a1", np.nan, np.nan, 30_351, 30_351, "published"),
    ],
)
def test_footprints(munition_id, length, width, low_m2, high_m2, status):
    row = find_munition(munition_id)
    np.testing.assert_allclose(row[[*AXES]].astype(float), [length, width], atol=0.05)
    np.testing.assert_allclose(row[[*AREAS]].astype(float), [low_m2, high_m2], atol=0.5)
    assert row["footprint_status"] == status


@pytest.mark.parametrize(
    ("munition_id", "radius_m", "status"),
    [
        ("m26", 1_000, "published"),
        ("9m55k", math.sqrt(670_000 / math.pi), "unconfirmed"),
        ("9m27k", math.sqrt(430_000 / math.pi), "unconfirmed"),
    ],
)
def test_salvo_holds_95_percent_of_items_in_the_published_circle(munition_id, radius_m, status):
    row = find_munition(munition_id)
    if math.isnan(row["footprint_length_m"]):
        area = math.sqrt(row["footprint_low_m2"] * row["footprint_high_m2"])
        pattern = area / math.pi / K95**2
    else:
        pattern = ((row["footprint_length_m"] / 2 / K95) ** 2 + (row["footprint_width_m"] / 2 / K95) ** 2) / 2
    assert math.isclose(K95 * math.sqrt(row["salvo_sigma_m"] ** 2 + pattern), radius_m, rel_tol=1e-3)
    assert row["salvo_status"] == status


@pytest.mark.parametrize(
    ("estimate_id", "percentages", "basis", "scope", "grade"),
    [
        ("m483a1-1", (3, None, 14), "test", "own", "A"),
        ("m483a1-3", (None, None, 2.35), "claim", "own", "B"),
        ("m864-2", (None, 6, None), "statement", "own", "B"),
        ("m85_sd-3", (None, 10, None), "field", "own", "B"),
        ("m85_sd-4", (9.6, 11.5, 12.2), "field", "own", "C"),
        ("m26-3", (3, None, 5), "requirement", "own", "B"),
        ("m26-7", (20, None, 40), "field", "class", "B"),
        ("9m27k-1", (30, None, 40), "statement", "class", "B"),
        ("cbu87-2", (None, None, 22), "field", "own", "A"),
        ("cbu87-3", (None, 7, None), "field", "own", "B"),
        ("bl755-3", (11, None, 12), "field", "own", "B"),
        ("jsow_a-1", (None, 5, None), "test", "analogy", "A"),
        ("cruise_missile_ru-1", (20, None, 60), "mission", "own", "B"),
        ("vietnam_gp_bomb-2", (None, 5, None), "study", "own", "B"),
        ("kosovo_1999_mix-2", (3, None, 26), "field", "own", "C"),
        ("dm662-3", (None, 0.2, None), "test", "own", "B"),
        ("kmgu-1", (None, None, None), "qualitative", "own", "A"),
    ],
)
def test_estimates(estimate_id, percentages, basis, scope, grade):
    row = load_estimates().set_index("estimate_id").loc[estimate_id]
    given_ = tuple(None if math.isnan(value) else value for value in row[list(PERCENTAGES)])
    assert (given_, row["basis"], row["scope"], row["grade"]) == (percentages, basis, scope, grade)


def test_self_destruct_is_read_with_care():
    column = load_munitions()["self_destruct"]
    found = {name: column[name] for name in ("m26", "m85_sd", "m395", "9m27k3_pfm", "zp39", "grenade_rpg_40mm")}
    assert found == {
        "m26": "no",
        "m85_sd": "yes",
        "m395": "variant",
        "9m27k3_pfm": "variant",
        "zp39": "unknown",
        "grenade_rpg_40mm": "variant",
    }


# --- class values against what surveys found ---------------------------------------------------------------------


def area_ha(category, *, several):
    """Land that one or several carriers of a class contaminate, with the fade-out."""
    row = load_categories().loc[category]
    pattern = ((row["footprint_length_m"] / 2 / K95) ** 2 + (row["footprint_width_m"] / 2 / K95) ** 2) / 2
    scatter = row["salvo_sigma_m"] ** 2 if several else 0.0
    return math.pi * (K95 * math.sqrt(scatter + pattern) + FADEOUT_M) ** 2 / 1e4


@pytest.mark.parametrize(
    ("category", "several", "low_ha", "high_ha", "finding"),
    [
        ("air_cluster", False, 4.2 * 0.9, 4.2 * 1.1, "Serbia: 8.3 km2 in 196 bombs"),
        ("air_cluster", True, 8.3 * 0.9, 8.3 * 1.1, "Serbia: 8.3 km2 in 100 reports"),
        ("artillery_cluster", True, 12.5, 12.5 * 1.25, "Preah Vihear: over 1.5 km2 in 12 areas"),
        ("rocket_cluster", True, 43 * 0.9, 43 * 1.1, "Nagorno-Karabakh 2016: 86 ha around two villages"),
        ("generic_cluster", True, 33 * 0.9, 33 * 1.1, "Nagorno-Karabakh 2015: 67 km2 in 202 areas"),
        *[(name, False, 2, 8, "single strikes") for name in ("artillery_cluster", "mortar_cluster", "rocket_cluster")],
        *[(name, False, 2, 8, "single strikes") for name in ("missile_cluster", "sensor_fuzed", "generic_cluster")],
        ("missile_cluster", True, 10, 50, "repeated strikes"),
        ("sensor_fuzed", True, 10, 50, "repeated strikes"),
        ("scatterable_mine", True, 10, 50, "repeated strikes"),
        ("mortar_cluster", True, 2, 8, "strikes of a few carriers"),
    ],
)
def test_class_values_meet_the_survey_findings(category, several, low_ha, high_ha, finding):
    assert low_ha <= area_ha(category, several=several) <= high_ha, finding


def test_page_on_class_values_shows_the_values_in_use():
    page = (ROOT / "docs" / "class_values.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\d+)(?: x (\d+))? \| (\d+) \| ([\d.]+) \| ([\d.]+) \|", page, flags=re.MULTILINE)
    shown = {
        name: tuple(map(float, (long, wide or 0, salvo, one, many))) for name, long, wide, salvo, one, many in rows
    }
    expected = {
        name: (*row[[*AXES, "salvo_sigma_m"]], *(round(area_ha(name, several=more), 1) for more in (False, True)))
        for name, row in load_categories().iterrows()
    }
    assert shown == expected


def test_class_means_are_those_of_the_catalogue():
    munitions, categories = load_munitions(), load_categories()
    published = munitions[
        (munitions["items_status"] == "published")
        & ~munitions["category"].isin([*UNITARY, "scatterable_mine", "generic_cluster"])
        & (munitions.index != "m85_sd")  # a submunition of other carriers in this list
    ]
    assert len(published) == 24
    assert math.isclose(
        published["items_expected"].mean(), categories.loc["generic_cluster", "items_expected"], abs_tol=1
    )
    rockets = published.loc[published["category"] == "rocket_cluster", "items_expected"]
    assert (len(rockets), rockets.min(), rockets.max()) == (8, 30, 644)
    assert math.isclose(rockets.mean(), categories.loc["rocket_cluster", "items_expected"], abs_tol=1)
    shells = published.loc[(published["category"] == "artillery_cluster") & (published["items_expected"] > 9)]
    assert (len(shells), shells["items_low"].min(), shells["items_high"].max()) == (6, 49, 88)
    assert math.isclose(
        shells["items_expected"].mean(), categories.loc["artillery_cluster", "items_expected"], abs_tol=1
    )


def test_bombs_of_an_uncounted_strike_are_pooled_from_two_surveys():
    pooled = (196 + 1392) / (105 + 333)
    row = load_categories().loc["air_cluster"]
    assert math.isclose(row["rounds_expected"], pooled, abs_tol=0.05)
    geometric_95 = math.log(0.05) / math.log(1 - 1 / pooled)
    assert math.isclose(row["rounds_high"], geometric_95, abs_tol=0.5)


# --- refusals ----------------------------------------------------------------------------------------------------

REFUSED = [
    (
        "munitions",
        "m26",
        "items_low",
        700.0,
        r"row 'm26': items_low, items_expected, items_high must be above 0 and in",
    ),
    ("munitions", "m26", "items_high", 645.0, r"row 'm26': items_expected 644 lies too close to one end of 644 to 645"),
    ("munitions", "m26", "items_expected", np.nan, r"row 'm26': items_low, .* in rising order, not 644, nan, 644"),
    ("munitions", "m26", "items_low", 0.0, r"row 'm26': .* must be above 0"),
    ("munitions", "m26", "items_source", "", r"row 'm26': items_source must not be empty"),
    ("munitions", "m26", "items_url", "www.hrw.org", r"row 'm26': items_url 'www.hrw.org' must begin with http"),
    (
        "munitions",
        "m26",
        "items_status",
        "guessed",
        r"unknown items_status 'guessed', must be one of: published, unconf",
    ),
    ("munitions", "m26", "category", "rockets", r"row 'm26': unknown category 'rockets', must be one of: artillery_cl"),
    ("munitions", "m26", "hazard_kind", "live", r"unknown hazard_kind 'live', must be one of: dud, mine, undispersed"),
    ("munitions", "m26", "self_destruct", "often", r"unknown self_destruct 'often', must be one of: yes, no, variant"),
    ("munitions", "m26", "footprint_width_m", 300.0, r"row 'm26': .* must be 0 or more, the longer one first"),
    ("munitions", "m26", "footprint_width_m", np.nan, r"footprint_width_m nan must be 0 or more"),
    ("munitions", "m26", "footprint_high_m2", 1.0, r"row 'm26': footprint_low_m2 15708 and footprint_high_m2 1 must"),
    ("munitions", "m26", "salvo_sigma_m", -1.0, r"row 'm26': salvo_sigma_m -1 must be 0 or more"),
    ("munitions", "m26", "salvo_sigma_m", np.inf, r"row 'm26': salvo_sigma_m inf is not a number"),
    ("estimates", "m26-1", "basis", "combat", r"row 'm26-1': unknown basis 'combat', must be one of: field, study, te"),
    ("estimates", "m26-1", "scope", "other", r"row 'm26-1': unknown scope 'other'"),
    ("estimates", "m26-1", "grade", "D", r"row 'm26-1': unknown grade 'D', must be one of: A, B, C"),
    ("estimates", "m26-1", "confidence", "sure", r"row 'm26-1': unknown confidence 'sure'"),
    ("estimates", "m26-1", "source", " ", r"row 'm26-1': source must not be empty"),
    ("estimates", "m26-1", "url", "hrw", r"row 'm26-1': url 'hrw' must begin with http"),
    ("estimates", "m26-1", "munition_id", "m62", r"row 'm26-1': munition_id 'm62' is not in the catalogue"),
    ("estimates", "m26-1", "high_pct", 101.0, r"row 'm26-1': high_pct 101.0 must lie between 0 and 100"),
    ("estimates", "m26-1", "low_pct", -0.1, r"row 'm26-1': low_pct -0.1 must lie between 0 and 100"),
    ("estimates", "m26-1", "low_pct", "NaN", r"row 'm26-1': low_pct 'NaN' is not a number"),
    ("estimates", "m26-1", "low_pct", "5 %", r"row 'm26-1': low_pct '5 %' is not a number"),
    ("estimates", "m26-1", "mid_pct", 60.0, r"row 'm26-1': low_pct, mid_pct, high_pct must not fall: 5, 60, 23"),
    ("estimates", "m26-1", "basis", "qualitative", r"row 'm26-1': a row without a number must have the basis quali"),
    ("estimates", "kmgu-1", "basis", "field", r"row 'kmgu-1': a row without a number must have the basis qualitati"),
    (
        "categories",
        "shell",
        "rounds_high",
        1e6,
        r"row 'shell': rounds_expected 10 lies too close to one end of 1 to 1e",
    ),
    ("categories", "shell", "rounds_basis", "", r"row 'shell': rounds_basis must begin with one of: published:, ass"),
    ("categories", "shell", "generic_id", "any", r"row 'shell': generic_id 'any' is not in the catalogue"),
]


def spoil(tables, table, row, column, value):
    """Copy one table with one cell replaced, whatever its kind."""
    frame = tables[table].astype(object)
    if table == "estimates":
        frame.loc[frame["estimate_id"] == row, column] = value
    else:
        frame.loc[row, column] = value
    return tables | {table: frame}


@pytest.mark.parametrize(("table", "row", "column", "value", "words"), REFUSED)
def test_wrong_rows_are_refused(tables, table, row, column, value, words):
    with pytest.raises(CatalogueError, match=f"{table} {words}" if words.startswith("row") else words):
        check_catalogue(**spoil(tables, table, row, column, value))


@pytest.mark.parametrize(
    ("table", "key", "words"),
    [
        ("munitions", "m26", "munitions row 'm26': duplicate id"),
        ("estimates", "m26-1", "estimates row 'm26-1': duplicate id"),
        ("categories", "shell", "categories row 'shell': duplicate id"),
    ],
)
def test_repeated_ids_are_refused(tables, table, key, words):
    frame = tables[table]
    twin = frame[frame["estimate_id"] == key] if table == "estimates" else frame.loc[[key]]
    with pytest.raises(CatalogueError, match=words):
        check_catalogue(**(tables | {table: pd.concat([frame, twin])}))


@pytest.mark.parametrize(
    ("table", "column"), [("munitions", "items_source"), ("estimates", "grade"), ("categories", "salvo_basis")]
)
def test_missing_columns_are_refused(tables, table, column):
    with pytest.raises(CatalogueError, match=f"{table}: missing column '{column}'"):
        check_catalogue(**(tables | {table: tables[table].drop(columns=column)}))


def test_empty_ids_are_refused(tables):
    frame = tables["estimates"].assign(estimate_id=lambda rows: rows["estimate_id"].where(rows.index > 0))
    with pytest.raises(CatalogueError, match="estimates: an id is empty"):
        check_catalogue(**(tables | {"estimates": frame}))


def test_all_faults_are_listed_at_once(tables):
    twice = spoil(spoil(tables, "estimates", "m26-1", "grade", "D"), "munitions", "m26", "self_destruct", "often")
    with pytest.raises(CatalogueError, match=r"self_destruct 'often'.*; estimates row 'm26-1': unknown grade"):
        check_catalogue(**twice)


def test_a_count_of_the_users_own_without_a_web_page_is_accepted(tables):
    own = {
        "estimate_id": "m26-own",
        "munition_id": "m26",
        "mid_pct": 0.2,  # a real value below 1: percent, not a share
        "basis": "field",
        "scope": "own",
        "grade": "A",
        "source": "our own count",
        "confidence": "read",
    }
    added = pd.concat([tables["estimates"], pd.DataFrame([own])], ignore_index=True)
    check_catalogue(**(tables | {"estimates": added}))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=3, max_size=3))
def test_percentages_pass_exactly_when_they_rise(values):
    estimates = load_estimates().iloc[[0]].assign(**dict(zip(PERCENTAGES, values, strict=True)))
    if values == sorted(values):
        check_catalogue(load_munitions(), estimates, load_categories())
    else:
        with pytest.raises(CatalogueError, match="must not fall"):
            check_catalogue(load_munitions(), estimates, load_categories())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("M-26", r"Unknown munition 'M-26'. Must be an id of the catalogue. Nearest: m26, m26a1."),
        ("cbu97", r"Unknown munition 'cbu97'. .*Nearest: .*cbu87"),
        ("", r"Unknown munition ''. Must be an id of the catalogue. List them with load_munitions\(\).index."),
        (None, r"Unknown munition None"),
        (np.nan, r"Unknown munition nan"),
    ],
)
def test_unknown_munitions_are_refused_with_the_nearest_ids(wrong, words):
    with pytest.raises(CatalogueError, match=words):
        find_munition(wrong)


@pytest.mark.parametrize("load", [load_munitions, load_estimates, load_categories])
def test_what_is_loaded_belongs_to_the_caller(load):
    first = load()
    first.iloc[:, 0] = "spoilt"
    assert (load().iloc[:, 0] != "spoilt").all()


def test_a_found_munition_belongs_to_the_caller():
    row = find_munition("m26")
    row["items_expected"] = 1.0
    assert find_munition("m26")["items_expected"] == 644
