"""Shares, counts, duds of a strike and totals: closed forms, direct summation, laws, simulation, refusals."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate, stats

from uxomap.distributions import (
    CountRange,
    RatePool,
    beta_from_interval,
    beta_from_mean,
    beta_from_point,
    count_duds,
    duds_from_explosions,
    match_quantile,
    mix_duds,
    mix_pools,
    multiply_counts,
    product_quantile,
    sum_intervals,
)
from uxomap.errors import InputError

KAPPA = 20.0

#: Shapes that published figures lead to: two camps that disagree, one wide statement, a claim near zero, mines.
POOLS = {
    "two camps": RatePool([0.6, 0.25, 0.15], [4.4, 20, 1.1], [35.6, 160, 58.9]),
    "one statement": beta_from_interval(0.19, 0.53),
    "ten per cent": beta_from_mean(0.1, 20),
    "claim": RatePool([0.7, 0.3], [2, 2], [198, 6]),
    "mines": mix_pools([beta_from_interval(0.01, 0.3), beta_from_interval(0.6, 0.99)], [1, 1]),
}


def exactly(n: float):
    return np.array([float(n)]), np.ones(1)


def moments(values, weights):
    mean = float(values @ weights)
    return mean, float((values - mean) ** 2 @ weights)


@st.composite
def pools(draw):
    n = draw(st.integers(1, 4))
    # beta from 0.5: with less, half the mass lies nearer to 1 than floating point can tell
    parts = st.floats(0.01, 1), st.floats(0.05, 500), st.floats(0.5, 500)
    return RatePool(*(np.array([draw(one) for _ in range(n)]) for one in parts))


@st.composite
def ranges(draw, highest=500.0):
    below = draw(st.floats(0.01, highest))
    above = below * draw(st.floats(0.1, 10))
    low = draw(st.floats(0.0, highest))
    return CountRange(low, low + below, low + below + above)


class TestRatePool:
    def test_a_single_part_is_the_beta_of_scipy(self):
        pool, beta = RatePool([1], [2.5], [11]), stats.beta(2.5, 11)
        p = np.array([1e-6, 0.05, 0.5, 0.95, 1 - 1e-6])
        assert (pool.mean, pool.sd) == pytest.approx((beta.mean(), beta.std()))
        np.testing.assert_allclose(pool.quantile(p), beta.ppf(p), rtol=1e-10)
        np.testing.assert_allclose(pool.cdf([0.1, 0.3]), beta.cdf([0.1, 0.3]))
        np.testing.assert_allclose(pool.pdf([0.1, 0.3]), beta.pdf([0.1, 0.3]))

    @given(pools(), st.lists(st.floats(0.001, 0.999), min_size=1, max_size=6))
    def test_quantile_inverts_the_distribution_and_never_falls(self, pool, p):
        found = pool.quantile(sorted(p))
        assert np.all(np.diff(found) >= 0)
        inside = (found > 1e-200) & (found < 1 - 1e-12)  # beyond, floating point has no such share
        np.testing.assert_allclose(pool.cdf(found[inside]), np.array(sorted(p))[inside], atol=1e-8)

    @given(pools(), st.integers(1, 60))
    def test_nodes_keep_the_mean_and_rise(self, pool, n):
        values, weights = pool.nodes(n)
        assert values @ weights == pytest.approx(pool.mean, rel=1e-9)
        assert np.all(np.diff(values) >= -1e-9)
        np.testing.assert_allclose(weights, 1 / n)

    @given(pools(), st.integers(2, 40))
    def test_gauss_nodes_keep_mean_and_variance(self, pool, n):
        mean, variance = moments(*pool.gauss_nodes(n))
        assert mean == pytest.approx(pool.mean, rel=1e-8)
        assert np.sqrt(variance) == pytest.approx(pool.sd, rel=1e-6, abs=1e-9)

    def test_ends_of_the_scale(self):
        pool = POOLS["claim"]
        assert pool.quantile([0, 1]).tolist() == [0, 1]
        assert pool.cdf([-1, 0, 1, 2]).tolist() == [0, 0, 1, 1]

    def test_parts_far_below_one_still_have_quantiles(self):
        pool = RatePool([1], [0.01], [3])
        found = pool.quantile([0.05, 0.5, 0.95])
        assert np.all(np.diff(found) > 0)
        assert pool.cdf(found[1:]).tolist() == pytest.approx([0.5, 0.95])

    def test_equal_pools_are_equal_and_arrays_are_frozen(self):
        first, second = beta_from_mean(0.1, 40), beta_from_mean(0.1, 40)
        assert first == second
        assert hash(first) == hash(second)
        assert first != beta_from_mean(0.1, 41)
        with pytest.raises(ValueError, match="read-only"):
            first.weights[0] = 2

    @given(st.lists(pools(), min_size=1, max_size=4), st.data())
    def test_mixing_mixes_the_means(self, parts, data):
        weights = [data.draw(st.floats(0.01, 5)) for _ in parts]
        mixed = mix_pools(parts, weights)
        assert mixed.mean == pytest.approx(np.average([part.mean for part in parts], weights=weights))
        at = np.array([0.05, 0.3, 0.9])
        expected = np.average([part.cdf(at) for part in parts], weights=weights, axis=0)
        np.testing.assert_allclose(mixed.cdf(at), expected, atol=1e-12)


class TestBetas:
    @given(st.floats(1e-4, 0.98), st.floats(0.001, 0.999))
    def test_ends_of_a_range_are_its_5_and_95_per_cent_points(self, low, along):
        high = low + along * (0.9999 - low)
        assume(high / low > 1.001)
        assert beta_from_interval(low, high).cdf([low, high]).tolist() == pytest.approx([0.05, 0.95], abs=1e-6)

    @given(st.floats(1e-4, 0.995), st.sampled_from([0.05, 0.95]))
    def test_one_sided_figures_keep_their_point_and_double_or_halve_the_odds(self, share, probability):
        pool = beta_from_point(share, probability)
        assert pool.cdf(share) == pytest.approx(probability, abs=1e-8)
        odds = pool.mean / (1 - pool.mean) / (share / (1 - share))
        assert odds == pytest.approx(2 if probability < 0.5 else 0.5)
        assert pool.alpha[0] >= 1 - 1e-9
        assert pool.beta[0] >= 1 - 1e-9

    def test_concentration_is_what_it_says(self):
        pool = beta_from_mean(0.2, 15)
        assert (pool.mean, pool.sd**2) == pytest.approx((0.2, 0.2 * 0.8 / 16))


class TestCountRange:
    @given(ranges())
    def test_low_expected_and_high_keep_their_meaning(self, count):
        np.testing.assert_allclose(count.quantile([0.05, 0.95]), [count.low, count.high])
        values, weights = count.nodes()
        mean, variance = moments(values, weights)
        assert mean == pytest.approx(count.expected, rel=1e-9)
        assert variance == pytest.approx(count.variance, rel=1e-9)
        assert len(values) <= 12
        assert np.all(np.diff(values) > 0)
        assert weights.sum() == pytest.approx(1)
        assert count.cdf(count.low) == pytest.approx(0.05)
        assert count.cdf(count.high) == 1

    def test_a_drawn_range(self):
        # 5 % at 4, p evenly on 4-10, the rest evenly on 10-40, 5 % at 40: p = (30 - 0.6) / 36
        count = CountRange(4, 10, 40)
        assert count.share_below == pytest.approx(29.4 / 36)
        draws = count.quantile(np.random.default_rng(1).random(400_000))
        assert draws.mean() == pytest.approx(10, rel=0.005)
        assert draws.var() == pytest.approx(count.variance, rel=0.02)
        assert np.mean(draws == 4) == pytest.approx(0.05, abs=0.002)

    def test_a_known_count_is_exact(self):
        values, weights = CountRange(88, 88, 88).nodes()
        assert (values.tolist(), weights.tolist(), CountRange(88, 88, 88).variance) == ([88], [1], 0)
        assert CountRange(88, 88, 88).quantile(0.3) == 88
        assert CountRange(88, 88, 88).cdf([87, 88]).tolist() == [0, 1]

    @given(ranges(50), ranges(700))
    def test_products_keep_mean_variance_and_order(self, a, b):
        values, weights = multiply_counts(a, b)
        mean, variance = moments(values, weights)
        assert mean == pytest.approx(a.expected * b.expected, rel=1e-9)
        exact = (a.variance + a.expected**2) * (b.variance + b.expected**2) - (a.expected * b.expected) ** 2
        assert variance == pytest.approx(exact, rel=1e-6)
        assert len(values) <= 24
        assert np.all(np.diff(values) >= 0)
        assert a.low * b.low - 1e-9 <= values[0]
        assert values[-1] <= a.high * b.high * (1 + 1e-12)

    def test_products_take_nodes_too(self):
        three = multiply_counts(multiply_counts(CountRange(1, 2, 3), CountRange(5, 5, 5)), exactly(2))
        assert moments(*three)[0] == pytest.approx(20)

    @pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
    def test_product_quantiles_agree_with_simulation(self, p):
        a, b = CountRange(2, 5, 18), CountRange(60, 72, 88)
        rng = np.random.default_rng(3)
        draws = a.quantile(rng.random(400_000)) * b.quantile(rng.random(400_000))
        assert product_quantile(a, b, p) == pytest.approx(np.quantile(draws, p), rel=0.01)
        assert product_quantile(a, CountRange(72, 72, 72), p) == pytest.approx(72 * a.quantile(p))


def sum_directly(n: int, pool: RatePool, kappa: float = KAPPA) -> np.ndarray:
    """Distribution of the duds among n items: scipy's Beta-Binomial, summed over 3,000 shares of the pool."""
    mu = pool.quantile((np.arange(3000) + 0.5) / 3000)[:, np.newaxis]
    return np.cumsum(stats.betabinom.pmf(np.arange(n + 1), n, mu * kappa, (1 - mu) * kappa).mean(axis=0))


