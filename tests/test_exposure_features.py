import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from test_exposure import GRID, make_zones, write_grid

from uxomap._validation import check_layer
from uxomap.errors import CRSError, InputError
from uxomap.exposure import ExposureWarning, LandUse, measure_exposure, split_by_admin
from uxomap.exposure._facilities import read_kinds
from uxomap.exposure._roads import find_nearest

GEOD = Geod(ellps="WGS84")
ZONE = shapely.box(30.00, 50.00, 30.02, 50.02)
IN, NEAR, FAR = (30.01, 50.01), (30.01, 50.025), (30.01, 50.2)


def places(points, **columns) -> gpd.GeoDataFrame:
    """Points, or other geometries, with columns."""
    shapes = [shapely.Point(place) if isinstance(place, tuple) else place for place in points]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def facilities_of(source, zones=None):
    """The counts of the first zone: columns that are not zero."""
    found = measure_exposure(make_zones([ZONE]) if zones is None else zones, facilities=source).iloc[0]
    stems = ["schools", "clinics", "water_points", "other_facilities"]
    counts = {f"{stem}_{place}": found[f"{stem}_{place}"] for stem in stems for place in ("inside", "near")}
    return {name: count for name, count in counts.items() if count}


# facilities


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({"amenity": ["school", "clinic", "hospital"]}, {"schools_inside": 1, "clinics_near": 1}),
        ({"AMENITY": ["School ", "Drinking Water", ""]}, {"schools_inside": 1, "water_points_near": 1}),
        ({"fclass": ["water_well", "kindergarten", "school"]}, {"water_points_inside": 1, "schools_near": 1}),
        (
            {"amenity": [None, "school", None], "healthcare": ["centre", None, None]},
            {"clinics_inside": 1, "schools_near": 1},
        ),
        (
            {"other_tags": ['"amenity"=>"school","name"=>"a"', '"man_made"=>"water_well"', None]},
            {"schools_inside": 1, "water_points_near": 1},
        ),
        (
            {"tags": ['{"amenity": "doctors"}', '{"healthcare": "yes"}', "{}"]},
            {"clinics_inside": 1, "other_facilities_near": 1},
        ),
        ({"type": ["Health Post", "well", "x"]}, {"clinics_inside": 1, "water_points_near": 1}),
        ({"amenity": ["pharmacy", "marketplace", ""]}, {"other_facilities_inside": 1, "other_facilities_near": 1}),
        ({"amenity": ["bench", "school", ""]}, {"schools_near": 1}),
    ],
)
def test_kinds_are_read_from_the_columns_that_extracts_have(columns, counts):
    assert facilities_of(places([IN, NEAR, FAR], **columns)) == counts


def test_healthsites_and_files_are_read(tmp_path):
    outline = shapely.Point(IN).buffer(0.0005)
    source = places([outline, NEAR], amenity=["clinic", "doctors"], healthcare=["", "doctor"], complete=[40.0, 12.5])
    for name in ("sites.gpkg", "sites.geojson", "sites.shp"):
        stored = source if name != "sites.shp" else source.set_geometry(source.representative_point())
        stored.to_file(tmp_path / name)
        assert facilities_of(tmp_path / name) == {"clinics_inside": 1, "clinics_near": 1}


def test_without_a_column_of_kinds_all_count_as_other_and_that_is_said():
    with pytest.warns(ExposureWarning, match="No column says the kind"):
        found = measure_exposure(make_zones([ZONE]), facilities=places([IN, NEAR], label=["a", "b"])).iloc[0]
    assert (found["other_facilities_inside"], found["other_facilities_near"]) == (1, 1)
    assert "all counted as other" in found["exposure_notes"]


def test_one_school_drawn_as_point_and_outline_counts_once():
    grounds = shapely.Point(IN).buffer(0.001)
    hall = shapely.Point(IN).buffer(0.0002)
    beside = (IN[0] + 0.0005, IN[1])
    once = places([grounds, IN, hall, beside], amenity=["school"] * 4, name=["North School", None, "north school ", ""])
    assert facilities_of(once) == {"schools_inside": 1}
    two = places([grounds, IN, beside], amenity=["school"] * 3, name=["North School", "South School", None])
    assert facilities_of(two) == {"schools_inside": 2}
    kinds = places([grounds, IN], amenity=["school", "drinking_water"], name=["", ""])
    assert facilities_of(kinds) == {"schools_inside": 1, "water_points_inside": 1}
    # The outer court and the inner one are not the same, so what lies in the inner one is that one.
    nested = places([grounds, hall, IN], amenity=["school"] * 3, name=["a", "b", "b"])
    assert facilities_of(nested) == {"schools_inside": 2}
    chain = places([grounds, shapely.Point(IN).buffer(0.0005), IN], amenity=["school"] * 3, name=["a", "", "b"])
    assert facilities_of(chain) == {"schools_inside": 2}
    alike = places([IN, IN, IN], amenity=["clinic"] * 3, name=["a", "a", "b"])
    assert facilities_of(alike) == {"clinics_inside": 2}


