"""Classes and colours that the styles of files share with every other map of the package."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

#: Breaks between the classes of estimated items a hectare; a value on one belongs to the class above it, on the last
#: to the class below.
DENSITY_BREAKS = (0.1, 1.0, 10.0, 100.0)

#: The same for estimated items of a row, whatever its area.
ITEM_BREAKS = (1.0, 10.0, 100.0, 1000.0)

#: Names of the classes.
DENSITY_LABELS = (
    "under 0.1 items/ha",
    "0.1 to 1 items/ha",
    "1 to 10 items/ha",
    "10 to 100 items/ha",
    "over 100 items/ha",
)

#: Fill of the classes, palest first.
PALETTE = ("#fdeaa8", "#f8b64c", "#e4712b", "#b5302a", "#5c0f35")

#: Fill where the density is not known, and what it is called.
UNKNOWN_FILL, UNKNOWN_LABEL = "#c4c4c4", "density not known"

#: Last place in each class of the order proposed for survey, and the names of the classes.
PLACE_BREAKS = (5, 10, 25, 50)
PLACE_LABELS = ("places 1 to 5", "places 6 to 10", "places 11 to 25", "places 26 to 50", "beyond place 50")

#: Lines of outlines and of single hazard areas.
INK, GREY = "#33282b", "#4d4d4d"

#: How opaque a fill is, of 255.
OPACITY = 190

#: Points of each layer.
POINTS: Mapping[str, str] = MappingProxyType({"reports": "#9a9a9a", "strikes": "#1f1f1f", "finds": "#5c0f35"})


def density_classes(uxo_per_ha: NDArray[np.float64]) -> NDArray[np.int_]:
    """
    Class of each density, 0 to 4; -1 where it is not known.

    Examples
    --------
    >>> density_classes(np.array([0.0, 0.1, 100.0, 101.0, np.nan])).tolist()
    [0, 1, 3, 4, -1]
    """
    return _classes(uxo_per_ha, DENSITY_BREAKS)


def item_classes(items: NDArray[np.float64]) -> NDArray[np.int_]:
    """
    Class of each number of items, 0 to 4; -1 where it is not known.

    Examples
    --------
    >>> item_classes(np.array([0.9, 1.0, 1000.0, 1001.0, np.nan])).tolist()
    [0, 1, 3, 4, -1]
    """
    return _classes(items, ITEM_BREAKS)


def _classes(values: NDArray[np.float64], breaks: tuple[float, ...]) -> NDArray[np.int_]:
    """Class of each value: one on a break belongs to the class above it, on the last to the class below."""
    inner, last = np.array(breaks[:-1]), breaks[-1]
    classes = np.searchsorted(inner, values, side="right") + (values > last)
    return np.where(np.isnan(values), -1, classes).astype(np.int_)


def place_classes(places: NDArray[np.float64]) -> NDArray[np.int_]:
    """
    Class of each place in the order proposed for survey, 0 to 4; -1 where it has none.

    Examples
    --------
    >>> place_classes(np.array([1.0, 5.0, 6.0, 51.0, np.nan])).tolist()
    [0, 0, 1, 4, -1]
    """
    classes = np.searchsorted(np.array(PLACE_BREAKS), places, side="left")
    return np.where(np.isnan(places), -1, classes).astype(np.int_)
