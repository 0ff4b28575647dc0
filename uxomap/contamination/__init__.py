"""Strikes to expected contamination: how many items each cell of a metric grid may hold, and how sure that is."""

from uxomap.contamination._cells import list_cells, share_hexagons
from uxomap.contamination._craters import estimate_from_craters
from uxomap.contamination._estimate import estimate_contamination
from uxomap.contamination._zone import find_high_risk_zone

__all__ = ["estimate_contamination", "estimate_from_craters", "find_high_risk_zone", "list_cells", "share_hexagons"]
