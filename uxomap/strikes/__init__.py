"""Reports to strikes: reports of one event linked, the munition matched to the catalogue, every assumption said."""

from uxomap.strikes._find import find_strikes

__all__ = ["find_strikes"]
