"""What every kind of source is turned into before it is read: a table of cells and what is known about the file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from uxomap.reports._texts import Objects, clean_texts

#: Item of the account of a table that names the sheets which were passed over because they are hidden.
HIDDEN = "hidden sheets, not read"

#: Role to the columns that play it.
Roles = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """
    Cells of one file, sheet, layer or frame.

    ``frame`` holds the columns under unique names on a RangeIndex; ``geometry`` the shapes of the rows where the source
    has them. ``faults`` and ``notes`` hold, for each row, why it cannot be used and what was assumed in reading it.
    ``roles`` are those that the format itself gives to columns; ``computed`` names columns that are not of the input.
    """

    name: str
    form: str
    frame: pd.DataFrame
    faults: Objects
    notes: Objects
    geometry: Objects | None = None
    crs: str | None = None
    details: tuple[tuple[str, str], ...] = field(default=())
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed: tuple[str, ...] = ()


def unique_names(headers: Sequence[object]) -> list[str]:
    """Name columns by their headers: text, filled and unique."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for number, header in enumerate(headers, start=1):
        missing = header is None or (isinstance(header, float) and np.isnan(header))
        base = "" if missing else " ".join(str(header).split())
        name = base or f"column_{number}"
        while name in seen:
            seen[base or name] += 1
            name = f"{base or name}_{seen[base or name]}"
        seen[name] = max(seen[name], 1)
        names.append(name)
    return names


def role_texts(table: Table, roles: Roles, role: str) -> Objects:
    """Clean the texts of the column in a role; all missing where there is none."""
    if role not in roles:
        return np.full(len(table.frame), np.nan, dtype=object)
    return clean_texts(table.frame[roles[role][0]], keep_words=role in ("report_id", "event_id"))
