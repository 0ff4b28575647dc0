"""Print sheets: everything a reader needs stands on them, in its place, true to scale, the same every time."""

import itertools
import os
import re
import subprocess
import sys
import warnings
from types import MappingProxyType

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_hex, to_rgb

from uxomap import InputError, OutputError, SchemaError, schema, wording
from uxomap.crs import offset_points, split_at_antimeridian
from uxomap.errors import CRSError
from uxomap.languages import Language
from uxomap.maps.sheets.atlas import make_atlas
from uxomap.maps.sheets.page import Page
from uxomap.maps.sheets.sheet import make_map_sheet, save_map_sheet

MM = 25.4
BANNED = re.compile(
    r"\b(safe|clear|cleared|free|released|cancell?ed|reduced|confirmed|no risk|SHA|CHA|green)\b", re.IGNORECASE
)
#: Texts of the column whose boxes must not touch.
COLUMN = {
    "title", "place", "date", "fact", "head", "legend", "fraction", "heading", "cell", "note", "unlocated", "fine",
    "notice", "north", "label", "value",
}  # fmt: skip


def circle(longitude, latitude, radius):
    """A circle on the ellipsoid, cut at the antimeridian as layers are."""
    angles = np.linspace(0, 2 * np.pi, 72)
    centre = np.full(72, longitude), np.full(72, latitude)
    x, y = offset_points(*centre, radius * np.cos(angles), radius * np.sin(angles))
    return split_at_antimeridian(np.array([shapely.Polygon(np.column_stack([x, y]))]))[0]


def fill(layer, size, **columns):
    """Rows that keep the contract of a layer; columns not named get plain values."""
    plain = {"text": "", "integer": 1, "number": 1.0, "date": pd.Timestamp("2022-03-02")}
    asked = {name: plain[column.kind] for name, column in schema.layer_schema(layer).columns.items()}
    return pd.DataFrame(asked | columns, index=range(size))


def make_zones(spots, layer="zones", **columns):
    """Circles around places, each of its own density."""
    size = len(spots)
    area = np.array([np.pi * radius**2 for *_, radius in spots])
    values = {
        "zone_id": [f"Z-{number + 1:02d}" for number in range(size)],
        "strike_ids": [f"S-{number + 1:02d}" for number in range(size)],
        "hazard_kind": "dud",
        "location_text": [f"Village {number + 1}, District" for number in range(size)],
        "uxo_low": 10.0,
        "uxo_expected": np.arange(size, 0, -1) * 40.0,
        "uxo_high": np.arange(size, 0, -1) * 90.0,
        "area_m2": area,
        "uxo_per_ha": np.resize([0.05, 0.5, 5.0, 50.0, 500.0], size),
    }
    frame = fill(layer, size, **(values | columns))
    return gpd.GeoDataFrame(frame, geometry=[circle(*spot) for spot in spots], crs="EPSG:4326")


def make_unlocated(size, **columns):
    values = {
        "strike_id": [f"U-{number}" for number in range(size)],
        "location_text": [f"Somewhere {number}, District" for number in range(size)],
        "longitude": 37.1,
        "latitude": 48.6,
        "uxo_expected": 100.0,
    }
    return fill("unlocated", size, **(values | columns))


def make_strikes(spots, **columns):
    values = {
        "strike_id": [f"S-{number + 1:02d}" for number in range(len(spots))],
        "munition_candidates": "9m27k",
        "location_text": [f"Village {number + 1}, District" for number in range(len(spots))],
        "source": "a publisher",
    }
    frame = fill("strikes", len(spots), **(values | columns))
    places = gpd.points_from_xy([spot[0] for spot in spots], [spot[1] for spot in spots])
    return gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4326")


SPOTS = [(37.05, 48.55, 900.0), (37.2, 48.66, 1500.0), (37.15, 48.5, 60.0), (37.3, 48.6, 700.0)]


