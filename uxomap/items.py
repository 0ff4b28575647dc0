"""
Strikes to items: how many were delivered, how many are left live, over what spread.

What hazard areas and the list of unlocated strikes both need, in one place. A
strike that may be one of several munitions is estimated from the mixture of all
of them, each with the same weight: counts cover every candidate, the spread is
that of the widest one.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from uxomap import wording
from uxomap.distributions import (
    CountRange,
    DudCount,
    RatePool,
    beta_from_interval,
    mix_duds,
    mix_pools,
    multiply_counts,
    product_quantile,
)
from uxomap.munitions import KAPPA, dud_rate, find_munition
from uxomap.precision import R95_PER_SIGMA

_KEY = ["munition_candidates", "rounds_low", "rounds_expected", "rounds_high", "evidence"]

#: Share still live of a load that never left its carrier (5 % and 95 % points). No figure is published; items that were
#: never scattered were never armed to function, and count as live until somebody has looked.
UNDISPERSED_SHARE = (0.8, 0.99)

_UNDISPERSED_NOTE = "load never dispersed: 80 to 99 % of it taken as live, at one point for each carrier"

#: Names of munitions written out before "and N more".
_NAMED = 4

_ASSUMED = {
    "items": {"assumed": "items per carrier assumed for its class", "unconfirmed": "items per carrier not verified"},
    "footprint": {"assumed": "footprint assumed for its class", "unconfirmed": "footprint not verified"},
    "salvo": {
        "assumed": "spread between carriers assumed for its class",
        "unconfirmed": "spread between carriers not verified",
    },
}


def estimate_items(strikes: pd.DataFrame) -> pd.DataFrame:
    """
    Estimate the items that each strike delivered and left live.

    Parameters
    ----------
    strikes : DataFrame
        Layer ``strikes``; only the columns on munition, rounds and evidence are read.

    Returns
    -------
    DataFrame
        On the index of *strikes*: ``munition``, ``hazard_kind``, ``items_low|expected|high``,
        ``dud_rate_low|expected|high``, ``uxo_low|expected|high``, ``uxo_sd``, ``uxo_sd_shared``, ``sigma_along_m``,
        ``sigma_across_m`` (spread of items around their carrier), ``salvo_sigma_m`` (spread of carriers; 0 where one
        carrier is all there can be), ``assumptions`` (those of the strike and those made here), ``dud_sources``,
        ``evidence_key``.

    Raises
    ------
    CatalogueError
        A candidate is not in the catalogue.
    InputError
        Counts that are no range of low, expected and high.

    Examples
    --------
    >>> strike = {"munition_candidates": "m26", "rounds_low": 1, "rounds_expected": 1, "rounds_high": 1}
    >>> items = estimate_items(pd.DataFrame([strike | {"evidence": "delivered", "assumptions": ""}]))
    >>> items["munition"].tolist(), items["items_expected"].tolist()
    (['M26 227mm MLRS rocket'], [644.0])
    """
    number, keys = _number_rows(strikes[_KEY])
    estimates = pd.DataFrame([_estimate(*key) for key in keys.itertuples(index=False)], columns=list(_COLUMNS))
    result = estimates.iloc[number].set_axis(strikes.index)
    pairs = pd.DataFrame({"own": strikes["assumptions"].fillna("").astype(str), "made": result["assumptions"]})
    number, texts = _number_rows(pairs)
    joined = pd.Series([wording.join_notes(own, made) for own, made in texts.itertuples(index=False)], dtype=str)
    return result.assign(assumptions=joined.iloc[number].set_axis(strikes.index))


_COLUMNS = (
    "munition",
    "hazard_kind",
    "items_low",
    "items_expected",
    "items_high",
    "dud_rate_low",
    "dud_rate_expected",
    "dud_rate_high",
    "uxo_low",
    "uxo_expected",
    "uxo_high",
    "uxo_sd",
    "uxo_sd_shared",
    "sigma_along_m",
    "sigma_across_m",
    "salvo_sigma_m",
    "assumptions",
    "dud_sources",
    "evidence_key",
)


def _number_rows(frame: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the different rows of a frame."""
    number = frame.groupby(list(frame.columns), sort=False, dropna=False).ngroup().to_numpy()
    return number, frame.drop_duplicates()


