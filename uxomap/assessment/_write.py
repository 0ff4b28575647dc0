"""The files of an assessment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from uxomap._files import stage_folder
from uxomap.export import write_csv, write_json, write_layers
from uxomap.maps import save_map_sheet, save_web_map

#: Layers that are also written as a table.
_TABLES = ("unlocated", "exposure", "priorities", "tasks", "zone_parts")

#: Layers that only some results have.
_STEPS = ("surveys", "finds", "zone_updates", "strike_updates", "exposure", "zone_parts", "priorities", "tasks")

#: Files that only some results have.
_MAYBE = frozenset(
    {
        "contamination.tif",
        "criteria.csv",
        "survey_curve.csv",
        "survey_left.csv",
        "unexplained_finds.csv",
        *(f"{name}.csv" for name in _TABLES if name in _STEPS),
        *(f"{name}.geojson" for name in _STEPS),
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
    parameters: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> list[Path]:
    """Write every file, all or none; files that an earlier result left there and this one has not are taken away."""
    shown: dict[str, Any] = dict(layers)
    if contamination is not None:
        shown["contamination"] = contamination
    with stage_folder(folder) as staging:
        for name, table in tables.items():
            write_csv(table, staging / f"{name}.csv")
        for name in _TABLES:
            if name in layers:
                write_csv(layers[name], staging / f"{name}.csv", name=name)
        write_layers(shown, staging, formats=("geojson", "qgz"), parameters=parameters)
        save_web_map(page, staging / "map.html")
        save_map_sheet(sheet, staging / "map.pdf")
        write_json(summary, staging / "summary.json")
        names = sorted(path.name for path in staging.iterdir())
    for name in sorted(_MAYBE - set(names)):
        (Path(folder) / name).unlink(missing_ok=True)
    return [Path(folder) / name for name in names]
