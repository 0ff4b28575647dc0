"""
How published figures are chosen, weighed and turned into distributions.

Weights, spreads and the reason for each stand in ``data/bases.csv`` and ``data/weights.csv``.
"""

import io
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import pandas as pd

from uxomap.distributions import RatePool, beta_from_interval, beta_from_mean, beta_from_point
from uxomap.errors import CatalogueError, InputError
from uxomap.munitions._catalogue import PERCENTAGES, load_categories, load_munitions

#: Scenarios with a name; ``source:<text>`` is the fourth.
SCENARIOS = ("all", "field", "official")

_SOURCE_PREFIX = "source:"

#: A single value earns a density that falls to zero at 0 and at 1: no munition is known to fail never or always.
_LEAST_SHAPE = 2.0

#: A range is taken as it stands, but as at most so many times as exact as a single value on the same basis.
_MOST_EXACT = 2.0


@cache
def _read_data(name: str) -> pd.DataFrame:
    """Read a table of choices."""
    text = resources.files("uxomap").joinpath(f"munitions/data/{name}").read_text(encoding="utf-8")
    return pd.read_csv(io.StringIO(text), keep_default_na=False)


def load_bases() -> pd.DataFrame:
    """
    Load the bases of published figures, with weight, spread and the reason for both.

    Returns
    -------
    DataFrame
        Index ``basis``, strongest first: ``label``, ``weight``, ``concentration`` (of the Beta that a single value
        becomes), ``from_war``, ``official``, ``colour``, ``reason``.

    Examples
    --------
    >>> load_bases()["weight"].head(5).to_dict()
    {'field': 4.0, 'study': 3.0, 'test': 2.0, 'statement': 1.0, 'claim': 0.5}
    """
    return _read_data("bases.csv").set_index("basis")


def load_weights() -> pd.DataFrame:
    """
    Load the factors for grade and scope, with the reason for each.

    Returns
    -------
    DataFrame
        Index ``kind`` and ``value``: ``factor``, ``reason``.

    Examples
    --------
    >>> load_weights().loc[("grade", "C"), "factor"]
    np.float64(0.3)
    """
    return _read_data("weights.csv").set_index(["kind", "value"])


def say_figure(row: Mapping[str, float] | pd.Series) -> str:
    """Write a published figure as it was published."""
    low, mid, high = (row[column] for column in PERCENTAGES)
    if pd.notna(low) and pd.notna(high):
        return f"{low:g} to {high:g} %"
    if pd.notna(mid):
        return f"{mid:g} %"
    if pd.notna(high):
        return f"up to {high:g} %"
    return f"{low:g} % or more" if pd.notna(low) else "no number"


def check_scenario(scenario: str) -> None:
    """Refuse a scenario that has no meaning."""
    if scenario in SCENARIOS or (scenario.startswith(_SOURCE_PREFIX) and scenario.removeprefix(_SOURCE_PREFIX).strip()):
        return
    message = (
        f"Invalid scenario {scenario!r}. Must be one of: {', '.join(SCENARIOS)}, "
        "or 'source:' and part of the name of a source, e.g. 'source:Human Rights Watch'."
    )
    raise InputError(message)


def weigh_bases(estimates: pd.DataFrame, weights: Mapping[str, float] | None) -> pd.DataFrame:
    """Put beside each figure what its basis and grade are worth."""
    bases, factors = load_bases(), load_weights()["factor"]
    by_basis: dict[str, float] = dict(bases["weight"].items())  # type: ignore[arg-type] # the index holds text
    for basis, value in (weights or {}).items():
        if basis not in by_basis or not np.isfinite(value) or value < 0:
            choices = ", ".join(bases.index)
            message = f"Invalid weight {basis!r}: {value!r}. Must be a number of 0 or more for one of: {choices}."
            raise InputError(message)
        by_basis[basis] = float(value)
    numbers = estimates[list(PERCENTAGES)].notna().any(axis=1)
    single = estimates["estimate_id"].map(factors["estimate"]).astype(float).fillna(1.0)
    weight = (estimates["basis"].map(by_basis) * estimates["grade"].map(factors["grade"]) * single).where(numbers, 0.0)
    return estimates.assign(
        basis_weight=weight.astype(float),
        from_war=estimates["basis"].map(bases["from_war"]) == "yes",
        official=estimates["basis"].map(bases["official"]) == "yes",
        concentration=estimates["basis"].map(bases["concentration"]).astype(float),
    )


def admit(table: pd.DataFrame, scenario: str) -> pd.Series:
    """Tell which figures belong to a scenario."""
    if scenario == "field":
        return table["basis"] == "field"
    if scenario == "official":
        return table["official"]
    if scenario == "all":
        return pd.Series(data=True, index=table.index)
    wanted = scenario.removeprefix(_SOURCE_PREFIX).strip()
    # Whole words, so that "RT" does not find "dirty".
    return table["source"].str.contains(rf"(?<!\w){re.escape(wanted)}(?!\w)", case=False, regex=True)


