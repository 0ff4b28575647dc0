"""The stage itself: land and hours in, tasks with their order out."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap import wording
from uxomap._validation import check_layer, is_number
from uxomap.crs import LONLAT, area_m2
from uxomap.errors import InputError
from uxomap.survey._draft import Crew, Draft, draft_plan, make_way, time_tasks
from uxomap.survey._land import LAND_SHARE, Land, read_land
from uxomap.survey._result import SurveyPlan
from uxomap.survey._route import Progress, sweep_in_order
from uxomap.survey._search import check_amount, check_share

Floats = npt.NDArray[np.float64]

#: Assumptions where the user states nothing else.
DEFAULT_DETECTION = 0.9
DEFAULT_TASK_HOURS = 6.0
DEFAULT_TRAVEL_KM_H = 20.0

#: The way on the ground divided by the straight line, an assumption.
DETOUR = 1.4

#: Hours of a working day with its travel, an assumption; it only numbers the days.
DAY_HOURS = 8.0

#: Tasks that are put in order in one plan; far more take hours and all memory.
_MOST_TASKS = 5000

#: Rows of the curve after the first.
_STEPS = 40

#: Share of its items that searching must be expected to find for land not to be called thinly searched.
_THIN = 0.5

_HALF_TURN, _POLE = 180.0, 90.0
_PAIR = 2


def plan_survey(  # noqa: PLR0913 - one argument for each thing that decides what teams can do
    land: Any,
    *,
    teams: int,
    hours: float,
    sweep_rate_m2_per_h: float,
    detection: float = DEFAULT_DETECTION,
    zones: gpd.GeoDataFrame | None = None,
    base: Sequence[float] | None = None,
    task_hours: float = DEFAULT_TASK_HOURS,
    travel_km_h: float = DEFAULT_TRAVEL_KM_H,
) -> SurveyPlan:
    """
    Plan where survey teams search, for how long and in which order, so that they are expected to find most.

    Search is taken as random: land swept c times over gives up the share 1 - exp(-detection x c) of its items
    (Koopman), and hours are spread so that the next hour finds as much everywhere (Stone; `allocate_effort`). The land
    is then cut into connected tasks of about *task_hours*, which go to the teams by finds an hour, travel counted;
    shorter ways (OR-Tools) replace that order where this finds more, in the end and on the mean of the time counted
    alike. Last, each team's hours are spread over its own tasks anew, so that none are over.

    Travel is an allowance of time: the straight line x 1.4 at *travel_km_h*, from the base to the first task and from
    each task to the next, without the way back in the evening. It is no path; nothing says where a team can walk or
    drive.

    Parameters
    ----------
    land : GeoDataFrame or Dataset
        Zones or priorities (``zone_id``, ``uxo_expected``; items lie evenly in a zone), EPSG:4326, or the result of
        `estimate_contamination`. Of a map without zones the densest cells with 95 % of its items are planned for.
        Zones whose ``uxo_expected`` is empty are named in ``left`` and not planned for.
    teams : int
        Teams that work at the same time.
    hours : float
        Hours of each team in all, travel included.
    sweep_rate_m2_per_h : float
        Land that one team sweeps in an hour, in m².
    detection : float
        Chance that one full pass over an item finds it.
    zones : GeoDataFrame of Polygon, EPSG:4326, optional
        With a map: the zones by which tasks are cut.
    base : (float, float), optional
        Longitude and latitude from which teams set out. Otherwise the place with most expected items, an
        assumption.
    task_hours : float
        Hours of searching in one task.
    travel_km_h : float
        Speed of travel in km/h.

    Returns
    -------
    SurveyPlan
        ``tasks`` (layer ``tasks``), ``curve``, ``left``, ``summary_lines()`` and ``plot_curve()``.

    Raises
    ------
    SchemaError, CRSError
        The zones lack columns, ids, valid polygons or the right CRS.
    InputError
        A number is out of range, zones overlap, or nothing is expected anywhere.

    Examples
    --------
    >>> import shapely
    >>> zones = gpd.GeoDataFrame(
    ...     {"zone_id": ["Z-1", "Z-2"], "uxo_expected": [40.0, 5.0]},
    ...     geometry=[shapely.box(37, 48, 37.002, 48.002), shapely.box(37.1, 48, 37.102, 48.002)],
    ...     crs="EPSG:4326",
    ... )
    >>> plan = plan_survey(zones, teams=2, hours=24, sweep_rate_m2_per_h=1000, base=(37.0, 48.01))
    >>> plan.tasks["zone_id"].unique().tolist(), len(plan.tasks)
    (['Z-1'], 8)
    >>> plan.left[["place", "note"]].values.tolist()
    [['Z-1', 'searched, items remain'], ['Z-2', 'not searched']]
    """
    crew = _check_crew(teams, hours, sweep_rate_m2_per_h, detection, (task_hours, travel_km_h))
    ground = read_land(land, zones)
    if not (ground.unit_items > 0).any():
        message = (
            "No item is expected in the land, or it is not known how many. "
            "At least one zone needs an uxo_expected above 0."
        )
        raise InputError(message)
    start = _find_base(base, ground)
    draft = draft_plan(ground, crew, start)
    tasks, progress = _list_tasks(ground, draft, crew)
    return SurveyPlan(
        tasks=check_layer(tasks, "tasks"),
        curve=_draw_curve(ground, crew, start, progress),
        left=_list_left(ground, draft, crew),
        team_hours=crew.teams * crew.hours,
        uxo_unlocated=ground.unlocated,
        assumptions=_say_assumptions(crew, travel_km_h, base is None, ground),
    )


def _check_crew(teams: int, hours: float, sweep: float, detection: float, pace: tuple[float, float]) -> Crew:
    """Check the numbers that describe teams and work."""
    if not (is_number(teams) and teams >= 1 and teams == int(teams)):
        message = f"Invalid teams {teams!r}. Must be a whole number, 1 or more. Count the teams that work at one time."
        raise InputError(message)
    names = ("hours", "sweep_rate_m2_per_h", "task_hours", "travel_km_h")
    for name, value in zip(names, (hours, sweep, *pace), strict=True):
        check_amount(value, name, zero=False)
    check_share(detection, "detection")
    if teams * hours / pace[0] > _MOST_TASKS:
        message = (
            f"These hours make about {teams * hours / pace[0]:,.0f} tasks, too many to plan at once. Must be at most "
            f"{_MOST_TASKS:,}. Plan for a shorter time, or state longer task_hours."
        )
        raise InputError(message)
    return Crew(int(teams), float(hours), float(sweep), float(detection), pace[0], DETOUR / (1000 * pace[1]))


def _find_base(base: Sequence[float] | None, land: Land) -> tuple[float, float]:
    """Check the base, or take the place with most expected items, so that something always lies within reach."""
    if base is None:
        most = land.places.sort_values(["uxo_expected", "place"], ascending=[False, True]).iloc[0]
        return float(most["longitude"]), float(most["latitude"])
    numbers = not isinstance(base, str) and all(is_number(number) for number in base)
    place = np.asarray(base, dtype=np.float64) if numbers else np.empty(0)
    if place.size != _PAIR or not (abs(place[0]) <= _HALF_TURN and abs(place[1]) <= _POLE):
        message = f"Invalid base {base!r}. Must be (longitude, latitude) in degrees. Write longitude first."
        raise InputError(message)
    return float(place[0]), float(place[1])


def _list_tasks(land: Land, draft: Draft, crew: Crew) -> tuple[gpd.GeoDataFrame, Progress]:
    """Make the layer ``tasks``, in the order in which they begin."""
    pieces = draft.pieces
    table, progress = time_tasks(draft)
    items = pieces.sum_up(pieces.part_items)
    chosen = table["task"].to_numpy()
    place = land.places.iloc[pieces.place[chosen]].reset_index(drop=True)
    finds = table["finds"].to_numpy()
    number = place.groupby("place").cumcount() + 1
    tasks = gpd.GeoDataFrame(
        {
            "task_id": (place["place"] + "-T" + number.astype(str)).astype("str"),
            "zone_id": place["zone_id"].astype("str"),
            "order": np.arange(1, len(table) + 1),
            "team": table["team"],
            "day": (1 + table["leaves"] // DAY_HOURS).astype(int),
            "team_hours": table["team_hours"],
            "travel_hours": table["travel_hours"],
        },
        geometry=gpd.GeoSeries(pieces.outline[chosen], crs=LONLAT),
    )
    tasks["area_m2"] = area_m2(tasks) if len(tasks) else np.empty(0)
    tasks["swept_m2"] = crew.sweep * tasks["team_hours"]
    tasks["uxo_expected"] = items[chosen]
    tasks["finds_expected"] = finds
    tasks["share_found"] = finds / items[chosen]
    tasks["uxo_left_expected"] = pieces.sum_up(draft.part_left)[chosen]
    tasks["method_version"] = wording.METHOD_VERSION
    tasks["notice"] = wording.NOTICE
    moved = tasks[[*tasks.columns.drop("geometry"), "geometry"]]
    return moved, progress


def _draw_curve(land: Land, crew: Crew, start: tuple[float, float], plan: Progress) -> pd.DataFrame:
    """Expected finds against hours: the plan, simple plans, and what no plan can exceed."""
    clocks = np.linspace(0.0, crew.hours, _STEPS + 1)
    way = make_way(start, land.places["longitude"], land.places["latitude"], crew)
    items, area = (land.places[name].to_numpy() for name in ("uxo_expected", "area_m2"))
    size_m2 = np.fmax(area, np.bincount(land.unit_place, land.unit_m2, len(items)))
    distance = way.hours(way.base, slice(0, way.base))
    near = np.flatnonzero((distance < crew.hours) & (items > 0))
    simple = {
        name: sweep_in_order(
            way,
            near[np.argsort(key[near], kind="stable")],
            area_m2=size_m2,
            items=items,
            pace=(crew.sweep, crew.detection, crew.task_hours),
            limit=(crew.teams, crew.hours),
        ).at(clocks)
        for name, key in (
            ("largest_first", -area),
            ("nearest_first", distance),
            ("densest_first", -items / size_m2),
        )
    }
    # Fewer hours never reach a unit that all hours leave alone.
    used = np.flatnonzero(crew.spread(land.unit_items, land.unit_m2, crew.teams * crew.hours))
    some, size = land.unit_items[used], land.unit_m2[used]
    best = [float(crew.find(some, size, crew.spread(some, size, spent)).sum()) for spent in crew.teams * clocks]
    return pd.DataFrame({"hours": crew.teams * clocks, "optimal": plan.at(clocks), **simple, "upper_bound": best})


def _list_left(land: Land, draft: Draft, crew: Crew) -> pd.DataFrame:
    """What is expected to remain, by place, and what nobody searches."""
    pieces = draft.pieces
    part_place, worked = pieces.place[pieces.part_piece], draft.part_hours > 0

    def by_place(values: Floats) -> Floats:
        return np.asarray(np.bincount(part_place[worked], values[worked], len(land.places)), dtype=np.float64)

    expected = land.places["uxo_expected"].to_numpy()
    untouched = np.fmax(expected - by_place(pieces.part_items), 0.0)
    searched = by_place(pieces.part_m2)
    area = land.places["area_m2"].to_numpy()
    share = np.fmin(searched / area, 1.0)
    finds, held = by_place(draft.part_finds), by_place(pieces.part_items)
    # Hours that are few for the land leave most of it as it is, however much land they are spread over.
    words = np.select(
        [searched == 0, finds < _THIN * held, share < 1 - 1e-3],
        ["not searched", "searched thinly, most items remain", "searched in part, items remain"],
        "searched, items remain",
    )
    table = pd.DataFrame(
        {
            "place": land.places["place"],
            "uxo_expected": expected,
            "finds_expected": finds,
            "uxo_left_expected": untouched + by_place(draft.part_left),
            "area_m2": area,
            "searched_m2": searched,
            "share_searched": share,
            "swept_m2": crew.sweep * by_place(draft.part_hours),
            "note": words.astype(str),
        }
    )
    aside = land.aside.assign(
        finds_expected=0.0,
        uxo_left_expected=land.aside["uxo_expected"],
        searched_m2=0.0,
        share_searched=0.0,
        swept_m2=0.0,
    )
    if aside.empty:
        return table
    aside["note"] = "not searched: " + aside["note"]
    return pd.concat([table, aside[list(table.columns)]], ignore_index=True)


def _say_assumptions(crew: Crew, travel_km_h: float, middle: bool, land: Land) -> tuple[str, ...]:  # noqa: FBT001 - private
    """Say in words what was assumed."""
    lines = [
        f"One full pass finds an item with a chance of {100 * crew.detection:.3g} %; sweeps overlap at random.",
        f"A team sweeps {crew.sweep:,.0f} m² an hour and searches about {crew.task_hours:g} hours in one task.",
        f"Travel takes the straight line x {DETOUR:g} at {travel_km_h:g} km/h: an allowance of time, not a path.",
        f"The way back in the evening is not counted; a day has {DAY_HOURS:g} hours.",
    ]
    if middle:
        lines.append("No base was given: the place with most expected items stands in for it.")
    if land.cells is None:
        lines.append("Items lie evenly in each zone.")
    elif not land.places["zone_id"].ne("").any():
        lines.append(f"The densest cells with {100 * LAND_SHARE:g} % of the items of the map are planned for.")
    return tuple(lines)
