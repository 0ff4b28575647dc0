"""One angle as people write it: decimal degrees, degrees with minutes, with seconds, packed, with a hemisphere."""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from uxomap._validation import check_choice
from uxomap.coordinates._numbers import plain_digits
from uxomap.crs import metres_per_degree

#: Letters that name a hemisphere, and the sign each gives to its axis.
HEMISPHERES = {"latitude": {"n": 1.0, "s": -1.0}, "longitude": {"e": 1.0, "w": -1.0}}

#: Largest absolute degrees of an axis.
LARGEST = {"latitude": 90.0, "longitude": 180.0}

#: No coordinate is longer; what is, is not looked at.
LONGEST_TEXT = 120

TWO_LETTERS = "two hemisphere letters leave open which holds"

#: Where nothing better can be said of a text.
WRITE_DEGREES = "write decimal degrees, e.g. 48.731"

_AXIS_OF = {letter: axis for axis, letters in HEMISPHERES.items() for letter in letters}
_SIGN_OF = {letter: sign for letters in HEMISPHERES.values() for letter, sign in letters.items()}
_SIXTY = 60.0
_UNITS = {"d": 1.0, "dm": 60.0, "dms": 3600.0}

#: A number that needs no reading: the fast way for a million rows.
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)

#: The same as pyarrow reads it, where it gives what Python gives.
_MOST_DECIMALS = 15
_DECIMAL = rf"^-?[0-9]{{1,3}}(?:\.[0-9]{{1,{_MOST_DECIMALS}}})?\z"

_LETTER = r"([nsew])\.?"
_DEGREES = re.compile(rf"(?:{_LETTER} ?:? ?)?([+-]?) ?(\d+[.,]?\d*|[.,]\d+) ?[\u00b0d]? ?(?:{_LETTER})?", re.ASCII)
_SIXTIETHS = r"(\d{1,2}(?:[.,]\d+)?)"
#: Degrees and minutes, perhaps seconds. A bare "s" is the mark of seconds only after minutes marked "m", else south.
_SEXAGESIMAL = re.compile(
    rf"(?:{_LETTER} ?:? ?)?([+-]?) ?(\d{{1,3}})(?: ?[\u00b0d] ?(?:{_LETTER})? ?| ?{_LETTER} ?| ?[:-] ?| ){_SIXTIETHS}"
    rf"(?:(?: ?[':-] ?| ){_SIXTIETHS} ?\"?| ?m ?{_SIXTIETHS} ?[s\"]?| ?['m])? ?(?:{_LETTER})?",
    re.ASCII,
)
_PACKED = re.compile(rf"(?:{_LETTER} ?)?(\d{{4,7}})([.,]\d+)? ?(?:{_LETTER})?", re.ASCII)

#: Digits of degrees in a packed angle, by axis and count of digits before the decimal sign.
_PACKED_DEGREES = {
    ("latitude", 4): 2,
    ("latitude", 6): 2,
    ("longitude", 4): 2,
    ("longitude", 5): 3,
    ("longitude", 6): 2,
    ("longitude", 7): 3,
}
_WITH_MINUTES = 5  # digits at most of a packed angle without seconds

