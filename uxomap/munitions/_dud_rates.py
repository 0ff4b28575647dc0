"""
The share of a munition's items that is left live, pooled from everything that is published about it.

Each published figure becomes a Beta distribution; the pool is their weighted mixture. Weights, spreads and the reason
for each stand in ``data/bases.csv`` and ``data/weights.csv``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.distributions import RatePool, beta_from_interval, mix_pools
from uxomap.errors import CatalogueError
from uxomap.munitions._catalogue import PERCENTAGES, find_munition, load_estimates
from uxomap.munitions._evidence import (
    admit,
    check_scenario,
    class_rows,
    figure_pool,
    fill_up,
    load_bases,
    publisher,
    say_figure,
    say_no_estimate,
    say_reason,
    say_scopes,
    weigh_bases,
    weigh_scopes,
)
from uxomap.wording import join_notes

#: Mines are live by design; what a self-destruct left is not published as a share. Weight, 5 % point and 95 % point.
_LIVE_MINES: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    "no": ((1.0, 0.80, 0.99),),
    "yes": ((0.5, 0.01, 0.30), (0.5, 0.60, 0.99)),
}
_LIVE_MINES_TEXT: Mapping[str, str] = {
    "no": "no self-destruct: nearly all",
    "yes": "self-destruct known to fail: few or most, evenly weighted",
    "variant": "not known whether with self-destruct: few or most, evenly weighted",
    "unknown": "not known whether with self-destruct: few or most, evenly weighted",
}
_LIVE_LOAD = ((1.0, 0.80, 0.99),)


@dataclass(frozen=True, eq=False)
class DudRate:
    """
    Share of a munition's items that is left live, with the evidence behind it.

    Attributes
    ----------
    munition_id : str
        Id in the catalogue.
    scenario : str
        Which figures were admitted.
    pool : RatePool
        The pooled distribution of the share.
    estimates : DataFrame
        The figures used, one row each, with ``weight`` (adding up to 1), ``share_low``, ``share_mean``, ``share_high``
        (5 % point, mean and 95 % point of the distribution made from it) and ``reason``.
    sources : str
        Publishers of these figures, joined with "; ".
    assumptions : str
        What was assumed, joined with "; "; empty where nothing was.
    evidence_key : str
        The figure with the largest weight. Strikes with the same key share the uncertainty of their rate.
    """

    munition_id: str
    scenario: str
    pool: RatePool
    estimates: pd.DataFrame = field(repr=False)
    sources: str
    assumptions: str
    evidence_key: str

    @property
    def mean(self) -> float:
        """Expected share."""
        return self.pool.mean

    @property
    def sd(self) -> float:
        """Standard deviation of the share."""
        return self.pool.sd

    @overload
    def quantile(self, p: float) -> float: ...
    @overload
    def quantile(self, p: Sequence[float]) -> npt.NDArray[np.float64]: ...
    def quantile(self, p: float | Sequence[float]) -> float | npt.NDArray[np.float64]:
        """
        Share below which the rate lies with probability p.

        Parameters
        ----------
        p : float or array_like
            Probabilities from 0 to 1.

        Returns
        -------
        float or ndarray of float
        """
        return self.pool.quantile(p)

    def plot(self, ax: Any = None) -> Any:
        """
        Draw the published figures and what they pool to.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib Axes
        """
        # Drawing needs matplotlib, which is slow to load and not always installed.
        from uxomap.munitions._dud_rate_plot import draw_dud_rate  # noqa: PLC0415

        return draw_dud_rate(self, load_bases(), ax)


def dud_rate(
    munition_id: str,
    scenario: str = "all",
    *,
    estimates: pd.DataFrame | None = None,
    weights: Mapping[str, float] | None = None,
) -> DudRate:
    """
    Pool what is published about the share of a munition that is left live.

    Figures of the munition itself come first; figures of its class or of similar munitions count at a low weight
    beside them, and in full where there is nothing else. Requirements, mission failures and words without numbers
    carry no weight. In the scenario ``all``, tests and claims are not left alone: where what was seen in war weighs
    less than one direct statement, the class mixture fills up to that weight. A munition without any figure gets the
    class mixture, a scatterable mine a wide assumed share still live; ``assumptions`` says so.

    Parameters
    ----------
    munition_id : str
        Id in the catalogue.
    scenario : str
        ``all``; ``field`` (counted in the field only); ``official`` (studies, tests and claims only); or
        ``source:<text>`` (only figures whose source holds these whole words, in upper or lower case).
    estimates : DataFrame, optional
        The figures to draw from, as :func:`add_estimates` returns them; those of the catalogue otherwise.
    weights : Mapping of str to float, optional
        Weights by basis that replace those of the catalogue, e.g. ``{"field": 8}``.

    Returns
    -------
    DudRate

    Raises
    ------
    CatalogueError
        There is no such munition, or no figure in this scenario; the message says where there are some.
    InputError
        The scenario is not one of those, or a weight is not a number of 0 or more.

    Examples
    --------
    >>> rate = dud_rate("cbu87")
    >>> rate.quantile([0.05, 0.95]).round(2)
    array([0.02, 0.19])
    >>> dud_rate("cbu87", "field").mean > dud_rate("cbu87", "official").mean
    True
    >>> dud_rate("3o23").assumptions
    'no published dud rate for this munition: class figures used (Cluster munition, type unknown)'
    """
    check_scenario(scenario)
    if estimates is None and not weights:
        known = _published_rate(munition_id, scenario)
        return replace(known, estimates=known.estimates.copy())
    return _make_rate(munition_id, scenario, load_estimates() if estimates is None else estimates, weights)


@lru_cache(maxsize=1024)
def _published_rate(munition_id: str, scenario: str) -> DudRate:
    """Pool what the catalogue holds, once."""
    return _make_rate(munition_id, scenario, load_estimates(), None)


def _make_rate(
    munition_id: str, scenario: str, estimates: pd.DataFrame, weights: Mapping[str, float] | None
) -> DudRate:
    """Choose the figures, weigh them and pool them."""
    entry = find_munition(munition_id)
    table = weigh_bases(estimates, weights)
    own = table[(table["munition_id"] == munition_id) & (table["basis_weight"] > 0)]
    admitted = own[admit(own, scenario)]
    notes = [] if scenario == "all" else [f"dud rate from scenario {scenario!r} only"]
    if weights:
        notes.append("weights set by the user: " + ", ".join(f"{basis} {value:g}" for basis, value in weights.items()))
    if not admitted.empty:
        used = weigh_scopes(admitted)
        notes += say_scopes(used)
        if scenario == "all":
            used, note = fill_up(used, table, entry)
            notes.append(note)
    elif scenario != "all":
        raise CatalogueError(say_no_estimate(munition_id, scenario, own))
    elif entry["hazard_kind"] != "dud":
        return _assume_live(entry, notes)
    else:
        used, name = class_rows(table, entry)
        notes.append(f"no published dud rate for this munition: class figures used ({name})")
    return _pool(str(munition_id), scenario, used, notes)


def _pool(munition_id: str, scenario: str, used: pd.DataFrame, notes: Sequence[str]) -> DudRate:
    """Mix the figures by weight, and write down where they come from."""
    parts = [
        figure_pool(*(None if pd.isna(row[name]) else float(row[name]) for name in PERCENTAGES), row["concentration"])
        for _, row in used.iterrows()
    ]
    shares = used["raw_weight"].to_numpy() / used["raw_weight"].sum()
    # The heaviest figure stands for the evidence; of equals, the first in the catalogue.
    lead = used.iloc[int(np.argmax(shares))]
    key = f"{say_figure(lead)}: {lead['source']}"
    if lead["confidence"] == "unconfirmed":  # figures without a source that was read are not known to be the same one
        key = f"{key} [{lead['munition_id']}]"
    ends = np.array([part.quantile([0.05, 0.95]) for part in parts])
    shown = used.drop(columns=["basis_weight", "raw_weight", "from_war", "official", "concentration"]).assign(
        weight=shares,
        share_low=ends[:, 0],
        share_mean=[part.mean for part in parts],
        share_high=ends[:, 1],
        reason=[say_reason(row) for _, row in used.iterrows()],
    )
    sources = "; ".join(dict.fromkeys(publisher(source) for source in used["source"]))
    return DudRate(
        munition_id, scenario, mix_pools(parts, shares), shown.reset_index(drop=True), sources, join_notes(*notes), key
    )


def _assume_live(entry: pd.Series, notes: Sequence[str]) -> DudRate:
    """Assume a wide share still live for what is a hazard by design."""
    if entry["hazard_kind"] == "mine":
        kind = str(entry["self_destruct"])
        parts = _LIVE_MINES.get(kind, _LIVE_MINES["yes"])
        text = f"share of mines still live is assumed, none is published ({_LIVE_MINES_TEXT[kind]})"
    else:
        parts, text = _LIVE_LOAD, "share still live of a load that never opened is assumed: nearly all"
    pool = mix_pools([beta_from_interval(low, high) for _, low, high in parts], [weight for weight, _, _ in parts])
    shown = pd.DataFrame(
        {
            "munition_id": str(entry.name),
            "source": "assumed",
            "basis": "assumed",
            "weight": [weight for weight, _, _ in parts],
            "share_low": [low for _, low, _ in parts],
            "share_mean": [beta_from_interval(low, high).mean for _, low, high in parts],
            "share_high": [high for _, _, high in parts],
            "reason": text,
        }
    )
    return DudRate(str(entry.name), "all", pool, shown, "assumed", join_notes(*notes, text), f"assumed: {text}")
