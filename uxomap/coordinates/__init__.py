"""Places as people write them: text to longitude and latitude, and how fine it is written."""

from uxomap.coordinates._angles import HEMISPHERES, half_unit_m, read_angles, read_degrees
from uxomap.coordinates._grids import last_digit_m
from uxomap.coordinates._numbers import plain_digits, read_number
from uxomap.coordinates._places import read_places
from uxomap.coordinates._systems import find_crs, to_wgs84

__all__ = [
    "HEMISPHERES",
    "find_crs",
    "half_unit_m",
    "last_digit_m",
    "plain_digits",
    "read_angles",
    "read_degrees",
    "read_number",
    "read_places",
    "to_wgs84",
]
