"""The user's own base map as a part of the page: a GeoTIFF or raster tiles; tiles from the internet only on request."""

import base64
import html
import math
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from uxomap.errors import InputError
from uxomap.maps.raster import MOST_PIXELS, announcements_ignored, warp, write_picture

#: Bytes of tiles that a page takes in.
MOST_BYTES = 12_000_000

#: Online tiles, on request only.
_ONLINE = {
    "kind": "online",
    "host": "tile.openstreetmap.org",
    "address": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    "attribution": "© OpenStreetMap contributors, openstreetmap.org/copyright",
    "most_zoom": 19,
}

_RGB = 3
_FINEST = 18
_MAX_LATITUDE = 85.05
_RASTER_TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}

#: Share of the window's size that is added on each side.
_MARGIN = 0.15

ReadTile = Callable[[int, int, int], bytes | None]


def read_basemap(
    basemap: str | os.PathLike[str] | None, window: Sequence[float] | None, *, offline: bool = True
) -> dict[str, Any] | None:
    """
    Read a base map for the window of the page.

    Parameters
    ----------
    basemap : path or str, optional
        A GeoTIFF, MBTiles or PMTiles file.
    window : sequence of float = (west, south, east, north), optional
        Degrees; west may be below -180.
    offline : bool
        False for tiles of OpenStreetMap, which the page then asks for.

    Returns
    -------
    dict or None
        What the page's script needs to draw it.

    Raises
    ------
    InputError
        The file is missing, of another kind, or does not reach the window; or both a file and online tiles are wanted.

    Examples
    --------
    >>> read_basemap(None, None, offline=False)["host"]
    'tile.openstreetmap.org'
    """
    if not isinstance(offline, bool):
        message = f"Invalid offline {offline!r}. Must be True or False."
        raise InputError(message)
    if basemap is None:
        return None if offline else dict(_ONLINE)
    if not offline:
        message = (
            f"The map has a base map of its own, {str(basemap)!r}, and needs no tiles from the internet. Give either "
            "basemap or offline=False."
        )
        raise InputError(message)
    path = Path(basemap)
    if not path.is_file():
        message = (
            f"Base map {str(basemap)!r} was not found. Must be a GeoTIFF (.tif), MBTiles or PMTiles file. "
            "For tiles of OpenStreetMap, asked for from the internet, write offline=False instead."
        )
        raise InputError(message)
    readers = {".tif": _read_geotiff, ".tiff": _read_geotiff, ".mbtiles": _read_mbtiles, ".pmtiles": _read_pmtiles}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        message = f"Base map {path.name!r} is of no known kind. Must end in .tif, .tiff, .mbtiles or .pmtiles."
        raise InputError(message)
    if window is None:
        return None
    return reader(path, _widen(window))


def _widen(window: Sequence[float]) -> tuple[float, float, float, float]:
    """Add a margin around the window."""
    west, south, east, north = window
    wide, high = max(east - west, 0.02) * _MARGIN, max(north - south, 0.02) * _MARGIN
    return west - wide, max(south - high, -_MAX_LATITUDE), east + wide, min(north + high, _MAX_LATITUDE)


