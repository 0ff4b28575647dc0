"""Sheets to print: a page with map and column, an atlas, and the files that they are written to."""

from uxomap.maps.sheets.atlas import make_atlas
from uxomap.maps.sheets.sheet import make_map_sheet, save_map_sheet

__all__ = ["make_atlas", "make_map_sheet", "save_map_sheet"]
