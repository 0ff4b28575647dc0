"""Moves of single finds, strikes, carriers and types."""

# ruff: noqa: NPY002 - the generator that compiled code has
# ruff: noqa: PLR0913, PLR0917 - compiled functions pass plain arrays on, never objects
# ruff: noqa: F841, RUF059 - bundles are unpacked whole, so that every move reads alike
# ruff: noqa: C901, PLR0912, PLR0915, PLR2004 - a move and its reverse stand side by side, so that both can be read

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import compiled
from uxomap.contamination._posterior_groups import (
    list_finds,
    place_carrier,
)
from uxomap.contamination._posterior_state import (
    draw_around,
    draw_place,
    draw_strike,
    find_chance,
    log_count,
    log_normal,
    look_at,
    release,
    settle,
    strike_chance,
    take,
)

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
Bundle = tuple[Any, ...]

#: Beyond this half squared distance a carrier does not explain a find.
_FAR = 18.0

#: Steps of each carrier of a strike with finds in a sweep, and their least and largest length over that of its pattern
#: (logarithms).
_WALKS, _LEAST_STEP, _MOST_STEP = 6, -3.0, 0.5
_TWO_PI = 2.0 * math.pi


@compiled
def give_finds(finds: Bundle, owner: Whole, state: Bundle, prior: Bundle, work: Floats, background: float) -> None:
    """Give each find anew to a carrier or to nobody, all others staying where they are."""
    search, u, v, starts, near = finds[0], finds[1], finds[2], finds[4], finds[5]
    carriers, chance, number, sums, taken, step = state[1], state[3], state[4], state[5], state[6], state[7]
    pattern, patterns, first, weight, key, size, scale = prior[3:10]
    for find in range(len(owner)):
        release(find, finds, owner, state, prior)
        total = background
        place = 0
        for at in range(starts[search[find]], starts[search[find] + 1]):
            strike = near[at]
            kind = pattern[strike]
            uu, uv, vv = patterns[kind, 0], patterns[kind, 1], patterns[kind, 2]
            determinant = uu * vv - uv * uv
            norm = 1.0 / (_TWO_PI * math.sqrt(determinant))
            s = step[key[strike]]
            rate = (size[strike, s] + taken[strike]) / (scale[strike, s] + chance[strike])
            for carrier in range(first[strike], first[strike + 1]):
                du, dv = u[find] - carriers[carrier, 0], v[find] - carriers[carrier, 1]
                if du * du + dv * dv < 2.0 * _FAR * (uu + vv):
                    far = 0.5 * (vv * du * du - 2.0 * uv * du * dv + uu * dv * dv) / determinant
                    if far < _FAR:
                        total += max(rate, 0.0) * weight[carrier] * norm * math.exp(-far)
                work[place] = total
                place += 1
        drawn = np.random.random() * total
        if drawn < background:
            continue
        chosen = np.searchsorted(work[:place], drawn, side="right")
        place = 0
        for at in range(starts[search[find]], starts[search[find] + 1]):
            strike = near[at]
            here = first[strike + 1] - first[strike]
            if chosen < place + here:
                take(find, first[strike] + chosen - place, strike, finds, owner, state)
                break
            place += here


@compiled
def start_finds(
    finds: Bundle,
    owner: Whole,
    state: Bundle,
    prior: Bundle,
    seen: Bundle,
    room: Floats,
    mine: Whole,
    background: float,
) -> None:
    """Give each find of nobody to the carrier that explains it best, given those before it."""
    search, u, v, starts, near = finds[0], finds[1], finds[2], finds[4], finds[5]
    places, carriers, chance, number, taken, step = state[0], state[1], state[3], state[4], state[6], state[7]
    place, position2, salvo2, pattern, patterns, first, weight, key, size, scale, _ = prior
    for find in np.random.permutation(len(owner)):
        if owner[find] >= 0:
            continue
        best, chosen, whose = math.log(background), -1, -1
        for at in range(starts[search[find]], starts[search[find] + 1]):
            strike = near[at]
            s = step[key[strike]]
            rate = (size[strike, s] + taken[strike]) / (scale[strike, s] + chance[strike])
            if rate <= 0.0:
                continue
            uu, uv, vv = patterns[pattern[strike]]
            tried = False
            for carrier in range(first[strike], first[strike + 1]):
                many = number[carrier]
                if many > 0:
                    more = 1.0 + 1.0 / many
                    du, dv = u[find] - carriers[carrier, 0], v[find] - carriers[carrier, 1]
                    fit = log_normal(du, dv, more * uu, more * uv, more * vv)
                elif tried:
                    continue
                elif taken[strike] > 0:
                    du, dv = u[find] - places[strike, 0], v[find] - places[strike, 1]
                    fit, tried = log_normal(du, dv, salvo2[strike] + uu, uv, salvo2[strike] + vv), True
                else:
                    wide = position2[strike] + salvo2[strike]
                    du, dv = u[find] - place[strike, 0], v[find] - place[strike, 1]
                    fit, tried = log_normal(du, dv, wide + uu, uv, wide + vv), True
                fit += math.log(rate) + math.log(weight[carrier])
                if fit > best:
                    best, chosen, whose = fit, carrier, strike
        if chosen < 0:
            continue
        take(find, chosen, whose, finds, owner, state)
        many = list_finds(chosen, owner, mine)
        if place_carrier(chosen, mine, many, finds, state, prior, room[:-2], many) < 1e299:
            after = strike_chance(whose, room[1:-2], prior, seen, room[-1])
            settle(whose, room[:-2], room[-1], after, state, prior)


