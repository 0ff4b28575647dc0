"""Collect the texts of maps and sheets for translators: python docs/extract_texts.py. See docs/languages.md."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from uxomap import wording
from uxomap.languages import LANGUAGES

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "uxomap" / "translations"

#: Texts that the code says by another name than their own words.
NAMED = (wording.NOTICE, wording.ROUNDING_NOTE, wording.SENSITIVITY)

#: Lines of a header that change without any text having changed, or that say nothing.
_LEFT_OUT = (
    b'"Project-Id-Version',
    b'"Report-Msgid-Bugs-To',
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Generated-By',
)

_ABOUT = """\
# Texts of the maps and sheets of uxomap.
# Change what stands behind msgstr; keep what stands in braces. See docs/languages.md."""


def make_template() -> Catalog:
    """Collect every text that the maps say, with the files that say it."""
    template = Catalog(project="uxomap", header_comment=_ABOUT, fuzzy=False)
    found = extract_from_dir(ROOT / "uxomap" / "maps", method_map=[("**.py", "python")], keywords={"say": None})
    for file, _, text, _, _ in found:
        template.add(text, locations=[(f"uxomap/maps/{file}", None)])
    for text in NAMED:
        template.add(text, locations=[("uxomap/wording.py", None)])
    return template


def write_catalogue(catalogue: Catalog) -> bytes:
    """Write a catalogue: sorted, without times, so that the same texts give the same bytes."""
    file = io.BytesIO()
    write_po(file, catalogue, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    lines = file.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_LEFT_OUT))


def update_catalogue(code: str, written: bytes, template: Catalog) -> bytes:
    """Bring a catalogue up to date: new texts stand empty in it, changed ones are marked fuzzy, old ones go."""
    catalogue = read_po(io.BytesIO(written), locale=code) if written else Catalog(locale=code, fuzzy=False)
    catalogue.project, catalogue.header_comment = template.project, template.header_comment
    catalogue.update(template, update_header_comment=True)
    catalogue.fuzzy = False
    return write_catalogue(catalogue)


def main() -> None:
    """Write the template, and every catalogue beside it."""
    template = make_template()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "uxomap.pot").write_bytes(write_catalogue(template))
    for code in set(LANGUAGES) - {"en"}:
        path = FOLDER / f"{code}.po"
        path.write_bytes(update_catalogue(code, path.read_bytes() if path.exists() else b"", template))


if __name__ == "__main__":
    main()