class TestCountDuds:
    @pytest.mark.parametrize("name", POOLS)
    @pytest.mark.parametrize("n", [1, 9, 88, 255])
    def test_small_counts_agree_with_direct_summation_to_the_item(self, name, n):
        direct = sum_directly(n, POOLS[name])
        found = count_duds(exactly(n), POOLS[name], concentration=KAPPA)
        np.testing.assert_allclose([found.cdf(x) for x in range(n + 1)], direct, atol=2e-4)
        for p in (0.05, 0.25, 0.5, 0.75, 0.95, 0.99):
            x = int(found.quantile(p))
            assert direct[x] >= p - 2e-4
            assert x == 0 or direct[x - 1] < p + 2e-4

    @pytest.mark.parametrize("name", POOLS)
    def test_beyond_the_exact_part_errors_stay_small(self, name):
        found = count_duds(exactly(400), POOLS[name], concentration=KAPPA)
        chances = np.array([found.cdf(x) for x in range(401)])
        np.testing.assert_allclose(chances[:390], sum_directly(400, POOLS[name])[:390], atol=3e-4)
        np.testing.assert_allclose(chances[390:], sum_directly(400, POOLS[name])[390:], atol=2e-3)

    @pytest.mark.parametrize("kappa", [2, 20, 300, 1e5])
    def test_any_spread_between_strikes(self, kappa):
        found = count_duds(exactly(60), POOLS["two camps"], concentration=kappa)
        direct = sum_directly(60, POOLS["two camps"], kappa)
        np.testing.assert_allclose([found.cdf(x) for x in range(61)], direct, atol=3e-4)

    @pytest.mark.parametrize("name", POOLS)
    @pytest.mark.parametrize("n", [1500, 6000])
    def test_large_counts_agree_within_one_per_cent(self, name, n):
        pool = POOLS[name]
        mu = pool.quantile((np.arange(600) + 0.5) / 600)
        found = count_duds(exactly(n), pool, concentration=KAPPA)
        for p in (0.05, 0.5, 0.95):
            x = found.quantile(p)
            slack = max(1.0, 0.01 * x)
            below, above = (stats.betabinom.cdf(x + d, n, mu * KAPPA, (1 - mu) * KAPPA).mean() for d in (-slack, slack))
            assert below < p + 5e-4
            assert above >= p - 5e-4

    @pytest.mark.parametrize("name", POOLS)
    def test_mean_and_spread_follow_the_closed_forms(self, name):
        pool, n = POOLS[name], 300
        found = count_duds(exactly(n), pool, concentration=KAPPA)
        second = pool.sd**2 + pool.mean**2
        within = n * (n + KAPPA) / (KAPPA + 1) * (pool.mean - second)
        assert found.mean == pytest.approx(n * pool.mean)
        assert found.sd**2 == pytest.approx(within + n**2 * pool.sd**2)
        assert found.sd_shared == pytest.approx(n * pool.sd)

    @given(ranges(60), st.sampled_from(sorted(POOLS)), st.floats(3, 200))
    def test_moments_of_the_distribution_are_those_it_states(self, count, name, kappa):
        assume(count.high < 200)
        found = count_duds(count.nodes(), POOLS[name], concentration=kappa)
        values = np.arange(256)
        chances = np.diff([found.cdf(x) for x in range(-1, 256)])
        mean, variance = moments(values, chances)
        assert mean == pytest.approx(count.expected * POOLS[name].mean, rel=1e-6)
        assert np.sqrt(variance) == pytest.approx(found.sd, rel=1e-6)
        assert found.sd_shared <= found.sd
        assert found.probability_any == pytest.approx(1 - chances[0])

    def test_an_uncertain_count_agrees_with_simulation(self):
        rng = np.random.default_rng(5)
        rounds, load, pool = CountRange(2, 5, 18), CountRange(60, 72, 88), POOLS["one statement"]
        n = rng.permutation(rounds.quantile(rng.random(200_000))) * load.quantile(rng.random(200_000))
        mu = pool.quantile(rng.random(200_000))
        x = rng.binomial(np.round(n).astype(int), rng.beta(mu * KAPPA, (1 - mu) * KAPPA))
        found = count_duds(multiply_counts(rounds, load), pool, concentration=KAPPA)
        assert (found.mean, found.sd) == pytest.approx((x.mean(), x.std()), rel=0.01)
        np.testing.assert_allclose(found.quantile([0.05, 0.5, 0.95]), np.quantile(x, [0.05, 0.5, 0.95]), rtol=0.02)

    @given(st.floats(0.05, 60), st.sampled_from(sorted(POOLS)))
    def test_a_fraction_of_an_item_keeps_the_mean(self, n, name):
        found = count_duds(exactly(n), POOLS[name], concentration=KAPPA)
        assert found.mean == pytest.approx(n * POOLS[name].mean)
        assert found.cdf(np.ceil(n)) == pytest.approx(1)

    @given(st.sampled_from(sorted(POOLS)), st.lists(st.floats(0, 1), min_size=2, max_size=5))
    def test_quantiles_never_fall(self, name, p):
        found = count_duds(exactly(900), POOLS[name], concentration=KAPPA)
        assert np.all(np.diff(found.quantile(np.sort(p))) >= 0)

    def test_the_far_end_joins_the_exact_part(self):
        found = count_duds(exactly(900), POOLS["one statement"], concentration=KAPPA)
        chances = np.array([found.cdf(x) for x in range(246, 270)])
        assert np.all(np.diff(chances) > 0)
        steps = np.diff(chances)
        assert steps.max() / steps.min() < 1.6

    def test_more_delivered_never_means_fewer(self):
        low = count_duds(exactly(88), POOLS["two camps"], concentration=KAPPA).quantile([0.05, 0.5, 0.95])
        high = count_duds(exactly(880), POOLS["two camps"], concentration=KAPPA).quantile([0.05, 0.5, 0.95])
        assert np.all(high >= low)

    def test_same_input_same_output(self):
        first, second = (count_duds(exactly(5000), POOLS["claim"], concentration=KAPPA) for _ in range(2))
        assert first.quantile([0.05, 0.95]).tolist() == second.quantile([0.05, 0.95]).tolist()

    def test_hundreds_of_different_strikes_take_seconds(self):
        rng = np.random.default_rng(0)
        shares = [beta_from_interval(low, low + width) for low, width in rng.uniform(0.02, 0.3, (20, 2))]
        counts = [
            multiply_counts(CountRange(1, 1 + r, 1 + 5 * r), CountRange(50, 72, 88)) for r in rng.uniform(1, 40, 150)
        ]
        start = time.perf_counter()
        for index, count in enumerate(counts):
            count_duds(count, shares[index % 20], concentration=KAPPA).quantile([0.05, 0.95])
        assert time.perf_counter() - start < 6


