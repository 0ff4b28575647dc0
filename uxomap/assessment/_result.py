"""What an assessment holds, and how it is shown and written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from uxomap import wording
from uxomap._files import stage_folder
from uxomap.assessment._summary import add_up, describe_grid, describe_understood, list_versions, say_total
from uxomap.errors import InputError
from uxomap.export import write_csv, write_geojson, write_geopackage, write_geotiff, write_json
from uxomap.maps import assessment_view_html, make_web_map, save_web_map, show_layer


@dataclass(frozen=True, eq=False)
class Assessment:
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
    parameters : Mapping of str to float
        Choices that the layers were made with.
    inputs : tuple of Mapping
        Name, SHA-256 and number of rows of each input.
    understood : DataFrame
        How each input was understood: columns ``source``, ``item``, ``understood``.
    contamination : Dataset or None
        Map of expected items a cell; None where there is none, as ``contamination_note`` says.
    contamination_note : str
        Why there is no such map; empty where there is one.
    """

    reports: gpd.GeoDataFrame
    strikes: gpd.GeoDataFrame
    hazard_areas: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    unlocated: pd.DataFrame
    intake: pd.DataFrame
    parameters: Mapping[str, float]
    inputs: tuple[Mapping[str, Any], ...]
    understood: pd.DataFrame
    contamination: xr.Dataset | None = None
    contamination_note: str = ""

    @property
    def layers(self) -> Mapping[str, pd.DataFrame]:
        """Layers of the result by name, in the order of the flow, without the reports."""
        return MappingProxyType(
            {
                "strikes": self.strikes,
                "hazard_areas": self.hazard_areas,
                "zones": self.zones,
                "unlocated": self.unlocated,
            }
        )

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
            "contamination": describe_grid(self.contamination, self.contamination_note),
            "land_to_look_in_m2": float(self.zones["area_m2"].sum()),
            "versions": list_versions(),
        }

    def summary_lines(self) -> list[str]:
        """
        Say in a few sentences what was assessed.

        Returns
        -------
        list of str
            Rounded for reading.
        """
        counts = self.summary()["counts"]
        totals = self.totals()
        land = wording.say_area(self.zones["area_m2"].sum())
        lines = [
            (
                f"Estimated unexploded items: {say_total(totals, 'together')}, from {counts['strikes']:,} reported "
                "strikes."
            ),
            (
                f"{counts['strikes_on_the_map']:,} strikes on the map in {counts['zones']:,} zones ({land} to look "
                f"in); {counts['strikes_unlocated']:,} placed too coarsely to draw."
            ),
        ]
        if counts["strikes_unlocated"]:
            lines.append(
                f"Of the items, {say_total(totals, 'unlocated')} belong to strikes that the map does not show: locate "
                "them first."
            )
        lines.append(
            f"{counts['rows']:,} rows read: {counts['accepted']:,} accepted, {counts['assumed']:,} with something "
            f"assumed, {counts['rejected']:,} rejected."
        )
        lines.append("Strikes that nobody reported are in none of these numbers, nor is clearance since.")
        return lines

    def show(self, layer: str) -> Any:
        """
        View one layer in a notebook: a map, a short table, totals and the notice.

        Parameters
        ----------
        layer : str
            ``"strikes"``, ``"hazard_areas"``, ``"zones"`` or ``"unlocated"``.

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

    def web_map(self, *, title: str = "Reported strikes and proposed survey zones") -> Any:
        """
        Make the web map of the result.

        Parameters
        ----------
        title : str
            Stands above the map.

        Returns
        -------
        folium.Map
        """
        return make_web_map(self.layers, title=title, summary=self.summary_lines())

    def write(self, folder: str | Path) -> list[Path]:
        """
        Write every file of the result, all or none.

        Parameters
        ----------
        folder : str or Path
            Made if it is not there. Files of an earlier result are replaced, others left alone.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        OutputError
            The folder cannot be written; an earlier result in it is left whole.
        """
        with stage_folder(folder) as staging:
            write_csv(self.intake, staging / "intake.csv")
            for name in ("strikes", "hazard_areas", "zones"):
                write_geojson(self.layers[name], staging / f"{name}.geojson", name=name, parameters=self.parameters)
            write_csv(self.unlocated, staging / "unlocated.csv", name="unlocated")
            save_web_map(self.web_map(), staging / "map.html")
            write_geopackage(self.layers, staging / "assessment.gpkg", parameters=self.parameters)
            if self.contamination is not None:
                write_geotiff(self.contamination, staging / "contamination.tif")
            write_json(self.summary(), staging / "summary.json")
            names = sorted(path.name for path in staging.iterdir())
        if self.contamination is None:  # one of an earlier result would be taken for a part of this one
            (Path(folder) / "contamination.tif").unlink(missing_ok=True)
        return [Path(folder) / name for name in names]

    def __repr__(self) -> str:
        """Say what was assessed, in plain text."""
        return "\n".join(["uxomap.Assessment", *(f"  {line}" for line in [*self.summary_lines(), wording.NOTICE])])

    def _repr_html_(self) -> str:
        """Show the map, the totals and the notice in a notebook."""
        return str(assessment_view_html(self.layers, summary=self.summary_lines()))
