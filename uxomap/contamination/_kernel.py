"""
Compiled arithmetic of one map: strikes in, sums a cell out.

Lengths are in cells and positions count from the upper left corner: u runs to the right over columns, v downwards over
rows. The grid is worked through tile by tile, each by one thread in one order, so that results are the same to
the last bit whatever the number of threads.

A strike is a row of `FIELDS` numbers: its place (U, V), the covariance of an item around it (C..), the covariance of
an item around its carrier (D..), the variance that two items of one carrier share (SAME), that of two items of
different carriers (APART), the expected items (MEAN), the standard deviation shared with other strikes (SHARED), and
the expected ordered pairs of items of one carrier and of different carriers (PAIRS_SAME, PAIRS_APART).
"""

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from uxomap.contamination._rules import NODES_FEW, NODES_MANY, WEIGHTS_FEW, WEIGHTS_MANY

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

F = TypeVar("F", bound=Callable[..., object])


def _compiled(function: F) -> F:
    """Compile on first use and keep the result on disk, where there is a place to write to."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True, fastmath={"contract", "nsz"})(function))
    except RuntimeError:  # neither the folder of the package nor that of the user can be written to
        return cast(F, numba.njit(nogil=True, fastmath={"contract", "nsz"})(function))


@_compiled
def _reach(strike: Floats, shape: Whole) -> tuple[int, int, int, int]:
    """Columns and rows that a strike touches, ends excluded."""
    wide, high = REACH * math.sqrt(strike[C_UU]), REACH * math.sqrt(strike[C_VV])
    left = min(max(math.floor(strike[U] - wide), 0.0), shape[1])
    right = max(min(math.floor(strike[U] + wide) + 1.0, shape[1]), 0.0)
    top = min(max(math.floor(strike[V] - high), 0.0), shape[0])
    bottom = max(min(math.floor(strike[V] + high) + 1.0, shape[0]), 0.0)
    return int(left), int(right), int(top), int(bottom)


@_compiled
def assign_tiles(strikes: Floats, shape: Whole) -> tuple[npt.NDArray[np.int32], Whole]:
    """List the strikes that touch each tile, in their order: strikes, and where each tile's begin."""
    across = (shape[1] + TILE - 1) // TILE
    down = (shape[0] + TILE - 1) // TILE
    starts = np.zeros(across * down + 1, dtype=np.int64)
    for number in range(len(strikes)):
        left, right, top, bottom = _reach(strikes[number], shape)
        if right > left and bottom > top:
            for row in range(top // TILE, (bottom - 1) // TILE + 1):
                for column in range(left // TILE, (right - 1) // TILE + 1):
                    starts[row * across + column + 1] += 1
    place = np.empty(across * down, dtype=np.int64)
    for tile in range(across * down):
        place[tile] = starts[tile]
        starts[tile + 1] += starts[tile]
    members = np.empty(starts[-1], dtype=np.int32)
    for number in range(len(strikes)):
        left, right, top, bottom = _reach(strikes[number], shape)
        if right > left and bottom > top:
            for row in range(top // TILE, (bottom - 1) // TILE + 1):
                for column in range(left // TILE, (right - 1) // TILE + 1):
                    tile = row * across + column
                    members[place[tile]] = number
                    place[tile] += 1
    return members, starts


@_compiled
def shares_on_axis(centre: float, sigma: float, first: int, out: Floats) -> None:
    """Chance that a normal falls in each of a row of cells."""
    scale = 1.0 / (sigma * _ROOT2)
    before = math.erf((first - centre) * scale)
    for cell in range(len(out)):
        after = math.erf((first + cell + 1 - centre) * scale)
        out[cell] = 0.5 * (after - before)
        before = after


@_compiled
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


@_compiled
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


@_compiled
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


@_compiled
def _add_upright(strike: Floats, window: Whole, rules: Floats, work: Floats, sums: Floats) -> None:
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
    _refresh_rule(strike[D_UU], rules[0])
    _refresh_rule(strike[D_VV], rules[1])
    one_u, one_v, two_u, two_v = work[2, :wide], work[3, :high], work[4, :wide], work[5, :high]
    pairs_on_axis(strike[U], strike[SAME], rules[0], left, one_u)
    pairs_on_axis(strike[V], strike[SAME], rules[1], top, one_v)
    several = strike[PAIRS_APART] > 0.0
    if several:
        salvo = strike[SAME] - strike[APART]  # for items of different carriers this is their own
        _refresh_rule(strike[D_UU] + salvo, rules[2])
        _refresh_rule(strike[D_VV] + salvo, rules[3])
        pairs_on_axis(strike[U], strike[APART], rules[2], left, two_u)
        pairs_on_axis(strike[V], strike[APART], rules[3], top, two_v)
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


@_compiled
def _refresh_rule(variance: float, rule: Floats) -> None:
    """Make the rule for a pattern unless it is there already from the strike before."""
    sigma = max(math.sqrt(variance), 1e-6)
    if rule[5] != sigma:
        make_pair_rule(sigma, rule)


@_compiled
def _thin_rule(rule: Floats) -> None:
    """Turn a rule with five nodes into the one with three nodes for the same weight."""
    near, far = rule[3] ** 2, rule[4] ** 2
    m2 = rule[1] * near + rule[2] * far
    m4 = rule[1] * near * near + rule[2] * far * far
    outer = m2 * m2 / m4
    rule[0] += 2.0 * (rule[1] + rule[2] - outer)
    rule[1], rule[2] = outer, 0.0
    rule[3] = math.sqrt(m4 / m2)
    rule[5] = -1.0  # not the rule of this width any more: it is made anew next time


@_compiled
def shares_oblique(strike: Floats, window: Whole, out: Floats) -> None:
    """Chance that an item falls in each cell, by column and row, for axes oblique to the grid; exact along rows."""
    left, right, top, bottom = window[0], window[1], window[2], window[3]
    slope = strike[C_UV] / strike[C_UU]
    scale = 1.0 / (_ROOT2 * math.sqrt(strike[C_VV] - slope * strike[C_UV]))
    narrow = math.sqrt(strike[C_UU] - strike[C_UV] * strike[C_UV] / strike[C_VV])
    panels = min(max(math.ceil(1.0 / (1.5 * narrow)), 1), 200)
    marginal = np.empty(right - left)
    shares_on_axis(strike[U], math.sqrt(strike[C_UU]), left, marginal)
    for c in range(right - left):
        for r in range(bottom - top):
            out[c, r] = 0.0
        total = 0.0
        for step in range(panels * len(NODES_FEW)):
            panel, node = step // len(NODES_FEW), step % len(NODES_FEW)
            x = left + c + (panel + NODES_FEW[node]) / panels - strike[U]
            weight = WEIGHTS_FEW[node] * math.exp(-0.5 * x * x / strike[C_UU])
            total += weight
            middle = strike[V] + slope * x
            start = int(min(max(math.floor(middle - 5.6 / (_ROOT2 * scale)), top), bottom))
            end = int(max(min(math.floor(middle + 5.6 / (_ROOT2 * scale)) + 1, bottom), start))
            before = math.erf((start - middle) * scale)
            for r in range(start, end):
                after = math.erf((r + 1 - middle) * scale)
                out[c, r - top] += weight * 0.5 * (after - before)
                before = after
        # The column as a whole is known exactly.
        factor = marginal[c] / max(total, 1e-300)
        for r in range(bottom - top):
            out[c, r] *= factor


@_compiled
def _overlap(strike: Floats, salvo: float) -> float:
    """Chance that two items with the same middle fall in one cell, on the average over where the grid lies."""
    c_uu, c_uv, c_vv = 2.0 * (strike[D_UU] + salvo), 2.0 * strike[D_UV], 2.0 * (strike[D_VV] + salvo)
    slope = c_uv / c_uu
    own = math.sqrt(c_vv - slope * c_uv)
    width = min(1.0, 6.5 * math.sqrt(c_uu))
    total = 0.0
    for outer in range(len(NODES_MANY)):
        x = width * NODES_MANY[outer]
        middle = slope * x
        inner_total = 0.0
        for half in range(2):
            start = max(middle - 6.5 * own, -1.0 if half == 0 else 0.0)
            end = min(middle + 6.5 * own, 0.0 if half == 0 else 1.0)
            if end <= start:
                continue
            for inner in range(len(NODES_MANY)):
                y = start + (end - start) * NODES_MANY[inner]
                z = (y - middle) / own
                inner_total += (end - start) * WEIGHTS_MANY[inner] * (1.0 - abs(y)) * math.exp(-0.5 * z * z)
        total += width * WEIGHTS_MANY[outer] * (1.0 - x) * math.exp(-0.5 * x * x / c_uu) * inner_total
    return 2.0 * total / (2.0 * math.pi * math.sqrt(c_uu) * own)


@_compiled
def pairs_oblique(strike: Floats, salvo: float, rules: Floats, window: Whole, out: Floats) -> None:
    """
    Chance that two items both fall in each cell, for axes oblique to the grid: 5 by 5 nodes, the sum exact.

    For items of one carrier *salvo* is 0; for others it is the variance of carriers, which is then each item's own.
    """
    left, right, top, bottom = window[0], window[1], window[2], window[3]
    _refresh_rule(strike[D_UU] + salvo, rules[0])
    _refresh_rule(strike[D_VV] + salvo, rules[1])
    whole = (rules[0, 0] + 2 * (rules[0, 1] + rules[0, 2])) * (rules[1, 0] + 2 * (rules[1, 1] + rules[1, 2]))
    common = strike[SAME] - salvo
    c_uu, c_vv = common + 0.5 * (strike[D_UU] + salvo), common + 0.5 * (strike[D_VV] + salvo)
    c_uv = 0.5 * strike[D_UV]
    root = math.sqrt(c_uu * c_vv - c_uv * c_uv)
    scale = _overlap(strike, salvo) / (whole * 2.0 * math.pi * root)
    i_uu, i_uv, i_vv = c_vv / root**2, -c_uv / root**2, c_uu / root**2
    half = 2
    if min(c_uu, c_vv) - abs(c_uv) > 1.0:  # wider than a cell: nine nodes do
        half = 1
        _thin_rule(rules[0])
        _thin_rule(rules[1])
    side = 2 * half + 1
    limit = (6.0 + 0.7 * math.sqrt(i_uu + i_vv)) ** 2
    for c in range(right - left):
        for r in range(bottom - top):
            x0, y0 = left + c + 0.5 - strike[U], top + r + 0.5 - strike[V]
            total = 0.0
            if i_uu * x0 * x0 + 2.0 * i_uv * x0 * y0 + i_vv * y0 * y0 < limit:
                for step in range(side * side):
                    j, k = step // side - half, step % side - half
                    x = x0 + (rules[0, 2 + abs(j)] if j else 0.0) * (1.0 if j > 0 else -1.0)
                    y = y0 + (rules[1, 2 + abs(k)] if k else 0.0) * (1.0 if k > 0 else -1.0)
                    weight = rules[0, abs(j)] * rules[1, abs(k)]
                    total += weight * math.exp(-0.5 * (i_uu * x * x + 2.0 * i_uv * x * y + i_vv * y * y))
            out[c, r] = scale * total


@_compiled
def _add_oblique(strike: Floats, window: Whole, rules: Floats, blocks: Floats, sums: Floats) -> None:
    """Add a strike whose axes lie oblique to the grid."""
    column, row = window[0] - window[4], window[2] - window[5]
    wide, high = window[1] - window[0], window[3] - window[2]
    shares_oblique(strike, window, blocks[0])
    several = strike[PAIRS_APART] > 0.0
    if len(sums) > 1:
        pairs_oblique(strike, 0.0, rules[:2], window, blocks[1])
        if several:
            pairs_oblique(strike, strike[SAME] - strike[APART], rules[2:], window, blocks[2])
    square = strike[MEAN] * strike[MEAN] + strike[SHARED] * strike[SHARED]
    for r in range(high):
        for c in range(wide):
            p = blocks[0, c, r]
            sums[0, row + r, column + c] += strike[MEAN] * p
            if len(sums) > 1:
                own = strike[PAIRS_SAME] * blocks[1, c, r] - square * p * p
                if several:
                    own += strike[PAIRS_APART] * blocks[2, c, r]
                sums[1, row + r, column + c] += own
                sums[2, row + r, column + c] += strike[SHARED] * p


@_compiled
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


@_compiled
def _settle(sums: Floats, origin: Whole, expected: Floats, layers: Singles) -> None:
    """Turn the sums of a tile into the layers of the map."""
    for r in range(min(TILE, expected.shape[0] - origin[1])):
        for c in range(min(TILE, expected.shape[1] - origin[0])):
            mean = sums[0, r, c]
            row, column = origin[1] + r, origin[0] + c
            expected[row, column] = mean
            if len(layers) and mean > 0.0:
                surplus = max(sums[1, r, c], -mean)
                layers[0, row, column] = math.sqrt(mean + surplus)
                some, low, high = match_cell(mean, surplus)
                layers[1, row, column], layers[2, row, column], layers[3, row, column] = low, high, some


@_compiled
def _join_shared(sums: Floats) -> None:
    """What strikes share adds up as standard deviations: square the sum and begin again."""
    for r in range(TILE):
        for c in range(TILE):
            value = sums[2, r, c]
            sums[1, r, c] += value * value
            sums[2, r, c] = 0.0


@_compiled
def _wipe(sums: Floats) -> None:
    """Begin with nothing."""
    for layer in range(len(sums)):
        for r in range(TILE):
            for c in range(TILE):
                sums[layer, r, c] = 0.0


@_compiled
def fill_tiles(
    strikes: Floats,
    keys: Whole,
    members: npt.NDArray[np.int32],
    starts: Whole,
    span: Whole,
    expected: Floats,
    layers: Singles,
) -> None:
    """Work through the tiles from span[0] to span[1]; strikes with the same key must follow each other."""
    shape = np.empty(2, dtype=np.int64)
    shape[0], shape[1] = expected.shape
    across = (shape[1] + TILE - 1) // TILE
    sums = np.zeros((3 if len(layers) else 1, TILE, TILE))
    work, rules = np.empty((6, TILE)), np.zeros((4, 6))
    blocks = np.empty((3, TILE, TILE))
    window = np.empty(6, dtype=np.int64)
    for tile in range(span[0], span[1]):
        if starts[tile] == starts[tile + 1]:
            continue
        window[4], window[5] = (tile % across) * TILE, (tile // across) * TILE
        _wipe(sums)
        for place in range(starts[tile], starts[tile + 1]):
            number = members[place]
            strike = strikes[number]
            if len(layers) and place > starts[tile] and keys[number] != keys[members[place - 1]]:
                _join_shared(sums)
            left, right, top, bottom = _reach(strike, shape)
            window[0], window[1] = max(left, window[4]), min(right, window[4] + TILE)
            window[2], window[3] = max(top, window[5]), min(bottom, window[5] + TILE)
            if strike[C_UV] == 0.0:
                _add_upright(strike, window, rules, work, sums)
            else:
                _add_oblique(strike, window, rules, blocks, sums)
        if len(layers):
            _join_shared(sums)
        _settle(sums, window[4:6], expected, layers)
