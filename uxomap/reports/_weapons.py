"""Words for weapons in running text (notes, headlines): which are named, and whether they tell of a strike."""

import csv
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from itertools import compress
from types import MappingProxyType
from typing import NamedTuple

from uxomap.munitions import match_munition

#: Longest piece of a text that is read, in characters.
_LONGEST = 4000

#: A length in millimetres, a word, or a sign that parts words.
_TOKENS = re.compile(r"\d{2,3}-?mm\b|[^\W_]+(?:[-'\u2019][^\W_]+)*|[^\s\w-]", re.IGNORECASE)

#: How designations look (M30, S-300, 9M27K, 122-mm); they count only beside a word of the table.
_DESIGNATION = re.compile(r"\d{0,2}[^\W\d_]{1,4}-?\d{1,4}[^\W\d_]{0,3}|\d{2,3}-?mm", re.IGNORECASE)


class Weapons(NamedTuple):
    """Phrases of a text that name weapons of a strike, joined with "; ", and the first of them."""

    phrases: str
    strike: str


NOTHING = Weapons("", "")


def find_weapons(text: str) -> Weapons:
    """Find the phrases of a text that name weapons."""
    words = text[:_LONGEST].replace(" mm", "mm").split()
    runs: list[list[str]] = []
    last = -2
    for at in compress(range(len(words)), map(_plays, words)):
        if at > last + 1:
            runs.append([])
        runs[-1].append(words[at])
        last = at
    found: dict[str, str] = {}
    for run in runs:
        for phrase in _read_run(" ".join(run)):
            found.setdefault(phrase.casefold(), phrase)
    phrases = list(found.values())
    return Weapons("; ".join(phrases), phrases[0]) if phrases else NOTHING


@lru_cache(maxsize=1 << 17)
def _plays(word: str) -> bool:
    """Whether a piece of a text, with the signs around it, holds a word that plays a part."""
    return any(map(_part, _TOKENS.findall(word)))


@lru_cache(maxsize=1 << 15)
def _read_run(run: str) -> tuple[str, ...]:
    """Find the phrases in a run of words that all play a part: one between two signs that tells of a strike."""
    tokens = _TOKENS.findall(run)
    parts = [_part(token) for token in tokens]
    found = []
    start = 0
    for end in range(len(tokens) + 1):
        if end < len(tokens) and parts[end]:
            continue
        told = set(parts[start:end])
        if "not" not in told and ("strike" in told or {"half", "hit"} <= told):
            found.append(" ".join(tokens[start:end]))
        start = end + 1
    return tuple(found)


def _part(token: str) -> str:
    """Look up which part a word plays in a phrase; empty where it plays none."""
    words, stems = _table()
    plain = token.casefold()
    if plain in words:
        return words[plain]
    for length in range(len(plain), 2, -1):
        if plain[:length] in stems:
            return stems[plain[:length]]
    return "joins" if _DESIGNATION.fullmatch(token) else ""


@cache
def _table() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Read the table of words: whole words and stems, with the part that each plays."""
    text = resources.files("uxomap.reports").joinpath("weapon_words.csv").read_text(encoding="utf-8")
    words: dict[str, str] = {}
    stems: dict[str, str] = {}
    for line in csv.DictReader(text.splitlines()):
        word = line["word"]
        (stems if word.endswith("*") else words)[word.rstrip("*")] = line["part"]
    return MappingProxyType(words), MappingProxyType(stems)


@lru_cache(maxsize=1 << 16)
def tells_more(phrases: str, words: str) -> bool:
    """Whether the catalogue makes something of *phrases*, and not the same as of *words*."""
    if not phrases:
        return False
    found = match_munition(phrases).alternatives
    return bool(found) and found != match_munition(words).alternatives
