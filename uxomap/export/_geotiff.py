"""Cloud-Optimised GeoTIFF of a contamination map: one file that every GIS opens in the right place."""

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

from uxomap._files import explain_fault, find_full_disk, stage_file, take_path
from uxomap._validation import check_sensitivity
from uxomap.errors import InputError, OutputError
from uxomap.export._layers import NOTHING, plain_object
from uxomap.wording import METHOD_VERSION, NOTICE, SENSITIVITY

#: Bands, in their order in the file.
BANDS = ("uxo_expected", "uxo_sd", "uxo_low", "uxo_high", "probability_any")

#: Side of a tile of the file, in cells.
_BLOCK = 512

#: How the cells are stored.
_COG: Mapping[str, object] = MappingProxyType(
    {
        "driver": "COG",
        "compress": "DEFLATE",
        "predictor": "FLOATING_POINT",
        "blocksize": _BLOCK,
        "overview_resampling": "AVERAGE",
        "overview_predictor": "FLOATING_POINT",
        "bigtiff": "IF_SAFER",
        "num_threads": "ALL_CPUS",
    }
)

#: Memory in megabytes in which GDAL may keep tiles.
_CACHE_MB = 128

#: What the file says about itself beside the attributes of the map.
_ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "nodata_meaning": "Beyond the reach of every strike on the map: not assessed, not known to hold nothing.",
        "overviews": "Overviews are averages over the cells that hold a value: items a cell of cell_m, never sums.",
        "adding_up": "Only uxo_expected may be added up over cells. The ends of intervals and the chances may not.",
    }
)

#: Attributes that stand in the file in another form.
_ELSEWHERE = ("crs_wkt",)


def write_geotiff(
    contamination: xr.Dataset,
    path: str | Path,
    *,
    parameters: Mapping[str, object] = NOTHING,
    sensitivity: str = SENSITIVITY,
) -> Path:
    """
    Write a contamination map as Cloud-Optimised GeoTIFF: same map and same version of GDAL, same bytes.

    Five bands of float32 with names, units and meanings: ``uxo_expected``, ``uxo_sd``, ``uxo_low``, ``uxo_high``,
    ``probability_any``. Cells beyond the reach of every strike have no value (NaN) in any band, so that a GIS leaves
    them without a colour: they are not assessed. Tiles of 512 cells, DEFLATE with the predictor for
    decimals. Overviews are averages: expected items a cell of full size, not sums. The attributes of the map
    (totals, strikes that are not on it, method version, notice) stand in the tags of the file.

    Parameters
    ----------
    contamination : Dataset
        Map of `estimate_contamination`, or a rectangle cut out of it.
    path : str or Path
        File to write; one of that name is replaced whole.
    parameters : Mapping, optional
        Choices that the map was made with, and further facts such as hashes of the inputs; stand in the tag
        ``parameters`` as JSON.
    sensitivity : str
        Sensitivity label.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        The map lacks a layer, its CRS or even cells.
    OutputError
        The file cannot be written.

    References
    ----------
    Open Geospatial Consortium 2023, OGC Cloud Optimized GeoTIFF Standard, 21-026,
    https://docs.ogc.org/is/21-026/21-026.html

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import rasterio
    >>> from uxomap import estimate_contamination, find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> grid = estimate_contamination(strikes, cell_m=100, bounds=(37.5, 48.6, 37.8, 48.8))
    >>> with TemporaryDirectory() as folder, rasterio.open(write_geotiff(grid, Path(folder) / "map.tif")) as file:
    ...     file.descriptions[0], file.units[0], file.tags()["sensitivity"]
    ('uxo_expected', 'items', 'internal')
    """
    # rasterio takes a quarter of a second to load, and most runs write no raster.
    import rasterio  # noqa: PLC0415
    from rasterio._err import CPLE_BaseError  # noqa: PLC0415 - raised by copy, and by no public name
    from rasterio.errors import RasterioError  # noqa: PLC0415
    from rasterio.shutil import copy  # noqa: PLC0415

    path = take_path(path)
    check_sensitivity(sensitivity)
    left, top, cell_m = _locate_cells(contamination)
    rows, columns = contamination["uxo_expected"].shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": len(BANDS),
        "dtype": "float32",
        "nodata": np.nan,
        "crs": contamination.attrs["crs_wkt"],
        "transform": rasterio.Affine(cell_m, 0.0, left, 0.0, -cell_m, top),
        "interleave": "band",
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "bigtiff": "if_safer",
    }
    # The format wants overviews before the cells themselves, so it can only be copied from a finished file.
    with (
        stage_file(path) as part,
        rasterio.Env(GDAL_CACHEMAX=_CACHE_MB),
        TemporaryDirectory(prefix=".uxomap-", dir=path.parent) as folder,
    ):
        whole = Path(folder) / "whole.tif"
        try:
            with rasterio.open(whole, "w", **profile) as file:
                _describe(file, contamination, parameters, sensitivity)
                _write_bands(file, contamination)
            copy(whole, part, **_COG)
            _check_written(part, whole)
        except (RasterioError, CPLE_BaseError) as error:
            raise _explain_fault(path, error) from error
    return path


