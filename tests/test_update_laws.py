import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from make_layers import make_strikes

from uxomap import (
    draw_hazard_areas,
    estimate_contamination,
    find_high_risk_zone,
    merge_areas,
    rank_areas,
)
from uxomap.contamination import SurveyWarning, list_cells, update_contamination
from uxomap.contamination import _posterior_swaps as swaps
from uxomap.contamination._update_model import STEPS, step_shares
from uxomap.export import write_geotiff
from uxomap.maps import plot_contamination
from uxomap.munitions import dud_rate

LAT, DEGREE_M = 48.7, 111_200.0
#: Sums of what was drawn by a chain differ by so much.
TOLERANCE = 0.08


def square(east_m, north_m, side_m, *, longitude=37.6):
    across = DEGREE_M * np.cos(np.radians(LAT))
    x, y = longitude + east_m / across, LAT + north_m / DEGREE_M
    half_x, half_y = side_m / 2 / across, side_m / 2 / DEGREE_M
    return shapely.box(x - half_x, y - half_y, x + half_x, y + half_y)


def make_surveys(polygons, **columns):
    size = len(polygons)
    values = {
        "survey_id": [f"T{number}" for number in range(size)],
        "date": [pd.Timestamp("2023-05-01") + pd.Timedelta(days=number) for number in range(size)],
        "detection_probability": 0.8,
        "items_found": 0,
    } | columns
    return gpd.GeoDataFrame(pd.DataFrame(values, index=range(size)), geometry=polygons, crs="EPSG:4326")


def three_strikes(longitude=37.6):
    east = np.array([0.0, 0.004, 0.3])
    rounds = {"rounds_low": 1.0, "rounds_expected": 2.0, "rounds_high": 4.0}
    return make_strikes(
        longitude + east, [LAT] * 3, ["m26", "m26", "9m27k"], precision_m=[150.0, 400.0, 300.0], **rounds
    )


@pytest.fixture(scope="module")
def before():
    strikes = three_strikes()
    return strikes, estimate_contamination(strikes.iloc[:2], cell_m=50)


def quiet(strikes, surveys, **choices):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SurveyWarning)
        return update_contamination(strikes, surveys, **choices)


def held_in(update, name):
    """Items in land that was searched once, by the part of each cell that was searched."""
    part = update.contamination["search_detection"].to_numpy() / update.surveys["detection_probability"].iloc[0]
    return float((update.contamination[name].to_numpy() * part).sum())


searches = st.tuples(
    st.floats(-400, 600), st.floats(-400, 400), st.sampled_from([100.0, 250.0, 600.0]), st.floats(0.05, 0.99)
)


@settings(max_examples=12)
@given(search=searches)
def test_nothing_found_never_raises_what_is_expected_in_the_polygon(before, search):
    strikes, grid = before
    east, north, side, detection = search
    surveys = make_surveys([square(east, north, side)], detection_probability=detection)
    update = quiet(strikes.iloc[:2], surveys, contamination=grid)
    held = held_in(update, "prior_uxo_expected")
    assert held_in(update, "uxo_expected") <= held * (1 - detection * (1 - TOLERANCE)) + 0.02
    assert update.contamination["uxo_expected"].to_numpy().min() >= 0
    assert update.contamination.attrs["uxo_expected_total"] <= grid.attrs["uxo_expected_total"] * (1 + TOLERANCE)
    assert update.contamination.attrs["uxo_expected_total"] > 0


@settings(max_examples=6)
@given(search=searches, lower=st.floats(0.1, 0.8), more=st.floats(0.05, 0.19))
def test_a_better_search_without_find_never_leaves_more(before, search, lower, more):
    strikes, grid = before
    land = square(*search[:3])
    one, other = (
        quiet(strikes.iloc[:2], make_surveys([land], detection_probability=p), contamination=grid)
        for p in (lower, lower + more)
    )
    assert held_in(other, "uxo_expected") <= held_in(one, "uxo_expected") * (1 + TOLERANCE) + 0.02


