"""
Words of a report to ids of the catalogue.

Plain wrong is worse than unknown: a name that stands for several munitions gives all of them, a spelling is corrected
only where nothing else is near, and a digit is never taken for a slip. The names are in ``names.csv``; the words that
tell a cluster load from a unitary one, a shell from a rocket, are in ``names_words.csv``.
"""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from uxomap.munitions._names import DELIVERIES, GROUND, NATURES, Index, Meaning, load_index
from uxomap.munitions._normalise import join_forms
from uxomap.munitions._scan import AS_WRITTEN, SOFT, Mention, Segment, scan
from uxomap.munitions._words import read_text

#: Candidates where the words say nothing: any explosive munition.
UNKNOWN = ("generic_cluster", "generic_unitary")

#: Scores of the ways, but for ``fuzzy``: that is the share of letters in place.
_SCORES = {"exact": 100.0, "alias": 95.0, "class": 60.0, "ambiguous": 50.0, "none": 0.0}
#: Score where the word *cluster* itself was misspelled.
_SCORE_CORRECTED = 85.0

_GENERIC = {"generic_cluster", "generic_unitary", "generic_cluster_ru"}
#: Kinds of names that are heard after the others of their rank.
_LATE = {"submunition", "origin"}


@dataclass(frozen=True)
class MunitionMatch:
    """
    What the words of a report are taken for.

    Attributes
    ----------
    munition_id : str or None
        Id of the catalogue, where the words leave one only.
    way : str
        ``exact`` (a designation of the catalogue), ``alias`` (another name, or words that leave one type), ``fuzzy``
        (a slip of spelling), ``class`` (the words name a class and no type), ``ambiguous`` (several types are possible
        or named) or ``none``.
    score : float
        0 to 100: an order of trust, not a probability.
    alternatives : tuple of str
        All ids that the words allow, best first, `munition_id` included; empty where `way` is ``none``.
    """

    munition_id: str | None
    way: str
    score: float
    alternatives: tuple[str, ...]


_NONE = MunitionMatch(None, "none", _SCORES["none"], ())


@dataclass
class _Group:
    """Candidates for one munition."""

    #: The name that opened the group.
    first: Mention
    ids: list[str]

    def widens(self, mention: Mention, segments: list[Segment]) -> bool:
        """Whether a further name is another thing found beside the first, and not another name of it."""
        submunitions = (self.first.kind == "submunition") + (mention.kind == "submunition")
        if submunitions:
            return submunitions > 1  # two kinds of submunitions need not come from one carrier
        later = max(self.first.segment, mention.segment)
        if self.first.kind == mention.kind == "system" and self.first.segment != mention.segment:
            return segments[later].link == "and"  # "Smerch or Tornado", yet not "Smerch (Tornado)"
        return bool(mention.letters) and mention.letters == self.first.letters  # Kh-101 and Kh-555


def match_munition(text: object) -> MunitionMatch:
    """
    Match the words of a report to the munition catalogue.

    Reads Latin, Cyrillic, Arabic and Hebrew letters, whatever the case, hyphens and spaces. Words that fit several
    munitions (*Grad*, *RBK-500*, *Mk 82*) give all of them, unless a word such as *cluster* or *high-explosive*
    decides; a text that names two munitions gives both. Words that name a class give its generic id, or the ids of
    the class: *cluster bombs* are ``generic_cluster``, *artillery-fired cluster munitions* the cargo shells of the
    catalogue.

    Parameters
    ----------
    text : str
        Words of a report; the first 2,000 characters are read. Anything that is not text matches nothing.

    Returns
    -------
    MunitionMatch
        Id (where the words leave one only), way, score and all ids that the words allow.

    Examples
    --------
    >>> match_munition("Uragan cluster munition rockets").munition_id
    '9m27k'
    >>> match_munition("Grad rockets").alternatives
    ('grad_122_he', '9m218', 'sakr122', 'type81')
    """
    if not isinstance(text, str):
        return _NONE
    index = load_index()
    atoms = read_text(text)
    if not atoms:
        return _NONE
    entry = index.entries.get(join_forms(atoms, 0))
    if entry is not None:
        return _answer(entry, "class" if entry in _GENERIC else "exact")
    mentions, segments = scan(index, atoms)
    kinds = set().union(*(segment.kinds for segment in segments))
    usable = [mention for mention in mentions if _resolve(index, mention, segments[mention.segment], kinds)]
    groups = _group(usable, segments)
    if not groups:
        return _decide_class(index, usable, segments)
    spoken = {mention.segment for mention in usable if mention.kind != "origin"}
    groups += _find_side_remarks(index, groups, [one for number, one in enumerate(segments) if number not in spoken])
    corrected = set().union(*(segment.corrected for segment in segments))
    return _decide(index, groups, usable, corrected)


