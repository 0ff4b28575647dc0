import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from uxomap import crs
from uxomap.errors import CRSError

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
