"""Laws of search, transects and quality checks: published values, closed forms, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from uxomap.errors import InputError
from uxomap.survey import (
    accept_on_zero,
    allocate_effort,
    chance_of_accepting,
    chance_of_find,
    chance_of_passing,
    random_search,
    residual_items,
    share_for_bound,
    stone_circular_normal,
    transect_spacing,
    traversal_probability,
    update_chance,
)

AMOUNTS = st.floats(1e-6, 1e6)
RATES = st.floats(1e-6, 1e2)


# Koopman, "The theory of search" (1956; 1980): P = 1 - exp(-C)
@pytest.mark.parametrize(("coverage", "chance"), [(0.25, 0.221199), (0.5, 0.393469), (1, 0.632121), (2, 0.864665)])
def test_random_search_as_koopman_has_it(coverage, chance):
    assert random_search(coverage) == pytest.approx(chance, abs=5e-7)


def test_random_search_is_what_random_sweeps_find():
    rng = np.random.default_rng(5)
    passes = rng.poisson(1.5, 200_000)
    found = rng.random(200_000) < 1 - (1 - 0.8) ** passes
    assert random_search(1.5, detection=0.8) == pytest.approx(found.mean(), abs=0.004)


def test_however_much_is_swept_something_may_be_left():
    assert float(random_search(1e9)) < 1


# Stone, Theory of Optimal Search (1975), circular normal target
@pytest.mark.parametrize(
    ("sigma_m", "swept_m2", "chance", "radius_m"),
    [(100, np.pi * 1e4, 0.264241, 141.421), (100, 100_000, 0.532423, 188.898), (250, 100_000, 0.160563, None)],
)
def test_search_for_a_circular_normal_as_stone_has_it(sigma_m, swept_m2, chance, radius_m):
    found = stone_circular_normal(swept_m2, sigma_m=sigma_m)
    assert found.chance == pytest.approx(chance, abs=5e-7)
    if radius_m:
        assert found.radius_m == pytest.approx(radius_m, abs=5e-4)


def test_the_allocation_over_fine_cells_reaches_the_closed_form_of_the_circular_normal():
    side = 5.0
    at = np.arange(-500, 500, side) + side / 2
    x, y = (part.ravel() for part in np.meshgrid(at, at))
    prior = np.exp(-(x**2 + y**2) / 2e4) * side**2 / (2 * np.pi * 1e4)
    hours = allocate_effort(prior, rate=1 / side**2, hours=100_000)  # an hour sweeps one square metre
    truth = stone_circular_normal(100_000, sigma_m=100)
    assert (prior * random_search(hours / side**2)).sum() == pytest.approx(float(truth.chance), abs=2e-4)
    assert np.hypot(x, y)[hours > 0].max() == pytest.approx(float(truth.radius_m), abs=side)


def test_two_cells():  # derived by water-filling: published_values, two_cell_optimal_allocation
    hours = allocate_effort([0.7, 0.3], rate=1, hours=1)
    assert hours == pytest.approx([0.923649, 0.076351], abs=5e-7)
    assert ([0.7, 0.3] * random_search(hours)).sum() == pytest.approx(0.444105, abs=5e-7)


def test_four_blocks():  # open course text on search theory (author not recorded)
    prior, rate = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.02, 0.013, 0.015, 0.008])
    hours = allocate_effort(prior, rate=rate, hours=120)
    assert hours == pytest.approx([62.2, 40.4, 17.5, 0], abs=0.05)
    found = random_search(rate * hours)
    assert (prior * found).sum() == pytest.approx(0.453, abs=5e-4)
    assert (prior * rate * (1 - found))[:3] == pytest.approx(0.0023, abs=5e-5)
    assert update_chance(prior, likelihood_ratio=1 - found) == pytest.approx([0.161, 0.202, 0.161, 0.1], abs=5e-4)


@pytest.mark.parametrize(
    ("prior", "ratio", "after", "within"),
    [
        (0.3, 1 - 0.9, 0.0410959, 5e-8),  # Bayes' rule: bayes_update_negative_search
        (0.1, 1 - 0.95, 0.00552486, 5e-9),
        (0.5, 1 - 0.8, 0.1666667, 5e-8),
        (0.15, 0.3, 0.0503, 5e-5),  # open course text: likelihood_ratio_update
        (0.15, 2, 0.2609, 5e-5),
        (0, 5, 0, 0),
        (1, 0.1, 1, 0),
        (1, 0, 0, 0),
    ],
)
def test_chances_after_evidence(prior, ratio, after, within):
    assert update_chance(prior, likelihood_ratio=ratio) == pytest.approx(after, abs=within)


@st.composite
def places(draw):
    size = draw(st.integers(1, 30))
    prior, rate = (draw(st.lists(kind, min_size=size, max_size=size)) for kind in (AMOUNTS, RATES))
    return np.array(prior), np.array(rate)


@given(places(), st.floats(0, 1e6))
def test_the_next_hour_finds_as_much_everywhere_and_no_more_where_nobody_goes(given_places, hours):
    prior, rate = given_places
    spent = allocate_effort(prior, rate=rate, hours=hours)
    assert spent.min() >= 0
    assert spent.sum() == pytest.approx(hours, rel=1e-9, abs=1e-9)
    marginal = np.log(prior) + np.log(rate) - rate * spent
    used = spent > 1e-6 * max(hours, 1e-9)
    if used.any():
        level = marginal[used]
        assert np.ptp(level) <= 1e-6 * (1 + np.abs(level).max())
        assert (marginal <= level.max() + 1e-6 * (1 + np.abs(level).max())).all()


@given(places(), st.floats(0.1, 1e4), st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_the_allocation_knows_no_order_and_no_unit_of_the_prior(given_places, hours, factor, random):
    prior, rate = given_places
    spent = allocate_effort(prior, rate=rate, hours=hours)
    order = list(range(prior.size))
    random.shuffle(order)
    # Equal places share by value, not by position.
    assert allocate_effort(prior[order], rate=rate[order], hours=hours) == pytest.approx(spent[order], abs=1e-7 * hours)
    assert allocate_effort(factor * prior, rate=rate, hours=hours) == pytest.approx(spent, abs=1e-7 * hours)


@given(places(), st.floats(0, 1e4), st.floats(0, 1e4), st.lists(st.floats(0.01, 1), min_size=30, max_size=30))
def test_more_hours_never_find_less_and_no_other_spread_finds_more(given_places, hours, more, other):
    prior, rate = given_places

    def finds(spent):
        return float((prior * random_search(rate * spent)).sum())

    best = finds(allocate_effort(prior, rate=rate, hours=hours))
    assert finds(allocate_effort(prior, rate=rate, hours=hours + more)) >= best * (1 - 1e-9)
    weight = np.array(other[: prior.size])
    for spread in (weight / weight.sum(), prior / prior.sum(), np.eye(prior.size)[0]):
        assert finds(hours * spread) <= best * (1 + 1e-9)


def test_places_with_nothing_or_that_nobody_can_search_get_no_hours():
    assert allocate_effort([0, 1, 5], rate=[1, 1, 0], hours=7).tolist() == [0, 7, 0]


def test_the_allocation_agrees_with_a_numerical_search():
    prior, rate = np.array([3.0, 8.0, 1.0]), np.array([0.2, 0.05, 0.6])

    def lost(shares):
        hours = 20 * np.exp(shares) / np.exp(shares).sum()
        return float((prior * np.exp(-rate * hours)).sum())

    best = optimize.minimize(lost, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).fun
    ours = float((prior * np.exp(-rate * allocate_effort(prior, rate=rate, hours=20))).sum())
    assert ours == pytest.approx(best, rel=1e-6)
    assert ours <= best + 1e-12


# PNNL, Visual Sample Plan (help pages on transects): geometry, checked by Monte Carlo
@pytest.mark.parametrize(
    ("axes", "width_m", "spacing_m", "chance"), [((50,), 2, 200, 0.51), ((150, 50), 2, 400, 0.536772)]
)
def test_chance_of_crossing_a_footprint(axes, width_m, spacing_m, chance):
    assert traversal_probability(*axes, width_m=width_m, spacing_m=spacing_m) == pytest.approx(chance, abs=5e-7)


@pytest.mark.parametrize("spacing_m", [110, 150, 200, 260, 301.9, 302.1, 400])
def test_chance_of_crossing_by_throwing_ellipses_on_lines(spacing_m):
    rng, size = np.random.default_rng(8), 400_000
    angle, offset = rng.uniform(0, np.pi, size), rng.uniform(0, spacing_m, size)
    half = np.hypot(150 * np.cos(angle), 50 * np.sin(angle)) + 1  # half of the transect's own width of 2 m
    met = (offset < half) | (offset > spacing_m - half)
    assert traversal_probability(50, 150, width_m=2, spacing_m=spacing_m) == pytest.approx(met.mean(), abs=0.004)


@given(st.floats(1, 1e3), st.floats(1, 1e3), st.floats(0, 50), st.floats(0.01, 1))
def test_spacing_gives_back_the_wanted_chance(one, other, width_m, chance):
    spacing = transect_spacing(one, other, width_m=width_m, chance=chance)
    found = traversal_probability(one, other, width_m=width_m, spacing_m=spacing)
    assert found >= chance - 1e-6
    if spacing > 2 * min(one, other) + width_m + 1e-6:
        assert found == pytest.approx(chance, abs=1e-6)
    assert traversal_probability(one, other, width_m=width_m, spacing_m=1.01 * spacing) <= found + 1e-9


def test_a_certain_crossing_needs_lines_no_further_apart_than_the_narrowest_view():
    assert transect_spacing(150, 50, width_m=2, chance=1) == pytest.approx(102)


def test_chance_of_a_find_in_a_strip():  # PNNL, Visual Sample Plan: 20 items/ha, 200 m2
    assert chance_of_find(20, traversed_m2=200) == pytest.approx(0.329680, abs=5e-7)


# Exact hypergeometric; PNNL, Visual Sample Plan (Design_Anomaly_Compliance) for the method
@pytest.mark.parametrize(
    ("units", "share", "confidence", "sample"),
    [
        (100, 0.95, 0.95, 45),
        (500, 0.95, 0.95, 56),
        (500, 0.99, 0.95, 225),
        (1000, 0.99, 0.95, 258),
        (1000, 0.99, 0.90, 205),
        (5000, 0.99, 0.95, 290),
        (100_000, 0.99, 0.95, 298),
        (100_000, 0.95, 0.95, 59),
        (None, 0.95, 0.95, 59),  # Design_UXO_Compliance, binomial limit
        (None, 0.99, 0.95, 299),
        (None, 0.99, 0.90, 230),
    ],
)
def test_sample_that_accepts_on_zero(units, share, confidence, sample):
    assert accept_on_zero(units, share=share, confidence=confidence) == sample


@given(st.integers(1, 3000), st.floats(0.5, 0.999), st.floats(0.5, 0.99))
def test_one_unit_less_would_not_do(units, share, confidence):
    sample = accept_on_zero(units, share=share, confidence=confidence)
    faulty = max(int(np.floor(units * (1 - share) + 1e-9)), 1)
    assert 1 <= sample <= units
    assert stats.hypergeom.pmf(0, units, faulty, sample) <= (1 - confidence) * (1 + 1e-6)
    assert sample == 1 or stats.hypergeom.pmf(0, units, faulty, sample - 1) > (1 - confidence) * (1 - 1e-6)


def test_what_a_pass_does_not_prove():  # open course text: 5 items left pass a second search of 10 % in 62 % of cases
    passed = chance_of_passing([1, 3, 5, 10], share=0.1, detection=0.9)
    assert passed == pytest.approx([0.910, 0.754, 0.624, 0.389], abs=5e-4)
    assert "62 %" in accept_on_zero.__doc__
    assert "Not said" in accept_on_zero.__doc__


def test_acceptance_of_lots():  # open course text: qa_hypergeometric, qa_binomial_oc
    hyper = chance_of_accepting([1, 3, 5, 10], sampled=40, units=400)
    assert hyper == pytest.approx([0.900, 0.728, 0.589, 0.344], abs=5e-4)
    for allowed, truth in ((0, [0.778, 0.605, 0.364, 0.077]), (1, [0.974, 0.911, 0.736, 0.279])):
        binomial = chance_of_accepting([0.005, 0.01, 0.02, 0.05], sampled=50, allowed=allowed)
        assert binomial == pytest.approx(truth, abs=5e-4)


def test_share_of_land_for_a_bound():
    # PNNL, Visual Sample Plan (RI_nonbayesian), binomial assumption, own convention
    truth = [0.95, 0.7763932, 0.45071973, 0.25886555, 0.13910834]
    assert share_for_bound([1, 2, 5, 10, 20]) == pytest.approx(truth, abs=5e-8)
    # open course text: qa_fraction_needed, K = 5, q = 0.9, risk of the consumer 10 %
    assert share_for_bound(5, confidence=0.9, detection=0.9) == pytest.approx(0.410, abs=5e-4)
    assert np.isnan(share_for_bound(1, confidence=0.95, detection=0.9))


@given(st.integers(1, 50), st.floats(0.5, 0.99), st.floats(0.5, 1))
def test_share_and_chance_of_passing_are_inverse(items, confidence, detection):
    share = float(share_for_bound(items, confidence=confidence, detection=detection))
    if np.isfinite(share):
        passed = chance_of_passing(items, share=share, detection=detection)
        assert passed == pytest.approx(1 - confidence, rel=1e-6)


def test_residual_items():  # open course text: residual_risk_poisson
    left = residual_items(20, share_found=0.99)
    assert (left.expected, left.chance_any) == (pytest.approx(0.2), pytest.approx(0.181, abs=5e-4))
    checked = residual_items(20, share_found=0.99, share=0.1, detection=0.9)
    assert checked.chance_any == pytest.approx(0.166, abs=5e-4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: random_search(-1), "Invalid coverage -1. Must be a finite number, 0 or more"),
        (lambda: random_search(1, detection=90), "Invalid detection 90. Must lie above 0 to 1. Write 95 % as 0.95"),
        (lambda: random_search(np.nan), "Invalid coverage nan"),
        (lambda: stone_circular_normal(100, sigma_m=0), "Invalid sigma_m 0"),
        (lambda: allocate_effort([0, 0], rate=1, hours=5), "Nothing is expected in any place"),
        (lambda: allocate_effort([1, -1], rate=1, hours=5), "Invalid prior"),
        (lambda: allocate_effort([1, 1], rate=1, hours=-5), "Invalid hours -5"),
        (lambda: update_chance(2, likelihood_ratio=1), "Invalid prior 2. Must lie from 0 to 1"),
        (lambda: traversal_probability(0, width_m=2, spacing_m=50), "Invalid semi_major_m 0"),
        (lambda: traversal_probability(5, width_m=2, spacing_m=0), "Invalid spacing_m 0"),
        (lambda: transect_spacing(5, -1, width_m=2), "Invalid semi_minor_m -1"),
        (lambda: transect_spacing(5, width_m=2, chance=0), "Invalid chance 0"),
        (lambda: chance_of_find(-1, traversed_m2=5), "Invalid items_per_ha -1"),
        (lambda: accept_on_zero(0, share=0.95), "Invalid units 0"),
        (lambda: accept_on_zero(10.5, share=0.95), "Must be a whole number"),
        (lambda: accept_on_zero(10, share=1), "Invalid share 1. Must lie above 0 and below 1"),
        (lambda: accept_on_zero(10, share=0.9, confidence=95), "Invalid confidence 95"),
        (lambda: chance_of_passing(-1, share=0.1), "Invalid items_left -1"),
        (lambda: chance_of_accepting(5, sampled=50, units=40), "whole numbers up to the units of the lot"),
        (lambda: chance_of_accepting(0.05, sampled=5, units=40), "Without units, give the faulty ones as a share"),
        (lambda: chance_of_accepting(5, sampled=5), "Invalid faulty 5"),
        (lambda: share_for_bound(0.5), "fewer than 1 item is none"),
        (lambda: residual_items(5, share_found=1), "Invalid share_found 1"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words):
        call()
