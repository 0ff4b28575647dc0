"""Numbers, areas and dates of print sheets, written as readers of the language write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_decimal

from uxomap.languages import Language
from uxomap.maps.words import name_places
from uxomap.wording import NOT_KNOWN, bound_estimate, round_for_reading, span_estimate

_HECTARE, _SQUARE_KILOMETRE, _KILOMETRE = 1e4, 1e6, 1000.0
_FROM_SQUARE_KILOMETRES = 1e7

#: Precise places of a latitude or longitude in a text.
_DIGITS = 5


@dataclass(frozen=True, eq=False)
class Words:
    """Writes values in one language."""

    language: Language

    def number(self, value: float) -> str:
        """Write a number with two significant digits."""
        text = round_for_reading(float(value))
        if text == NOT_KNOWN:
            return self.language.say("not known")
        return format_decimal(Decimal(text.replace(",", "")), locale=self.language.code, decimal_quantization=False)

    def count(self, value: float) -> str:
        """Write an exact whole number."""
        return format_decimal(round(value), locale=self.language.code)

    def estimate(self, low: float, best: float, high: float) -> str:
        """Write an estimate with its range in brackets."""
        bound = bound_estimate(low, best, high)
        if bound is not None:
            return self.language.say("under {number}", number=self.number(bound))
        first, last = span_estimate(low, best, high)
        ends, middle = (self.number(first), self.number(last)), self.number(best)
        return middle if ends[0] == ends[1] == middle else f"{middle} ({ends[0]}\u2013{ends[1]})"

    def area(self, area_m2: float) -> str:
        """Write an area in hectares, or in square kilometres from 1,000 hectares on."""
        if area_m2 >= _FROM_SQUARE_KILOMETRES:
            return self.language.say("{n} km²", n=self.number(area_m2 / _SQUARE_KILOMETRE))
        return self.language.say("{n} ha", n=self.number(area_m2 / _HECTARE))

    def length(self, metres: float) -> str:
        """Write a length in metres, or in kilometres from 1,000 m on."""
        if metres >= _KILOMETRE:
            return self.language.say("{n} km", n=self.number(metres / _KILOMETRE))
        return self.language.say("{n} m", n=self.number(metres))

    def day(self, day: str | date | None) -> str:
        """Write a day; a text stays as the user wrote it."""
        if isinstance(day, str):
            return day
        if pd.isna(day):
            return self.language.say("not known")
        return format_date(day, format="d MMM y", locale=self.language.code)

    def days(self, start: date, end: date) -> str:
        """Write the days between two dates."""
        first, last = self.day(start), self.day(end)
        return first if first == last else f"{first} \u2013 {last}"

    def position(self, longitude: float, latitude: float) -> str:
        """Write a position in degrees, latitude first."""
        longitude = (longitude + 180) % 360 - 180
        north = self.language.say("N") if latitude >= 0 else self.language.say("S")
        east = self.language.say("E") if longitude >= 0 else self.language.say("W")
        return f"{abs(latitude):.{_DIGITS}f}° {north}, {abs(longitude):.{_DIGITS}f}° {east}"

    def names(self, location_text: str) -> str:
        """Name the places of a zone shortly."""
        return name_places(split_list(location_text), self.language) or self.language.say("place not named")


def split_list(text: object, mark: str = "|") -> list[str]:
    """
    Take a joined list apart.

    Examples
    --------
    >>> split_list("a|b"), split_list(float("nan"))
    (['a', 'b'], [])
    """
    if not isinstance(text, str):
        return []
    return [part.strip() for part in text.split(mark) if part.strip()]


def gather(texts: Sequence[object], mark: str = "|") -> list[str]:
    """
    Join lists into one without repeats, the most frequent first.

    Examples
    --------
    >>> gather(["a", "b|c", "b"])
    ['b', 'a', 'c']
    """
    parts = pd.Series([part for text in texts for part in split_list(text, mark)], dtype=object)
    if parts.empty:
        return []
    counts = parts.value_counts(sort=False)
    return [str(name) for name in counts.sort_values(ascending=False, kind="stable").index]
