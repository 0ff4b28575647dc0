"""Numbers, areas and dates of print sheets, written as readers of the language write them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_decimal

from uxomap.languages import Language
from uxomap.maps.sheets.page import LEFT_TO_RIGHT
from uxomap.maps.words import name_places
from uxomap.wording import NOT_KNOWN, bound_estimate, round_for_reading, span_estimate

_HECTARE, _SQUARE_KILOMETRE, _KILOMETRE = 1e4, 1e6, 1000.0
_FROM_SQUARE_KILOMETRES = 1e7

#: Places named in one cell.
_NAMED = 2

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
        return self.join(
            f"{self.run(f'{abs(value):.{_DIGITS}f}°')}\u00a0{letter}"
            for value, letter in ((latitude, north), (longitude, east))
        )

    def run(self, text: str) -> str:
        """
        Keep a text that runs from left to right, such as degrees or a grid reference, together and on one line.

        Examples
        --------
        >>> from uxomap.languages import load_language
        >>> Words(load_language("en")).run("37T CN").split(), Words(load_language("ar")).run("36°00'")
        (['37T', 'CN'], "\u200e36°00'\u200e")
        """
        whole = text.replace(" ", "\u00a0")
        return f"{LEFT_TO_RIGHT}{whole}{LEFT_TO_RIGHT}" if self.language.right_to_left else whole

    def join(self, texts: Iterable[str]) -> str:
        """Join a list with the comma of the language."""
        return ("، " if self.language.right_to_left else ", ").join(texts)

    def names(self, location_text: str) -> str:
        """Name the places of a zone shortly."""
        return self.names_within(location_text, lambda _: True)

    def names_within(self, location_text: str, fits: Callable[[str], bool]) -> str:
        """
        Name as many places of a zone as fit, two at most; how many more there are always stands.

        Examples
        --------
        >>> from uxomap.languages import load_language
        >>> words = Words(load_language("en"))
        >>> [words.names_within("Demmarel|Ninveth|Ruvelis", lambda text: len(text) <= room) for room in (40, 20, 14)]
        ['Demmarel, Ninveth and 1 more', 'Demmarel and 2 more', 'D … and 2 more']
        """
        found = dict.fromkeys(name_places([place], self.language) for place in split_list(location_text))
        names = [name for name in found if name]
        if not names:
            return self.language.say("place not named")
        text = ""
        for text in self._shorter_and_shorter(names):
            if fits(text):
                break
        return text

    def _shorter_and_shorter(self, names: Sequence[str]) -> Iterator[str]:
        """Say names: two, the first, and what the first begins with."""
        say, count = self.language.say, len(names)
        if count == _NAMED:
            yield say("{first} and {second}", first=names[0], second=names[1])
        elif count > _NAMED:
            yield say("{names} and {n} more", names=self.join(names[:_NAMED]), n=self.count(count - _NAMED))
        for length in range(len(names[0]), 0, -1):
            first = names[0] if length == len(names[0]) else f"{names[0][:length].rstrip(' ,.;-')} …"
            yield say("{names} and {n} more", names=first, n=self.count(count - 1)) if count > 1 else first


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
