"""The text of a date, cut into numbers, dates in digits, and words whose meaning is known in six languages."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

from uxomap.coordinates import plain_digits

#: The longest phrase of the table, in words.
_PHRASE_WORDS = 4

_HIDDEN = re.compile("[\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_SPACES = re.compile(r"\s+")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|e?ro|ere?|eme|o|-?(?:го|ого|е|те|и|ии|я|ша|му|ому))\b")  # noqa: RUF001 - Cyrillic

_OFFSET = r"(?:\s?[+-](?:0\d|1[0-4]):?[0-5]\d(?![\d-]))"
_ZONE = rf"(?:z\b|{_OFFSET}|(?:utc|gmt)(?:\s?[+-]\d{{1,2}}(?::?\d{{2}})?(?![\d-]))?(?:\s?\([^)]*\))?)"
#: Times of a day, with what says their zone: the day as written is what counts.
_CLOCKS = (
    re.compile(rf"(?<=\d{{8}})t\d{{2,6}}(?:[.,]\d+)?{_ZONE}?"),
    re.compile(rf"(?<=\d{{4}}-\d{{2}}-\d{{2}})(?:z\b|{_OFFSET})"),
    re.compile(
        r"(?:(?<=\d)t|\b(?:at|a las|a|о|об|в|الساعة)\s)?(?<!\d)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"  # noqa: RUF001 - Cyrillic
        rf"(?:\s?[ap]\.?m\b\.?)?(?:\s?{_ZONE})?"
    ),
    re.compile(r"(?:\b(?:at|a)\s)?\b\d{1,2}\s?h(?:[0-5]\d\b|\s[0-5]\d\b(?!\s?[^\W\d_])|\b)"),
    re.compile(r"(?:\bat\s)?\b\d{1,2}(?:\.[0-5]\d)?\s?(?:am\b|pm\b|[ap]\.m\b)\.?"),
    re.compile(r"\b\d{4}\s?(?:hrs|hours)\b"),
)
_MOMENT = re.compile(r"(\d{2})\d{4}[a-z]\s?([a-z]{3})\s?(\d{4}|\d{2})", re.ASCII)
_SPREAD = re.compile(r"^(\d{1,4})\s?([-./])\s?(\d{1,2})\s?\2\s?(\d{1,4})\.?$", re.ASCII)

_ROMAN = r"[ivx]+"
#: Dates in digits, in the order in which they are tried.
_ATOMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("iso", re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)),
    ("triple", re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})(?!\d)", re.ASCII)),
    ("named", re.compile(r"(\d{1,2})([-./])([^\W\d_]{1,12})\.?\2(\d{4}|\d{2})(?!\d)")),
    ("compact", re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)", re.ASCII)),
    ("iso week", re.compile(r"(\d{4})-?w(\d{2})(?!\d)", re.ASCII)),
    ("quarter of", re.compile(r"(\d{4})[- /]?[qt]([1-4])(?!\d)", re.ASCII)),
    ("quarter", re.compile(r"[qt]([1-4])(?!\d)", re.ASCII)),
    ("quarter", re.compile(r"([1-4])q(?![^\W\d_])", re.ASCII)),
    ("half", re.compile(r"[hs]([12])(?!\d)", re.ASCII)),
    ("decade", re.compile(r"(\d{3}0)[' ]?s\b", re.ASCII)),
    ("year month", re.compile(r"(\d{4})([-./])(\d{1,2})(?!\d)", re.ASCII)),
    ("month year", re.compile(r"(\d{1,2})[-./](\d{4})(?!\d)", re.ASCII)),
    ("pair", re.compile(r"(\d{1,2})([./])(\d{1,2})(?![\d./]*\d)", re.ASCII)),
    ("year", re.compile(r"(\d{4})(?!\d)", re.ASCII)),
    ("number", re.compile(r"(\d{1,2})(?!\d)", re.ASCII)),
    ("dash", re.compile(r"-")),
    ("slash", re.compile(r"/")),
    ("comma", re.compile("[,;\u060c]")),
)
_NEXT_WORD = re.compile(r" ?([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+|[&~\u2248?]")


class Token(NamedTuple):
    """A piece of a date: its kind, and the numbers or marks in it."""

    kind: str
    parts: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The first number of the piece."""
        return int(self.parts[0])


