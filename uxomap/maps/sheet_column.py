"""The column of text beside the map: what it is, what it shows, what it hides, and what it rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from uxomap import wording
from uxomap.maps.sheet_choices import Choices
from uxomap.maps.sheet_draw import shows_countries
from uxomap.maps.sheet_frame import Frame
from uxomap.maps.sheet_grid import Grid
from uxomap.maps.sheet_inset import draw_locator, has_locator
from uxomap.maps.sheet_layers import SheetData
from uxomap.maps.sheet_legend import draw_legend
from uxomap.maps.sheet_marks import draw_north, draw_scale, say_north
from uxomap.maps.sheet_page import INK, QUIET, Page
from uxomap.maps.sheet_table import draw_table, table_rows, zone_columns
from uxomap.maps.sheet_words import Words, gather, split_list

TITLE_PT, PLACE_PT, FACT_PT = 13.0, 9.0, 8.0

#: Height of the locator in millimetres.
_LOCATOR_MM = 25.0

#: Distance between the parts of the column in millimetres.
GAP_MM = 2.0

#: Lines for the sources, and for the places of strikes not located.
_SOURCE_LINES, _PLACE_LINES = 2, 3

#: More sources never fit in two lines.
_MOST_SOURCES = 12


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
    choices, words : Choices, Words
        Of the user.
    title, place : str
        Above the column.
    pages : mapping of str to int
        Page of each zone, in an atlas.
    page_number : str
        Number of the page, in an atlas.
    details : callable
        Draws the details of one zone in place of the table: start, top, width, bottom.
    """

    page: Page
    frame: Frame
    grid: Grid
    every: SheetData
    data: SheetData
    choices: Choices
    words: Words
    title: str
    place: str
    pages: Mapping[str, int] = field(default_factory=dict)
    page_number: str = ""
    details: Callable[[float, float, float, float], None] | None = None


def draw_column(sheet: Sheet, x: float, y: float, width: float, bottom: float) -> int:
    """
    Draw the column from *y* to *bottom*.

    Returns
    -------
    int
        Zones in the table: as many of the first as fit.
    """
    page = sheet.page
    gap = GAP_MM * page.unit
    y = _draw_title(sheet, x, y, width)
    y = _draw_facts(sheet, x, y, width) + gap
    y = _draw_heading(page, x, y, width, page.language.say("Legend"))
    y = draw_legend(page, sheet.data, sheet.choices, x, y, width, borders=shows_countries(sheet.frame, sheet.choices))
    y += gap * 0.7
    arrow = 9.0 * page.unit
    below = draw_scale(page, sheet.frame, sheet.words, x, y, width - arrow)
    draw_north(page, x + width - arrow / 2, y, below - y)
    y = below + gap * 0.7
    bottom = _draw_notice(sheet, x, width, bottom) - gap * 0.6
    bottom = _draw_fine_print(sheet, x, width, bottom) - gap * 0.8
    if sheet.details is not None:
        sheet.details(x, y, width, bottom)
        return len(sheet.data.zones)
    bottom = _draw_unlocated(sheet, x, width, bottom) - gap * 0.8
    return _draw_zones(sheet, x, y, width, bottom)


def _draw_title(sheet: Sheet, x: float, y: float, width: float) -> float:
    """Write title, place and date."""
    page = sheet.page
    y = page.paragraph(
        x, y, page.wrap(sheet.title, width, TITLE_PT, bold=True)[:3], points=TITLE_PT, bold=True, gid="title"
    )
    if sheet.place:
        lines = page.wrap(sheet.place, width, PLACE_PT)[:2]
        y = page.paragraph(x, y + 0.3, lines, points=PLACE_PT, color=QUIET, gid="place")
    y = page.paragraph(x, y + 0.3, [say_date(sheet)], points=FACT_PT, color=QUIET, gid="date")
    page.rule(x, y + 1.0, width, line=0.8, color=INK)
    return y + 1.0 + GAP_MM * page.unit * 0.8


def say_date(sheet: Sheet) -> str:
    """Say up to when the map knows; never the time of printing, so that the same layers give the same sheet."""
    say = sheet.page.language.say
    if sheet.choices.date:
        return sheet.words.day(sheet.choices.date)
    last = sheet.every.last_day
    return say("No report has a date") if pd.isna(last) else say("Reports up to {date}", date=sheet.words.day(last))


