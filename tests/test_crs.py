import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from uxomap import crs
from uxomap.errors import CRSError, InputError

GEOD = Geod(ellps="WGS84")


@given(
    latitude=st.floats(-85, 85),
    longitude=st.floats(-180, 180),
    azimuth=st.floats(0, 360),
    distance=st.floats(1, crs.MAX_DISTANCE_M),
)
def test_offsets_end_where_the_exact_geodesic_ends(latitude, longitude, azimuth, distance):
    turn = np.radians(azimuth)
    offset = np.array([distance * np.sin(turn)]), np.array([distance * np.cos(turn)])
    found = crs.offset_points(np.array([longitude]), np.array([latitude]), *offset)
    exact = GEOD.fwd(longitude, latitude, azimuth, distance)
    missed = GEOD.inv(exact[0], exact[1], found[0][0], found[1][0])[2]
    assert missed < (1e-3 if distance <= 100_000 else 0.25)


def test_karneys_short_geodesics_are_met(shared_data):
    lines = np.loadtxt(shared_data / "geodesy" / "GeodTest-100.dat")
    lat1, lon1, azi1, lat2, lon2, _, s12 = lines[:, :7].T
    short = (s12 <= crs.MAX_DISTANCE_M) & (np.abs(lat1) <= 85)
    assert short.sum() >= 1
    turn = np.radians(azi1[short])
    found = crs.offset_points(lon1[short], lat1[short], s12[short] * np.sin(turn), s12[short] * np.cos(turn))
    missed = GEOD.inv(lon2[short], lat2[short], *found)[2]
    assert np.max(missed) < 0.25


def test_no_offset_stays_where_it_is():
    zero = np.array([0.0])
    longitude, latitude = crs.offset_points(np.array([12.5]), np.array([-33.0]), zero, zero)
    assert (longitude[0], latitude[0]) == pytest.approx((12.5, -33.0), abs=1e-12)


def test_polygons_are_cut_at_the_antimeridian_and_keep_their_area():
    ring = shapely.box(-180.25, 60, -179.75, 61)
    inside = shapely.box(10, 60, 11, 61)
    cut = crs.split_at_antimeridian(np.array([ring, inside]))
    assert [part.bounds for part in cut[0].geoms] == [(-180.0, 60.0, -179.75, 61.0), (179.75, 60.0, 180.0, 61.0)]
    assert cut[1] is inside
    assert cut[0].area == pytest.approx(ring.area)


@pytest.mark.parametrize("latitude", [0, 45, -60, 80, 84.9])
def test_areas_agree_with_the_geodesic_area(latitude):
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)[::-1]
    ring = np.column_stack(
        crs.offset_points(np.array([20.0]), np.array([float(latitude)]), 3000 * np.sin(turn), 3000 * np.cos(turn))
    )
    polygon = shapely.Polygon(ring)
    exact = abs(GEOD.geometry_area_perimeter(polygon)[0])
    measured = crs.area_m2(gpd.GeoDataFrame(geometry=[polygon], crs=crs.LONLAT)).iloc[0]
    assert measured == pytest.approx(exact, rel=1e-3)


def test_areas_need_a_crs():
    with pytest.raises(CRSError, match=r"has no CRS. Must be EPSG:4326. Say which CRS"):
        crs.area_m2(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))
    with pytest.raises(CRSError, match=r"is in EPSG:32637. Must be EPSG:4326. Convert it"):
        crs.area_m2(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:32637"))


@pytest.mark.parametrize("middle", [(0.0, 0.0), (37.0, 48.0), (179.999, -16.0), (20.0, 80.0), (20.0, -80.0)])
def test_a_buffer_is_as_wide_as_the_geodesic_says_anywhere(middle):
    dot = gpd.GeoDataFrame(geometry=[shapely.Point(middle).buffer(1e-7)], crs="EPSG:4326")
    corners = shapely.get_coordinates(crs.buffer_areas(dot, 1000.0).iloc[0])
    corners = corners[np.abs(corners[:, 0]) < 180]  # the cut along the antimeridian is no outline
    size = len(corners)
    _, _, distance = GEOD.inv(np.full(size, middle[0]), np.full(size, middle[1]), corners[:, 0], corners[:, 1])
    assert distance == pytest.approx(np.full(size, 1000.0), rel=1e-3)


def test_a_buffer_of_what_was_cut_at_the_antimeridian_is_cut_there_too():
    halves = shapely.MultiPolygon([shapely.box(179.99, 10, 180, 10.02), shapely.box(-180, 10, -179.99, 10.02)])
    whole = shapely.box(19.99, 10, 20.01, 10.02)
    near = crs.buffer_areas(gpd.GeoDataFrame(geometry=[halves, whole], crs="EPSG:4326"), 1000.0)
    areas = crs.area_m2(gpd.GeoDataFrame(geometry=near))
    assert areas[0] == pytest.approx(areas[1], rel=1e-4)
    assert near[0].bounds[0] == -180.0
    assert near[0].bounds[2] == 180.0


@pytest.mark.parametrize(
    ("square", "distance", "match"),
    [
        (shapely.box(0, 84.9, 1, 84.999), 1000.0, r"reach 85\.00 degrees of latitude. Must stay within 85"),
        (shapely.box(0, 0, 1, 1), 100_001.0, "at most 100,000 metres"),
        (shapely.box(0, 0, 1, 1), 0.0, r"Invalid distance_m 0\.0"),
    ],
)
def test_buffers_that_cannot_be_drawn_are_refused(square, distance, match):
    with pytest.raises(InputError, match=match):
        crs.buffer_areas(gpd.GeoDataFrame(geometry=[square], crs="EPSG:4326"), distance)


def test_planes_are_few_and_every_geometry_has_one():
    rng = np.random.default_rng(2)
    places = np.column_stack([rng.uniform(30, 40, 500), rng.uniform(45, 52, 500)])
    planes = crs.group_by_plane(shapely.buffer(shapely.points(places), 0.01))
    assert len(planes) <= 30
    assert sorted(np.concatenate([rows for _, rows in planes])) == list(range(500))
    for plane, rows in planes:
        flat = crs.to_plane(shapely.points(places[rows]), plane)
        assert np.hypot(*shapely.get_coordinates(flat).T).max() < 170_000


def test_no_areas_give_no_buffers():
    assert len(crs.buffer_areas(gpd.GeoDataFrame(geometry=[], crs="EPSG:4326"), 1000.0)) == 0
