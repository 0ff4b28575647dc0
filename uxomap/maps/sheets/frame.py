"""The map frame of a sheet: which projection, which scale, which part of the Earth."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer

from uxomap.maps.view import Window

Floats = npt.NDArray[np.float64]

#: Round scales: the frame is printed at the largest of them that shows everything.
_SCALE_STEPS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.5, 10.0)

#: Largest scale of a sheet; a single zone of a few hundred metres still shows what lies around it.
_LARGEST_SCALE = 5_000.0

#: Share of the frame that stays empty on each side of the data.
EDGE = 0.05

#: Frames wider than this in degrees are drawn on a plane of longitude and latitude.
_WORLD_DEG = 60.0

#: Latitudes that have UTM zones.
_UTM_SOUTH, _UTM_NORTH = -80.0, 84.0

#: Name that PROJ gives to a plane of longitude and latitude.
PLAIN = "Equidistant Cylindrical"

#: What a sheet shows where nothing has a place.
WORLD = Window(-180.0, -58.0, 180.0, 78.0)

#: Areas smaller than this on the paper are drawn as boxes.
_SPECK_MM = 0.25

_METRES_PER_DEGREE = 111_320.0  # at the equator

_HALF_TURN, _TURN = 180.0, 360.0
_MM = 1000.0
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """
    Part of a plane that is printed.

    Attributes
    ----------
    crs : CRS
        Projection.
    middle : tuple of float
        Longitude and latitude of the middle.
    scale : float
        Metres on the ground for one on the paper, at the middle.
    width_mm, height_mm : float
        Size on the paper.
    extent : tuple of float
        Left, bottom, right, top in the CRS.
    utm_zone : int
        Number of the only UTM zone in the frame; 0 where there are several or none.
    """

    crs: CRS
    middle: tuple[float, float]
    scale: float
    width_mm: float
    height_mm: float
    extent: tuple[float, float, float, float]
    utm_zone: int = 0

    @property
    def mm(self) -> float:
        """Units of the CRS that a millimetre of paper is worth."""
        return (self.extent[2] - self.extent[0]) / self.width_mm

    def forward(self, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Degrees to the plane."""
        x, y = _transformer(self.crs).transform(np.asarray(longitude, float), np.asarray(latitude, float))
        return np.asarray(x), np.asarray(y)

    def inverse(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Plane to degrees; longitudes follow each other across the antimeridian."""
        longitude, latitude = _transformer(self.crs).transform(
            np.asarray(x, float), np.asarray(y, float), direction="INVERSE"
        )
        return unroll(np.asarray(longitude), self.middle[0]), np.asarray(latitude)

    def on_paper(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Plane to millimetres from the lower left corner of the frame."""
        left, bottom, *_ = self.extent
        return (np.asarray(x, float) - left) / self.mm, (np.asarray(y, float) - bottom) / self.mm

    def edge(self, side: str, count: int = 201) -> tuple[Floats, Floats]:
        """Points along one side, in the CRS: from left to right, or from bottom to top."""
        left, bottom, right, top = self.extent
        if side in {"top", "bottom"}:
            return np.linspace(left, right, count), np.full(count, top if side == "top" else bottom)
        return np.full(count, right if side == "right" else left), np.linspace(bottom, top, count)

    def project(self, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """
        Project shapes in degrees and cut them to a little more than the frame.

        What a shape loses to the antimeridian is put together again. Shapes outside the frame become empty.
        """
        west, south, east, north = self.bounds
        half = _HALF_TURN - 1e-9  # beyond it the other end of the Earth follows
        box = max(west, self.middle[0] - half), south, min(east, self.middle[0] + half), north
        near = np.full(len(shapes), None, dtype=object)
        bounds = shapely.bounds(shapes)
        reach = may_reach(bounds, self.middle[0], box)
        specks = reach & self._is_speck(shapes, bounds)
        # nobody tells a speck from the box around it, and there can be a hundred thousand
        turned = bounds[specks] + _turn(bounds[specks], self.middle[0])[:, None] * np.array([1.0, 0.0, 1.0, 0.0])
        near[specks] = shapely.box(*turned.T)
        for index in np.flatnonzero(reach & ~specks):
            near[index] = _near(shapes[index], self.middle[0], box)
        plane = shapely.transform(near, lambda corners: np.column_stack(self.forward(corners[:, 0], corners[:, 1])))
        left, bottom, right, top = self.extent
        spare = 0.02 * (right - left)
        fine = shapely.simplify(plane, 0.03 * self.mm)
        valid = np.where(shapely.is_valid(fine), fine, shapely.make_valid(plane))
        return np.asarray(shapely.clip_by_rect(valid, left - spare, bottom - spare, right + spare, top + spare))

    def holds(self, bounds: Floats) -> npt.NDArray[np.bool_]:
        """
        Tell which bounds in degrees lie in the frame for certain, which spares their shapes the projection.

        Examples
        --------
        >>> frame = choose_frame(Window(37.0, 49.8, 37.6, 50.2), 170, 160)
        >>> frame.holds(np.array([[37.2, 49.9, 37.3, 50.0], [38.9, 49.9, 39.5, 50.0]]))
        array([ True, False])
        """
        east = [self.inverse(*self.edge(side))[0] for side in ("left", "right")]
        north = [self.inverse(*self.edge(side))[1] for side in ("bottom", "top")]
        if not all(np.isfinite(side).all() for side in (*east, *north)):
            return np.zeros(len(bounds), dtype=bool)
        with np.errstate(invalid="ignore"):  # nothing has no bounds
            west, right = (bounds[:, side] + _turn(bounds, self.middle[0]) for side in (0, 2))
            across = (west > east[0].max()) & (right < east[1].min())
            return np.asarray(across & (bounds[:, 1] > north[0].max()) & (bounds[:, 3] < north[1].min()))

    def _is_speck(self, shapes: npt.NDArray[np.object_], bounds: Floats) -> npt.NDArray[np.bool_]:
        """Which areas are smaller on the paper than anybody can see; none at the seam of the frame."""
        wide, high = bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]
        with np.errstate(invalid="ignore"):  # nothing has no bounds
            small = np.fmax(wide, high) * _METRES_PER_DEGREE < _SPECK_MM / _MM * self.scale
            away = (bounds[:, 0] + bounds[:, 2]) / 2 + _turn(bounds, self.middle[0]) - self.middle[0]
            inner = np.abs(away) + wide < _HALF_TURN - 1e-6
        return np.asarray(small & inner & (shapely.get_dimensions(shapes) == 2))  # noqa: PLR2004 - an area

    @property
    def earth(self) -> tuple[float, float, float, float] | None:
        """Left, bottom, right and top of the Earth where the frame reaches beyond it, in the CRS; None where not."""
        operation = self.crs.coordinate_operation
        if operation is None or operation.method_name != PLAIN:
            return None
        half = _HALF_TURN - 1e-9
        x, y = self.forward([self.middle[0] - half, self.middle[0] + half], [-90.0, 90.0])
        inside = x[0] <= self.extent[0] and y[0] <= self.extent[1] and self.extent[2] <= x[1] and self.extent[3] <= y[1]
        return None if inside else (float(x[0]), float(y[0]), float(x[1]), float(y[1]))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees, a little generous."""
        grid_x, grid_y = np.meshgrid(self.edge("bottom", 15)[0], self.edge("left", 15)[1])
        longitude, latitude = self.inverse(grid_x, grid_y)
        known = np.isfinite(longitude) & np.isfinite(latitude)
        if not known.all():
            return self.middle[0] - _HALF_TURN, -90.0, self.middle[0] + _HALF_TURN, 90.0
        spare = 0.1 * float(np.ptp(latitude)) + 1e-4
        wide = spare / max(math.cos(math.radians(min(89.0, float(np.abs(latitude).max())))), 0.02)
        west, east = float(longitude.min()) - wide, float(longitude.max()) + wide
        return west, float(latitude.min()) - spare, east, float(latitude.max()) + spare


def unroll(longitude: Floats, middle: float) -> Floats:
    """
    Turn longitudes to within half a turn of a middle.

    Examples
    --------
    >>> unroll(np.array([-179.0, 10.0]), 179.0).tolist()
    [181.0, 10.0]
    """
    return np.asarray((longitude - middle + _HALF_TURN) % _TURN - _HALF_TURN + middle)


def choose_frame(window: Window | None, width_mm: float, height_mm: float, *, edge: float = EDGE) -> Frame:
    """
    Choose projection and scale so that a window fills a frame.

    Parameters
    ----------
    window : Window or None
        Bounds in degrees; None for the world.
    width_mm, height_mm : float
        Size of the frame on the paper.
    edge : float
        Share of the frame that stays empty on each side at least.

    Returns
    -------
    Frame
        In UTM where one zone holds all of it, otherwise on an equal-area plane around the middle; for half the
        world, on a plane of longitude and latitude.

    Examples
    --------
    >>> frame = choose_frame(Window(37.0, 49.8, 37.6, 50.2), 170, 160)
    >>> frame.utm_zone, frame.scale
    (37, 350000.0)
    >>> choose_frame(Window(20, 44, 42, 53), 170, 160).crs.name
    'WGS 84 / equal area'
    """
    window = window or WORLD
    longitude, latitude = (window.west + window.east) / 2, (window.south + window.north) / 2
    paper = width_mm, height_mm
    if window.east - window.west > _WORLD_DEG:
        return _fit(window, _plane("eqc", longitude, latitude, "longitude and latitude"), paper, edge)
    if _UTM_SOUTH < latitude < _UTM_NORTH:
        zone = utm_zone(longitude, latitude)
        frame = _fit(window, CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone), paper, edge)
        if _zones_in(frame) == {zone}:
            return replace(frame, utm_zone=zone)
    return _fit(window, _plane("laea", longitude, latitude, "equal area"), paper, edge)


def frame_around(middle: tuple[float, float], metres: float, width_mm: float, height_mm: float) -> Frame:
    """
    Lay a frame of a given width on the ground around a place, on an equal-area plane.

    Examples
    --------
    >>> frame_around((37.0, 49.0), 1_000_000.0, 30, 25).extent
    (-500000.0, -416666.6666666667, 500000.0, 416666.6666666667)
    """
    half, tall = metres / 2, metres / 2 * height_mm / width_mm
    extent = -half, -tall, half, tall
    return Frame(_plane("laea", *middle, "equal area"), middle, metres / width_mm * _MM, width_mm, height_mm, extent)


def utm_zone(longitude: float, latitude: float) -> int:
    """
    Number of the UTM zone of a place, with the exceptions of Norway and Svalbard.

    Examples
    --------
    >>> utm_zone(36.2, 50.0), utm_zone(-181.0, -17.0), utm_zone(4.0, 60.0), utm_zone(20.0, 79.0), utm_zone(20.0, 85.0)
    (37, 60, 32, 33, 0)
    """
    if not _UTM_SOUTH <= latitude <= _UTM_NORTH:
        return 0
    longitude = (longitude + _HALF_TURN) % _TURN - _HALF_TURN
    zone = int((longitude + _HALF_TURN) // 6) + 1
    if 56 <= latitude < 64 and 3 <= longitude < 12:  # noqa: PLR2004 - south-west Norway
        return 32
    if latitude >= 72 and 0 <= longitude < 42:  # noqa: PLR2004 - Svalbard
        return (31, 33, 35, 37)[int((longitude + 3) // 12)]
    return zone


def ground_metres(frame: Frame, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Length of the geodesic between two points of the plane, in metres."""
    longitude, latitude = frame.inverse([start[0], end[0]], [start[1], end[1]])
    return float(_GEOD.inv(longitude[0], latitude[0], longitude[1], latitude[1])[2])


def _zones_in(frame: Frame) -> set[int]:
    """UTM zones that the edges of a frame touch."""
    found: set[int] = set()
    for side in ("top", "bottom", "left", "right"):
        longitude, latitude = frame.inverse(*frame.edge(side, 13))
        pairs = zip(longitude.tolist(), latitude.tolist(), strict=True)
        found |= {utm_zone(east, north) if math.isfinite(east + north) else 0 for east, north in pairs}
    return found


def _plane(projection: str, longitude: float, latitude: float, name: str) -> CRS:
    """Projection around a middle."""
    middle = f"+lat_ts={latitude} +lat_0=0" if projection == "eqc" else f"+lat_0={latitude}"
    crs = CRS.from_proj4(f"+proj={projection} {middle} +lon_0={longitude} +datum=WGS84 +units=m +no_defs")
    return CRS.from_json_dict(crs.to_json_dict() | {"name": f"WGS 84 / {name}"})


def _fit(window: Window, crs: CRS, paper: tuple[float, float], edge: float) -> Frame:
    """Lay a frame of a round scale around a window."""
    transformer = _transformer(crs)
    width, height = paper
    steps = np.linspace(0.0, 1.0, 41)
    inner = 1e-9 if window.east - window.west >= _TURN else 0.0  # both ends of a full turn would fall together
    lon = window.west + inner + (window.east - window.west - 2 * inner) * steps
    lat = window.south + (window.north - window.south) * steps
    grid = np.meshgrid(lon, lat)
    x, y = transformer.transform(*grid)
    x_middle, y_middle = (float(axis.min() + axis.max()) / 2 for axis in (x, y))
    longitude, latitude = transformer.transform(x_middle, y_middle, direction="INVERSE")
    stretch = _stretch(transformer, longitude, latitude)
    spread = 1 / (1 - 2 * edge) * _MM / stretch
    needed = max(float(np.ptp(x)) * spread / width, float(np.ptp(y)) * spread / height, _LARGEST_SCALE)
    scale = _round_scale(needed)
    half = scale * stretch * width / _MM / 2, scale * stretch * height / _MM / 2
    extent = x_middle - half[0], y_middle - half[1], x_middle + half[0], y_middle + half[1]
    return Frame(crs, (float(longitude), float(latitude)), scale, width, height, extent)


def _stretch(transformer: Transformer, longitude: float, latitude: float) -> float:
    """Units of the plane for a metre on the ground, east to west through a place."""
    metres = 1000.0
    west, _, _ = _GEOD.fwd(longitude, latitude, 270.0, metres)
    east, _, _ = _GEOD.fwd(longitude, latitude, 90.0, metres)
    x, y = transformer.transform([west, east], [latitude, latitude])
    return float(math.hypot(x[1] - x[0], y[1] - y[0]) / _GEOD.inv(west, latitude, east, latitude)[2])


def _round_scale(needed: float) -> float:
    """Smallest round number that is not below a number."""
    power = 10.0 ** math.floor(math.log10(needed))
    return next(step * power for step in _SCALE_STEPS if step * power >= needed * (1 - 1e-9))


@lru_cache(maxsize=64)
def _transformer(crs: CRS) -> Transformer:
    """Way from degrees to a CRS."""
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def may_reach(bounds: Floats, middle: float, box: tuple[float, float, float, float]) -> npt.NDArray[np.bool_]:
    """
    Tell which bounds may touch a box, in degrees.

    Bounds wider than half a turn may hold parts on both sides of a seam, and so may touch any box.

    Examples
    --------
    >>> may_reach(np.array([[179.0, 0.0, 179.5, 1.0], [0.0, 0.0, 1.0, 1.0]]), -180.0, (-182.0, 0.0, -178.0, 1.0))
    array([ True, False])
    """
    west, south, east, north = box
    turn = _turn(bounds, middle)
    beside = (bounds[:, 2] + turn < west) | (bounds[:, 0] + turn > east)
    beside &= bounds[:, 2] - bounds[:, 0] < _HALF_TURN
    return ~beside & (bounds[:, 3] >= south) & (bounds[:, 1] <= north)


def _turn(bounds: Floats, middle: float) -> Floats:
    """Degrees by which longitudes turn so that they follow the middle of a frame."""
    centre = (bounds[:, 0] + bounds[:, 2]) / 2
    return np.asarray(unroll(centre, middle) - centre)


def _near(shape: Any, middle: float, box: tuple[float, float, float, float]) -> shapely.Geometry | None:
    """Parts of a shape near a box in degrees, with longitudes that follow each other; the seam is closed."""
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = box
    kept = []
    for part in shapely.get_parts(shape):
        # a part crosses no antimeridian, so all of it turns as its middle does
        bounds = part.bounds
        centre = (bounds[0] + bounds[2]) / 2
        turn = float(unroll(np.array(centre), middle)) - centre
        over = bounds[0] + turn < middle - _HALF_TURN or bounds[2] + turn > middle + _HALF_TURN
        # far corners would turn over the back of the Earth
        large = over or bounds[2] - bounds[0] > _HALF_TURN / 2 or bounds[3] - bounds[1] > _HALF_TURN / 4
        # what reaches over the back of the Earth begins again at the other end of the map
        for by in (turn, turn - _TURN, turn + _TURN) if over else (turn,):
            if bounds[2] + by < west or bounds[0] + by > east or bounds[3] < south or bounds[1] > north:
                continue
            moved = shapely.transform(part, lambda corners, by=by: corners + np.array([by, 0.0])) if by else part  # type: ignore[misc]
            kept.append(shapely.clip_by_rect(moved, west, south, east, north) if large else moved)
    return shapely.union_all(kept) if len(kept) > 1 else kept[0] if kept else None
