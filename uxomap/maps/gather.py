"""What is too much to draw one by one: the highest estimates stay, the rest is gathered in squares."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap.languages import Language
from uxomap.maps import style, words
from uxomap.maps.features import Collection
from uxomap.maps.parts import Feature, make_details

#: Features of one layer that are drawn one by one.
MOST_DRAWN = 25_000

#: Squares that the rest is gathered in, at most.
MOST_SQUARES = 4_000

#: Layers that may be cut; what is planned and found is always drawn whole.
_CUT = ("zones", "hazard_areas", "strikes", "unlocated", "reports", "cells", "hexagons", "priorities", "zone_updates")

#: Layers whose best estimates are added up in a square: the first that is there, because they hold the same items.
_SUMMED = ("hazard_areas", "zones", "cells", "hexagons", "priorities", "zone_updates")

#: Layer whose first rows stay, whatever their estimates.
_RANKED = "priorities"

_FINEST_SPLIT = 4096


def gather_layers(
    layers: Mapping[str, pd.DataFrame], language: Language, *, most: int = MOST_DRAWN
) -> tuple[dict[str, pd.DataFrame], Collection | None, list[str]]:
    """
    Keep what can be drawn one by one, and gather the rest.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers by name, in EPSG:4326.
    language : Language
        Of the sentences.
    most : int
        Features of a layer that are kept: those with the highest estimates, of ``priorities`` the first of the order;
        the first rows where none is given.

    Returns
    -------
    kept : dict of str to DataFrame
        The layers, shortened where they are longer than *most*.
    squares : Collection or None
        Squares of the rest, all layers together; None where there is no rest.
    notes : list of str
        What the page must say of it.

    Examples
    --------
    >>> gather_layers({"zones": pd.DataFrame({"a": [1]})}, words.ENGLISH)[1:]
    (None, [])
    """
    kept, rest, notes = dict(layers), {}, []
    for name in _CUT:
        frame = layers.get(name)
        if frame is None or len(frame) <= most:
            continue
        order = np.arange(len(frame))
        if name == _RANKED:
            order = np.argsort(frame["priority"].to_numpy(), kind="stable")
        elif "uxo_expected" in frame.columns:
            order = np.argsort(-np.nan_to_num(frame["uxo_expected"].to_numpy(dtype=float), nan=np.inf), kind="stable")
        kept[name] = frame.iloc[np.sort(order[:most])]
        rest[name] = frame.iloc[order[most:]]
        notes.append(_say_note(name, len(frame), most, language))
    if not rest:
        return kept, None, notes
    return kept, _gather(rest, language), notes


def _say_note(name: str, size: int, most: int, language: Language) -> str:
    """Say how many features of a layer are drawn one by one."""
    counts = {"n": words.say_whole(most, language), "total": words.say_whole(size, language)}
    if name == _RANKED:
        return language.say(
            "{layer}: the first {n} of {total} are drawn one by one. The others are gathered in squares; the files "
            "hold each of them.",
            layer=_plural(name, language),
            **counts,
        )
    return language.say(
        "{layer}: {n} of {total} are drawn one by one, the highest estimates first. The others are gathered in "
        "squares; the files hold each of them.",
        layer=_plural(name, language),
        **counts,
    )


def _plural(name: str, language: Language) -> str:
    """Name what a layer holds."""
    say = language.say
    return {
        "zones": say("Zones"),
        "hazard_areas": say("Areas of strikes"),
        "strikes": say("Strikes"),
        "unlocated": say("Strikes not located"),
        "reports": say("Reports"),
        "cells": say("Cells of contamination"),
        "hexagons": say("Hexagons of contamination"),
        "priorities": say("Proposed order of survey"),
        "zone_updates": say("Zones after the surveys"),
    }[name]


def _gather(rest: Mapping[str, pd.DataFrame], language: Language) -> Collection:
    """Gather features of all layers into the same squares."""
    places = {name: _places(frame) for name, frame in rest.items()}
    every = np.vstack([place[~np.isnan(place).any(axis=1)] for place in places.values()])
    side = _choose_side(every)
    summed = next((name for name in _SUMMED if name in rest), "")
    squares: dict[tuple[int, int], Feature] = {}
    for name, frame in rest.items():
        known = ~np.isnan(places[name]).any(axis=1)
        corner = np.floor(places[name][known] / side).astype(np.int64)
        density = frame["uxo_per_ha"].to_numpy(dtype=float)[known] if "uxo_per_ha" in frame.columns else None
        expected = frame["uxo_expected"].to_numpy(dtype=float)[known] if name == summed else None
        for at, key in enumerate(map(tuple, corner.tolist())):
            square = squares.setdefault(key, {"sizes": {}, "expected": 0.0, "density": np.nan})
            square["sizes"][name] = square["sizes"].get(name, 0) + 1
            if density is not None:
                square["density"] = np.fmax(square["density"], density[at])
            if expected is not None:
                square["expected"] += expected[at]
    made = [_describe(key, square, summed, language) for key, square in squares.items()]
    corners = np.array(list(squares), dtype=float) * side if squares else np.zeros((0, 2))
    shapes = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + side, corners[:, 1] + side)
    return Collection(
        [columns for columns, _ in made], [details for _, details in made], np.asarray(shapes, dtype=object)
    )


def _places(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Place of each feature in degrees, NaN where it has none."""
    if isinstance(frame, gpd.GeoDataFrame):
        boxes = np.asarray(frame.geometry.bounds, dtype=float)
        return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, dtype=np.float64)
    return np.asarray(frame[["longitude", "latitude"]].to_numpy(dtype=float), dtype=np.float64)


def _choose_side(places: npt.NDArray[np.float64]) -> float:
    """Side in degrees, a power of two of 1/4096, of squares that are few enough."""
    side = 1 / _FINEST_SPLIT
    while len(places) and len(np.unique(np.floor(places / side), axis=0)) > MOST_SQUARES:
        side *= 2
    return side


def _describe(key: tuple[int, int], square: Feature, summed: str, language: Language) -> tuple[Feature, Feature]:
    """Describe a square by what it holds."""
    say = language.say
    identity = f"{key[0]}_{key[1]}"
    size = max(square["sizes"].values())
    columns = {
        "id": identity,
        "name": say("Gathered in squares"),
        "place": "",
        "size": size,
        "density": int(style.density_class(square["density"])),
        "per_ha": float(np.nan_to_num(square["density"])),
        "brief": say("{n} more, not drawn one by one", n=words.say_whole(size, language)),
    }
    counts = [(_plural(name, language), words.say_whole(count, language)) for name, count in square["sizes"].items()]
    sentence = say("In this square lies more than is drawn one by one. The files hold each of them.")
    if summed:
        total = words.say_number(square["expected"], language)
        added = say("Their best estimates add up to {total} items; ranges must not be added.", total=total)
        sentence = f"{sentence} {added}"
    return columns, make_details(sentence, counts)
