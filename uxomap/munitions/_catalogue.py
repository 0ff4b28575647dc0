"""
The munition catalogue: three tables, their class defaults and their rules.

``munitions.csv`` holds what is published about each munition and stays empty where nothing is; ``categories.csv`` holds
the defaults of each class, with the reason for each; ``estimates.csv`` holds every published dud rate. Status and
source travel with every figure, so that a default never looks like a finding.
"""

import difflib
import io
import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from numbers import Real
from typing import cast

import pandas as pd

from uxomap.errors import CatalogueError

#: What a published dud rate rests on, strongest first; the last three carry no weight.
BASES = ("field", "study", "test", "statement", "claim", "requirement", "mission", "qualitative")
#: Whether the source speaks of this munition, of its class, or of another munition that is alike.
SCOPES = ("own", "class", "analogy")
#: A the publisher's own text, B a reprint, a translation or a newspaper quoting it, C a weak source or none read.
GRADES = ("A", "B", "C")
#: Whether the sentence with the figure was read.
CONFIDENCES = ("read", "unconfirmed")
#: Where a figure of the catalogue comes from.
STATUSES = ("published", "unconfirmed", "assumed")
#: What lies on the ground: items that failed, mines laid to explode later, or a load that never opened.
HAZARD_KINDS = ("dud", "mine", "undispersed")
SELF_DESTRUCT = ("yes", "no", "variant", "unknown")

ITEMS = ("items_low", "items_expected", "items_high")
ROUNDS = ("rounds_low", "rounds_expected", "rounds_high")
AXES = ("footprint_length_m", "footprint_width_m")
AREAS = ("footprint_low_m2", "footprint_high_m2")
PERCENTAGES = ("low_pct", "mid_pct", "high_pct")

#: Beyond this ratio no two-sided distribution of a count has the stated mean between the stated ends.
_MAX_SKEW = 10.0

_MUNITION_NUMBERS = (*ITEMS, *AXES, *AREAS, "salvo_sigma_m")
_CATEGORY_NUMBERS = (*ITEMS, *AXES, "salvo_sigma_m", *ROUNDS)
_BASIS_TEXTS = ("items_basis", "footprint_basis", "salvo_basis", "rounds_basis")
_BASIS_STARTS = ("published: ", "assumed: ", "by definition: ")

_Check = Callable[[pd.Series], str | None]


def load_munitions() -> pd.DataFrame:
    """
    Load the munition catalogue, with class defaults where nothing is published.

    Returns
    -------
    DataFrame
        One row a munition, index ``munition_id``. Lengths in metres, areas in square metres, items per carrier as 5 %
        point, mean and 95 % point. ``*_status`` is ``published``, ``unconfirmed`` (no source was read) or ``assumed``
        (the default of the class); ``*_source`` names the source or gives the reason. Where only areas are published
        the footprint has no length or width: draw a circle. Text that does not exist is the empty string.

    Examples
    --------
    >>> munitions = load_munitions()
    >>> munitions.loc["m26", ["items_expected", "footprint_length_m", "footprint_width_m"]].tolist()
    [644.0, 200.0, 100.0]
    >>> munitions.loc["m30_gmlrs", "footprint_status"]
    'assumed'
    """
    return _munitions().copy()


def load_estimates() -> pd.DataFrame:
    """
    Load every published dud-rate estimate, requirements and qualitative statements included.

    Returns
    -------
    DataFrame
        One row an estimate. ``low_pct``, ``mid_pct`` and ``high_pct`` are percentages as published: a single value
        stands in ``mid_pct``, "up to X" in ``high_pct`` alone, "X or more" in ``low_pct`` alone. ``basis``, ``scope``,
        ``grade`` and ``confidence`` come from closed lists and say how far a figure can be trusted.

    Examples
    --------
    >>> estimates = load_estimates()
    >>> estimates.set_index("estimate_id").loc["bl755-3", ["low_pct", "high_pct"]].tolist()
    [11.0, 12.0]
    """
    return _read_table("estimates.csv", PERCENTAGES).copy()


def load_categories() -> pd.DataFrame:
    """
    Load the class defaults and the reason for each.

    Returns
    -------
    DataFrame
        One row a class, index ``category``. ``rounds_*`` is the number of carriers of a strike whose report gives none.
        Every ``*_basis`` begins with ``published:``, ``assumed:`` or ``by definition:``.

    Examples
    --------
    >>> load_categories().loc["air_cluster", ["rounds_low", "rounds_expected", "rounds_high"]].tolist()
    [1.0, 3.6, 9.0]
    """
    return _read_table("categories.csv", _CATEGORY_NUMBERS).set_index("category")


