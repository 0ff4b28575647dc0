"""What an assessment holds: its layers, and what it says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from uxomap import wording
from uxomap.assessment._summary import (
    add_up,
    describe_grid,
    describe_steps,
    describe_understood,
    list_versions,
    say_counts,
    say_steps,
)
from uxomap.contamination import SurveyUpdate
from uxomap.priority import Criteria
from uxomap.survey import SurveyPlan

#: Said where nobody states a licence.
_LICENCE = "as agreed with those who gave the reports; none is granted by this tool"


@dataclass(frozen=True, eq=False)
class Holdings:
    """One frame a layer, what was read, and with which parameters; `Assessment` tells what each is."""

    reports: gpd.GeoDataFrame
    strikes: gpd.GeoDataFrame
    hazard_areas: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    unlocated: pd.DataFrame
    intake: pd.DataFrame
    parameters: Mapping[str, float | str]
    inputs: tuple[Mapping[str, Any], ...]
    understood: pd.DataFrame
    contamination: xr.Dataset | None = None
    contamination_note: str = ""
    surveys: SurveyUpdate | None = None
    finds: gpd.GeoDataFrame | None = None
    exposure: gpd.GeoDataFrame | None = None
    zone_parts: gpd.GeoDataFrame | None = None
    priorities: gpd.GeoDataFrame | None = None
    criteria: Criteria | None = None
    plan: SurveyPlan | None = None

    @property
    def layers(self) -> Mapping[str, pd.DataFrame]:
        """Layers of the result by name, in the order of the flow, without the reports."""
        made: dict[str, pd.DataFrame | None] = {
            "strikes": self.strikes,
            "hazard_areas": self.hazard_areas,
            "zones": self.zones,
            "unlocated": self.unlocated,
        }
        if self.surveys is not None:
            made |= {
                "surveys": self.surveys.surveys,
                "finds": self.finds,
                "zone_updates": self.surveys.zones,
                "strike_updates": self.surveys.strikes,
            }
        made |= {"exposure": self.exposure if self.priorities is None else None, "zone_parts": self.zone_parts}
        made |= {"priorities": self.priorities, "tasks": None if self.plan is None else self.plan.tasks}
        return MappingProxyType({name: layer for name, layer in made.items() if layer is not None})

    @property
    def current_zones(self) -> gpd.GeoDataFrame:
        """Zones as far as they are known: with what the surveys found, once there are any."""
        return self.zones if self.surveys is None or self.surveys.zones is None else self.surveys.zones

    @property
    def current_contamination(self) -> xr.Dataset | None:
        """Map of expected items as far as it is known: after the surveys, once there are any."""
        return self.contamination if self.surveys is None else self.surveys.contamination

    def totals(self) -> pd.DataFrame:
        """
        Estimated items in all, on the map and off it.

        Returns
        -------
        DataFrame
            Index ``on the map``, ``unlocated``, ``together``; columns ``n_strikes``, ``uxo_low``, ``uxo_expected``,
            ``uxo_high``. Means add up; intervals do not, because strikes with the same evidence share its uncertainty.
        """
        return add_up(self.hazard_areas, self.unlocated)

    def summary(self) -> dict[str, Any]:
        """
        Counts, totals, parameters, versions, hashes of the inputs and the notice, as written to ``summary.json``.

        Returns
        -------
        dict
            Ready for JSON; the same for the same input.
        """
        status = self.intake["status"].value_counts()
        return {
            "product": "uxomap assessment",
            "notice": wording.NOTICE,
            "sensitivity": wording.SENSITIVITY,
            "method_version": wording.METHOD_VERSION,
            "inputs": [dict(source) for source in self.inputs],
            "understood": describe_understood(self.understood),
            "parameters": dict(self.parameters),
            "counts": {
                "rows": len(self.intake),
                **{name: int(status.get(name, 0)) for name in ("accepted", "assumed", "rejected")},
                "strikes": len(self.strikes),
                "strikes_on_the_map": len(self.hazard_areas),
                "strikes_unlocated": len(self.unlocated),
                "zones": len(self.zones),
            },
            "totals": {
                "meaning": "estimated unexploded items: 5 % point, mean and 95 % point of the total",
                **{
                    str(name).replace(" ", "_"): {column: float(value) for column, value in line.items()}
                    for name, line in self.totals().drop(columns="n_strikes").iterrows()
                },
            },
            **describe_steps(self.surveys, self.exposure, self.priorities, self.plan),
            "contamination": describe_grid(self.current_contamination, self.contamination_note),
            "land_to_look_in_m2": float(self.zones["area_m2"].sum()),
            "versions": list_versions(),
            "licence": _LICENCE,
        }

    def provenance(self) -> dict[str, Any]:
        """
        What every file says of where it comes from: inputs with hashes, parameters, versions and licence.

        Returns
        -------
        dict
            Ready for JSON; no clock is read, so that the same input gives the same files.
        """
        return {
            **self.parameters,
            "inputs": [dict(source) for source in self.inputs],
            "versions": list_versions(),
            "licence": _LICENCE,
        }

    def summary_lines(self, *, brief: bool = False) -> list[str]:
        """
        Say in a few sentences what was assessed.

        Parameters
        ----------
        brief : bool
            Only what belongs above a map, without the account of rows and the details of the plan.

        Returns
        -------
        list of str
            Rounded for reading.
        """
        lines = say_counts(
            self.summary()["counts"],
            self.totals(),
            land_m2=self.zones["area_m2"].sum(),
            searched=self.surveys is not None,
            brief=brief,
        )
        lines += say_steps(self.surveys, self.exposure, self.priorities, self.plan, brief=brief)
        lines.append("Strikes that nobody reported are in none of these numbers, nor is clearance since.")
        return lines
