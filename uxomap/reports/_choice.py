"""Which sheet, layer or file of a source is read: what the user says, else those in which places are recognised."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from uxomap.errors import InputError
from uxomap.reports._columns import find_roles
from uxomap.reports._source import Table

_NAMED = 20


def choose_part(names: Sequence[str], said: str | int, path: Path | str, *, kind: str) -> int:
    """Find the position of a sheet, layer or file by its name, or by its number from 1."""
    if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= len(names):
        return said - 1
    if isinstance(said, str):
        for form in (str, str.strip, lambda text: text.strip().casefold()):
            found = [at for at, name in enumerate(names) if form(name) == form(said)]
            if len(found) == 1:
                return found[0]
    listed = ", ".join(repr(name) for name in names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")
    message = f"{path} has no {kind} {said!r:.60}. Must be one of: {listed}; or a number from 1 to {len(names)}."
    raise InputError(message)


def refuse_choice(path: Path | str, form: str, said: object) -> InputError:
    """Say that there is nothing to choose from."""
    message = f"{path} is {form}, which has no sheets or layers, but sheet={said!r:.60} is given. Leave sheet out."
    return InputError(message)


def keep_placed(tables: list[Table], columns: Mapping[str, str]) -> list[Table]:
    """Keep, of the sheets, layers or files of one source, those in which places are recognised; refuse if none is."""
    if len(tables) == 1:
        return tables
    placed, aside, refusals = [], [], []
    for table in tables:
        if not len(table.frame):
            continue
        try:
            names = list(table.frame.columns)
            placed_by_shape = table.geometry is not None
            find_roles(names, columns, file=table.name, placed=placed_by_shape, given=table.roles, frame=table.frame)
        except InputError as refusal:
            refusals.append(refusal)
            aside.append(table.name.rpartition(": ")[2])
        else:
            placed.append(table)
    if not placed and refusals:
        raise refusals[0]
    if not placed:
        return tables[:1]
    if aside:
        more = ("without places, not read", ", ".join(aside))
        placed[0] = replace(placed[0], details=(*placed[0].details, more))
    return placed


class NoTableError(InputError):
    """A file is something else than a table; among others in an archive it is passed over."""
