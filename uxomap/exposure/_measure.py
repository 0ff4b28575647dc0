"""The public measures: what stands, lives and grows in and near the zones, and the zones by admin area."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pandas.api.extensions import ExtensionArray

from uxomap import crs, wording
from uxomap._validation import check_layer, check_metres, name_rows
from uxomap.errors import SchemaError
from uxomap.exposure._admin import Parts, list_units, read_units, split_zones
from uxomap.exposure._facilities import STEMS, count_facilities, sort_facilities
from uxomap.exposure._land import LandUse, measure_land
from uxomap.exposure._people import Count, open_population
from uxomap.exposure._population import Population, scale_up, spread_people, state_population
from uxomap.exposure._roads import measure_roads, sort_roads
from uxomap.exposure._vector import LINES, REACH_DEGREES, Source, read_source, to_equal_area, warn
from uxomap.polygons import dissolve
from uxomap.schema import layer_schema

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

_PEOPLE = tuple(f"people_{place}_{point}" for place in ("inside", "near") for point in ("low", "expected", "high"))


def measure_exposure(  # noqa: PLR0913 - one argument a source of data, as programmes have them
    zones: gpd.GeoDataFrame,
    *,
    population: str | Path | gpd.GeoDataFrame | Population | None = None,
    population_unit: str | None = None,
    facilities: str | Path | gpd.GeoDataFrame | None = None,
    roads: str | Path | gpd.GeoDataFrame | None = None,
    land_use: str | Path | gpd.GeoDataFrame | LandUse | None = None,
    admin: str | Path | gpd.GeoDataFrame | None = None,
    near_m: float = 1000.0,
) -> gpd.GeoDataFrame:
    """
    Measure who lives, what stands and what grows in the zones and near them.

    Near is within *near_m* metres of the zone, on the ellipsoid, and not in it. What is not given is not known: its
    columns are empty, never zero. What is assumed stands in ``exposure_notes``; docs/exposure.md explains it.

    Parameters
    ----------
    zones : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``zones``.
    population : path, GeoDataFrame or Population, optional
        Raster (GeoTIFF), polygons or points with people. `Population` says more about the figures.
    population_unit : {"people_per_cell", "people", "people_per_km2", "people_per_ha"}, optional
        Unit of the figures. Must be stated for rasters and polygons; it is never guessed.
    facilities : path or GeoDataFrame, optional
        Points or polygons: extracts of OpenStreetMap, healthsites, lists of a ministry.
    roads : path or GeoDataFrame, optional
        Lines.
    land_use : path, GeoDataFrame or LandUse, optional
        Polygons with a class, or a raster of class codes, which `LandUse` must state.
    admin : path or GeoDataFrame, optional
        Polygons with P-codes; the finest level in the table is used.
    near_m : float
        Distance in metres that counts as near, up to 100,000.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``exposure``: the columns of *zones* and what was measured, on the index of *zones*. 5 % and 95 % points
        of people are those of a lognormal around the figure of the source, an assumption.

    Raises
    ------
    InputError
        A source cannot be read or does not reach the zones, a unit is not stated, people are negative.
    CRSError
        A source has no CRS, or another one than it says.
    SchemaError
        *zones* does not keep its contract.

    Warns
    -----
    ExposureWarning
        Geometries were left out or mended, a unit looks like the other one, a source does not reach the zones.

    Examples
    --------
    >>> import shapely
    >>> from uxomap import draw_hazard_areas, find_strikes, merge_areas, read_reports, sample_data
    >>> zones = merge_areas(draw_hazard_areas(find_strikes(read_reports(sample_data()))))
    >>> west, south, east, north = zones.total_bounds
    >>> district = gpd.GeoDataFrame(
    ...     {"population": [50_000]}, geometry=[shapely.box(west - 1, south - 1, east + 1, north + 1)], crs="EPSG:4326"
    ... )
    >>> exposure = measure_exposure(zones, population=district, population_unit="people")
    >>> bool((exposure["people_inside_low"] <= exposure["people_inside_expected"]).all())
    True
    """
    check_layer(zones, "zones")
    check_metres(near_m, "near_m")
    inside = _zone_outlines(zones)
    near = crs.buffer_areas(gpd.GeoDataFrame(geometry=inside, crs=crs.LONLAT), near_m).to_numpy()
    notes = _Notes(len(zones))
    columns = (
        _people_columns(
            state_population(population, population_unit) if population is not None else None, inside, near, notes
        )
        | _facility_columns(facilities, inside, near, notes)
        | _road_columns(roads, inside, near, notes)
        | _land_columns(land_use, inside, notes)
        | _admin_columns(admin, inside, notes)
    )
    measured = pd.DataFrame(columns, index=zones.index).assign(near_m=float(near_m), exposure_notes=notes.texts())
    measured = measured.assign(method_version=wording.METHOD_VERSION, notice=wording.NOTICE)
    result = zones.drop(columns=zones.columns.intersection(measured.columns)).join(measured)
    named = list(layer_schema("exposure").columns)
    others = [name for name in result.columns if name not in named and name != result.geometry.name]
    return result[[*named, *others, result.geometry.name]]


def split_by_admin(
    zones: gpd.GeoDataFrame,
    admin: str | Path | gpd.GeoDataFrame,
    *,
    population: str | Path | gpd.GeoDataFrame | Population | None = None,
    population_unit: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Split zones by admin area, so that figures can be given for each and add up.

    Parameters
    ----------
    zones : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``zones``.
    admin : path or GeoDataFrame
        Polygons with P-codes; the finest level in the table is used. Land in several belongs to the first by code.
    population : path, GeoDataFrame or Population, optional
        As in :func:`measure_exposure`.
    population_unit : str, optional
        As in :func:`measure_exposure`.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``zone_parts``, in the order of zone and P-code, on a new index. Land in no admin area is a part with an
        empty code. Areas, items and people of the parts add up to those of the zone.

    Raises
    ------
    InputError, CRSError, SchemaError
        As in :func:`measure_exposure`.

    Examples
    --------
    >>> import shapely
    >>> from uxomap import draw_hazard_areas, find_strikes, merge_areas, read_reports, sample_data
    >>> zones = merge_areas(draw_hazard_areas(find_strikes(read_reports(sample_data()))))
    >>> west, south, east, north = zones.total_bounds
    >>> halves = [shapely.box(west - 1, south - 1, (west + east) / 2, north + 1),
    ...           shapely.box((west + east) / 2, south - 1, east + 1, north + 1)]
    >>> admin = gpd.GeoDataFrame({"ADM1_PCODE": ["XX01", "XX02"]}, geometry=halves, crs="EPSG:4326")
    >>> parts = split_by_admin(zones, admin)
    >>> round(float(parts["uxo_expected"].sum() / zones["uxo_expected"].sum()), 9)
    1.0
    """
    check_layer(zones, "zones")
    ordered = zones.sort_values("zone_id", ignore_index=True)
    outlines = _zone_outlines(ordered)
    parts, _ = split_zones(outlines, read_units(admin))
    people = np.full(len(parts.zones), np.nan)
    if population is not None and len(ordered):
        stated = state_population(population, population_unit)
        with open_population(stated, outlines) as (count, _):
            people = _share_people(count, outlines, parts)
    identifiers = ordered["zone_id"].to_numpy(dtype=object)[parts.zones]
    frame = pd.DataFrame(
        {
            "part_id": [f"{zone}/{code or 'no-code'}" for zone, code in zip(identifiers, parts.codes, strict=True)],
            "zone_id": identifiers,
            "admin_code": parts.codes,
            "admin_name": parts.names,
            "zone_share": parts.shares,
            "area_m2": ordered["area_m2"].to_numpy(dtype=float)[parts.zones] * parts.shares,
            "uxo_expected": ordered["uxo_expected"].to_numpy(dtype=float)[parts.zones] * parts.shares,
            "people_inside_expected": people,
            "method_version": wording.METHOD_VERSION,
            "notice": wording.NOTICE,
        }
    ).astype(dict.fromkeys(["part_id", "zone_id", "admin_code", "admin_name", "method_version", "notice"], "str"))
    result = gpd.GeoDataFrame(frame, geometry=parts.outlines, crs=crs.LONLAT)
    return result.sort_values(["zone_id", "admin_code"], ignore_index=True)


