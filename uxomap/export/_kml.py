"""KML and KMZ: all layers in one file for phones and Google Earth, popups as fields, never as HTML."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO
from xml.sax.saxutils import escape as escape_markup

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from uxomap._files import stage_file
from uxomap.export._archive import write_archive
from uxomap.export._dictionary import describe_columns
from uxomap.export._geojson import round_degrees
from uxomap.export._kml_styles import STYLES, style_names
from uxomap.export._layers import DESCRIPTIONS, about_file, check_layer_of, key_column
from uxomap.export._values import PlainColumn, plain_columns

#: Placemarks that are turned into text at a time.
_CHUNK = 10_000

#: Characters that XML cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: Written as references, because a reader would change them.
_REFERENCES = {"\r": "&#13;", '"': "&quot;"}

#: Layers that are hidden until somebody asks for them.
_HIDDEN = ("reports", "hazard_areas", "cells", "hexagons")

#: Pictures of the same land of which only one is shown at first: the latest that there is.
_ONE_OF = ("priorities", "zone_updates", "zones", "exposure")


def write_kml(
    layers: Mapping[str, pd.DataFrame], path: Path, *, parameters: Mapping[str, object], sensitivity: str
) -> Path:
    """Write all layers into one KML, a folder each."""
    about = about_file(layers, sensitivity=sensitivity, parameters=parameters)
    with stage_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        _write_document(file, layers, about)
    return path


def write_kmz(
    layers: Mapping[str, pd.DataFrame], path: Path, *, parameters: Mapping[str, object], sensitivity: str
) -> Path:
    """Write the same as KML, packed."""
    about = about_file(layers, sensitivity=sensitivity, parameters=parameters)
    with stage_file(path) as part, TemporaryDirectory(prefix=".uxomap-", dir=path.parent) as folder:
        document = Path(folder) / "doc.kml"
        with document.open("w", encoding="utf-8", newline="\n") as file:
            _write_document(file, layers, about)
        write_archive(part, {"doc.kml": document})
    return path


def _write_document(file: TextIO, layers: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> None:
    """Write the whole file."""
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n')
    file.write(f"<name>uxomap</name>\n<open>1</open>\n<description>{_xml(about['notice'])}</description>\n")
    file.writelines(STYLES)
    columns = {name: plain_columns(layer, name=name) for name, layer in layers.items()}
    file.write("<ExtendedData>\n")
    file.writelines(f'<Data name="{_xml(fact)}"><value>{_xml(said)}</value></Data>\n' for fact, said in about.items())
    file.write("</ExtendedData>\n")
    hidden = {*_HIDDEN, *[name for name in _ONE_OF if name in layers][1:]}
    for name, layer in layers.items():
        check_layer_of(layer, name)
        shown = "0" if name in hidden else "1"
        file.write(f"<Folder>\n<name>{_xml(name)}</name>\n<visibility>{shown}</visibility>\n")
        file.write(f"<description>{_xml(DESCRIPTIONS.get(name, ''))}</description>\n")
        file.writelines(_placemarks(name, layer, columns[name], shown))
        file.write("</Folder>\n")
    file.write("</Document>\n</kml>\n")


def _placemarks(name: str, layer: pd.DataFrame, columns: Mapping[str, PlainColumn], shown: str) -> Iterator[str]:
    """Write the rows of a layer, some thousands at a time; one without a place is an entry of the list only."""
    places = layer.geometry.to_numpy() if isinstance(layer, gpd.GeoDataFrame) else np.full(len(layer), None)
    styles = style_names(name, columns, len(layer))
    units = {column: unit for column, unit, _ in describe_columns(name, list(columns))}
    openings = [_opening(column, units[column]) for column in columns]
    keys = columns[key_column(name)].cells
    for start in range(0, len(layer), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        cells = (values.cells[chunk] for values in columns.values())
        texts = [_fields(opening, values) for opening, values in zip(openings, cells, strict=True)]
        shapes = _shapes(places[chunk])
        for key, style, shape, *row in zip(keys[chunk], styles[chunk], shapes, *texts, strict=True):
            yield (
                f"<Placemark><name>{_xml(str(key))}</name><visibility>{shown}</visibility>"
                f"<styleUrl>#{style}</styleUrl><ExtendedData>{''.join(row)}</ExtendedData>{shape}</Placemark>\n"
            )


def _opening(column: str, unit: str) -> str:
    """Begin a field; its unit stands in the name that popups show."""
    label = f"<displayName>{_xml(column.replace('_', ' '))} [{_xml(unit)}]</displayName>" if unit else ""
    return f'<Data name="{_xml(column)}">{label}<value>'


def _fields(opening: str, values: list[object]) -> list[str]:
    """Write the values of one field; none where a value is missing."""
    written: dict[object, str] = {}  # most values repeat
    for value in values:
        if value not in written:
            said = str(value).lower() if isinstance(value, bool) else str(value)
            written[value] = "" if value is None else f"{opening}{_xml(said)}</value></Data>"
    return [written[value] for value in values]


def _shapes(places: NDArray[np.object_]) -> list[str]:
    """Write geometry with 7 decimals; nothing where there is none."""
    texts = shapely.to_wkt(round_degrees(shapely.orient_polygons(places)), rounding_precision=-1)
    return ["" if text is None or text.endswith("EMPTY") else _shape(text) for text in texts.tolist()]


def _shape(wkt: str) -> str:
    """
    Turn a point or an area from WKT into KML.

    Examples
    --------
    >>> _shape("POINT (36.5 48.25)")
    '<Point><coordinates>36.5,48.25</coordinates></Point>'
    >>> _shape("POLYGON ((0 0, 1 0, 1 1, 0 0))")[:52]
    '<Polygon><outerBoundaryIs><LinearRing><coordinates>0'
    """
    kind, _, body = wkt.partition(" (")
    body = body[:-1]
    if kind == "POINT":
        return f"<Point><coordinates>{body.replace(' ', ',')}</coordinates></Point>"
    parts = body[1:-1].split(")), ((") if kind == "MULTIPOLYGON" else [body]
    polygons = [_polygon(part.strip("()").split("), (")) for part in parts]
    return polygons[0] if len(polygons) == 1 else f"<MultiGeometry>{''.join(polygons)}</MultiGeometry>"


def _polygon(rings: list[str]) -> str:
    """Write one polygon; the first ring is the outer one."""
    written = []
    for number, ring in enumerate(rings):
        side = "innerBoundaryIs" if number else "outerBoundaryIs"
        pairs = ring.replace(", ", "\n").replace(" ", ",").replace("\n", " ")
        written.append(f"<{side}><LinearRing><coordinates>{pairs}</coordinates></LinearRing></{side}>")
    return f"<Polygon>{''.join(written)}</Polygon>"


def _xml(text: str) -> str:
    r"""
    Write text so that a program shows it and never runs it.

    Examples
    --------
    >>> _xml('<b>"]]>\0')
    '&lt;b&gt;&quot;]]&gt;�'
    """
    return escape_markup(_FORBIDDEN.sub("\ufffd", text), _REFERENCES)
