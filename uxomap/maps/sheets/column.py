"""The column of text beside the map: what it is, what it shows, what it hides, and what it rests on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from uxomap import wording
from uxomap.maps.sheets.choices import Choices
from uxomap.maps.sheets.draw import shows_countries
from uxomap.maps.sheets.frame import Frame
from uxomap.maps.sheets.grid import Grid
from uxomap.maps.sheets.inset import LOCATOR_SHAPE, draw_locator, has_locator
from uxomap.maps.sheets.layers import SheetData
from uxomap.maps.sheets.legend import Shown, draw_legend
from uxomap.maps.sheets.marks import draw_north, draw_scale, say_north
from uxomap.maps.sheets.page import INK, QUIET, SMALLEST_PT, Draft, Page
from uxomap.maps.sheets.table import draw_table, table_rows, zone_columns
from uxomap.maps.sheets.totals import say_items_here, say_items_shown, say_total, total_of_strikes, total_of_zones
from uxomap.maps.sheets.words import Words, gather, split_list

TITLE_PT, PLACE_PT, FACT_PT = 13.0, 9.0, 8.0

#: Rows that the table has at least where there are as many zones.
LEAST_ROWS = 8

#: Distance between the parts of the column in millimetres.
GAP_MM = 2.0

#: Lines for the place below the title.
_PLACE_LINES = 2

#: Distance between the table and its note in millimetres.
_NOTE_MM = 0.6

#: More sources, or letters of one, never fit in two lines.
_MOST_SOURCES, _LONGEST_SOURCE = 12, 300


@dataclass(frozen=True, slots=True)
class Fit:
    """How large the parts are that give way: locator and gaps in millimetres, texts in points, lists in lines."""

    locator_mm: float
    title_pt: float = TITLE_PT
    fact_pt: float = FACT_PT
    source_lines: int = 2
    place_lines: int = 3
    title_lines: int = 3
    gap_mm: float = GAP_MM


#: Sizes of the parts, the best first.
_FITS = (
    Fit(25.0),
    Fit(17.0),
    Fit(0.0),
    Fit(0.0, 11.0, SMALLEST_PT, gap_mm=1.4),
    Fit(0.0, 9.5, SMALLEST_PT, 2, 2, gap_mm=1.4),
    Fit(0.0, 9.5, SMALLEST_PT, 1, 2, gap_mm=1.4),
    Fit(0.0, 9.5, SMALLEST_PT, 1, 1, gap_mm=1.2),
    Fit(0.0, 8.0, SMALLEST_PT, 1, 1, title_lines=2, gap_mm=1.2),
)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """
    What the parts of one sheet share.

    Attributes
    ----------
    page : Page
        Paper.
    frame, grid : Frame, Grid
        Part of the Earth, and the lines over it.
    every, data : SheetData
        All there is; what lies in the frame.
    shown : Shown
        What of it needs an entry in the legend.
    choices, words : Choices, Words
        Of the user.
    title, place : str
        Above the column.
    pages : mapping of str to int
        Page of each zone, in an atlas.
    page_number : str
        Number of the page, in an atlas.
    zone : str
        Id of the zone that a page of an atlas is about.
    details : callable
        Draws the details of one zone in place of the table: page, start, top, width, bottom; tells whether all fit.
    """

    page: Page
    frame: Frame
    grid: Grid
    every: SheetData
    data: SheetData
    shown: Shown
    choices: Choices
    words: Words
    title: str
    place: str
    pages: Mapping[str, int] = field(default_factory=dict)
    page_number: str = ""
    zone: str = ""
    details: Callable[[Page, float, float, float, float], bool] | None = None


def draw_column(sheet: Sheet, x: float, y: float, width: float, bottom: float) -> int:
    """
    Draw the column from *y* to *bottom*; locator, title and lists give way until the table has its rows.

    Returns
    -------
    int
        Zones in the table: as many of the first as fit.
    """
    draft = replace(sheet, page=Draft(sheet.choices.size, sheet.choices.language))
    wanted = min(LEAST_ROWS, len(sheet.data.zones)) if sheet.details is None else 1
    fitting = (fit for fit in _FITS if _draw_parts(draft, fit, x, y, width, bottom) >= wanted)
    return _draw_parts(sheet, next(fitting, _FITS[-1]), x, y, width, bottom)


def _draw_parts(sheet: Sheet, fit: Fit, x: float, y: float, width: float, bottom: float) -> int:
    """Draw the parts of the column as large as *fit* lets them be; rows of the table are returned."""
    page = sheet.page
    gap = fit.gap_mm * page.unit
    y = _draw_title(sheet, x, y, width, fit) + gap * 0.8
    y = _draw_facts(sheet, x, y, width, fit) + gap
    y = _draw_heading(page, x, y, width, page.language.say("Legend"))
    y = draw_legend(page, sheet.shown, sheet.choices, x, y, width, borders=shows_countries(sheet.frame, sheet.choices))
    y += gap * 0.7
    arrow = 9.0 * page.unit
    below = draw_scale(page, sheet.frame, sheet.words, x, y, width - arrow)
    draw_north(page, x + width - arrow / 2, y, below - y)
    y = below + gap * 0.7
    bottom = _draw_notice(sheet, x, width, bottom) - gap * 0.6
    bottom = _draw_fine_print(sheet, x, width, bottom, fit) - gap * 0.8
    if sheet.details is not None:
        return int(sheet.details(page, x, y, width, bottom))
    bottom = _draw_unlocated(sheet, x, width, bottom, fit.place_lines) - gap * 0.8
    return _draw_zones(sheet, x, y, width, bottom)


def _draw_title(sheet: Sheet, x: float, y: float, width: float, fit: Fit) -> float:
    """Write title, place and date."""
    page = sheet.page
    lines = page.wrap_within(sheet.title, width, fit.title_lines, fit.title_pt, bold=True)
    y = page.paragraph(x, y, lines, points=fit.title_pt, bold=True, gid="title")
    if sheet.place:
        lines = page.wrap_within(sheet.place, width, _PLACE_LINES, PLACE_PT)
        y = page.paragraph(x, y + 0.3, lines, points=PLACE_PT, color=QUIET, gid="place")
    y = page.paragraph(
        x, y + 0.3, [say_date(sheet.every, sheet.choices, sheet.words)], points=FACT_PT, color=QUIET, gid="date"
    )
    page.rule(x, y + 1.0, width, line=0.8, color=INK)
    return y + 1.0


def say_date(every: SheetData, choices: Choices, words: Words) -> str:
    """Say up to when the map knows; never the time of printing, so that the same layers give the same sheet."""
    say = words.language.say
    if choices.date:
        return words.day(choices.date)
    last = every.last_day
    return say("No report has a date") if pd.isna(last) else say("Reports up to {date}", date=words.day(last))


def _draw_facts(sheet: Sheet, x: float, y: float, width: float, fit: Fit) -> float:
    """Draw the locator, and beside it what the map holds."""
    page, start = sheet.page, x
    tall = fit.locator_mm * page.unit
    if tall and has_locator(sheet.frame):
        wide = tall * LOCATOR_SHAPE[0] / LOCATOR_SHAPE[1]
        if not isinstance(page, Draft):
            draw_locator(page, sheet.frame, (x, y, wide, tall))
        start = x + wide + 3.0 * page.unit
    room = x + width - start
    place, lowest = y, y + tall
    first, *others = _facts(sheet)
    lines = page.wrap(first, room, fit.fact_pt, bold=True)
    place = page.paragraph(start, place, lines, points=fit.fact_pt, bold=True, gid="fact") + 1.0
    texts = [join_sentences(others)] if start == x else others
    for text in filter(None, texts):
        place = page.paragraph(start, place, page.wrap(text, room), gid="fact") + 1.0
    return max(place, lowest) if start > x else place


def join_sentences(texts: Iterable[str]) -> str:
    """
    Put short texts one after the other; each ends with a full stop.

    Examples
    --------
    >>> join_sentences(["Zones: 3", "The others follow."])
    'Zones: 3. The others follow.'
    """
    said = list(texts)
    return " ".join(text if text.endswith(".") else f"{text}." for text in said) if len(said) > 1 else "".join(said)


def _facts(sheet: Sheet) -> list[str]:
    """Say what the map holds; the first text is what stands out."""
    words, zones = sheet.words, sheet.data.zones
    say = sheet.page.language.say
    facts: list[str] = []
    own = zones[zones["zone_id"].astype(str) == sheet.zone] if sheet.zone else zones[:0]
    if len(own):
        facts.append(say_items_here(own, words))
        others = len(zones) - len(own)
        if others:
            facts.append(say("Other zones on this map: {n}", n=words.count(others)))
    elif len(zones):
        every = sheet.every
        total = total_of_zones(zones, every.hazard_areas, grid=every.grid, surveyed=every.surveyed)
        facts.append(say_items_shown(zones, total, words))
        if not total.has_range:
            facts.append(say("This is a sum of best estimates; ranges must not be added."))
        land = words.area(float(zones["area_m2"].sum()))
        facts.append(say("Zones: {n}; land to look in: {area}", n=words.count(len(zones)), area=land))
    else:
        facts.append(say("No zone lies on this map. That does not mean that nothing lies there."))
    outside = len(sheet.every.zones) - len(zones)
    if outside and not sheet.page_number:
        facts.append(say("Zones outside this map: {n}", n=words.count(outside)))
    if sheet.every.surveyed:
        facts.append(say("Estimates include the results of searches."))
    return facts


def _draw_heading(page: Page, x: float, y: float, width: float, text: str) -> float:
    """Write the heading of a part."""
    page.write(
        x, y + page.line_mm(8.0) / 2, page.shorten(text, width, 8.0, bold=True), points=8.0, bold=True, gid="head"
    )
    return y + page.line_mm(8.0) + 0.5


def _draw_zones(sheet: Sheet, x: float, y: float, width: float, bottom: float) -> int:
    """Draw the table of the first zones."""
    page, zones = sheet.page, sheet.data.zones
    say = page.language.say
    if not len(zones):
        return 0
    y = _draw_heading(
        page, x, y, width, say("Zones by priority") if sheet.data.ranked else say("Zones with the highest estimates")
    )
    rows, note = 0, _table_note(sheet, 0, width)
    for left_out in (False, True):  # the note takes more room where it has zones to name
        note = _table_note(sheet, rows if left_out else len(zones), width)
        rows = min(len(zones), table_rows(page, bottom - y - len(note) * page.line_mm() - _NOTE_MM))
        if rows == len(zones):
            break
    if rows <= 0:
        return 0
    pages = sheet.pages or None
    y = draw_table(
        page, zone_columns(replace(sheet.data, zones=zones.head(rows)), sheet.words, pages), (x, y, width), (0, rows)
    )
    page.paragraph(x, y + _NOTE_MM, _table_note(sheet, rows, width), color=QUIET, gid="note")
    return rows


def _table_note(sheet: Sheet, rows: int, width: float) -> list[str]:
    """Say how to read a table of so many rows, and how many zones it leaves out."""
    say, left_out = sheet.page.language.say, len(sheet.data.zones) - rows
    text = say_reading(sheet.data, sheet.words)
    if left_out:
        more = say("More zones in the layers: {n}", n=sheet.words.count(left_out))
        if sheet.pages:
            more = say("More zones in the index on the next page: {n}", n=sheet.words.count(left_out))
        text = join_sentences([more, text])
    return sheet.page.wrap(text, width)


def say_reading(data: SheetData, words: Words) -> str:
    """Say how to read the table."""
    say = words.language.say
    text = say("Best estimate and range (5 % to 95 %), rounded to two digits for reading.")
    if data.ranked:
        text += " " + say("Rank: the range that the priorities allow.")
    return text


def _draw_unlocated(sheet: Sheet, x: float, width: float, bottom: float, most: int) -> float:
    """Say above *bottom* what the map hides; the top of the panel is returned."""
    page, words = sheet.page, sheet.words
    # a map of everything answers for every strike, a map of a part for those that may lie in it
    whole = sheet.choices.window is None
    unlocated = sheet.every.unlocated if whole else sheet.data.unlocated
    say = page.language.say
    if not len(unlocated):
        return bottom
    inner = width - 3.0
    items = say_total(total_of_strikes(unlocated), words)
    text = say("Strikes not on this map: {n}, with about {k} items", n=words.count(len(unlocated)), k=items)
    head = page.wrap(text, inner, bold=True)
    ordered = unlocated.sort_values(["uxo_expected", "strike_id"], ascending=[False, True])
    names = list(dict.fromkeys(words.names(str(place)) for place in ordered["location_text"].fillna("")))
    said = say("Their place is known too coarsely. Locate them first: {places}", places=words.join(names))
    body = page.wrap_within(said, inner, most)
    elsewhere = len(sheet.every.unlocated) - len(unlocated)
    if elsewhere:
        text = say("More strikes not located, reported outside this map: {n}", n=words.count(elsewhere))
        body += page.wrap(text, inner)
    height = (len(head) + len(body)) * page.line_mm() + 2.0
    top = bottom - height
    page.box(x, top, width, height, facecolor="#f1f1f1", edgecolor=INK, linewidth=0.5, gid="panel")
    y = page.paragraph(x + 1.5, top + 1.0, head, bold=True, gid="unlocated")
    page.paragraph(x + 1.5, y, body, gid="unlocated")
    return top


def _draw_fine_print(sheet: Sheet, x: float, width: float, bottom: float, fit: Fit) -> float:
    """Write above *bottom* sources, projection, grid and version; the top is returned."""
    page = sheet.page
    say = page.language.say
    lines = say_sources(page, sheet.data, sheet.choices, sheet.words, width, fit.source_lines)
    text = f"{say_projection(sheet)} {say_north(page, sheet.frame)}"
    if (fit.locator_mm and has_locator(sheet.frame)) or shows_countries(sheet.frame, sheet.choices):
        text += " " + say("Country borders are rough; those in dispute are not drawn.")
    text += " " + say("Method version {version}.", version=wording.METHOD_VERSION)
    lines += page.wrap(text, width)
    top = bottom - len(lines) * page.line_mm()
    page.paragraph(x, top, lines, color=QUIET, gid="fine")
    return top


def say_sources(page: Page, data: SheetData, choices: Choices, words: Words, width: float, most: int) -> list[str]:
    """Name as many sources as fit in the lines for them."""
    say = page.language.say
    names = choices.sources or tuple(_sources(data)) or (say("not given"),)

    def say_first(shown: Sequence[str]) -> list[str]:
        text = say("Sources of the reports: {sources}", sources=words.join(shown))
        if len(shown) < len(names):
            text += " " + say("and more, named in the layers: {n}", n=words.count(len(names) - len(shown)))
        return page.wrap(text, width)

    tries = [names[:count] for count in range(min(len(names), _MOST_SOURCES), 0, -1)]
    # where not even one has room, its name is cut, never how many more there are
    lengths = range(min(len(names[0]), _LONGEST_SOURCE), 0, -1)
    tries += [(f"{names[0][:length].rstrip(' ,.;-')} …",) for length in lengths]
    found = {len(lines): lines for lines in map(say_first, reversed(tries))}  # the longest of each number of lines
    return found[max((count for count in found if count <= most), default=min(found))]


def say_projection(sheet: Sheet) -> str:
    """Say projection and grid."""
    say, words, grid = sheet.page.language.say, sheet.words, sheet.grid
    name = say("UTM zone {n}", n=sheet.frame.utm_zone) if sheet.frame.utm_zone else ""
    if not name:
        equal = "equal area" in str(sheet.frame.crs.name)
        name = say("equal-area, around the middle of the map") if equal else say("longitude and latitude")
    text = say("Projection: {name}, WGS 84.", name=name)
    if grid.kind == "degrees":
        return text + " " + say("Grid: longitude and latitude.")
    letters = [name for name, _ in grid.squares[:4]]
    one_zone = len(grid.zones) == 1 and bool(letters)
    names = [f"{grid.zones[0]} {letters[0]}", *letters[1:]] if one_zone else [*grid.zones, *letters]
    squares = words.join(words.run(name) for name in names)
    return (
        text + " " + say("Grid: MGRS, squares of {side}, in {squares}.", side=words.length(grid.step), squares=squares)
    )


def _sources(data: SheetData) -> list[str]:
    """Publishers of the reports, the most frequent first."""
    frames = [frame["source"] for frame in (data.strikes, data.hazard_areas, data.unlocated) if "source" in frame]
    texts = [text for frame in frames[:1] for text in frame.dropna()] or [
        text for frame in frames[1:] for text in frame.dropna()
    ]
    return [part for text in gather(texts) for part in split_list(text)]


def _draw_notice(sheet: Sheet, x: float, width: float, bottom: float) -> float:
    """Write the notice at the bottom of the column; its top is returned."""
    return draw_notice(sheet.page, x, width, bottom)


def draw_notice(page: Page, x: float, width: float, bottom: float) -> float:
    """Write the notice above *bottom*; its top is returned."""
    lines = page.wrap(page.language.say(wording.NOTICE), width - 3.0, bold=True)
    height = len(lines) * page.line_mm() + 2.0
    page.box(x, bottom - height, width, height, facecolor="white", edgecolor=INK, linewidth=0.8, gid="panel")
    page.paragraph(x + 1.5, bottom - height + 1.0, lines, bold=True, gid="notice")
    return bottom - height
