"""People, facilities, roads and land in and near the zones, and the zones split by admin area."""

from uxomap.exposure._land import LandUse
from uxomap.exposure._measure import measure_exposure, split_by_admin
from uxomap.exposure._population import Population
from uxomap.exposure._vector import ExposureWarning

__all__ = ["ExposureWarning", "LandUse", "Population", "measure_exposure", "split_by_admin"]
