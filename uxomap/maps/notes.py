"""
Notes of the layers in the reader's language: what was assumed of munition, count, place and rate.

The layers speak English. A note that is made of one of the texts below is said in the language; any other stays as it
is, and its heading says so.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from uxomap.languages import Language, load_language
from uxomap.maps.words import say_written

#: What stands in a place to fill that is no number, and where the list in it parts.
_LISTS = {"names": r" or ", "reports": r", | and ", "strikes": r", | or "}
_FREE = {*_LISTS, "text", "name"}

_NUMBER = r"[\d.,]*\d"
_REMEMBERED = 1 << 14


def translate_notes(notes: Sequence[str], language: Language) -> tuple[list[str], list[str]]:
    """
    Say notes in a language.

    Parameters
    ----------
    notes : sequence of str
        As the layers hold them.
    language : Language
        Of the reader.

    Returns
    -------
    said, rest : list of str
        Those that are said in the language, and those that stay English.

    Examples
    --------
    >>> said, rest = translate_notes(["footprint assumed for its class", "a note of your own"], load_language("fr"))
    >>> len(said), rest
    (1, ['a note of your own'])
    """
    if language.code == "en":
        return list(notes), []
    pairs = [(note, _translate(note, language)) for note in notes]
    return [said for _, said in pairs if said], [note for note, said in pairs if not said]


@lru_cache(maxsize=_REMEMBERED)
def _translate(note: str, language: Language) -> str:
    """Say one note; empty where it is not made of a text that is known."""
    for pattern, text in _patterns(language.code):
        if found := pattern.fullmatch(note):
            return text.format(**{name: _say_value(name, value, language) for name, value in found.groupdict().items()})
    return ""


def _say_value(name: str, value: str, language: Language) -> str:
    """Say what stands in a place to fill: a number, a list, or words that stay as they are."""
    if name not in _FREE:
        return say_written(value, language)
    if name not in _LISTS:
        return value
    if name == "names":
        return say_munition(value, language)
    parts = re.split(_LISTS[name], value)
    more = re.fullmatch(rf"({_NUMBER}) more", parts[-1])
    if more:
        return language.say("{names} and {n} more", names="; ".join(parts[:-1]), n=more[1])
    return "; ".join(parts)


@lru_cache(maxsize=_REMEMBERED)
def say_munition(text: str, language: Language) -> str:
    """
    Name a munition, or all that it may be: classes are words of the language, other names stay as they are.

    Examples
    --------
    >>> say_munition("Cluster munition, type unknown or M26 (227mm MLRS)", load_language("fr"))
    'Arme à sous-munitions, type inconnu ou M26 (227mm MLRS)'
    """
    if language.code == "en":
        return text
    parts = re.split(_LISTS["names"], text)
    more = re.fullmatch(rf"({_NUMBER}) more", parts[-1])
    english, own = (_classes(load_language(code).say) for code in ("en", language.code))
    known = dict(zip(english, own, strict=True))
    said = [known.get(part) or language.isolate(part) for part in (parts[:-1] if more else parts)]
    either = said[0]
    for other in said[1:]:
        either = language.say("{first} or {second}", first=either, second=other)
    return language.say("{names} and {n} more", names=either, n=more[1]) if more else either


def _classes(say: Callable[[str], str]) -> tuple[str, ...]:
    """Names of the catalogue that are classes."""
    return (
        say("Cluster munition, type unknown"),
        say("Russian/Soviet cluster munition in Ukraine, type unknown"),
        say("Unitary explosive munition, type unknown"),
    )


@cache
def _patterns(code: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the English texts, with the text in the language; a text that is not translated is left out."""
    pairs = zip(_texts(load_language("en").say), _texts(load_language(code).say), strict=True)
    return [(_pattern(text), said) for text, said in pairs if said != text]


def _pattern(text: str) -> re.Pattern[str]:
    """Turn a text with places to fill into the pattern of what is made of it."""
    parts = re.split(r"\{(\w+)\}", text)
    filled = [
        f"(?P<{part}>{'.+' if part in _FREE else _NUMBER})" if place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    ]
    return re.compile("".join(filled))


def _texts(say: Callable[[str], str]) -> tuple[str, ...]:
    """Texts that notes are made of."""
    return (
        say("munition read as {names}, spelling differs"),
        say("munition known by class only: {names}"),
        say("munition may be {names}"),
        say("munition not known: {names}"),
        say("number of carriers not reported: {low} to {high} assumed, {best} expected"),
        say("count {text} read as {n}"),
        say("count {text} read as {low} to {high}, {best} expected"),
        say("count {text} read as {low} to {high}, {best} expected, one or more for each attack or place named"),
        say("count {text} read as {low} to {high}, {best} expected, a lower bound because remnants were found"),
        say("count {text} counts what the rounds carried: rounds not known"),
        say("count {text} names no number: rounds not known"),
        say("items per carrier assumed for its class"),
        say("items per carrier not verified"),
        say("footprint assumed for its class"),
        say("footprint not verified"),
        say("spread between carriers assumed for its class"),
        say("spread between carriers not verified"),
        say("load never dispersed: {low} to {high} % of it taken as live, at one point for each carrier"),
        say("no published dud rate for this munition: class figures used ({name})"),
        say(
            "few or no figures from war for this munition: class figures ({name}) added at {share} % weight, because "
            "deminers counted {low} to {high} times what tests and makers state"
        ),
        say("class figures only: no dud rate published for this munition itself"),
        say("figures of its class or of similar munitions only: none published for this munition itself"),
        say("dud rate from weak or unconfirmed sources only"),
        say("share of mines still live is assumed, none is published (no self-destruct: nearly all)"),
        say(
            "share of mines still live is assumed, none is published (self-destruct known to fail: few or most, evenly "
            "weighted)"
        ),
        say(
            "share of mines still live is assumed, none is published (not known whether with self-destruct: few or "
            "most, evenly weighted)"
        ),
        say("share still live of a load that never opened is assumed: nearly all"),
        say(
            "reports {reports} linked by rule: up to {metres} m apart, days, munition and counts agree, and their "
            "sources tell of no other strike there within {days} days"
        ),
        say("may be the same event as {strikes}: not linked, counted apart"),
        say("among more than {n} reports within {km} km and {days} days: not compared with those of other sources"),
        say("precision not stated: {metres} m assumed as for a settlement"),
        say("precision not stated: {metres} m assumed for a named settlement"),
        say("precision not stated: {metres} m assumed for a place told with {text}"),
        say("precision not stated: {metres} m assumed because only an area is named"),
        say("the digits of the coordinates allow {least} m at best, not the {metres} m stated"),
        say("no coordinates: listed as unlocated"),
    )
