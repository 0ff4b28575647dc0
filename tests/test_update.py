import json
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from make_layers import make_strikes

from uxomap import draw_hazard_areas, estimate_contamination, find_high_risk_zone, merge_areas
from uxomap.contamination import SurveyWarning, list_cells, read_finds, read_surveys, update_contamination
from uxomap.contamination import _posterior_state as chain
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.schema import layer_schema

LAT = 48.7
DEGREE_M = 111_200.0


def square(east_m, north_m, side_m):
    half_x, half_y = side_m / 2 / (DEGREE_M * np.cos(np.radians(LAT))), side_m / 2 / DEGREE_M
    x, y = 37.6 + east_m / (DEGREE_M * np.cos(np.radians(LAT))), LAT + north_m / DEGREE_M
    return shapely.box(x - half_x, y - half_y, x + half_x, y + half_y)


def point(east_m, north_m):
    return square(east_m, north_m, 1.0).centroid


def make_surveys(polygons, **columns):
    size = len(polygons)
    values = {
        "survey_id": [f"T{number}" for number in range(size)],
        "date": [pd.Timestamp("2023-05-01") + pd.Timedelta(days=number) for number in range(size)],
        "detection_probability": 0.8,
        "items_found": 0,
    } | columns
    return gpd.GeoDataFrame(pd.DataFrame(values, index=range(size)), geometry=polygons, crs="EPSG:4326")


def one_strike(**columns):
    return make_strikes([37.6], [LAT], "m26", rounds_low=1.0, rounds_expected=1.0, rounds_high=1.0, **columns)


@pytest.mark.parametrize(
    ("prior", "detection", "posterior"), [(0.3, 0.9, 0.0410959), (0.1, 0.95, 0.00552486), (0.5, 0.8, 0.1666667)]
)
def test_one_item_that_may_be_there_follows_bayes_rule(prior, detection, posterior):
    # bayes_update_negative_search: p (1 - d) / (1 - p d). One trial: size -1, scale -1 / p.
    rate = -1.0 / (-1.0 / prior + detection)
    assert rate * (1 - detection) == pytest.approx(posterior, rel=1e-6)
    gone = chain.log_count(-1.0, -1.0 / prior, 0, detection) - chain.log_count(-1.0, -1.0 / prior, 0, 0.0)
    assert np.exp(gone) == pytest.approx(1 - prior * detection)


def test_a_count_is_the_negative_binomial_of_what_is_found():
    from scipy import stats  # noqa: PLC0415 - only here

    size, scale, chance = 2.3, 0.4, 0.35
    found = np.arange(6)
    told = np.array([chain.log_count(size, scale, n, chance) for n in found])
    truth = stats.nbinom.logpmf(found, size, scale / (scale + chance)) - found * np.log(chance)
    assert np.diff(told) == pytest.approx(np.diff(truth + [sum(np.log(range(1, n + 1))) for n in found]), rel=1e-9)


def test_one_search_and_one_item_are_said_in_the_singular():
    strikes = one_strike(precision_m=10.0)
    one = make_surveys([square(0, 0, 1_000)], items_found=1)
    update = update_contamination(strikes, one, zones=merge_areas(draw_hazard_areas(strikes)), cell_m=50)
    assert update.zones["evidence_used"].iloc[0].startswith("reports and 1 search in the zone, 1 item found")
    assert update.summary_lines()[0] == (
        "1 search found 1 item. It bears on 1 of 1 reported strike; the others keep their estimate."
    )