def find_munition(munition_id: str) -> pd.Series:
    """
    Look up one munition by its id.

    Parameters
    ----------
    munition_id : str
        Id in the catalogue, e.g. ``"m26"``. For names in the words of a report use ``match_munition``.

    Returns
    -------
    Series
        The row of `load_munitions`.

    Raises
    ------
    CatalogueError
        There is no munition of that id; the nearest ids are named.

    Examples
    --------
    >>> find_munition("cbu87")["submunition"]
    'BLU-97/B'
    >>> find_munition("M-26")
    Traceback (most recent call last):
    ...
    uxomap.errors.CatalogueError: Unknown munition 'M-26'. Must be an id of the catalogue. Nearest: m26, m26a1.
    """
    munitions = _munitions()
    if munition_id not in munitions.index:
        near = difflib.get_close_matches(str(munition_id).lower(), list(munitions.index))
        hint = f"Nearest: {', '.join(near)}." if near else "List them with load_munitions().index."
        message = f"Unknown munition {munition_id!r}. Must be an id of the catalogue. {hint}"
        raise CatalogueError(message)
    return cast("pd.Series", munitions.loc[munition_id]).copy()


def check_catalogue(munitions: pd.DataFrame, estimates: pd.DataFrame, categories: pd.DataFrame) -> None:
    """
    Refuse a catalogue that breaks its own rules; for the shipped tables and for rows that users add.

    Parameters
    ----------
    munitions, estimates, categories : DataFrame
        Tables of the form that `load_munitions`, `load_estimates` and `load_categories` return.

    Raises
    ------
    CatalogueError
        Columns are missing, ids are repeated or lead nowhere, a word is not in its closed list, a figure has no source,
        a number is not a number, is out of bounds or out of order. All faults are listed, each with its row.

    Examples
    --------
    >>> own = load_estimates().query("estimate_id == 'm26-1'").assign(estimate_id="m26-own", high_pct=230.0)
    >>> check_catalogue(load_munitions(), own, load_categories())
    Traceback (most recent call last):
    ...
    uxomap.errors.CatalogueError: Invalid catalogue: estimates row 'm26-own': high_pct 230.0 must lie between 0 and 100. Correct the rows and check again.
    """  # noqa: E501 - a message may not be broken in a doctest
    faults = [
        *_munition_faults(munitions, categories),
        *_estimate_faults(estimates, munitions),
        *_category_faults(categories, munitions),
    ]
    if faults:
        message = f"Invalid catalogue: {'; '.join(faults)}. Correct the rows and check again."
        raise CatalogueError(message)


@cache
def _read_table(name: str, numbers: tuple[str, ...]) -> pd.DataFrame:
    """Read one table: the named columns as numbers, all others as text."""
    text = resources.files("uxomap").joinpath(f"munitions/data/{name}").read_text(encoding="utf-8")
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    return table.assign(
        **{column: pd.to_numeric(table[column].mask(table[column] == "")) for column in numbers}
    ).astype(dict.fromkeys(numbers, float))


@cache
def _munitions() -> pd.DataFrame:
    """Fill the gaps of the catalogue from the classes, and say so in status and source."""
    raw = _read_table("munitions.csv", _MUNITION_NUMBERS).set_index("munition_id")
    defaults = load_categories().reindex(raw["category"]).set_axis(raw.index)
    ellipse = math.pi / 4 * defaults[AXES[0]] * defaults[AXES[1]]
    defaults = defaults.assign(**dict.fromkeys(AREAS, ellipse))
    groups = {"items": ITEMS, "footprint": (*AXES, *AREAS), "salvo": ("salvo_sigma_m",)}
    filled = raw.copy()
    for group, columns in groups.items():
        # A published area without length and width is an answer, not a gap: only wholly empty groups are filled.
        gap = raw[list(columns)].isna().all(axis=1)
        for column in columns:
            filled[column] = raw[column].mask(gap, defaults[column])
        filled[f"{group}_status"] = raw[f"{group}_status"].mask(gap, "assumed")
        filled[f"{group}_source"] = raw[f"{group}_source"].mask(gap, defaults[f"{group}_basis"])
    return filled


