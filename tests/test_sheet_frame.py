"""Frames, grids and scale bars of print sheets, against the ellipsoid and the MGRS package."""

import math
import re

import mgrs
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from test_sheet import circle, make_zones, said

from uxomap.maps.sheets.frame import choose_frame, utm_zone
from uxomap.maps.sheets.grid import make_grid, say_degrees, square_of
from uxomap.maps.sheets.marks import bar_length, grid_turn
from uxomap.maps.sheets.sheet import make_map_sheet
from uxomap.maps.view import Window

GEOD = Geod(ellps="WGS84")
PAPER = 176.0, 171.0


def window_around(longitude, latitude, metres):
    """A window of some metres around a place."""
    up = metres / 222_400
    across = up / max(math.cos(math.radians(latitude)), 0.02)
    return Window(longitude - across, latitude - up, longitude + across, latitude + up)


places = st.tuples(st.floats(-180, 180), st.floats(-79, 83), st.floats(200, 600_000))


@settings(deadline=None, max_examples=60)
@given(places)
def test_the_scale_bar_is_true_at_the_middle_of_the_map(place):
    frame = choose_frame(window_around(*place), *PAPER)
    metres, _, length = bar_length(frame, 80.0)
    longitude, latitude = frame.middle
    west, south, _ = GEOD.fwd(longitude, latitude, 270, metres / 2)
    east, north, _ = GEOD.fwd(longitude, latitude, 90, metres / 2)
    x, y = frame.on_paper(*frame.forward([west, east], [south, north]))
    assert math.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(length, rel=0.005)
    assert length * frame.scale / 1000 == pytest.approx(metres, rel=0.005)


@settings(deadline=None, max_examples=60)
@given(places)
def test_the_frame_holds_its_window_at_a_round_scale(place):
    window = window_around(*place)
    frame = choose_frame(window, *PAPER)
    longitude = [window.west, window.east, window.west, window.east]
    x, y = frame.on_paper(*frame.forward(longitude, [window.south, window.south, window.north, window.north]))
    assert x.min() > 0
    assert y.min() > 0
    assert x.max() < PAPER[0]
    assert y.max() < PAPER[1]
    digits = f"{frame.scale:.0f}".rstrip("0")
    assert digits in {"1", "125", "15", "2", "25", "3", "35", "4", "5", "6", "75"}
    assert frame.scale >= 5_000


@settings(deadline=None, max_examples=40)
@given(st.tuples(st.floats(-180, 180), st.floats(-79, 83), st.floats(200, 60_000)))
def test_mgrs_labels_are_the_digits_of_the_reference(place):
    frame = choose_frame(window_around(*place), *PAPER)
    grid = make_grid(frame, "mgrs")
    if grid.kind == "degrees":  # the frame lies in two UTM zones
        assert frame.utm_zone == 0
        return
    converter = mgrs.MGRS()
    count = 3 if grid.step == 100 else 2
    left, bottom, right, top = frame.extent
    assert {tick.side for tick in grid.ticks} == {"left", "right", "top", "bottom"}
    for tick in grid.ticks:
        across = tick.side in {"top", "bottom"}
        # half a metre beyond the line, in the middle of the frame
        x = left + tick.along_mm * frame.mm + 0.5 if across else (left + right) / 2
        y = (bottom + top) / 2 if across else bottom + tick.along_mm * frame.mm + 0.5
        longitude, latitude = frame.inverse([x], [y])
        reference = converter.toMGRS(float(latitude[0]), (float(longitude[0]) + 180) % 360 - 180).zfill(15)
        digits = reference[5:10] if across else reference[10:]
        assert digits[:count] == tick.text


def test_squares_of_100_km_carry_their_letters():
    """South of Kharkiv four of them meet."""
    grid = make_grid(choose_frame(Window(37.3, 48.5, 37.9, 48.95), *PAPER))
    assert (grid.kind, grid.step, grid.zones) == ("mgrs", 10_000.0, ["37U"])
    assert [letters for letters, _ in grid.squares] == ["CP", "DP", "CQ", "DQ"]


@pytest.mark.parametrize(
    ("window", "kind", "step"),
    [
        (Window(37.10, 48.10, 37.11, 48.11), "mgrs", 100.0),
        (Window(37.1, 48.1, 37.3, 48.2), "mgrs", 1_000.0),
        (Window(37.1, 48.1, 38.3, 48.9), "mgrs", 10_000.0),
        (Window(35.9, 48.1, 36.1, 48.2), "degrees", 5 / 60),  # the border of zones 36 and 37
        (Window(30.0, 46.0, 40.0, 52.0), "degrees", 2.0),
        (Window(20.0, 80.4, 24.0, 80.6), "degrees", 10 / 60),
        (Window(10.0, 84.5, 14.0, 84.9), "degrees", 1.0),  # beyond UTM
    ],
)
def test_the_grid_fits_the_frame(window, kind, step):
    grid = make_grid(choose_frame(window, *PAPER))
    assert (grid.kind, grid.step) == (kind, pytest.approx(step, rel=2))
    assert len(grid.lines) >= 4