def test_nothing_found_on_all_the_land_leaves_what_the_closed_form_says():
    strikes = one_strike(precision_m=10.0)
    update = update_contamination(strikes, make_surveys([square(0, 0, 1_000)]), cell_m=50)
    row = update.strikes.iloc[0]
    # With all items in reach, counts thin to E[N (1 - d)^N] / E[(1 - d)^N], drawn here from the same layer of strikes.
    from uxomap.contamination._update_model import _take_steps  # noqa: PLC0415 - only here
    from uxomap.items import estimate_items  # noqa: PLC0415 - only here

    size, scale = (values[0] for values in _take_steps(strikes, estimate_items(strikes)))
    weight = np.exp(-size * np.log1p(0.8 / scale))
    truth = np.sum(weight * size / (scale + 0.8) * 0.2) / weight.sum()
    assert row["uxo_expected"] == pytest.approx(truth, rel=0.1)
    assert 0 < row["uxo_expected"] < 0.2 * row["prior_uxo_expected"]
    assert update.contamination["uxo_expected"].sum() == pytest.approx(row["uxo_expected"], rel=0.06)
    assert update.contamination.attrs["uxo_expected_total"] == pytest.approx(row["uxo_expected"])


@pytest.fixture(scope="module")
def searched():
    strikes = make_strikes([37.6, 37.62, 37.9], [LAT, LAT, LAT], "m26", precision_m=[500.0, 300.0, 300.0])
    zones = merge_areas(draw_hazard_areas(strikes))
    surveys = make_surveys([square(0, 0, 400), square(250, 0, 300)], items_found=[0, 0])
    grid = estimate_contamination(strikes, cell_m=50)
    return strikes, zones, surveys, grid, update_contamination(strikes, surveys, zones=zones, contamination=grid)


def test_nothing_found_lowers_the_searched_land_and_never_to_zero(searched):
    _, _, _, grid, update = searched
    after = update.contamination
    inside = after["search_detection"].to_numpy() > 0.5
    assert after["uxo_expected"].to_numpy()[inside].min() > 0
    assert after["uxo_expected"].to_numpy()[inside].sum() < 0.5 * grid["uxo_expected"].to_numpy()[inside].sum()
    assert (after["uxo_expected"].to_numpy()[inside] < grid["uxo_expected"].to_numpy()[inside]).all()


def test_what_was_known_before_stays_beside_what_is_known_now(searched):
    _, zones, _, grid, update = searched
    for name in ("uxo_expected", "uxo_sd", "uxo_low", "uxo_high", "probability_any"):
        assert np.array_equal(update.contamination[f"prior_{name}"], grid[name])
    assert update.zones["prior_uxo_expected"].tolist() == zones["uxo_expected"].tolist()
    assert update.contamination.attrs["prior_uxo_expected_total"] == grid.attrs["uxo_expected_total"]


def test_strikes_that_no_search_bears_on_keep_their_estimate(searched):
    _, _, _, grid, update = searched
    far = update.strikes.iloc[2]
    assert far["survey_ids"] == ""
    assert far["uxo_expected"] == far["prior_uxo_expected"]
    assert far["shift_m"] == 0
    east = update.contamination["x"].to_numpy() > update.contamination["x"].to_numpy()[-20]
    assert update.contamination["uxo_expected"].to_numpy()[:, east] == pytest.approx(
        grid["uxo_expected"].to_numpy()[:, east], rel=1e-9, abs=1e-12
    )
    zone = update.zones.set_index("strike_ids").loc["S-3"]
    assert [zone[f"uxo_{end}"] for end in ("low", "expected", "high")] == [
        zone[f"prior_uxo_{end}"] for end in ("low", "expected", "high")
    ]


def test_layers_keep_their_contract_and_the_map_its_uses(searched):
    _, _, _, _, update = searched
    for layer, frame in (
        ("zone_updates", update.zones),
        ("strike_updates", update.strikes),
        ("surveys", update.surveys),
    ):
        assert set(layer_schema(layer).required) <= set(frame.columns)
    assert len(find_high_risk_zone(update.contamination, share=0.5)) >= 1
    assert len(list_cells(update.contamination, least=0.1)) > 10
    json.dumps({name: value for name, value in update.contamination.attrs.items() if not isinstance(value, np.ndarray)})
    assert "no search finds everything" in " ".join(update.summary_lines())


