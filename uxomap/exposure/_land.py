"""Cropland and built-up land in zones, from polygons with a class or a raster with class codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap.errors import InputError
from uxomap.exposure._facilities import plain_words, read_kinds
from uxomap.exposure._raster import Reading, open_grid
from uxomap.exposure._vector import POLYGONS, find_column, overlay, read_source, to_equal_area, warn

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

_COLUMNS = ("landuse", "land_use", "fclass", "landcover", "land_cover", "class", "type")

_RASTERS = (".tif", ".tiff", ".vrt", ".img", ".asc")


@dataclass(frozen=True, slots=True)
class LandUse:
    """
    What covers the land, with the classes that count.

    Parameters
    ----------
    source : path or GeoDataFrame
        Polygons with a class, or a raster of class codes.
    column : str, optional
        Column with the class of polygons; found by its name where left out.
    cropland, built_up : tuple of int or str
        Codes (raster; must be given) or words (polygons; instead of those of ``land_classes.csv``) of either kind.

    Examples
    --------
    >>> LandUse("landcover.tif", cropland=(40,), built_up=(50,)).cropland
    (40,)
    """

    source: str | Path | gpd.GeoDataFrame
    column: str | None = None
    cropland: tuple[int | str, ...] = ()
    built_up: tuple[int | str, ...] = ()


def measure_land(land_use: Any, zones: Geometries) -> tuple[dict[str, Floats], list[str], npt.NDArray[np.bool_]]:
    """Cropland and built-up land of each zone in m², notes, and which zones the data do not reach."""
    stated = land_use if isinstance(land_use, LandUse) else LandUse(land_use)
    if isinstance(stated.source, str | Path) and str(stated.source).casefold().endswith(_RASTERS):
        return _measure_raster(stated, zones)
    return _measure_polygons(stated, zones)


def _measure_raster(land_use: LandUse, zones: Geometries) -> tuple[dict[str, Floats], list[str], npt.NDArray[np.bool_]]:
    """Land of each kind by class codes of cells; unknown where less than half of the zone has a class."""
    if not land_use.cropland and not land_use.built_up:
        message = (
            "The classes of the land use raster are not stated; its codes differ from one product to the next. "
            "State them, e.g. LandUse(path, cropland=(40,), built_up=(50,))."
        )
        raise InputError(message)

    def reading(codes: tuple[int | str, ...]) -> Reading:
        numbers = np.array([float(code) for code in codes])
        return lambda values, areas: np.where(np.isin(values, numbers), areas, 0.0)

    def known(values: Floats, areas: Floats) -> Floats:
        return np.where(np.isfinite(values), areas, 0.0)

    with open_grid(Path(land_use.source), "land use") as grid:
        grid.check_overlap(zones)
        sums = grid.sum_up(zones, [reading(land_use.cropland), reading(land_use.built_up), known])
    unknown = sums[:, 2] < shapely.area(to_equal_area(zones)) / 2
    columns = {
        name: np.where(unknown | (not codes), np.nan, sums[:, number])
        for number, (name, codes) in enumerate([("cropland_m2", land_use.cropland), ("built_up_m2", land_use.built_up)])
    }
    return columns, [], unknown


def _measure_polygons(
    land_use: LandUse, zones: Geometries
) -> tuple[dict[str, Floats], list[str], npt.NDArray[np.bool_]]:
    """Land of each kind by the class of polygons; land in several of a kind counts once."""
    source = read_source(land_use.source, "land use polygons", POLYGONS)
    words = plain_words(source.frame[_class_column(land_use, source.frame)]).to_numpy(dtype=object)
    classes = _state_classes(land_use)
    notes = [*source.notes]
    used = {word for group in classes.values() for word in group}
    if not np.isin(words, list(used)).any():
        warn(
            "None of the land use polygons has a class that counts as cropland or built-up land. "
            "State the words, e.g. LandUse(source, column='class', cropland=('crops',), built_up=('town',))."
        )
    outside = source.misses(zones)
    if outside.all() and len(zones):
        warn("The land use polygons reach none of the zones, so land use is not known. Check their country and CRS.")
    placed, land = to_equal_area(zones), to_equal_area(source.geometry)
    columns = {}
    for name, group in classes.items():
        first, _, common = overlay(placed, land[np.isin(words, list(group))])
        merged = gpd.GeoSeries(common).groupby(first).agg(lambda parts: shapely.union_all(parts.to_numpy()))
        areas = np.zeros(len(zones))
        if len(merged):
            areas[merged.index.to_numpy()] = shapely.area(merged.to_numpy())
        columns[name] = np.where(outside, np.nan, areas)
    return columns, notes, outside


def _state_classes(land_use: LandUse) -> Mapping[str, set[str]]:
    """Words of either kind of land."""
    stated = land_use.cropland or land_use.built_up
    if stated:
        groups = {"cropland_m2": land_use.cropland, "built_up_m2": land_use.built_up}
        return {name: set(plain_words(pd.Series(group, dtype=object))) for name, group in groups.items()}
    table = read_kinds("land_classes.csv")
    return {
        f"{kind}_m2": {word for (_, word), one in table.items() if one == kind} for kind in ("cropland", "built_up")
    }


def _class_column(land_use: LandUse, frame: pd.DataFrame) -> str:
    """Column with the class."""
    if land_use.column is not None and land_use.column in frame.columns:
        return land_use.column
    found = find_column(frame, _COLUMNS)
    if land_use.column is not None or not found:
        names = ", ".join(str(name) for name in frame.columns[:12])
        message = (
            "The land use polygons have no column with a known class. "
            f"Name it: LandUse(source, column=...). Columns there are: {names}."
        )
        raise InputError(message)
    return found[0]
