"""GeoParquet: one layer a file, for analysis of large layers."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from uxomap._files import stage_file
from uxomap.export._layers import check_spatial, describe_layer
from uxomap.export._values import PlainColumn, plain_columns

#: Kind of column in pandas for each kind of value; missing values stay missing in all.
_DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "text": "str",
        "time": "str",
        "integer": "Int64",
        "number": "float64",
        "boolean": "boolean",
        "date": "datetime64[s]",
    }
)


def write_parquet(
    layer: gpd.GeoDataFrame, path: Path, *, name: str, parameters: Mapping[str, object], sensitivity: str
) -> Path:
    """Write one layer with its geometry as it is, and what it is as attributes of the frame (key ``uxomap``)."""
    check_spatial(layer, name)
    columns = {column: _typed(values, layer.index) for column, values in plain_columns(layer, name=name).items()}
    # A user's own column may bear the name that the geometry usually has.
    place = next(name for name in ("geometry", "geom", "geometry_of_the_layer") if name not in columns)
    table = pd.DataFrame(columns, index=layer.index).reset_index(drop=True)
    table[place] = gpd.GeoSeries(layer.geometry.to_numpy(), crs="EPSG:4326")
    frame = gpd.GeoDataFrame(table, geometry=place, crs="EPSG:4326")
    about = describe_layer(name, layer, sensitivity=sensitivity, parameters=parameters)
    frame.attrs["uxomap"] = json.loads(json.dumps(about))
    with stage_file(path) as part:
        frame.to_parquet(part, index=False, compression="zstd", schema_version="1.1.0")
    return path


def _typed(column: PlainColumn, index: pd.Index) -> pd.Series:
    """Make a column of one kind."""
    return pd.Series(column.cells, index=index, dtype=_DTYPES[column.kind])
