"""
Moves of all finds of a strike together.

Two reported strikes can explain the same finds equally well. Handed over carrier by carrier they would stay with the
one that had them first; here two strikes exchange all their finds at once, carrier by carrier, with places of strikes
and carriers summed out of the choice and drawn anew.
"""

# ruff: noqa: NPY002 - the generator that compiled code has

# ruff: noqa: PLR0915 - a move and its reverse stand side by side, so that both can be read

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import compiled
from uxomap.contamination._posterior_groups import choose_near
from uxomap.contamination._posterior_state import count_of, draw_place, release, settle, strike_chance, take

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Bundle = tuple[Any, ...]

_LOG_TWO_PI = math.log(2.0 * math.pi)

#: Fields of a group: number of finds, sums of u and v, and of their squares and products.
_FIELDS = 6


@compiled
def share_of(strike: int, begin: int, end: int, near: Whole, odds: Floats) -> float:
    """Chance that a strike is chosen for finds of a search; 0 where it cannot explain them."""
    at = begin + np.searchsorted(near[begin:end], strike)
    if at >= end or near[at] != strike:
        return 0.0
    return float(odds[at] - (odds[at - 1] if at > begin else 0.0))


@compiled
def gather_groups(first: int, several: int, owner: Whole, finds: Bundle, groups: Floats) -> int:
    """Number, sums and squares of the finds of each carrier of a strike; returns how many carriers have any."""
    for j in range(several):
        for field in range(_FIELDS):
            groups[j, field] = 0.0
    for find in range(len(owner)):
        j = owner[find] - first
        if 0 <= j < several:
            u, v = finds[1][find], finds[2][find]
            groups[j, 0] += 1.0
            groups[j, 1] += u
            groups[j, 2] += v
            groups[j, 3] += u * u
            groups[j, 4] += u * v
            groups[j, 5] += v * v
    filled = 0
    for j in range(several):
        filled += groups[j, 0] > 0.0
    return filled


@compiled
def weigh_groups(strike: int, groups: Floats, several: int, target: Whole, prior: Bundle, out: Floats) -> float:
    """
    Logarithm of the density of groups of finds of a strike, its place and those of its carriers summed out.

    *target*: the carrier that each group goes to. *out*: precision (uu, uv, vv) and weighted mean of the place of the
    strike given the groups, relative to where it was reported.
    """
    place, position2, salvo2, pattern, patterns, first, weight = prior[:7]
    uu, uv, vv = patterns[pattern[strike]]
    determinant = uu * vv - uv * uv
    total, square = 0.0, 0.0
    out[0], out[1], out[2] = 1.0 / position2[strike], 0.0, 1.0 / position2[strike]
    out[3], out[4] = 0.0, 0.0
    for j in range(several):
        n = groups[j, 0]
        if n <= 0.0:
            continue
        mean_u, mean_v = groups[j, 1] / n, groups[j, 2] / n
        s_uu, s_uv = groups[j, 3] - n * mean_u * mean_u, groups[j, 4] - n * mean_u * mean_v
        s_vv = groups[j, 5] - n * mean_v * mean_v
        total += n * math.log(weight[first[strike] + target[j]])
        total -= 0.5 * (vv * s_uu - 2.0 * uv * s_uv + uu * s_vv) / determinant
        total -= (n - 1.0) * (_LOG_TWO_PI + 0.5 * math.log(determinant)) + math.log(n)
        a, b, c = salvo2[strike] + uu / n, uv / n, salvo2[strike] + vv / n
        d = a * c - b * b
        du, dv = mean_u - place[strike, 0], mean_v - place[strike, 1]
        square += (c * du * du - 2.0 * b * du * dv + a * dv * dv) / d
        total -= _LOG_TWO_PI + 0.5 * math.log(d)
        out[0] += c / d
        out[1] -= b / d
        out[2] += a / d
        out[3] += (c * du - b * dv) / d
        out[4] += (a * dv - b * du) / d
    d = out[0] * out[2] - out[1] * out[1]
    fit = (out[2] * out[3] * out[3] - 2.0 * out[1] * out[3] * out[4] + out[0] * out[4] * out[4]) / d
    total -= 0.5 * (square - fit) + math.log(position2[strike]) + 0.5 * math.log(d)
    return float(total)


@compiled
def draw_groups(
    strike: int, groups: Floats, several: int, target: Whole, prior: Bundle, given: Floats, moved: Floats
) -> None:
    """Draw where a strike and its carriers lie, given groups of finds and what `weigh_groups` put out."""
    place, salvo2, pattern, patterns, first = prior[0], prior[2], prior[3], prior[4], prior[5]
    d = given[0] * given[2] - given[1] * given[1]
    p_uu, p_uv, p_vv = given[2] / d, -given[1] / d, given[0] / d
    one, two = np.random.normal(), np.random.normal()
    root = math.sqrt(p_uu)
    moved[0, 0] = place[strike, 0] + p_uu * given[3] + p_uv * given[4] + root * one
    moved[0, 1] = place[strike, 1] + p_uv * given[3] + p_vv * given[4]
    moved[0, 1] += p_uv / root * one + math.sqrt(max(p_vv - p_uv * p_uv / p_uu, 0.0)) * two
    nothing = np.zeros(3)
    for j in range(first[strike + 1] - first[strike]):
        if salvo2[strike] > 0.0:
            draw_place(moved[0, 0], moved[0, 1], salvo2[strike], patterns[pattern[strike]], nothing, moved[1 + j])
        else:
            moved[1 + j, 0], moved[1 + j, 1] = moved[0, 0], moved[0, 1]
    if salvo2[strike] > 0.0:
        for j in range(several):
            if groups[j, 0] > 0.0:
                draw_place(
                    *(moved[0, 0], moved[0, 1], salvo2[strike], patterns[pattern[strike]]),
                    *(groups[j, :3], moved[1 + target[j]]),
                )


