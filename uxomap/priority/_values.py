"""What a figure is worth: value functions with fixed cutoffs, and what becomes of uncertain and unknown figures."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]

#: Equally likely values that stand for an uncertain figure; one byte chooses among them.
NODES = 256

_LEVELS = (np.arange(NODES) + 0.5) / NODES
_TAIL = 0.05

#: Where the mean may lie between the 5 % and the 95 % point for the middle part alone to honour it.
_LEAST_SHARE, _MOST_SHARE = 0.055, 0.9

#: By how much of the range a mean may miss the smallest one that is possible, for rounded figures.
_LEEWAY = 0.01


def value_of(figures: npt.ArrayLike, cutoffs: Sequence[float], values: Sequence[float], *, clip: bool = True) -> Floats:
    """
    What figures are worth by a value function of straight lines between cutoffs.

    Parameters
    ----------
    figures : array of float
        Figures in the unit of the cutoffs; NaN stays NaN.
    cutoffs : sequence of float, 2 or more
        Rising.
    values : sequence of float
        Worth at each cutoff.
    clip : bool
        Whether the function is level outside the cutoffs; otherwise its outer lines go on.

    Returns
    -------
    array of float
        Of the shape of *figures*.

    Raises
    ------
    InputError
        Cutoffs do not rise, are too few, or are not as many as the values.

    Examples
    --------
    >>> value_of([50, 60, 101], [50, 75, 90, 100], [1, 0.8, 0.5, 0])
    array([1.  , 0.92, 0.  ])
    >>> value_of([10, 101], [50, 75, 90, 100], [1, 0.8, 0.5, 0], clip=False).round(2)
    array([ 1.32, -0.05])
    """
    points, worth = np.asarray(cutoffs, dtype=float), np.asarray(values, dtype=float)
    faults = find_anchor_faults(points, worth)
    if faults:
        message = f"Invalid value function: {'; '.join(faults)}. Correct the cutoffs and values."
        raise InputError(message)
    x = np.asarray(figures, dtype=float)
    inside = np.interp(x, points, worth)
    if clip:
        return np.asarray(inside)
    first = (worth[1] - worth[0]) / (points[1] - points[0])
    last = (worth[-1] - worth[-2]) / (points[-1] - points[-2])
    return np.asarray(inside + first * np.minimum(x - points[0], 0) + last * np.maximum(x - points[-1], 0))


def find_anchor_faults(cutoffs: Floats, values: Floats) -> list[str]:
    """List what is wrong with cutoffs and values."""
    faults = []
    if cutoffs.ndim != 1 or cutoffs.shape != values.shape or len(cutoffs) < 2:  # noqa: PLR2004 - a line has two ends
        faults.append("as many values as cutoffs are needed, 2 or more")
    elif not (np.all(np.isfinite(cutoffs)) and np.all(np.isfinite(values))):
        faults.append("cutoffs and values must be finite numbers")
    elif np.any(np.diff(cutoffs) <= 0):
        faults.append("cutoffs must rise")
    return faults


def spread_figures(figures: pd.DataFrame) -> Floats:
    """
    Lay out 256 equally likely values for each uncertain figure, so that its three numbers hold.

    Between the 5 % point L and the 95 % point H the value at level p is L + (H - L) t^k with t = (p - 0.05) / 0.9;
    k = 0.9 / (m - 0.05) - 1 with m = (mean - L) / (H - L) makes *expected* the mean when each outer twentieth equals
    its end. Where m lies above 0.9, the upper twentieth goes on above H with an exponential tail that makes up for what
    the mean asks; where m lies below 0.055, the lower twentieth lies below L instead, down to 0.

    Parameters
    ----------
    figures : DataFrame
        Columns ``low`` (5 % point), ``expected`` (mean), ``high`` (95 % point), 0 or more, none empty.

    Returns
    -------
    array of float, shape (rows, 256)

    Raises
    ------
    InputError
        The three numbers of a row contradict each other.
    """
    low, mean, high = (figures[name].to_numpy(dtype=float) for name in ("low", "expected", "high"))
    width = high - low
    share = np.divide(mean - low, width, out=0.5 + np.sign(mean - low), where=width > 0)
    body = np.clip(share, _LEAST_SHARE, _MOST_SHARE)
    power = (1 - 2 * _TAIL) / (body - _TAIL) - 1
    t = np.clip((_LEVELS - _TAIL) / (1 - 2 * _TAIL), 0, 1)
    table = low[:, np.newaxis] + width[:, np.newaxis] * t ** power[:, np.newaxis]
    # What the body leaves of the mean goes to one of the outer twentieths.
    below, above = _LEVELS < _TAIL, _LEVELS > 1 - _TAIL
    missing = np.where(share == body, 0.0, (mean - table.mean(axis=1)) / above.mean())
    tail = -np.log((1 - _LEVELS[above]) / _TAIL)
    table[:, above] += np.maximum(missing, 0)[:, np.newaxis] * tail / tail.mean()
    lower = low + np.minimum(missing, 0)
    faulty = (lower < -_LEEWAY / _TAIL * np.maximum(high, 0)) | (width < 0) | (mean < low)
    if faulty.any():
        row = figures[faulty].iloc[0]
        message = (
            f"Low {row['low']:g}, expected {row['expected']:g}, high {row['high']:g} contradict each other in "
            f"{int(faulty.sum())} row(s), first {figures.index[faulty][0]!r}. They are the 5 % point, the mean and "
            "the 95 % point: low may not lie above either, and the mean is at least a twentieth of high. Correct the "
            "figures."
        )
        raise InputError(message)
    table[:, below] = np.minimum(table[:, below], np.maximum(lower, 0)[:, np.newaxis])
    return np.asarray(table)
