"""
Strikes whose axes lie oblique to the grid.

Nothing separates by axis here. As in `_kernel`, lengths are in cells. numba keeps compiled code by the file it is in:
after a change in `_kernel` delete the ``__pycache__`` of this folder.
"""

import math

from uxomap.contamination._kernel import (
    APART,
    C_UU,
    C_UV,
    C_VV,
    D_UU,
    D_UV,
    D_VV,
    MEAN,
    PAIRS_APART,
    PAIRS_SAME,
    SAME,
    SHARED,
    Floats,
    U,
    V,
    Whole,
    compiled,
    refresh_rule,
    shares_on_axis,
    thin_rule,
)
from uxomap.contamination._rules import NODES_FEW, NODES_MANY, WEIGHTS_FEW, WEIGHTS_MANY

#: Squares of the widths, in cells, from which three and two nodes a side do.
_WIDE2, _WIDER2 = 1.5**2, 4.0**2

#: Largest square form of which exp(-Q / 2) is still a number far from the smallest there is.
_MOST_SQUARE = 1200.0
_ROOT2 = math.sqrt(2.0)


@compiled
def _wipe(block: Floats) -> None:
    """Begin with nothing."""
    for r in range(block.shape[0]):
        for c in range(block.shape[1]):
            block[r, c] = 0.0


