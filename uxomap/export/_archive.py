"""Packed files whose bytes depend on nothing but what is in them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: Stands where the format demands the time of a file: the first that it can hold.
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)

#: Rights of an unpacked file: to be read by all, to be written by its owner.
_RIGHTS = 0o100644 << 16


def write_archive(path: Path, members: Mapping[str, Path | str]) -> None:
    """Pack files and texts, in their order, under fixed times."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, str):
                archive.writestr(_describe(name), content.encode("utf-8"))
                continue
            with content.open("rb") as source:
                _copy(source, archive, name, content.stat().st_size)


def repack(book: IO[bytes], path: Path, replaced: Mapping[str, bytes]) -> None:
    """Pack what is packed already once more, under fixed times, some members with other content."""
    with ZipFile(book) as packed, ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for member in packed.infolist():
            if member.filename in replaced:
                archive.writestr(_describe(member.filename), replaced[member.filename])
                continue
            with packed.open(member) as source:
                _copy(source, archive, member.filename, member.file_size)


def _copy(source: IO[bytes], archive: ZipFile, name: str, size: int) -> None:
    """Add one member without holding it in memory."""
    info = _describe(name)
    info.file_size = size  # tells whether the sizes need the longer form
    with archive.open(info, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _describe(name: str) -> ZipInfo:
    """Describe a member by nothing that changes between runs."""
    info = ZipInfo(name, _FIXED_TIME)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = _RIGHTS
    return info
