"""Files arrive whole or not at all: they are written under a passing name and moved into place at the end."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
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
    target = Path(target)
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
def stage_folder(target: str | Path) -> Iterator[Path]:
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
    target = Path(target)
    made: list[Path] = []
    stage: Path | None = None
    try:
        _check_no_file(target)
        _make_folder(target.parent, made)
        stage = (target if target.is_dir() else target.parent) / f".uxomap-{secrets.token_hex(6)}"
        stage.mkdir()
        yield stage
        _move_in(stage, target)
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
    path = Path(path)
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


def _move_in(stage: Path, target: Path) -> None:
    """Move everything from *stage* into *target*; on a fault, put *target* back as it was."""
    if not target.is_dir():
        stage.rename(target)
        return
    files = sorted(file.relative_to(stage) for file in stage.rglob("*") if file.is_file())
    earlier = stage.with_name(f"{stage.name}-earlier")
    replaced: list[Path] = []
    made: list[Path] = []
    done = False
    try:
        for file in files:
            _make_folder((target / file).parent, made)
            _keep_earlier(target / file, earlier / file)
            (stage / file).replace(target / file)
            replaced.append(file)
        done = True
    finally:
        if not done:
            _put_back(replaced, earlier, target)
            _remove_folders(made)
        shutil.rmtree(earlier, ignore_errors=True)


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