def _draw_facts(sheet: Sheet, x: float, y: float, width: float) -> float:
    """Draw the locator, and beside it what the map holds."""
    page, words, zones = sheet.page, sheet.words, sheet.data.zones
    say = page.language.say
    tall, start = _LOCATOR_MM * page.unit, x
    if has_locator(sheet.frame):
        wide = tall * 1.25
        draw_locator(page, sheet.frame, (x, y, wide, tall))
        start = x + wide + 3.0 * page.unit
    room = x + width - start
    facts: list[tuple[str, bool]] = []
    if len(zones):
        total = words.number(float(zones["uxo_expected"].sum()))
        if set(zones["hazard_kind"]) == {"dud"}:
            facts.append((say("About {n} unexploded items estimated in the zones shown", n=total), True))
        else:
            text = say("About {n} unexploded items or live mines estimated in the zones shown", n=total)
            facts.append((text, True))
        land = words.area(float(zones["area_m2"].sum()))
        facts.append((say("Zones: {n}; land to look in: {area}", n=words.count(len(zones)), area=land), False))
    else:
        facts.append((say("No zone lies on this map. That does not mean that nothing lies there."), True))
    outside = len(sheet.every.zones) - len(zones)
    if outside and not sheet.page_number:
        facts.append((say("Zones outside this map: {n}", n=words.count(outside)), False))
    if sheet.every.surveyed:
        facts.append((say("Estimates include the results of searches."), False))
    place, lowest = y, y + tall
    for text, bold in facts:
        points = FACT_PT if bold else 7.0
        lines = page.wrap(text, room, points, bold=bold)
        if place + len(lines) * page.line_mm(points) > lowest + 0.5 and start > x:
            break
        place = page.paragraph(start, place, lines, points=points, bold=bold, gid="fact") + 1.0
    return max(place, lowest) if start > x else place


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
    note = page.wrap(_say_reading(sheet), width)
    notes = len(note) + 1  # one for the zones that are left out
    rows = min(len(zones), table_rows(page, bottom - y - notes * page.line_mm()))
    if rows <= 0:
        return 0
    pages = sheet.pages or None
    y = draw_table(
        page, zone_columns(replace(sheet.data, zones=zones.head(rows)), sheet.words, pages), (x, y, width), (0, rows)
    )
    if rows < len(zones):
        more = say("More zones in the layers: {n}", n=sheet.words.count(len(zones) - rows))
        if pages:
            more = say("More zones in the index on the next page: {n}", n=sheet.words.count(len(zones) - rows))
        note = [*page.wrap(more, width), *note]
    page.paragraph(x, y + 0.6, note, color=QUIET, gid="note")
    return rows


def _say_reading(sheet: Sheet) -> str:
    """Say how to read the table."""
    say = sheet.page.language.say
    text = say("Best estimate and range (5 % to 95 %), rounded to two digits for reading; the layers keep full values.")
    if sheet.data.ranked:
        text += " " + say("Rank: the range that the priorities allow.")
    return text


def _draw_unlocated(sheet: Sheet, x: float, width: float, bottom: float) -> float:
    """Say above *bottom* what the map hides; the top of the panel is returned."""
    page, words, unlocated = sheet.page, sheet.words, sheet.data.unlocated
    say = page.language.say
    if not len(unlocated):
        return bottom
    inner = width - 3.0
    items = words.number(float(unlocated["uxo_expected"].sum()))
    text = say("Strikes not on this map: {n}, with about {k} items", n=words.count(len(unlocated)), k=items)
    head = page.wrap(text, inner, bold=True)
    ordered = unlocated.sort_values(["uxo_expected", "strike_id"], ascending=[False, True])
    names = list(dict.fromkeys(words.names(str(place)) for place in ordered["location_text"].fillna("")))
    body = page.wrap(
        say("Their place is known too coarsely. Locate them first: {places}", places=", ".join(names)), inner
    )
    if len(body) > _PLACE_LINES:
        body = [*body[: _PLACE_LINES - 1], page.shorten(" ".join(body[_PLACE_LINES - 1 :]), inner)]
    elsewhere = len(sheet.every.unlocated) - len(unlocated)
    if elsewhere:
        body += page.wrap(say("Strikes not located in other places: {n}", n=words.count(elsewhere)), inner)
    height = (len(head) + len(body)) * page.line_mm() + 2.0
    top = bottom - height
    page.box(x, top, width, height, facecolor="#f1f1f1", edgecolor=INK, linewidth=0.5, gid="panel")
    y = page.paragraph(x + 1.5, top + 1.0, head, bold=True, gid="unlocated")
    page.paragraph(x + 1.5, y, body, gid="unlocated")
    return top


def _draw_fine_print(sheet: Sheet, x: float, width: float, bottom: float) -> float:
    """Write above *bottom* sources, projection, grid and version; the top is returned."""
    page = sheet.page
    say = page.language.say
    lines = _say_sources(sheet, width)
    text = f"{say_projection(sheet)} {say_north(page, sheet.frame)}"
    if has_locator(sheet.frame) or shows_countries(sheet.frame, sheet.choices):
        text += " " + say("Country borders are rough; those in dispute are not drawn.")
    text += " " + say("Method version {version}.", version=wording.METHOD_VERSION)
    lines += page.wrap(text, width)
    top = bottom - len(lines) * page.line_mm()
    page.paragraph(x, top, lines, color=QUIET, gid="fine")
    return top


def _say_sources(sheet: Sheet, width: float) -> list[str]:
    """Name as many sources as fit in the lines for them."""
    page, say = sheet.page, sheet.page.language.say
    names = sheet.choices.sources or tuple(_sources(sheet.data)) or (say("not given"),)
    for count in range(min(len(names), _MOST_SOURCES), 0, -1):
        text = say("Sources of the reports: {sources}", sources=", ".join(names[:count]))
        if count < len(names):
            text += " " + say("and more, named in the layers: {n}", n=sheet.words.count(len(names) - count))
        lines = page.wrap(text, width)
        if len(lines) <= _SOURCE_LINES:
            break
    if len(lines) > _SOURCE_LINES:
        lines = [*lines[: _SOURCE_LINES - 1], page.shorten(" ".join(lines[_SOURCE_LINES - 1 :]), width)]
    return lines


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
    squares = ", ".join(f"{grid.zones[0]} {letters}" for letters, _ in grid.squares[:4])
    if len(grid.zones) > 1:
        squares = ", ".join([*grid.zones, *(letters for letters, _ in grid.squares[:4])])
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
    page = sheet.page
    lines = page.wrap(page.language.say(wording.NOTICE), width - 3.0, bold=True)
    height = len(lines) * page.line_mm() + 2.0
    page.box(x, bottom - height, width, height, facecolor="white", edgecolor=INK, linewidth=0.8, gid="panel")
    page.paragraph(x + 1.5, bottom - height + 1.0, lines, bold=True, gid="notice")
    return bottom - height