def _munition_faults(munitions: pd.DataFrame, categories: pd.DataFrame) -> list[str]:
    """List what is wrong with the munitions."""
    where = "munitions"
    statuses = ("items_status", "footprint_status", "salvo_status", "self_destruct_status")
    sources = ("items_source", "footprint_source", "salvo_source", "self_destruct_source")
    urls = ("items_url", "footprint_url", "self_destruct_url")
    closed = {
        "category": tuple(categories.index),
        "hazard_kind": HAZARD_KINDS,
        "self_destruct": SELF_DESTRUCT,
        **dict.fromkeys(statuses, STATUSES),
    }
    faults = _missing_columns(where, munitions, (*_MUNITION_NUMBERS, *closed, *sources, *urls))
    if faults:
        return faults
    faults = _key_faults(where, munitions.index) + _number_faults(where, munitions, _MUNITION_NUMBERS)
    for column, choices in closed.items():
        faults += _choice_faults(where, munitions[column], choices)
    for column in urls:
        faults += _url_faults(where, munitions[column])
    checks: list[_Check] = [_say_if_items_wrong, _say_if_footprint_wrong, _say_if_salvo_wrong, _say_if_unsourced]
    return faults or _row_faults(where, munitions, checks)


def _estimate_faults(estimates: pd.DataFrame, munitions: pd.DataFrame) -> list[str]:
    """List what is wrong with the estimates."""
    where = "estimates"
    closed = {"basis": BASES, "scope": SCOPES, "grade": GRADES, "confidence": CONFIDENCES}
    faults = _missing_columns(where, estimates, ("estimate_id", "munition_id", *PERCENTAGES, *closed, "source", "url"))
    if faults:
        return faults
    table = estimates.set_index("estimate_id")
    faults = _key_faults(where, table.index) + _number_faults(where, table, PERCENTAGES)
    faults += _orphan_faults(where, table["munition_id"], munitions.index)
    for column, choices in closed.items():
        faults += _choice_faults(where, table[column], choices)
    faults += _url_faults(where, table["url"])
    return faults or _row_faults(where, table, [_say_if_percentages_wrong, _say_if_no_publisher])


def _category_faults(categories: pd.DataFrame, munitions: pd.DataFrame) -> list[str]:
    """List what is wrong with the class defaults."""
    where = "categories"
    faults = _missing_columns(where, categories, ("hazard_kind", "generic_id", *_CATEGORY_NUMBERS, *_BASIS_TEXTS))
    if faults:
        return faults
    faults = _key_faults(where, categories.index) + _number_faults(where, categories, _CATEGORY_NUMBERS)
    faults += _choice_faults(where, categories["hazard_kind"], HAZARD_KINDS)
    generic = categories["generic_id"]
    faults += _orphan_faults(where, generic[generic != ""], munitions.index)
    for column in _BASIS_TEXTS:
        faults += [
            f"{where} row {row!r}: {column} must begin with one of: {', '.join(map(str.strip, _BASIS_STARTS))}"
            for row, text in categories[column].items()
            if not str(text).startswith(_BASIS_STARTS)
        ]
    checks: list[_Check] = [_say_if_items_wrong, _say_if_rounds_wrong, _say_if_axes_wrong, _say_if_salvo_wrong]
    return faults or _row_faults(where, categories, checks)


