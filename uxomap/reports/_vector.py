"""Vector files (GeoJSON, GeoPackage, KML, Shapefile, FlatGeobuf) and GeoDataFrames to tables with geometry."""

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from uxomap.errors import CRSError, InputError
from uxomap.reports._choice import choose_part
from uxomap.reports._kml import check_count, check_kml, tidy_kml
from uxomap.reports._limits import check_lengths, mend_text
from uxomap.reports._source import Table, unique_names
from uxomap.reports._stated import Stated
from uxomap.reports._texts import Objects, no_notes

#: Names that GDAL expects of the files it reads.
_SUFFIXES = {
    "GeoJSON": (".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson"),
    "GeoPackage": (".gpkg",),
    "KML": (".kml",),
    "Shapefile": (".shp",),
    "FlatGeobuf": (".fgb",),
}


#: What makes GDAL take a text for a list of commands to run over other files.
_COMMANDS = b"gdal_streamed_alg"
_PIECE = 1 << 22


def read_vector(path: Path, form: str, stated: Stated, *, limit: int | None = None) -> list[Table]:
    """Read every layer of a vector file that has geometry (every layer, if none has), or the one the user names."""
    if form == "GeoJSON":
        _refuse_commands(path)
    marks = check_kml(path) if form == "KML" else None
    try:
        # What GDAL warns of (rings left open, fields cut) concerns shapes and names, never the number of rows.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            # Cells that look like JSON stay the text that they are.
            warnings.filterwarnings("ignore", "Could not parse column", UserWarning)
            # Under another name GDAL would take the file for something else.
            content = path if path.suffix.lower() in _SUFFIXES[form] else path.read_bytes()
            layers = [(str(name), kind) for name, kind in pyogrio.list_layers(content)]
            # By number: GDAL names some layers after a file in memory, whose name changes.
            frames = [(layers[at][0], _read_layer(content, at, limit)) for at in _choose_layers(path, layers, stated)]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        if form == "GeoJSON" and isinstance(error, pyogrio.errors.DataSourceError):
            message = (
                f"{path} is no GeoJSON and no list of events with latitude and longitude. "
                "It may be incomplete: save it again, or save the table as CSV."
            )
            raise InputError(message) from error
        reason = " ".join(str(error).split())
        message = f"{path} cannot be read as {form}: {reason}. Save it again, or save the table as CSV."
        raise InputError(message) from error
    if not frames:
        message = f"{path} holds no layer. Save the layer with the reports again, or save it as CSV."
        raise InputError(message)
    tables = []
    for name, frame in frames:
        title = str(path) if len(layers) == 1 else f"{path}: {name}"
        check_lengths(pd.DataFrame(frame).drop(columns="geometry", errors="ignore"), title)
        table = frame_table(frame, name=title, form=form, crs_said=stated.crs is not None)
        tables.append(tidy_kml(table) if form == "KML" else table)
    if marks is not None and stated.sheet is None and limit is None:
        check_count(str(path), sum(len(table.frame) for table in tables), marks)
    return tables


def _choose_layers(path: Path, layers: list[tuple[str, str | None]], stated: Stated) -> list[int]:
    """Find the positions of the layers to read."""
    names = [name for name, _ in layers]
    if stated.sheet is not None and names:
        return [choose_part(names, stated.sheet, path, kind="layer")]
    return [at for at, (_, kind) in enumerate(layers) if kind is not None] or list(range(len(layers)))


def _refuse_commands(path: Path) -> None:
    """Refuse a text that GDAL would not read but run."""
    end = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if _COMMANDS in end + piece:
                message = f"{path} holds commands for GDAL, not reports. Run them yourself, and give what they write."
                raise InputError(message)
            end = piece[-len(_COMMANDS) :]


def _read_layer(source: Path | bytes, layer: int, limit: int | None) -> pd.DataFrame:
    """Read one layer; days stay text, so that no time zone moves them."""
    frame: pd.DataFrame = pyogrio.read_dataframe(
        source, layer=layer, max_features=limit, datetime_as_string=True, on_invalid="ignore"
    )
    return frame


def frame_table(frame: pd.DataFrame, *, name: str, form: str, crs_said: bool = False) -> Table:
    """Make a table of a DataFrame or a GeoDataFrame, without touching it; *crs_said* where the user says the CRS."""
    geometry, crs = None, None
    columns = pd.DataFrame(frame)
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    if isinstance(frame, gpd.GeoDataFrame) and shape is not None:
        geometry = np.asarray(frame.geometry.array, dtype=object)
        crs = None if crs_said and frame.crs is None else _name_crs(frame, name)
        columns = columns.loc[:, columns.columns != shape]
        if (crs_said and crs is None) or not _is_kept_by_points(geometry, crs):
            columns = columns.assign(**{str(shape): shapely.to_wkt(geometry, rounding_precision=-1)})
    names = unique_names([mend_text(title) if isinstance(title, str) else title for title in columns.columns])
    columns = columns.set_axis(names, axis="columns").reset_index(drop=True)
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
