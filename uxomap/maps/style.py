"""
Colours, line patterns and symbols of every map, as pure functions over arrays.

Breaks and colours are fixed, so that two maps can be compared. No colour stands
for "nothing here": what has no colour is not assessed.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

#: Breaks between the five classes of estimated items a hectare.
DENSITY_BREAKS = (0.1, 1.0, 10.0, 100.0)

#: Fill of the five classes, palest first: CIE lightness 93, 78, 60, 41 and 20, so that the order survives grey print
#: and every kind of colour vision. No green, which would read as a promise.
PALETTE = ("#fdeaa8", "#f8b64c", "#e4712b", "#b5302a", "#5c0f35")

#: Fill where the density is not known.
UNKNOWN_FILL = "#c4c4c4"

#: An interval is narrow below the first ratio of high to low, wide from the second on.
INTERVAL_BREAKS = (3.0, 10.0)

#: Dash patterns in pixels of the outline: narrow, middling and wide interval.
LINE_PATTERNS = ("", "7 5", "1 5")

#: Shape of each kind of strike; shapes differ, not only colours.
SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"cluster": "circle", "mine": "triangle", "unitary": "square", "unknown": "diamond"}
)


def density_class(uxo_per_ha: ArrayLike) -> NDArray[np.int_]:
    """
    Class of each density on the fixed scale.

    Parameters
    ----------
    uxo_per_ha : array_like
        Estimated items a hectare; NaN where not known.

    Returns
    -------
    ndarray of int
        0 (under 0.1), 1 (0.1 to 1), 2 (1 to 10), 3 (10 to 100), 4 (over 100); -1 where not known.
        A value on an inner break belongs to the class above it, 100 to the class below.

    Examples
    --------
    >>> density_class([0.0, 0.1, 5, 100, 100.1, float("nan")])
    array([ 0,  1,  2,  3,  4, -1])
    """
    values = np.asarray(uxo_per_ha, dtype=float)
    lower, top = np.array(DENSITY_BREAKS[:-1]), DENSITY_BREAKS[-1]
    classes = np.searchsorted(lower, values, side="right") + (values > top)
    return np.where(np.isnan(values), -1, classes).astype(np.int_)


def density_fill(classes: ArrayLike) -> list[str]:
    """
    Fill colour of each class of :func:`density_class`.

    Parameters
    ----------
    classes : array_like of int
        Classes 0 to 4, or -1 where not known.

    Returns
    -------
    list of str
        Hexadecimal sRGB colours.

    Examples
    --------
    >>> density_fill([0, 4, -1])
    ['#fdeaa8', '#5c0f35', '#c4c4c4']
    """
    return [PALETTE[number] if number >= 0 else UNKNOWN_FILL for number in np.asarray(classes, dtype=int)]


def interval_class(low: ArrayLike, high: ArrayLike) -> NDArray[np.int_]:
    """
    Class of how sure each estimate is, from the ratio of its high to its low end.

    Parameters
    ----------
    low, high : array_like
        Ends of the interval, 0 or more; NaN where not known.

    Returns
    -------
    ndarray of int
        0 (ratio under 3), 1 (under 10), 2 (10 or more, the range starts at zero, or an end is not known).

    Examples
    --------
    >>> interval_class([10, 10, 10, 0, 0, float("nan")], [29, 30, 100, 5, 0, 5])
    array([0, 1, 2, 2, 2, 2])
    """
    first, last = np.broadcast_arrays(np.asarray(low, dtype=float), np.asarray(high, dtype=float))
    ratio = np.full(first.shape, np.inf)
    # a range from next to nothing is wide, however large the quotient
    with np.errstate(over="ignore", invalid="ignore"):
        np.divide(last, first, out=ratio, where=first > 0)
    ratio[np.isnan(ratio)] = np.inf
    return np.searchsorted(np.array(INTERVAL_BREAKS), ratio, side="right").astype(np.int_)


def kinds_in_catalogue(catalogue: pd.DataFrame) -> dict[str, str]:
    """
    Kind of symbol of every munition in the catalogue.

    Parameters
    ----------
    catalogue : DataFrame
        As :func:`uxomap.load_munitions` gives it: index ``munition_id``, columns ``hazard_kind`` and
        ``items_expected``.

    Returns
    -------
    dict of str to str
        ``mine`` for scatterable mines, ``cluster`` for carriers of several items, ``unitary`` for one item.

    Examples
    --------
    >>> columns = {"hazard_kind": ["dud", "mine"], "items_expected": [88, 312]}
    >>> kinds_in_catalogue(pd.DataFrame(columns, index=["a", "b"]))
    {'a': 'cluster', 'b': 'mine'}
    """
    several = catalogue["items_expected"].gt(1).map({True: "cluster", False: "unitary"})
    kinds = several.mask(catalogue["hazard_kind"].eq("mine"), "mine")
    return {str(munition): str(kind) for munition, kind in kinds.items()}


def symbol_kind(munition_ids: Collection[str], kinds: Mapping[str, str]) -> str:
    """
    Kind of symbol for a strike that may be one of several munitions.

    Parameters
    ----------
    munition_ids : collection of str
        Catalogue ids the strike may be; may be empty.
    kinds : mapping of str to str
        Kind of each munition (:func:`kinds_in_catalogue`).

    Returns
    -------
    str
        The kind on which all agree, otherwise ``unknown``.

    Examples
    --------
    >>> symbol_kind(["a", "b"], {"a": "cluster", "b": "cluster"}), symbol_kind([], {})
    ('cluster', 'unknown')
    """
    found = {kinds.get(munition, "unknown") for munition in munition_ids}
    return found.pop() if len(found) == 1 else "unknown"
