"""Drafts of a plan: hours spread over land, tasks cut, teams routed; the best draft is kept."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.survey._cut import Pieces, cut_land
from uxomap.survey._land import Land
from uxomap.survey._route import Progress, Routes, Way, fill_up, improve_routes, order_by_rate, route_by_rate
from uxomap.survey._search import allocate_effort, random_search

Floats = npt.NDArray[np.float64]

#: The land is cut anew for the hours that travel leaves if it takes more than this share of them.
_MUCH_TRAVEL = 0.02

#: One-way travel from the base that land may lie away, in shares of the hours of a team; each is tried.
_REACHES = (1.0, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64)

#: Hours are compared to this many digits: sums of the same hours differ a hair.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Crew:
    """What the teams are and do."""

    teams: int
    hours: float
    sweep: float
    detection: float
    task_hours: float
    hours_per_m: float

    def spread(self, items: Floats, area: Floats, hours: float) -> Floats:
        """Hours for each piece of land, by Stone's rule."""
        return allocate_effort(items, rate=self.detection * self.sweep / area, hours=hours)

    def find(self, items: Floats, area: Floats, hours: Floats) -> Floats:
        """Expected finds."""
        return items * random_search(self.sweep * hours / area, detection=self.detection)

    def leave(self, items: Floats, area: Floats, hours: Floats) -> Floats:
        """Items left, by its own sum: the difference of two equal numbers would be none."""
        return np.fmax(items * np.exp(-self.detection * self.sweep * hours / area), np.finfo(float).tiny)


@dataclass(frozen=True, slots=True)
class Draft:
    """Tasks, who does them, the hours each part gets, and what is found."""

    pieces: Pieces
    routes: Routes
    way: Way
    part_hours: Floats
    part_finds: Floats
    part_left: Floats


def draft_plan(land: Land, crew: Crew, start: tuple[float, float]) -> Draft:
    """Plan for land within several distances of the base, as travel may eat what richer land far away would give."""
    draft = max((_draft_twice(part, crew, start) for part in _within_reach(land, crew, start)), key=_worth)
    pieces, way = draft.pieces, draft.way
    work = pieces.sum_up(pieces.part_hours)
    finds = pieces.sum_up(crew.find(pieces.part_items, pieces.part_m2, pieces.part_hours))
    short = improve_routes(way, work, finds, draft.routes, crew.hours)
    others = [
        _deepen(pieces, fill_up(way, work, finds, routes, crew.hours), way, crew)
        for routes in (short, order_by_rate(way, work, finds, short, crew.hours))
    ]
    return max(draft, *others, key=_worth)


def _within_reach(land: Land, crew: Crew, start: tuple[float, float]) -> list[Land]:
    """The land with ever less of what lies far from the base; the whole of it where nothing can be reached."""
    way = make_way(start, land.places["longitude"], land.places["latitude"], crew)
    distance = way.hours(way.base, slice(0, way.base))
    parts, before = [], 0
    for share in _REACHES:
        near = (distance < share * crew.hours)[land.unit_place] & (land.unit_items > 0)
        if near.any() and int(near.sum()) != before:
            before = int(near.sum())
            parts.append(replace(land, unit_items=np.where(near, land.unit_items, 0.0)))
    return parts or [land]


def _draft_twice(land: Land, crew: Crew, start: tuple[float, float]) -> Draft:
    """Plan for all hours; where travel takes many of them, plan again for what it leaves, and keep the better."""
    total = crew.teams * crew.hours
    draft = _draft_for(land, crew, start, total)
    travel = sum(float(draft.way.legs(route).sum()) for route in draft.routes)
    if _MUCH_TRAVEL * total < travel < total:
        return max(draft, _draft_for(land, crew, start, total - travel), key=_worth)
    return draft


def _worth(draft: Draft) -> float:
    """What a draft finds in the end and on the way there."""
    return time_tasks(draft)[1].worth


def _draft_for(land: Land, crew: Crew, start: tuple[float, float], search_hours: float) -> Draft:
    """Spread so many hours of searching, cut tasks, and give them to teams by finds an hour."""
    nearest = make_way(start, land.places["longitude"], land.places["latitude"], crew)
    reach = crew.hours - float(nearest.hours(nearest.base, slice(0, nearest.base)).min())
    # Half of what is left after the way there, so that a task fits in even where hours are few.
    piece_hours = min(crew.task_hours, max(reach, 0.0) / 2) or crew.task_hours
    pieces = cut_land(land, crew.spread(land.unit_items, land.unit_m2, search_hours), piece_hours)
    way = make_way(start, pieces.longitude, pieces.latitude, crew)
    work = pieces.sum_up(pieces.part_hours)
    finds = pieces.sum_up(crew.find(pieces.part_items, pieces.part_m2, pieces.part_hours))
    routes = route_by_rate(way, work, finds, teams=crew.teams, hours=crew.hours)
    return _deepen(pieces, fill_up(way, work, finds, routes, crew.hours), way, crew)


def make_way(start: tuple[float, float], longitude: Any, latitude: Any, crew: Crew) -> Way:
    """Way between places and the base."""
    return Way.between(np.append(longitude, start[0]), np.append(latitude, start[1]), crew.hours_per_m)


def _deepen(pieces: Pieces, routes: Routes, way: Way, crew: Crew) -> Draft:
    """Spread all hours of each team that travel leaves over the parts of its own tasks."""
    hours = np.zeros(pieces.part_items.size)
    kept: Routes = []
    for planned in routes:
        route, dropped = planned, bool(planned)
        while dropped:
            parts = np.flatnonzero(np.isin(pieces.part_piece, route))
            left = crew.hours - float(way.legs(route).sum())
            hours[parts] = crew.spread(pieces.part_items[parts], pieces.part_m2[parts], left)
            work = pieces.sum_up(hours)
            worked = [task for task in route if work[task] > 0]
            route, dropped = worked, len(worked) < len(route)
        kept.append(route)
    finds = crew.find(pieces.part_items, pieces.part_m2, hours)
    return Draft(pieces, kept, way, hours, finds, crew.leave(pieces.part_items, pieces.part_m2, hours))


def time_tasks(draft: Draft) -> tuple[pd.DataFrame, Progress]:
    """Tasks in the order in which teams leave for them, and their progress."""
    pieces = draft.pieces
    rows = [
        (task, team, leg)
        for team, route in enumerate(draft.routes, start=1)
        for task, leg in zip(route, draft.way.legs(route), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["task", "team", "travel_hours"]).astype(
        {"task": "int64", "team": "int64", "travel_hours": "float64"}
    )
    table["team_hours"] = pieces.sum_up(draft.part_hours)[table["task"]]
    table["finds"] = pieces.sum_up(draft.part_finds)[table["task"]]
    table["end"] = (table["travel_hours"] + table["team_hours"]).groupby(table["team"]).cumsum()
    table["start"] = table["end"] - table["team_hours"]
    table["leaves"] = (table["start"] - table["travel_hours"]).round(_DIGITS).clip(lower=0.0)
    table = table.sort_values(["leaves", "team"], kind="stable", ignore_index=True)
    return table, Progress(*(table[name].to_numpy() for name in ("start", "end", "finds")))
