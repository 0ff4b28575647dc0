"""Two common orders beside the main one, for those who must report them."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Digits to which scores are compared, so that equal alternatives share a rank.
_DIGITS = 12


def rank_topsis(values: Floats, weights: Floats) -> Whole:
    """
    Rank by TOPSIS with a fixed best and a fixed worst alternative.

    The usual TOPSIS takes the best and the worst from the data, so that one more alternative can turn the order of the
    others round. Here the best is worth 1 on every criterion and the worst 0, whatever the data (Hwang and Yoon 1981
    for the method; computed by pymcdm with the two added as rows).

    Parameters
    ----------
    values : array of float, shape (alternatives, criteria)
        What each is worth, 0 to 1.
    weights : array of float, shape (criteria,)
        They make 1 together.

    Returns
    -------
    array of int, shape (alternatives,)
        1 is first; equal ones share the better rank.

    Raises
    ------
    InputError
        Values lie outside 0 to 1 or are empty, or the weights do not fit.

    Examples
    --------
    >>> values = np.array([[0.9, 0.2], [0.3, 0.4]])
    >>> rank_topsis(values, np.array([0.5, 0.5]))
    array([1, 2])
    """
    from pymcdm.methods import TOPSIS  # noqa: PLC0415 - loads matplotlib

    worth, share = _check(values, weights)
    ends = np.vstack([worth, np.ones_like(share), np.zeros_like(share)])
    points = TOPSIS(_as_it_is)(ends, share, np.ones(len(share)), validation=False)
    return _rank(points[:-2])


def rank_weighted_sum(values: Floats, weights: Floats) -> Whole:
    """
    Rank by the sum of what each alternative is worth times the weights (computed by pymcdm).

    Parameters
    ----------
    values : array of float, shape (alternatives, criteria)
        What each is worth, 0 to 1.
    weights : array of float, shape (criteria,)
        They make 1 together.

    Returns
    -------
    array of int, shape (alternatives,)
        1 is first; equal ones share the better rank.

    Raises
    ------
    InputError
        Values lie outside 0 to 1 or are empty, or the weights do not fit.

    Examples
    --------
    >>> rank_weighted_sum(np.array([[0.9, 0.2], [0.3, 0.4]]), np.array([0.1, 0.9]))
    array([2, 1])
    """
    from pymcdm.methods import WSM  # noqa: PLC0415 - loads matplotlib

    worth, share = _check(values, weights)
    return _rank(WSM(_as_it_is)(worth, share, np.ones(len(share)), validation=False))


def _check(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Refuse what cannot be ranked."""
    worth, share = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if worth.ndim != 2 or share.shape != worth.shape[1:]:  # noqa: PLR2004 - rows and columns
        message = (
            f"Values of shape {worth.shape} do not fit {share.shape} weights. One weight is needed for each column."
        )
        raise InputError(message)
    if not np.all((worth >= 0) & (worth <= 1)):
        message = "Values must lie between 0 and 1, none empty. Pass them through value_of first."
        raise InputError(message)
    if not (np.all(share >= 0) and np.isclose(share.sum(), 1)):
        message = (
            f"Weights add up to {share.sum():.3g}. Must be 0 or more and make 1 together. Divide them by their sum."
        )
        raise InputError(message)
    return worth, share


def _as_it_is(column: Floats, cost: object = None) -> Floats:  # noqa: ARG001 - what pymcdm calls with
    """Keep values that are on one scale already."""
    return column


def _rank(points: Floats) -> Whole:
    """Rank points, most first."""
    return rankdata(-np.round(points, _DIGITS), method="min").astype(np.int64)
