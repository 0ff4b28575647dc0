"""Counts that are only known as a range: how many rounds, how many items each carried."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uxomap.distributions._quadrature import FloatArray, Nodes, gauss_rule
from uxomap.distributions._rates import TAIL, check_probabilities
from uxomap.errors import InputError

#: Gauss-Legendre nodes on either side of the expected count; with both ends, twelve nodes in all.
_SIDE_NODES = 5

#: Nodes that a product of two counts is condensed to.
_PRODUCT_NODES = 24

_INNER = 1 - 2 * TAIL
_BISECTIONS = 80


@dataclass(frozen=True, slots=True)
class CountRange:
    """
    A positive count with a low, an expected and a high value that all mean exactly what they say.

    The count equals *low* with 5 % and *high* with 5 %; a share p of it lies evenly between *low* and *expected*, the
    rest evenly between *expected* and *high*. With A = expected - low and B = high - expected,
    p = (B - 0.1 A) / (A + B) makes *expected* the mean; *low* is the 5 % point and *high* the 95 % point.

    Parameters
    ----------
    low, expected, high : float
        5 % point, mean and 95 % point. All three equal: the count is known.

    Raises
    ------
    InputError
        The numbers are not finite, not in rising order, *low* is negative, *expected* is zero, or *expected* lies so
        close to one end that it cannot be the mean: each side must be at least a tenth of the other.

    Examples
    --------
    >>> rounds = CountRange(4, 10, 40)
    >>> values, weights = rounds.nodes()
    >>> len(values), round(float(values @ weights), 9)
    (12, 10.0)
    >>> rounds.quantile([0.05, 0.95])
    array([ 4., 40.])
    """

    low: float
    expected: float
    high: float

    def __post_init__(self) -> None:
        """Refuse ranges whose numbers contradict each other."""
        said = f"Invalid count: low {self.low!r}, expected {self.expected!r}, high {self.high!r}."
        if not np.all(np.isfinite([self.low, self.expected, self.high])):
            message = f"{said} Must be finite numbers. Fill in what is missing, or state an assumption."
            raise InputError(message)
        if self.low < 0 or self.expected <= 0:
            message = f"{said} Must not be negative, and the expected count must be above 0. Correct the count."
            raise InputError(message)
        if not self.low <= self.expected <= self.high:
            message = f"{said} Must rise from low to expected to high. Put them in order."
            raise InputError(message)
        below, above = self.expected - self.low, self.high - self.expected
        if max(below, above) > 10 * min(below, above) * (1 + 1e-9):
            message = (
                f"{said} The expected count cannot be the mean of such a range: the distance to either end must be "
                "at least a tenth of the distance to the other. Move the expected count away from the near end."
            )
            raise InputError(message)

    @property
    def share_below(self) -> float:
        """Chance that the count lies between low and expected, both excluded; 0 where the count is known."""
        below, above = self.expected - self.low, self.high - self.expected
        if below + above == 0:
            return 0.0
        return float(np.clip((above - 2 * TAIL * below) / (below + above), 0.0, _INNER))

    @property
    def variance(self) -> float:
        """Variance of the count."""
        below, above, p = self.expected - self.low, self.high - self.expected, self.share_below
        return TAIL * (below**2 + above**2) + (p * below**2 + (_INNER - p) * above**2) / 3

    def quantile(self, p: npt.ArrayLike) -> FloatArray:
        """
        Count below which this one lies with probability p.

        Parameters
        ----------
        p : array_like
            Probabilities from 0 to 1.

        Returns
        -------
        ndarray of float
            In the shape of p.

        Raises
        ------
        InputError
        """
        wanted = check_probabilities(p)
        knots = [TAIL, TAIL + self.share_below, 1 - TAIL]
        inside = np.interp(wanted, knots, [self.low, self.expected, self.high])
        # Where nothing lies on one side of the expected count, two knots coincide: the ends keep their meaning.
        return np.where(wanted <= TAIL, self.low, np.where(wanted >= 1 - TAIL, self.high, inside))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """
        Chance that the count is at most x.

        Parameters
        ----------
        x : array_like
            Counts.

        Returns
        -------
        ndarray of float
            In the shape of x.
        """
        at = np.asarray(x, dtype=np.float64)
        if self.low == self.high:
            return np.where(at < self.low, 0.0, 1.0)
        knots = [TAIL, TAIL + self.share_below, 1 - TAIL]
        inside = np.interp(at, [self.low, self.expected, self.high], knots)
        return np.where(at < self.low, 0.0, np.where(at >= self.high, 1.0, inside))

    def nodes(self) -> Nodes:
        """
        Stand-ins for the count that keep its mean and its variance.

        Returns
        -------
        values, weights : ndarray of float, shape (12,) or shorter
            In rising order; weights add up to 1.
        """
        if self.low == self.high:
            return np.array([float(self.expected)]), np.ones(1)
        points, shares = np.polynomial.legendre.leggauss(_SIDE_NODES)
        along = (points + 1) / 2
        left = self.low + (self.expected - self.low) * along
        right = self.expected + (self.high - self.expected) * along
        p = self.share_below
        values = np.concatenate([[self.low], left, right, [self.high]])
        weights = np.concatenate([[TAIL], shares / 2 * p, shares / 2 * (_INNER - p), [TAIL]])
        kept = weights > 0
        return values[kept], weights[kept]


def multiply_counts(a: CountRange | Nodes, b: CountRange | Nodes) -> Nodes:
    """
    Product of two independent counts, such as rounds and items in each.

    Parameters
    ----------
    a, b : CountRange or (values, weights)
        The two counts.

    Returns
    -------
    values, weights : ndarray of float, shape (24,) or shorter
        In rising order. Mean and variance are those of the product; a Gauss rule keeps the higher moments too.

    Examples
    --------
    >>> values, weights = multiply_counts(CountRange(2, 4, 8), CountRange(72, 72, 72))
    >>> round(float(values @ weights), 6)
    288.0
    >>> len(multiply_counts(CountRange(2, 4, 8), CountRange(60, 72, 88))[0])
    24
    """
    (first, share), (second, other) = (_nodes(part) for part in (a, b))
    values, weights = np.outer(first, second).ravel(), np.outer(share, other).ravel()
    return gauss_rule(values, weights, _PRODUCT_NODES)


def product_quantile(a: CountRange, b: CountRange, p: float) -> float:
    """
    Quantile of the product of two independent counts, such as all items that a strike delivered.

    Parameters
    ----------
    a, b : CountRange
        The two counts.
    p : float
        Probability from 0 to 1.

    Returns
    -------
    float

    Raises
    ------
    InputError

    Examples
    --------
    >>> product_quantile(CountRange(2, 4, 8), CountRange(72, 72, 72), 0.95)
    576.0
    >>> low, high = (product_quantile(CountRange(2, 4, 8), CountRange(60, 72, 88), p) for p in (0.05, 0.95))
    >>> round(low), round(high)
    (139, 568)
    """
    check_probabilities(p)
    if a.low == a.high or b.low == b.high:
        known, open_count = (a, b) if a.low == a.high else (b, a)
        return float(known.expected * open_count.quantile(p))
    # Even steps of probability: fine enough for an end of a range, without the jumps of a dozen nodes.
    middle = (np.arange(400) + 0.5) / 400
    values = a.quantile(middle)
    left, right = a.low * b.low, a.high * b.high
    for _ in range(_BISECTIONS):
        at = (left + right) / 2
        with np.errstate(divide="ignore"):
            reached = float(b.cdf(at / values).mean()) >= p
        left, right = (left, at) if reached else (at, right)
    return right


def _nodes(count: CountRange | Nodes) -> Nodes:
    """Nodes of a range, or the nodes themselves."""
    return count.nodes() if isinstance(count, CountRange) else count
