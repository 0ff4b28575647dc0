"""
Simulate what lies on the ground, and see how often the stated ranges hold it.

    python benchmarks/calibration.py [WORLDS] [CURVES.svg]

Reported strikes are invented and estimated once; then WORLDS truths are drawn for each of several sets of reports:
first from the very assumptions of the method, then from assumptions that are wrong. Printed are the share of truths
that lie inside the 90 % ranges (cells, strikes, zones, totals), the share of items inside hazard areas that should
hold 95 %, the share inside the high-risk zone that should hold 95 %, and how much would be found by how much survey.

A count in a cell is a whole number, most often 0, and no range of whole numbers holds exactly 90 %. "Smoothed"
therefore gives a truth on the edge of its range its part of the edge; 90 % is right there. The first column counts
whole truths, and is higher wherever nothing is the likely content of a cell.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import Transformer
from scipy import stats

from uxomap import draw_hazard_areas, dud_rate, estimate_contamination, find_high_risk_zone, merge_areas
from uxomap.distributions import CountRange, RatePool, sum_intervals
from uxomap.items import estimate_items
from uxomap.munitions import KAPPA, load_munitions
from uxomap.precision import position_sigma

Floats = npt.NDArray[np.float64]

SETS, STRIKES = 5, 45
CELL_M, HALF_SIDE_DEG = 50.0, 0.06
CENTRE = (37.6, 48.7)

#: What the invented reports name; the last may be either.
MUNITIONS = ("m26", "9m27k", "9m55k", "m483a1", "bl755", "m483a1|m864")

#: Rounds of a report: 5 % point, mean, 95 % point.
ENDS = ("low", "expected", "high")
ROUNDS = ((1, 1, 1), (2, 2, 2), (2, 3, 6), (4, 6, 12), (1, 4.5, 8))
PRECISIONS_M = (100.0, 300.0, 1000.0, 2500.0)

#: Shares of the land at which the curves are read.
LAND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

#: Colour and line of the curves, in the order in which they are told.
CURVES = (("#b5302a", "-"), ("#252525", "--"), ("#636363", "-."), ("#969696", ":"))

#: Bands of expected items a cell: from, to, and the largest count that is told apart.
BANDS = ((0.01, 0.1, 60), (0.1, 1.0, 150), (1.0, np.inf, 600))


@dataclass(frozen=True)
class World:
    """What is true, where it differs from what the method assumes."""

    tails: float = np.inf  # degrees of freedom of position and pattern
    radius: float = 1.0  # true position error over the stated one
    shift_m: float = 0.0  # all places lie so far off, to one side
    missed: float = 0.0  # strikes that nobody reported, for each one reported
    rate: float = 1.0  # true share left live over the pooled one


WORLDS: Mapping[str, World] = MappingProxyType(
    {
        "as assumed": World(),
        "heavy tails (Student, 3 degrees)": World(tails=3.0),
        "position error twice as large as stated": World(radius=2.0),
        "all places 500 m off to one side": World(shift_m=500.0),
        "one strike missed for two reported": World(missed=0.5),
        "twice as many left live": World(rate=2.0),
    }
)


@dataclass(frozen=True)
class Setting:
    """One set of reports, everything that was estimated from it, and what makes looking it up quick."""

    strikes: gpd.GeoDataFrame
    draws: list[dict[str, Any]]
    areas: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    grid: xr.Dataset
    high_risk: gpd.GeoDataFrame
    total: pd.DataFrame
    place_m: Floats
    orders: Mapping[str, npt.NDArray[np.int64]]
    count_in_cells: Callable[[Floats, "Tally"], None]


def invent_reports(seed: int) -> gpd.GeoDataFrame:
    """Invent a layer of strikes around two towns."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform(-0.6, 0.6, (2, 2)) * HALF_SIDE_DEG
    place = towns[rng.integers(2, size=STRIKES)] + rng.normal(0, 0.2 * HALF_SIDE_DEG, (STRIKES, 2))
    rounds = np.array(ROUNDS, dtype=float)[rng.integers(len(ROUNDS), size=STRIKES)]
    munition = rng.choice(MUNITIONS, STRIKES)
    frame = pd.DataFrame(
        {
            "strike_id": [f"S-{number}" for number in range(STRIKES)],
            "report_ids": [f"{number}" for number in range(STRIKES)],
            "n_reports": 1,
            "date_start": pd.Timestamp("2022-03-01"),
            "date_end": pd.Timestamp("2022-03-01"),
            "location_text": "invented",
            "munition_id": [one if "|" not in one else "" for one in munition],
            "munition_text": "invented",
            "munition_match": ["exact" if "|" not in one else "ambiguous" for one in munition],
            "munition_candidates": munition,
            **dict(zip(("rounds_low", "rounds_expected", "rounds_high"), rounds.T, strict=True)),
            "precision_m": rng.choice(PRECISIONS_M, STRIKES),
            "bearing_deg": np.where(rng.random(STRIKES) < 0.3, rng.uniform(0, 180, STRIKES), np.nan),
            "evidence": "delivered",
            "source": "invented",
            "source_url": "",
            "assumptions": "",
        }
    )
    points = gpd.points_from_xy(CENTRE[0] + 1.5 * place[:, 0], CENTRE[1] + place[:, 1])
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