class _Notes:
    """What was assumed or not known: for all zones, and for some."""

    def __init__(self, size: int) -> None:
        self._common: list[str] = []
        self._own: list[list[str]] = [[] for _ in range(size)]

    def add(self, *texts: str) -> None:
        """Note something for all zones."""
        self._common.extend(text.replace(";", ",") for text in texts)

    def add_where(self, rows: Flags, text: str) -> None:
        """Note something for some zones."""
        for row in np.flatnonzero(rows):
            self._own[row].append(text)

    def texts(self) -> ExtensionArray:
        """The notes of each zone, joined."""
        common = "; ".join(self._common)
        return pd.array([wording.join_notes(common, *own) for own in self._own], dtype="str")


def _zone_outlines(zones: gpd.GeoDataFrame) -> Geometries:
    """Geometry of the zones, refused where there is none."""
    outlines = np.asarray(zones.geometry.to_numpy(), dtype=object)
    gone = shapely.is_missing(outlines) | shapely.is_empty(outlines)
    if gone.any():
        message = (
            f"Invalid zones layer: no geometry in {name_rows(zones.index[gone])}. Every zone needs its outline. "
            "Leave those rows out or draw them."
        )
        raise SchemaError(message)
    broken = ~shapely.is_valid(outlines)
    if broken.any():
        message = (
            f"Invalid zones layer: broken geometry in {name_rows(zones.index[broken])}. No outline may cross itself. "
            "Mend them with zones.geometry.make_valid()."
        )
        raise SchemaError(message)
    return outlines


