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

#: What lies under it is written as "under 0.001".
LEAST_READ = 0.001


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


def span_estimate(low: float, expected: float, high: float) -> tuple[float, float]:
    """
    Ends of a range as they are read: the best estimate lies between them.

    Items are whole, so a 95 % point may be 0 where a little more than 0 is expected. The wider range holds as well.

    Examples
    --------
    >>> span_estimate(12, 64, 190), span_estimate(0, 3.2, 2)
    ((12, 190), (0, 3.2))
    """
    return min(low, expected), max(high, expected)


def bound_estimate(low: float, expected: float, high: float) -> float | None:
    """
    Power of ten that a small estimate stays under; None where the estimate is not small, or not known.

    Small is a range that starts at zero and ends under one item. It must be read neither as nothing nor as exact.

    Examples
    --------
    >>> bound_estimate(0, 0.028, 0), bound_estimate(0, 0.3, 0.9), bound_estimate(0, 0.3, 1), bound_estimate(0, 0, 0)
    (0.1, 1.0, None, 0.001)
    """
    top = max(expected, high)
    if math.isnan(low + expected + high) or low >= LEAST_READ:
        return None
    if top < LEAST_READ:
        return LEAST_READ
    exponent = int(f"{top:.1e}".partition("e")[2])
    return None if exponent >= 0 else 10.0 ** (exponent + 1)


def say_estimate(low: float, expected: float, high: float) -> str:
    """
    Write an estimate: its range, then the best estimate.

    Examples
    --------
    >>> say_estimate(11.6, 64.2, 193), say_estimate(0, 0.028, 0), say_estimate(0, 0, 0)
    ('between 12 and 190 (best estimate 64)', 'fewer than 0.1 (best estimate 0.028)', 'fewer than 0.001')
    """
    bound = bound_estimate(low, expected, high)
    if bound is None:
        return f"{say_range(*span_estimate(low, expected, high))} (best estimate {round_for_reading(expected)})"
    best = f" (best estimate {round_for_reading(expected)})" if expected >= LEAST_READ else ""
    return f"fewer than {round_for_reading(bound)}{best}"


def say_count(number: float, noun: str, plural: str = "") -> str:
    """
    Write an exact count with its noun.

    Examples
    --------
    >>> say_count(1, "zone"), say_count(1200, "search", "searches")
    ('1 zone', '1,200 searches')
    """
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"


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
