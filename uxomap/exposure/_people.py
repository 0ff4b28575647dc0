"""People counted in a raster, in polygons or at points, and the land for which they are known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap._validation import name_rows
from uxomap.errors import InputError
from uxomap.exposure._doubts import Crowd, FullCells, doubt_unit, read_unit
from uxomap.exposure._population import UNITS, Population
from uxomap.exposure._raster import Grid, Reading, open_grid
from uxomap.exposure._vector import POLYGONS, REACH_DEGREES, Source, find_column, overlay, read_source, to_equal_area

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

#: People in polygons (longitude and latitude) and the land in m² for which they are known.
Count = Callable[[Geometries], tuple[Floats, Floats]]

#: Names of the column that holds the people, in lower case.
_COLUMNS = ("population", "pop", "people", "pop_total", "total_pop", "population_total", "t_tl", "pop_sum", "n_people")

#: More people than any city has, in one cell: a number that stands for "no data", such as 2147483647.
_TOO_MANY = 1e9


@contextmanager
def open_population(population: Population, surroundings: Geometries) -> Iterator[tuple[Count, list[str]]]:
    """Open a source of people, refuse what cannot be counted, and give the function that counts, with its notes."""
    if not isinstance(population.source, gpd.GeoDataFrame) and _is_raster(population.source):
        notes = _raster_notes(population)
        with _open_raster(population, surroundings, notes) as count:
            yield count, notes
        return
    source = read_source(population.source, "population features")
    is_area = source.frame.geom_type.isin(POLYGONS)
    if not len(source.frame):
        message = "The population features hold no place that can be used. Give polygons or points with people."
        raise InputError(message)
    if is_area.all():
        count, doubts = _count_polygons(population, source, surroundings)
        yield count, [*source.notes, *_polygon_notes(population), *doubts]
    elif source.frame.geom_type.isin(["Point", "MultiPoint"]).all():
        yield _count_points(population, source, surroundings), [*source.notes, *_point_notes(population)]
    else:
        message = "The population features mix polygons with points or lines. Give either polygons or points."
        raise InputError(message)


def _is_raster(path: str | Path) -> bool:
    """Whether a file opens as a raster."""
    import rasterio  # noqa: PLC0415 - only where there is a file to open
    from rasterio.errors import RasterioError  # noqa: PLC0415 - likewise

    if not Path(path).exists():
        message = f"Cannot read the population: there is no file {str(path)!r}. Check the name and the folder."
        raise InputError(message)
    if Path(path).suffix.casefold() in {".tif", ".tiff", ".vrt", ".img", ".asc"}:
        return True
    try:
        with rasterio.open(path) as dataset:
            return bool(dataset.count)
    except RasterioError:
        return False


def _need_unit(population: Population, kind: str, example: str) -> str:
    """Return the unit, which is never guessed."""
    if population.unit is None:
        message = (
            f"The unit of the population {kind} is not stated. A number can be people or people per km², and the two "
            f"differ many times. State population_unit={example!r} or 'people_per_km2', as the words with the data say."
        )
        raise InputError(message)
    return population.unit


@contextmanager
def _open_raster(population: Population, surroundings: Geometries, notes: list[str]) -> Iterator[Count]:
    """Count people in the cells of a raster; a doubt about the unit is noted when all is counted."""
    unit = _need_unit(population, "raster", "people_per_cell")
    crowd = Crowd()

    def known(values: Floats) -> npt.NDArray[np.bool_]:
        usable = np.isfinite(values)
        if population.nodata is not None:
            usable &= ~np.isclose(values, population.nodata, rtol=1e-5)
        return usable

    def read_as(meant: str) -> Reading:
        per_m2 = UNITS[meant]
        return lambda values, areas: np.where(
            known(values), values if per_m2 is None else values * areas / per_m2, np.nan
        )

    def land(values: Floats, areas: Floats) -> Floats:
        return areas if population.empty_cells == "nobody" else np.where(known(values), areas, np.nan)

    with open_grid(population.source, "population") as grid:
        grid.check_overlap(surroundings)
        full = FullCells(grid.dataset)

        def people(values: Floats, areas: Floats) -> Floats:
            there = values[known(values)]
            _check_values(there)
            full.add(there)
            counts = read_as(unit)(values, areas)
            crowd.add(counts, areas)
            return counts

        def count(polygons: Geometries) -> tuple[Floats, Floats]:
            sums = grid.sum_up(polygons, [people, land])
            # A number that is stated to mean nothing may be any: whoever states one has looked.
            if population.nodata is None:
                full.check()
            return sums[:, 0], sums[:, 1]

        yield count
        notes += doubt_unit(unit, read_unit(grid.dataset), crowd, _total(grid, surroundings, read_as, unit))


def _total(
    grid: Grid, surroundings: Geometries, read_as: Callable[[str], Reading], unit: str
) -> Callable[[str], tuple[float, float]]:
    """Give what tells how many people there are by the unit stated and by another one, each counted once."""

    def totals(meant: str) -> tuple[float, float]:
        land = shapely.get_parts(shapely.union_all(surroundings))
        stated, other = grid.sum_up(land, [read_as(unit), read_as(meant)]).sum(axis=0).tolist()
        return stated, other

    return totals


def _check_values(values: Floats) -> None:
    """Refuse people below zero or beyond all measure: both are a "no data" that is not declared."""
    if not values.size:
        return
    low, high = float(values.min()), float(values.max())
    wrong = low if low < 0 else high
    if low < 0 or high > _TOO_MANY:
        message = (
            f'The population raster holds {wrong:g}, which is no number of people. If it stands for "no data", say so: '
            f"Population(path, unit=..., nodata={wrong:g})."
        )
        raise InputError(message)


def _figures(population: Population, source: Source) -> Floats:
    """Numbers of people of polygons or points, not below zero."""
    frame = source.frame
    if population.column is not None and population.column not in frame.columns:
        names = ", ".join(str(name) for name in frame.columns.drop(frame.geometry.name)[:12])
        message = f"The population features have no column {population.column!r}. Must be one of: {names}."
        raise InputError(message)
    found = [population.column] if population.column is not None else find_column(frame, _COLUMNS)
    if len(found) != 1:
        state = f"several may hold it: {', '.join(found)}" if found else "none has a known name"
        message = (
            f"Which column of the population features holds the people is not plain ({state}). "
            "Name it: Population(source, unit=..., column='...')."
        )
        raise InputError(message)
    figures = pd.to_numeric(frame[found[0]], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    words = frame[found[0]].notna().to_numpy() & np.isnan(figures)
    if words.any():
        message = (
            f"The column {found[0]!r} of the population holds {frame[found[0]][words].iloc[0]!r} in "
            f"{name_rows(np.flatnonzero(words))}, which is no number. Write digits only, without spaces or commas, "
            "and leave empty what is not known."
        )
        raise InputError(message)
    if population.nodata is not None:
        figures = np.where(np.isclose(figures, population.nodata), np.nan, figures)
    negative = np.flatnonzero(figures < 0)
    if negative.size:
        wrong = float(figures[negative[0]])
        message = (
            f"The column {found[0]!r} of the population holds {wrong:g} in {name_rows(negative)}, which is no number "
            f'of people. If it stands for "no data", say so: Population(..., nodata={wrong:g}).'
        )
        raise InputError(message)
    return np.where(np.isfinite(figures), figures, np.nan)


def _count_polygons(population: Population, source: Source, surroundings: Geometries) -> tuple[Count, list[str]]:
    """Count people of polygons, shared out by area, and doubts about the unit."""
    per_m2 = UNITS[_need_unit(population, "polygons", "people")]
    _check_reach(source, surroundings, "polygons")
    figures = _figures(population, source)
    units = to_equal_area(source.geometry)
    areas = shapely.area(units)
    densities = figures / areas if per_m2 is None else figures / per_m2
    crowd = Crowd()
    crowd.add(densities * areas, areas)
    # Whole districts can be all but empty, so only too many people are a sign.
    doubts = crowd.doubt(counts=per_m2 is None, area_m2=per_m2 or 1e6, few=0.0)

    def count(polygons: Geometries) -> tuple[Floats, Floats]:
        placed = to_equal_area(polygons)
        first, second, common = overlay(placed, units)
        shared = shapely.area(common)
        size = len(polygons)
        covered = np.bincount(first, shared, size)
        over = np.flatnonzero(covered > shapely.area(placed) * 1.01 + 1.0)
        if over.size:
            message = (
                "The population polygons overlap, so that people would be counted twice. "
                "Give polygons that do not, e.g. those of one administrative level."
            )
            raise InputError(message)
        there = np.isfinite(densities[second])
        land = shared * (there | (population.empty_cells == "nobody"))
        people = np.where(there, shared * densities[second], 0.0)
        return np.bincount(first, people, size).astype(float), np.bincount(first, land, size).astype(float)

    return count, doubts


def _count_points(population: Population, source: Source, surroundings: Geometries) -> Count:
    """Count people of points, such as settlements."""
    if population.unit is not None and UNITS[population.unit] is not None:
        message = f"Invalid population unit {population.unit!r} for points. A point has no area: state 'people'."
        raise InputError(message)
    _check_reach(source, surroundings, "points")
    figures = _figures(population, source)
    west, south, east, north = source.frame.total_bounds
    reach = shapely.box(
        max(west - REACH_DEGREES, -180),
        max(south - REACH_DEGREES, -90),
        min(east + REACH_DEGREES, 180),
        min(north + REACH_DEGREES, 90),
    )
    points, owners = shapely.get_parts(source.geometry, return_index=True)
    shares = figures[owners] / np.bincount(owners)[owners]
    tree = shapely.STRtree(points)

    def count(polygons: Geometries) -> tuple[Floats, Floats]:
        shapely.prepare(polygons)
        first, second = tree.query(polygons, predicate="intersects")
        size = len(polygons)
        land = shapely.area(to_equal_area(np.asarray(shapely.intersection(polygons, reach), dtype=object)))
        people = np.bincount(first, np.nan_to_num(shares[second]), size).astype(float)
        # A settlement whose people are not known leaves its surroundings unknown.
        unknown = np.bincount(first, np.isnan(shares[second]), size) > 0
        return people, np.where(unknown, 0.0, land)

    return count


def _check_reach(source: Source, surroundings: Geometries, kind: str) -> None:
    """Refuse population features that lie away from every zone."""
    if not len(surroundings):
        return
    west, south, east, north = source.frame.total_bounds
    extent = shapely.buffer(shapely.box(west, south, east, north), REACH_DEGREES)
    if not shapely.intersects(surroundings, extent).any():
        left, bottom, right, top = shapely.total_bounds(surroundings)
        message = (
            f"The population {kind} do not reach the zones. They cover {west:.2f} to {east:.2f} east, {south:.2f} to "
            f"{north:.2f} north; the zones and their surroundings lie at {left:.2f} to {right:.2f} east, {bottom:.2f} "
            f"to {top:.2f} north. Give those of that country, or check the CRS of both."
        )
        raise InputError(message)


def _raster_notes(population: Population) -> list[str]:
    """What is assumed of a raster."""
    notes = ["people: spread evenly inside each cell, an assumption", *population.notes]
    if population.empty_cells == "nobody":
        notes.append("people: cells without data taken as nobody, as stated")
    return notes


def _polygon_notes(population: Population) -> list[str]:
    """What is assumed of polygons."""
    return ["people: shared out over each population polygon by area, an assumption", *population.notes]


def _point_notes(population: Population) -> list[str]:
    """What is assumed of points."""
    return [
        "people: all people of a place counted at its point, an assumption",
        "people: places taken as complete within about 10 km of their extent, an assumption",
        *population.notes,
    ]
