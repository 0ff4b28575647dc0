"""Read the figures of every criterion from a layer: what each zone is worth, what is uncertain, what is not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap._validation import name_rows
from uxomap.errors import InputError
from uxomap.priority._criteria import Criteria, Criterion
from uxomap.priority._values import NODES, spread_figures, value_of
from uxomap.schema import layer_schema

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Marks = npt.NDArray[np.bool_]

_TO_HECTARES = 1e4


@dataclass(frozen=True, slots=True)
class Measured:
    """One criterion over all zones."""

    criterion: Criterion
    figures: pd.Series  # expected figures or words; NaN where not known
    worth: Floats  # what they are worth, NaN where not known
    table: Singles  # zones x equally likely values
    unknown: Marks

    @property
    def span(self) -> tuple[float, float]:
        """Least and most the criterion can be worth."""
        return min(self.criterion.worth), max(self.criterion.worth)


def measure_criteria(zones: pd.DataFrame, criteria: Criteria) -> tuple[list[Measured], list[Criterion]]:
    """
    Measure every criterion that any zone has data for; name the others.

    Raises
    ------
    InputError
        A criterion reads a column that does not exist, or one that holds what it cannot read.
    """
    _check_columns(zones, criteria.entries)
    measured, left_out = [], []
    for criterion in criteria.entries:
        here = all(name in zones for name in criterion.columns)
        found = _measure(zones, criterion) if here else None
        if found is None or found.unknown.all():
            left_out.append(criterion)
        else:
            measured.append(found)
    return measured, left_out


def _check_columns(zones: pd.DataFrame, entries: Sequence[Criterion]) -> None:
    """Refuse columns that nobody knows, and ranges of which a part is missing."""
    known = {*layer_schema("zones").columns, *layer_schema("exposure").columns}
    faults = []
    for entry in entries:
        missing = [name for name in entry.columns if name not in zones]
        strange = [name for name in missing if name not in known]
        if strange and not entry.own:
            near = get_close_matches(strange[0], [*known, *map(str, zones.columns)], n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            faults.append(f"criterion {entry.criterion!r} reads column {strange[0]!r}, which does not exist{hint}")
        elif missing and any(name in zones for name in entry.column):
            faults.append(
                f"criterion {entry.criterion!r} also needs column {missing[0]!r}, which the layer does not have"
            )
    if faults:
        message = (
            f"Invalid criteria: {'; '.join(faults)}. Name a column of the layer, or write own = true for one that your "
            "programme adds and that may be missing."
        )
        raise InputError(message)


def _measure(zones: pd.DataFrame, criterion: Criterion) -> Measured:
    """Measure one criterion whose columns are all there."""
    if criterion.words:
        figures, values = _read_words(zones[criterion.column[0]], criterion)
        unknown = np.isnan(values)
        table = np.repeat(values[:, np.newaxis], NODES, axis=1).astype(np.float32)
    else:
        parts = [_read_numbers(zones[name], criterion) for name in criterion.column]
        area = _read_area(zones, criterion)
        total = sum(parts[1:], start=parts[0])
        figures = total / area
        values = value_of(figures, criterion.cutoffs, criterion.values)
        unknown = np.isnan(values)
        table = np.repeat(values[:, np.newaxis], NODES, axis=1).astype(np.float32)
        if criterion.column_low:
            ends = [_read_numbers(zones[name], criterion) for name in (criterion.column_low, criterion.column_high)]
            table[~unknown] = _spread(criterion, total, ends, area, ~unknown)
    # Not known: anything from worst to best, equally likely. A high draw is a high figure.
    levels = (np.arange(NODES) + 0.5) / NODES
    least, most = min(criterion.worth), max(criterion.worth)
    rising = bool(criterion.words) or criterion.direction == "more"
    table[unknown] = (least + (most - least) * (levels if rising else levels[::-1])).astype(np.float32)
    return Measured(criterion, figures, values, table, unknown)


def _spread(
    criterion: Criterion, total: pd.Series, ends: Sequence[pd.Series], area: pd.Series, known: Marks
) -> Singles:
    """Equally likely values of an uncertain criterion, for the zones where it is known."""
    given = pd.DataFrame({"low": ends[0], "expected": total, "high": ends[1]})[known]
    gaps = given.index[given.isna().any(axis=1)]
    if len(gaps):
        message = (
            f"Column {criterion.column[0]!r} has no low or high point in {name_rows(gaps)}. All three or none must be "
            "filled. Fill in what is missing, or empty the row's three columns if nothing is known."
        )
        raise InputError(message)
    try:
        figures = spread_figures(given)
    except InputError as error:
        message = f"Column {criterion.column[0]!r}: {error}"
        raise InputError(message) from error
    figures /= area[known].to_numpy()[:, np.newaxis]
    return value_of(figures, criterion.cutoffs, criterion.values).astype(np.float32)


def _read_area(zones: pd.DataFrame, criterion: Criterion) -> pd.Series:
    """Hectares to divide by, or 1; land without extent has no density."""
    if not criterion.per_hectare:
        return pd.Series(1.0, index=zones.index)
    area = _read_numbers(zones["area_m2"], criterion)
    return area.where(area > 0) / _TO_HECTARES


def _read_numbers(column: pd.Series, criterion: Criterion) -> pd.Series:
    """Numbers of a column; NaN where empty."""
    if pd.api.types.is_bool_dtype(column.dtype) or not (
        pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all()
    ):
        message = (
            f"Column {column.name!r} holds {column.dtype}, and criterion {criterion.criterion!r} needs numbers. "
            "Convert the column, or say in the criteria what each of its words is worth."
        )
        raise InputError(message)
    numbers = column.astype(float)
    wrong = numbers.index[np.isinf(numbers) | ((numbers < 0) & (not criterion.own))]
    if len(wrong):
        message = (
            f"Column {column.name!r} holds {numbers[wrong[0]]:g} in {name_rows(wrong)}. Must be finite and 0 or more. "
            "Correct it, or leave it empty where it is not known."
        )
        raise InputError(message)
    return numbers


def _read_words(column: pd.Series, criterion: Criterion) -> tuple[pd.Series, Floats]:
    """Words of a column and what they are worth; empty ones are not known."""
    worth = {word.casefold().strip(): value for word, value in criterion.words.items()}
    truths = {True: "yes", False: "no"}
    words = column.map(
        lambda one: np.nan if pd.isna(one) else truths[bool(one)] if isinstance(one, bool | np.bool_) else str(one)
    ).astype(object)
    words = words.map(lambda one: one.casefold().strip() or np.nan if isinstance(one, str) else np.nan)
    wrong = words.index[words.notna() & ~words.isin(list(worth))]
    if len(wrong):
        message = (
            f"Column {column.name!r} holds {words[wrong[0]]!r} in {name_rows(wrong)}. Criterion "
            f"{criterion.criterion!r} knows: {', '.join(criterion.words)}. Correct the word, or add it to the criteria."
        )
        raise InputError(message)
    return words, np.array([worth.get(one, np.nan) for one in words], dtype=np.float64)
