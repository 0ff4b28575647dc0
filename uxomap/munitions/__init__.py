"""What is published about munitions: the catalogue, the names reports use, and the share that is left live."""

from uxomap.munitions._catalogue import (
    check_catalogue,
    find_munition,
    load_categories,
    load_estimates,
    load_munitions,
)
from uxomap.munitions._dud_rates import DudRate, dud_rate
from uxomap.munitions._evidence import load_bases, load_weights
from uxomap.munitions._kappa import KAPPA, fit_kappa
from uxomap.munitions._match import MunitionMatch, match_munition, match_munitions
from uxomap.munitions._own_estimates import add_estimates, given_rate, own_rate

__all__ = [
    "KAPPA",
    "DudRate",
    "MunitionMatch",
    "add_estimates",
    "check_catalogue",
    "dud_rate",
    "find_munition",
    "fit_kappa",
    "given_rate",
    "load_bases",
    "load_categories",
    "load_estimates",
    "load_munitions",
    "load_weights",
    "match_munition",
    "match_munitions",
    "own_rate",
]
