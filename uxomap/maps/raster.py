"""Pictures in Web Mercator for the page: the map of contamination, and the user's own GeoTIFF."""

import base64
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from pyproj import CRS, Transformer

from uxomap.errors import InputError
from uxomap.maps import style

#: Longest side of a picture in pixels.
MOST_PIXELS = 2048

#: Fewer items a hectare than this are not coloured, as in `plot_contamination`; it does not mean that nothing is there.
LEAST_SHOWN = 0.01

#: Radius of the sphere of Web Mercator in metres, by its definition in EPSG:3857.
_RADIUS_M = 6_378_137.0

_M2_A_HA = 10_000.0
_NEEDED = {"uxo_expected", "x", "y"}


def picture_contamination(contamination: xr.Dataset) -> dict[str, Any]:
    """
    Draw expected items a hectare as a picture in the fixed classes.

    Parameters
    ----------
    contamination : Dataset
        Map of `estimate_contamination`. Where its cells are more than the picture has pixels, a pixel takes the class
        of its densest cell.

    Returns
    -------
    dict
        ``image`` (PNG as a data address) and ``box`` (west, south, east, north in degrees).

    Raises
    ------
    InputError
        It is no map of contamination.
    """
    if not isinstance(contamination, xr.Dataset) or not set(contamination.variables) >= _NEEDED:
        message = (
            f"A {type(contamination).__name__} without the layer uxo_expected is no contamination map. Give the result "
            "of estimate_contamination."
        )
        raise InputError(message)
    # Drawing a raster is rare among maps, and rasterio takes long to import.
    from rasterio import Affine  # noqa: PLC0415
    from rasterio.warp import Resampling  # noqa: PLC0415

    side = float(contamination.attrs["cell_m"])
    density = contamination["uxo_expected"].to_numpy() / (side**2 / _M2_A_HA)
    classes = np.where(density >= LEAST_SHOWN, style.density_class(density) + 1, 0).astype(np.uint8)
    left, top = float(contamination["x"][0]) - side / 2, float(contamination["y"][0]) + side / 2
    transform = Affine(side, 0.0, left, 0.0, -side, top)
    crs = str(contamination.attrs["crs_wkt"])
    needs_max = max(classes.shape) > MOST_PIXELS
    warped, box = warp(classes[None], transform, crs, Resampling.max if needs_max else Resampling.nearest)
    return {"image": _write_classes(warped[0]), "box": box}


def warp(
    bands: npt.NDArray[np.uint8], transform: Any, crs: Any, resampling: Any, *, most: int = MOST_PIXELS
) -> tuple[npt.NDArray[np.uint8], list[float]]:
    """
    Bring bands into Web Mercator.

    Returns
    -------
    bands : array of uint8, shape (n, rows, columns)
        0 where there is nothing.
    box : list of float
        West, south, east, north in degrees. West lies below -180 where the picture crosses the antimeridian.

    Raises
    ------
    InputError
        The picture reaches around the Earth, or into the poles.
    """
    from rasterio import Affine  # noqa: PLC0415 - slow to import
    from rasterio.errors import RasterioError  # noqa: PLC0415 - likewise
    from rasterio.warp import calculate_default_transform, reproject  # noqa: PLC0415 - likewise

    rows, columns = bands.shape[1:]
    with announcements_ignored():
        corners = [transform * (column, row) for column in (0, columns) for row in (0, rows)]
    xs, ys = zip(*corners, strict=True)
    middle, mercator = _centred_mercator((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, crs)
    try:
        with announcements_ignored():
            target, wide, high = calculate_default_transform(
                crs, mercator, columns, rows, min(xs), min(ys), max(xs), max(ys)
            )
    except RasterioError as error:
        message = f"The picture cannot be laid on a map in Web Mercator, which ends at 85 degrees: {error}."
        raise InputError(message) from error
    shrink = max(1.0, max(wide, high) / most)
    step = target.a * shrink
    wide, high = math.ceil(wide / shrink), math.ceil(high / shrink)
    if wide * step > 1.02 * math.pi * 2 * _RADIUS_M:
        message = "The picture reaches around the Earth and cannot be laid on a map. Cut it at the antimeridian."
        raise InputError(message)
    laid = Affine(step, 0.0, target.c, 0.0, -step, target.f)
    warped = np.zeros((len(bands), high, wide), dtype=np.uint8)
    with announcements_ignored():
        reproject(
            bands,
            warped,
            src_transform=transform,
            src_crs=crs,
            dst_transform=laid,
            dst_crs=mercator,
            resampling=resampling,
        )
    box = [target.c, target.f - high * step, target.c + wide * step, target.f]
    west, east = middle + _longitude(box[0]), middle + _longitude(box[2])
    if east > 180:  # noqa: PLR2004 - the antimeridian
        west, east = west - 360, east - 360
    return warped, [west, _latitude(box[1]), east, _latitude(box[3])]


def _centred_mercator(x: float, y: float, crs: Any) -> tuple[float, str]:
    """Longitude of a place, and Web Mercator around it: so pictures cross the antimeridian whole."""
    transformer = Transformer.from_crs(_read_crs(crs), "EPSG:4326", always_xy=True)
    longitude = float(transformer.transform(x, y)[0])
    middle = round(longitude, 6) if math.isfinite(longitude) else 0.0
    sphere = f"+a={_RADIUS_M} +b={_RADIUS_M} +nadgrids=@null"
    return middle, f"+proj=merc {sphere} +lat_ts=0 +lon_0={middle} +units=m +no_defs"


def _read_crs(crs: Any) -> CRS:
    """Make a CRS of pyproj from one of rasterio, or from its text."""
    return CRS.from_user_input(crs.to_wkt() if hasattr(crs, "to_wkt") else crs)


@contextmanager
def announcements_ignored() -> Iterator[None]:
    """Let rasterio multiply its transforms in the way that affine announces to drop some day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def write_picture(bands: npt.NDArray[np.uint8], driver: str, **options: Any) -> str:
    """Write bands as a PNG or JPEG, as a data address."""
    from rasterio import Affine  # noqa: PLC0415 - slow to import
    from rasterio.io import MemoryFile  # noqa: PLC0415 - likewise

    with MemoryFile() as file:
        colormap = options.pop("colormap", None)
        shape = {"height": bands.shape[1], "width": bands.shape[2], "count": len(bands), "dtype": "uint8"}
        shape["transform"] = Affine(1.0, 0.0, 0.0, 0.0, -1.0, 1.0)  # a plain picture; without one, rasterio warns
        with file.open(driver=driver, **shape, **options) as picture:
            picture.write(bands)
            if colormap:
                picture.write_colormap(1, colormap)
        return f"data:image/{driver.lower()};base64," + base64.b64encode(file.read()).decode("ascii")


def _write_classes(classes: npt.NDArray[np.uint8]) -> str:
    """Write classes as a PNG with a palette, transparent where nothing is shown."""
    colours = {0: (0, 0, 0, 0)}
    for number, colour in enumerate(style.PALETTE, start=1):
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        colours[number] = (red, green, blue, 255)
    return write_picture(classes[None], "PNG", colormap=colours, zlevel=9)


def _longitude(x: float) -> float:
    """Longitude of an easting of Web Mercator."""
    return math.degrees(x / _RADIUS_M)


def _latitude(y: float) -> float:
    """Latitude of a northing of Web Mercator."""
    return math.degrees(math.atan(math.sinh(y / _RADIUS_M)))