def match_munitions(texts: pd.Series) -> pd.DataFrame:
    """
    Match the words of many reports to the munition catalogue.

    Parameters
    ----------
    texts : Series
        Words of the reports; missing values match nothing. Equal texts are matched once.

    Returns
    -------
    DataFrame
        On the index of `texts`: ``munition_id`` (missing where the words leave none or several), ``match`` (the way, as
        in `match_munition`), ``score`` (0 to 100) and ``candidates`` (ids joined by ``|``, best first; where nothing
        matches, any cluster or unitary munition).

    Examples
    --------
    >>> match_munitions(pd.Series(["M26 rockets", None]))[["munition_id", "match"]].fillna("-").values.tolist()
    [['m26', 'exact'], ['-', 'none']]
    """
    # Not by way of pandas: its columns of text cannot hold halves of letters, which a cell can.
    codes: dict[str, int] = {}
    places = [codes.setdefault(text, len(codes)) if isinstance(text, str) else -1 for text in texts]
    matches = [*map(match_munition, codes), _NONE]  # the last one is reached by -1, missing
    table = pd.DataFrame(
        {
            "munition_id": pd.Series([match.munition_id for match in matches], dtype="str"),
            "match": pd.Series([match.way for match in matches], dtype="str"),
            "score": pd.Series([match.score for match in matches], dtype=float),
            "candidates": pd.Series(["|".join(match.alternatives or UNKNOWN) for match in matches], dtype="str"),
        }
    )
    return table.iloc[places].set_axis(texts.index)


def _answer(munition_id: str, way: str, score: float | None = None) -> MunitionMatch:
    """Build an answer with one id."""
    return MunitionMatch(munition_id, way, _SCORES[way] if score is None else score, (munition_id,))


def _resolve(index: Index, mention: Mention, segment: Segment, everything: set[str]) -> bool:
    """Choose the ids of a name by the words around it; False where none fits."""
    kinds = set(segment.kinds)
    if not kinds & set(DELIVERIES):
        kinds |= everything - set(NATURES)
    if mention.is_latin:
        kinds.add("latin")
    fitting = [meaning for meaning in mention.meanings if meaning.needs <= kinds]
    if not fitting:
        return False
    most = max(len(meaning.needs) for meaning in fitting)
    best = [meaning for meaning in fitting if len(meaning.needs) == most]
    mention.kind = best[0].kind
    ids = tuple(dict.fromkeys(id_ for meaning in best for id_ in meaning.ids))
    natures = kinds & set(NATURES)
    if natures and len(ids) > 1:
        ids = tuple(id_ for id_ in ids if index.traits[id_].nature in natures) or ids
    brought = tuple(id_ for id_ in ids if _came(index, id_, kinds))
    # A type stays a type, whatever the words say of its delivery; a calibre or a class can be of something else.
    mention.ids = brought if mention.kind in SOFT else brought or ids
    return bool(mention.ids)


def _came(index: Index, munition_id: str, kinds: set[str]) -> bool:
    """Whether a munition can have come in the way that the words say."""
    wanted = _deliveries(kinds)
    known = index.traits[munition_id].deliveries
    return not wanted or not known or bool(wanted & known)


def _deliveries(kinds: set[str]) -> set[str]:
    """Ways of delivery that the words name; empty where they name none."""
    if "air" in kinds:
        return {"missile"} if "missile" in kinds else {"air"}
    wanted = kinds & set(DELIVERIES)
    return wanted or (set(GROUND) if "ground" in kinds else set())


def _group(mentions: list[Mention], segments: list[Segment]) -> list[list[str]]:
    """One list of candidates a munition: names that agree narrow each other, names that do not stand side by side."""
    groups: list[_Group] = []
    for mention in sorted(mentions, key=lambda one: (not one.is_hard, one.kind in _LATE, len(one.ids))):
        agreeing = [group for group in groups if not set(group.ids).isdisjoint(mention.ids)]
        for group in agreeing:
            if group.widens(mention, segments):
                group.ids += [id_ for id_ in mention.ids if id_ not in group.ids]
            else:
                group.ids = [id_ for id_ in group.ids if id_ in mention.ids]
        if agreeing or mention.kind == "origin" or (groups and _GENERIC.issuperset(mention.ids)):
            continue
        if mention.is_hard or not groups or not segments[mention.segment].has_names:
            groups.append(_Group(mention, list(mention.ids)))
    return [group.ids for group in sorted(groups, key=lambda group: group.first.start)]


