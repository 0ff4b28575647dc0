"""Whether two reports can tell of the same thing: their publishers, names of places, munitions and counts."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz

from uxomap.munitions import load_categories, load_munitions

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Likeness, in per cent, from which two names are taken for spellings of one.
_SAME_NAME = 80.0

#: What parts the publishers of one report, as in "Reuters / MAG" and "Reuters via a newspaper".
_PARTING = re.compile(r"[/;|,&+()]|\b(?:via|citing|quoting|quoted by|and)\b")

_KINDS_OF_GENERIC = ("generic_cluster", "generic_unitary")

#: Kinds of evidence that count a part of what came down.
_PARTIAL = ("explosions", "remnants")


def compare_texts(texts: pd.Series, left: Ints, right: Ints, compare: Callable[[str, str], int]) -> Ints:
    """Compare the texts of pairs of reports, each different pair of texts once."""
    codes, unique = pd.factorize(texts.fillna(""))
    low, high = np.minimum(codes[left], codes[right]), np.maximum(codes[left], codes[right])
    pair, first = np.unique(low * len(unique) + high, return_index=True)
    answers = np.array([compare(unique[low[at]], unique[high[at]]) for at in first], dtype=np.int64)
    return answers[np.searchsorted(pair, low * len(unique) + high)]


def share_publisher(one: str, other: str) -> int:
    """Tell (1 or 0) whether two sources name a publisher in common."""
    return int(bool(_publishers(one) & _publishers(other)))


@lru_cache(maxsize=10_000)
def _publishers(source: str) -> frozenset[str]:
    """Take a source apart into its publishers."""
    parts = (" ".join(part.split()) for part in _PARTING.split(source.casefold()))
    return frozenset(part for part in parts if part)


def compare_names(one: str, other: str) -> int:
    """
    Tell whether two places bear one name: 1 yes, -1 no, 0 where it cannot be told.

    The first part of each, before a comma, must be like the first part of the other or stand in its further words.
    Names in different scripts cannot be compared.
    """
    if not one or not other:
        return 0
    (first, whole), (second, entire) = _read_name(one), _read_name(other)
    if not first or not second or not _scripts(first) & _scripts(second):
        return 0
    likeness = max(fuzz.ratio(first, second), fuzz.token_set_ratio(first, entire), fuzz.token_set_ratio(second, whole))
    return 1 if likeness >= _SAME_NAME else -1


@lru_cache(maxsize=10_000)
def _read_name(text: str) -> tuple[str, str]:
    """Fold a place to small letters without accents and marks: its first part, and all of it."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter if letter.isalnum() or letter == "," else " " for letter in letters if not _is_mark(letter))
    parts = [" ".join(part.split()) for part in kept.split(",")]
    named = [part for part in parts if part]
    return (named[0], " ".join(named)) if named else ("", "")


def _is_mark(letter: str) -> bool:
    """Whether a character only changes another, such as an accent or an apostrophe."""
    return unicodedata.combining(letter) != 0 or letter in "'’ʼ`ʹ"  # noqa: RUF001 - the apostrophes people type


@lru_cache(maxsize=10_000)
def _scripts(name: str) -> frozenset[str]:
    """Scripts of the letters of a name."""
    return frozenset(unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha())


def share_munition(one: str, other: str) -> int:
    """Tell (1 or 0) whether two lists of candidates, joined with ``|``, leave a munition that both allow."""
    return int(bool(agree_on([one, other])))


def agree_on(lists: Sequence[str]) -> tuple[str, ...]:
    """
    Munitions that all lists of candidates allow, sorted; empty where there is none.

    A class of unknown type allows all its types.
    """
    sets = [frozenset(text.split("|")) for text in lists]
    generic = _generics()
    return tuple(sorted(one for one in frozenset().union(*sets) if all({one, generic.get(one)} & ids for ids in sets)))


@lru_cache(maxsize=1)
def _generics() -> dict[str, str]:
    """Read the class of each munition from the catalogue."""
    classes = load_munitions()["category"].map(load_categories()["generic_id"])
    known = classes[classes.isin(_KINDS_OF_GENERIC)]
    return {str(one): str(generic) for one, generic in known.items()}


def counts_agree(reports: pd.DataFrame, left: Ints, right: Ints) -> Flags:
    """
    Pairs whose counts of carriers can be one number.

    The ranges overlap, or one is not known. Explosions and remnants are a part of what was delivered: beside another
    kind of evidence they are a lower bound. Carriers that never opened are only compared with their like.
    """
    evidence = reports["evidence"].fillna("").to_numpy(dtype=object)
    low, high = reports["rounds_low"].to_numpy(dtype=float), reports["rounds_high"].to_numpy(dtype=float)
    alike = evidence[left] == evidence[right]
    partial = np.isin(evidence.astype(str), _PARTIAL)
    unopened = evidence == "undispersed"
    top_left = np.where(partial[left] & ~alike, np.inf, high[left])
    top_right = np.where(partial[right] & ~alike, np.inf, high[right])
    apart = (low[left] > top_right) | (low[right] > top_left)
    return np.asarray(~apart & (unopened[left] == unopened[right]), dtype=bool)