class TestMixDuds:
    def test_a_mixture_lies_between_its_parts_and_adds_what_differs(self):
        small, large = exactly(88), exactly(644)
        pool = POOLS["ten per cent"]
        mixed = mix_duds([(1, small, pool), (3, large, pool)], concentration=KAPPA)
        alone = [count_duds(nodes, pool, concentration=KAPPA) for nodes in (small, large)]
        assert mixed.mean == pytest.approx(0.25 * alone[0].mean + 0.75 * alone[1].mean)
        second = sum(w * (one.sd**2 + one.mean**2) for w, one in zip((0.25, 0.75), alone, strict=True))
        assert mixed.sd == pytest.approx(np.sqrt(second - mixed.mean**2))
        for x in (0, 5, 30, 120, 300):
            assert mixed.cdf(x) == pytest.approx(0.25 * alone[0].cdf(x) + 0.75 * alone[1].cdf(x), abs=1e-9)

    def test_what_is_shared_adds_up_within_a_pool_and_not_between_pools(self):
        a, b = POOLS["ten per cent"], POOLS["one statement"]
        same = mix_duds([(1, exactly(100), a), (1, exactly(100), a)], concentration=KAPPA)
        other = mix_duds([(1, exactly(100), a), (1, exactly(100), b)], concentration=KAPPA)
        assert same.sd_shared == pytest.approx(100 * a.sd)
        assert other.sd_shared == pytest.approx(50 * np.hypot(a.sd, b.sd))

    def test_weights_are_scaled(self):
        options = [(1, exactly(50), POOLS["claim"]), (1, exactly(50), POOLS["mines"])]
        doubled = [(2, nodes, pool) for _, nodes, pool in options]
        one, two = (mix_duds(some, concentration=KAPPA) for some in (options, doubled))
        assert (one.mean, one.sd, one.quantile(0.9)) == (two.mean, two.sd, two.quantile(0.9))