@pytest.fixture(scope="module")
def layers():
    return MappingProxyType(
        {"zones": make_zones(SPOTS), "strikes": make_strikes(SPOTS), "unlocated": make_unlocated(3)}
    )


@pytest.fixture(scope="module")
def sheet(layers):
    return make_map_sheet(layers, place="Northern district")


def texts_of(figure):
    return [text for axes in figure.axes for text in axes.texts if text.get_text()]


def said(figure):
    return " ".join(text.get_text() for text in texts_of(figure))


def box_mm(text, figure):
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    return text.get_window_extent(renderer).extents / figure.dpi * MM


def axes_named(figure, name):
    return next(axes for axes in figure.axes if axes.get_label() == name)


def overlaps(boxes, spare=0.15):
    pairs = itertools.combinations(boxes, 2)
    return [
        (one[0], other[0])
        for one, other in pairs
        if one[1][0] + spare < other[1][2]
        and other[1][0] + spare < one[1][2]
        and one[1][1] + spare < other[1][3]
        and other[1][1] + spare < one[1][3]
    ]


# --- what stands on it ---


@pytest.mark.parametrize(
    "words",
    [
        "Where unexploded items may lie",
        "Northern district",
        "Reports up to 2 Mar 2022",
        "Legend",
        "under 0.1",
        "0.1 to 1",
        "1 to 10",
        "10 to 100",
        "over 100",
        "not assessed",
        "under 3 times the low end",
        "10 times or more",
        "strike: cluster munition",
        "Scale 1:",
        "Zones with the highest estimates",
        "160 (10–360)",
        "Z-01",
        "Village 1",
        "250 ha",
        "Strikes not on this map: 3, with about 300 items",
        "Somewhere 0",
        "Sources of the reports: a publisher",
        "UTM zone 37",
        "MGRS, squares of 1 km",
        "west of true north",
        f"Method version {wording.METHOD_VERSION}",
        "rounded to two digits for reading",
        wording.NOTICE,
    ],
)
def test_the_sheet_says(sheet, words):
    assert words in said(sheet)


def test_the_sensitivity_label_stands_at_the_top_and_the_bottom(layers):
    sheet = make_map_sheet(layers, sensitivity="restricted: partners only")
    places = [box_mm(text, sheet)[1] for text in texts_of(sheet) if text.get_gid() == "sensitivity"]
    assert min(places) < 16
    assert max(places) > 194
    assert "Sensitivity: restricted: partners only" in said(sheet)


def test_no_banned_word_is_printed_on_any_page(layers):
    for page in make_atlas(layers):
        assert not BANNED.search(said(page).replace(wording.NOTICE, ""))


def test_everything_without_a_zone_is_hatched_and_nothing_is_painted_in_a_promising_colour(sheet):
    frame = axes_named(sheet, "map")
    assert frame.patch.get_hatch()
    found = [
        to_rgb(colour)
        for axes in sheet.axes
        for artist in [*axes.patches, *axes.lines]
        for colour in [artist.get_facecolor() if hasattr(artist, "get_facecolor") else artist.get_color()]
    ]
    assert len(found) > 20
    assert not [colour for colour in found if colour[1] > 1.05 * max(colour[0], colour[2])]


def test_dashes_and_fills_of_the_map_are_those_of_the_legend():
    """Intervals of 2, 5 and 50 times the low end: solid, dashed, dotted."""
    zones = make_zones(SPOTS[:2] + SPOTS[3:], uxo_low=10.0, uxo_high=[20.0, 50.0, 500.0], uxo_per_ha=[0.5, 5.0, 50.0])
    frame = axes_named(make_map_sheet({"zones": zones}), "map")
    outlines = [patch for patch in frame.patches if patch.get_linewidth() == 0.8]
    assert [patch.get_linestyle() for patch in outlines] == ["solid", (0, (5.0, 2.2)), (0, (0.9, 1.5))]
    fills = {to_hex(patch.get_facecolor()) for patch in frame.patches if patch.get_linewidth() != 0.8}
    assert {"#f8b64c", "#e4712b", "#b5302a"} <= fills


