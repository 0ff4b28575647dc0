"""Totals of an assessment, and what it says about itself in numbers and in sentences."""

from importlib import metadata
from typing import Any

import pandas as pd
import xarray as xr

from uxomap import wording
from uxomap.distributions import sum_intervals

#: Libraries whose versions can move a number, named in summary.json.
_LIBRARIES = ("geopandas", "numpy", "pandas", "pyproj", "scipy", "shapely")


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


def say_total(totals: pd.DataFrame, name: str) -> str:
    """Write a total with its range."""
    low, best, high = totals.loc[[name], ["uxo_low", "uxo_expected", "uxo_high"]].to_numpy(float)[0]
    return f"{wording.say_range(low, high)} (best estimate {wording.round_for_reading(best)})"
