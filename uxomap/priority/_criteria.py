"""The table of criteria that a programme edits and keeps: reading it, and checking every line of it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.priority._values import find_anchor_faults
from uxomap.priority._weights import find_weight_faults

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DIRECTIONS = ("more", "less")
_TEXTS = ("criterion", "goal", "label", "direction", "reason", "basis")
_NUMBERS = ("weight_low", "weight_high")
_OPTIONAL_TEXTS = ("unit", "column_low", "column_high")
_FLAGS = ("per_hectare", "own")


@dataclass(frozen=True, slots=True)
class Criterion:
    """
    One criterion, as a line of the table says.

    Parameters
    ----------
    criterion : str
        Short name.
    goal : str
        Which aim it serves.
    label : str
        Name for readers.
    column : tuple of str
        Columns of the layer that are added up.
    direction : str
        ``more`` or ``less`` of it comes first.
    reason, basis : str
        Why it counts; where the cutoffs and values come from.
    weight_low, weight_high : float
        Bounds of its weight, 0 to 1.
    cutoffs, values : tuple of float
        Value function (``value_of``).
    words : Mapping of str to float
        What each word in the column is worth, instead of cutoffs.
    unit : str
        Unit of the figures.
    column_low, column_high : str
        Columns with the 5 % and the 95 % point; empty: taken as exact.
    per_hectare : bool
        Whether figures are divided by the hectares of the zone.
    own : bool
        Whether the column is one a programme adds itself, and may be missing.
    """

    criterion: str
    goal: str
    label: str
    column: tuple[str, ...]
    direction: str
    reason: str
    basis: str
    weight_low: float
    weight_high: float
    cutoffs: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    words: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    unit: str = ""
    column_low: str = ""
    column_high: str = ""
    per_hectare: bool = False
    own: bool = False

    @property
    def worth(self) -> tuple[float, ...]:
        """Values that the criterion can be worth: at its cutoffs, or of its words."""
        return self.values or tuple(self.words.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the layer that the criterion reads."""
        extra = (self.column_low, self.column_high, "area_m2" if self.per_hectare else "")
        return (*self.column, *(name for name in extra if name))


@dataclass(frozen=True, slots=True)
class Criteria:
    """
    A checked table of criteria.

    Parameters
    ----------
    entries : tuple of Criterion
        In the order of the file.
    source : str
        Where it was read.
    """

    entries: tuple[Criterion, ...]
    source: str

    def to_frame(self) -> pd.DataFrame:
        """
        Lay the table out, one row a criterion.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> read_criteria().to_frame()["goal"].unique().tolist()
        ['fewer casualties', 'obligations', 'livelihoods', 'do no harm']
        """
        rows = [{part.name: getattr(entry, part.name) for part in fields(Criterion)} for entry in self.entries]
        return pd.DataFrame(rows)


def read_criteria(path: str | PathLike[str] | None = None) -> Criteria:
    """
    Read a table of criteria (TOML) and check every line of it.

    Parameters
    ----------
    path : path, optional
        The table of a programme; otherwise the one that comes with uxomap, whose text is a good start for an own one
        (docs/priorities.md).

    Returns
    -------
    Criteria

    Raises
    ------
    InputError
        The file cannot be read, or breaks a rule; all faults are listed at once.

    Examples
    --------
    >>> criteria = read_criteria()
    >>> criteria.entries[0].criterion, criteria.entries[0].cutoffs
    ('uxo', (0.0, 10.0, 100.0, 1000.0))
    """
    table, source = _read_toml(path)
    listed = table.get("criteria")
    faults = [f"unknown key {name!r}" for name in table if name != "criteria"]
    if not (isinstance(listed, list) and listed and all(isinstance(line, dict) for line in listed)):
        message = f"Invalid criteria in {source}: no [[criteria]] in it. Start from the table in docs/priorities.md."
        raise InputError(message)
    for number, line in enumerate(listed, 1):
        faults.extend(f"criterion {line.get('criterion', number)!r}: {fault}" for fault in _find_faults(line))
    names = [line.get("criterion") for line in listed]
    faults.extend(f"criterion {name!r} stands there twice" for name in dict.fromkeys(names) if names.count(name) > 1)
    if not faults:
        bounds = np.array([[line[name] for name in _NUMBERS] for line in listed], dtype=float)
        faults.extend(
            f"weights cannot be met: {fault.rstrip('.')}" for fault in find_weight_faults(bounds[:, 0], bounds[:, 1])
        )
    if faults:
        message = f"Invalid criteria in {source}: {'; '.join(faults)}. Correct the file and read it again."
        raise InputError(message)
    return Criteria(tuple(_make(line) for line in listed), source)


