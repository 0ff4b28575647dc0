"""Dud rates that the user brings: further published figures, a range, or a distribution."""

from os import PathLike

import numpy as np
import pandas as pd
from scipy import optimize

from uxomap.distributions import RatePool, beta_from_mean
from uxomap.errors import CatalogueError, InputError
from uxomap.munitions._catalogue import PERCENTAGES, check_catalogue, load_categories, load_estimates, load_munitions
from uxomap.munitions._dud_rates import DudRate
from uxomap.munitions._evidence import load_bases

_NEEDED = ("estimate_id", "munition_id", "basis", "source")
_DEFAULTS = {
    "basis_text": "",
    "scope": "own",
    "year": "",
    "grade": "B",
    "url": "",
    "confidence": "read",
    "note": "",
}
_EXACT = 1e6


def add_estimates(
    new: pd.DataFrame | str | PathLike[str],
    *,
    estimates: pd.DataFrame | None = None,
    below_one_percent: bool = False,
) -> pd.DataFrame:
    """
    Add published figures of your own to those of the catalogue, for ``dud_rate(..., estimates=...)``.

    Parameters
    ----------
    new : DataFrame, or path of a CSV file
        One row a figure. Needed: ``estimate_id`` (not in the catalogue), ``munition_id``, ``basis``, ``source`` and at
        least one of ``low_pct``, ``mid_pct``, ``high_pct``, in per cent: a single value in ``mid_pct``, a range in
        ``low_pct`` and ``high_pct``, "up to X" in ``high_pct`` alone, "X or more" in ``low_pct`` alone. Optional:
        ``scope`` (own), ``grade`` (B), ``confidence`` (read), ``basis_text``, ``year``, ``url``, ``note``.
    estimates : DataFrame, optional
        What to add to; the catalogue otherwise.
    below_one_percent : bool
        Whether figures below 1 are meant: 0.14 as 0.14 %. Otherwise they are refused, because 14 % may be meant.

    Returns
    -------
    DataFrame
        All figures, the new ones last.

    Raises
    ------
    InputError
        The file cannot be read or a column is missing.
    CatalogueError
        A row breaks a rule; all faults are listed, each with its row.

    Examples
    --------
    >>> from uxomap.munitions import dud_rate
    >>> new = pd.DataFrame(
    ...     {"estimate_id": ["ours-1"], "munition_id": ["m26"], "mid_pct": [22], "basis": ["field"], "source": ["Our team"]}
    ... )
    >>> rate = dud_rate("m26", "source:our team", estimates=add_estimates(new))
    >>> round(rate.mean, 3), rate.sources
    (0.22, 'Our team')
    >>> add_estimates(new.assign(mid_pct=0.22))
    Traceback (most recent call last):
    ...
    uxomap.errors.CatalogueError: Invalid estimates: row 'ours-1': 0.22 looks like a share. Figures are in per cent: write 22 for 22 %. Correct the rows, or say below_one_percent=True where so little is meant.
    """  # noqa: E501 - a message may not be broken in a doctest
    base = load_estimates() if estimates is None else estimates
    rows = _complete(_read(new) if isinstance(new, str | PathLike) else new.copy())
    faults = [] if below_one_percent else _share_faults(rows)
    if faults:
        message = (
            f"Invalid estimates: {'; '.join(faults)}. "
            "Correct the rows, or say below_one_percent=True where so little is meant."
        )
        raise CatalogueError(message)
    faults = _weightless_faults(rows)
    if faults:
        message = f"Invalid estimates: {'; '.join(faults)}. Correct the rows and add them again."
        raise CatalogueError(message)
    known = rows.reindex(columns=base.columns, fill_value="")
    combined = pd.concat([base, known], ignore_index=True)
    check_catalogue(load_munitions(), combined, load_categories())
    return combined.astype(dict.fromkeys(PERCENTAGES, float))


def given_rate(
    low: float, mean: float, high: float, *, source: str = "given by the user", munition_id: str = "given"
) -> DudRate:
    """
    Dud rate that the user states as a range.

    Parameters
    ----------
    low, mean, high : float
        Shares (14 % is 0.14), in rising order. The mean is kept exactly; 90 % lie between low and high, not always 5 %
        on either side. All three equal: the share is known.
    source : str
        Where it comes from; stands in every output.
    munition_id : str
        What it is for.

    Returns
    -------
    DudRate

    Raises
    ------
    InputError

    Examples
    --------
    >>> rate = given_rate(0.05, 0.12, 0.25)
    >>> round(rate.mean, 3), round(float(rate.pool.cdf(0.25) - rate.pool.cdf(0.05)), 3)
    (0.12, 0.9)
    """
    numbers = np.array([low, mean, high], dtype=float)
    said = f"Invalid rate: low {low!r}, mean {mean!r}, high {high!r}."
    if not np.all(np.isfinite(numbers) & (numbers > 0) & (numbers < 1)):
        message = f"{said} Must be shares between 0 and 1, ends excluded. Write 14 % as 0.14."
        raise InputError(message)
    if not (low < mean < high or low == mean == high):
        message = f"{said} Must rise from low to mean to high, or be all the same. Put them in order."
        raise InputError(message)

    def excess(log_concentration: float) -> float:
        pool = beta_from_mean(mean, float(np.exp(log_concentration)))
        return float(pool.cdf(high) - pool.cdf(low)) - 0.9

    concentration = _EXACT
    if low < high and excess(np.log(_EXACT)) > 0:
        concentration = float(np.exp(optimize.brentq(excess, np.log(1e-3), np.log(_EXACT), xtol=1e-12)))
    return own_rate(beta_from_mean(mean, concentration), source=source, munition_id=munition_id)