def _areas(polygons: Geometries) -> Floats:
    """Area of each polygon in m² on the ellipsoid."""
    return np.asarray(shapely.area(to_equal_area(polygons)))


def _people_columns(
    population: Population | None, inside: Geometries, near: Geometries, notes: _Notes
) -> dict[str, Floats]:
    """People in and near each zone, and in and near all of them."""
    names = [*_PEOPLE, "population_coverage", "people_inside_total", "people_near_total"]
    columns = {name: np.full(len(inside), np.nan) for name in names} | {"population_coverage": np.zeros(len(inside))}
    if population is None or not len(inside):
        return columns
    # Where zones overlap, their union counts each person once.
    zones, wider = (shapely.get_parts(dissolve(polygons)[0]) for polygons in (inside, near))
    with open_population(population, near) as (count, said):
        # All in one go, so that each part of a raster is read once.
        counted, land = count(np.concatenate([inside, near, zones, wider]))
    notes.add(*said)
    ends = np.cumsum([len(inside), len(near), len(zones)])
    known_inside, known_near, within, wide = zip(np.split(counted, ends), np.split(land, ends), strict=True)
    columns["people_inside_total"][:], columns["people_near_total"][:] = _count_once(zones, wider, within, wide)
    area_inside, area_near = _areas(inside), _areas(near)
    expected, coverage = scale_up(*known_inside, area_inside)
    around, ring_coverage = scale_up(*_ring(known_inside, known_near), np.maximum(area_near - area_inside, 0.0))
    _, columns["population_coverage"] = scale_up(*known_near, area_near)
    for place, people, share in (("inside", expected, coverage), ("near", around, ring_coverage)):
        low, high = spread_people(people, population.error_factor, share)
        columns |= {f"people_{place}_low": low, f"people_{place}_expected": people, f"people_{place}_high": high}
    partly = ((coverage < 1) & ~np.isnan(expected)) | ((ring_coverage < 1) & ~np.isnan(around))
    notes.add_where(
        partly,
        "people: not known for part of the land, taken to live there as on the rest, an assumption, "
        "and the range goes from nobody there to three times as dense",
    )
    notes.add_where(np.isnan(expected), "people in the zone: not known for most of its land")
    notes.add_where(np.isnan(around), "people near the zone: not known for most of the land there")
    if (np.isnan(expected) | np.isnan(around)).any():
        notes.add("people in all zones: without land where most is not known, so at least that many")
    return columns


