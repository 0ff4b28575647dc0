"""What the page draws in a browser: colours, hatches, large zones, the antimeridian, base maps, paper."""

import json
import re
import subprocess

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from make_layers import make_strikes
from maps_browser import CHROMIUM, needs_browser, run_in_browser
from test_maps_layers import as_layer, follow_up
from test_maps_page import write_tif, write_tiles

import uxomap
from uxomap.maps import make_web_map, raster, view, web_map_html

#: Counts and collects what is drawn on every canvas while `work` runs.
RECORD = """
const record = (method, work) => {
  const drawn = [];
  const original = CanvasRenderingContext2D.prototype[method];
  CanvasRenderingContext2D.prototype[method] = function (...values) {
    drawn.push([this.canvas, values, this, this.font]);
    return original.apply(this, values);
  };
  work();
  CanvasRenderingContext2D.prototype[method] = original;
  return drawn;
};
const map = window.map_uxomap;
const again = () => map.setView(map.getCenter(), map.getZoom(), {animate: false});
"""


def show(page, folder, script, **options):
    seen, out, _ = run_in_browser(page, folder, script=f"(function () {{ {RECORD} {script} }})()", **options)
    assert json.loads(out["uxomapErrors"]) == []
    return seen


# ---------------------------------------------------------------- colours


@needs_browser
def test_searched_land_leaves_the_colours_of_zones_and_makes_no_green(tmp_path):
    layers = follow_up()
    inside = shapely.box(37.595, 48.715, 37.605, 48.725)
    layers["surveys"] = as_layer("surveys", {"survey_id": ["Q-1"], "items_found": 0}, [inside])
    script = """
      map.setView([48.72, 37.6], 15, {animate: false});
      const canvas = document.querySelector("canvas.data");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      let [green, blue] = [0, 0];
      for (let at = 0; at < pixels.length; at += 4) {
        const [r, g, b, a] = pixels.subarray(at, at + 4);
        green += a > 200 && g >= r && g > b + 8 ? 1 : 0;
        blue += a > 200 && b > r + 60 ? 1 : 0;
      }
      return {green, blue};"""
    names = ("zones", "surveys")
    seen = show(web_map_html(make_web_map({name: layers[name] for name in names})), tmp_path, script)
    assert seen["green"] == 0
    assert seen["blue"] > 1000


@needs_browser
def test_the_hatch_lies_over_base_map_and_water_and_the_base_map_is_grey_and_can_be_switched_off(tmp_path):
    water = gpd.GeoDataFrame({"name": [""]}, geometry=[shapely.box(37.0, 48.0, 38.0, 49.0)], crs="EPSG:4326")
    page = make_web_map(follow_up(), basemap=write_tif(tmp_path / "base.tif"), context={"water": water})
    script = """
      const level = (name) => Number(getComputedStyle(map.getPane(name)).zIndex);
      const hatch = document.querySelector(".leaflet-hatch-pane canvas");
      const pixels = hatch.getContext("2d").getImageData(0, 0, 300, 300).data;
      const filter = getComputedStyle(map.getPane("basemap")).filter;
      const box = Array.from(document.querySelectorAll("#uxomap-legend .switch"))
        .find((label) => label.textContent === "Base map").querySelector("input");
      box.click();
      return {levels: ["basemap", "background", "hatch", "cells", "overlayPane"].map(level), filter,
        drawn: pixels.some((value) => value > 0), hidden: getComputedStyle(map.getPane("basemap")).display};"""
    seen = show(web_map_html(page), tmp_path, script)
    assert seen["levels"] == sorted(seen["levels"])
    assert seen["drawn"]
    assert "grayscale(1)" in seen["filter"]
    assert seen["hidden"] == "none"


@needs_browser
def test_what_is_not_assessed_stands_first_in_the_legend_and_the_legend_needs_no_sideways_scrolling(tmp_path):
    script = """
      const legend = document.querySelector("#uxomap-legend .sheet-body");
      const ramp = legend.querySelector("[role=img]").getBoundingClientRect();
      return {first: legend.querySelector("fieldset > legend").textContent,
        over: legend.scrollWidth - legend.clientWidth,
        ramp: ramp.right <= legend.getBoundingClientRect().right};"""
    seen = show(web_map_html(make_web_map(follow_up())), tmp_path, script, size=(900, 660))
    assert seen == {"first": "Not assessed", "over": 0, "ramp": True}