@compiled
def _fits_bells(window: Whole, u: float, v: float, bell: Floats) -> bool:
    """Tell whether `_add_bells` would start above the smallest number there is, in every corner of the window."""
    worst = 0.0
    for corner in range(4):
        x, y = window[corner % 2] - u, window[2 + corner // 2] - v
        worst = max(worst, bell[0] * x * x + 2.0 * bell[1] * x * y + bell[2] * y * y)
    return worst < _MOST_SQUARE


@compiled
def _add_bells(place: Floats, bell: Floats, rules: Floats, work: Floats, out: Floats) -> None:
    """
    Add to each cell a weighted sum of exp(-Q / 2) over nodes in it; Q is the square form of *bell*, times bell[3].

    *place* is the centre of the first cell, seen from the middle of the bell. Each value follows from that of the row
    above by a product, because the logarithm is a polynomial of second degree.
    """
    high, wide = out.shape
    value, ratio = work[0, :wide], work[1, :wide]
    shrink_u, cross, shrink_v = math.exp(-bell[0]), math.exp(-bell[1]), math.exp(-bell[2])
    for step in range(25):
        j, k = step // 5 - 2, step % 5 - 2
        weight = bell[3] * rules[0, abs(j)] * rules[1, abs(k)]
        if weight == 0.0:
            continue
        x = place[0] + (rules[0, 2 + abs(j)] if j else 0.0) * (1.0 if j > 0 else -1.0)
        y = place[1] + (rules[1, 2 + abs(k)] if k else 0.0) * (1.0 if k > 0 else -1.0)
        first = weight * math.exp(-0.5 * (bell[0] * x * x + 2.0 * bell[1] * x * y + bell[2] * y * y))
        right = math.exp(-(bell[0] * (x + 0.5) + bell[1] * y))
        down = math.exp(-(bell[2] * (y + 0.5) + bell[1] * x))
        for c in range(wide):
            value[c], ratio[c] = first, down
            first *= right
            right *= shrink_u
            down *= cross
        for r in range(high):
            line = out[r]
            for c in range(wide):
                line[c] += value[c]
                value[c] *= ratio[c]
                ratio[c] *= shrink_v


@compiled
def shares_oblique(strike: Floats, window: Whole, rules: Floats, work: Floats, out: Floats) -> None:
    """Chance that an item falls in each cell, by row and column, for axes oblique to the grid."""
    left, right, top, bottom = window[0], window[1], window[2], window[3]
    root = strike[C_UU] * strike[C_VV] - strike[C_UV] * strike[C_UV]
    bell = work[5, :4]
    bell[0], bell[1], bell[2] = strike[C_VV] / root, -strike[C_UV] / root, strike[C_UU] / root
    narrow2 = root / max(strike[C_UU], strike[C_VV])
    marginal, shares = work[2, : right - left], out[: bottom - top, : right - left]
    shares_on_axis(strike[U], math.sqrt(strike[C_UU]), left, marginal)
    _wipe(shares)
    if narrow2 < _WIDE2 or not _fits_bells(window, strike[U], strike[V], bell):
        _shares_in_parts(strike, window, shares, marginal)
        return
    # Wide against a cell: two or three nodes of Gauss-Legendre a side do, and the sum over all cells is exact.
    bell[3] = 1.0 / (2.0 * math.pi * math.sqrt(root))
    for side in range(2):
        rule = rules[side]
        rule[2] = rule[4] = 0.0
        rule[5] = -1.0
        if narrow2 < _WIDER2:
            rule[0], rule[1], rule[3] = 4.0 / 9.0, 5.0 / 18.0, math.sqrt(0.15)
        else:
            rule[0], rule[1], rule[3] = 0.0, 0.5, math.sqrt(1.0 / 12.0)
    place = work[3, :2]
    place[0], place[1] = left + 0.5 - strike[U], top + 0.5 - strike[V]
    _add_bells(place, bell, rules, work, shares)


@compiled
def _shares_in_parts(strike: Floats, window: Whole, out: Floats, marginal: Floats) -> None:
    """As `shares_oblique`, for narrow ellipses: exact along columns, four nodes to each part of a column."""
    left, top, bottom = window[0], window[2], window[3]
    slope = strike[C_UV] / strike[C_UU]
    scale = 1.0 / (_ROOT2 * math.sqrt(strike[C_VV] - slope * strike[C_UV]))
    narrow = math.sqrt(strike[C_UU] - strike[C_UV] * strike[C_UV] / strike[C_VV])
    panels = min(max(math.ceil(1.0 / (1.5 * narrow)), 1), 200)
    for c in range(len(marginal)):
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
                out[r - top, c] += weight * 0.5 * (after - before)
                before = after
        # The column as a whole is known exactly.
        factor = marginal[c] / max(total, 1e-300)
        for r in range(bottom - top):
            out[r, c] *= factor


@compiled
def _overlap(strike: Floats, salvo: float) -> float:
    """Chance that two items with the same middle fall in one cell, on the average over where the grid lies."""
    c_uu, c_uv, c_vv = 2.0 * (strike[D_UU] + salvo), 2.0 * strike[D_UV], 2.0 * (strike[D_VV] + salvo)
    slope = c_uv / c_uu
    own = math.sqrt(c_vv - slope * c_uv)
    width = min(1.0, 6.5 * math.sqrt(c_uu))
    wide = min(own, math.sqrt(c_uu)) > 0.5  # noqa: PLR2004 - half a cell: four nodes do
    nodes, weights = (NODES_FEW, WEIGHTS_FEW) if wide else (NODES_MANY, WEIGHTS_MANY)
    total = 0.0
    for outer in range(len(nodes)):
        x = width * nodes[outer]
        middle = slope * x
        inner_total = 0.0
        for half in range(2):
            start = max(middle - 6.5 * own, -1.0 if half == 0 else 0.0)
            end = min(middle + 6.5 * own, 0.0 if half == 0 else 1.0)
            if end <= start:
                continue
            for inner in range(len(nodes)):
                y = start + (end - start) * nodes[inner]
                z = (y - middle) / own
                inner_total += (end - start) * weights[inner] * (1.0 - abs(y)) * math.exp(-0.5 * z * z)
        total += width * weights[outer] * (1.0 - x) * math.exp(-0.5 * x * x / c_uu) * inner_total
    return 2.0 * total / (2.0 * math.pi * math.sqrt(c_uu) * own)


@compiled
def pairs_oblique(strike: Floats, salvo: float, window: Whole, rules: Floats, work: Floats, out: Floats) -> None:
    """
    Chance that two items both fall in each cell, for axes oblique to the grid: 4 to 25 nodes, the sum exact.

    For items of one carrier *salvo* is 0; for others it is the variance of carriers, which is then each item's own.
    """
    left, right, top, bottom = window[0], window[1], window[2], window[3]
    for side in range(2):
        refresh_rule((strike[D_VV] if side else strike[D_UU]) + salvo, rules[side])
    whole = (rules[0, 0] + 2 * (rules[0, 1] + rules[0, 2])) * (rules[1, 0] + 2 * (rules[1, 1] + rules[1, 2]))
    common = strike[SAME] - salvo
    c_uu, c_vv = common + 0.5 * (strike[D_UU] + salvo), common + 0.5 * (strike[D_VV] + salvo)
    c_uv = 0.5 * strike[D_UV]
    root = c_uu * c_vv - c_uv * c_uv
    bell = work[5, :4]
    bell[0], bell[1], bell[2] = c_vv / root, -c_uv / root, c_uu / root
    bell[3] = _overlap(strike, salvo) / (whole * 2.0 * math.pi * math.sqrt(root))
    width = min(c_uu, c_vv) - abs(c_uv)
    if width > 1.0:  # wider than a cell: fewer nodes do
        for side in range(2):
            thin_rule(rules[side], 2 if width > 2.0 else 3)  # noqa: PLR2004 - squares of cells
    place, pairs = work[3, :2], out[: bottom - top, : right - left]
    place[0], place[1] = left + 0.5 - strike[U], top + 0.5 - strike[V]
    _wipe(pairs)
    if width > 1.0 and _fits_bells(window, strike[U], strike[V], bell):
        _add_bells(place, bell, rules, work, pairs)
    else:
        _add_bells_singly(place, bell, rules, pairs)


@compiled
def _add_bells_singly(place: Floats, bell: Floats, rules: Floats, out: Floats) -> None:
    """As `_add_bells`, for narrow bells: each value by itself, and only where it is not next to nothing."""
    limit = (6.0 + 0.7 * math.sqrt(bell[0] + bell[2])) ** 2
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            x0, y0 = place[0] + c, place[1] + r
            if bell[0] * x0 * x0 + 2.0 * bell[1] * x0 * y0 + bell[2] * y0 * y0 > limit:
                continue
            total = 0.0
            for step in range(25):
                j, k = step // 5 - 2, step % 5 - 2
                weight = rules[0, abs(j)] * rules[1, abs(k)]
                if weight == 0.0:
                    continue
                x = x0 + (rules[0, 2 + abs(j)] if j else 0.0) * (1.0 if j > 0 else -1.0)
                y = y0 + (rules[1, 2 + abs(k)] if k else 0.0) * (1.0 if k > 0 else -1.0)
                total += weight * math.exp(-0.5 * (bell[0] * x * x + 2.0 * bell[1] * x * y + bell[2] * y * y))
            out[r, c] = bell[3] * total


@compiled
def add_oblique(strike: Floats, window: Whole, rules: Floats, blocks: Floats, work: Floats, sums: Floats) -> None:
    """Add a strike whose axes lie oblique to the grid."""
    column, row = window[0] - window[4], window[2] - window[5]
    wide, high = window[1] - window[0], window[3] - window[2]
    shares_oblique(strike, window, rules[:2], work, blocks[0])
    several = strike[PAIRS_APART] > 0.0
    for kind in range(min(len(sums) - 1, 2 if several else 1)):
        salvo = strike[SAME] - strike[APART] if kind else 0.0
        pairs_oblique(strike, salvo, window, rules[2 * kind : 2 * kind + 2], work, blocks[1 + kind])
    square = strike[MEAN] * strike[MEAN] + strike[SHARED] * strike[SHARED]
    for r in range(high):
        shares, same, apart = blocks[0, r, :wide], blocks[1, r, :wide], blocks[2, r, :wide]
        mean = sums[0, row + r, column : column + wide]
        for c in range(wide):
            mean[c] += strike[MEAN] * shares[c]
        if len(sums) > 1:
            own = sums[1, row + r, column : column + wide]
            shared = sums[2, row + r, column : column + wide]
            for c in range(wide):
                p = shares[c]
                shared[c] += strike[SHARED] * p
                own[c] += strike[PAIRS_SAME] * same[c] - square * p * p
            if several:
                for c in range(wide):
                    own[c] += strike[PAIRS_APART] * apart[c]
