"""Grid lines of a sheet and their labels: MGRS squares or degrees."""

import math
from dataclasses import dataclass
from itertools import pairwise

import mgrs  # type: ignore[import-untyped]  # the package ships no types
import numpy as np
import numpy.typing as npt

from uxomap.maps.sheets.frame import PLAIN, Frame

Floats = npt.NDArray[np.float64]

#: Sides of MGRS squares in metres.
_SQUARES = (100.0, 1_000.0, 10_000.0)

#: Squares are at least so many millimetres wide on the paper.
_LEAST_SQUARE_MM = 6.5

#: Steps of a graticule in degrees: 1 to 30 seconds, 1 to 30 minutes, 1 to 30 degrees.
_STEPS = tuple(part * unit for unit in (1 / 3600, 1 / 60, 1.0) for part in (1, 2, 5, 10, 15, 20, 30))

#: Meridians and parallels are at least so many millimetres apart.
_LEAST_STEP_MM = 28.0

_HUNDRED_KM = 100_000.0

#: Points along each line.
_POINTS = 121


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at the edge of the frame: which side, how far along it in millimetres, and what it says."""

    side: str
    along_mm: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """
    Lines over a frame.

    Attributes
    ----------
    kind : str
        ``mgrs`` or ``degrees``.
    step : float
        Metres of a square, or degrees between lines.
    lines : list of array, shape (n, 2)
        Lines in the CRS of the frame.
    ticks : list of Tick
        Labels on all four sides.
    squares : list of tuple
        Squares of 100 km in the frame: letters, and left, bottom, right, top of the visible part in millimetres.
    zones : list of str
        Grid zones in the frame, such as ``37U``.
    """

    kind: str
    step: float
    lines: list[Floats]
    ticks: list[Tick]
    squares: list[tuple[str, tuple[float, float, float, float]]]
    zones: list[str]


def make_grid(frame: Frame, choice: str = "auto") -> Grid:
    """
    Make the grid of a frame.

    Parameters
    ----------
    frame : Frame
        Part of the Earth that is printed.
    choice : str
        ``mgrs``, ``degrees`` or ``auto``. MGRS needs a frame in one UTM zone with squares of at most 10 km; where
        it has none, the grid is of degrees.

    Returns
    -------
    Grid

    Examples
    --------
    >>> from uxomap.maps.sheets.frame import choose_frame
    >>> from uxomap.maps.view import Window
    >>> grid = make_grid(choose_frame(Window(37.1, 49.9, 37.2, 50.0), 170, 160))
    >>> grid.kind, grid.step, grid.zones, [name for name, _ in grid.squares]
    ('mgrs', 1000.0, ['37U'], ['CR'])
    """
    if choice != "degrees" and frame.utm_zone:
        fitting = [side for side in _SQUARES if side / frame.mm >= _LEAST_SQUARE_MM]
        if fitting:
            return _squares(frame, fitting[0])
    return _graticule(frame)


def square_of(longitude: float, latitude: float, *, digits: int = 5) -> str:
    """
    MGRS reference of a place; empty beyond 80° S and 84° N.

    Examples
    --------
    >>> square_of(37.25, 47.78), square_of(37.25, 47.78, digits=0), square_of(0, 89)
    ('37T CN 68905 93331', '37T CN', '')
    """
    if not -80 <= latitude <= 84:  # noqa: PLR2004 - where UTM ends
        return ""
    text = str(mgrs.MGRS().toMGRS(latitude, (longitude + 180) % 360 - 180, MGRSPrecision=digits)).zfill(5 + 2 * digits)
    zone, letters, numbers = text[:3], text[3:5], text[5:]
    return " ".join(part for part in (zone, letters, numbers[:digits], numbers[digits:]) if part)


def _squares(frame: Frame, side: float) -> Grid:
    """MGRS squares: their lines are straight in UTM."""
    left, bottom, right, top = frame.extent
    columns, rows = _multiples(left, right, side), _multiples(bottom, top, side)
    lines = [np.array([[x, bottom], [x, top]]) for x in columns]
    lines += [np.array([[left, y], [right, y]]) for y in rows]
    ticks = []
    for values, origin, sides in ((columns, left, ("bottom", "top")), (rows, bottom, ("left", "right"))):
        for value in values:
            ticks += [Tick(edge, (value - origin) / frame.mm, _digits(value, side)) for edge in sides]
    return Grid("mgrs", side, lines, ticks, _hundreds(frame), _grid_zones(frame))


def _digits(value: float, side: float) -> str:
    """Digits of a line within its square of 100 km, as a grid reference has them."""
    within = round(value % _HUNDRED_KM)
    return f"{within // 100:03d}" if side < 1_000 else f"{within // 1_000:02d}"  # noqa: PLR2004 - a kilometre


def _hundreds(frame: Frame) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Squares of 100 km in the frame, from the south-west on."""
    left, bottom, right, top = frame.extent
    columns = [left, *_multiples(left, right, _HUNDRED_KM), right]
    rows = [bottom, *_multiples(bottom, top, _HUNDRED_KM), top]
    found = []
    for south, north in pairwise(rows):
        for west, east in pairwise(columns):
            longitude, latitude = frame.inverse([(west + east) / 2], [(south + north) / 2])
            name = square_of(float(longitude[0]), float(latitude[0]), digits=0).split()[1]
            edges = (west - left, south - bottom, east - left, north - bottom)
            found.append((name, tuple(edge / frame.mm for edge in edges)))
    return found  # type: ignore[return-value]  # four edges


