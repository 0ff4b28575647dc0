"""Numbers, dates, counts and names in the reader's language, as pure functions."""

import re
from collections.abc import Collection, Sequence
from functools import cache, lru_cache

import pandas as pd
from babel import Locale

from uxomap.languages import Language, load_language
from uxomap.wording import LEAST_READ, NOT_KNOWN, bound_estimate, round_for_reading, span_estimate

#: The language that the code itself speaks.
ENGLISH = load_language("en")

#: Places named in a heading before "and N more".
_NAMED_PLACES = 2

#: Letters of a place name before it is cut.
_NAME_LENGTH = 60

_DECEMBER = 12
_KILOMETRE = 1000
_MINUTES = 60
_FROM_SQUARE_KILOMETRES = 1e7

#: Numbers and dates whose words are remembered, because many features share them.
_REMEMBERED = 1 << 15

Estimate = tuple[float, float, float]


def say_unknown(language: Language = ENGLISH) -> str:
    """
    Say that something is not known.

    Examples
    --------
    >>> say_unknown()
    'not known'
    """
    return language.say("not known")


@lru_cache(maxsize=_REMEMBERED)
def say_number(value: float, language: Language = ENGLISH) -> str:
    """
    Write a number with two significant digits, with the marks of the language.

    Examples
    --------
    >>> say_number(1234), say_number(0.25), say_number(1234, load_language("es"))
    ('1,200', '0.25', '1.200')
    """
    text = round_for_reading(value)
    return say_unknown(language) if text == NOT_KNOWN else say_written(text, language)


def say_least(value: float, language: Language = ENGLISH) -> str:
    """
    Write a number of which the smallest must not fill a line with zeros.

    Examples
    --------
    >>> say_least(0.028), say_least(0.000004), say_least(0)
    ('0.028', 'under 0.001', 'under 0.001')
    """
    if value < LEAST_READ:
        return language.say("under {number}", number=say_number(LEAST_READ, language))
    return say_number(value, language)


def say_about(value: float, language: Language = ENGLISH) -> str:
    """
    Write a number that is a best estimate.

    Examples
    --------
    >>> say_about(0.028), say_about(0.000004)
    ('about 0.028', 'under 0.001')
    """
    said = say_least(value, language)
    return said if value < LEAST_READ else language.say("about {number}", number=said)


def say_whole(value: float, language: Language = ENGLISH) -> str:
    """
    Write an exact whole number.

    Examples
    --------
    >>> say_whole(12345), say_whole(12345, load_language("es"))
    ('12,345', '12.345')
    """
    return say_unknown(language) if pd.isna(value) else say_written(f"{value:,.0f}", language)


def say_ends(low: float, high: float, language: Language = ENGLISH) -> str:
    """
    Write an interval as "between A and B", or as one number where both read alike.

    Examples
    --------
    >>> say_ends(11.6, 193), say_ends(2, 2.01)
    ('between 12 and 190', '2')
    """
    first, last = say_number(low, language), say_number(high, language)
    return first if first == last else language.say("between {low} and {high}", low=first, high=last)


def say_land(area_m2: float, language: Language = ENGLISH) -> str:
    """
    Write an area in hectares, or in square kilometres from 1,000 hectares on.

    Examples
    --------
    >>> say_land(341_000), say_land(78_500_000)
    ('34 ha', '78 km²')
    """
    if area_m2 >= _FROM_SQUARE_KILOMETRES:
        return language.say("{number} km²", number=say_number(area_m2 / 1e6, language))
    return language.say("{number} ha", number=say_number(area_m2 / 1e4, language))


def say_items(kinds: Collection[str], number: str, language: Language = ENGLISH) -> str:
    """
    Name what lies there, in the singular where *number* reads "1".

    Examples
    --------
    >>> say_items(["dud"], "1"), say_items(["mine"], "12"), say_items(["dud", "mine"], "12")
    ('unexploded item', 'mines still live', 'unexploded items or live mines')
    """
    found, say = set(kinds), language.say
    if found == {"mine"}:
        return say("mine still live") if number == "1" else say("mines still live")
    if found & {"mine", "mixed"}:
        return say("unexploded item or live mine") if number == "1" else say("unexploded items or live mines")
    return say("unexploded item") if number == "1" else say("unexploded items")


