"""Layers that keep their contracts, drawn from the contracts themselves."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from uxomap.schema import layer_schemas


def square(west, south, side, *, clockwise=False):
    ring = [(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)]
    return ring[::-1] if clockwise else ring


def draw_layer(name, count=3, **columns):
    """Draw a layer that keeps its contract; every value differs by row and column."""
    schema = layer_schemas()[name]
    data = {}
    for number, column in enumerate(schema.columns.values()):
        rows = np.arange(count)
        data[column.name] = {
            "text": [f"{column.name} {row}" for row in rows],
            "integer": rows + number,
            "number": rows * math.pi + number / 7,
            "date": pd.Timestamp("2022-03-01") + pd.to_timedelta(rows * 40 + number, unit="D"),
        }[column.kind]
    data |= columns
    if not schema.geometry:
        return pd.DataFrame(data)
    places = [
        shapely.Point(36 + row / 300, 48 + row / 700)
        if schema.geometry == ("Point",)
        else shapely.Polygon(square(36 + row / 300, 48 + row / 700, 0.1, clockwise=True))
        for row in range(count)
    ]
    return gpd.GeoDataFrame(data, geometry=places, crs="EPSG:4326")


def draw_layers():
    return {name: draw_layer(name) for name in layer_schemas()}
