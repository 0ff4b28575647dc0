"""
Shapes and texts of a page, packed: a map of 20,000 strikes must open on a phone.

Coordinates are whole numbers of 1e-6 degrees (0.1 m), each written as the step from the one before; the ellipse of a
strike is written as its centre and axes; texts are deflated.
"""

import base64
import json
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from uxomap.crs import metres_per_degree

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Steps of a coordinate in one degree.
STEPS_A_DEGREE = 1_000_000

#: Kinds of shapes in the packed stream.
NONE, POINT, RINGS, LINES, ELLIPSE = range(5)

#: An area is written as an ellipse where every vertex lies this close to it: a share of its long axis, plus metres.
_ELLIPSE_SHARE, _ELLIPSE_METRES = 0.002, 1.0

#: Fewest vertices of a drawn ellipse.
_ELLIPSE_VERTICES = 24

#: Texts packed together, and unpacked when one of them is asked for.
CHUNK = 200

_GROUP_BITS = 7
_LOW_BITS = 0x7F
_MORE = 0x80
_POINT_TYPE, _LINE_TYPES = 0, (1, 5)


def pack_text(value: Any) -> str:
    """
    Write a value as JSON, deflated, in base64.

    Examples
    --------
    >>> unpack_text(pack_text({"a": ["ж", None]}))
    {'a': ['ж', None]}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return _base64(packer.compress(text.encode("utf-8", errors="replace")) + packer.flush())


def unpack_text(packed: str) -> Any:
    """
    Read what `pack_text` wrote.

    Examples
    --------
    >>> unpack_text(pack_text("</script>"))
    '</script>'
    """
    return json.loads(zlib.decompress(base64.b64decode(packed), -15))


def pack_numbers(values: npt.ArrayLike) -> str:
    """
    Write whole numbers of either sign, small ones in fewer bytes.

    Parameters
    ----------
    values : array_like of int, shape (n,)

    Returns
    -------
    str
        Base64 of the numbers in groups of seven bits, lowest first, signs folded in (0, -1, 1, -2, ... as 0, 1, 2, 3).

    Examples
    --------
    >>> unpack_numbers(pack_numbers([0, -1, 300, -179_999_999])).tolist()
    [0, -1, 300, -179999999]
    """
    signed = np.asarray(values, dtype=np.int64)
    folded = ((signed << 1) ^ (signed >> 63)).astype(np.uint64)
    lengths = np.ones(folded.size, dtype=np.int64)
    rest = folded >> np.uint64(_GROUP_BITS)
    while rest.any():
        lengths += rest > 0
        rest >>= np.uint64(_GROUP_BITS)
    ends = np.cumsum(lengths)
    packed = np.zeros(int(ends[-1]) if ends.size else 0, dtype=np.uint8)
    starts = ends - lengths
    for place in range(int(lengths.max(initial=0))):
        has = lengths > place
        group = (folded[has] >> np.uint64(_GROUP_BITS * place)) & np.uint64(_LOW_BITS)
        more = np.where(lengths[has] > place + 1, _MORE, 0)
        packed[starts[has] + place] = group.astype(np.uint8) | more.astype(np.uint8)
    return _base64(packed.tobytes())


def unpack_numbers(packed: str) -> Whole:
    """
    Read what `pack_numbers` wrote.

    Examples
    --------
    >>> unpack_numbers("")
    array([], dtype=int64)
    """
    data = np.frombuffer(base64.b64decode(packed), dtype=np.uint8)
    if not data.size:
        return np.zeros(0, dtype=np.int64)
    ends = np.flatnonzero(data < _MORE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    which = np.repeat(np.arange(ends.size), ends - starts + 1)
    place = np.arange(data.size) - starts[which]
    folded = np.zeros(ends.size, dtype=np.uint64)
    np.bitwise_or.at(folded, which, (data & _LOW_BITS).astype(np.uint64) << (place * _GROUP_BITS).astype(np.uint64))
    return (folded >> np.uint64(1)).astype(np.int64) ^ -(folded & np.uint64(1)).astype(np.int64)


def pack_shapes(shapes: npt.NDArray[np.object_], ellipses: Floats | None = None) -> dict[str, str]:
    """
    Pack the shapes of a layer.

    Parameters
    ----------
    shapes : array of Point, (Multi)Polygon, (Multi)LineString or None, shape (n,)
        In degrees.
    ellipses : array of float, shape (n, 3), optional
        Long and short semi-axis in metres and bearing in degrees of shapes that are ellipses around their centroid;
        NaN for others. A shape that is none, in spite of it, is written with all its vertices.

    Returns
    -------
    dict of str to str
        ``kinds`` (one number a shape), ``counts`` (rings of each shape and points of each ring), ``steps`` (longitude
        and latitude of each point as steps) and ``axes`` (decimetres, decimetres and hundredths of a degree).

    Examples
    --------
    >>> unpack_numbers(pack_shapes(np.array([shapely.Point(1, 2), shapely.Point(1, 3), None]))["steps"]).tolist()
    [1000000, 2000000, 0, 1000000]
    """
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    kinds = _kinds(shapes, empty)
    centres = shapely.get_coordinates(shapely.centroid(shapes[~empty])) if (~empty).any() else np.zeros((0, 2))
    middle = np.full((len(shapes), 2), np.nan)
    middle[~empty] = centres
    axes = np.zeros((0, 3))
    if ellipses is not None and len(shapes):
        drawn = _are_ellipses(shapes, kinds, middle, ellipses)
        kinds[drawn] = ELLIPSE
        axes = ellipses[drawn]
    rings, owner = _rings(shapes, kinds)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    single = (kinds == POINT) | (kinds == ELLIPSE)
    lengths = np.bincount(ring_of_point, minlength=len(rings)) if len(rings) else np.zeros(0, dtype=np.int64)
    order = np.concatenate([owner[ring_of_point], np.flatnonzero(single)])
    places = np.concatenate([points, middle[single]])[np.argsort(order, kind="stable")]
    steps = np.diff(np.round(places * STEPS_A_DEGREE).astype(np.int64), axis=0, prepend=0)
    return {
        "kinds": pack_numbers(kinds),
        "counts": pack_numbers(_counts(kinds, owner, lengths)),
        "steps": pack_numbers(steps.ravel()),
        "axes": pack_numbers(np.round(np.nan_to_num(axes) * [10, 10, 100]).astype(np.int64).ravel()),
    }


def pack_layer(shapes: dict[str, str], columns: dict[str, list[Any]], details: list[Any]) -> dict[str, Any]:
    """
    Pack a layer: its shapes, the columns that lists and map need, and the details of each feature in chunks.

    Examples
    --------
    >>> pack_layer({}, {"id": ["a"]}, [{"sentence": "b"}])["count"]
    1
    """
    chunks = [details[start : start + CHUNK] for start in range(0, len(details), CHUNK)]
    return {
        "count": len(details),
        "shapes": shapes,
        "columns": pack_text(columns),
        "details": [pack_text(chunk) for chunk in chunks],
    }


def _kinds(shapes: npt.NDArray[np.object_], empty: npt.NDArray[np.bool_]) -> Whole:
    """Kind of each shape."""
    types = shapely.get_type_id(shapes)
    kinds = np.where(types == _POINT_TYPE, POINT, np.where(np.isin(types, _LINE_TYPES), LINES, RINGS))
    return np.where(empty, NONE, kinds).astype(np.int64)


def _rings(shapes: npt.NDArray[np.object_], kinds: Whole) -> tuple[npt.NDArray[np.object_], Whole]:
    """Rings and lines of all shapes that have them, and the shape each belongs to."""
    outlined = np.flatnonzero((kinds == RINGS) | (kinds == LINES))
    parts, of_shape = shapely.get_parts(shapes[outlined], return_index=True)
    areal = shapely.get_dimensions(parts) == 2  # noqa: PLR2004 - polygons have two dimensions
    rings, of_part = shapely.get_rings(parts[areal], return_index=True)
    lines = np.concatenate([rings, parts[~areal]])
    owner = np.concatenate([outlined[of_shape[areal]][of_part], outlined[of_shape[~areal]]]).astype(np.int64)
    order = np.argsort(owner, kind="stable")
    return lines[order], owner[order]


def _counts(kinds: Whole, owner: Whole, lengths: Whole) -> Whole:
    """Number of rings of each outlined shape, followed by the number of points of each ring."""
    outlined = np.flatnonzero((kinds == RINGS) | (kinds == LINES))
    n_rings = np.bincount(owner, minlength=len(kinds))[outlined] if len(kinds) else np.zeros(0, dtype=np.int64)
    place = np.searchsorted(owner, outlined, side="left")
    return np.insert(lengths, place, n_rings).astype(np.int64)


def _are_ellipses(shapes: npt.NDArray[np.object_], kinds: Whole, middle: Floats, ellipses: Floats) -> Any:
    """Tell which shapes are the ellipses that they are said to be."""
    result = np.zeros(len(shapes), dtype=bool)
    asked = np.flatnonzero(
        (kinds == RINGS) & np.isfinite(ellipses[:, :2]).all(axis=1) & (shapely.get_num_geometries(shapes) == 1)
    )
    asked = asked[(ellipses[asked, 1] > 0) & (shapely.get_num_coordinates(shapes[asked]) > _ELLIPSE_VERTICES)]
    if not asked.size:
        return result
    points, which = shapely.get_coordinates(shapes[asked], return_index=True)
    latitude = middle[asked, 1]
    north_a_degree, east_a_degree = degree_lengths(latitude)
    x = (points[:, 0] - middle[asked, 0][which]) * east_a_degree[which]
    y = (points[:, 1] - latitude[which]) * north_a_degree[which]
    major, minor = ellipses[asked, 0][which], ellipses[asked, 1][which]
    turn = np.radians(np.nan_to_num(ellipses[asked, 2]))[which]
    along, across = x * np.sin(turn) + y * np.cos(turn), x * np.cos(turn) - y * np.sin(turn)
    # Distance from the ellipse, to the first order: the value of its equation over the length of its gradient.
    value = (along / major) ** 2 + (across / minor) ** 2 - 1
    slope = 2 * np.hypot(along / major**2, across / minor**2)
    away = np.abs(value) / np.maximum(slope, 1e-12)
    worst = np.zeros(asked.size)
    np.maximum.at(worst, which, away)
    result[asked] = worst <= _ELLIPSE_SHARE * ellipses[asked, 0] + _ELLIPSE_METRES
    return result


def degree_lengths(latitude: Floats) -> tuple[Floats, Floats]:
    """
    Metres that a degree is worth along the meridian and along the parallel.

    Examples
    --------
    >>> [round(float(length[0])) for length in degree_lengths(np.array([60.0]))]
    [111412, 55800]
    """
    # On the meridian and the parallel of the ellipsoid WGS 84, by its radii of curvature.
    eccentricity2 = 0.00669437999014
    sine = np.sin(np.radians(latitude))
    curvature = 1 - eccentricity2 * sine**2
    north = metres_per_degree(np.zeros(1))[0] * (1 - eccentricity2) / curvature**1.5
    east = metres_per_degree(np.zeros(1))[0] * np.cos(np.radians(latitude)) / np.sqrt(curvature)
    return north, east


def _base64(data: bytes) -> str:
    """Write bytes as text."""
    return base64.b64encode(data).decode("ascii")
