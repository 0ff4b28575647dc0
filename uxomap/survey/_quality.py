"""Searching again on a sample: how much is needed, what a pass proves and what it does not."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from uxomap.errors import InputError
from uxomap.survey._search import check_amount, check_share

Floats = npt.NDArray[np.float64]

#: Guards a whole number that arithmetic left a hair below itself.
_HAIR = 1e-9


class Residual(NamedTuple):
    """What a search leaves: expected items, and the chance that there is at least one."""

    expected: Floats
    chance_any: Floats


def accept_on_zero(units: int | None, *, share: float, confidence: float = 0.95) -> int:
    """
    Units to check so that nothing found in them says something about the rest.

    If none of the units checked holds an item, then with the wanted confidence at least the given share of all units
    holds none. Exact (hypergeometric): the smallest sample that would miss floor(units x (1 - share)) units with items,
    at least one, in no more than 1 - confidence of cases. For a lot without end the limit (binomial).

    Not said: that no unit holds an item. It takes a check that never misses an item in the unit, and units drawn at
    random. A field in which 5 items are left passes a second search of 10 % of its land in 62 % of cases
    (`chance_of_passing`).

    Parameters
    ----------
    units : int or None
        Units of the lot, such as boxes of land; None for a lot without end.
    share : float
        Share of the units that is to hold nothing, below 1.
    confidence : float
        Wanted confidence, below 1.

    Returns
    -------
    int

    Raises
    ------
    InputError
        The number of units is below 1, or a share lies outside 0 to 1.

    Examples
    --------
    >>> accept_on_zero(500, share=0.99), accept_on_zero(None, share=0.99)
    (225, 299)
    """
    good = float(check_share(share, "share", one=False))
    risk = 1 - float(check_share(confidence, "confidence", one=False))
    if units is None:
        return math.ceil(math.log(risk) / math.log(good) - _HAIR)
    lot = int(check_amount(units, "units", zero=False))
    if lot != units:
        message = f"Invalid units {units!r}. Must be a whole number. Count the units of the lot, or pass None."
        raise InputError(message)
    faulty = max(math.floor(lot * (1 - good) + _HAIR), 1)
    low, high = 0, lot - faulty + 1  # that many cannot miss all faulty ones
    while high - low > 1:
        middle = (low + high) // 2
        missed = float(stats.hypergeom.pmf(0, lot, faulty, middle))
        low, high = (low, middle) if missed <= risk * (1 + _HAIR) else (middle, high)
    return high


def chance_of_passing(items_left: npt.ArrayLike, *, share: npt.ArrayLike, detection: npt.ArrayLike = 1.0) -> Floats:
    """
    Chance that a second search of part of the land finds nothing although items are left.

    Each item lies in the part with the chance *share* and is found there with *detection*:
    (1 - share x detection)^items.

    Parameters
    ----------
    items_left : float or array
        Items that are still there.
    share : float or array
        Share of the land that is searched again, drawn at random.
    detection : float or array
        Chance that the second search finds an item in its part.

    Returns
    -------
    ndarray of float
        The chance to be wrong if a pass were read as "nothing is left".

    Raises
    ------
    InputError
        A value is negative, or a share lies outside 0 to 1.

    Examples
    --------
    >>> chance_of_passing([1, 3, 5, 10], share=0.1, detection=0.9).round(3).tolist()
    [0.91, 0.754, 0.624, 0.389]
    """
    caught = check_share(share, "share", zero=True) * check_share(detection, "detection")
    return np.asarray((1 - caught) ** check_amount(items_left, "items_left"))


def chance_of_accepting(
    faulty: npt.ArrayLike, *, sampled: int, units: int | None = None, allowed: npt.ArrayLike = 0
) -> Floats:
    """
    Chance that a sample of units is accepted although some of the units are faulty.

    Parameters
    ----------
    faulty : float or array
        With *units* the number of faulty units in the lot; without, their share.
    sampled : int
        Units drawn at random.
    units : int, optional
        Units of the lot (hypergeometric); without, the lot has no end (binomial).
    allowed : int or array
        Faulty units in the sample up to which it is accepted.

    Returns
    -------
    ndarray of float

    Raises
    ------
    InputError
        More units are sampled or faulty than there are, or a share lies outside 0 to 1.

    Examples
    --------
    >>> chance_of_accepting([1, 3, 5, 10], sampled=40, units=400).round(3).tolist()
    [0.9, 0.728, 0.589, 0.344]
    """
    most, size = check_amount(allowed, "allowed"), float(check_amount(sampled, "sampled"))
    if units is None:
        return np.asarray(stats.binom.cdf(most, size, check_share(faulty, "faulty", zero=True)))
    lot, bad = float(check_amount(units, "units", zero=False)), check_amount(faulty, "faulty")
    if size > lot or bool((bad > lot).any()) or bool((bad % 1).any()):
        message = (
            f"Invalid faulty {faulty!r} or sampled {sampled!r} of {units!r} units. Must be whole numbers up to the "
            "units of the lot. Without units, give the faulty ones as a share."
        )
        raise InputError(message)
    return np.asarray(stats.hypergeom.cdf(most, lot, bad, size))


def share_for_bound(fewer_than: npt.ArrayLike, *, confidence: float = 0.95, detection: float = 1.0) -> Floats:
    """
    Share of the land to search, without a find, to bound how many items the land held.

    Convention: with *fewer_than* items or more, the search would have found at least one with the wanted confidence,
    (1 - share x detection)^fewer_than <= 1 - confidence. Items are found apart from each other (binomial).

    Parameters
    ----------
    fewer_than : int or array
        Items to bound: 1 asks that there is none.
    confidence : float
        Wanted confidence, below 1.
    detection : float
        Chance that the search finds an item in its part.

    Returns
    -------
    ndarray of float
        Share of the land, drawn at random; NaN where even a search of all of it is not enough.

    Raises
    ------
    InputError
        The number of items is below 1, or a share lies outside 0 to 1.

    Examples
    --------
    >>> share_for_bound([1, 2, 5]).round(4).tolist()
    [0.95, 0.7764, 0.4507]
    >>> round(float(share_for_bound(5, confidence=0.9, detection=0.9)), 3)
    0.41
    """
    count = check_amount(fewer_than, "fewer_than", zero=False)
    if bool((count < 1).any()):
        message = f"Invalid fewer_than {fewer_than!r}. Must be 1 or more: fewer than 1 item is none."
        raise InputError(message)
    risk = 1 - float(check_share(confidence, "confidence", one=False))
    share = (1 - risk ** (1 / count)) / float(check_share(detection, "detection"))
    return np.where(share <= 1 + _HAIR, np.fmin(share, 1.0), np.nan)


def residual_items(
    items: npt.ArrayLike, *, share_found: npt.ArrayLike, share: npt.ArrayLike = 0.0, detection: npt.ArrayLike = 1.0
) -> Residual:
    """
    Items that a search leaves, and the chance that it leaves any (Poisson).

    A second search of part of the land that finds nothing lowers the number a little; it never makes it zero.

    Parameters
    ----------
    items : float or array
        Items before the search, expected.
    share_found : float or array
        Share that the search finds, below 1.
    share : float or array
        Share of the land searched again, without a find.
    detection : float or array
        Chance that the second search finds an item in its part, below 1 unless only part is searched again.

    Returns
    -------
    Residual
        Arrays ``expected`` and ``chance_any``.

    Raises
    ------
    InputError
        A value is negative, or a share lies outside 0 to 1.

    Examples
    --------
    >>> left = residual_items(20, share_found=0.99)
    >>> round(float(left.expected), 3), round(float(left.chance_any), 3)
    (0.2, 0.181)
    """
    missed = 1 - check_share(share_found, "share_found", zero=True, one=False)
    passed = 1 - check_share(share, "share", zero=True) * check_share(detection, "detection")
    left = np.asarray(check_amount(items, "items") * missed * passed)
    return Residual(left, np.asarray(-np.expm1(-left)))