def plain_text(text: str) -> str:
    """Write a text without capitals, accents, times of day and typographic variants."""
    visible = _DASHES.sub("-", _HIDDEN.sub("", unicodedata.normalize("NFKC", text)))
    split = unicodedata.normalize("NFKD", plain_digits(visible).casefold())
    plain = "".join(mark for mark in split if not unicodedata.combining(mark))
    plain = _SPACES.sub(" ", plain).strip()
    if moment := _MOMENT.fullmatch(plain):
        return " ".join(moment.groups())
    timeless = plain
    for clock in _CLOCKS:
        timeless = clock.sub(" ", timeless)
    if timeless != plain:
        timeless = timeless.strip(" ,-")
    timeless = _SPACES.sub(" ", _ORDINAL.sub("", timeless)).strip()
    return _SPREAD.sub(r"\1\2\3\2\4", timeless)


@cache
def _meanings() -> Mapping[str, str]:
    """Read the table of words: phrase to meaning."""
    text = resources.files("uxomap.reports").joinpath("dates.csv").read_text(encoding="utf-8")
    lines = csv.DictReader(text.splitlines())
    return MappingProxyType({" ".join(_WORD.findall(plain_text(line["word"]))): line["meaning"] for line in lines})


def month_of(word: str) -> int | None:
    """Find the month of a word or a Roman number; None where it is none."""
    meaning = _meanings().get(word, "").removeprefix("roman ")
    return int(meaning) if meaning.isdigit() else None


def cut(plain: str) -> list[Token] | None:
    """Cut a plain text into tokens, without words that say nothing; None where a piece is not known."""
    pieces: list[Token | str] = []
    position = 0
    while position < len(plain):
        found = _find_atom(plain, position)
        if found is None and (word := _WORD.match(plain, position)):
            pieces.append(word[0])
            position = word.end()
        elif found is not None:
            pieces.append(found[0])
            position = found[1]
        elif plain[position] in " .'()[]:\u00ab\u00bb\"":
            position += 1
        else:
            return None
    return _name_words(pieces)


def _find_atom(plain: str, position: int) -> tuple[Token, int] | None:
    """Find the date, number or mark in digits at a position, and where it ends."""
    for kind, pattern in _ATOMS:
        found = pattern.match(plain, position)
        if found is None or (kind == "named" and not month_of(found[3])):
            continue
        # In "1 May 2022-3 June 2022" the 3 is a day.
        if kind == "year month" and (word := _NEXT_WORD.match(plain, found.end())) and month_of(word[1]):
            continue
        inside_word = position > 0 and plain[position - 1].isalpha() and plain[position].isalpha()
        if not inside_word:
            return Token(kind, found.groups()), found.end()
    return None


def _name_words(pieces: list[Token | str]) -> list[Token] | None:
    """Give words and phrases their meaning; the longest phrase goes first."""
    tokens: list[Token] = []
    start = 0
    while start < len(pieces):
        piece = pieces[start]
        if isinstance(piece, Token):
            tokens.append(piece)
            start += 1
            continue
        for length in range(_PHRASE_WORDS, 0, -1):
            words = [word for word in pieces[start : start + length] if isinstance(word, str)]
            meaning = _meanings().get(" ".join(words)) if len(words) == length else None
            if meaning is not None:
                break
        else:
            return None
        start += length
        kind, _, value = meaning.partition(" ") if not meaning.startswith("night") else (meaning, "", "")
        if kind.isdigit():
            tokens.append(Token("month", (kind,)))
        elif kind != "filler":
            tokens.append(Token(kind, (value,)))
    return tokens
