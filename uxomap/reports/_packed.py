"""Tables within an archive (zip, KMZ): each file that is one, read on its own under a name of ours."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from uxomap.errors import InputError, UxomapError
from uxomap.reports._archive import list_parts, unpack_part
from uxomap.reports._choice import NoTableError, choose_part
from uxomap.reports._source import Table
from uxomap.reports._stated import Stated

#: Files that belong to the Shapefile of the same name.
_BESIDE = frozenset({".dbf", ".shx", ".prj", ".cpg", ".qpj", ".qmd", ".qix", ".sbn", ".sbx", ".cst", ".xml", ".ain"})
_NEEDED = (".dbf", ".shx")

#: How archives begin; one within another is not opened.
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")

#: Files that speak about the tables beside them.
_REMARKS = frozenset({"", ".txt", ".md", ".html", ".htm", ".xml", ".rst", ".log", ".csvt", ".lyr", ".qml", ".sld"})

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(slots=True)
class _Member:
    """A file of an archive, those that belong to it, and the tables in it."""

    part: zipfile.ZipInfo
    beside: list[zipfile.ZipInfo] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    refusal: UxomapError | None = None

    @property
    def suffix(self) -> str:
        """Ending of the name, where it is a plain one."""
        suffix = PurePosixPath(self.part.filename).suffix.lower()
        return suffix if _SUFFIX.fullmatch(suffix) else ""


def open_parts(path: Path, archive: zipfile.ZipFile, stated: Stated, opener: Callable[..., list[Table]]) -> list[Table]:
    """Open every table in an archive, or the one that the user names; *opener* opens one file."""
    members = _group(path, archive)
    with TemporaryDirectory(prefix="uxomap-") as folder:
        for number, member in enumerate(members):
            whole = partial(opener, stated=replace(stated, sheet=None))
            _open_member(archive, member, Path(folder) / f"{number}", str(path), whole)
    read = [member for member in members if member.tables]
    for member in members:
        remark = isinstance(member.refusal, NoTableError) or (member.suffix in _REMARKS and read)
        if member.refusal is not None and not remark:
            raise member.refusal
    if not read:
        message = f"{path} is a packed file, not a table of reports: there is no table in it. Give the table itself."
        raise NoTableError(message)
    tables, names = [], []
    for member in read:
        own = PurePosixPath(member.part.filename).name
        title = str(path) if len(read) == 1 else f"{path}: {member.part.filename}"
        for table in member.tables:
            layer = table.name.partition(": ")[2]
            names.append(layer if layer and len(read) == 1 else f"{own}: {layer}" if layer else own)
            tables.append(replace(table, name=f"{title}: {layer}" if layer else title))
    if stated.sheet is not None:
        tables = [tables[choose_part(names, stated.sheet, path, kind="file or layer")]]
    aside = [member.part.filename for member in members if not member.tables and member.suffix in _REMARKS]
    more = (("not read", ", ".join(aside[:20])),) if aside else ()
    return [replace(tables[0], details=(*tables[0].details, *more)), *tables[1:]]


def _group(path: Path, archive: zipfile.ZipFile) -> list[_Member]:
    """Put the files of a Shapefile together; refuse archives within the archive."""
    members: dict[str, _Member] = {}
    parts = list_parts(archive)
    shapes = {part.filename.lower()[:-4] for part in parts if part.filename.lower().endswith(".shp")}
    for part in parts:
        with archive.open(part) as file:
            if file.read(8).startswith(_ARCHIVES):
                message = (
                    f"{path} holds another packed file, {part.filename[:60]!r}. Must be tables only. "
                    "Unpack it, and give the file in it."
                )
                raise InputError(message)
        lower = part.filename.lower()
        stem = lower[: -len(PurePosixPath(lower).suffix)] if PurePosixPath(lower).suffix in _BESIDE else ""
        if stem.removesuffix(".shp") not in shapes or not stem:
            members[lower] = _Member(part)
    for part in parts:
        lower = part.filename.lower()
        suffix = PurePosixPath(lower).suffix
        if lower not in members and suffix != ".xml":
            members[f"{lower[: -len(suffix)]}.shp"].beside.append(part)
    return list(members.values())


def _open_member(
    archive: zipfile.ZipFile, member: _Member, target: Path, shown: str, opener: Callable[[Path], list[Table]]
) -> None:
    """Unpack one file under a name of ours, open it, and forget where it was."""
    place = target.with_name(f"{target.name}{member.suffix}")
    if member.suffix == ".shp":
        there = {PurePosixPath(part.filename).suffix.lower() for part in member.beside}
        missing = [suffix for suffix in _NEEDED if suffix not in there]
        if missing:
            member.refusal = InputError(
                f"{shown}: {member.part.filename} has no {' and no '.join(missing)} beside it. Pack all its files."
            )
            return
    for part in member.beside:
        unpack_part(archive, part, place.with_suffix(PurePosixPath(part.filename).suffix.lower()))
    unpack_part(archive, member.part, place)
    try:
        tables = opener(place)
    except UxomapError as refusal:
        member.refusal = type(refusal)(str(refusal).replace(str(place), f"{shown}: {member.part.filename}"))
    else:
        member.tables = [replace(table, name=table.name.replace(str(place), "")) for table in tables]