def _read_geotiff(path: Path, window: tuple[float, float, float, float]) -> dict[str, Any]:
    """Warp the part of a GeoTIFF that the window shows."""
    import rasterio  # noqa: PLC0415 - slow to import
    from rasterio import Affine  # noqa: PLC0415 - likewise
    from rasterio.errors import RasterioError  # noqa: PLC0415 - likewise
    from rasterio.warp import Resampling, transform_bounds  # noqa: PLC0415 - likewise

    try:
        with announcements_ignored(), rasterio.open(path) as source:
            if source.crs is None:
                message = f"Base map {path.name!r} has no CRS. Save it with one, e.g. with gdal_edit -a_srs EPSG:32637."
                raise InputError(message)
            if any(str(kind).startswith("complex") for kind in source.dtypes):
                message = (
                    f"Base map {path.name!r} holds complex numbers, which have no colour. Must hold plain numbers or "
                    "colours. Export it as a picture."
                )
                raise InputError(message)
            part = _pixels_within(source, transform_bounds("EPSG:4326", source.crs, *window, densify_pts=21))
            if part is None:
                raise InputError(_say_elsewhere(path))
            shrink = max(1.0, max(part.width, part.height) / MOST_PIXELS)
            shape = (source.count, max(1, round(part.height / shrink)), max(1, round(part.width / shrink)))
            bands = source.read(window=part, out_shape=shape, resampling=Resampling.average)
            inside = source.dataset_mask(window=part, out_shape=shape[1:])
            inside = np.where(np.isfinite(bands).all(axis=0), inside, 0).astype(np.uint8)
            if not inside.any():
                raise InputError(_say_elsewhere(path))
            # The part begins inside the file, and its pixels are larger where it is read in fewer of them.
            begin, wide, high = source.window_transform(part), part.width / shape[2], part.height / shape[1]
            transform = Affine(begin.a * wide, begin.b * high, begin.c, begin.d * wide, begin.e * high, begin.f)
            colours = _as_colours(bands, inside > 0, source)
            crs = source.crs
    except RasterioError as error:
        message = f"Base map {path.name!r} cannot be read as a GeoTIFF: {str(error).rstrip('.')}."
        raise InputError(message) from error
    picture, box = warp(np.concatenate([colours, inside[None]]), transform, crs, Resampling.nearest)
    return {"kind": "image", "image": write_picture(picture, "PNG", zlevel=9), "box": box}


def _pixels_within(source: Any, bounds: Sequence[float]) -> Any:
    """Pixels of a raster that bounds touch, whichever way it is turned; None where they touch none."""
    from rasterio.windows import Window  # noqa: PLC0415 - slow to import

    left, bottom, right, top = bounds
    if not all(math.isfinite(edge) for edge in bounds):
        return None
    places = [~source.transform * (x, y) for x in (left, right) for y in (bottom, top)]
    (first, last), (upper, lower) = (
        (max(math.floor(min(values)), 0), min(math.ceil(max(values)), size))
        for values, size in zip(zip(*places, strict=True), (source.width, source.height), strict=True)
    )
    return Window(first, upper, last - first, lower - upper) if last > first and lower > upper else None


def _as_colours(bands: Any, inside: Any, source: Any) -> Any:
    """Bands of a raster as red, green and blue, 0 to 255; numbers are stretched between their 2 and 98 % points."""
    colormap = None
    if source.count == 1:
        try:
            colormap = source.colormap(1)
        except ValueError:  # it has none
            colormap = None
    if colormap is not None:
        table = np.zeros((256, _RGB), dtype=np.uint8)
        for number, colour in colormap.items():
            if number < len(table):
                table[number] = colour[:_RGB]
        return np.moveaxis(table[bands[0].astype(np.uint8)], -1, 0)
    chosen = bands[:_RGB] if len(bands) >= _RGB else np.repeat(bands[:1], _RGB, axis=0)
    if chosen.dtype == np.uint8:
        return chosen
    numbers = np.where(inside, chosen.astype(float), np.nan)
    low, high = np.nanpercentile(numbers, [2, 98])
    stretched = (numbers - low) / (high - low) if high > low else np.full(numbers.shape, 0.5)
    return (np.clip(np.nan_to_num(stretched), 0, 1) * 255).astype(np.uint8)


