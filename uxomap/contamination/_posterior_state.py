"""
State of the chain: chances, counts and places of strikes and their carriers.

Lengths are in cells. *prior* bundles what a `Model` holds (place, position2, salvo2, pattern, patterns, first, weight,
key, size, scale, and the strike of each carrier); *state* places, carriers, chance of each carrier and of each strike
to be found, number and sum of the finds of each carrier, finds of each strike, step of each type; *seen* windows of
each strike with their fields and values; *finds* search, u, v, whether known, strikes near each search and their odds.
"""

# ruff: noqa: NPY002 - the generator that compiled code has

# ruff: noqa: ARG001, PLR2004 - every move takes the same bundles; bounds of what can be drawn

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import compiled

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
Bundle = tuple[Any, ...]

_TWO_PI = 2.0 * math.pi


@compiled
def look_up(fields: Floats, values: Singles, number: int, u: float, v: float) -> float:
    """Value of a window at a place, between the centres of its pixels; 0 outside."""
    side = fields[number, 2]
    x, y = (u - fields[number, 0]) / side - 0.5, (v - fields[number, 1]) / side - 0.5
    columns, rows = fields[number, 3], fields[number, 4]
    if x <= -1.0 or y <= -1.0 or x >= columns or y >= rows:
        return 0.0
    left, top = math.floor(x), math.floor(y)
    a, b = x - left, y - top
    total = 0.0
    start = int(fields[number, 5])
    for down in range(2):
        row = int(top) + down
        if row < 0 or row >= rows:
            continue
        for right in range(2):
            column = int(left) + right
            if column < 0 or column >= columns:
                continue
            weight = (a if right else 1.0 - a) * (b if down else 1.0 - b)
            total += weight * values[start + row * int(columns) + column]
    return total


@compiled
def look_at(fields: Floats, values: Singles, number: int, u: float, v: float) -> float:
    """Value of the pixel of a window at a place; 0 outside."""
    column = math.floor((u - fields[number, 0]) / fields[number, 2])
    row = math.floor((v - fields[number, 1]) / fields[number, 2])
    if column < 0 or row < 0 or column >= fields[number, 3] or row >= fields[number, 4]:
        return 0.0
    return float(values[int(fields[number, 5]) + int(row) * int(fields[number, 3]) + int(column)])


@compiled
def find_chance(windows: Whole, first: int, last: int, fields: Floats, values: Singles, u: float, v: float) -> float:
    """Chance that an item of a carrier at a place is found by any search."""
    total = 0.0
    for place in range(first, last):
        total += look_up(fields, values, windows[place], u, v)
    return min(total, 0.999999)


@compiled
def log_count(size: float, scale: float, found: int, chance: float) -> float:
    """Logarithm of the chance to find so many items, but for what does not hang on place, size and scale."""
    total = -size * math.log1p(chance / scale) - found * math.log(abs(scale + chance))
    for number in range(found):
        if size < 0.0 and number >= -size:
            return -1e300
        total += math.log(abs(size + number))
    return total


@compiled
def draw_place(mean_u: float, mean_v: float, variance: float, pattern: Floats, finds: Floats, out: Floats) -> None:
    """
    Draw where a carrier fell, given finds of it: *finds* is their number and the sums of their places.

    Before the finds it is normal around a mean; finds lie around it in its pattern.
    """
    number = finds[0]
    if number == 0.0:
        out[0] = mean_u + math.sqrt(variance) * np.random.normal()
        out[1] = mean_v + math.sqrt(variance) * np.random.normal()
        return
    uu, uv, vv = pattern[0] / number, pattern[1] / number, pattern[2] / number
    # Gain of the mean of the finds over the mean before: variance times the inverse of the sum of both.
    a, b, c = variance + uu, uv, variance + vv
    determinant = a * c - b * b
    g00, g01, g11 = variance * c / determinant, -variance * b / determinant, variance * a / determinant
    du, dv = finds[1] / number - mean_u, finds[2] / number - mean_v
    p00, p01, p11 = variance * (1.0 - g00), -variance * g01, variance * (1.0 - g11)
    root = math.sqrt(max(p00, 1e-18))
    one, two = np.random.normal(), np.random.normal()
    out[0] = mean_u + g00 * du + g01 * dv + root * one
    out[1] = (
        mean_v + g01 * du + g11 * dv + p01 / root * one + math.sqrt(max(p11 - p01 * p01 / (root * root), 0.0)) * two
    )


@compiled
def log_normal(du: float, dv: float, uu: float, uv: float, vv: float) -> float:
    """Logarithm of the density of a normal."""
    determinant = uu * vv - uv * uv
    return -0.5 * (vv * du * du - 2.0 * uv * du * dv + uu * dv * dv) / determinant - math.log(
        _TWO_PI * math.sqrt(determinant)
    )


