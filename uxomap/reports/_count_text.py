"""The text of a count made plain: number words as digits, ranges with a dash, numbers parted from what they measure."""

import re
from collections.abc import Mapping
from functools import lru_cache

from uxomap.coordinates import plain_digits

_HIDDEN = re.compile("[\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_COMMAS = re.compile(r"(?<=\d)[,'](?=\d{3}(?!\d))", re.ASCII)
_POINTS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.,])", re.ASCII)
_DECIMALS = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d,])", re.ASCII)
_MEASURE = r"(?:mm|cm|kg|lbs?|pounds?|g|m|km|tonn?e?s?|мм|см|кг|км|م|كغ|ملم)\b"
_SPACED = re.compile(rf"(?<![\d.,])([1-9]\d{{0,2}})((?: \d{{3}})+)(?![\d.,-]|\s?{_MEASURE})", re.ASCII)
_TIMES = re.compile(r"(?<![\w.,-])(\d{1,4}) ?[x\u00d7х] ?(?=[^\W_])")  # noqa: RUF001 - Cyrillic
_ROUND_PLURAL = re.compile(r"(?<![\d.,-])(1000|100|10)'?s\b", re.ASCII)
_ISH = re.compile(r"(?<=\d)(?:ish|-odd)\b", re.ASCII)
_LEAST = re.compile(r"\bmin\.? ?(?=\d)", re.ASCII)
_MOST = re.compile(r"\bmax\.? ?(?=\d)", re.ASCII)
_SUM = re.compile(r"(?<=\d) ?\+ ?(?=\d)", re.ASCII)
_HALF_DOZEN = re.compile(r"(?:1/2|\u00bd)(?: a)? (?=dozen)")
_NUMBER = r"(\d{1,7})"
_AND = "and|et|y|e|та|і|й|и|و"  # noqa: RUF001 - Cyrillic
_TO = "to|till|through|or|à|au|ou|a|al|o|u|до|по|або|чи|или|либо|إلى|الى|أو|او"  # noqa: RUF001 - Cyrillic
_BETWEEN = re.compile(rf"\b(?:between|entre|між|между|بين) (?:les? |el )?{_NUMBER} ?(?:{_AND}) ?{_NUMBER}\b")
_FROM = re.compile(rf"(?:\b(?:from|de|von|від|от|з|із|с|من) )?(?<![\d.,-]){_NUMBER} (?:{_TO}) {_NUMBER}(?![\d.,-])")  # noqa: RUF001 - Cyrillic

_TENS = re.compile(rf"\u00a4([2-9]0)\u00a4(?:[- ]|(?: (?:{_AND}) ))\u00a4([1-9])\u00a4")

_PLURALS = {"10": "tens", "100": "hundreds", "1000": "thousands"}


@lru_cache(maxsize=1)
def _number_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Make one pattern of all number words; the longest goes first."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?!\w)")


def plain_count(text: str) -> str:
    """Write a count in one way: no capitals, plain digits, no marks between thousands."""
    plain = plain_digits(_HIDDEN.sub("", text).strip()).casefold()
    plain = _COMMAS.sub("", plain)
    plain = _SPACED.sub(lambda found: found[0].replace(" ", ""), plain)
    plain = _DECIMALS.sub(r"\1.\2", _POINTS.sub(_join_points, plain))
    plain = _MOST.sub("up to ", _LEAST.sub("minimum ", plain))
    return _HALF_DOZEN.sub("half a ", plain)


def _join_points(found: re.Match[str]) -> str:
    """Join 1.500 and 1.500.000; leave 1.000, which may be one."""
    joined = found[0].replace(".", "")
    return joined if found[0].count(".") > 1 or not joined.endswith("000") else found[0]


def spell_digits(plain: str, numbers: Mapping[str, int]) -> str:
    """Write number words as digits, ranges with a dash, and part numbers from what follows them."""
    words = tuple(numbers)
    spelled = _number_pattern(words).sub(lambda found: f"\u00a4{numbers[found[0]]}\u00a4", plain)
    # Tens and units stand side by side: twenty-one, vingt et un, treinta y uno.
    spelled = _TENS.sub(lambda found: str(int(found[1]) + int(found[2])), spelled).replace("\u00a4", "")
    spelled = _ROUND_PLURAL.sub(lambda found: _PLURALS[found[1]], spelled)
    spelled = _SUM.sub(" and ", _ISH.sub(" or so", _TIMES.sub(r"\1 x ", spelled)))
    return _FROM.sub(r"\1-\2", _BETWEEN.sub(r"\1-\2", spelled))
