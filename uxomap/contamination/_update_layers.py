"""Strikes, zones and totals after the surveys."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import Geod

from uxomap import crs as earth
from uxomap import wording
from uxomap._validation import check_layer
from uxomap.contamination._update_model import STEPS
from uxomap.contamination._update_run import Outcome
from uxomap.contamination._update_unreported import Unreported, to_lonlat
from uxomap.contamination._update_world import World
from uxomap.errors import InputError
from uxomap.precision import R95_PER_SIGMA
from uxomap.schema import layer_schema

Floats = npt.NDArray[np.float64]

_DRAWS = 1_200
_M2_A_HA = 10_000.0
_ENDS = (0.05, 0.95)

NOT_REACHED = "reports only; no search bears on it"
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True, eq=False)
class Counts:
    """Items that are still there, of any set of strikes."""

    world: World
    outcome: Outcome | None
    unreported: Unreported
    seed: int

    @property
    def number(self) -> int:
        """Worlds that totals are drawn from."""
        return _DRAWS if self.outcome is None else len(self.outcome.items)

    @cached_property
    def steps(self) -> npt.NDArray[np.int64]:
        """
        Step of the type's share in each world, for strikes that no search bears on, (worlds, keys).

        It has the same spread as before the surveys, and rises and falls with what strikes of the type show where they
        were searched: what they share adds up.
        """
        rng = np.random.default_rng([self.seed, 3])
        model = self.world.everything
        steps = rng.integers(STEPS, size=(self.number, int(model.key.max()) + 1))
        if self.outcome is not None:
            for place, key in enumerate(self.world.keys_touched):
                drawn = self.outcome.steps[:, place] + rng.random(self.number)
                rank = np.argsort(np.argsort(drawn))
                steps[:, key] = rank * STEPS // self.number
        return steps

    def draw(self, some: npt.NDArray[np.bool_], clusters: npt.NDArray[np.bool_], which: int) -> Floats:
        """Items left by strikes on the map (True in *some*) and by unreported ones, drawn once a world."""
        rng = np.random.default_rng([self.seed, 4, which])
        model, touched = self.world.everything, self.world.touched
        total = self.unreported.draw(clusters, self.number, rng)
        if self.outcome is not None:
            total += self.outcome.items[:, some[touched]].sum(axis=1)
        others = some & ~touched
        if others.any():
            keys = int(model.key.max()) + 1
            mean, variance = np.zeros((keys, STEPS)), np.zeros((keys, STEPS))
            means = model.size[others] / model.scale[others]
            np.add.at(mean, model.key[others], means)
            np.add.at(variance, model.key[others], means + means**2 / model.size[others])
            at = (np.arange(keys), self.steps)
            total += draw_matched(mean[at].sum(axis=1), variance[at].sum(axis=1), rng)
        return total

    def expect(self, some: npt.NDArray[np.bool_], clusters: npt.NDArray[np.bool_]) -> float:
        """Items still expected of strikes on the map and of unreported ones."""
        touched = self.world.touched
        total = float(self.unreported.left[clusters].sum())
        total += float(self.world.items["uxo_expected"].to_numpy(float)[some & ~touched].sum())
        if self.outcome is not None:
            total += float(self.outcome.left[:, some[touched]].mean(axis=0).sum())
        return total


def draw_matched(mean: Floats, variance: Floats, rng: np.random.Generator) -> Floats:
    """Draw whole numbers with these means and variances; Poisson where the variance is no larger."""
    excess = np.maximum(variance - mean, 1e-9 * mean)
    shape = mean**2 / excess
    return rng.poisson(rng.gamma(shape, excess / mean)).astype(np.float64)


def find_range(draws: Floats) -> tuple[float, float]:
    """Smallest whole numbers that 5 and 95 % of draws do not exceed."""
    low, high = np.quantile(draws, _ENDS, method="inverted_cdf")
    return float(low), float(high)


def count_totals(counts: Counts, prior: xr.Dataset) -> dict[str, Any]:
    """Attributes of the map that count what is still there; those before beside them."""
    everything = np.ones(len(counts.world.items), dtype=bool)
    clusters = np.ones(len(counts.unreported.left), dtype=bool)
    low, high = find_range(counts.draw(everything, clusters, 0))
    expected = counts.expect(everything, clusters)
    names = ("uxo_low_total", "uxo_expected_total", "uxo_high_total", "uxo_expected_outside")
    before = {f"prior_{name}": prior.attrs[name] for name in names}
    return before | {"uxo_low_total": low, "uxo_expected_total": expected, "uxo_high_total": high}


def update_strikes(
    counts: Counts, strikes: gpd.GeoDataFrame, items: pd.DataFrame, reaching: pd.Series
) -> gpd.GeoDataFrame:
    """Layer ``strike_updates``: every strike, those that no search bears on as they were."""
    frame = pd.DataFrame({"strike_id": strikes["strike_id"], "survey_ids": reaching, "items_found": 0.0})
    for end in ("low", "expected", "high"):
        frame[f"prior_uxo_{end}"] = items[f"uxo_{end}"].astype(float)
        frame[f"uxo_{end}"] = items[f"uxo_{end}"].astype(float)
    frame["prior_precision_m"] = frame["precision_m"] = strikes["precision_m"].astype(float)
    frame["shift_m"] = np.where(strikes.geometry.isna() | strikes.geometry.is_empty, np.nan, 0.0)
    frame["evidence_used"] = NOT_REACHED
    geometry = strikes.geometry.to_numpy().copy()
    outcome, world = counts.outcome, counts.world
    if outcome is not None:
        rows = world.rows[world.touched]
        low, high = np.quantile(outcome.items, _ENDS, axis=0, method="inverted_cdf")
        frame.loc[rows, "uxo_low"], frame.loc[rows, "uxo_high"] = low, high
        frame.loc[rows, "uxo_expected"] = outcome.left.mean(axis=0)
        frame.loc[rows, "items_found"] = outcome.taken
        variance = np.maximum(outcome.place2 - outcome.place**2, 0.0).mean(axis=1)
        frame.loc[rows, "precision_m"] = np.sqrt(variance) * world.grid.cell_m * R95_PER_SIGMA
        longitude, latitude = to_lonlat(world.grid, *outcome.place.T)
        old = strikes.geometry.iloc[rows]
        _, _, far = _GEOD.inv(old.x.to_numpy(), old.y.to_numpy(), longitude, latitude)
        frame.loc[rows, "shift_m"] = far
        geometry[rows] = shapely.points(longitude, latitude)
        frame.loc[rows, "evidence_used"] = [
            f"reports and {ids.count('|') + 1} search{'es' if '|' in ids else ''}; "
            f"{wording.round_for_reading(found)} of the items found {'are' if found != 1 else 'is'} put down to it"
            for ids, found in zip(reaching.iloc[rows], outcome.taken, strict=True)
        ]
    frame = frame.assign(method_version=wording.METHOD_VERSION, notice=wording.NOTICE)
    return gpd.GeoDataFrame(frame[list(layer_schema("strike_updates").columns)], geometry=geometry, crs=earth.LONLAT)


def update_zones(
    counts: Counts, zones: gpd.GeoDataFrame, strikes: pd.Series, surveys: gpd.GeoDataFrame, placed: pd.DataFrame
) -> gpd.GeoDataFrame:
    """
    Layer ``zone_updates``: what the strikes of each zone left and is still there, wherever it lies.

    *placed*: columns longitude, latitude, n of the finds (without a place: that of the polygon).
    """
    check_layer(zones, "zones")
    ordered = zones.sort_values("zone_id", ignore_index=True)
    member = _find_members(ordered, strikes, counts.world)
    where = shapely.points(*to_lonlat(counts.world.grid, counts.unreported.u, counts.unreported.v))
    frame = ordered.copy()
    for end in ("low", "expected", "high"):
        frame[f"prior_uxo_{end}"] = ordered[f"uxo_{end}"].astype(float)
        frame[f"uxo_{end}"] = ordered[f"uxo_{end}"].astype(float)
    spots = shapely.points(placed["longitude"].to_numpy(float), placed["latitude"].to_numpy(float))
    tree = shapely.STRtree(surveys.geometry.to_numpy())
    found, searched, names, used = [], [], [], []
    for number, zone in enumerate(ordered.geometry):
        shapely.prepare(zone)
        some = np.zeros(len(counts.world.items), dtype=bool)
        some[member[number]] = True
        clusters = np.asarray(shapely.intersects(zone, where), dtype=bool)
        if (some & counts.world.touched).any() or clusters.any():
            low, high = find_range(counts.draw(some, clusters, number + 1))
            frame.loc[number, ["uxo_low", "uxo_expected", "uxo_high"]] = low, counts.expect(some, clusters), high
        met = np.sort(tree.query(zone, predicate="intersects"))
        land = shapely.intersection(shapely.union_all(surveys.geometry.to_numpy()[met]), zone)
        searched.append(land if met.size else shapely.Polygon())
        names.append("|".join(surveys["survey_id"].iloc[met]))
        found.append(int(placed["n"].to_numpy()[shapely.intersects(zone, spots)].sum()))
        used.append(
            _say_evidence(
                met.size, found[-1], touched=bool((some & counts.world.touched).any()), clusters=int(clusters.sum())
            )
        )
    frame["items_found"], frame["survey_ids"], frame["evidence_used"] = found, names, used
    frame["searched_m2"] = earth.area_m2(gpd.GeoDataFrame(geometry=searched, crs=earth.LONLAT)).to_numpy()
    frame["searched_share"] = np.clip(frame["searched_m2"] / earth.area_m2(ordered), 0.0, 1.0)
    frame["uxo_per_ha"] = frame["uxo_expected"] / (frame["area_m2"] / _M2_A_HA)
    frame = frame.assign(method_version=wording.METHOD_VERSION, notice=wording.NOTICE)
    columns = list(layer_schema("zone_updates").columns)
    rest = [name for name in frame.columns if name not in {*columns, frame.geometry.name}]
    return frame[[*columns, *rest, frame.geometry.name]]


def _find_members(zones: gpd.GeoDataFrame, strikes: pd.Series, world: World) -> list[npt.NDArray[np.int64]]:
    """Numbers of the strikes on the map that make each zone."""
    rows = pd.Series(np.arange(len(world.rows)), index=strikes.iloc[world.rows])
    pairs = zones["strike_ids"].str.split("|").explode()
    unknown = pairs[~pairs.isin(rows.index)]
    if len(unknown):
        message = (
            f"Zone {zones['zone_id'][unknown.index[0]]} is made of strike {unknown.iloc[0]}, which is not "
            f"among the strikes "
            "on the map. Must be zones of these strikes. Merge the hazard areas of the same strikes."
        )
        raise InputError(message)
    number = pd.Series(rows.loc[pairs].to_numpy(), index=pairs.index)
    return [np.atleast_1d(number.loc[zone]).astype(np.int64) for zone in zones.index]


def _say_evidence(searches: int, found: int, *, touched: bool, clusters: int) -> str:
    """Say what the estimate of a zone rests on beside the reports."""
    if not searches:
        told = "reports; no search in the zone" + (", but searches beside it bear on its strikes" if touched else "")
    else:
        made, items = wording.say_count(searches, "search", "searches"), wording.say_count(found, "item")
        told = f"reports and {made} in the zone, {items} found"
    if clusters:
        told += "; finds that no reported strike explains raise the estimate"
    return told
