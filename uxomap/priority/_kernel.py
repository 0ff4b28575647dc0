"""
Compiled arithmetic of the ranking: draws of the criteria of a zone, scores, ranks.

A draw hangs on the zone's key, the lane of the column and the number of the sample alone, never on other zones.
Each sample of a zone is one 64-bit number for eight lanes (SplitMix64, Steele, Lea and Flood 2014); each of its bytes
chooses among the equally likely values of a criterion.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.int64]
Ranks = npt.NDArray[np.unsignedinteger]

#: Lanes that one number serves.
LANES = 8

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_BY_30, _BY_27, _BY_31, _BY_32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_BYTE = np.uint64(0xFF)
_ONES = np.uint64(0xFFFFFFFF)
_LOWEST, _HIGHEST = np.uint64(64), np.uint64(192)  # a quarter of the bytes lies below, a quarter not below

_OPTIONS: Mapping[str, Any] = MappingProxyType({"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True})

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile on first use and keep the result on disk, where there is a place to write to."""
    try:
        return cast(F, numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # neither the folder of the package nor that of the user can be written to
        return cast(F, numba.njit(**_OPTIONS)(function))


@compiled
def mix(key: np.uint64, sample: int) -> np.uint64:
    """Number of a sample: eight bytes, each equally likely to be anything."""
    z = key + np.uint64(sample) * _STEP
    z = (z ^ (z >> _BY_30)) * _MIX_1
    z = (z ^ (z >> _BY_27)) * _MIX_2
    return z ^ (z >> _BY_31)


@compiled
def pick(bits: Bits, lane: int) -> np.uint64:
    """Byte of a lane among the numbers of a sample."""
    return np.uint64((bits[lane // LANES] >> np.uint64(8 * (lane % LANES))) & _BYTE)


@compiled
def score(tables: Singles, zone: int, plans: Whole, lanes: Whole, bits: Bits, weights: Singles, row: int) -> np.float32:
    """Score of one zone in one sample; its plan is how many criteria are certain, then these, then the others."""
    total = np.float32(0.0)
    certain = plans[zone, 0]
    for place in range(1, certain + 1):
        c = plans[zone, place]
        total += weights[row, c] * tables[zone, c, 0]
    for place in range(certain + 1, plans.shape[1]):
        c = plans[zone, place]
        total += weights[row, c] * tables[zone, c, pick(bits, lanes[c])]
    return total


@compiled
def draw_numbers(key: np.uint64, out: Bits) -> None:
    """Numbers of all samples."""
    for s in range(len(out)):
        out[s] = mix(key, s)


@compiled
def score_zones(keys: Bits, tables: Singles, plans: Whole, lanes: Whole, weights: Singles, out: Singles) -> None:
    """
    Scores of some zones in all samples, zones x samples, where *weights* is criteria x samples.

    Criterion by criterion in the order of the zone's plan, as `score` does, so that equal zones score the same.
    """
    samples = weights.shape[1]
    numbers = np.empty((keys.shape[1], samples), dtype=np.uint64)
    for z in range(len(keys)):
        certain = plans[z, 0]
        out[z, :] = np.float32(0.0)
        for place in range(1, certain + 1):
            c = plans[z, place]
            value = tables[z, c, 0]
            for s in range(samples):
                out[z, s] += weights[c, s] * value
        if certain + 1 == plans.shape[1]:
            continue
        for part in range(keys.shape[1]):
            draw_numbers(keys[z, part], numbers[part])
        for place in range(certain + 1, plans.shape[1]):
            c = plans[z, place]
            part, shift = lanes[c] // LANES, np.uint64(8 * (lanes[c] % LANES))
            for s in range(samples):
                out[z, s] += weights[c, s] * tables[z, c, (numbers[part, s] >> shift) & _BYTE]


@compiled
def pack(scores: Singles, out: Bits) -> None:
    """
    Pack scores, 0 or more, for sorting, samples x zones.

    The upper half of a packed number falls as the score rises, the lower half is the place of the zone.
    """
    raw = scores.view(np.uint32)
    for s in range(len(raw)):
        for z in range(raw.shape[1]):
            out[s, z] = ((_ONES - np.uint64(raw[s, z])) << _BY_32) | np.uint64(z)


@compiled
def read_ranks(packed: Bits, out: Ranks) -> None:
    """Ranks from packed scores that are sorted within each sample; equal scores share the better rank."""
    for s in range(len(packed)):
        before = np.uint64(0)
        rank = 0
        for place in range(packed.shape[1]):
            value = packed[s, place] >> _BY_32
            if place == 0 or value != before:
                rank = place + 1
                before = value
            out[s, np.int64(packed[s, place] & _ONES)] = rank


@compiled
def split_ranks(keys: Bits, plans: Whole, lanes: Whole, ranks: Ranks, out: Floats) -> None:
    """
    Mean rank of some zones where a criterion was drawn in its lowest and in its highest quarter.

    Only for the criteria of a zone that are not certain; *out* is zones x criteria x 2.
    """
    samples = ranks.shape[1]
    numbers = np.empty((keys.shape[1], samples), dtype=np.uint64)
    for z in range(len(keys)):
        start = plans[z, 0] + 1
        if start == plans.shape[1]:
            continue
        for part in range(keys.shape[1]):
            draw_numbers(keys[z, part], numbers[part])
        for place in range(start, plans.shape[1]):
            c = plans[z, place]
            part, shift = lanes[c] // LANES, np.uint64(8 * (lanes[c] % LANES))
            low = high = below = above = np.int64(0)
            for s in range(samples):
                byte = (numbers[part, s] >> shift) & _BYTE
                rank = np.int64(ranks[z, s])
                lowest, highest = byte < _LOWEST, byte >= _HIGHEST
                low += rank if lowest else 0
                high += rank if highest else 0
                below += 1 if lowest else 0
                above += 1 if highest else 0
            out[z, c, 0] = low / below
            out[z, c, 1] = high / above


@compiled
def count_wins(
    keys: Bits, tables: Singles, plans: Whole, lanes: Whole, weights: Singles, order: Whole, limit: Singles
) -> int:
    """
    Count the samples in which the zone *order[0]* is first with given weights.

    The others stand behind it, the strongest first; *limit* is the most that anyone from there on can score, and holds
    the number of samples in its first place.
    """
    bits = np.empty(keys.shape[1], dtype=np.uint64)
    wins = 0
    for s in range(int(limit[0])):
        own = np.float32(0.0)
        won = True
        for place in range(len(order)):
            if place and limit[place] <= own:
                break
            z = order[place]
            for part in range(keys.shape[1]):
                bits[part] = mix(keys[z, part], s)
            found = score(tables, z, plans, lanes, bits, weights, 0)
            if place == 0:
                own = found
            elif found > own:
                won = False
                break
        if won:
            wins += 1
    return wins