def _is_of(index: Index, munition_id: str, kinds: set[str]) -> bool:
    """Whether words of delivery can speak of a munition; people call rockets and mortar bombs shells, too."""
    loosely = kinds | {"rocket", "mortar"} if "shell" in kinds else kinds
    return bool(index.traits[munition_id].deliveries) and _came(index, munition_id, loosely)


def _find_side_remarks(index: Index, groups: list[list[str]], segments: list[Segment]) -> list[list[str]]:
    """Classes that a text names beside its types: ``RBK-250; high-explosive bombs``, ``mortars and Grad``."""
    more: list[list[str]] = []
    for segment in segments:
        for nature in ("cluster", "unitary"):
            told = any(all(index.traits[id_].nature == nature for id_ in group) for group in groups)
            if nature in segment.natures and not told:
                more.append([f"generic_{nature}"])
        ids, _ = _apply_rules(frozenset(segment.kinds & set(DELIVERIES)))
        meant = any(_is_of(index, id_, segment.kinds) for group in groups for id_ in group)
        if ids and not segment.natures and not meant:
            more.append(list(ids))
    return more


def _decide(index: Index, groups: list[list[str]], mentions: list[Mention], corrected: set[str]) -> MunitionMatch:
    """Groups of candidates to the answer."""
    ids = tuple(dict.fromkeys(id_ for group in groups for id_ in group))
    if len(ids) > 1:
        return MunitionMatch(None, "ambiguous", _SCORES["ambiguous"], ids)
    (munition_id,) = ids
    if munition_id in _GENERIC:
        return _answer(munition_id, "class")
    naming = [mention for mention in mentions if mention.is_hard and munition_id in mention.ids]
    deciding = [mention for mention in naming if len(mention.ids) == 1 and mention.score == AS_WRITTEN]
    if not deciding:
        scores = [mention.score for mention in naming if mention.score < AS_WRITTEN]
        if scores:
            return _answer(munition_id, "fuzzy", min(scores))
    if any(mention.kind == "designation" for mention in deciding):
        return _answer(munition_id, "exact")
    if index.traits[munition_id].nature in corrected:
        return _answer(munition_id, "fuzzy", _SCORE_CORRECTED)
    return _answer(munition_id, "alias")


def _decide_class(index: Index, mentions: list[Mention], segments: list[Segment]) -> MunitionMatch:
    """Answer for a text that names no type, but perhaps a class and the country of the maker."""
    answers = []
    for kinds in _join_phrases(segments):
        ids, natures = _apply_rules(frozenset(kinds - set(DELIVERIES) | _deliveries(kinds)))
        if ids:
            made = [id_ for mention in mentions for id_ in mention.ids if _came(index, id_, kinds)]
            ids, is_sure = _narrow_to_maker(ids, tuple(dict.fromkeys(made)))
            answers.append((ids, is_sure and natures == 1))
    ids = tuple(dict.fromkeys(id_ for answer, _ in answers for id_ in answer))
    if not ids:
        return _NONE
    if len(ids) == 1:
        return _answer(ids[0], "class" if ids[0] in _GENERIC else "alias")
    way = "class" if len({answer for answer, _ in answers}) == 1 and answers[0][1] else "ambiguous"
    return MunitionMatch(None, way, _SCORES[way], ids)


def _join_phrases(segments: list[Segment]) -> list[set[str]]:
    """Kinds of words of what *and* separates: mortars and cluster bombs are no cluster bombs of mortars."""
    phrases: list[set[str]] = []
    for segment in segments:
        if segment.link == "and" or not phrases:
            phrases.append(set())
        phrases[-1] |= segment.kinds
    return phrases


def _narrow_to_maker(ids: tuple[str, ...], made: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Ids of a class that a country makes, and whether that leaves no other."""
    both = tuple(id_ for id_ in made if id_ in ids)
    if both or _GENERIC.intersection(made):
        return both or made, True
    return ((*made, "generic_cluster"), False) if made else (ids, True)


@lru_cache(maxsize=10_000)
def _apply_rules(kinds: frozenset[str]) -> tuple[tuple[str, ...], int]:
    """Ids that kinds of words stand for, and how many natures they speak of."""
    natures = [nature for nature in NATURES if nature in kinds]
    ids: list[str] = []
    for nature in natures or [""]:
        rules = [
            (_weight(rule), rule)
            for rule in load_index().rules
            if rule.needs <= kinds and (not nature or nature in rule.needs)
        ]
        most = max((weight for weight, _ in rules), default=(0, 0))
        ids += [id_ for weight, rule in rules if weight == most for id_ in rule.ids]
    return tuple(dict.fromkeys(ids)), max(1, len(natures))


def _weight(rule: Meaning) -> tuple[int, int]:
    """How much a rule knows: *munition* and *unexploded* say less than any other word."""
    return len(rule.needs - {"remnant"}), len(rule.needs)
