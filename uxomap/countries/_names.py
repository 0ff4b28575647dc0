"""Names and codes of countries: those of CLDR in six languages, of ISO 3166, and the short and old ones in use."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

#: Languages of the reports that are read.
_LANGUAGES = ("en", "fr", "es", "uk", "ru", "ar")

#: Codes of CLDR that are no country.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})

#: No name is longer.
_LONGEST = 80

_CODE = re.compile(r"[a-z]{2}")
_BRACKETS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]")
_SIGNS = re.compile(r"[\W_]+")
_FORMAL = re.compile(
    r"(?:the )?(?:(?:(?:federal |federative |bolivarian |oriental |islamic |arab |hashemite |socialist )*"
    r"(?:republic|kingdom|state|union|sultanate|grand duchy|principality|commonwealth|emirate)) of )?(?:the )?"
)


def find_country(name: str) -> str | None:
    """
    Find the country that a name or a code means.

    Names are those of CLDR in English, French, Spanish, Ukrainian, Russian and Arabic, and short, old and official ones
    in use; codes those of ISO 3166 (two letters, three letters, three digits). Accents, case and signs do not count. A
    name is never matched by likeness.

    Parameters
    ----------
    name : str
        Name or code as written.

    Returns
    -------
    str or None
        Code of two letters (ISO 3166-1, and ``XK`` for Kosovo); None where the name is not known or means no one
        country of today.

    Examples
    --------
    >>> [find_country(name) for name in ("Ukraine", "Lao PDR", "South Vietnam", "Сирія", "SYR", "804", "Red Sea")]
    ['UA', 'LA', 'VN', 'SY', 'SY', 'UA', None]
    """
    if len(name) > _LONGEST:
        return None
    known = _known_names()
    whole = _fold(name)
    if whole.isdecimal():
        whole = whole.zfill(3)
    # In brackets stands another name, or an older one.
    for text in (whole, _fold(_BRACKETS.sub(" ", name)), _FORMAL.sub("", whole, count=1)):
        if text in known:
            return known[text]
    return None


def _fold(text: str) -> str:
    """Write a name in small letters without accents and signs."""
    split = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(mark for mark in split if not unicodedata.combining(mark))
    return _SIGNS.sub(" ", plain.replace("'", "").replace("\u2019", "").replace("\u02bc", "")).strip()


@cache
def _known_names() -> Mapping[str, str | None]:
    """Put together all names and codes."""
    # Babel reads its tables when it is imported; only tables that name countries need it.
    from babel import Locale  # noqa: PLC0415
    from babel.core import get_global  # noqa: PLC0415

    known: dict[str, str | None] = {}
    text = resources.files("uxomap.countries").joinpath("data", "names.csv").read_text(encoding="utf-8")
    for line in csv.DictReader(text.splitlines()):
        known.setdefault(_fold(line["name"]), line["code"] or None)
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            folded = code.casefold()
            if not _CODE.fullmatch(folded) or code in _NO_COUNTRY:
                continue
            known.setdefault(folded, code)
            for part in (name, _BRACKETS.sub(" ", name), *_BRACKETS.findall(name)):
                known.setdefault(_fold(part), code)
    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and codes[0] not in _NO_COUNTRY:
            known.setdefault(alias.casefold(), str(codes[0]))
    return MappingProxyType(known)