def _read_mbtiles(path: Path, window: tuple[float, float, float, float]) -> dict[str, Any]:
    """Take the tiles of an MBTiles file that the window shows; its rows run from the south."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            named = dict(database.execute("SELECT name, value FROM metadata").fetchall())
            zooms = database.execute("SELECT MIN(zoom_level), MAX(zoom_level) FROM tiles").fetchone()

            def read(zoom: int, column: int, row: int) -> bytes | None:
                place = (zoom, column, 2**zoom - 1 - row)
                query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
                found = database.execute(query, place).fetchone()
                tile = None if found is None else found[0]
                return tile if tile is None or isinstance(tile, bytes) else str(tile).encode()

            if zooms[0] is None:
                raise InputError(_say_elsewhere(path))
            return _take_tiles(path, read, zooms, window) | {"attribution": _plain_text(named.get("attribution"))}
    except sqlite3.Error as error:
        message = f"Base map {path.name!r} cannot be read as MBTiles: {error}."
        raise InputError(message) from error


def _read_pmtiles(path: Path, window: tuple[float, float, float, float]) -> dict[str, Any]:
    """Take the tiles of a PMTiles file that the window shows."""
    try:
        from pmtiles.reader import (  # noqa: PLC0415 - not always installed
            MmapSource,
            Reader,
        )
    except ImportError as error:
        message = (
            "Reading PMTiles needs the package pmtiles, which is not installed. Install it with: pip install pmtiles"
        )
        raise InputError(message) from error
    with path.open("rb") as file:
        try:
            reader = Reader(MmapSource(file))
            header = reader.header()
            said = _plain_text(reader.metadata().get("attribution"))
        except Exception as error:  # the package raises its own and others for files that are none
            message = f"Base map {path.name!r} cannot be read as PMTiles."
            raise InputError(message) from error
        whole, size = int(header["tile_data_offset"] + header["tile_data_length"]), path.stat().st_size
        if size < whole:
            message = f"Base map {path.name!r} is cut short: {size:,} of {whole:,} bytes are there. Copy it again."
            raise InputError(message)
        zooms = (int(header["min_zoom"]), int(header["max_zoom"]))
        return _take_tiles(path, reader.get, zooms, window) | {"attribution": said}


def _take_tiles(
    path: Path, read: ReadTile, zooms: tuple[int, int], window: tuple[float, float, float, float]
) -> dict[str, Any]:
    """Take zoom level after zoom level while all tiles of the window fit into the page."""
    taken: dict[str, str] = {}
    size, last = 0, None
    for zoom in range(zooms[0], min(zooms[1], _FINEST) + 1):
        level: dict[str, str] = {}
        for column, row in _tiles_in(window, zoom):
            image = read(zoom, column % 2**zoom, row)
            if image is not None:
                address = _tile_address(path, image)
                size += len(address)
                level[f"{zoom}/{column % 2**zoom}/{row}"] = address
            if size > MOST_BYTES:
                break
        if size > MOST_BYTES:
            break
        if level:
            taken |= level
            last = zoom
    if last is None and size > MOST_BYTES:
        message = (
            f"Base map {path.name!r} is too large for the page: its tiles of zoom level {zoom} on this map take more "
            f"than {MOST_BYTES // 1_000_000} MB, the most a page takes in. Add levels further out, e.g. with gdaladdo, "
            "or cut the map to fewer places."
        )
        raise InputError(message)
    if last is None:
        raise InputError(_say_elsewhere(path))
    first = min(int(name.partition("/")[0]) for name in taken)
    return {"kind": "tiles", "tiles": taken, "zooms": [first, last]}


def _tiles_in(window: tuple[float, float, float, float], zoom: int) -> Iterator[tuple[int, int]]:
    """Columns and rows of the tiles that a window touches; columns west of -180 degrees are negative."""
    west, south, east, north = window
    size = 2**zoom
    columns = [math.floor((longitude / 360 + 0.5) * size) for longitude in (west, east)]
    rows = [math.floor(_down(latitude) * size) for latitude in (north, south)]
    for column in range(columns[0], columns[1] + 1):
        for row in range(max(rows[0], 0), min(rows[1], size - 1) + 1):
            yield column, row


def _down(latitude: float) -> float:
    """Share of Web Mercator's height, from the north."""
    return 0.5 - math.asinh(math.tan(math.radians(latitude))) / (2 * math.pi)


def _tile_address(path: Path, image: bytes) -> str:
    """Write a tile as a data address."""
    kind = next((name for start, name in _RASTER_TYPES.items() if image.startswith(start)), None)
    if kind is None:
        message = f"Base map {path.name!r} holds no pictures (PNG, JPEG or WebP). Export it as raster tiles."
        raise InputError(message)
    return f"data:image/{kind};base64," + base64.b64encode(image).decode("ascii")


def _plain_text(value: object) -> str:
    """Text of an attribution, which often comes with tags."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", str(value or ""))).split())


def _say_elsewhere(path: Path) -> str:
    """Say that a base map shows another place."""
    return f"Base map {path.name!r} shows nothing of the places on this map. Give one that covers them, or none."
