"""Transects: the chance that straight lines cross a footprint, and how far apart they may lie."""

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from uxomap._validation import check_metres
from uxomap.survey._search import check_amount, check_share

Floats = npt.NDArray[np.float64]


def traversal_probability(
    semi_major_m: float, semi_minor_m: float | None = None, *, width_m: float, spacing_m: float
) -> float:
    """
    Chance that parallel transects cross or touch a circle or an ellipse.

    The lines lie at a random offset, the ellipse at a random angle t to them. Seen along the lines it is
    w(t) = 2 sqrt(a² cos² t + b² sin² t) wide, and is met with min(1, (w(t) + width) / spacing); the mean over all
    angles is exact, by elliptic integrals. Where even the widest view fits between the lines the mean width is
    perimeter / pi (Cauchy).

    Parameters
    ----------
    semi_major_m, semi_minor_m : float
        Semi-axes of the footprint in metres, in any order; without the second it is a circle.
    width_m : float
        Width that a transect sees, in metres.
    spacing_m : float
        From the middle of one transect to the middle of the next, in metres.

    Returns
    -------
    float
        Chance that at least one transect meets the footprint. Whether anything in it is then found is another matter:
        see `chance_of_find`.

    Raises
    ------
    InputError
        A length is not a positive number.

    Examples
    --------
    >>> round(traversal_probability(50, width_m=2, spacing_m=200), 4)
    0.51
    >>> round(traversal_probability(150, 50, width_m=2, spacing_m=400), 6)
    0.536772
    """
    short, long_ = _check_axes(semi_major_m, semi_minor_m, width_m)
    check_metres(spacing_m, "spacing_m")
    gap = spacing_m - width_m
    if gap <= 2 * short:
        return 1.0
    parameter = 1 - (short / long_) ** 2
    # Up to this angle the footprint is wider than the gap and cannot be missed.
    angle = 0.0 if gap >= 2 * long_ else math.asin(math.sqrt((1 - (gap / (2 * long_)) ** 2) / parameter))
    open_ = math.pi / 2 - angle
    seen = 2 * long_ * float(special.ellipe(parameter) - special.ellipeinc(angle, parameter))
    return min(1.0, (angle + (seen + width_m * open_) / spacing_m) / (math.pi / 2))


def transect_spacing(
    semi_major_m: float, semi_minor_m: float | None = None, *, width_m: float, chance: float = 0.95
) -> float:
    """
    Widest spacing of transects that still meets a footprint with a wanted chance.

    Parameters
    ----------
    semi_major_m, semi_minor_m : float
        Semi-axes of the footprint in metres, in any order; without the second it is a circle.
    width_m : float
        Width that a transect sees, in metres.
    chance : float
        Wanted chance that at least one transect meets the footprint, above 0 and up to 1.

    Returns
    -------
    float
        Metres from the middle of one transect to the middle of the next.

    Raises
    ------
    InputError
        A length is not positive, or the chance lies outside 0 to 1.

    See Also
    --------
    traversal_probability : the chance for a given spacing, and what it means.

    Examples
    --------
    >>> round(transect_spacing(50, width_m=2, chance=0.51), 1)
    200.0
    """
    short, long_ = _check_axes(semi_major_m, semi_minor_m, width_m)
    wanted = float(check_share(chance, "chance"))
    closest = 2 * short + width_m  # no footprint fits between lines that lie this close
    mean = 4 * long_ * float(special.ellipe(1 - (short / long_) ** 2)) / math.pi
    widest = (mean + width_m) / wanted
    if wanted == 1 or widest <= closest:
        return closest
    if widest >= 2 * long_ + width_m:
        return widest

    def miss(spacing: float) -> float:
        return traversal_probability(long_, short, width_m=width_m, spacing_m=spacing) - wanted

    return float(optimize.brentq(miss, closest, widest * (1 + 1e-9), xtol=1e-9 * widest))


def chance_of_find(
    items_per_ha: npt.ArrayLike, *, traversed_m2: npt.ArrayLike, detection: npt.ArrayLike = 1.0
) -> Floats:
    """
    Chance that a strip of land shows at least one item where items lie at random.

    Items in the strip are Poisson: P = 1 - exp(-density x land x detection). Items of one strike lie in clusters, for
    which the chance is smaller.

    Parameters
    ----------
    items_per_ha : float or array
        Items a hectare.
    traversed_m2 : float or array
        Land seen, in m².
    detection : float or array
        Chance that an item in the strip is found.

    Returns
    -------
    ndarray of float

    Raises
    ------
    InputError
        A value is negative, or the detection lies outside 0 to 1.

    Examples
    --------
    >>> round(float(chance_of_find(20, traversed_m2=200)), 6)
    0.32968
    """
    density = check_amount(items_per_ha, "items_per_ha") / 10_000
    return np.asarray(
        -np.expm1(-density * check_amount(traversed_m2, "traversed_m2") * check_share(detection, "detection"))
    )


def _check_axes(one_m: float, other_m: float | None, width_m: float) -> tuple[float, float]:
    """Return the semi-axes, the shorter first; refuse lengths that are not positive."""
    second = one_m if other_m is None else other_m
    for name, value in (("semi_major_m", one_m), ("semi_minor_m", second)):
        check_metres(value, name)
    check_metres(width_m, "width_m", zero=True)
    return min(one_m, second), max(one_m, second)
