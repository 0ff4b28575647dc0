"""Munition and number of carriers of a strike: what its reports allow, and what is assumed where they are silent."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from uxomap.munitions import load_categories, load_munitions
from uxomap.strikes._agree import agree_on

ROUNDS = ["rounds_low", "rounds_expected", "rounds_high"]

#: Said where the words of a report leave the munition open, by the way they were matched.
_OPEN_MATCHES = {
    "fuzzy": "munition read as {names}, spelling differs",
    "class": "munition known by class only: {names}",
    "ambiguous": "munition may be {names}",
    "none": "munition not known: {names}",
}

#: Names written out before "and N more".
_NAMED_CANDIDATES = 4


class Match(NamedTuple):
    """What the words of a report were taken for: id (missing where open), way, candidates joined with ``|``."""

    munition_id: str | float
    way: str
    candidates: str


def join_matches(matches: tuple[Match, ...]) -> Match:
    """
    Join what the words of several reports of one event were taken for.

    What all reports allow; where there is no such munition, all that any of them allows.
    """
    lists = sorted({match.candidates for match in matches})
    if len(lists) == 1:
        return min(matches, key=lambda match: _trust(match.way))
    agreed = agree_on(lists)
    ids = agreed or tuple(sorted({one for text in lists for one in text.split("|")}))
    joined = "|".join(ids)
    same = [match for match in matches if set(match.candidates.split("|")) == set(ids)]
    if same:
        return min(same, key=lambda match: (_trust(match.way), match.candidates))
    return Match(ids[0], "alias", joined) if len(ids) == 1 else Match(np.nan, "ambiguous", joined)


def _trust(way: str) -> int:
    """Order of the ways of matching, the surest first."""
    return ("exact", "alias", "fuzzy", "class", "ambiguous", "none").index(way)


def say_munitions(strikes: gpd.GeoDataFrame) -> pd.Series:
    """Say in words what the munition was taken for, where the report leaves it open."""
    names = load_munitions()["name"]
    grouped = strikes.groupby(["munition_match", "munition_candidates"], sort=False)
    said = []
    for match, candidates in grouped.size().index:
        ids = candidates.split("|")
        listed = " or ".join(names[one] for one in ids[:_NAMED_CANDIDATES])
        more = f" or {len(ids) - _NAMED_CANDIDATES} more" if len(ids) > _NAMED_CANDIDATES else ""
        said.append(_OPEN_MATCHES.get(match, "").format(names=listed + more))
    notes: pd.Series = pd.Series(said, dtype=str).iloc[grouped.ngroup()].set_axis(strikes.index)
    return notes


def assume_rounds(strikes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Fill in the class range where no number of carriers is reported, and say so."""
    unknown = strikes["rounds_expected"].isna()
    categories = load_categories()[ROUNDS]
    category = load_munitions()["category"]
    ranges = {}
    for candidates in strikes.loc[unknown, "munition_candidates"].unique():
        options = categories.loc[category[candidates.split("|")].unique()]
        ranges[candidates] = (
            options["rounds_low"].min(),
            options["rounds_expected"].mean(),
            options["rounds_high"].max(),
        )
    assumed = pd.DataFrame.from_dict(ranges, orient="index", columns=ROUNDS)
    filled = assumed.reindex(strikes["munition_candidates"]).set_axis(strikes.index)
    notes = {
        candidates: f"number of carriers not reported: {low:g} to {high:g} assumed, {expected:.3g} expected"
        for candidates, (low, expected, high) in ranges.items()
    }
    note = strikes["munition_candidates"].map(notes).where(unknown, "").fillna("").astype(str)
    return strikes.assign(**{name: strikes[name].fillna(filled[name]) for name in ROUNDS}), note