def test_priorities_bring_their_order_and_range_of_ranks(layers):
    ranks = {"priority": [4, 3, 2, 1], "rank_low": [3, 2, 1, 1], "rank_high": [4, 4, 3, 2]}
    sheet = make_map_sheet({**layers, "priorities": make_zones(SPOTS, "priorities", **ranks)})
    cells = [text.get_text() for text in texts_of(sheet) if text.get_gid() == "cell"]
    assert [cell for cell in cells if cell.startswith("Z-")] == ["Z-04", "Z-03", "Z-02", "Z-01"]
    assert {"1–2", "1–3", "2–4", "3–4"} <= set(cells)
    assert "Zones by priority" in said(sheet)


def test_estimates_after_a_search_replace_the_first_ones(layers):
    updates = make_zones(SPOTS, "zone_updates", uxo_low=1.0, uxo_expected=[7.0, 6.0, 5.0, 4.0], uxo_high=9.0)
    text = said(make_map_sheet({**layers, "zone_updates": updates}))
    assert "7 (1–9)" in text
    assert "Estimates include the results of searches." in text


def test_strikes_that_are_not_located_are_not_drawn(layers):
    hidden = make_unlocated(1, strike_id=["S-01"])
    frame = axes_named(make_map_sheet({"strikes": layers["strikes"], "unlocated": hidden}), "map")
    drawn = sum(len(symbols.get_offsets()) for symbols in frame.collections if symbols.get_label() == "cluster")
    assert drawn == len(SPOTS) - 1


def test_an_area_of_its_own_counts_what_lies_outside(layers):
    sheet = make_map_sheet(layers, bounds=(37.15, 48.63, 37.25, 48.69))
    assert "Zones outside this map: 3" in said(sheet)
    assert "Strikes not located in other places: 3" not in said(sheet)  # none lies in the map: no panel at all
    assert [text.get_text() for text in texts_of(sheet) if text.get_gid() == "number"] == ["2"]


def test_context_is_drawn_and_named(layers):
    context = {
        "roads": gpd.GeoDataFrame(geometry=[shapely.LineString([(37, 48.5), (37.3, 48.7)])], crs="EPSG:4326"),
        "water": gpd.GeoDataFrame(geometry=[shapely.box(37.1, 48.58, 37.12, 48.6)], crs="EPSG:4326"),
        "admin": gpd.GeoDataFrame({"name": ["Western raion"]}, geometry=[shapely.box(37, 48, 37.2, 49)], crs=4326),
        "settlements": gpd.GeoDataFrame(
            {"name": ["Old Mill", None]}, geometry=gpd.points_from_xy([37.11, 37.25], [48.62, 48.52]), crs=4326
        ),
    }
    text = said(make_map_sheet(layers, context=context))
    for words in ("Western raion", "Old Mill", "road", "water", "settlement", "administrative border"):
        assert words in text
    assert "nan" not in text.split()


def test_a_sheet_without_zones_says_that_nothing_was_assessed():
    sheet = make_map_sheet({}, bounds=(37.0, 48.4, 37.4, 48.7))
    assert "No zone lies on this map. That does not mean that nothing lies there." in said(sheet)
    assert "No report has a date" in said(sheet)
    assert axes_named(sheet, "map").patch.get_hatch()


# --- the paper ---


@pytest.mark.parametrize(("size", "paper"), [("A4", (297, 210)), ("A3", (420, 297))])
def test_pages_are_exactly_as_large_as_the_paper(layers, tmp_path, size, paper):
    path = save_map_sheet(make_map_sheet(layers, size=size), tmp_path / "sheet.pdf")
    box = re.search(rb"/MediaBox \[ ?([\d. ]+?) ?\]", path.read_bytes())
    assert [float(side) / 72 * MM for side in box[1].split()] == pytest.approx([0, 0, *paper], abs=0.01)


