"""The web map: one page that opens anywhere, asks nobody for anything, and hides nothing it was given."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from babel import Locale

from uxomap._files import stage_file
from uxomap._validation import check_choice, check_layer, check_sensitivity, take_layers
from uxomap.errors import InputError
from uxomap.languages import Language, load_language
from uxomap.maps import packing, style, words
from uxomap.maps.background import pack_context
from uxomap.maps.basemap import read_basemap
from uxomap.maps.features import collect_features
from uxomap.maps.gather import gather_layers
from uxomap.maps.labels import page_labels
from uxomap.maps.parts import say_in_english, split_sentences
from uxomap.maps.raster import picture_contamination
from uxomap.maps.view import find_window
from uxomap.munitions import load_munitions
from uxomap.wording import METHOD_VERSION, NOTICE, ROUNDING_NOTE, SENSITIVITY

if TYPE_CHECKING:
    import folium

#: Layers the web map draws, beside ``exposure``, whose facts stand in the details of zones, and ``contamination``.
MAP_LAYERS = (
    "zones",
    "hazard_areas",
    "strikes",
    "unlocated",
    "reports",
    "cells",
    "hexagons",
    "priorities",
    "tasks",
    "surveys",
    "finds",
    "zone_updates",
    "strike_updates",
)

#: Layers of which days are chosen.
_DATED = ("zones", "hazard_areas", "strikes", "unlocated", "reports", "priorities", "zone_updates")

#: Where the page keeps what its script reads, and what it says about itself.
_DATA_TAG = '<script type="application/json" id="uxomap-data">'
_ABOUT_TAG = '<script type="application/json" id="uxomap-about">'


def make_web_map(  # noqa: PLR0913 - a page has many parts, and each may be left out
    layers: Any,
    *,
    title: str | None = None,
    subtitle: str = "",
    summary: Sequence[str] = (),
    sensitivity: str = SENSITIVITY,
    language: str = "en",
    basemap: str | os.PathLike[str] | None = None,
    offline: bool = True,
    context: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> "folium.Map":
    """
    Draw layers on a web page that works without a network.

    Zones are filled by estimated items a hectare in five fixed classes, the same on every map; their outline shows
    how sure the estimate is. Strikes whose place is too coarse for an area stand in a list, because a map
    hides them. Whatever has no colour is marked as not assessed.

    Parameters
    ----------
    layers : Assessment, or mapping of str to DataFrame, GeoDataFrame or Dataset
        Layers as uxomap makes them (EPSG:4326): ``zones``, ``hazard_areas``, ``strikes``, ``unlocated``, ``reports``,
        ``cells``, ``hexagons``, ``priorities``, ``tasks``, ``surveys``, ``finds``, ``zone_updates``,
        ``strike_updates``; ``exposure``, shown in the details of zones; and ``contamination``, the Dataset of
        `estimate_contamination`, shown as a picture. Missing and empty layers are allowed. Of a layer with more than
        25,000 features the highest estimates are drawn one by one and the rest is gathered in squares; the page says
        so.
    title : str, optional
        Heading of the page.
    subtitle : str
        Place and date, for instance.
    summary : sequence of str
        Lines under the heading, such as the total and its range. They are shown as they are: the map adds up nothing,
        because ends of ranges must not be added.
    sensitivity : str
        Label that says who may see the map.
    language : str
        Of the page: ``en``, ``uk``, ``fr``, ``ar`` or ``es``. Texts of reports stay as they are.
    basemap : path or str, optional
        File of the user's own base map, which becomes part of the page: a GeoTIFF, or raster tiles as MBTiles or
        PMTiles. It is shown in pale greys, so that none of its colours is taken for a class.
    offline : bool
        False for a page that asks OpenStreetMap for tiles whenever it is opened; nothing else makes a request, and
        this one tells that server which place is looked at. Not together with *basemap*.
    context : mapping of str to GeoDataFrame, optional
        Quiet background, any of ``admin``, ``roads``, ``water`` and ``settlements``; named by a column ``name`` where
        there is one.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; write it with :func:`save_web_map`. Elements of folium can be added to it, but the
        page forbids requests to other hosts, so tiles from the internet stay blank.

    Raises
    ------
    InputError
        A layer has a name the map does not know, or the language, the base map or the context cannot be used.
    SchemaError, CRSError
        A layer breaks its contract.

    Examples
    --------
    >>> web_map = make_web_map({}, title="Nothing reported yet")
    >>> "Nothing reported yet" in web_map_html(web_map)
    True
    """
    # folium takes longer to import than the rest of uxomap together.
    from uxomap.maps.page_map import PageMap  # noqa: PLC0415

    check_sensitivity(sensitivity)
    if isinstance(summary, str):
        message = f"Invalid summary {summary!r}. Must be a list of lines. Write [summary]."
        raise InputError(message)
    spoken = load_language(language)
    unmapped = getattr(layers, "contamination_note", "")
    layers = take_layers(layers, (*MAP_LAYERS, "exposure", "contamination"))
    tables = _check_layers(layers)
    grid = layers.get("contamination")
    cells = None if grid is None else picture_contamination(grid)
    window = find_window(tables, None if cells is None else cells["box"])
    bounds = None if window is None else [window.west, window.south, window.east, window.north]
    ground = read_basemap(basemap, bounds, offline=offline)
    data = _page_data(tables, spoken) | {
        "window": bounds,
        "cells": cells,
        "basemap": ground,
        "context": pack_context(context or {}, bounds),
    }
    if unmapped and grid is None:
        head = say_in_english(spoken.say("There is no map of contamination"), spoken)
        # the first sentence says why; the others are for whoever made the map
        data["notes"].append(f"{head}: {split_sentences(unmapped)[0]}")
    texts = {
        "title": spoken.say("Where unexploded items may lie") if title is None else title,
        "subtitle": subtitle,
        "summary": list(summary),
        "sensitivity": spoken.say(sensitivity),
        "notice": spoken.say(NOTICE),
        "rounding": spoken.say(ROUNDING_NOTE),
        "version": METHOD_VERSION,
        "language": spoken.code,
        "direction": "rtl" if spoken.right_to_left else "ltr",
        "host": "" if ground is None else ground.get("host", ""),
    }
    return PageMap(data, texts)


def _check_layers(layers: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Refuse what is no layer, and take the tables among the layers."""
    tables = {name: frame for name, frame in layers.items() if name != "contamination"}
    for name, frame in tables.items():
        check_choice(name, "layer", (*MAP_LAYERS, "exposure", "contamination"))
        check_layer(frame, name)
    return tables


