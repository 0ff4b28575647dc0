"""What a count counts: rounds delivered, explosions seen, remnants found, or carriers that never opened."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np

from uxomap.reports._texts import Objects, no_notes, quote, read_each

#: The closed list; the first is taken where nothing else is said.
EVIDENCE = ("delivered", "explosions", "remnants", "undispersed")

#: What is said not to be there, with the word behind it that says where it is not.
_ABSENT = re.compile(
    r"\b(?:no|without|sans|sin|aucune?|ning[u\u00fa]n[oa]?|без|немає|нет|بدون)\s+(?!abrir\b)[^\W\d]+(?:\s+(?:were|was))?"
    r"(?:\s+(?:found|seen|heard|recovered|trouvée?s?|encontrad[oa]s?|знайдено|найдено))?\b"
    r"|\b(?:[^\W\d]+\s+(?:(?:were|was|have been)\s+)?)?(?:not|none|never|не)\s+"
    r"(?:found|seen|heard|recovered|fired|знайдено|найдено|випущено|выпущено)\b"
)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """Read the words of each kind of evidence as one pattern a kind; Arabic ones may have their article."""
    text = resources.files("uxomap.reports").joinpath("evidence.csv").read_text(encoding="utf-8")
    words: dict[str, list[str]] = {}
    for line in csv.DictReader(text.splitlines()):
        words.setdefault(line["evidence"], []).append(re.escape(line["words"]))
    return {kind: re.compile(rf"\b(?:ال)?(?:{'|'.join(found)})\b") for kind, found in words.items()}


def _find_kinds(text: str) -> tuple[str, ...]:
    """Find all kinds of evidence that a text names, the most telling first."""
    plain = _ABSENT.sub(" ", text.casefold().replace("\u2019", "'"))
    return tuple(kind for kind in reversed(EVIDENCE) if _patterns()[kind].search(plain))


def find_evidence(text: str) -> str:
    """
    Find the kind of evidence that a text names; empty where it names none.

    The later in the list, the more telling: what never opened is no remnant of what did.
    """
    return next(iter(_find_kinds(text)), "")


def read_evidence(stated: Objects, counts: Objects) -> tuple[Objects, Objects]:
    """
    Read the evidence of each row from its own column, else from the words of the count.

    Gives the kind of each row, and a note where a column says something else, or several things.
    """
    none: tuple[str, ...] = ()
    said, said_codes = read_each(stated, _find_kinds, missing=none)
    told, told_codes = read_each(counts, _find_kinds, missing=none)
    from_column = np.array([next(iter(kinds), "") for kinds in said], dtype=object)[said_codes]
    from_count = np.array([next(iter(kinds), "") for kinds in told], dtype=object)[told_codes]
    kinds = np.where(from_column != "", from_column, np.where(from_count != "", from_count, EVIDENCE[0]))
    notes = no_notes(len(kinds))
    filled = np.array([isinstance(text, str) for text in stated], dtype=bool)
    for row in np.flatnonzero(filled & (from_column == "")):
        notes[row] = f"evidence {quote(stated[row])} is not in the list ({', '.join(EVIDENCE)}): read as {kinds[row]}"
    several = np.array([_contradict(kinds) for kinds in said], dtype=bool)[said_codes]
    for row in np.flatnonzero(several):
        notes[row] = f"evidence {quote(stated[row])} names {_list(said[said_codes[row]])}: read as {kinds[row]}"
    several = np.array([_contradict(kinds) for kinds in told], dtype=bool)[told_codes]
    for row in np.flatnonzero(several & (from_column == "") & (notes == "")):
        notes[row] = f"count {quote(counts[row])} names {_list(told[told_codes[row]])}: read as {kinds[row]}"
    other = (from_column != "") & (from_count != "") & (from_column != from_count) & (from_count != EVIDENCE[0])
    for row in np.flatnonzero(other & (notes == "")):
        found = f"evidence {quote(stated[row])} stands beside count {quote(counts[row])}"
        notes[row] = f"{found}, which names {from_count[row]}: read as {kinds[row]}"
    return kinds, notes


def _contradict(kinds: tuple[str, ...]) -> bool:
    """Tell whether several kinds are named; whatever was found or seen was also delivered."""
    return len([kind for kind in kinds if kind != EVIDENCE[0]]) > 1


def _list(kinds: tuple[str, ...]) -> str:
    """Write the kinds, without what all have in common."""
    return " and ".join(kind for kind in reversed(kinds) if kind != EVIDENCE[0])