def _ring(inside: tuple[Floats, Floats], near: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """People and known land of the surroundings without the zone."""
    return np.maximum(near[0] - inside[0], 0.0), np.maximum(near[1] - inside[1], 0.0)


def _count_once(
    zones: Geometries, around: Geometries, within: tuple[Floats, Floats], wide: tuple[Floats, Floats]
) -> tuple[float, float]:
    """People in any zone, and near any but in none, from the counts of what zones and surroundings are united to."""
    area_zones, area_wide = _areas(zones), _areas(around)
    # The query prepares what it is given, and what zones are near to can be one polygon of a million corners.
    home, inside = shapely.STRtree(shapely.point_on_surface(zones)).query(around, predicate="intersects")
    owner = np.zeros(len(zones), dtype=np.int64)
    owner[inside] = home
    held = [np.bincount(owner, part, len(around)).astype(float) for part in (*within, area_zones)]
    ring_area = np.maximum(area_wide - held[2], 0.0)
    people_inside, _ = scale_up(*within, area_zones)
    people_near, _ = scale_up(*_ring((held[0], held[1]), wide), ring_area)
    return tuple(float(np.nansum(part)) if np.isfinite(part).any() else np.nan for part in (people_inside, people_near))  # type: ignore[return-value]  # two parts


def _share_people(count: Count, zones: Geometries, parts: Parts) -> Floats:
    """People of each part: those known there, and on land not known as many as on the rest of the zone."""
    whole, _ = scale_up(*count(zones), _areas(zones))
    people, known = count(parts.outlines)
    unknown = np.maximum(_areas(parts.outlines) - known, 0.0)
    size = len(zones)
    missing = whole - np.bincount(parts.zones, people, size)
    unknown_zone = np.bincount(parts.zones, unknown, size)
    share = np.where(
        unknown_zone[parts.zones] > 0,
        unknown / np.where(unknown_zone > 0, unknown_zone, 1.0)[parts.zones],
        parts.shares,
    )
    return np.asarray(np.maximum(people + missing[parts.zones] * share, 0.0))


def _facility_columns(facilities: object, inside: Geometries, near: Geometries, notes: _Notes) -> dict[str, Floats]:
    """Facilities in and near each zone."""
    if facilities is None:
        names = [f"{stem}_{place}" for stem in STEMS.values() for place in ("inside", "near")]
        return {name: np.full(len(inside), np.nan) for name in names}
    source = read_source(facilities, "facilities")
    points, kinds, said = sort_facilities(source)
    notes.add(*source.notes, *said)
    unknown = _doubt_reach(source, near, "facilities", notes)
    counts = count_facilities(points, kinds, inside, near)
    return {name: np.where(unknown, np.nan, column) for name, column in counts.items()}


def _road_columns(roads: object, inside: Geometries, near: Geometries, notes: _Notes) -> dict[str, Floats]:
    """Roads in and near each zone."""
    if roads is None:
        return {name: np.full(len(inside), np.nan) for name in ("roads_inside_m", "roads_near_m", "nearest_road_m")}
    source = read_source(roads, "roads", LINES)
    lines, said = sort_roads(source)
    notes.add(*source.notes, *said)
    unknown = _doubt_reach(source, near, "roads", notes)
    columns = {str(name): column.to_numpy() for name, column in measure_roads(lines, inside, near).items()}
    # A nearer road may lie where the file has none: the distance is no more known than the lengths.
    return {name: np.where(unknown, np.nan, one) for name, one in columns.items()}


def _land_columns(land_use: object, inside: Geometries, notes: _Notes) -> dict[str, Floats]:
    """Cropland and built-up land in each zone."""
    if land_use is None or not len(inside):
        return {name: np.full(len(inside), np.nan) for name in ("cropland_m2", "built_up_m2")}
    columns, said, outside = measure_land(land_use, inside)
    notes.add(*said)
    notes.add_where(outside, "land use: not known here, the data given do not reach the zone")
    return columns


def _admin_columns(admin: object, inside: Geometries, notes: _Notes) -> dict[str, ExtensionArray]:
    """P-codes and names of the admin areas that each zone touches."""
    codes, names = [""] * len(inside), [""] * len(inside)
    if admin is not None:
        units = read_units(admin)
        parts, said = split_zones(inside, units)
        codes, names = list_units(parts, len(inside))
        notes.add(*units.notes, *said)
        notes.add_where(
            np.array([code == "" for code in codes], dtype=bool), "admin areas: none of those given holds the zone"
        )
    return {"admin_codes": pd.array(codes, dtype="str"), "admin_names": pd.array(names, dtype="str")}


def _doubt_reach(source: Source, near: Geometries, what: str, notes: _Notes) -> Flags:
    """Which zones lie too far from the data to be known, and say where a zero may only mean that the data end."""
    misses, unknown = source.misses(near), source.misses(near, reach_degrees=REACH_DEGREES)
    close = "the data given may not reach here, so zero is what they say, not what is there"
    notes.add_where(misses & ~unknown, f"{what}: {close}")
    notes.add_where(unknown, f"{what}: not known here, the data given end more than about 10 km away")
    if len(misses) and misses.all():
        warn(
            f"The {what} reach none of the zones or their surroundings, so what is there is not known; the file may "
            "not cover the area. Check its country and its CRS."
        )
    return unknown
