"""
From the chain to a map: what each cell is still expected to hold, and how sure that is.

A strike without finds is seen through places drawn from what its reports say, each weighed by how likely it is that
nothing was found if it lay there; the same places without weights give what the map said before. Strikes with finds
come from the chain itself.
"""

# ruff: noqa: RUF046 - compiled code has floats where Python has whole numbers
# ruff: noqa: PLR0913, PLR0917 - compiled functions pass plain arrays on, never objects

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import compiled
from uxomap.contamination._posterior_state import find_chance
from uxomap.contamination._update_model import Model
from uxomap.contamination._update_search import Windows

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]

#: Places drawn for a strike: least, most, and for each pattern that would fit side by side.
_FEWEST, _MOST, _A_PATTERN = 64, 400, 30.0

#: A pattern is drawn so far, in standard deviations.
_REACH = 4.0

#: Offsets within a cell over which a pattern is averaged, along each axis.
_OFFSETS = 4


@dataclass(frozen=True, eq=False)
class Places:
    """
    Places drawn for strikes from what the reports say.

    ``carriers`` (u, v) of all, ``weight`` of each carrier, ``first`` (n + 1) where those of a strike begin, ``each``
    number of places of a strike, ``chance`` that an item is found at each place, and ``begin`` (n + 1) where the places
    of a strike begin.
    """

    carriers: Floats
    weight: Floats
    first: Whole
    each: Whole
    chance: Floats
    begin: Whole


@dataclass(frozen=True, eq=False)
class Patterns:
    """Patterns over cells, one after the other: half a side, where each begins, shares, and squares of shares."""

    half: Whole
    start: Whole
    one: Floats
    square: Floats


def draw_patterns(patterns: Floats) -> Patterns:
    """Share of a pattern in each cell around that of its carrier, and its square, averaged over places in the cell."""
    halves, ones, squares = [], [], []
    for uu, uv, vv in patterns:
        widest = math.sqrt(0.5 * (uu + vv) + math.hypot(0.5 * (uu - vv), uv))
        half = math.ceil(_REACH * widest + 0.5)
        split = int(min(max(8, math.ceil(2.5 / math.sqrt(max(0.5 * (uu + vv), 1e-6)))), 24))
        split += -split % _OFFSETS
        fine = (np.arange((2 * half + 1) * split) + 0.5) / split - half - 0.5
        one, square = np.zeros((2 * half + 1,) * 2), np.zeros((2 * half + 1,) * 2)
        for shift_u in (np.arange(_OFFSETS) + 0.5) / _OFFSETS - 0.5:
            for shift_v in (np.arange(_OFFSETS) + 0.5) / _OFFSETS - 0.5:
                u, v = np.meshgrid(fine - shift_u, fine - shift_v)
                far = (vv * u**2 - 2 * uv * u * v + uu * v**2) / (uu * vv - uv**2)
                density = np.exp(-0.5 * far)
                share = density.reshape(2 * half + 1, split, 2 * half + 1, split).sum(axis=(1, 3))
                share /= share.sum()
                one += share / _OFFSETS**2
                square += share**2 / _OFFSETS**2
        halves.append(half)
        ones.append(one.ravel())
        squares.append(square.ravel())
    starts = np.concatenate([[0], np.cumsum([one.size for one in ones])])
    return Patterns(
        np.array(halves, dtype=np.int64), starts.astype(np.int64), np.concatenate(ones), np.concatenate(squares)
    )


def draw_places(model: Model, pairs: tuple[Whole, Whole], windows: Windows, number: Whole, seed: int) -> Places:
    """Draw places of strikes and their carriers, and the chance that an item is found there."""
    rng = np.random.default_rng([seed, 1])
    uu, _, vv = model.patterns[model.pattern].T
    fitting = _A_PATTERN * (model.position2 + model.salvo2) / (0.5 * (uu + vv))
    each = np.clip(fitting, _FEWEST, _MOST).astype(np.int64)
    several = np.diff(model.first)
    begin = np.concatenate([[0], np.cumsum(each)]).astype(np.int64)
    of_place = np.repeat(np.arange(len(each)), each)
    # Evenly spread places instead of random ones: the map is smoother for the same number.
    turn = (np.arange(begin[-1]) - begin[of_place] + rng.random(len(each))[of_place]) / each[of_place]
    angle = 2 * np.pi * _golden(begin, of_place)
    angle += 2 * np.pi * rng.random(len(each))[of_place]
    radius = np.sqrt(-2 * np.log1p(-np.minimum(turn, 1 - 1e-9)) * model.position2[of_place])
    centre = model.place[of_place] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    first = np.concatenate([[0], np.cumsum(each * several)]).astype(np.int64)
    of_carrier = np.repeat(np.arange(begin[-1]), several[of_place])
    strike = of_place[of_carrier]
    scatter = np.sqrt(model.salvo2[strike])[:, None] * rng.normal(size=(len(strike), 2))
    carriers = np.ascontiguousarray(centre[of_carrier] + scatter)
    at = np.arange(len(strike)) - first[strike]
    weight = model.weight[model.first[strike] + at % several[strike]]
    found = np.zeros(len(strike))
    _find_chances(carriers, strike, pairs[0], number, windows.fields, windows.values, found)
    chance = np.bincount(of_carrier, weights=weight * found, minlength=begin[-1])
    return Places(carriers, weight, first, each, np.asarray(chance, dtype=np.float64), begin)


