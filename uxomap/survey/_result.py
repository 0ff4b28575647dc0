"""What a plan is, in tables, words and a picture."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from uxomap import wording
from uxomap.errors import InputError
from uxomap.survey._land import MAP_BEYOND, MAP_OUTSIDE, MAP_REST

#: Lines of the picture: column, label, colour, dashes.
_LINES = (
    ("upper_bound", "no travel, cut at will (cannot be exceeded)", "#9e9e9e", ":"),
    ("optimal", "this plan", "#1f4e79", "-"),
    ("largest_first", "largest place first", "#b35806", "--"),
    ("nearest_first", "nearest place first", "#7b6ba8", "-."),
    ("densest_first", "densest place first", "#00876c", (0, (4, 1, 1, 1, 1, 1))),
)

#: Land beside the places of a plan, as the table names it and as a sentence does.
_BESIDE = (
    (MAP_REST, "the rest of the map"),
    (MAP_OUTSIDE, "the map outside the zones given"),
    (MAP_BEYOND, "what lies beyond the map"),
)


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """
    Plan of a survey.

    Attributes
    ----------
    tasks : GeoDataFrame
        Layer ``tasks``, in order.
    curve : DataFrame
        Expected finds (items) against ``hours`` (of all teams, travel included): ``optimal`` (this plan as it is
        carried out), ``largest_first``, ``nearest_first`` and ``densest_first`` (most expected items a hectare first;
        each place swept once over, then all again; same teams, same law of detection, same travel), ``upper_bound``
        (hours spread at will, no travel: no plan exceeds it).
    left : DataFrame
        One row a place, zones in the order of their ids, those whose items are not known and land beside the zones
        last: ``place``, ``uxo_expected``, ``finds_expected``, ``uxo_left_expected`` (items), ``area_m2``,
        ``searched_m2`` (land that gets any hours, however few), ``share_searched``, ``swept_m2`` (overlaps counted
        each time) and ``note``. Land that is not searched keeps all its items.
    team_hours : float
        Hours of all teams.
    uxo_unlocated : float
        Expected items of strikes without a place, which are in no task; NaN where not stated.
    assumptions : tuple of str
        What was assumed, in words.
    """

    tasks: gpd.GeoDataFrame
    curve: pd.DataFrame
    left: pd.DataFrame
    team_hours: float
    uxo_unlocated: float
    assumptions: tuple[str, ...]

    def summary_lines(self) -> list[str]:
        """
        Say the plan in plain words.

        Returns
        -------
        list of str
        """
        read = wording.round_for_reading
        end = self.curve.iloc[-1]
        finds, expected = float(self.tasks["finds_expected"].sum()), float(self.left["uxo_expected"].sum())
        untouched = self.left["note"].str.startswith("not searched")
        hours, travel = (float(self.tasks[name].sum()) for name in ("team_hours", "travel_hours"))
        n_teams, remote = self.tasks["team"].nunique(), float(self.left.loc[untouched, "uxo_left_expected"].sum())
        work = f"{read(hours)} hours of searching and {read(travel)} of travel, of {read(self.team_hours)} team-hours"
        simple = (
            f"densest place first would find {read(end['densest_first'])}, nearest first {read(end['nearest_first'])}, "
            f"largest first {read(end['largest_first'])}"
        )
        kind, places = self._say_untouched()
        lines = [
            f"{wording.say_count(len(self.tasks), 'task')} for {wording.say_count(n_teams, 'team')}: {work}.",
            f"Expected finds: {read(finds)} of {read(expected)} items; {simple}.",
            f"Expected to be left behind: {read(expected - finds)} items.",
            f"Of these, {read(remote)} lie in land that is not searched ({places}). Searched land keeps items too.",
        ]
        thin = int(self.left["note"].str.startswith("searched thinly").sum())
        if thin:
            lines.append(
                f"In {thin} of the searched {kind} the hours are so few that most items are expected to remain."
            )
        unknown = int(self.left["uxo_expected"].isna().sum())
        if unknown:
            lines.append(
                f"For {unknown} of the {kind} not searched the number of items is not known, and in no sum here."
            )
        if self.tasks.empty:
            lines.insert(0, "No land can be reached and searched in these hours. Give more hours, or a nearer base.")
        if self.uxo_unlocated > 0:
            unlocated = f"{read(self.uxo_unlocated)} more items are expected from strikes without a place"
            lines.append(f"{unlocated}; no task looks for them.")
        return [*lines, *self.assumptions, wording.NOTICE]

    def _say_untouched(self) -> tuple[str, str]:
        """What places are called, and how many are not searched, land beside them named apart."""
        names = self.left["place"].tolist()
        beside = [words for name, words in _BESIDE if name in names]
        own = ~self.left["place"].isin([name for name, _ in _BESIDE])
        kind = "patches" if MAP_REST in names else "zones"
        untouched = int(self.left.loc[own, "note"].str.startswith("not searched").sum())
        counted = f"{untouched} of {int(own.sum())} {kind}"
        return kind, f"{', '.join([counted, *beside[:-1]])}, and {beside[-1]}" if beside else counted

    def plot_curve(self, ax: Any = None) -> Any:
        """
        Draw expected finds against team-hours, with the simple plans beside.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; otherwise a new figure.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        InputError
            matplotlib is not installed.
        """
        axes = _new_axes() if ax is None else ax
        for column, label, colour, dashes in _LINES:
            axes.plot(self.curve["hours"], self.curve[column], color=colour, linestyle=dashes, label=label)
        axes.set_xlabel("team-hours, travel included")
        axes.set_ylabel("expected finds, items")
        axes.set_ylim(bottom=0)
        axes.set_xlim(0, float(np.max(self.curve["hours"])))
        axes.legend(frameon=False, fontsize="small")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        return axes


def _new_axes() -> Any:
    """Make a figure."""
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - slow to load, and not always installed
    except ImportError as error:
        message = "Drawing a plan needs matplotlib, which is not installed. Install it with: pip install matplotlib"
        raise InputError(message) from error
    return plt.subplots(figsize=(7, 4.5), layout="constrained")[1]
