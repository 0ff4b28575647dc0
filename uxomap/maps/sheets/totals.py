"""Totals of what a sheet shows, each with its range where one is known."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from uxomap.distributions import sum_intervals
from uxomap.errors import InputError
from uxomap.maps.sentences import say_estimate_here
from uxomap.maps.sheets.words import Words, split_list
from uxomap.maps.words import say_items

#: Columns that a sum with a range rests on.
_NEEDED = ("uxo_low", "uxo_expected", "uxo_high", "uxo_sd", "uxo_sd_shared", "evidence_key")

#: Two sums of the same items differ by this share at most; they are printed with two digits.
_ALIKE = 0.02


@dataclass(frozen=True, slots=True)
class Total:
    """Items of several strikes or zones: best estimate, and 5 % and 95 % points; NaN where not known."""

    best: float
    low: float = math.nan
    high: float = math.nan

    @property
    def has_range(self) -> bool:
        """Whether both ends are known."""
        return not (math.isnan(self.low) or math.isnan(self.high))


def total_of_strikes(strikes: pd.DataFrame) -> Total:
    """
    Add up strikes: best estimates add up, ranges do not.

    Examples
    --------
    >>> strike = {"uxo_low": 1.0, "uxo_expected": 12.0, "uxo_high": 30.0, "uxo_sd": 9.0, "uxo_sd_shared": 5.0}
    >>> strikes = pd.DataFrame([strike | {"evidence_key": "m26"}] * 2)
    >>> total = total_of_strikes(strikes)
    >>> total.best, round(total.low, 1), round(total.high, 1)
    (24.0, 3.0, 52.0)
    >>> total_of_strikes(strikes.drop(columns="uxo_sd")).has_range
    False
    """
    best = float(strikes["uxo_expected"].sum())
    if not len(strikes) or not set(_NEEDED) <= set(strikes) or strikes[list(_NEEDED)].isna().any(axis=None):
        return Total(best)
    try:
        sums = sum_intervals(
            strikes["uxo_expected"],
            strikes["uxo_sd"],
            strikes["uxo_sd_shared"],
            evidence_key=strikes["evidence_key"],
            groups=pd.Series("all", index=strikes.index),
            low=strikes["uxo_low"],
            high=strikes["uxo_high"],
        ).iloc[0]
    except InputError:  # what cannot be added up has no range, but is still drawn
        return Total(best)
    return Total(best, float(sums["uxo_low"]), float(sums["uxo_high"]))


def total_of_zones(
    zones: pd.DataFrame, areas: pd.DataFrame, *, grid: Mapping[str, Any] | None = None, surveyed: bool = False
) -> Total:
    """
    Add up zones.

    Parameters
    ----------
    zones : DataFrame
        Zones that are shown.
    areas : DataFrame
        Areas of single strikes, with what a range of a sum rests on.
    grid : mapping, optional
        Attributes of a map of contamination: its total has a range, which holds where it is that of the zones.
    surveyed : bool
        Whether searches have changed the zones; the areas then know only what was before.

    Returns
    -------
    Total
        Without a range where nothing that was given knows one.
    """
    best = float(zones["uxo_expected"].sum())
    if len(zones) == 1:
        return Total(best, float(zones["uxo_low"].iloc[0]), float(zones["uxo_high"].iloc[0]))
    if len(areas) and not surveyed:
        members = {strike for ids in zones["strike_ids"] for strike in split_list(ids)}
        total = total_of_strikes(areas[areas["strike_id"].isin(members)])
        if total.has_range and _alike([total.best, best]):
            return Total(best, total.low, total.high)
    ends = [float((grid or {}).get(f"uxo_{end}_total", math.nan)) for end in ("low", "expected", "high")]
    if _alike([ends[1], best]):
        return Total(best, ends[0], ends[2])
    return Total(best)


def _alike(sums: Iterable[float]) -> bool:
    """Tell whether two sums are of the same items."""
    one, other = sums
    return abs(one - other) <= _ALIKE * max(abs(other), 1.0)  # a comparison with NaN is false


def say_total(total: Total, words: Words) -> str:
    r"""
    Write a total, with its range in brackets where it has one.

    Examples
    --------
    >>> from uxomap.languages import load_language
    >>> words = Words(load_language("en"))
    >>> say_total(Total(64.0, 12.0, 190.0), words).split("\u2013"), say_total(Total(64.0), words)
    (['64 (12', '190)'], '64')
    """
    return words.estimate(total.low, total.best, total.high) if total.has_range else words.number(total.best)


def say_items_shown(zones: pd.DataFrame, total: Total, words: Words) -> str:
    """Say how many items are estimated in all zones on a map."""
    say, language = words.language.say, words.language
    best = words.number(total.best)
    ends = (words.number(total.low), words.number(total.high)) if total.has_range else (best, best)
    items = say_items(set(zones["hazard_kind"]), best if ends[0] == ends[1] else "0", language)
    if ends[0] == ends[1]:
        return say("About {n} {items} estimated in the zones shown", n=best, items=items)
    return say(
        "Between {low} and {high} {items} estimated in the zones shown (best estimate {best})",
        low=ends[0],
        high=ends[1],
        items=items,
        best=best,
    )


def say_items_here(zone: pd.DataFrame, words: Words) -> str:
    """Say how many items are estimated in the only zone of a frame."""
    uxo = tuple(float(zone[name].iloc[0]) for name in ("uxo_low", "uxo_expected", "uxo_high"))
    return say_estimate_here((uxo[0], uxo[1], uxo[2]), set(zone["hazard_kind"]), words.language)
