"""Rank zones in every sample of weights and criteria, block by block on two threads."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uxomap.priority import _kernel
from uxomap.priority._kernel import Bits, Floats, Ranks, Singles, Whole

_THREADS = 2
_BLOCK = 256  # samples or zones handled at a time
_TAIL = 0.05

#: A zone gets a confidence factor if it is first in this share of the samples; below, its central weights are chance.
CONFIDENT_FROM = 0.001

#: Samples that a confidence factor is counted over, at most.
CONFIDENT_SAMPLES = 2_000

#: It is counted for the zones most often first, so many that their number times that of all zones is at most this (but
#: ten at least): with very many zones it would take longer than all the rest.
CONFIDENT_WORK = 1_000_000

#: Sets of weights over which the rank at the expected criteria is followed, at most.
WEIGHT_SAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is ranked: zones by their keys, their values as tables, and the weights."""

    keys: Bits  # zones x numbers a sample
    tables: Singles  # zones x criteria x equally likely values
    plans: Whole  # zones x (how many criteria are certain, these, the others)
    lanes: Whole  # of each criterion
    weights: Singles  # samples x criteria
    top: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What holds of every zone over all samples."""

    score_low: Floats
    score_high: Floats
    rank_expected: Floats
    rank_low: Whole
    rank_high: Whole
    rank_least: Whole  # over all samples
    rank_most: Whole
    first_share: Floats
    top_share: Floats
    central: Floats  # zones x criteria
    by_weight: Floats  # zones x criteria x (weight in its lowest, highest quarter), mean rank
    by_figure: Floats  # zones x criteria x (figure in its lowest, highest quarter), mean rank
    confidence: Floats


def make_keys(ids: Sequence[str], lanes: int, seed: int) -> Bits:
    """Make the numbers that a zone's draws start from, from its name and the seed alone."""
    parts = -(-lanes // _kernel.LANES)
    text = "".join(
        hashlib.blake2b(f"{seed}|{part}|{name}".encode(), digest_size=8).hexdigest()
        for name in ids
        for part in range(parts)
    )
    return np.frombuffer(bytes.fromhex(text), dtype="<u8").reshape(len(ids), parts).astype(np.uint64)


def make_plans(tables: Singles) -> Whole:
    """Put the certain criteria of each zone first, and count them."""
    certain = tables[:, :, 0] == tables[:, :, -1]
    order = np.argsort(~certain, axis=1, kind="stable")
    return np.concatenate([certain.sum(axis=1, keepdims=True), order], axis=1).astype(np.int64)


def simulate(problem: Problem) -> Outcome:
    """Rank in every sample."""
    with ThreadPoolExecutor(_THREADS) as pool:
        scores, ranks = _rank(problem, pool)
        outcome = _summarise(problem, scores, ranks, pool)
        _count_confidence(problem, outcome, pool)
    return outcome


def rank_values(values: Floats, weights: Floats) -> npt.NDArray[np.uint32]:
    """Ranks of zones with certain values, shape (samples, zones); equal scores share the better rank."""
    score = np.maximum(weights @ values.T, 0).astype(np.float32)
    return _rank_scores(np.ascontiguousarray(score))


def range_by_weights(values: Floats, weights: Floats) -> tuple[Whole, Whole]:
    """Best and worst rank of zones with certain values over sets of weights."""
    least = np.full(len(values), len(values), dtype=np.int64)
    most = np.ones(len(values), dtype=np.int64)
    for start in range(0, min(len(weights), WEIGHT_SAMPLES), _BLOCK):
        ranks = rank_values(values, weights[start : min(start + _BLOCK, WEIGHT_SAMPLES)])
        least, most = np.minimum(least, ranks.min(axis=0)), np.maximum(most, ranks.max(axis=0))
    return least, most


def _blocks(size: int) -> list[tuple[int, int]]:
    """Cut a length into blocks."""
    return [(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]


def _work(pool: ThreadPoolExecutor, task: Callable[[tuple[int, int]], None], size: int) -> None:
    """Do a task for every block of a length."""
    for _ in pool.map(task, _blocks(size)):
        pass


def _rank_scores(scores: Singles) -> npt.NDArray[np.uint32]:
    """Ranks of scores, samples x zones."""
    packed = np.empty(scores.shape, dtype=np.uint64)
    _kernel.pack(scores, packed)
    packed.sort(axis=1)
    ranks = np.empty(packed.shape, dtype=np.uint32)
    _kernel.read_ranks(packed, ranks)
    return ranks


def _rank(problem: Problem, pool: ThreadPoolExecutor) -> tuple[Singles, Ranks]:
    """Scores and ranks of all zones in all samples, both of shape (zones, samples)."""
    size, samples = len(problem.keys), len(problem.weights)
    ranks = np.empty((size, samples), dtype=np.uint16 if size <= np.iinfo(np.uint16).max else np.uint32)
    scores = np.empty((size, samples), dtype=np.float32)
    weights = np.ascontiguousarray(problem.weights.T)

    def score(block: tuple[int, int]) -> None:
        part = slice(*block)
        given = problem.keys[part], problem.tables[part], problem.plans[part]
        _kernel.score_zones(*given, problem.lanes, weights, scores[part])

    def rank(block: tuple[int, int]) -> None:
        part = slice(*block)
        ranks[:, part] = _rank_scores(np.ascontiguousarray(scores[:, part].T)).T

    _work(pool, score, size)
    _work(pool, rank, samples)
    return scores, ranks


def _summarise(problem: Problem, scores: Singles, ranks: Ranks, pool: ThreadPoolExecutor) -> Outcome:
    """Count over the samples, some zones at a time."""
    size, samples = ranks.shape
    criteria = len(problem.lanes)
    quarters, counts = _mark_quarters(problem.weights)
    low_at, high_at = _places(samples)
    outcome = _make_room(size, criteria)

    def fill(block: tuple[int, int]) -> None:
        part = slice(*block)
        keys, own, score = problem.keys[part], ranks[part], scores[part]
        score.partition([low_at, high_at], axis=1)
        outcome.score_low[part], outcome.score_high[part] = score[:, low_at], score[:, high_at]
        _kernel.split_ranks(keys, problem.plans[part], problem.lanes, own, outcome.by_figure[part])
        outcome.rank_expected[part] = own.mean(axis=1)
        outcome.by_weight[part] = ((own.astype(np.float32) @ quarters) / counts).reshape(len(keys), criteria, 2)
        first = own == 1
        outcome.first_share[part] = first.mean(axis=1)
        outcome.top_share[part] = (own <= problem.top).mean(axis=1)
        number = first.sum(axis=1)[:, np.newaxis]
        sums = (first.astype(np.float32) @ problem.weights).astype(float)
        outcome.central[part] = np.divide(sums, number, out=np.full(sums.shape, np.nan), where=number > 0)
        outcome.rank_least[part], outcome.rank_most[part] = own.min(axis=1), own.max(axis=1)
        own.partition([low_at, high_at], axis=1)  # the last use of these ranks
        outcome.rank_low[part], outcome.rank_high[part] = own[:, low_at], own[:, high_at]

    _work(pool, fill, size)
    return outcome


def _make_room(size: int, criteria: int) -> Outcome:
    """Room for what is counted; NaN where a criterion does not move."""
    numbers, whole = np.zeros((5, size)), np.zeros((4, size), dtype=np.int64)
    return Outcome(
        score_low=numbers[0],
        score_high=numbers[1],
        rank_expected=numbers[2],
        rank_low=whole[0],
        rank_high=whole[1],
        rank_least=whole[2],
        rank_most=whole[3],
        first_share=numbers[3],
        top_share=numbers[4],
        central=np.full((size, criteria), np.nan),
        by_weight=np.zeros((size, criteria, 2)),
        by_figure=np.full((size, criteria, 2), np.nan),
        confidence=np.full(size, np.nan),
    )


def _places(samples: int) -> tuple[int, int]:
    """Where the 5 % and the 95 % point stand among sorted samples."""
    return int(np.ceil(_TAIL * samples)) - 1, int(np.ceil((1 - _TAIL) * samples)) - 1


def _mark_quarters(weights: Singles) -> tuple[Singles, Floats]:
    """Mark the samples in which each weight lies in its lowest and in its highest quarter, and count them."""
    low, high = np.quantile(weights, [0.25, 0.75], axis=0)
    marks = np.stack([weights <= low, weights >= high], axis=2).astype(np.float32)
    flat = marks.reshape(len(weights), -1)
    return flat, flat.sum(axis=0, dtype=float)


def _count_confidence(problem: Problem, outcome: Outcome, pool: ThreadPoolExecutor) -> None:
    """Fill in the share of the samples of the criteria in which a zone is first with its central weights."""
    mean, most = problem.tables.mean(axis=2), problem.tables.max(axis=2)
    samples = min(len(problem.weights), CONFIDENT_SAMPLES)
    given = problem.keys, problem.tables, problem.plans, problem.lanes

    def fill(zone: int) -> None:
        weights = outcome.central[zone].astype(np.float32)
        strength = mean @ weights
        strength[zone] = np.inf
        order = np.argsort(-strength, kind="stable")
        # A little room for rounding, so that nobody who could win is passed over.
        limit = (np.maximum.accumulate((most @ weights)[order][::-1])[::-1] + 1e-6).astype(np.float32)
        limit[0] = samples
        outcome.confidence[zone] = _kernel.count_wins(*given, weights[np.newaxis, :], order, limit) / samples

    often = np.argsort(-outcome.first_share, kind="stable")[: max(10, CONFIDENT_WORK // len(mean))]
    for _ in pool.map(fill, often[outcome.first_share[often] >= CONFIDENT_FROM].tolist()):
        pass
