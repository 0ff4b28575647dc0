"""HXL, a row of hashtags that says what the columns hold (hxlstandard.org): the row becomes roles, never a report."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import islice

import pandas as pd

from uxomap.reports._axes import is_launch
from uxomap.reports._columns import _AXES, _JOINED, _known_headers, _words
from uxomap.reports._header import cell_text, is_names, is_report, is_tag, is_tag_row, rows_with
from uxomap.reports._source import Roles, Table, unique_names

#: Rows of a table among which a row of tags is looked for.
_LOOKED_AT = 26

#: Columns by which tags that come again are found.
_COMPARED = 3

#: What is told of a table that has tags.
_DETAIL = "HXL tags"

#: Among the roles of a table, the columns whose tags say that they are personal.
_PERSONAL = "personal"

_AGAIN = re.compile(r"(#.+?)[_.]\d+")
_UNNAMED = re.compile(r"(?:column_|Unnamed: )\d+")
_ATTRIBUTE = re.compile(r"([-+])(\w+)")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Tags that play a role: the hashtag ("*" for any), attributes that must and must not stand behind it."""

    role: str
    tag: str
    with_: frozenset[str]
    without: frozenset[str]
    alone: bool

    def fits(self, tag: str, attributes: frozenset[str]) -> bool:
        """Tell whether a tag is meant."""
        return self.tag in ("*", tag) and self.with_ <= attributes and not self.without & attributes


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Read the table of tags; those that say most come first."""
    text = resources.files("uxomap.reports").joinpath("hxl.csv").read_text(encoding="utf-8")
    patterns = []
    for line in csv.DictReader(text.splitlines()):
        tag, found = _split(line["pattern"])
        must = frozenset(name for sign, name in found if sign == "+")
        must_not = frozenset(name for sign, name in found if sign == "-")
        patterns.append(_Pattern(line["role"], tag, must, must_not, line["alone"] == "yes"))
    return tuple(patterns)


def _split(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Part a tag or a pattern into the hashtag and its attributes."""
    plain = "".join(text.split()).casefold()
    tag = re.split("[-+]", plain, maxsplit=1)[0].removeprefix("#")
    return tag, _ATTRIBUTE.findall(plain.removeprefix(f"#{tag}"))


def take_tags(table: Table) -> Table:
    """
    Take a row of HXL tags out of a table, and the roles that its tags give to columns.

    The tags may stand below the header, above it, in its place, or below titles that were taken for it. Rows of reports
    above them are kept; the tags are then rejected where they stand, and so they are where they come again.
    """
    if any(item == _DETAIL for item, _ in table.details) or not len(table.frame.columns):
        return table
    names = [name for name in table.frame.columns if name not in table.computed]
    top = [[cell_text(cell) for cell in row] for row in table.frame[names].iloc[:_LOOKED_AT].to_numpy(dtype=object)]
    in_names = ["" if _UNNAMED.fullmatch(name) else _once(name, names) for name in names]
    if is_tag_row(in_names):
        if not top or not is_names(top[0]):
            return _give_roles(table, names, in_names, "header")
        renamed = unique_names([cell or None for cell in top[0]])
        return _give_roles(_rename(_drop(table, 1), names, renamed), renamed, in_names, "above the header")
    at = next((at for at, row in enumerate(top) if is_tag_row(row)), None)
    return table if at is None else _take_row(table, names, top[: at + 1], in_names)


def _take_row(table: Table, names: Sequence[str], top: Sequence[Sequence[str]], titles: Sequence[str]) -> Table:
    """Take the tags that stand in the last of the top rows."""
    *above, tags = top
    where, filled = f"row {len(top)}", [row for row in above if any(row)]
    if not filled:
        return _give_roles(_drop(table, len(top)), names, tags, where)
    if _is_titled(titles, filled):
        renamed = unique_names([cell or None for cell in filled[-1]])
        return _give_roles(_rename(_drop(table, len(top)), names, renamed), renamed, tags, where)
    return _give_roles(table, names, tags, where, at=(len(above),))