@given(st.permutations(range(9)))
@settings(max_examples=15)
def test_what_counts_once_does_not_hang_on_the_order(order):
    grounds = [shapely.Point(IN).buffer(size) for size in (0.001, 0.0007, 0.0003)]
    points = [IN, IN, (IN[0] + 0.0005, IN[1]), (IN[0] + 0.0002, IN[1]), NEAR, NEAR]
    source = places(
        [*grounds, *points],
        amenity=["school", "clinic", "school", "school", "clinic", "school", "school", "school", "school"],
        name=["a", "", "b", "", "c", "a", "b", "x", ""],
    )
    zones = make_zones([ZONE])
    one = measure_exposure(zones, facilities=source)
    pd.testing.assert_frame_equal(measure_exposure(zones, facilities=source.iloc[list(order)]), one)


def test_empty_and_broken_geometries_are_said_and_mended_where_that_can_be():
    bow = shapely.Polygon([(30.009, 50.009), (30.011, 50.011), (30.011, 50.009), (30.009, 50.011)])
    flat = shapely.Polygon([(30.01, 50.01), (30.012, 50.012), (30.01, 50.01), (30.01, 50.01)])
    source = places([bow, flat, None, shapely.Point(), IN], amenity=["school", "school", "school", "school", "clinic"])
    with pytest.warns(ExposureWarning) as said:
        found = measure_exposure(make_zones([ZONE]), facilities=source).iloc[0]
    assert (found["schools_inside"], found["clinics_inside"]) == (1, 1)
    texts = [str(one.message) for one in said]
    assert texts == [
        "2 of the facilities left out: without geometry.",
        "1 of the facilities left out: broken geometry that cannot be mended.",
        "1 of the facilities had a broken geometry, which was mended.",
    ]
    assert all(text[:-1] in found["exposure_notes"] for text in texts)


def test_a_facility_file_of_another_country_is_said():
    with pytest.warns(ExposureWarning, match="facilities reach none of the zones.*may not cover the area"):
        found = measure_exposure(make_zones([ZONE]), facilities=places([(90.0, 10.0)], amenity=["school"])).iloc[0]
    assert np.isnan(found["schools_inside"])
    assert np.isnan(found["clinics_near"])
    assert "facilities: not known here" in found["exposure_notes"]


def test_counts_just_outside_a_file_are_what_it_says_and_far_outside_not_known():
    close, far = shapely.box(30.05, 50.0, 30.06, 50.01), shapely.box(31.0, 50.0, 31.01, 50.01)
    road = places([shapely.LineString([(30.0, 50.0), (30.02, 50.0)])])
    found = measure_exposure(
        make_zones([ZONE, close, far]), facilities=places([IN], amenity=["school"]), roads=road, near_m=100
    )
    assert found["schools_inside"].tolist()[:2] == [1, 0]
    assert found["roads_near_m"].iloc[1] == 0
    far_columns = ["schools_inside", "schools_near", "roads_inside_m", "roads_near_m", "nearest_road_m"]
    assert found.loc[2, far_columns].isna().all()
    assert "zero is what they say, not what is there" in found["exposure_notes"].iloc[1]
    assert "roads: not known here" in found["exposure_notes"].iloc[2]


def test_sources_in_another_crs_are_carried_over_and_those_without_are_refused():
    source = places([IN, NEAR], amenity=["school", "school"])
    assert facilities_of(source.to_crs(32636)) == {"schools_inside": 1, "schools_near": 1}
    with pytest.raises(CRSError, match="facilities have no CRS, so their place is not known"):
        facilities_of(source.set_crs(None, allow_override=True))
    wrong = source.to_crs(32636).set_crs(4326, allow_override=True)
    with pytest.raises(CRSError, match="longitude and latitude, but have a coordinate of 5,5"):
        facilities_of(wrong)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(InputError, match="Cannot read the facilities: there is no file"):
        facilities_of(tmp_path / "gone.gpkg")
    (tmp_path / "text.geojson").write_text("not a map")
    with pytest.raises(InputError, match=r"Cannot read the facilities from .*Give GeoPackage"):
        facilities_of(tmp_path / "text.geojson")
    with pytest.raises(InputError, match="Invalid facilities: list"):
        facilities_of([1])
    for layer in ("points", "others"):
        places([IN], amenity=["school"]).to_file(tmp_path / "two.gpkg", layer=layer)
    with pytest.raises(InputError, match=r"several layers \(points, others\).*layer=\.\.\."):
        facilities_of(tmp_path / "two.gpkg")


