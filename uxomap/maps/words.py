"""Sentences of the maps, as pure functions, so that they can be tested and translated."""

import re
from collections.abc import Collection, Sequence
from types import MappingProxyType

import pandas as pd

from uxomap.wording import NOT_KNOWN, round_for_reading, say_area, say_range

#: Places named in a heading before "and N more".
_NAMED_PLACES = 2

#: Letters of a place name before it is cut.
_NAME_LENGTH = 60

#: A footprint below this many square metres is a single point to the reader.
_POINT_M2 = 1.0

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DECEMBER = 12

_EVIDENCE = MappingProxyType(
    {
        "delivered": "rounds delivered",
        "explosions": "explosions or craters",
        "remnants": "remnants found",
        "undispersed": "carriers that never opened",
    }
)

#: What lies there, by the kinds of hazard: one, several, and the question where the number is not known.
_ITEMS = MappingProxyType(
    {"dud": "unexploded item", "mine": "mine still live", "mixed": "unexploded item or live mine"}
)


def say_items(kinds: Collection[str], number: str) -> str:
    """
    Name what lies there, in the singular where *number* reads "1".

    Examples
    --------
    >>> say_items(["dud"], "1"), say_items(["mine"], "12"), say_items(["dud", "mine"], "12")
    ('unexploded item', 'mines still live', 'unexploded items or live mines')
    """
    found = set(kinds)
    one = _ITEMS["mine"] if found == {"mine"} else _ITEMS["mixed"] if found & {"mine", "mixed"} else _ITEMS["dud"]
    return one if number == "1" else one.replace("item", "items").replace("mine", "mines")


def say_count(number: float, noun: str) -> str:
    """
    Write an exact count with its noun.

    Examples
    --------
    >>> say_count(1, "report"), say_count(1200, "strike")
    ('1 report', '1,200 strikes')
    """
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def say_dates(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """
    Write the days between two dates, or the month or year where they fill it.

    Parameters
    ----------
    start, end : Timestamp
        First and last day; NaT is written as "not known".

    Returns
    -------
    str

    Examples
    --------
    >>> day = pd.Timestamp
    >>> say_dates(day("2022-02-24"), day("2022-02-24")), say_dates(day("2015-01-01"), day("2015-01-31"))
    ('24 Feb 2022', 'Jan 2015')
    >>> say_dates(day("1968-01-01"), day("1968-12-31")), say_dates(day("2022-02-24"), day("2022-03-05"))
    ('1968', '24 Feb 2022 to 5 Mar 2022')
    """
    if pd.isna(start) and pd.isna(end):
        return NOT_KNOWN
    start, end = (end if pd.isna(start) else start), (start if pd.isna(end) else end)
    if start.day == 1 and end.is_month_end:
        first, last = (f"{_MONTHS[day.month - 1]} {day.year}" for day in (start, end))
        if start.month == 1 and end.month == _DECEMBER:
            first, last = str(start.year), str(end.year)
    else:
        first, last = (f"{day.day} {_MONTHS[day.month - 1]} {day.year}" for day in (start, end))
    return first if first == last else f"{first} to {last}"


def say_share(low: float, expected: float, high: float) -> str:
    """
    Write a share as percentages: the range, then the best estimate.

    Examples
    --------
    >>> say_share(0.0481, 0.14, 0.2333)
    '4.8 to 23 %, best estimate 14 %'
    """
    ends = [round_for_reading(100 * share) for share in (low, high)]
    middle = round_for_reading(100 * expected)
    if NOT_KNOWN in {middle, *ends}:
        return NOT_KNOWN
    return f"{middle} %" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} %, best estimate {middle} %"


def say_distance(metres: float) -> str:
    """
    Write a distance in metres, or in kilometres from 1,000 m on.

    Examples
    --------
    >>> say_distance(150), say_distance(2500), say_distance(float("nan"))
    ('150 m', '2.5 km', 'not known')
    """
    if pd.isna(metres):
        return NOT_KNOWN
    kilometre = 1000
    return f"{round_for_reading(metres)} m" if metres < kilometre else f"{round_for_reading(metres / kilometre)} km"