def estimate(seed: int) -> Setting:
    """Estimate everything from one set of reports."""
    strikes = invent_reports(seed)
    areas = draw_hazard_areas(strikes, fadeout_m=0)
    grid = estimate_contamination(strikes, cell_m=CELL_M)
    columns = ("uxo_expected", "uxo_sd", "uxo_sd_shared", "uxo_low", "uxo_high", "evidence_key")
    mean, sd, shared, low, high, key = (areas[name] for name in columns)
    groups = pd.Series("all", index=areas.index)
    total = sum_intervals(mean, sd, shared, evidence_key=key, groups=groups, low=low, high=high)
    names = ["sigma_along_m", "sigma_across_m", "salvo_sigma_m"]
    draws = pd.concat([strikes, estimate_items(strikes)[names]], axis=1).to_dict("records")
    to_grid = Transformer.from_crs("EPSG:4326", grid.attrs["crs_wkt"], always_xy=True)
    place = np.column_stack(to_grid.transform(strikes.geometry.x, strikes.geometry.y))
    high_risk = find_high_risk_zone(grid, share=0.95)
    orders, count = order_cells(grid, place), check_cells(grid)
    return Setting(strikes, draws, areas, merge_areas(areas), grid, high_risk, total, place, orders, count)


def draw_normals(rng: np.random.Generator, size: int, tails: float) -> Floats:
    """Draw points around 0 with standard deviation 1 (Student: with that scale) on both axes, shape (size, 2)."""
    points = rng.normal(size=(size, 2))
    if np.isinf(tails):
        return points
    return np.asarray(points / np.sqrt(rng.chisquare(tails, size) / tails)[:, np.newaxis])


@cache
def find_rate(munition_id: str) -> tuple[RatePool, str]:
    """Pooled share left live of a munition, and the name of the evidence behind it."""
    rate = dud_rate(munition_id)
    return rate.pool, rate.evidence_key


def draw_shares(rng: np.random.Generator, strikes: pd.DataFrame, rate: float) -> tuple[list[str], Floats]:
    """Draw which munition each strike was and its own share left live; strikes of a kind share the type's."""
    kinds: dict[str, tuple[str, float]] = {}
    means: dict[str, float] = {}
    for candidates in sorted(set(strikes["munition_candidates"])):
        chosen = str(rng.choice(candidates.split("|")))
        pool, key = find_rate(chosen)
        part = rng.choice(len(pool.weights), p=pool.weights)
        mean = means.setdefault(key, float(rng.beta(pool.alpha[part], pool.beta[part])))
        kinds[candidates] = chosen, min(rate * mean, 0.9)
    told = [kinds[candidates] for candidates in strikes["munition_candidates"]]
    mu = np.clip([mean for _, mean in told], 1e-9, 1 - 1e-9)
    return [name for name, _ in told], rng.beta(mu * KAPPA, (1 - mu) * KAPPA)


@cache
def find_load(munition_id: str) -> CountRange:
    """Items that one carrier of a munition holds."""
    entry = load_munitions().loc[munition_id]
    return CountRange(*(float(entry[f"items_{end}"]) for end in ENDS))


