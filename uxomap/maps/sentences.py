"""Sentences of the maps in the reader's language, as pure functions, so that they can be tested and translated."""

from collections.abc import Collection

import pandas as pd

from uxomap.languages import Language
from uxomap.maps.words import ENGLISH, Estimate, say_count, say_distance, say_items, say_land, say_least, say_number
from uxomap.wording import bound_estimate, span_estimate

#: A footprint below this many square metres is a single point to the reader.
_POINT_M2 = 1.0


def describe_zone(
    uxo: Estimate,
    *,
    n_strikes: int,
    area_m2: float,
    footprints_m2: Collection[float] = (),
    kinds: Collection[str] = (),
    then: str = "",
    language: Language = ENGLISH,
) -> str:
    """
    Write the sentences that open the details of a zone.

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
    then : str
        What is said right after the estimate, of surveys for instance.
    language : Language
        Of the reader.

    Returns
    -------
    str

    Examples
    --------
    >>> describe_zone((12, 64, 190), n_strikes=2, area_m2=341_000, footprints_m2=[21_000])
    'Between 12 and 190 unexploded items estimated here (best estimate 64), from 2 reported strikes. Look in 34 ha; one strike of this kind contaminates about 2.1 ha.'
    """  # noqa: E501 - the whole sentence is the example
    start = say_estimate_here(uxo, kinds, language)
    strikes = say_count(n_strikes, "reported strike", language)
    first = language.say("{estimate}, from {strikes}.", estimate=start, strikes=strikes)
    return _join(first, then, _say_look(area_m2, footprints_m2, language))


def describe_area(
    uxo: Estimate,
    *,
    area_m2: float,
    footprint_m2: float = float("nan"),
    kind: str = "dud",
    then: str = "",
    language: Language = ENGLISH,
) -> str:
    """
    Write the sentences that open the details of one strike with an area; *then* follows the estimate.

    Examples
    --------
    >>> describe_area((3, 9, 20), area_m2=85_000, footprint_m2=16_000)
    'Between 3 and 20 unexploded items estimated from this strike (best estimate 9). Look in 8.5 ha; one strike of this kind contaminates about 1.6 ha.'
    """  # noqa: E501 - the whole sentence is the example
    start = say_estimate_of_strike(uxo, [kind], language)
    return _join(f"{start}.", then, _say_look(area_m2, [footprint_m2], language))


def describe_unlocated(uxo: Estimate, *, precision_m: float, kind: str = "dud", language: Language = ENGLISH) -> str:
    """
    Write the sentence that opens the details of a strike without an area.

    Examples
    --------
    >>> describe_unlocated((3, 9, 20), precision_m=25_000)
    'Between 3 and 20 unexploded items estimated from this strike (best estimate 9). No area is drawn: its place is known only to within 25 km. Locate it first.'
    """  # noqa: E501 - the whole sentence is the example
    start = say_estimate_of_strike(uxo, [kind], language)
    why = say_why_unlocated(precision_m, language)
    return language.say("{estimate}. No area is drawn: {why}. Locate it first.", estimate=start, why=why)


def say_why_unlocated(precision_m: float, language: Language = ENGLISH) -> str:
    """
    Say why a strike has no area.

    Examples
    --------
    >>> say_why_unlocated(25_000), say_why_unlocated(float("nan"))
    ('its place is known only to within 25 km', 'no place is known')
    """
    if pd.isna(precision_m):
        return language.say("no place is known")
    distance = say_distance(precision_m, language)
    return language.say("its place is known only to within {distance}", distance=distance)


def describe_strike(dates: str, n_reports: int, language: Language = ENGLISH) -> str:
    """
    Write the sentence that opens the details of a strike for which nothing is estimated in the layers shown.

    Examples
    --------
    >>> describe_strike("24 Feb 2022", 2)
    'A strike is reported here (24 Feb 2022), by 2 reports. What it left behind is not estimated on this map.'
    """
    return language.say(
        "A strike is reported here ({dates}), by {reports}. What it left behind is not estimated on this map.",
        dates=dates,
        reports=say_count(n_reports, "report", language),
    )


def say_estimate_here(uxo: Estimate, kinds: Collection[str], language: Language = ENGLISH) -> str:
    """
    Open a sentence with the range of the estimate for a place.

    Examples
    --------
    >>> say_estimate_here((12, 64, 190), ["dud"])
    'Between 12 and 190 unexploded items estimated here (best estimate 64)'
    >>> say_estimate_here((0, 0.028, 0), ["dud"])
    'Fewer than 0.1 unexploded items are expected here (best estimate 0.028)'
    """
    say, values = language.say, _estimate_values(uxo, kinds, language)
    if "bound" in values:
        return say("Fewer than {bound} {items} are expected here (best estimate {best})", **values)
    if "low" not in values:
        return say("How many {items} to expect here is not known", **values)
    if values["low"] == values["high"]:
        return say("About {low} {items} estimated here", **values)
    return say("Between {low} and {high} {items} estimated here (best estimate {best})", **values)


def say_estimate_of_strike(uxo: Estimate, kinds: Collection[str], language: Language = ENGLISH) -> str:
    """
    Open a sentence with the range of the estimate for one strike.

    Examples
    --------
    >>> say_estimate_of_strike((1, 1, 1), ["mine"])
    'About 1 mine still live estimated from this strike'
    """
    say, values = language.say, _estimate_values(uxo, kinds, language)
    if "bound" in values:
        return say("Fewer than {bound} {items} are expected from this strike (best estimate {best})", **values)
    if "low" not in values:
        return say("How many {items} to expect from this strike is not known", **values)
    if values["low"] == values["high"]:
        return say("About {low} {items} estimated from this strike", **values)
    return say("Between {low} and {high} {items} estimated from this strike (best estimate {best})", **values)


def _estimate_values(uxo: Estimate, kinds: Collection[str], language: Language) -> dict[str, str]:
    """Write the parts of a sentence on an estimate; without numbers where one is missing."""
    if any(pd.isna(number) for number in uxo):
        return {"items": say_items(kinds, "0", language)}
    bound = bound_estimate(*uxo)
    if bound is not None:
        best, items = say_least(uxo[1], language), say_items(kinds, "0", language)
        return {"bound": say_number(bound, language), "best": best, "items": items}
    (low, high), best = (say_number(end, language) for end in span_estimate(*uxo)), say_number(uxo[1], language)
    return {"low": low, "best": best, "high": high, "items": say_items(kinds, low if low == high else "0", language)}


def _join(*said: str) -> str:
    """Join sentences, leaving out empty ones."""
    return " ".join(sentence for sentence in said if sentence)


def _say_look(area_m2: float, footprints_m2: Collection[float], language: Language) -> str:
    """Say in how much land to look, and how much of it one strike contaminates."""
    say = language.say
    if pd.isna(area_m2):
        return say("The land to look in is not known.")
    area = say_land(area_m2, language)
    known = sorted(float(footprint) for footprint in footprints_m2 if not pd.isna(footprint))
    if not known:
        return say("Look in {area}.", area=area)
    if known[-1] < _POINT_M2:
        return say("Look in {area}; an item of this kind lies at a single point.", area=area)
    smallest, largest = (say_land(footprint, language) for footprint in (max(known[0], _POINT_M2), known[-1]))
    if smallest == largest:
        return say(
            "Look in {area}; one strike of this kind contaminates about {footprint}.", area=area, footprint=largest
        )
    return say(
        "Look in {area}; one strike of these kinds contaminates between {low} and {high}.",
        area=area,
        low=say("a single point") if known[0] < _POINT_M2 else smallest,
        high=largest,
    )