def say_position(longitude: float, latitude: float) -> str:
    """
    Write a position as degrees with hemispheres, latitude first as people say it.

    Examples
    --------
    >>> say_position(37.25, 47.78), say_position(-71.736, -6.06)
    ('47.7800° N, 37.2500° E', '6.0600° S, 71.7360° W')
    """
    if pd.isna(longitude) or pd.isna(latitude):
        return NOT_KNOWN
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.4f}° {north}, {abs(longitude):.4f}° {east}"


def say_counted(low: float, expected: float, high: float) -> str:
    """
    Write a count with its range and best estimate.

    Examples
    --------
    >>> say_counted(1, 2.5, 6), say_counted(4, 4, 4)
    ('between 1 and 6, best estimate 2.5', '4')
    """
    if pd.isna(expected):
        return NOT_KNOWN
    ends = say_range(low, high)
    return f"{ends}, best estimate {round_for_reading(expected)}" if ends.startswith("between") else ends


def say_brief(uxo: tuple[float, float, float], more: str) -> str:
    """
    Write an estimate in the few words of a list.

    Examples
    --------
    >>> say_brief((82, 860, 2600), "900 ha"), say_brief((4, 4, 4), "900 ha")
    ('about 860 items (82 to 2,600) · 900 ha', '4 items · 900 ha')
    """
    low, best, high = (round_for_reading(number) for number in uxo)
    if NOT_KNOWN in {low, best, high}:
        return f"number of items {NOT_KNOWN} · {more}"
    return f"{low} items · {more}" if low == high else f"about {best} items ({low} to {high}) · {more}"


def say_sure(low: float, high: float) -> str:
    """
    Say how wide a range is.

    Examples
    --------
    >>> say_sure(12, 190), say_sure(0, 5)
    ('the high end is 16 times the low end', 'the range starts at zero')
    """
    if pd.isna(low) or pd.isna(high):
        return NOT_KNOWN
    if low == high:
        return "no range given"
    return (
        f"the high end is {round_for_reading(high / low)} times the low end" if low > 0 else "the range starts at zero"
    )


def say_evidence(evidence: str) -> str:
    """
    Say what the count of a report counts.

    Examples
    --------
    >>> say_evidence("explosions")
    'explosions or craters'
    """
    return _EVIDENCE.get(evidence, evidence)


def name_places(location_texts: Sequence[str]) -> str:
    """
    Shorten the places of a feature to a heading.

    Parameters
    ----------
    location_texts : sequence of str
        Places in the words of the reports; what stands before the first comma is the place itself.

    Returns
    -------
    str
        One or two names, then how many more; empty where there are none.

    Examples
    --------
    >>> name_places(["Kharkiv (Moskovskyi district), Kharkiv oblast", "Merefa, Kharkiv oblast", "Derhachi", "Chuhuiv"])
    'Kharkiv, Merefa and 2 more'
    """
    names = [re.split(r"[,;(/]", text.strip())[0].strip() or text.strip() for text in location_texts if text.strip()]
    names = list(dict.fromkeys(_cut(name) for name in names))
    more = len(names) - _NAMED_PLACES
    if more > 0:
        return f"{', '.join(names[:_NAMED_PLACES])} and {more} more"
    return " and ".join(names)


def describe_zone(
    uxo: tuple[float, float, float],
    *,
    n_strikes: int,
    area_m2: float,
    footprints_m2: Collection[float] = (),
    kinds: Collection[str] = (),
) -> str:
    """
    Write the sentence that opens the details of a zone.

    Parameters
    ----------
    uxo : tuple = (low, expected, high)
        Estimated items.
    n_strikes : int
        Reported strikes that make the zone.
    area_m2 : float
        Land to look in, in square metres.
    footprints_m2 : collection of float
        Land that one strike of each kind contaminates, in square metres.
    kinds : collection of str
        Kinds of hazard, ``dud``, ``mine`` or ``mixed``.

    Returns
    -------
    str

    Examples
    --------
    >>> describe_zone((12, 64, 190), n_strikes=2, area_m2=341_000, footprints_m2=[21_000])
    'Between 12 and 190 unexploded items estimated here (best estimate 64), from 2 reported strikes. Look in 34 ha; one strike of this kind contaminates about 2.1 ha.'
    """  # noqa: E501 - the whole sentence is the example
    start = _say_estimate(uxo, kinds, "here")
    return f"{start}, from {say_count(n_strikes, 'reported strike')}. {_say_land(area_m2, footprints_m2)}"