def draw_truth(rng: np.random.Generator, setting: Setting, world: World) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Draw where items lie (metres, shape (n, 2)) and of which strike each is; -1 of one that nobody reported."""
    size = len(setting.draws)
    names, share = draw_shares(rng, setting.strikes, world.rate)
    hidden = rng.choice(size, round(world.missed * size), replace=False)
    places, owners = [], []
    for number in [*range(size), *hidden]:
        missed = len(owners) >= size
        strike = setting.draws[number]
        rounds = CountRange(*(strike[f"rounds_{end}"] for end in ENDS))
        carriers, held = (float(count.quantile(rng.random())) for count in (rounds, find_load(names[number])))
        left = rng.binomial(max(round(carriers * held), 0), share[number])
        centre = setting.place_m[number] + [world.shift_m, 0.0]
        if missed:  # somewhere in the same district
            centre = centre + rng.normal(0, 2000.0, 2)
        else:
            sigma = world.radius * position_sigma(strike["precision_m"])
            centre = centre + sigma * draw_normals(rng, 1, world.tails)[0]
        fell = centre + strike["salvo_sigma_m"] * draw_normals(rng, int(np.ceil(carriers)), world.tails)
        bearing = strike["bearing_deg"] if np.isfinite(strike["bearing_deg"]) else rng.uniform(0, 180)
        sigmas = np.array([strike["sigma_along_m"], strike["sigma_across_m"]])
        along, across = (sigmas * draw_normals(rng, left, world.tails)).T
        sine, cosine = np.sin(np.radians(bearing)), np.cos(np.radians(bearing))
        spread = np.column_stack([along * sine + across * cosine, along * cosine - across * sine])
        places.append(fell[rng.integers(len(fell), size=left)] + spread)
        owners.append(np.full(left, -1 if missed else number))
    return np.concatenate(places), np.concatenate(owners)


class Tally:
    """Shares of truths inside their ranges, kept by name."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.sums: dict[str, Floats] = {}

    def add(self, name: str, *parts: Floats | float) -> None:
        """Count truths inside: for each part the sum and the number of its values."""
        pairs = np.array([[np.sum(part), np.size(part)] for part in parts], dtype=float)
        self.sums[name] = self.sums.get(name, np.zeros_like(pairs)) + pairs

    def shares(self, name: str) -> Floats:
        """Share of truths inside, for each part."""
        pairs = self.sums[name]
        return np.asarray(pairs[:, 0] / pairs[:, 1])


def chances(mean: Floats, sd: Floats, most: int) -> Floats:
    """Chance of at most -1, 0, 1 ... items of the negative binomial of each cell, shape (most + 2, cells)."""
    variance = np.maximum(sd**2, mean * (1 + 1e-9))
    p = mean / variance
    below = stats.nbinom.cdf(np.arange(most + 1)[:, np.newaxis], mean * p / (1 - p), p)
    return np.vstack([np.zeros_like(mean), below])


def check_cells(grid: xr.Dataset) -> Callable[[Floats, Tally], None]:
    """Prepare the count of truths inside the ranges of the cells."""
    names = ("uxo_expected", "uxo_sd", "uxo_low", "uxo_high")
    mean, sd, low, high = (grid[name].to_numpy().ravel().astype(float) for name in names)
    bands = [np.flatnonzero((mean >= least) & (mean < below)) for least, below, _ in BANDS]
    tables = [chances(mean[cells], sd[cells], most) for cells, (_, _, most) in zip(bands, BANDS, strict=True)]

    def count(found: Floats, tally: Tally) -> None:
        for (least, _, most), cells, table in zip(BANDS, bands, tables, strict=True):
            here = found[cells]
            at = np.minimum(here, most).astype(int)
            column = np.arange(len(cells))
            before, after = table[at, column], table[at + 1, column]
            part = np.clip(np.minimum(after, 0.95) - np.maximum(before, 0.05), 0, None) / np.maximum(
                after - before, 1e-12
            )
            tally.add(f"cells of {least:g} items or more", (here >= low[cells]) & (here <= high[cells]), part)

    return count


def order_cells(grid: xr.Dataset, place_m: Floats) -> dict[str, npt.NDArray[np.int64]]:
    """Orders in which cells could be surveyed, by four rules."""
    x, y = np.meshgrid(grid["x"].to_numpy(), grid["y"].to_numpy())
    cells = np.column_stack([x.ravel(), y.ravel()])
    tree = shapely.STRtree(shapely.points(place_m))
    _, distance = tree.query_nearest(shapely.points(cells), return_distance=True, all_matches=False)
    kernel = stats.gaussian_kde(place_m.T)
    return {
        "uxomap": np.argsort(-grid["uxo_expected"].to_numpy().ravel(), kind="stable"),
        "discs around reports": np.argsort(distance, kind="stable"),
        "kernel density of reports": np.argsort(-kernel(cells.T), kind="stable"),
        "random order": np.random.default_rng(0).permutation(len(cells)),
    }


def count_cells(setting: Setting, places: Floats) -> Floats:
    """Count items in each cell, in the order of the grid; what lies beside the grid is left out."""
    x, y = setting.grid["x"].to_numpy(), setting.grid["y"].to_numpy()
    column = np.floor((places[:, 0] - x[0]) / CELL_M + 0.5).astype(int)
    row = np.floor((y[0] - places[:, 1]) / CELL_M + 0.5).astype(int)
    there = (column >= 0) & (column < len(x)) & (row >= 0) & (row < len(y))
    return np.bincount(row[there] * len(x) + column[there], minlength=len(x) * len(y)).astype(float)