@settings(max_examples=6)
@given(seed=st.integers(0, 1000))
def test_order_of_strikes_searches_and_finds_changes_nothing(before, seed):
    _, grid = before
    rng = np.random.default_rng(seed)
    strikes = three_strikes().iloc[:2]
    lands = [square(0, 0, 200), square(150, 50, 200), square(300, 0, 150)]
    surveys = make_surveys(lands, items_found=[3, 0, 2])
    finds = gpd.GeoDataFrame(
        {"survey_id": ["T0", "T0", "T0", "T2"], "find_id": list("abcd")},
        geometry=[square(x, y, 1.0).centroid for x, y in ((10, 5), (-30, 20), (60, 60), (310, 5))],
        crs="EPSG:4326",
    )
    first = quiet(strikes, surveys, finds=finds, contamination=grid)
    turned = [frame.iloc[rng.permutation(len(frame))] for frame in (strikes, surveys, finds)]
    again = quiet(turned[0], turned[1], finds=turned[2], contamination=grid)
    for name in ("uxo_expected", "uxo_high", "search_detection", "items_found"):
        assert np.array_equal(first.contamination[name], again.contamination[name])
    assert first.strikes.drop(columns="geometry").equals(again.strikes.drop(columns="geometry"))
    assert first.strikes.geometry.equals(again.strikes.geometry)


@pytest.fixture(scope="module")
def updated():
    strikes = three_strikes()
    zones = merge_areas(draw_hazard_areas(strikes))
    surveys = make_surveys([square(0, 0, 300), square(250, 0, 200)], items_found=[4, 0])
    return strikes, zones, quiet(strikes, surveys, zones=zones, cell_m=100)


def test_the_same_input_gives_the_same_output_and_leaves_the_input_alone(updated):
    strikes, zones, first = updated
    kept = strikes.copy(), zones.copy()
    surveys = make_surveys([square(0, 0, 300), square(250, 0, 200)], items_found=[4, 0])
    as_given = surveys.copy()
    again = quiet(strikes, surveys, zones=zones, cell_m=100)
    assert again.contamination.identical(first.contamination)
    assert again.zones.equals(first.zones)
    assert again.strikes.equals(first.strikes)
    assert strikes.equals(kept[0])
    assert zones.equals(kept[1])
    assert surveys.equals(as_given)


def test_strikes_that_no_search_bears_on_equal_their_prior_exactly(updated):
    strikes, _, update = updated
    far = update.strikes.set_index("strike_id").loc["S-3"]
    for name in ("uxo_low", "uxo_expected", "uxo_high", "precision_m"):
        assert far[name] == far[f"prior_{name}"]
    assert far.geometry.equals(strikes.geometry.iloc[2])
    near = update.strikes[update.strikes["survey_ids"].ne("")]
    assert (near["uxo_expected"] != near["prior_uxo_expected"]).all()


def test_the_updated_map_and_zones_go_where_maps_and_zones_go(updated, tmp_path):
    import matplotlib as mpl  # noqa: PLC0415 - only here

    mpl.use("agg")
    _, _, update = updated
    assert write_geotiff(update.contamination, tmp_path / "after.tif").stat().st_size > 1000
    assert plot_contamination(update.contamination) is not None
    assert len(find_high_risk_zone(update.contamination, share=0.5)) >= 1
    assert len(list_cells(update.contamination, least=0.1)) > 0
    ranked = rank_areas(update.zones, samples=500)
    assert sorted(ranked["zone_id"]) == sorted(update.zones["zone_id"])


def test_longitudes_shifted_to_the_antimeridian_give_the_same_result():
    finds = [(20, 0), (-15, 30), (5, -40)]
    results = []
    for longitude in (37.6, 179.998):
        strikes = three_strikes(longitude).iloc[:2]
        x = strikes.geometry.x.to_numpy()
        strikes = strikes.set_geometry(gpd.points_from_xy((x + 180) % 360 - 180, [LAT] * 2), crs="EPSG:4326")
        surveys = make_surveys([square(0, 0, 150, longitude=longitude)], items_found=[3])
        points = [square(*at, 1.0, longitude=longitude).centroid for at in finds]
        found = gpd.GeoDataFrame({"survey_id": ["T0"] * 3}, geometry=points, crs="EPSG:4326")
        results.append(quiet(strikes, surveys, finds=found, cell_m=50))
    here, there = results
    assert there.contamination.attrs["uxo_expected_total"] == pytest.approx(
        here.contamination.attrs["uxo_expected_total"], rel=0.15
    )
    assert there.strikes["items_found"].tolist() == pytest.approx(here.strikes["items_found"].tolist(), abs=0.5)
    assert (there.strikes["survey_ids"] == here.strikes["survey_ids"]).all()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("survey_id", ["A", "A"], "empty or repeated"),
        ("date", ["2023-05-01", None], "No date in rows 1"),
        ("date", ["2023-05-01", "soon"], "No date in rows 1"),
        ("items_found", ["2", "many"], "whole number"),
        ("items_found", [0, -3], "0 or more"),
        ("items_found", [0, 2.5], "whole number"),
        ("detection_probability", [0.8, 0], "above 0"),
        ("detection_probability", [0.8, 1], "below 1"),
        ("detection_probability", [0.8, 95], "Write 95 % as 0.95"),
        ("detection_probability", [0.8, "good"], "Invalid detection probability"),
    ],
)
def test_surveys_that_cannot_be_used_are_refused_by_the_update_itself(name, value, words):
    surveys = make_surveys([square(0, 0, 100), square(300, 0, 100)]).drop(columns=name).assign(**{name: value})
    with pytest.raises(ValueError, match=words):
        update_contamination(three_strikes(), surveys)


