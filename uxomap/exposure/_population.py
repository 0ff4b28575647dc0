"""What is stated of the people: source, unit, what empty cells mean, and how far off the figures may be."""

import math
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from uxomap._validation import check_choice, is_number
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]

#: Units of population figures, and how many square metres a figure stands for; none: the whole cell or polygon.
UNITS = MappingProxyType({"people": None, "people_per_cell": None, "people_per_km2": 1e6, "people_per_ha": 1e4})

_NORMAL_95 = 1.6448536269514722

#: Fewer people are divided by as these, so that no number overflows.
_TINY = 1e-300

#: How many times as dense as on known land people may live on land that is not known, an assumption.
_AS_DENSE = 3.0

#: Share of the land that must be known, and shortfall below which all of it is.
_HALF, _WHOLE = 0.5, 1e-4


@dataclass(frozen=True, slots=True)
class Population:
    """
    Where people live, with what must be known about the figures.

    Parameters
    ----------
    source : path or GeoDataFrame
        Raster (GeoTIFF), polygons or points.
    unit : str
        ``"people_per_cell"`` or ``"people"`` (a count), ``"people_per_km2"`` or ``"people_per_ha"`` (a density).
    column : str, optional
        Column with the figures, for polygons and points; found by its name where left out.
    nodata : float, optional
        Value of a raster that stands for "not known" and is not declared as such in the file.
    empty_cells : {"unknown", "nobody"}
        What cells without data mean. Some rasters leave out land without buildings; the words that come with the
        raster say so.
    error_factor : float
        The number of people lies between the median divided and multiplied by this, with 90 %. 2 is an assumption.

    Raises
    ------
    InputError
        A choice is not one of those above.

    Examples
    --------
    >>> Population("people.tif", unit="people_per_cell", nodata=-99999).error_factor
    2.0
    """

    source: str | Path | gpd.GeoDataFrame
    unit: str | None = None
    column: str | None = None
    nodata: float | None = None
    empty_cells: str = "unknown"
    error_factor: float = 2.0

    def __post_init__(self) -> None:
        """Refuse choices that mean nothing."""
        if self.unit is not None:
            check_choice(self.unit, "population unit", list(UNITS))
        check_choice(self.empty_cells, "empty_cells", ["unknown", "nobody"])
        if not (is_number(self.error_factor) and self.error_factor >= 1):
            message = f"Invalid error_factor {self.error_factor!r}. Must be 1 or more; 2 is between half and double."
            raise InputError(message)
        if self.nodata is not None and not isinstance(self.nodata, Real):
            message = f"Invalid nodata {self.nodata!r}. Must be the number that stands for no data, e.g. -99999."
            raise InputError(message)

    @property
    def notes(self) -> list[str]:
        """What is assumed, in words."""
        return [
            f"people: 90 % range taken as the median divided and multiplied by {self.error_factor:g}, an assumption"
        ]


def state_population(population: object, unit: str | None) -> Population:
    """Take a path, a frame or a `Population`, with the unit stated in one place."""
    if isinstance(population, Population):
        if unit is not None and population.unit not in (None, unit):
            message = f"Two population units are stated: {population.unit!r} and {unit!r}. State one."
            raise InputError(message)
        if unit is None or population.unit is not None:
            return population
        return Population(
            population.source,
            unit,
            population.column,
            population.nodata,
            population.empty_cells,
            population.error_factor,
        )
    if not isinstance(population, str | Path | gpd.GeoDataFrame):
        message = f"Invalid population: {type(population).__name__}. Must be a path, a GeoDataFrame or a Population."
        raise InputError(message)
    return Population(population, unit)


def scale_up(people: Floats, known_m2: Floats, area_m2: Floats) -> tuple[Floats, Floats]:
    """
    People of the whole land from those of the known part, and the share known.

    Not known where less than half of the land is; land without extent has nobody.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = np.where(area_m2 > 0, np.clip(known_m2 / area_m2, 0.0, 1.0), 1.0)
        # Areas of polygons and of cells differ in the last digits; they are no unknown land.
        coverage = np.where(coverage > 1 - _WHOLE, 1.0, coverage)
        scaled = np.where(coverage < _HALF, np.nan, people / np.where(coverage > 0, coverage, np.nan))
    return np.where(area_m2 > 0, scaled, 0.0), coverage


def spread_people(expected: Floats, error_factor: float, coverage: float | Floats = 1.0) -> tuple[Floats, Floats]:
    """
    5 % and 95 % points of a number of people with a given mean.

    Where people are known for the share *coverage* of the land only, the low point is that of nobody on the rest, the
    high point that of people three times as dense there as on the known land, an assumption.
    """
    low, _ = _spread(expected * coverage, error_factor)
    _, high = _spread(expected * (coverage + _AS_DENSE * (1.0 - coverage)), error_factor)
    return low, high


def _spread(expected: Floats, error_factor: float) -> tuple[Floats, Floats]:
    """
    5 % and 95 % points of a number of people with a given mean, all land known.

    Lognormal; to the error of the source comes that of counting whole people, whose variance is the mean as of a
    Poisson count, which matters below some ten people.
    """
    log_sd = math.log(error_factor) / _NORMAL_95
    relative = math.expm1(log_sd**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.log1p(relative + np.where(expected > 0, 1.0 / np.maximum(expected, _TINY), 0.0))
    middle, half = expected * np.exp(-variance / 2), np.exp(_NORMAL_95 * np.sqrt(variance))
    return np.minimum(middle / half, expected), np.maximum(middle * half, expected)
