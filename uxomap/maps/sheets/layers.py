"""What a sheet shows: which zones in which order, what else lies in the frame, and what it leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap.maps import style
from uxomap.maps.sheets.frame import Frame
from uxomap.maps.sheets.words import split_list
from uxomap.maps.view import Window, find_window
from uxomap.munitions import load_munitions

#: Layers with one row a zone, the one that knows most first.
_ZONE_LAYERS = ("zone_updates", "priorities", "zones")

#: Columns of a zone on a sheet.
_RANKS = ("priority", "rank_low", "rank_high")


@dataclass(frozen=True, slots=True, eq=False)
class SheetData:
    """
    Layers as a sheet uses them.

    Attributes
    ----------
    zones : GeoDataFrame
        The best layer of zones there is, in the order of survey, with ``number`` from 1 and, where priorities are
        given, ``priority``, ``rank_low`` and ``rank_high``.
    hazard_areas, strikes : GeoDataFrame
        ``strikes`` only those that the map shows, with their ``kind`` of symbol.
    unlocated : DataFrame
        Strikes that it does not show.
    surveyed, ranked : bool
        Whether searches have changed the estimates; whether there is an order of priority.
    given : frozenset of str
        Names of the layers that were given.
    grid : mapping of str to object
        What a map of contamination says of itself; empty where none was given.
    """

    zones: gpd.GeoDataFrame
    hazard_areas: gpd.GeoDataFrame
    strikes: gpd.GeoDataFrame
    unlocated: pd.DataFrame
    surveyed: bool
    ranked: bool
    given: frozenset[str]
    grid: Mapping[str, Any] = field(default_factory=dict)

    @property
    def window(self) -> Window | None:
        """Bounds of everything with a place; of the strikes not located only where there is nothing else."""
        shown = {"zones": self.zones, "hazard_areas": self.hazard_areas, "strikes": self.strikes}
        return find_window(shown) or find_window({"unlocated": self.unlocated})

    @property
    def last_day(self) -> Any:
        """Last day of the reports; NaT where there is none."""
        frames = (self.zones, self.strikes, self.hazard_areas, self.unlocated)
        days = [frame["date_end"].max() for frame in frames if len(frame) and "date_end" in frame]
        return max((day for day in days if not pd.isna(day)), default=pd.NaT)


def gather_layers(layers: Mapping[str, Any]) -> SheetData:
    """
    Take from the layers what a sheet shows.

    Parameters
    ----------
    layers : mapping of str to DataFrame or GeoDataFrame
        Checked layers; any may be missing or empty. Of ``contamination`` only the attributes are read.

    Returns
    -------
    SheetData

    Examples
    --------
    >>> len(gather_layers({}).zones)
    0
    """
    unlocated = layers.get("unlocated", pd.DataFrame())
    strikes = _frame(layers, "strikes")
    areas = _frame(layers, "hazard_areas")
    if len(strikes):
        hidden = strikes["strike_id"].isin(unlocated["strike_id"] if len(unlocated) else [])
        strikes = strikes[~hidden & ~(strikes.geometry.is_empty | strikes.geometry.isna())]
        kinds = style.kinds_in_catalogue(load_munitions())
        candidates = strikes["munition_candidates"].map(split_list)
        strikes = strikes.assign(kind=[style.symbol_kind(found, kinds) for found in candidates])
    base = next((name for name in _ZONE_LAYERS if name in layers), "")
    zones = _frame(layers, base)
    ranks = _frame(layers, "priorities")
    if len(zones) and len(ranks):
        ranks = pd.DataFrame(ranks[["zone_id", *_RANKS]])
        zones = zones.drop(columns=list(_RANKS), errors="ignore").merge(ranks, on="zone_id", how="left")
    if len(zones):
        zones = _order(zones)
    return SheetData(
        zones=zones,
        hazard_areas=areas,
        strikes=strikes,
        unlocated=unlocated,
        surveyed=base == "zone_updates",
        ranked=bool(len(zones)) and "priority" in zones,
        given=frozenset(layers),
        grid=getattr(layers.get("contamination"), "attrs", {}),
    )


def take_frame(data: SheetData, frame: Frame) -> SheetData:
    """
    Keep what lies in a frame; numbers of zones stay as they are.

    Examples
    --------
    >>> from uxomap.maps.sheets.frame import choose_frame
    >>> len(take_frame(gather_layers({}), choose_frame(None, 170, 160)).zones)
    0
    """
    return replace(
        data,
        zones=_inside(data.zones, frame),
        hazard_areas=_inside(data.hazard_areas, frame),
        strikes=_inside(data.strikes, frame),
        unlocated=_near(data.unlocated, frame),
    )


def _inside(features: gpd.GeoDataFrame, frame: Frame) -> gpd.GeoDataFrame:
    """Features that reach into a frame."""
    if not len(features):
        return features
    shapes = features.geometry.to_numpy()
    kept = frame.holds(shapely.bounds(shapes))
    left, bottom, right, top = frame.extent
    cut = shapely.clip_by_rect(frame.project(shapes[~kept]), left, bottom, right, top)
    kept[~kept] = ~(shapely.is_missing(cut) | shapely.is_empty(cut))
    return features[kept]


def _near(unlocated: pd.DataFrame, frame: Frame) -> pd.DataFrame:
    """Strikes not located that may lie in a frame: those reported in it, and those of which no place is known."""
    if not len(unlocated):
        return unlocated
    known = unlocated["longitude"].notna() & unlocated["latitude"].notna()
    x, y = frame.forward(unlocated["longitude"].where(known, 0.0), unlocated["latitude"].where(known, 0.0))
    left, bottom, right, top = frame.extent
    return unlocated[~known | ((x >= left) & (x <= right) & (y >= bottom) & (y <= top))]


def _frame(layers: Mapping[str, Any], name: str) -> gpd.GeoDataFrame:
    """One layer, or an empty one."""
    frame = layers.get(name)
    return frame if isinstance(frame, gpd.GeoDataFrame) else gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")


def _order(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Number zones in the order of survey: by priority, otherwise the highest estimate first."""
    keys = ["priority"] if "priority" in zones else []
    ordered = zones.sort_values(
        [*keys, "uxo_expected", "zone_id"], ascending=[*(True for _ in keys), False, True], ignore_index=True
    )
    return ordered.assign(
        number=np.arange(1, len(ordered) + 1),
        density=style.density_class(ordered["uxo_per_ha"]),
        sure=style.interval_class(ordered["uxo_low"], ordered["uxo_high"]),
    )


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame as mappings."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
