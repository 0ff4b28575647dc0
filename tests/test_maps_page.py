"""The web map as its readers meet it: hostile texts, languages, base maps, context."""

import base64
import json
import re
import sqlite3
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from attack_strings import ATTACKS
from make_layers import make_strikes
from maps_browser import can_cut, needs_browser, run_in_browser
from rasterio.io import MemoryFile
from test_maps_layers import follow_up

from uxomap import assess, estimate_contamination, sample_data
from uxomap.errors import CRSError, InputError
from uxomap.languages import Language
from uxomap.maps import background, basemap, labels, make_web_map, raster, sentences, style, web_map_html, words

BANNED = re.compile(
    r"\b(safe|safely|clear|cleared|free|freed|released?|cancell?ed|reduced|confirmed|no risk|risk-free|SHA|CHA)\b",
    re.IGNORECASE,
)


def page_data(page):
    return json.loads(re.search(r'<script type="application/json" id="uxomap-data">(.*?)</script>', page, re.DOTALL)[1])


# ---------------------------------------------------------------- hostile texts


#: The long one is cut, so that a browser in a test is done with it in time.
TEXTS = [text[:400] for text in ATTACKS]


def attacked():
    """Every layer with an attack in every text column of every row."""
    layers = follow_up()
    strikes = make_strikes(
        np.linspace(37.4, 37.7, len(ATTACKS)),
        np.full(len(ATTACKS), 48.6),
        [""] * len(TEXTS),
        **dict.fromkeys(["location_text", "munition_text", "source", "source_url", "assumptions"], TEXTS),
        strike_id=[f"{number} {text}" for number, text in enumerate(TEXTS)],
    )
    for frame in layers.values():
        for number, column in enumerate(frame.columns):
            if column != "geometry" and pd.api.types.is_string_dtype(frame[column]) and column != "hazard_kind":
                frame[column] = [f"{row} {TEXTS[(7 * number + row) % len(TEXTS)]}" for row in range(len(frame))]
    return layers | {"strikes": strikes}


@needs_browser
def test_attacks_come_out_as_text_and_nothing_runs(tmp_path):
    attack = " ".join(TEXTS)
    label = attack.replace('"open"', '"shut"')  # a label of its own in quotes would be refused as public
    roads = gpd.GeoDataFrame(
        {"name": TEXTS}, geometry=[shapely.LineString([(37.4, 48.6), (37.6, 48.7)])] * len(ATTACKS), crs="EPSG:4326"
    )
    layers = attacked()
    page = web_map_html(
        make_web_map(layers, title=attack, subtitle=attack, summary=TEXTS, sensitivity=label, context={"roads": roads})
    )
    watch = """<script>
    window.ran = [];
    for (const name of ["alert", "confirm", "prompt", "open"]) {
      window[name] = (...words) => window.ran.push([name, ...words]);
    }
    document.addEventListener("securitypolicyviolation", (event) => window.ran.push(["asked", event.blockedURI]));
    </script>"""
    script = """(function () {
      const panel = document.getElementById("uxomap-panel");
      const said = [];
      for (const tab of Array.from(panel.querySelectorAll(".tab"), (_, at) => at)) {
        panel.querySelectorAll(".tab")[tab].click();
        const count = panel.querySelectorAll(".entry").length;
        for (let number = 0; number < count; number += 1) {
          panel.querySelectorAll(".entry")[number].click();
          said.push(panel.textContent);
          panel.querySelector(".plain").click();
        }
      }
      window.map_uxomap.fire("mousemove", {latlng: L.latLng(48.7, 37.5)});
      const bad = "img, iframe, svg:not(.leaflet-zoom-animated), form, link, object, a[href^=javascript], "
        + "[onload], [onerror]";
      const flat = (text) => text.replace(/\\s+/g, " ").trim();
      const all = flat(said.join(" "));
      return {missing: TEXTS.map(flat).filter((text) => !all.includes(text)), ran: window.ran,
        bad: Array.from(document.body.querySelectorAll(bad), (e) => e.outerHTML.slice(0, 80)),
        asked: performance.getEntriesByType("resource").map((entry) => entry.name),
        head: document.querySelector("h1").textContent};
    })()"""
    script = script.replace("TEXTS", json.dumps(TEXTS).replace("<", "\\u003c"))
    seen, out, _ = run_in_browser(page.replace("<head>", f"<head>{watch}", 1), tmp_path, script=script)
    assert out["uxomap"] == "ready"
    assert json.loads(out["uxomapErrors"]) == []
    assert seen["ran"] == []
    assert seen["bad"] == []
    assert seen["asked"] == []
    assert seen["head"].startswith("<script>alert(1)</script> </script><script>alert(2)</script> <img src=x")
    assert seen["missing"] == []