@settings(deadline=None, max_examples=30)
@given(st.tuples(st.floats(-180, 180), st.floats(-75, 80), st.floats(2_000, 900_000)))
def test_labels_in_degrees_stand_where_the_line_leaves_the_frame(place):
    frame = choose_frame(window_around(*place), *PAPER)
    left, bottom, right, top = frame.extent
    for tick in make_grid(frame, "degrees").ticks:
        along = tick.along_mm * frame.mm
        x = left + along if tick.side in {"top", "bottom"} else left if tick.side == "left" else right
        y = bottom + along if tick.side in {"left", "right"} else bottom if tick.side == "bottom" else top
        longitude, latitude = frame.inverse([x], [y])
        value = float(longitude[0] if tick.side in {"top", "bottom"} else latitude[0])
        degrees, minutes, seconds = (
            float(part or 0) for part in re.findall(r"(\d+)°(?:(\d+)')?(?:(\d+)\")?", tick.text)[0]
        )
        read = (degrees + minutes / 60 + seconds / 3600) * (-1 if tick.text[-1] in "WS" else 1)
        difference = (value - read + 180) % 360 - 180
        assert abs(difference) < 0.6 / 3600 + 2e-3 * (right - left) / 111_000


@pytest.mark.parametrize(
    ("place", "zone"), [((36.2, 50.0), 37), ((179.9, -17), 60), ((-180, -17), 1), ((5, 60), 32), ((33, 78), 37)]
)
def test_zones_are_those_of_the_mgrs_package(place, zone):
    assert utm_zone(*place) == zone
    assert int(mgrs.MGRS().toMGRS(place[1], place[0], MGRSPrecision=0)[:-3]) == zone


def test_grid_north_turns_with_the_distance_from_the_middle_of_the_zone():
    """In UTM the turn is about the difference in longitude times the sine of the latitude."""
    frame = choose_frame(Window(37.1, 48.1, 37.3, 48.2), *PAPER)
    longitude, latitude = frame.middle
    expected = (longitude - 39) * math.sin(math.radians(latitude))
    assert grid_turn(frame) == pytest.approx(expected, abs=0.01)
    assert grid_turn(frame) < 0
    # a point a little to the true north of the middle lies to the right of it, where grid north leans west
    x, y = frame.forward([longitude, longitude], [latitude, latitude + 0.01])
    assert math.degrees(math.atan2(x[1] - x[0], y[1] - y[0])) == pytest.approx(-expected, abs=0.01)


def test_a_circle_across_the_antimeridian_is_one_shape_in_a_small_frame():
    ring = circle(179.98, -17.0, 9_000.0)
    assert ring.geom_type == "MultiPolygon"
    frame = choose_frame(Window(179.8, -17.2, 180.2, -16.8), *PAPER)
    shape = frame.project(np.array([ring], dtype=object))[0]
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(math.pi * 9_000**2, rel=0.01)
    x, y = frame.on_paper(shape.centroid.x, shape.centroid.y)
    assert 0 < x < PAPER[0]
    assert 0 < y < PAPER[1]


def test_data_on_both_sides_of_the_antimeridian_make_a_small_sheet():
    text = said(make_map_sheet({"zones": make_zones([(179.95, -17.0, 900.0), (-179.95, -16.9, 900.0)])}))
    assert "Zones: 2" in text
    assert "180°" in text
    scale = int(re.search(r"Scale 1:([\d,]+)", text)[1].replace(",", ""))
    assert scale <= 150_000


@pytest.mark.parametrize(
    ("spots", "words"),
    [
        ([(37.1, 48.2, 100.0)], "Scale 1:5,000 "),
        ([(20.0, 80.2, 900.0), (24.0, 80.5, 900.0)], "80°20'N"),
        ([(30.0, -5.0, 900.0), (30.2, 5.0, 900.0)], "4°S"),
        ([(-70.0, 45.0, 900.0), (140.0, -30.0, 900.0)], "Scale about 1:"),
    ],
)
def test_every_extent_makes_a_sheet(spots, words):
    figure = make_map_sheet({"zones": make_zones(spots)})
    figure.canvas.draw()
    assert words in said(figure)


def test_the_world_has_no_latitude_beyond_the_poles():
    ticks = make_grid(choose_frame(None, *PAPER)).ticks
    texts = {tick.text for tick in ticks if tick.side == "left"}
    assert {"60°N", "0°", "60°S"} <= texts
    assert not [text for text in texts if int(text.split("°")[0]) >= 90]
    assert {"0°", "30°E", "30°W"} <= {tick.text for tick in ticks if tick.side == "top"}


@pytest.mark.parametrize(
    ("value", "step", "letters", "text"),
    [
        (-0.5, 0.25, "SN", "0°30'S"),
        (190.0, 10.0, "WE", "170°W"),
        (-180.0, 10.0, "WE", "180°"),
        (12 + 59 / 60 + 59.9999 / 3600, 1 / 3600, "SN", "13°00'00\"N"),
    ],
)
def test_degrees_are_written_short(value, step, letters, text):
    assert say_degrees(value, step, letters) == text


def test_references_are_those_of_the_mgrs_package():
    assert square_of(37.25, 47.78).replace(" ", "") == mgrs.MGRS().toMGRS(47.78, 37.25)
    assert square_of(182.0, -17.0, digits=0) == "01K CB"


def test_shapes_outside_the_frame_are_left_out():
    frame = choose_frame(Window(37.1, 48.1, 37.3, 48.2), *PAPER)
    shapes = frame.project(np.array([shapely.box(10, 10, 11, 11), None, shapely.box(37, 48, 38, 49)], dtype=object))
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    assert empty.tolist() == [True, True, False]