def own_rate(pool: RatePool, *, source: str, munition_id: str = "given") -> DudRate:
    """
    Dud rate that the user states as a distribution.

    Parameters
    ----------
    pool : RatePool
        Distribution of the share.
    source : str
        Where it comes from; stands in every output.
    munition_id : str
        What it is for.

    Returns
    -------
    DudRate

    Raises
    ------
    InputError
        No source is given.

    Examples
    --------
    >>> from uxomap.distributions import beta_from_interval
    >>> own_rate(beta_from_interval(0.05, 0.2), source="Clearance log 2024").sources
    'Clearance log 2024'
    """
    if not source.strip():
        message = (
            "Invalid source ''. Must say where the dud rate comes from. Name a report, a log or a person's function."
        )
        raise InputError(message)
    low, high = pool.quantile([0.05, 0.95])
    shown = pd.DataFrame(
        {
            "munition_id": [munition_id],
            "source": [source],
            "basis": ["given"],
            "weight": [1.0],
            "share_low": [low],
            "share_mean": [pool.mean],
            "share_high": [high],
            "reason": ["given by the user"],
        }
    )
    text = f"dud rate given by the user ({source})"
    return DudRate(
        munition_id, "given", pool, shown, source.replace(";", ","), text, f"given: {source} {pool.mean:.6g}"
    )


def _read(path: str | PathLike[str]) -> pd.DataFrame:
    """Read the figures from a file, all as text."""
    try:
        return pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        message = (
            f"Cannot read estimates from {str(path)!r}: {error}. Must be a CSV file in UTF-8. Check path and format."
        )
        raise InputError(message) from error


def _complete(rows: pd.DataFrame) -> pd.DataFrame:
    """Fill in what may be left out, and turn numbers written as text into numbers."""
    missing = [name for name in _NEEDED if name not in rows.columns]
    if not set(PERCENTAGES) & set(rows.columns):
        missing.append(" or ".join(PERCENTAGES))
    if missing:
        message = (
            f"Invalid estimates: missing column {', '.join(missing)}. "
            "Must have estimate_id, munition_id, basis, source and low_pct, mid_pct or high_pct. Add what is missing."
        )
        raise InputError(message)
    for name in PERCENTAGES:
        values = rows[name] if name in rows.columns else pd.Series(np.nan, index=rows.index)
        rows[name] = pd.Series([_number(value) for value in values], index=rows.index, dtype=object)
    for name, value in (_DEFAULTS | dict.fromkeys(_NEEDED, "")).items():
        texts = rows[name] if name in rows.columns else pd.Series(value, index=rows.index)
        rows[name] = texts.astype(object).where(texts.notna(), value).map(lambda text: str(text).strip())
    return rows


def _number(value: object) -> object:
    """Read a cell as a number; leave it alone where it is none, so that the check can name it."""
    text = "" if value is None or pd.isna(value) else str(value).strip().removesuffix("%").strip()  # type: ignore[call-overload] # a cell
    try:
        return float(text) if text else float("nan")
    except ValueError:
        return value


def _share_faults(rows: pd.DataFrame) -> list[str]:
    """Name rows whose figures look like shares instead of percentages."""
    faults = []
    for _, row in rows.iterrows():
        given = [value for value in row[list(PERCENTAGES)] if isinstance(value, float) and value > 0]
        if given and max(given) < 1:
            faults.append(
                f"row {row['estimate_id']!r}: {max(given):g} looks like a share. "
                f"Figures are in per cent: write {100 * max(given):g} for {100 * max(given):g} %"
            )
    return faults


def _weightless_faults(rows: pd.DataFrame) -> list[str]:
    """Name rows that can be read but not pooled."""
    weights = load_bases()["weight"]
    faults = []
    for _, row in rows.iterrows():
        values = [row[name] for name in PERCENTAGES]
        numbers = [value for value in values if isinstance(value, float) and not np.isnan(value)]
        known = (
            weights.get(row["basis"], 0) > 0 and len(numbers) > 0 and all(isinstance(value, float) for value in values)
        )
        if known and set(numbers) <= {0.0, 100.0}:
            faults.append(f"row {row['estimate_id']!r}: {numbers[0]:g} % is no dud rate, must be above 0 and below 100")
        if row["basis"] == "qualitative":
            faults.append(f"row {row['estimate_id']!r}: basis 'qualitative' holds no number and cannot be pooled")
    return faults
