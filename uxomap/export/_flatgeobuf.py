"""FlatGeobuf: one layer a file, quick to open and to read in parts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd

from uxomap._files import stage_file
from uxomap.export._layers import describe_layer
from uxomap.export._ogr import FAULTS, explain_gdal, layer_table, write_table


def write_flatgeobuf(
    layer: gpd.GeoDataFrame, path: Path, *, name: str, parameters: Mapping[str, object], sensitivity: str
) -> Path:
    """Write one layer; sorted by place for its index, unless a row has no place, which the index cannot hold."""
    table = layer_table(name, layer)
    about = describe_layer(name, layer, sensitivity=sensitivity, parameters=parameters)
    places = [] if table.geometry is None else table.geometry.tolist()
    indexed = bool(places) and None not in places
    options = {
        "SPATIAL_INDEX": "YES" if indexed else "NO",
        "TITLE": name,
        "DESCRIPTION": json.dumps(about, ensure_ascii=False),
    }
    # Written in memory first: on a full disk GDAL may cut this format short and say nothing.
    buffer = BytesIO()
    try:
        write_table(replace(table, options=MappingProxyType(options)), buffer, driver="FlatGeobuf")
    except FAULTS as error:
        raise explain_gdal(path, error) from error
    with stage_file(path) as part:
        part.write_bytes(buffer.getbuffer())
    return path
