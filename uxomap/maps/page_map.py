"""The folium element behind the web map: folium's container, our own page."""

import json
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any, cast

import folium
from branca.element import Element, Figure
from folium.template import Template

from uxomap.maps.assets import leaflet_script, leaflet_style, page_file, page_script

#: Height of the page in a notebook, in pixels.
NOTEBOOK_HEIGHT_PX = 480

#: Name of every element, instead of folium's random ones: the same layers give the same bytes.
_NAME = "uxomap"

#: Options of Leaflet's map.
_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "zoom_control": False,
        "attribution_control": False,
        "zoom_snap": 0.25,
        "zoom_delta": 0.5,
        "track_resize": False,  # the page watches the size of the map itself
    }
)


#: Least and highest zoom level of the map. Folium would take them for limits of its own tiles only.
_ZOOM_LIMITS: Mapping[str, int] = MappingProxyType({"min_zoom": 1, "max_zoom": 19})


class _Part(Element):
    """A finished piece of the page. branca would run it as a template once more, and report text with it."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        """Keep the text as it is."""
        super().__init__()
        self.text = text


class PageMap(folium.Map):
    """A folium map whose page, scripts and styles are all inside it."""

    _template = Template(page_file("page.html"))

    def __init__(self, data: Mapping[str, object], texts: Mapping[str, object]) -> None:
        """
        Make the container.

        Parameters
        ----------
        data : mapping
            What the page's script reads: labels, style, window, layers, context.
        texts : mapping
            Title, subtitle, summary lines, sensitivity label, notice, rounding note, method version, language,
            direction, and the host that tiles are asked from (empty where none is).
        """
        super().__init__(location=(0, 0), zoom_start=2, tiles=None, prefer_canvas=True, **_OPTIONS)
        self.options.update(_ZOOM_LIMITS)
        self.default_js = []
        self.default_css = []
        self._id = _NAME
        figure = cast("Figure", self.get_root())
        figure._id = f"{_NAME}_figure"  # noqa: SLF001 - folium offers no other way to a fixed name
        figure.title = escape(str(texts["title"]))
        self.texts = texts
        self.labels = data["labels"]
        self.data_text = script_safe(data)
        self.leaflet_script = leaflet_script()
        self.leaflet_style = leaflet_style()
        self.page_style = page_file("page.css")
        self.page_script = page_script()

    def render(self, **kwargs: object) -> str:
        """Put head, body and script into the figure, and then whatever was added to the map; the figure writes them."""
        figure = cast("Figure", self.get_root())
        parts = self._template.module
        for place, macro in ((figure.header, parts.header), (figure.html, parts.html), (figure.script, parts.script)):
            place.add_child(_Part(macro(self, kwargs)), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
        return ""

    def _repr_html_(self, **kwargs: object) -> str:
        """Show the page in a notebook."""
        return frame_html(str(self.get_root().render(**kwargs)))


def frame_html(page: str, *, height_px: int = NOTEBOOK_HEIGHT_PX) -> str:
    """
    Put a page into a frame of its own, so that neither it nor the notebook can disturb the other.

    Examples
    --------
    >>> frame_html("<p>", height_px=100)[:46]
    '<iframe title="Map" srcdoc="&lt;p&gt;" style="'
    """
    look = f"width:100%;height:{height_px}px;border:1px solid #b9b5ab;box-sizing:border-box"
    return f'<iframe title="Map" srcdoc="{escape(page)}" style="{look}" allowfullscreen></iframe>'


def script_safe(value: object) -> str:
    r"""
    Write a value as JSON that can stand in a page: no text in it can end the script or open a tag.

    Examples
    --------
    >>> script_safe({"a": "</script>&"})
    '{"a":"\\u003c/script\\u003e\\u0026"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for mark in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text