def describe_area(
    uxo: tuple[float, float, float], *, area_m2: float, footprint_m2: float = float("nan"), kind: str = "dud"
) -> str:
    """
    Write the sentence that opens the details of one strike with an area.

    Examples
    --------
    >>> describe_area((3, 9, 20), area_m2=85_000, footprint_m2=16_000)
    'Between 3 and 20 unexploded items estimated from this strike (best estimate 9). Look in 8.5 ha; one strike of this kind contaminates about 1.6 ha.'
    """  # noqa: E501 - the whole sentence is the example
    return f"{_say_estimate(uxo, [kind], 'from this strike')}. {_say_land(area_m2, [footprint_m2])}"


def describe_unlocated(uxo: tuple[float, float, float], *, precision_m: float, kind: str = "dud") -> str:
    """
    Write the sentence that opens the details of a strike without an area.

    Examples
    --------
    >>> describe_unlocated((3, 9, 20), precision_m=25_000)
    'Between 3 and 20 unexploded items estimated from this strike (best estimate 9). No area is drawn: its place is known only to within 25 km. Locate it first.'
    """  # noqa: E501 - the whole sentence is the example
    start = _say_estimate(uxo, [kind], "from this strike")
    return f"{start}. No area is drawn: {say_why_unlocated(precision_m)}. Locate it first."


def say_why_unlocated(precision_m: float) -> str:
    """
    Say why a strike has no area.

    Examples
    --------
    >>> say_why_unlocated(25_000), say_why_unlocated(float("nan"))
    ('its place is known only to within 25 km', 'no place is known')
    """
    return (
        "no place is known"
        if pd.isna(precision_m)
        else f"its place is known only to within {say_distance(precision_m)}"
    )


def describe_strike(dates: str, n_reports: int) -> str:
    """
    Write the sentence that opens the details of a strike for which nothing is estimated in the layers shown.

    Examples
    --------
    >>> describe_strike("24 Feb 2022", 2)
    'A strike is reported here (24 Feb 2022), by 2 reports. What it left behind is not estimated on this map.'
    """
    reported = f"A strike is reported here ({dates}), by {say_count(n_reports, 'report')}."
    return f"{reported} What it left behind is not estimated on this map."


def _say_estimate(uxo: tuple[float, float, float], kinds: Collection[str], where: str) -> str:
    """Open a sentence with the range of an estimate and its best value."""
    low, expected, high = uxo
    if pd.isna(expected) or pd.isna(low) or pd.isna(high):
        return f"How many {say_items(kinds, '0')} to expect {where} is {NOT_KNOWN}"
    ends, best = say_range(low, high), round_for_reading(expected)
    if not ends.startswith("between"):
        return f"About {ends} {say_items(kinds, ends)} estimated {where}"
    return f"{ends.capitalize()} {say_items(kinds, '0')} estimated {where} (best estimate {best})"


def _say_land(area_m2: float, footprints_m2: Collection[float]) -> str:
    """Say in how much land to look, and how much of it one strike contaminates."""
    if pd.isna(area_m2):
        return f"The land to look in is {NOT_KNOWN}."
    look = f"Look in {say_area(area_m2)}"
    known = sorted(float(area) for area in footprints_m2 if not pd.isna(area))
    if not known:
        return f"{look}."
    if known[-1] < _POINT_M2:
        return f"{look}; an item of this kind lies at a single point."
    smallest, largest = (say_area(area) for area in (max(known[0], _POINT_M2), known[-1]))
    if smallest == largest:
        return f"{look}; one strike of this kind contaminates about {largest}."
    start = "a single point" if known[0] < _POINT_M2 else smallest
    return f"{look}; one strike of these kinds contaminates between {start} and {largest}."


def _cut(name: str) -> str:
    """Cut a long name at the end of a word."""
    if len(name) <= _NAME_LENGTH:
        return name
    return name[:_NAME_LENGTH].rsplit(" ", 1)[0].rstrip(" ,.;-") + " …"
