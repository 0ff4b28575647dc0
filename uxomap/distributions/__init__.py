"""
Distributions of shares and counts, and what follows from them for the items left on the ground.

Pure arithmetic: nothing here knows munitions, maps or files.

- shares: :class:`RatePool`, :func:`mix_pools`, :func:`beta_from_interval`, :func:`beta_from_mean`,
  :func:`beta_from_point`;
- counts of what was delivered: :class:`CountRange`, :func:`multiply_counts`, :func:`product_quantile`;
- duds of one strike: :class:`DudCount`, :func:`count_duds`, :func:`mix_duds`, :func:`duds_from_explosions`;
- totals over strikes: :func:`sum_intervals`, :func:`match_quantile`.
"""

from uxomap.distributions._betas import beta_from_interval, beta_from_mean, beta_from_point
from uxomap.distributions._counts import CountRange, multiply_counts, product_quantile
from uxomap.distributions._duds import DudCount, count_duds, duds_from_explosions, mix_duds
from uxomap.distributions._rates import RatePool, mix_pools
from uxomap.distributions._sums import match_quantile, sum_intervals

__all__ = [
    "CountRange",
    "DudCount",
    "RatePool",
    "beta_from_interval",
    "beta_from_mean",
    "beta_from_point",
    "count_duds",
    "duds_from_explosions",
    "match_quantile",
    "mix_duds",
    "mix_pools",
    "multiply_counts",
    "product_quantile",
    "sum_intervals",
]