def check_world(world: World, settings: list[Setting], repeats: int, tally: Tally) -> None:
    """Draw truths and count what lies inside what was stated."""
    for number, setting in enumerate(settings):
        rng = np.random.default_rng([7, number])
        to_degrees = Transformer.from_crs(setting.grid.attrs["crs_wkt"], "EPSG:4326", always_xy=True)
        position = {name: place for place, name in enumerate(setting.strikes["strike_id"])}
        polygons = setting.areas.set_index(setting.areas["strike_id"].map(position)).geometry
        turned = np.isfinite(setting.strikes["bearing_deg"].to_numpy())
        members = [[position[one] for one in ids.split("|")] for ids in setting.zones["strike_ids"]]
        high_risk = shapely.union_all(setting.high_risk.geometry.array)
        shapely.prepare([*polygons.array, high_risk])
        for _ in range(repeats):
            places, owners = draw_truth(rng, setting, world)
            longitude, latitude = to_degrees.transform(*places.T)
            found = count_cells(setting, places)
            setting.count_in_cells(found, tally)
            own = np.bincount(owners[owners >= 0], minlength=len(setting.strikes)).astype(float)
            tally.add("strikes", inside_range(own[polygons.index], setting.areas))
            sums = np.array([own[strikes].sum() for strikes in members])
            tally.add("zones", inside_range(sums, setting.zones))
            tally.add("total", inside_range(np.array([float(len(places))]), setting.total))
            for strike, polygon in polygons.items():
                mine = owners == strike
                inside = shapely.contains_xy(polygon, longitude[mine], latitude[mine])
                tally.add(f"hazard areas hold, bearing {'known' if turned[strike] else 'unknown'}", inside)
            held = shapely.contains_xy(high_risk, longitude, latitude)
            tally.add("high-risk zone holds", held)
            tally.add("none outside it", float(held.all()))
            for name, order in setting.orders.items():
                reached = np.cumsum(found[order]) / max(len(places), 1)
                read = [reached[int(share * len(order)) - 1] for share in LAND]
                tally.add(f"found: {name}", *read)


def inside_range(truth: Floats, stated: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which truths lie inside their ranges."""
    return (truth >= stated["uxo_low"].to_numpy()) & (truth <= stated["uxo_high"].to_numpy())


def draw_curves(tally: Tally, path: str) -> None:
    """Draw the share found by the share of land, for each order."""
    import matplotlib as mpl  # noqa: PLC0415 - only for the picture

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "uxomap"
    from matplotlib import pyplot as plt  # noqa: PLC0415 - likewise

    figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
    names = [name for name in tally.sums if name.startswith("found")]
    for name, (colour, style) in zip(names, CURVES, strict=True):
        shares = [0.0, *(100 * tally.shares(name)), 100.0]
        land = [0.0, *(100 * share for share in LAND), 100.0]
        axes.plot(
            land, shares, color=colour, linestyle=style, marker="o", markersize=3, label=name.removeprefix("found: ")
        )
    axes.set(xlabel="land surveyed, % of the grid", ylabel="items found, %", xlim=(0, 60), ylim=(0, 101))
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run all worlds and print the tables."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    start = time.perf_counter()
    settings = [estimate(seed) for seed in range(SETS)]
    stated = np.mean([setting.high_risk["probability_none_outside"].iloc[0] for setting in settings])
    for title, world in WORLDS.items():
        tally = Tally()
        check_world(world, settings, repeats, tally)
        sys.stdout.write(f"\n{title}: {SETS} sets of {STRIKES} reported strikes, {repeats} truths each\n")
        for name in tally.sums:
            if name.startswith("found"):
                continue
            shares = tally.shares(name)
            smoothed = f"   smoothed {shares[1]:6.1%}" if len(shares) > 1 else ""
            sys.stdout.write(f"  {name:<36}{shares[0]:6.1%}{smoothed}\n")
        sys.stdout.write("  share found by share of land        " + "".join(f"{share:>8.0%}" for share in LAND) + "\n")
        for name in [name for name in tally.sums if name.startswith("found")]:
            sys.stdout.write(f"  {name:<36}" + "".join(f"{share:8.1%}" for share in tally.shares(name)) + "\n")
        sys.stdout.flush()
        if len(sys.argv) > 2 and world == World():
            draw_curves(tally, sys.argv[2])
    sys.stdout.write(f"\nchance that none lies outside the high-risk zone, as stated: {stated:.3g}\n")
    sys.stdout.write(f"{time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    main()
