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


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """Read the words of each kind of evidence as one pattern a kind."""
    text = resources.files("uxomap.reports").joinpath("evidence.csv").read_text(encoding="utf-8")
    words: dict[str, list[str]] = {}
    for line in csv.DictReader(text.splitlines()):
        words.setdefault(line["evidence"], []).append(re.escape(line["words"]))
    return {kind: re.compile(rf"\b(?:{'|'.join(found)})\b") for kind, found in words.items()}


def find_evidence(text: str) -> str:
    """
    Find the kind of evidence that a text names; empty where it names none.

    The later in the list, the
    more telling: what never opened is no remnant of what did.
    """
    plain = text.casefold()
    named = [kind for kind in reversed(EVIDENCE) if _patterns()[kind].search(plain)]
    return named[0] if named else ""


def read_evidence(stated: Objects, counts: Objects) -> tuple[Objects, Objects]:
    """
    Read the evidence of each row from its own column, else from the words of the count.

    Gives the kind of each row, and a note where a column says something else.
    """
    said, said_codes = read_each(stated, find_evidence, missing="")
    told, told_codes = read_each(counts, find_evidence, missing="")
    from_column = np.array(said, dtype=object)[said_codes]
    from_count = np.array(told, dtype=object)[told_codes]
    kinds = np.where(from_column != "", from_column, np.where(from_count != "", from_count, EVIDENCE[0]))
    notes = no_notes(len(kinds))
    filled = np.array([isinstance(text, str) for text in stated], dtype=bool)
    for row in np.flatnonzero(filled & (from_column == "")):
        notes[row] = f"evidence {quote(stated[row])} is not in the list ({', '.join(EVIDENCE)}): read as {kinds[row]}"
    return kinds, notes