#: Marks as they are typed or typeset, and the one that is meant.
_MARKS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2032\u02b9\u00b4`\u2035\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u02ba\u02dd\u3003", '"'),
        **dict.fromkeys("\u02da\u2218\u1d52\u2070", "\u00b0"),
    }
)
_HAS_WORD = re.compile(r"[^\W\d_]{2}|[\u0400-\u06ff]")
#: Words for marks and hemispheres: English, and abbreviations and words of Russian, Ukrainian, French, Spanish, Arabic.
_WORDS = tuple(
    (re.compile(pattern), mark)
    for pattern, mark in (
        (r"\b(?:deg(?:rees?)?|degr\u00e9s?|grados?)\b\.?|(?<=\d)deg\.?", "\u00b0"),
        (r"(?:(?<=\d)|\b)min(?:utes?|utos?)?\b\.?", "'"),
        (r"(?:(?<=\d)|\b)sec(?:onds?)?\b\.?", '"'),
        (r"\b(?:north|nord|norte)\b|(?:\u0441|\u043f\u043d)\.? ?\u0448\b\.?|\u0634\u0645\u0627\u0644\u0627?", "n"),
        (r"\b(?:south|sud|sur)\b|(?:\u044e|\u043f\u0434)\.? ?\u0448\b\.?|\u062c\u0646\u0648\u0628\u0627?", "s"),
        (r"\b(?:east|est|este)\b|(?:\u0432|\u0441\u0445)\.? ?\u0434\b\.?|\u0634\u0631\u0642\u0627?", "e"),
        (r"\b(?:west|oeste|ouest)\b|(?:\u0437\u0445?)\.? ?\u0434\b\.?|\u063a\u0631\u0628\u0627?", "w"),
    )
)


class Angle(NamedTuple):
    """Degrees, half a unit of the last digit in degrees, hemisphere letter, how it is written, and what is wrong."""

    degrees: float
    half_unit: float
    letter: str = ""
    shape: str = ""
    fault: str = ""

    @property
    def axis(self) -> str:
        """Axis that the letter names, if there is one."""
        return _AXIS_OF.get(self.letter, "")


def _faulty(fault: str) -> Angle:
    """Say what is wrong with an angle."""
    return Angle(np.nan, np.nan, fault=fault)


def read_degrees(texts: pd.Series, *, axis: str) -> pd.Series:
    """
    Read degrees: decimal, with minutes, with seconds, or packed with a hemisphere letter.

    A comma is a decimal comma; a hemisphere letter or word may stand before or after the number, or after its degrees.

    Parameters
    ----------
    texts : Series of str or numbers
        Coordinates as written.
    axis : {"latitude", "longitude"}
        Which axis they lie on; the letter of the other axis makes a text unreadable.

    Returns
    -------
    Series of float
        Degrees on the index of *texts*, north and east positive; NaN where a text is missing or cannot be read.
        The range is not checked.

    Raises
    ------
    InputError
        The axis has another name.

    See Also
    --------
    read_angles : Also says how fine each is written, and why one cannot be read.

    Examples
    --------
    >>> read_degrees(pd.Series(["48.731", "48,731", "S 12.5°", "37.5 E", "48° 45'"]), axis="latitude").tolist()
    [48.731, 48.731, -12.5, nan, 48.75]
    """
    return read_angles(texts, axis=axis, check_range=False)["degrees"]


def read_angles(texts: pd.Series, *, axis: str, check_range: bool = True) -> pd.DataFrame:
    """
    Read degrees, how fine they are written, and why one cannot be read.

    Parameters
    ----------
    texts : Series of str or numbers
        Coordinates as written; of a number, the shortest decimal that gives it back counts as written.
    axis : {"latitude", "longitude"}
        Which axis they lie on.
    check_range : bool
        Refuse degrees beyond 90 (latitude) or 180 (longitude).

    Returns
    -------
    DataFrame
        On the index of *texts*: ``degrees`` (NaN where missing or refused), ``half_unit_deg`` (half a unit of the last
        digit, in degrees: of ``48° 45'`` half a minute) and ``reason`` (why it is refused or what to write instead,
        empty where read or missing).

    Raises
    ------
    InputError
        The axis has another name.

    Examples
    --------
    >>> read_angles(pd.Series(["48.5", "4830N", "48 61 N"]), axis="latitude")["reason"].tolist()
    ['', '', 'minutes and seconds must be below 60']
    """
    check_choice(axis, "axis", list(HEMISPHERES))
    cells = texts.to_numpy(dtype=object)
    degrees, half_units = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
    reasons = np.full(len(cells), "", dtype=object)
    seen: dict[str, Angle] = {}
    for row in np.flatnonzero(~_read_decimals(cells, degrees, half_units)):
        cell = cells[row]
        text = cell if isinstance(cell, str) else _write_number(cell)
        if text is None:
            continue
        if _PLAIN.fullmatch(text) and len(text) <= LONGEST_TEXT:
            degrees[row] = float(text)
            half_units[row] = 0.5 * 10.0 ** -len(text.partition(".")[2])
            continue
        angle = seen.get(text)
        if angle is None:
            seen[text] = angle = _on_axis(parse_angle(tidy_text(text)), axis)
        degrees[row], half_units[row], reasons[row] = angle.degrees, angle.half_unit, angle.fault
    if check_range:
        for beyond in np.flatnonzero(np.abs(degrees) > LARGEST[axis]):
            reasons[beyond] = f"{axis} {degrees[beyond]:.10g} is outside -{LARGEST[axis]:g} to {LARGEST[axis]:g}"
            degrees[beyond] = half_units[beyond] = np.nan
    columns = {"degrees": degrees, "half_unit_deg": half_units, "reason": reasons}
    return pd.DataFrame(columns, index=texts.index)


def _read_decimals(
    cells: npt.NDArray[np.object_], degrees: npt.NDArray[np.float64], half_units: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Fill in the angles of decimal texts, all at once, and tell which cells these are; the others stay to be read."""
    try:
        texts = pa.array(cells, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeError):
        return np.zeros(len(cells), dtype=bool)
    found = pc.fill_null(pc.match_substring_regex(texts, _DECIMAL), fill_value=False)
    plain = texts.filter(found)
    is_decimal = found.to_numpy(zero_copy_only=False)
    degrees[is_decimal] = pc.cast(plain, pa.float64()).to_numpy()
    point = pc.find_substring(plain, ".").to_numpy()
    after = np.where(point < 0, 0, pc.binary_length(plain).to_numpy() - point - 1)
    half_units[is_decimal] = np.array([0.5 * 10.0**-digits for digits in range(_MOST_DECIMALS + 1)])[after]
    return np.asarray(is_decimal, dtype=bool)


def _write_number(cell: object) -> str | None:
    """Write a number with as few digits as give it back; None for what is missing or no number."""
    if isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, bool) and np.isfinite(cell):
        return np.format_float_positional(float(cell), trim="-")
    return None


def _on_axis(angle: Angle | None, axis: str) -> Angle:
    """Accept an angle on an axis, or say why not."""
    if angle is None:
        return _faulty(WRITE_DEGREES)
    if not angle.fault and angle.letter and angle.axis != axis:
        return _faulty(f"{angle.letter.upper()} is a letter of the {angle.axis}")
    return angle


def tidy_text(text: str) -> str:
    """Write signs, marks, digits and hemispheres in one way, in small letters; nothing of a text that is too long."""
    if len(text) > LONGEST_TEXT:
        return ""
    tidy = " ".join(plain_digits(text).translate(_MARKS).casefold().split()).replace("''", '"')
    if _HAS_WORD.search(tidy):
        for pattern, mark in _WORDS:
            tidy = pattern.sub(mark, tidy)
    return tidy


def parse_angle(text: str) -> Angle | None:
    """Read one tidy text as an angle; None where it is none at all."""
    if _PLAIN.fullmatch(text):
        return Angle(float(text), 0.5 * 10.0 ** -len(text.partition(".")[2]), shape="d")
    if found := _PACKED.fullmatch(text):
        before, digits, fraction, after = found.groups()
        # Without a letter the number is no packed angle but one out of range.
        if (before or after) and not (before and after):
            return _unpack(digits, fraction or "", before or after)
    if found := _DEGREES.fullmatch(text):
        before, sign, number, after = found.groups()
        return _put_together((number,), sign, (before, after))
    if found := _SEXAGESIMAL.fullmatch(text):
        before, sign, whole, marked, inside, minutes, plain_s, marked_s, after = found.groups()
        parts = (whole, minutes, plain_s or marked_s) if plain_s or marked_s else (whole, minutes)
        letters = (before, marked or inside, after)
        if "-" in text.lstrip("nsew .:+-") and not any(letters):
            # It looks more like a date or a range.
            return None
        return _put_together(parts, sign, letters)
    return None


def _unpack(digits: str, fraction: str, letter: str) -> Angle:
    """Part a packed angle (DDMM, DDMMSS, DDDMM, DDDMMSS) into its numbers."""
    width = _PACKED_DEGREES.get((_AXIS_OF[letter], len(digits)))
    if width is None:
        return _faulty("packed degrees must be DDMM or DDMMSS (latitude), DDDMM or DDDMMSS (longitude)")
    parts = [digits[:width], digits[width : width + 2]]
    if len(digits) > _WITH_MINUTES:
        parts.append(digits[width + 2 :])
    parts[-1] += fraction
    return _put_together(tuple(parts), "", ("", letter))


def _put_together(parts: tuple[str, ...], sign: str, letters: tuple[str | None, ...]) -> Angle:
    """Make an angle of its numbers, its sign and its letters."""
    given = [letter for letter in letters if letter]
    if len(given) > 1:
        return _faulty(TWO_LETTERS)
    if given and sign:
        return _faulty("a sign beside a hemisphere letter leaves open which holds")
    numbers = [float(part.replace(",", ".")) for part in parts]
    if any(number >= _SIXTY for number in numbers[1:]):
        return _faulty("minutes and seconds must be below 60")
    shape = "dms"[: len(parts)]
    value = sum(number / _SIXTY**power for power, number in enumerate(numbers))
    decimals = len(parts[-1].replace(",", ".").partition(".")[2])
    letter = given[0] if given else ""
    direction = _SIGN_OF[letter] if letter else -1.0 if sign == "-" else 1.0
    where = next((str(place) for place, one in enumerate(letters) if one), "")
    return Angle(direction * value, 0.5 * 10.0**-decimals / _UNITS[shape], letter, shape + where)


def half_unit_m(half_unit_deg: npt.NDArray[np.float64], latitude: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """
    Metres of a part of a degree, along the meridian or the parallel, whichever is longer.

    Parameters
    ----------
    half_unit_deg : array of float
        Degrees.
    latitude : array of float, same shape
        Degrees north; where it is none, the equator counts, where a degree is worth most metres.

    Returns
    -------
    array of float
        Metres.

    Examples
    --------
    >>> half_unit_m(np.array([0.5 / 3600]), np.array([48.0])).round(1).tolist()
    [15.4]
    """
    return half_unit_deg * metres_per_degree(np.where(np.abs(latitude) <= LARGEST["latitude"], latitude, 0.0))