def _estimate(candidates: str, low: float, expected: float, high: float, evidence: str) -> tuple[object, ...]:
    """Estimate one kind of strike; the values stand in the order of the columns."""
    ids = candidates.split("|")
    entries = [find_munition(one) for one in ids]
    unopened = evidence == "undispersed"
    rates = [] if unopened else [dud_rate(one) for one in ids]
    rounds = CountRange(low, expected, high)
    seen = evidence == "explosions"
    one = CountRange(1, 1, 1)
    loads = [one if seen else CountRange(*entry[["items_low", "items_expected", "items_high"]]) for entry in entries]
    nodes = [multiply_counts(rounds, load) for load in loads]
    pools = [rate.pool for rate in rates] or [beta_from_interval(*UNDISPERSED_SHARE)] * len(ids)
    left = mix_duds([(1.0, *option) for option in zip(nodes, pools, strict=True)], concentration=KAPPA, seen=seen)
    uxo_low, uxo_high = (left.quantile(p) for p in (0.05, 0.95))
    items_low = min(product_quantile(rounds, load, 0.05) for load in loads)
    items_expected = float(np.mean([rounds.expected * load.expected for load in loads]))
    items_high = max(product_quantile(rounds, load, 0.95) for load in loads)
    if seen:  # what exploded and what did not
        items_low, items_expected, items_high = items_low + uxo_low, items_expected + left.mean, items_high + uxo_high
    pool = mix_pools(pools, np.ones(len(pools)))
    along, across = zip(*((0.0, 0.0) if unopened else footprint_sigmas(entry) for entry in entries), strict=True)
    kinds = {"undispersed"} if unopened else {entry["hazard_kind"] for entry in entries}
    notes = [_say_assumptions(entry, spread=not unopened, several=high > 1) for entry in entries]
    return (
        _name_all([entry["name"] for entry in entries]),
        kinds.pop() if len(kinds) == 1 else "mixed",
        items_low,
        items_expected,
        items_high,
        *pool.quantile([0.05]),
        pool.mean,
        *pool.quantile([0.95]),
        uxo_low,
        left.mean,
        uxo_high,
        left.sd,
        _shared_sd(left, nodes, pools),
        max(along),
        max(across),
        max(entry["salvo_sigma_m"] for entry in entries) if high > 1 else 0.0,
        wording.join_notes(*notes, *(rate.assumptions for rate in rates), _UNDISPERSED_NOTE if unopened else ""),
        wording.join_notes(*(rate.sources for rate in rates)),
        "|".join(sorted({rate.evidence_key for rate in rates})) or "undispersed",
    )


def _shared_sd(left: DudCount, nodes: Sequence[tuple[np.ndarray, np.ndarray]], pools: Sequence[RatePool]) -> float:
    """Standard deviation that strikes with the same candidates share: the type's rate, and which type it was."""
    means = np.array([pool.mean * float(size @ weight) for (size, weight), pool in zip(nodes, pools, strict=True)])
    return min(math.hypot(left.sd_shared, float(means.std())), left.sd)


def footprint_sigmas(entry: pd.Series) -> tuple[float, float]:
    """
    Standard deviations of the items of one carrier, along and across its flight.

    Parameters
    ----------
    entry : Series
        A row of the catalogue: footprint length and width in metres, or low and high area in m².

    Returns
    -------
    along, across : float
        Metres. The 95 % ellipse is the published footprint: length / 2 / 2.4477. Where only an area is published, a
        circle with the geometric middle of its range; a unitary round has none.

    Examples
    --------
    >>> along, across = footprint_sigmas(find_munition("m26"))
    >>> round(along, 1), round(across, 1)
    (40.9, 20.4)
    """
    length, width = entry["footprint_length_m"], entry["footprint_width_m"]
    if pd.isna(length) or pd.isna(width):
        middle = math.sqrt(entry["footprint_low_m2"] * entry["footprint_high_m2"])
        length = width = 2 * math.sqrt(middle / math.pi)
    return float(length) / 2 / R95_PER_SIGMA, float(width) / 2 / R95_PER_SIGMA


def _name_all(names: Sequence[str]) -> str:
    """Name the munition, or all it may be."""
    more = f" or {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return " or ".join(names[:_NAMED]) + more


def _say_assumptions(entry: pd.Series, *, spread: bool, several: bool) -> str:
    """Say which values of a catalogue entry are assumed or not verified, of those that were used."""
    parts = ["items", *(["footprint"] if spread else []), *(["salvo"] if several else [])]
    return "; ".join(_ASSUMED[part].get(entry[f"{part}_status"], "") for part in parts)