def test_order_of_rows_changes_nothing(searched):
    strikes, zones, surveys, grid, update = searched
    again = update_contamination(strikes.iloc[::-1], surveys.iloc[::-1], zones=zones.iloc[::-1], contamination=grid)
    assert np.array_equal(again.contamination["uxo_expected"], update.contamination["uxo_expected"])
    assert again.strikes.drop(columns="geometry").equals(update.strikes.drop(columns="geometry"))
    assert again.zones["uxo_high"].tolist() == update.zones["uxo_high"].tolist()


def test_what_is_not_in_the_middle_lies_beside_it():
    # Either little was left or the strike lay elsewhere: what is expected moves out of the searched land.
    strikes = one_strike(precision_m=250.0)
    update = update_contamination(strikes, make_surveys([square(0, 0, 200)], detection_probability=0.95), cell_m=25)
    before, after = (update.contamination[name].to_numpy() for name in ("prior_uxo_expected", "uxo_expected"))
    detection = update.contamination["search_detection"].to_numpy()
    risen = (after > 1.03 * before) & (before > 1e-3)
    assert risen.sum() > 20
    assert (detection[risen] == 0).all()
    assert after[detection > 0.9].sum() < 0.2 * before[detection > 0.9].sum()


def test_finds_draw_a_strike_to_them():
    strikes = one_strike(precision_m=500.0)
    places = [point(200 + 10 * number, 100) for number in range(8)]
    surveys = make_surveys([square(200, 100, 200)], items_found=[8])
    finds = gpd.GeoDataFrame({"survey_id": ["T0"] * 8}, geometry=places, crs="EPSG:4326")
    update = update_contamination(strikes, surveys, finds=finds)
    row = update.strikes.iloc[0]
    assert row["items_found"] == pytest.approx(8, abs=0.2)
    assert row["precision_m"] < 150 < row["prior_precision_m"]
    assert 180 < row["shift_m"] < 330
    assert len(update.unexplained) == 0
    without = update_contamination(strikes, surveys)
    assert without.strikes.iloc[0]["items_found"] > 7
    assert update.contamination["items_found"].sum() == pytest.approx(8, rel=1e-5)


def test_finds_beyond_the_reach_of_strikes_are_unexplained_and_raise_the_map_around_them():
    strikes = make_strikes([37.6, 37.7], [LAT, LAT], "m26", precision_m=200.0)
    grid = estimate_contamination(strikes, cell_m=50, containment=0.99999)
    surveys = make_surveys([square(3_660, 0, 200)], items_found=[3])
    finds = gpd.GeoDataFrame(
        {"survey_id": ["T0"] * 3}, geometry=[point(3_660 + e, 0) for e in (0, 20, 40)], crs="EPSG:4326"
    )
    with pytest.warns(SurveyWarning, match="No reported strike reaches the land of T0"):
        update = update_contamination(strikes, surveys, finds=finds, contamination=grid)
    assert update.unexplained["n_items"].sum() == 3
    raised = update.contamination["uxo_expected"].sum() - grid["uxo_expected"].sum()
    assert raised > 0.5
    assert any("belong to no reported strike" in line for line in update.summary_lines())
    assert update.contamination.attrs["uxo_expected_total"] > grid.attrs["uxo_expected_total"]