def _locate_cells(contamination: xr.Dataset) -> tuple[float, float, float]:
    """Left and upper edge of the map and the side of its cells, in metres; refuse what is no such map."""
    missing = [name for name in BANDS if name not in contamination.data_vars]
    missing += [name for name in ("crs_wkt", "cell_m") if name not in contamination.attrs]
    if missing:
        message = f"The map lacks {', '.join(missing)}. Must be what estimate_contamination returns. Pass it whole."
        raise InputError(message)
    side = float(contamination.attrs["cell_m"])
    x, y = (contamination[name].to_numpy().astype(np.float64) for name in ("x", "y"))
    even = all(
        values.size and np.allclose(np.diff(values), step, rtol=0, atol=1e-6 * side)
        for values, step in ((x, side), (y, -side))
    )
    if not even or any(contamination[name].dims != ("y", "x") for name in BANDS):
        message = (
            f"The cells of the map are not squares of {side:g} m from north to south and west to east. Cut out a "
            "rectangle of neighbouring cells (isel), or estimate the map anew with other bounds or another cell_m."
        )
        raise InputError(message)
    return float(x[0] - side / 2), float(y[0] + side / 2), side


def _describe(file: Any, contamination: xr.Dataset, parameters: Mapping[str, object], sensitivity: str) -> None:
    """Name the bands, and let the file say what it is."""
    attrs = {"notice": NOTICE, "method_version": METHOD_VERSION, **contamination.attrs, "sensitivity": sensitivity}
    units = {name: str(contamination[name].attrs.get("units", "")) for name in BANDS}
    listed = ", ".join(f"{name}: {unit}" for name, unit in units.items())
    facts = {str(name): str(value) for name, value in attrs.items() if name not in _ELSEWHERE}
    if parameters:
        facts["parameters"] = json.dumps(plain_object(parameters), ensure_ascii=False)
    file.update_tags(**facts, **_ABOUT, units=listed, AREA_OR_POINT="Area")
    for number, name in enumerate(BANDS, start=1):
        file.set_band_description(number, name)
        file.set_band_unit(number, units[name])
        file.update_tags(number, meaning=str(contamination[name].attrs.get("long_name", name)))


def _write_bands(file: Any, contamination: xr.Dataset) -> None:
    """Write the cells a strip of tiles at a time, so that no second map is held in memory."""
    from rasterio.windows import Window  # noqa: PLC0415 - see write_geotiff

    rows, columns = contamination["uxo_expected"].shape
    for first in range(0, rows, _BLOCK):
        strip = contamination.isel(y=slice(first, first + _BLOCK))
        reached = strip["uxo_expected"].to_numpy() > 0
        window = Window(0, first, columns, len(reached))
        for number, name in enumerate(BANDS, start=1):
            file.write(np.where(reached, strip[name].to_numpy(), np.nan).astype(np.float32), number, window=window)


def _check_written(part: Path, whole: Path) -> None:
    """Compare the file with what it was copied from: on a full disk GDAL may say nothing."""
    import rasterio  # noqa: PLC0415 - see write_geotiff

    with rasterio.open(part) as copied, rasterio.open(whole) as first:
        if any(copied.checksum(number) != first.checksum(number) for number in copied.indexes):
            raise OSError(errno.EIO, "it could not be read back")


def _explain_fault(path: Path, error: Exception) -> OutputError:
    """Turn an error of GDAL into one line that says what to do."""
    full = OSError(errno.ENOSPC, "full") if "No space left" in str(error) else find_full_disk(path.parent)
    if full is not None:
        return explain_fault(path, full)
    reason = str(error).split("\n")[0].split(":")[0].rstrip(".") or type(error).__name__
    return OutputError(f"Cannot write {path}: {reason}. Make sure that the disk has room, or give another folder.")
