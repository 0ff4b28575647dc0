"""How many carriers the words of a report allow: "2-4", "at least 8", "3 areas hit" to low, expected and high."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from uxomap.reports._count_text import plain_count, spell_digits
from uxomap.reports._evidence import find_evidence
from uxomap.reports._texts import Objects, no_notes, quote, read_each

#: Neither side of a range is made more than this many times as wide as the other. The estimate allows ten.
_MAX_SKEW = 9.5

#: More carriers than this in one row are not believed.
_MAX_COUNT = 1_000_000

#: Longest text that is taken for a count, in characters.
_LONGEST = 300

#: How many words after a number are searched for what it counts.
_UNIT_WORDS = 5

#: The longest phrase of the table, in words.
_PHRASE_WORDS = 4

#: Of several things named after one number, which is counted; groups of carriers come last.
_UNIT_ORDER = ("carrier", "item", "other", "event", "salvo")

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_PIECES = re.compile(r"[,;:&()\[\]]|[<>]=|[<>\u2264\u2265~\u2248+]|[^\s,;:&()\[\]<>\u2264\u2265~\u2248+]+")
_WHOLE = re.compile(r"\d{1,15}(?:\.0{1,2})?", re.ASCII)
_POWER = re.compile(r"\d{1,6}(?:\.\d{1,6})?e\+?\d{1,2}", re.ASCII)
_UNSURE_POINT = re.compile(r"(\d{1,3})\.000", re.ASCII)
_NONE = re.compile(
    r"(?:0+|zero|no|aucune?|cero|ning[u\u00fa]n[oa]?|нуль|ноль|жодн\w+|صفر)\b(?!\s*[-\u2013.,\d]|\s+(?:more|less|fewer))"
)
_RANGE = re.compile(r"(\d{1,7})[-\u2013\u2014](\d{1,7})", re.ASCII)
_TIMES = re.compile(r"(?:x|\u00d7)(\d{1,7})|(\d{1,7})(?:x|\u00d7)", re.ASCII)
_SPACED_RANGE = re.compile(r"(?<![\d.,-])(\d{1,7}) *[-\u2013\u2014] *(\d{1,7})(?![\d.,-])", re.ASCII)
_NO_COUNT = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}:\d{2}|(?:\bn[or]\.? ?|\u2116 ?|#)\d", re.ASCII)
_CLAUSE_ENDS = frozenset({",", ";", ":", "&", "and", "et", "y", "та", "и", "plus"})

#: A number of things times another, and not times what they measure; or so many each.
_PRODUCT = re.compile(
    r"(?<![\w.,-])\d{1,7} ?(?:[^\W\d_]+ ?)?[x\u00d7\u0445*] ?\d{1,4}"
    r"(?![\w.,-]| ?(?:mm|cm|kg|lbs?|pounds?|g|m|\u043c\u043c|\u043a\u0433)\b)"
    r"|\d\D+\d[^,;]*\beach\b(?! (?:day|night))"
)

_YEARS = (1900, 2099)

Range = tuple[float, float, float]


class CountReading(NamedTuple):
    """The carriers a text allows (NaN where it tells none), and what was assumed in reading it."""

    low: float
    expected: float
    high: float
    note: str


class _Word(NamedTuple):
    """What a word of a count means."""

    kind: str
    values: Range


class _Quantity(NamedTuple):
    """A number found in a text, and the kind of thing it counts (empty where none is named)."""

    values: Range
    unit: str
    lower_bound: bool


_UNKNOWN = CountReading(math.nan, math.nan, math.nan, "")


def read_counts(texts: Objects, evidence: Objects) -> tuple[npt.NDArray[np.float64], Objects]:
    """Read the counts of all rows: an array of low, expected and high, and a note a row."""
    values = np.full((len(texts), 3), np.nan)
    notes = no_notes(len(texts))
    remnants = evidence == "remnants"
    for found in (False, True):
        rows = np.flatnonzero(remnants == found)
        readings, codes = read_each(texts[rows], partial(read_count, remnants=found), missing=_UNKNOWN)
        values[rows] = np.array([reading[:3] for reading in readings], dtype=float)[codes]
        notes[rows] = np.array([reading.note for reading in readings], dtype=object)[codes]
    return values, notes


def read_count(text: str, *, remnants: bool = False) -> CountReading:
    """Read one count; of *remnants*, the number found is a lower bound."""
    plain = plain_count(text)
    if plain in _lexicon() and _lexicon()[plain].kind == "unknown":
        return _UNKNOWN
    if _WHOLE.fullmatch(plain) or _POWER.fullmatch(plain):
        return _read_whole(float(plain), text, remnants=remnants)
    if reason := _refuse(plain, text):
        return _UNKNOWN._replace(note=f"count {quote(text)} {reason}: rounds not known")
    plain = spell_digits(plain, _numbers())
    remnants = remnants or find_evidence(text) == "remnants"
    inner = " ".join(_BRACKETS.findall(plain))
    quantities = _find_quantities(_BRACKETS.sub(" ", plain)) or _find_quantities(inner)
    counted = [quantity for quantity in quantities if quantity.unit not in ("item", "other")]
    if not counted:
        said = "counts what the rounds carried" if any(one.unit == "item" for one in quantities) else "names no number"
        return _UNKNOWN._replace(note=f"count {quote(text)} {said}: rounds not known")
    chosen = _choose(counted)
    values = chosen.values
    if "?" in plain or any(_lexicon()[word].kind == "about" for word in _split(plain) if word in _lexicon()):
        values = _multiply(values, _factor("about"))
    if remnants and not chosen.lower_bound:
        values = _multiply(values, _factor("at_least"))
    return _say(values, text, grouped=chosen.unit == "event", remnants=remnants)


def _refuse(plain: str, text: str) -> str:
    """Find out why a text is no count; empty where it may be one."""
    if len(text) > _LONGEST or _NO_COUNT.search(plain):
        return "is no number of rounds"
    if unsure := _UNSURE_POINT.fullmatch(plain):
        return f"may be {unsure[1]} or {unsure[1]},000"
    if _PRODUCT.search(plain):
        return "is a product (write the total)"
    return "taken as not counted" if _NONE.match(plain) else ""


def _read_whole(number: float, text: str, *, remnants: bool) -> CountReading:
    """Read a plain number."""
    if not 0 < number <= _MAX_COUNT or not number.is_integer():
        reason = "taken as not counted" if number == 0 else "is not believed"
        return _UNKNOWN._replace(note=f"count {quote(text)} {reason}: rounds not known")
    if remnants:
        return _say(_multiply((number,) * 3, _factor("at_least")), text, remnants=True)
    if not text.strip()[:1].isdigit() or "e" in text.casefold():
        return _say((number,) * 3, text)
    return CountReading(number, number, number, "")


def _say(values: Range, text: str, *, grouped: bool = False, remnants: bool = False) -> CountReading:
    """Round a range outwards, keep its skew within bounds, and say how it was read."""
    low, high = max(1.0, math.floor(values[0] + 1e-9)), math.ceil(values[2] - 1e-9)
    if high > _MAX_COUNT:
        return _UNKNOWN._replace(note=f"count {quote(text)} is not believed: rounds not known")
    margin = (high - low) / (1.0 + _MAX_SKEW)
    expected = min(max(round(values[1], 6), low + margin), high - margin)
    mean = f"{expected:,.1f}".removesuffix(".0")
    said = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}, {mean} expected"
    bound = ", one or more for each attack or place named" if grouped else ""
    bound += ", a lower bound because remnants were found" if remnants else ""
    return CountReading(low, expected, high, f"count {quote(text)} read as {said}{bound}")


@cache
def _lexicon() -> Mapping[str, _Word]:
    """Read the table of words."""
    text = resources.files("uxomap.reports").joinpath("counts.csv").read_text(encoding="utf-8")
    words = {}
    for line in csv.DictReader(text.splitlines()):
        low, expected, high = (float(line[name] or "nan") for name in ("low", "expected", "high"))
        words[line["word"]] = _Word(line["kind"], (low, expected, high))
    return MappingProxyType(words)


@cache
def _numbers() -> Mapping[str, int]:
    """Number words and what they say."""
    return MappingProxyType(
        {word: int(entry.values[0]) for word, entry in _lexicon().items() if entry.kind == "number"}
    )


@cache
def _factor(kind: str) -> Range:
    """Look up the multiples of the words of one kind, which share them."""
    return next(word.values for word in _lexicon().values() if word.kind == kind)


def _multiply(first: Range, second: Range) -> Range:
    """Multiply two ranges: means multiply, and the spreads above them add up as those of independent factors."""
    expected = first[1] * second[1]
    spread = math.hypot(math.log(first[2] / first[1]), math.log(second[2] / second[1]))
    return min(first[0] * second[0], expected), expected, expected * math.exp(spread)


def _split(plain: str) -> list[str]:
    """Split a text into numbers, words (several that mean one thing together) and signs."""
    spread = _SPACED_RANGE.sub(r"\1-\2", plain)
    pieces: list[str] = []
    for piece in _PIECES.findall(spread):
        word = piece.strip(".!?\"'\u00ab\u00bb\u201c\u201d")
        digits = any(mark.isdigit() for mark in word)
        pieces.extend([word] if digits else re.split(r"[-/]", word))
    pieces = [piece for piece in pieces if piece]
    joined: list[str] = []
    start = 0
    while start < len(pieces):
        for length in range(_PHRASE_WORDS, 0, -1):
            phrase = " ".join(pieces[start : start + length])
            if length == 1 or (phrase in _lexicon() and start + length <= len(pieces)):
                joined.append(phrase)
                start += length
                break
    return joined


def _find_quantities(plain: str) -> list[_Quantity]:
    """Find every number in a text, clause by clause."""
    found: list[_Quantity] = []
    clause: list[str] = []
    for word in [*_split(plain), ","]:
        if word in _CLAUSE_ENDS:
            found.extend(_read_clause(clause))
            clause = []
        else:
            clause.append(word)
    return found


def _read_clause(words: Sequence[str]) -> list[_Quantity]:
    """Find the numbers of one clause, what each counts, and whether it is a bound."""
    kinds = [_lexicon()[word].kind if word in _lexicon() else "" for word in words]
    found: list[_Quantity] = []
    position = 0
    while position < len(words):
        values, length = _read_number_at(words, kinds, position)
        if values is None:
            position += 1
            continue
        unit, after = _find_unit(words, kinds, position + length)
        unit = unit or ("salvo" if kinds[position] == "salvo" else "")
        # "in May 2015" is no number of rounds; "at least 2000" is.
        after_words = position > 0 and kinds[position - 1] in ("", "stop")
        year = after_words and values[0] == values[2] and _YEARS[0] <= values[0] <= _YEARS[1] and unit != "carrier"
        if not year:
            previous = found.pop() if found and "of" in words[:position] else None
            found.extend(_join_groups(previous, _Quantity(values, unit, lower_bound=False)))
        position = max(position + length, after)
    return [_apply_bounds(quantity, set(kinds)) for quantity in found]


def _join_groups(groups: _Quantity | None, each: _Quantity) -> list[_Quantity]:
    """Join what stands on both sides of "of": 24 volleys of 13 rockets are 312, a salvo of 40 is 40."""
    if groups is None:
        return [each]
    if each.unit not in ("carrier", "") or groups.unit not in ("event", "volley", "salvo"):
        return [groups, each]
    values = each.values if groups.unit == "salvo" else _multiply(groups.values, each.values)
    return [_Quantity(values, "carrier", lower_bound=False)]


def _read_number_at(words: Sequence[str], kinds: Sequence[str], position: int) -> tuple[Range | None, int]:
    """Read a number that starts at a word: its range and how many words it takes."""
    word, kind = words[position], kinds[position]
    values: Range | None = None
    if _WHOLE.fullmatch(word) and float(word) > 0:
        values = (float(word),) * 3
    elif found := _RANGE.fullmatch(word):
        values = _between(float(found[1]), float(found[2]))
    elif found := _TIMES.fullmatch(word):
        values = _between(float(found[1] or found[2]), float(found[1] or found[2]))
    elif kind in ("quantity", "scale", "salvo"):
        values = _lexicon()[word].values
    if kind == "quantity" and kinds[position + 1 : position + 2] == [kind]:
        # Several hundreds are hundreds.
        return _lexicon()[words[position + 1]].values, 2
    if values and kind != "scale" and position + 1 < len(words) and kinds[position + 1] == "scale":
        return _multiply(values, _lexicon()[words[position + 1]].values), 2
    return values, 1


def _between(first: float, last: float) -> Range | None:
    """Make a range of its two ends; None where it begins at nothing."""
    low, high = min(first, last), max(first, last)
    return (low, (low + high) / 2.0, high) if low > 0 else None


def _find_unit(words: Sequence[str], kinds: Sequence[str], start: int) -> tuple[str, int]:
    """Find what the number before *start* counts, and the position after the word that says so."""
    if kinds[start : start + 1] == ["other"]:
        return "other", start + 1
    seen: dict[str, int] = {}
    for position in range(start, min(start + _UNIT_WORDS, len(words))):
        if kinds[position] in ("stop", "scale") or _WHOLE.fullmatch(words[position]):
            break
        if kinds[position] == "carrier" and kinds[position + 1 : position + 2] == ["event"]:
            # Two rocket attacks are attacks.
            continue
        seen.setdefault(kinds[position], position)
    for unit in _UNIT_ORDER:
        if unit in seen:
            return ("volley" if unit == "salvo" else unit), seen[unit] + 1
    return "", start


def _apply_bounds(quantity: _Quantity, bounds: set[str]) -> _Quantity:
    """Widen a number that is a bound, and one that counts groups of carriers."""
    values, unit, lower_bound = quantity
    if unit == "volley":
        values = _multiply(values, _factor("salvo"))
    if "at_most" in bounds:
        values = (1.0, (1.0 + values[2]) / 2.0, values[2])
    elif "at_least" in bounds:
        values, lower_bound = _multiply(values, _factor("at_least")), True
    if unit == "event":
        values, lower_bound = _multiply(values, _factor("event")), True
    return _Quantity(values, unit, lower_bound)


def _choose(quantities: Sequence[_Quantity]) -> _Quantity:
    """Of several numbers take those that count carriers; where there are several still, allow each and their sum."""
    for units in (("carrier",), ("", "salvo", "volley"), ("event",)):
        same = [quantity for quantity in quantities if quantity.unit in units]
        if not same:
            continue
        if len(same) == 1:
            return same[0]
        lows, means, highs = zip(*(quantity.values for quantity in same), strict=True)
        bounded = any(quantity.lower_bound for quantity in same)
        if units == ("event",):
            return _Quantity((max(lows), max(means), max(highs)), "event", lower_bound=True)
        return _Quantity((min(lows), (min(lows) + sum(means)) / 2.0, sum(highs)), same[0].unit, bounded)
    return quantities[0]
