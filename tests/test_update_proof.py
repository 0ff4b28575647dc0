"""After surveys, the ranges still hold what they say: worlds drawn from the assumptions, searched, and updated."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from make_layers import make_strikes
from pyproj import Transformer

from uxomap import draw_hazard_areas, dud_rate, estimate_contamination, merge_areas
from uxomap.contamination import SurveyWarning, update_contamination
from uxomap.distributions import CountRange
from uxomap.items import estimate_items
from uxomap.munitions import KAPPA, find_munition
from uxomap.precision import position_sigma

pytestmark = pytest.mark.slow

WORLDS, PLACES, EACH = 24, 6, 3
KINDS = ["m26", "m483a1", "9m27k"]
ENDS = ("low", "expected", "high")


def invent_strikes(rng):
    # Six places far apart, three strikes around each: as many zones, or more.
    x, y = np.divmod(np.repeat(np.arange(PLACES), EACH), 3)
    rounds = np.array([(1, 1, 1), (2, 2, 2), (2, 3, 6)])[rng.integers(3, size=PLACES * EACH)].T
    return make_strikes(
        37.6 + 0.12 * x + rng.normal(0, 0.006, len(x)),
        48.7 + 0.08 * y + rng.normal(0, 0.004, len(x)),
        rng.choice(KINDS, len(x)),
        precision_m=rng.choice([100.0, 300.0, 1000.0], len(x)),
        **{f"rounds_{end}": values.astype(float) for end, values in zip(ENDS, rounds, strict=True)},
    )


def draw_truth(rng, strikes, items, place, *, radius=1.0, rate=1.0, missed=0):
    shares = {}
    for kind in KINDS:
        pool = dud_rate(kind).pool
        part = rng.choice(len(pool.weights), p=pool.weights)
        shares[kind] = min(rate * rng.beta(pool.alpha[part], pool.beta[part]), 0.9)
    places, owners = [], []
    told, known = list(strikes.itertuples()), list(items.itertuples())
    hidden = rng.choice(len(told), missed, replace=False)
    for number in [*range(len(told)), *hidden]:
        strike, item, reported = told[number], known[number], len(owners) < len(told)
        entry = find_munition(strike.munition_id)
        carriers = CountRange(strike.rounds_low, strike.rounds_expected, strike.rounds_high).quantile(rng.random())
        load = CountRange(*(float(entry[f"items_{end}"]) for end in ENDS)).quantile(rng.random())
        share = shares[strike.munition_id]
        left = rng.binomial(round(float(carriers * load)), rng.beta(KAPPA * share, KAPPA * (1 - share)))
        wide = radius * position_sigma(strike.precision_m) if reported else 1_000.0
        centre = place[number] + wide * rng.normal(size=2)
        fell = centre + item.salvo_sigma_m * rng.normal(size=(int(np.ceil(carriers)), 2))
        turn = rng.uniform(0, np.pi)
        along, across = np.array([[item.sigma_along_m], [item.sigma_across_m]]) * rng.normal(size=(2, left))
        spread = along * np.sin(turn) + across * np.cos(turn), along * np.cos(turn) - across * np.sin(turn)
        places.append(fell[rng.integers(len(fell), size=left)] + np.column_stack(spread))
        owners.append(np.full(left, number if reported else len(told)))
    return np.concatenate(places), np.concatenate(owners)


def search(rng, grid, places, detection, truly):
    # Squares where much is expected; half of them tell where the finds lay.
    expected = grid["uxo_expected"].to_numpy().ravel()
    row, column = np.divmod(rng.choice(expected.size, 10, p=expected / expected.sum()), grid.sizes["x"])
    middle = np.column_stack([grid["x"].to_numpy()[column], grid["y"].to_numpy()[row]]) + rng.normal(0, 150, (10, 2))
    half = rng.choice([100.0, 200.0, 300.0], 10)[:, np.newaxis]
    squares = shapely.box(*(middle - half).T, *(middle + half).T)
    left, found, points = np.ones(len(places), dtype=bool), [], []
    for number, square in enumerate(squares):
        seen = left & shapely.contains_xy(square, *places.T) & (rng.random(len(places)) < truly)
        left &= ~seen
        found.append(seen.sum())
        points += [(f"T{number}", *place) for place in places[seen]] if number % 2 else []
    columns = {"survey_id": [f"T{number}" for number in range(10)], "items_found": found}
    columns |= {"date": pd.date_range("2023-05-01", periods=10), "detection_probability": detection}
    surveys = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=squares, crs=grid.attrs["crs_wkt"])
    told = pd.DataFrame(points, columns=["survey_id", "x", "y"])
    finds = gpd.GeoDataFrame(told[["survey_id"]], geometry=gpd.points_from_xy(told["x"], told["y"]), crs=surveys.crs)
    return surveys, (finds if len(finds) else None), left


def count_inside(truth, stated):
    return (truth >= stated["uxo_low"].to_numpy()) & (truth <= stated["uxo_high"].to_numpy())


def simulate(seed, worlds=WORLDS, *, detection=0.8, truly=0.8, **wrong):
    # Worlds as assumed, or wrong in what is named; strikes are invented anew for every ten of them.
    inside = {"strikes": [], "strikes with finds": [], "strikes lowered": [], "zones": [], "total": []}
    for one in range(worlds):
        rng = np.random.default_rng([seed, one])
        if one % 10 == 0:
            strikes = invent_strikes(rng)
            items = estimate_items(strikes)
            zones = merge_areas(draw_hazard_areas(strikes))
            grid = estimate_contamination(strikes, cell_m=100)
            to_grid = Transformer.from_crs("EPSG:4326", grid.attrs["crs_wkt"], always_xy=True)
            place = np.column_stack(to_grid.transform(strikes.geometry.x, strikes.geometry.y))
        places, owners = draw_truth(rng, strikes, items, place, **wrong)
        surveys, finds, left = search(rng, grid, places, detection, truly)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SurveyWarning)
            update = update_contamination(strikes, surveys, finds=finds, zones=zones, contamination=grid)
        own = pd.Series(np.bincount(owners[left], minlength=len(strikes))[: len(strikes)], index=strikes["strike_id"])
        after = update.strikes
        held, near = count_inside(own[after["strike_id"]].to_numpy(), after), after["survey_ids"].ne("").to_numpy()
        inside["strikes"] += held[near].tolist()
        inside["strikes with finds"] += held[(after["items_found"] > 0.5).to_numpy()].tolist()
        lowered = (after["uxo_expected"] < 0.7 * after["prior_uxo_expected"]).to_numpy()
        inside["strikes lowered"] += held[near & lowered].tolist()
        sums = np.array([own[ids.split("|")].sum() for ids in update.zones["strike_ids"]])
        inside["zones"] += count_inside(sums, update.zones)[update.zones["survey_ids"].ne("").to_numpy()].tolist()
        attrs = update.contamination.attrs
        inside["total"].append(attrs["uxo_low_total"] <= left.sum() <= attrs["uxo_high_total"])
    return inside


def test_ranges_after_surveys_hold_what_they_say():
    inside = simulate(20)
    shares = {name: float(np.mean(values)) for name, values in inside.items()}
    assert len(inside["strikes"]) > 200, shares
    for name in ("strikes", "strikes with finds", "strikes lowered", "zones"):
        # Within the bounds, as far as so many truths can tell.
        error = 2 * np.sqrt(0.09 / len(inside[name]))
        assert 0.85 - (error if name != "strikes" else 0) < shares[name], shares
    assert shares["strikes"] < 0.97, shares
    assert shares["total"] > 0.75, shares
