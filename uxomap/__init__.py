"""
From reported strikes and published dud rates to hazard areas, estimates with honest ranges, and maps for survey teams.

Indicative desk products only: places that are not shown are not assessed, and only a survey and the national
authority say what a place is. The names below are loaded when they are first used, so that ``import uxomap`` costs
next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uxomap.assessment import Assessment, assess
    from uxomap.contamination import estimate_contamination, find_high_risk_zone, update_contamination
    from uxomap.errors import CRSError, InputError, OutputError, SchemaError, UxomapError
    from uxomap.export import write_layers
    from uxomap.exposure import measure_exposure
    from uxomap.hazard_areas import draw_hazard_areas, list_unlocated
    from uxomap.maps import make_map_sheet, make_web_map
    from uxomap.munitions import dud_rate, load_munitions, match_munition
    from uxomap.priority import rank_areas
    from uxomap.reports import read_reports
    from uxomap.samples import sample_data
    from uxomap.strikes import find_strikes
    from uxomap.survey import plan_survey
    from uxomap.zones import merge_areas

__version__ = "0.1.0"

__all__ = [
    "Assessment",
    "CRSError",
    "InputError",
    "OutputError",
    "SchemaError",
    "UxomapError",
    "assess",
    "draw_hazard_areas",
    "dud_rate",
    "estimate_contamination",
    "find_high_risk_zone",
    "find_strikes",
    "list_unlocated",
    "load_munitions",
    "make_map_sheet",
    "make_web_map",
    "match_munition",
    "measure_exposure",
    "merge_areas",
    "plan_survey",
    "rank_areas",
    "read_reports",
    "sample_data",
    "update_contamination",
    "write_layers",
]

_HOMES = {
    "Assessment": "assessment",
    "CRSError": "errors",
    "InputError": "errors",
    "OutputError": "errors",
    "SchemaError": "errors",
    "UxomapError": "errors",
    "assess": "assessment",
    "draw_hazard_areas": "hazard_areas",
    "dud_rate": "munitions",
    "estimate_contamination": "contamination",
    "find_high_risk_zone": "contamination",
    "find_strikes": "strikes",
    "list_unlocated": "hazard_areas",
    "load_munitions": "munitions",
    "make_map_sheet": "maps",
    "make_web_map": "maps",
    "match_munition": "munitions",
    "measure_exposure": "exposure",
    "merge_areas": "zones",
    "plan_survey": "survey",
    "rank_areas": "priority",
    "read_reports": "reports",
    "sample_data": "samples",
    "update_contamination": "contamination",
    "write_layers": "export",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOMES:
        message = f"module 'uxomap' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"uxomap.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Names that completion offers."""
    return sorted([*__all__, "__version__"])
