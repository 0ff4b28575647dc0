"""The files of an assessment."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from uxomap._files import hash_file, stage_folder, take_path
from uxomap.errors import InputError, OutputError
from uxomap.export import (
    file_sha256,
    recorded_files,
    refuse_public_folder,
    state_facts,
    write_csv,
    write_formats,
    write_json,
)
from uxomap.maps import save_map_sheet, save_web_map

#: Layers that are also written as a table.
_TABLES = ("unlocated", "exposure", "priorities", "tasks", "zone_parts")

#: Layers of a result.
_LAYERS = (
    "strikes",
    "hazard_areas",
    "zones",
    "surveys",
    "finds",
    "zone_updates",
    "strike_updates",
    "exposure",
    "zone_parts",
    "priorities",
    "tasks",
)

#: File that says what the others are.
_SUMMARY = "summary.json"

#: Every name that a result may write.
NAMES = frozenset(
    {
        "assessment.gpkg",
        "assessment.qgz",
        "contamination.tif",
        "map.html",
        "map.pdf",
        _SUMMARY,
        *(f"{name}.csv" for name in ("intake", "criteria", "survey_curve", "survey_left", "unexplained_finds")),
        *(f"{name}.csv" for name in _TABLES),
        *(f"{name}.geojson" for name in _LAYERS),
    }
)


def write_files(  # noqa: PLR0913 - one argument for each thing that is written
    folder: str | Path,
    *,
    layers: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    page: Any,
    sheet: Any,
    contamination: xr.Dataset | None,
    facts: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> list[Path]:
    """
    Write every file, all or none.

    Files that an earlier result left there and this one has not are taken away, as long as they are what that result
    wrote: its summary lists them with their hashes. Nothing else is ever removed.
    """
    folder = take_path(folder)
    refuse_public_folder(folder)
    _refuse_copies(folder, summary["inputs"])
    shown: dict[str, Any] = dict(layers)
    if contamination is not None:
        shown["contamination"] = contamination
    with stage_folder(folder, earlier=recorded_files(folder / _SUMMARY), last=_SUMMARY) as staging:
        for name, table in tables.items():
            write_csv(table, staging / f"{name}.csv")
        for name in _TABLES:
            if name in layers:
                write_csv(layers[name], staging / f"{name}.csv", name=name)
        write_formats(shown, staging, ("geojson", "qgz"), facts)
        about = state_facts(layers, **facts)
        save_web_map(page, staging / "map.html", about=about)
        save_map_sheet(sheet, staging / "map.pdf", about=_properties(about))
        files = {path.name: hash_file(path) for path in sorted(staging.iterdir())}
        write_json({**summary, "files": files}, staging / _SUMMARY)
    return [folder / name for name in sorted((*files, _SUMMARY))]


def _properties(about: Mapping[str, Any]) -> dict[str, str]:
    """Say what a sheet is in the properties that a PDF has."""
    parameters = about["parameters"]
    said = {name: value for name, value in parameters.items() if name not in {"inputs", "versions"}}
    inputs = [f"{one['name']} {one.get('sha256', '')}".strip() for one in parameters["inputs"]]
    versions = [f"{name} {version}" for name, version in parameters["versions"].items()]
    facts = {"sensitivity": about["sensitivity"], "method version": about["method_version"], **said}
    lines = [*(f"{name}: {value}" for name, value in facts.items()), *(f"input: {line}" for line in inputs), *versions]
    return {"Title": "Where unexploded items may lie", "Subject": about["notice"], "Keywords": "; ".join(lines)}


def check_stated(licence: str | None, made_on: dt.date | None) -> dict[str, str]:
    """
    Say what a user states of a result: its licence and the day on which it was made.

    Raises
    ------
    InputError
        The licence is no text, or the day is no date.

    Examples
    --------
    >>> check_stated("CC BY 4.0", dt.date(2026, 3, 2))
    {'licence': 'CC BY 4.0', 'made_on': '2026-03-02'}
    """
    stated = {}
    if licence is not None:
        if not isinstance(licence, str) or not licence.strip():
            message = f"Invalid licence {licence!r}. Must be words, e.g. 'CC BY 4.0'. Leave it out where there is none."
            raise InputError(message)
        stated["licence"] = licence.strip()
    if made_on is not None:
        if not isinstance(made_on, dt.date) or isinstance(made_on, dt.datetime):
            message = (
                f"Invalid made_on {made_on!r}. Must be a date without a time. Give e.g. datetime.date(2026, 3, 2)."
            )
            raise InputError(message)
        stated["made_on"] = made_on.isoformat()
    return stated


def refuse_inputs(folder: str | Path, inputs: Iterable[Path], names: Iterable[str] = NAMES) -> None:
    """
    Refuse a folder in which a result would be written over one of its inputs.

    Raises
    ------
    OutputError
    """
    targets = [path for path in (take_path(folder) / name for name in sorted(names)) if path.exists()]
    for source in inputs:
        taken = [target for target in targets if source.exists() and target.samefile(source)]
        if taken:
            raise _over_input(taken[0])


def _refuse_copies(folder: Path, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a folder that holds one of the inputs, the same to the byte, under a name that is to be written."""
    for source in inputs:
        path = folder / str(source["name"])
        if path.name in NAMES and "sha256" in source and path.is_file() and file_sha256(path) == source["sha256"]:
            raise _over_input(path)


def _over_input(path: Path) -> OutputError:
    """Say that an input stands where a result would be written."""
    return OutputError(
        f"{path} is one of the inputs, and the result would be written over it. The result must not replace what it "
        "is made from. Give another folder, or rename that file."
    )