@compiled
def choose_moved(find: int, finds: Bundle, owner: Whole, number: Whole, prior: Bundle) -> tuple[int, int]:
    """Choose the carrier to bring to a find, or the one to send away; -1 where it cannot be moved."""
    search, starts, near, odds, first = finds[0], finds[4], finds[5], finds[6], prior[5]
    begin, end = starts[search[find]], starts[search[find] + 1]
    carrier = owner[find]
    if carrier >= 0:
        at = begin
        while near[at] != prior[10][carrier]:
            at += 1
        return at, (carrier if number[carrier] == 1 else -1)
    at = begin + min(np.searchsorted(odds[begin:end], np.random.random()), end - begin - 1)
    carrier = first[near[at]] + int(np.random.random() * (first[near[at] + 1] - first[near[at]]))
    return at, (carrier if number[carrier] == 0 else -1)


@compiled
def bring_strike(
    find: int, finds: Bundle, owner: Whole, state: Bundle, prior: Bundle, seen: Bundle, room: Floats, background: float
) -> None:
    """Move a strike or a carrier without finds to a find of nobody, or the reverse."""
    search, u, v, starts, near, odds = finds[0], finds[1], finds[2], finds[4], finds[5], finds[6]
    places, carriers, chances, chance, number, _, taken, step = state
    place, position2, salvo2, pattern, patterns, first, weight, key, size, scale, of = prior
    begin, end = starts[search[find]], starts[search[find] + 1]
    if begin == end:
        return
    at, carrier = choose_moved(find, finds, owner, number, prior)
    if carrier < 0:
        return
    strike = near[at]
    share = odds[at] - (odds[at - 1] if at > begin else 0.0)
    several = first[strike + 1] - first[strike]
    bringing = owner[find] < 0
    others = taken[strike] - (0 if bringing else 1)
    moved, found = room[:-2], room[-2]
    uu, uv, vv = patterns[pattern[strike]]
    one = np.array([1.0, u[find], v[find]])
    if others == 0:
        variance = position2[strike] + salvo2[strike]
        mean_u, mean_v = place[strike, 0], place[strike, 1]
        draw_strike(strike, state, prior, moved)
    else:
        variance = salvo2[strike]
        mean_u, mean_v = places[strike, 0], places[strike, 1]
        if variance <= 0.0:
            return
        moved[0, 0], moved[0, 1] = mean_u, mean_v
        for j in range(several):
            moved[1 + j, 0], moved[1 + j, 1] = carriers[first[strike] + j, 0], carriers[first[strike] + j, 1]
    slot = 1 + carrier - first[strike]
    if bringing:
        draw_place(mean_u, mean_v, variance, patterns[pattern[strike]], one, moved[slot])
        if others == 0:
            if salvo2[strike] > 0.0:
                draw_around(strike, moved, slot, prior)
            else:
                moved[0, 0], moved[0, 1] = moved[slot, 0], moved[slot, 1]
    elif others > 0:
        for axis in range(2):
            moved[slot, axis] = moved[0, axis] + math.sqrt(variance) * np.random.normal()
    after = strike_chance(strike, moved[1:], prior, seen, room[-1])
    s = step[key[strike]]
    r, b = size[strike, s], scale[strike, s]
    fit = log_normal(u[find] - mean_u, v[find] - mean_v, variance + uu, uv, variance + vv)
    gain = fit + math.log(weight[carrier]) - math.log(background) - math.log(max(share, 1e-300) / several)
    if bringing:
        ratio = log_count(r, b, others + 1, after) - log_count(r, b, others, chance[strike]) + gain
    else:
        ratio = log_count(r, b, others, after) - log_count(r, b, others + 1, chance[strike]) - gain
    found[0] = ratio
    if math.log(max(np.random.random(), 1e-300)) >= ratio:
        return
    settle(strike, moved, room[-1], after, state, prior)
    if bringing:
        take(find, carrier, strike, finds, owner, state)
    else:
        release(find, finds, owner, state, prior)


