"""
Metres on the ellipsoid: points at a geodesic distance, and areas.

The only place that knows about the figure of the Earth. Nothing here depends on
a national zone, so that layers agree across zone borders, the antimeridian and
high latitudes.
"""

import math

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from shapely import affinity

from uxomap._validation import check_lonlat, check_metres
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]

#: CRS in which every layer leaves: longitude, latitude on WGS 84 (order of RFC 7946).
LONLAT = "EPSG:4326"

#: Equal-area projection of the whole ellipsoid, used for areas only.
_EQUAL_AREA = "EPSG:6933"

#: Longest distance in metres for which `offset_points` keeps its accuracy (0.21 m at this length).
MAX_DISTANCE_M = 500_000.0

#: Highest absolute latitude at which areas are drawn; nearer a pole a ring could enclose it.
MAX_LATITUDE = 85.0

_HALF_TURN = 180.0  # degrees

#: Longest edge carried into a plane or out of it without corners in between.
_DENSE_DEGREES = 0.05
_DENSE_M = 2_000.0

#: Corners of a quarter circle; chords then lie within 0.03 % of the radius.
_BUFFER_SEGMENTS = 32

_MAX_BUFFER_M = 100_000.0

_METRES_PER_DEGREE_AT_LEAST = 110_500.0  # along the meridian, at the equator

_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_ECCENTRICITY2 = _FLATTENING * (2 - _FLATTENING)
_SECOND_ECCENTRICITY2 = _ECCENTRICITY2 / (1 - _ECCENTRICITY2)


