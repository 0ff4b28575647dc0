"""QGIS project: groups, styles, legend and extent in place, beside the GeoPackage that holds the layers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import xarray as xr

from uxomap._files import stage_file
from uxomap.export._archive import write_archive
from uxomap.export._geopackage import read_style
from uxomap.export._layers import DESCRIPTIONS, about_file
from uxomap.export._palette import DENSITY_BREAKS, DENSITY_LABELS, OPACITY, PALETTE
from uxomap.schema import layer_schema

#: Groups of the project, with their layers from the top down.
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "priority": ("tasks", "priorities"),
        "hazard": (
            "zones",
            "zone_updates",
            "zone_parts",
            "exposure",
            "public_areas",
            "hexagons",
            "hazard_areas",
            "cells",
            "contamination",
        ),
        "reports": ("finds", "surveys", "strike_updates", "strikes", "reports", "unlocated"),
        "context": ("data_dictionary", "about"),
    }
)

#: Layers that are drawn when the project opens; the others wait for a tick.
_SHOWN = ("tasks", "hazard_areas", "finds", "surveys", "strikes", "unlocated", "public_areas")

#: Pictures of the same land of which only one is drawn: the latest that there is.
_ONE_OF = ("priorities", "zone_updates", "zones", "exposure")

#: Areas that are drawn without a fill, and so above those that have one.
_OUTLINES = ("surveys", "hazard_areas")

#: Name of QGIS for the kinds of geometry.
_GEOMETRIES: Mapping[str, str] = MappingProxyType({"Point": "Point", "MultiPolygon": "Polygon", "": "No geometry"})

#: Oldest version of QGIS that the project is written for.
_VERSION = "3.22.0-Białowieża"

#: What XML cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: Share of the extent that is left around the layers, and the least width of a map in degrees.
_MARGIN, _LEAST = 0.05, 0.01

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


@dataclass(frozen=True, slots=True)
class _Source:
    """One layer of the project and where its data lie."""

    name: str
    geometry: str
    path: str
    raster: bool = False

    @property
    def identity(self) -> str:
        """Name by which the parts of the project refer to the layer."""
        return f"uxomap_{self.name}"

    @property
    def provider(self) -> str:
        """Library that reads the layer."""
        return "gdal" if self.raster else "ogr"


def write_project(
    layers: Mapping[str, pd.DataFrame],
    maps: Mapping[str, xr.Dataset],
    path: Path,
    *,
    geopackage: str,
    parameters: Mapping[str, object],
    sensitivity: str,
) -> Path:
    """Write a project for the layers of a GeoPackage and the maps of cells in the same folder."""
    sources = {name: _Source(name, _geometry(name), f"./{geopackage}|layername={name}") for name in layers}
    sources |= {name: _Source(name, "", f"./{geopackage}|layername={name}") for name in GROUPS["context"]}
    sources |= {name: _Source(name, "", f"./{name}.tif", raster=True) for name in maps}
    groups = _group(list(sources))
    sources = {name: sources[name] for names in groups.values() for name in names}
    ordered = list(sources.values())
    shown = {source.name for source in ordered if source.name in _SHOWN}
    shown |= set([name for name in _ONE_OF if name in layers][:1])
    about = about_file(layers, sensitivity=sensitivity, parameters=parameters)
    project = ET.Element("qgis", version=_VERSION, projectname="uxomap")
    _add(project, "title", "uxomap")
    _add_crs(_add(project, "projectCrs"), "EPSG:4326")
    _add_tree(project, groups, sources, shown)
    _add_canvas(project, layers)
    placed = _add(project, "projectlayers")
    for source in ordered:
        placed.append(_map_layer(source, maps.get(source.name), about["notice"]))
    _add_properties(project, about["notice"])
    _add_about(project, about)
    ET.indent(project)
    text = _DOCTYPE + ET.tostring(project, encoding="unicode") + "\n"
    with stage_file(path) as part:
        write_archive(part, {f"{path.stem}.qgs": text})
    return path


def _geometry(name: str) -> str:
    """Kind of geometry of a layer as it stands in the GeoPackage."""
    kinds = layer_schema(name).geometry
    return kinds[-1] if kinds else ""


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    """Add an element with text that any XML can hold."""
    element = ET.SubElement(parent, tag, attributes)
    element.text = None if text is None else _FORBIDDEN.sub("\ufffd", text)
    return element


def _add_crs(parent: ET.Element, crs: str) -> None:
    """Say which CRS is meant."""
    found = pyproj.CRS.from_user_input(crs)
    system = _add(parent, "spatialrefsys")
    _add(system, "wkt", found.to_wkt("WKT2_2019"))
    _add(system, "authid", crs if crs.startswith("EPSG:") else "")
    _add(system, "description", found.name)
    _add(system, "geographicflag", str(found.is_geographic).lower())


def _group(names: list[str]) -> dict[str, list[str]]:
    """Share layers out among the groups; one that none names is about the land."""
    groups = {group: [name for name in known if name in names] for group, known in GROUPS.items()}
    known = {name for found in GROUPS.values() for name in found}
    groups["hazard"] += [name for name in names if name not in known]
    return groups


def _add_tree(
    project: ET.Element, groups: Mapping[str, list[str]], sources: Mapping[str, _Source], shown: set[str]
) -> None:
    """Put the layers into their groups; a group without a layer waits for the user's own."""
    tree = _add(project, "layer-tree-group")
    for group, names in groups.items():
        branch = _add(tree, "layer-tree-group", name=group, checked="Qt::Checked", expanded="1")
        for source in (sources[name] for name in names):
            _add(
                branch,
                "layer-tree-layer",
                id=source.identity,
                name=source.name,
                source=source.path,
                providerKey=source.provider,
                checked="Qt::Checked" if source.name in shown else "Qt::Unchecked",
                expanded="1" if source.name in shown else "0",
            )
    order = _add(tree, "custom-order", enabled="1")
    for name in _drawing_order(sources):
        _add(order, "item", sources[name].identity)


