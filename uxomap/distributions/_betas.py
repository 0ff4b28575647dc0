"""The Beta distributions that published figures become."""

import numpy as np
from scipy import optimize, special

from uxomap.distributions._rates import TAIL, RatePool
from uxomap.errors import InputError

#: What "up to X" and "X or more" leave open: the odds of the mean lie this factor inside the odds of X.
ONE_SIDED_ODDS = 2.0

_LARGEST_CONCENTRATION = 1e9


def beta_from_mean(mean: float, concentration: float) -> RatePool:
    """
    Beta distribution with a given mean; its variance is mean (1 - mean) / (concentration + 1).

    Parameters
    ----------
    mean : float
        Expected share, between 0 and 1.
    concentration : float
        Sum of both parameters, above 0: the larger, the narrower.

    Returns
    -------
    RatePool

    Raises
    ------
    InputError

    Examples
    --------
    >>> beta_from_mean(0.1, 40).quantile([0.05, 0.95]).round(3)
    array([0.036, 0.187])
    """
    check_share(mean, "mean")
    if not (np.isfinite(concentration) and concentration > 0):
        message = f"Invalid concentration {concentration!r}. Must be a finite number above 0."
        raise InputError(message)
    return RatePool(np.ones(1), np.array([mean * concentration]), np.array([(1 - mean) * concentration]))


def beta_from_interval(low: float, high: float) -> RatePool:
    """
    Beta distribution with a given 5 % and 95 % point.

    Parameters
    ----------
    low, high : float
        Shares with 0 < low < high < 1.

    Returns
    -------
    RatePool

    Raises
    ------
    InputError

    Examples
    --------
    >>> pool = beta_from_interval(0.03, 0.14)
    >>> pool.quantile([0.05, 0.95]).round(4), round(pool.mean, 4)
    (array([0.03, 0.14]), 0.077)
    """
    check_share(low, "low share")
    check_share(high, "high share")
    if low >= high:
        message = f"Invalid range {low!r} to {high!r}. The low end must lie below the high end. Swap or correct them."
        raise InputError(message)

    def mean_logit(log_concentration: float) -> float:
        return _solve_mean(np.exp(log_concentration), low)

    def excess(log_concentration: float) -> float:
        concentration = np.exp(log_concentration)
        mean = special.expit(mean_logit(log_concentration))
        return float(special.betainc(mean * concentration, (1 - mean) * concentration, high)) - (1 - TAIL)

    bounds = np.log(1e-2), np.log(_LARGEST_CONCENTRATION)
    # A range too narrow for the largest concentration is as good as a single number.
    best = optimize.brentq(excess, *bounds, xtol=1e-12) if excess(bounds[1]) > 0 else bounds[1]
    return beta_from_mean(float(special.expit(mean_logit(best))), float(np.exp(best)))


def beta_from_point(share: float, probability: float) -> RatePool:
    """
    Beta distribution for a figure that gives one end only.

    "Up to X" is read as a 95 % point of X, "X or more" as a 5 % point of X. That leaves one degree of freedom, which
    the figure does not tell. It is closed by a rule: the odds of the mean are half the odds of X ("up to") or twice
    the odds of X ("or more"). "Up to 20 %" then has a mean of 11 %, "20 % or more" one of 33 %.

    Parameters
    ----------
    share : float
        X, between 0 and 1.
    probability : float
        Chance that the true share lies below X; at most 0.1 or at least 0.9.

    Returns
    -------
    RatePool

    Raises
    ------
    InputError

    Examples
    --------
    >>> pool = beta_from_point(0.22, 0.95)
    >>> round(pool.mean, 3), round(pool.quantile(0.95), 4)
    (0.124, 0.22)
    >>> round(beta_from_point(0.14, 0.05).mean, 3)
    0.246
    """
    check_share(share, "share")
    if not (0 < probability <= 2 * TAIL or 1 - 2 * TAIL <= probability < 1):
        message = (
            f"Invalid probability {probability!r} for a one-sided figure. Must be at most 0.1 or at least 0.9. "
            "Use 0.95 for 'up to X' and 0.05 for 'X or more'."
        )
        raise InputError(message)
    towards = -np.log(ONE_SIDED_ODDS) if probability > 1 / 2 else np.log(ONE_SIDED_ODDS)
    mean = float(special.expit(special.logit(share) + towards))

    def excess(log_concentration: float) -> float:
        concentration = np.exp(log_concentration)
        return float(special.betainc(mean * concentration, (1 - mean) * concentration, share)) - probability

    # From here on (a density without a peak at either end) the chance moves one way only.
    start = np.log(1 / min(mean, 1 - mean))
    best = optimize.brentq(excess, start, np.log(_LARGEST_CONCENTRATION), xtol=1e-12)
    return beta_from_mean(mean, float(np.exp(best)))


def check_share(value: float, what: str) -> None:
    """Refuse anything that is not strictly between 0 and 1."""
    if not (np.isfinite(value) and 0 < value < 1):
        message = f"Invalid {what} {value!r}. Must lie between 0 and 1, ends excluded. Write 14 % as 0.14."
        raise InputError(message)


def _solve_mean(concentration: float, low: float) -> float:
    """Logit of the mean that puts the 5 % point of a Beta of this concentration at *low*."""

    def excess(logit: float) -> float:
        mean = special.expit(logit)
        return float(special.betainc(mean * concentration, special.expit(-logit) * concentration, low)) - TAIL

    return float(optimize.brentq(excess, -35.0, 35.0, xtol=1e-13))
