"""
Column contracts of every layer, read from one table (``layers.csv``).

Stages meet only in these columns. A stage may add columns of its own; it never
leaves one out.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from uxomap.errors import SchemaError

#: Kinds of values a column may hold.
KINDS = ("text", "integer", "number", "date")

#: Geometry types each layer may hold; an empty tuple is a layer without geometry.
GEOMETRY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reports": ("Point",),
        "strikes": ("Point",),
        "hazard_areas": ("Polygon", "MultiPolygon"),
        "zones": ("Polygon", "MultiPolygon"),
        "unlocated": (),
        "cells": ("Polygon", "MultiPolygon"),
        "hexagons": ("Polygon", "MultiPolygon"),
        "exposure": ("Polygon", "MultiPolygon"),
        "zone_parts": ("Polygon", "MultiPolygon"),
        "priorities": ("Polygon", "MultiPolygon"),
        "tasks": ("Polygon", "MultiPolygon"),
        "surveys": ("Polygon", "MultiPolygon"),
        "finds": ("Point",),
        "zone_updates": ("Polygon", "MultiPolygon"),
        "strike_updates": ("Point",),
        "public_areas": ("Polygon", "MultiPolygon"),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a layer: its name, kind of value, unit and meaning."""

    name: str
    kind: str
    unit: str
    optional: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class LayerSchema:
    """Columns and geometry that a stage promises to the next."""

    name: str
    columns: Mapping[str, Column]
    geometry: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there, in their order."""
        return tuple(name for name, column in self.columns.items() if not column.optional)


@cache
def layer_schemas() -> Mapping[str, LayerSchema]:
    """
    Read the contracts of all layers.

    Returns
    -------
    Mapping of str to LayerSchema
        Layer name to schema, in the order of the flow.

    Examples
    --------
    >>> list(layer_schemas())[:4]
    ['reports', 'strikes', 'hazard_areas', 'zones']
    """
    text = resources.files("uxomap").joinpath("layers.csv").read_text(encoding="utf-8")
    columns: dict[str, dict[str, Column]] = {}
    for line in csv.DictReader(text.splitlines()):
        column = Column(line["column"], line["kind"], line["unit"], line["optional"] == "yes", line["meaning"])
        columns.setdefault(line["layer"], {})[column.name] = column
    return MappingProxyType(
        {name: LayerSchema(name, MappingProxyType(found), GEOMETRY[name]) for name, found in columns.items()}
    )


def layer_schema(name: str) -> LayerSchema:
    """
    Look up the contract of one layer.

    Parameters
    ----------
    name : str
        Name of the layer, e.g. ``"zones"``.

    Returns
    -------
    LayerSchema

    Raises
    ------
    SchemaError
        There is no layer of that name.

    Examples
    --------
    >>> layer_schema("zones").required[:3]
    ('zone_id', 'strike_ids', 'n_strikes')
    """
    schemas = layer_schemas()
    if name not in schemas:
        message = f"Unknown layer {name!r}. Must be one of: {', '.join(schemas)}."
        raise SchemaError(message)
    return schemas[name]
