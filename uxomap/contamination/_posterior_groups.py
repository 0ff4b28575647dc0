"""
Moves of all finds of a carrier together.

Finds that lie together mostly came with one carrier. Given one by one to two carriers they would stay parted for long;
these moves join them, part them or hand them over at once (Jain, S., Neal, R. M. (2004), Journal of Computational and
Graphical Statistics 13, 158-182).
"""

# ruff: noqa: NPY002 - the generator that compiled code has
# ruff: noqa: PLR0913, PLR0917 - compiled functions pass plain arrays on, never objects
# ruff: noqa: C901, PLR0912, PLR2004 - a move and its reverse stand side by side, so that both can be read

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import compiled
from uxomap.contamination._posterior_state import (
    count_of,
    draw_around,
    draw_place,
    draw_strike,
    log_normal,
    release,
    settle,
    strike_chance,
    take,
)

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
Bundle = tuple[Any, ...]

_TWO_PI = 2.0 * math.pi


@compiled
def log_marginal(mine: Whole, many: int, finds: Bundle, centre: Floats, variance: float, pattern: Floats) -> float:
    """Logarithm of the density of finds of one carrier whose place is normal around a centre."""
    uu, uv, vv = pattern
    determinant = uu * vv - uv * uv
    mean_u, mean_v = 0.0, 0.0
    for at in range(many):
        mean_u += finds[1][mine[at]] / many
        mean_v += finds[2][mine[at]] / many
    total = log_normal(mean_u - centre[0], mean_v - centre[1], variance + uu / many, uv / many, variance + vv / many)
    for at in range(many):
        du, dv = finds[1][mine[at]] - mean_u, finds[2][mine[at]] - mean_v
        total -= 0.5 * (vv * du * du - 2.0 * uv * du * dv + uu * dv * dv) / determinant
    return total - (many - 1) * math.log(_TWO_PI * math.sqrt(determinant)) - math.log(many)


@compiled
def list_finds(carrier: int, owner: Whole, mine: Whole) -> int:
    """List the finds of a carrier; returns how many."""
    many = 0
    for find in range(len(owner)):
        if owner[find] == carrier:
            mine[many] = find
            many += 1
    return many


@compiled
def choose_near(find: int, finds: Bundle, prior: Bundle) -> int:
    """Choose a carrier that may explain a find, by the odds; -1 where there is none."""
    search, starts, near, odds, first = finds[0], finds[4], finds[5], finds[6], prior[5]
    begin, end = starts[search[find]], starts[search[find] + 1]
    if begin == end:
        return -1
    at = begin + min(np.searchsorted(odds[begin:end], np.random.random()), end - begin - 1)
    strike = near[at]
    return int(first[strike]) + int(np.random.random() * (first[strike + 1] - first[strike]))


@compiled
def log_odds(find: int, carrier: int, finds: Bundle, prior: Bundle) -> float:
    """Logarithm of the chance that `choose_near` chooses a carrier."""
    search, starts, near, odds, first = finds[0], finds[4], finds[5], finds[6], prior[5]
    strike = prior[10][carrier]
    begin, end = starts[search[find]], starts[search[find] + 1]
    for at in range(begin, end):
        if near[at] == strike:
            share = odds[at] - (odds[at - 1] if at > begin else 0.0)
            return math.log(max(share, 1e-300)) - math.log(first[strike + 1] - first[strike])
    return -1e300


@compiled
def place_carrier(
    carrier: int, mine: Whole, many: int, finds: Bundle, state: Bundle, prior: Bundle, moved: Floats, gone: int
) -> float:
    """
    Draw where a carrier lies given its finds, or anew without any, and its strike with it where that has no others.

    *gone*: finds that the strike has now and that are the carrier's. Returns the logarithm of the density of the finds
    (0 without any), or 1e300 where the carrier cannot move on its own.
    """
    places, carriers, taken = state[0], state[1], state[6]
    place, position2, salvo2, pattern, patterns, first = prior[:6]
    strike = prior[10][carrier]
    several = first[strike + 1] - first[strike]
    slot = 1 + carrier - first[strike]
    centre = np.empty(2)
    alone = taken[strike] - gone == 0
    if alone:
        variance = position2[strike] + salvo2[strike]
        centre[0], centre[1] = place[strike, 0], place[strike, 1]
        draw_strike(strike, state, prior, moved)
    else:
        variance = salvo2[strike]
        centre[0], centre[1] = places[strike, 0], places[strike, 1]
        if variance <= 0.0:
            return 1e300
        moved[0, 0], moved[0, 1] = centre[0], centre[1]
        for j in range(several):
            moved[1 + j, 0], moved[1 + j, 1] = carriers[first[strike] + j, 0], carriers[first[strike] + j, 1]
        for axis in range(2):
            moved[slot, axis] = centre[axis] + math.sqrt(variance) * np.random.normal()
    if many == 0:
        return 0.0
    sums = np.zeros(3)
    sums[0] = many
    for at in range(many):
        sums[1] += finds[1][mine[at]]
        sums[2] += finds[2][mine[at]]
    draw_place(centre[0], centre[1], variance, patterns[pattern[strike]], sums, moved[slot])
    if alone:
        if salvo2[strike] > 0.0:
            draw_around(strike, moved, slot, prior)
        else:
            moved[0, 0], moved[0, 1] = moved[slot, 0], moved[slot, 1]
    return log_marginal(mine, many, finds, centre, variance, patterns[pattern[strike]])


