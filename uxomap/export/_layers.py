"""What the files of a layer share: the check before, the key of its rows, and what they say about themselves."""

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from uxomap._validation import check_layer, check_sensitivity, name_rows
from uxomap.errors import OutputError, SchemaError
from uxomap.export._values import clean_text
from uxomap.schema import layer_schema, layer_schemas
from uxomap.wording import METHOD_VERSION, NOTICE

#: What each layer shows, in a few words; a layer that is not named here goes by its own name.
DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "reports": "Reports as they were read, one row each, with what became of them.",
        "strikes": "Reported strikes, one row an event.",
        "hazard_areas": "Land to look in for each reported strike.",
        "zones": "Hazard areas that overlap, put together: proposed for survey.",
        "unlocated": "Strikes whose place is too coarse for an area: to be located first.",
        "cells": "Cells of the map that may hold items, with the interval of each.",
        "hexagons": "Expected items gathered into hexagons, coarse enough to be shared.",
        "exposure": "Zones with the people, facilities, roads and land in and near them.",
        "zone_parts": "Zones split by admin area.",
        "priorities": "Zones in the order proposed for survey, and how sure that order is.",
        "tasks": "Land proposed for search, cut into tasks of a team, in order.",
        "surveys": "Searches that teams reported.",
        "finds": "Items that teams found.",
        "zone_updates": "Zones after the searches, the estimate before them beside it.",
        "strike_updates": "Strikes after the searches, the estimate before them beside it.",
        "public_areas": "Reported strikes and estimated items added up by area, coarse on purpose.",
    }
)

#: No further facts.
NOTHING: Mapping[str, object] = MappingProxyType({})

#: The one layer that is made for everybody.
PUBLIC = "public_areas"

#: Half the span of longitudes and of latitudes, in degrees.
_LIMITS = (180.0, 90.0)


def check_spatial(layer: pd.DataFrame, name: str) -> None:
    """
    Refuse a layer without geometry, off the globe, or one that breaks its contract.

    Raises
    ------
    SchemaError
    CRSError
    """
    if not layer_schema(name).geometry:
        message = f"The {name} layer has no geometry by design. A map file needs one. Write it with write_csv."
        raise SchemaError(message)
    if not isinstance(layer, gpd.GeoDataFrame) or layer.active_geometry_name is None:
        message = f"The {name} layer has lost its geometry. Must be a GeoDataFrame with one. Set it with set_geometry."
        raise SchemaError(message)
    check_layer(layer, name)
    outside = _is_outside(layer)
    if outside.any():
        message = (
            f"The {name} layer leaves the globe in {name_rows(layer.index[outside])}. Longitudes must lie between -180 "
            "and 180, latitudes between -90 and 90 degrees. Check its CRS, and split geometry at the antimeridian."
        )
        raise SchemaError(message)


def check_layer_of(layer: pd.DataFrame, name: str) -> None:
    """
    Refuse a layer that breaks its contract, on the map or off it.

    Raises
    ------
    SchemaError
    CRSError
    """
    if layer_schema(name).geometry:
        check_spatial(layer, name)
    else:
        check_layer(layer, name)


def _is_outside(layer: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Find geometry with a coordinate beyond the globe, infinite or not a number."""
    coordinates, owners = shapely.get_coordinates(layer.geometry.to_numpy(), return_index=True)
    outside = np.zeros(len(layer), dtype=bool)
    outside[owners[~(np.abs(coordinates) <= _LIMITS).all(axis=1)]] = True
    return outside


def key_column(name: str) -> str:
    """
    Column that identifies the rows of a layer: the first one of its contract whose name ends in ``_id``.

    Examples
    --------
    >>> key_column("reports"), key_column("hazard_areas")
    ('report_id', 'area_id')
    """
    return next(column for column in layer_schema(name).required if column.endswith("_id"))


def describe_layer(
    name: str, frame: pd.DataFrame, *, sensitivity: str, parameters: Mapping[str, object]
) -> dict[str, object]:
    """
    Facts that let a file speak for itself.

    Returns
    -------
    dict
        ``layer``, ``description``, ``notice``, ``method_version``, ``sensitivity``, ``crs``, ``columns`` (unit and
        meaning of each column of the contract that the frame has), then *parameters*.
    """
    if name != PUBLIC:
        check_sensitivity(sensitivity)
    columns = {
        column.name: {"unit": column.unit, "meaning": column.meaning} if column.unit else {"meaning": column.meaning}
        for column in layer_schemas()[name].columns.values()
        if column.name in frame.columns
    }
    facts: dict[str, object] = {
        "layer": name,
        "description": DESCRIPTIONS.get(name, name.replace("_", " ").capitalize()),
        "notice": _stated(frame, "notice", NOTICE),
        "method_version": _stated(frame, "method_version", METHOD_VERSION),
        "sensitivity": sensitivity,
        "crs": "WGS 84 longitude and latitude in degrees",
        "columns": columns,
    }
    return plain_object(facts | ({"parameters": parameters} if parameters else {}))


def state_notice(name: str, layer: pd.DataFrame) -> str:
    """Notice of a file: that of the layer itself where it is made for everybody and says what is missing from it."""
    return _stated(layer, "notice", NOTICE) if name == PUBLIC else NOTICE


def state_facts(
    layers: Mapping[str, pd.DataFrame], *, sensitivity: str, parameters: Mapping[str, object]
) -> dict[str, object]:
    """
    Facts about a file or a folder of several layers.

    Raises
    ------
    InputError
        The label says public, and the layers show single places.
    """
    public = set(layers) == {PUBLIC}
    if not public:
        check_sensitivity(sensitivity)
    facts: dict[str, object] = {
        "notice": state_notice(PUBLIC, layers[PUBLIC]) if public else NOTICE,
        "method_version": METHOD_VERSION,
        "sensitivity": sensitivity,
    }
    return plain_object(facts | ({"parameters": parameters} if parameters else {}))


def about_file(
    layers: Mapping[str, pd.DataFrame], *, sensitivity: str, parameters: Mapping[str, object]
) -> dict[str, str]:
    """
    Facts that let a file of several layers speak for itself, as text.

    Examples
    --------
    >>> about_file({}, sensitivity="internal", parameters={"fadeout_m": 50.0})["parameter fadeout_m"]
    '50.0'
    """
    facts = state_facts(layers, sensitivity=sensitivity, parameters=parameters)
    stated = facts.pop("parameters", {})
    named = stated if isinstance(stated, Mapping) else {}
    return {name: say_fact(value) for name, value in facts.items()} | {
        f"parameter {name}": say_fact(value) for name, value in named.items()
    }


def say_fact(value: object) -> str:
    """Write a fact as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain_object(data: Mapping[str, object]) -> dict[str, object]:
    """
    Turn a mapping into what JSON can hold, keeping its order.

    Raises
    ------
    OutputError
        It holds an infinite number, or something that has no form in JSON.
    """
    return {clean_text(str(key)): _plain(value) for key, value in data.items()}


def _plain(value: object) -> object:
    """Turn one value into what JSON can hold; missing values become None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (str, PurePath)):
        return clean_text(str(value))
    if isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return plain_object(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(item) for item in value]
    message = f"Invalid value {value!r} ({type(value).__name__}). JSON cannot hold it. Give a finite number or text."
    raise OutputError(message)


def _stated(frame: pd.DataFrame, column: str, default: str) -> str:
    """Say what the layer itself states in a column, or else, without rows, beside them, or else the default."""
    stated = frame[column].dropna().drop_duplicates() if column in frame.columns else ()
    return " | ".join(clean_text(str(text)) for text in stated) or str(frame.attrs.get(column) or default)