def test_the_table_of_kinds_knows_only_the_kinds_there_are():
    assert set(read_kinds("facility_kinds.csv").values()) == {"school", "clinic", "water_point", "other", "none"}
    assert set(read_kinds("land_classes.csv").values()) == {"cropland", "built_up"}


@given(st.integers(0, 10_000), st.sampled_from([(0.0, 0.0), (37.0, 48.0), (179.995, -16.0), (20.0, 79.9)]))
@settings(max_examples=20)
def test_near_is_a_geodesic_distance_anywhere(seed, middle):
    rng = np.random.default_rng(seed)
    azimuth, distance = rng.uniform(0, 360, 60), rng.uniform(800, 1300, 60)
    # A zone of about a metre around the middle is as good as a point.
    centre = shapely.Point(middle).buffer(5e-6)
    longitude, latitude, _ = GEOD.fwd(np.full(60, middle[0]), np.full(60, middle[1]), azimuth, distance)
    sure = np.abs(distance - 1000.0) > 4.0
    source = gpd.GeoDataFrame(
        {"amenity": ["school"] * sure.sum()},
        geometry=gpd.points_from_xy(longitude[sure], latitude[sure]),
        crs="EPSG:4326",
    )
    found = measure_exposure(make_zones([centre]), facilities=source, near_m=1000.0)
    assert found["schools_near"].iloc[0] == (distance[sure] < 1000).sum()


# roads


def test_roads_are_measured_in_metres_in_the_zone_and_near_it():
    line = shapely.LineString([(29.9, 50.01), (30.1, 50.01)])
    found = measure_exposure(make_zones([ZONE]), roads=places([line], fclass=["primary"]), near_m=500.0).iloc[0]
    inside = GEOD.line_length([30.0, 30.02], [50.01, 50.01])
    assert found["roads_inside_m"] == pytest.approx(inside, rel=1e-6)
    assert found["roads_near_m"] == pytest.approx(1000.0, rel=1e-3)
    assert found["nearest_road_m"] == 0.0


def test_only_what_is_a_road_counts_and_each_once():
    line = shapely.LineString([(29.99, 50.01), (30.03, 50.01)])
    back = shapely.LineString([(30.03, 50.01), (29.99, 50.01)])
    river = shapely.LineString([(29.99, 50.015), (30.03, 50.015)])
    source = places([line, back, river, river, ZONE], highway=["track", "track", None, "proposed", "track"])
    with pytest.warns(ExposureWarning, match="1 of the roads left out: not LineString"):
        found = measure_exposure(make_zones([ZONE]), roads=source).iloc[0]
    assert found["roads_inside_m"] == pytest.approx(GEOD.line_length([30.0, 30.02], [50.01, 50.01]), rel=1e-6)
    assert "2 lines left out that are no roads" in found["exposure_notes"]
    assert "1 lines drawn twice alike" in found["exposure_notes"]


