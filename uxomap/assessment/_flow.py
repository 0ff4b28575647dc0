"""The whole flow in one call: from a table of reports to layers, a map and files."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from uxomap.assessment._inputs import describe_inputs
from uxomap.assessment._result import Assessment
from uxomap.contamination import estimate_contamination
from uxomap.errors import CRSError, InputError
from uxomap.hazard_areas import DEFAULT_FADEOUT_M, DEFAULT_MAX_PRECISION_M, draw_hazard_areas, list_unlocated
from uxomap.reports import Stated, read_source
from uxomap.strikes import find_strikes
from uxomap.zones import merge_areas

#: Steps that `assess` goes through, as shown while it runs.
STEPS = (
    "reading reports",
    "finding strikes",
    "drawing hazard areas",
    "merging zones",
    "listing unlocated strikes",
    "estimating contamination",
)


_INTAKE_COLUMNS = (
    "row",
    "report_id",
    "status",
    "reason",
    "strike_id",
    "location_text",
    "date_start",
    "date_end",
    "longitude",
    "latitude",
    "precision_m",
    "precision_source",
    "munition_text",
    "munition_id",
    "munition_match",
    "munition_candidates",
    "rounds_low",
    "rounds_expected",
    "rounds_high",
    "evidence",
    "source",
    "source_url",
)


def assess(  # noqa: PLR0913 - one argument for each thing a table may leave open, and each choice of the flow
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    crs: object | None = None,
    sheet: str | int | None = None,
    dates: str | None = None,
    country: str | None = None,
    repair: str | None = None,
    zone_letters: str | None = None,
    precision_m: float | None = None,
    containment: float = 0.95,
    fadeout_m: float = DEFAULT_FADEOUT_M,
    max_precision_m: float = DEFAULT_MAX_PRECISION_M,
    cell_m: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Assessment:
    """
    Run the whole flow: read reports, find strikes, draw hazard areas, merge zones, list what cannot be drawn.

    Parameters
    ----------
    source : path, DataFrame, GeoDataFrame, or a list of them
        Reported strikes, as a table or as the layer of `read_reports`.
    columns, crs, sheet, dates, country, repair, zone_letters, precision_m
        What the table leaves open; see `read_reports`.
    containment, fadeout_m, max_precision_m : float
        See `draw_hazard_areas`.
    cell_m : float, optional
        Side of the cells of the contamination map; see `estimate_contamination`. By default chosen by the size of the
        region.
    progress : callable, optional
        Called with the name of each step (see ``STEPS``) as it begins.

    Returns
    -------
    Assessment

    Raises
    ------
    InputError
        The source cannot be read, or not one of its rows can be used.

    Examples
    --------
    >>> from uxomap import sample_data
    >>> assessment = assess(sample_data())
    >>> len(assessment.intake)
    124
    """
    tell = progress or _say_nothing
    tell(STEPS[0])
    stated = Stated(
        columns=dict(columns or {}),
        crs=crs,
        sheet=sheet,
        dates=dates,
        country=country,
        repair=repair,
        zone_letters=zone_letters,
        precision_m=precision_m,
    )
    reports, understood = read_source(source, stated)
    tell(STEPS[1])
    strikes, intake = check_reports(reports)
    if strikes.empty:
        reasons = intake["reason"].value_counts().head(3)
        listed = "; ".join(f"{reason} ({count} rows)" for reason, count in reasons.items())
        message = f"None of the {len(intake)} rows can be used: {listed}. Correct the table, or name its columns."
        raise InputError(message)
    tell(STEPS[2])
    areas = draw_hazard_areas(strikes, containment=containment, fadeout_m=fadeout_m, max_precision_m=max_precision_m)
    tell(STEPS[3])
    zones = merge_areas(areas)
    tell(STEPS[4])
    unlocated = list_unlocated(strikes, max_precision_m=max_precision_m)
    tell(STEPS[5])
    grid, note = _map_contamination(strikes, cell_m, max_precision_m)
    parameters = {"containment": containment, "fadeout_m": fadeout_m, "max_precision_m": max_precision_m}
    return Assessment(
        reports=reports,
        strikes=strikes,
        hazard_areas=areas,
        zones=zones,
        unlocated=unlocated,
        intake=intake,
        parameters=MappingProxyType(parameters),
        inputs=tuple(describe_inputs(source, "reports")),
        understood=understood,
        contamination=grid,
        contamination_note=note,
    )


def check_reports(reports: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Find the strikes in reports and account for every row.

    Parameters
    ----------
    reports : GeoDataFrame of Point, EPSG:4326
        Layer ``reports``.

    Returns
    -------
    strikes : GeoDataFrame
        Layer ``strikes``.
    intake : DataFrame
        One line a row of the input, in its order. A row is *assumed* as soon as anything about its strike was.

    Examples
    --------
    >>> from uxomap import read_reports, sample_data
    >>> strikes, intake = check_reports(read_reports(sample_data()))
    >>> len(intake)
    124
    """
    strikes = find_strikes(reports)
    links = strikes.assign(report_id=strikes["report_ids"].str.split("|")).explode("report_id")
    found = ["report_id", "strike_id", "munition_id", "munition_match", "munition_candidates", "assumptions"]
    filled = ["rounds_low", "rounds_expected", "rounds_high"]
    intake = pd.DataFrame(reports.drop(columns=[reports.geometry.name, *filled])).merge(
        pd.DataFrame(links)[found + filled], on="report_id", how="left", validate="one_to_one"
    )
    assumed = intake["status"].eq("accepted") & intake["assumptions"].fillna("").ne("")
    intake["status"] = intake["status"].mask(assumed, "assumed")
    intake["reason"] = intake["assumptions"].where(intake["strike_id"].notna(), intake["reason"]).fillna("")
    # Rows are counted anew in each of several sources.
    source = [name for name in ("source_file",) if name in intake.columns]
    return strikes, intake[[*source, *_INTAKE_COLUMNS]]


def _map_contamination(
    strikes: gpd.GeoDataFrame, cell_m: float | None, max_precision_m: float
) -> tuple[xr.Dataset | None, str]:
    """Spread the strikes over one grid, or say why one grid cannot hold them."""
    try:
        return estimate_contamination(strikes, cell_m=cell_m, max_precision_m=max_precision_m), ""
    except (InputError, CRSError) as error:
        return None, str(error)


def _say_nothing(step: str) -> None:
    """Show no progress."""
