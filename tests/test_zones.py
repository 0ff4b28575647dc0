import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from make_layers import make_strikes

from uxomap import draw_hazard_areas, merge_areas
from uxomap.errors import SchemaError
from uxomap.polygons import dissolve


def drawn(picture: list[str]) -> tuple[np.ndarray, list[str]]:
    """Unit squares at the letters of a picture; the letter is the zone that a square must end in."""
    places = [(x, -y, mark) for y, line in enumerate(picture) for x, mark in enumerate(line) if mark != "."]
    return np.array([shapely.box(x, y, x + 1, y + 1) for x, y, _ in places]), [mark for *_, mark in places]


def test_squares_that_meet_make_one_zone_even_at_a_corner():
    squares, marks = drawn(
        [
            "aa...b",
            "a..b.b",
            "a...b.",
            "....b.",
            "cc....",
        ]
    )
    united, labels = dissolve(squares)
    assert pd.Series(labels).groupby(marks).nunique().tolist() == [1, 1, 1]
    assert len(united) == 3
    assert shapely.area(united).tolist() == [4.0, 5.0, 2.0]


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 12), st.integers(1, 12)),
        min_size=1,
        max_size=60,
    )
)
def test_zones_are_the_parts_of_the_union_and_hold_what_they_were_made_of(boxes):
    polygons = np.array([shapely.box(x, y, x + width, y + height) for x, y, width, height in boxes])
    united, labels = dissolve(polygons)
    whole = shapely.union_all(polygons)
    assert shapely.area(united).sum() == pytest.approx(shapely.area(whole))
    assert shapely.covers(shapely.buffer(united[labels], 1e-9), polygons).all()
    # Different zones do not meet, and dissolving again changes nothing.
    again, _ = dissolve(united)
    assert len(again) == len(united)


@given(st.permutations(range(12)))
def test_the_order_of_polygons_only_moves_the_labels(order):
    rng = np.random.default_rng(5)
    corners = rng.uniform(0, 10, (12, 2))
    polygons = np.array([shapely.box(x, y, x + 2, y + 2) for x, y in corners])
    _, labels = dissolve(polygons)
    _, moved = dissolve(polygons[list(order)])
    pairs = {(labels[old], moved[new]) for new, old in enumerate(order)}
    assert len(pairs) == len(set(labels)) == len(set(moved))


def test_many_tiles_agree_with_one_union():
    rng = np.random.default_rng(3)
    centres = rng.uniform(0, 30, (3000, 2))
    polygons = shapely.buffer(shapely.points(centres), rng.uniform(0.05, 0.4, 3000))
    united, labels = dissolve(polygons)
    parts = shapely.get_parts(shapely.union_all(polygons))
    assert len(united) == len(parts)
    assert np.sort(shapely.area(united)) == pytest.approx(np.sort(shapely.area(parts)))
    assert np.bincount(labels).sum() == 3000


def test_an_area_cut_at_the_antimeridian_stays_in_one_zone():
    cut = shapely.MultiPolygon([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    east, west = shapely.box(178.5, 0.2, 179.5, 0.4), shapely.box(-179.5, 0.2, -178.5, 0.4)
    united, labels = dissolve(np.array([east, cut, west, shapely.box(0, 0, 1, 1)]))
    assert labels.tolist() == [0, 0, 0, 1]
    assert united[0].geom_type == "MultiPolygon"
    assert shapely.area(united[0]) == pytest.approx(2 * (1 * 1 + 0.5 * 0.2))


def test_nothing_dissolves_to_nothing():
    united, labels = dissolve(np.array([], dtype=object))
    assert len(united) == len(labels) == 0


@pytest.fixture(scope="module")
def areas():
    strikes = make_strikes(
        longitude=[37.0, 37.001, 38.0, 179.999, -179.999],
        latitude=[48.0, 48.0, 48.0, 60.0, 60.0],
        candidates=["m26", "m26", "9m27k", "cbu87", "fab"],
    )
    return draw_hazard_areas(strikes)


def test_zones_say_which_strikes_made_them(areas):
    zones = merge_areas(areas)
    assert zones["strike_ids"].tolist() == ["S-1|S-2", "S-3", "S-4|S-5"]
    assert zones["n_strikes"].tolist() == [2, 1, 2]
    assert zones["munition_ids"].tolist() == ["m26", "9m27k", "cbu87|fab"]
    assert zones["uxo_expected"].sum() == pytest.approx(areas["uxo_expected"].sum())


def test_a_zone_of_one_strike_keeps_its_range(areas):
    zone = merge_areas(areas).set_index("zone_id").loc["Z-3"]
    area = areas.set_index("strike_id").loc["S-3"]
    for name in ("uxo_low", "uxo_expected", "uxo_high"):
        assert zone[name] == area[name]


def test_strikes_of_one_type_share_their_uncertainty(areas):
    zone = merge_areas(areas).set_index("zone_id").loc["Z-1"]
    pair = areas[areas["strike_id"].isin(["S-1", "S-2"])]
    independent = np.sqrt((pair["uxo_sd"] ** 2).sum())
    shared = np.sqrt((pair["uxo_sd"] ** 2 - pair["uxo_sd_shared"] ** 2).sum() + pair["uxo_sd_shared"].sum() ** 2)
    assert shared > 1.05 * independent
    # 90 % of the total lies in a band that fits the shared spread, not the independent one.
    assert zone["uxo_high"] - zone["uxo_low"] > 3.0 * independent


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_areas_changes_nothing(areas, seed):
    shuffled = areas.sample(frac=1, random_state=seed)
    first, second = merge_areas(areas), merge_areas(shuffled)
    tables = (pd.DataFrame(zones.drop(columns="geometry")) for zones in (first, second))
    pd.testing.assert_frame_equal(*tables)
    assert shapely.equals_exact(first.geometry.values, second.geometry.values, tolerance=1e-9, normalize=True).all()


def test_no_areas_make_no_zones(areas):
    zones = merge_areas(areas.iloc[:0])
    assert len(zones) == 0
    assert zones.crs == areas.crs


def test_a_layer_that_misses_columns_is_refused(areas):
    with pytest.raises(SchemaError, match="Invalid hazard_areas layer: missing column 'uxo_sd'"):
        merge_areas(areas.drop(columns="uxo_sd"))


def test_the_callers_frame_is_left_alone(areas):
    before = areas.copy(deep=True)
    merge_areas(areas)
    pd.testing.assert_frame_equal(pd.DataFrame(areas), pd.DataFrame(before))
    assert isinstance(areas, gpd.GeoDataFrame)