@needs_browser
def test_names_keep_clear_of_badges(tmp_path):
    layers = {name: follow_up()[name] for name in ("zones", "priorities", "tasks")}
    script = """
      const found = [];
      for (const zoom of [10, 11, 12, 12.5, 13]) {
        map.setView([48.69, 37.55], zoom, {animate: false});
        const drawn = record("fillText", again);
        const badges = drawn.filter(([canvas, , , font]) => canvas.classList.contains("data") && font.includes("600"));
        const names = drawn.filter(([canvas]) => canvas.parentNode.className.includes("leaflet-names-pane"));
        for (const [, [text, x, y], context] of names) {
          const right = x + context.measureText(text).width;
          for (const [, [number, left, middle]] of badges) {
            if (left > x - 8 && left < right + 8 && Math.abs(middle - y) < 16) {
              found.push([zoom, text, number]);
            }
          }
        }
        found.names = (found.names || 0) + names.length;
        found.badges = (found.badges || 0) + badges.length;
      }
      return {found, names: found.names, badges: found.badges};"""
    seen = show(web_map_html(make_web_map(layers)), tmp_path, script)
    assert seen["found"] == []
    assert seen["names"] >= 8
    assert seen["badges"] >= 15


@needs_browser
def test_the_rank_stands_on_the_outline_of_a_zone_of_two_lobes(tmp_path):
    layers = {"priorities": follow_up()["priorities"].iloc[:1]}
    lobes = shapely.union_all([shapely.box(37.40, 48.70, 37.50, 48.72), shapely.box(37.48, 48.70, 37.50, 48.76)])
    layers["priorities"] = layers["priorities"].set_geometry([lobes], crs="EPSG:4326")
    script = """
      map.setView([48.73, 37.45], 13, {animate: false});
      const drawn = record("fillText", again);
      const isRank = ([canvas, , , font]) => canvas.classList.contains("data") && font.includes("600");
      const [canvas, [, left, top], context] = drawn.find(isRank);
      const {x, y} = context.getTransform().transformPoint({x: left, y: top});
      const [paper, frame] = [canvas, map.getContainer()].map((one) => one.getBoundingClientRect());
      const at = map.containerPointToLatLng([paper.left - frame.left + x, paper.top - frame.top + y]);
      return [at.lng, at.lat];"""
    longitude, latitude = show(web_map_html(make_web_map(layers)), tmp_path, script)
    assert lobes.boundary.distance(shapely.Point(longitude, latitude)) < 0.001


# ---------------------------------------------------------------- large zones


def rough_zone(points):
    """A zone whose edge goes in and out, with holes, as many areas that grow together have."""
    angle = np.linspace(0, 2 * np.pi, points + 1)[:-1]
    random = np.random.default_rng(5)
    reach = 1 + 0.003 * random.standard_normal(points)
    edge = np.column_stack([37.5 + 0.5 * reach * np.cos(angle), 48.7 + 0.3 * reach * np.sin(angle)])
    holes = [shapely.Point(37.3 + x / 30, 48.6 + y / 40).buffer(0.003, 40).exterior for x in range(9) for y in range(6)]
    return shapely.Polygon(edge, holes)


@needs_browser
def test_a_zone_of_very_many_points_is_thinned_and_cut_to_the_view(tmp_path):
    zones = as_layer("zones", {"zone_id": ["Z-1"], "uxo_per_ha": [2.0]}, [rough_zone(60_000)])
    script = """
      const lines = () => record("lineTo", again).filter(([canvas]) => canvas.classList.contains("data")).length;
      const fill = () => { const canvas = document.querySelector("canvas.data");
        const [x, y] = [canvas.width / 2 + 40, canvas.height / 2];
        return canvas.getContext("2d").getImageData(x, y, 1, 1).data[3] > 200; };
      const seen = [];
      for (const [lat, lng, zoom] of [[48.7, 37.46, 9], [48.7, 37.46, 12], [48.7, 37.995, 13]]) {
        map.setView([lat, lng], zoom, {animate: false});
        seen.push([lines(), fill()]);
      }
      return seen;"""
    seen = show(web_map_html(make_web_map({"zones": zones})), tmp_path, script)
    # Fill and outline trace it once each.
    assert all(0 < count <= 2 * 20_000 for count, _ in seen), seen
    assert [filled for _, filled in seen[:2]] == [True, True]
    assert seen[1][0] < seen[0][0]


