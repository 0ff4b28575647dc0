"""Countries by the names people write, and rough outlines to find coordinates that lie elsewhere."""

from uxomap.countries._names import find_country
from uxomap.countries._outlines import (
    MARGIN_M,
    has_outline,
    lies_in_country,
    list_outlines,
    outside_country_m,
    read_outline,
)

__all__ = [
    "MARGIN_M",
    "find_country",
    "has_outline",
    "lies_in_country",
    "list_outlines",
    "outside_country_m",
    "read_outline",
]
