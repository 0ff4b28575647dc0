"""Tools of the web map in a browser: grid references, lengths, areas, days, search."""

import json

import geopandas as gpd
import mgrs
import numpy as np
import pandas as pd
import pytest
import shapely
from maps_browser import needs_browser, run_in_browser
from pyproj import Geod
from test_maps_layers import as_layer, follow_up

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


def days_page(dates, **more):
    layers = {name: follow_up()[name] for name in ("zones", "surveys", "finds", "tasks")}
    for column in ("date_start", "date_end"):
        layers["zones"][column] = np.array(dates, dtype="datetime64[ns]")
    layers["surveys"]["date"] = np.array(["2025-05-05"], dtype="datetime64[ns]")
    return web_map_html(make_web_map(layers | more))


@needs_browser
def test_days_are_those_of_strikes_and_the_map_says_while_some_are_hidden(tmp_path):
    script = """(function () {
      const [from, to] = document.querySelectorAll("input.days");
      const chip = document.querySelector(".map .chip");
      const zones = () => document.querySelector("#uxomap-panel .tab").textContent;
      const range = [from.min, to.max].map(Number);
      const seen = {range, before: [chip.hidden, zones()]};
      from.value = Number(from.min) + 1; from.oninput();
      seen.after = [chip.hidden, zones(), chip.querySelector("span").textContent];
      seen.notes = Array.from(document.querySelectorAll("fieldset.choice .meaning"), (line) => line.textContent);
      chip.querySelector("button").click();
      seen.reset = [chip.hidden, zones(), Number(from.value) === range[0]];
      return seen;
    })()"""
    page = days_page(["2022-03-01", "2022-06-01", "2022-06-01"])
    seen, out, _ = run_in_browser(page, tmp_path, script=script)
    assert json.loads(out["uxomapErrors"]) == []
    assert np.array(seen["range"]).astype("datetime64[D]").astype(str).tolist() == ["2022-03-01", "2022-06-01"]
    assert seen["before"] == [True, "Zones 3"]
    assert seen["after"] == [False, "Zones 2", "Days: 2 Mar 2022 to 1 Jun 2022"]
    assert "Searches, finds, tasks and cells are always shown." in seen["notes"]
    assert any("looks as if not assessed" in note for note in seen["notes"])
    assert seen["reset"] == [True, "Zones 3", True]


@needs_browser
def test_search_folds_accents_and_finds_names_of_the_context(tmp_path):
    zones = follow_up()["zones"].assign(location_text=["Čačak", "İstanbul", "Île-d’Évêque"])
    names = gpd.GeoDataFrame({"name": ["Łódź"]}, geometry=[shapely.Point(37.7, 48.8)], crs="EPSG:4326")
    script = """(function () {
      const found = {};
      const field = document.querySelector("#uxomap-panel .filter");
      const named = () => document.querySelectorAll("#uxomap-panel .entry-name");
      const names = () => Array.from(named(), (name) => name.textContent);
      for (const wanted of ["cacak", "istanbul", "ISTANBUL", "eveque", "ÉVÊQUE", "lodz"]) {
        field.value = wanted; field.oninput();
        found[wanted] = names();
      }
      document.querySelector("#uxomap-panel .entry").click();
      const middle = window.map_uxomap.getCenter();
      return {found, middle: [middle.lng, middle.lat]};
    })()"""
    page = web_map_html(make_web_map({"zones": zones}, context={"settlements": names}))
    seen, out, _ = run_in_browser(page, tmp_path, script=script)
    assert json.loads(out["uxomapErrors"]) == []
    assert seen["middle"] == pytest.approx([37.7, 48.8], abs=0.01)
    assert seen["found"] == {
        "cacak": ["Čačak"],
        "istanbul": ["İstanbul"],
        "ISTANBUL": ["İstanbul"],
        "eveque": ["Île-d’Évêque"],
        "ÉVÊQUE": ["Île-d’Évêque"],
        "lodz": ["Łódź"],
    }


@needs_browser
def test_entries_carry_their_id_and_are_never_blank(tmp_path):
    zones = follow_up()["zones"].assign(location_text=["Same", "Same", "\u200b\u2060"])
    script = """Array.from(document.querySelectorAll("#uxomap-panel .entry"), (entry) =>
      [".entry-name", ".entry-id"].map((name) => (entry.querySelector(name) || {}).textContent || null))"""
    seen, _, _ = run_in_browser(web_map_html(make_web_map({"zones": zones})), tmp_path, script=script)
    assert sorted(seen) == [["Same", "Z-1"], ["Same", "Z-2"], ["Z-3", None]]


