"""How the hours of survey teams are best spent, and what a search can and cannot tell."""

from uxomap.survey._plan import DEFAULT_DETECTION, DEFAULT_TASK_HOURS, DEFAULT_TRAVEL_KM_H, plan_survey
from uxomap.survey._quality import (
    Residual,
    accept_on_zero,
    chance_of_accepting,
    chance_of_passing,
    residual_items,
    share_for_bound,
)
from uxomap.survey._result import SurveyPlan
from uxomap.survey._search import CircularSearch, allocate_effort, random_search, stone_circular_normal, update_chance
from uxomap.survey._transects import chance_of_find, transect_spacing, traversal_probability

__all__ = [
    "DEFAULT_DETECTION",
    "DEFAULT_TASK_HOURS",
    "DEFAULT_TRAVEL_KM_H",
    "CircularSearch",
    "Residual",
    "SurveyPlan",
    "accept_on_zero",
    "allocate_effort",
    "chance_of_accepting",
    "chance_of_find",
    "chance_of_passing",
    "plan_survey",
    "random_search",
    "residual_items",
    "share_for_bound",
    "stone_circular_normal",
    "transect_spacing",
    "traversal_probability",
    "update_chance",
]