def test_a_repeated_search_thins_again():
    strikes = one_strike(precision_m=10.0)
    area = square(0, 0, 1_000)
    once = update_contamination(strikes, make_surveys([area])).contamination
    twice = update_contamination(strikes, make_surveys([area, area])).contamination
    assert once["search_detection"].max() == pytest.approx(0.8, abs=1e-6)
    assert twice["search_detection"].max() == pytest.approx(0.96, abs=1e-6)
    assert twice["uxo_expected"].sum() < once["uxo_expected"].sum()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"detection_probability": 95}, "Write 95 % as 0.95"),
        ({"detection_probability": 1.0}, "no search finds everything"),
        ({"detection_probability": 0.0}, "above 0"),
        ({"detection_probability": np.nan}, "Invalid detection probability"),
        ({"items_found": -1}, "0 or more"),
        ({"items_found": 1.5}, "whole number"),
        ({"items_found": np.nan}, "Write 0 where nothing was found"),
        ({"date": pd.NaT}, "No date in rows 0"),
        ({"survey_id": ""}, "empty or repeated"),
    ],
)
def test_surveys_that_cannot_be_used_are_refused(columns, words):
    with pytest.raises(InputError, match=words):
        read_surveys(make_surveys([square(0, 0, 100)], **columns))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (None, "No polygon in rows 0"),
        (shapely.Polygon(), "No polygon"),
        (shapely.Point(37.6, LAT), "Must be a Polygon"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "broken polygon"),
    ],
)
def test_land_that_is_no_polygon_is_refused(shape, words):
    with pytest.raises(InputError, match=words):
        read_surveys(make_surveys([shape]))


def test_surveys_without_crs_or_columns_are_refused():
    plain = make_surveys([square(0, 0, 100)])
    with pytest.raises(CRSError, match="has no CRS"):
        read_surveys(plain.set_crs(None, allow_override=True))
    with pytest.raises(SchemaError, match="lack items_found"):
        read_surveys(plain.drop(columns="items_found"))
    with pytest.raises(InputError, match="no rows"):
        read_surveys(plain.iloc[:0])
    with pytest.raises(InputError, match="no file of shapes"):
        read_surveys("nowhere.geojson")


def test_surveys_are_read_from_files_under_their_other_names(tmp_path):
    frame = make_surveys([square(0, 0, 100)] * 2, date=["2023-06-01", "2023-05-01"])
    named = frame.rename(columns={"detection_probability": "PD", "items_found": "found"}).to_crs("EPSG:32637")
    named.to_file(tmp_path / "surveys.gpkg")
    read = read_surveys(tmp_path / "surveys.gpkg")
    assert read["survey_id"].tolist() == ["T1", "T0"]
    assert read.crs == "EPSG:4326"
    without = read_surveys(frame.drop(columns="detection_probability"), detection_probability=0.6)
    assert without["detection_probability"].tolist() == [0.6, 0.6]


@pytest.mark.parametrize(
    ("survey_id", "places", "words"),
    [
        ("T0", [point(500, 0)], "outside the polygon"),
        ("T9", [point(0, 0)], "search that is not known: T9"),
        ("T0", [point(0, 0)] * 2, "more places than items"),
        ("T0", [None], "No point in rows 0"),
    ],
)
def test_finds_that_cannot_be_used_are_refused(survey_id, places, words):
    surveys = read_surveys(make_surveys([square(0, 0, 100)], items_found=1))
    finds = gpd.GeoDataFrame({"survey_id": [survey_id] * len(places)}, geometry=places, crs="EPSG:4326")
    with pytest.raises(InputError, match=words):
        read_finds(finds, surveys)


def test_searches_of_one_day_that_overlap_are_named():
    surveys = make_surveys([square(0, 0, 100), square(50, 0, 100)], date=pd.Timestamp("2023-05-01"))
    with pytest.warns(SurveyWarning, match="T0 and T1"):
        update_contamination(one_strike(), surveys)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        update_contamination(one_strike(), make_surveys([square(0, 0, 100), square(50, 0, 100)]))


def test_a_map_or_zones_of_other_strikes_are_refused(searched):
    strikes, zones, surveys, grid, _ = searched
    with pytest.raises(InputError, match="The map was made of 3 strikes"):
        update_contamination(strikes.iloc[:1], surveys, contamination=grid)
    with pytest.raises(InputError, match="not among the strikes"):
        update_contamination(strikes.iloc[:1], surveys, zones=zones)
