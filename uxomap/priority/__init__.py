"""Which zones to survey first, and how sure that order is."""

from uxomap.priority._beside import rank_topsis, rank_weighted_sum
from uxomap.priority._criteria import Criteria, Criterion, read_criteria
from uxomap.priority._rank import rank_areas
from uxomap.priority._smaa import Acceptability, entropy_of_ranks, run_smaa
from uxomap.priority._values import value_of
from uxomap.priority._weights import draw_weights

__all__ = [
    "Acceptability",
    "Criteria",
    "Criterion",
    "draw_weights",
    "entropy_of_ranks",
    "rank_areas",
    "rank_topsis",
    "rank_weighted_sum",
    "read_criteria",
    "run_smaa",
    "value_of",
]