def _grid_zones(frame: Frame) -> list[str]:
    """Grid zones that the frame touches: one UTM zone, and a letter for every 8 degrees of latitude."""
    names = set()
    for side in ("left", "right"):
        longitude, latitude = frame.inverse(*frame.edge(side, 41))
        pairs = zip(longitude.tolist(), latitude.tolist(), strict=True)
        names |= {square_of(east, north, digits=0).split()[0] for east, north in pairs}
    return sorted(names)


def _graticule(frame: Frame) -> Grid:
    """Meridians and parallels."""
    x, y = np.meshgrid(frame.edge("bottom", 41)[0], frame.edge("left", 41)[1])
    longitude, latitude = frame.inverse(x, y)
    known = np.isfinite(longitude) & np.isfinite(latitude)
    west, east = float(longitude[known].min()), float(longitude[known].max())
    south, north = max(float(latitude[known].min()), -90.0), min(float(latitude[known].max()), 90.0)
    across = (frame.extent[2] - frame.extent[0]) / frame.mm
    meridian_step = _step((east - west) / across)
    parallel_step = _step((north - south) / (frame.extent[3] - frame.extent[1]) * frame.mm)
    if meridian_step < 2.5 * parallel_step:  # squares in degrees are easier to read
        meridian_step = parallel_step = max(meridian_step, parallel_step)
    lines, ticks = [], []
    for meridian in _multiples(west, east, meridian_step):
        parts = np.linspace(max(south, -89.9), min(north, 89.9), _POINTS)
        lines.append(np.column_stack(frame.forward(np.full(_POINTS, meridian), parts)))
        ticks += _crossings(frame, float(meridian), meridian_step, ("bottom", "top"))
    for parallel in _multiples(south, north, parallel_step):
        parts = np.linspace(west, east, _POINTS)
        lines.append(np.column_stack(frame.forward(parts, np.full(_POINTS, parallel))))
        ticks += _crossings(frame, float(parallel), parallel_step, ("left", "right"))
    return Grid("degrees", min(meridian_step, parallel_step), lines, ticks, [], [])


def _crossings(frame: Frame, value: float, step: float, sides: tuple[str, str]) -> list[Tick]:
    """Labels of a line where it meets two sides of the frame."""
    found = []
    across = sides == ("bottom", "top")
    letters = "WE" if across else "SN"
    for side in sides:
        x, y = frame.edge(side)
        if frame.crs.coordinate_operation and frame.crs.coordinate_operation.method_name == PLAIN:
            # lines are straight, and the frame may be higher than the Earth
            straight = frame.forward([value if across else frame.middle[0]], [0.0 if across else value])
            place = float(frame.on_paper(*straight)[0 if across else 1][0])
            if 0.0 < place < (frame.width_mm if across else frame.height_mm):
                found.append(Tick(side, place, say_degrees(value, step, letters)))
            continue
        longitude, latitude = frame.inverse(x, y)
        paper = frame.on_paper(x, y)[0 if across else 1]
        difference = (longitude if across else latitude) - value
        for index in np.flatnonzero(difference[:-1] * difference[1:] <= 0)[:1]:
            first, last = difference[index], difference[index + 1]
            share = first / (first - last) if first != last else 0.0
            place = float(paper[index] + share * (paper[index + 1] - paper[index]))
            found.append(Tick(side, place, say_degrees(value, step, letters)))
    return found


def say_degrees(value: float, step: float, letters: str) -> str:
    r"""
    Write a meridian or a parallel as short as the step between lines allows.

    Examples
    --------
    >>> say_degrees(37.5, 0.25, "WE"), say_degrees(-8.0, 1.0, "SN"), say_degrees(181.0, 1.0, "WE")
    ("37°30'E", '8°S', '179°W')
    >>> say_degrees(180.0, 5.0, "WE"), say_degrees(0.0, 5.0, "SN"), say_degrees(1 / 3600, 1 / 3600, "SN")
    ('180°', '0°', '0°00\'01"N')
    """
    if letters == "WE":
        value = (value + 180) % 360 - 180
    seconds = round(abs(value) * 3600)
    degrees, minutes = divmod(seconds // 60, 60)
    text = f"{degrees}°"
    if round(step * 3600) % 3600:
        text += f"{minutes:02d}'"
    if round(step * 3600) % 60:
        text += f'{seconds % 60:02d}"'
    if seconds == 0 or (letters == "WE" and seconds == 180 * 3600):
        return text
    return text + letters[int(value > 0)]


def _step(per_mm: float) -> float:
    """Smallest step whose lines stand far enough apart, where a millimetre is worth so many degrees."""
    return next((step for step in _STEPS if step / per_mm >= _LEAST_STEP_MM), _STEPS[-1])


def _multiples(low: float, high: float, step: float) -> list[float]:
    """Multiples of a step strictly between two numbers."""
    return [number * step for number in range(math.floor(low / step) + 1, math.ceil(high / step))]
