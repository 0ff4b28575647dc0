"""Rough shapes of countries, for locators and for maps of whole countries without context."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection

from uxomap.countries import MARGIN_M, list_outlines, read_outline
from uxomap.maps.sheets.frame import Frame, may_reach, unroll

Shapes = npt.NDArray[np.object_]

#: Corners are set so many degrees apart, so that long sides bend as the Earth does.
_CORNERS_DEG = 3.0

#: Parts of outlines that go around a pole, or so far that they are faults.
_POLAR_DEG, _WIDEST_DEG = -60.0, 200.0

#: A part lower than this in degrees lies well enough on a simple plane.
_NARROW_DEG = 6.0

_DEGREE_M = 111_200.0

#: Outlines that overlap by twice as many metres do so on purpose.
_OVERLAP_M = 6_000.0


def countries_in(frame: Frame) -> tuple[Shapes, list[str]]:
    """
    Shapes of the countries in a frame, in its CRS, and their codes; the largest part in view first.

    Examples
    --------
    >>> from uxomap.maps.sheets.frame import choose_frame
    >>> from uxomap.maps.view import Window
    >>> countries_in(choose_frame(Window(36, 47, 38, 49), 170, 160))[1]
    ['UA', 'RU']
    """
    box = frame.bounds
    codes = [code for code, bounds in _bounds().items() if may_reach(bounds[None, :], frame.middle[0], box)[0]]
    lands = np.array([_land(code) for code in codes], dtype=object)
    left, bottom, right, top = frame.extent
    cut = shapely.clip_by_rect(frame.project(lands), left, bottom, right, top)
    size = np.nan_to_num(shapely.area(cut))
    order = [index for index in np.argsort(-size, kind="stable") if size[index] > 0]
    return cut[order], [codes[index] for index in order]


def border_lines(shapes: Shapes, mm: float) -> Shapes:
    """
    Coasts and borders of countries, each once, without borders that are in dispute.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        Countries on a plane in metres; where two of them overlap widely, both claim the land.
    mm : float
        Metres that a millimetre of paper is worth.

    Returns
    -------
    array of LineString or MultiLineString

    Examples
    --------
    >>> west, east = shapely.box(0, 0, 500_000, 500_000), shapely.box(300_000, 0, 900_000, 500_000)
    >>> lines = border_lines(np.array([west, east]), 10_000.0)
    >>> any(shapely.intersects_xy(lines, 300_000, 250_000))  # claimed by both
    False
    """
    apart = max(_OVERLAP_M, 0.3 * mm)
    shapes = shapely.make_valid(shapely.simplify(shapes, apart / 4))
    tree = shapely.STRtree(shapes)
    whole = shapely.union_all(shapely.buffer(shapes, apart, quad_segs=2))
    coast = shapely.boundary(shapely.buffer(whole, -apart, quad_segs=2))
    shore = shapely.buffer(coast, apart, quad_segs=2)
    drawn: list[shapely.Geometry] = []
    for index, shape in enumerate(shapes):
        others = [other for other in tree.query(shape, predicate="intersects") if other != index]
        overlaps = shapely.buffer(shapely.intersection(shapes[others], shape), -apart, quad_segs=2)
        line = shapely.boundary(shape)
        earlier = [shapely.buffer(drawn[other], apart, quad_segs=2) for other in others if other < index]
        for taken in [shore, *shapely.buffer(overlaps, 2 * apart, quad_segs=2), *earlier]:
            line = shapely.difference(line, shapely.clip_by_rect(taken, *_around(shape, apart)))
        drawn.append(line)
    return np.array([coast, *drawn], dtype=object)


def _around(shape: Any, spare: float) -> tuple[float, float, float, float]:
    """Bounds of a shape with some room."""
    left, bottom, right, top = shape.bounds
    return left - spare, bottom - spare, right + spare, top + spare


@lru_cache(maxsize=1)
def _bounds() -> Mapping[str, npt.NDArray[np.float64]]:
    """Bounds of every outline in degrees."""
    return {code: shapely.bounds(read_outline(code)) for code in list_outlines()}


@lru_cache(maxsize=300)
def _land(code: str) -> shapely.MultiPolygon:
    """Shape of one country in degrees, without the margin by which its outline is wider."""
    outline = shapely.get_parts(read_outline(code))
    parts = [_shrink(part) for part in outline]
    pieces = shapely.get_parts(shapely.get_parts(parts))
    # the way back from the plane may cross sides that nearly touch
    pieces = shapely.get_parts(shapely.make_valid(pieces))
    areas = pieces[shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON]
    return shapely.MultiPolygon(list(areas))


def _shrink(part: shapely.Polygon) -> shapely.Geometry:
    """Take the margin off one part, on a plane around its middle."""
    west, south, east, north = part.bounds
    if south < _POLAR_DEG or east - west > _WIDEST_DEG:  # around a pole no plane fits
        return shapely.MultiPolygon()
    middle = (west + east) / 2, (south + north) / 2
    if north - south < _NARROW_DEG:
        scale = np.array([math.cos(math.radians(middle[1])), 1.0]) * _DEGREE_M
        flat = shapely.transform(part, lambda corners: corners * scale)
        return shapely.transform(shapely.buffer(flat, -MARGIN_M, quad_segs=2), lambda corners: corners / scale)
    plane = CRS.from_proj4(f"+proj=aeqd +lat_0={middle[1]} +lon_0={middle[0]} +datum=WGS84 +units=m +no_defs")
    way = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    flat = shapely.transform(
        shapely.segmentize(part, _CORNERS_DEG), lambda corners: np.column_stack(way.transform(*corners.T))
    )

    def back(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        longitude, latitude = way.transform(corners[:, 0], corners[:, 1], direction=TransformDirection.INVERSE)
        return np.column_stack([unroll(np.asarray(longitude), middle[0]), latitude])

    return shapely.transform(shapely.buffer(shapely.make_valid(flat), -MARGIN_M, quad_segs=2), back)
