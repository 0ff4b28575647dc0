"""Doubts about figures of people: a unit that looks like another one, and numbers that stand for "no data"."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from uxomap.errors import InputError
from uxomap.exposure._population import UNITS
from uxomap.exposure._vector import warn
from uxomap.wording import round_for_reading

Floats = npt.NDArray[np.float64]

#: People per km² around the average person, outside which a unit is doubted (docs/exposure.md).
_FEW, _MANY = 10.0, 50_000.0

#: Readings that differ less are not told apart: cells of about a square kilometre read alike either way.
_APART = 3.0

#: A density at which the average person seldom lives, because people live in villages, and one at which many do.
_THIN, _SETTLED = 200.0, 300.0

#: Land of this size, in m², that holds more people per km² on the mean than this is a city, or read the wrong way.
_CITY_M2, _CITY = 2.5e7, 3_000.0

#: Tags of a raster in which a unit is written, and those with words on the whole.
_UNIT_TAGS = ("unit", "units", "band_units", "value_units", "unittype", "uom")
_TEXT_TAGS = ("description", "title", "long_name", "standard_name", "tifftag_imagedescription", "comment")

_PER_KM2 = re.compile(r"(?:per|/)\s*(?:sq(?:uare|\.)?\s*)?(?:km|kilomet)|\bkm\s*(?:\^|\*\*)?-2|\bkm⁻²")
_PER_HA = re.compile(r"(?:per|/)\s*(?:ha\b|hectare)|\bha\s*(?:\^|\*\*)?-1|\bha⁻¹")
_PER_CELL = re.compile(r"(?:per|/|in\s+(?:the|each|a))\s*(?:\S+\s+){0,6}(?:cell|pixel)|\bcounts?\b|\bheadcount")
_PLAIN = re.compile(r"^(?:number of )?(?:people|persons?|inhabitants?|population|individuals)$")

#: Largest values of whole-number types that often stand for "no data", and how far above the rest they must lie.
_FULL = (255.0, 32_767.0, 65_535.0)
_FAR_ABOVE = 2.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a raster says of its own unit: the words, and the units that they allow."""

    words: str
    units: frozenset[str]


def read_unit(dataset: Any) -> Said | None:
    """Read the unit that a raster states, if its words name one."""
    tags = {str(name).casefold(): str(text) for name, text in {**dataset.tags(), **dataset.tags(1)}.items()}
    stated = [dataset.units[0], *(tags.get(name) for name in _UNIT_TAGS)]
    described = [dataset.descriptions[0], *(tags.get(name) for name in _TEXT_TAGS)]
    for texts, plain in ((stated, True), (described, False)):
        for text in texts:
            units = _units_named(text or "", plain=plain)
            if units:
                return Said(str(text).strip(), units)
    return None


def _units_named(text: str, *, plain: bool) -> frozenset[str]:
    """Units that a text allows; none if it names none, or several kinds."""
    words = text.casefold().replace("²", "2").replace("_", " ").strip()
    per_km2, per_ha = bool(_PER_KM2.search(words)), bool(_PER_HA.search(words))
    density = per_km2 or per_ha or "density" in words
    count = bool(_PER_CELL.search(words)) or (plain and bool(_PLAIN.fullmatch(words)))
    if density == count or (per_km2 and per_ha):
        return frozenset()
    if count:
        return frozenset(name for name, per_m2 in UNITS.items() if per_m2 is None)
    named = {"people_per_km2"} if per_km2 else {"people_per_ha"} if per_ha else {"people_per_km2", "people_per_ha"}
    return frozenset(named)