def _golden(begin: Whole, of_place: Whole) -> Floats:
    """Turns between one place and the next: the golden angle, which never comes round."""
    return np.asarray((np.arange(begin[-1]) - begin[of_place]) * (3 - math.sqrt(5)) / 2)


@compiled
def _find_chances(
    carriers: Floats, strike: Whole, starts: Whole, windows: Whole, fields: Floats, values: Singles, out: Floats
) -> None:
    """Chance that an item of each carrier is found."""
    for number in range(len(carriers)):
        first, last = starts[strike[number]], starts[strike[number] + 1]
        out[number] = find_chance(windows, first, last, fields, values, carriers[number, 0], carriers[number, 1])


@compiled
def weigh_places(begin: Whole, chance: Floats, size: Floats, scale: Floats, share: Floats, out: Floats) -> None:
    """
    Weigh the places of strikes of which nothing was found.

    *share* (n, steps): how often the strike has no find and its type stands at the step. Filled in for each place:
    expected rate and its expected square, given nothing found (0, 1) and before the searches (2, 3).
    """
    steps = size.shape[1]
    for strike in range(len(begin) - 1):
        first, last = begin[strike], begin[strike + 1]
        for s in range(steps):
            r, b = size[strike, s], scale[strike, s]
            for place in range(first, last):
                out[place, 2] += r / b / steps / (last - first)
                out[place, 3] += r * (r + 1.0) / (b * b) / steps / (last - first)
            if share[strike, s] == 0.0:
                continue
            total = 0.0
            for place in range(first, last):
                total += math.exp(-r * math.log1p(chance[place] / b))
            if total <= 0.0:
                continue
            for place in range(first, last):
                weight = share[strike, s] / total * math.exp(-r * math.log1p(chance[place] / b))
                out[place, 0] += weight * r / (b + chance[place])
                out[place, 1] += weight * r * (r + 1.0) / (b + chance[place]) ** 2


