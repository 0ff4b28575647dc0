"""Vector files (GeoJSON, GeoPackage, KML, Shapefile, FlatGeobuf) and GeoDataFrames to tables with geometry."""

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from uxomap.errors import CRSError, InputError
from uxomap.reports._source import Table, unique_names
from uxomap.reports._texts import Objects, no_notes

#: Names that GDAL expects of the files it reads.
_SUFFIXES = {
    "GeoJSON": (".geojson", ".json"),
    "GeoPackage": (".gpkg",),
    "KML": (".kml",),
    "Shapefile": (".shp",),
    "FlatGeobuf": (".fgb",),
}


def read_vector(path: Path, form: str, *, limit: int | None = None) -> list[Table]:
    """Read every layer of a vector file that has geometry (every layer, if none has)."""
    try:
        # What GDAL warns of (rings left open, fields cut) concerns shapes and names, never the number of rows.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            # Under another name GDAL would take the file for something else.
            content = path if path.suffix.lower() in _SUFFIXES[form] else path.read_bytes()
            layers = pyogrio.list_layers(content)
            spatial = [name for name, kind in layers if kind is not None]
            names = spatial or [name for name, _ in layers]
            frames = {name: _read_layer(content, name, limit) for name in names}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        message = f"{path} cannot be read as {form}: {reason}. Save it again, or save the table as CSV."
        raise InputError(message) from error
    if not frames:
        message = f"{path} holds no layer. Save the layer with the reports again, or save it as CSV."
        raise InputError(message)
    tables = []
    for name, frame in frames.items():
        title = str(path) if len(frames) == 1 else f"{path}: {name}"
        tables.append(frame_table(frame, name=title, form=form))
    return tables


def _read_layer(source: Path | bytes, layer: str, limit: int | None) -> pd.DataFrame:
    """Read one layer; days stay text, so that no time zone moves them."""
    frame: pd.DataFrame = pyogrio.read_dataframe(
        source, layer=layer, max_features=limit, datetime_as_string=True, on_invalid="ignore"
    )
    return frame


def frame_table(frame: pd.DataFrame, *, name: str, form: str) -> Table:
    """Make a table of a DataFrame or a GeoDataFrame, without touching it."""
    geometry, crs = None, None
    columns = pd.DataFrame(frame)
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    if isinstance(frame, gpd.GeoDataFrame) and shape is not None:
        geometry = np.asarray(frame.geometry.array, dtype=object)
        crs = _name_crs(frame, name)
        columns = columns.loc[:, columns.columns != shape]
        if not _is_kept_by_points(geometry, crs):
            columns = columns.assign(**{str(shape): shapely.to_wkt(geometry, rounding_precision=-1)})
    columns = columns.set_axis(unique_names(list(columns.columns)), axis="columns").reset_index(drop=True)
    count = len(columns)
    return Table(name, form, columns, no_notes(count), no_notes(count), geometry=geometry, crs=crs)


def _is_kept_by_points(geometry: Objects, crs: str | None) -> bool:
    """Tell whether points on WGS 84 say all that the shapes say; else the shapes are kept as text."""
    kinds = shapely.get_type_id(geometry)
    points = (kinds == shapely.GeometryType.POINT) | (kinds == shapely.GeometryType.MISSING)
    return crs in (None, "EPSG:4326", "OGC:CRS84") and bool(points.all())


def _name_crs(frame: gpd.GeoDataFrame, name: str) -> str | None:
    """Name the CRS of a frame; None where it has none and its coordinates can only be degrees."""
    if frame.crs is not None:
        return str(frame.crs.to_string())
    bounds = shapely.total_bounds(np.asarray(frame.geometry.array, dtype=object))
    if not np.isnan(bounds).all() and (np.abs(bounds) > [180, 90, 180, 90]).any():
        message = (
            f"{name} has no CRS, and its coordinates are no degrees (they reach from {bounds[0]:g}, {bounds[1]:g} to "
            f"{bounds[2]:g}, {bounds[3]:g}). Say which CRS they are in, e.g. crs='EPSG:32637'."
        )
        raise CRSError(message)
    return None
