"""Leaflet and the templates of the page, read from installed packages; nothing is fetched."""

import base64
import re
from functools import cache
from importlib import metadata, resources
from pathlib import Path

#: Distribution that ships Leaflet.
_LEAFLET = "XStatic-Leaflet"

_SCRIPTS = (
    "packed.js",
    "core.js",
    "geodesy.js",
    "symbols.js",
    "drawing.js",
    "context.js",
    "tools.js",
    "legend.js",
    "panel.js",
    "page.js",
)


@cache
def leaflet_script() -> str:
    """
    Read the source of Leaflet.

    Returns
    -------
    str
        JavaScript, without the pointer to a source map that a browser would ask for.

    Raises
    ------
    ImportError
        XStatic-Leaflet is not installed whole.

    Examples
    --------
    >>> "sourceMappingURL" in leaflet_script()
    False
    """
    return re.sub(r"//# sourceMappingURL=\S*", "", _leaflet_text("leaflet.js"))


@cache
def leaflet_style() -> str:
    """
    Read the style sheet of Leaflet, with its images inside.

    Returns
    -------
    str
        CSS that refers to no other file.

    Raises
    ------
    ImportError
        XStatic-Leaflet is not installed whole.

    Examples
    --------
    >>> "url(images" in leaflet_style()
    False
    """
    style = _leaflet_text("leaflet.css")
    return re.sub(r"url\((images/[\w-]+\.png)\)", lambda found: f"url({_as_data_uri(found[1])})", style)


@cache
def page_file(name: str) -> str:
    """
    Read one template of the page.

    Examples
    --------
    >>> page_file("page.css")[:2]
    '/*'
    """
    return resources.files("uxomap.maps").joinpath("page", name).read_text(encoding="utf-8")


@cache
def page_script() -> str:
    """
    Join the scripts of the page into one that leaves a single global name.

    Examples
    --------
    >>> page_script().count("window.uxomapDraw =")
    1
    """
    body = "\n".join(page_file(name) for name in _SCRIPTS)
    return f'(function () {{\n"use strict";\n{body}\n}})();'


def _leaflet_text(name: str) -> str:
    """Read one of Leaflet's text files, with the same line ends everywhere."""
    return _leaflet_file(name).decode("utf-8").replace("\r\n", "\n")


def _leaflet_file(name: str) -> bytes:
    """Read one of Leaflet's files where pip put it."""
    try:
        listed = metadata.files(_LEAFLET) or []
    except metadata.PackageNotFoundError as error:
        raise ImportError(_missing(name)) from error
    paths = [file.locate() for file in listed if file.as_posix().endswith(f"leaflet/data/{name}")]
    if not paths:
        raise ImportError(_missing(name))
    return Path(str(paths[0])).read_bytes()


def _missing(name: str) -> str:
    """Say what to install."""
    return f"Leaflet's file {name} was not found. The web map needs {_LEAFLET}. Install it with: pip install {_LEAFLET}"


def _as_data_uri(name: str) -> str:
    """Write an image as a data URI."""
    return "data:image/png;base64," + base64.b64encode(_leaflet_file(name)).decode("ascii")