@pytest.mark.parametrize(
    ("zone", "road", "known"),
    [
        (ZONE, [(30.05, 49.5), (30.05, 50.5)], True),
        (shapely.box(179.9, 10.0, 179.95, 10.05), [(-179.97, 9.0), (-179.97, 11.0)], True),
        (shapely.box(179.9, 10.0, 179.95, 10.05), [(-179.8, 9.0), (-179.8, 11.0)], False),
        (shapely.box(20.0, 79.9, 20.2, 80.0), [(20.9, 79.0), (20.9, 80.4)], False),
        (ZONE, [(30.0, 60.0), (30.1, 60.0)], False),
        (ZONE, [(-70.0, 5.0), (-70.0, 5.1)], False),
    ],
)
def test_the_nearest_road_is_as_far_as_the_geodesic_says(zone, road, known):
    source = places([shapely.LineString(road)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExposureWarning)  # some of these roads are a long way off
        told = measure_exposure(make_zones([zone]), roads=source).iloc[0]
    # Where the file ends far away, a nearer road may lie that is not in it.
    assert told[["roads_inside_m", "roads_near_m", "nearest_road_m"]].notna().tolist() == [known] * 3
    found = find_nearest(np.array([shapely.LineString(road)], dtype=object), np.array([zone], dtype=object))[0]
    assert not known or told["nearest_road_m"] == pytest.approx(found, rel=1e-9)
    ring = shapely.get_coordinates(shapely.segmentize(zone.exterior, 0.002))
    line = shapely.get_coordinates(shapely.segmentize(shapely.LineString(road), 0.002))
    first, second = np.repeat(np.arange(len(ring)), len(line)), np.tile(np.arange(len(line)), len(ring))
    _, _, distance = GEOD.inv(ring[first, 0], ring[first, 1], line[second, 0], line[second, 1])
    assert found == pytest.approx(distance.min(), rel=1e-3)


def test_a_file_without_roads_says_nothing_of_the_nearest():
    with pytest.warns(ExposureWarning, match="roads reach none"):
        found = measure_exposure(make_zones([ZONE]), roads=places([])).iloc[0]
    assert np.isnan(found["nearest_road_m"])


# land use


def test_land_in_several_polygons_of_a_kind_counts_once():
    west, middle = shapely.box(29.99, 49.99, 30.01, 50.03), shapely.box(30.005, 49.99, 30.015, 50.03)
    town = shapely.box(30.015, 49.99, 30.03, 50.03)
    source = places([west, middle, town], landuse=["farmland", "Orchard", "residential"])
    zones = make_zones([ZONE])
    found = measure_exposure(zones, land_use=source).iloc[0]
    area = zones["area_m2"].iloc[0]
    assert found["cropland_m2"] == pytest.approx(0.75 * area, rel=1e-6)
    assert found["built_up_m2"] == pytest.approx(0.25 * area, rel=1e-6)


def test_land_use_that_does_not_reach_a_zone_is_unknown_and_unknown_classes_are_said():
    source = places([ZONE], landuse=["farmland"])
    zones = make_zones([ZONE, shapely.box(40, 50, 40.01, 50.01)])
    found = measure_exposure(zones, land_use=source)
    assert found["cropland_m2"].isna().tolist() == [False, True]
    with pytest.warns(ExposureWarning, match="None of the land use polygons has a class"):
        measure_exposure(zones.iloc[:1], land_use=places([ZONE], landuse=["forest"]))
    stated = LandUse(places([ZONE], cover=["Rice field"]), column="cover", cropland=("rice field",))
    found = measure_exposure(zones.iloc[:1], land_use=stated).iloc[0]
    assert found["cropland_m2"] == pytest.approx(zones["area_m2"].iloc[0])
    with pytest.raises(InputError, match="no column with a known class"):
        measure_exposure(zones, land_use=places([ZONE], x=["farmland"]))


def test_class_codes_of_a_raster_must_be_stated(tmp_path):
    codes = np.full((10, 10), 10.0)
    codes[4, 4], codes[4, 5] = 40.0, 50.0
    path = write_grid(tmp_path / "cover.tif", codes)
    zones = make_zones([shapely.box(30.035, 49.95, 30.055, 49.96), shapely.box(31, 49.95, 31.01, 49.96)])
    with pytest.raises(InputError, match="classes of the land use raster are not stated"):
        measure_exposure(zones, land_use=path)
    found = measure_exposure(zones, land_use=LandUse(path, cropland=(40,), built_up=(50,)))
    area = zones["area_m2"].iloc[0]
    assert found["cropland_m2"].iloc[0] == pytest.approx(area / 2, rel=1e-5)
    assert found["built_up_m2"].iloc[0] == pytest.approx(area / 4, rel=1e-5)
    assert np.isnan(found["cropland_m2"].iloc[1])


# admin areas


def halves(**columns) -> gpd.GeoDataFrame:
    """Two districts that part the zone three to one, and leave its northern tenth out."""
    west, east = shapely.box(29.0, 49.0, 30.015, 50.018), shapely.box(30.015, 49.0, 31.0, 50.018)
    return places([west, east], **columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"ADM2_PCODE": ["X1", "X2"], "ADM2_EN": ["West", "East"], "ADM1_PCODE": ["X", "X"], "ADM1_EN": ["All", "All"]},
        {"adm2_pcode": ["X1", "X2"], "adm2_name": ["West", "East"], "adm3_pcode": [None, None]},
        {"admin2Pcode": ["X1", "X2"], "admin2Name_en": ["West", "East"], "admin2Name_fr": ["Ouest", "Est"]},
        {"pcode": ["X1", "X2"], "name": ["West", "East"]},
        {"admin_code": ["X1", "X2"], "admin_name": ["West", "East"]},
    ],
)
def test_codes_and_names_of_the_finest_level_are_found(columns):
    found = measure_exposure(make_zones([ZONE]), admin=halves(**columns)).iloc[0]
    assert (found["admin_codes"], found["admin_names"]) == ("X1|X2", "West|East")


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"district": ["a", "b"]}, "none has a known name.*ADM2_PCODE"),
        ({"ADM2_PCODE": ["a", "b"], "admin2Pcode": ["a", "b"]}, "several may be it: ADM2_PCODE, admin2Pcode"),
    ],
)
def test_admin_areas_without_plain_codes_are_refused(columns, match):
    with pytest.raises(InputError, match=match):
        measure_exposure(make_zones([ZONE]), admin=halves(**columns))