def say_count(number: float, noun: str, language: Language = ENGLISH) -> str:
    """
    Write an exact count with its noun: report, reported strike, strike, source, item found or row.

    Examples
    --------
    >>> say_count(1, "report"), say_count(1200, "strike")
    ('1 report', '1,200 strikes')
    """
    say, n = language.say, say_whole(number, language)
    if number == 1:
        one = {
            "report": say("1 report"),
            "reported strike": say("1 reported strike"),
            "strike": say("1 strike"),
            "source": say("1 source"),
            "item found": say("1 item found"),
        }
        return one.get(noun, f"1 {noun}")
    many = {
        "report": say("{n} reports", n=n),
        "reported strike": say("{n} reported strikes", n=n),
        "strike": say("{n} strikes", n=n),
        "source": say("{n} sources", n=n),
        "item found": say("{n} items found", n=n),
    }
    return many.get(noun, f"{n} {noun}s")


def say_day(day: pd.Timestamp, language: Language = ENGLISH) -> str:
    """
    Write a day.

    Examples
    --------
    >>> say_day(pd.Timestamp("2022-02-24")), say_day(pd.NaT)
    ('24 Feb 2022', 'not known')
    """
    return say_unknown(language) if pd.isna(day) else f"{day.day} {months(language.code)[day.month - 1]} {day.year}"


