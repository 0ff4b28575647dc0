import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from make_layers import make_strikes
from pyproj import Geod

from uxomap import draw_hazard_areas, list_unlocated
from uxomap.crs import area_m2
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.hazard_areas import VERTICES, draw_ellipses
from uxomap.munitions import load_munitions
from uxomap.schema import layer_schema

GEOD = Geod(ellps="WGS84")


def distances(polygon, longitude, latitude):
    """Geodesic distance and azimuth of every vertex from the centre."""
    xy = shapely.get_coordinates(polygon)
    size = len(xy)
    azimuth, _, distance = GEOD.inv(np.full(size, longitude), np.full(size, latitude), xy[:, 0], xy[:, 1])
    return azimuth, distance


def ellipse(longitude, latitude, semi_major, semi_minor, bearing=np.nan):
    arrays = [np.array([float(value)]) for value in (longitude, latitude, semi_major, semi_minor)]
    return draw_ellipses(*arrays, bearing_deg=np.array([float(bearing)]))[0]


@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-85, 85),
    radius=st.floats(10, 60_000),
)
def test_every_vertex_of_a_circle_lies_on_it_anywhere_on_earth(longitude, latitude, radius):
    polygon = ellipse(longitude, latitude, radius, radius)
    xy = shapely.get_coordinates(polygon)
    on_line = np.abs(np.abs(xy[:, 0]) - 180) < 1e-9  # where the ring is cut at the antimeridian
    _, distance = distances(polygon, longitude, latitude)
    assert (~on_line).sum() >= 64
    assert np.abs(distance[~on_line] / radius - 1).max() < 1e-3
    assert polygon.is_valid
    assert (np.abs(xy[:, 0]) <= 180).all()


@given(
    latitude=st.floats(-85, 85),
    semi_major=st.floats(100, 20_000),
    flattening=st.floats(0.05, 1),
    bearing=st.floats(0, 360),
)
def test_every_vertex_of_an_ellipse_lies_on_it(latitude, semi_major, flattening, bearing):
    semi_minor = semi_major * flattening
    azimuth, distance = distances(ellipse(30, latitude, semi_major, semi_minor, bearing), 30, latitude)
    turn = np.radians(azimuth - bearing)
    along, across = distance * np.cos(turn), distance * np.sin(turn)
    assert np.abs(np.hypot(along / semi_major, across / semi_minor) - 1).max() < 1e-3
    assert distance.max() == pytest.approx(semi_major, rel=1e-3)
    assert distance.min() == pytest.approx(semi_minor, rel=1e-2)


def test_the_long_axis_points_along_the_bearing():
    azimuth, distance = distances(ellipse(30, 50, 2000, 500, 60), 30, 50)
    assert azimuth[np.argmax(distance)] % 180 == pytest.approx(60, abs=0.01)


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(0, 0), (6.0, 50), (11.999, 45), (179.999, 10), (-180, -17), (34.4, 31.5), (100, 85), (20, -85)],
)
def test_a_circle_is_as_large_as_it_should_be(longitude, latitude):
    polygon = ellipse(longitude, latitude, 2500, 2500)
    area = sum(abs(GEOD.geometry_area_perimeter(part)[0]) for part in shapely.get_parts(polygon))
    inscribed = 0.5 * VERTICES * np.sin(2 * np.pi / VERTICES) * 2500**2
    assert area == pytest.approx(inscribed, rel=1e-3)


def test_what_crosses_the_antimeridian_is_cut_there():
    polygon = ellipse(179.99, 65, 3000, 3000)
    assert polygon.geom_type == "MultiPolygon"
    west, east = sorted(polygon.geoms, key=lambda part: part.bounds[0])
    assert west.bounds[0] == -180.0
    assert east.bounds[2] == 180.0
    assert west.bounds[2] < -179.9
    assert east.bounds[0] > 179.9


def test_rings_run_counter_clockwise():
    assert shapely.is_ccw(shapely.get_exterior_ring(ellipse(20, 40, 900, 300, 10)))


