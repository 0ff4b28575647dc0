"""Zones to priorities: rank them under all admissible weights and the uncertainty of the criteria."""

from os import PathLike

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap._validation import check_layer
from uxomap.errors import InputError
from uxomap.priority._beside import rank_topsis, rank_weighted_sum
from uxomap.priority._criteria import Criteria, Criterion, read_criteria
from uxomap.priority._measure import Measured, measure_criteria
from uxomap.priority._simulate import Outcome, Problem, make_keys, make_plans, range_by_weights, simulate
from uxomap.priority._weights import draw_weights
from uxomap.priority._words import Standing, join_unknown, middle_values, say_changes, say_drivers
from uxomap.schema import layer_schema
from uxomap.wording import METHOD_VERSION, NOTICE

Floats = npt.NDArray[np.float64]

_TOP = 10
_SEED = 1
_FEWEST, _MOST = 100, 1_000_000
_OWN_PREFIXES = ("value_", "central_weight_")
_LAST = ("method_version", "notice")

#: Digits to which scores are compared, so that equal zones stand in the order of their ids.
_DIGITS = 12


def rank_areas(
    zones: gpd.GeoDataFrame,
    *,
    criteria: Criteria | str | PathLike[str] | None = None,
    top: int | None = None,
    samples: int = 10_000,
    seed: int = _SEED,
) -> gpd.GeoDataFrame:
    """
    Put zones in the order in which to survey them, and say how sure that order is.

    Every criterion is worth 0 to 1 by a fixed value function. In every sample weights are drawn inside their bounds,
    all admissible sets equally likely, and uncertain criteria from their ranges; zones are ranked by the weighted sum
    (SMAA, Lahdelma, Hokkanen and Salminen 1998). Scores are points, not probabilities. A zone's score never hangs on
    the others, so that a further zone only shifts ranks (docs/priorities.md says what each number is).

    Parameters
    ----------
    zones : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``zones`` or ``exposure``, with any columns that a programme adds.
    criteria : Criteria or path, optional
        Table of criteria (``read_criteria``); the one that comes with uxomap otherwise. A criterion that no zone has
        data for is left out and named; its weight goes to the others in proportion.
    top : int, optional
        How many zones count as top; 10 otherwise. Never more than there are zones.
    samples : int
        How many samples, 100 to 1,000,000.
    seed : int
        Same seed, same result; the order of the rows does not matter.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        Layer ``priorities``, first zone first, on a new index: the columns that came in, the ranks, and for every
        criterion in use ``value_<criterion>`` (at the expected figure, 0 to 1; empty where not known) and
        ``central_weight_<criterion>`` (mean weight when the zone is first; empty where it never is).

    Raises
    ------
    InputError
        Criteria cannot be used or none has data, a column holds what it must not, or a choice is out of range.
    SchemaError, CRSError
        The layer does not keep its contract.

    Examples
    --------
    >>> from uxomap import draw_hazard_areas, find_strikes, merge_areas, read_reports, sample_data
    >>> zones = merge_areas(draw_hazard_areas(find_strikes(read_reports(sample_data()))))
    >>> priorities = rank_areas(zones, samples=1000)
    >>> priorities["priority"].tolist() == list(range(1, len(zones) + 1))
    True
    """
    check_layer(zones, "zones")
    _check_choices(top, samples, seed)
    table = criteria if isinstance(criteria, Criteria) else read_criteria(criteria)
    frame = _drop_earlier(zones).sort_values("zone_id", ignore_index=True)
    # Messages name zones by their id: the caller's rows are in another order.
    measured, left_out = measure_criteria(frame.set_axis(frame["zone_id"]), table)
    if len(frame) and not measured:
        message = (
            f"No zone has data for any of the {len(left_out)} criteria of {table.source}. Must be data for one at "
            "least. Measure the exposure first, or add the columns that the criteria read."
        )
        raise InputError(message)
    weights = _draw(table, measured, samples, seed)
    k = min(_TOP if top is None else top, max(len(frame), 1))
    ranked = _rank(frame, table, (measured, left_out), weights, (k, seed)) if len(frame) else _rank_nothing(frame)
    return _order_columns(ranked, zones)


def _check_choices(top: int | None, samples: int, seed: int) -> None:
    """Refuse numbers out of range."""
    if top is not None and not (isinstance(top, int | np.integer) and top >= 1):
        message = f"Invalid top {top!r}. Must be a whole number of zones, 1 or more. Leave it out for {_TOP}."
        raise InputError(message)
    if not (isinstance(samples, int | np.integer) and _FEWEST <= samples <= _MOST):
        message = f"Invalid samples {samples!r}. Must be a whole number from {_FEWEST} to {_MOST:,}. 10,000 is enough."
        raise InputError(message)
    if isinstance(seed, bool) or not (isinstance(seed, int | np.integer) and seed >= 0):
        message = f"Invalid seed {seed!r}. Must be a whole number, 0 or more. Leave it out, or take any such number."
        raise InputError(message)


