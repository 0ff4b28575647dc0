"""Plans of surveys: drawn land whose best plan a reader can check, and what every plan must keep."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod

from uxomap import wording
from uxomap._validation import check_layer
from uxomap.crs import area_m2, equal_area_crs, offset_points
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.survey import SurveyPlan, allocate_effort, plan_survey
from uxomap.survey._cut import cut_polygon
from uxomap.survey._route import Progress

BANNED = re.compile(
    r"\b(safe|clear|cleared|free|released|cancell?ed|reduced|confirmed|no risk|SHA|CHA)\b", re.IGNORECASE
)
PACE = {"sweep_rate_m2_per_h": 1000.0, "detection": 0.9}


def square(longitude, latitude, side_m):
    """A square around a point, its longitudes not wrapped."""
    east, north = np.array([[-1, 1, 1, -1], [-1, -1, 1, 1]]) * side_m / 2
    return shapely.Polygon(
        np.column_stack(offset_points(np.full(4, float(longitude)), np.full(4, float(latitude)), east, north))
    )


def make_zones(shapes, items) -> gpd.GeoDataFrame:
    names = [f"Z-{number}" for number in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"zone_id": names, "uxo_expected": items}, geometry=list(shapes), crs="EPSG:4326")


def two_zones():
    """16 ha with 40 items, and 16 ha with 5 some 7 km to the east."""
    return make_zones([square(37, 48, 400), square(37.1, 48, 400)], [40.0, 5.0])


def make_map(items, cell_m=50.0, longitude=37.0, latitude=48.0, **attrs) -> xr.Dataset:
    """A map of cells around a point."""
    crs = equal_area_crs(np.array([longitude]), np.array([latitude]))
    rows, columns = items.shape
    x = (np.arange(columns) + 0.5 - columns / 2) * cell_m
    y = (rows / 2 - np.arange(rows) - 0.5) * cell_m
    attrs = {"crs_wkt": crs.to_wkt(), "cell_m": cell_m} | attrs
    return xr.Dataset({"uxo_expected": (("y", "x"), items)}, coords={"x": x, "y": y}, attrs=attrs)


def hills(size=60):
    """Two hills of items."""
    at = np.arange(size)
    x, y = np.meshgrid(at, at)
    near = np.exp(-((x - 15) ** 2 + (y - 20) ** 2) / 40)
    return 0.5 * near + 0.3 * np.exp(-((x - 45) ** 2 + (y - 40) ** 2) / 20)


def check_plan(plan: SurveyPlan, teams: int, hours: float) -> None:
    """What every plan keeps."""
    tasks, left = plan.tasks, plan.left
    check_layer(tasks, "tasks")
    spent = (tasks["team_hours"] + tasks["travel_hours"]).groupby(tasks["team"]).sum()
    assert (spent <= hours * (1 + 1e-9)).all()
    assert tasks["order"].tolist() == list(range(1, len(tasks) + 1))
    assert tasks["team"].between(1, teams).all()
    assert tasks["day"].ge(1).all()
    assert tasks["day"].is_monotonic_increasing
    assert (tasks["uxo_left_expected"] > 0).all()
    np.testing.assert_allclose(tasks["finds_expected"] + tasks["uxo_left_expected"], tasks["uxo_expected"], rtol=1e-9)
    searched = left[left["share_searched"] > 0]
    assert searched["finds_expected"].sum() == pytest.approx(tasks["finds_expected"].sum())
    assert (left["uxo_left_expected"].dropna()[left["uxo_expected"] > 0] > 0).all()
    np.testing.assert_allclose(left["finds_expected"] + left["uxo_left_expected"], left["uxo_expected"], rtol=1e-9)
    curve = plan.curve
    naive = curve[["optimal", "largest_first", "nearest_first", "densest_first"]]
    assert (naive.diff().dropna() >= -1e-9).all(axis=None)
    assert (naive.le(curve["upper_bound"] + 1e-9, axis=0)).all(axis=None)
    assert curve["optimal"].iloc[-1] == pytest.approx(tasks["finds_expected"].sum())
    assert curve["hours"].iloc[-1] == teams * hours


def shared_area(shapes) -> float:
    """Land that lies in more than one shape."""
    return float(shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes)))


def test_the_rich_zone_is_searched_first_and_as_deep_as_the_hours_go():
    plan = plan_survey(two_zones(), teams=2, hours=24, base=(37.0, 48.0), **PACE)
    check_plan(plan, 2, 24)
    # Its density is 8 times that of the other. Some 48 hours sweep it 0.3 times over: far from down to an eighth.
    assert set(plan.tasks["zone_id"]) == {"Z-1"}
    assert len(plan.tasks) == 8
    travel = plan.tasks["travel_hours"].sum()
    finds = 40 * -np.expm1(-0.9 * 1000 * (48 - travel) / 160_000)
    assert plan.tasks["finds_expected"].sum() == pytest.approx(finds, rel=1e-4)
    assert plan.left["note"].tolist() == ["searched thinly, most items remain", "not searched"]
    assert plan.left["uxo_left_expected"].tolist() == pytest.approx([40 - finds, 5], rel=1e-3)


def test_with_many_hours_both_are_searched_to_one_density():
    plan = plan_survey(two_zones(), teams=1, hours=900, base=(37.0, 48.0), task_hours=20, **PACE)
    check_plan(plan, 1, 900)
    density = plan.left["uxo_left_expected"] / plan.left["area_m2"]
    assert density[0] == pytest.approx(density[1], rel=0.01)
    spent = plan.tasks.groupby("zone_id")["team_hours"].sum()
    best = allocate_effort([40, 5], rate=900 / plan.left["area_m2"].to_numpy(), hours=spent.sum())
    assert spent.to_numpy() == pytest.approx(best, rel=0.01)


def test_travel_is_the_straight_line_with_its_detour():
    far = make_zones([square(37.5, 48, 200)], [10.0])
    plan = plan_survey(far, teams=1, hours=5, base=(37.0, 48.0), task_hours=50, travel_km_h=30, **PACE)
    way = Geod(ellps="WGS84").inv(37.0, 48.0, 37.5, 48.0)[2]
    assert plan.tasks["travel_hours"].iloc[0] == pytest.approx(1.4 * way / 30_000, rel=0.006)
    assert any("not a path" in line for line in plan.summary_lines())
    assert set(plan.tasks.geom_type) == {"Polygon"}


@pytest.mark.parametrize(
    "shapes",
    [
        [square(37, 48, 500)],
        [square(-180, 10, 800), square(179.9, 10, 400)],
        [square(15, 80, 900), square(15.2, 80, 300)],
        [shapely.Polygon([(0, 0), (0.02, 0), (0.02, 0.001), (0.001, 0.001), (0.001, 0.02), (0, 0.02)])],  # an angle
        [shapely.box(5, 5, 5.01, 5.01).difference(shapely.box(5.002, 5.002, 5.008, 5.008))],  # a frame
        [shapely.MultiPolygon([square(20, -30, 300), square(20.02, -30, 300)])],
    ],
)
def test_tasks_lie_in_their_zone_apart_from_each_other_and_add_up(shapes):
    split = [
        shapely.MultiPolygon(
            [shapely.box(179.9963, 9.9964, 180, 10.0036), shapely.box(-180, 9.9964, -179.9963, 10.0036)]
        )
        if shape.bounds[0] < -180
        else shape
        for shape in shapes
    ]
    zones = make_zones(split, [30.0] * len(split))
    plan = plan_survey(zones, teams=3, hours=400, task_hours=25, **PACE)
    check_plan(plan, 3, 400)
    for zone_id, zone in zones.set_index("zone_id").geometry.items():
        own = plan.tasks[plan.tasks["zone_id"] == zone_id]
        assert len(own) > 1
        shapes_ = own.geometry.to_numpy()
        assert shared_area(shapes_) <= 1e-9 * zone.area
        assert shapely.area(shapely.difference(shapely.union_all(shapes_), zone)) <= 1e-9 * zone.area
        assert own["area_m2"].sum() == pytest.approx(
            float(area_m2(zones[zones["zone_id"] == zone_id]).iloc[0]), rel=1e-6
        )
    assert plan.tasks.total_bounds[0] >= -180
    assert plan.tasks.total_bounds[2] <= 180
    assert (plan.left["share_searched"] > 0.999).all()


def test_the_short_way_across_180_degrees_is_taken():
    zones = make_zones([square(-179.95, 10, 300)], [10.0])
    plan = plan_survey(zones, teams=1, hours=10, base=(179.95, 10), **PACE)
    assert plan.tasks["travel_hours"].iloc[0] < 1.4 * 12 / 20


def test_pieces_of_a_polygon_are_compact_and_equal():
    parts = cut_polygon(shapely.box(0, 0, 4, 1), pieces=8, degrees=False)
    assert shapely.area(np.array(parts)) == pytest.approx(np.full(8, 0.5), rel=0.01)
    assert max(part.length for part in parts) == pytest.approx(3, rel=0.02)  # 0.5 x 1


def test_a_map_is_planned_by_its_cells():
    grid = make_map(hills(), uxo_expected_unlocated=7.0, uxo_expected_outside=1.5)
    plan = plan_survey(grid, teams=2, hours=60, **PACE)
    check_plan(plan, 2, 60)
    assert set(plan.tasks["zone_id"]) == {""}
    assert plan.tasks["task_id"].iloc[0] == "patch-1-T1"
    assert shared_area(plan.tasks.to_crs(CRS.from_wkt(grid.attrs["crs_wkt"])).geometry.to_numpy()) < 1
    assert set(plan.tasks.geom_type) == {"Polygon"}  # connected
    assert plan.left["place"].tolist() == ["patch-1", "patch-2", "rest of the map", "beyond the map"]
    assert plan.left["uxo_expected"].sum() == pytest.approx(hills().sum() + 1.5)
    assert plan.left.loc[:1, "uxo_expected"].sum() >= 0.95 * hills().sum()
    assert plan.uxo_unlocated == 7
    assert "7 more items are expected from strikes without a place; no task looks for them." in plan.summary_lines()
    # The top of the first hill is the densest place of all.
    x, y = grid["x"].to_numpy()[15], grid["y"].to_numpy()[20]
    first = plan.tasks[plan.tasks["order"] <= 4].to_crs(CRS.from_wkt(grid.attrs["crs_wkt"])).geometry
    assert first.distance(shapely.Point(x, y)).min() < 150


@pytest.mark.parametrize(("longitude", "latitude"), [(37.0, 48.0), (180.0, -20.0), (25.0, 80.0)])
def test_a_map_with_zones_is_cut_by_zone(longitude, latitude):
    grid = make_map(hills(), longitude=longitude, latitude=latitude)
    crs = CRS.from_wkt(grid.attrs["crs_wkt"])
    drawn = gpd.GeoSeries([shapely.box(-1210, -410, 210, 1330), shapely.box(210, -1400, 1333, 100)], crs=crs)
    turned = drawn.to_crs("EPSG:4326").to_numpy()
    if longitude == 180:  # zones leave uxomap cut at 180 degrees
        wrapped = shapely.transform(turned, lambda points: np.column_stack([points[:, 0] % 360, points[:, 1]]))
        parts = [
            (
                shape & shapely.box(0, -90, 180, 90),
                shapely.transform(shape & shapely.box(180, -90, 360, 90), lambda p: p - [360, 0]),
            )
            for shape in wrapped
        ]
        turned = [shapely.MultiPolygon([p for p in pair if p.area > 0]) for pair in parts]
    zones = make_zones(turned, [1.0, 1.0])
    plan = plan_survey(grid, zones=zones, teams=3, hours=200, task_hours=12, **PACE)
    check_plan(plan, 3, 200)
    assert set(plan.tasks["zone_id"]) == {"Z-1", "Z-2"}
    metres = plan.tasks.to_crs(crs)
    for zone_id, zone in zip(["Z-1", "Z-2"], drawn, strict=True):
        own = shapely.union_all(metres.loc[metres["zone_id"] == zone_id].geometry.to_numpy())
        assert own.difference(zone.buffer(1)).area < 1
    assert plan.left["place"].tolist() == ["Z-1", "Z-2", "map outside the zones given"]
    assert plan.left["uxo_expected"].sum() == pytest.approx(hills().sum())
    assert plan.left["area_m2"].iloc[:2].tolist() == pytest.approx(drawn.area.tolist(), rel=1e-4)


def test_a_cell_that_takes_days_is_cut_into_days():
    plan = plan_survey(make_map(np.array([[0.0, 30.0], [0.0, 0.0]]), cell_m=400), teams=2, hours=40, **PACE)
    check_plan(plan, 2, 40)
    assert len(plan.tasks) >= 12
    assert plan.tasks["area_m2"].sum() == pytest.approx(160_000, rel=0.01)
    assert plan.tasks["team_hours"].max() < 9


def test_tasks_are_about_a_day_long():
    plan = plan_survey(make_map(hills()), teams=2, hours=120, task_hours=5, **PACE)
    assert plan.tasks["team_hours"].between(1, 8).mean() > 0.9
    assert plan.tasks["team_hours"].median() == pytest.approx(5, abs=1)


def test_the_plan_beats_the_simple_plans_it_is_shown_with():
    rng = np.random.default_rng(4)
    shapes = [square(37 + 0.02 * k, 48 + 0.01 * (k % 3), side) for k, side in enumerate(rng.uniform(200, 900, 12))]
    plan = plan_survey(make_zones(shapes, rng.gamma(1, 20, 12)), teams=3, hours=80, **PACE)
    end = plan.curve.iloc[-1]
    assert end["optimal"] > 1.2 * max(end["largest_first"], end["nearest_first"])
    # Going by density is the strongest of the simple plans where zones differ as these do.
    assert end["optimal"] > end["densest_first"] > 1.2 * max(end["largest_first"], end["nearest_first"])
    assert end["optimal"] > 0.85 * end["upper_bound"]
    half = plan.curve.iloc[20]
    assert half["optimal"] > max(half["largest_first"], half["nearest_first"])


def test_simple_plans_sweep_once_over_in_their_order():
    zones = make_zones([square(37, 48, 100), square(37.001, 48.003, 300)], [10.0, 10.0])
    plan = plan_survey(
        zones, teams=1, hours=100, base=(37, 48), travel_km_h=1e6, sweep_rate_m2_per_h=1000, detection=0.5
    )
    # Each is swept once over (1 - exp(-1/2)), in 10 and 90 hours: the small one is nearest and densest, the other one
    # largest.
    once = -np.expm1(-0.5)
    expected_nearest = np.interp(plan.curve["hours"], [0, 10, 100], [0, 10 * once, 20 * once])
    expected_largest = np.interp(plan.curve["hours"], [0, 90, 100], [0, 10 * once, 20 * once])
    assert plan.curve["nearest_first"].to_numpy() == pytest.approx(expected_nearest, abs=1e-2)
    assert plan.curve["largest_first"].to_numpy() == pytest.approx(expected_largest, abs=1e-2)
    assert plan.curve["densest_first"].to_numpy() == pytest.approx(expected_nearest, abs=1e-2)


def test_densest_first_goes_by_items_a_hectare_and_not_by_items():
    # 9 items on 9 ha, and 5 on 1 ha, which is neither the largest, nor the nearest, nor the one with most items.
    zones = make_zones([square(37, 48, 300), square(37.001, 48.003, 100)], [9.0, 5.0])
    plan = plan_survey(
        zones, teams=1, hours=100, base=(37, 48), travel_km_h=1e6, sweep_rate_m2_per_h=1000, detection=0.5
    )
    once = -np.expm1(-0.5)
    expected = np.interp(plan.curve["hours"], [0, 10, 100], [0, 5 * once, 14 * once])
    assert plan.curve["densest_first"].to_numpy() == pytest.approx(expected, abs=1e-2)
    assert "densest place first would find 5.5," in plan.summary_lines()[1]


def test_progress_comes_evenly_within_a_piece_of_work():
    steps = Progress(np.array([1.0, 4.0]), np.array([3.0, 6.0]), np.array([4.0, 2.0]))
    assert steps.at(np.array([0, 1, 2, 3.5, 5, 9])).tolist() == [0, 0, 2, 4, 5, 6]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(60, 900)), min_size=1, max_size=6),
    st.integers(1, 3),
    st.floats(1, 100),
)
def test_whatever_the_land_and_the_hours_a_plan_keeps_its_laws(places, teams, hours):
    items, sides = (np.array(part) for part in zip(*places, strict=True))
    items[0] += 1
    zones = make_zones([square(37 + 0.02 * number, 48, side) for number, side in enumerate(sides)], items)
    plan = plan_survey(zones, teams=teams, hours=hours, base=(37, 48.01), **PACE)
    check_plan(plan, teams, hours)
    for _, own in plan.tasks.groupby("zone_id"):
        shapes = own.geometry.to_numpy()
        assert shared_area(shapes) <= 1e-9 * shapely.area(shapes).sum()


def test_more_hours_find_more():
    found = [
        plan_survey(make_map(hills(30)), teams=2, hours=hours, **PACE).tasks["finds_expected"].sum()
        for hours in (5, 10, 20, 40, 80)
    ]
    assert np.all(np.diff(found) > 0)


def test_rows_in_another_order_give_the_same_plan_and_nothing_given_is_touched():
    zones = two_zones()
    before = zones.copy(deep=True)
    one, again = (plan_survey(zones, teams=2, hours=300, base=(37, 48), **PACE) for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(one.tasks), pd.DataFrame(again.tasks))
    pd.testing.assert_frame_equal(pd.DataFrame(zones), pd.DataFrame(before))
    turned = plan_survey(zones[::-1], teams=2, hours=300, base=(37, 48), **PACE)
    pd.testing.assert_frame_equal(pd.DataFrame(turned.tasks), pd.DataFrame(one.tasks))


@pytest.mark.parametrize("grid", [None, make_map(hills())])
def test_what_is_left_stands_in_the_order_of_the_places_whatever_the_rows(grid):
    shapes = [square(37 + 0.012 * number, 48, 300) for number in (-2, -1, 0, 1)]
    zones = make_zones(shapes, [3.0, np.nan, 20.0, 1.0]).assign(zone_id=["Z-c", "Z-b", "Z-d", "Z-a"])
    zones.attrs["uxo_expected_unlocated"] = 4.0
    lefts = []
    for rows in ([0, 1, 2, 3], [3, 1, 0, 2]):
        given_ = {"land": zones.iloc[rows]} if grid is None else {"land": grid, "zones": zones.iloc[rows]}
        plan = plan_survey(given_.pop("land"), **given_, teams=1, hours=30, base=(37, 48), **PACE)
        lefts.append(plan.left)
        assert plan.uxo_unlocated == 4 or grid is not None
    pd.testing.assert_frame_equal(*lefts)
    # Of one zone nothing is known: Z-b has no number of items, Z-c lies off the map.
    order = (
        ["Z-a", "Z-c", "Z-d", "Z-b"] if grid is None else ["Z-a", "Z-b", "Z-d", "Z-c", "map outside the zones given"]
    )
    assert lefts[0]["place"].tolist() == order


@pytest.mark.parametrize(
    ("land", "zones", "words"),
    [
        (two_zones(), None, "(1 of 2 zones)."),
        (make_map(hills()), None, "(0 of 2 patches, and the rest of the map)."),
        (
            make_map(hills(), uxo_expected_outside=1.5),
            make_zones([square(36.99, 48.005, 900), square(37.02, 47.99, 900)], [1.0, 1.0]),
            "of 2 zones, the map outside the zones given, and what lies beyond the map).",
        ),
    ],
)
def test_what_is_not_searched_is_told_by_zones_and_the_land_beside_them(land, zones, words):
    lines = plan_survey(land, zones=zones, teams=2, hours=24, base=(37, 48), **PACE).summary_lines()
    assert words in next(line for line in lines if "not searched" in line)
    assert any("a chance of 90 %;" in line for line in lines)
    assert not any(re.search(r"\d%", line) for line in lines)


def test_twice_the_items_everywhere_is_the_same_plan():
    one = plan_survey(two_zones(), teams=2, hours=300, base=(37, 48), **PACE)
    twice = plan_survey(two_zones().assign(uxo_expected=[80.0, 10.0]), teams=2, hours=300, base=(37, 48), **PACE)
    assert twice.tasks["team_hours"].tolist() == pytest.approx(one.tasks["team_hours"].tolist())
    assert twice.tasks["task_id"].tolist() == one.tasks["task_id"].tolist()


def test_zones_whose_items_are_not_known_are_named_and_not_planned_for():
    zones = two_zones().assign(uxo_expected=[np.nan, 5.0])
    plan = plan_survey(zones, teams=1, hours=30, **PACE)
    assert set(plan.tasks["zone_id"]) == {"Z-2"}
    row = plan.left.set_index("place").loc["Z-1"]
    assert row["note"] == "not searched: items not known, not in the plan"
    assert np.isnan(row["uxo_left_expected"])
    assert any(
        "For 1 of the zones not searched the number of items is not known" in line for line in plan.summary_lines()
    )


def test_few_hours_on_much_land_are_not_called_a_search_of_it():
    few = plan_survey(two_zones(), teams=1, hours=2, base=(37, 48), **PACE)
    many = plan_survey(two_zones(), teams=9, hours=200, base=(37, 48), **PACE)
    assert few.left["note"].iloc[0] == "searched thinly, most items remain"
    assert any(line.startswith("In 1 of the searched zones the hours are so few") for line in few.summary_lines())
    assert many.left["note"].tolist() == ["searched, items remain"] * 2
    assert not any("so few" in line for line in many.summary_lines())


def test_hours_that_do_not_reach_the_land_give_an_empty_plan_that_says_so():
    plan = plan_survey(two_zones(), teams=1, hours=1, base=(40, 48), **PACE)
    check_plan(plan, 1, 1)
    assert plan.tasks.empty
    assert plan.left["note"].tolist() == ["not searched", "not searched"]
    assert plan.summary_lines()[0].startswith("No land can be reached")


def test_one_team_is_said_in_the_singular():
    lines = plan_survey(two_zones().iloc[:1], teams=1, hours=2, **PACE).summary_lines()
    assert lines[0].startswith("2 tasks for 1 team: ")


def test_words_are_those_of_a_desk_product():
    plan = plan_survey(two_zones(), teams=2, hours=24, **PACE)
    text = "\n".join([*plan.summary_lines(), *plan.left["note"], *plan.left.columns, *plan.tasks.columns])
    assert not BANNED.search(text)
    assert wording.NOTICE in text
    assert "Expected finds:" in text
    assert "Expected to be left behind:" in text
    assert "not searched" in text
    assert "No base was given" in text


def test_the_curve_can_be_drawn():
    pytest.importorskip("matplotlib").use("agg")
    plan = plan_survey(two_zones(), teams=2, hours=24, **PACE)
    axes = plan.plot_curve()
    assert axes.get_xlabel() == "team-hours, travel included"
    assert len(axes.lines) == 5
    assert "densest place first" in [line.get_label() for line in axes.lines]
    assert plan.plot_curve(axes) is axes
    axes.figure.clear()


def test_the_solver_is_used_where_it_finds_more():
    # Two far clusters of like zones: whoever goes by finds an hour alone crosses between them.
    rng = np.random.default_rng(3)
    shapes = [square(37 + 0.8 * (k % 2) + 0.01 * k, 48, 350) for k in range(16)]
    plan = plan_survey(make_zones(shapes, rng.uniform(20, 24, 16)), teams=2, hours=60, base=(37.4, 48), **PACE)
    check_plan(plan, 2, 60)
    crossings = plan.tasks.sort_values("order").groupby("team")["travel_hours"].apply(lambda legs: (legs > 2).sum())
    assert crossings.max() <= 1


def test_rich_land_far_away_is_left_to_plans_with_the_hours_for_it():
    zones = make_zones([square(37, 48, 400), square(43.7, 48, 400)], [20.0, 60.0])  # some 500 km: 35 hours
    short, long_ = (plan_survey(zones, teams=1, hours=hours, base=(37, 48), **PACE) for hours in (40, 1500))
    assert set(short.tasks["zone_id"]) == {"Z-1"}
    assert short.tasks["finds_expected"].sum() == pytest.approx(20 * -np.expm1(-0.9 * 40 / 160), rel=0.01)
    assert set(long_.tasks["zone_id"]) == {"Z-1", "Z-2"}


def test_zones_in_which_nothing_is_mapped_are_not_known_to_hold_nothing():
    zones = make_zones([square(37, 48, 2000), square(38, 48, 500)], [1.0, 1.0])
    plan = plan_survey(make_map(hills()), zones=zones, teams=1, hours=20, **PACE)
    row = plan.left.set_index("place").loc["Z-2"]
    assert np.isnan(row["uxo_left_expected"])
    assert row["note"] == "not searched: nothing is mapped there"
    assert row["area_m2"] == pytest.approx(250_000, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"teams": 0}, InputError, "Invalid teams 0. Must be a whole number, 1 or more"),
        ({"teams": 1.5}, InputError, "Invalid teams 1.5"),
        ({"teams": "2"}, InputError, "Invalid teams '2'"),
        ({"teams": None}, InputError, "Invalid teams None"),
        ({"base": ("37.6", "48.7")}, InputError, "Invalid base .* Must be \\(longitude, latitude\\)"),
        ({"hours": "8"}, InputError, "Invalid hours '8'. Must be a number"),
        ({"hours": 1e6}, InputError, "tasks, too many to plan at once"),
        ({"base": "Kyiv"}, InputError, "Invalid base 'Kyiv'"),
        ({"hours": 0}, InputError, "Invalid hours 0. Must be a finite number, above 0"),
        ({"hours": np.inf}, InputError, "Invalid hours inf"),
        ({"sweep_rate_m2_per_h": -1}, InputError, "Invalid sweep_rate_m2_per_h -1"),
        ({"detection": 90}, InputError, "Invalid detection 90. Must lie above 0 to 1. Write 95 % as 0.95"),
        ({"detection": 0}, InputError, "Invalid detection 0"),
        ({"task_hours": 0}, InputError, "Invalid task_hours 0"),
        ({"travel_km_h": 0}, InputError, "Invalid travel_km_h 0"),
        ({"base": (48, 370)}, InputError, "Write longitude first"),
        ({"base": (37,)}, InputError, "Must be \\(longitude, latitude\\)"),
        ({"zones": two_zones()}, InputError, "Zones were given twice"),
        ({"land": [1]}, InputError, "A list cannot be planned for"),
        ({"land": two_zones().drop(columns="uxo_expected")}, SchemaError, "missing column 'uxo_expected'"),
        ({"land": two_zones().assign(zone_id="Z")}, SchemaError, "zone_id must be filled and unique"),
        ({"land": two_zones().assign(uxo_expected=-1.0)}, SchemaError, "uxo_expected must be 0 or more"),
        ({"land": two_zones().assign(uxo_expected=0.0)}, InputError, "No item is expected in the land"),
        ({"land": two_zones().assign(uxo_expected=np.nan)}, InputError, "No item is expected in the land"),
        ({"land": two_zones().to_crs(32637)}, CRSError, "Must be EPSG:4326"),
        ({"land": make_zones([shapely.Point(37, 48)], [1.0])}, SchemaError, "must be a valid Polygon"),
        (
            {"land": make_zones([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], [1.0])},
            SchemaError,
            "Repair it with",
        ),
        ({"land": make_zones([square(37, 48, 400), square(37.001, 48, 400)], [1.0, 1.0])}, InputError, "Zones overlap"),
        ({"land": make_map(hills()).drop_vars("uxo_expected")}, InputError, "The map lacks uxo_expected"),
        ({"land": make_map(0 * hills())}, InputError, "expects no item in any cell"),
        ({"land": make_map(hills() - 1)}, InputError, "Some cells of the map hold no number or one below 0"),
        ({"land": make_map(hills()).isel(x=slice(None, None, 2))}, InputError, "are not squares of 50 m"),
        ({"land": make_map(hills(), longitude=90), "zones": two_zones()}, InputError, "No zone lies where the map"),
    ],
)
def test_refusals(change, error, words):
    given_ = {"land": two_zones(), "teams": 1, "hours": 10} | PACE | change
    with pytest.raises(error, match=words):
        plan_survey(given_.pop("land"), **given_)


@pytest.mark.slow
def test_two_thousand_tasks_and_a_million_cells_in_good_time():
    rng, size = np.random.default_rng(1), 1000
    at = np.arange(size)
    x, y = np.meshgrid(at, at)
    items = sum(
        rng.gamma(1, 0.1) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * s**2))
        for cx, cy, s in zip(*rng.uniform(20, 980, (2, 60)), rng.uniform(3, 30, 60), strict=True)
    )
    plan = plan_survey(make_map(items), teams=20, hours=600, sweep_rate_m2_per_h=1500)
    check_plan(plan, 20, 600)
    assert len(plan.tasks) > 1800