# ---------------------------------------------------------------- languages


class Marked(dict):
    """A catalogue that marks each text, so that one which does not go through it stands out."""

    def get(self, text, default=""):  # noqa: ARG002 - as a mapping has it
        return "«" + text + "»"


MARKED = Language("uk", Marked())


def test_every_label_goes_through_the_language():
    for text in [*labels.page_labels(MARKED).values(), *labels.row_labels(MARKED).values()]:
        assert text.startswith("«")


@pytest.mark.parametrize(
    "said",
    [
        sentences.describe_zone((12, 64, 190), n_strikes=2, area_m2=341_000, footprints_m2=[21_000], language=MARKED),
        sentences.describe_unlocated((1, 1, 1), precision_m=np.nan, language=MARKED),
        words.say_share(0.1, 0.2, 0.3, MARKED),
        words.say_brief((1, 2, 3), "x", MARKED),
    ],
)
def test_sentences_go_through_the_language(said):
    assert "«" in said
    assert re.sub(r"«[^«»]*»", "", re.sub(r"«[^«»]*»", "", said)).count("unexploded") == 0


NUMBERS = [("en", "1,200", "0.25"), ("uk", "1\u00a0200", "0,25"), ("fr", "1\u202f200", "0,25"), ("es", "1.200", "0,25")]


@pytest.mark.parametrize(("code", "thousand", "quarter"), NUMBERS)
def test_numbers_have_the_marks_of_the_language(code, thousand, quarter):
    language = Language(code, {})
    assert words.say_number(1234, language) == thousand
    assert words.say_number(0.25, language) == quarter


def test_no_new_label_holds_a_banned_word():
    for text in labels.LABELS.values():
        assert not BANNED.search(text), text


