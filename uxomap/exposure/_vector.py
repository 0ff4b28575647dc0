"""Map files and frames of other people: read, put into longitude and latitude, mended, with what was left out said."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from uxomap import crs
from uxomap.errors import CRSError, InputError

Geometries = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

#: Equal-area projection of the whole ellipsoid, in which areas of overlaps are measured.
EQUAL_AREA = "EPSG:6933"

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString", "LinearRing")

#: Land around the extent of a source, in degrees, for which it is taken to be complete.
REACH_DEGREES = 0.1

_POLYGON_DIMENSION = 2
_LAYERS_NAMED = 8


class ExposureWarning(UserWarning):
    """Something about the data given must be known before the numbers are used."""


def warn(message: str) -> None:
    """Warn the caller of the public function."""
    warnings.warn(message, ExposureWarning, stacklevel=4)


@dataclass(frozen=True, slots=True)
class Source:
    """Features of one source in longitude and latitude, and what was done to them."""

    frame: gpd.GeoDataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def geometry(self) -> Geometries:
        """Geometry of the features."""
        return np.asarray(self.frame.geometry.to_numpy(), dtype=object)

    def misses(self, polygons: Geometries, *, reach_degrees: float = 0.0) -> npt.NDArray[np.bool_]:
        """Which polygons lie outside the extent of the features, and as far from it as is said."""
        if not len(self.frame):
            return np.ones(len(polygons), dtype=bool)
        west, south, east, north = self.frame.total_bounds
        around = shapely.box(west - reach_degrees, south - reach_degrees, east + reach_degrees, north + reach_degrees)
        # What reaches over 180 degrees goes on at the other side.
        turned = np.array([around, shift_east(around, 360.0), shift_east(around, -360.0)], dtype=object)
        return np.asarray(~shapely.intersects(polygons[:, None], turned).any(axis=1))


def read_source(source: object, what: str, kinds: tuple[str, ...] = ()) -> Source:
    """Read a file or take a frame; *kinds* are the geometry types that can be used, all of them if empty."""
    frame = source if isinstance(source, gpd.GeoDataFrame) else _read_file(source, what, kinds)
    if frame.active_geometry_name is None:
        message = f"The {what} have no geometry. Give a map file or a GeoDataFrame with points, lines or polygons."
        raise InputError(message)
    if frame.crs is None:
        message = (
            f"The {what} have no CRS, so their place is not known. "
            "Say which one their coordinates are in, e.g. frame.set_crs('EPSG:4326'), and give the frame."
        )
        raise CRSError(message)
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    frame, geometry, notes = _mend(frame, shapely.force_2d(geometry), what)
    frame = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))
    frame = _to_lonlat(frame, what, notes)
    if kinds:
        fitting = frame.geom_type.isin(kinds).to_numpy()
        _note(notes, f"{(~fitting).sum()} of the {what} left out: not {' or '.join(kinds)}", (~fitting).sum())
        frame = frame[fitting]
    for note in notes:
        warn(f"{note[0].upper()}{note[1:]}.")
    return Source(frame.reset_index(drop=True), notes)


def _read_file(source: object, what: str, kinds: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Read the layer of a map file that holds the kind of geometry needed."""
    if not isinstance(source, str | Path):
        message = f"Invalid {what}: {type(source).__name__}. Must be a path or a GeoDataFrame."
        raise InputError(message)
    if not Path(source).exists():
        message = f"Cannot read the {what}: there is no file {str(source)!r}. Check the name and the folder."
        raise InputError(message)
    try:
        layers = [(str(name), str(kind or "")) for name, kind in pyogrio.list_layers(source)]
        fitting = [name for name, kind in layers if not kinds or any(kind.startswith(one) for one in kinds)]
        usable = fitting or [name for name, kind in layers if kind.startswith(("Unknown", "Geometry"))]
        if len(usable) == 1 or len(layers) == 1:
            frame = pyogrio.read_dataframe(source, layer=(usable or [layers[0][0]])[0])
        else:
            frame = None
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        message = f"Cannot read the {what} from {str(source)!r}: {reason}. Give GeoPackage, GeoJSON, Shapefile or KML."
        raise InputError(message) from error
    if frame is None:
        names = ", ".join(name for name, _ in layers[:_LAYERS_NAMED])
        message = (
            f"The file {str(source)!r} has several layers ({names}); which holds the {what} is not plain. "
            "Read one with geopandas.read_file(path, layer=...) and give the frame."
        )
        raise InputError(message)
    if not isinstance(frame, gpd.GeoDataFrame):
        message = f"The {what} in {str(source)!r} are a table without geometry. Give a map file with places."
        raise InputError(message)
    return frame


