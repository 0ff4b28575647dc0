"""Prepare the chain, run it, and gather what it passed through."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from uxomap.contamination import _posterior_chain as chain
from uxomap.contamination import _posterior_map as maps
from uxomap.contamination._update_model import STEPS, Model
from uxomap.contamination._update_search import SIDE, START, Windows

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Up to so many strikes: chains that start apart (where finds can be explained in several ways, they differ), sweeps
#: over each part of the finds to begin with, states of each chain that are passed over, and that are kept.
_SWEEPS = ((300, 8, 200, 60, 100), (1_500, 4, 80, 60, 200), (np.inf, 2, 20, 40, 200))

#: Finds that a chain begins with, and how many times more it goes on with each time.
_FEW_FINDS, _MORE_FINDS = 40, 4

#: Most states of carriers with finds that the map is drawn from.
_MOST_ROWS = 2_000_000


@dataclass(frozen=True, eq=False)
class Finds:
    """Finds in cells: search, place, whether the place is known."""

    search: Whole
    u: Floats
    v: Floats
    known: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outcome:
    """
    What the chain passed through.

    ``left`` (sweeps, n): items each strike still expects; ``items`` (sweeps, n): drawn; ``taken``: mean number of finds
    of each strike; ``steps`` (sweeps, keys); ``nobody``: chance that a find is of no reported strike; ``place`` and
    ``place2``: mean place and mean squares; ``maps`` as `spread_posterior` fills them.
    """

    left: Floats
    items: Floats
    taken: Floats
    steps: Whole
    nobody: Floats
    place: Floats
    place2: Floats
    maps: Floats


def run_model(  # noqa: PLR0913 - strikes, searches and how they meet
    model: Model,
    searches: Windows,
    smoothed: tuple[Windows, Whole],
    pairs: tuple[Whole, Whole],
    finds: Finds,
    *,
    shape: tuple[int, int],
    background: float,
    seed: int,
) -> Outcome:
    """Run the chain over strikes that searches bear on, and draw its maps."""
    windows, number = smoothed
    size, keys = len(model.place), int(model.key.max()) + 1
    chains, few, warm, each = next(row[1:] for row in _SWEEPS if size <= row[0])
    carriers = int(model.first[-1])
    prior = (
        *(model.place, model.position2, model.salvo2, model.pattern, model.patterns),
        *(model.first, model.weight, model.key, model.size, model.scale),
        np.repeat(np.arange(size), np.diff(model.first)),
    )
    near = _list_near(model, searches, pairs)
    order = np.argsort(model.key, kind="stable")
    members = (np.searchsorted(model.key[order], np.arange(keys + 1)).astype(np.int64), order.astype(np.int64))
    seen = (pairs[0], number, windows.fields, windows.values)
    keep, finds_number = each * chains, len(finds.search)
    steps, left = np.zeros((keep, keys), dtype=np.int64), np.zeros((keep, size))
    taken, items = np.zeros((keep, size), dtype=np.int64), np.zeros((keep, size))
    sums, nobody = np.zeros((size, 4)), np.zeros(finds_number)
    room = min(_MOST_ROWS, keep * carriers) if finds_number else 1
    rows, row_of, written = np.zeros((room, 4)), np.zeros((room, 2), dtype=np.int64), 0
    for one in range(chains):
        now = slice(one * each, (one + 1) * each)
        until = room * (one + 1) // chains
        state = _begin_state(size, carriers, keys)
        u, v = _start_places(searches, finds, seed + one)
        owner = np.full(finds_number, -1, dtype=np.int64)
        kept = (
            *(steps[now], left[now], taken[now], sums, items[now], nobody),
            *(rows[written:until], row_of[written:until]),
        )
        for turn, (some, sweeps) in enumerate(_thin_finds(finds_number, few, warm, seed + one)):
            last = len(some) == finds_number
            share = np.float32(len(some) / max(finds_number, 1))
            part = owner[some], u[some], v[some]
            new = chain.run_chain(
                (finds.search[some], part[1], part[2], finds.known[some], *near),
                part[0],
                state,
                prior,
                seen if last else (*seen[:3], seen[3] * share),
                (searches.fields, searches.values),
                members,
                (1_000 * turn + int(seed) + one, sweeps, each if last else 0, float(background), turn == 0),
                kept,
            )
            owner[some], u[some], v[some] = part
            written += new if last else 0
    sums, nobody = sums / chains, nobody / chains
    drawn = _draw_maps(model, pairs, smoothed, (steps, taken, rows[:written], row_of[:written]), shape, seed)
    return Outcome(left, items, taken.mean(axis=0), steps, nobody, sums[:, :2], sums[:, 2:], drawn)


def _begin_state(size: int, carriers: int, keys: int) -> tuple[Floats | Whole, ...]:
    """Room for the state of a chain, types in the middle of what is known."""
    return (
        *(np.zeros((size, 2)), np.zeros((carriers, 2)), np.zeros(carriers), np.zeros(size)),
        *(np.zeros(carriers, dtype=np.int64), np.zeros((carriers, 2)), np.zeros(size, dtype=np.int64)),
        np.full(keys, STEPS // 2, dtype=np.int64),
    )


def _thin_finds(number: int, few: int, warm: int, seed: int) -> list[tuple[Whole, int]]:
    """
    Finds to begin with, and sweeps over them: few first, then more, then all.

    Where hundreds of finds lie together, a chain cannot give them to another strike any more. Among a few, chosen at
    random as if each search had found only that part, it can; the others then follow them.
    """
    order = np.random.default_rng([seed, 3]).permutation(number)
    stages = []
    first = _FEW_FINDS
    while 2 * first <= number:
        stages.append((np.sort(order[:first]).astype(np.int64), few))
        first *= _MORE_FINDS
    return [*stages, (np.arange(number, dtype=np.int64), warm)]


def _list_near(model: Model, searches: Windows, pairs: tuple[Whole, Whole]) -> tuple[Whole, Whole, Floats]:
    """Strikes that may explain finds of each search, and cumulated odds with which they are tried."""
    starts, search = pairs
    strike = np.repeat(np.arange(len(model.place)), np.diff(starts))
    order = np.lexsort((strike, search))
    strike, search = strike[order], search[order]
    ends = np.searchsorted(search, np.arange(len(searches.fields) + 1)).astype(np.int64)
    left, top, side, columns, rows, _ = searches.fields.T
    middle = np.column_stack([left + 0.5 * side * columns, top + 0.5 * side * rows])[search]
    wide2 = ((side * np.maximum(columns, rows)) ** 2 / 12.0)[search]
    variance = model.spread[strike] ** 2 + wide2
    far2 = ((model.place[strike] - middle) ** 2).sum(axis=1)
    odds = model.mean[strike] / variance * np.exp(-0.5 * far2 / variance)
    cumulated = np.zeros(len(odds))
    for begin, end in pairwise(ends):
        some = odds[begin:end] + 1e-4 * odds[begin:end].max(initial=0.0) + 1e-300
        cumulated[begin:end] = np.cumsum(some) / some.sum() if end > begin else 0.0
    return ends, strike.astype(np.int64), cumulated


def _start_places(searches: Windows, finds: Finds, seed: int) -> tuple[Floats, Floats]:
    """Places of finds; where none is known, all those of a search at one place on its land."""
    rng = np.random.default_rng([seed, 2])
    u, v = finds.u.copy(), finds.v.copy()
    for search in np.unique(finds.search[~finds.known]):
        mine = finds.search == search
        if (mine & finds.known).any():
            one = np.flatnonzero(mine & finds.known)[0]
            at = u[one], v[one]
        else:
            field = searches.fields[search]
            begin, columns, rows = int(field[START]), int(field[3]), int(field[4])
            values = searches.values[begin : begin + rows * columns].astype(np.float64)
            pixel = int(np.searchsorted(np.cumsum(values), rng.random() * values.sum()))
            row, column = divmod(min(pixel, rows * columns - 1), columns)
            at = field[0] + (column + 0.5) * field[SIDE], field[1] + (row + 0.5) * field[SIDE]
        u[mine & ~finds.known], v[mine & ~finds.known] = at
    return u, v


def _share_spread(model: Model, steps: Whole) -> Floats:
    """Relative spread that strikes of a type share, after the searches and before, (n, 2)."""
    size, keep = len(model.place), len(steps)
    means = model.size / model.scale
    before = means.std(axis=1) / means.mean(axis=1)
    after = np.empty(size)
    for key in range(steps.shape[1]):
        one = model.key == key
        count = np.bincount(steps[:, key], minlength=STEPS) / keep
        mean = means[one] @ count
        after[one] = np.sqrt(np.maximum(means[one] ** 2 @ count - mean**2, 0.0)) / np.maximum(mean, 1e-300)
    return np.column_stack([after, before])


def _draw_maps(
    model: Model,
    pairs: tuple[Whole, Whole],
    smoothed: tuple[Windows, Whole],
    kept: tuple[Whole, Whole, Floats, Whole],
    shape: tuple[int, int],
    seed: int,
) -> Floats:
    """Maps of the rates of all strikes that searches bear on."""
    steps, taken, rows, row_of = kept
    size, keep = len(model.place), len(steps)
    windows, number = smoothed
    places = maps.draw_places(model, pairs, windows, number, seed)
    share = np.zeros((size, STEPS))
    for strike in range(size):
        idle = steps[taken[:, strike] == 0, model.key[strike]]
        share[strike] = np.bincount(idle, minlength=STEPS) / keep
    rates = np.zeros((int(places.begin[-1]), 4))
    maps.weigh_places(places.begin, places.chance, model.size, model.scale, share, rates)
    common = _share_spread(model, steps)
    order = np.argsort(row_of[:, 0], kind="stable")
    rows, of = np.ascontiguousarray(rows[order]), row_of[order, 0]
    row_first = np.searchsorted(of, np.arange(size + 1)).astype(np.int64)
    drawn = maps.draw_patterns(model.patterns)
    # Where there was no room for all states with finds, those that are there count for all.
    result = np.zeros((5, *shape))
    several = np.diff(model.first)
    told = np.diff(row_first) / several
    wanted = (taken > 0).sum(axis=0)
    if np.any(told < wanted):
        factor = np.where(told > 0, wanted / np.maximum(told, 1), 0.0)[of]
        rows = rows * np.column_stack(
            [np.ones_like(factor), np.ones_like(factor), factor, 1 / np.maximum(factor, 1e-9)]
        )
    by_key = np.argsort(model.key, kind="stable").astype(np.int64)
    maps.spread_posterior(
        by_key,
        model.key,
        places.carriers,
        places.weight,
        several.astype(np.int64),
        places.first,
        places.begin,
        rates,
        rows,
        row_first,
        float(keep),
        model.pattern,
        drawn.half,
        drawn.start,
        drawn.one,
        drawn.square,
        common,
        result,
    )
    return result