# ---------------------------------------------------------------- the antimeridian


def on_the_line(longitude, latitude):
    place = {"date": "2023-05-04", "precision_m": 200, "munition": "Grad rocket", "rounds": 3, "source": "A"}
    return uxomap.find_strikes(
        uxomap.read_reports(pd.DataFrame([place | {"longitude": longitude, "latitude": latitude}]))
    )


PLACES = [(179.99912, -17.01234), (-179.99912, -17.01234), (179.993, 65.0001)]


@pytest.mark.parametrize(("longitude", "latitude"), PLACES)
def test_the_map_of_contamination_crosses_the_antimeridian_in_one_picture(longitude, latitude):
    grid = uxomap.estimate_contamination(on_the_line(longitude, latitude))
    west, south, east, north = raster.picture_contamination(grid)["box"]
    assert west < -180 < east
    assert 0 < east - west < 0.5
    assert south < latitude < north
    assert west < (longitude if longitude < 0 else longitude - 360) < east


@needs_browser
def test_picture_and_outline_are_drawn_across_the_antimeridian(tmp_path):
    strikes = make_strikes([179.9995, -179.9993], [-17.0, -17.0], ["9m55k", "9m55k"])
    areas = uxomap.draw_hazard_areas(strikes)
    zones = uxomap.merge_areas(areas)
    assert (zones.geometry.bounds["minx"] == -180).any()
    grid = uxomap.estimate_contamination(strikes)
    page = web_map_html(make_web_map({"zones": zones, "hazard_areas": areas, "contamination": grid}))
    script = """
      let [place, upright] = [null, []];
      const seam = [];
      const prototype = CanvasRenderingContext2D.prototype;
      const { beginPath, moveTo, lineTo, stroke } = prototype;
      prototype.beginPath = function () { upright = []; return beginPath.call(this); };
      prototype.moveTo = function (x, y) { place = [x, y]; return moveTo.call(this, x, y); };
      prototype.lineTo = function (x, y) {
        if (place && Math.abs(x - place[0]) < 0.01 && Math.abs(y - place[1]) > 12) { upright.push([x, y]); }
        place = [x, y];
        return lineTo.call(this, x, y);
      };
      prototype.stroke = function () {
        if (this.canvas.classList.contains("data")) { seam.push(...upright); }
        return stroke.call(this);
      };
      again();
      Object.assign(prototype, { beginPath, moveTo, lineTo, stroke });
      const image = document.querySelector(".leaflet-cells-pane img").getBoundingClientRect();
      const holder = map.getContainer().getBoundingClientRect();
      return {wide: image.width, inside: image.left < holder.right && image.right > holder.left, seam};"""
    seen = show(page, tmp_path, script)
    assert seen["inside"]
    assert 20 < seen["wide"] < 3000
    assert seen["seam"] == []


# ---------------------------------------------------------------- base maps and limits


@needs_browser
def test_zoom_has_its_limits_and_no_tile_is_made_without_a_picture(tmp_path):
    base = write_tiles(tmp_path / "base.mbtiles", zooms=[10])
    page = web_map_html(make_web_map(follow_up(), basemap=base))
    script = """
      const tiles = () => document.querySelectorAll(".leaflet-basemap-pane .leaflet-tile").length;
      const seen = {limits: [map.getMinZoom(), map.getMaxZoom()]};
      for (const zoom of [3, 9, 10, 12]) {
        map.setView([48.7, 37.55], zoom, {animate: false});
        seen[zoom] = tiles();
      }
      return seen;"""
    seen = show(page, tmp_path, script)
    assert seen["limits"] == [1, 19]
    assert seen["3"] == 0
    assert 0 < seen["9"] <= 9
    assert 0 < seen["10"] <= 9
    assert 0 < seen["12"] <= 9


def test_places_alone_get_a_window_with_room_for_what_is_not_known():
    alone = pd.DataFrame({"longitude": [36.0], "latitude": [60.0], "precision_m": [30_000.0]})
    window = view.find_window({"unlocated": alone})
    assert window.north - window.south == pytest.approx(0.54, abs=0.02)
    assert window.east - window.west == pytest.approx(1.08, abs=0.03)
    zones = gpd.GeoDataFrame(geometry=[shapely.box(36, 60, 36.01, 60.01)], crs="EPSG:4326")
    assert view.find_window({"unlocated": alone, "zones": zones}).north == 60.01


