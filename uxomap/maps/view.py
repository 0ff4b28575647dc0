"""The window on which a map opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uxomap.crs import metres_per_degree

Floats = NDArray[np.float64]

_MOST_LATITUDE = 85.0

#: Longest precision in metres that a window makes room for.
_MOST_ROOM_M = 200_000.0

#: Layers that a map opens on.
_SHOWN = (
    "zones",
    "hazard_areas",
    "strikes",
    "unlocated",
    "reports",
    "priorities",
    "zone_updates",
    "strike_updates",
    "tasks",
    "surveys",
    "finds",
    "cells",
    "hexagons",
)


@dataclass(frozen=True, slots=True)
class Window:
    """
    Bounds of the data in degrees.

    West may be below -180: the window then crosses the antimeridian, and whatever lies east of
    ``west + 360`` is drawn one turn further west.
    """

    west: float
    south: float
    east: float
    north: float


def find_window(layers: Mapping[str, pd.DataFrame], box: Sequence[float] | None = None) -> Window | None:
    """
    Find the narrowest window that holds every feature with a place.

    Where no layer has an area, places have room around them for their precision.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers in EPSG:4326; those without geometry may have columns ``longitude`` and ``latitude``.
    box : sequence of float, optional
        West, south, east, north of a picture that takes the place of layers where none has a place.

    Returns
    -------
    Window or None
        None where no feature has a place.

    Examples
    --------
    >>> find_window({"unlocated": pd.DataFrame({"longitude": [179.0, -178.0], "latitude": [-17.0, -16.0]})})
    Window(west=-181.0, south=-17.0, east=-178.0, north=-16.0)
    """
    given = [layers[name] for name in _SHOWN if name in layers]
    found = [_boxes(frame) for frame in given]
    if box is None and not any((each[:, 2] > each[:, 0]).any() for each in found):
        found = [_make_room(each, frame) for each, frame in zip(found, given, strict=True)]
    boxes = np.vstack([np.empty((0, 4)), *found])
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None if box is None else Window(*box)
    west, east = _narrowest(boxes[:, 0], boxes[:, 2])
    return Window(west, float(boxes[:, 1].min()), east, float(boxes[:, 3].max()))


def _boxes(frame: pd.DataFrame) -> Floats:
    """West, south, east, north of every feature; each part of a split polygon is a feature here."""
    if isinstance(frame, gpd.GeoDataFrame):
        return np.asarray(frame.geometry.explode().bounds, dtype=float)
    if {"longitude", "latitude"} <= set(frame.columns):
        return frame[["longitude", "latitude", "longitude", "latitude"]].to_numpy(dtype=float)
    return np.empty((0, 4))


def _make_room(boxes: Floats, frame: pd.DataFrame) -> Floats:
    """Widen places by what is not known of them."""
    if "precision_m" not in frame.columns or len(boxes) != len(frame):
        return boxes
    precision = np.nan_to_num(frame["precision_m"].to_numpy(dtype=float))
    latitude = np.clip(np.nan_to_num(boxes[:, 1]), -_MOST_LATITUDE, _MOST_LATITUDE)
    high = np.clip(precision, 0.0, _MOST_ROOM_M) / metres_per_degree(latitude)
    wide = high / np.cos(np.radians(latitude))
    return np.column_stack([boxes[:, 0] - wide, boxes[:, 1] - high, boxes[:, 2] + wide, boxes[:, 3] + high])


def _narrowest(west: Floats, east: Floats) -> tuple[float, float]:
    """Ends of the shortest arc of longitude that holds all intervals, by the widest gap between them."""
    order = np.argsort(west, kind="stable")
    starts, reached = west[order], np.maximum.accumulate(east[order])
    inner = starts[1:] - reached[:-1]
    over_the_edge = starts[0] + 360 - reached[-1]
    if not len(inner) or inner.max() <= over_the_edge:
        return float(starts[0]), float(reached[-1])
    gap = int(inner.argmax())
    return float(starts[gap + 1] - 360), float(reached[gap])
