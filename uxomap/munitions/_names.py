"""Names of munitions as an index: ``names.csv`` and what the catalogue says of each id."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import pandas as pd

from uxomap.munitions._catalogue import load_munitions
from uxomap.munitions._normalise import join_forms
from uxomap.munitions._words import kinds_of_words, read_rows, read_text

#: What lies on the ground. Words of these kinds choose among the loads of one weapon.
NATURES = ("cluster", "unitary", "mine")
#: How it came there. Words of these kinds choose among carriers.
DELIVERIES = ("air", "rocket", "missile", "shell", "mortar")
#: What words such as *ground-launched* leave of these.
GROUND = frozenset(DELIVERIES) - {"air"}

_UNITARY_CATEGORIES = {"shell", "rocket", "mortar_bomb", "bomb", "missile", "grenade", "generic_unitary"}


class Meaning(NamedTuple):
    """One row of ``names.csv``: what a name stands for where the text holds all the needed kinds of words."""

    ids: tuple[str, ...]
    kind: str
    needs: frozenset[str]


class Trait(NamedTuple):
    """What the catalogue says of an id."""

    nature: str
    deliveries: frozenset[str]


@dataclass(frozen=True)
class Index:
    """Everything that matching looks up."""

    #: Key of a name -> its meanings.
    names: dict[str, list[Meaning]] = field(default_factory=dict)
    #: Everything that a key can begin with.
    beginnings: set[str] = field(default_factory=set)
    #: Key without digits -> numbers of atoms in which it is written.
    pieces: dict[str, set[int]] = field(default_factory=dict)
    #: Digits of a key -> the letters around them, and the key.
    codes: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    #: Whole texts that are an id or the name of a catalogue entry.
    entries: dict[str, str] = field(default_factory=dict)
    #: Rows that speak of kinds of words instead of a name.
    rules: list[Meaning] = field(default_factory=list)
    traits: dict[str, Trait] = field(default_factory=dict)


@cache
def load_index() -> Index:
    """Read the names and the catalogue into one index."""
    index = Index()
    for row in read_rows("names.csv"):
        needs = frozenset(filter(None, row["needs"].split("+")))
        meaning = Meaning(tuple(filter(None, row["munition_ids"].split("|"))), row["kind"], needs)
        if row["name"].startswith("("):
            index.rules.append(meaning)
        else:
            _add_name(index, row["name"], meaning)
    munitions = load_munitions()
    for munition_id, name in munitions["name"].items():
        for text in (str(munition_id), str(name)):
            index.entries[join_forms(read_text(text), 0)] = str(munition_id)
    index.traits.update(_read_traits(munitions))
    return index


def _add_name(index: Index, name: str, meaning: Meaning) -> None:
    """Index one name under its forms by sound, by looks and without ending."""
    atoms = read_text(name)
    # Plain Latin names have no endings to cut: ASTROS is no plural.
    for form in range(2 if name.isascii() else 3):
        key = join_forms(atoms, form)
        meanings = index.names.setdefault(key, [])
        if meaning not in meanings:
            meanings.append(meaning)
        index.beginnings.update(key[:size] for size in range(1, len(key) + 1))
        if any(atom.is_number for atom in atoms):
            continue
        # A hyphen may be left out, a space not: "bom bi" is no Slavic "bombi", nor are "tornados" a Tornado-S.
        hyphens_only = all(atom.gap == "-" for atom in atoms[1:]) and not key.endswith("os")
        index.pieces.setdefault(key, set()).update({1, len(atoms)} if hyphens_only else {len(atoms)})
    digits = tuple(atom.forms[0] for atom in atoms if atom.is_number)
    if digits:
        code = (tuple(atom.forms[0] for atom in atoms if not atom.is_number), join_forms(atoms, 0))
        index.codes.setdefault(digits, []).append(code)


def _read_traits(munitions: pd.DataFrame) -> Iterator[tuple[str, Trait]]:
    """What the catalogue says of each id: kind of hazard, and the words of its carrier."""
    for munition_id, row in munitions.iterrows():
        if row["hazard_kind"] == "mine":
            nature = "mine"
        else:
            nature = "unitary" if row["category"] in _UNITARY_CATEGORIES else "cluster"
        atoms = read_text(row["carrier"])
        words = {kind for start in range(len(atoms)) for kind in kinds_of_words(atoms, start)[0]}
        deliveries = words & set(DELIVERIES)
        if "ground" in words:
            deliveries |= GROUND
        if row["carrier"] == "any":
            deliveries = set(DELIVERIES)
        yield str(munition_id), Trait(nature, frozenset(deliveries))
