"""Files arrive whole or not at all: they are written under a passing name and moved into place at the end."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from types import MappingProxyType

from uxomap.errors import OutputError

#: What is wrong, and what to do, in words, for the faults that users meet.
_FAULTS: Mapping[int, str] = MappingProxyType(
    {
        errno.ENOSPC: "the disk is full. Make room on it, or give a folder on another disk.",
        errno.EDQUOT: "the disk quota is used up. Make room, or give a folder on another disk.",
        errno.EFBIG: "a file grows larger than that disk allows. Give a folder on another disk, or write fewer layers.",
        errno.EROFS: "that disk cannot be written to. Give a folder on another disk.",
        errno.EACCES: "permission is denied. Close it where it is open in another program, or give another folder.",
        errno.EPERM: "permission is denied. Close it where it is open in another program, or give another folder.",
        errno.EBUSY: "it is in use. Close it where it is open in another program, or give another folder.",
        errno.ENOTDIR: "part of that path is a file, not a folder. Give another folder.",
        errno.EEXIST: "part of that path is a file, not a folder. Give another folder.",
        errno.EISDIR: "there is a folder of that name. Rename that folder, or give another place.",
        errno.ENOENT: "that folder does not exist. Make it first, or give another folder.",
        errno.ENAMETOOLONG: "that name is too long. Give a shorter one.",
    }
)

#: No earlier files.
_NONE: Mapping[str, str] = MappingProxyType({})

#: Names under which this module writes, and the age in seconds from which no run can still be at work on one.
_PASSING = re.compile(r"\.uxomap-([0-9a-f]{12}(-.+)?|[0-9a-z_]{8})")
_DEAD_S = 24 * 3600

#: Bytes that are written to learn whether a disk is full; what failed may have given a part of its room back.
_PROBE = 8 << 20


def take_path(target: str | Path) -> Path:
    """
    Read a path as a user writes it: ``~`` is the own folder.

    Raises
    ------
    OutputError
        It is empty, or holds a character that no name can hold.

    Examples
    --------
    >>> take_path("out/map.html").name
    'map.html'
    >>> take_path("")
    Traceback (most recent call last):
    ...
    uxomap.errors.OutputError: No folder or file is named to write to. Give one; the folder you are in is '.'.
    """
    text = os.fspath(target)
    if not text:
        message = "No folder or file is named to write to. Give one; the folder you are in is '.'."
        raise OutputError(message)
    if "\0" in text:
        message = f"Cannot write {text!r}: a name cannot hold the character NUL. Give another name."
        raise OutputError(message)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        message = f"Cannot write {text}: there is no user of that name. Write the whole path instead of '~'."
        raise OutputError(message) from error


def hash_file(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_folder(target: str | Path) -> None:
    """
    Refuse a folder that could not be written to, before any work is done for it.

    Parameters
    ----------
    target : str or Path
        Folder that is to hold files later. Nothing is left in it, and it is not made.

    Raises
    ------
    OutputError
        The folder cannot be written: it is a file, permission is denied, the disk is full or read-only.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     check_folder(Path(home) / "out")
    """
    target = take_path(target)
    try:
        _check_no_file(target)
        paths = (target, *target.absolute().parents)
        nearest = next(path for path in paths if path.is_dir() or os.path.lexists(path))
        with TemporaryDirectory(prefix=".uxomap-", dir=nearest):
            pass
    except OutputError:
        raise
    except OSError as error:
        raise explain_fault(target, error) from error


@contextmanager
def stage_folder(target: str | Path, *, earlier: Mapping[str, str] = _NONE, last: str | None = None) -> Iterator[Path]:
    """
    Collect files in a passing folder, and move all of them into *target* when everything is written.

    If anything fails, an earlier result in *target* stays whole and nothing half-written stays behind. Files in
    *target* that the new result does not name are kept. A target that does not exist appears in one step. One that
    exists receives file after file in the order of their names, each replaced whole; if one of them fails, those
    already replaced are put back.

    Parameters
    ----------
    target : str or Path
        Folder that is to hold the files. It and its parents are made where they are missing.
    earlier : Mapping of str to str
        Files that an earlier run recorded, by name, with their SHA-256. Those that the new result does not name are
        taken away where they still are as recorded; a file that somebody else put or changed there is not.
    last : str, optional
        File that is moved in after all others: one that says what the others are.

    Yields
    ------
    Path
        Folder to write into. It lies inside *target* where that exists (so that a mounted disk or the root of a
        memory stick can be a target), and beside it where it does not.

    Raises
    ------
    OutputError
        The folder cannot be written: it is a file, permission is denied, the disk is full or read-only. Every
        :class:`OSError` raised while the folder is open is turned into one.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     with stage_folder(Path(home) / "out") as folder:
    ...         _ = (folder / "summary.json").write_text("{}", encoding="utf-8")
    ...     [file.name for file in (Path(home) / "out").iterdir()]
    ['summary.json']
    """
    target = take_path(target)
    made: list[Path] = []
    stage: Path | None = None
    try:
        _check_no_file(target)
        _make_folder(target.parent, made)
        home = target if target.is_dir() else target.parent
        remove_leftovers(home)
        stage = home / f".uxomap-{secrets.token_hex(6)}"
        stage.mkdir()
        yield stage
        _move_in(stage, target, earlier, last)
        made.clear()
    except OutputError as error:
        # The user knows the target, not the passing folder.
        raise OutputError(str(error).replace(str(stage), str(target))) from error
    except OSError as error:
        raise explain_fault(target, error) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        _remove_folders(made)


@contextmanager
def making_folder(folder: Path) -> Iterator[None]:
    """Make a folder with its parents, and take away again what was made and is empty if anything fails."""
    made: list[Path] = []
    done = False
    try:
        _make_folder(folder, made)
        yield
        done = True
    except OutputError:
        raise
    except OSError as error:
        raise explain_fault(folder, error) from error
    finally:
        if not done:
            _remove_folders(made)


@contextmanager
def stage_file(path: str | Path) -> Iterator[Path]:
    """
    Give a passing name beside *path* to write to, and move the file into place when it is whole.

    Raises
    ------
    OutputError
        The file cannot be written; an earlier one of that name stays as it was.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     with stage_file(Path(home) / "a.txt") as part:
    ...         _ = part.write_text("whole", encoding="utf-8")
    ...     (Path(home) / "a.txt").read_text(encoding="utf-8")
    'whole'
    """
    path = take_path(path)
    # The ending stays, because drivers go by it.
    part = path.with_name(f".uxomap-{secrets.token_hex(6)}-{path.name}")
    try:
        yield part
        part.replace(path)
    except OutputError:
        raise
    except OSError as error:
        raise explain_fault(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def explain_fault(path: Path, error: OSError) -> OutputError:
    """
    Turn an error of the operating system into one line that says what to do.

    Examples
    --------
    >>> explain_fault(Path("out"), OSError(errno.ENOSPC, "No space left on device"))
    OutputError('Cannot write out: the disk is full. Make room on it, or give a folder on another disk.')
    """
    known = _FAULTS.get(error.errno or 0)
    reason = str(error.strerror or error or type(error).__name__).splitlines()[0].rstrip(".")
    return OutputError(f"Cannot write {path}: {known or f'{reason}. Give another folder.'}")


def _check_no_file(target: Path) -> None:
    """Refuse a target that is there but is no folder."""
    if os.path.lexists(target) and not target.is_dir():
        message = f"Cannot write to {target}: it is a file, not a folder. Give another folder."
        raise OutputError(message)


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder with its missing parents, noting each in *made*, outermost first."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.is_dir()]
    for parent in reversed(missing):
        parent.mkdir()
        made.append(parent)


def _remove_folders(made: list[Path]) -> None:
    """Remove the folders that were made, innermost first, where they are empty."""
    with suppress(OSError):
        for folder in reversed(made):
            folder.rmdir()


def _move_in(stage: Path, target: Path, recorded: Mapping[str, str], last: str | None) -> None:
    """Move everything from *stage* into *target*; on a fault, put *target* back as it was."""
    if not target.is_dir():
        stage.rename(target)
        return
    files = sorted(file.relative_to(stage) for file in stage.rglob("*") if file.is_file())
    gone = [Path(name) for name, sha256 in sorted(recorded.items()) if _is_gone(target, name, sha256, files)]
    steps = [*(file for file in files if str(file) != last), *gone, *(file for file in files if str(file) == last)]
    earlier = stage.with_name(f"{stage.name}-earlier")
    replaced: list[Path] = []
    made: list[Path] = []
    done = False
    try:
        for file in steps:
            _make_folder((target / file).parent, made)
            _keep_earlier(target / file, earlier / file)
            if file in gone:
                (target / file).unlink()
            else:
                (stage / file).replace(target / file)
            replaced.append(file)
        done = True
    finally:
        if not done:
            _put_back(replaced, earlier, target)
            _remove_folders(made)
        shutil.rmtree(earlier, ignore_errors=True)


def _is_gone(target: Path, name: str, sha256: str, files: list[Path]) -> bool:
    """Tell whether a file that an earlier run recorded is to go: no part of the new result, and still as recorded."""
    path = target / name
    plain = Path(name).name == name and Path(name) not in files
    return plain and path.is_file() and not path.is_symlink() and hash_file(path) == sha256


def remove_leftovers(folder: Path) -> None:
    """Remove what runs that were killed left in a folder, once no run can still be at work on it."""
    with suppress(OSError):  # never a reason to write nothing
        for path in [path for path in folder.iterdir() if _PASSING.fullmatch(path.name)]:
            if _latest(path) < time.time() - _DEAD_S:
                path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)


def _latest(path: Path) -> float:
    """Time of the last change of a file, or of anything in a folder; now where it cannot be read."""
    try:
        return max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
    except OSError:
        return time.time()


def find_full_disk(folder: Path) -> OSError | None:
    """Learn whether a disk is full: what failed to write there does not always say so."""
    try:
        with TemporaryFile(prefix=".uxomap-", dir=folder, buffering=0) as file:
            view = memoryview(bytes(_PROBE))
            while view:
                view = view[file.write(view) :]
    except OSError as error:
        return error if error.errno in {errno.ENOSPC, errno.EDQUOT} else None
    return None


def _keep_earlier(file: Path, copy: Path) -> None:
    """Keep the earlier version of a file under a second name, so that the first is never missing."""
    if not file.exists():
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, copy)
    except OSError:  # the file system has no second names (memory sticks)
        shutil.copy2(file, copy)


def _put_back(replaced: list[Path], earlier: Path, target: Path) -> None:
    """Restore the earlier version of each file, or remove what had none; newest first."""
    for file in reversed(replaced):
        if (earlier / file).exists():
            (earlier / file).replace(target / file)
        else:
            (target / file).unlink()