def _page_data(tables: Mapping[str, pd.DataFrame], language: Language) -> dict[str, Any]:
    """What the page's script reads: texts, looks and packed layers."""
    catalogue = load_munitions()
    kept, squares, notes = gather_layers(tables, language)
    collections = collect_features(
        kept,
        kinds=style.kinds_in_catalogue(catalogue),
        names=dict(zip(catalogue.index.astype(str), catalogue["name"], strict=True)),
        language=language,
    )
    if squares is not None:
        collections["squares"] = squares
    symbols = Locale.parse(language.code).number_symbols["latn"]
    return {
        "labels": page_labels(language),
        "style": _style(),
        "months": list(words.months(language.code)),
        "marks": {"group": symbols["group"], "decimal": symbols["decimal"]},
        "rtl": language.right_to_left,
        "order": [*MAP_LAYERS, "squares"],
        "hidden": ["zones"] if "zone_updates" in tables and len(tables["zone_updates"]) else [],
        "dated": list(_DATED),
        "chunk": packing.CHUNK,
        "notes": notes,
        "layers": {name: collection.pack() for name, collection in collections.items()},
    }


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


def save_web_map(
    web_map: "folium.Map", path: str | os.PathLike[str], *, about: Mapping[str, object] | None = None
) -> Path:
    """
    Write a web map to a file, whole or not at all.

    Parameters
    ----------
    web_map : folium.Map
        As :func:`make_web_map` returns it.
    path : str or path-like
        File to write, usually ``map.html``. A file of that name is replaced.
    about : Mapping, optional
        What the page is and was made from, for programs: stands in it as JSON, in the script ``uxomap-about``.

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
    page = web_map_html(web_map)
    if about is not None:
        from uxomap.maps.page_map import script_safe  # noqa: PLC0415 - loads folium, see make_web_map

        # Texts of reports stand in the page escaped, so that the first such tag is the page's own.
        page = page.replace(_DATA_TAG, f"{_ABOUT_TAG}{script_safe(about)}</script>\n{_DATA_TAG}", 1)
    with stage_file(target) as draft:
        draft.write_bytes(page.encode("utf-8"))
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