@pytest.mark.parametrize(("size", "language"), [("A4", "en"), ("A3", "ar")])
def test_texts_are_large_enough_inside_the_margins_and_none_covers_another(layers, size, language):
    figure = make_map_sheet(layers, size=size, language=Language(language, MappingProxyType({})), place="A district")
    figure.canvas.draw()
    width, height = figure.get_size_inches() * MM
    texts = texts_of(figure)
    assert min(text.get_fontsize() for text in texts) >= 7
    column = []
    for text in texts:
        box = box_mm(text, figure)
        assert box[0] >= 9.9, text
        assert box[1] >= 9.9, text
        assert box[2] <= width - 9.9, text
        assert box[3] <= height - 9.9, text
        if text.get_gid() in COLUMN:
            column.append((text.get_text(), box))
    assert len(column) > 40
    assert overlaps(column) == []
    names = [(text.get_text(), box_mm(text, figure)) for text in texts if text.get_gid() in {"name", "number"}]
    assert len(names) >= 6
    assert overlaps(names) == []
    for axes in figure.axes[1:]:
        assert min(axes.get_position().extents) > 0


def test_lines_are_neither_too_thin_nor_too_thick_to_print(sheet):
    for axes in sheet.axes:
        artists = [*axes.lines, *(patch for patch in axes.patches if patch.get_edgecolor()[3] > 0)]
        widths = [artist.get_linewidth() for artist in artists]
        widths += [float(width) for group in axes.collections for width in group.get_linewidths() if width > 0]
        assert all(0.25 <= width <= 0.8 for width in widths)


def test_crowded_names_do_not_cover_each_other():
    spread = np.random.default_rng(7).uniform(size=(80, 2))
    zones = make_zones([(37 + east, 48 + north, 900.0) for east, north in spread])
    figure = make_map_sheet({"zones": zones})
    figure.canvas.draw()
    names = [(t.get_text(), box_mm(t, figure)) for t in texts_of(figure) if t.get_gid() in {"name", "number"}]
    assert len(names) > 30
    assert overlaps(names) == []
    assert re.search(r"More zones in the layers: \d+", said(figure))


def test_a_language_from_right_to_left_mirrors_the_sheet_but_not_the_map(layers):
    words = {"Legend": "مفتاح الخريطة", "Zone": "منطقة"}
    right = make_map_sheet(layers, language=Language("ar", MappingProxyType(words)))
    left = make_map_sheet(layers)
    assert axes_named(right, "map").get_position().x0 > 0.33
    assert axes_named(left, "map").get_position().x1 < 0.67
    assert axes_named(right, "map").get_xlim() == axes_named(left, "map").get_xlim()
    right.canvas.draw()
    heading = next(text for text in texts_of(right) if text.get_text().strip("\u200f") == "مفتاح الخريطة")
    assert heading.get_ha() == "right"
    cells = {t.get_text().strip("\u200f"): box_mm(t, right)[0] for t in texts_of(right) if t.get_gid() == "cell"}
    assert cells["1"] > cells["Z-01"] > cells["160 (10–360)"]


def test_every_word_of_the_sheet_is_said_in_the_language(layers):
    """A language that hides every text leaves numbers, names and what the user wrote."""

    class Silent(dict):
        def get(self, text, _default=""):
            return "#" + "".join(re.findall(r"\{\w+\}", text))

    context = {
        "settlements": gpd.GeoDataFrame({"name": ["Mill"]}, geometry=gpd.points_from_xy([37.1], [48.6]), crs=4326)
    }
    pages = [
        make_map_sheet(layers, language=Language("en", Silent()), title="Title", date="2024", context=context),
        *make_atlas(layers, language=Language("en", Silent()), title="Title", date="2024", grid="degrees"),
    ]
    known = {"Village", "Somewhere", "District", "Mill", "Title", "Mar", "internal", "publisher"}
    countries = {"Ukraine", "Russia", "Belarus", "Moldova", "Romania", "Poland"}
    words = {word for page in pages for word in re.findall(r"[A-Za-z]{3,}", said(page))}
    assert words <= known | countries


