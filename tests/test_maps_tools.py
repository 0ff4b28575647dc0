"""Tools of the web map in a browser: grid references, lengths, areas, days, search."""

import json

import mgrs
import numpy as np
import pytest
from maps_browser import needs_browser, run_in_browser
from pyproj import Geod
from test_maps_layers import follow_up

from uxomap.maps import make_web_map, web_map_html
from uxomap.maps.assets import page_file

GEOD = Geod(ellps="WGS84")
PLACES = 1500


def places():
    random = np.random.default_rng(11)
    longitude, latitude = random.uniform(-180, 180, PLACES), random.uniform(-80, 84, PLACES)
    corners = [
        (5, 60),
        (2.99, 60),
        (11.99, 63.9),
        (8, 73),
        (9, 75),
        (20.9, 78),
        (33, 80),
        (41.9, 83.9),
        (0, 0),
        (-0.1, -0.1),
    ]
    return [*zip(longitude.round(7).tolist(), latitude.round(7).tolist(), strict=True), *corners]


def lines():
    """Rings of four places, from a hundred metres to a few hundred kilometres across."""
    random = np.random.default_rng(12)
    for _ in range(300):
        middle = random.uniform(-179, 179), random.uniform(-78, 78)
        reach = 10 ** random.uniform(2, 5.4)
        bearings = np.sort(random.uniform(0, 90, 4)) + np.array([0, 90, 180, 270])
        lon, lat, _ = GEOD.fwd([middle[0]] * 4, [middle[1]] * 4, bearings, [reach] * 4)
        yield [[round(float(x), 7), round(float(y), 7)] for x, y in zip(lon, lat, strict=True)]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    page = f"<!DOCTYPE html><html><body><script>{page_file('geodesy.js')}</script></body></html>"
    rings = list(lines())
    script = (
        f"({{grid: {json.dumps(places())}.map(([x, y]) => toMgrs(x, y)), "
        f"lengths: {json.dumps(rings)}.map((ring) => geodesicLength(ring[0], ring[1])), "
        f"areas: {json.dumps(rings)}.map(geodesicArea), beyond: [toMgrs(10, 84.1), toMgrs(10, -80.1)], "
        "far: geodesicLength([0, 0], [179.7, 0.3])})"
    )
    seen, _, _ = run_in_browser(page, tmp_path_factory.mktemp("geodesy"), script=script)
    return seen, rings


@needs_browser
def test_grid_references_are_those_of_mgrs(measured):
    reader = mgrs.MGRS()
    for (longitude, latitude), found in zip(places(), measured[0]["grid"], strict=True):
        square = reader.toMGRS(latitude, longitude).removeprefix("0")
        place = reader.toLatLon(found.replace(" ", "").zfill(15))
        _, _, away = GEOD.inv(longitude, latitude, place[1], place[0])
        assert found.split()[0] + found.split()[1] == square[:-10], (longitude, latitude)
        assert away < 1.5


@needs_browser
def test_beyond_the_grid_there_is_no_reference(measured):
    assert measured[0]["beyond"] == ["", ""]


@needs_browser
def test_lengths_are_geodesic(measured):
    seen, rings = measured
    for ring, found in zip(rings, seen["lengths"], strict=True):
        expected = GEOD.inv(*ring[0], *ring[1])[2]
        assert found == pytest.approx(expected, rel=1e-6, abs=0.01)
    assert seen["far"] == pytest.approx(GEOD.inv(0, 0, 179.7, 0.3)[2], rel=0.006)


@needs_browser
def test_areas_are_those_of_the_ellipsoid(measured):
    seen, rings = measured
    for ring, found in zip(rings, seen["areas"], strict=True):
        expected = abs(GEOD.polygon_area_perimeter(*zip(*ring, strict=True))[0])
        assert found == pytest.approx(expected, rel=1e-3, abs=1.0)


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def page():
    layers = follow_up()
    for name in ("zones", "priorities", "zone_updates"):
        starts = ["2022-03-01", "2022-06-01", None]
        layers[name]["date_start"] = np.array(starts, dtype="datetime64[ns]")
        layers[name]["date_end"] = np.array(starts, dtype="datetime64[ns]")
    return web_map_html(make_web_map(layers))


