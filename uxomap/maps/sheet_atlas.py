"""An atlas: an overview with an index, then one sheet a zone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import geopandas as gpd
import pandas as pd

from uxomap.maps.sheet import draw_strips, find_frame, lay_out
from uxomap.maps.sheet_choices import Choices, SheetOptions, check_options, check_sheet_layers
from uxomap.maps.sheet_grid import square_of
from uxomap.maps.sheet_layers import SheetData, gather_layers, rows_of, take_frame
from uxomap.maps.sheet_page import MARGIN_MM, QUIET, Page, own_style
from uxomap.maps.sheet_table import Column, draw_table, table_rows, zone_columns
from uxomap.maps.sheet_words import Words, split_list
from uxomap.maps.view import Window, find_window

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What lies around a zone, as a share of its size, on each side.
_AROUND = 0.6

#: Places of an index page beside each other.
_INDEX_COLUMNS = 2

#: Strikes named on the page of a zone, and lines for each text.
_MOST_STRIKES, _TEXT_LINES = 8, 2

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
    index = 0
    with own_style():
        overview, rows = lay_out(every, choices, window, **_numbering(words, ids, index))
        if rows < len(ids):  # the table of the overview is too short
            index = _index_pages(listed, choices)
            overview, _ = lay_out(every, choices, window, **_numbering(words, ids, index))
    yield overview
    pages = _numbering(words, ids, index)["pages"]
    say_page = partial(_say_page, words, 1 + index + len(ids))
    for number in range(index):
        with own_style():
            figure = _draw_index(listed, choices, words, pages, (number, say_page(2 + number)))
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


def _index_rows(page: Page) -> int:
    """Rows of one column of the index."""
    return table_rows(page, page.height - 2 * MARGIN_MM - 10 * page.unit - page.line_mm(_TITLE_PT) - 6.0)


def _index_pages(data: SheetData, choices: Choices) -> int:
    """Pages that the index needs."""
    rows = _index_rows(Page(choices.size, choices.language)) * _INDEX_COLUMNS
    return -(-len(data.zones) // rows)


def _draw_index(
    data: SheetData, choices: Choices, words: Words, pages: Mapping[str, int], number: tuple[int, str]
) -> "Figure":
    """Draw one page of the index."""
    page = Page(choices.size, choices.language)
    rows = _index_rows(page)
    top = MARGIN_MM + 5.5 * page.unit
    title = choices.language.say("Index of zones")
    y = page.paragraph(MARGIN_MM, top, [title], points=_TITLE_PT, bold=True, gid="title") + 1.0
    first = number[0] * rows * _INDEX_COLUMNS
    shown = replace(data, zones=data.zones.iloc[first : first + rows * _INDEX_COLUMNS])
    columns = zone_columns(shown, words, pages)
    gap = 8.0 * page.unit
    width = (page.width - 2 * MARGIN_MM - gap * (_INDEX_COLUMNS - 1)) / _INDEX_COLUMNS
    for place in range(_INDEX_COLUMNS):
        start = place * rows
        end = min(start + rows, len(shown.zones))
        if start < end:
            draw_table(page, columns, (MARGIN_MM + place * (width + gap), y, width), (start, end))
    draw_strips(page, choices, number[1])
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

    def details(page: Page, data: SheetData) -> Callable[[float, float, float, float], None]:
        del data  # all strikes of the zone count, also those outside the frame
        return partial(_draw_details, page, words, row, every)

    return lay_out(every, choices, window, title=title, page_number=page_number, details=details)[0]


def _draw_details(page: Page, words: Words, row: Mapping[str, Any], every: SheetData, *place: float) -> None:
    """Write what is known of a zone; *place* is start, top, width and bottom."""
    x, y, width, bottom = place
    head = words.language.say("Zone {id}", id=row["zone_id"])
    page.write(
        x, y + page.line_mm(_ZONE_PT) / 2, page.shorten(head, width, _ZONE_PT, bold=True), points=_ZONE_PT, bold=True
    )
    y += page.line_mm(_ZONE_PT) + 0.5
    page.rule(x, y, width, line=0.8)
    y += 0.6
    for label, text in _facts(row, words):
        lines = page.wrap(text, width * 0.66)
        if len(lines) > _TEXT_LINES:
            last = page.shorten(" ".join(lines[_TEXT_LINES - 1 :]), width * 0.66)
            lines = [*lines[: _TEXT_LINES - 1], last]
        if y + len(lines) * page.line_mm() > bottom:
            return
        page.write(x, y + page.line_mm() / 2, page.shorten(label, width * 0.32), color=QUIET, gid="label")
        y = page.paragraph(x + width * 0.34, y, lines, gid="value") + 0.5
    strikes = every.strikes
    if not len(strikes):
        return
    ids = split_list(row["strike_ids"])
    members = strikes[strikes["strike_id"].isin(ids)].sort_values(["date_start", "strike_id"])
    rows = min(len(members), _MOST_STRIKES, table_rows(page, bottom - y - 2.0 - page.line_mm()))
    if rows > 0:
        y = draw_table(page, _strike_columns(members, words), (x, y + 1.0, width), (0, rows))
        if rows < len(members):
            more = words.language.say("More strikes in the layers: {n}", n=words.count(len(members) - rows))
            page.paragraph(x, y + 0.6, page.wrap(more, width)[:1], color=QUIET, gid="note")


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
        (say("Point in the zone"), f"{place} · {reference}" if reference else place),
        (say("Reported place"), ", ".join(dict.fromkeys(split_list(row["location_text"])))),
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