@compiled
def draw_strike(strike: int, state: Bundle, prior: Bundle, out: Floats) -> None:
    """Draw place and carriers of a strike without finds from what the reports say: first row the place."""
    place, position2, salvo2, first = prior[0], prior[1], prior[2], prior[5]
    for axis in range(2):
        out[0, axis] = place[strike, axis] + math.sqrt(position2[strike]) * np.random.normal()
    for number in range(first[strike + 1] - first[strike]):
        for axis in range(2):
            out[1 + number, axis] = out[0, axis]
            if salvo2[strike] > 0.0:
                out[1 + number, axis] += math.sqrt(salvo2[strike]) * np.random.normal()


@compiled
def copy_strike(strike: int, state: Bundle, prior: Bundle, out: Floats) -> None:
    """Place and carriers of a strike as they are: first row the place."""
    first = prior[5]
    for axis in range(2):
        out[0, axis] = state[0][strike, axis]
        for number in range(first[strike + 1] - first[strike]):
            out[1 + number, axis] = state[1][first[strike] + number, axis]


@compiled
def strike_chance(strike: int, carriers: Floats, prior: Bundle, seen: Bundle, chances: Floats) -> float:
    """Chance that an item of a strike is found; that of each carrier goes to *chances*."""
    first, weight = prior[5], prior[6]
    starts, windows, fields, values = seen[0], seen[1], seen[2], seen[3]
    total = 0.0
    for number in range(first[strike + 1] - first[strike]):
        chances[number] = find_chance(
            windows, starts[strike], starts[strike + 1], fields, values, carriers[number, 0], carriers[number, 1]
        )
        total += weight[first[strike] + number] * chances[number]
    return total


@compiled
def draw_around(strike: int, moved: Floats, slot: int, prior: Bundle) -> None:
    """Draw the place of a strike given one of its carriers, and its other carriers given the place."""
    place, position2, salvo2, first = prior[0], prior[1], prior[2], prior[5]
    gain = position2[strike] / (position2[strike] + salvo2[strike])
    for axis in range(2):
        mean = place[strike, axis] + gain * (moved[slot, axis] - place[strike, axis])
        moved[0, axis] = mean + math.sqrt(position2[strike] * (1.0 - gain)) * np.random.normal()
        for j in range(1, 1 + first[strike + 1] - first[strike]):
            if j != slot:
                moved[j, axis] = moved[0, axis] + math.sqrt(salvo2[strike]) * np.random.normal()


@compiled
def settle(strike: int, moved: Floats, chances: Floats, total: float, state: Bundle, prior: Bundle) -> None:
    """Put a strike and its carriers where they were moved to."""
    places, carriers, chance_of, chance = state[0], state[1], state[2], state[3]
    first = prior[5]
    for axis in range(2):
        places[strike, axis] = moved[0, axis]
    for j in range(first[strike + 1] - first[strike]):
        chance_of[first[strike] + j] = chances[j]
        for axis in range(2):
            carriers[first[strike] + j, axis] = moved[1 + j, axis]
    chance[strike] = total


@compiled
def release(find: int, finds: Bundle, owner: Whole, state: Bundle, prior: Bundle) -> None:
    """Take a find from its carrier."""
    carrier = owner[find]
    if carrier < 0:
        return
    number, sums, taken = state[4], state[5], state[6]
    number[carrier] -= 1
    sums[carrier, 0] -= finds[1][find]
    sums[carrier, 1] -= finds[2][find]
    if number[carrier] == 0:
        sums[carrier, 0] = sums[carrier, 1] = 0.0
    taken[prior[10][carrier]] -= 1
    owner[find] = -1


@compiled
def take(find: int, carrier: int, strike: int, finds: Bundle, owner: Whole, state: Bundle) -> None:
    """Give a find to a carrier."""
    number, sums, taken = state[4], state[5], state[6]
    owner[find] = carrier
    number[carrier] += 1
    sums[carrier, 0] += finds[1][find]
    sums[carrier, 1] += finds[2][find]
    taken[strike] += 1


@compiled
def count_of(strike: int, found: int, chance: float, state: Bundle, prior: Bundle) -> float:
    """`log_count` of a strike at the step of its type."""
    s = state[7][prior[7][strike]]
    return log_count(prior[8][strike, s], prior[9][strike, s], found, chance)


@compiled
def draw_items(size: float, found: int, expected: float) -> float:
    """Draw how many items are left where so many are expected."""
    if expected <= 0.0:
        return 0.0
    if size < 0.0:
        trials = round(-size) - found
        if trials <= 0:
            return 0.0
        return float(np.random.binomial(int(trials), min(expected / trials, 1.0)))
    shape = size + found
    rate = expected if shape > 1e6 else np.random.gamma(shape, expected / shape)
    return float(np.random.poisson(rate))
