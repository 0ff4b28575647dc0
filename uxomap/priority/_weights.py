"""Weights of criteria: every set that keeps its bounds is equally likely."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]

_TOLERANCE = 1e-9

#: Sets tried at once, and how often, before a walk takes over.
_TRIES = 65_536
_ROUNDS = 12

#: Steps of the walk for each criterion; every set has a walk of its own.
_STEPS = 60


def draw_weights(
    low: Sequence[float] | Floats, high: Sequence[float] | Floats, *, samples: int = 10_000, seed: int = 1
) -> Floats:
    """
    Draw weights that make 1 together and keep their bounds, all such sets equally likely.

    Without bounds this is the Dirichlet distribution with all parameters 1. Sets are drawn from the smaller of the two
    simplices that hold the admissible ones and kept where they are admissible; where almost none is, each set is the
    end of a walk of its own that moves weight between two criteria at a time (hit-and-run; Smith 1984).

    Parameters
    ----------
    low, high : array of float, shape (criteria,)
        Bounds, 0 to 1.
    samples : int
        How many sets.
    seed : int
        Same seed, same sets.

    Returns
    -------
    array of float, shape (samples, criteria)

    Raises
    ------
    InputError
        A bound is no share, a low bound lies above its high bound, or no set of weights meets the bounds.

    Examples
    --------
    >>> weights = draw_weights([0, 0, 0], [1, 1, 1])
    >>> weights.mean(axis=0).round(1)
    array([0.3, 0.3, 0.3])
    >>> draw_weights([0.4, 0.7], [1, 1])
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Weights cannot be met: the low bounds add up to 1.1, and weights make 1 together. Lower some of them.
    """  # noqa: E501 - a message may not be broken in a doctest
    least, most = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    faults = find_weight_faults(least, most)
    if faults:
        message = f"Weights cannot be met: {'; '.join(faults)}"
        raise InputError(message)
    # What the other bounds imply narrows each bound; admissible sets stay the same.
    least, most = np.maximum(least, 1 - (most.sum() - most)), np.minimum(most, 1 - (least.sum() - least))
    most = np.maximum(least, most)
    loose = most - least > _TOLERANCE
    weights = np.tile(least, (samples, 1))
    if loose.any():
        rest = 1 - least[~loose].sum()
        weights[:, loose] = _draw_loose(least[loose], most[loose], rest, samples, np.random.default_rng(seed))
    return weights


def find_weight_faults(low: Floats, high: Floats) -> list[str]:
    """List what makes bounds impossible to meet."""
    if low.ndim != 1 or low.shape != high.shape or not low.size:
        return ["each criterion needs a low and a high bound. Give both."]
    faults = []
    if not np.all((low >= 0) & (low <= 1) & (high >= 0) & (high <= 1)):
        faults.append("bounds must be shares between 0 and 1. Write 20 % as 0.2.")
    elif np.any(low > high):
        pairs = ", ".join(f"{a:g} to {b:g}" for a, b in zip(low, high, strict=True) if a > b)
        faults.append(f"a low bound lies above its high bound ({pairs}). Put them in order.")
    elif low.sum() > 1 + _TOLERANCE:
        faults.append(f"the low bounds add up to {low.sum():.3g}, and weights make 1 together. Lower some of them.")
    elif high.sum() < 1 - _TOLERANCE:
        faults.append(f"the high bounds add up to {high.sum():.3g}, and weights make 1 together. Raise some of them.")
    return faults


def _draw_loose(low: Floats, high: Floats, total: float, samples: int, rng: np.random.Generator) -> Floats:
    """Draw the weights that are not fixed by their bounds."""
    above, below = total - low.sum(), high.sum() - total
    kept: list[Floats] = []
    found = 0
    for _ in range(_ROUNDS):
        parts = rng.dirichlet(np.ones(low.size), size=_TRIES)
        tried = low + above * parts if above <= below else high - below * parts
        good = tried[np.all((tried <= high) & (tried >= low), axis=1)]
        kept.append(good)
        found += len(good)
        if found >= samples:
            return np.concatenate(kept)[:samples]
    return _walk(low, high, total, samples, rng)


def _walk(low: Floats, high: Floats, total: float, samples: int, rng: np.random.Generator) -> Floats:
    """Walk from the middle of the admissible sets, one walk a set."""
    middle = low + (total - low.sum()) * (high - low) / (high - low).sum()
    weights = np.tile(middle, (samples, 1))
    rows = np.arange(samples)
    for _ in range(_STEPS * low.size):
        first = rng.integers(low.size, size=samples)
        second = (first + rng.integers(1, low.size, size=samples)) % low.size
        one, other = weights[rows, first], weights[rows, second]
        least = np.maximum(low[first] - one, other - high[second])
        most = np.minimum(high[first] - one, other - low[second])
        move = least + (most - least) * rng.random(samples)
        weights[rows, first] = one + move
        weights[rows, second] = other - move
    return np.asarray(np.clip(weights, low, high))
