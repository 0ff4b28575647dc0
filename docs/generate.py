"""Write the pages that are made from the package's own tables: ``python docs/generate.py``."""

from collections.abc import Callable, Mapping
from pathlib import Path

from uxomap.schema import layer_schemas

DOCS = Path(__file__).resolve().parent

LAYERS_INTRO = """# Layers

Columns that other people may rely on. Vector layers are in EPSG:4326, longitude before latitude. Units stand in the
names or in the column *unit*. An empty value means *not known*, never zero.

This page is made from `uxomap/layers.csv` by `python docs/generate.py`.
"""


def layers_page() -> str:
    """Every column of every layer."""
    parts = [LAYERS_INTRO]
    for name, layer in layer_schemas().items():
        geometry = " or ".join(layer.geometry) or "none"
        parts.append(f"\n## {name}\n\nGeometry: {geometry}.\n\n| column | kind | unit | meaning |\n|---|---|---|---|\n")
        parts.extend(
            f"| `{column.name}` | {column.kind}{' (optional)' if column.optional else ''} | {column.unit} "
            f"| {column.meaning.replace('|', '&#124;')} |\n"
            for column in layer.columns.values()
        )
    return "".join(parts)


PAGES: Mapping[str, Callable[[], str]] = {"layers.md": layers_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
