"""Print sheets: a map to hand out on A4 or A3, and the files they are written to."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from uxomap._files import stage_file
from uxomap.errors import InputError
from uxomap.maps.sheets.choices import SIZES, Choices, SheetOptions, check_options, check_sheet_layers
from uxomap.maps.sheets.column import Sheet, draw_column
from uxomap.maps.sheets.draw import draw_grid, draw_map, place_zones, strikes_drawn
from uxomap.maps.sheets.frame import EDGE, Frame, choose_frame
from uxomap.maps.sheets.grid import make_grid
from uxomap.maps.sheets.layers import SheetData, gather_layers, take_frame
from uxomap.maps.sheets.legend import Shown
from uxomap.maps.sheets.page import MARGIN_MM, Draft, Page, load_matplotlib, own_style
from uxomap.maps.sheets.words import Words
from uxomap.maps.view import Window

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Share of the paper within its margins that the map takes.
_MAP_SHARE = 0.665

#: Distance between map and column, and height of the labels around the map, in millimetres.
_GUTTER_MM, _LABEL_MM = 4.0, 3.6

#: Size of the sensitivity label in points, and height of its strips beyond its first line, in millimetres.
_STRIP_PT, _STRIP_MM = 8.0, 1.2

#: Room for the number of the page beside it.
_NUMBER_MM = 28.0

#: Dots an inch of a PNG.
_PNG_DPI = 200

#: Of pictures in a PDF, such as very many dots.
_PDF_DPI = 300

_ENDINGS = (".pdf", ".png")

#: Nothing to say about a file.
_NOTHING: Mapping[str, str] = MappingProxyType({})


def make_map_sheet(layers: Any, **options: Unpack[SheetOptions]) -> "Figure":
    """
    Draw layers on one sheet of paper, to print and hand out.

    The map stands beside a column with title, locator, legend, scale bar, table of zones, strikes that are not on
    the map, sources, projection, version and notice; the sensitivity label stands at the top and the bottom.
    Classes and colours are the same on every map. Everything in the frame that no zone covers is hatched as not
    assessed. For a language that runs from right to left the sheet is mirrored.

    Parameters
    ----------
    layers : Assessment, or mapping of str to DataFrame or GeoDataFrame
        Any of ``zones``, ``priorities``, ``zone_updates``, ``hazard_areas``, ``strikes`` and ``unlocated``, as uxomap
        makes them (EPSG:4326). Missing and empty layers are allowed. Zones are drawn from ``zone_updates`` where it
        is given, otherwise from ``priorities``, otherwise from ``zones``. Other layers of an assessment are not drawn;
        of ``contamination`` the range of the total is used.
    **options
        Choices of the sheet:

        title : str
            Heading; "Where unexploded items may lie" unless given.
        place : str
            Where, below the heading.
        date : str or date
            When; the last day of the reports unless given.
        sources : sequence of str
            Named at the foot; the publishers of the strikes unless given.
        size : str
            ``A4`` (the default) or ``A3``, landscape.
        language : str or Language
            Code of a language, ``en`` by default.
        sensitivity : str
            Label that says who may see the sheet, ``internal`` by default.
        bounds : tuple of float
            West, south, east, north of the map in degrees; everything with a place unless given. West above east
            crosses the antimeridian.
        context : mapping of str to GeoDataFrame
            Any of ``admin``, ``roads``, ``water`` and ``settlements`` (EPSG:4326); a column ``name`` is written on
            the map for settlements and admin areas.
        grid : str
            ``auto`` (the default), ``mgrs`` or ``degrees``. MGRS squares of 100 m, 1 km or 10 km need a map in one
            UTM zone; elsewhere the grid is of degrees.

    Returns
    -------
    matplotlib.figure.Figure
        Exactly as large as the paper; write it with :func:`save_map_sheet`.

    Raises
    ------
    InputError
        A layer or a choice is not one of those above, or matplotlib is not installed.
    SchemaError, CRSError
        A layer breaks its contract.

    Examples
    --------
    >>> sheet = make_map_sheet({}, place="Northern district", bounds=(36.5, 49.5, 37.5, 50.2))
    >>> [round(float(side) * 25.4) for side in sheet.get_size_inches()]
    [297, 210]
    """
    taken = check_sheet_layers(layers)
    choices = check_options(options)
    every = gather_layers(taken)
    with own_style():
        return lay_out(every, choices, choices.window or every.window)[0]


def lay_out(every: SheetData, choices: Choices, window: Window | None, **parts: Any) -> tuple["Figure", int]:
    """
    Lay out one sheet around a window; *parts* are further attributes of the sheet.

    Returns
    -------
    figure : Figure
        The sheet.
    listed : int
        Zones that its table has.

    Examples
    --------
    >>> from uxomap.languages import load_language
    >>> choices = Choices(load_language("en"))
    >>> [axes.get_label() for axes in lay_out(gather_layers({}), choices, Window(37, 49, 38, 50))[0].axes]
    ['paper', 'locator', 'map']
    """
    page = Page(choices.size, choices.language)
    label, strip = _LABEL_MM * page.unit, strip_mm(choices)
    top, bottom = MARGIN_MM + strip, page.height - MARGIN_MM - strip
    frame = find_frame(choices, window)
    data = take_frame(every, frame)
    title = choices.title or choices.language.say("Where unexploded items may lie")
    marks = place_zones(page, frame, data.zones)
    sheet = Sheet(
        page=page,
        frame=frame,
        grid=make_grid(frame, choices.grid),
        every=every,
        data=data,
        shown=Shown(
            data,
            strikes=strikes_drawn(data, frame, marks),
            dots=bool((marks.inside & marks.dots).any()),
            areas=bool(len(data.hazard_areas)) and not bool(marks.dots.all() and len(marks.dots)),
        ),
        choices=choices,
        words=Words(choices.language),
        title=parts.pop("title", title),
        place=parts.pop("place", choices.place),
        **parts,
    )
    start = MARGIN_MM + frame.width_mm + 2 * label + _GUTTER_MM * page.unit
    listed = draw_column(sheet, start, top, page.width - MARGIN_MM - start, bottom)
    axes = page.axes(MARGIN_MM + label, top + label, frame.width_mm, frame.height_mm, "map")
    axes.set_gid("map")
    told = np.arange(len(data.zones)) < listed
    if sheet.zone:
        told = data.zones["zone_id"].astype(str).to_numpy() == sheet.zone
    plan = draw_map(page, axes, frame, data, choices, told, marks)
    corner = page.left(MARGIN_MM + label, frame.width_mm), top + label
    draw_grid(page, axes, frame, sheet.grid, corner, plan)
    draw_strips(page, choices, sheet.page_number)
    return page.figure, listed


def find_frame(choices: Choices, window: Window | None) -> Frame:
    """
    Find the part of the Earth that a sheet shows; bounds that the user chose touch its edge.

    Examples
    --------
    >>> from uxomap.languages import load_language
    >>> find_frame(Choices(load_language("en")), Window(37.0, 49.0, 38.0, 50.0)).scale
    750000.0
    """
    width, height, unit = SIZES[choices.size]
    label, strip = 2 * _LABEL_MM * unit, 2 * strip_mm(choices)
    inside = (width - 2 * MARGIN_MM) * _MAP_SHARE - label, height - 2 * MARGIN_MM - strip - label
    chosen = choices.window is not None and window is choices.window
    return choose_frame(window, *inside, edge=0.0 if chosen else EDGE)


def draw_strips(page: Page, choices: Choices, page_number: str = "") -> None:
    """Write the sensitivity label at the top and the bottom, and the number of the page."""
    lines = _sensitivity(page, choices)
    tall, high = strip_mm(choices), len(lines) * page.line_mm(_STRIP_PT)
    for y, rule in (
        (MARGIN_MM, MARGIN_MM + tall - 0.8),
        (page.height - MARGIN_MM - high, page.height - MARGIN_MM - tall + 0.8),
    ):
        look = {"points": _STRIP_PT, "bold": True, "align": "middle", "gid": "sensitivity"}
        page.paragraph(page.width / 2, y, lines, **look)
        page.rule(MARGIN_MM, rule, page.width - 2 * MARGIN_MM, line=0.25)
    if page_number:
        y = page.height - MARGIN_MM - page.line_mm(_STRIP_PT) / 2
        page.write(page.width - MARGIN_MM, y, page_number, align="end", gid="page")


def strip_mm(choices: Choices) -> float:
    """Height of the strips at the top and the bottom: the sensitivity label always stands there whole."""
    page = Draft(choices.size, choices.language)
    return len(_sensitivity(page, choices)) * page.line_mm(_STRIP_PT) + _STRIP_MM * page.unit


def _sensitivity(page: Page, choices: Choices) -> list[str]:
    """Lines of the sensitivity label; the number of the page has room beside them."""
    text = choices.language.say("Sensitivity: {label}", label=choices.language.say(choices.sensitivity))
    return page.wrap(text, page.width - 2 * (MARGIN_MM + _NUMBER_MM * page.unit), _STRIP_PT, bold=True)


def save_map_sheet(
    sheet: "Figure | Iterable[Figure]", path: str | os.PathLike[str], *, about: Mapping[str, str] = _NOTHING
) -> Path:
    """
    Write a sheet, or the pages of an atlas, to a file, whole or not at all.

    Parameters
    ----------
    sheet : Figure or iterable of Figure
        As :func:`make_map_sheet` or :func:`make_atlas` gives it. Pages are drawn one after the other, so that an
        atlas of a thousand pages needs no more memory than one of ten.
    path : str or path-like
        File to write: ``.pdf``, or for a single sheet ``.png`` (200 dots an inch). A file of that name is replaced.
    about : Mapping of str to str, optional
        What a PDF says in its properties: any of ``Title``, ``Author``, ``Subject``, ``Keywords``. A PNG holds none.

    Returns
    -------
    Path
        The file. It holds no time of writing: the same layers give the same bytes.

    Raises
    ------
    InputError
        The ending is neither ``.pdf`` nor ``.png``, there is no page, or there are several pages for a PNG.
    OutputError
        The file cannot be written. An earlier file stays as it was.

    Examples
    --------
    >>> sheet = make_map_sheet({}, bounds=(36.5, 49.5, 37.5, 50.2))
    >>> save_map_sheet(sheet, "/no/such/folder/sheet.pdf")
    Traceback (most recent call last):
    ...
    uxomap.errors.OutputError: Cannot write /no/such/folder/sheet.pdf: that folder does not exist. ...
    """
    load_matplotlib()
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in _ENDINGS:
        message = f"Cannot write a map sheet as {target.name!r}. Must end in .pdf or .png."
        raise InputError(message)
    pages: Iterator[Any] = iter([sheet] if hasattr(sheet, "savefig") else sheet)
    with stage_file(target) as draft, own_style():
        if ending == ".png":
            _single(pages).savefig(draft, dpi=_PNG_DPI, format="png", metadata={"Software": None})
        else:
            _write_pages(pages, draft, about)
    return target


def _single(pages: "Iterator[Figure]") -> "Figure":
    """Take the only page."""
    first = next(pages, None)
    if first is None or next(pages, None) is not None:
        message = "A PNG holds exactly one page. Write the pages of an atlas to a .pdf."
        raise InputError(message)
    return first


def _write_pages(pages: "Iterator[Figure]", draft: Path, about: Mapping[str, str]) -> None:
    """Write pages to one PDF."""
    from matplotlib.backends.backend_pdf import PdfPages  # noqa: PLC0415 - slow to load

    first = next(pages, None)
    if first is None:
        message = "There is no page to write. Give a sheet, or the pages of an atlas."
        raise InputError(message)
    fixed = {"CreationDate": None, "ModDate": None, "Creator": "uxomap", "Producer": None}
    with PdfPages(draft, metadata={**about, **fixed}) as file:
        file.savefig(first, dpi=_PDF_DPI)
        for page in pages:
            file.savefig(page, dpi=_PDF_DPI)
