"""Administrative units with P-codes, and zones split by them."""

import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap.errors import InputError
from uxomap.exposure._vector import POLYGONS, overlay, read_source, to_equal_area, warn

Geometries = npt.NDArray[np.object_]
Words = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CODE = re.compile(r"adm(?:in)?_?(\d)_?(?:p_?code|pcod|code)$")
_NAME = re.compile(r"adm(?:in)?_?(\d)_?(?:name)?_?(\w{0,3})$")
_PLAIN_CODE = re.compile(r"(?:p_?|admin_)code$")

#: Names of the units where codes stand without a level.
_PLAIN_NAMES = ("name", "admin_name")

#: Slivers below this, in m², are rounding of the cut and no part of their own.
_SLIVER_M2 = 0.01


@dataclass(frozen=True, slots=True)
class Units:
    """Administrative units of one level: code, name and outline, in the order of the codes."""

    codes: Words
    names: Words
    outlines: Geometries
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of zones: row of the zone, code and name of the unit, outline, and share of the zone's land."""

    zones: Rows
    codes: Words
    names: Words
    outlines: Geometries
    shares: Floats


def read_units(admin: object) -> Units:
    """Read the units of the finest level, one row a code."""
    source = read_source(admin, "admin areas", POLYGONS)
    code_column, name_column = _find_columns(source.frame)
    codes = source.frame[code_column].astype("str").where(source.frame[code_column].notna(), "").str.strip()
    notes = list(source.notes)
    if (codes == "").any():
        notes.append(f"admin areas: {(codes == '').sum()} without a P-code left out")
        warn(f"{(codes == '').sum()} of the admin areas have no {code_column}; their land counts as in no admin area.")
    names = pd.Series("", index=codes.index, dtype="str")
    if name_column is not None:
        names = source.frame[name_column].astype("str").where(source.frame[name_column].notna(), "").str.strip()
    table = pd.DataFrame({"code": codes, "name": names, "row": np.arange(len(codes))})
    table = table[table["code"] != ""].sort_values(["code", "name"], kind="stable")
    outlines, found = [], table.groupby("code", sort=True)
    for _, rows in found["row"]:
        pieces = source.geometry[rows.to_numpy()]
        outlines.append(pieces[0] if len(pieces) == 1 else shapely.union_all(pieces))
    first = found["name"].first()
    return Units(
        first.index.to_numpy(dtype=object),
        first.to_numpy(dtype=object),
        np.array([*outlines, None], dtype=object)[:-1],
        notes,
    )


def _find_columns(frame: gpd.GeoDataFrame) -> tuple[str, str | None]:
    """Columns with the P-codes and the names of the finest level that has codes."""
    texts = [str(name) for name in frame.columns if name != frame.geometry.name]
    filled = [name for name in texts if frame[name].notna().any() or not len(frame)]
    levels: dict[int, list[str]] = {}
    for name in filled:
        match = _CODE.fullmatch(name.casefold())
        if match:
            levels.setdefault(int(match[1]), []).append(name)
    if not levels:
        levels = {-1: [name for name in filled if _PLAIN_CODE.fullmatch(name.casefold())]}
    level = max(levels)
    if len(levels[level]) != 1:
        state = f"several may be it: {', '.join(levels[level])}" if levels[level] else "none has a known name"
        message = (
            f"Which column of the admin areas holds the P-codes is not plain ({state}). "
            "Keep one, named like ADM2_PCODE, with its level: frame.rename(columns={'...': 'ADM2_PCODE'})."
        )
        raise InputError(message)
    names: dict[str, str] = {}
    for name in filled:
        match = _NAME.fullmatch(name.casefold())
        if match and int(match[1]) == level and name not in levels[level]:
            names[match[2]] = name
    if level < 0:
        names |= zip([""], [name for name in filled if name.casefold() in _PLAIN_NAMES], strict=False)
    best = next((names[word] for word in ("en", "", *sorted(names)) if word in names), None)
    return levels[level][0], best


