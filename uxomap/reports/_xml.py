"""XML as data: read piece by piece, without entities, without a document type, without fetching anything."""

import contextlib
from collections.abc import Callable
from typing import IO, Any
from xml.parsers import expat

from uxomap.errors import InputError
from uxomap.reports._limits import refuse_cell

_PIECE = 1 << 16

#: A tag or a text without an end is refused from this size on, in bytes.
_MAX_TAG = 1 << 23

#: Deepest nesting of elements.
_MAX_DEPTH = 100

Start = Callable[[str, dict[str, str]], Any]
End = Callable[[str], Any]


class _Enough(Exception):  # noqa: N818 - tells that reading may stop; nobody sees it
    """What was looked for has been read."""


def read_xml(
    stream: IO[bytes],
    name: str,
    *,
    start: Start,
    end: End | None = None,
    data: Callable[[str], Any] | None = None,
    after: Callable[[], Any] | None = None,
) -> None:
    """
    Read XML, and call *start*, *end* and *data* for what it holds, *after* each piece of the file.

    Raises InputError where it is damaged or declares a document type or entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if data is not None:
        parser.CharacterDataHandler = data

    def refuse(*_: object) -> Any:
        message = (
            f"{name} declares a document type or entities in its XML, which a table has no use for and which can hide "
            "other files or fill the memory. Open it in the program it comes from and save it again."
        )
        raise InputError(message)

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    given = 0
    try:
        while piece := stream.read(_PIECE):
            given += len(piece)
            parser.Parse(piece, False)  # noqa: FBT003 - the parser takes it by position only
            if given - parser.CurrentByteIndex > _MAX_TAG:
                raise refuse_cell(name, "one tag of its XML")
            if after is not None:
                after()
        parser.Parse(b"", True)  # noqa: FBT003 - likewise
    except (expat.ExpatError, UnicodeError, LookupError) as error:
        message = f"{name} holds damaged XML ({error}). Save it again, or save the table as CSV."
        raise InputError(message) from error


def check_depth(depth: int, name: str) -> None:
    """Refuse elements within elements without end."""
    if depth > _MAX_DEPTH:
        message = f"{name} holds damaged XML: more than {_MAX_DEPTH} elements within each other. Save it as CSV."
        raise InputError(message)


def local_name(name: str) -> str:
    """Leave the prefix of a name out."""
    return name[name.find(":") + 1 :]


def find_root(stream: IO[bytes], name: str) -> str:
    """Name the outermost element, without its prefix; refuse XML that declares entities."""
    found: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        found.append(local_name(tag))
        raise _Enough

    with contextlib.suppress(_Enough):
        read_xml(stream, name, start=start)
    return found[0]
