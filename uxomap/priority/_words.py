"""Say in words why a zone stands where it does, and what would move it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap.priority._measure import Measured
from uxomap.priority._simulate import Outcome
from uxomap.wording import round_for_reading, say_area

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

#: What is told at most of what lifts a zone, and of what holds it back.
_LIFTS, _DRAGS = 3, 2

#: Weights that put a zone first that are told at most.
_FIRSTS = 2

#: Weights move a zone far if its best and worst rank lie further apart than this, and than this share of all zones.
_FAR_RANKS, _FAR_SHARE = 5, 0.25

#: Points by which a criterion must set a zone apart from the mean of the zones to be told.
_TOLD_FROM = 0.005

#: Steps of a weight at which is looked for who is first.
_WEIGHT_STEP = 0.01

#: Ranks, and share of the better rank, that a zone must move by between lowest and highest quarter to be told.
_MOVES_FROM, _MOVES_SHARE = 1.0, 0.2


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that is told of the order."""

    measured: Sequence[Measured]
    weights: Floats  # samples x criteria
    outcome: Outcome
    weight_range: tuple[Whole, Whole]  # best and worst rank over the weights, at the expected criteria


def say_drivers(standing: Standing) -> list[str]:
    """Say for every zone which criteria lift it and which hold it back, beside the mean of the zones."""
    mean = np.stack([one.table.mean(axis=1, dtype=float) for one in standing.measured], axis=1)
    apart = (mean - mean.mean(axis=0)) * standing.weights.mean(axis=0)
    apart[np.stack([one.unknown for one in standing.measured], axis=1)] = 0
    told = [_tell_figures(one) for one in standing.measured]
    texts = []
    for zone, row in enumerate(apart):
        order = np.argsort(-row, kind="stable")
        lifts = [told[c][zone] for c in order if row[c] >= _TOLD_FROM][:_LIFTS]
        drags = [told[c][zone] for c in order[::-1] if row[c] <= -_TOLD_FROM][:_DRAGS]
        hidden = [one.criterion.label for one in standing.measured if one.unknown[zone]]
        parts = [
            _say_list("Lifted by ", lifts),
            _say_list("Held back by ", drags),
            "" if lifts or drags else "Close to the mean of the zones.",
            _say_list("Not known: ", hidden),
        ]
        texts.append(" ".join(part for part in parts if part))
    return texts


def say_changes(standing: Standing) -> list[str]:
    """Say for every zone what would move it."""
    first = _find_first(standing)
    _, group, sizes = np.unique(middle_values(standing.measured), axis=0, return_inverse=True, return_counts=True)
    alike = sizes[group.ravel()] - 1
    size = len(standing.outcome.rank_expected)
    return [
        " ".join(
            part
            for part in (
                _say_range(standing, zone),
                _say_alike(int(alike[zone])),
                *first.get(zone, []),
                _say_weight(standing, zone) if size > 1 else "",
                *_say_figures(standing, zone),
            )
            if part
        )
        for zone in range(size)
    ]


def _say_list(head: str, items: Sequence[str]) -> str:
    """Say a list as a sentence, or nothing."""
    return f"{head}{'; '.join(items)}." if items else ""


def _tell_figures(one: Measured) -> list[str]:
    """Name and figure of a criterion in every zone."""
    criterion = one.criterion
    unit = "" if f" {criterion.unit} " in f" {criterion.label} " else criterion.unit
    return [f"{criterion.label} ({_tell_figure(figure, unit)})" for figure in one.figures]


def _tell_figure(figure: object, unit: str) -> str:
    """Figure with its unit, rounded."""
    if isinstance(figure, str):
        return figure
    number = float(figure) if isinstance(figure, int | float) else np.nan
    if np.isnan(number):
        return "not known"
    if unit == "m²":
        return say_area(number)
    return f"{round_for_reading(number)} {unit}".strip()


def _say_range(standing: Standing, zone: int) -> str:
    """Say what holds whatever the weights."""
    outcome = standing.outcome
    least, most = int(outcome.rank_least[zone]), int(outcome.rank_most[zone])
    if least == most:
        return f"Rank {least} in every sample, whatever the weights."
    best, worst = (int(ends[zone]) for ends in standing.weight_range)
    if worst - best > max(_FAR_RANKS, _FAR_SHARE * len(outcome.rank_least)):
        return f"Anywhere between rank {best} and {worst}, depending on the weights, were every criterion as expected."
    ranks = f"Rank {best}" if best == worst else f"Stays between rank {best} and {worst}"
    return f"{ranks} whatever the weights, were every criterion as expected."


def _say_alike(others: int) -> str:
    """Say that only the id sets a zone apart from others."""
    if not others:
        return ""
    zones = "another zone" if others == 1 else f"{others:,} other zones"
    return f"On expected figures level with {zones}; their order among themselves says nothing."


def _say_weight(standing: Standing, zone: int) -> str:
    """Say which weight moves the zone most."""
    light, heavy = standing.outcome.by_weight[zone].T
    strongest = int(np.argmax(np.abs(light - heavy)))
    if not _moves(light[strongest], heavy[strongest]):
        return ""
    label = standing.measured[strongest].criterion.label
    way = "Further up" if heavy[strongest] < light[strongest] else "Further down"
    return (
        f"{way} the more weight {label} gets: mean rank {_rank(heavy[strongest])} with much, "
        f"{_rank(light[strongest])} with little."
    )


