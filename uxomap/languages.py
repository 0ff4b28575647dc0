"""Words of maps, sheets and labels in the languages of their readers; data keep their English keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from babel import Locale
from babel.messages.pofile import read_po

from uxomap.errors import InputError

#: Languages that have a catalogue; English is what the code says itself.
LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "uk": "Українська", "fr": "Français", "ar": "العربية", "es": "Español"}
)


@dataclass(frozen=True, eq=False)
class Language:
    """What a product says in one language."""

    code: str
    texts: Mapping[str, str]

    @property
    def right_to_left(self) -> bool:
        """Whether its script runs from right to left."""
        return Locale.parse(self.code).text_direction == "rtl"

    def say(self, text: str, /, **values: object) -> str:
        """
        Say an English text in this language.

        Parameters
        ----------
        text : str
            The English text as it stands in the code, with places for values in braces.
        **values
            Fill these places.

        Returns
        -------
        str
            The English text itself where the catalogue lacks it.

        Examples
        --------
        >>> load_language("en").say("{n} zones", n=3)
        '3 zones'
        """
        said = self.texts.get(text, "") or text
        return said.format(**values) if values else said

    def isolate(self, name: str) -> str:
        r"""
        Keep a foreign name within a sentence from turning the order of the words around it.

        Examples
        --------
        >>> load_language("en").isolate("M26"), load_language("ar").isolate("M26")
        ('M26', '\u2068M26\u2069')
        """
        return f"\u2068{name}\u2069" if self.right_to_left and name else name


@cache
def load_language(code: str = "en") -> Language:
    """
    Load the catalogue of a language.

    Parameters
    ----------
    code : str
        ``en``, ``uk``, ``fr``, ``ar`` or ``es``.

    Returns
    -------
    Language

    Raises
    ------
    InputError
        There is no such catalogue.

    Examples
    --------
    >>> load_language("ar").right_to_left
    True
    >>> load_language("xx")
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid language 'xx'. Must be one of: en, uk, fr, ar, es.
    """
    if code not in LANGUAGES:
        message = f"Invalid language {code!r}. Must be one of: {', '.join(LANGUAGES)}."
        raise InputError(message)
    catalogue = resources.files("uxomap").joinpath("translations", f"{code}.po")
    if not catalogue.is_file():  # English has none
        return Language(code, MappingProxyType({}))
    with catalogue.open("rb") as file:
        # a translation marked fuzzy belongs to another wording of the text
        found = (message for message in read_po(file, locale=code) if message.id and not message.fuzzy)
        texts = {str(message.id): str(message.string) for message in found}
    return Language(code, MappingProxyType(texts))
