"""Land to search: zones, or the cells of a contamination map, as places made of units with items and square metres."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS, Transformer
from scipy import ndimage

from uxomap.coverage import share_cells
from uxomap.crs import LONLAT, area_m2
from uxomap.errors import InputError
from uxomap.survey._zones import centre_of, check_zones, unwrap

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Of a map without zones, the densest cells that hold this share of its items are the land to search.
LAND_SHARE = 0.95

#: Names of what a map holds beside the places of the plan.
MAP_REST, MAP_OUTSIDE, MAP_BEYOND = "rest of the map", "map outside the zones given", "beyond the map"


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the units of a map lie: rows and columns, and the zones that cut them (None where none does)."""

    crs: CRS
    left_m: float
    top_m: float
    cell_m: float
    row: Integers
    column: Integers
    cut_by: npt.NDArray[np.object_]

    def shapes(self, units: Integers) -> npt.NDArray[np.object_]:
        """Outlines of some units, in metres."""
        left = self.left_m + self.column[units] * self.cell_m
        top = self.top_m - self.row[units] * self.cell_m
        whole = np.asarray(shapely.box(left, top - self.cell_m, left + self.cell_m, top), dtype=object)
        cut = np.flatnonzero(~shapely.is_missing(self.cut_by[units]))
        whole[cut] = shapely.intersection(whole[cut], self.cut_by[units[cut]])
        return whole

    def to_lonlat(self, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """Outlines in degrees, in one piece on either side of 180°."""
        transformer = Transformer.from_crs(self.crs, LONLAT, always_xy=True)
        middle = transformer.transform(
            self.left_m + float(np.mean(self.column)) * self.cell_m, self.top_m - float(np.mean(self.row)) * self.cell_m
        )[0]

        def turn(points: Floats) -> Floats:
            longitude, latitude = transformer.transform(points[:, 0], points[:, 1])
            return np.column_stack([middle + (longitude - middle + 180) % 360 - 180, latitude])

        return np.asarray(shapely.transform(shapes, turn), dtype=object)


@dataclass(frozen=True, slots=True)
class Land:
    """Places (one row each), the units they are made of, and what is not in the plan."""

    places: pd.DataFrame  # place, zone_id, uxo_expected, area_m2, longitude, latitude
    unit_place: Integers
    unit_items: Floats
    unit_m2: Floats
    outlines: npt.NDArray[np.object_]  # of the places, in degrees; empty for a map
    cells: Cells | None
    aside: pd.DataFrame  # place, uxo_expected, area_m2, note
    unlocated: float


def read_land(land: Any, zones: Any) -> Land:
    """Read zones or a contamination map."""
    if isinstance(land, xr.Dataset):
        return _read_map(land, None if zones is None else _sort_zones(check_zones(zones, items=False)))
    if zones is not None:
        message = "Zones were given twice. Pass zones only with a contamination map. Leave out zones=."
        raise InputError(message)
    return _read_zones(_sort_zones(check_zones(land, items=True)))


def _sort_zones(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put zones in the order of their ids, so that no result hangs on the order of the rows."""
    return zones.iloc[np.argsort(zones["zone_id"].astype(str).to_numpy(dtype=object), kind="stable")]


def _read_zones(zones: gpd.GeoDataFrame) -> Land:
    """Read zones: each is one unit, its items spread evenly."""
    items = zones["uxo_expected"].to_numpy(np.float64)
    outlines = unwrap(zones.geometry.to_numpy())
    longitude, latitude = centre_of(outlines)
    places = pd.DataFrame(
        {
            "place": zones["zone_id"].astype(str).to_numpy(),
            "zone_id": zones["zone_id"].astype(str).to_numpy(),
            "uxo_expected": items,
            "area_m2": area_m2(zones).to_numpy(),
            "longitude": longitude,
            "latitude": latitude,
        }
    )
    known = np.isfinite(items)
    aside = places.loc[~known, ["place", "uxo_expected", "area_m2"]].assign(note="items not known, not in the plan")
    places = places[known].reset_index(drop=True)
    return Land(
        places,
        np.arange(len(places)),
        places["uxo_expected"].to_numpy(),
        places["area_m2"].to_numpy(),
        outlines[known],
        None,
        aside,
        float(zones.attrs.get("uxo_expected_unlocated", np.nan)),
    )


def _read_map(contamination: xr.Dataset, zones: gpd.GeoDataFrame | None) -> Land:
    """Read a contamination map: its cells are the units, zones or connected patches the places."""
    items, crs, left, top, side = _read_grid(contamination)
    if not items.any():
        message = "The map expects no item in any cell. Give a map with items, or bounds around the strikes."
        raise InputError(message)
    found = _cut_by_patches(items, side) if zones is None else _cut_by_zones(items, (crs, left, top, side), zones)
    row, column, unit_place, share, cut_by, places = found
    unit_items = items[row, column] * share
    # A zone in which the map expects nothing may as well lie off the map: not known, not zero.
    held = np.bincount(unit_place, minlength=len(places)) > 0
    bare = places.loc[~held, ["place", "area_m2"]].assign(uxo_expected=np.nan, note="nothing is mapped there")
    places, unit_place = places[held].reset_index(drop=True), (np.cumsum(held) - 1)[unit_place]
    places["uxo_expected"] = np.bincount(unit_place, unit_items, len(places))
    cells = Cells(crs, left, top, side, row, column, cut_by)
    transformer = Transformer.from_crs(crs, LONLAT, always_xy=True)
    number = np.bincount(unit_place, minlength=len(places))
    east = left + (np.bincount(unit_place, column, len(places)) / number + 0.5) * side
    north = top - (np.bincount(unit_place, row, len(places)) / number + 0.5) * side
    longitude, latitude = transformer.transform(east, north)
    rest = MAP_REST if zones is None else MAP_OUTSIDE
    rows = [(rest, max(float(items.sum() - unit_items.sum()), 0.0), items.size * side**2 - share.sum() * side**2)]
    beyond = float(contamination.attrs.get("uxo_expected_outside", 0.0))
    rows += [(MAP_BEYOND, beyond, np.nan)] if beyond > 0 else []
    rest_of_map = pd.DataFrame(rows, columns=["place", "uxo_expected", "area_m2"]).assign(note="not in the plan")
    return Land(
        places.assign(longitude=longitude, latitude=latitude),
        unit_place,
        unit_items,
        share * side**2,
        np.empty(0, dtype=object),
        cells,
        pd.concat([bare, rest_of_map], ignore_index=True) if len(bare) else rest_of_map,
        float(contamination.attrs.get("uxo_expected_unlocated", np.nan)),
    )


def _read_grid(contamination: xr.Dataset) -> tuple[Floats, CRS, float, float, float]:
    """Read items, CRS, left and top edge and side of the cells; refuse what is no contamination map."""
    missing = [name for name in ("crs_wkt", "cell_m") if name not in contamination.attrs]
    missing += [name for name in ("uxo_expected", "x", "y") if name not in contamination.variables]
    if missing:
        message = f"The map lacks {', '.join(missing)}. Must be what estimate_contamination returns. Pass it whole."
        raise InputError(message)
    side = float(contamination.attrs["cell_m"])
    x, y = (contamination[name].to_numpy().astype(np.float64) for name in ("x", "y"))
    items = contamination["uxo_expected"].to_numpy().astype(np.float64)
    steps = ((x, side), (y, -side))
    if items.shape != (y.size, x.size) or not all(
        np.allclose(np.diff(at), step, atol=1e-6 * side) for at, step in steps
    ):
        message = (
            f"The cells of the map are not squares of {side:g} m from north to south and west to east. "
            "Cut out a rectangle of neighbouring cells (isel)."
        )
        raise InputError(message)
    if not bool((np.isfinite(items) & (items >= 0)).all()):
        message = "Some cells of the map hold no number or one below 0. Must be 0 or more. Estimate the map anew."
        raise InputError(message)
    return items, CRS.from_wkt(contamination.attrs["crs_wkt"]), float(x[0] - side / 2), float(y[0] + side / 2), side


def _cut_by_patches(items: Floats, side: float) -> tuple[Any, ...]:
    """Take the densest cells that hold most of the items; connected ones make a place, most items first."""
    flat = items.ravel()
    order = np.argsort(-flat, kind="stable")
    total = np.cumsum(flat[order])
    last = int(np.searchsorted(total, LAND_SHARE * total[-1]))
    taken = np.zeros(flat.size, dtype=bool)
    taken[order[: last + 1]] = True
    label, number = ndimage.label(taken.reshape(items.shape))
    row, column = np.nonzero(label)
    patch = label[row, column] - 1
    by_items = np.argsort(-np.bincount(patch, items[row, column], number), kind="stable")
    place = np.argsort(by_items)[patch]
    names = [f"patch-{rank}" for rank in range(1, number + 1)]
    places = pd.DataFrame({"place": names, "zone_id": "", "area_m2": np.bincount(place, minlength=number) * side**2})
    return row, column, place, np.ones(row.size), np.full(row.size, None, dtype=object), places


def _cut_by_zones(items: Floats, grid: tuple[CRS, float, float, float], zones: gpd.GeoDataFrame) -> tuple[Any, ...]:
    """Give each cell, or the part of it, to the zone that it lies in."""
    crs, left, top, side = grid
    transformer = Transformer.from_crs(LONLAT, crs, always_xy=True)
    drawn = shapely.transform(
        unwrap(zones.geometry.to_numpy()), lambda points: np.column_stack(transformer.transform(*points.T))
    )
    owner, row, column, share = share_cells(drawn, items, (left, top), side)
    held = items[row, column] > 0
    if not held.any():
        message = "No zone lies where the map expects an item. Give zones and a map of the same strikes."
        raise InputError(message)
    owner, row, column, share = owner[held], row[held], column[held], share[held]
    names = zones["zone_id"].astype(str).to_numpy()
    places = pd.DataFrame({"place": names, "zone_id": names, "area_m2": shapely.area(drawn)})
    cut_by = drawn[owner]
    cut_by[share >= 1.0] = None
    return row, column, owner, share, cut_by, places
