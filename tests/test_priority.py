"""Closed forms, published values and laws of the ranking: weights, value functions, samples."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymcdm.methods import TOPSIS

from uxomap.errors import InputError
from uxomap.priority import (
    draw_weights,
    entropy_of_ranks,
    rank_topsis,
    rank_weighted_sum,
    run_smaa,
    value_of,
)
from uxomap.priority._simulate import Problem, make_keys, make_plans, simulate
from uxomap.priority._values import NODES, spread_figures

# Partial value functions: reference outputs of the R package smaa 0.3 (CRAN), tests/pvf.R.
CUTOFFS, VALUES = [50, 75, 90, 100], [1, 0.8, 0.5, 0]


@pytest.mark.parametrize(("x", "value"), [(50, 1), (60, 0.92), (75, 0.8), (90, 0.5), (100, 0)])
def test_value_function_of_the_r_package_smaa(x, value):
    assert value_of(x, CUTOFFS, VALUES) == pytest.approx(value, abs=1e-12)


def test_value_function_of_the_r_package_smaa_outside_its_cutoffs():
    x = [10, 40, 101, 120]
    assert value_of(x, CUTOFFS, VALUES) == pytest.approx([1, 1, 0, 0])
    assert value_of(x, CUTOFFS, VALUES, clip=False) == pytest.approx([1.32, 1.08, -0.05, -1])


def test_rising_value_function_of_the_r_package_smaa():
    assert value_of(0.1, [-0.15, 0, 0.25, 0.35], [0, 0.1, 0.9, 1]) == pytest.approx(0.42)


@pytest.mark.parametrize(
    ("cutoffs", "values", "words"),
    [
        ([0, 0], [0, 1], "must rise"),
        ([0], [1], "2 or more"),
        ([0, 1], [1], "as many values"),
        ([0, np.inf], [0, 1], "finite"),
    ],
)
def test_value_functions_that_cannot_be_are_refused(cutoffs, values, words):
    with pytest.raises(InputError, match=words):
        value_of(1, cutoffs, values)


# SMAA: reference outputs of the R package smaa (CRAN), tests/nacw.R and tests/pwi.R.


def test_a_dominated_alternative_as_in_the_r_package_smaa():
    weights = draw_weights([0, 0, 0], [1, 1, 1], samples=20_000)
    result = run_smaa(np.array([[1.0, 1, 1], [0, 0, 0]]), weights)
    assert result.acceptability.tolist() == [[1, 0], [0, 1]]
    assert result.central_weights[0] == pytest.approx([1 / 3, 1 / 3, 1 / 3], abs=0.01)
    assert np.isnan(result.central_weights[1]).all()
    assert result.confidence[0] == 1
    assert np.isnan(result.confidence[1])
    assert result.entropy == 0


def test_pairwise_winning_index_as_in_the_r_package_smaa():
    values = np.zeros((10, 2, 1))
    values[:9, 0] = 1
    values[9, 1] = 1
    result = run_smaa(values, np.ones((10, 1)))
    assert result.pairwise.tolist() == [[0, 0.9], [0.1, 0]]


def test_ranking_entropy_of_the_thrombo_example_follows_from_its_acceptabilities():
    """
    The R package smaa prints acceptabilities 0.3504 and 0.6496 of 10,000 samples, and the entropy 0.9344248.

    Its measurements (GPL-3) are not in this repository, so the acceptabilities themselves, the central weights, the
    confidence factors and the case of fixed weights are not reproduced.
    """
    first = np.arange(10_000) < 3504
    assert entropy_of_ranks(np.where(first[:, np.newaxis], [1, 2], [2, 1])) == pytest.approx(0.9344248, abs=5e-8)


def test_fixed_weights_leave_only_the_values_uncertain():
    """A is worth u on the first criterion, uniform; B is 0.4 on both: A leads where 0.6 u > 0.4, in a third."""
    weights = draw_weights([0.6, 0.4], [0.6, 0.4], samples=9_000)
    assert np.unique(weights, axis=0).tolist() == [[0.6, 0.4]]
    u = (np.arange(9_000) + 0.5) / 9_000
    values = np.stack([np.stack([u, 0 * u], 1), np.full((9_000, 2), 0.4)], axis=1)
    result = run_smaa(values, weights)
    assert result.acceptability[0] == pytest.approx([1 / 3, 2 / 3], abs=1e-3)
    assert result.confidence[0] == pytest.approx(1 / 3, abs=1e-3)


def test_two_alternatives_that_change_places_at_a_known_weight():
    """A = (1, 0) and B = (0, 0.5) score w and (1 - w) / 2: A leads above w = 1/3, on average at w = 2/3."""
    result = run_smaa(np.array([[1.0, 0], [0, 0.5]]), draw_weights([0, 0], [1, 1], samples=100_000))
    assert result.acceptability == pytest.approx(np.array([[2, 1], [1, 2]]) / 3, abs=0.006)
    assert result.central_weights == pytest.approx(np.array([[2 / 3, 1 / 3], [1 / 6, 5 / 6]]), abs=0.004)
    assert result.entropy == pytest.approx(np.log2(3) - 2 / 3, abs=0.006)


@pytest.mark.parametrize(
    ("values", "weights", "words"),
    [
        (np.zeros((2, 3)), np.zeros((5, 2)), "do not fit"),
        (np.full((2, 2), np.nan), np.full((5, 2), 0.5), "finite"),
        (np.zeros((2, 2)), np.zeros((0, 2)), "one sample or more"),
    ],
)
def test_samples_that_do_not_fit_are_refused(values, weights, words):
    with pytest.raises(InputError, match=words):
        run_smaa(values, weights)


# Weights.


def test_weights_without_bounds_are_uniform_on_the_simplex():
    """Each weight of three is Beta(1, 2): mean 1/3, variance 1/18, above 1/2 in a quarter."""
    weights = draw_weights([0, 0, 0], [1, 1, 1], samples=50_000)
    assert weights.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.005)
    assert weights.var(axis=0) == pytest.approx([1 / 18] * 3, abs=0.002)
    assert (weights > 0.5).mean(axis=0) == pytest.approx([0.25] * 3, abs=0.01)


def test_low_bounds_shrink_the_simplex():
    """With low bounds 0.2, 0, 0 the rest of 0.8 is shared out evenly."""
    weights = draw_weights([0.2, 0, 0], [1, 1, 1], samples=50_000)
    assert weights.mean(axis=0) == pytest.approx([0.2 + 0.8 / 3, 0.8 / 3, 0.8 / 3], abs=0.005)


def test_high_bound_cuts_the_simplex():
    """One of three weights at most 1/2: density 2 (1 - w) on 0 to 1/2, mean (1/4 - 1/12) / (3/4) = 2/9."""
    weights = draw_weights([0, 0, 0], [0.5, 1, 1], samples=50_000)
    assert weights[:, 0].mean() == pytest.approx(2 / 9, abs=0.003)


def test_where_almost_nothing_is_admissible_a_walk_finds_the_same_as_trying():
    """Sixteen weights of 1/32 to 3/32: by symmetry each is 1/16 in the mean; compared with trying ten million."""
    size = 16
    weights = draw_weights([1 / 32] * size, [3 / 32] * size, samples=4_000)
    assert weights.mean(axis=0) == pytest.approx([1 / size] * size, abs=0.001)
    rng = np.random.default_rng(5)
    tried = rng.uniform(1 / 32, 3 / 32, (400_000, size - 1))
    last = 1 - tried.sum(axis=1)
    kept = tried[(last >= 1 / 32) & (last <= 3 / 32)]
    assert weights.var() == pytest.approx(kept.var(), rel=0.03)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=9),
    st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_law_weights_keep_their_bounds_or_the_bounds_are_refused(pairs, seed):
    low, high = (np.array(part) for part in zip(*[sorted(pair) for pair in pairs], strict=True))
    if low.sum() > 1 + 1e-9 or high.sum() < 1 - 1e-9:
        with pytest.raises(InputError, match="add up to"):
            draw_weights(low, high, samples=10, seed=seed)
        return
    weights = draw_weights(low, high, samples=50, seed=seed)
    assert weights.sum(axis=1) == pytest.approx(np.ones(50))
    assert np.all(weights >= low - 1e-7)
    assert np.all(weights <= high + 1e-7)
    assert np.array_equal(weights, draw_weights(low, high, samples=50, seed=seed))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ([0.6, 0.6], [1, 1], r"low bounds add up to 1\.2, and weights make 1"),
        ([0, 0], [0.3, 0.4], r"high bounds add up to 0\.7, and weights make 1"),
        ([0.5, 0], [0.4, 1], r"low bound lies above its high bound \(0\.5 to 0\.4\)"),
        ([0, 0], [20, 30], "Write 20 % as 0.2"),
        ([0, 0], [np.nan, 1], "shares between 0 and 1"),
        ([], [], "needs a low and a high bound"),
    ],
)
def test_weights_that_cannot_be_met_are_refused(low, high, words):
    with pytest.raises(InputError, match=words):
        draw_weights(low, high)


# Uncertain figures.


@given(
    st.floats(0, 1000),
    st.floats(0, 1000),
    st.floats(0.06, 1.5),
)
@settings(max_examples=100, deadline=None)
def test_law_an_uncertain_figure_keeps_its_three_numbers(low, width, share):
    high = low + width
    mean = low + share * width
    table = spread_figures(pd.DataFrame({"low": [low], "expected": [mean], "high": [high]}))[0]
    assert np.all(np.diff(table) >= -1e-9)
    assert np.all(table >= 0)
    step = 2 / NODES
    assert np.interp(0.05 + step, (np.arange(NODES) + 0.5) / NODES, table) >= low - 1e-9
    assert np.interp(0.95 - step, (np.arange(NODES) + 0.5) / NODES, table) <= high + 1e-9
    assert table.mean() == pytest.approx(mean, abs=0.005 * max(width, mean, 1e-9))


def test_a_rare_event_has_a_mean_above_its_95_percent_point():
    table = spread_figures(pd.DataFrame({"low": [0.0], "expected": [0.03], "high": [0.0]}))[0]
    assert table.mean() == pytest.approx(0.03, rel=0.01)
    assert (table > 0).mean() == pytest.approx(0.05, abs=0.005)


def test_a_certain_figure_stays_as_it_is():
    table = spread_figures(pd.DataFrame({"low": [7.0], "expected": [7.0], "high": [7.0]}))
    assert np.unique(table).tolist() == [7.0]


@pytest.mark.parametrize("row", [(5, 1, 9), (0, 1, 100), (9, 5, 1)])
def test_figures_that_contradict_each_other_are_refused(row):
    with pytest.raises(InputError, match="contradict each other"):
        spread_figures(pd.DataFrame([row], columns=["low", "expected", "high"]))


# The compiled ranking against the plain one.


def make_problem(size, criteria, samples, seed):
    rng = np.random.default_rng(seed)
    tables = np.sort(rng.random((size, criteria, NODES)), axis=2).astype(np.float32)
    certain = rng.random((size, criteria)) < 0.4
    tables[certain] = tables[certain][:, :1]
    weights = draw_weights([0] * criteria, [1] * criteria, samples=samples, seed=seed).astype(np.float32)
    ids = [f"Z-{number}" for number in range(size)]
    return Problem(make_keys(ids, criteria, seed), tables, make_plans(tables), np.arange(criteria), weights, 3)


def draw_plainly(problem):
    """The values of every sample, drawn as the kernel says it draws them, in arithmetic of Python."""
    mask = 2**64 - 1
    size, criteria, _ = problem.tables.shape
    values = np.empty((len(problem.weights), size, criteria))
    for s in range(len(problem.weights)):
        for z in range(size):
            for c, lane in enumerate(problem.lanes.tolist()):
                n = (int(problem.keys[z, lane // 8]) + s * 0x9E3779B97F4A7C15) & mask
                n = ((n ^ (n >> 30)) * 0xBF58476D1CE4E5B9) & mask
                n = ((n ^ (n >> 27)) * 0x94D049BB133111EB) & mask
                values[s, z, c] = problem.tables[z, c, ((n ^ (n >> 31)) >> (8 * (lane % 8))) & 255]
    return values


@pytest.mark.parametrize(("size", "criteria"), [(1, 1), (5, 3), (12, 10), (17, 4)])
def test_the_compiled_ranking_agrees_with_the_plain_one(size, criteria):
    problem = make_problem(size, criteria, 400, size)
    outcome, plain = simulate(problem), run_smaa(draw_plainly(problem), problem.weights.astype(float))
    places = np.arange(1, size + 1)
    assert outcome.first_share == pytest.approx(plain.acceptability[:, 0])
    assert outcome.top_share == pytest.approx(plain.acceptability[:, :3].sum(axis=1))
    assert outcome.rank_expected == pytest.approx(plain.acceptability @ places)
    assert outcome.central == pytest.approx(plain.central_weights, abs=1e-5, nan_ok=True)
    assert outcome.confidence == pytest.approx(plain.confidence, abs=0.006, nan_ok=True)
    reached = np.cumsum(plain.acceptability, axis=1)
    assert outcome.rank_low.tolist() == (1 + np.argmax(reached >= 0.05 - 1e-9, axis=1)).tolist()
    assert outcome.rank_high.tolist() == (1 + np.argmax(reached >= 0.95 - 1e-9, axis=1)).tolist()
    assert outcome.rank_least.tolist() == (1 + np.argmax(reached > 0, axis=1)).tolist()


def test_draws_of_the_kernel_are_even_and_do_not_hang_together():
    tables = np.broadcast_to(np.arange(NODES, dtype=np.float32), (40, 9, NODES)).copy()
    weights = np.full((2_000, 9), 1 / 9, dtype=np.float32)
    ids = [f"Z-{number}" for number in range(40)]
    problem = Problem(make_keys(ids, 9, 1), tables, make_plans(tables), np.arange(9), weights, 1)
    values = draw_plainly(problem).reshape(2_000, -1)
    assert values.mean(axis=0) == pytest.approx(np.full(360, 127.5), abs=8)
    together = np.corrcoef(values.T)
    assert np.abs(together[~np.eye(360, dtype=bool)]).max() < 0.13


# Two orders beside it.


def test_topsis_by_hand():
    """Weights (0.5, 0.5): A = (1, 0) lies 0.5 from the best and 0.5 from the worst; B = (0.6, 0.6) 0.283 and 0.424."""
    assert rank_topsis(np.array([[1.0, 0], [0.6, 0.6], [0, 0]]), np.array([0.5, 0.5])).tolist() == [2, 1, 3]


def test_equal_alternatives_share_the_better_rank():
    values = np.array([[0.5, 0.5], [0.2, 0.2], [0.5, 0.5]])
    assert rank_topsis(values, np.array([0.3, 0.7])).tolist() == [1, 3, 1]
    assert rank_weighted_sum(values, np.array([0.3, 0.7])).tolist() == [1, 3, 1]


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=8),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_law_a_further_alternative_never_turns_the_order_round(rows, further):
    weights = np.array([0.5, 0.3, 0.2])
    for rank in (rank_topsis, rank_weighted_sum):
        before, after = rank(np.array(rows), weights), rank(np.array([*rows, further]), weights)[:-1]
        for one in range(len(rows)):
            for other in range(len(rows)):
                assert (before[one] < before[other]) == (after[one] < after[other])


def test_the_usual_topsis_does_turn_the_order_round():
    """Why the ideal is fixed: with the ideal taken from the data, a fourth alternative swaps two of three others."""
    rng = np.random.default_rng(0)
    weights = np.array([0.5, 0.5])
    turned = 0
    for _ in range(500):
        three, further = rng.random((3, 2)), rng.random((1, 2))
        before = TOPSIS()(three, weights, np.ones(2), validation=False)
        after = TOPSIS()(np.vstack([three, further]), weights, np.ones(2), validation=False)[:3]
        turned += (before[0] - before[1]) * (after[0] - after[1]) < 0
    assert turned > 0


@pytest.mark.parametrize(
    ("values", "weights", "words"),
    [
        ([[0.2, 1.2]], [0.5, 0.5], "between 0 and 1"),
        ([[0.2, np.nan]], [0.5, 0.5], "none empty"),
        ([[0.2, 0.4]], [0.5, 0.6], r"add up to 1\.1"),
        ([[0.2, 0.4]], [1.0], "One weight is needed"),
    ],
)
def test_what_cannot_be_ranked_is_refused(values, weights, words):
    for rank in (rank_topsis, rank_weighted_sum):
        with pytest.raises(InputError, match=words):
            rank(np.array(values), np.array(weights))
