"""
Strikes to hazard areas: where items of each strike are likely to lie.

Position error, the spread between carriers and the spread of submunitions add up to
one bivariate normal; the area is the ellipse that holds a stated share of it, with
the fade-out distance added (docs/method.md).
"""

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import stats

from uxomap import crs, wording
from uxomap._validation import check_layer, check_metres, check_probability, name_rows
from uxomap.errors import InputError
from uxomap.items import estimate_items
from uxomap.precision import position_sigma
from uxomap.schema import layer_schema

Floats = npt.NDArray[np.float64]

#: Vertices of a drawn ellipse. The polygon is inscribed: 0.13 % less area than the ellipse.
VERTICES = 72

#: Programmes differ; this is the distance most often named.
DEFAULT_FADEOUT_M = 50.0

#: Strikes placed more coarsely than this get no polygon but a line in the list of unlocated strikes.
DEFAULT_MAX_PRECISION_M = 5_000.0

#: Rows drawn at a time, so that the working arrays stay in the processor's cache.
_CHUNK = 512

_THREADS = 2


def draw_hazard_areas(
    strikes: gpd.GeoDataFrame,
    *,
    containment: float = 0.95,
    fadeout_m: float = DEFAULT_FADEOUT_M,
    max_precision_m: float = DEFAULT_MAX_PRECISION_M,
) -> gpd.GeoDataFrame:
    """
    Draw the land to look in for each strike whose place is known well enough.

    Parameters
    ----------
    strikes : GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``.
    containment : float
        Chance that an item of the strike lies inside the ellipse before the fade-out distance is added.
    fadeout_m : float
        Metres added to both semi-axes. Programmes differ; 50 m is a common choice, not a standard.
    max_precision_m : float
        Strikes with a larger ``precision_m``, or none, are left out; `list_unlocated` lists them.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``hazard_areas``, one row a located strike in their order, on a new index. An ellipse along the bearing
        where it is known; a circle with the long axis as radius otherwise.

    Raises
    ------
    SchemaError, CRSError
        The layer does not keep its contract.
    InputError
        A parameter is out of range, a strike lies beyond 85° of latitude, or an axis would exceed 500 km.

    See Also
    --------
    list_unlocated : the strikes left out here.
    merge_areas : zones from overlapping areas.

    Examples
    --------
    >>> from uxomap import find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> areas = draw_hazard_areas(strikes)
    >>> one = areas.set_index("strike_id").loc["S-XK-001"]
    >>> [int(round(one[name], -4)) for name in ("area_m2", "footprint_m2")]
    [29270000, 50000]
    """
    check_layer(strikes, "strikes")
    check_probability(containment, "containment")
    check_metres(fadeout_m, "fadeout_m", zero=True)
    located = strikes[_is_located(strikes, max_precision_m)].reset_index(drop=True)
    items = estimate_items(located)
    position = position_sigma(located["precision_m"].to_numpy(float))
    along = np.asarray(np.hypot(items["sigma_along_m"], items["salvo_sigma_m"]))
    across = np.asarray(np.hypot(items["sigma_across_m"], items["salvo_sigma_m"]))
    quantile = float(np.sqrt(stats.chi2.ppf(containment, df=2)))
    semi_major = quantile * np.hypot(along, position) + fadeout_m
    bearing = located["bearing_deg"].to_numpy(float)
    # Without a bearing the long axis counts all round: the careful side.
    semi_minor = np.where(np.isnan(bearing), semi_major, quantile * np.hypot(across, position) + fadeout_m)
    geometry = draw_ellipses(
        located.geometry.x.to_numpy(), located.geometry.y.to_numpy(), semi_major, semi_minor, bearing_deg=bearing
    )
    area_m2 = np.pi * semi_major * semi_minor
    made: dict[str, object] = {
        "area_id": "A-" + located["strike_id"].str.removeprefix("S-"),
        "semi_major_m": semi_major,
        "semi_minor_m": semi_minor,
        "containment": containment,
        "fadeout_m": fadeout_m,
        "area_m2": area_m2,
        "footprint_m2": np.pi * quantile**2 * along * across,
        "uxo_per_ha": items["uxo_expected"] / (area_m2 / 1e4),
        "method_version": wording.METHOD_VERSION,
        "notice": wording.NOTICE,
    }
    columns = {
        name: made[name] if name in made else (items if name in items else located)[name]
        for name in layer_schema("hazard_areas").columns
    }
    return gpd.GeoDataFrame(columns, index=located.index, geometry=geometry, crs=crs.LONLAT)