def weigh_scopes(table: pd.DataFrame) -> pd.DataFrame:
    """Weigh class figures and analogies by whether the munition has figures of its own."""
    kind = "beside_own" if (table["scope"] == "own").any() else "alone"
    factors = load_weights()["factor"][kind]
    return table.assign(raw_weight=table["basis_weight"] * table["scope"].map(factors).astype(float))


def class_rows(table: pd.DataFrame, entry: pd.Series) -> tuple[pd.DataFrame, str]:
    """Figures of the class of a munition, and the name of that class."""
    generic = load_categories().loc[entry["category"], "generic_id"]
    rows = table[(table["munition_id"] == generic) & (table["basis_weight"] > 0)]
    name = load_munitions()["name"].get(generic, "none")
    if rows.empty:
        message = (
            f"No published dud rate for {entry.name!r}, and none for its class ({name}). "
            "Give one with add_estimates or given_rate."
        )
        raise CatalogueError(message)
    return rows.assign(raw_weight=rows["basis_weight"], scope="class"), str(name)


def fill_up(used: pd.DataFrame, table: pd.DataFrame, entry: pd.Series) -> tuple[pd.DataFrame, str]:
    """Add the class mixture where tests and claims would otherwise stand nearly alone."""
    from_war = used["from_war"]
    missing = load_weights()["factor"]["fill"].iloc[0] - used.loc[from_war, "raw_weight"].sum()
    if from_war.all() or missing <= 0 or entry["hazard_kind"] != "dud":
        return used, ""
    rows, name = class_rows(table, entry)
    rows = rows.assign(raw_weight=rows["raw_weight"] * missing / rows["raw_weight"].sum())
    share = missing / (missing + float(used["raw_weight"].sum()))
    note = (
        f"few or no figures from war for this munition: class figures ({name}) added at {100 * share:.0f} % weight, "
        "because deminers counted 1.4 to 10 times what tests and makers state"
    )
    return pd.concat([used, rows]), note


def say_scopes(used: pd.DataFrame) -> list[str]:
    """Say what the figures used have in common that a reader must know."""
    notes = []
    if (used["scope"] == "class").all():
        notes.append("class figures only: no dud rate published for this munition itself")
    elif (used["scope"] != "own").all():
        notes.append("figures of its class or of similar munitions only: none published for this munition itself")
    if (used["grade"] == "C").all():
        notes.append("dud rate from weak or unconfirmed sources only")
    return notes


def say_no_estimate(munition_id: str, scenario: str, own: pd.DataFrame) -> str:
    """Say that a scenario is empty, and which are not."""
    filled = [name for name in SCENARIOS if admit(own, name).any()]
    said = f"No published dud rate for {munition_id!r} in scenario {scenario!r}."
    if not filled:
        return (
            f"{said} Nothing is published that could be pooled. Use the scenario 'all', which falls back to its class."
        )
    publishers = list(dict.fromkeys(publisher(source) for source in own["source"]))
    return f"{said} There are figures in: {', '.join(filled)}; sources: {'; '.join(publishers)}. Choose one of them."


def say_reason(row: pd.Series) -> str:
    """Say in words what gives a figure its weight."""
    scope = {"own": "of this munition", "class": "of its class", "analogy": "of a similar munition"}[row["scope"]]
    return f"{load_bases().loc[row['basis'], 'label'].lower()}, {scope}, grade {row['grade']}"


@lru_cache(maxsize=1024)
def figure_pool(low: float | None, mid: float | None, high: float | None, concentration: float) -> RatePool:
    """Turn one published figure, in per cent, into a Beta distribution."""
    bottom = low / 100 if low is not None and low > 0 else None
    top = high / 100 if high is not None and high < 100 else None  # noqa: PLR2004 - per cent
    if bottom is not None and top is not None and bottom < top:
        found = beta_from_interval(bottom, top)
        most = _MOST_EXACT**2 * _earned(found.mean, concentration)  # the sd falls with the root of the concentration
        return found if _concentration(found) <= most else beta_from_mean(found.mean, most)
    single = bottom if bottom is not None and bottom == top else mid / 100 if mid is not None else None
    if single is not None:
        return _single(single, concentration)
    if top is not None:
        return beta_from_point(top, 0.95)
    if bottom is not None:
        return beta_from_point(bottom, 0.05)
    message = (
        f"Invalid figure {low!r}, {mid!r}, {high!r} per cent. Must hold a number above 0 and below 100. Correct it."
    )
    raise CatalogueError(message)


def _single(mean: float, concentration: float) -> RatePool:
    """Beta distribution for a figure that is a single value."""
    return beta_from_mean(mean, _earned(mean, concentration))


def _earned(mean: float, concentration: float) -> float:
    """Concentration that a basis earns, but never so low that the density peaks at 0 or at 1."""
    return max(concentration, _LEAST_SHAPE / min(mean, 1 - mean))


def _concentration(pool: RatePool) -> float:
    """Sum of the parameters of a single Beta."""
    return float(pool.alpha[0] + pool.beta[0])


def publisher(source: str) -> str:
    """Shorten a source to its publisher: what stands before the first comma outside brackets."""
    if source.startswith("unconfirmed"):
        return "unconfirmed"
    name = re.match(r"(?:\([^)]*\)|[^,(])*", source)
    return (name.group(0) if name else source).strip().replace(";", ",") or source
