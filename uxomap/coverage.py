"""Cells and polygons: what exactextract finds, without a copy of an outline on the way in or out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource, JSONFeature
from exactextract.raster import NumPyRasterSource
from exactextract.writer import Writer

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]


def share_cells(
    polygons: Geometries, cells: Floats, corner: tuple[float, float], side: float
) -> tuple[Integers, Integers, Integers, Floats]:
    """
    Find the cells that polygons reach into, and the share of each cell that lies in the polygon.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, shape (n,)
        In the plane of the cells.
    cells : array of float, shape (rows, columns)
        From north to south and west to east.
    corner : tuple of float
        West and north edge of the cells.
    side : float
        Of a cell, in the unit of the plane.

    Returns
    -------
    owner, row, column : array of int
        Polygon and cell, in the order of the polygons.
    share : array of float
        Above 0, up to 1; right to about seven digits.

    Examples
    --------
    >>> field = np.array([shapely.box(1.0, 0.5, 2.0, 2.0)])
    >>> [part.tolist() for part in share_cells(field, np.ones((2, 2)), (0.0, 2.0), 1.0)]
    [[0, 0], [0, 1], [1, 1], [1.0, 0.5]]
    """
    rows, columns = cells.shape
    west, north = corner
    source = NumPyRasterSource(cells, west, north - rows * side, west + columns * side, north)
    found = Found(len(polygons))
    wanted = ["cell_id", "coverage"]
    exact_extract(source, Outlines(polygons, None), wanted, include_cols=["row"], output=found)
    sizes = [len(fields["cell_id"]) if "cell_id" in fields else 0 for fields in found.fields]
    empty: list[Any] = [np.empty(0)]
    number, share = (
        np.concatenate([np.asarray(fields[name]) for fields in found.fields if name in fields] or empty)
        for name in wanted
    )
    number, share = number.astype(np.int64), share.astype(np.float64)
    kept = share > 0
    owner = np.repeat(np.arange(len(polygons)), sizes)
    return owner[kept], number[kept] // columns, number[kept] % columns, share[kept]


class _Outline(Feature):  # type: ignore[misc]  # exactextract ships no types
    """A polygon as exactextract takes it; its own way through GeoJSON takes several times as long."""

    def __init__(self, row: int, outline: bytes) -> None:
        super().__init__()
        self._row = row
        self._outline = outline

    def geometry(self) -> bytes:
        """Outline as WKB."""
        return self._outline

    def get(self, _name: str) -> int:
        """Row of the polygon, the only field."""
        return self._row

    def fields(self) -> list[str]:
        """Names of the fields."""
        return ["row"]


class Outlines(FeatureSource):  # type: ignore[misc]  # exactextract ships no types
    """Polygons as exactextract takes them."""

    def __init__(self, polygons: Geometries, crs_text: str | None) -> None:
        super().__init__()
        self._outlines = shapely.to_wkb(polygons).tolist()
        self._crs_text = crs_text

    def count(self) -> int:
        """How many there are."""
        return len(self._outlines)

    def __iter__(self) -> Iterator[_Outline]:
        """One after the other."""
        return (_Outline(row, outline) for row, outline in enumerate(self._outlines))

    def srs_wkt(self) -> str | None:
        """CRS, that of the raster."""
        return self._crs_text


class _Fields(JSONFeature):  # type: ignore[misc]  # exactextract ships no types
    """The fields of a feature without its outline."""

    def set_geometry(self, outline: object) -> None:
        """Leave the outline where it is."""

    def set_geometry_format(self) -> str:
        """Ask for the form that costs least."""
        return "wkb"


class Found(Writer):  # type: ignore[misc]  # exactextract ships no types
    """What exactextract found for each polygon, by the names of the operations."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.names: list[str] = []
        self.fields: list[dict[str, Any]] = [{} for _ in range(size)]

    def add_operation(self, operation: Any) -> None:
        """Note the name of an operation."""
        self.names.append(operation.name)

    def add_column(self, name: str) -> None:
        """Note nothing: the row is known."""

    def write(self, feature: Any) -> None:
        """Keep what was found for a polygon."""
        found = _Fields()
        feature.copy_to(found)
        fields = found.feature["properties"]
        self.fields[fields["row"]] = fields

    def features(self) -> list[dict[str, Any]]:
        """Fields of each polygon."""
        return self.fields