class TestExplosions:
    @pytest.mark.parametrize(("q", "per_explosion"), [(0.1, 0.111111), (0.3, 0.428571)])
    def test_hidden_duds_follow_the_thinning_identity(self, q, per_explosion):
        # q / (1 - q): Mahling, Höhle and Küchenhoff 2013
        found = duds_from_explosions(exactly(1000), beta_from_mean(q, 1e8), concentration=1e6)
        assert found.mean == pytest.approx(1000 * per_explosion, rel=1e-4)

    def test_negative_binomial_is_what_evenly_likely_orders_of_magnitude_lead_to(self):
        # Prior 1/n for the number delivered, each item explodes with 1 - q: given 7 explosions, the rest is NB.
        q, seen = 0.3, 7
        n = np.arange(seen, 400)
        posterior = stats.binom.pmf(seen, n, 1 - q) / n
        np.testing.assert_allclose(posterior / posterior.sum(), stats.nbinom.pmf(n - seen, seen, 1 - q), rtol=1e-9)

    @pytest.mark.parametrize("seen", [1, 40])
    def test_agrees_with_direct_summation(self, seen):
        pool = beta_from_mean(0.15, 30)
        found = duds_from_explosions(exactly(seen), pool, KAPPA)

        def chance(x):
            def given_share(mu):
                a, b = mu * KAPPA, (1 - mu) * KAPPA
                return stats.betanbinom.pmf(x, seen, b, a) * pool.pdf(mu)

            return integrate.quad(given_share, 0, 0.8)[0]

        direct = np.cumsum([chance(x) for x in range(60)])
        np.testing.assert_allclose([found.cdf(x) for x in range(60)], direct, atol=1e-5)
        for p in (0.05, 0.5, 0.9):
            assert found.quantile(p) == np.searchsorted(direct, p)

    def test_large_numbers_agree_with_simulation(self):
        rng = np.random.default_rng(8)
        pool = beta_from_mean(0.3, 40)
        mu = np.minimum(pool.quantile(rng.random(200_000)), 0.8)
        q = rng.beta(mu * KAPPA, (1 - mu) * KAPPA)
        x = rng.negative_binomial(2000, 1 - q)
        found = duds_from_explosions(exactly(2000), pool, KAPPA)
        assert found.mean == pytest.approx(x.mean(), rel=0.02)
        np.testing.assert_allclose(found.quantile([0.05, 0.5, 0.95]), np.quantile(x, [0.05, 0.5, 0.95]), rtol=0.02)

    def test_shares_near_one_are_capped(self):
        found = duds_from_explosions(exactly(10), POOLS["mines"], KAPPA)
        assert np.isfinite([found.mean, found.sd, found.quantile(0.99)]).all()
        assert found.mean < 10 * 0.8 * KAPPA / (0.2 * KAPPA - 1)
        assert found.sd_shared < found.sd


