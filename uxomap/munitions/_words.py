"""Words around the names of munitions: ``names_words.csv``, and what kind of thing a word of a text says."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from uxomap.munitions._normalise import Atom, join_forms, read_atoms

#: Kind of the words that stand for letters: units in any script, and Arabic names of letters.
_LETTERS = "letters:"
#: Shortest word that is compared by its looks: Cyrillic "не" (not) is no "HE".
_SHORTEST_LOOKALIKE = 5


class Phrase(NamedTuple):
    """Words of the same kinds; a word that ends in ``*`` stands for all words that begin so."""

    words: tuple[str, ...]
    kinds: frozenset[str]
    #: Whether it is written in plain Latin letters. Others are not: Cyrillic "мін" sounds like "min" and is none.
    is_ascii: bool


@dataclass(frozen=True)
class Words:
    """The table of words, ready to look up."""

    #: First word of a phrase -> phrases.
    phrases: dict[str, list[Phrase]] = field(default_factory=dict)
    #: Beginning of a first word -> phrases.
    stems: dict[str, list[Phrase]] = field(default_factory=dict)
    #: Words that stand for letters of a designation or for a unit.
    letters: dict[str, str] = field(default_factory=dict)


@cache
def load_words() -> Words:
    """Read the table of words."""
    table = Words()
    for row in read_rows("names_words.csv"):
        words = tuple(_key(word) for word in row["word"].replace("/", " ").split())
        if row["kind"].startswith(_LETTERS):
            table.letters[words[0]] = row["kind"].removeprefix(_LETTERS)
            continue
        phrase = Phrase(words, frozenset(filter(None, row["kind"].split("|"))), read_atoms(row["word"])[0].is_ascii)
        if words[0].endswith("*"):
            table.stems.setdefault(words[0][:-1], []).append(phrase)
        else:
            table.phrases.setdefault(words[0], []).append(phrase)
    return table


def read_rows(file: str) -> Iterator[dict[str, str]]:
    """Rows of a table in the data folder."""
    text = resources.files("uxomap").joinpath(f"munitions/data/{file}").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def read_text(text: str) -> list[Atom]:
    """Atoms of a text, with units and spelled-out letters in one form."""
    letters = load_words().letters
    return [
        atom._replace(forms=(letters[atom.forms[0]],) * 3) if atom.forms[0] in letters else atom
        for atom in read_atoms(text)
    ]


def kinds_of_words(atoms: list[Atom], start: int) -> tuple[frozenset[str], int]:
    """Kinds of the longest phrase that begins at an atom, and its number of words (0 where there is none)."""
    for phrase in _phrases_from(atoms[start].forms, is_ascii=atoms[start].is_ascii):
        if len(phrase.words) == 1 or _continues(phrase, atoms, start):
            return phrase.kinds, len(phrase.words)
    return frozenset(), 0


def kinds_of_word(atom: Atom) -> frozenset[str]:
    """Kinds of a word by itself."""
    return _kinds_alone(atom.forms, is_ascii=atom.is_ascii)


@lru_cache(maxsize=100_000)
def _kinds_alone(forms: tuple[str, str, str], *, is_ascii: bool) -> frozenset[str]:
    """Kinds of a word by itself, remembered."""
    phrases = _phrases_from(forms, is_ascii=is_ascii)
    return next((phrase.kinds for phrase in phrases if len(phrase.words) == 1), frozenset())


@lru_cache(maxsize=100_000)
def _phrases_from(forms: tuple[str, str, str], *, is_ascii: bool) -> tuple[Phrase, ...]:
    """Phrases that may begin with a word: more words first, then whole words, then longer stems."""
    table = load_words()
    by_sound, by_looks, stem = forms
    phrases: list[Phrase] = []
    for word in dict.fromkeys((by_sound, stem, by_looks if len(by_looks) >= _SHORTEST_LOOKALIKE else by_sound)):
        phrases += table.phrases.get(word, ())
        for size in range(len(word), 1, -1):
            phrases += table.stems.get(word[:size], ())
    possible = (phrase for phrase in phrases if phrase.is_ascii or not is_ascii)
    return tuple(sorted(possible, key=lambda phrase: -len(phrase.words)))


def _continues(phrase: Phrase, atoms: list[Atom], start: int) -> bool:
    """Whether the further words of a phrase stand behind its first."""
    further = atoms[start + 1 : start + len(phrase.words)]
    if len(further) + 1 < len(phrase.words):
        return False
    return all(_is_word(word, atom) for word, atom in zip(phrase.words[1:], further, strict=True))


def _is_word(word: str, atom: Atom) -> bool:
    """Whether an atom is a word of a phrase."""
    if word.endswith("*"):
        return any(form.startswith(word[:-1]) for form in atom.forms)
    return word in atom.forms


def _key(word: str) -> str:
    """Write a word of the table by sound, and keep its star."""
    return join_forms(read_atoms(word), 0) + "*" * word.endswith("*")
