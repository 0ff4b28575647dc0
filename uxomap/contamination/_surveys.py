"""Surveys: which land was searched, when, how well, and what was found."""

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from uxomap import crs as earth
from uxomap._validation import name_rows
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.schema import layer_schema

#: Other names that columns of survey files go by.
_NAMES = {
    "survey_id": ("id", "search_id", "task_id"),
    "date": ("date_end", "end_date", "survey_date"),
    "detection_probability": ("detection", "pd", "probability_of_detection"),
    "items_found": ("found", "items", "n_found", "finds"),
    "round": ("survey_round",),
    "team": ("team_id",),
}

_FIND_NAMES = {"find_id": ("id",), "survey_id": ("search_id", "task_id"), "munition_id": ()}

#: Finds may lie so far outside their polygon, in metres: receivers and outlines are no better.
_TOLERANCE_M = 10.0

_POLYGONS = ("Polygon", "MultiPolygon")


class SurveyWarning(UserWarning):
    """Something about surveys that a reader should know; nothing was left out because of it."""


def read_surveys(
    source: str | Path | gpd.GeoDataFrame, *, detection_probability: float | None = None
) -> gpd.GeoDataFrame:
    """
    Read what survey teams report: polygons searched, when, how well, and how many items were found.

    Parameters
    ----------
    source : str, Path or GeoDataFrame
        A file with polygons (GeoJSON, GeoPackage, Shapefile) or a frame. Columns: ``survey_id``, ``date`` (the day on
        which the search ended), ``detection_probability`` (also ``detection`` or ``pd``; a share, not per cent) and
        ``items_found`` (0 where nothing was found); ``round`` and ``team`` where there are any.
    detection_probability : float, optional
        Taken for rows that state none; above 0 and below 1.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``surveys``, in the order of date and ``survey_id``, on a new index.

    Raises
    ------
    InputError
        The file cannot be read; a detection is per cent, 0, 1 or missing; a date is missing; a number of items is
        missing, negative or no whole number; a polygon is empty or broken; an id is repeated.
    CRSError
        The polygons have no CRS.

    Examples
    --------
    >>> plot = gpd.GeoDataFrame(
    ...     {"survey_id": ["A"], "date": ["2023-05-02"], "pd": [0.8], "found": [0]},
    ...     geometry=[shapely.box(37.60, 48.70, 37.61, 48.71)], crs="EPSG:4326",
    ... )
    >>> read_surveys(plot)["survey_id"].tolist()
    ['A']
    """
    frame = _rename(_open(source, "surveys"), _NAMES)
    if detection_probability is not None:
        given = frame.get("detection_probability", pd.Series(np.nan, frame.index, dtype=float))
        frame = frame.assign(detection_probability=given.fillna(detection_probability))
    schema = layer_schema("surveys")
    missing = [name for name in schema.required if name not in frame.columns]
    if missing:
        message = (
            f"The surveys lack {', '.join(missing)}. Must have survey_id, date, detection_probability (a share) and "
            "items_found (0 where nothing was found). Add what is missing; docs/surveys.md tells how to judge it."
        )
        raise SchemaError(message)
    _check_polygons(frame)
    frame = frame.assign(
        survey_id=_check_ids(frame["survey_id"], "surveys"),
        date=_check_dates(frame["date"]),
        detection_probability=_check_detection(frame["detection_probability"]),
        items_found=_check_counts(frame["items_found"]),
    )
    frame = _to_lonlat(frame, "surveys")
    columns = [name for name in schema.columns if name in frame.columns]
    ordered = frame.sort_values(["date", "survey_id"], ignore_index=True)
    return gpd.GeoDataFrame(ordered[columns], geometry=ordered.geometry.to_numpy(), crs=earth.LONLAT)