def simulate_total(rows, rng, draws=5000):
    """Totals of many strikes: each pool draws one share for all its strikes, each strike its own around it."""
    shares = {key: pool.quantile(rng.random(draws)) for key, (pool, _) in {key: (p, 0) for p, _, key in rows}.items()}
    total = np.zeros(draws)
    for _, count, key in rows:
        mu = np.clip(shares[key], 1e-9, 1 - 1e-9)
        n = np.round(count.quantile(rng.random(draws))).astype(int)
        total += rng.binomial(n, rng.beta(mu * KAPPA, (1 - mu) * KAPPA))
    return total


def describe(rows):
    kinds = {}
    for pool, count, key in rows:
        if (pool, count) not in kinds:
            kinds[pool, count] = count_duds(count.nodes(), pool, concentration=KAPPA)
        yield kinds[pool, count], str(key)


def sum_rows(rows):
    found = [(one.mean, one.sd, one.sd_shared, key) for one, key in describe(rows)]
    frame = pd.DataFrame(found, columns=["mean", "sd", "shared", "key"])
    return sum_intervals(frame["mean"], frame["sd"], frame["shared"], frame["key"], pd.Series("all", frame.index)).iloc[
        0
    ]


SHELL, ROCKETS, MANY = CountRange(88, 88, 88), CountRange(644, 644 * 3, 644 * 9), CountRange(1, 1, 1)
REGIMES = {
    "one shell": [("two camps", SHELL, 1)],
    "one strike of rockets": [("one statement", ROCKETS, 1)],
    "forty shells of one type": [("two camps", SHELL, 1)] * 40,
    "forty strikes of one type, wide statement": [("one statement", ROCKETS, 1)] * 40,
    "twenty strikes, each with evidence of its own": [("two camps", SHELL, i) for i in range(20)],
    "two hundred single bombs": [("ten per cent", MANY, 1)] * 200,
    "a mixed campaign": [(name, count, name) for name in POOLS for count in (SHELL, MANY, ROCKETS)],
    "one large strike among small ones": [("two camps", ROCKETS, 1), *[("one statement", SHELL, 2)] * 20],
}