def test_land_that_no_strike_reaches_is_named_once_and_changes_nothing(before):
    strikes, grid = before
    surveys = make_surveys([square(60_000, 0, 100), square(-60_000, 0, 100)])
    with pytest.warns(SurveyWarning, match="No reported strike reaches the land of T0, T1") as told:
        update = update_contamination(strikes.iloc[:2], surveys, contamination=grid)
    assert len(told) == 1
    assert np.allclose(update.contamination["uxo_expected"], grid["uxo_expected"], rtol=1e-6)
    assert update.strikes["uxo_expected"].tolist() == update.strikes["prior_uxo_expected"].tolist()


def test_of_many_searches_that_no_strike_reaches_the_first_are_named(before):
    strikes, grid = before
    surveys = make_surveys([square(60_000 + 300 * number, 0, 100) for number in range(9)])
    named = "No reported strike reaches the land of T0, T1, T2, T3, T4 and 4 more."
    with pytest.warns(SurveyWarning, match=named):
        update = update_contamination(strikes.iloc[:2], surveys, contamination=grid)
    assert any(line.startswith(named) for line in update.summary_lines())
    assert update.contamination.attrs["searches_without_strike"].endswith("T7, T8")


def test_overlaps_of_one_day_are_told_in_one_line_however_many(before):
    strikes, grid = before
    surveys = make_surveys([square(30 * number, 0, 100) for number in range(5)], date=pd.Timestamp("2023-05-01"))
    with pytest.warns(SurveyWarning, match="Searches of the same day overlap: T0 and T1.*more") as told:
        update_contamination(strikes.iloc[:2], surveys, contamination=grid)
    assert len(told) == 1
    assert "\n" not in str(told[0].message)


@pytest.mark.parametrize("candidates", ["m26", "m483a1|m864", "9m27k|m26"])
def test_steps_of_the_share_left_live_are_those_of_the_pool(candidates):
    means, pairs = step_shares(candidates, "delivered")
    assert len(means) == STEPS
    assert means.mean() == pytest.approx(1)
    assert pairs.mean() == pytest.approx(1)
    assert (np.diff(means) > 0).all()
    if "|" not in candidates:
        pool = dud_rate(candidates).pool
        middle = pool.quantile((np.arange(STEPS) + 0.5) / STEPS) / pool.mean
        assert means[2:-2] == pytest.approx(middle[2:-2], rel=0.03)


def test_density_of_groups_is_that_of_the_joint_normal():
    from scipy import stats  # noqa: PLC0415 - only here

    rng = np.random.default_rng(3)
    points = [rng.normal(2.0, 1.0, (n, 2)) for n in (3, 1)]
    position2, salvo2, pattern = 4.0, 1.5, np.array([[0.6, 0.2], [0.2, 0.9]])
    prior = (
        *(np.array([[1.0, 0.5]]), np.array([position2]), np.array([salvo2]), np.array([0])),
        *(np.array([[0.6, 0.2, 0.9]]), np.array([0, 2]), np.array([0.7, 0.3])),
    )
    groups = np.array(
        [[len(p), *p.sum(0), (p[:, 0] ** 2).sum(), p.prod(1).sum(), (p[:, 1] ** 2).sum()] for p in points]
    )
    told = swaps.weigh_groups(0, groups, 2, np.array([0, 1]), prior, np.zeros(5))
    owner = np.repeat([0, 1], [3, 1])
    covariance = np.kron(position2 + salvo2 * (owner[:, None] == owner), np.eye(2)) + np.kron(np.eye(4), pattern)
    truth = stats.multivariate_normal(np.tile([1.0, 0.5], 4), covariance).logpdf(np.concatenate(points).ravel())
    assert told == pytest.approx(truth + 3 * np.log(0.7) + np.log(0.3), rel=1e-9)