def test_a_zone_is_split_where_the_districts_meet_and_the_rest_has_no_code():
    zones = make_zones([ZONE])
    parts = check_layer(split_by_admin(zones, halves(ADM2_PCODE=["X1", "X2"], ADM2_EN=["West", "East"])), "zone_parts")
    assert parts["part_id"].tolist() == ["Z-1/no-code", "Z-1/X1", "Z-1/X2"]
    assert parts["admin_name"].tolist() == ["", "West", "East"]
    assert parts["zone_share"].tolist() == pytest.approx([0.1, 0.675, 0.225], rel=1e-3)
    assert parts["uxo_expected"].tolist() == pytest.approx([1.0, 6.75, 2.25], rel=1e-3)
    assert parts["people_inside_expected"].isna().all()


def test_overlapping_districts_count_once_and_that_is_said():
    twice = places([ZONE, ZONE.buffer(0.01)], ADM1_PCODE=["X2", "X1"])
    with pytest.warns(ExposureWarning, match="Admin areas overlap in 1 of the zones"):
        parts = split_by_admin(make_zones([ZONE]), twice)
    assert parts["admin_code"].tolist() == ["X1"]
    assert parts["zone_share"].tolist() == [1.0]


def test_admin_areas_without_code_leave_their_land_in_none():
    with pytest.warns(ExposureWarning, match="1 of the admin areas have no ADM2_PCODE"):
        parts = split_by_admin(make_zones([ZONE]), halves(ADM2_PCODE=["X1", None]))
    assert parts["admin_code"].tolist() == ["", "X1"]


@given(
    cuts=st.lists(st.floats(30.001, 30.099), min_size=1, max_size=5, unique=True),
    boxes=st.lists(
        st.tuples(st.floats(30.0, 30.08), st.floats(49.91, 49.97), st.floats(0.001, 0.03)), min_size=1, max_size=4
    ),
    holes=st.lists(st.integers(0, 99), max_size=30),
)
@settings(max_examples=20)
def test_parts_add_up_to_their_zone(tmp_path_factory, cuts, boxes, holes):
    values = np.arange(100.0)
    values[holes] = np.nan
    path = write_grid(tmp_path_factory.mktemp("grid") / "people.tif", values.reshape(10, 10))
    edges = [30.0, *sorted(cuts)]  # the last strip of land lies in no district
    strips = [shapely.box(left, 49.9, right, 50.0) for left, right in pairwise(edges)]
    admin = places(strips, ADM1_PCODE=[f"X{number}" for number in range(len(strips))])
    zones = make_zones([shapely.box(x, y, x + size, y + size) for x, y, size in boxes])
    stated = {"population": path, "population_unit": "people_per_cell"}
    parts = split_by_admin(zones, admin, **stated)
    whole = measure_exposure(zones, **stated, near_m=10.0)
    by_zone = parts.groupby("zone_id")
    for name in ("area_m2", "uxo_expected"):
        assert by_zone[name].sum().tolist() == pytest.approx(zones[name].tolist(), rel=1e-9)
    assert by_zone["zone_share"].sum().tolist() == pytest.approx([1.0] * len(zones))
    people = by_zone["people_inside_expected"].sum(min_count=1).to_numpy()
    assert people == pytest.approx(whole["people_inside_expected"].to_numpy(), rel=1e-6, abs=1e-6, nan_ok=True)
    assert parts["part_id"].is_unique


def test_everything_at_once_keeps_the_contract_and_the_words(tmp_path):
    path = write_grid(tmp_path / "people.tif", GRID, west=29.95, north=50.06)
    found = measure_exposure(
        make_zones([ZONE]),
        population=path,
        population_unit="people_per_cell",
        facilities=places([IN], amenity=["school"]),
        roads=places([shapely.LineString([IN, NEAR])], highway=["track"]),
        land_use=places([ZONE], landuse=["farmland"]),
        admin=halves(ADM2_PCODE=["X1", "X2"]),
    )
    check_layer(found, "exposure")
    assert found.drop(columns=["admin_names", "assumptions"]).notna().all(axis=None)
    assert "an assumption" in found["exposure_notes"].iloc[0]
    assert "guess" not in found["exposure_notes"].iloc[0]
