"""Totals of an assessment, and what it says about itself in numbers and in sentences."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import pandas as pd
import xarray as xr

from uxomap import wording
from uxomap.contamination import SurveyUpdate
from uxomap.distributions import sum_intervals
from uxomap.survey import SurveyPlan

#: Libraries whose versions can move a number, named in summary.json.
_LIBRARIES = ("geopandas", "numpy", "pandas", "pyproj", "scipy", "shapely")

#: Zones named in the summary.
_LISTED = 10


def add_up(hazard_areas: pd.DataFrame, unlocated: pd.DataFrame) -> pd.DataFrame:
    """Add up the items on the map, off it and together; means add up, intervals do not."""
    columns = ["uxo_low", "uxo_expected", "uxo_high", "uxo_sd", "uxo_sd_shared", "evidence_key"]
    mapped = hazard_areas[columns].assign(group="on the map")
    unlocated = unlocated[columns].assign(group="unlocated")
    together = pd.concat([mapped, unlocated]).assign(group="together")
    strikes = pd.concat([mapped, unlocated, together], ignore_index=True)
    sums = sum_intervals(
        strikes["uxo_expected"],
        strikes["uxo_sd"],
        strikes["uxo_sd_shared"],
        evidence_key=strikes["evidence_key"],
        groups=strikes["group"],
        low=strikes["uxo_low"],
        high=strikes["uxo_high"],
    )
    groups = ["on the map", "unlocated", "together"]
    counted = strikes.groupby("group").size().reindex(groups, fill_value=0).rename("n_strikes")
    return (
        sums[["uxo_low", "uxo_expected", "uxo_high"]]
        .reindex(groups, fill_value=0.0)
        .assign(n_strikes=counted)[["n_strikes", "uxo_low", "uxo_expected", "uxo_high"]]
    )


def describe_grid(contamination: xr.Dataset | None, note: str) -> dict[str, Any]:
    """Which cells the map of contamination has, or why there is none."""
    if contamination is None:
        return {"not_made": note}
    rows, columns = contamination["uxo_expected"].shape
    return {"cell_m": contamination.attrs["cell_m"], "rows": int(rows), "columns": int(columns)}


def describe_understood(understood: pd.DataFrame) -> list[dict[str, str]]:
    """How each input was understood, one mapping each."""
    return [
        {"source": str(source)} | dict(zip(lines["item"], lines["understood"], strict=True))
        for source, lines in understood.groupby("source", sort=False)
    ]


def list_versions() -> dict[str, str]:
    """Versions of this package and of the libraries that can move a number."""
    return {name: metadata.version(name) for name in ("uxomap", *_LIBRARIES)}


def say_counts(
    counts: Mapping[str, int], totals: pd.DataFrame, *, land_m2: float, searched: bool, brief: bool
) -> list[str]:
    """Say how many items, strikes and rows there are, on the map and off it."""
    land, count = wording.say_area(land_m2), wording.say_count
    before = " before the surveys" if searched else ""
    lines = [
        (
            f"Estimated unexploded items{before}: {say_total(totals, 'together')}, from "
            f"{count(counts['strikes'], 'reported strike')}."
        ),
        (
            f"{count(counts['strikes_on_the_map'], 'strike')} on the map in {count(counts['zones'], 'zone')} "
            f"({land} to look in); {counts['strikes_unlocated']:,} placed too coarsely to draw."
        ),
    ]
    if counts["strikes_unlocated"]:
        lines.append(
            f"Of the items, {say_total(totals, 'unlocated')} belong to strikes that the map does not show: locate "
            "them first."
        )
    if not brief or counts["rejected"]:
        lines.append(
            f"{count(counts['rows'], 'row')} read: {counts['accepted']:,} accepted, {counts['assumed']:,} with "
            f"something assumed, {counts['rejected']:,} rejected."
        )
    return lines


def _say_people(totals: pd.Series) -> str:
    """Say how many people live in any zone and near one; the figures of any row tell it."""
    inside, near = (totals[name] for name in ("people_inside_total", "people_near_total"))
    if pd.isna(inside):
        return "How many people live in the zones is not known: no figures were given, or they do not cover the zones."
    read = wording.round_for_reading
    reach = f"{totals['near_m']:,.0f} m"
    return f"About {read(inside)} people live in the zones, and {read(near)} more within {reach} of them."


def say_total(totals: pd.DataFrame, name: str) -> str:
    """Write a total with its range."""
    low, best, high = totals.loc[[name], ["uxo_low", "uxo_expected", "uxo_high"]].to_numpy(float)[0]
    return wording.say_estimate(low, best, high)


def describe_steps(
    surveys: SurveyUpdate | None,
    exposure: pd.DataFrame | None,
    priorities: pd.DataFrame | None,
    plan: SurveyPlan | None,
) -> dict[str, Any]:
    """What the steps after the map came to."""
    said: dict[str, Any] = {}
    if surveys is not None:
        said["surveys"] = surveys.summary_lines()
    if exposure is not None and len(exposure):
        said["people"] = {
            "meaning": "people in any zone, and near any and in none, each counted once; null where not known",
            "inside": exposure["people_inside_total"].iloc[0],
            "near": exposure["people_near_total"].iloc[0],
        }
    if priorities is not None:
        top = priorities.head(_LISTED)[["zone_id", "priority", "rank_low", "rank_high", "first_rank_share"]]
        said["first_zones"] = top.to_dict("records")
    if plan is not None:
        said["plan"] = {"lines": plan.summary_lines(), "assumptions": list(plan.assumptions)}
    return said


def say_steps(
    surveys: SurveyUpdate | None,
    exposure: pd.DataFrame | None,
    priorities: pd.DataFrame | None,
    plan: SurveyPlan | None,
    *,
    brief: bool,
) -> list[str]:
    """Say in a few sentences what the steps after the map came to; in brief the first ones of each."""
    searched = [] if surveys is None else surveys.summary_lines()
    lines = searched[:2] if brief else searched
    if exposure is not None and len(exposure):
        lines.append(_say_people(exposure.iloc[0]))
    if priorities is not None and len(priorities):
        first = priorities.iloc[0]
        lines.append(
            f"Proposed first: zone {first['zone_id']}, between rank {first['rank_low']} and {first['rank_high']} of "
            f"{len(priorities):,} with 90 % of the weights and figures that were drawn."
        )
        left_out = first["criteria_left_out"].replace("|", ", ").replace("_", " ")
        if left_out and not brief:
            lines.append(f"No zone has data for these criteria, so the order does not rest on them: {left_out}.")
    if plan is not None:
        planned = plan.summary_lines()
        lines += planned[1:3] if brief else planned
    # The notice is said once, by whoever prints these lines.
    return [line for line in lines if line != wording.NOTICE]