def test_arabic_letters_are_joined():
    """Joined letters are narrower than the same letters apart."""
    page = Page("A4", Language("ar", MappingProxyType({})))
    assert page.width_mm("منطقة") < 0.95 * sum(page.width_mm(letter) for letter in "منطقة")


# --- hostile and foreign words ---


def test_report_texts_are_printed_as_they_are():
    place = "$\\frac{1}{0}$ <b>Mill</b>\nlane\x07 平壌"
    zones = make_zones(SPOTS, location_text=place)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = make_map_sheet({"zones": zones}, place=place, title="_{$")
        figure.canvas.draw()
    assert "$\\frac{1}{0}$ <b>Mill</b> lane □□" in said(figure)


def test_a_long_title_and_many_sources_leave_room_for_the_rest(layers):
    figure = make_map_sheet(
        layers, title="Long words " * 30, place="place " * 80, sources=["A publisher of news"] * 300
    )
    figure.canvas.draw()
    column = [(t.get_text(), box_mm(t, figure)) for t in texts_of(figure) if t.get_gid() in COLUMN]
    assert overlaps(column) == []
    assert re.search(r"and more, named in the layers: \d+", said(figure))
    french = make_map_sheet(layers, sources=["A publisher of news " * 20, "Another"], language="fr")
    assert re.search(r"… et d’autres, nommées dans les couches\s: 1", said(french))


def test_settings_of_the_user_neither_change_the_sheet_nor_are_changed(layers):
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "font.family": ["serif"], "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        sheet = make_map_sheet(layers)
        assert dict(mpl.rcParams) == before
    assert {text.get_fontfamily()[0] for text in texts_of(sheet)} == {"DejaVu Sans"}


def test_the_layers_of_the_user_stay_as_they_were(layers):
    before = {name: frame.copy() for name, frame in layers.items()}
    make_map_sheet(layers)
    for name, frame in layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before[name]))


