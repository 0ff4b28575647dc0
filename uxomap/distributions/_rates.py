"""Shares that nobody knows well: mixtures of Beta distributions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt
from scipy import special

from uxomap.distributions._quadrature import FloatArray, Nodes, beta_rule, gauss_rule
from uxomap.errors import InputError

#: Tail on each side of a published range: its ends are read as the 5 % and the 95 % point.
TAIL = 0.05

_LOGIT_BOUNDS = (-700.0, 40.0)
_MOST_STEPS = 100
_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class RatePool:
    """
    A share between 0 and 1 whose distribution is a mixture of Betas.

    Parameters
    ----------
    weights : array of float, shape (k,)
        Weights of the parts; scaled to add up to 1.
    alpha, beta : array of float, shape (k,)
        Parameters of each part, above 0.

    Raises
    ------
    InputError
        The arrays differ in length, are empty, or hold values that are not finite and positive.

    Examples
    --------
    >>> pool = RatePool([3, 1], [4, 2], [36, 98])
    >>> round(pool.mean, 3), round(pool.sd, 4)
    (0.08, 0.0538)
    >>> pool.quantile([0.05, 0.95]).round(3)
    array([0.008, 0.177])
    """

    weights: FloatArray
    alpha: FloatArray
    beta: FloatArray

    def __post_init__(self) -> None:
        """Copy, check and freeze the arrays."""
        arrays = [np.array(part, dtype=np.float64, ndmin=1) for part in (self.weights, self.alpha, self.beta)]
        if any(part.ndim != 1 or part.shape != arrays[0].shape or part.size == 0 for part in arrays):
            message = (
                f"Invalid mixture: weights, alpha and beta have shapes {', '.join(str(a.shape) for a in arrays)}. "
                "Must be one row of numbers each, equally long. Give one weight, alpha and beta for each part."
            )
            raise InputError(message)
        if not all(np.all(np.isfinite(part) & (part > 0)) for part in arrays):
            message = (
                "Invalid mixture: a weight, alpha or beta is zero, negative or not a number. "
                "All must be above 0. Leave out parts without weight."
            )
            raise InputError(message)
        arrays[0] = arrays[0] / arrays[0].sum()
        for name, part in zip(("weights", "alpha", "beta"), arrays, strict=True):
            part.setflags(write=False)
            object.__setattr__(self, name, part)

    def __eq__(self, other: object) -> bool:
        """Compare parts exactly."""
        return isinstance(other, RatePool) and self._key == other._key

    def __hash__(self) -> int:
        """Hash the parts, so that results for a pool can be kept."""
        return hash(self._key)

    @property
    def _key(self) -> tuple[bytes, bytes, bytes]:
        """Bytes of the parts."""
        return self.weights.tobytes(), self.alpha.tobytes(), self.beta.tobytes()

    @property
    def mean(self) -> float:
        """Expected share."""
        return float(self.weights @ (self.alpha / (self.alpha + self.beta)))

    @property
    def sd(self) -> float:
        """Standard deviation of the share."""
        total = self.alpha + self.beta
        means = self.alpha / total
        within = means * (self.beta / total) / (total + 1)
        return float(np.sqrt(self.weights @ (within + (means - self.mean) ** 2)))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """
        Chance that the share is at most x.

        Parameters
        ----------
        x : array_like
            Shares; outside 0 to 1 the answer is 0 or 1.

        Returns
        -------
        ndarray of float
            In the shape of x.
        """
        at = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)[..., np.newaxis]
        return np.asarray(special.betainc(self.alpha, self.beta, at) @ self.weights)

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """
        Density of the share at x.

        Parameters
        ----------
        x : array_like
            Shares strictly between 0 and 1.

        Returns
        -------
        ndarray of float
            In the shape of x.
        """
        at = np.asarray(x, dtype=np.float64)[..., np.newaxis]
        log_parts = special.xlogy(self.alpha - 1, at) + special.xlog1py(self.beta - 1, -at)
        return np.asarray(np.exp(log_parts - special.betaln(self.alpha, self.beta)) @ self.weights)

    @overload
    def quantile(self, p: float) -> float: ...
    @overload
    def quantile(self, p: Sequence[float] | FloatArray) -> FloatArray: ...
    def quantile(self, p: float | Sequence[float] | FloatArray) -> float | FloatArray:
        """
        Share below which the pool lies with probability p.

        Parameters
        ----------
        p : float or array_like
            Probabilities from 0 to 1.

        Returns
        -------
        float or ndarray of float
            In the shape of p; never falls where p rises.

        Raises
        ------
        InputError
            A probability lies outside 0 to 1.
        """
        wanted = check_probabilities(p)
        found = _invert(self, wanted.ravel())
        order = np.argsort(wanted.ravel(), kind="stable")
        found[order] = np.maximum.accumulate(found[order])
        return float(found[0]) if wanted.ndim == 0 else found.reshape(wanted.shape)

    def nodes(self, n: int) -> Nodes:
        """
        Stand-ins for the pool: n equally likely shares whose mean is the mean of the pool.

        Each is the mean of the pool between two neighbouring quantiles.

        Parameters
        ----------
        n : int
            Number of nodes, 1 or more.

        Returns
        -------
        values, weights : ndarray of float, shape (n,)

        Examples
        --------
        >>> values, weights = RatePool([1], [4], [36]).nodes(4)
        >>> values.round(3), weights
        (array([0.047, 0.079, 0.109, 0.164]), array([0.25, 0.25, 0.25, 0.25]))
        """
        edges = self.quantile(np.arange(1, n) / n)
        means = self.alpha / (self.alpha + self.beta)
        below = special.betainc(self.alpha + 1, self.beta, np.concatenate([[0.0], edges, [1.0]])[:, np.newaxis])
        return np.diff(below @ (self.weights * means)) * n, np.full(n, 1 / n)

    def gauss_nodes(self, n: int) -> Nodes:
        """
        Stand-ins for the pool: n shares and weights that keep its moments up to 2n - 1.

        Parameters
        ----------
        n : int
            Number of nodes, 1 or more.

        Returns
        -------
        values, weights : ndarray of float, shape (n,)
        """
        parts = [beta_rule(float(a), float(b), n) for a, b in zip(self.alpha, self.beta, strict=True)]
        weights = [weight * part[1] for weight, part in zip(self.weights, parts, strict=True)]
        return gauss_rule(np.concatenate([part[0] for part in parts]), np.concatenate(weights), n)


def mix_pools(pools: Sequence[RatePool], weights: Sequence[float] | FloatArray) -> RatePool:
    """
    Pool several distributions into one, by weight (linear opinion pool).

    Parameters
    ----------
    pools : sequence of RatePool
        What is mixed.
    weights : sequence of float
        Weight of each, 0 or more; scaled to add up to 1. A pool of weight 0 is left out.

    Returns
    -------
    RatePool

    Raises
    ------
    InputError
        The lengths differ, a weight is negative, or none is above 0.

    Examples
    --------
    >>> test, field = RatePool([1], [2], [98]), RatePool([1], [4], [36])
    >>> round(mix_pools([test, field], [1, 3]).mean, 3)
    0.08
    """
    shares = np.asarray(weights, dtype=np.float64)
    if len(pools) != shares.size or not np.all(np.isfinite(shares) & (shares >= 0)) or not np.any(shares > 0):
        message = (
            f"Invalid weights {shares.tolist()} for {len(pools)} distributions. "
            "Must be one number of 0 or more for each, at least one above 0."
        )
        raise InputError(message)
    kept = [(pool, share) for pool, share in zip(pools, shares, strict=True) if share > 0]
    return RatePool(
        np.concatenate([pool.weights * share for pool, share in kept]),
        np.concatenate([pool.alpha for pool, _ in kept]),
        np.concatenate([pool.beta for pool, _ in kept]),
    )


def check_probabilities(p: npt.ArrayLike) -> FloatArray:
    """Return probabilities as an array, or refuse them."""
    wanted = np.asarray(p, dtype=np.float64)
    if not np.all((wanted >= 0) & (wanted <= 1)):
        message = f"Invalid probability {p!r}. Must lie from 0 to 1. Write 95 % as 0.95."
        raise InputError(message)
    return wanted


def _invert(pool: RatePool, p: FloatArray) -> FloatArray:
    """Quantiles of a mixture: Newton's steps on the logit, kept inside a bracket that halves where they fail."""
    alone = special.betaincinv(pool.alpha, pool.beta, p[:, np.newaxis])  # the mixture lies between its parts
    with np.errstate(divide="ignore"):
        left = np.clip(special.logit(alone.min(axis=1)), *_LOGIT_BOUNDS)
        right = np.clip(special.logit(alone.max(axis=1)), *_LOGIT_BOUNDS)
    at = (left + right) / 2
    open_ = np.arange(p.size)  # places still to be found
    for _ in range(_MOST_STEPS):
        here = at[open_]
        share = special.expit(here)
        error = pool.cdf(share) - p[open_]
        left[open_], right[open_] = np.where(error < 0, here, left[open_]), np.where(error < 0, right[open_], here)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = here - error / (pool.pdf(share) * share * special.expit(-here))
        inside = (step > left[open_]) & (step < right[open_])
        at[open_] = np.where(error == 0, here, np.where(inside, step, (left[open_] + right[open_]) / 2))
        moved = np.minimum(np.abs(at[open_] - here), right[open_] - left[open_])
        open_ = open_[moved > _TOLERANCE * np.maximum(1.0, np.abs(here))]
        if not open_.size:
            break
    return np.where(p == 0, 0.0, np.where(p == 1, 1.0, special.expit(at)))