@lru_cache(maxsize=_REMEMBERED)
def say_dates(start: pd.Timestamp, end: pd.Timestamp, language: Language = ENGLISH) -> str:
    """
    Write the days between two dates, or the month or year where they fill it.

    Parameters
    ----------
    start, end : Timestamp
        First and last day; NaT is written as "not known".
    language : Language
        Of the reader.

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
        return say_unknown(language)
    start, end = (end if pd.isna(start) else start), (start if pd.isna(end) else end)
    if start.day == 1 and end.is_month_end:
        names = months(language.code)
        first, last = (f"{names[day.month - 1]} {day.year}" for day in (start, end))
        if start.month == 1 and end.month == _DECEMBER:
            first, last = str(start.year), str(end.year)
    else:
        first, last = (say_day(day, language) for day in (start, end))
    return first if first == last else language.say("{first} to {last}", first=first, last=last)


@lru_cache(maxsize=_REMEMBERED)
def say_share(low: float, expected: float, high: float, language: Language = ENGLISH) -> str:
    """
    Write a share as percentages: the range, then the best estimate.

    Examples
    --------
    >>> say_share(0.0481, 0.14, 0.2333)
    '4.8 to 23 %, best estimate 14 %'
    """
    if pd.isna(low) or pd.isna(expected) or pd.isna(high):
        return say_unknown(language)
    first, best, last = (say_number(100 * share, language) for share in (low, expected, high))
    if first == last:
        return language.say("{share} %", share=best)
    return language.say("{low} to {high} %, best estimate {best} %", low=first, high=last, best=best)


def say_part(share: float, language: Language = ENGLISH) -> str:
    """
    Write one share as a percentage.

    Examples
    --------
    >>> say_part(0.256), say_part(float("nan"))
    ('26 %', 'not known')
    """
    return (
        say_unknown(language) if pd.isna(share) else language.say("{share} %", share=say_number(100 * share, language))
    )


def say_distance(metres: float, language: Language = ENGLISH) -> str:
    """
    Write a distance in metres, or in kilometres from 1,000 m on.

    Examples
    --------
    >>> say_distance(150), say_distance(2500), say_distance(float("nan"))
    ('150 m', '2.5 km', 'not known')
    """
    if pd.isna(metres):
        return say_unknown(language)
    if metres < _KILOMETRE:
        return language.say("{number} m", number=say_number(metres, language))
    return language.say("{number} km", number=say_number(metres / _KILOMETRE, language))


def say_hours(hours: float, language: Language = ENGLISH) -> str:
    """
    Write a time in hours, or in minutes under one hour.

    Examples
    --------
    >>> say_hours(6.51), say_hours(0.3), say_hours(0.0055)
    ('6.5 h', '18 min', 'under a minute')
    """
    if pd.isna(hours):
        return say_unknown(language)
    if hours >= 1:
        return language.say("{number} h", number=say_number(hours, language))
    minutes = hours * _MINUTES
    if minutes < 1:
        return language.say("under a minute")
    return language.say("{number} min", number=say_number(minutes, language))


def say_counted(low: float, expected: float, high: float, language: Language = ENGLISH) -> str:
    """
    Write a count with its range and best estimate.

    Examples
    --------
    >>> say_counted(1, 2.5, 6), say_counted(4, 4, 4)
    ('between 1 and 6, best estimate 2.5', '4')
    >>> say_counted(0, 0.028, 0), say_counted(0, 0, 0)
    ('fewer than 0.1, best estimate 0.028', '0')
    """
    if pd.isna(expected):
        return say_unknown(language)
    bound = bound_estimate(low, expected, high)
    if bound is not None and expected > 0:
        small, best = say_number(bound, language), say_least(expected, language)
        return language.say("fewer than {bound}, best estimate {best}", bound=small, best=best)
    first, last = (say_number(end, language) for end in span_estimate(low, expected, high))
    if first == last:
        return first
    best = say_number(expected, language)
    return language.say("between {low} and {high}, best estimate {best}", low=first, high=last, best=best)


def say_brief(uxo: Estimate, more: str, language: Language = ENGLISH) -> str:
    """
    Write an estimate in the few words of a list.

    Examples
    --------
    >>> say_brief((82, 860, 2600), "900 ha"), say_brief((4, 4, 4), "900 ha")
    ('about 860 items (82 to 2,600) · 900 ha', '4 items · 900 ha')
    >>> say_brief((0, 0.028, 0), "900 ha")
    'fewer than 0.1 items · 900 ha'
    """
    if any(pd.isna(number) for number in uxo):
        return language.say("number of items not known · {more}", more=more)
    bound = bound_estimate(*uxo)
    if bound is not None:
        return language.say("fewer than {bound} items · {more}", bound=say_number(bound, language), more=more)
    (low, high), best = (say_number(end, language) for end in span_estimate(*uxo)), say_number(uxo[1], language)
    if low == high:
        return language.say("{number} items · {more}", number=low, more=more)
    return language.say("about {best} items ({low} to {high}) · {more}", best=best, low=low, high=high, more=more)


def say_sure(low: float, high: float, language: Language = ENGLISH) -> str:
    """
    Say how wide a range is.

    Examples
    --------
    >>> say_sure(12, 190), say_sure(0, 5), say_sure(0, 0)
    ('the high end is 16 times the low end', 'the range starts at zero', 'the range starts at zero')
    """
    if pd.isna(low) or pd.isna(high):
        return say_unknown(language)
    if low <= 0:
        return language.say("the range starts at zero")
    if low == high:
        return language.say("no range given")
    return language.say("the high end is {number} times the low end", number=say_number(high / low, language))


def say_evidence(evidence: str, language: Language = ENGLISH) -> str:
    """
    Say what the count of a report counts.

    Examples
    --------
    >>> say_evidence("explosions")
    'explosions or craters'
    """
    say = language.say
    return {
        "delivered": say("rounds delivered"),
        "explosions": say("explosions or craters"),
        "remnants": say("remnants found"),
        "undispersed": say("carriers that never opened"),
    }.get(evidence, evidence)


def say_status(status: str, language: Language = ENGLISH) -> str:
    """
    Say what became of a row of the input.

    Examples
    --------
    >>> say_status("assumed")
    'assumed'
    """
    say = language.say
    return {"accepted": say("accepted"), "assumed": say("assumed"), "rejected": say("rejected")}.get(status, status)


def name_places(location_texts: Sequence[str], language: Language = ENGLISH) -> str:
    """
    Shorten the places of a feature to a heading.

    Parameters
    ----------
    location_texts : sequence of str
        Places in the words of the reports; what stands before the first comma is the place itself.
    language : Language
        Of the reader.

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
    names = [language.isolate(name) for name in names] if more >= 0 else names
    if more > 0:
        return language.say("{names} and {n} more", names=", ".join(names[:_NAMED_PLACES]), n=more)
    return language.say("{first} and {second}", first=names[0], second=names[1]) if more == 0 else "".join(names)


@cache
def months(code: str) -> tuple[str, ...]:
    """
    Short names of the months in a language.

    Examples
    --------
    >>> months("en")[:3]
    ('Jan', 'Feb', 'Mar')
    """
    names = Locale.parse(code).months["format"]["abbreviated"]
    return tuple(str(names[number]) for number in range(1, 13))


@cache
def _marks(code: str) -> dict[int, str]:
    """Marks of thousands and of decimals, by those of English."""
    symbols = Locale.parse(code).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def say_written(text: str, language: Language = ENGLISH) -> str:
    """
    Change the marks in a number written in English.

    Examples
    --------
    >>> say_written("1,234.5", load_language("es"))
    '1.234,5'
    """
    return text if language.code == "en" else text.translate(_marks(language.code))


def _cut(name: str) -> str:
    """Cut a long name at the end of a word."""
    if len(name) <= _NAME_LENGTH:
        return name
    return name[:_NAME_LENGTH].rsplit(" ", 1)[0].rstrip(" ,.;-") + " …"
