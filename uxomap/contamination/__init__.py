"""Strikes to expected contamination: how many items each cell of a metric grid may hold, and how sure that is."""

from uxomap.contamination._estimate import estimate_contamination

__all__ = ["estimate_contamination"]
