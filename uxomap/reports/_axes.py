"""Which columns of coordinates belong together, where a table has more than two."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from uxomap.errors import InputError

#: Words of the header of an axis that say how it is written, not where the place is.
_WRITING = frozenset({"dd", "ddd", "ddm", "dms", "wgs", "wgs84", "84", "decimal"})

#: Short names of an axis that are also words of a language: they count only beside a column of the other axis.
PLAIN_WORDS = frozenset({"long"})

#: Words of headers for the radius that a device states, in metres.
_MEASURED = frozenset({"precision", "accuracy"})

#: Beginnings of words for where something was launched. Such places are never used.
_LAUNCH = (
    "launch",
    "firing",
    "takeoff",
    "lancement",
    "lanzamiento",
    "\u0437\u0430\u043f\u0443\u0441\u043a",
    "\u043f\u0443\u0441\u043a",
)

#: Words for the same that other words begin with.
_ORIGINS = frozenset({"origin", "origine", "origen", "departure"})

#: Words of headers for parts of an angle that stand in columns of their own.
_PARTS = frozenset({"d", "deg", "degree", "degrees", "m", "min", "minute", "minutes", "s", "sec", "second", "seconds"})

_AXES = ("latitude", "longitude")

DIGITS = "0123456789"

#: Places that a question names.
_MOST_NAMED = 6


class Header(NamedTuple):
    """
    A header: its words, the axis that it names (empty where none or both), and which words of it name one.

    ``rank`` is its place in the table of headers where all of it is known, else None.
    """

    name: str
    words: tuple[str, ...]
    axis: str
    axes: Mapping[str, str]
    rank: int | None

    @property
    def stem(self) -> tuple[str, ...]:
        """Words that say of which place it is the axis; the number behind an axis is one of them."""
        if self.rank is not None and self.axis not in self.axes.values():
            return ()
        parts = (word[len(word.rstrip(DIGITS)) :] if self.axes[word] in _AXES else word for word in self.words)
        return tuple(part for part in parts if part and part not in _WRITING)

    @property
    def plain(self) -> bool:
        """Tell whether only a word of a language names the axis."""
        named = {word for word in self.words if self.axes[word] == self.axis}
        return self.rank is None and named <= PLAIN_WORDS


def find_pairs(headers: Sequence[Header]) -> dict[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Find the places that have both axes: by their stem, the columns of each axis, known headers before others."""
    stems: dict[tuple[str, ...], dict[str, list[Header]]] = {}
    for header in headers:
        if header.axis:
            stems.setdefault(header.stem, {}).setdefault(header.axis, []).append(header)
    pairs = {}
    for stem, axes in stems.items():
        # "from long ago" is no axis, but "from_long" beside "from_lat" is.
        if len(axes) == len(_AXES) and not all(one.plain for one in axes["latitude"]):
            pairs[stem] = {axis: _columns(axes[axis]) for axis in _AXES}
    return pairs


def _columns(headers: Sequence[Header]) -> tuple[str, ...]:
    """Name the columns of an axis: those whose whole header is known, else all."""
    whole = sorted((header.rank, header.name) for header in headers if header.rank is not None)
    return tuple(name for _, name in whole) or tuple(header.name for header in headers)


def complete_pair(header: Header, axis: str, headers: Sequence[Header]) -> str | None:
    """Find the other axis of the place whose one axis is said; None where none or several could be it."""
    found = [one.name for one in headers if one.axis == axis and one.stem == header.stem and one.name != header.name]
    return found[0] if len(found) == 1 else None


def precision_of(place: Header, headers: Sequence[Header], *, whole: bool) -> str | None:
    """Find the column in which a form writes how well a place is known; of one that holds both axes, by all words."""
    stem = place.words if whole else place.stem
    for header in headers:
        measured = [word for word in header.words if word in _MEASURED]
        if stem and measured and tuple(word for word in header.words if word not in _MEASURED) == stem:
            return header.name
    return None


def is_launch(words: Sequence[str]) -> bool:
    """Tell whether words say that something was launched there."""
    return any(word.startswith(_LAUNCH) or word in _ORIGINS for word in words)


def refuse_launch(columns: Mapping[str, tuple[str, ...]], file: str) -> InputError:
    """Say that places of a launch are not used."""
    named = ", ".join(repr(name) for names in columns.values() for name in names)
    message = (
        f"{file} gives the place of a launch ({named}), which is not used. Must be where munitions came down. "
        'Say which columns hold that, e.g. columns={"latitude": ..., "longitude": ...}.'
    )
    return InputError(message)


def ask_which(pairs: Mapping[tuple[str, ...], Mapping[str, tuple[str, ...]]], file: str) -> InputError:
    """Ask which of several places is meant, with what to write for each."""
    if len({tuple(word for word in stem if word not in _PARTS) for stem in pairs}) == 1:
        named = ", ".join(repr(pair["latitude"][0]) for pair in pairs.values())
        message = (
            f"{file} has the parts of an angle in columns of their own: {named}. Must be one column an axis. "
            "Put degrees, minutes and seconds together, e.g. 48 43 52."
        )
        return InputError(message)
    usable = [pair for stem, pair in pairs.items() if not is_launch(stem)]
    launches = [pair for stem, pair in pairs.items() if is_launch(stem)]
    listed = "; ".join(" and ".join(repr(pair[axis][0]) for axis in _AXES) for pair in usable[:_MOST_NAMED])
    choices = [f'columns={{"latitude": {_text(pair, 0)}, "longitude": {_text(pair, 1)}}}' for pair in usable]
    aside = "".join(f"; {_text(pair, 0)} and {_text(pair, 1)} are of a launch and are not used" for pair in launches)
    message = (
        f"{file} has several places in a row: {listed or 'none'}{aside}. Must be one: where munitions came down. "
        f"Say which: {' or '.join(choices[:_MOST_NAMED]) or 'columns={...}'}."
    )
    return InputError(message)


def _text(pair: Mapping[str, tuple[str, ...]], axis: int) -> str:
    """Write the name of a column as it is to be typed."""
    return '"' + pair[_AXES[axis]][0].replace('"', '\\"') + '"'
