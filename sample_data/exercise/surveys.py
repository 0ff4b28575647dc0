"""Two rounds of invented surveys: where teams searched, with what chance of finding, and what they found."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from island import METRIC, NOTICE, Floats, Island, seeded
from strikes import Truth

from uxomap import find_strikes, read_reports

#: Chance that a search by a team finds an item in its polygon: detectors, trained eyes, eyes in high grass.
_TEAMS = {"A": 0.85, "B": 0.7, "C": 0.5}

#: Searches around exactly known reports, around villages, beside finds, and again in the same polygon.
_ROUNDS = {1: (14, 4, 0, 0), 2: (5, 2, 6, 3)}
_FIRST_DAYS = {1: "2024-05-06", 2: "2024-09-02"}

#: Radius of a place in metres up to which teams begin at the reported point itself.
_EXACT_M = 500.0

#: Finds that make the programme search on beside a polygon.
_WORTH_SEARCHING_ON = 2

#: Share of finds of which the type is not written down.
_UNTYPED = 0.15


@dataclass(frozen=True)
class Round:
    """One round of survey: both layers in degrees, and the items still there afterwards."""

    surveys: gpd.GeoDataFrame
    finds: gpd.GeoDataFrame
    left: pd.DataFrame


def _parcel(rng: np.random.Generator, centre: Floats, turn: float) -> shapely.Polygon:
    """Draw the piece of land of one search: about a rectangle, as wide as a team does in some days."""
    half = np.array([rng.uniform(130, 240), rng.uniform(100, 170)])
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) + rng.normal(0, 14, (4, 2))
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return shapely.Polygon(corners @ rotation + centre)


def _plan(number: int, strikes: gpd.GeoDataFrame, before: Round | None) -> Iterator[shapely.Polygon]:
    """Choose where to search, from the reports and from earlier finds; what is truly there plays no part."""
    rng = seeded("plan", number)
    exact, villages, beside, again = _ROUNDS[number]
    scattered = strikes["munition_candidates"].str.contains("9m|m483a1|m26|rbk|bl755|cluster|pom|sakr", regex=True)
    known = strikes[strikes["precision_m"].le(_EXACT_M) & scattered].geometry
    coarse = strikes[strikes["precision_m"].between(_EXACT_M + 1, 5000)].geometry
    skip = 0 if before is None else _ROUNDS[1][0]
    order = seeded("order").permutation(len(known))[skip : skip + exact]
    for point in known.iloc[order]:
        yield _parcel(rng, np.array(point.coords[0]) + rng.normal(0, 40, 2), rng.uniform(0, np.pi))
    for point in coarse.iloc[rng.permutation(len(coarse))[:villages]]:
        yield _parcel(rng, np.array(point.coords[0]) + rng.normal(0, 600, 2), rng.uniform(0, np.pi))
    if before is None:
        return
    searched = before.surveys.to_crs(METRIC).sort_values("items_found", ascending=False, kind="stable")
    finds = before.finds.to_crs(METRIC).dissolve("survey_id").centroid
    rich = searched[searched["items_found"] >= _WORTH_SEARCHING_ON]
    for row in rich.head(beside).itertuples():
        away = np.array(finds[row.survey_id].coords[0]) - np.array(row.geometry.centroid.coords[0])
        step = 260 * away / max(float(np.hypot(*away)), 1.0)
        yield _parcel(rng, np.array(row.geometry.centroid.coords[0]) + step, rng.uniform(0, np.pi))
    yield from rich.geometry.head(again)


def _search(number: int, polygons: gpd.GeoSeries, left: pd.DataFrame) -> Round:
    """Search polygons one after the other; what is found is no longer there for the next."""
    rng = seeded("search", number)
    # A load that never left its carrier lies at one place, and is found as a whole or not at all.
    spot = left.groupby(["longitude", "latitude"], sort=False).ngroup().to_numpy()
    surveys, finds = list[dict[str, Any]](), list[dict[str, Any]]()
    gone = np.zeros(len(left), dtype=bool)
    day = pd.Timestamp(_FIRST_DAYS[number])
    for place, polygon in enumerate(polygons, start=1):
        team = list(_TEAMS)[int(rng.integers(len(_TEAMS)))]
        inside = shapely.contains_xy(polygon, left["longitude"], left["latitude"]) & ~gone
        found = inside & (rng.random(len(left))[spot] < _TEAMS[team])
        gone |= found
        day += pd.offsets.BDay(int(rng.integers(1, 4)))
        survey: dict[str, Any] = {"survey_id": f"R{number}-{place:02}", "date": f"{day:%Y-%m-%d}"}
        survey |= {"detection_probability": _TEAMS[team], "items_found": int(found.sum())}
        surveys.append(survey | {"round": str(number), "team": team, "notice": NOTICE})
        for item in left[found].to_dict("records"):
            typed = not item["munition_id"].startswith("generic") and rng.random() > _UNTYPED
            find = {"find_id": f"F{number}-{len(finds) + 1:03}", "survey_id": survey["survey_id"]}
            find |= {"munition_id": item["munition_id"] if typed else "", "notice": NOTICE}
            finds.append(find | {"geometry": shapely.Point(item["longitude"], item["latitude"])})
    searched = gpd.GeoDataFrame(surveys, geometry=polygons.to_numpy(), crs="EPSG:4326")
    return Round(searched, gpd.GeoDataFrame(finds, geometry="geometry", crs="EPSG:4326"), left[~gone])


def simulate_rounds(island: Island, truth: Truth, reports: Path) -> list[Round]:
    """Simulate the rounds; the second finds nothing that the first found."""
    strikes = find_strikes(read_reports(reports)).to_crs(METRIC)
    left, rounds = truth.items, list[Round]()
    for number in _ROUNDS:
        parcels = list(_plan(number, strikes, rounds[-1] if rounds else None))
        dry = gpd.GeoSeries(shapely.intersection(parcels, island.land), crs=METRIC).to_crs("EPSG:4326")
        rounds.append(_search(number, dry.set_precision(1e-6), left))
        left = rounds[-1].left
    return rounds