@compiled
def spread_posterior(
    order: Whole,
    keys: Whole,
    carriers: Floats,
    weight: Floats,
    several: Whole,
    first: Whole,
    begin: Whole,
    rates: Floats,
    rows: Floats,
    row_first: Whole,
    keep: float,
    pattern: Whole,
    half: Whole,
    start: Whole,
    one: Floats,
    square: Floats,
    common: Floats,
    maps: Floats,
) -> None:
    """
    Spread rates over the map, strike by strike, those with the same evidence one after the other.

    *maps*: rate after the searches without finds, with finds, before; and what variance exceeds the mean by, after and
    before (without what is found of a cell, which the caller takes off).
    """
    rows_of_map, columns = maps.shape[1], maps.shape[2]
    shared = np.zeros((2, rows_of_map, columns))
    for at in range(len(order)):
        strike = order[at]
        if at > 0 and keys[strike] != keys[order[at - 1]]:
            _join(shared, maps)
        h, base, wide = half[pattern[strike]], start[pattern[strike]], 2 * half[pattern[strike]] + 1
        box = _bound(carriers, first[strike], first[strike + 1], rows, row_first[strike], row_first[strike + 1])
        left, right = max(int(math.floor(box[0])) - h, 0), min(int(math.floor(box[1])) + h + 1, columns)
        top, bottom = max(int(math.floor(box[2])) - h, 0), min(int(math.floor(box[3])) + h + 1, rows_of_map)
        if right <= left or bottom <= top:
            continue
        sums = np.zeros((5, bottom - top, right - left))
        n = several[strike]
        for group in range((first[strike + 1] - first[strike]) // n):
            place = begin[strike] + group
            at_first = first[strike] + group * n
            _add(
                carriers,
                weight,
                at_first,
                n,
                h,
                base,
                wide,
                one,
                square,
                (rates[place, 0], rates[place, 1], rates[place, 2], rates[place, 3]),
                left,
                top,
                sums,
                0,
                2,
                1,
                3,
            )
        _add_states(rows, row_first, strike, n, h, base, wide, one, square, keep, left, top, sums)
        _enter(sums, common[strike], top, left, maps, shared)
    _join(shared, maps)


@compiled
def _add_states(
    rows: Floats,
    row_first: Whole,
    strike: int,
    n: int,
    h: int,
    base: int,
    wide: int,
    one: Floats,
    square: Floats,
    keep: float,
    left: int,
    top: int,
    sums: Floats,
) -> None:
    """Add all states of the chain of a strike with finds."""
    group = row_first[strike]
    while group < row_first[strike + 1]:
        rate = 0.0
        for j in range(n):
            rate += rows[group + j, 2]
        _add_rows(rows, group, n, h, base, wide, one, square, rate, keep, left, top, sums)
        group += n


@compiled
def _enter(sums: Floats, common: Floats, top: int, left: int, maps: Floats, shared: Floats) -> None:
    """Enter one strike into the maps."""
    for r in range(sums.shape[1]):
        for c in range(sums.shape[2]):
            null, found, before = sums[0, r, c], sums[4, r, c], sums[2, r, c]
            after = null + found
            maps[0, top + r, left + c] += null
            maps[1, top + r, left + c] += found
            maps[2, top + r, left + c] += before
            mine, then = common[0] * after, common[1] * before
            maps[3, top + r, left + c] += sums[1, r, c] - after * after - mine * mine
            maps[4, top + r, left + c] += sums[3, r, c] - before * before - then * then
            shared[0, top + r, left + c] += mine
            shared[1, top + r, left + c] += then


@compiled
def _join(shared: Floats, maps: Floats) -> None:
    """What strikes share adds up as standard deviations: square the sum and begin again."""
    for which in range(2):
        for r in range(shared.shape[1]):
            for c in range(shared.shape[2]):
                maps[3 + which, r, c] += shared[which, r, c] ** 2
                shared[which, r, c] = 0.0


@compiled
def _bound(carriers: Floats, first: int, last: int, rows: Floats, begin: int, end: int) -> Floats:
    """Least and largest place of all carriers of a strike."""
    box = np.array([1e300, -1e300, 1e300, -1e300])
    for number in range(first, last):
        for axis in range(2):
            box[2 * axis] = min(box[2 * axis], carriers[number, axis])
            box[2 * axis + 1] = max(box[2 * axis + 1], carriers[number, axis])
    for number in range(begin, end):
        for axis in range(2):
            box[2 * axis] = min(box[2 * axis], rows[number, axis])
            box[2 * axis + 1] = max(box[2 * axis + 1], rows[number, axis])
    return box


@compiled
def _add(
    carriers: Floats,
    weight: Floats,
    first: int,
    n: int,
    h: int,
    base: int,
    wide: int,
    one: Floats,
    square: Floats,
    rate: tuple[float, float, float, float],
    left: int,
    top: int,
    sums: Floats,
    mean: int,
    mean_before: int,
    pair: int,
    pair_before: int,
) -> None:
    """Add one place of a strike: its carriers, and the pairs of items that fall into one cell."""
    a, a2, b, b2 = rate
    for j in range(n):
        column, row = int(math.floor(carriers[first + j, 0])), int(math.floor(carriers[first + j, 1]))
        w = weight[first + j]
        for r in range(max(row - h, top), min(row + h + 1, top + sums.shape[1])):
            line = base + (r - row + h) * wide - column + h
            for c in range(max(column - h, left), min(column + h + 1, left + sums.shape[2])):
                share = w * one[line + c]
                both = w * w * square[line + c]
                if n > 1:
                    both += share * _others(carriers, weight, first, n, j, h, base, wide, one, r, c)
                sums[mean, r - top, c - left] += a * share
                sums[mean_before, r - top, c - left] += b * share
                sums[pair, r - top, c - left] += a2 * both
                sums[pair_before, r - top, c - left] += b2 * both


@compiled
def _others(
    carriers: Floats,
    weight: Floats,
    first: int,
    n: int,
    j: int,
    h: int,
    base: int,
    wide: int,
    one: Floats,
    r: int,
    c: int,
) -> float:
    """Share of the other carriers of a strike in a cell."""
    total = 0.0
    for other in range(n):
        if other == j:
            continue
        column = c - int(math.floor(carriers[first + other, 0])) + h
        row = r - int(math.floor(carriers[first + other, 1])) + h
        if 0 <= column < wide and 0 <= row < wide:
            total += weight[first + other] * one[base + row * wide + column]
    return total


@compiled
def _add_rows(
    rows: Floats,
    first: int,
    n: int,
    h: int,
    base: int,
    wide: int,
    one: Floats,
    square: Floats,
    rate: float,
    keep: float,
    left: int,
    top: int,
    sums: Floats,
) -> None:
    """Add one state of the chain of a strike with finds."""
    weight = np.empty(n)
    for j in range(n):
        weight[j] = rows[first + j, 2] / rate if rate > 0.0 else 0.0
    a, a2 = rate / keep, rate * rate * rows[first, 3] / keep
    for j in range(n):
        column, row = int(math.floor(rows[first + j, 0])), int(math.floor(rows[first + j, 1]))
        w = weight[j]
        for r in range(max(row - h, top), min(row + h + 1, top + sums.shape[1])):
            line = base + (r - row + h) * wide - column + h
            for c in range(max(column - h, left), min(column + h + 1, left + sums.shape[2])):
                share = w * one[line + c]
                both = w * w * square[line + c]
                for other in range(n):
                    if other != j:
                        oc = c - int(math.floor(rows[first + other, 0])) + h
                        orow = r - int(math.floor(rows[first + other, 1])) + h
                        if 0 <= oc < wide and 0 <= orow < wide:
                            both += share * weight[other] * one[base + orow * wide + oc]
                sums[4, r - top, c - left] += a * share
                sums[1, r - top, c - left] += a2 * both
