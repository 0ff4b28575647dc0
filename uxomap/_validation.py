"""Checks that several modules share; each returns nothing or its input, and raises with the words a user reads."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any, TypeGuard, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.schema import layer_schema

Frame = TypeVar("Frame", bound=pd.DataFrame)

#: Rows named in a message before "and N more".
_NAMED_ROWS = 5

#: Beginnings of words that only a product made for the public may bear, in the languages of the maps and German,
#: without accents.
_PUBLIC_WORDS = (
    "publi",
    "offentlich",
    "veroffentlich",
    "публіч",
    "публич",
    "оприлюд",
    "відкрит",
    "открыт",
    "منشور",
    "عام",
    "علن",
    "open",
    "abiert",
    "website",
    "everyone",
    "everybody",
    "unrestricted",
    "unclassified",
)

#: Words in a row that say the same.
_PUBLIC_PHRASES = (
    "non sensitive",
    "fur alle",
    "for all",
    "для всіх",
    "для всех",
    "para todos",
    "pour tous",
    "للجميع",
    "no restriction",
    "no restrictions",
    "not restricted",
    "allgemein zuganglich",
    "acces libre",
    "tlp clear",
    "tlp white",
)

#: With one of these before it a word says that the product is not public.
_NOT = {"not", "no", "non", "never", "nicht", "kein", "ne", "nao", "pas", "не", "ni", "غير", "ليس"}

#: Where a label begins to say something else, so that a "not" before it does not reach beyond.
_BREAKS = re.compile(r"[:;,.|/()\[\]{}«»\"“”–—\n]|\b(?:but|and|sondern|und|mais|et|sino|pero|y|але|та|но|а|и|لكن|بل)\b")  # noqa: RUF001 - words of Cyrillic

#: Words of letters alone; articles and prefixes that Arabic writes with a word; Cyrillic letters that look Latin.
_WORD = re.compile(r"[^\W\d_]+")
_ARABIC_ARTICLE = re.compile("^(?:و?(?:بال|كال|فال|ال|لل)|ل)(?=[\u0621-\u064a]{3})")
_LOOKALIKES = str.maketrans("асеіорху", "aceiopxy")  # noqa: RUF001 - meant

_NUMERIC_KINDS = {"number", "integer"}


def check_layer(frame: Frame, layer: str) -> Frame:
    """
    Return a frame unchanged if it keeps the contract of a layer.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        The layer.
    layer : str
        Name of the layer in ``layers.csv``.

    Returns
    -------
    DataFrame or GeoDataFrame
        The same object.

    Raises
    ------
    SchemaError
        Columns are missing or hold the wrong kind of value, ids are empty or repeated, or the geometry is of another
        type. All faults are listed at once.
    CRSError
        The layer has geometry but no CRS, or another one than EPSG:4326.

    Examples
    --------
    >>> check_layer(pd.DataFrame({"zone_id": []}), "zones")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    uxomap.errors.SchemaError: Invalid zones layer: missing column 'strike_ids'; ...
    """
    schema = layer_schema(layer)
    faults = [f"missing column {name!r}" for name in schema.required if name not in frame.columns]
    for name in frame.columns.intersection(list(schema.columns)):
        kind = schema.columns[name].kind
        if kind in _NUMERIC_KINDS and len(frame) and not pd.api.types.is_numeric_dtype(frame[name]):
            faults.append(f"column {name!r} must hold numbers, not {frame[name].dtype}")
        if kind == "date" and len(frame) and not pd.api.types.is_datetime64_any_dtype(frame[name]):
            faults.append(f"column {name!r} must hold dates, not {frame[name].dtype}")
    key = schema.required[1] if layer == "reports" else schema.required[0]
    if key in frame.columns:
        repeated = frame.index[frame[key].isna() | frame[key].duplicated()]
        if len(repeated):
            faults.append(f"column {key!r} must be filled and unique; not so in {name_rows(repeated)}")
    if schema.geometry and not isinstance(frame, gpd.GeoDataFrame):
        faults.append(f"a GeoDataFrame with {' or '.join(schema.geometry)} is needed, not {type(frame).__name__}")
    if isinstance(frame, gpd.GeoDataFrame) and schema.geometry:
        kinds = frame.geom_type[~(frame.geometry.isna() | frame.geometry.is_empty)]
        wrong = kinds.index[~kinds.isin(schema.geometry)]
        if len(wrong):
            faults.append(f"geometry must be {' or '.join(schema.geometry)}; not so in {name_rows(wrong)}")
    if faults:
        message = f"Invalid {layer} layer: {'; '.join(faults)}. Build it with uxomap or add what is missing."
        raise SchemaError(message)
    if isinstance(frame, gpd.GeoDataFrame) and schema.geometry:
        check_lonlat(frame, layer)
    return frame


def check_lonlat(frame: gpd.GeoDataFrame, what: str) -> None:
    """
    Refuse a layer whose CRS is missing or is not longitude and latitude on WGS 84.

    Raises
    ------
    CRSError
    """
    if frame.crs is None:
        message = (
            f"The {what} layer has no CRS. Must be EPSG:4326. "
            "Say which CRS its coordinates are in, e.g. layer.set_crs('EPSG:32637'), then layer.to_crs('EPSG:4326')."
        )
        raise CRSError(message)
    if not frame.crs.equals("EPSG:4326", ignore_axis_order=True):
        found = frame.crs.to_string()
        message = f"The {what} layer is in {found}. Must be EPSG:4326. Convert it with layer.to_crs('EPSG:4326')."
        raise CRSError(message)


def check_probability(value: float, what: str) -> None:
    """
    Refuse anything outside the open interval (0, 1).

    Examples
    --------
    >>> check_probability(95, "containment")
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid containment 95. Must lie between 0 and 1, ends excluded. Write 95 % as 0.95.
    """
    if not (is_number(value) and 0 < value < 1):
        message = f"Invalid {what} {value!r}. Must lie between 0 and 1, ends excluded. Write 95 % as 0.95."
        raise InputError(message)


def check_metres(value: float, what: str, *, zero: bool = False) -> None:
    """
    Refuse a length that is not a finite positive number (or zero, where *zero* allows it).

    Examples
    --------
    >>> check_metres(-1, "fadeout_m", zero=True)
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid fadeout_m -1. Must be a finite number of metres, 0 or more.
    """
    if not is_number(value) or value < 0 or (value == 0 and not zero):
        message = f"Invalid {what} {value!r}. Must be a finite number of metres, {'0 or more' if zero else 'above 0'}."
        if isinstance(value, str):
            message += " Write digits only, without quotes."
        raise InputError(message)


def is_number(value: object) -> TypeGuard[float]:
    """
    Tell whether a value is one finite number; a text, a truth value or an array is none.

    Examples
    --------
    >>> is_number(1000), is_number("1000"), is_number(float("nan"))
    (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(float(value)))


