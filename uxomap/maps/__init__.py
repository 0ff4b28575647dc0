"""Maps: a web page that works without a network, sheets to print, and views for notebooks."""

from uxomap.maps.grid_plot import plot_contamination
from uxomap.maps.notebook import LayerView, assessment_view_html, show_layer
from uxomap.maps.sheets import make_atlas, make_map_sheet, save_map_sheet
from uxomap.maps.web import make_web_map, save_web_map, web_map_html

__all__ = [
    "LayerView",
    "assessment_view_html",
    "make_atlas",
    "make_map_sheet",
    "make_web_map",
    "plot_contamination",
    "save_map_sheet",
    "save_web_map",
    "show_layer",
    "web_map_html",
]