# ---------------------------------------------------------------- paper


def printed_page():
    return web_map_html(make_web_map(follow_up(), title="On paper", summary=["One line of a summary.", "Another."]))


@needs_browser
@pytest.mark.parametrize("size", [(1400, 900), (360, 740)])
def test_printing_lays_out_one_sheet_and_takes_it_back(tmp_path, size):
    script = """
      const before = [map.getZoom(), map.getSize().x];
      const bounds = map.getBounds();
      window.dispatchEvent(new Event("beforeprint"));
      const box = (name) => { const found = document.querySelector(name).getBoundingClientRect();
        return [found.left, found.top, found.right, found.bottom].map(Math.round); };
      const legend = document.querySelector("#uxomap-legend .sheet-body");
      const still = Array.from(document.querySelectorAll(".map canvas.still"));
      const seen = {page: box(".page"), map: box(".map"), legend: box("#uxomap-legend"), notice: box(".notice"),
        sensitivity: box(".sensitivity"), title: box("h1"), holds: map.getBounds().contains(bounds),
        fits: legend.scrollHeight <= legend.clientHeight + 1,
        stills: still.length, fine: still.every((canvas) => canvas.width >= 2 * canvas.clientWidth),
        panel: getComputedStyle(document.getElementById("uxomap-panel")).display,
        exact: getComputedStyle(document.querySelector(".foot")).printColorAdjust};
      window.dispatchEvent(new Event("afterprint"));
      seen.back = [map.getZoom(), map.getSize().x].every((value, at) => value === before[at]);
      seen.left = document.querySelectorAll(".map canvas.still").length;
      return seen;"""
    seen = show(printed_page(), tmp_path, script, size=size)
    assert seen["page"] == [0, 0, 1060, 728]
    for name in ("map", "legend", "notice", "sensitivity", "title"):
        left, top, right, bottom = seen[name]
        assert 0 <= left < right <= 1060, name
        assert 0 <= top < bottom <= 728, name
    assert seen["map"][3] <= seen["notice"][1]
    assert seen["map"][2] - seen["map"][0] > 700
    assert (seen["holds"], seen["fits"], seen["fine"], seen["panel"], seen["exact"]) == (
        True,
        True,
        True,
        "none",
        "exact",
    )
    assert seen["stills"] >= 5
    assert seen["back"]
    assert seen["left"] == 0


@needs_browser
def test_tiles_that_are_there_are_printed(tmp_path):
    page = make_web_map(follow_up(), basemap=write_tiles(tmp_path / "base.mbtiles", zooms=range(6, 14)))
    script = """
      const loaded = document.querySelectorAll(".leaflet-basemap-pane img").length;
      window.dispatchEvent(new Event("beforeprint"));
      const copies = Array.from(document.querySelectorAll(".leaflet-basemap-pane .still img"));
      const holder = map.getContainer().getBoundingClientRect();
      const inside = copies.map((tile) => tile.getBoundingClientRect())
        .filter((box) => box.left < holder.right && box.right > holder.left && box.top < holder.bottom);
      window.dispatchEvent(new Event("afterprint"));
      return {loaded, copies: copies.length, inside: inside.length,
        left: document.querySelectorAll(".map .still").length};"""
    seen = show(web_map_html(page), tmp_path, script)
    assert seen["loaded"] > 0
    assert seen["copies"] > 0
    assert seen["inside"] > 0
    assert seen["left"] == 0


@needs_browser
def test_the_browser_prints_one_sheet_in_landscape(tmp_path):
    (tmp_path / "map.html").write_text(printed_page(), encoding="utf-8")
    flags = "--headless=new --no-sandbox --disable-gpu --no-first-run --no-pdf-header-footer"
    command = [CHROMIUM, *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000"]
    subprocess.run(
        [*command, f"--print-to-pdf={tmp_path / 'map.pdf'}", (tmp_path / "map.html").as_uri()],
        check=True,
        capture_output=True,
        timeout=60,
    )
    printed = (tmp_path / "map.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    wide, high = (float(size) for size in re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed).groups())
    assert (wide, high) == (pytest.approx(842, abs=1), pytest.approx(595, abs=1))
