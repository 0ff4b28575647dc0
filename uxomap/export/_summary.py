"""The summary of a run, and the hashes that tie it to its inputs."""

import json
from collections.abc import Mapping
from pathlib import Path

from uxomap._files import hash_file, stage_file, take_path
from uxomap.errors import InputError
from uxomap.export._layers import plain_object


def write_json(data: Mapping[str, object], path: str | Path) -> Path:
    """
    Write a mapping as JSON: same data, same bytes.

    Keys keep their order; missing numbers and dates become ``null``, dates ISO 8601 text, NumPy numbers plain
    numbers. UTF-8, indented by two, a line break at the end.

    Parameters
    ----------
    data : Mapping
        Text keys; values of text, numbers, dates, paths, and lists and mappings of them.
    path : str or Path
        File to write; one of that name is replaced whole.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        The file cannot be written, or a value is infinite or has no form in JSON.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = write_json({"reports": 124, "uxo_high": float("nan")}, Path(folder) / "summary.json")
    ...     print(path.read_text(encoding="utf-8"), end="")
    {
      "reports": 124,
      "uxo_high": null
    }
    """
    text = json.dumps(plain_object(data), ensure_ascii=False, allow_nan=False, indent=2)
    path = take_path(path)
    with stage_file(path) as part:
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def file_sha256(path: str | Path) -> str:
    """
    Hash a file, so that a result can name exactly what it was made from.

    Parameters
    ----------
    path : str or Path
        Any file.

    Returns
    -------
    str
        SHA-256 as 64 hexadecimal digits.

    Raises
    ------
    InputError
        The file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file_sha256(write_json({}, Path(folder) / "empty.json"))[:16]
    'ca3d163bab055381'
    """
    path = Path(path)
    try:
        return hash_file(path)
    except OSError as error:
        message = f"Cannot read {path}: {error.strerror or error}. Must be a file that exists. Check the path."
        raise InputError(message) from error


def recorded_files(path: Path) -> dict[str, str]:
    """
    Files that an earlier run recorded in a JSON file under ``files``, with their hashes; none where there is no record.

    Examples
    --------
    >>> recorded_files(Path("no such file"))
    {}
    """
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(sha256) for name, sha256 in files.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
