"""What an assessment holds, and how it is shown and written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from uxomap import wording
from uxomap._validation import check_sensitivity
from uxomap.assessment._holdings import Holdings
from uxomap.assessment._inputs import add_own, describe_inputs, first_zones, list_sources
from uxomap.assessment._write import check_stated, write_files
from uxomap.contamination import read_finds, read_surveys, update_contamination
from uxomap.errors import InputError
from uxomap.exposure import measure_exposure, split_by_admin
from uxomap.maps import assessment_view_html, make_map_sheet, make_web_map, show_layer
from uxomap.priority import Criteria, rank_areas, read_criteria
from uxomap.survey import DEFAULT_DETECTION, DEFAULT_TASK_HOURS, DEFAULT_TRAVEL_KM_H, plan_survey

#: Samples times zones that are drawn at most.
_MOST_DRAWN = 100_000_000


@dataclass(frozen=True, eq=False)
class Assessment(Holdings):
    """
    Result of `assess`: one frame a layer, what was read, and with which parameters.

    Attributes
    ----------
    reports : GeoDataFrame
        Layer ``reports``: every row of the input.
    strikes, hazard_areas, zones : GeoDataFrame
        Layers of the same names, EPSG:4326.
    unlocated : DataFrame
        Layer ``unlocated``: strikes whose place is too coarse for a polygon.
    intake : DataFrame
        One line an input row: what became of it, and why.
    parameters : Mapping of str to float or str
        Choices that the layers were made with.
    inputs : tuple of Mapping
        Name, SHA-256 and number of rows of each input.
    understood : DataFrame
        How each input was understood: columns ``source``, ``item``, ``understood``.
    contamination : Dataset or None
        Map of expected items a cell; None where there is none, as ``contamination_note`` says.
    contamination_note : str
        Why there is no such map; empty where there is one.
    surveys : SurveyUpdate or None
        Outcome of `update_contamination`; the map and the zones above are then still those from before the surveys.
    finds : GeoDataFrame or None
        Layer ``finds``, where their places were given.
    exposure, zone_parts : GeoDataFrame or None
        Layers of the same names, once `measure_exposure` has been called.
    priorities : GeoDataFrame or None
        Layer ``priorities``, once `rank_areas` has been called.
    criteria : Criteria or None
        What they were ranked by.
    plan : SurveyPlan or None
        Plan of the survey, once `plan_survey` has been called.
    """

    def update_contamination(self, surveys: Any, *, finds: Any = None) -> "Assessment":
        """
        Use what survey teams report; see `uxomap.update_contamination`.

        Parameters
        ----------
        surveys, finds : path or GeoDataFrame, or a list of them
            What was searched, and where items were found.

        Returns
        -------
        Assessment
            With ``surveys``; exposure, order and plan are to be made anew from it.

        Raises
        ------
        InputError
            There is no map of contamination, or a survey cannot be used.
        """
        if self.surveys is not None:
            message = (
                "This assessment already holds surveys, and would forget them. Must be given all rounds at once. Call "
                "update_contamination of the assessment before them with a list: [round_1, round_2]."
            )
            raise InputError(message)
        if self.contamination is None:
            message = (
                f"There is no map of contamination to update: {self.contamination_note} "
                "Assess a smaller region, then use its surveys."
            )
            raise InputError(message)
        searched = pd.concat([read_surveys(one) for one in list_sources(surveys)], ignore_index=True)
        places = [read_finds(one, searched) for one in list_sources(finds)]
        placed = pd.concat(places, ignore_index=True) if places else None
        found = update_contamination(
            self.strikes,
            searched,
            finds=placed,
            zones=self.zones,
            contamination=self.contamination,
        )
        return replace(
            self,
            surveys=found,
            finds=placed,
            exposure=None,
            zone_parts=None,
            priorities=None,
            criteria=None,
            plan=None,
            inputs=(*self.inputs, *describe_inputs(surveys, "surveys"), *describe_inputs(finds, "finds")),
        )

    def measure_exposure(
        self,
        *,
        population: Any = None,
        population_unit: str | None = None,
        facilities: Any = None,
        roads: Any = None,
        land_use: Any = None,
        admin: Any = None,
        near_m: float = 1000.0,
    ) -> "Assessment":
        """
        Measure who lives and what stands in the zones and near them; see `uxomap.measure_exposure`.

        Parameters
        ----------
        population, population_unit, facilities, roads, land_use, admin, near_m
            See `uxomap.measure_exposure`. With *admin* the zones are also split by admin area.

        Returns
        -------
        Assessment
            With ``exposure`` and, with *admin*, ``zone_parts``; an order and a plan are to be made anew from it.

        Raises
        ------
        InputError, CRSError
            A source cannot be used.
        """
        exposure = measure_exposure(
            self.current_zones,
            population=population,
            population_unit=population_unit,
            facilities=facilities,
            roads=roads,
            land_use=land_use,
            admin=admin,
            near_m=near_m,
        )
        parts = None
        if admin is not None:
            parts = split_by_admin(self.current_zones, admin, population=population, population_unit=population_unit)
        sources = {
            "population": population,
            "facilities": facilities,
            "roads": roads,
            "land_use": land_use,
            "admin": admin,
        }
        used = [line for role, source in sources.items() for line in describe_inputs(source, role)]
        stated: dict[str, float | str] = {"near_m": near_m}
        unit = getattr(population, "unit", None) or population_unit
        if population is not None and unit is not None:
            stated["population_unit"] = unit
        return replace(
            self,
            exposure=exposure,
            zone_parts=parts,
            priorities=None,
            criteria=None,
            plan=None,
            inputs=(*self.inputs, *used),
            parameters=MappingProxyType(dict(self.parameters) | stated),
        )

    def rank_areas(
        self,
        *,
        criteria: Criteria | str | Path | None = None,
        top: int | None = None,
        own: pd.DataFrame | None = None,
    ) -> "Assessment":
        """
        Put the zones in an order for survey; see `uxomap.rank_areas`.

        Of more than 10,000 zones fewer samples are drawn, so that an ordinary laptop keeps up; never under 1,000.

        Parameters
        ----------
        criteria, top
            See `uxomap.rank_areas`.
        own : DataFrame, optional
            What the programme knows itself: ``zone_id`` and columns that the criteria read, such as ``local_request``.
            A zone that is not listed is not known.

        Returns
        -------
        Assessment
            With ``priorities``.

        Raises
        ------
        InputError
            The table of criteria or the own columns cannot be used.
        """
        table = criteria if isinstance(criteria, Criteria) else read_criteria(criteria)
        zones = self.current_zones if self.exposure is None else self.exposure
        ranked = rank_areas(
            zones if own is None else add_own(zones, own),
            criteria=table,
            samples=min(10_000, max(1_000, _MOST_DRAWN // max(len(zones), 1))),
            **({} if top is None else {"top": top}),
        )
        named = criteria if isinstance(criteria, (str, Path)) else None
        inputs = (*self.inputs, *describe_inputs(named, "criteria"))
        return replace(self, priorities=ranked, criteria=table, plan=None, inputs=inputs)

    def plan_survey(  # noqa: PLR0913 - one argument for each thing that decides what teams can do
        self,
        *,
        teams: int,
        hours: float,
        sweep_rate_m2_per_h: float,
        top: int | None = None,
        detection: float = DEFAULT_DETECTION,
        base: Sequence[float] | None = None,
        task_hours: float = DEFAULT_TASK_HOURS,
        travel_km_h: float = DEFAULT_TRAVEL_KM_H,
    ) -> "Assessment":
        """
        Plan where teams search first; see `uxomap.plan_survey`.

        Parameters
        ----------
        teams, hours, sweep_rate_m2_per_h, detection, base, task_hours, travel_km_h
            See `uxomap.plan_survey`.
        top : int, optional
            Plan only for the first zones of the order; otherwise for all, by finds an hour and not by the order.

        Returns
        -------
        Assessment
            With ``plan``: from the map of contamination where there is one, otherwise from the zones.

        Raises
        ------
        InputError
            A choice is out of range, or there is nothing to plan for.
        """
        grid = self.current_contamination
        zones = self.current_zones if top is None else first_zones(self.priorities, top)
        plan = plan_survey(
            zones if grid is None else grid,
            teams=teams,
            hours=hours,
            sweep_rate_m2_per_h=sweep_rate_m2_per_h,
            detection=detection,
            zones=None if grid is None else zones,
            base=base,
            task_hours=task_hours,
            travel_km_h=travel_km_h,
        )
        chosen = {"teams": teams, "hours": hours, "sweep_rate_m2_per_h": sweep_rate_m2_per_h, "detection": detection}
        return replace(self, plan=plan, parameters=MappingProxyType(dict(self.parameters) | chosen))

    def show(self, layer: str) -> Any:
        """
        View one layer in a notebook: a map, a short table, totals and the notice.

        Parameters
        ----------
        layer : str
            A name of ``layers``.

        Returns
        -------
        LayerView
            Shows itself at the end of a notebook cell.

        Raises
        ------
        InputError
            There is no such layer.
        """
        if layer not in self.layers:
            message = f"Unknown layer {layer!r}. Must be one of: {', '.join(self.layers)}."
            raise InputError(message)
        return show_layer(self.layers[layer])

    def web_map(self, *, title: str | None = None, language: str = "en", sensitivity: str = wording.SENSITIVITY) -> Any:
        """
        Make the web map of the result.

        Parameters
        ----------
        title : str, optional
            Stands above the map.
        language : str
            ``en``, ``uk``, ``fr``, ``ar`` or ``es``. The sentences of `summary_lines` stand above an English map only.
        sensitivity : str
            Label that says who may see the map.

        Returns
        -------
        folium.Map
        """
        summary = self.summary_lines(brief=True) if language == "en" else ()
        return make_web_map(self, title=title, summary=summary, language=language, sensitivity=sensitivity)

    def _shown(self) -> dict[str, pd.DataFrame]:
        """Layers that a map shows; the parts of zones would lie over the zones."""
        return {name: layer for name, layer in self.layers.items() if name != "zone_parts"}

    def map_sheet(self, *, size: str = "A4", language: str = "en", sensitivity: str = wording.SENSITIVITY) -> Any:
        """
        Draw the sheet to print; `uxomap.make_map_sheet` takes more choices.

        Parameters
        ----------
        size : {"A4", "A3"}
            Size of the paper, landscape.
        language : str
            ``en``, ``uk``, ``fr``, ``ar`` or ``es``.
        sensitivity : str
            Label that says who may see the sheet.

        Returns
        -------
        Figure
            Write it with `uxomap.maps.save_map_sheet`.
        """
        return make_map_sheet(self, size=size, language=language, sensitivity=sensitivity)

    def write(
        self,
        folder: str | Path,
        *,
        language: str = "en",
        sensitivity: str = wording.SENSITIVITY,
        licence: str | None = None,
        made_on: dt.date | None = None,
    ) -> list[Path]:
        """
        Write every file of the result, all or none.

        Parameters
        ----------
        folder : str or Path
            Made if it is not there. Files of an earlier result are replaced, or taken away where this one has none of
            their name, as long as they are what that result wrote (its ``summary.json`` has their hashes). Other files
            are left alone.
        language : str
            Language of the map and the sheet; data keep their English keys.
        sensitivity : str
            Label that says who may see the result; no word that means public.
        licence : str, optional
            What those who get the files may do with them.
        made_on : date, optional
            Day to be named in every file. None is unless given: no clock is read, so that the same input gives the same
            files.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        InputError
            The label, the licence or the day cannot be used.
        OutputError
            The folder cannot be written; an earlier result in it is left whole. Or it holds an input under a name that
            the result has.
        """
        check_sensitivity(sensitivity)
        stated = check_stated(licence, made_on)
        return write_files(
            folder,
            layers=self.layers,
            tables=self._tables(),
            page=self.web_map(language=language, sensitivity=sensitivity),
            sheet=self.map_sheet(language=language, sensitivity=sensitivity),
            contamination=self.current_contamination,
            facts={"parameters": self.provenance() | stated, "sensitivity": sensitivity},
            summary=self.summary() | {"sensitivity": sensitivity} | stated,
        )

    def _tables(self) -> dict[str, pd.DataFrame]:
        """Tables that are no layer, by name of their file."""
        tables = {"intake": self.intake}
        if self.surveys is not None:
            tables["unexplained_finds"] = self.surveys.unexplained
        if self.criteria is not None:
            tables["criteria"] = self.criteria.to_frame().reset_index()
        if self.plan is not None:
            tables |= {"survey_curve": self.plan.curve, "survey_left": self.plan.left}
        return tables

    def __repr__(self) -> str:
        """Say what was assessed, in plain text."""
        return "\n".join(["uxomap.Assessment", *(f"  {line}" for line in [*self.summary_lines(), wording.NOTICE])])

    def _repr_html_(self) -> str:
        """Show the map, the totals and the notice in a notebook."""
        return str(assessment_view_html(self._shown(), summary=self.summary_lines(brief=True)))