def _mend(frame: gpd.GeoDataFrame, geometry: Geometries, what: str) -> tuple[gpd.GeoDataFrame, Geometries, list[str]]:
    """Leave out empty geometries, mend broken ones, and say how many."""
    notes: list[str] = []
    bounds = shapely.bounds(geometry)
    usable = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry)) & np.isfinite(bounds).all(axis=1)
    _note(notes, f"{(~usable).sum()} of the {what} left out: without geometry", (~usable).sum())
    frame, geometry = frame[usable], geometry[usable]
    broken = np.flatnonzero(~shapely.is_valid(geometry))
    if broken.size:
        was = shapely.get_dimensions(geometry[broken])
        mended = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
        lost = shapely.is_empty(mended) | (shapely.get_dimensions(mended) < was)
        geometry = geometry.copy()
        geometry[broken] = mended
        keep = np.ones(len(geometry), dtype=bool)
        keep[broken[lost]] = False
        frame, geometry = frame[keep], geometry[keep]
        _note(notes, f"{lost.sum()} of the {what} left out: broken geometry that cannot be mended", lost.sum())
        _note(notes, f"{(~lost).sum()} of the {what} had a broken geometry, which was mended", (~lost).sum())
    return frame, geometry, notes


def _to_lonlat(frame: gpd.GeoDataFrame, what: str, notes: list[str]) -> gpd.GeoDataFrame:
    """Carry features into longitude and latitude within -180 to 180, leaving out what cannot be."""
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    if not frame.crs.equals(crs.LONLAT, ignore_axis_order=True):
        geometry = np.asarray(frame.geometry.to_crs(crs.LONLAT).to_numpy(), dtype=object)
    bounds = shapely.bounds(geometry)
    lost = ~np.isfinite(bounds).all(axis=1)
    _note(notes, f"{lost.sum()} of the {what} left out: their coordinates lie outside their CRS", lost.sum())
    frame, geometry, bounds = frame[~lost], geometry[~lost], bounds[~lost]
    if len(bounds) and (np.abs(bounds[:, [0, 2]]).max() > 540 or np.abs(bounds[:, [1, 3]]).max() > 90):  # noqa: PLR2004 - degrees
        worst = float(np.abs(bounds).max())
        message = (
            f"The {what} are said to be in longitude and latitude, but have a coordinate of {worst:,.0f}. "
            "Say which CRS they are in, e.g. frame.set_crs('EPSG:32637', allow_override=True), and give the frame."
        )
        raise CRSError(message)
    areal = shapely.get_dimensions(geometry) == _POLYGON_DIMENSION
    wrapped = geometry.copy()
    if areal.any():
        wrapped[areal] = crs.split_at_antimeridian(geometry[areal])
    far = np.flatnonzero(~areal & ((bounds[:, 0] < -180) | (bounds[:, 2] > 180)))  # noqa: PLR2004 - degrees
    if far.size:
        wrapped[far] = _wrap_other(geometry[far])
    return frame.set_geometry(gpd.GeoSeries(wrapped, index=frame.index, crs=crs.LONLAT))


def _wrap_other(geometry: Geometries) -> Geometries:
    """Bring points and lines that leave -180 to 180 degrees back into it."""
    wrapped = geometry.copy()
    for index, feature in enumerate(geometry):
        parts = []
        for turn in (0.0, 360.0, -360.0):
            inside = shapely.intersection(feature, shapely.box(turn - 180, -90, turn + 180, 90))
            parts.append(shift_east(inside, -turn))
        wrapped[index] = shapely.union_all(parts)
    return wrapped


def shift_east(geometry: Any, degrees: float) -> Any:
    """Move geometries along the parallels."""
    return shapely.transform(geometry, lambda points: points + np.array([degrees, 0.0]))


def _note(notes: list[str], text: str, count: int) -> None:
    """Add a note about *count* features, if there are any."""
    if count:
        notes.append(text)


def to_equal_area(geometry: Geometries) -> Geometries:
    """Carry polygons into the equal-area projection, with edges that stay where they were."""
    return crs.to_plane(geometry, EQUAL_AREA)  # type: ignore[arg-type]  # pyproj takes both


def overlay(polygons: Geometries, others: Geometries) -> tuple[Rows, Rows, Geometries]:
    """Intersections of polygons with others, both in one plane: rows of either and the common land."""
    shapely.prepare(others)
    first, second = shapely.STRtree(others).query(polygons, predicate="intersects")
    common = np.empty(len(first), dtype=object)
    if len(first):
        # Most zones lie wholly in one polygon, and asking that is far cheaper than cutting.
        whole = shapely.covers(others[second], polygons[first])
        common[whole] = polygons[first[whole]]
        common[~whole] = shapely.intersection(polygons[first[~whole]], others[second[~whole]])
    return first, second, common


def find_column(frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Columns with one of the names, whatever their case, in the order of the names."""
    known = {str(column).casefold(): str(column) for column in frame.columns}
    return [known[name] for name in names if name in known]