def _read_toml(path: str | PathLike[str] | None) -> tuple[dict[str, Any], str]:
    """Read the file, or the table that comes with uxomap."""
    if path is not None and not isinstance(path, str | PathLike):
        message = (
            f"Invalid criteria: {type(path).__name__}. Must be a path to a TOML file, or what read_criteria returns."
        )
        raise InputError(message)
    if path is None:
        text, source = resources.files("uxomap.priority").joinpath("criteria.toml").read_text("utf-8"), "uxomap"
    else:
        source = Path(path).name
        try:
            text = Path(path).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text in UTF-8"
            message = f"Criteria cannot be read from {source}: {why}. Must be a TOML file. Check its name and place."
            raise InputError(message) from error
    try:
        return tomllib.loads(text), source
    except tomllib.TOMLDecodeError as error:
        message = f"Criteria cannot be read from {source}: {error}. Must be TOML. Correct that line."
        raise InputError(message) from error


def _find_faults(line: Mapping[str, Any]) -> list[str]:
    """List what is wrong with one criterion."""
    known = {part.name for part in fields(Criterion)}
    faults = [f"unknown key {name!r}" for name in line if name not in known]
    faults += [f"{name} must be a text" for name in _TEXTS if not (isinstance(line.get(name), str) and line[name])]
    faults += [f"{name} must be a text" for name in _OPTIONAL_TEXTS if not isinstance(line.get(name, ""), str)]
    faults += [f"{name} must be true or false" for name in _FLAGS if not isinstance(line.get(name, False), bool)]
    faults += [f"{name} must be a number" for name in _NUMBERS if not _is_number(line.get(name))]
    if faults:
        return faults
    if not _NAME.fullmatch(line["criterion"]):
        faults.append("its name must be small letters, digits and _, a letter first")
    if line["direction"] not in _DIRECTIONS:
        faults.append(f"direction {line['direction']!r} must be one of: {', '.join(_DIRECTIONS)}")
    if not _columns(line) or not all(isinstance(name, str) and name for name in _columns(line)):
        faults.append("column must be the name of a column, or a list of names")
    if bool(line.get("column_low")) != bool(line.get("column_high")):
        faults.append("column_low and column_high go together")
    if len(_columns(line)) > 1 and line.get("column_low"):
        faults.append("low and high points of columns that are added up do not add up; give one column")
    return faults + _find_value_faults(line)


def _find_value_faults(line: Mapping[str, Any]) -> list[str]:
    """List what is wrong with the value function of one criterion."""
    if ("words" in line) == ("cutoffs" in line) or ("cutoffs" in line) != ("values" in line):
        return ["either cutoffs and values or words are needed"]
    if "words" in line:
        words = line["words"]
        if not (isinstance(words, dict) and words and all(_is_number(worth) for worth in words.values())):
            return ["words must name what each word is worth"]
        if line.get("column_low") or line.get("per_hectare") or len(_columns(line)) > 1:
            return ["a column of words is one column, exact, and not per hectare"]
        worth = np.array(list(words.values()), dtype=float)
        faults = []
    else:
        both = line["cutoffs"], line["values"]
        if not all(isinstance(part, list) and all(_is_number(one) for one in part) for part in both):
            return ["cutoffs and values must be lists of numbers"]
        worth = np.array(both[1], dtype=float)
        faults = find_anchor_faults(np.array(both[0], dtype=float), worth)
        steps = np.diff(worth) * (1 if line["direction"] == "more" else -1)
        if np.any(steps < 0) or not np.any(steps > 0):
            faults.append(f"direction {line['direction']!r} says otherwise than its values")
    if not np.all((worth >= 0) & (worth <= 1)):
        faults.append("values must lie between 0 and 1")
    return faults


def _is_number(value: object) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _columns(line: Mapping[str, Any]) -> list[Any]:
    """Columns a criterion adds up."""
    column = line.get("column", [])
    return column if isinstance(column, list) else [column]


def _make(line: Mapping[str, Any]) -> Criterion:
    """Make a criterion from a line without faults."""
    given = dict(line) | {"column": tuple(_columns(line))}
    for name in ("cutoffs", "values"):
        given[name] = tuple(float(value) for value in line.get(name, ()))
    given["words"] = MappingProxyType({word: float(worth) for word, worth in line.get("words", {}).items()})
    return Criterion(**given)