PAINTED = """
const count = () => {
  const canvas = document.querySelector("canvas.data");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let filled = 0;
  for (let at = 3; at < pixels.length; at += 4) { filled += pixels[at] > 200 ? 1 : 0; }
  return filled;
};
"""


@needs_browser
def test_the_days_hide_what_lies_outside_them_and_keep_what_has_no_date(page, tmp_path):
    script = f"""(function () {{ {PAINTED}
      const [from, to] = document.querySelectorAll("input.days");
      const text = () => Array.from(document.querySelectorAll("#uxomap-legend .meaning")).map((p) => p.textContent);
      const all = count();
      from.value = Number(from.min) + 10; from.oninput();
      const late = count(); const said = text();
      from.value = from.max; from.oninput(); to.value = to.min; to.oninput();
      return {{all, late, both: [from.value, to.value], said, none: count()}};
    }})()"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script)
    assert json.loads(out["uxomapErrors"]) == []
    assert 0 < seen["late"] < seen["all"]
    assert "Shown: 11 Mar 2022 to 1 Jun 2022" in seen["said"]
    assert any(text.startswith("Without a date, always shown: ") for text in seen["said"])
    assert seen["both"][0] == seen["both"][1]


@needs_browser
def test_search_finds_places_and_ids_in_every_layer(page, tmp_path):
    script = """(function () {
      const found = {};
      for (const wanted of ["malotar", "T-2", "donetsk", "nothing such"]) {
        const field = document.querySelector("#uxomap-panel .filter");
        field.value = wanted; field.oninput();
        const names = document.querySelectorAll("#uxomap-panel .entry-name");
        found[wanted] = Array.from(names).map((name) => name.textContent);
      }
      const field = document.querySelector("#uxomap-panel .filter");
      field.value = "T-2"; field.oninput();
      field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
      return {found, chosen: document.querySelector("#uxomap-panel h2").textContent};
    })()"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    assert set(seen["found"]["malotar"]) == {"Malotaranivka"}
    assert seen["found"]["T-2"] == ["Task 2"]
    assert len(seen["found"]["donetsk"]) == 9
    assert seen["found"]["nothing such"] == []
    assert seen["chosen"] == "Task 2"


@needs_browser
def test_measuring_and_the_pointer_say_where_and_how_far(page, tmp_path):
    script = """(function () {
      const map = window.map_uxomap;
      const at = (lat, lng) => map.fire("click", {latlng: L.latLng(lat, lng)});
      map.fire("mousemove", {latlng: L.latLng(48.7, 37.5)});
      const position = Array.from(document.querySelectorAll(".position div")).map((line) => line.textContent);
      document.querySelectorAll(".leaflet-control .all")[1].click();
      at(0, 0); at(0, 0.01); at(0.01, 0.01);
      const said = document.querySelector(".measured").textContent.replaceAll("\\u00a0", " ");
      map.getContainer().dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}));
      const scale = document.querySelector(".leaflet-control-scale-line").textContent;
      return {position, said, hidden: document.querySelector(".measured").hidden, scale};
    })()"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    assert seen["position"][0].startswith("48.7000")
    square = mgrs.MGRS().toMGRS(48.7, 37.5)
    assert seen["position"][1].replace(" ", "").startswith("MGRS" + square[:5])
    assert seen["said"] == "Distance 2.22 kmArea 61.5 ha"
    assert seen["hidden"]
    assert seen["scale"].endswith("km")


@needs_browser
def test_a_click_chooses_what_lies_there(page, tmp_path):
    script = """(function () {
      const map = window.map_uxomap;
      const said = [];
      for (const [lat, lng] of [[48.6405, 37.563], [48.6635, 37.535], [48.9, 37.9]]) {
        map.fire("click", {latlng: L.latLng(lat, lng)});
        const heading = document.querySelector("#uxomap-panel h2");
        said.push(heading ? heading.textContent : "");
      }
      return said;
    })()"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    assert seen == ["Bilenke", "x1y1", ""]