def _missing_columns(where: str, table: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """Name the columns that are not there."""
    return [f"{where}: missing column {column!r}" for column in columns if column not in table.columns]


def _key_faults(where: str, keys: pd.Index) -> list[str]:
    """Name ids that are empty or stand twice."""
    empty = [f"{where}: an id is empty"] if (keys.isna() | (keys == "")).any() else []
    return empty + [f"{where} row {key!r}: duplicate id" for key in keys[keys.duplicated()].unique()]


def _number_faults(where: str, table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Name cells that should hold a number and hold text or an infinity."""
    return [
        f"{where} row {row!r}: {column} {value!r} is not a number"
        for column in columns
        for row, value in table[column].items()
        if not isinstance(value, Real) or math.isinf(value)
    ]


def _choice_faults(where: str, values: pd.Series, choices: Sequence[str]) -> list[str]:
    """Name cells whose word is not in the closed list."""
    return [
        f"{where} row {row!r}: unknown {values.name} {value!r}, must be one of: {', '.join(choices)}"
        for row, value in values.items()
        if value not in choices
    ]


def _orphan_faults(where: str, ids: pd.Series, known: pd.Index) -> list[str]:
    """Name ids that the catalogue does not hold."""
    return [
        f"{where} row {row!r}: {ids.name} {name!r} is not in the catalogue"
        for row, name in ids.items()
        if name not in known
    ]


def _url_faults(where: str, urls: pd.Series) -> list[str]:
    """Name addresses that are not web addresses; none at all is allowed."""
    return [
        f"{where} row {row!r}: {urls.name} {url!r} must begin with http:// or https://, or be empty"
        for row, url in urls.items()
        if not _is_blank(url) and not str(url).startswith(("http://", "https://"))
    ]


def _row_faults(where: str, table: pd.DataFrame, checks: Sequence[_Check]) -> list[str]:
    """Run checks that need a whole row."""
    found = [(row, check(values)) for row, values in table.iterrows() for check in checks]
    return [f"{where} row {row!r}: {fault}" for row, fault in found if fault]


def _say_if_items_wrong(row: pd.Series) -> str | None:
    return _say_if_count_wrong(row, ITEMS)


def _say_if_rounds_wrong(row: pd.Series) -> str | None:
    return _say_if_count_wrong(row, ROUNDS)


def _say_if_count_wrong(row: pd.Series, columns: Sequence[str]) -> str | None:
    """Low, expected and high of a count: present, in order, and not so skewed that no distribution fits."""
    low, expected, high = (float(row[column]) for column in columns)
    if not low > 0 or not low <= expected <= high:  # NaN fails both
        return f"{', '.join(columns)} must be above 0 and in rising order, not {low:g}, {expected:g}, {high:g}"
    up, down = high - expected, expected - low
    if up > _MAX_SKEW * down or down > _MAX_SKEW * up:
        return f"{columns[1]} {expected:g} lies too close to one end of {low:g} to {high:g}"
    return None


def _say_if_axes_wrong(row: pd.Series) -> str | None:
    """Both axes or none, the longer one first."""
    length, width = (float(row[column]) for column in AXES)
    if not 0 <= width <= length:
        return f"footprint_length_m {length:g} and footprint_width_m {width:g} must be 0 or more, the longer one first"
    return None


def _say_if_footprint_wrong(row: pd.Series) -> str | None:
    low, high = (float(row[column]) for column in AREAS)
    if not 0 <= low <= high:
        return f"footprint_low_m2 {low:g} and footprint_high_m2 {high:g} must be 0 or more and in rising order"
    return None if row[list(AXES)].isna().all() else _say_if_axes_wrong(row)


def _say_if_salvo_wrong(row: pd.Series) -> str | None:
    sigma = float(row["salvo_sigma_m"])
    return None if sigma >= 0 else f"salvo_sigma_m {sigma:g} must be 0 or more"


def _say_if_unsourced(row: pd.Series) -> str | None:
    """Every figure has its source; only an unknown self-destruct needs none."""
    needed = ["items_source", "footprint_source", "salvo_source"]
    needed += [] if row["self_destruct"] == "unknown" else ["self_destruct_source"]
    empty = [column for column in needed if _is_blank(row[column])]
    return f"{', '.join(empty)} must not be empty" if empty else None


def _say_if_percentages_wrong(row: pd.Series) -> str | None:
    """Percentages within bounds and in order; a number unless the row is qualitative."""
    given = row[list(PERCENTAGES)].dropna()
    outside = given[(given < 0) | (given > 100)]  # noqa: PLR2004 - per cent
    if len(outside):
        return f"{outside.index[0]} {outside.iloc[0]} must lie between 0 and 100"
    if not given.is_monotonic_increasing:
        return f"{', '.join(given.index)} must not fall: {', '.join(f'{value:g}' for value in given)}"
    if given.empty != (row["basis"] == "qualitative"):
        return "a row without a number must have the basis qualitative, and only such a row"
    return None


def _say_if_no_publisher(row: pd.Series) -> str | None:
    return "source must not be empty" if _is_blank(row["source"]) else None


def _is_blank(value: object) -> bool:
    """Whether a cell holds no text."""
    return value is None or value != value or not str(value).strip()  # noqa: PLR0124 - only NaN differs from itself