def split_zones(zones: Geometries, units: Units) -> tuple[Parts, list[str]]:
    """
    Cut zones by admin units; land in none of them is a part of its own, without a code.

    Land in several units belongs to the first of them by code, so that it counts once.
    """
    outlines = units.outlines
    shapely.prepare(outlines)
    zone, unit = shapely.STRtree(outlines).query(zones, predicate="intersects")
    order = np.lexsort((unit, zone))
    zone, unit = zone[order], unit[order]
    whole = shapely.covers(outlines[unit], zones[zone])
    rows: list[tuple[int, int, shapely.Geometry]] = []
    starts = np.searchsorted(zone, np.arange(len(zones) + 1))
    for row in range(len(zones)):
        mine = slice(starts[row], starts[row + 1])
        covering = np.flatnonzero(whole[mine])
        if covering.size and covering[0] == 0:
            rows.append((row, int(unit[mine][0]), zones[row]))
            continue
        left = zones[row]
        for number in unit[mine]:
            rows.append((row, int(number), _only_area(shapely.intersection(left, outlines[number]))))
            left = _only_area(shapely.difference(left, outlines[number]))
        rows.append((row, -1, left))
    owners = np.array([row for row, *_ in rows], dtype=np.int64)
    numbers = np.array([number for _, number, _ in rows], dtype=np.int64)
    pieces = np.array([*(piece for *_, piece in rows), None], dtype=object)[:-1]
    areas = shapely.area(to_equal_area(pieces))
    kept = areas > _SLIVER_M2
    # A zone that is itself a sliver keeps its largest part.
    kept |= (areas == pd.Series(areas).groupby(owners).transform("max").to_numpy()) & ~_has(kept, owners, len(zones))
    owners, numbers, pieces, areas = owners[kept], numbers[kept], pieces[kept], areas[kept]
    shares = areas / np.maximum(np.bincount(owners, areas, len(zones))[owners], np.finfo(float).tiny)
    codes, names = np.append(units.codes, ""), np.append(units.names, "")
    return Parts(owners, codes[numbers], names[numbers], pieces, shares), _note_overlaps(zones, units)


def _has(kept: npt.NDArray[np.bool_], owners: Rows, size: int) -> npt.NDArray[np.bool_]:
    """Whether the zone of each piece keeps any piece."""
    return (np.bincount(owners, kept, size) > 0)[owners]


def _note_overlaps(zones: Geometries, units: Units) -> list[str]:
    """Say where units overlap in the zones by more than the width of their drawn borders."""
    placed = to_equal_area(zones)
    first, _, common = overlay(placed, to_equal_area(units.outlines))
    covered = np.bincount(first, shapely.area(common), len(zones))
    twice = covered > shapely.area(placed) * 1.001 + 1.0
    if not twice.any():
        return []
    warn(
        f"Admin areas overlap in {twice.sum()} of the zones; land in several counts in the first of them by P-code. "
        "Give the areas of one level only."
    )
    return ["admin areas overlap: land in several counted in the first by P-code"]


def _only_area(piece: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons of what a cut left over."""
    if shapely.get_type_id(piece) in (3, 6):
        return piece
    parts = shapely.get_parts(piece)
    areal = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 - polygons have two dimensions
    return shapely.multipolygons(areal) if len(areal) else shapely.Polygon()


def list_units(parts: Parts, size: int) -> tuple[list[str], list[str]]:
    """P-codes and names of each zone, largest part first, joined with a bar."""
    table = pd.DataFrame({"zone": parts.zones, "code": parts.codes, "name": parts.names, "share": parts.shares})
    table = table[table["code"] != ""].sort_values(["zone", "share", "code"], ascending=[True, False, True])
    joined = table.groupby("zone")[["code", "name"]].agg("|".join).reindex(range(size), fill_value="")
    return joined["code"].tolist(), joined["name"].tolist()
