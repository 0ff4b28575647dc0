"""What a reader takes from a sheet: colours of small zones, ranges of totals, whole worlds, lists that are not cut."""

import re
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from test_sheet import (
    SPOTS,
    axes_named,
    box_mm,
    fill,
    make_strikes,
    make_unlocated,
    make_zones,
    overlaps,
    said,
    texts_of,
)

from uxomap import schema, wording
from uxomap.errors import InputError
from uxomap.languages import load_language
from uxomap.maps import style
from uxomap.maps.sheets.atlas import make_atlas
from uxomap.maps.sheets.choices import OTHER_LAYERS
from uxomap.maps.sheets.draw import DASHES
from uxomap.maps.sheets.frame import choose_frame
from uxomap.maps.sheets.page import Page
from uxomap.maps.sheets.sheet import make_map_sheet
from uxomap.maps.sheets.words import Words
from uxomap.maps.view import Window

#: Two strikes whose sum is known in closed form: uxomap.sum_intervals shows it.
TWO = {"uxo_low": 1.0, "uxo_expected": 12.0, "uxo_high": 30.0, "uxo_sd": 9.0, "uxo_sd_shared": 5.0}

SMALL = [(37.05, 48.55, 60.0), (37.1, 48.58, 60.0), (37.15, 48.5, 60.0), (37.3, 48.6, 1500.0)]


def texts_with(figure, gid):
    return [text.get_text() for text in texts_of(figure) if text.get_gid() == gid]


def make_areas(zones, **columns):
    """One area for each zone, of the strike it holds."""
    ids = {"area_id": zones["strike_ids"], "strike_id": zones["strike_ids"], "evidence_key": "m26"}
    frame = fill("hazard_areas", len(zones), **(ids | columns))
    return gpd.GeoDataFrame(frame, geometry=zones.geometry.to_numpy(), crs="EPSG:4326")


def context_of_all_kinds():
    road = shapely.LineString([(37, 48.4), (37.4, 48.7)])
    shapes = {"admin": shapely.box(37, 48.4, 37.4, 48.7), "roads": road, "water": shapely.box(37.1, 48.5, 37.15, 48.55)}
    found = {name: gpd.GeoDataFrame({"name": [name]}, geometry=[shape], crs=4326) for name, shape in shapes.items()}
    spots = gpd.points_from_xy([37.11, 37.25], [48.62, 48.52])
    return found | {"settlements": gpd.GeoDataFrame({"name": ["Old Mill", "Mill"]}, geometry=spots, crs=4326)}


# --- colours of small zones ---


def test_zones_too_small_to_draw_show_their_class_and_no_symbol_hides_it():
    zones = make_zones(SMALL, uxo_low=10.0, uxo_high=[20.0, 50.0, 500.0, 20.0], uxo_per_ha=[0.05, 5.0, 500.0, 5.0])
    sheet = make_map_sheet({"zones": zones, "strikes": make_strikes(SMALL)})
    frame = axes_named(sheet, "map")
    dots = next(group for group in frame.collections if group.get_label() == "dots")
    assert [to_hex(colour) for colour in dots.get_facecolors()[1::2]] == [style.PALETTE[n] for n in (4, 2, 0)]
    assert min(np.sqrt(dots.get_sizes()[0::2])) >= 8
    widths = dots.get_linewidths()[0::2]
    first_dashes = [dash[1][0] if dash[1] else 0.0 for dash in dots.get_linestyles()[0::2]]
    expected = [0.0 if line == "solid" else line[1][0] * widths[0] for line in reversed(DASHES)]
    assert first_dashes == pytest.approx(expected)
    symbols = [group for group in frame.collections if group.get_label() == "cluster"]
    assert sum(len(group.get_offsets()) for group in symbols) == 1
    assert "zone too small to draw, without its strikes" in " ".join(texts_with(sheet, "legend"))