def _say_figures(standing: Standing, zone: int) -> list[str]:
    """Say how criteria that are not known, and the most uncertain of the others, move the zone."""
    low, high = standing.outcome.by_figure[zone].T
    swing = np.abs(low - high)
    texts = []
    rest = []
    seen = set()
    for c, one in enumerate(standing.measured):
        if one.unknown[zone]:
            ends = ("worth little", "worth much") if one.criterion.words else ("low", "high")
            moves = swing[c] >= _MOVES_FROM
            text = f"if {ends[1]}, about rank {_rank(high[c])}, if {ends[0]}, about rank {_rank(low[c])}"
            texts.append(f"Not known: {one.criterion.label}; {text if moves else 'it would hardly move the zone'}.")
            seen.add(one.criterion.column)
        elif one.criterion.column_low and np.ptp(one.table[zone]) > 0:
            rest.append(c)
    rest = [c for c in rest if _moves(low[c], high[c]) and standing.measured[c].criterion.column not in seen]
    if rest:
        c = max(rest, key=lambda place: (swing[place], -place))
        label = standing.measured[c].criterion.label
        texts.append(f"Should {label} prove high, about rank {_rank(high[c])}; low, about rank {_rank(low[c])}.")
    return texts


def _moves(low: float, high: float) -> bool:
    """Whether two mean ranks lie far enough apart to be told."""
    return bool(abs(high - low) >= max(_MOVES_FROM, _MOVES_SHARE * min(low, high)))


def _rank(value: float) -> str:
    """Mean rank, whole."""
    return f"{max(round(value), 1):,}"


def _find_first(standing: Standing) -> dict[int, list[str]]:
    """
    Find zones that one weight puts first, or keeps first, at the expected criteria, the others in proportion.

    Each weight is moved in steps of 0.01 as far as all weights stay within what was drawn.
    """
    values = middle_values(standing.measured)
    mean = standing.weights.mean(axis=0)
    if len(values) < 2 or len(mean) < 2:  # noqa: PLR2004 - nobody to overtake, or no weight to move
        return {}
    leaders = {int(zone) for zone in np.flatnonzero(_is_best(values @ mean))}
    found: dict[int, list[tuple[float, str]]] = {}
    for c, one in enumerate(standing.measured):
        steps = _find_steps(standing.weights, c)
        if len(steps) < 2:  # noqa: PLR2004 - a weight that does not move
            continue
        rest = (values @ mean - values[:, c] * mean[c]) / (1 - mean[c])
        first = _is_best(np.outer(steps, values[:, c]) + np.outer(1 - steps, rest))
        for zone in np.flatnonzero(first.any(axis=0)).tolist():
            told = _say_first(steps, first[:, zone], float(mean[c]), one.criterion.label, leads=zone in leaders)
            found.setdefault(zone, []).extend(told)
    # What lies nearest to the middle weights decides first.
    texts = {zone: [text for _, text in sorted(told)[:_FIRSTS]] for zone, told in found.items()}
    for zone in leaders.intersection(found):
        texts[zone] = texts[zone] or ["Stays first whichever single weight is moved."]
    return texts


def _find_steps(weights: Floats, c: int) -> Floats:
    """Find how far one weight can be moved, the others in proportion, within what was drawn."""
    mean, least, most = weights.mean(axis=0), weights.min(axis=0), weights.max(axis=0)
    if mean[c] >= 1:
        return np.empty(0)
    steps = np.arange(np.ceil(least[c] / _WEIGHT_STEP), np.floor(most[c] / _WEIGHT_STEP) + 1) * _WEIGHT_STEP
    others = np.outer((1 - steps) / (1 - mean[c]), np.delete(mean, c))
    kept = (others >= np.delete(least, c) - _WEIGHT_STEP) & (others <= np.delete(most, c) + _WEIGHT_STEP)
    return np.asarray(steps[kept.all(axis=1)])


def _is_best(score: Floats) -> npt.NDArray[np.bool_]:
    """Mark who has the highest score of a row."""
    return np.asarray(score >= score.max(axis=-1, keepdims=True) - 1e-12)


def _say_first(steps: Floats, first: Marks, middle: float, label: str, *, leads: bool) -> list[tuple[float, str]]:
    """Say for which weights a zone is first, and how far that lies from the middle weight; nothing if for all."""
    places = np.flatnonzero(first)
    start, end = steps[places[0]], steps[places[-1]]
    ends = [place for place, inner in ((start, places[0] > 0), (end, places[-1] < len(steps) - 1)) if inner]
    if not ends:
        return []
    if len(ends) == 2:  # noqa: PLR2004 - bounded on both sides
        reach = f"{start:.2f} to {end:.2f}"
    else:
        reach = f"{start:.2f} or more" if places[0] > 0 else f"{end:.2f} or less"
    text = f"{'Stays first while' if leads else 'First if'} the weight of {label} is {reach}."
    return [(min(abs(place - middle) for place in ends), text)]


def middle_values(measured: Sequence[Measured]) -> Floats:
    """Values at the expected criteria; the middle of the range where not known."""
    return np.stack([np.where(one.unknown, sum(one.span) / 2, one.worth) for one in measured], axis=1)


def join_unknown(measured: Sequence[Measured]) -> pd.Series:
    """Names of the criteria that are not known for each zone, joined with |."""
    unknown = np.stack([one.unknown for one in measured], axis=1)
    names = [one.criterion.criterion for one in measured]
    return pd.Series(["|".join(name for name, no in zip(names, row, strict=True) if no) for row in unknown], dtype=str)
