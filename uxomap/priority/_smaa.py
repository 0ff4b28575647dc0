"""Stochastic multicriteria acceptability analysis on plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Samples handled at a time.
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Acceptability:
    """
    What holds of an order over many samples.

    Parameters
    ----------
    acceptability : array of float, shape (alternatives, ranks)
        Share of the samples in which an alternative has each rank.
    central_weights : array of float, shape (alternatives, criteria)
        Mean of the weights that put it first; NaN where none does.
    confidence : array of float, shape (alternatives,)
        Share of the samples of the values in which it is first with its central weights; NaN where it never is first.
    pairwise : array of float, shape (alternatives, alternatives)
        Share of the samples in which the one of the row beats the one of the column.
    entropy : float
        Entropy of the orders that occur, see `entropy_of_ranks`.
    """

    acceptability: Floats
    central_weights: Floats
    confidence: Floats
    pairwise: Floats
    entropy: float


def run_smaa(values: Floats, weights: Floats) -> Acceptability:
    """
    Rank alternatives in every sample of values and weights, and count (Lahdelma, Hokkanen and Salminen 1998).

    An alternative's score is the sum of values times weights. Equal scores share the better rank.

    Parameters
    ----------
    values : array of float, shape (samples, alternatives, criteria) or (alternatives, criteria)
        What each alternative is worth on each criterion; the shorter shape is the same in every sample.
    weights : array of float, shape (samples, criteria)
        One set of weights a sample.

    Returns
    -------
    Acceptability

    Raises
    ------
    InputError
        Shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> weights = np.array([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.7, 0.3]])
    >>> result = run_smaa(np.array([[1.0, 0.0], [0.0, 1.0]]), weights)
    >>> result.acceptability
    array([[0.5, 0.5],
           [0.5, 0.5]])
    >>> result.central_weights[0]
    array([0.8, 0.2])
    """
    worth, share = _check(values, weights)
    samples, size, _ = worth.shape
    counts = np.zeros((size, size))
    ranks = np.empty((samples, size), dtype=np.int32)
    wins = np.zeros((size, size))
    sums = np.zeros((size, share.shape[1]))
    firsts = np.zeros(size)
    for start in range(0, samples, _BLOCK):
        part = slice(start, start + _BLOCK)
        score = np.einsum("sac,sc->sa", worth[part], share[part])
        beats = score[:, :, np.newaxis] > score[:, np.newaxis, :]
        wins += beats.sum(axis=0)
        ranks[part] = beats.sum(axis=1)  # of those that beat each
        first = (ranks[part] == 0).astype(float)
        sums += first.T @ share[part]
        firsts += first.sum(axis=0)
    for one in range(size):
        counts[one] = np.bincount(ranks[:, one], minlength=size)
    central = np.full_like(sums, np.nan)
    np.divide(sums, firsts[:, np.newaxis], out=central, where=firsts[:, np.newaxis] > 0)
    confidence = np.full(size, np.nan)
    for one in np.flatnonzero(firsts).tolist():
        score = worth @ central[one]
        confidence[one] = np.mean(score[:, one] >= score.max(axis=1) - 1e-12)
    return Acceptability(counts / samples, central, confidence, wins / samples, entropy_of_ranks(ranks))


def entropy_of_ranks(ranks: npt.NDArray[np.integer[Any]]) -> float:
    """
    How open an order is: entropy of the orders that occur, in bits (as in the R package smaa).

    0 where every sample gives the same order, 1 where two orders are equally frequent.

    Parameters
    ----------
    ranks : array of int, shape (samples, alternatives)
        Rank of each alternative in each sample.

    Returns
    -------
    float

    Examples
    --------
    >>> entropy_of_ranks(np.array([[1, 2], [2, 1], [1, 2], [2, 1]]))
    1.0
    """
    _, counts = np.unique(ranks, axis=0, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log2(share)).sum()) + 0.0


def _check(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Refuse samples that do not fit each other."""
    worth, share = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if share.ndim == 2 and worth.ndim == 2:  # noqa: PLR2004 - rows and columns
        worth = np.broadcast_to(worth, (len(share), *worth.shape))
    if worth.ndim != 3 or share.ndim != 2 or worth.shape[::2] != share.shape:  # noqa: PLR2004 - samples too
        message = (
            f"Values of shape {worth.shape} do not fit weights of shape {share.shape}. Must be (samples, alternatives, "
            "criteria) and (samples, criteria). Give one set of weights a sample."
        )
        raise InputError(message)
    if not (np.all(np.isfinite(worth)) and np.all(np.isfinite(share)) and share.size):
        message = "Values and weights must be finite numbers, one sample or more. Fill in or leave out what is missing."
        raise InputError(message)
    return worth, share