def test_zones_that_are_large_enough_are_drawn_with_their_strikes():
    sheet = make_map_sheet({"zones": make_zones(SPOTS[:2]), "strikes": make_strikes(SPOTS[:2])})
    labels = [group.get_label() for group in axes_named(sheet, "map").collections]
    assert "dots" not in labels
    assert labels.count("cluster") == 1
    assert "zone too small to draw" not in said(sheet)


# --- ranges of totals ---


def test_the_total_of_the_zones_has_a_range_where_the_areas_are_given():
    zones = make_zones(SPOTS[:2], uxo_expected=12.0)
    sheet = make_map_sheet({"zones": zones, "hazard_areas": make_areas(zones, **TWO)})
    assert "Between 3 and 52 unexploded items estimated in the zones shown (best estimate 24)" in said(sheet)


def test_a_total_without_a_range_says_so():
    zones = make_zones(SPOTS[:2], uxo_expected=12.0)
    for layers in ({"zones": zones}, {"zones": zones, "hazard_areas": make_areas(zones, **TWO).iloc[:1]}):
        text = said(make_map_sheet(layers))
        assert "About 24 unexploded items estimated in the zones shown" in text
        assert "This is a sum of best estimates; ranges must not be added." in text


def test_after_surveys_the_range_of_the_total_is_that_of_the_map_of_contamination():
    zones = make_zones(SPOTS[:2], uxo_expected=12.0)
    updates = make_zones(SPOTS[:2], "zone_updates", uxo_expected=[9.0, 2.0])
    layers = {"zones": zones, "zone_updates": updates, "hazard_areas": make_areas(zones, **TWO)}
    grid = {"uxo_low_total": 4.0, "uxo_expected_total": 11.0, "uxo_high_total": 41.0}
    whole = {**layers, "contamination": SimpleNamespace(attrs=grid)}
    assert "Between 4 and 41 unexploded items" in said(make_map_sheet(whole))
    assert "About 11 unexploded items" in said(make_map_sheet(layers))
    before = {**layers, "contamination": SimpleNamespace(attrs=grid | {"uxo_expected_total": 24.0})}
    assert "About 11 unexploded items" in said(make_map_sheet(before))


def test_strikes_that_are_not_on_the_map_have_a_range_and_all_of_them_are_counted():
    unlocated = make_unlocated(3, longitude=[37.1, 37.1, 80.0], evidence_key="m26", **TWO)
    zones = make_zones(SPOTS)
    assert "Strikes not on this map: 3, with about 36 (6–73) items" in said(
        make_map_sheet({"zones": zones, "unlocated": unlocated})
    )
    part = said(make_map_sheet({"zones": zones, "unlocated": unlocated}, bounds=(37.0, 48.4, 37.4, 48.7)))
    assert "Strikes not on this map: 2, with about 24 (3–52) items" in part
    assert "More strikes not located, reported outside this map: 1" in part


def test_the_page_of_a_zone_says_what_is_estimated_in_it():
    zones = make_zones([(37.1, 48.5, 900.0), (37.12, 48.51, 900.0)])
    page = said(list(make_atlas({"zones": zones}))[1])
    assert "Between 10 and 180 unexploded items estimated here (best estimate 80)" in page
    assert "Other zones on this map: 1" in page
    assert "in the zones shown" not in page


# --- the atlas ---


def test_every_page_of_an_atlas_carries_the_notice_and_what_the_numbers_are():
    zones = make_zones([(37 + 0.02 * number, 48.5, 300.0) for number in range(30)])
    strikes = make_strikes([(37.0, 48.5)])
    pages = make_atlas({"zones": zones, "strikes": strikes}, place="Northern district")
    next(pages)
    index = next(pages)
    FigureCanvasAgg(index).draw()
    text = said(index)
    assert "Index of zones" in text
    for words in (
        wording.NOTICE,
        f"Method version {wording.METHOD_VERSION}",
        "Northern district",
        "Reports up to 2 Mar 2022",
        "Sources of the reports: a publisher",
        "Best estimate and range (5 % to 95 %), rounded to two digits for reading.",
    ):
        assert words in text
    boxes = [(t.get_text(), box_mm(t, index)) for t in texts_of(index)]
    assert overlaps(boxes) == []
    halves = [box[0] < 140 for name, box in boxes if name.startswith("Z-")]
    assert halves.count(True) == halves.count(False) == 15