def read_finds(source: str | Path | gpd.GeoDataFrame, surveys: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Read where items were found, and check it against the searches.

    Parameters
    ----------
    source : str, Path or GeoDataFrame
        Points with ``survey_id`` and, where there are any, ``find_id`` and ``munition_id``. A search may have fewer
        points than items found, never more.
    surveys : GeoDataFrame
        Layer ``surveys``.

    Returns
    -------
    GeoDataFrame of Point, EPSG:4326
        Layer ``finds``, in the order of ``survey_id`` and ``find_id``.

    Raises
    ------
    InputError, SchemaError, CRSError
        A search is not known, a point is missing or lies outside its polygon, or there are more than were found.

    Examples
    --------
    >>> plot = gpd.GeoDataFrame(
    ...     {"survey_id": ["A"], "date": ["2023-05-02"], "pd": [0.8], "found": [1]},
    ...     geometry=[shapely.box(37.60, 48.70, 37.61, 48.71)], crs="EPSG:4326",
    ... )
    >>> point = gpd.GeoDataFrame({"survey_id": ["A"]}, geometry=[shapely.Point(37.605, 48.705)], crs="EPSG:4326")
    >>> read_finds(point, read_surveys(plot))["find_id"].tolist()
    ['A-1']
    """
    frame = _rename(_open(source, "finds"), _FIND_NAMES)
    if "survey_id" not in frame.columns:
        message = "The finds lack survey_id. Must name the search that found each item. Add the column."
        raise SchemaError(message)
    wrong = frame.index[frame.geometry.isna() | frame.geometry.is_empty | frame.geom_type.ne("Point")]
    if len(wrong):
        message = (
            f"No point in {name_rows(wrong)} of the finds. Each must be one Point. Leave out finds without a place."
        )
        raise InputError(message)
    frame = _to_lonlat(frame, "finds").assign(survey_id=frame["survey_id"].astype(str).str.strip())
    unknown = sorted(set(frame["survey_id"]) - set(surveys["survey_id"]))
    if unknown:
        message = (
            f"Finds of a search that is not known: {', '.join(unknown[:5])}. Must be a survey_id of the surveys "
            f"({', '.join(surveys['survey_id'].head(5))}{' ...' if len(surveys) > 5 else ''}). "  # noqa: PLR2004 - named
            "Correct it or add the search."
        )
        raise InputError(message)
    count = frame.groupby("survey_id").size()
    told = surveys.set_index("survey_id")["items_found"].reindex(count.index)
    more = count.index[count > told]
    if len(more):
        one = more[0]
        message = (
            f"Search {one} has {count[one]} finds with a place but items_found {told[one]}. Must not have more places "
            "than items. Correct items_found, or leave out places that were counted twice."
        )
        raise InputError(message)
    _check_inside(frame, surveys)
    if "find_id" not in frame.columns:
        place = frame.geometry.get_coordinates()
        frame = frame.assign(_x=place["x"], _y=place["y"]).sort_values(["survey_id", "_x", "_y"])
        number = frame.groupby("survey_id").cumcount() + 1
        frame = frame.assign(find_id=frame["survey_id"] + "-" + number.astype(str)).drop(columns=["_x", "_y"])
    frame = frame.assign(find_id=_check_ids(frame["find_id"], "finds"))
    columns = [name for name in layer_schema("finds").columns if name in frame.columns]
    ordered = frame.sort_values(["survey_id", "find_id"], ignore_index=True)
    return gpd.GeoDataFrame(ordered[columns], geometry=ordered.geometry.to_numpy(), crs=earth.LONLAT)


def warn_of_repeats(surveys: gpd.GeoDataFrame) -> None:
    """Say which searches of the same day overlap: in which order they came is not known."""
    first, second = shapely.STRtree(surveys.geometry.to_numpy()).query(surveys.geometry.to_numpy(), "overlaps")
    within = shapely.STRtree(surveys.geometry.to_numpy()).query(surveys.geometry.to_numpy(), "within")
    first, second = np.append(first, within[0]), np.append(second, within[1])
    date, name = surveys["date"].to_numpy(), surveys["survey_id"].to_numpy()
    same = sorted(
        {tuple(sorted((name[a], name[b]))) for a, b in zip(first, second, strict=True) if a != b and date[a] == date[b]}
    )
    if same:
        told = ", ".join(f"{a} and {b}" for a, b in same[:5]) + (f" and {len(same) - 5} more" if len(same) > 5 else "")  # noqa: PLR2004
        message = (
            f"Searches of the same day overlap: {told}. They count as repeated searches, in the order of their ids."
        )
        warnings.warn(message, SurveyWarning, stacklevel=3)


def _open(source: Any, what: str) -> gpd.GeoDataFrame:
    """Open a file, or take a frame."""
    if isinstance(source, gpd.GeoDataFrame):
        frame = source
    elif isinstance(source, pd.DataFrame):
        message = f"The {what} have no geometry. Must be a GeoDataFrame. Build one with geopandas, or give a file."
        raise InputError(message)
    else:
        try:
            frame = gpd.read_file(source)
        except (DataSourceError, DataLayerError, OSError) as error:
            message = (
                f"Cannot read {source}: it is no file of shapes. Must be GeoJSON, GeoPackage or Shapefile. Check it."
            )
            raise InputError(message) from error
        if not isinstance(frame, gpd.GeoDataFrame):
            message = f"{source} holds no shapes. Must be a file with the places of the {what}. Check which file it is."
            raise InputError(message)
    if frame.empty:
        message = f"There are no rows in the {what}. Must be at least one. Leave out what is not there."
        raise InputError(message)
    if frame.crs is None:
        message = (
            f"The {what} layer has no CRS. Must say in which CRS its coordinates are. Set it, e.g. "
            "layer.set_crs('EPSG:4326')."
        )
        raise CRSError(message)
    return frame


def _rename(frame: gpd.GeoDataFrame, names: dict[str, tuple[str, ...]]) -> gpd.GeoDataFrame:
    """Give columns the names of the layer."""
    found = {str(column).strip().lower(): column for column in frame.columns}
    renamed = {}
    for name, others in names.items():
        match = next((found[one] for one in (name, *others) if one in found), None)
        if match is not None and match != frame.geometry.name:
            renamed[match] = name
    return frame.rename(columns=renamed)


def _to_lonlat(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Bring shapes to longitude and latitude."""
    placed = frame.to_crs(earth.LONLAT)
    if not np.isfinite(placed.total_bounds).all():
        message = f"Places of the {what} lie outside their CRS {frame.crs.to_string()}. Check which CRS they are in."
        raise CRSError(message)
    return placed


def _check_ids(values: pd.Series, what: str) -> pd.Series:
    """Ids as text, each once."""
    texts = values.where(values.notna(), "").astype(str).str.strip()
    wrong = values.index[texts.eq("") | texts.duplicated()]
    if len(wrong):
        message = (
            f"An id of the {what} is empty or repeated in {name_rows(wrong)}. Each row must have its own. Number them."
        )
        raise InputError(message)
    return texts


def _check_dates(values: pd.Series) -> pd.Series:
    """Days on which searches ended."""
    dates = pd.to_datetime(values, errors="coerce", utc=True).dt.tz_localize(None).dt.normalize()
    wrong = values.index[dates.isna()]
    if len(wrong):
        message = (
            f"No date in {name_rows(wrong)} of the surveys. Must be the day on which the search ended, e.g. "
            f"2023-05-02: "
            "what was searched twice is counted in that order. Add it."
        )
        raise InputError(message)
    return dates


def _check_detection(values: pd.Series) -> pd.Series:
    """Chances of detection, as shares."""
    shares = pd.to_numeric(values, errors="coerce")
    wrong = values.index[~(shares > 0) | ~(shares < 1)]
    if len(wrong):
        message = (
            f"Invalid detection probability {values[wrong[0]]!r} in {name_rows(wrong)} of the surveys. Must "
            f"lie above 0 "
            "and below 1: no search finds everything. Write 95 % as 0.95."
        )
        raise InputError(message)
    return shares.astype(float)


def _check_counts(values: pd.Series) -> pd.Series:
    """Numbers of items found."""
    counts = pd.to_numeric(values, errors="coerce")
    wrong = values.index[~(counts >= 0) | (counts % 1 != 0)]
    if len(wrong):
        message = (
            f"Invalid items_found {values[wrong[0]]!r} in {name_rows(wrong)} of the surveys. Must be a whole "
            f"number, 0 or "
            "more. Write 0 where nothing was found; leave out searches whose result is not known."
        )
        raise InputError(message)
    return counts.astype(np.int64)


def _check_polygons(frame: gpd.GeoDataFrame) -> None:
    """Refuse what is no land that was searched."""
    empty = frame.index[frame.geometry.isna() | frame.geometry.is_empty]
    if len(empty):
        message = (
            f"No polygon in {name_rows(empty)} of the surveys. Must be the land that was searched. Draw it "
            f"or leave it out."
        )
        raise InputError(message)
    other = frame.index[~frame.geom_type.isin(_POLYGONS)]
    if len(other):
        message = (
            f"{frame.geom_type[other[0]]} in {name_rows(other)} of the surveys. Must be a Polygon or MultiPolygon. "
            "Widen the line that was walked by half the lane."
        )
        raise InputError(message)
    broken = frame.index[~frame.geometry.is_valid | (shapely.area(frame.geometry.to_numpy()) <= 0)]
    if len(broken):
        message = (
            f"A broken polygon in {name_rows(broken)} of the surveys: "
            f"{shapely.is_valid_reason(frame.geometry[broken[0]])}. "
            "Must not cross itself and must have an area. Mend it (make_valid) and look at the outcome."
        )
        raise InputError(message)


def _check_inside(finds: gpd.GeoDataFrame, surveys: gpd.GeoDataFrame) -> None:
    """Refuse finds outside the land of their search."""
    metric = earth.equal_area_crs(finds.geometry.x.to_numpy(), finds.geometry.y.to_numpy())
    land = surveys.set_index("survey_id").geometry.to_crs(metric).loc[finds["survey_id"]].to_numpy()
    far = shapely.distance(finds.geometry.to_crs(metric).to_numpy(), land)
    wrong = finds.index[far > _TOLERANCE_M]
    if len(wrong):
        message = (
            f"Finds outside the polygon of their search in {name_rows(wrong)}, by up to {np.max(far):,.0f} "
            f"m. Must lie on "
            "the land that was searched. Correct the place, the polygon or the survey_id."
        )
        raise InputError(message)