@compiled
def move_strike(strike: int, state: Bundle, prior: Bundle, seen: Bundle, room: Floats) -> None:
    """Move a strike and its carriers, the finds staying theirs."""
    places, carriers, chances, chance, number, sums, taken, step = state
    place, position2, salvo2, pattern, patterns, first, weight, key, size, scale, _ = prior
    s = step[key[strike]]
    r, b = size[strike, s], scale[strike, s]
    moved = room[:-2]
    if taken[strike] == 0:
        draw_strike(strike, state, prior, moved)
        after = strike_chance(strike, moved[1:], prior, seen, room[-1])
        ratio = log_count(r, b, 0, after) - log_count(r, b, 0, chance[strike])
        if math.log(max(np.random.random(), 1e-300)) < ratio:
            settle(strike, moved, room[-1], after, state, prior)
        return
    several = first[strike + 1] - first[strike]
    if salvo2[strike] > 0.0:
        precision = 1.0 / position2[strike] + several / salvo2[strike]
        for axis in range(2):
            total = place[strike, axis] / position2[strike]
            for j in range(first[strike], first[strike + 1]):
                total += carriers[j, axis] / salvo2[strike]
            places[strike, axis] = total / precision + np.random.normal() / math.sqrt(precision)
    finds = np.empty(3)
    for carrier in range(first[strike], first[strike + 1]):
        finds[0], finds[1], finds[2] = number[carrier], sums[carrier, 0], sums[carrier, 1]
        if salvo2[strike] > 0.0:
            mean_u, mean_v, variance = places[strike, 0], places[strike, 1], salvo2[strike]
        else:
            mean_u, mean_v, variance = place[strike, 0], place[strike, 1], position2[strike]
        draw_place(mean_u, mean_v, variance, patterns[pattern[strike]], finds, moved[0])
        one = find_chance(seen[1], seen[0][strike], seen[0][strike + 1], seen[2], seen[3], moved[0, 0], moved[0, 1])
        after = max(chance[strike] + weight[carrier] * (one - chances[carrier]), 0.0)
        ratio = log_count(r, b, taken[strike], after) - log_count(r, b, taken[strike], chance[strike])
        if math.log(max(np.random.random(), 1e-300)) < ratio:
            carriers[carrier, 0], carriers[carrier, 1] = moved[0, 0], moved[0, 1]
            chances[carrier], chance[strike] = one, after
            if salvo2[strike] <= 0.0:
                places[strike, 0], places[strike, 1] = moved[0, 0], moved[0, 1]


@compiled
def walk_carriers(strike: int, state: Bundle, prior: Bundle, seen: Bundle) -> None:
    """
    Move carriers of strikes that have finds by small and large steps.

    Finds at the edge of a search are often the rim of a pattern whose middle was never searched. There the middle of
    the finds says little of where the carrier fell, and draws around it would never get there.
    """
    places, carriers, chances, chance, number, sums, taken, step = state
    place, position2, salvo2, pattern, patterns, first, weight, key, size, scale, _ = prior
    s = step[key[strike]]
    r, b = size[strike, s], scale[strike, s]
    uu, uv, vv = patterns[pattern[strike]]
    determinant = uu * vv - uv * uv
    for carrier in range(first[strike], first[strike + 1]):
        many = number[carrier]
        if taken[strike] == 0:
            continue
        if salvo2[strike] > 0.0:
            mean_u, mean_v, variance = places[strike, 0], places[strike, 1], salvo2[strike]
        else:
            mean_u, mean_v, variance = place[strike, 0], place[strike, 1], position2[strike]
        find_u, find_v = sums[carrier, 0] / max(many, 1), sums[carrier, 1] / max(many, 1)
        for _ in range(_WALKS):
            reach = math.sqrt(0.5 * (uu + vv)) * math.exp(_LEAST_STEP + (_MOST_STEP - _LEAST_STEP) * np.random.random())
            old_u, old_v = carriers[carrier, 0], carriers[carrier, 1]
            new_u, new_v = old_u + reach * np.random.normal(), old_v + reach * np.random.normal()
            a, c = find_u - old_u, find_v - old_v
            ratio = 0.5 * many * (vv * a * a - 2.0 * uv * a * c + uu * c * c) / determinant
            ratio += 0.5 * ((old_u - mean_u) ** 2 + (old_v - mean_v) ** 2) / variance
            a, c = find_u - new_u, find_v - new_v
            ratio -= 0.5 * many * (vv * a * a - 2.0 * uv * a * c + uu * c * c) / determinant
            ratio -= 0.5 * ((new_u - mean_u) ** 2 + (new_v - mean_v) ** 2) / variance
            one = find_chance(seen[1], seen[0][strike], seen[0][strike + 1], seen[2], seen[3], new_u, new_v)
            after = max(chance[strike] + weight[carrier] * (one - chances[carrier]), 0.0)
            ratio += log_count(r, b, taken[strike], after) - log_count(r, b, taken[strike], chance[strike])
            if math.log(max(np.random.random(), 1e-300)) < ratio:
                carriers[carrier, 0], carriers[carrier, 1] = new_u, new_v
                chances[carrier], chance[strike] = one, after
                if salvo2[strike] <= 0.0:
                    places[strike, 0], places[strike, 1] = new_u, new_v