def _is_titled(names: Sequence[str], above: Sequence[Sequence[str]]) -> bool:
    """Tell whether a title was taken for the header, which stands in the last row above the tags."""
    if any(is_report(row) for row in above):
        return False
    return 2 * sum(map(bool, names)) <= len(names) or (is_names(above[-1]) and not is_names(names))


def _once(name: str, names: Sequence[str]) -> str:
    """Undo the number that makes the name of a column unique."""
    match = _AGAIN.fullmatch(name)
    return match[1] if match and match[1] in names else name


def _drop(table: Table, count: int) -> Table:
    """Leave the first rows of a table out."""
    return replace(
        table,
        frame=table.frame.iloc[count:].reset_index(drop=True).infer_objects(),
        faults=table.faults[count:],
        notes=table.notes[count:],
        geometry=None if table.geometry is None else table.geometry[count:],
    )


def _rename(table: Table, names: Sequence[str], renamed: Sequence[str]) -> Table:
    """Give columns other names."""
    return replace(table, frame=table.frame.rename(columns=dict(zip(names, renamed, strict=True))))


def _give_roles(
    table: Table, names: Sequence[str], tags: Sequence[str], where: str, *, at: tuple[int, ...] = ()
) -> Table:
    """Give the columns the roles of their tags, tell it, and reject the tags where they stand among the reports."""
    tagged = {name: tag for name, tag in zip(names, tags, strict=True) if is_tag(tag)}
    roles = {**_find_roles(tagged, names), **table.roles}
    said = ", ".join(role for role in roles if role != _PERSONAL) or "none that is known"
    some = dict(islice(tagged.items(), _COMPARED))
    again = [row for row in rows_with(table, list(some), some.values()) if _is_same(table.frame.iloc[row], tagged)]
    faults = table.faults.copy()
    faults[[*at, *again]] = "a row of HXL tags, not a report"
    return replace(table, faults=faults, roles=roles, details=(*table.details, (_DETAIL, f"{where}: {said}")))


def _is_same(row: pd.Series, tagged: Mapping[str, str]) -> bool:
    """Tell whether a row holds the tags of its columns."""
    return all(cell_text(row[name]) == tag for name, tag in tagged.items())


def _find_roles(tagged: Mapping[str, str], names: Sequence[str]) -> Roles:
    """Find the columns of each role by their tags, in the order of the table of tags."""
    known, _ = _known_headers()
    by_header = {name: known.get("".join(_words(name)), ("", 0))[0] for name in names}
    ranked: dict[str, list[tuple[int, str]]] = {}
    for name, tag in tagged.items():
        if is_launch(_words(name)) or is_launch(_words(tag)):
            # Where something was launched is never used.
            continue
        role, rank = _rank(tag, frozenset(by_header.values()))
        # Where the header says one axis and its tag the other, the column wants to be both, and the user is asked.
        wanted = _AXES if {role, by_header[name]} == set(_AXES) else (role,) if role else ()
        for one in wanted:
            ranked.setdefault(one, []).append((rank, name))
    roles: Roles = {}
    for role, found in ranked.items():
        columns = tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))
        roles[role] = columns if role in (_JOINED, _PERSONAL, *_AXES) else columns[:1]
    return roles


def _rank(tag: str, by_header: frozenset[str]) -> tuple[str, int]:
    """Find the role of a tag, and its place in the table; some tags give one only where no header does."""
    base, found = _split(tag)
    attributes = frozenset(attribute for _, attribute in found)
    fitting = [(one.role, rank) for rank, one in enumerate(_patterns()) if one.fits(base, attributes)]
    personal = [pair for pair in fitting if pair[0] == _PERSONAL]
    usable = [(role, rank) for role, rank in fitting if not (_patterns()[rank].alone and role in by_header)]
    return next(iter([*personal, *usable]), ("", 0))
