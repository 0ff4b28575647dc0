"""
Words of a report to atoms: runs of letters and of digits, in forms that compare across scripts.

Every atom has three forms. The first is written in Latin letters by sound (``Ураган`` is ``uragan``), the second by
looks (Cyrillic ``Н`` is also Latin ``H``), the third without the endings of cases and plurals.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

#: Characters of a text that are read; the type of a munition never stands behind them.
MAX_CHARACTERS = 2000

#: Cyrillic (after combining marks are gone) and a few Latin letters by sound.
_BY_SOUND = str.maketrans(
    dict(zip("абвгґдезиіјклмнопрстуфцыэѕ", "abvggdeziijklmnoprstufcyes", strict=True))
    | {"ц": "ts", "х": "kh", "ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
    | {"є": "e", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "d", "џ": "dz"}
    | {"đ": "d", "ı": "i", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ə": "e"}
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": ""}
)

#: Cyrillic and Greek letters by looks; З is the digit three.
_BY_LOOKS = str.maketrans("авекмнорстухіјѕзαβεηικμορτυχ", "abekmhopctyxijs3abehikmoptyx")

_EASTERN_DIGITS = dict(zip(map(ord, "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"), "01234567890123456789", strict=True))

#: Endings of Slavic cases, by sound, longest first.
_ENDINGS = (
    *("yami", "yaya", "yakh"),
    *("aya", "oyu", "eyu", "ami", "imi", "ymi", "akh", "ikh", "ykh", "ogo", "oho", "omu", "iyu"),
    *("yu", "ya", "om", "em", "im", "ym", "ov", "iv", "ev", "ei", "oi", "ii", "yi", "oe", "ie", "ye", "am"),
    *("a", "u", "e", "i", "y"),
)
_SHORTEST_STEM = 4

_ATOM = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’‘ʼ`´׳״\u05f4\"](?=[^\W\d_])")
#: "6 x M26", "6xM26", "6×M26" with any of the letters that look like x.
_TIMES = re.compile(r"(?<![^\W_])([0-9]+) ?[xх×] ?(?=[^\W\d_]+[- ]?[0-9])")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_ARABIC_PREFIX = re.compile(r"^(?:[وفبك]?ال|[وفبك]?لل|[وفبلك])(?=...)")
_HEBREW_PREFIX = re.compile(r"^[הובלמשכ]{1,2}(?=...)")


class Atom(NamedTuple):
    """A run of letters or of digits."""

    #: By sound, by looks, without ending; equal forms are repeated.
    forms: tuple[str, str, str]
    #: What stands between the atom before and this one.
    gap: str
    is_number: bool
    is_ascii: bool


def read_atoms(text: str) -> list[Atom]:
    """Split the first 2,000 characters of a text into atoms."""
    # Cut before normalising (cost) and after it (one character can become eighteen).
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).translate(_KEPT)
    plain = _TIMES.sub(r"\1 ", _APOSTROPHE.sub("", plain.casefold()))
    atoms = []
    end = 0
    for found in _ATOM.finditer(plain):
        start, behind = found.span()
        forms, is_number, is_ascii = _read_run(found.group())
        atoms.append(Atom(forms, plain[end:start], is_number, is_ascii))
        end = behind
    return atoms


@lru_cache(maxsize=100_000)
def _read_run(run: str) -> tuple[tuple[str, str, str], bool, bool]:
    """Forms of a run, and whether it is a number and written in plain Latin letters."""
    is_number = "0" <= run[0] <= "9"
    return _forms_of_number(run) if is_number else _forms_of_word(run), is_number, run.isascii()


class _Kept(dict[int, str]):
    """Table for ``str.translate`` that drops marks and invisible characters, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in {"Mn", "Me", "Cs"}:
            kept = ""
        elif category == "Cf":
            kept = " " if character == "\u200c" else ""
        else:
            kept = str(_EASTERN_DIGITS.get(code, character))
        self[code] = kept
        return kept


_KEPT = _Kept()


def _forms_of_number(run: str) -> tuple[str, str, str]:
    """One form: the decimal comma is a point, a thousands comma nothing."""
    number = run.replace(",", "") if _THOUSANDS.fullmatch(run) else run.replace(",", ".")
    return number, number, number


def _forms_of_word(run: str) -> tuple[str, str, str]:
    """Write a run of letters by sound, by looks and without its ending."""
    if run.isascii():
        stem = run[:-1] if run.endswith("s") and len(run) >= _SHORTEST_STEM else run
        return run, run, stem
    sound = run.translate(_BY_SOUND)
    if _CYRILLIC.search(run):
        return sound, run.translate(_BY_LOOKS), _without_ending(sound)
    if "\u0590" <= run[0] <= "\u05ff":
        return sound, sound, _HEBREW_PREFIX.sub("", sound)
    if "\u0600" <= run[0] <= "\u06ff":
        return sound, sound, _ARABIC_PREFIX.sub("", sound)
    return sound, run.translate(_BY_LOOKS), sound.removesuffix("s")


def _without_ending(word: str) -> str:
    """Cut the longest ending that leaves a stem of four letters."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def join_forms(atoms: list[Atom], form: int) -> str:
    """Key of consecutive atoms: nothing in between, except where two numbers meet."""
    parts: list[str] = []
    number_before = False
    for atom in atoms:
        if number_before and atom.is_number:
            parts.append("-")
        parts.append(atom.forms[form])
        number_before = atom.is_number
    return "".join(parts)