def _drop_earlier(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out what an earlier ranking left in the layer."""
    incoming = {*layer_schema("zones").columns, *layer_schema("exposure").columns}
    earlier = [name for name in layer_schema("priorities").columns if name not in incoming]
    own = [name for name in zones.columns if str(name).startswith(_OWN_PREFIXES)]
    return zones.drop(columns=[*earlier, *own], errors="ignore")


def _draw(table: Criteria, measured: list[Measured], samples: int, seed: int) -> Floats:
    """Weights of the criteria in use: drawn over the whole table, then in proportion."""
    bounds = [(entry.weight_low, entry.weight_high) for entry in table.entries]
    every = draw_weights([low for low, _ in bounds], [high for _, high in bounds], samples=samples, seed=seed)
    used = {one.criterion.criterion for one in measured}
    weights = every[:, [entry.criterion in used for entry in table.entries]]
    total = weights.sum(axis=1, keepdims=True)
    if weights.size and not np.all(total > 0):
        message = (
            f"The criteria that zones have data for ({', '.join(sorted(used))}) may all weigh nothing. At least one of "
            "them must weigh more than 0. Raise its weight_low."
        )
        raise InputError(message)
    return np.asarray(weights / total) if weights.size else weights


def _rank(
    frame: gpd.GeoDataFrame,
    table: Criteria,
    found: tuple[list[Measured], list[Criterion]],
    weights: Floats,
    choice: tuple[int, int],
) -> gpd.GeoDataFrame:
    """Rank zones that stand in the order of their ids."""
    measured, left_out = found
    top, seed = choice
    # Criteria that read one column share its draws: more items are also more items a hectare.
    sources = list(dict.fromkeys(entry.column for entry in table.entries))
    tables = np.stack([one.table for one in measured], axis=1)
    problem = Problem(
        keys=make_keys([str(name) for name in frame["zone_id"]], len(sources), seed),
        tables=tables,
        plans=make_plans(tables),
        lanes=np.array([sources.index(one.criterion.column) for one in measured], dtype=np.int64),
        weights=weights.astype(np.float32),
        top=top,
    )
    outcome = simulate(problem)
    values, middle = middle_values(measured), weights.mean(axis=0)
    standing = Standing(measured, weights, outcome, range_by_weights(values, weights))
    mean = tables.mean(axis=2, dtype=float)
    columns: dict[str, object] = {
        "score_expected": np.round((mean * middle).sum(axis=1), _DIGITS),
        **_columns_of(outcome),
        "top_k": top,
        "rank_topsis": rank_topsis(values, middle),
        "rank_weighted_sum": rank_weighted_sum(values, middle),
        "criteria_unknown": join_unknown(measured),
        "criteria_left_out": "|".join(entry.criterion for entry in left_out),
        "drivers": say_drivers(standing),
        "would_change": say_changes(standing),
        **{f"value_{one.criterion.criterion}": one.worth for one in measured},
        **{f"central_weight_{one.criterion.criterion}": outcome.central[:, c] for c, one in enumerate(measured)},
    }
    ranked = frame.assign(**columns, method_version=METHOD_VERSION, notice=NOTICE)
    ranked = ranked.sort_values(["score_expected", "zone_id"], ascending=[False, True], ignore_index=True)
    return ranked.assign(priority=np.arange(1, len(ranked) + 1))


def _columns_of(outcome: Outcome) -> dict[str, object]:
    """Columns that come from the samples."""
    return {
        "score_low": outcome.score_low,
        "score_high": outcome.score_high,
        "rank_expected": outcome.rank_expected,
        "rank_low": outcome.rank_low,
        "rank_high": outcome.rank_high,
        "first_rank_share": outcome.first_share,
        "top_share": outcome.top_share,
        "confidence_factor": outcome.confidence,
    }


def _rank_nothing(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Layer without zones: all columns, no row."""
    incoming = {*layer_schema("zones").columns, *layer_schema("exposure").columns}
    kinds = {"text": "str", "integer": "int64", "number": "float64", "date": "datetime64[ns]"}
    own = (column for name, column in layer_schema("priorities").columns.items() if name not in incoming)
    return frame.assign(**{column.name: pd.Series(dtype=kinds[column.kind]) for column in own})


def _order_columns(ranked: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns that came in first, then the ranks in the order of the contract, the values, and the notice last."""
    geometry = zones.geometry.name
    last = [*_LAST, geometry]
    first = [name for name in zones.columns if name in ranked and name not in last]
    ranks = [name for name in layer_schema("priorities").columns if name in ranked and name not in {*first, *last}]
    first = [name for name in first if name not in ranks and not str(name).startswith(_OWN_PREFIXES)]
    rest = [name for name in ranked.columns if name not in {*first, *ranks, *last}]
    return ranked[[*first, *ranks, *rest, *last]].set_geometry(geometry)
