"""Strikes to expected contamination: how many items each cell of a metric grid may hold, and how sure that is."""

from uxomap.contamination._cells import list_cells, share_hexagons
from uxomap.contamination._craters import estimate_from_craters
from uxomap.contamination._estimate import estimate_contamination
from uxomap.contamination._surveys import SurveyWarning, read_finds, read_surveys
from uxomap.contamination._update import SurveyUpdate, update_contamination
from uxomap.contamination._zone import find_high_risk_zone

__all__ = [
    "SurveyUpdate",
    "SurveyWarning",
    "estimate_contamination",
    "estimate_from_craters",
    "find_high_risk_zone",
    "list_cells",
    "read_finds",
    "read_surveys",
    "share_hexagons",
    "update_contamination",
]
