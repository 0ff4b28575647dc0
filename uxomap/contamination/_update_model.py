"""Strikes as the chain sees them: places, carriers, patterns, and the share left live of a type in steps."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from uxomap.contamination import _kernel
from uxomap.contamination._spread import share_of_one_carrier
from uxomap.distributions import CountRange, beta_from_interval
from uxomap.items import UNDISPERSED_SHARE
from uxomap.munitions import KAPPA, dud_rate, find_munition

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Steps of equal probability in which the share of a type that is left live is learned.
STEPS = 40

#: More carriers than this fall as if every item had one of its own.
_MOST_CARRIERS = 12

#: Carriers that scatter less than this part of their pattern fall as one.
_NEXT_TO_NOTHING = 0.3

#: Patterns are taken as no narrower than this: no find is placed better.
_LEAST_SIGMA_M = 5.0

#: Patterns that differ by less count as one: ratio of lengths, degrees of direction.
_SAME_RATIO, _SAME_DEGREES = 0.06, 15.0
_ROUND = 1.15

_LARGEST = 1e7

#: Shares are told apart in so many steps of their logit, up to so far from 0.
_FINE, _LOGITS = 4_000, 12.0


@dataclass(frozen=True, eq=False)
class Model:
    """
    Strikes in cells of the grid, u to the right and v downwards.

    ``place`` (n, 2), ``position2`` and ``salvo2`` (variances), ``pattern`` (number of the pattern of each strike),
    ``patterns`` (covariances uu, uv, vv of each pattern), ``first`` (n + 1) where the carriers of each strike begin,
    ``weight`` of each carrier, ``key`` (number of the evidence), ``size`` and ``scale`` (n, STEPS): given the step of
    the type, items are negative binomial with that size and mean size / scale (binomial where both are negative).
    """

    place: Floats
    position2: Floats
    salvo2: Floats
    pattern: Whole
    patterns: Floats
    first: Whole
    weight: Floats
    key: Whole
    size: Floats
    scale: Floats

    @property
    def mean(self) -> Floats:
        """Expected items of each strike."""
        return np.asarray((self.size / self.scale).mean(axis=1))

    @property
    def spread(self) -> Floats:
        """Standard deviation of the place of an item on its widest axis, in cells."""
        uu, uv, vv = self.patterns[self.pattern].T
        widest = 0.5 * (uu + vv) + np.hypot(0.5 * (uu - vv), uv)
        return np.asarray(np.sqrt(self.position2 + self.salvo2 + widest))


def describe_model(strikes: pd.DataFrame, items: pd.DataFrame, table: Floats, cell_m: float) -> Model:
    """Put strikes into the form of the chain; *table* holds them as the kernel reads them."""
    salvo2 = table[:, _kernel.SAME] - table[:, _kernel.APART]
    along = table[:, [_kernel.D_UU, _kernel.D_UV, _kernel.D_VV]].copy()
    same = np.where(salvo2 > 0, share_of_one_carrier(strikes, items), 1.0)
    middle = 0.5 * (along[:, 0] + along[:, 2])
    merged = (salvo2 > 0) & ((same < 1.0 / _MOST_CARRIERS) | (salvo2 < _NEXT_TO_NOTHING**2 * middle))
    along[merged, 0] += salvo2[merged]
    along[merged, 2] += salvo2[merged]
    salvo2, same = np.where(merged, 0.0, salvo2), np.where(merged | (salvo2 <= 0), 1.0, same)
    pattern, patterns = _sort_patterns(along, _LEAST_SIGMA_M / cell_m)
    first, weight = _weigh_carriers(same)
    size, scale = _take_steps(strikes, items)
    return Model(
        place=np.ascontiguousarray(table[:, [_kernel.U, _kernel.V]]),
        position2=np.maximum(table[:, _kernel.APART], 1e-8),
        salvo2=salvo2,
        pattern=pattern,
        patterns=patterns,
        first=first,
        weight=weight,
        key=np.unique(items["evidence_key"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64),
        size=size,
        scale=scale,
    )


def _sort_patterns(along: Floats, least: float) -> tuple[Whole, Floats]:
    """Number the patterns, those that hardly differ as one."""
    middle, half = 0.5 * (along[:, 0] + along[:, 2]), np.hypot(0.5 * (along[:, 0] - along[:, 2]), along[:, 1])
    longer, shorter = (np.sqrt(np.maximum(middle + sign * half, least**2)) for sign in (1, -1))
    turn = 0.5 * np.degrees(np.arctan2(2 * along[:, 1], along[:, 0] - along[:, 2]))
    step = math.log1p(_SAME_RATIO)
    circle = longer / shorter < _ROUND
    longer = np.where(circle, np.sqrt(longer * shorter), longer)
    shorter = np.where(circle, longer, shorter)
    numbers = np.column_stack(
        [
            np.round(np.log(longer) / step),
            np.round(np.log(shorter) / step),
            np.where(circle, 0, np.round(turn / _SAME_DEGREES) % round(180 / _SAME_DEGREES)),
        ]
    )
    different, first, number = np.unique(numbers, axis=0, return_index=True, return_inverse=True)
    del first
    long2, short2 = np.exp(2 * step * different[:, 0]), np.exp(2 * step * different[:, 1])
    angle = np.radians(different[:, 2] * _SAME_DEGREES)
    cosine, sine = np.cos(angle), np.sin(angle)
    covariance = np.column_stack(
        [
            long2 * cosine**2 + short2 * sine**2,
            (long2 - short2) * sine * cosine,
            long2 * sine**2 + short2 * cosine**2,
        ]
    )
    return number.ravel().astype(np.int64), np.ascontiguousarray(covariance)


def _weigh_carriers(same: Floats) -> tuple[Whole, Floats]:
    """Shares of items of the carriers of each strike; their squares add up to the chance of a common carrier."""
    number = np.maximum(np.ceil(1.0 / same - 1e-9), 1.0).astype(np.int64)
    several = np.maximum(number, 2)
    root = np.sqrt(np.maximum((several - 1.0) ** 2 - several * (several - 1.0) * (1.0 - same), 0.0))
    alike = 1.0 / several + root / (several * (several - 1.0))
    first = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
    owner = np.repeat(np.arange(len(same)), number)
    weight = np.where(number == 1, 1.0, alike)[owner]
    last = first[1:][number > 1] - 1
    weight[last] = 1.0 - (number - 1.0)[number > 1] * alike[number > 1]
    return first, np.maximum(weight, 1e-9)


def _take_steps(strikes: pd.DataFrame, items: pd.DataFrame) -> tuple[Floats, Floats]:
    """Size and scale of the count of each strike at every step of its type's share; mean and variance are kept."""
    kinds = pd.DataFrame(
        {
            "candidates": strikes["munition_candidates"].to_numpy(dtype=str),
            "evidence": strikes["evidence"].to_numpy(dtype=str),
            "mean": items["uxo_expected"].to_numpy(float),
            "sd": items["uxo_sd"].to_numpy(float),
        }
    )
    number = kinds.groupby(list(kinds.columns), sort=False).ngroup().to_numpy()
    kinds = kinds.drop_duplicates()
    shapes = [step_shares(one, evidence) for one, evidence in zip(kinds["candidates"], kinds["evidence"], strict=True)]
    one, two = (np.array([shape[part] for shape in shapes]) for part in range(2))
    mean, sd = kinds["mean"].to_numpy()[:, None], kinds["sd"].to_numpy()[:, None]
    means = np.maximum(mean * one, 1e-9)
    pairs = np.maximum(sd**2 + mean**2 - mean, 0.0) * two
    excess = pairs / means**2 - 1
    size = 1.0 / np.where(np.abs(excess) < 1 / _LARGEST, 1 / _LARGEST, excess)
    # Fewer pairs than independent items have: a whole number of trials.
    trials = np.maximum(np.ceil(-size - 1e-6), np.ceil(means))
    size = np.where(size < 0, -trials, size)
    means = np.where(size < 0, np.minimum(means, trials * (1 - 1e-6)), means)
    return np.ascontiguousarray(size[number]), np.ascontiguousarray((size / means)[number])