@needs_browser
def test_arabic_runs_from_right_to_left_and_the_map_stays_as_it_is(tmp_path):
    page = web_map_html(make_web_map(follow_up(), language="ar"))
    script = """(function () {
      const left = (id) => document.getElementById(id).getBoundingClientRect().left;
      const direction = (name) => getComputedStyle(document.querySelector(name)).direction;
      return {direction: direction(".page"), lang: document.querySelector(".page").lang, map: direction(".map"),
        mirrored: left("uxomap-legend") > left("uxomap-panel"),
        wide: document.documentElement.scrollWidth};
    })()"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script, size=(1200, 800))
    assert json.loads(out["uxomapErrors"]) == []
    assert seen == {"direction": "rtl", "lang": "ar", "map": "ltr", "mirrored": True, "wide": 1200}


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="Invalid language 'xx'"):
        make_web_map({}, language="xx")


# ---------------------------------------------------------------- pictures and base maps


def png(colour):
    with MemoryFile() as file:
        place = rasterio.Affine(1, 0, 0, 0, -1, 1)
        with file.open(driver="PNG", height=4, width=4, count=3, dtype="uint8", transform=place) as picture:
            picture.write(np.broadcast_to(np.array(colour, dtype=np.uint8)[:, None, None], (3, 4, 4)))
        return file.read()


def write_tiles(path, zooms=range(11), tile=None):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE metadata (name text, value text)")
        database.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        database.execute("INSERT INTO metadata VALUES ('attribution', 'Survey of the land')")
        for zoom in zooms:
            size = 2**zoom
            x, y = int((37.55 / 360 + 0.5) * size), int(basemap._down(48.7) * size)
            rows = [
                (zoom, x + i, size - 1 - (y + j), tile or png([200, 100, 50])) for i in (-1, 0, 1) for j in (-1, 0, 1)
            ]
            database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    database.close()
    return path


def write_tif(path, box=(37.4, 48.6, 37.7, 48.8), **options):
    west, south, east, north = box
    transform = rasterio.Affine((east - west) / 60, 0, west, 0, (south - north) / 40, north)
    shape = {"height": 40, "width": 60, "count": 3, "dtype": "uint8", "crs": "EPSG:4326", "transform": transform}
    with rasterio.open(path, "w", driver="GTiff", **(shape | options)) as target:
        bands = np.zeros((3, 40, 60), dtype=np.uint8)
        bands[:, :, :30], bands[0, :, 30:] = 40, 250
        target.write(bands[: target.count])
    return path


def read_png(address):
    kind, _, text = address.partition(",")
    assert kind == "data:image/png;base64"
    with warnings.catch_warnings(action="ignore"), MemoryFile(base64.b64decode(text)) as file, file.open() as picture:
        return picture.read()


def test_a_geotiff_lies_where_it_belongs(tmp_path):
    found = basemap.read_basemap(write_tif(tmp_path / "base.tif"), [37.5, 48.65, 37.6, 48.75])
    west, south, east, north = found["box"]
    assert found["kind"] == "image"
    assert (west, east) == (pytest.approx(37.485, abs=0.01), pytest.approx(37.615, abs=0.01))
    assert (south, north) == (pytest.approx(48.635, abs=0.01), pytest.approx(48.765, abs=0.01))
    bands = read_png(found["image"])
    middle = round((37.55 - west) / (east - west) * bands.shape[2])
    row = bands.shape[1] // 2
    assert bands[0, row, middle - 3] == 40
    assert bands[0, row, middle + 3] == 250


def test_tiles_are_taken_where_the_map_shows_them(tmp_path):
    found = basemap.read_basemap(write_tiles(tmp_path / "base.mbtiles"), [37.5, 48.65, 37.6, 48.75])
    assert found["zooms"] == [0, 10]
    assert found["attribution"] == "Survey of the land"
    assert f"10/{int((37.55 / 360 + 0.5) * 1024)}/{int(basemap._down(48.7) * 1024)}" in found["tiles"]


def test_tiles_stop_before_the_page_grows_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(basemap, "MOST_BYTES", 900)
    found = basemap.read_basemap(write_tiles(tmp_path / "base.mbtiles"), [37.5, 48.65, 37.6, 48.75])
    assert found["zooms"][1] < 10
    assert sum(len(tile) for tile in found["tiles"].values()) <= 900


def test_pmtiles_are_read_where_their_package_is_installed(tmp_path):
    writer = pytest.importorskip("pmtiles.writer", reason="pmtiles is not installed")
    from pmtiles.tile import Compression, TileType, zxy_to_tileid  # noqa: PLC0415 - not always installed

    corners = dict.fromkeys(["min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"], 0)
    centre = dict.fromkeys(["center_zoom", "center_lon_e7", "center_lat_e7"], 0)
    with (tmp_path / "base.pmtiles").open("wb") as file:
        target = writer.Writer(file)
        for zoom in range(8):
            place = int((37.55 / 360 + 0.5) * 2**zoom), int(basemap._down(48.7) * 2**zoom)
            target.write_tile(zxy_to_tileid(zoom, *place), png([200, 100, 50]))
        kind = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE, "min_zoom": 0, "max_zoom": 7}
        target.finalize(kind | corners | centre, {"attribution": "Survey of the land"})
    found = basemap.read_basemap(tmp_path / "base.pmtiles", [37.5, 48.65, 37.6, 48.75])
    assert found["zooms"] == [0, 7]
    assert found["attribution"] == "Survey of the land"


def test_a_coarse_geotiff_of_the_whole_world_is_shown(tmp_path):
    found = basemap.read_basemap(write_tif(tmp_path / "base.tif", (-180, -90, 180, 90)), [37.5, 48.65, 37.6, 48.75])
    west, south, east, north = found["box"]
    assert (west < 37.5, east > 37.6, south < 48.65, north > 48.75) == (True,) * 4


def test_a_geotiff_that_begins_in_the_south_is_shown_upright(tmp_path):
    turned = rasterio.Affine(0.3 / 60, 0, 37.4, 0, 0.2 / 40, 48.6)
    path = write_tif(tmp_path / "base.tif", transform=turned, count=1)
    with rasterio.open(path, "r+") as target:
        target.write(np.where(np.arange(40)[:, None] < 20, 200, 50).repeat(60, axis=1).astype(np.uint8), 1)
    found = basemap.read_basemap(path, [37.45, 48.62, 37.65, 48.78])
    (top, bottom) = read_png(found["image"])[0][[8, -8], 10]
    assert (top, bottom) == (50, 200)
    assert (found["box"][1] < 48.62, found["box"][3] > 48.78) == (True, True)


def test_what_has_no_value_is_left_out_and_one_value_alone_is_grey(tmp_path):
    path = write_tif(tmp_path / "base.tif", count=1, dtype="float32")
    values = np.full((40, 60), 7.0, dtype=np.float32)
    values[:, :30] = np.nan
    with rasterio.open(path, "r+") as target:
        target.write(values, 1)
    picture = read_png(basemap.read_basemap(path, [37.4, 48.6, 37.7, 48.8])["image"])
    row = picture.shape[1] // 2
    assert picture[3, row, 5] == 0
    assert picture[3, row, -5] == 255
    assert 100 < picture[0, row, -5] < 160


def test_an_attribution_is_shown_without_its_tags():
    tagged = "<a href='https://x' onclick=alert(1)>&copy; Me</a> and\n others"
    assert basemap._plain_text(tagged) == "© Me and others"
    assert basemap._plain_text(None) == ""


#: A tile of which two do not fit into a page.
LARGE = b"\x89PNG" + bytes(9_000_000)


def write_nothing(path):
    write_tiles(path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE tiles SET tile_data = NULL")
    database.close()


def cut_pmtiles(path):
    writer = pytest.importorskip("pmtiles.writer", reason="pmtiles is not installed")
    from pmtiles.tile import Compression, TileType, zxy_to_tileid  # noqa: PLC0415 - not always installed

    places = ["min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7", "center_zoom", "center_lon_e7", "center_lat_e7"]
    with path.open("wb") as file:
        target = writer.Writer(file)
        target.write_tile(zxy_to_tileid(0, 0, 0), png([200, 100, 50]) + bytes(5000))
        kind = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE, "min_zoom": 0, "max_zoom": 0}
        target.finalize(kind | dict.fromkeys(places, 0), {})
    path.write_bytes(path.read_bytes()[:-3000])


REFUSED = [
    ("nothing.tif", lambda _: None, "was not found. Must be a GeoTIFF"),
    ("base.txt", lambda path: path.write_text("x"), "is of no known kind"),
    ("base.tif", lambda path: path.write_text("x"), "cannot be read as a GeoTIFF"),
    ("base.tif", lambda path: write_tif(path, (10, 10, 11, 11)), "shows nothing of the places"),
    ("base.tif", lambda path: write_tif(path, crs=None), "has no CRS"),
    ("base.mbtiles", lambda path: path.write_text("x" * 2000), "cannot be read as MBTiles"),
    ("base.mbtiles", lambda path: write_tiles(path, tile=b"\x1f\x8bvector"), "holds no pictures"),
    ("base.mbtiles", lambda path: write_tiles(path, zooms=[]), "shows nothing of the places"),
    ("base.mbtiles", lambda path: write_tiles(path, tile="a text"), "holds no pictures"),
    ("base.mbtiles", write_nothing, "shows nothing of the places"),
    ("base.mbtiles", lambda path: write_tiles(path, [10], LARGE), "zoom level 10 on this map take more than 12 MB"),
    ("base.tif", lambda path: write_tif(path, count=1, dtype="complex64"), "holds complex numbers"),
    ("base.pmtiles", cut_pmtiles, "is cut short: 2,.* of 5,.* bytes are there. Copy it again"),
]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(("name", "write", "says"), REFUSED)
def test_base_maps_that_cannot_be_used_are_refused(tmp_path, name, write, says):
    write(tmp_path / name)
    with pytest.raises(InputError, match=says):
        basemap.read_basemap(tmp_path / name, [37.5, 48.65, 37.6, 48.75])


def test_only_tiles_from_the_internet_open_the_page_and_only_for_their_host():
    policy = re.compile(r'Content-Security-Policy" content="([^"]*)"')
    closed, opened = (web_map_html(make_web_map({}, offline=offline)) for offline in (True, False))
    assert "https" not in policy.search(closed)[1]
    assert policy.search(opened)[1].count("https://") == 1
    assert "img-src data: blob: https://tile.openstreetmap.org;" in policy.search(opened)[1]
    assert "The base map is asked for from the internet: tile.openstreetmap.org." in opened
    assert "works without a network" not in re.sub(r"<script.*?</script>", "", opened, flags=re.DOTALL)
    assert "OpenStreetMap contributors" in opened


def test_a_file_and_online_tiles_do_not_go_together(tmp_path):
    with pytest.raises(InputError, match="Give either basemap or offline=False"):
        make_web_map({}, basemap=write_tif(tmp_path / "base.tif"), offline=False)
    with pytest.raises(InputError, match=r"Invalid offline 'no'\. Must be True or False"):
        make_web_map({}, offline="no")
    with pytest.raises(InputError, match="write offline=False instead"):
        make_web_map({}, basemap="osm")


@pytest.fixture(scope="module")
def contamination():
    strikes = make_strikes([37.5, 37.6], [48.7, 48.72], ["9m55k", "9m55k"])
    return estimate_contamination(strikes, cell_m=100)


def test_the_picture_of_cells_has_each_cell_in_its_class_and_place(contamination):
    found = raster.picture_contamination(contamination)
    (classes,) = read_png(found["image"])
    density = contamination["uxo_expected"].to_numpy()
    assert (classes.max() - 1) == style.density_class(density.max())
    shown = (density >= raster.LEAST_SHOWN).mean()
    assert (classes > 0).mean() == pytest.approx(shown, rel=0.1)
    peak = np.argwhere(classes == classes.max()).mean(axis=0)
    west, south, east, north = found["box"]
    longitude = west + (peak[1] + 0.5) / classes.shape[1] * (east - west)
    assert min(abs(longitude - 37.5), abs(longitude - 37.6), abs(longitude - 37.55)) < 0.01
    assert south < 48.7 < north


def test_a_large_map_keeps_its_densest_cells(contamination, monkeypatch):
    monkeypatch.setattr(raster, "MOST_PIXELS", 16)
    monkeypatch.setattr(raster.warp, "__kwdefaults__", {"most": 16})
    (classes,) = read_png(raster.picture_contamination(contamination)["image"])
    assert max(classes.shape) <= 17
    assert (classes.max() - 1) == style.density_class(contamination["uxo_expected"].to_numpy().max())


def test_what_is_no_map_of_contamination_is_refused():
    with pytest.raises(InputError, match="is no contamination map"):
        make_web_map({"contamination": pd.DataFrame()})


def test_context_is_cut_to_the_map_and_named():
    roads = gpd.GeoDataFrame(
        {"name": ["M03", "far away"]},
        geometry=[shapely.LineString([(30, 48.7), (45, 48.7)]), shapely.LineString([(100, 10), (101, 10)])],
        crs="EPSG:4326",
    )
    (packed,) = background.pack_context({"roads": roads.to_crs("EPSG:3857")}, [37.5, 48.65, 37.6, 48.75])
    assert packed["count"] == 1
    from uxomap.maps.packing import unpack_numbers, unpack_text  # noqa: PLC0415 - for this test only

    assert unpack_text(packed["names"]) == ["M03"]
    places = np.cumsum(unpack_numbers(packed["shapes"]["steps"]).reshape(-1, 2), axis=0) / 1e6
    assert places[:, 0].min() == pytest.approx(37.4, abs=1e-3)
    assert places[:, 0].max() == pytest.approx(37.7, abs=1e-3)


def test_context_that_cannot_be_used_is_refused():
    with pytest.raises(
        InputError, match=r"Invalid context 'rivers'\. Must be one of: water, admin, roads, settlements"
    ):
        make_web_map({}, context={"rivers": gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")})
    with pytest.raises(CRSError, match="has no CRS"):
        make_web_map({}, context={"roads": gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)])})
    lines = [shapely.LineString([(36, 49), (37, 50)]), shapely.LineString([(36, 49), (np.inf, 50)])]
    with pytest.raises(InputError, match=r"'roads' has a coordinate that is infinite .* in row 2"):
        make_web_map({}, context={"roads": gpd.GeoDataFrame(geometry=lines, crs="EPSG:4326")})


def test_context_is_quiet_grey_and_never_green():
    for look in background.LOOKS.values():
        for colour in filter(None, (look["stroke"], look["fill"])):
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert max(red, green, blue) - min(red, green, blue) <= 18
            assert green <= max(red, blue)


@needs_browser
def test_base_map_context_and_cells_are_drawn(tmp_path, contamination):
    water = gpd.GeoDataFrame({"name": ["Torets"]}, geometry=[shapely.box(37.52, 48.66, 37.53, 48.74)], crs="EPSG:4326")
    base = write_tiles(tmp_path / "base.mbtiles", zooms=range(14))
    page = web_map_html(
        make_web_map(follow_up() | {"contamination": contamination}, basemap=base, context={"water": water})
    )
    script = """({tiles: document.querySelectorAll(".leaflet-basemap-pane img").length,
      cells: document.querySelectorAll(".leaflet-cells-pane img").length,
      said: document.querySelector(".attribution").textContent,
      drawn: (() => { const c = document.querySelector(".leaflet-background-pane canvas");
        return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((value) => value > 0); })()})"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script)
    assert json.loads(out["uxomapErrors"]) == []
    assert seen["tiles"] > 0
    assert seen["cells"] == 1
    assert seen["said"] == "Survey of the land"
    assert seen["drawn"]


@needs_browser
@pytest.mark.skipif(not can_cut(), reason="this machine does not let the network of a program be cut")
def test_the_page_of_an_assessment_works_with_the_network_cut(tmp_path):
    written = assess(sample_data()).write(tmp_path / "out")
    page = next(path for path in written if path.name == "map.html").read_text(encoding="utf-8")
    script = """(function () {
      const canvas = document.querySelector("canvas.data");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const entries = document.querySelectorAll("#uxomap-panel .entry").length;
      return {entries, drawn: pixels.some((value) => value > 0),
        asked: performance.getEntriesByType("resource").map((one) => one.name).filter((name) => !/^data:/.test(name)),
        notice: document.querySelector(".notice").offsetHeight > 0, online: navigator.onLine};
    })()"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script, cut=True)
    assert seen == {"entries": seen["entries"], "drawn": True, "asked": [], "notice": True, "online": False}
    assert seen["entries"] >= 50
    assert json.loads(out["uxomapErrors"]) == []