# --- what gives way ---

LONG = "A title so long that it needs all of the three lines that a title may take at the top of the column"


@pytest.mark.parametrize("title", ["", LONG])
@pytest.mark.parametrize("language", ["en", "uk", "ar"])
def test_the_table_has_eight_rows_however_much_stands_beside_it(title, language):
    zones = make_zones([(37 + 0.03 * (n % 4), 48.5 + 0.03 * (n // 4), 900.0) for n in range(12)])
    layers = {"zones": zones, "strikes": make_strikes(SPOTS), "unlocated": make_unlocated(9)}
    layers["hazard_areas"] = make_areas(zones)
    options = {"context": context_of_all_kinds(), "title": title, "place": "Northern district", "language": language}
    sheet = make_map_sheet(layers, **options)
    rows = [text for text in texts_with(sheet, "cell") if text.startswith("Z-")]
    assert len(rows) >= 8
    assert len(texts_with(sheet, "number")) > len(rows)


def test_a_title_and_a_place_that_are_cut_say_so():
    sheet = make_map_sheet({}, title="Long words " * 30, place="Long place " * 30, bounds=(37.0, 48.4, 37.4, 48.7))
    assert texts_with(sheet, "title")[-1].endswith("…")
    assert texts_with(sheet, "place")[-1].endswith("…")


def test_a_place_cell_keeps_how_many_more_places_there_are():
    place = "Longworthington, District|Shortcombe-under-the-Hill, District|Millchester, District"
    cells = texts_with(make_map_sheet({"zones": make_zones(SPOTS[:1], location_text=place)}), "cell")
    assert "Longworthington and 2 more" in cells


def test_a_long_sensitivity_label_is_whole_and_inside_the_margins():
    label = "restricted to the partners of the agreement on sharing information " * 5 + "end"
    figure = make_map_sheet({}, bounds=(37.0, 48.4, 37.4, 48.7), sensitivity=label)
    FigureCanvasAgg(figure).draw()
    lines = [text for text in texts_of(figure) if text.get_gid() == "sensitivity"]
    assert " ".join(text.get_text() for text in lines).count(label) == 2
    boxes = [box_mm(text, figure) for text in lines]
    assert min(box[0] for box in boxes) >= 10
    assert max(box[2] for box in boxes) <= 287
    frame = axes_named(figure, "map").get_position()
    assert frame.y1 * 210 < min(box[1] for box in boxes if box[1] > 105)


# --- the legend ---


def test_the_legend_has_groups_and_leaves_out_what_is_not_on_the_map():
    full = {"zones": make_zones(SPOTS), "strikes": make_strikes(SPOTS)}
    legend = texts_with(make_map_sheet(full, context=context_of_all_kinds()), "legend")
    heads = ["Estimated items a hectare", "Outline: high end of the range", "Reported strikes", "Context"]
    assert [text for text in legend if text in heads] == heads
    assert legend.index("Reported strikes") < legend.index("strike: cluster munition")
    assert legend.index("Context") < legend.index("road")
    empty = texts_with(make_map_sheet({}, bounds=(37.0, 48.4, 37.4, 48.7)), "legend")
    assert set(empty) & {*heads, "zone too small to draw", "10 times or more"} == {heads[0]}


# --- layers ---


def test_other_layers_of_an_assessment_are_left_alone():
    given = {"zones": make_zones(SPOTS)} | dict.fromkeys(OTHER_LAYERS)
    assert len(texts_with(make_map_sheet(given), "cell")) > 4
    assert set(OTHER_LAYERS) <= set(schema.layer_schemas()) | {"contamination"}
    with pytest.raises(InputError, match="Invalid layer 'survey'"):
        make_map_sheet({**given, "survey": None})


# --- worlds ---


def test_a_shape_over_the_back_of_the_earth_lies_at_both_ends_of_the_map():
    frame = choose_frame(Window(0.0, -50.0, 360.0, 75.0), 170, 160)  # its ends meet at Greenwich
    shape = frame.project(np.array([shapely.box(-20.0, 0.0, 30.0, 10.0)]))[0]
    left, _, right, _ = frame.earth
    assert shape.area == pytest.approx(50 * 10 / (360 * 180) * (right - left) * (frame.earth[3] - frame.earth[1]))
    widths = sorted((part.bounds[2] - part.bounds[0]) / (right - left) * 360 for part in shape.geoms)
    assert widths == pytest.approx([20.0, 30.0])


@pytest.mark.parametrize("bounds", [(100, -50, -20, 75), (60, -50, -60, 75), (-180, -58, 180, 78)])
def test_a_world_map_has_whole_coasts_and_labels_that_can_be_read(bounds):
    figure = make_map_sheet({}, bounds=bounds)
    FigureCanvasAgg(figure).draw()
    frame = axes_named(figure, "map")
    coasts = next(patch for patch in frame.patches if patch.get_linewidth() == 0.35).get_path()
    steps = np.abs(np.diff(coasts.vertices[:, 0]))[coasts.codes[1:] == coasts.LINETO]
    assert steps.max() < 0.15 * np.ptp(frame.get_xlim())  # no line runs right across the map
    labels = [(t.get_text(), box_mm(t, figure)) for t in texts_of(figure) if t.get_gid() == "bar label"]
    assert len(labels) >= 2
    assert overlaps(labels) == []
    assert re.fullmatch(r"(\d{1,3}|\d{1,3},\d{3}) km", labels[-1][0])


def test_nothing_is_hatched_beyond_the_ends_of_the_earth():
    frame = axes_named(make_map_sheet({}, bounds=(-180, -90, 180, 90)), "map")
    assert not frame.patch.get_hatch()
    earth = next(patch for patch in frame.patches if patch.get_hatch())
    assert earth.get_height() == pytest.approx(earth.get_width() / 2, rel=1e-6)
    assert earth.get_height() < np.ptp(frame.get_ylim())


def test_the_locator_names_no_country_where_another_name_is_meant():
    names = texts_with(make_map_sheet({}, bounds=(-45.0, 61.0, -43.0, 62.0)), "country")
    assert "Greenland" in names
    assert "Denmark" not in names


def test_the_middle_of_an_ocean_has_no_locator():
    axes = [one.get_label() for one in make_map_sheet({}, bounds=(-25.5, -30.2, -25.0, -29.8)).axes]
    assert "locator" not in axes


# --- right to left ---


def test_degrees_stay_together_in_a_language_from_right_to_left():
    labels = texts_with(make_map_sheet({}, language="ar", grid="degrees", bounds=(35.9, 49.9, 36.6, 50.3)), "grid")
    assert "\u200f\u200e36°00'\u200e\u00a0ق" in labels
    words = Words(load_language("ar"))
    assert words.position(36.0, 50.0) == "\u200e50.00000°\u200e\u00a0ش، \u200e36.00000°\u200e\u00a0ق"


def test_numbers_alone_run_as_the_words_above_them_and_foreign_names_as_they_are_written():
    page = Page("A4", load_language("ar"))
    texts = ["310 (67–770)", "1–2", "Z-AH-003", "Village (south)", "منطقة 3"]
    assert [page.direct(text)[0] == "\u200f" for text in texts] == [True, True, False, False, True]
    assert page.direct("310 (67–770)") == "\u200f310 (67–770)"
    assert Page("A4", load_language("en")).direct("310 (67–770)") == "310 (67–770)"


@pytest.mark.parametrize("code", ["en", "ar"])
def test_a_grid_reference_is_never_broken(code):
    language = load_language(code)
    page, words = Page("A4", language), Words(language)
    reference = words.run("37U CR 1234 5678")
    lines = page.wrap(f"{words.position(36.0, 50.0)} · {reference}", page.width_mm(reference) + 12)
    assert any(reference in line for line in lines)