def _drawing_order(sources: Mapping[str, _Source]) -> list[str]:
    """Names from the top down: points, then what has no fill, then areas, then maps of cells, whatever the group."""

    def rank(name: str) -> int:
        source = sources[name]
        if source.raster:
            return 3
        return 0 if source.geometry == "Point" else 1 if name in _OUTLINES else 2

    return sorted(sources, key=rank)


def _add_canvas(project: ET.Element, layers: Mapping[str, pd.DataFrame]) -> None:
    """Open the map on the layers, with a margin."""
    corners = {tag: repr(value) for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), _extent(layers), strict=True)}
    canvas = _add(project, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    _add(canvas, "units", "degrees")
    box = _add(canvas, "extent")
    for tag, value in corners.items():
        _add(box, tag, value)
    _add(canvas, "rotation", "0")
    _add_crs(_add(canvas, "destinationsrs"), "EPSG:4326")
    _add_crs(_add(_add(project, "ProjectViewSettings"), "DefaultViewExtent", **corners), "EPSG:4326")


def _extent(layers: Mapping[str, pd.DataFrame]) -> tuple[float, float, float, float]:
    """Box around all geometry with a margin, in degrees; the whole globe where there is none."""
    found = [layer.total_bounds for layer in layers.values() if isinstance(layer, gpd.GeoDataFrame) and len(layer)]
    bounds = np.array([box for box in found if np.isfinite(box).all()]).reshape(-1, 4)
    if not len(bounds):
        return -180.0, -90.0, 180.0, 90.0
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    margin = np.maximum((high - low) * _MARGIN, _LEAST / 2)
    west, south, east, north = (float(value) for value in (*(low - margin), *(high + margin)))
    return west, south, east, north


def _map_layer(source: _Source, grid: xr.Dataset | None, notice: str) -> ET.Element:
    """Describe one layer with its style."""
    kind = {"type": "raster"} if source.raster else {"type": "vector", "geometry": _GEOMETRIES[source.geometry]}
    layer = ET.Element("maplayer", {**kind, "hasScaleBasedVisibilityFlag": "0", "autoRefreshEnabled": "0"})
    _add(layer, "id", source.identity)
    _add(layer, "datasource", source.path)
    _add(layer, "layername", source.name)
    if grid is not None:
        _add_crs(_add(layer, "srs"), str(grid.attrs["crs_wkt"]))
    elif source.geometry:
        _add_crs(_add(layer, "srs"), "EPSG:4326")
    facts = _add(layer, "resourceMetadata")
    _add(facts, "title", source.name)
    _add(facts, "abstract", f"{DESCRIPTIONS.get(source.name, '')} {notice}".strip())
    _add(layer, "provider", source.provider, **({} if source.raster else {"encoding": "UTF-8"}))
    if grid is not None:
        layer.append(_raster_style(float(grid.attrs["cell_m"])))
    style = read_style(source.name) if source.geometry else None
    if style is not None:
        root = ET.fromstring(style)  # noqa: S314 - a file of this package
        layer.attrib |= {name: value for name, value in root.attrib.items() if name == "labelsEnabled"}
        layer.extend(root)
    return layer


def _raster_style(cell_m: float) -> ET.Element:
    """Colour cells by expected items a hectare, in the classes of the zones."""
    pipe = ET.Element("pipe")
    draw = _add(pipe, "rasterrenderer", type="singlebandpseudocolor", band="1", opacity=f"{OPACITY / 255:.2f}")
    draw.attrib |= {"classificationMin": "0", "classificationMax": "inf", "alphaBand": "-1", "nodataColor": ""}
    shader = _add(_add(draw, "rastershader"), "colorrampshader", colorRampType="DISCRETE", clip="0")
    shader.attrib |= {"classificationMode": "1", "minimumValue": "0", "maximumValue": "inf"}
    tops = [*(repr(top * cell_m**2 / 1e4) for top in DENSITY_BREAKS), "inf"]
    for top, label, colour in zip(tops, DENSITY_LABELS, PALETTE, strict=True):
        _add(shader, "item", value=top, label=label, color=colour, alpha="255")
    return pipe


def _add_properties(project: ET.Element, said: str) -> None:
    """Keep paths relative, and write the notice into a corner of every map."""
    properties = _add(project, "properties")
    _add(_add(properties, "Paths"), "Absolute", "false", type="bool")
    _add(_add(properties, "SpatialRefSys"), "ProjectionsEnabled", "1", type="int")
    notice = _add(properties, "CopyrightLabel")
    _add(notice, "Enabled", "true", type="bool")
    _add(notice, "Label", said, type="QString")


def _add_about(project: ET.Element, about: Mapping[str, str]) -> None:
    """Let the project say what it is."""
    facts = _add(project, "projectMetadata")
    _add(facts, "title", "uxomap")
    _add(facts, "abstract", "\n".join(_say_facts(about)))


def _say_facts(about: Mapping[str, str]) -> Iterator[str]:
    """Write facts as lines."""
    for fact, said in about.items():
        yield f"{fact}: {said}"
