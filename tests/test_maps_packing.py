"""What the web map carries, packed: it comes out as it went in, in Python and in a browser."""

import json

import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from make_layers import make_strikes
from maps_browser import needs_browser, run_in_browser
from pyproj import Geod

from uxomap import draw_hazard_areas, merge_areas
from uxomap.maps import gather, packing, words
from uxomap.maps.assets import page_file
from uxomap.maps.web import make_web_map, web_map_html

GEOD = Geod(ellps="WGS84")


@given(st.lists(st.integers(-720_000_000, 720_000_000)))
def test_numbers_come_out_as_they_went_in(numbers):
    assert packing.unpack_numbers(packing.pack_numbers(numbers)).tolist() == numbers


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(), st.lists, max_leaves=20))
def test_texts_come_out_as_they_went_in(value):
    written = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    assert packing.unpack_text(packing.pack_text(value)) == written


SHAPES = [
    shapely.Point(30.123456, 50.654321),
    None,
    shapely.box(30, 50, 30.1, 50.1),
    shapely.Polygon(shapely.box(0, 0, 1, 1).exterior, [shapely.box(0.2, 0.2, 0.4, 0.4).exterior]),
    shapely.MultiPolygon([shapely.box(179, -17, 180, -16), shapely.box(-180, -17, -179, -16)]),
    shapely.LineString([(1, 2), (3, 4), (-5, 6)]),
    shapely.Point(-180, -84.5),
]


def unpack_places(packed):
    """Longitude and latitude of all points of a packed layer."""
    return np.cumsum(packing.unpack_numbers(packed["steps"]).reshape(-1, 2), axis=0) / packing.STEPS_A_DEGREE


def test_shapes_keep_their_points_within_a_decimetre():
    packed = packing.pack_shapes(np.array(SHAPES, dtype=object))
    expected = shapely.get_coordinates(np.array(SHAPES, dtype=object))
    assert np.abs(unpack_places(packed) - expected).max() <= 0.5e-6
    assert packing.unpack_numbers(packed["kinds"]).tolist() == [1, 0, 2, 2, 2, 3, 1]
    assert packing.unpack_numbers(packed["counts"]).tolist() == [1, 5, 2, 5, 5, 2, 5, 5, 1, 3]


def draw_ellipse(longitude, latitude, major, minor, bearing):
    angle = np.linspace(0, 2 * np.pi, 73)[:-1]
    along, across = major * np.cos(angle), minor * np.sin(angle)
    turn = np.degrees(np.arctan2(across, along)) + bearing
    lon, lat, _ = GEOD.fwd(np.full(72, longitude), np.full(72, latitude), turn, np.hypot(along, across))
    return shapely.Polygon(np.column_stack([lon, lat]))


@given(st.floats(-179, 179), st.floats(-75, 75), st.floats(60, 5000), st.floats(0.2, 1), st.floats(0, 180))
def test_an_ellipse_is_written_by_its_axes_and_another_shape_is_not(longitude, latitude, major, ratio, bearing):
    axes = np.array([[major, ratio * major, bearing]])
    drawn = np.array([draw_ellipse(longitude, latitude, major, ratio * major, bearing)], dtype=object)
    packed = packing.pack_shapes(drawn, axes)
    assert packing.unpack_numbers(packed["kinds"]).tolist() == [packing.ELLIPSE]
    assert packing.unpack_numbers(packed["axes"])[0] == pytest.approx(10 * major, abs=0.51)
    wrong = packing.pack_shapes(drawn, axes * [1.1, 1.1, 1])
    assert packing.unpack_numbers(wrong["kinds"]).tolist() == [packing.RINGS]


@needs_browser
def test_a_browser_unpacks_shapes_and_texts_as_python_packed_them(tmp_path):
    shapes = [*SHAPES, draw_ellipse(37.5, 48.7, 2000, 800, 30)]
    axes = np.full((len(shapes), 3), np.nan)
    axes[-1] = [2000, 800, 30]
    random = np.random.default_rng(5)
    texts = ["", "a" * 5000, "ЖзЯ ∞ 🧭" * 300, "".join(chr(code) for code in random.integers(32, 55000, 40_000))]
    packed = packing.pack_shapes(np.array(shapes, dtype=object), axes)
    page = f"""<!DOCTYPE html><html><body><script>const turnEast = Infinity;
    {page_file("packed.js")}
    const shapes = unpackShapes({json.dumps(packed)}, {len(shapes)});
    const places = Array.from(shapes.x, (x, at) => [toLongitude(x), toLatitude(shapes.y[at])]);
    const texts = {json.dumps([packing.pack_text(text) for text in texts])}.map(unpackText);
    </script></body></html>"""
    seen, _, _ = run_in_browser(
        page, tmp_path, script="({places, texts, ends: shapes.ends, box: Array.from(shapes.box)})"
    )
    assert seen["texts"] == texts
    expected = shapely.get_coordinates(np.array(SHAPES, dtype=object))
    assert np.abs(np.array(seen["places"])[: len(expected)] - expected).max() <= 0.6e-6
    ring = shapely.Polygon(seen["places"][len(expected) :])
    distance = ring.hausdorff_distance(shapes[-1])
    assert distance * 111_000 < 0.005 * 2000
    assert ring.symmetric_difference(shapes[-1]).area < 0.01 * shapes[-1].area


