"""Hexagons of H3, a grid that is the same for everybody: which one a place lies in, and their outlines."""

from collections.abc import Sequence
from itertools import repeat

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap import crs as earth
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]

#: Nearer a pole hexagons could enclose it.
_HIGHEST_LATITUDE = 88.0

_HALF_TURN = 180.0


def index_places(longitude: Floats, latitude: Floats, resolution: int) -> npt.NDArray[np.uint64]:
    """
    Hexagons that hold places.

    Parameters
    ----------
    longitude, latitude : ndarray of float, shape (n,)
        Degrees on WGS 84.
    resolution : int
        Resolution of H3, 0 to 15.

    Returns
    -------
    ndarray of uint64, shape (n,)

    Raises
    ------
    InputError
        A place lies beyond 88° of latitude.

    References
    ----------
    Uber 2018, H3: a hexagonal hierarchical geospatial indexing system, https://h3geo.org

    Examples
    --------
    >>> [h3.int_to_str(number) for number in index_places(np.array([37.3]), np.array([48.6]), 5)]
    ['852d6017fffffff']
    """
    highest = float(np.abs(latitude).max(initial=0.0))
    if not highest <= _HIGHEST_LATITUDE:
        message = (
            f"The map reaches {highest:.1f}° of latitude. Hexagons are drawn up to 88°. Share the map as GeoTIFF, or "
            "cut out what lies further from the pole."
        )
        raise InputError(message)
    # H3 takes latitude before longitude.
    found = map(h3.latlng_to_cell, latitude.tolist(), longitude.tolist(), repeat(resolution))
    return np.fromiter(found, dtype=np.uint64, count=latitude.size)


def draw_hexagons(numbers: Sequence[int] | pd.Index) -> npt.NDArray[np.object_]:
    """
    Outlines of hexagons in degrees, split at the antimeridian.

    Those on a border of H3's own faces have a few corners more.

    Parameters
    ----------
    numbers : sequence of int
        Indices of H3.

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (n,)

    Examples
    --------
    >>> draw_hexagons(index_places(np.array([37.3]), np.array([48.6]), 5))[0].geom_type
    'Polygon'
    """
    rings = [[(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(int(number))] for number in numbers]
    sizes = np.array([len(ring) for ring in rings])
    drawn = np.empty(len(rings), dtype=object)
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        corners = np.array([rings[number] for number in chosen])
        drawn[chosen] = draw_rings(corners[:, :, 0], corners[:, :, 1])
    return drawn


def draw_rings(longitude: Floats, latitude: Floats) -> npt.NDArray[np.object_]:
    """
    Polygons of rings of the same number of corners, split at the antimeridian.

    Parameters
    ----------
    longitude, latitude : ndarray of float, shape (n, corners)
        Degrees; a ring that crosses the antimeridian may jump by a whole turn.

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (n,)

    Examples
    --------
    >>> draw_rings(np.array([[0.0, 1.0, 1.0]]), np.array([[0.0, 0.0, 1.0]]))[0].area
    0.5
    """
    # A ring that crosses it jumps by a whole turn; in one piece it reaches beyond 180 degrees, where it is cut.
    longitude = longitude[:, :1] + (longitude - longitude[:, :1] + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
    rings = np.asarray(shapely.polygons(np.stack([longitude, latitude], axis=-1)), dtype=object)
    return earth.split_at_antimeridian(rings)