@pytest.mark.parametrize(
    ("strike", "options", "words"),
    [
        ({"latitude": [85.01]}, {}, r"Invalid latitude 85.01 in rows 0. Must lie between -85 and 85"),
        ({}, {"containment": 95}, r"Invalid containment 95. Must lie between 0 and 1, ends excluded"),
        ({}, {"fadeout_m": -5}, r"Invalid fadeout_m -5. Must be a finite number of metres, 0 or more"),
        ({}, {"max_precision_m": 0}, r"Invalid max_precision_m 0. Must be a finite number of metres, above 0"),
        ({"precision_m": 900_000.0}, {"max_precision_m": 1e6}, r"Must be above 0 and at most 500,000 m"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_rule(strike, options, words):
    values = {"longitude": [30.0], "latitude": [50.0], "candidates": ["m26"]} | strike
    with pytest.raises(InputError, match=words):
        draw_hazard_areas(make_strikes(**values), **options)


def test_layers_that_break_the_contract_are_refused():
    strikes = make_strikes([30.0], [50.0], ["m26"])
    with pytest.raises(SchemaError, match="missing column 'precision_m'; missing column 'evidence'"):
        draw_hazard_areas(strikes.drop(columns=["precision_m", "evidence"]))
    with pytest.raises(CRSError, match="has no CRS"):
        draw_hazard_areas(strikes.set_crs(None, allow_override=True))
    with pytest.raises(CRSError, match="Must be EPSG:4326"):
        draw_hazard_areas(strikes.to_crs("EPSG:32636"))


@pytest.fixture(scope="module")
def strikes():
    return make_strikes(
        [30.0, 31.0, 32.0, 33.0],
        [50.0, 50.0, 50.0, 50.0],
        ["m26", "m26", "fab", "generic_cluster|generic_unitary"],
        precision_m=[0.0, 2000.0, 2000.0, 2000.0],
        rounds_low=[1.0, 1.0, 1.0, 1.0],
        rounds_expected=[1.0, 1.0, 1.0, 3.0],
        rounds_high=[1.0, 1.0, 1.0, 9.0],
    )


def test_one_m26_rocket_contaminates_its_published_footprint(strikes):
    # 200 m x 100 m as an ellipse, pi/4 * L * W; no position error, one carrier.
    area = draw_hazard_areas(strikes).iloc[0]
    assert area["footprint_m2"] == pytest.approx(np.pi / 4 * 200 * 100, rel=1e-3)
    assert area["semi_major_m"] == pytest.approx(100 + 50, rel=1e-3)
    assert area["semi_minor_m"] == area["semi_major_m"]
    assert area["items_low"] == area["items_expected"] == area["items_high"] == 644


def test_ignorance_of_the_place_grows_the_search_not_the_contamination(strikes):
    areas = draw_hazard_areas(strikes)
    assert areas["area_m2"][1] > 100 * areas["area_m2"][0]
    assert areas["footprint_m2"][1] == areas["footprint_m2"][0]
    assert areas["uxo_expected"][1] == areas["uxo_expected"][0]


def test_position_error_alone_gives_the_stated_radius(strikes):
    area = draw_hazard_areas(strikes, fadeout_m=0.0).iloc[2]
    assert area["semi_major_m"] == pytest.approx(2000, rel=1e-6)
    assert area["footprint_m2"] == 0


def test_a_known_bearing_draws_the_published_ellipse(strikes):
    area = draw_hazard_areas(strikes.assign(bearing_deg=45.0), fadeout_m=0.0).iloc[0]
    assert (area["semi_major_m"], area["semi_minor_m"]) == pytest.approx((100, 50), rel=1e-3)
    azimuth, distance = distances(area["geometry"], 30.0, 50.0)
    assert azimuth[np.argmax(distance)] % 180 == pytest.approx(45, abs=0.01)


def test_stated_area_and_drawn_area_agree(strikes):
    areas = draw_hazard_areas(strikes.assign(bearing_deg=30.0))
    assert area_m2(areas).to_numpy() == pytest.approx(areas["area_m2"].to_numpy(), rel=2e-3)


@given(st.floats(0.05, 0.99), st.floats(0.05, 0.99), st.floats(0, 500))
def test_more_containment_or_fadeout_never_shrinks_an_area(first, second, fadeout):
    strikes = make_strikes([30.0], [50.0], ["9m27k"])
    low, high = sorted([first, second])
    small = draw_hazard_areas(strikes, containment=low, fadeout_m=fadeout)
    large = draw_hazard_areas(strikes, containment=high, fadeout_m=fadeout)
    wider = draw_hazard_areas(strikes, containment=high, fadeout_m=fadeout + 10)
    assert small["area_m2"][0] <= large["area_m2"][0] < wider["area_m2"][0]


@pytest.mark.parametrize("bearing", [np.nan, 70.0])
def test_polygons_hold_the_stated_share_of_simulated_items(bearing):
    """Worlds drawn from the model's own assumptions: position, carriers, items; within one point of the containment."""
    strikes = make_strikes([30.0], [50.0], ["m26"], precision_m=300.0, bearing_deg=bearing)
    entry = load_munitions().loc["m26"]
    area = draw_hazard_areas(strikes, containment=0.9, fadeout_m=0.0).iloc[0]
    rng = np.random.default_rng(11)
    size = 200_000
    angle = np.radians(bearing if np.isfinite(bearing) else 0.0)
    along = rng.normal(0, entry["footprint_length_m"] / 2 / 2.4477, size)
    across = rng.normal(0, entry["footprint_width_m"] / 2 / 2.4477, size)
    other = np.hypot(entry["salvo_sigma_m"], 300 / 2.4477)
    east = along * np.sin(angle) + across * np.cos(angle) + rng.normal(0, other, size)
    north = along * np.cos(angle) - across * np.sin(angle) + rng.normal(0, other, size)
    longitude, latitude, _ = GEOD.fwd(
        np.full(size, 30.0), np.full(size, 50.0), np.degrees(np.arctan2(east, north)), np.hypot(east, north)
    )
    share = shapely.contains_xy(area["geometry"], longitude, latitude).mean()
    # Without a bearing the long axis is used all round, on the careful side.
    assert share == pytest.approx(0.9, abs=0.01) if np.isfinite(bearing) else 0.9 <= share < 0.92


def test_an_unknown_munition_covers_every_candidate(strikes):
    areas = draw_hazard_areas(strikes)
    unknown = areas.iloc[3]
    assert unknown["uxo_high"] > areas["uxo_expected"][2]
    assert unknown["items_low"] <= 3
    assert unknown["items_high"] > 100
    assert "unitary" in unknown["munition"].lower()
    assert "cluster" in unknown["munition"].lower()


def test_strikes_are_drawn_or_listed_never_lost():
    strikes = make_strikes(
        [30.0, 31.0, 32.0], [50.0, 50.0, 50.0], ["m26", "fab", "fab"], precision_m=[5000.0, 5000.1, np.nan]
    )
    strikes.loc[2, "geometry"] = shapely.Point()
    areas, unlocated = draw_hazard_areas(strikes), list_unlocated(strikes)
    assert areas["strike_id"].tolist() == ["S-1"]
    assert unlocated["strike_id"].tolist() == ["S-2", "S-3"]
    assert unlocated["uxo_expected"].gt(0).all()
    assert unlocated["longitude"].isna().tolist() == [False, True]


@pytest.mark.parametrize("layer", ["hazard_areas", "unlocated"])
def test_columns_are_those_of_the_contract_in_its_order(strikes, layer):
    frame = draw_hazard_areas(strikes) if layer == "hazard_areas" else list_unlocated(strikes, max_precision_m=1000)
    found = [name for name in frame.columns if name != "geometry"]
    assert found == [name for name in layer_schema(layer).columns if name in found]
    assert set(found) >= set(layer_schema(layer).required)


def test_unlocated_strikes_keep_the_area_they_are_said_to_lie_in(strikes):
    named = strikes.assign(admin_area="Donetsk oblast, Ukraine")
    assert list_unlocated(named, max_precision_m=1000)["admin_area"].unique().tolist() == ["Donetsk oblast, Ukraine"]
    assert "admin_area" not in list_unlocated(strikes, max_precision_m=1000)


@given(st.permutations(range(4)))
def test_the_order_of_strikes_does_not_change_an_area(order):
    strikes = make_strikes([30.0, 31.0, 32.0, 33.0], [50.0] * 4, ["m26", "9m27k", "fab", "pom3"])
    direct = draw_hazard_areas(strikes).set_index("strike_id")
    moved = draw_hazard_areas(strikes.iloc[list(order)]).set_index("strike_id").loc[direct.index]
    pd.testing.assert_frame_equal(pd.DataFrame(direct), pd.DataFrame(moved))


def test_the_callers_frame_is_left_alone(strikes):
    before = strikes.copy(deep=True)
    draw_hazard_areas(strikes)
    list_unlocated(strikes)
    pd.testing.assert_frame_equal(pd.DataFrame(strikes), pd.DataFrame(before))


def test_no_strikes_draw_no_areas(strikes):
    assert len(draw_hazard_areas(strikes.iloc[:0])) == 0
    assert len(list_unlocated(strikes.iloc[:0])) == 0