# ---------------------------------------------------------------- many features


def many(size):
    random = np.random.default_rng(3)
    days = pd.Timestamp("2022-03-01") + pd.to_timedelta(random.integers(0, 700, size), unit="D")
    strikes = make_strikes(
        random.uniform(30, 40, size),
        random.uniform(46, 52, size),
        random.choice(["9m55k", "m26"], size),
        precision_m=random.choice([150.0, 500.0, 2500.0], size),
        location_text=[f"Village {number % 300}, Oblast" for number in range(size)],
        date_start=days,
        date_end=days,
    )
    areas = draw_hazard_areas(strikes)
    return {"strikes": strikes, "hazard_areas": areas, "zones": merge_areas(areas)}


@pytest.fixture(scope="module")
def thousand():
    return many(1000)


def test_a_strike_takes_few_bytes(thousand):
    plain = len(web_map_html(make_web_map({})))
    page = web_map_html(make_web_map(thousand))
    assert (len(page) - plain) / 1000 < 600


def test_what_is_not_drawn_one_by_one_is_gathered_and_nothing_is_lost(thousand):
    kept, squares, notes = gather.gather_layers(thousand, words.ENGLISH, most=400)
    areas = thousand["hazard_areas"]
    assert len(kept["hazard_areas"]) == 400
    assert kept["hazard_areas"]["uxo_expected"].min() >= areas["uxo_expected"].sort_values().iloc[-401]
    counted = [dict(details["table"]).get("Areas of strikes", "0") for details in squares.details]
    assert sum(int(number.replace(",", "")) for number in counted) == 600
    assert notes[0].startswith("Zones: 400 of")
    rest = areas[~areas["area_id"].isin(kept["hazard_areas"]["area_id"])]
    for place, row in zip(squares.shapes, squares.columns, strict=True):
        inside = shapely.intersects(place, shapely.centroid(rest.geometry.to_numpy()))
        assert row["size"] >= inside.sum() > 0 or row["size"] > 0


def test_gathered_squares_are_few(thousand, monkeypatch):
    monkeypatch.setattr(gather, "MOST_SQUARES", 20)
    _, squares, _ = gather.gather_layers(thousand, words.ENGLISH, most=10)
    assert 1 <= len(squares.columns) <= 20


def test_the_page_says_that_it_gathers(thousand, monkeypatch):
    monkeypatch.setattr(gather.gather_layers, "__kwdefaults__", {"most": 300})
    page = web_map_html(make_web_map(thousand))
    assert "300 of 1,000 are drawn one by one, the highest estimates first." in page


@pytest.mark.slow
def test_twenty_thousand_strikes_stay_under_fifteen_megabytes():
    layers = many(20_000)
    assert len(web_map_html(make_web_map(layers)).encode()) < 15e6


def test_of_an_order_the_first_are_drawn_whatever_their_estimates(thousand):
    zones = thousand["zones"].sort_values("uxo_expected", ignore_index=True)
    ranked = zones.assign(priority=range(1, len(zones) + 1)).iloc[::-1]
    kept, _, notes = gather.gather_layers({"priorities": ranked}, words.ENGLISH, most=5)
    assert sorted(kept["priorities"]["priority"]) == [1, 2, 3, 4, 5]
    assert "the first 5 of" in notes[0]


def test_points_without_a_place_are_not_gathered_into_a_square():
    nowhere = pd.DataFrame({"longitude": [np.nan] * 3, "latitude": [np.nan] * 3, "uxo_expected": [3.0, 2.0, 1.0]})
    kept, squares, notes = gather.gather_layers({"unlocated": nowhere}, words.ENGLISH, most=2)
    assert len(kept["unlocated"]) == 2
    assert squares.columns == []
    assert len(notes) == 1


def test_layers_that_can_be_drawn_stay_as_they_are(thousand):
    kept, squares, notes = gather.gather_layers(thousand, words.ENGLISH)
    assert squares is None
    assert notes == []
    assert all(kept[name] is frame for name, frame in thousand.items() if isinstance(frame, gpd.GeoDataFrame))
