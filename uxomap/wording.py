"""
Words and rounded numbers that every product shares.

A desk product says *reported*, *estimated*, *indicative*, *proposed for survey*
and *not assessed*. It never declares land to be anything: only a survey and the
national authority do that.
"""

import math

#: Version of the method that made a layer. A change that moves a number or an outline changes it.
METHOD_VERSION = "1.0"

#: Stands in the column ``notice`` of every layer, on every page and in every file.
NOTICE = (
    "Indicative desk estimate from reported strikes and published dud rates; not the result of a survey. "
    "Places without a colour are not assessed. "
    "Do not touch anything found; report it to the national mine action authority."
)

#: Sensitivity label of every product unless the user states another.
SENSITIVITY = "internal"

#: Said wherever rounded numbers are shown.
ROUNDING_NOTE = "Numbers are rounded to two significant digits for reading; the layers keep the full values."

NOT_KNOWN = "not known"

_FROM_SQUARE_KILOMETRES = 1e7


def round_for_reading(value: float, *, digits: int = 2) -> str:
    """
    Write a number with a few significant digits, for reading only.

    Parameters
    ----------
    value : float
        Any number; NaN is written as "not known".
    digits : int
        Significant digits to keep, 1 or more.

    Returns
    -------
    str
        Whole numbers with thousands separated by commas; decimals below ten.

    Examples
    --------
    >>> [round_for_reading(value) for value in (0, 0.0449, 2.35, 64, 1234, 1_250_000, float("nan"))]
    ['0', '0.045', '2.4', '64', '1,200', '1,200,000', 'not known']
    """
    if math.isnan(value):
        return NOT_KNOWN
    if value == 0 or math.isinf(value):
        return f"{value:.0f}"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    if decimals <= 0:
        return f"{rounded:,.0f}"
    text = f"{rounded:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def say_range(low: float, high: float, *, digits: int = 2) -> str:
    """
    Write an interval as "between A and B", or as one number where both read alike.

    Parameters
    ----------
    low, high : float
        Ends of the interval; NaN is written as "not known".
    digits : int
        Significant digits to keep.

    Returns
    -------
    str

    Examples
    --------
    >>> say_range(11.6, 193.0)
    'between 12 and 190'
    >>> say_range(2.0, 2.01)
    '2'
    """
    first, last = round_for_reading(low, digits=digits), round_for_reading(high, digits=digits)
    return first if first == last else f"between {first} and {last}"


def say_area(area_m2: float) -> str:
    """
    Write an area in hectares, or in square kilometres from 1,000 hectares on.

    Parameters
    ----------
    area_m2 : float
        Area in square metres.

    Returns
    -------
    str

    Examples
    --------
    >>> say_area(341_000), say_area(78_500_000)
    ('34 ha', '78 km²')
    """
    if area_m2 >= _FROM_SQUARE_KILOMETRES:
        return f"{round_for_reading(area_m2 / 1e6)} km²"
    return f"{round_for_reading(area_m2 / 1e4)} ha"


def join_notes(*notes: str) -> str:
    """
    Join notes with "; ", leaving out empty and repeated ones and keeping their order.

    Examples
    --------
    >>> join_notes("count assumed", "", "place assumed; count assumed")
    'count assumed; place assumed'
    """
    parts = (part.strip() for note in notes for part in note.split(";"))
    return "; ".join(dict.fromkeys(part for part in parts if part))