@compiled
def shift_strike(
    strike: int,
    mine: Whole,
    many: int,
    finds: Bundle,
    state: Bundle,
    prior: Bundle,
    searches: Bundle,
    seen: Bundle,
    room: Floats,
    reach: float,
) -> None:
    """Shift a strike, its carriers and its finds together, where nobody wrote down where the finds lay."""
    places, carriers, chances, chance, number, sums, taken, step = state
    place, position2, first, key, size, scale = prior[0], prior[1], prior[5], prior[7], prior[8], prior[9]
    du, dv = reach * np.random.normal(), reach * np.random.normal()
    ratio = 0.0
    for at in range(many):
        find = mine[at]
        before = look_at(searches[0], searches[1], finds[0][find], finds[1][find], finds[2][find])
        now = look_at(searches[0], searches[1], finds[0][find], finds[1][find] + du, finds[2][find] + dv)
        if now <= 0.0:
            return
        ratio += math.log(now / max(before, 1e-12))
    moved = room[:-2]
    for axis in range(2):
        delta = du if axis == 0 else dv
        off = places[strike, axis] - place[strike, axis]
        ratio += 0.5 * (off * off - (off + delta) ** 2) / position2[strike]
        moved[0, axis] = places[strike, axis] + delta
        for j in range(first[strike + 1] - first[strike]):
            moved[1 + j, axis] = carriers[first[strike] + j, axis] + delta
    after = strike_chance(strike, moved[1:], prior, seen, room[-1])
    s = step[key[strike]]
    r, b = size[strike, s], scale[strike, s]
    ratio += log_count(r, b, taken[strike], after) - log_count(r, b, taken[strike], chance[strike])
    if math.log(max(np.random.random(), 1e-300)) >= ratio:
        return
    settle(strike, moved, room[-1], after, state, prior)
    for at in range(many):
        finds[1][mine[at]] += du
        finds[2][mine[at]] += dv
    for carrier in range(first[strike], first[strike + 1]):
        sums[carrier, 0] += number[carrier] * du
        sums[carrier, 1] += number[carrier] * dv


@compiled
def move_finds(finds: Bundle, owner: Whole, state: Bundle, prior: Bundle, searches: Bundle) -> None:
    """Draw anew where finds lay of which nobody wrote it down."""
    search, u, v, known = finds[0], finds[1], finds[2], finds[3]
    carriers, sums = state[1], state[5]
    fields, values = searches
    for find in range(len(owner)):
        if known[find]:
            continue
        one = search[find]
        carrier = owner[find]
        for _ in range(3):
            before = look_at(fields, values, one, u[find], v[find])
            if carrier < 0:
                new_u = fields[one, 0] + fields[one, 2] * fields[one, 3] * np.random.random()
                new_v = fields[one, 1] + fields[one, 2] * fields[one, 4] * np.random.random()
            else:
                uu, uv, vv = prior[4][prior[3][prior[10][carrier]]]
                root = math.sqrt(uu)
                first, second = np.random.normal(), np.random.normal()
                new_u = carriers[carrier, 0] + root * first
                new_v = carriers[carrier, 1] + uv / root * first + math.sqrt(max(vv - uv * uv / uu, 0.0)) * second
            now = look_at(fields, values, one, new_u, new_v)
            if now > 0.0 and np.random.random() * before < now:
                if carrier >= 0:
                    sums[carrier, 0] += new_u - u[find]
                    sums[carrier, 1] += new_v - v[find]
                u[find], v[find] = new_u, new_v


@compiled
def learn_types(members: Bundle, state: Bundle, prior: Bundle, work: Floats) -> None:
    """Draw the step of each type anew, given what was found of its strikes."""
    chance, taken, step = state[3], state[6], state[7]
    size, scale = prior[8], prior[9]
    starts, strikes = members
    steps = size.shape[1]
    for key in range(len(starts) - 1):
        for s in range(steps):
            work[s] = 0.0
        for at in range(starts[key], starts[key + 1]):
            strike = strikes[at]
            for s in range(steps):
                work[s] += log_count(size[strike, s], scale[strike, s], taken[strike], chance[strike])
        # The part that hangs on the step but not on what was found belongs to the chance too.
        top = -1e308
        for s in range(steps):
            top = max(top, work[s])
        total = 0.0
        for s in range(steps):
            total += math.exp(work[s] - top)
            work[s] = total
        step[key] = min(np.searchsorted(work[:steps], np.random.random() * total), steps - 1)