@cache
def step_shares(candidates: str, evidence: str) -> tuple[Floats, Floats]:
    """
    Expected items, and pairs of items, at every step of the share left live, both relative to their mean.

    The share is drawn from the pool of figures itself: pools often have two peaks and a long tail, which no Beta has,
    and after a search without find just these count. Of several candidates each has the same weight, and a step
    stands for candidates and shares that leave about as many items.
    """
    unopened, seen = evidence == "undispersed", evidence == "explosions"
    edges = special.expit(np.linspace(-_LOGITS, _LOGITS, _FINE + 1))
    share = 0.5 * (edges[1:] + edges[:-1])
    weights, first, second = [], [], []
    for candidate in candidates.split("|"):
        pool = beta_from_interval(*UNDISPERSED_SHARE) if unopened else dud_rate(candidate).pool
        entry = find_munition(candidate)
        load = CountRange(*(1.0, 1.0, 1.0) if seen else entry[["items_low", "items_expected", "items_high"]])
        # Of explosions it is known how many items did explode.
        odds = share / (1 - share) if seen else share
        own = (KAPPA * share**2 + share) / (KAPPA + 1)
        weights.append(np.diff(pool.cdf(edges)))
        first.append(load.expected * odds)
        second.append((load.variance + load.expected**2) * (own / (1 - share) ** 2 if seen else own))
    weight, one, two = (np.concatenate(parts) for parts in (weights, first, second))
    order = np.argsort(one, kind="stable")
    weight, one, two = weight[order] / weight.sum(), one[order], two[order]
    passed = np.concatenate([[0.0], np.cumsum(weight)])
    cuts = np.arange(STEPS + 1) / STEPS
    means = [
        np.diff(np.interp(cuts, passed / passed[-1], np.concatenate([[0.0], np.cumsum(weight * values)]))) * STEPS
        for values in (one, two)
    ]
    return means[0] / means[0].mean(), means[1] / means[1].mean()
