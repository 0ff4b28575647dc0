"""
Compiled arithmetic of one strike: chances and sums in the cells that it touches.

Lengths are in cells and positions count from the upper left corner: u runs to the right over columns, v downwards over
rows.

A strike is a row of `FIELDS` numbers: its place (U, V), the covariance of an item around it (C..), the covariance of
an item around its carrier (D..), the variance that two items of one carrier share (SAME), that of two items of
different carriers (APART), the expected items (MEAN), the standard deviation shared with other strikes (SHARED), and
the expected ordered pairs of items of one carrier and of different carriers (PAIRS_SAME, PAIRS_APART).
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from uxomap.contamination._rules import NODES_MANY, WEIGHTS_MANY

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]

(U, V, C_UU, C_UV, C_VV, D_UU, D_UV, D_VV, SAME, APART, MEAN, SHARED, PAIRS_SAME, PAIRS_APART) = range(14)
FIELDS = 14

#: Half-width of what is drawn of a normal, in standard deviations: a square of it leaves out less than 1e-7.
REACH = 5.45

#: Cells along the side of a tile: small enough for its sums to stay in the processor's cache.
TILE = 128

#: Stands for a quantile that is left to `match_quantile`, because it lies in the thousands.
LATER = -1.0

_MOST_STEPS = 2000.0
_LEAST_LOG = -600.0
_ROOT2 = math.sqrt(2.0)
_ROOT2PI = math.sqrt(2.0 * math.pi)

#: How everything is compiled. Nothing here is called from C.
_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"nogil": True, "fastmath": {"contract", "nsz"}, "error_model": "numpy", "no_cfunc_wrapper": True}
)

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile on first use and keep the result on disk, where there is a place to write to."""
    try:
        return cast(F, numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # neither the folder of the package nor that of the user can be written to
        return cast(F, numba.njit(**_OPTIONS)(function))


@compiled
def shares_on_axis(centre: float, sigma: float, first: int, out: Floats) -> None:
    """Chance that a normal falls in each of a row of cells."""
    scale = 1.0 / (sigma * _ROOT2)
    before = math.erf((first - centre) * scale)
    for cell in range(len(out)):
        after = math.erf((first + cell + 1 - centre) * scale)
        out[cell] = 0.5 * (after - before)
        before = after


@compiled
def make_pair_rule(sigma: float, rule: Floats) -> None:
    """
    Gauss rule with five nodes for the weight K(t) = erf((1 - 2 |t|) / (2 sigma)) on -1/2 to 1/2.

    K is the chance that two items sigma around one centre both lie in a cell, given that their middle lies t off its
    centre. Filled in: weights of 0, t1, t2; t1; t2; sigma.
    """
    moments = np.zeros(5)
    edge = max(0.5 - 6.0 * sigma, 0.0)  # up to here K is 1
    for panel in range(2):
        start, end = (0.0, edge) if panel == 0 else (edge, 0.5)
        for node in range(len(NODES_MANY)):
            t = start + (end - start) * NODES_MANY[node]
            weight = 2.0 * (end - start) * WEIGHTS_MANY[node]
            if panel == 1:
                weight *= math.erf((1.0 - 2.0 * t) / (2.0 * sigma))
            for power in range(5):
                moments[power] += weight
                weight *= t * t
    m0, m2, m4, m6, m8 = moments
    first = (m8 * m2 - m6 * m4) / (m6 * m2 - m4 * m4)
    second = (m4 * first - m6) / m2
    root = math.sqrt(max(0.25 * first * first - second, 0.0))
    near, far = 0.5 * first - root, 0.5 * first + root
    rule[1] = (m2 * far - m4) / (2.0 * near * (far - near))
    rule[2] = (m4 - m2 * near) / (2.0 * far * (far - near))
    rule[0] = m0 - 2.0 * (rule[1] + rule[2])
    rule[3], rule[4], rule[5] = math.sqrt(near), math.sqrt(far), sigma


@compiled
def pairs_on_axis(centre: float, common: float, rule: Floats, first: int, out: Floats) -> None:
    """Chance that two items, which share the variance *common*, both fall in each of a row of cells."""
    sigma = rule[5]
    spread2 = common + 0.5 * sigma * sigma  # of the middle between the two
    for cell in range(len(out)):
        out[cell] = 0.0
    if spread2 < 0.25:  # noqa: PLR2004 - narrower than half a cell: five nodes would not do
        _pairs_in_parts(centre, math.sqrt(spread2), sigma, first, out)
        return
    shrink = math.exp(-1.0 / spread2)
    norm = 1.0 / (_ROOT2PI * math.sqrt(spread2))
    for node in range(-2, 3):
        offset = (rule[2 + abs(node)] if node else 0.0) * (1.0 if node > 0 else -1.0)
        x = first + 0.5 + offset - centre
        value = rule[abs(node)] * norm * math.exp(-0.5 * x * x / spread2)
        ratio = math.exp(-(x + 0.5) / spread2)
        for cell in range(len(out)):
            out[cell] += value
            value *= ratio
            ratio *= shrink


@compiled
def _pairs_in_parts(centre: float, spread: float, sigma: float, first: int, out: Floats) -> None:
    """As `pairs_on_axis`, for normals narrower than half a cell: Gauss-Legendre between the kinks of K."""
    edge = max(0.5 - 6.0 * sigma, 0.0)
    breaks = (-0.5, -edge, 0.0, edge, 0.5)
    norm = 1.0 / (_ROOT2PI * spread)
    for cell in range(len(out)):
        x = first + cell + 0.5 - centre
        for panel in range(4):
            start = max(breaks[panel], -x - 6.5 * spread)
            end = min(breaks[panel + 1], -x + 6.5 * spread)
            if end <= start:
                continue
            for node in range(len(NODES_MANY)):
                t = start + (end - start) * NODES_MANY[node]
                z = (x + t) / spread
                both = math.erf((1.0 - 2.0 * abs(t)) / (2.0 * sigma))
                out[cell] += (end - start) * WEIGHTS_MANY[node] * norm * math.exp(-0.5 * z * z) * both


@compiled
def add_upright(strike: Floats, window: Whole, rules: Floats, work: Floats, sums: Floats) -> None:
    """Add a strike whose axes lie along those of the grid: everything separates by axis."""
    left, right, top, bottom = window[0], window[1], window[2], window[3]
    wide, high = right - left, bottom - top
    column, row = left - window[4], top - window[5]
    p_u, p_v = work[0, :wide], work[1, :high]
    shares_on_axis(strike[U], math.sqrt(strike[C_UU]), left, p_u)
    shares_on_axis(strike[V], math.sqrt(strike[C_VV]), top, p_v)
    if len(sums) == 1:
        for r in range(high):
            factor = strike[MEAN] * p_v[r]
            line = sums[0, row + r, column : column + wide]
            for c in range(wide):
                line[c] += factor * p_u[c]
        return
    several = strike[PAIRS_APART] > 0.0
    for kind in range(2 if several else 1):
        # Items of different carriers: what the carriers scatter is each item's own.
        salvo = strike[SAME] - strike[APART] if kind else 0.0
        for side in range(2):
            rule = rules[2 * kind + side]
            refresh_rule((strike[D_VV] if side else strike[D_UU]) + salvo, rule)
            out = work[2 + 2 * kind + side, : (high if side else wide)]
            pairs_on_axis(strike[V] if side else strike[U], strike[SAME] - salvo, rule, top if side else left, out)
    one_u, one_v, two_u, two_v = work[2, :wide], work[3, :high], work[4, :wide], work[5, :high]
    square = strike[MEAN] * strike[MEAN] + strike[SHARED] * strike[SHARED]
    for r in range(high):
        share = p_v[r]
        a, b, d = strike[MEAN] * share, strike[SHARED] * share, square * share * share
        same, apart = strike[PAIRS_SAME] * one_v[r], strike[PAIRS_APART] * two_v[r]
        mean = sums[0, row + r, column : column + wide]
        own = sums[1, row + r, column : column + wide]
        shared = sums[2, row + r, column : column + wide]
        if several:
            for c in range(wide):
                own[c] += apart * two_u[c]
        for c in range(wide):
            p = p_u[c]
            mean[c] += a * p
            shared[c] += b * p
            own[c] += same * one_u[c] - d * p * p


@compiled
def refresh_rule(variance: float, rule: Floats) -> None:
    """Make the rule for a pattern unless it is there already from the strike before."""
    sigma = max(math.sqrt(variance), 1e-6)
    if rule[5] != sigma:
        make_pair_rule(sigma, rule)


@compiled
def thin_rule(rule: Floats, nodes: int) -> None:
    """Turn a rule with five nodes into the one with two or three nodes for the same weight."""
    near, far = rule[3] ** 2, rule[4] ** 2
    m0 = rule[0] + 2.0 * (rule[1] + rule[2])
    m2 = 2.0 * (rule[1] * near + rule[2] * far)
    m4 = 2.0 * (rule[1] * near * near + rule[2] * far * far)
    square = m2 / m0 if nodes == 2 else m4 / m2  # noqa: PLR2004 - of the distance of the outer nodes
    rule[1], rule[2] = 0.5 * m2 / square, 0.0
    rule[0] = 0.0 if nodes == 2 else m0 - 2.0 * rule[1]  # noqa: PLR2004
    rule[3] = math.sqrt(square)
    rule[5] = -1.0  # not the rule of this width any more: it is made anew next time


@compiled
def match_cell(mean: float, surplus: float) -> tuple[float, float, float]:
    """
    Chance of any item, 5 % and 95 % point of a count with this mean and variance minus mean.

    Negative binomial where the surplus is above 0, Poisson at 0, binomial below; one recursion holds for all three.
    """
    if mean <= 0.0:
        return 0.0, 0.0, 0.0
    excess = surplus / mean
    if excess < -1e-9:  # noqa: PLR2004 - the same limit as in match_quantile
        trials = max(math.ceil(mean / min(-excess, 1.0) - 1e-9), math.ceil(mean))
        excess = -mean / trials
        if excess <= -1.0 + 1e-12:
            return 1.0, trials, trials
    elif excess < 1e-9:  # noqa: PLR2004
        excess = 1e-9
    log_none = -mean * math.log1p(excess) / excess
    some = -math.expm1(log_none)
    if some <= 0.05:  # noqa: PLR2004 - the 95 % point is 0
        return some, 0.0, 0.0
    if log_none < _LEAST_LOG or mean > _MOST_STEPS:
        return some, LATER, LATER
    size, odds = mean / excess, excess / (1.0 + excess)
    chance = reached = math.exp(log_none)
    count, low = 0.0, 0.0
    while reached < 0.95 and chance > 0.0:  # noqa: PLR2004 - the 95 % point
        if reached < 0.05:  # noqa: PLR2004 - the 5 % point
            low = count + 1.0
        chance *= max(size + count if excess > 0 else -size - count, 0.0) * abs(odds) / (count + 1.0)
        reached += chance
        count += 1.0
    return some, low, count
