"""Who goes where, and when: teams, tasks, and the hours that the way takes."""

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Routes = list[list[int]]

#: Mean radius of the Earth (m). A great circle is wrong by up to 0.6 %, the detour by far more.
_EARTH_M = 6_371_008.8

#: Up to so many tasks all teams are routed at once; above, one after the other; teams with more keep their order.
_MOST_AT_ONCE = 250

#: Tasks nobody does that are offered to a team when it is routed alone.
_MOST_OFFERED = 60

#: A team begins a task only if it can do this share of it.
_LEAST_PART = 0.1

_HAIR = 1e-9

#: Times and prizes are whole numbers for the solver: seconds.
_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Way:
    """Places by their unit vectors, the base last, and the hours that a metre takes."""

    points: Floats
    hours_per_m: float

    @classmethod
    def between(cls, longitude: Floats, latitude: Floats, hours_per_m: float) -> "Way":
        """Make a way between points in degrees, the base last."""
        lon, lat = np.radians(longitude), np.radians(latitude)
        return cls(np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]), hours_per_m)

    @property
    def base(self) -> int:
        """Number of the base."""
        return len(self.points) - 1

    def hours(self, start: int | Integers, end: int | Integers | slice) -> Floats:
        """Hours from a point to others."""
        chord = np.linalg.norm(self.points[end] - self.points[start], axis=-1)
        return np.asarray(2 * _EARTH_M * np.arcsin(np.fmin(chord / 2, 1.0)) * self.hours_per_m)

    def matrix(self, nodes: Integers) -> Floats:
        """Hours between all of some points."""
        return np.stack([self.hours(node, nodes) for node in nodes])

    def legs(self, route: list[int]) -> Floats:
        """Hours of travel to each task of a route, the first from the base."""
        stops = np.array([self.base, *route], dtype=np.int64)
        return self.hours(stops[:-1], stops[1:])


def route_by_rate(way: Way, work: Floats, finds: Floats, *, teams: int, hours: float) -> Routes:
    """Give each team that is done the task with most finds an hour, its travel counted, that still fits."""
    routes: Routes = [[] for _ in range(teams)]
    waiting = np.ones(work.size, dtype=bool)
    clocks = [(0.0, team, way.base) for team in range(teams)]
    while clocks and waiting.any():
        clock, team, place = heapq.heappop(clocks)
        cost = way.hours(place, slice(0, work.size)) + work
        rate = np.where(waiting & (clock + cost <= hours), finds / cost, -1.0)
        task = int(rate.argmax())
        if rate[task] < 0:
            continue
        waiting[task] = False
        routes[team].append(task)
        heapq.heappush(clocks, (clock + float(cost[task]), team, task))
    return routes


def fill_up(way: Way, work: Floats, finds: Floats, routes: Routes, hours: float) -> Routes:
    """Give each team that has hours over one more task, of which it does a part."""
    filled = [list(route) for route in routes]
    waiting = np.ones(work.size, dtype=bool)
    waiting[[task for route in routes for task in route]] = False
    for route in filled:
        spent = float(way.legs(route).sum() + work[route].sum())
        there = hours - spent - way.hours(route[-1] if route else way.base, slice(0, work.size))
        gain = np.where(waiting & (there >= _LEAST_PART * work), finds * np.fmin(there / work, 1.0), -1.0)
        if gain.size and gain.max() > 0:
            task = int(gain.argmax())
            waiting[task] = False
            route.append(task)
    return filled


def improve_routes(way: Way, work: Floats, finds: Floats, routes: Routes, hours: float) -> Routes:
    """Look for routes that find more in the same hours; the ones given where there are none."""
    routes = [_fit(way, work, route, hours) for route in routes]
    travel = sum(float(way.legs(route).sum()) for route in routes)
    done = [task for route in routes for task in route]
    if not done or travel <= 0:
        return routes
    # What an hour less of travel is worth: the mean finds of an hour of searching.
    worth = float(finds[done].sum() / work[done].sum())
    if work.size <= _MOST_AT_ONCE:
        return _solve(way, work, finds / worth, routes, list(range(work.size)), hours)
    better = list(routes)
    for team, route in enumerate(routes):
        if len(route) > _MOST_AT_ONCE:
            continue
        taken = {task for other in better for task in other}
        idle = np.array([task for task in range(work.size) if task not in taken], dtype=np.int64)
        offered = idle[np.argsort(-finds[idle] / work[idle], kind="stable")[:_MOST_OFFERED]]
        better[team] = _solve(way, work, finds / worth, [route], [*route, *offered.tolist()], hours)[0]
    return better


def _fit(way: Way, work: Floats, route: list[int], hours: float) -> list[int]:
    """Leave out the last tasks of a route that it has no hours for."""
    spent = np.cumsum(way.legs(route) + work[route])
    return route[: int(np.searchsorted(spent, hours, side="right"))]


