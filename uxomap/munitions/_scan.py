"""From the atoms of a text to the names and kinds of words in it, segment by segment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from uxomap.munitions._names import NATURES, Index, Meaning, load_index
from uxomap.munitions._normalise import Atom
from uxomap.munitions._words import kinds_of_word, kinds_of_words, load_words

#: Score of a name that is written as it is in the table.
AS_WRITTEN = 100.0

#: Shortest word whose spelling is corrected, and the shortest that may hold two slips.
_SHORTEST_FUZZY = 6
_SHORTEST_TWICE = 9
#: Letters that a word may have behind the stem that it is taken for.
_LONGEST_ENDING = 4
#: Shortest letters of a designation in which a slip is corrected; in three or four (OFAB, PTAB) only neighbours that
#: changed places.
_SHORTEST_PREFIX = 5
_SHORTEST_SWAP = 3
#: Numbers that may share one unit, as in 60/81/82 mm.
_LONGEST_LIST = 5
#: Atoms in the longest designation in which a slip is corrected.
_LONGEST_CODE = 6

#: What stands between most atoms, and joins or parts nothing.
_SOFT_GAPS = {"", " ", "-"}
_MAJOR_GAP = re.compile(r"[;\n\r|•]")
_MINOR_GAP = re.compile(r",\s|[+&،]")
#: No name reaches across these.
_HARD_GAP = re.compile(r"[();:\n\r|•،!?+&=]|,\s")
#: Around a joining word; within a designation there is a hyphen or nothing.
_APART = re.compile(r"[\s/,]+")
_HYPHEN = re.compile(r"[-\u2010-\u2015\u2212]")
#: Letters and number of a designation, for the short form "CBU-87/103".
_LETTERS_NUMBER = re.compile(r"(.*[^0-9])[0-9]+")
#: Shortest name of a weapon system behind which a number changes nothing: an RBK-100 is another RBK.
_SHORTEST_WEAPON = 4
#: Weapons of the United States whose model letter (CBU-58A) changes nothing here.
_WITH_MODELS = re.compile(r"(?:agm|bl|blu|cbu|gbu|m|mk)[0-9]+")
_MODELS = {"a", "b", "c", "d"}

#: Position of the form by looks.
_BY_LOOKS = 1

#: Kinds of names that only narrow what other words say.
SOFT = {"class", "origin"}


@dataclass
class Mention:
    """A name found in a text."""

    key: str
    meanings: list[Meaning]
    segment: int
    start: int
    #: Share of letters in place.
    score: float = AS_WRITTEN
    #: Whether it is written in plain Latin letters.
    is_latin: bool = True
    ids: tuple[str, ...] = ()
    kind: str = ""

    @property
    def letters(self) -> str:
        """What stands before the number of a designation, empty for other names."""
        parts = _LETTERS_NUMBER.fullmatch(self.key)
        return parts.group(1) if parts else ""

    @property
    def is_hard(self) -> bool:
        """Whether the name stands for a type, and does not only narrow others."""
        return (self.kind or self.meanings[0].kind) not in SOFT


@dataclass
class Segment:
    """A part of a text between semicolons, commas and words such as *and*."""

    #: Number of the part between semicolons and line ends.
    major: int
    #: How it is joined to the segment before: ``major``, ``comma`` or ``and``; empty for the first.
    link: str
    kinds: set[str] = field(default_factory=set)
    #: Kinds that rest on a corrected spelling.
    corrected: set[str] = field(default_factory=set)
    has_names: bool = False

    @property
    def natures(self) -> set[str]:
        """What the words say of the load: cluster, unitary, mine."""
        return self.kinds & set(NATURES)


def scan(index: Index, atoms: list[Atom]) -> tuple[list[Mention], list[Segment]]:
    """Find the names in a text, in their order, and the kinds of words of its segments."""
    segments, where = _find_segments(atoms)
    mentions, covered = _find_names(index, atoms, where)
    mentions += _find_calibres(index, atoms, where, covered)
    mentions += _find_kinds(index, atoms, segments, where, covered)
    for mention in mentions:
        segment = segments[mention.segment]
        segment.has_names |= mention.is_hard
        if any(meaning.kind == "submunition" for meaning in mention.meanings):
            natures = _natures(index, mention)
            segment.kinds |= natures if len(natures) == 1 else {"cluster"}
    for segment in segments:
        if "mina" in segment.kinds:  # a mortar bomb, unless the words say what kind of mine
            segment.kinds.add("mine" if segment.kinds & {"mine_ap", "mine_at"} else "mortar")
    _share_natures(index, segments, mentions)
    return sorted(mentions, key=lambda mention: mention.start), segments


def _natures(index: Index, mention: Mention) -> set[str]:
    """Every nature that a name may have."""
    return {index.traits[id_].nature for meaning in mention.meanings for id_ in meaning.ids}


def _find_segments(atoms: list[Atom]) -> tuple[list[Segment], list[int]]:
    """Cut a text into segments; the second result is the segment of each atom, -1 for joining words."""
    segments = [Segment(0, "")]
    where = []
    for position, atom in enumerate(atoms):
        if not position or atom.gap in _SOFT_GAPS:
            pass
        elif _MAJOR_GAP.search(atom.gap):
            segments.append(Segment(segments[-1].major + 1, "major"))
        elif _MINOR_GAP.search(atom.gap):
            segments.append(Segment(segments[-1].major, "and" if atom.gap.strip() in {"+", "&"} else "comma"))
        joins = 0 < position < len(atoms) - 1 and "and" in kinds_of_word(atom)
        if joins and _APART.fullmatch(atom.gap) and _APART.fullmatch(atoms[position + 1].gap):
            segments.append(Segment(segments[-1].major, "and"))
            where.append(-1)
        else:
            where.append(len(segments) - 1)
    return segments, where


def _find_names(index: Index, atoms: list[Atom], where: list[int]) -> tuple[list[Mention], list[bool]]:
    """Find the longest names from left to right; the second result says which atoms they cover."""
    mentions = []
    covered = [False] * len(atoms)
    start = 0
    while start < len(atoms):
        key, end = _longest_name(index, atoms, where, start)
        if key and not _is_calibre(index, atoms, start, end):
            mentions.append(Mention(key, index.names[key], where[start], start, is_latin=atoms[start].is_ascii))
            further, behind = _further_numbers(index, atoms, key, end)
            mentions += [Mention(other, index.names[other], where[start], end) for other in further]
            covered[start:behind] = [True] * (behind - start)
            start = behind
        else:
            start += 1
    return mentions, covered


def _further_numbers(index: Index, atoms: list[Atom], key: str, end: int) -> tuple[list[str], int]:
    """Keys of the numbers that share the letters of a name, as in ``BLU-26/36/59``, and the position behind them."""
    keys = []
    parts = _LETTERS_NUMBER.fullmatch(key)
    while parts and end < len(atoms) and atoms[end].is_number and atoms[end].gap == "/":
        other = parts.group(1) + atoms[end].forms[0]
        if other not in index.names or not _stands_alone(index, other, atoms, end, end + 1):
            break
        keys.append(other)
        end += 1
    return keys, end


def _longest_name(index: Index, atoms: list[Atom], where: list[int], start: int) -> tuple[str, int]:
    """Key of the longest name that begins at an atom, and the position behind it."""
    found = []
    for form in range(3) if where[start] >= 0 else ():
        key, end, varies = "", start, False
        while end < len(atoms) and (end == start or (where[end] == where[start] and not _parts(atoms[end].gap))):
            forms = atoms[end].forms
            varies = varies or forms[0] != forms[2] or forms[0] != forms[1]
            key += "-" * (atoms[end].is_number and key[-1:].isdigit()) + forms[form]
            if key not in index.beginnings:
                break
            end += 1
            # By their looks only designations are compared: КАВ is no КАБ.
            if key in index.names and (form != _BY_LOOKS or key not in index.pieces):
                found.append((end, key))
        if form == 0 and not varies:
            break
    for end, key in sorted(found, key=lambda pair: -pair[0]):
        if _stands_alone(index, key, atoms, start, end):
            return key, end
    return "", 0


def _parts(gap: str) -> bool:
    """Whether no name reaches across a gap."""
    return gap not in _SOFT_GAPS and _HARD_GAP.search(gap) is not None


def _stands_alone(index: Index, key: str, atoms: list[Atom], start: int, end: int) -> bool:
    """Whether a name is written in its own pieces and is not a part of a longer designation."""
    pieces = index.pieces.get(key)
    if pieces is not None and end - start not in pieces:
        return False
    # Weapons have marks (Grad-1, KAB-250); a number behind the name of a submunition is another submunition.
    kind = index.names[key][0].kind
    is_weapon = pieces is not None and (kind == "alias" or (kind == "system" and len(key) >= _SHORTEST_WEAPON))
    first, last = atoms[start], atoms[end - 1]
    if start and not is_weapon:
        joined = first.gap == "" or (_HYPHEN.fullmatch(first.gap) and not first.is_number)
        if joined and (first.gap == "" or atoms[start - 1].is_number):
            return False
    if end == len(atoms):
        return True
    after = atoms[end]
    if after.gap == "":
        return is_weapon if not last.is_number else _is_model(key, atoms, end)
    if after.is_number:
        return is_weapon or not _HYPHEN.fullmatch(after.gap)
    return not (last.is_number and after.forms[0] == "mm")


def _is_model(key: str, atoms: list[Atom], end: int) -> bool:
    """Whether the letters right behind a number are a model letter or the s of a plural."""
    if end + 1 < len(atoms) and atoms[end + 1].gap == "":
        return False
    letters = atoms[end].forms[0]
    return letters == "s" or (letters in _MODELS and _WITH_MODELS.fullmatch(key) is not None)


def _is_calibre(index: Index, atoms: list[Atom], start: int, end: int) -> bool:
    """Whether a name is also the word *calibre* (Калибр), and is used as such: inflected, or beside a number."""
    if end - start > 1 or "calibre" not in kinds_of_word(atoms[start]):
        return False
    beside = atoms[max(start - 1, 0) : end + 1]
    return atoms[start].forms[0] not in index.names or any(atom.is_number for atom in beside)


def _find_calibres(index: Index, atoms: list[Atom], where: list[int], covered: list[bool]) -> list[Mention]:
    """Calibres without a unit of their own: ``122/152 mm``, ``81 and 82mm``, ``calibre 220``."""
    mentions = []
    for position, atom in enumerate(atoms):
        if not atom.is_number or covered[position]:
            continue
        meanings = index.names.get(f"{atom.forms[0]}mm")
        if meanings is None:
            continue
        later = position + 1
        while later < min(len(atoms), position + _LONGEST_LIST) and (atoms[later].is_number or where[later] < 0):
            later += 1
        in_list = later > position + 1 and later < len(atoms) and atoms[later].forms[0] == "mm"
        if in_list or (position and "calibre" in kinds_of_word(atoms[position - 1])):
            mentions.append(Mention(f"{atom.forms[0]}mm", meanings, where[position], position))
            covered[position] = True
    return mentions


def _find_kinds(
    index: Index, atoms: list[Atom], segments: list[Segment], where: list[int], covered: list[bool]
) -> list[Mention]:
    """Collect the kinds of words of every segment; correct slips in what no name and no word explains."""
    mentions = []
    position = 0
    while position < len(atoms):
        kinds, length = kinds_of_words(atoms, position)
        number = where[position]
        if number >= 0 and length:
            segments[number].kinds |= kinds
        elif number >= 0 and not covered[position] and not atoms[position].is_number:
            key, score = _nearest_code(index, atoms, position)
            if not key:
                key, score = _nearest_word(atoms[position].forms[0])
            if key in index.names:
                mentions.append(Mention(key, index.names[key], number, position, score))
            elif key:
                segments[number].kinds.add(key)
                segments[number].corrected.add(key)
        position += length or 1
    return mentions


@cache
def _vocabulary() -> dict[str, list[tuple[str, str]]]:
    """First letter -> words whose spelling is corrected, with a key of the index or a kind of word."""
    index = load_index()
    words = [
        (key, key)
        for key in index.pieces
        if len(key) >= _SHORTEST_FUZZY and index.names[key][0].kind not in SOFT and not index.names[key][0].needs
    ]
    words += [
        (stem, "cluster")
        for stem, phrases in load_words().stems.items()
        if len(stem) >= _SHORTEST_FUZZY and any(phrase.kinds == {"cluster"} for phrase in phrases)
    ]
    table: dict[str, list[tuple[str, str]]] = {}
    for known, key in words:
        table.setdefault(known[0], []).append((known, key))
    return table


@lru_cache(maxsize=100_000)
def _nearest_word(word: str) -> tuple[str, float]:
    """Key of the one word that is spelled almost like this, and the share of letters in place."""
    if len(word) < _SHORTEST_FUZZY:
        return "", 0.0
    near: dict[str, int] = {}
    for known, key in _vocabulary().get(word[0], []):
        is_stem = key == "cluster"
        written = word[: len(known)] if is_stem else word
        slips = 2 if len(word) >= _SHORTEST_TWICE and not is_stem else 1
        if abs(len(known) - len(written)) <= slips and len(word) <= len(known) + _LONGEST_ENDING:
            distance = OSA.distance(written, known, score_cutoff=slips)
            if distance <= slips:
                near[key] = min(near.get(key, distance), distance)
    keys = [key for key, distance in near.items() if distance == min(near.values())]
    return (keys[0], AS_WRITTEN * (1 - near[keys[0]] / len(word))) if len(keys) == 1 else ("", 0.0)


def _nearest_code(index: Index, atoms: list[Atom], start: int) -> tuple[str, float]:
    """Key of the one designation with the same digits and almost the same letters."""
    if len(atoms[start].forms[0]) < _SHORTEST_SWAP or not any(atom.is_number for atom in atoms[start + 1 : start + 3]):
        return "", 0.0
    for end in range(min(len(atoms), start + _LONGEST_CODE), start + 1, -1):
        window = atoms[start:end]
        digits = tuple(atom.forms[0] for atom in window if atom.is_number)
        if digits not in index.codes or any(_parts(atom.gap) for atom in window[1:]):
            continue
        letters = tuple(atom.forms[0] for atom in window if not atom.is_number)
        keys = {key for known, key in index.codes[digits] if _is_slip(letters, known)}
        if len(keys) == 1:
            key = keys.pop()
            if _stands_alone(index, key, atoms, start, end):
                return key, AS_WRITTEN * (1 - 1 / len(key))
    return "", 0.0


def _is_slip(letters: Sequence[str], known: Sequence[str]) -> bool:
    """Whether the letters of a designation differ by one slip in one of its longer parts."""
    if len(letters) != len(known):
        return False
    different = [(written, meant) for written, meant in zip(letters, known, strict=True) if written != meant]
    if len(different) != 1:
        return False
    ((written, meant),) = different
    if len(meant) < _SHORTEST_SWAP or OSA.distance(written, meant, score_cutoff=1) > 1:
        return False
    return len(meant) >= _SHORTEST_PREFIX or sorted(written) == sorted(meant)


def _share_natures(index: Index, segments: list[Segment], mentions: list[Mention]) -> None:
    """Let a segment that does not say *cluster* or *unitary* take the word from a neighbour."""
    own = [segment.natures for segment in segments]
    open_ = {mention.segment for mention in mentions if len(_natures(index, mention)) > 1}
    named_majors = {segment.major for segment in segments if segment.has_names}
    speaking = {mention.segment for mention in mentions}
    for number, segment in enumerate(segments):
        if own[number] or number not in speaking:
            continue
        complete = bool(segment.kinds & {"rocket", "missile", "shell", "mortar", "bomb"})
        for other, neighbour in enumerate(segments):
            if other == number or not own[other]:
                continue
            if neighbour.major != segment.major:  # "Uragan; cluster"
                shares = neighbour.major not in named_majors
            elif not neighbour.has_names:  # "Uragan, cluster munitions", yet not "Grad rockets and cluster bombs"
                shares = segments[max(number, other)].link != "and"
            else:  # "Smerch and Uragan cluster rockets", yet not "Grad rockets and Uragan cluster rockets"
                shares = not complete and other in open_
            if shares:
                segment.kinds |= own[other]