class Crowd:
    """How densely the average person lives, under the unit that is stated and under the other one."""

    def __init__(self) -> None:
        self._people = 0.0
        self._squared = 0.0
        self._areas = 0.0
        self._land = 0.0

    def add(self, people: Floats, areas: Floats) -> None:
        """Take in the people of cells and the area of these in m²."""
        known = np.isfinite(people) & np.isfinite(areas)
        there = known & (people > 0)
        self._land += float(areas[known].sum())
        self._people += float(people[there].sum())
        self._squared += float((people[there] ** 2 / areas[there]).sum())
        self._areas += float((people[there] * areas[there]).sum())

    def densities(self, *, counts: bool, area_m2: float) -> tuple[float, float]:
        """People per km² around the average person as stated, and as it would be the other way."""
        if not self._people:
            return np.nan, np.nan
        density = 1e6 * self._squared / self._people
        cell_m2 = self._areas / self._people
        return density, density * cell_m2 / area_m2 if counts else density * area_m2 / cell_m2

    def doubt(self, *, counts: bool, area_m2: float, few: float = _FEW) -> list[str]:
        """Warn if the other unit gives a density that people live at and the one stated does not; what to note."""
        density, other = self.densities(counts=counts, area_m2=area_m2)
        stated_fits, other_fits = few <= density <= _MANY, few <= other <= _MANY
        if _differ(density, other) and other_fits and not stated_fits:
            stated, meant = ("a count", "a density") if counts else ("a density", "a count")
            warn(
                f"The population is stated as {stated}, but then the average person lives at {density:,.2g} people per "
                f"km²; as {meant} it would be {other:,.2g}. Check the unit in the words that come with the data."
            )
            return [f"people: the figures look like {meant}, but are stated as {stated}, check the unit"]
        return []

    def is_either(self, *, counts: bool, area_m2: float) -> bool:
        """Whether people could well live as the stated unit says, and at least as well as the other one says."""
        density, other = self.densities(counts=counts, area_m2=area_m2)
        if not _differ(density, other):
            return False
        if counts:
            # A whole region as dense as a city, where the other reading makes it countryside.
            city = self._land > _CITY_M2 and 1e6 * self._people / self._land > _CITY
            return city and _FEW <= other <= _MANY
        return _FEW <= density < _THIN and _SETTLED <= other <= _MANY


def _differ(density: float, other: float) -> bool:
    """Whether two readings lie far enough apart to matter; not so where one is not known."""
    return max(density, other) > _APART * min(density, other)


def doubt_unit(unit: str, said: Said | None, crowd: Crowd, totals: Any) -> list[str]:
    """
    Warn where the file contradicts the unit stated, or the figures fit another one as well; what to note.

    *totals* gives people in and near the zones by the unit stated and by another one.
    """
    per_m2 = UNITS[unit]
    counts, area_m2 = per_m2 is None, per_m2 or 1e6
    if said is not None and unit not in said.units:
        meant = "people_per_cell" if "people_per_cell" in said.units else min(said.units, key=list(UNITS).index)
        both = _say_both(unit, meant, totals(meant))
        warn(f"The population is stated as {unit}, but the file says {said.words!r}. {both}")
        return [f"people: stated as {unit}, but the file says {said.words!r}, check the unit"]
    notes = crowd.doubt(counts=counts, area_m2=area_m2)
    if notes or said is not None or not crowd.is_either(counts=counts, area_m2=area_m2):
        return notes
    meant = "people_per_km2" if counts else "people_per_cell"
    warn(
        f"The figures of the population fit two units, and the file names none. {_say_both(unit, meant, totals(meant))}"
    )
    return [f"people: stated as {unit}, but the figures would fit {meant} as well, check the unit"]


def _say_both(unit: str, meant: str, people: tuple[float, float]) -> str:
    """Say how many people there are either way, and what to do."""
    stated, other = (round_for_reading(number) for number in people)
    return (
        f"As {unit} there are {stated} people in and near the zones, as {meant} {other}. Check the unit in the words "
        "that come with the data, and compare with a number of people that you know."
    )


class FullCells:
    """Cells that hold the largest number their type can, and the largest of the others."""

    def __init__(self, dataset: Any) -> None:
        kind = np.dtype(dataset.dtypes[0])
        # Rasters kept as wider types were often made from narrow ones. Of bytes the largest is 255.
        limits = [float(np.iinfo(kind).max)] if kind.kind in "iu" else list(_FULL[1:])
        numbers = [limit for limit in limits if limit in _FULL] or list(_FULL[1:])
        self._limits = np.array(numbers) * dataset.scales[0] + dataset.offsets[0]
        self._most = -np.inf
        self._found: dict[float, int] = {}

    def add(self, values: Floats) -> None:
        """Take in values that are known."""
        full = np.isin(values, self._limits)
        for value, number in zip(*(part.tolist() for part in np.unique(values[full], return_counts=True)), strict=True):
            self._found[value] = self._found.get(value, 0) + number
        self._most = max(self._most, float(values[~full].max(initial=-np.inf)))

    def check(self) -> None:
        """Refuse them where they lie far above all others."""
        for value, number in sorted(self._found.items(), reverse=True):
            rest = max([self._most, *(other for other in self._found if other < value)])
            if value > _FAR_ABOVE * max(rest, 0.0):
                others = f"; the largest of the others is {rest:g}" if np.isfinite(rest) else ""
                message = (
                    f"The population raster holds {value:g} in {number:,} cells around the zones{others}. This is the "
                    'largest number some files can hold and mostly stands for "no data". If so, say it: '
                    f"Population(path, unit=..., nodata={value:g}). If so many people live there, say nodata=-1."
                )
                raise InputError(message)
