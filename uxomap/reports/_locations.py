"""The place of a report in its own words: what is named, and the areas around it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from uxomap.reports._source import Roles, Table, role_texts
from uxomap.reports._texts import Objects, clean_texts, map_once


class Locations(NamedTuple):
    """All words of a place; the place alone (None where the table has no column for it); the areas around it."""

    text: Objects
    place: Objects | None
    area: Objects


def read_locations(table: Table, roles: Roles) -> Locations:
    """Put together what is said of each place."""
    place = role_texts(table, roles, "place") if "place" in roles else None
    areas = [clean_texts(table.frame[name]) for role in ("admin_area", "country") for name in roles.get(role, ())]
    area = _join_parts(areas, len(table.frame))
    return Locations(_join_parts([*([] if place is None else [place]), *areas], len(table.frame)), place, area)


def _join_parts(parts: Sequence[Objects], count: int) -> Objects:
    """Join texts with commas, leaving out what is missing or said before; NaN where nothing is left."""
    joined = np.full(count, np.nan, dtype=object)
    if parts:
        joined[:] = map_once(_join_texts, zip(*parts, strict=True))
    return joined


def _join_texts(texts: tuple[object, ...]) -> object:
    """Join the texts of one row; NaN where there are none."""
    return ", ".join(dict.fromkeys(text for text in texts if isinstance(text, str))) or np.nan