# --- files ---

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from test_sheet import SPOTS, make_strikes, make_zones
from uxomap.maps.sheets.sheet import save_map_sheet
from uxomap.maps.sheets.atlas import make_atlas
from uxomap.maps.sheets.page import Page
save_map_sheet(make_atlas({"zones": make_zones(SPOTS[:1]), "strikes": make_strikes(SPOTS[:1])}), sys.argv[2])
"""


def test_the_same_layers_give_the_same_bytes_in_every_process(tmp_path, root):
    files = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for seed, path in zip(("1", "2"), files, strict=True):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        arguments = [sys.executable, "-c", PROGRAM, str(root / "tests"), str(path)]
        subprocess.run(arguments, check=True, env=env, cwd=tmp_path)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert b"Date" not in files[0].read_bytes()


def test_a_png_has_the_size_of_the_paper_at_200_dots_an_inch(sheet, tmp_path):
    data = save_map_sheet(sheet, tmp_path / "sheet.png").read_bytes()
    size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    assert size == pytest.approx((297 / MM * 200, 210 / MM * 200), abs=1)


def test_a_fault_leaves_the_earlier_file(layers, tmp_path):
    path = save_map_sheet(make_map_sheet(layers), tmp_path / "sheet.pdf")
    before = path.read_bytes()

    def pages():
        yield make_map_sheet(layers)
        raise KeyError

    with pytest.raises(KeyError):
        save_map_sheet(pages(), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["sheet.pdf"]


# --- the atlas ---


def test_an_atlas_has_an_overview_and_a_page_for_each_zone(layers):
    pages = [said(page) for page in make_atlas(layers, place="District")]
    assert len(pages) == 1 + len(SPOTS)
    assert "Page 1 of 5" in pages[0]
    for number, text in enumerate(pages[1:], start=1):
        assert f"Zone {number}: Village {number}" in text
        assert f"Zone Z-{number:02d}" in text
        assert f"Page {number + 1} of 5" in text
        assert wording.NOTICE in text
        assert "Point in the zone" in text


def test_the_overview_names_the_page_of_each_zone(layers):
    overview = next(make_atlas(layers))
    cells = [text.get_text() for text in texts_of(overview) if text.get_gid() == "cell"]
    rows = [cells[start : start + 6] for start in range(0, len(cells), 6)]
    assert [(row[1], row[5]) for row in rows] == [("Z-01", "2"), ("Z-02", "3"), ("Z-03", "4"), ("Z-04", "5")]


def test_zones_beyond_the_overview_stand_in_an_index():
    zones = make_zones([(37 + 0.02 * number, 48.5, 300.0) for number in range(30)])
    pages = make_atlas({"zones": zones})
    assert "More zones in the index on the next page" in said(next(pages))
    index = next(pages)
    cells = [text.get_text() for text in texts_of(index) if text.get_gid() == "cell"]
    assert len([cell for cell in cells if cell.startswith("Z-")]) == 30
    assert cells[5] == "3"
    assert "Page 2 of 32" in said(index)


# --- refusals ---


def geographic(crs):
    return {"roads": gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=crs)}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"size": "A5"}, InputError, "Invalid size 'A5'. Must be one of: A4, A3."),
        ({"grid": "utm"}, InputError, "Invalid grid 'utm'"),
        ({"language": "xx"}, InputError, "Invalid language 'xx'"),
        ({"colour": "red"}, InputError, "Invalid option 'colour'"),
        ({"sources": "one"}, InputError, r"Write \[sources\]"),
        ({"sensitivity": " "}, InputError, "no sensitivity label"),
        ({"bounds": (1, 2, 3)}, InputError, "Must be four numbers in degrees"),
        ({"bounds": (37, 49, 38, 48)}, InputError, "with south below north"),
        ({"bounds": (37, 48, 38, float("nan"))}, InputError, "with south below north"),
        ({"bounds": (37, 48, 38, 95)}, InputError, "with south below north"),
        ({"context": {"rails": None}}, InputError, "Invalid context 'rails'"),
        ({"context": {"roads": pd.DataFrame()}}, InputError, "Must be a GeoDataFrame"),
        ({"context": geographic("EPSG:32637")}, CRSError, "roads"),
    ],
)
def test_choices_that_no_sheet_has_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        make_map_sheet({}, **options)


def test_layers_that_no_sheet_draws_are_refused():
    with pytest.raises(InputError, match="Invalid layer 'cells'"):
        make_map_sheet({"cells": pd.DataFrame()})
    with pytest.raises(SchemaError, match="zones"):
        make_map_sheet({"zones": make_zones(SPOTS).drop(columns="uxo_low")})
    with pytest.raises(InputError, match="Invalid layer 'cells'"):
        make_atlas({"cells": pd.DataFrame()})


def test_files_that_cannot_be_written_are_refused(sheet, tmp_path):
    with pytest.raises(InputError, match=r"Must end in .pdf or .png"):
        save_map_sheet(sheet, tmp_path / "sheet.svg")
    with pytest.raises(InputError, match="There is no page to write"):
        save_map_sheet([], tmp_path / "sheet.pdf")
    with pytest.raises(InputError, match="A PNG holds exactly one page"):
        save_map_sheet([sheet, sheet], tmp_path / "sheet.png")
    with pytest.raises(OutputError, match="that folder does not exist"):
        save_map_sheet(sheet, tmp_path / "none" / "sheet.pdf")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_the_next_step_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"pip install matplotlib"):
        make_map_sheet({})
