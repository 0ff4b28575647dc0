"""
How many items one strike left: a count within an uncertain share of an uncertain number delivered.

X | N, mu ~ Beta-Binomial(N, mu kappa, (1 - mu) kappa): mu is the share of the munition type (a :class:`RatePool`,
shared by all its strikes), kappa says how far the share q of a single strike strays from it. Where explosions were
counted instead of items delivered, X | S, q is negative binomial with mean S q / (1 - q): the exact answer if all
numbers delivered were equally likely on a logarithmic scale before the S explosions were seen.

Both mixtures have closed forms item by item, which the first 256 counts use. Further out, both obey
P(X <= x) = E[G(V)], with G the distribution of q and V ~ Beta(x + 1, N - x) or Beta(x + 1, S); the logit
of V is then close to normal, and five nodes hold it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import overload

import numpy as np
from scipy import special
from scipy.interpolate import PchipInterpolator

from uxomap.distributions._quadrature import FloatArray, Nodes
from uxomap.distributions._rates import RatePool, check_probabilities
from uxomap.errors import InputError

#: Counts up to here are summed item by item.
_EXACT_ITEMS = 256
_BLOCK = 32
_REST = 1e-13

#: Numbers delivered from here on are not rounded to whole items.
_WHOLE_ITEMS = 1000

#: Least number of nodes for the share of a type; narrower strikes (larger kappa) need more.
_LEAST_NODES = 40
_MOST_NODES = 200

#: Explosions seen: the share of a type is held at most here, and so low that the sum has a variance.
_LARGEST_SEEN_SHARE = 0.9
_LEAST_SEEN_BETA = 4.0

#: Nodes of a standard normal (Gauss-Hermite), one a row.
_NORMAL_NODES = np.polynomial.hermite_e.hermegauss(5)[0][:, np.newaxis]
_NORMAL_WEIGHTS = np.polynomial.hermite_e.hermegauss(5)[1] / np.sqrt(2 * np.pi)

#: One thing a strike may have been: its weight, its number delivered (or seen) and the share of its type.
Option = tuple[float, Nodes, RatePool]


@dataclass(frozen=True, slots=True)
class _Part:
    """One option of a strike, ready for sums: sizes and shares with their weights."""

    weight: float
    sizes: FloatArray
    size_weights: FloatArray
    pool: RatePool
    concentration: float
    seen: bool

    @property
    def shares(self) -> Nodes:
        """Nodes of the share of the type."""
        return _share_nodes(self.pool, self.concentration, seen=self.seen)


@dataclass(frozen=True, eq=False)
class DudCount:
    """
    Number of items that one strike left.

    Made by :func:`count_duds`, :func:`mix_duds` and :func:`duds_from_explosions`.

    Attributes
    ----------
    mean : float
        Expected number.
    sd : float
        Standard deviation.
    sd_shared : float
        The part of it that all strikes with the same evidence share: expected number delivered times the standard
        deviation of the share of the type. It does not average out over many strikes; the rest does.
    """

    mean: float
    sd: float
    sd_shared: float
    _parts: tuple[_Part, ...] = field(repr=False)

    @cached_property
    def _head(self) -> FloatArray:
        """Chances of at most 0, 1, 2 ... items."""
        return np.minimum(np.cumsum(_sum_items(self._parts)), 1.0)

    @property
    def probability_any(self) -> float:
        """Chance that the strike left at least one item."""
        return float(1 - self._head[0])

    def cdf(self, x: float) -> float:
        """
        Chance that the strike left at most x items.

        Parameters
        ----------
        x : float
            Number of items.

        Returns
        -------
        float
        """
        if x < 0:
            return 0.0
        if x < len(self._head):
            return float(self._head[int(x)])
        return max(_far_cdf(self._parts, float(np.floor(x))), float(self._head[-1]))

    @overload
    def quantile(self, p: float) -> float: ...
    @overload
    def quantile(self, p: Sequence[float] | FloatArray) -> FloatArray: ...
    def quantile(self, p: float | Sequence[float] | FloatArray) -> float | FloatArray:
        """
        Smallest whole number of items that the strike does not exceed with probability p.

        Parameters
        ----------
        p : float or array_like
            Probabilities from 0 to 1; 1 itself is read as 1 - 1e-9.

        Returns
        -------
        float or ndarray of float
            In the shape of p; never falls where p rises.

        Raises
        ------
        InputError
        """
        wanted = np.minimum(check_probabilities(p), 1 - 1e-9)
        found = np.array([self._find(float(one)) for one in wanted.ravel()])
        return float(found[0]) if wanted.ndim == 0 else found.reshape(wanted.shape)

    def _find(self, p: float) -> float:
        """Quantile for one probability."""
        exact = int(np.searchsorted(self._head, p - _REST))
        if exact < len(self._head):
            return float(exact)
        low = len(self._head) - 1
        high = 2 * low + 1
        while _far_cdf(self._parts, float(high)) < p:
            low, high = high, 2 * high + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _far_cdf(self._parts, float(middle)) >= p else (middle, high)
        return float(high)


def count_duds(count_nodes: Nodes, pool: RatePool, *, concentration: float) -> DudCount:
    """
    Items left by a strike, from the number delivered and the share that fails.

    Parameters
    ----------
    count_nodes : (values, weights)
        Number of items delivered, from :meth:`CountRange.nodes` or :func:`multiply_counts`. A value that is not
        whole is rounded up or down at random so that its mean stays.
    pool : RatePool
        Share of the type that is left.
    concentration : float
        kappa: the share of one strike is Beta(mu kappa, (1 - mu) kappa) around the share mu of its type. The larger,
        the more alike are the strikes of a type.

    Returns
    -------
    DudCount

    Raises
    ------
    InputError

    Examples
    --------
    >>> from uxomap.distributions import CountRange, beta_from_mean
    >>> shell = count_duds(CountRange(88, 88, 88).nodes(), beta_from_mean(0.14, 30), concentration=20)
    >>> round(shell.mean, 2), round(shell.sd, 2), round(shell.sd_shared, 2)
    (12.32, 9.1, 5.48)
    >>> shell.quantile([0.05, 0.95])
    array([ 1., 30.])
    """
    return mix_duds([(1.0, count_nodes, pool)], concentration=concentration)


def duds_from_explosions(seen: Nodes, pool: RatePool, concentration: float) -> DudCount:
    """
    Items left by a strike, from the explosions that were counted.

    For every explosion seen, q / (1 - q) items are expected to lie hidden. A share q near 1 would make that number
    grow without end, so the share of the type is held at most at 0.9 and at 1 - 4 / kappa (0.8 for kappa = 20, where
    it means 5.3 hidden items for each explosion): what explodes that rarely is not counted by its explosions.

    Parameters
    ----------
    seen : (values, weights)
        Number of explosions seen, above 0.
    pool : RatePool
        Share of the type that is left.
    concentration : float
        kappa, at least 10; see :func:`count_duds`.

    Returns
    -------
    DudCount

    Raises
    ------
    InputError

    Examples
    --------
    >>> from uxomap.distributions import CountRange, beta_from_mean
    >>> hidden = duds_from_explosions(CountRange(90, 90, 90).nodes(), beta_from_mean(0.1, 1e6), concentration=1e5)
    >>> round(hidden.mean, 2)
    10.0
    """
    return mix_duds([(1.0, seen, pool)], concentration=concentration, seen=True)


def mix_duds(options: Sequence[Option], *, concentration: float, seen: bool = False) -> DudCount:
    """
    Items left by a strike that may have been one of several munitions.

    Parameters
    ----------
    options : sequence of (weight, count_nodes, pool)
        What the strike may have been, as in :func:`count_duds`; weights are scaled to add up to 1.
    concentration : float
        kappa; see :func:`count_duds`.
    seen : bool
        Whether the counts are explosions seen instead of items delivered.

    Returns
    -------
    DudCount
        The shares of different pools count as independent in ``sd_shared``, those of equal pools as one.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from uxomap.distributions import CountRange, beta_from_mean
    >>> one = CountRange(1, 1, 1).nodes()
    >>> mixed = mix_duds([(1, one, beta_from_mean(0.1, 40)), (1, one, beta_from_mean(0.3, 40))], concentration=20)
    >>> round(mixed.mean, 3), round(mixed.probability_any, 3)
    (0.2, 0.2)
    """
    parts = _prepare(options, concentration, seen=seen)
    mean = square = 0.0
    shared: dict[RatePool, float] = {}
    for part in parts:
        first, second, sd_shared = _moments(part)
        mean += part.weight * first
        square += part.weight * second
        shared[part.pool] = shared.get(part.pool, 0.0) + part.weight * sd_shared
    sd = float(np.sqrt(max(square - mean * mean, 0.0)))
    sd_shared = min(float(np.hypot.reduce(list(shared.values()))), sd)
    return DudCount(mean, sd, sd_shared, parts)


def _prepare(options: Sequence[Option], concentration: float, *, seen: bool) -> tuple[_Part, ...]:
    """Check the options of a strike and bring them into the form that the sums need."""
    least = 10.0 if seen else 0.0
    if not (np.isfinite(concentration) and concentration > 0 and concentration >= least):
        rule = "10 or more where explosions were seen" if seen else "a finite number above 0"
        message = f"Invalid concentration {concentration!r}. Must be {rule}."
        raise InputError(message)
    weights = np.array([option[0] for option in options], dtype=np.float64)
    if weights.size == 0 or not np.all(np.isfinite(weights) & (weights > 0)):
        message = f"Invalid weights {weights.tolist()}. Must be above 0, one for each munition the strike may be."
        raise InputError(message)
    parts = []
    for weight, (_, nodes, pool) in zip(weights / weights.sum(), options, strict=True):
        sizes, shares = (np.asarray(part, dtype=np.float64) for part in nodes)
        if sizes.size == 0 or not np.all(np.isfinite(sizes) & (sizes >= 0)) or (seen and not np.all(sizes > 0)):
            message = (
                f"Invalid count {sizes.tolist()}. Must be finite and {'above 0' if seen else '0 or more'}. "
                "Where nothing is known, state an assumed range."
            )
            raise InputError(message)
        if not seen:
            sizes, shares = _round_sizes(sizes, shares)
        parts.append(_Part(float(weight), sizes, shares / shares.sum(), pool, float(concentration), seen))
    return tuple(parts)


def _round_sizes(values: FloatArray, weights: FloatArray) -> Nodes:
    """Split each value between the whole numbers below and above it, so that its mean stays."""
    below = np.floor(values)
    above = np.where(below >= _WHOLE_ITEMS, 0.0, values - below)
    below = np.where(above > 0, below, values)  # among thousands, a fraction of an item changes nothing
    sizes, where = np.unique(np.concatenate([below, below + 1]), return_inverse=True)
    split = np.zeros(len(sizes))
    np.add.at(split, where, np.concatenate([weights * (1 - above), weights * above]))
    return sizes[split > 0], split[split > 0]


def _moments(part: _Part) -> tuple[float, float, float]:
    """Mean, mean square and shared standard deviation of one option."""
    size, square = (float(part.size_weights @ part.sizes**power) for power in (1, 2))
    kappa = part.concentration
    if not part.seen:
        share, sd = part.pool.mean, part.pool.sd
        own = share * (1 - share) - sd * sd  # mean of mu (1 - mu)
        return size * share, (square + kappa * size) / (kappa + 1) * own + square * (sd * sd + share * share), size * sd
    shares, weights = part.shares
    a, b = shares * kappa, (1 - shares) * kappa
    ratio = a / (b - 1)
    ratio_square = ratio * (a + 1) / (b - 2)
    mean = float(weights @ ratio)
    spread = float(weights @ (ratio - mean) ** 2)
    return size * mean, size * mean + (size + square) * float(weights @ ratio_square), size * float(np.sqrt(spread))


@lru_cache(maxsize=512)
def _share_nodes(pool: RatePool, concentration: float, *, seen: bool) -> Nodes:
    """Nodes of the share of a type; the sums over them are polynomials that few nodes hold exactly."""
    n = int(np.clip(6 * np.sqrt(concentration), _LEAST_NODES, _MOST_NODES))
    shares, weights = pool.gauss_nodes(n)
    highest = min(_LARGEST_SEEN_SHARE, 1 - _LEAST_SEEN_BETA / concentration) if seen else 1 - 1e-12
    return np.clip(shares, 1e-12, highest), weights


@lru_cache(maxsize=512)
def _own_share_cdf(pool: RatePool, concentration: float, *, seen: bool) -> Callable[[FloatArray], FloatArray]:
    """Build the distribution of a single strike's share, as a function of its logit."""
    shares, weights = _share_nodes(pool, concentration, seen=seen)
    grid = np.linspace(-18.0, 18.0, 400)
    at = special.expit(grid)[:, np.newaxis]
    values = special.betainc(shares * concentration, (1 - shares) * concentration, at) @ weights
    curve = PchipInterpolator(grid, values)

    def evaluate(logit: FloatArray) -> FloatArray:
        return np.asarray(curve(np.clip(logit, grid[0], grid[-1])))

    return evaluate


