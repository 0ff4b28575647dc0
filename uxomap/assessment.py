"""The whole flow in one call: from a table of reports to layers, a map and files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from uxomap import wording
from uxomap._files import stage_folder
from uxomap.contamination import estimate_contamination
from uxomap.distributions import sum_intervals
from uxomap.errors import CRSError, InputError
from uxomap.export import file_sha256, write_csv, write_geojson, write_geopackage, write_geotiff, write_json
from uxomap.hazard_areas import DEFAULT_FADEOUT_M, DEFAULT_MAX_PRECISION_M, draw_hazard_areas, list_unlocated
from uxomap.maps import assessment_view_html, make_web_map, save_web_map, show_layer
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

#: Libraries whose versions can move a number, named in summary.json.
_LIBRARIES = ("geopandas", "numpy", "pandas", "pyproj", "scipy", "shapely")

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
        columns = ["uxo_low", "uxo_expected", "uxo_high", "uxo_sd", "uxo_sd_shared", "evidence_key"]
        mapped = self.hazard_areas[columns].assign(group="on the map")
        unlocated = self.unlocated[columns].assign(group="unlocated")
        together = pd.concat([mapped, unlocated]).assign(group="together")
        strikes = pd.concat([mapped, unlocated, together], ignore_index=True)
        sums = sum_intervals(
            strikes["uxo_expected"],
            strikes["uxo_sd"],
            strikes["uxo_sd_shared"],
            evidence_key=strikes["evidence_key"],
            groups=strikes["group"],
            low=strikes["uxo_low"],
            high=strikes["uxo_high"],
        )
        groups = ["on the map", "unlocated", "together"]
        counted = strikes.groupby("group").size().reindex(groups, fill_value=0).rename("n_strikes")
        return (
            sums[["uxo_low", "uxo_expected", "uxo_high"]]
            .reindex(groups, fill_value=0.0)
            .assign(n_strikes=counted)[["n_strikes", "uxo_low", "uxo_expected", "uxo_high"]]
        )

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
            "understood": self._say_understood(),
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
            "contamination": self._say_contamination(),
            "land_to_look_in_m2": float(self.zones["area_m2"].sum()),
            "versions": {name: metadata.version(name) for name in ("uxomap", *_LIBRARIES)},
        }

    def _say_contamination(self) -> dict[str, Any]:
        """Which cells the map of contamination has, or why there is none."""
        if self.contamination is None:
            return {"not_made": self.contamination_note}
        rows, columns = self.contamination["uxo_expected"].shape
        return {"cell_m": self.contamination.attrs["cell_m"], "rows": int(rows), "columns": int(columns)}

    def _say_understood(self) -> list[dict[str, str]]:
        """How each input was understood, one mapping each."""
        return [
            {"source": str(source)} | dict(zip(lines["item"], lines["understood"], strict=True))
            for source, lines in self.understood.groupby("source", sort=False)
        ]

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
                f"Estimated unexploded items: {_say_total(totals, 'together')}, from {counts['strikes']:,} reported "
                "strikes."
            ),
            (
                f"{counts['strikes_on_the_map']:,} strikes on the map in {counts['zones']:,} zones ({land} to look "
                f"in); {counts['strikes_unlocated']:,} placed too coarsely to draw."
            ),
        ]
        if counts["strikes_unlocated"]:
            lines.append(
                f"Of the items, {_say_total(totals, 'unlocated')} belong to strikes that the map does not show: locate "
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
        inputs=tuple(_describe_inputs(source)),
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


def _say_total(totals: pd.DataFrame, name: str) -> str:
    """Write a total with its range."""
    low, best, high = totals.loc[[name], ["uxo_low", "uxo_expected", "uxo_high"]].to_numpy(float)[0]
    return f"{wording.say_range(low, high)} (best estimate {wording.round_for_reading(best)})"


def _describe_inputs(source: Any) -> list[dict[str, Any]]:
    """Name each input and hash its file."""
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [line for one in source for line in _describe_inputs(one)]
    if isinstance(source, (str, Path)):
        return [{"name": Path(source).name, "sha256": file_sha256(Path(source))}]
    return [{"name": type(source).__name__, "rows": len(source)}]


def _say_nothing(step: str) -> None:
    """Show no progress."""
