"""Packed files (zip): checked before anything is taken out of them, and never unpacked by their own names."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from uxomap.errors import InputError

#: An archive that unpacks to more than this is refused, in bytes.
_MAX_UNPACKED = 500_000_000

#: So many times its packed size may an archive have, once it unpacks to more than the bytes below.
_MAX_RATIO = 250
_RATIO_FROM = 20_000_000

_MAX_PARTS = 10_000
_PIECE = 1 << 20
_ENCRYPTED = 1

#: Ways of packing that need no more memory than what comes out.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose names, sizes and ways of packing have been checked."""
    try:
        archive = zipfile.ZipFile(path)
    except Exception as error:  # a damaged archive fails in many ways inside zipfile
        raise _damaged(path, error) from error
    with archive:
        _check_parts(path, archive.infolist())
        try:
            yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise _damaged(path, error) from error


def list_parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """List the files of an archive, without folders and without what an operating system adds."""
    parts = []
    for part in archive.infolist():
        names = PurePosixPath(part.filename).parts
        if not part.is_dir() and names and names[0] != "__MACOSX" and not names[-1].startswith("."):
            parts.append(part)
    return parts


def unpack_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, target: Path) -> None:
    """Write one file of an archive where the caller says."""
    with archive.open(part) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            file.write(piece)


def _damaged(path: Path, error: Exception) -> InputError:
    """Say that an archive cannot be read."""
    reason = " ".join(str(error).split())
    message = (
        f"{path} is a packed file that cannot be opened: {reason}. It may be incomplete: copy or download it again, "
        "or save the table as CSV."
    )
    return InputError(message)


def _check_parts(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that is protected, too large once unpacked, or whose names lead elsewhere."""
    if len(parts) > _MAX_PARTS:
        message = f"{path} holds {len(parts):,} files. Must be at most {_MAX_PARTS:,}. Pack the tables alone."
        raise InputError(message)
    size, packed = sum(part.file_size for part in parts), max(path.stat().st_size, 1)
    if size > _MAX_UNPACKED or (size > _RATIO_FROM and size > _MAX_RATIO * packed):
        message = (
            f"{path} unpacks to {size / 1e6:,.0f} MB, {size / packed:,.0f} times its size. Must be at most "
            f"{_MAX_UNPACKED / 1e6:.0f} MB and {_MAX_RATIO} times its size. Save the table as CSV."
        )
        raise InputError(message)
    for part in parts:
        name = part.orig_filename
        steps = PurePosixPath(name).parts
        if "\\" in name or "\0" in name or name.startswith("/") or ".." in steps or ":" in name.split("/")[0]:
            message = (
                f"{path} holds a file whose name leads out of the archive: {name[:60]!r}. "
                "Must be plain names. Pack the tables again, or give them unpacked."
            )
            raise InputError(message)
        if stat.S_ISLNK(part.external_attr >> 16):
            message = f"{path} holds a link, {name[:60]!r}. Must be files only. Pack the tables again without links."
            raise InputError(message)
        if part.flag_bits & _ENCRYPTED:
            message = f"{path} is protected by a password. Unpack it with the password, and give the table in it."
            raise InputError(message)
        if part.compress_type not in _METHODS:
            message = f"{path} is packed in an unusual way. Must be plain zip. Unpack it, and give the table in it."
            raise InputError(message)