def offset_points(longitude: Floats, latitude: Floats, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
    """
    Points at a geodesic distance and azimuth from others, for short distances.

    Solves the direct geodesic problem in closed form, after Bowring, "The direct and inverse problems for short
    geodesic lines on the ellipsoid", Surveying and Mapping 41 (1981), 135-141. Against the exact solution (Karney,
    "Algorithms for geodesics", 2013) the error is below 1 mm up to 100 km and below 0.25 m up to 500 km, at any
    latitude up to 85°.

    Parameters
    ----------
    longitude, latitude : array of float, shape (n, 1) or (n,)
        Start points in degrees on WGS 84.
    east_m, north_m : array of float, broadcastable to the start points, e.g. (n, k)
        Components of the offset in metres: its length is the geodesic distance, its direction the azimuth at the start.

    Returns
    -------
    longitude, latitude : array of float
        Degrees; longitudes are not wrapped, so that a ring across the antimeridian stays in one piece.

    Examples
    --------
    >>> longitude, latitude = offset_points(np.array([34.0]), np.array([0.0]), np.array([1000.0]), np.array([0.0]))
    >>> [round(float(value), 6) for value in (longitude[0], latitude[0])]
    [34.008983, 0.0]
    """
    phi = np.radians(latitude)
    sin_phi, cos_phi = np.sin(phi), np.cos(phi)
    stretch = np.sqrt(1 + _SECOND_ECCENTRICITY2 * cos_phi**4)
    curvature2 = 1 + _SECOND_ECCENTRICITY2 * cos_phi**2
    curvature = np.sqrt(curvature2)
    scale = curvature2 / (_SEMI_MAJOR_M * np.sqrt(1 + _SECOND_ECCENTRICITY2))
    # Arcs are below 0.08, where short series are as exact as the functions and several times faster.
    distance2 = east_m * east_m + north_m * north_m
    arc2 = scale * scale * distance2
    sine = scale * (1 - arc2 * (1 / 6 - arc2 * (1 / 120 - arc2 * (1 / 5040))))  # sin(arc) / distance
    tangent = sine / np.sqrt(1 - sine * sine * distance2)  # tan(arc) / distance
    turn = stretch * tangent * east_m / (curvature * cos_phi - tangent * sin_phi * north_m)
    # tan(atan(x) / 2) without a second trigonometric function
    half_turn = turn / (1 + np.sqrt(1 + turn * turn))
    rise = sine * (north_m - (sin_phi / stretch) * east_m * half_turn)
    rise2 = rise * rise
    climb = 0.5 * rise * (1 + rise2 * (1 / 6 + rise2 * (3 / 40 + rise2 * (15 / 336))))  # asin(rise) / 2
    lean = (4 / 3) * curvature * climb
    bend = np.sin(2 * phi) * (1 - lean * lean / 2) + np.cos(2 * phi) * (lean - lean * lean * lean / 6)
    new_phi = phi + 2 * climb * (curvature - 1.5 * _SECOND_ECCENTRICITY2 * climb * bend)
    return longitude + np.degrees(np.arctan(turn) / stretch), np.degrees(new_phi)


def metres_per_degree(latitude: Floats) -> Floats:
    """
    Metres that a degree is worth, along the meridian or the parallel, whichever is more.

    Parameters
    ----------
    latitude : array of float
        Degrees on WGS 84.

    Returns
    -------
    array of float
        Metres; the radii of curvature of the ellipsoid times one degree.

    Examples
    --------
    >>> metres_per_degree(np.array([0.0, 60.0])).round().tolist()
    [111319.0, 111412.0]
    """
    sine = np.sin(np.radians(latitude))
    curvature = 1.0 - _ECCENTRICITY2 * sine**2
    along_meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / curvature**1.5
    along_parallel = _SEMI_MAJOR_M / np.sqrt(curvature) * np.sqrt(1.0 - sine**2)
    return np.asarray(np.radians(1.0) * np.fmax(along_meridian, along_parallel))


def split_at_antimeridian(polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """
    Cut polygons that leave the range -180 to 180 degrees of longitude and bring the part outside back into it.

    As RFC 7946, 3.1.9 asks: what crosses the antimeridian becomes a MultiPolygon of parts that do not.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon
        Longitudes may run from -540 to 540 degrees.

    Returns
    -------
    array of Polygon or MultiPolygon
        A new array; polygons inside the range are the same objects.

    Examples
    --------
    >>> ring = shapely.box(179.5, 10, 180.5, 11)
    >>> [part.bounds for part in split_at_antimeridian(np.array([ring]))[0].geoms]
    [(179.5, 10.0, 180.0, 11.0), (-180.0, 10.0, -179.5, 11.0)]
    """
    bounds = shapely.bounds(polygons)
    result = polygons.copy()
    for index in np.flatnonzero((bounds[:, 0] < -_HALF_TURN) | (bounds[:, 2] > _HALF_TURN)):
        parts: list[shapely.Polygon] = []
        for turn in (0.0, 360.0, -360.0):
            window = shapely.box(turn - _HALF_TURN, -90, turn + _HALF_TURN, 90)
            inside = shapely.get_parts(shapely.intersection(polygons[index], window))
            # A line or point remains where the polygon only touches the window.
            parts.extend(affinity.translate(part, xoff=-turn) for part in inside if part.area > 0)
        result[index] = shapely.multipolygons(parts)
    return result


def equal_area_crs(longitude: Floats, latitude: Floats) -> CRS:
    """
    Equal-area CRS in metres centred on points, so that lengths near them are true.

    The centre is rounded to whole degrees: one more point does not move what is drawn in it.

    Parameters
    ----------
    longitude, latitude : ndarray of float, shape (n,)
        Degrees on WGS 84, at least one point; they may lie on both sides of the antimeridian.

    Returns
    -------
    CRS
        Lambert azimuthal equal-area on WGS 84. Lengths are wrong by at most 0.04 % within 300 km of the centre.

    Examples
    --------
    >>> equal_area_crs(np.array([37.2, 37.4]), np.array([48.6, 48.7])).name
    'WGS 84 / equal area centred on +49, +37'
    """
    lon, lat = np.radians(longitude), np.radians(latitude)
    x, y, z = (float(part.mean()) for part in (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
    middle = round(math.degrees(math.atan2(z, math.hypot(x, y)))), round(math.degrees(math.atan2(y, x)))
    return ProjectedCRS(
        name="WGS 84 / equal area centred on {:+d}, {:+d}".format(*middle),
        conversion=LambertAzimuthalEqualAreaConversion(*middle),
        geodetic_crs=LONLAT,
    )


def area_m2(areas: gpd.GeoDataFrame) -> pd.Series:
    """
    Area of each polygon on the WGS 84 ellipsoid, in square metres.

    Parameters
    ----------
    areas : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326

    Returns
    -------
    Series of float
        Named ``area_m2``, on the index of *areas*.

    Raises
    ------
    CRSError
        The CRS is missing or another one.

    Examples
    --------
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(34, 31, 34.01, 31.01)], crs="EPSG:4326")
    >>> round(float(area_m2(square).iloc[0]) / 1e6, 3)
    1.059
    """
    check_lonlat(areas, "areas")
    measured: pd.Series = areas.geometry.to_crs(_EQUAL_AREA).area
    return measured.rename("area_m2")


def group_by_plane(geometry: npt.NDArray[np.object_]) -> list[tuple[CRS, npt.NDArray[np.int64]]]:
    """
    Sort geometries into few equal-area planes, each true to scale near its geometries.

    Parameters
    ----------
    geometry : array of Polygon or MultiPolygon, shape (n,)
        Longitude and latitude on WGS 84; none of them empty.

    Returns
    -------
    list of (CRS, array of int)
        Plane and positions in *geometry*. A plane is centred at most some 160 km from the first corner of each of
        its geometries; lengths within 300 km of the centre are wrong by at most 0.04 %.

    Examples
    --------
    >>> squares = np.array([shapely.box(37.1, 48, 37.2, 48.1), shapely.box(37.8, 48, 37.9, 48.1)])
    >>> [(plane.name, rows.tolist()) for plane, rows in group_by_plane(squares)]
    [('WGS 84 / equal area centred on +48, +38', [0, 1])]
    """
    if not len(geometry):
        return []
    corners, owners = shapely.get_coordinates(geometry, return_index=True)
    first = corners[np.unique(owners, return_index=True)[1]]
    # Even degrees, so that a country needs a handful of planes.
    centres, groups = np.unique(2 * np.round(first / 2), axis=0, return_inverse=True)
    return [
        (equal_area_crs(centre[:1], centre[1:]), np.flatnonzero(groups.ravel() == number))
        for number, centre in enumerate(centres)
    ]


def to_plane(geometry: npt.NDArray[np.object_], plane: CRS) -> npt.NDArray[np.object_]:
    """
    Carry geometries from longitude and latitude into a plane, with edges that stay where they were.

    Edges longer than 0.05 degrees get corners in between, which keeps them within about 0.3 m of the straight line on
    the map of longitude and latitude.

    Parameters
    ----------
    geometry : array of geometries
        Longitude and latitude on WGS 84.
    plane : CRS
        As from :func:`group_by_plane`.

    Returns
    -------
    array of geometries
        A new array; what cannot be shown in *plane* has infinite coordinates.

    Examples
    --------
    >>> plane = equal_area_crs(np.array([37.0]), np.array([48.0]))
    >>> bool(shapely.area(to_plane(np.array([shapely.box(37, 48, 37.1, 48.1)]), plane))[0] > 8e7)
    True
    """
    carry = Transformer.from_crs(LONLAT, plane, always_xy=True)
    dense = shapely.segmentize(geometry, _DENSE_DEGREES)
    corners = shapely.get_coordinates(dense)
    return _move_corners(dense, *carry.transform(corners[:, 0], corners[:, 1]))


def buffer_areas(areas: gpd.GeoDataFrame, distance_m: float) -> gpd.GeoSeries:
    """
    Land within a distance of each polygon, the polygon included.

    Parameters
    ----------
    areas : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Within 85 degrees of latitude, the distance included; none may be empty, or wider than a few hundred kilometres.
    distance_m : float
        Metres on the ellipsoid, up to 100,000.

    Returns
    -------
    GeoSeries of Polygon or MultiPolygon, EPSG:4326
        On the index of *areas*; cut in two at the antimeridian. The distance is right within 0.1 %.

    Raises
    ------
    InputError
        The distance is not a positive number up to 100 km, or a polygon lies too near a pole.
    CRSError
        The CRS is missing or another one.

    Examples
    --------
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(34, 31, 34.01, 31.01)], crs="EPSG:4326")
    >>> near = buffer_areas(square, 1000)
    >>> bool(near.iloc[0].covers(square.geometry.iloc[0]))
    True
    """
    check_lonlat(areas, "areas")
    check_metres(distance_m, "distance_m")
    if distance_m > _MAX_BUFFER_M:
        message = f"Invalid distance_m {distance_m!r}. Must be at most {_MAX_BUFFER_M:,.0f} metres."
        raise InputError(message)
    geometry = areas.geometry.to_numpy()
    buffered = np.empty(len(geometry), dtype=object)
    highest = float(np.abs(shapely.bounds(geometry)[:, [1, 3]]).max(initial=0.0))
    if highest + distance_m / _METRES_PER_DEGREE_AT_LEAST > MAX_LATITUDE:
        message = (
            f"Invalid areas: they reach {highest:.2f} degrees of latitude. Must stay within {MAX_LATITUDE:.0f}, "
            f"{distance_m:,.0f} m around them included. Leave out what lies nearer a pole."
        )
        raise InputError(message)
    for plane, rows in group_by_plane(geometry):
        wide = shapely.buffer(to_plane(geometry[rows], plane), distance_m, quad_segs=_BUFFER_SEGMENTS)
        dense = shapely.segmentize(wide, _DENSE_M)
        corners, owners = shapely.get_coordinates(dense, return_index=True)
        back = Transformer.from_crs(plane, LONLAT, always_xy=True)
        longitude, latitude = back.transform(corners[:, 0], corners[:, 1])
        # In one piece around the first corner, where the antimeridian would part it.
        start = longitude[np.unique(owners, return_index=True)[1]][owners]
        longitude = start + (longitude - start + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
        buffered[rows] = _move_corners(dense, longitude, latitude)
    return gpd.GeoSeries(split_at_antimeridian(buffered), index=areas.index, crs=LONLAT)


def _move_corners(geometry: npt.NDArray[np.object_], x: Floats, y: Floats) -> npt.NDArray[np.object_]:
    """Give the corners of geometries other coordinates, in new objects."""
    moved: npt.NDArray[np.object_] = shapely.set_coordinates(geometry.copy(), np.column_stack([x, y]))
    return moved
