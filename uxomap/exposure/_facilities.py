"""Schools, clinics and water points from extracts of OpenStreetMap and lists of others, each counted once."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from uxomap.exposure._vector import Source, find_column, to_equal_area, warn

Geometries = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

#: Kind to the stem of its columns.
STEMS: Mapping[str, str] = MappingProxyType(
    {"school": "schools", "clinic": "clinics", "water_point": "water_points", "other": "other_facilities"}
)

#: What an unknown word means less than: the first kind of this order that any column gives is taken.
_ORDER = ("school", "clinic", "water_point", "none", "other")

#: Columns read as a kind, in lower case, and the key of the table that their words are looked up under.
_COLUMNS = MappingProxyType(
    {
        "amenity": "amenity",
        "healthcare": "healthcare",
        "fclass": "fclass",
        "man_made": "man_made",
        "natural": "natural",
        "kind": "kind",
        "type": "kind",
        "category": "kind",
        "facility_type": "kind",
        "facility": "kind",
    }
)

#: Columns in which GDAL and others pack tags that have no column of their own.
_PACKED = ("other_tags", "tags", "all_tags")

_TAG = re.compile(r'"([^"]+)"\s*(?:=>|:)\s*"([^"]*)"')

_SAME_PLACE_DEGREES = 7  # digits: about a centimetre


@cache
def read_kinds(table: str) -> Mapping[tuple[str, str], str]:
    """Read a table of words: key and value to kind."""
    text = resources.files("uxomap.exposure").joinpath(table).read_text(encoding="utf-8")
    return MappingProxyType({(row["key"], row["value"]): row["kind"] for row in csv.DictReader(text.splitlines())})


def plain_words(values: pd.Series) -> pd.Series:
    """Lower-case words joined by underscores; empty where missing."""
    text = values.astype("str").where(values.notna(), "")
    return text.str.strip().str.casefold().str.replace(r"[\s-]+", "_", regex=True)


def sort_facilities(source: Source) -> tuple[Geometries, Words, list[str]]:
    """Representative points of the facilities, the kind of each, and notes; the same facility twice counts once."""
    kinds, notes = _find_kinds(source.frame)
    counted = kinds != "none"
    frame, kinds = source.frame[counted], kinds[counted]
    if (~counted).any():
        notes.append(f"facilities: {(~counted).sum()} pieces of street furniture and car parks left out")
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    points = np.asarray(shapely.point_on_surface(geometry), dtype=object)
    names = find_column(frame, ("name",))
    labels = plain_words(frame[names[0]]).to_numpy(dtype=object) if names else np.full(len(frame), "", dtype=object)
    kept = _keep_once(geometry, points, kinds, labels)
    if len(kept) < len(points):
        notes.append(
            f"facilities: {len(points) - len(kept)} drawn twice, as a point and an area or twice alike, counted once"
        )
    return points[kept], kinds[kept], notes


def _find_kinds(frame: pd.DataFrame) -> tuple[Words, list[str]]:
    """Kind of each facility by the words of its columns."""
    table = read_kinds("facility_kinds.csv")
    best = np.full(len(frame), len(_ORDER), dtype=int)
    columns = [(name, _COLUMNS[name.casefold()]) for name in find_column(frame, tuple(_COLUMNS))]
    packed = find_column(frame, _PACKED)
    for name, key in columns:
        words = plain_words(frame[name])
        best = np.minimum(best, words.map(lambda word, key=key: _rank(table, key, word)).to_numpy(dtype=int))
    for name in packed:
        texts = frame[name].astype("str").where(frame[name].notna(), "")
        best = np.minimum(best, texts.map(lambda text: _rank_tags(table, text)).to_numpy(dtype=int))
    named = best < len(_ORDER)
    kinds = np.array([*_ORDER, "other"], dtype=object)[best]
    notes = []
    if len(frame) and not (columns or packed):
        notes.append("facilities: no column says their kind, all counted as other")
        warn(
            "No column says the kind of the facilities, so all count as other facilities. "
            "Kinds are read from columns such as amenity, healthcare, fclass, kind or type."
        )
    elif not named.all():
        notes.append(f"facilities: {(~named).sum()} without a kind counted as other")
    return kinds, notes


def _rank(table: Mapping[tuple[str, str], str], key: str, word: str) -> int:
    """Place in `_ORDER` of the kind that a word means; an unknown word is another facility, no word says nothing."""
    if not word:
        return len(_ORDER)
    if key == "kind":
        found = [
            table[one, word] for one in ("kind", "amenity", "healthcare", "fclass", "man_made") if (one, word) in table
        ]
        return _ORDER.index(found[0]) if found else _ORDER.index("other")
    return _ORDER.index(table.get((key, word), "other"))


def _rank_tags(table: Mapping[tuple[str, str], str], text: str) -> int:
    """Place in `_ORDER` of the best kind among packed tags."""
    ranks = [
        _rank(table, key, value.casefold().replace(" ", "_"))
        for key, value in _TAG.findall(text)
        if key in {"amenity", "healthcare", "man_made", "natural"}
    ]
    return min(ranks, default=len(_ORDER))


def _keep_once(geometry: Geometries, points: Geometries, kinds: Words, labels: Words) -> Rows:
    """
    Rows to count: a facility drawn inside another of its kind, or at the same place, is the same one.

    Unless both have names and these differ. Larger outlines are kept before smaller ones.
    """
    sizes = shapely.area(to_equal_area(geometry))
    sizes[shapely.get_dimensions(geometry) < 2] = 0.0  # noqa: PLR2004 - points and lines have no area
    place = shapely.get_coordinates(points).round(_SAME_PLACE_DEGREES)
    # Nothing here may hang on the order of the rows.
    order = np.lexsort((place[:, 1], place[:, 0], labels.astype(str), -sizes))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    areal = np.flatnonzero(sizes > 0)
    outer, inner = shapely.STRtree(points).query(geometry[areal], predicate="contains")
    outer = areal[outer]
    alike = (
        pd.Series(np.arange(len(points))).groupby([kinds, place[:, 0], place[:, 1]]).transform("size").to_numpy() > 1
    )
    doubles = np.flatnonzero(alike)
    same = pd.DataFrame({"row": doubles, "kind": kinds[doubles], "x": place[doubles, 0], "y": place[doubles, 1]})
    pairs = same.merge(same, on=["kind", "x", "y"])
    first = np.concatenate([outer, pairs["row_x"].to_numpy()])
    second = np.concatenate([inner, pairs["row_y"].to_numpy()])
    fits = (kinds[first] == kinds[second]) & (rank[first] < rank[second])
    fits &= (labels[first] == labels[second]) | (labels[first] == "") | (labels[second] == "")
    first, second = first[fits], second[fits]
    kept = np.ones(len(points), dtype=bool)
    for one, other in sorted(zip(first, second, strict=True), key=lambda pair: (rank[pair[0]], rank[pair[1]])):
        if kept[one]:
            kept[other] = False
    return np.flatnonzero(kept)


def count_facilities(
    points: Geometries, kinds: Words, zones: Geometries, near: Geometries
) -> dict[str, npt.NDArray[np.float64]]:
    """Facilities of each kind in each zone, and within the distance but not in it."""
    tree = shapely.STRtree(points)
    shapely.prepare(zones)
    shapely.prepare(near)
    inside, inside_points = tree.query(zones, predicate="intersects")
    around, around_points = tree.query(near, predicate="intersects")
    columns = {}
    for kind, stem in STEMS.items():
        within = np.bincount(inside[kinds[inside_points] == kind], minlength=len(zones)).astype(float)
        close = np.bincount(around[kinds[around_points] == kind], minlength=len(zones)).astype(float)
        columns[f"{stem}_inside"] = within
        columns[f"{stem}_near"] = np.maximum(close - within, 0.0)
    return columns