@needs_browser
def test_the_first_list_that_has_entries_is_open(tmp_path):
    unlocated = as_layer(
        "unlocated", {"strike_id": ["S-1"], "precision_m": 3e4, "longitude": 37.5, "latitude": 48.7}, [None]
    )
    page = web_map_html(make_web_map({"unlocated": pd.DataFrame(unlocated.drop(columns="geometry"))}))
    script = """({open: document.querySelector(".tab[aria-pressed=true]").textContent,
      metres: map_uxomap.distance(map_uxomap.getBounds().getSouthWest(), map_uxomap.getBounds().getNorthWest())})"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    assert seen["open"] == "Not located 1"
    assert seen["metres"] > 60_000


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
    assert seen["said"] == "Distance 2.22 kmPerimeter 3.79 kmArea 61.5 ha"
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


@needs_browser
def test_what_lies_below_a_click_is_named_and_opens(page, tmp_path):
    script = """(function () {
      window.map_uxomap.fire("click", {latlng: L.latLng(48.7015, 37.5025)});
      const panel = document.getElementById("uxomap-panel");
      const named = () => Array.from(panel.querySelectorAll(".also button"), (button) => button.textContent);
      const first = [panel.querySelector("h2").textContent, named()];
      Array.from(panel.querySelectorAll(".also button")).find((button) => button.textContent === "Kramatorsk").click();
      return {first, then: [panel.querySelector("h2").textContent, named()]};
    })()"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    assert "Kramatorsk" in seen["first"][1]
    assert len(seen["first"][1]) <= 6
    assert seen["then"][0] == "Kramatorsk"
    assert seen["first"][0] in seen["then"][1]


@needs_browser
def test_escape_gives_the_focus_back_and_keys_show_the_middle(page, tmp_path):
    script = """(function () {
      const panel = document.getElementById("uxomap-panel");
      const press = (key) => new KeyboardEvent("keydown", {key, bubbles: true});
      const escape = () => document.activeElement.dispatchEvent(press("Escape"));
      const entry = panel.querySelectorAll(".entry")[1];
      const key = entry.dataset.key;
      entry.focus(); entry.click(); escape();
      const fromList = document.activeElement.dataset.key === key;
      const holder = map_uxomap.getContainer();
      holder.focus();
      map_uxomap.fire("click", {latlng: L.latLng(48.6405, 37.563)}); escape();
      const fromMap = document.activeElement === holder;
      const cross = document.querySelector(".cross");
      const before = cross.hidden;
      holder.dispatchEvent(new KeyboardEvent("keyup", {key: "ArrowUp"}));
      return {fromList, fromMap, cross: [before, cross.hidden]};
    })()"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    assert seen == {"fromList": True, "fromMap": True, "cross": [True, False]}


@needs_browser
def test_grid_references_say_no_more_than_a_pixel_shows(page, tmp_path):
    script = """[4, 7, 10, 13, 16, 18].map((zoom) => {
      map_uxomap.setView([48.7, 37.5], zoom, {animate: false});
      map_uxomap.fire("mousemove", {latlng: L.latLng(48.7, 37.5)});
      return document.querySelectorAll(".position div")[1].textContent.replace("MGRS ", "");
    })"""
    seen, _, _ = run_in_browser(page, tmp_path, script=script)
    whole = mgrs.MGRS().toMGRS(48.7, 37.5)
    for text, digits in zip(seen, [0, 2, 3, 4, 4, 5], strict=True):
        parts = text.split()
        assert "".join(parts[:2]) == whole[:5]
        assert [len(part) for part in parts[2:]] == ([digits] * 2 if digits else [])
        assert all(whole[5:].startswith(part) for part in parts[2:3])


@needs_browser
def test_arabic_in_a_low_frame_covers_no_button_and_a_long_label_breaks_no_page(tmp_path):
    label = "limité-aux-partenaires-" * 8
    page = web_map_html(make_web_map(follow_up(), language="ar", sensitivity=label))
    script = """(function () {
      const boxes = (name) => Array.from(document.querySelectorAll(name), (found) => found.getBoundingClientRect());
      const box = (name) => boxes(name).filter((found) => found.width);
      const buttons = box(".leaflet-control a, .leaflet-control button");
      const meet = (one, other) =>
        one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
      const hits = buttons.flatMap((one) => box("#uxomap-taps button").map((other) => meet(one, other)));
      return {hits, wide: document.documentElement.scrollWidth};
    })()"""
    low, _, _ = run_in_browser(page, tmp_path, script=script, size=(1000, 600))
    assert len(low["hits"]) >= 4
    assert not any(low["hits"])
    assert low["wide"] == 1000
    phone, _, _ = run_in_browser(page, tmp_path, script=script, size=(360, 740))
    assert phone["wide"] == 360