@compiled
def weigh_carrier(carrier: int, mine: Whole, many: int, finds: Bundle, state: Bundle, prior: Bundle) -> float:
    """Logarithm of the density of the finds of a carrier, as `place_carrier` returns it when they become its own."""
    places, taken = state[0], state[6]
    place, position2, salvo2, pattern, patterns = prior[:5]
    strike = prior[10][carrier]
    if taken[strike] - many == 0:
        variance = position2[strike] + salvo2[strike]
        return log_marginal(mine, many, finds, place[strike], variance, patterns[pattern[strike]])
    return log_marginal(mine, many, finds, places[strike], salvo2[strike], patterns[pattern[strike]])


@compiled
def hand_over(
    find: int, finds: Bundle, owner: Whole, state: Bundle, prior: Bundle, seen: Bundle, room: Floats, mine: Whole
) -> None:
    """Move all finds of a carrier to another one that has none."""
    one = owner[find]
    if one < 0:
        return
    other = choose_near(find, finds, prior)
    number, chance, taken, of = state[4], state[3], state[6], prior[10]
    if other < 0 or number[other] > 0 or of[other] == of[one]:
        return
    a, b = of[one], of[other]
    many = list_finds(one, owner, mine)
    if taken[a] > many and prior[2][a] <= 0.0:
        return
    half = len(room) // 2
    ratio = log_odds(find, one, finds, prior) - log_odds(find, other, finds, prior)
    ratio -= weigh_carrier(one, mine, many, finds, state, prior)
    gained = place_carrier(other, mine, many, finds, state, prior, room[half:-1], 0)
    if gained > 1e299 or place_carrier(one, mine, 0, finds, state, prior, room[: half - 1], many) > 1e299:
        return
    ratio += gained + many * (math.log(prior[6][other]) - math.log(prior[6][one]))
    chance_a = strike_chance(a, room[1 : half - 1], prior, seen, room[half - 1])
    chance_b = strike_chance(b, room[half + 1 : -1], prior, seen, room[-1])
    ratio += count_of(a, taken[a] - many, chance_a, state, prior) - count_of(a, taken[a], chance[a], state, prior)
    ratio += count_of(b, taken[b] + many, chance_b, state, prior) - count_of(b, taken[b], chance[b], state, prior)
    if math.log(max(np.random.random(), 1e-300)) >= ratio:
        return
    settle(a, room[: half - 1], room[half - 1], chance_a, state, prior)
    settle(b, room[half:-1], room[-1], chance_b, state, prior)
    for at in range(many):
        release(mine[at], finds, owner, state, prior)
        take(mine[at], other, b, finds, owner, state)


@compiled
def toss(find: int, partner: int, every: int, theirs: Whole, mine: Whole) -> int:
    """Part the finds of a carrier by coins, one find going and its partner staying; returns how many go."""
    many = 0
    for at in range(every):
        if theirs[at] == find or (theirs[at] != partner and np.random.random() < 0.5):
            mine[many] = theirs[at]
            many += 1
    return many


@compiled
def fit_of(stays: int, one: int, mine: Whole, many: int, finds: Bundle, state: Bundle, prior: Bundle) -> float:
    """Logarithm of the density of finds around a carrier, and of its share over that of another one."""
    uu, uv, vv = prior[4][prior[3][prior[10][stays]]]
    fit = many * (math.log(prior[6][stays]) - math.log(prior[6][one]))
    for at in range(many):
        du, dv = finds[1][mine[at]] - state[1][stays, 0], finds[2][mine[at]] - state[1][stays, 1]
        fit += log_normal(du, dv, uu, uv, vv)
    return fit


@compiled
def join_or_split(
    find: int,
    partner: int,
    finds: Bundle,
    owner: Whole,
    state: Bundle,
    prior: Bundle,
    seen: Bundle,
    room: Floats,
    mine: Whole,
    theirs: Whole,
) -> None:
    """Give all finds of one carrier to that of another find; or, where both are of one, some to a carrier without."""
    one, stays = owner[find], owner[partner]
    if one < 0 or stays < 0 or find == partner:
        return
    number, chance, taken, of = state[4], state[3], state[6], prior[10]
    joining = one != stays
    if not joining:
        one = choose_near(find, finds, prior)
        if one < 0 or number[one] > 0:
            return
    a, b = of[one], of[stays]
    if joining:
        many = list_finds(one, owner, mine)
    else:
        many = toss(find, partner, list_finds(stays, owner, theirs), theirs, mine)
    both = number[stays] + (many if joining else 0)
    ways = (both - 2) * math.log(0.5) + log_odds(find, one, finds, prior)
    fit = fit_of(stays, one, mine, many, finds, state, prior)
    # Where both are of one strike, its number of finds stays the same.
    same = a == b
    if joining:
        if taken[a] > many and prior[2][a] <= 0.0:
            return
        ratio = ways + fit - weigh_carrier(one, mine, many, finds, state, prior)
        if place_carrier(one, mine, 0, finds, state, prior, room[:-2], many) > 1e299:
            return
        after = strike_chance(a, room[1:-2], prior, seen, room[-1])
        now = taken[a] if same else taken[a] - many
    else:
        gained = place_carrier(one, mine, many, finds, state, prior, room[:-2], 0)
        if gained > 1e299:
            return
        ratio = gained - ways - fit
        after = strike_chance(a, room[1:-2], prior, seen, room[-1])
        now = taken[a] if same else taken[a] + many
    ratio += count_of(a, now, after, state, prior) - count_of(a, taken[a], chance[a], state, prior)
    if not same:
        other = taken[b] + (many if joining else -many)
        ratio += count_of(b, other, chance[b], state, prior) - count_of(b, taken[b], chance[b], state, prior)
    if math.log(max(np.random.random(), 1e-300)) >= ratio:
        return
    settle(a, room[:-2], room[-1], after, state, prior)
    for at in range(many):
        release(mine[at], finds, owner, state, prior)
        if joining:
            take(mine[at], stays, b, finds, owner, state)
        else:
            take(mine[at], one, a, finds, owner, state)