def check_choice(value: str, what: str, choices: Collection[str]) -> None:
    """
    Refuse a word that is not one of the choices.

    Examples
    --------
    >>> check_choice("seen", "evidence", ["delivered", "explosions"])
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid evidence 'seen'. Must be one of: delivered, explosions.
    """
    if not isinstance(value, str) or value not in choices:
        message = f"Invalid {what} {value!r}. Must be one of: {', '.join(choices)}."
        raise InputError(message)


def take_layers(source: Any, known: Collection[str] | None = None) -> Mapping[str, Any]:
    """
    Layers by name: those given, or those of an assessment that a product knows.

    Examples
    --------
    >>> take_layers({"zones": None})
    {'zones': None}
    >>> take_layers("zones.gpkg")
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid layers (str). Must be an assessment, or a mapping such as {'zones': zones}.
    """
    if isinstance(source, Mapping):
        return source
    layers = getattr(source, "layers", None)
    if not isinstance(layers, Mapping):
        message = (
            f"Invalid layers ({type(source).__name__}). Must be an assessment, or a mapping such as {{'zones': zones}}."
        )
        raise InputError(message)
    grid = getattr(source, "current_contamination", None)
    found = dict(layers) | ({} if grid is None else {"contamination": grid})
    return {name: layer for name, layer in found.items() if known is None or name in known}


def check_sensitivity(label: str) -> None:
    """
    Refuse a label that is missing, or that calls a product public which was not made for the public.

    Examples
    --------
    >>> check_sensitivity("Public")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid sensitivity 'Public'. This product shows single places ...
    """
    if not isinstance(label, str) or not label.strip():
        message = "There is no sensitivity label. Must say who may see the product. Give e.g. sensitivity='internal'."
        raise InputError(message)
    said = f" {' '.join(split_words(label))} "
    phrase = any(f" {words} " in said for words in _PUBLIC_PHRASES)
    if phrase or any(_calls_public(part) for part in _BREAKS.split(_plain(label))):
        message = (
            f"Invalid sensitivity {label!r}. This product shows single places and must not be public. Make a coarse "
            "one that a person has reviewed: write_layers(..., audience='public', reviewed_by=..., review=...)."
        )
        raise InputError(message)


def _calls_public(part: str) -> bool:
    """Tell whether a part of a label says that everybody may see the product."""
    words = split_words(part)
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    bare = [_ARABIC_ARTICLE.sub("", word) for word in words]
    public = [place for place, word in enumerate(bare) if word.startswith(_PUBLIC_WORDS)]
    return bool(public) and not _NOT.intersection(words[: public[0]])


def split_words(text: str) -> list[str]:
    """
    Words of a text in small letters, without accents, punctuation, digits and characters that nobody sees.

    Examples
    --------
    >>> split_words("Público, (2024) n/a")
    ['publico', 'n', 'a']
    """
    words = _WORD.findall(_plain(text))
    return [word.translate(_LOOKALIKES) if re.search("[a-z]", word) else word for word in words]


def _plain(text: str) -> str:
    """Write a text in small letters without accents and invisible characters."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in parts if unicodedata.category(sign) not in {"Mn", "Cf"} and sign != "\u0640")


def name_rows(labels: Collection[object]) -> str:
    """
    Name the first few rows of many.

    Examples
    --------
    >>> name_rows([3, 4]), name_rows(range(9))
    ('rows 3, 4', 'rows 0, 1, 2, 3, 4 and 4 more')
    """
    return f"rows {name_some(labels)}"


def name_some(labels: Collection[object]) -> str:
    """
    Name the first few of many.

    Examples
    --------
    >>> name_some("ab"), name_some(range(9))
    ('a, b', '0, 1, 2, 3, 4 and 4 more')
    """
    first = ", ".join(str(label) for label, _ in zip(labels, range(_NAMED_ROWS), strict=False))
    more = len(labels) - _NAMED_ROWS
    return first + (f" and {more} more" if more > 0 else "")