class TestSumIntervals:
    @pytest.mark.parametrize("name", REGIMES)
    def test_nine_in_ten_totals_lie_inside(self, name):
        rows = [(POOLS[pool], count, key) for pool, count, key in REGIMES[name]]
        total = simulate_total(rows, np.random.default_rng(11))
        found = sum_rows(rows)
        assert found["uxo_expected"] == pytest.approx(total.mean(), rel=0.06)
        assert found["uxo_sd"] == pytest.approx(total.std(), rel=0.06)
        inside = np.mean((total >= found["uxo_low"]) & (total <= found["uxo_high"]))
        # Where the low end is 0, nothing lies below it: up to 5 % more lie inside.
        assert 0.85 <= inside <= (0.965 if found["uxo_low"] > 0 else 1.0)

    def test_adding_up_as_if_independent_would_be_far_too_narrow(self):
        rows = [(POOLS["one statement"], SHELL, 1)] * 40
        total = simulate_total(rows, np.random.default_rng(12))
        shared = sum_rows(rows)
        apart = sum_rows([(pool, count, i) for i, (pool, count, _) in enumerate(rows)])

        def coverage(found):
            return np.mean((total >= found["uxo_low"]) & (total <= found["uxo_high"]))

        assert coverage(apart) < 0.5
        assert 0.85 <= coverage(shared) <= 0.95

    def test_closed_form_of_the_variance(self):
        columns = [pd.Series(values, dtype=float) for values in ([10, 20, 30], [5, 6, 7], [3, 4, 5])]
        keys = pd.Series(["a", "a", "b"])
        found = sum_intervals(*columns, keys, pd.Series(["z", "z", "z"]))
        own = 25 - 9 + 36 - 16 + 49 - 25
        assert found.loc["z", "uxo_expected"] == 60
        assert found.loc["z", "uxo_sd"] == pytest.approx(np.sqrt(own + (3 + 4) ** 2 + 5**2))

    def test_order_of_rows_and_names_of_keys_do_not_matter(self):
        rng = np.random.default_rng(2)
        frame = pd.DataFrame({"m": rng.uniform(1, 50, 30)})
        frame = frame.assign(s=frame["m"], h=frame["m"] / 3, k=rng.integers(0, 4, 30), g=rng.integers(0, 5, 30))

        def run(rows):
            return sum_intervals(rows["m"], rows["s"], rows["h"], "key " + rows["k"].astype(str), rows["g"])

        pd.testing.assert_frame_equal(run(frame), run(frame.sample(frac=1, random_state=1)))
        assert run(frame).index.tolist() == sorted(frame["g"].unique())
        assert run(frame).index.name == "g"

    def test_a_group_of_one_keeps_its_own_ends_where_they_are_given(self):
        one = pd.Series([12.0, 3.0, 4.0])
        found = sum_intervals(
            one,
            one,
            one / 2,
            pd.Series(["a", "b", "b"]),
            pd.Series([1, 2, 2]),
            low=pd.Series([2.0, 0.0, 0.0]),
            high=pd.Series([31.0, 9.0, 9.0]),
        )
        assert found.loc[1, ["uxo_low", "uxo_high"]].tolist() == [2, 31]
        assert found.loc[2, "uxo_high"] <= 18

    @given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1)), min_size=1, max_size=8))
    def test_ends_enclose_and_nothing_is_negative(self, rows):
        mean, sd, share = (np.array(column) for column in zip(*rows, strict=True))
        frame = pd.DataFrame({"m": mean, "s": sd, "h": sd * share})
        found = sum_intervals(
            frame["m"], frame["s"], frame["h"], pd.Series("k", frame.index), pd.Series(1, frame.index)
        )
        assert 0 <= found["uxo_low"].iloc[0] <= found["uxo_high"].iloc[0]

    def test_the_caller_keeps_its_columns(self):
        columns = [pd.Series([1.0, 2.0], index=[7, 9]) for _ in range(3)]
        keys, groups = pd.Series(["a", "b"], index=[7, 9]), pd.Series([1, 1], index=[7, 9])
        before = [one.copy() for one in (*columns, keys, groups)]
        sum_intervals(*columns, keys, groups)
        for one, was in zip((*columns, keys, groups), before, strict=True):
            pd.testing.assert_series_equal(one, was)

    def test_no_rows_give_no_groups(self):
        empty = pd.Series([], dtype=float)
        found = sum_intervals(empty, empty, empty, pd.Series([], dtype=str), pd.Series([], dtype=str))
        assert found.empty
        assert list(found.columns) == ["uxo_expected", "uxo_low", "uxo_high", "uxo_sd"]

    def test_a_hundred_thousand_rows_take_seconds(self):
        rng = np.random.default_rng(0)
        mean = pd.Series(10 ** rng.uniform(-2, 4, 100_000))
        keys = pd.Series(rng.integers(0, 60, 100_000)).astype(str)
        start = time.perf_counter()
        sum_intervals(mean, mean**0.5 + mean, mean * 0.4, keys, pd.Series(rng.integers(0, 20_000, 100_000)))
        assert time.perf_counter() - start < 3


