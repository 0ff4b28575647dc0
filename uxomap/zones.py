"""Hazard areas to zones: dissolve what overlaps and keep which strikes made each zone."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap import crs, wording
from uxomap._validation import check_layer
from uxomap.distributions import sum_intervals
from uxomap.polygons import dissolve
from uxomap.schema import layer_schema

Labels = npt.NDArray[np.int64]


def merge_areas(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Dissolve overlapping hazard areas into zones.

    Areas that overlap or touch, directly or through others, make one zone. Expected items add up. The interval of a
    zone is not the sum of the intervals of its strikes: strikes with the same dud-rate evidence share its
    uncertainty, the rest is independent (docs/method.md).

    Parameters
    ----------
    areas : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``hazard_areas``.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``zones``, in the order of ``zone_id``, on a new index. The order of the rows of *areas* does not matter.

    Raises
    ------
    SchemaError, CRSError
        The layer does not keep its contract.

    Examples
    --------
    >>> from uxomap import draw_hazard_areas, find_strikes, read_reports, sample_data
    >>> areas = draw_hazard_areas(find_strikes(read_reports(sample_data())))
    >>> zones = merge_areas(areas)
    >>> int(zones["n_strikes"].sum()) == len(areas)
    True
    """
    check_layer(areas, "hazard_areas")
    ordered = areas.sort_values("strike_id", ignore_index=True)
    geometry, labels = dissolve(ordered.geometry.to_numpy())
    zones = gpd.GeoDataFrame(_describe_zones(ordered, labels), geometry=geometry, crs=crs.LONLAT)
    zones = zones.assign(area_m2=crs.area_m2(zones))
    zones = zones.assign(
        uxo_per_ha=zones["uxo_expected"] / (zones["area_m2"] / 1e4),
        method_version=wording.METHOD_VERSION,
        notice=wording.NOTICE,
    )
    columns = [*layer_schema("zones").columns, zones.geometry.name]
    return zones[columns].sort_values("zone_id", ignore_index=True)


def _describe_zones(areas: gpd.GeoDataFrame, labels: Labels) -> pd.DataFrame:
    """Columns of the zones that come from their strikes."""
    zone = pd.Series(labels, index=areas.index, name="zone")
    grouped = areas.groupby(zone)
    totals = sum_intervals(
        areas["uxo_expected"],
        areas["uxo_sd"],
        areas["uxo_sd_shared"],
        evidence_key=areas["evidence_key"],
        groups=zone,
        low=areas["uxo_low"],
        high=areas["uxo_high"],
    )
    kinds = _join(areas["hazard_kind"], zone, "|")
    first = areas["strike_id"].iloc[np.unique(labels, return_index=True)[1]]
    candidates = areas["munition_candidates"].str.split("|").explode()
    return pd.DataFrame(
        {
            "zone_id": "Z-" + first.str.removeprefix("S-").set_axis(totals.index),
            "strike_ids": _join(areas["strike_id"], zone, "|"),
            "n_strikes": grouped.size(),
            "hazard_kind": kinds.mask(kinds.str.contains("|", regex=False), "mixed"),
            "munition_ids": _join(candidates, zone.loc[candidates.index], "|"),
            "location_text": _join(areas["location_text"], zone, "|"),
            "date_start": grouped["date_start"].min(),
            "date_end": grouped["date_end"].max(),
            "uxo_low": totals["uxo_low"],
            "uxo_expected": totals["uxo_expected"],
            "uxo_high": totals["uxo_high"],
            "assumptions": _join(areas["assumptions"], zone, "; ").map(wording.join_notes),
        }
    )


def _join(values: pd.Series, groups: pd.Series, separator: str) -> pd.Series:
    """Join the different non-empty texts of each group, sorted."""
    pairs = pd.DataFrame({"group": groups.to_numpy(), "text": values.fillna("").to_numpy()})
    pairs = pairs[pairs["text"] != ""].drop_duplicates().sort_values(["group", "text"])
    found, starts = np.unique(pairs["group"].to_numpy(), return_index=True)
    texts, bounds = pairs["text"].tolist(), [*starts, len(pairs)]
    joined = [separator.join(texts[start:end]) for start, end in pairwise(bounds)]
    return pd.Series(joined, index=found, dtype=str).reindex(np.unique(groups), fill_value="")
