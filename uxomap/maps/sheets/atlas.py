"""An atlas: an overview with an index, then one sheet a zone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import geopandas as gpd
import pandas as pd

from uxomap import wording
from uxomap.maps.sheets.choices import Choices, SheetOptions, check_options, check_sheet_layers
from uxomap.maps.sheets.column import draw_notice, say_date, say_reading, say_sources
from uxomap.maps.sheets.grid import square_of
from uxomap.maps.sheets.layers import SheetData, gather_layers, rows_of, take_frame
from uxomap.maps.sheets.page import MARGIN_MM, QUIET, Draft, Page, own_style
from uxomap.maps.sheets.sheet import draw_strips, find_frame, lay_out, strip_mm
from uxomap.maps.sheets.table import Column, draw_table, table_rows, zone_columns
from uxomap.maps.sheets.words import Words, split_list
from uxomap.maps.view import Window, find_window

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What lies around a zone, as a share of its size, on each side.
_AROUND = 0.6

#: Places of an index page beside each other.
_INDEX_COLUMNS = 2

#: Strikes named on the page of a zone, at most and at least, and lines for each text.
_MOST_STRIKES, _LEAST_STRIKES, _TEXT_LINES = 8, 3, 2

_ZONE_PT, _TITLE_PT = 8.0, 13.0


def make_atlas(layers: Any, **options: Unpack[SheetOptions]) -> "Iterator[Figure]":
    """
    Draw an atlas: an overview with an index of the zones, then one page a zone.

    Parameters
    ----------
    layers : Assessment, or mapping of str to DataFrame or GeoDataFrame
        As for :func:`make_map_sheet`.
    **options
        As for :func:`make_map_sheet`; ``bounds`` are those of the overview, and only zones that reach into them
        have pages.

    Returns
    -------
    iterator of matplotlib.figure.Figure
        Pages in their order, drawn when they are asked for. Write them with :func:`save_map_sheet`.

    Raises
    ------
    InputError
        A layer or a choice is not one that a sheet has, or matplotlib is not installed.
    SchemaError, CRSError
        A layer breaks its contract.

    Examples
    --------
    >>> from uxomap import draw_hazard_areas, find_strikes, merge_areas, read_reports, sample_data
    >>> areas = draw_hazard_areas(find_strikes(read_reports(sample_data())))
    >>> pages = make_atlas({"zones": merge_areas(areas)}, bounds=(37.3, 48.3, 38.0, 48.9))
    >>> len(list(pages))
    4
    """
    taken = check_sheet_layers(layers)
    choices = check_options(options)
    return _draw_pages(gather_layers(taken), choices)


def _draw_pages(every: SheetData, choices: Choices) -> "Iterator[Figure]":
    """Draw page after page."""
    words = Words(choices.language)
    window = choices.window or every.window
    listed = every if choices.window is None else take_frame(every, find_frame(choices, window))
    zones = listed.zones
    ids = [str(zone) for zone in zones["zone_id"]] if len(zones) else []
    index = index_rows = 0
    with own_style():
        overview, rows = lay_out(every, choices, window, **_numbering(words, ids, index))
        if rows < len(ids):  # the table of the overview is too short
            index, index_rows = _index_pages(listed, choices, words)
            overview, _ = lay_out(every, choices, window, **_numbering(words, ids, index))
    yield overview
    pages = _numbering(words, ids, index)["pages"]
    say_page = partial(_say_page, words, 1 + index + len(ids))
    for number in range(index):
        with own_style():
            shown = listed.zones.iloc[number * index_rows * _INDEX_COLUMNS :].head(index_rows * _INDEX_COLUMNS)
            figure = _draw_index(
                replace(listed, zones=shown), choices, words, pages, (index_rows, say_page(2 + number))
            )
        yield figure
    for number, zone in enumerate(ids):
        with own_style():
            figure = _draw_zone(every, choices, words, zone, say_page(2 + index + number))
        yield figure


def _numbering(words: Words, ids: Sequence[str], index: int) -> dict[str, Any]:
    """Pages of zones behind an overview and an index, and the number of the overview."""
    pages = {zone: 2 + index + number for number, zone in enumerate(ids)}
    return {"pages": pages, "page_number": _say_page(words, 1 + index + len(ids), 1)}


def _say_page(words: Words, total: int, number: int) -> str:
    """Say the number of a page."""
    return words.language.say("Page {n} of {total}", n=words.count(number), total=words.count(total))


def _draw_index_head(page: Page, every: SheetData, choices: Choices, words: Words) -> float:
    """Write title, place and date above the index; the place below them is returned."""
    width = page.width - 2 * MARGIN_MM
    y = MARGIN_MM + strip_mm(choices) + 0.9 * page.unit
    title = choices.language.say("Index of zones")
    y = page.paragraph(MARGIN_MM, y, [title], points=_TITLE_PT, bold=True, gid="title")
    subject = [choices.title, choices.place, say_date(every, choices, words)]
    text = " · ".join(part for part in subject if part)
    lines = page.wrap_within(text, width, _TEXT_LINES, _ZONE_PT)
    return page.paragraph(MARGIN_MM, y, lines, points=_ZONE_PT, color=QUIET, gid="date") + 1.0


def _draw_index_foot(page: Page, data: SheetData, choices: Choices, words: Words) -> float:
    """Write how to read the index, sources, version and notice below it; the place above them is returned."""
    width = page.width - 2 * MARGIN_MM
    bottom = page.height - MARGIN_MM - strip_mm(choices) - 0.9 * page.unit
    top = draw_notice(page, MARGIN_MM, width, bottom) - 1.2 * page.unit
    lines = page.wrap(say_reading(data, words), width)
    if data.surveyed:
        lines += page.wrap(choices.language.say("Estimates include the results of searches."), width)
    lines += say_sources(page, data, choices, words, width, _TEXT_LINES)
    lines += page.wrap(choices.language.say("Method version {version}.", version=wording.METHOD_VERSION), width)
    top -= len(lines) * page.line_mm()
    page.paragraph(MARGIN_MM, top, lines, color=QUIET, gid="fine")
    return top


def _index_pages(data: SheetData, choices: Choices, words: Words) -> tuple[int, int]:
    """Pages that the index needs, and rows in each of their columns: as even as they can be."""
    page = Draft(choices.size, choices.language)
    height = _draw_index_foot(page, data, choices, words) - _draw_index_head(page, data, choices, words)
    most = max(1, table_rows(page, height - 2.0))
    pages = max(1, -(-len(data.zones) // (most * _INDEX_COLUMNS)))
    return pages, max(1, -(-len(data.zones) // (pages * _INDEX_COLUMNS)))


def _draw_index(
    data: SheetData, choices: Choices, words: Words, pages: Mapping[str, int], shape: tuple[int, str]
) -> "Figure":
    """Draw one page of the index; *shape* is the rows of a column and the number of the page."""
    page = Page(choices.size, choices.language)
    rows, page_number = shape
    y = _draw_index_head(page, data, choices, words)
    _draw_index_foot(page, data, choices, words)
    columns = zone_columns(data, words, pages)
    gap = 8.0 * page.unit
    width = (page.width - 2 * MARGIN_MM - gap * (_INDEX_COLUMNS - 1)) / _INDEX_COLUMNS
    for place in range(_INDEX_COLUMNS):
        start = place * rows
        end = min(start + rows, len(data.zones))
        if start < end:
            draw_table(page, columns, (MARGIN_MM + place * (width + gap), y, width), (start, end))
    draw_strips(page, choices, page_number)
    figure: Figure = page.figure
    return figure


def _draw_zone(every: SheetData, choices: Choices, words: Words, zone: str, page_number: str) -> "Figure":
    """Draw the page of one zone."""
    chosen = every.zones[every.zones["zone_id"].astype(str) == zone]
    row = rows_of(chosen)[0]
    window = find_window({"zones": chosen})
    if window is not None:
        across, up = (window.east - window.west) * _AROUND, (window.north - window.south) * _AROUND
        north, south = min(window.north + up, 90.0), max(window.south - up, -90.0)
        window = Window(window.west - across, south, window.east + across, north)
    title = choices.language.say(
        "Zone {n}: {place}", n=words.count(row["number"]), place=words.names(row["location_text"])
    )

    # all strikes of the zone count, also those outside the frame
    details = partial(_draw_details, words, row, every)
    return lay_out(every, choices, window, title=title, page_number=page_number, zone=zone, details=details)[0]


def _draw_details(words: Words, row: Mapping[str, Any], every: SheetData, page: Page, *place: float) -> bool:
    """Write what is known of a zone; *place* is start, top, width and bottom. Tell whether all of it fits."""
    x, y, width, bottom = place
    head = words.language.say("Zone {id}", id=row["zone_id"])
    page.write(
        x, y + page.line_mm(_ZONE_PT) / 2, page.shorten(head, width, _ZONE_PT, bold=True), points=_ZONE_PT, bold=True
    )
    y += page.line_mm(_ZONE_PT) + 0.5
    page.rule(x, y, width, line=0.8)
    y += 0.6
    for label, text in _facts(row, words):
        lines = page.wrap_within(text, width * 0.66, _TEXT_LINES)
        if y + len(lines) * page.line_mm() > bottom:
            return False
        page.write(x, y + page.line_mm() / 2, page.shorten(label, width * 0.32), color=QUIET, gid="label")
        y = page.paragraph(x + width * 0.34, y, lines, gid="value") + 0.5
    strikes = every.strikes
    if not len(strikes):
        return True
    ids = split_list(row["strike_ids"])
    members = strikes[strikes["strike_id"].isin(ids)].sort_values(["date_start", "strike_id"])
    wanted = min(len(members), _MOST_STRIKES)
    rows = min(wanted, table_rows(page, bottom - y - 2.0 - page.line_mm()))
    if rows > 0:
        y = draw_table(page, _strike_columns(members, words), (x, y + 1.0, width), (0, rows))
        if rows < len(members):
            more = words.language.say("More strikes in the layers: {n}", n=words.count(len(members) - rows))
            page.paragraph(x, y + 0.6, page.wrap(more, width)[:1], color=QUIET, gid="note")
    return rows >= min(wanted, _LEAST_STRIKES)


def _facts(row: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """Labels and values of a zone."""
    say = words.language.say
    middle = row["geometry"].representative_point()
    place = words.position(middle.x, middle.y)
    reference = square_of(middle.x, middle.y, digits=4)
    facts = [
        (say("Items (range)"), words.estimate(row["uxo_low"], row["uxo_expected"], row["uxo_high"])),
        (say("Items a hectare"), words.number(row["uxo_per_ha"])),
        (say("Land to look in"), words.area(row["area_m2"])),
    ]
    if not pd.isna(row.get("rank_low")) and not pd.isna(row.get("rank_high")):
        facts.append((say("Rank (range)"), f"{words.count(row['rank_low'])}\u2013{words.count(row['rank_high'])}"))
    facts += [
        (say("Reported strikes"), words.count(row["n_strikes"])),
        (say("Dates"), words.days(row["date_start"], row["date_end"])),
        (say("Point in the zone"), f"{place} · {words.run(reference)}" if reference else place),
        (say("Reported place"), words.join(dict.fromkeys(split_list(row["location_text"])))),
    ]
    searched = row.get("items_found")
    if searched is not None and not pd.isna(searched):
        facts.append((say("Found by searches"), words.count(searched)))
    return facts


def _strike_columns(strikes: gpd.GeoDataFrame, words: Words) -> list[Column]:
    """Cells of the table of strikes."""
    say = words.language.say
    rows = rows_of(pd.DataFrame(strikes.drop(columns=strikes.geometry.name)))
    return [
        Column("id", say("Strike"), [str(row["strike_id"]) for row in rows]),
        Column("date", say("Date"), [words.day(row["date_start"]) for row in rows]),
        Column("place", say("Munition, as reported"), [str(row["munition_text"]) for row in rows]),
        Column("within", say("Place within"), [_within(row["precision_m"], words) for row in rows], at_end=True),
    ]


def _within(metres: float, words: Words) -> str:
    """Write how well a place is known."""
    return words.language.say("not known") if pd.isna(metres) else words.length(metres)