class TestMatchQuantile:
    def test_each_shape_is_the_one_of_scipy(self):
        assert match_quantile(8.8, 60, 0.95) == stats.nbinom.ppf(0.95, 8.8**2 / 51.2, 8.8 / 60)
        assert match_quantile(8.8, 8.8, 0.95) == stats.poisson.ppf(0.95, 8.8)
        assert match_quantile(9, 0.9, 0.05) == stats.binom.ppf(0.05, 10, 0.9)
        assert match_quantile([0, 0], [0, 0], 0.95).tolist() == [0, 0]

    @given(st.floats(0.01, 1e5), st.floats(0.01, 50), st.floats(1, 3))
    def test_more_variance_never_narrows(self, mean, ratio, factor):
        narrow, wide = (
            match_quantile(mean, mean * r, 0.95) - match_quantile(mean, mean * r, 0.05) for r in (ratio, ratio * factor)
        )
        assume(mean > 20 * ratio * factor)  # below, mass at zero draws both ends together
        assert wide >= narrow - 1


REFUSED = [
    (lambda: RatePool([1], [1, 2], [1]), "equally long"),
    (lambda: RatePool([1], [0], [1]), "must be above 0"),
    (lambda: RatePool([np.nan], [1], [1]), "must be above 0"),
    (lambda: RatePool([], [], []), "Invalid mixture"),
    (lambda: mix_pools([], []), "at least one above 0"),
    (lambda: mix_pools([POOLS["claim"]], [1, 2]), "one number of 0 or more for each"),
    (lambda: mix_pools([POOLS["claim"]], [-1]), "0 or more"),
    (lambda: POOLS["claim"].quantile(95), "Write 95 % as 0.95"),
    (lambda: POOLS["claim"].quantile(np.nan), "Must lie from 0 to 1"),
    (lambda: beta_from_mean(14, 40), "Write 14 % as 0.14"),
    (lambda: beta_from_mean(0.1, 0), "Invalid concentration 0"),
    (lambda: beta_from_interval(0.3, 0.1), "Swap or correct"),
    (lambda: beta_from_interval(0, 0.1), "Invalid low share 0"),
    (lambda: beta_from_interval(0.1, 1), "Invalid high share 1"),
    (lambda: beta_from_point(0.2, 0.5), "0.95 for 'up to X'"),
    (lambda: beta_from_point(20, 0.95), "Write 14 % as 0.14"),
    (lambda: CountRange(5, 4, 9), "Put them in order"),
    (lambda: CountRange(1, 1, 9), "at least a tenth"),
    (lambda: CountRange(1, 8.9, 9), "at least a tenth"),
    (lambda: CountRange(0, 0, 0), "above 0"),
    (lambda: CountRange(-1, 4, 9), "Must not be negative"),
    (lambda: CountRange(1, np.nan, 9), "finite numbers"),
    (lambda: product_quantile(SHELL, SHELL, 5), "Write 95 % as 0.95"),
    (lambda: count_duds(exactly(88), POOLS["claim"], concentration=0), "Invalid concentration 0"),
    (lambda: count_duds(exactly(-1), POOLS["claim"], concentration=20), "state an assumed range"),
    (lambda: count_duds(exactly(np.nan), POOLS["claim"], concentration=20), "state an assumed range"),
    (lambda: mix_duds([], concentration=20), "one for each munition"),
    (lambda: mix_duds([(0, exactly(1), POOLS["claim"])], concentration=20), "Must be above 0"),
    (lambda: duds_from_explosions(exactly(0), POOLS["claim"], 20), "above 0"),
    (lambda: duds_from_explosions(exactly(5), POOLS["claim"], 5), "10 or more where explosions were seen"),
    (lambda: match_quantile(-1, 1, 0.5), "0 or more"),
    (lambda: match_quantile(1, np.nan, 0.5), "Leave out rows"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refusals_say_what_is_wrong(call, words):
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"m": [1.0, np.nan]}, "Cannot add up rows 9:"),
        ({"s": [-1.0, 1.0]}, "Cannot add up rows 7:"),
        ({"h": [0.0, 3.0]}, "shared sd no larger"),
        ({"k": ["a", None]}, "evidence key"),
        ({"g": [None, "z"]}, "a group"),
    ],
)
def test_rows_that_cannot_be_added_up_are_named(changes, words):
    rows = {"m": [1.0, 2.0], "s": [1.0, 2.0], "h": [0.5, 1.0], "k": ["a", "b"], "g": ["z", "z"]} | changes
    frame = pd.DataFrame(rows, index=[7, 9])
    with pytest.raises(InputError, match=words):
        sum_intervals(frame["m"], frame["s"], frame["h"], frame["k"], frame["g"])


def test_columns_of_different_length_are_refused():
    two, three = pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="sd has 3"):
        sum_intervals(two, three, two, two, two)
