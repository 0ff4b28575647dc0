"""Laws of search: what hours of sweeping find, and where the next hour finds most."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from uxomap._validation import check_metres
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]


class CircularSearch(NamedTuple):
    """Best search for one item around a point: the chance to find it, and how far out to look (m)."""

    chance: Floats
    radius_m: Floats


def _to_numbers(value: npt.ArrayLike, what: str) -> Floats:
    """Return numbers as an array; refuse texts, which are never taken for numbers."""
    values = np.asarray(value)
    if values.dtype.kind not in "iuf":
        message = f"Invalid {what} {value!r}. Must be a number, without quotes or words."
        raise InputError(message)
    return values.astype(np.float64)


def check_share(value: npt.ArrayLike, what: str, *, zero: bool = False, one: bool = True) -> Floats:
    """Return shares as an array; refuse what lies outside 0 to 1, each end allowed or not."""
    values = _to_numbers(value, what)
    low = values >= 0 if zero else values > 0
    high = values <= 1 if one else values < 1
    if not bool((low & high).all()):
        ends = f"{'from' if zero else 'above'} 0 {'to' if one else 'and below'} 1"
        message = f"Invalid {what} {value!r}. Must lie {ends}. Write 95 % as 0.95."
        raise InputError(message)
    return values


def check_amount(value: npt.ArrayLike, what: str, *, zero: bool = True) -> Floats:
    """Return amounts as an array; refuse what is negative or not a number, and zero unless it is allowed."""
    values = _to_numbers(value, what)
    if not bool((np.isfinite(values) & ((values >= 0) if zero else (values > 0))).all()):
        message = f"Invalid {what} {value!r}. Must be a finite number, {'0 or more' if zero else 'above 0'}."
        raise InputError(message)
    return values


def random_search(coverage: npt.ArrayLike, *, detection: npt.ArrayLike = 1.0) -> Floats:
    """
    Chance that an item is found by a search that covers the land at random.

    Passes over any one item are Poisson with the coverage as their mean, and each finds it with the chance *detection*,
    apart from the others: P = 1 - exp(-detection x coverage). Koopman, "The theory of search" (1956; 1980). A search in
    neat lanes finds more with the same hours, so this errs on the careful side.

    Parameters
    ----------
    coverage : float or array
        Land swept divided by the land, overlaps counted each time; 0 or more.
    detection : float or array
        Chance that one full pass over an item finds it.

    Returns
    -------
    ndarray of float
        Never 1: something may always be left.

    Raises
    ------
    InputError
        The coverage is negative, or the detection lies outside 0 to 1.

    Examples
    --------
    >>> random_search([0.25, 1.0]).round(6).tolist()
    [0.221199, 0.632121]
    """
    found = -np.expm1(-check_share(detection, "detection") * check_amount(coverage, "coverage"))
    return np.asarray(np.fmin(found, np.nextafter(1.0, 0.0)))


def stone_circular_normal(swept_m2: npt.ArrayLike, *, sigma_m: float) -> CircularSearch:
    """
    Best search for one item that lies around a point as a circular normal.

    With H² = swept area / (pi sigma²) the best plan finds it with P = 1 - (1 + H) exp(-H) and looks up to the radius
    sigma x sqrt(2 H), most of all in the middle. Stone, Theory of Optimal Search (1975).

    Parameters
    ----------
    swept_m2 : float or array
        Land swept in all, in m², times the detection of one pass where that is below 1.
    sigma_m : float
        Standard deviation of the place along each axis, in metres.

    Returns
    -------
    CircularSearch
        Arrays ``chance`` and ``radius_m``.

    Raises
    ------
    InputError
        A value is negative or not a number.

    Examples
    --------
    >>> found = stone_circular_normal(100_000, sigma_m=100)
    >>> round(float(found.chance), 6), round(float(found.radius_m), 3)
    (0.532423, 188.898)
    """
    check_metres(sigma_m, "sigma_m")
    depth = np.sqrt(check_amount(swept_m2, "swept_m2") / np.pi) / sigma_m
    return CircularSearch(
        np.asarray(-np.expm1(np.log1p(depth) - depth)), np.asarray(sigma_m * np.sqrt(2 * depth), dtype=np.float64)
    )


def allocate_effort(prior: npt.ArrayLike, *, rate: npt.ArrayLike, hours: float) -> Floats:
    """
    Spread hours over places so that no other spread finds more.

    An hour in place i finds with the rate a_i: after z_i hours the share 1 - exp(-a_i z_i) of what is expected there.
    The best plan raises all places to one marginal rate, p_i a_i exp(-a_i z_i), and leaves alone those that begin
    below it (Stone, Theory of Optimal Search, 1975). Exact: places are sorted, and the level follows in closed form.

    Parameters
    ----------
    prior : array of float, shape (n,)
        Expected items of each place, or the chance that it holds any. Only their ratios count.
    rate : float or array of float, shape (n,)
        Share of the place that an hour covers, times the detection: detection x m² an hour / m² of the place.
    hours : float
        Hours of searching to spread.

    Returns
    -------
    ndarray of float, shape (n,)
        Hours for each place; they add up to *hours*.

    Raises
    ------
    InputError
        A value is negative or not a number, or nothing is expected in any place that can be searched.

    Examples
    --------
    >>> allocate_effort([0.4, 0.3, 0.2, 0.1], rate=[0.02, 0.013, 0.015, 0.008], hours=120).round(1).tolist()
    [62.2, 40.4, 17.5, 0.0]
    """
    weight = check_amount(prior, "prior").ravel()
    speed = np.broadcast_to(check_amount(rate, "rate"), weight.shape).ravel()
    total = float(check_amount(hours, "hours"))
    worth = np.flatnonzero((weight > 0) & (speed > 0))
    if not worth.size:
        message = (
            "Nothing is expected in any place that can be searched. Give a prior and a rate above 0 for one place."
        )
        raise InputError(message)
    # Sums of logarithms: a product of two small numbers could vanish.
    first = np.log(weight[worth]) + np.log(speed[worth])
    order = worth[np.argsort(-first, kind="stable")]
    height = np.sort(first)[::-1]
    slope = np.cumsum(1.0 / speed[order])  # hours that lower the level of the first k places by one unit of its log
    needed = np.concatenate(([0.0], np.cumsum(slope[:-1] * -np.diff(height))))
    last = int(np.searchsorted(needed, total, side="right")) - 1
    drop = height[: last + 1] - height[last] + (total - needed[last]) / slope[last]
    shared = drop / speed[order[: last + 1]]
    spent = np.zeros(weight.size)
    spent[order[: last + 1]] = shared * (total / shared.sum() if total > 0 else 0.0)  # rounding, no more
    return spent


def update_chance(prior: npt.ArrayLike, *, likelihood_ratio: npt.ArrayLike) -> Floats:
    """
    Update a chance by evidence: Bayes' rule in odds.

    A search that would have found the share s of what is there, and found nothing, has the likelihood ratio 1 - s.

    Parameters
    ----------
    prior : float or array
        Chance before the evidence, from 0 to 1.
    likelihood_ratio : float or array
        How much likelier the evidence is if something is there than if nothing is.

    Returns
    -------
    ndarray of float
        Chance after it.

    Raises
    ------
    InputError
        The prior is no chance, or the ratio is negative.

    Examples
    --------
    Looked with a detection of 0.9 and found nothing:

    >>> round(float(update_chance(0.3, likelihood_ratio=1 - 0.9)), 7)
    0.0410959
    """
    chance = check_share(prior, "prior", zero=True)
    weight = chance * check_amount(likelihood_ratio, "likelihood_ratio")
    either = weight + (1 - chance)
    return np.asarray(weight / np.where(either > 0, either, 1.0))
