"""GeoJSON that every GIS opens unchanged (RFC 7946)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from uxomap._files import stage_file, take_path
from uxomap.export._layers import NOTHING, check_spatial, describe_layer, key_column
from uxomap.export._values import PlainColumn, plain_columns
from uxomap.wording import SENSITIVITY

#: Decimals of a degree: about a centimetre. A ring that these would break keeps more.
_DIGITS = 7
_MORE_DIGITS = (9, 11, 13)

#: Features that are turned into text at a time, so that a large layer needs little memory.
_CHUNK = 10_000


def write_geojson(
    layer: gpd.GeoDataFrame,
    path: str | Path,
    *,
    name: str,
    parameters: Mapping[str, object] = NOTHING,
    sensitivity: str = SENSITIVITY,
) -> Path:
    """
    Write one layer as GeoJSON after RFC 7946: same layer, same bytes.

    Longitude and latitude on WGS 84 with 7 decimals, outer rings counter-clockwise, no ``crs`` member. Each feature
    has the key of its layer as ``id``. Missing values and empty geometry are ``null``, dates YYYY-MM-DD, numbers in
    full precision, text in Unicode NFC, features in the order of the frame. The member ``metadata`` states notice,
    method version, sensitivity, and unit and meaning of each column.

    Parameters
    ----------
    layer : GeoDataFrame
        The layer, in EPSG:4326. Geometry that crosses the antimeridian must already be split there.
    path : str or Path
        File to write; one of that name is replaced whole.
    name : str
        Name of the layer, e.g. ``"zones"``; its contract is checked.
    parameters : Mapping, optional
        Choices that the layer was made with, and further facts such as hashes of the inputs; stand in ``metadata``.
    sensitivity : str
        Sensitivity label.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SchemaError
        The layer breaks its contract, has no geometry, or leaves the range of longitude and latitude.
    CRSError
        The layer is not in EPSG:4326.
    OutputError
        The file cannot be written.

    References
    ----------
    Butler et al. 2016, The GeoJSON Format, RFC 7946, https://www.rfc-editor.org/rfc/rfc7946

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from uxomap.schema import layer_schema
    >>> columns = {column: [] for column in layer_schema("strikes").required}
    >>> strikes = gpd.GeoDataFrame(columns, geometry=[], crs="EPSG:4326")
    >>> with TemporaryDirectory() as folder:
    ...     path = write_geojson(strikes, Path(folder) / "strikes.geojson", name="strikes")
    ...     json.loads(path.read_text(encoding="utf-8"))["metadata"]["sensitivity"]
    'internal'
    """
    check_spatial(layer, name)
    path = take_path(path)
    places = layer.geometry.to_numpy()
    columns = plain_columns(layer, name=name)
    head = {
        "type": "FeatureCollection",
        "name": name,
        "metadata": describe_layer(name, layer, sensitivity=sensitivity, parameters=parameters),
    }
    with stage_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_json(head)[:-1] + ',"features":[')
        separator = "\n"
        for lines in _feature_chunks(columns, places, key_column(name)):
            file.write(separator + ",\n".join(lines))
            separator = ",\n"
        file.write("\n]}\n")
    return path


def _feature_chunks(
    columns: Mapping[str, PlainColumn], places: NDArray[np.object_], key: str
) -> Iterator[Iterable[str]]:
    """Write the features as JSON, some thousands at a time."""
    # One template a layer: the names are written once, and the values of all columns run beside each other.
    members = ",".join(_json(column).replace("%", "%%") + ":%s" for column in columns)
    template = f'{{"type":"Feature","id":%s,"properties":{{{members}}},"geometry":%s}}'
    for start in range(0, len(places), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        values = {name: _json_values(column.kind, column.cells[chunk]) for name, column in columns.items()}
        rows = zip(values[key], *values.values(), _json_geometry(places[chunk]), strict=True)
        yield [template % row for row in rows]


def _json_values(kind: str, values: list[Any]) -> list[str]:
    """Write the values of one column as JSON."""
    if kind == "number":
        return ["null" if value is None else repr(value) for value in values]
    written = {value: _json(value) for value in set(values)}  # most texts and dates repeat
    return [written[value] for value in values]


def _json_geometry(places: NDArray[np.object_]) -> list[str]:
    """Write geometry as JSON: rounded, outer rings counter-clockwise, null where there is none."""
    texts = shapely.to_geojson(round_degrees(shapely.orient_polygons(places)))
    nowhere = shapely.is_missing(places) | shapely.is_empty(places)
    return ["null" if none else text for text, none in zip(texts.tolist(), nowhere.tolist(), strict=True)]


def round_degrees(places: NDArray[np.object_]) -> NDArray[np.object_]:
    """
    Round coordinates to 7 decimals, in two dimensions; geometry that they would break keeps as many as it needs.

    Examples
    --------
    >>> field, pebble = shapely.box(30, 50, 30.1, 50.1), shapely.Point(30, 50).buffer(1e-8)
    >>> shapely.is_valid(round_degrees(np.array([field, pebble]))).tolist()
    [True, True]
    """
    rounded = _round(places, _DIGITS)
    broken = np.flatnonzero(_breaks(places, rounded))
    for digits in _MORE_DIGITS:
        rounded[broken] = _round(places[broken], digits)
        broken = broken[_breaks(places[broken], rounded[broken])]
    rounded[broken] = shapely.force_2d(places[broken])
    return rounded


def _round(places: NDArray[np.object_], digits: int) -> NDArray[np.object_]:
    """Round all coordinates; adding nought turns -0.0 into 0.0."""
    rounded: NDArray[np.object_] = shapely.transform(places, lambda pairs: np.round(pairs, digits) + 0.0)
    return rounded


def _breaks(before: NDArray[np.object_], after: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Find what was sound before rounding and is not after it."""
    broken: NDArray[np.bool_] = ~(shapely.is_valid(after) | shapely.is_missing(after))
    broken[broken] = shapely.is_valid(before[broken])
    return broken


def _json(value: object) -> str:
    """Write one value as JSON, every script as it is."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
