"""
The chain: where strikes lay, which finds are theirs and what share of their type was left, given the searches.

Lengths are in cells, as in `_kernel`. A find is given to a carrier in proportion to what the carrier is expected to
hold there, or to nobody (an unreported strike). Counts and rates are summed out: given the step of its type, a strike
whose items are found with chance E, and of which n were found, still expects (size + n) / (scale + E) items a unit of
what was not searched. Every move keeps the posterior.
"""

# ruff: noqa: NPY002 - the generator that compiled code has
# ruff: noqa: PLR0913, PLR0917 - compiled functions pass plain arrays on, never objects

from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import compiled
from uxomap.contamination._posterior_groups import (
    hand_over,
    join_or_split,
)
from uxomap.contamination._posterior_moves import (
    bring_strike,
    give_finds,
    learn_types,
    move_finds,
    move_strike,
    shift_strike,
    start_finds,
    walk_carriers,
)
from uxomap.contamination._posterior_state import (
    copy_strike,
    draw_items,
    draw_strike,
    settle,
    strike_chance,
)
from uxomap.contamination._posterior_swaps import exchange

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
Bundle = tuple[Any, ...]

#: Finds for which it is tried in a sweep to give them to other carriers together.
_PAIRS = 200


@compiled
def shift_all(
    finds: Bundle,
    owner: Whole,
    state: Bundle,
    prior: Bundle,
    searches: Bundle,
    seen: Bundle,
    room: Floats,
    work: Bundle,
) -> None:
    """Shift every strike of whose finds nobody wrote down where they lay."""
    head, following, mine = work
    for strike in range(len(head)):
        head[strike] = -1
    for find in range(len(owner)):
        if owner[find] >= 0:
            strike = prior[10][owner[find]]
            following[find] = head[strike]
            head[strike] = find
    for strike in range(len(head)):
        if head[strike] < 0:
            continue
        many, loose = 0, True
        find = head[strike]
        while find >= 0:
            mine[many] = find
            many += 1
            loose = loose and not finds[3][find]
            find = following[find]
        if loose:
            wide = searches[0][finds[0][mine[0]], 2] * max(
                searches[0][finds[0][mine[0]], 3], searches[0][finds[0][mine[0]], 4]
            )
            for reach in (0.4 * wide, 0.08 * wide):
                shift_strike(strike, mine, many, finds, state, prior, searches, seen, room, reach)


@compiled
def keep_state(now: int, written: int, each: float, owner: Whole, state: Bundle, prior: Bundle, kept: Bundle) -> int:
    """Keep a state of the chain; returns how many carriers of strikes with finds are kept by now."""
    steps_kept, left_kept, taken_kept, sums_kept, items_kept, nobody_kept, rows, row_strike = kept
    places, carriers, chance, taken, step = state[0], state[1], state[3], state[6], state[7]
    first, weight, key, size, scale = prior[5:10]
    for one in range(len(step)):
        steps_kept[now, one] = step[one]
    for find in range(len(owner)):
        if owner[find] < 0:
            nobody_kept[find] += 1.0 / each
    for strike in range(len(places)):
        s = step[key[strike]]
        rate = (size[strike, s] + taken[strike]) / (scale[strike, s] + chance[strike])
        rate = max(rate, 0.0)
        expected = rate * (1.0 - chance[strike])
        left_kept[now, strike] = expected
        taken_kept[now, strike] = taken[strike]
        items_kept[now, strike] = draw_items(size[strike, s], taken[strike], expected)
        for axis in range(2):
            sums_kept[strike, axis] += places[strike, axis] / each
        sums_kept[strike, 2] += (places[strike, 0] ** 2) / each
        sums_kept[strike, 3] += (places[strike, 1] ** 2) / each
        if taken[strike] > 0 and written + first[strike + 1] - first[strike] <= len(rows):
            pairs = rate * max(size[strike, s] + taken[strike] + 1, 0.0) / (scale[strike, s] + chance[strike])
            for carrier in range(first[strike], first[strike + 1]):
                rows[written, 0], rows[written, 1] = carriers[carrier, 0], carriers[carrier, 1]
                rows[written, 2] = rate * weight[carrier]
                rows[written, 3] = pairs / max(rate * rate, 1e-300)
                row_strike[written, 0], row_strike[written, 1] = strike, now
                written += 1
    return written


@compiled
def run_chain(
    finds: Bundle,
    owner: Whole,
    state: Bundle,
    prior: Bundle,
    seen: Bundle,
    searches: Bundle,
    members: Bundle,
    settings: Bundle,
    kept: Bundle,
) -> int:
    """
    Run the chain and keep what it passes.

    *settings*: seed, sweeps to pass over, sweeps to keep, expected items of unreported strikes in a cell, and whether
    to begin anew or with the state as it is. *kept*: per kept sweep the step of each type, what each strike still
    expects, its finds, its place, the items drawn, the owner of each find, and the carriers of strikes that have finds,
    as far as there is room. Returns how many of those.
    """
    seed, warm, keep, background, anew = settings
    np.random.seed(seed)
    first, size, strikes = prior[5], prior[8], len(prior[0])
    most = 1
    for strike in range(strikes):
        most = max(most, first[strike + 1] - first[strike])
    room = np.zeros((2 * (most + 2), max(most, 2)))
    small = room[: most + 3]
    theirs = np.zeros(len(owner) + 1, dtype=np.int64)
    work = np.zeros(max(first[strikes], size.shape[1]) + 1)
    head, following = np.full(strikes, -1, dtype=np.int64), np.full(len(owner) + 1, -1, dtype=np.int64)
    mine = np.zeros(len(owner) + 1, dtype=np.int64)
    order = np.argsort(finds[0], kind="mergesort")
    by_search = finds[0][order]
    written = 0
    for strike in range(strikes):
        if anew:
            draw_strike(strike, state, prior, small[:-2])
        else:
            copy_strike(strike, state, prior, small[:-2])
        after = strike_chance(strike, small[1:-2], prior, seen, small[-1])
        settle(strike, small[:-2], small[-1], after, state, prior)
    start_finds(finds, owner, state, prior, seen, small, mine, background)
    for sweep in range(warm + keep):
        give_finds(finds, owner, state, prior, work, background)
        for find in range(len(owner)):
            bring_strike(find, finds, owner, state, prior, seen, small, background)
        for _ in range(min(len(owner), _PAIRS)):
            find = int(np.random.random() * len(owner))
            hand_over(find, finds, owner, state, prior, seen, room, mine)
            find = int(np.random.random() * len(owner))
            begin, end = np.searchsorted(by_search, finds[0][find]), np.searchsorted(by_search, finds[0][find] + 1)
            partner = order[begin + int(np.random.random() * (end - begin))]
            join_or_split(find, partner, finds, owner, state, prior, seen, small, mine, theirs)
            exchange(int(np.random.random() * len(owner)), finds, owner, state, prior, seen, room)
        for strike in range(strikes):
            move_strike(strike, state, prior, seen, small)
            walk_carriers(strike, state, prior, seen)
        move_finds(finds, owner, state, prior, searches)
        shift_all(finds, owner, state, prior, searches, seen, small, (head, following, mine))
        learn_types(members, state, prior, work)
        if sweep < warm:
            continue
        written = keep_state(sweep - warm, written, float(keep), owner, state, prior, kept)
    return written
