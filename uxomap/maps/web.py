"""The web map: one page that opens anywhere, asks nobody for anything, and hides nothing it was given."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from uxomap._files import stage_file
from uxomap._validation import check_choice, check_layer
from uxomap.errors import InputError
from uxomap.maps import style
from uxomap.maps.features import collect_features, pool_texts
from uxomap.maps.labels import LABELS
from uxomap.maps.view import find_window
from uxomap.munitions import load_munitions
from uxomap.wording import METHOD_VERSION, NOTICE, ROUNDING_NOTE, SENSITIVITY

if TYPE_CHECKING:
    import folium

#: Layers the web map draws.
MAP_LAYERS = ("zones", "hazard_areas", "strikes", "unlocated", "reports")


def make_web_map(
    layers: Mapping[str, pd.DataFrame],
    *,
    title: str = "Where unexploded items may lie",
    subtitle: str = "",
    summary: Sequence[str] = (),
    sensitivity: str = SENSITIVITY,
) -> "folium.Map":
    """
    Draw layers on a web page that works without a network.

    Zones are filled by estimated items a hectare in five fixed classes, the same on every map; their outline shows
    how sure the estimate is. Strikes whose place is too coarse for an area stand in a list, because a map
    hides them. Whatever has no colour is marked as not assessed.

    Parameters
    ----------
    layers : mapping of str to DataFrame or GeoDataFrame
        Any of ``zones``, ``hazard_areas``, ``strikes``, ``unlocated`` and ``reports``, as uxomap makes them
        (EPSG:4326). Missing and empty layers are allowed.
    title : str
        Heading of the page.
    subtitle : str
        Place and date, for instance.
    summary : sequence of str
        Lines under the heading, such as the total and its range. They are shown as they are: the map adds up nothing,
        because ends of ranges must not be added.
    sensitivity : str
        Label that says who may see the map.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; write it with :func:`save_web_map`. Elements of folium can be added to it, but the
        page forbids requests to other hosts, so tiles from the internet stay blank.

    Raises
    ------
    InputError
        A layer has a name the map does not know.
    SchemaError, CRSError
        A layer breaks its contract.

    Examples
    --------
    >>> web_map = make_web_map({}, title="Nothing reported yet")
    >>> "No zone could be drawn." in web_map_html(web_map)
    True
    """
    # folium takes longer to import than the rest of uxomap together.
    from uxomap.maps.page_map import PageMap  # noqa: PLC0415

    if isinstance(summary, str):
        message = f"Invalid summary {summary!r}. Must be a list of lines. Write [summary]."
        raise InputError(message)
    for name, frame in layers.items():
        check_choice(name, "layer", MAP_LAYERS)
        check_layer(frame, name)
    catalogue = load_munitions()
    window = find_window(layers)
    collections, pool = pool_texts(
        collect_features(
            layers,
            kinds=style.kinds_in_catalogue(catalogue),
            names=dict(zip(catalogue.index.astype(str), catalogue["name"], strict=True)),
        )
    )
    data = {
        "labels": dict(LABELS),
        "style": _style(),
        "window": None if window is None else [window.west, window.south, window.east, window.north],
        "layers": collections,
        "pool": pool,
    }
    texts = {
        "title": title,
        "subtitle": subtitle,
        "summary": list(summary),
        "sensitivity": sensitivity,
        "notice": NOTICE,
        "rounding": ROUNDING_NOTE,
        "version": METHOD_VERSION,
    }
    return PageMap(data, texts)


def web_map_html(web_map: "folium.Map") -> str:
    """
    Write a web map as the text of one HTML page.

    Parameters
    ----------
    web_map : folium.Map
        As :func:`make_web_map` returns it.

    Returns
    -------
    str
        The same text for the same layers, whenever and wherever it is made.

    Examples
    --------
    >>> web_map_html(make_web_map({}))[:15]
    '<!DOCTYPE html>'
    """
    return str(web_map.get_root().render())


def save_web_map(web_map: "folium.Map", path: str | os.PathLike[str]) -> Path:
    """
    Write a web map to a file, whole or not at all.

    Parameters
    ----------
    web_map : folium.Map
        As :func:`make_web_map` returns it.
    path : str or path-like
        File to write, usually ``map.html``. A file of that name is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        The folder does not exist or cannot be written. An earlier file stays as it was.

    Examples
    --------
    >>> save_web_map(make_web_map({}), "/no/such/folder/map.html")
    Traceback (most recent call last):
    ...
    uxomap.errors.OutputError: Cannot write /no/such/folder/map.html: that folder does not exist. ...
    """
    target = Path(path)
    page = web_map_html(web_map).encode("utf-8")
    with stage_file(target) as draft:
        draft.write_bytes(page)
    return target


def _style() -> dict[str, object]:
    """Colours, patterns and shapes for the page's script."""
    return {
        "breaks": list(style.DENSITY_BREAKS),
        "palette": list(style.PALETTE),
        "unknown": style.UNKNOWN_FILL,
        "patterns": list(style.LINE_PATTERNS),
        "symbols": dict(style.SYMBOLS),
    }
