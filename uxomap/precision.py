"""
How well a place is known: report codes to radii, radii to standard deviations.

The radius of a place holds the true point with 95 %. A position error is circular
normal, so that radius is ``sqrt(-2 ln 0.05)`` standard deviations.
"""

import math
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from uxomap._validation import check_choice
from uxomap.crs import metres_per_degree

Metres = TypeVar("Metres", float, npt.NDArray[np.float64], pd.Series)

#: Radius that holds 95 % of a circular normal distribution, in standard deviations.
R95_PER_SIGMA = math.sqrt(-2.0 * math.log(0.05))


def position_sigma(precision_m: Metres) -> Metres:
    """
    Turn the radius that holds the true point with 95 % into a standard deviation.

    ``sigma = r95 / sqrt(-2 ln 0.05) = r95 / 2.4477``, for a circular normal position error.

    Parameters
    ----------
    precision_m : float, array or Series
        Radius in metres.

    Returns
    -------
    float, array or Series
        Standard deviation on each axis, in metres; NaN where the radius is unknown.

    Examples
    --------
    >>> round(position_sigma(5000.0), 1)
    2042.7
    """
    return precision_m / R95_PER_SIGMA


@cache
def _codes() -> pd.DataFrame:
    """Read the table of codes once."""
    with resources.files("uxomap").joinpath("precision_codes.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"code": str, "radius_m": float}).set_index(["scheme", "code"])


def load_precision_codes() -> pd.DataFrame:
    """
    Load every code and word that stands for a precision.

    Returns
    -------
    DataFrame
        Index ``scheme`` (``ucdp``, ``acled``, ``hdx``, ``word``, ``unstated``, ``place``) and ``code``; columns
        ``radius_m`` (metres, holds the true point with 95 %), ``meaning``, ``source`` and ``basis`` (``published``:
        the source gives the radius; ``assumed``: it gives the meaning only).

    Examples
    --------
    >>> load_precision_codes().loc[("ucdp", "2"), "radius_m"]
    np.float64(25000.0)
    """
    return _codes().copy()


@cache
def code_radii(scheme: str) -> MappingProxyType[str, float]:
    """
    Look up the radii of one scheme.

    Parameters
    ----------
    scheme : str
        Name of a scheme in ``precision_codes.csv``.

    Returns
    -------
    Mapping of str to float
        Code or word to radius in metres.

    Raises
    ------
    InputError
        There is no such scheme.

    Examples
    --------
    >>> code_radii("acled")["1"]
    5000.0
    """
    table = _codes()["radius_m"]
    check_choice(scheme, "scheme of precision codes", list(table.index.unique("scheme")))
    return MappingProxyType({str(code): float(radius) for code, radius in table.loc[scheme].items()})


def implied_precision_m(latitude: pd.Series, longitude: pd.Series) -> npt.NDArray[np.float64]:
    """
    Work out the precision that the digits of decimal coordinates allow at best.

    Half a unit of the last digit, in metres along the meridian or the parallel, whichever is longer. The finer of the
    two axes counts: both are rounded alike, and a final zero gets lost on its way through a spreadsheet.

    Parameters
    ----------
    latitude, longitude : Series of str or float, same length
        Decimal degrees as written. Of a number, the shortest decimal that gives it back is taken as written.

    Returns
    -------
    ndarray of float
        Metres; NaN where either is missing or is not written as a decimal number.

    Examples
    --------
    >>> implied_precision_m(pd.Series(["48.73", "48.7"]), pd.Series(["37.57", "37.56800"])).round(2).tolist()
    [556.02, 0.56]
    """
    decimals = np.fmax(_decimals(latitude), _decimals(longitude))
    decimals[latitude.isna().to_numpy() | longitude.isna().to_numpy()] = np.nan
    return 0.5 * 10.0**-decimals * metres_per_degree(_plain_degrees(latitude))


def _decimals(values: pd.Series) -> npt.NDArray[np.float64]:
    """Count the digits after the decimal sign; NaN where a value is not written so."""
    texts = (value if isinstance(value, str) else _shortest(value) for value in values.to_numpy(dtype=object))
    return np.fromiter(map(_count_decimals, texts), dtype=float, count=len(values))


def _shortest(value: object) -> str:
    """Write a number with as few digits as give it back, without the .0 of a whole float."""
    return repr(float(value)).removesuffix(".0") if isinstance(value, (int, float, np.number)) else ""


def _count_decimals(text: str) -> float:
    """Count the digits after the decimal sign of one text."""
    _, sign, digits = text.rpartition(".")
    if sign and digits.isdecimal():
        return len(digits)
    whole, sign, digits = text.replace(",", ".").rpartition(".")
    if not sign:
        return 0.0 if any(mark.isdigit() for mark in text) and "e" not in text else math.nan
    digits = digits.rstrip(" \u00b0NSEWnsew")
    return float(len(digits)) if digits.isdecimal() or (whole and not digits) else math.nan


def _plain_degrees(values: pd.Series) -> npt.NDArray[np.float64]:
    """Degrees where they are plain numbers, else those of the equator, where a digit is worth most metres."""
    texts = values if pd.api.types.is_numeric_dtype(values) else values.astype(object).map(_comma_to_point)
    degrees: npt.NDArray[np.float64] = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
    return np.where(np.abs(degrees) <= 90, degrees, 0.0)  # noqa: PLR2004 - the poles


def _comma_to_point(value: object) -> object:
    """Write a decimal comma as a point."""
    return value.replace(",", ".") if isinstance(value, str) else value
