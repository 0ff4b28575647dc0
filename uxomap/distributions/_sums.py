"""Totals over many strikes: what averages out does, what they share does not."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from uxomap.distributions._quadrature import FloatArray
from uxomap.distributions._rates import TAIL, check_probabilities
from uxomap.errors import InputError

#: Below this excess of variance over mean a negative binomial is a Poisson distribution, to all digits that matter.
_SAME = 1e-9
_MOST_TRIALS = 1e9
_NAMED_ROWS = 5


def match_quantile(mean: npt.ArrayLike, variance: npt.ArrayLike, p: float) -> FloatArray:
    """
    Quantile of a whole number of items of which only mean and variance are known.

    The number is read as negative binomial where the variance exceeds the mean, as Poisson where they agree, and as
    binomial where it is smaller (as with single rounds).

    Parameters
    ----------
    mean : array_like
        Expected numbers, 0 or more.
    variance : array_like
        Their variances, 0 or more, of the same shape.
    p : float
        Probability from 0 to 1.

    Returns
    -------
    ndarray of float
        Smallest whole numbers that are not exceeded with probability p.

    Raises
    ------
    InputError
        A mean or a variance is negative or missing.

    Examples
    --------
    >>> match_quantile([8.8, 8.8, 8.8], [60, 8.8, 4], 0.95)
    array([24., 14., 12.])
    """
    check_probabilities(p)
    means, variances = np.broadcast_arrays(np.asarray(mean, dtype=np.float64), np.asarray(variance, dtype=np.float64))
    if not np.all(np.isfinite(means) & np.isfinite(variances) & (means >= 0) & (variances >= 0)):
        message = "Invalid mean or variance. Must be finite numbers of 0 or more. Leave out rows that are not known."
        raise InputError(message)
    found = np.zeros(means.shape)
    some = means > 1 - p  # below, at least p of the probability lies on none at all (Markov's inequality)
    means, variances = means[some], variances[some]
    excess = (variances - means) / means
    wide, narrow = excess > _SAME, excess < -_SAME
    values = np.asarray(stats.poisson.ppf(p, means), dtype=np.float64)
    size = means[wide] / excess[wide]
    values[wide] = stats.nbinom.ppf(p, size, 1 / (1 + excess[wide]))
    # As many trials as give this variance; a whole number of them, so the variance is met or exceeded.
    trials = np.ceil(np.minimum(means[narrow] / -excess[narrow], _MOST_TRIALS) - _SAME)
    trials = np.maximum(trials, np.ceil(means[narrow]))
    values[narrow] = stats.binom.ppf(p, trials, means[narrow] / trials)
    found[some] = np.maximum(values, 0.0)
    return found


def sum_intervals(
    expected: pd.Series,
    sd: pd.Series,
    sd_shared: pd.Series,
    evidence_key: pd.Series,
    groups: pd.Series,
    *,
    low: pd.Series | None = None,
    high: pd.Series | None = None,
) -> pd.DataFrame:
    """
    Add up the items of many strikes, group by group, with an interval for each total.

    Expected numbers add up. Variances add up for what is a strike's own; what strikes with the same evidence share
    adds up as standard deviations first, because a rate that is wrong for one of them is wrong for all. Mean and
    variance are matched by :func:`match_quantile`. Where most of the variance is shared, a total can fall lower than
    that match admits (published rates of one type disagree by factors), so the low end moves towards
    max(0, mean - 1.645 sd) by the shared part of the variance.

    Parameters
    ----------
    expected, sd, sd_shared : Series of float
        Mean, standard deviation and its shared part for each strike, as in :class:`DudCount`.
    evidence_key : Series of str
        What the rate of the strike rests on; strikes with the same key share it.
    groups : Series
        Zone (or any other label) of each strike.
    low, high : Series of float, optional
        5 % and 95 % points of each strike. A group of a single strike then keeps its own.

    Returns
    -------
    DataFrame
        One row a group, sorted by label: ``uxo_expected``, ``uxo_low``, ``uxo_high``, ``uxo_sd``.

    Raises
    ------
    InputError
        Lengths differ, a value is missing or negative, or a shared part exceeds its standard deviation.

    Examples
    --------
    >>> strikes = pd.DataFrame({"mean": [12.0, 12.0, 3.0], "sd": [9.0, 9.0, 3.0], "shared": [5.0, 5.0, 1.0]})
    >>> keys, zones = pd.Series(["m483a1", "m483a1", "bl755"]), pd.Series(["zone-1", "zone-1", "zone-2"])
    >>> sum_intervals(strikes["mean"], strikes["sd"], strikes["shared"], keys, zones).round(1)
            uxo_expected  uxo_low  uxo_high  uxo_sd
    zone-1          24.0      3.0      52.0    14.6
    zone-2           3.0      0.0       9.0     3.0
    """
    frame = _collect(expected, sd, sd_shared, evidence_key, groups)
    by_group = frame.groupby("group", sort=True)
    by_key = frame.groupby(["group", "key"], sort=True)["shared"].sum() ** 2
    totals = by_group[["mean", "own"]].sum()
    shared = by_key.groupby(level="group").sum().reindex(totals.index)
    mean, variance = totals["mean"].to_numpy(), (totals["own"] + shared).to_numpy()
    deviation = np.sqrt(variance)
    lowest = match_quantile(mean, variance, TAIL)
    weight = np.divide(shared.to_numpy(), variance, out=np.zeros_like(variance), where=variance > 0)
    normal = np.maximum(mean + stats.norm.ppf(TAIL) * deviation, 0.0)
    result = pd.DataFrame(
        {
            "uxo_expected": mean,
            "uxo_low": np.floor(lowest + weight * (np.minimum(normal, lowest) - lowest)),
            "uxo_high": match_quantile(mean, variance, 1 - TAIL),
            "uxo_sd": deviation,
        },
        index=totals.index.rename(groups.name),
    )
    for column, values in (("uxo_low", low), ("uxo_high", high)):
        if values is not None:
            frame["own_end"] = np.asarray(values, dtype=np.float64)
            single = by_group.size() == 1
            ends = frame.groupby("group", sort=True)["own_end"].first()
            result[column] = np.where(single & ends.notna(), ends, result[column])
    return result


def _collect(
    expected: pd.Series, sd: pd.Series, sd_shared: pd.Series, evidence_key: pd.Series, groups: pd.Series
) -> pd.DataFrame:
    """Bring the columns together by position and refuse what cannot be added up."""
    columns = {"expected": expected, "sd": sd, "sd_shared": sd_shared, "evidence_key": evidence_key, "groups": groups}
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
        message = f"Invalid columns: {lengths} rows. Must be equally long. Take them from one frame."
        raise InputError(message)
    numbers = np.column_stack([np.asarray(column, dtype=np.float64) for column in (expected, sd, sd_shared)])
    labels = pd.DataFrame({"key": np.asarray(evidence_key), "group": np.asarray(groups)})
    wrong = ~np.all(np.isfinite(numbers) & (numbers >= 0), axis=1) | labels.isna().any(axis=1).to_numpy()
    wrong |= numbers[:, 2] > numbers[:, 1] * (1 + _SAME) + _SAME
    if wrong.any():
        rows = [str(label) for label in expected.index[wrong]]
        more = f" and {len(rows) - _NAMED_ROWS} more" if len(rows) > _NAMED_ROWS else ""
        message = (
            f"Cannot add up rows {', '.join(rows[:_NAMED_ROWS])}{more}: each needs an expected number, an sd of 0 or "
            "more, a shared sd no larger than it, an evidence key and a group. Leave out rows that are not known."
        )
        raise InputError(message)
    own = np.maximum(numbers[:, 1] ** 2 - numbers[:, 2] ** 2, 0.0)
    return labels.assign(mean=numbers[:, 0], own=own, shared=numbers[:, 2])