def _solve(way: Way, work: Floats, prize: Floats, routes: Routes, tasks: list[int], hours: float) -> Routes:
    """Route teams by local search from routes given, visits optional; no clock, so always the same answer."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415 - only plans need it

    if not tasks:
        return routes
    nodes = np.array([way.base, *tasks], dtype=np.int64)
    travel = way.matrix(nodes)
    travel[:, 0] = 0.0  # nobody has to come back
    spent = np.ceil((travel + np.concatenate(([0.0], work[tasks]))[:, None]) * _SECONDS).astype(np.int64)
    manager = pywrapcp.RoutingIndexManager(len(nodes), len(routes), 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(
        model.RegisterTransitMatrix(np.rint(travel * _SECONDS).astype(np.int64).tolist())
    )
    model.AddDimension(model.RegisterTransitMatrix(spent.tolist()), 0, int(hours * _SECONDS), True, "hours")  # noqa: FBT003 - a positional argument of the solver
    for number, task in enumerate(tasks, start=1):
        model.AddDisjunction([manager.NodeToIndex(number)], round(float(prize[task]) * _SECONDS))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    model.CloseModelWithParameters(parameters)
    number_of = {task: number for number, task in enumerate(tasks, start=1)}
    start = model.ReadAssignmentFromRoutes([[number_of[task] for task in route] for route in routes], True)  # noqa: FBT003 - likewise
    answer = model.SolveFromAssignmentWithParameters(start, parameters) if start else None
    if answer is None:
        return routes
    found: Routes = []
    for team in range(len(routes)):
        index, route = model.Start(team), []
        while not model.IsEnd(index):
            route.append(int(nodes[manager.IndexToNode(index)]))
            index = answer.Value(model.NextVar(index))
        found.append(route[1:])
    return found


def order_by_rate(way: Way, work: Floats, finds: Floats, routes: Routes, hours: float) -> Routes:
    """Let each team do its own tasks by finds an hour, as far as its hours go."""
    ordered: Routes = []
    for route in routes:
        own = np.array(route, dtype=np.int64)
        near = Way(way.points[[*route, way.base]], way.hours_per_m)
        found = route_by_rate(near, work[own], finds[own], teams=1, hours=hours)[0]
        ordered.append(own[found].tolist())
    return ordered


@dataclass(frozen=True, slots=True)
class Progress:
    """When each piece of work begins and ends, in hours of its team, and what it finds."""

    start: Floats
    end: Floats
    finds: Floats

    @property
    def worth(self) -> float:
        """Finds in the end and, weighing as much, on the mean of the time: teams may be called away early."""
        end = float(self.end.max(initial=0.0))
        middle = (self.start + self.end) / 2
        return float((self.finds * (1 + (end - middle) / max(end, _HAIR))).sum())

    def at(self, clocks: Floats) -> Floats:
        """Expected finds when each team has worked so many hours; within a piece they come evenly."""
        length = np.where(self.end > self.start, self.end - self.start, 1.0)
        order = np.argsort(self.start, kind="stable")
        start, length, finds = self.start[order], length[order], self.finds[order]
        return np.array([float((np.clip((clock - start) / length, 0.0, 1.0) * finds).sum()) for clock in clocks])


def sweep_in_order(
    way: Way,
    order: Integers,
    *,
    area_m2: Floats,
    items: Floats,
    pace: tuple[float, float, float],
    limit: tuple[int, float],
) -> Progress:
    """
    Sweep places in an order, each once over and then all again, by the next team that is done.

    *pace* is m² an hour, the detection and the hours of a piece of work; *limit* the teams and the hours of each.
    Within a place, the way to the next piece is the side of a square piece.
    """
    (sweep, detection, piece_hours), (teams, hours) = pace, limit
    number = np.fmax(np.ceil(area_m2 / (sweep * piece_hours)), 1.0)
    work = area_m2 / sweep / number
    hop = np.sqrt(area_m2 / number) * way.hours_per_m
    clocks = [(0.0, team, way.base) for team in range(teams)]
    rows: list[tuple[float, float, float]] = []
    rounds = int(np.ceil(30 / detection))  # what is left after so many is nothing that could be shown
    for turn in range(rounds):
        share = float(np.exp(-detection * turn) * -np.expm1(-detection))
        for place in order.tolist():
            for _ in range(int(number[place])):
                clock, team, before = heapq.heappop(clocks)
                way_there = float(hop[place]) if before == place else float(way.hours(before, place))
                begin, end = clock + way_there, clock + way_there + float(work[place])
                if begin < hours:
                    rows.append((begin, end, float(items[place]) * share / float(number[place])))
                    heapq.heappush(clocks, (end, team, place))
                if not clocks:
                    return Progress(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)
    return Progress(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)
