"""What a user hands to an assessment: named, hashed, and put beside its zones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from uxomap.errors import InputError
from uxomap.export import file_sha256


def describe_inputs(source: Any, role: str) -> list[dict[str, Any]]:
    """Name each input, say what it was used as, and hash its file; nothing for none."""
    if source is None:
        return []
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [line for one in source for line in describe_inputs(one, role)]
    inner = getattr(source, "source", None)  # where people live, or what grows, with what is known about the figures
    if isinstance(inner, (str, Path)):
        return describe_inputs(inner, role)
    if isinstance(source, (str, Path)):
        return [{"name": Path(source).name, "role": role, "sha256": file_sha256(Path(source))}]
    return [{"name": type(source).__name__, "role": role, "rows": len(source)}]


def list_sources(sources: Any) -> list[Any]:
    """One source or several as a list; none as an empty one."""
    if sources is None:
        return []
    return list(sources) if isinstance(sources, (list, tuple)) else [sources]


def add_own(zones: gpd.GeoDataFrame, own: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put the columns of a programme beside its zones; what is not listed is not known."""
    if "zone_id" not in own.columns or own["zone_id"].duplicated().any():
        message = "The own columns have no zone_id, or one twice. Must be one row a zone with its zone_id. Correct it."
        raise InputError(message)
    strange = sorted(set(own["zone_id"].astype(str)) - set(zones["zone_id"]))
    if strange:
        message = (
            f"The own columns name {len(strange)} zones that are not there, e.g. {strange[0]!r}. Must be ids of this "
            "assessment. Take them from assessment.zones."
        )
        raise InputError(message)
    taken = sorted(set(own.columns) & set(zones.columns) - {"zone_id"})
    if taken:
        message = f"The own columns repeat {', '.join(taken)} of the layer. Must be new names. Rename them."
        raise InputError(message)
    joined: gpd.GeoDataFrame = zones.merge(own.drop(columns="geometry", errors="ignore"), on="zone_id", how="left")
    return joined


def first_zones(priorities: gpd.GeoDataFrame | None, top: int) -> gpd.GeoDataFrame:
    """First zones of the order."""
    if priorities is None:
        message = f"There is no order to take the first {top} zones of. Rank them first: assessment.rank_areas()."
        raise InputError(message)
    if top < 1:
        message = f"Invalid top {top!r}. Must be 1 or more. Leave it out to plan for all zones."
        raise InputError(message)
    return priorities.head(top)