def _far_cdf(parts: tuple[_Part, ...], x: float) -> float:
    """Chance of at most x items, for x in the hundreds or more."""
    total = 0.0
    for part in parts:
        rest = part.sizes if part.seen else part.sizes - x
        some = rest > 0  # of fewer items than x, at most x are left
        # The logit of V ~ Beta(x + 1, rest) is close to normal.
        middle = special.psi(x + 1) - special.psi(rest[some])
        sd = np.sqrt(special.polygamma(1, x + 1) + special.polygamma(1, rest[some]))
        below = _NORMAL_WEIGHTS @ _own_share_cdf(part.pool, part.concentration, seen=part.seen)(
            middle + _NORMAL_NODES * sd
        )
        total += part.weight * float(part.size_weights[some] @ below + part.size_weights[~some].sum())
    return total


def _sum_items(parts: tuple[_Part, ...]) -> FloatArray:
    """Chances of exactly 0, 1, 2 ... items, until nothing is left or the exact range ends."""
    states = [_start(part) for part in parts]
    found: list[FloatArray] = []
    reached = 0.0
    for start in range(0, _EXACT_ITEMS, _BLOCK):
        items = np.arange(start, start + _BLOCK, dtype=np.float64)[:, np.newaxis]
        block = np.zeros(_BLOCK)
        for index, (part, (chance, size, a, b)) in enumerate(zip(parts, states, strict=True)):
            if part.seen:
                ratios = (size + items) * (a + items) / ((items + 1) * (a + b + size + items))
            else:
                left = np.maximum(size - items, 0.0)  # at size items the chance of one more is nil
                ratios = left * (a + items) / ((items + 1) * np.maximum(b + size - items - 1, 1e-300))
            steps = np.cumprod(ratios, axis=0)
            block += chance.sum() * np.eye(1, _BLOCK)[0]
            block[1:] += steps[:-1] @ chance
            states[index] = (chance * steps[-1], size, a, b)
        found.append(block)
        reached += float(block.sum())
        if reached >= 1 - _REST:
            break
    return np.concatenate(found)


def _start(part: _Part) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Chance of no item for every size and share, with size, alpha and beta beside it."""
    shares, share_weights = part.shares
    size = np.repeat(part.sizes, len(shares))
    a = np.tile(shares * part.concentration, len(part.sizes))
    b = np.tile((1 - shares) * part.concentration, len(part.sizes))
    weight = part.weight * np.outer(part.size_weights, share_weights).ravel()
    return weight * np.exp(special.betaln(a, b + size) - special.betaln(a, b)), size, a, b