def list_unlocated(strikes: gpd.GeoDataFrame, *, max_precision_m: float = DEFAULT_MAX_PRECISION_M) -> pd.DataFrame:
    """
    List the strikes whose place is too coarse for a polygon: the ones a map hides.

    Parameters
    ----------
    strikes : GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``.
    max_precision_m : float
        The same limit as given to `draw_hazard_areas`.

    Returns
    -------
    DataFrame
        Layer ``unlocated``, with the expected items of each strike, on a new index.

    Raises
    ------
    SchemaError, CRSError, InputError
        As in `draw_hazard_areas`.

    Examples
    --------
    >>> from uxomap import find_strikes, read_reports, sample_data
    >>> unlocated = list_unlocated(find_strikes(read_reports(sample_data())))
    >>> bool((unlocated["precision_m"] > 5_000).all())
    True
    """
    check_layer(strikes, "strikes")
    unlocated = strikes[~_is_located(strikes, max_precision_m)].reset_index(drop=True)
    items = estimate_items(unlocated)
    listed = pd.DataFrame(unlocated.drop(columns=unlocated.geometry.name)).assign(
        **{name: items[name] for name in items.columns},
        longitude=unlocated.geometry.x,
        latitude=unlocated.geometry.y,
        method_version=wording.METHOD_VERSION,
        notice=wording.NOTICE,
    )
    return listed[[name for name in layer_schema("unlocated").columns if name in listed]]


def _is_located(strikes: gpd.GeoDataFrame, max_precision_m: float) -> pd.Series:
    """Tell which strikes have a place that is known well enough for a polygon."""
    check_metres(max_precision_m, "max_precision_m")
    empty = strikes.geometry.isna() | strikes.geometry.is_empty
    located: pd.Series = ~empty & strikes["precision_m"].le(max_precision_m)
    return located


def draw_ellipses(
    longitude: Floats, latitude: Floats, semi_major_m: Floats, semi_minor_m: Floats, *, bearing_deg: Floats
) -> npt.NDArray[np.object_]:
    """
    Draw ellipses of which every vertex lies at its geodesic distance from the centre.

    Parameters
    ----------
    longitude, latitude : array of float, shape (n,)
        Centres in degrees on WGS 84; at most 85° from the equator.
    semi_major_m, semi_minor_m : array of float, shape (n,)
        Geodesic lengths of the semi-axes in metres, above 0 and at most 500 km.
    bearing_deg : array of float, shape (n,)
        Azimuth of the major axis, clockwise from true north; NaN where the axes are equal.

    Returns
    -------
    array of Polygon or MultiPolygon, shape (n,)
        72 vertices, counter-clockwise; cut at the antimeridian where they cross it.

    Raises
    ------
    InputError
        A centre lies beyond 85° of latitude, or an axis is not in the range that can be drawn.

    Examples
    --------
    >>> one, two = np.array([10.0]), np.array([60.0])
    >>> circle = draw_ellipses(one, two, np.array([500.0]), np.array([500.0]), bearing_deg=np.array([np.nan]))
    >>> len(circle[0].exterior.coords)
    73
    """
    outside = np.flatnonzero(~(np.abs(latitude) <= crs.MAX_LATITUDE) | ~np.isfinite(longitude))
    if outside.size:
        message = (
            f"Invalid latitude {latitude[outside[0]]} in {name_rows(list(outside))}. Must lie between -85 and 85 "
            "degrees: nearer a pole an area could enclose it. Remove these strikes or check their coordinates."
        )
        raise InputError(message)
    drawable = (semi_minor_m > 0) & (semi_minor_m <= semi_major_m) & (semi_major_m <= crs.MAX_DISTANCE_M)
    wrong = np.flatnonzero(~drawable)
    if wrong.size:
        message = (
            f"Invalid semi-axes {semi_major_m[wrong[0]]:.6g} and {semi_minor_m[wrong[0]]:.6g} m in "
            f"{name_rows(list(wrong))}. Must be above 0 and at most 500,000 m, the longer one first. "
            "Lower max_precision_m, or give a fade-out distance above 0."
        )
        raise InputError(message)
    turn = np.radians(np.nan_to_num(bearing_deg))
    steps = [slice(start, start + _CHUNK) for start in range(0, len(longitude), _CHUNK)]
    polygons = np.empty(len(longitude), dtype=object)

    def draw(rows: slice) -> None:
        polygons[rows] = _draw_chunk(
            longitude[rows], latitude[rows], semi_major_m[rows], semi_minor_m[rows], turn[rows]
        )

    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(draw, steps):
            pass
    return crs.split_at_antimeridian(polygons)


def _draw_chunk(
    longitude: Floats, latitude: Floats, semi_major_m: Floats, semi_minor_m: Floats, turn: Floats
) -> npt.NDArray[np.object_]:
    """Draw a few thousand ellipses at once; *turn* is the bearing in radians."""
    # Negative steps: azimuths grow clockwise, rings must run counter-clockwise.
    angle = -2 * np.pi * np.arange(VERTICES) / VERTICES
    along = semi_major_m[:, None] * np.cos(angle)
    right = semi_minor_m[:, None] * np.sin(angle)
    sin_turn, cos_turn = np.sin(turn)[:, None], np.cos(turn)[:, None]
    ring = np.empty((len(longitude), VERTICES + 1, 2))
    ring[:, :-1, 0], ring[:, :-1, 1] = crs.offset_points(
        longitude[:, None], latitude[:, None], along * sin_turn + right * cos_turn, along * cos_turn - right * sin_turn
    )
    ring[:, -1] = ring[:, 0]
    return np.asarray(shapely.polygons(ring))