@compiled
def log_ways(several: int, filled: int) -> float:
    """Logarithm of the number of ways to put groups on carriers."""
    total = 0.0
    for number in range(filled):
        total += math.log(several - number)
    return total


@compiled
def send_groups(groups: Floats, several: int, others: int, target: Whole) -> None:
    """Choose a carrier of another strike for each group, at random."""
    order = np.random.permutation(others)
    at = 0
    for j in range(several):
        if groups[j, 0] > 0.0:
            target[j] = order[at]
            at += 1


@compiled
def exchange(find: int, finds: Bundle, owner: Whole, state: Bundle, prior: Bundle, seen: Bundle, room: Floats) -> None:
    """Exchange all finds of the strike that a find is given to and of another one, which may have none."""
    if owner[find] < 0:
        return
    search, starts, near, odds = finds[0], finds[4], finds[5], finds[6]
    first, of, taken, chance = prior[5], prior[10], state[6], state[3]
    other = choose_near(find, finds, prior)
    if other < 0 or of[other] == of[owner[find]]:
        return
    a, b = of[owner[find]], of[other]
    of_a, of_b = first[a + 1] - first[a], first[b + 1] - first[b]
    groups_a, groups_b = np.zeros((of_a, _FIELDS)), np.zeros((of_b, _FIELDS))
    filled_a = gather_groups(first[a], of_a, owner, finds, groups_a)
    filled_b = gather_groups(first[b], of_b, owner, finds, groups_b)
    if filled_a > of_b or filled_b > of_a:
        return
    there, back = 0.0, 0.0
    for one in range(len(owner)):
        if owner[one] < 0 or (of[owner[one]] != a and of[owner[one]] != b):
            continue
        begin, end = starts[search[one]], starts[search[one] + 1]
        share_a, share_b = share_of(a, begin, end, near, odds), share_of(b, begin, end, near, odds)
        if share_a <= 0.0 or share_b <= 0.0:
            return
        there += share_b if of[owner[one]] == a else share_a
        back += share_a if of[owner[one]] == a else share_b
    stay_a, stay_b, to_a, to_b = np.arange(of_a), np.arange(of_b), np.zeros(of_b, np.int64), np.zeros(of_a, np.int64)
    send_groups(groups_a, of_a, of_b, to_b)
    send_groups(groups_b, of_b, of_a, to_a)
    given_a, given_b = np.zeros(5), np.zeros(5)
    ratio = math.log(back) - math.log(there)
    ratio += log_ways(of_b, filled_a) + log_ways(of_a, filled_b)
    ratio -= log_ways(of_a, filled_a) + log_ways(of_b, filled_b)
    ratio -= weigh_groups(a, groups_a, of_a, stay_a, prior, given_a)
    ratio -= weigh_groups(b, groups_b, of_b, stay_b, prior, given_b)
    ratio += weigh_groups(a, groups_b, of_b, to_a, prior, given_a)
    ratio += weigh_groups(b, groups_a, of_a, to_b, prior, given_b)
    half = len(room) // 2
    moved_a, moved_b = room[: half - 1], room[half:-1]
    draw_groups(a, groups_b, of_b, to_a, prior, given_a, moved_a)
    draw_groups(b, groups_a, of_a, to_b, prior, given_b, moved_b)
    chance_a = strike_chance(a, moved_a[1:], prior, seen, room[half - 1])
    chance_b = strike_chance(b, moved_b[1:], prior, seen, room[-1])
    many_a, many_b = taken[a], taken[b]
    ratio += count_of(a, many_b, chance_a, state, prior) - count_of(a, many_a, chance[a], state, prior)
    ratio += count_of(b, many_a, chance_b, state, prior) - count_of(b, many_b, chance[b], state, prior)
    if math.log(max(np.random.random(), 1e-300)) >= ratio:
        return
    settle(a, moved_a, room[half - 1], chance_a, state, prior)
    settle(b, moved_b, room[-1], chance_b, state, prior)
    for one in range(len(owner)):
        if owner[one] < 0:
            continue
        was = of[owner[one]]
        j = owner[one] - first[was]
        if was == a:
            release(one, finds, owner, state, prior)
            take(one, first[b] + to_b[j], b, finds, owner, state)
        elif was == b:
            release(one, finds, owner, state, prior)
            take(one, first[a] + to_a[j], a, finds, owner, state)
