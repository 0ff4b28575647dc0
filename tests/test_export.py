"""Files hold what the layers hold, and nothing that a program would run."""

import csv
import datetime as dt
import io
import json
import math
import re
import runpy
import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from draw_layers import draw_layer, draw_layers, square
from hypothesis import given, settings
from hypothesis import strategies as st

from uxomap import export
from uxomap.errors import CRSError, InputError, OutputError, SchemaError
from uxomap.export import write_csv, write_geojson, write_geopackage, write_json, write_layers
from uxomap.export._values import plain_columns
from uxomap.schema import layer_schemas
from uxomap.wording import METHOD_VERSION, NOTICE

STYLES = Path(export.__file__).parent / "styles"

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "fell; =1",
    "fell;=1",
    "two\nlines\r\nthree",
    'quote " comma , semicolon ;',
    "</script><script>alert(1)</script>",
    "{% raw %} %s %(a)s %",
    "[% @project_path %]",
    "مدينة \u202eحلب\u202c",
    "💣 Харків — Ізюм",
    "e\u0301 NFD",
    "bell \x07 escape \x1b delete \x7f",
    "line\u2028separator",
    "' OR 1=1; DROP TABLE zones; --",
    "",
    " ",
    "NaN",
    "null",
)


def read_json(path):
    def refuse(constant):
        pytest.fail(f"{constant} is not JSON")

    return json.loads(path.read_bytes().decode("utf-8"), parse_constant=refuse)


def without_ids(frame, names):
    return pd.DataFrame(frame)[names].reset_index(drop=True)


# GeoJSON ------------------------------------------------------------------------------------------------------------


def test_geojson_is_what_rfc_7946_draws(tmp_path):
    hole = square(36.04, 48.04, 0.02)
    drawn = [
        shapely.Polygon(square(36, 48, 0.1, clockwise=True), [hole]),
        shapely.MultiPolygon([shapely.Polygon(square(179.9, -1, 0.1)), shapely.Polygon(square(-180, -1, 0.05))]),
        shapely.Polygon(square(1 / 3, 2 / 3, 0.1)),
    ]
    zones = draw_layer("zones").set_geometry(drawn, crs="EPSG:4326")
    collection = read_json(write_geojson(zones, tmp_path / "zones.geojson", name="zones"))
    assert list(collection) == ["type", "name", "metadata", "features"]
    first, second, third = (feature["geometry"] for feature in collection["features"])
    outer, inner = first["coordinates"]
    # Section 3.1.6: the outer ring runs counter-clockwise, the hole clockwise; both end where they began.
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(inner).is_ccw
    assert outer[0] == outer[-1]
    assert {tuple(pair) for pair in outer} == {(36.0, 48.0), (36.1, 48.0), (36.1, 48.1), (36.0, 48.1)}
    # Section 3.1.9: split at the antimeridian, nothing beyond 180 degrees.
    assert second["type"] == "MultiPolygon"
    assert third["coordinates"][0][0] == [0.3333333, 0.6666667]
    assert [feature["id"] for feature in collection["features"]] == zones["zone_id"].tolist()
    assert all(list(feature) == ["type", "id", "properties", "geometry"] for feature in collection["features"])


def test_geojson_says_what_it_is(tmp_path):
    path = write_geojson(draw_layer("strikes"), tmp_path / "s.geojson", name="strikes", parameters={"fadeout_m": 50.0})
    facts = read_json(path)["metadata"]
    assert facts["layer"] == "strikes"
    assert facts["notice"] == NOTICE
    assert facts["method_version"] == METHOD_VERSION
    assert facts["sensitivity"] == "internal"
    assert facts["columns"]["precision_m"]["unit"] == "m"
    assert set(facts["columns"]) == set(layer_schemas()["strikes"].columns)
    assert facts["parameters"] == {"fadeout_m": 50.0}


@pytest.mark.parametrize("name", ["reports", "strikes", "hazard_areas", "zones"])
def test_geopandas_reads_the_same_layer_back(tmp_path, name):
    layer = draw_layer(name)
    back = gpd.read_file(write_geojson(layer, tmp_path / f"{name}.geojson", name=name))
    names = list(layer_schemas()[name].columns)
    pd.testing.assert_frame_equal(without_ids(back, names), without_ids(layer, names), check_dtype=False)
    assert back.crs == "EPSG:4326"
    assert shapely.equals_exact(back.normalize(), layer.normalize(), 1e-7).all()


def test_missing_values_are_null_and_never_zero(tmp_path):
    reports = draw_layer("reports", row=[1, 2, 3], reason=[None, np.nan, pd.NA], rounds_low=[np.nan, 0.0, -0.0])
    reports["date_start"] = [pd.NaT, pd.Timestamp("2024-02-29"), pd.Timestamp("1944-06-06")]
    reports["raw_count"] = pd.array([7, None, 0], dtype="Int64")
    reports["raw_seen"] = pd.array([True, None, False], dtype="boolean")
    reports["geometry"] = [None, shapely.Point(), shapely.Point(36, 48)]
    features = read_json(write_geojson(reports, tmp_path / "r.geojson", name="reports"))["features"]
    first, second, third = (feature["properties"] for feature in features)
    assert (first["reason"], second["reason"], third["reason"]) == (None, None, None)
    assert (first["rounds_low"], second["rounds_low"]) == (None, 0.0)
    assert [line["date_start"] for line in (first, second, third)] == [None, "2024-02-29", "1944-06-06"]
    assert [line["raw_count"] for line in (first, second, third)] == [7, None, 0]
    assert [line["raw_seen"] for line in (first, second, third)] == [True, None, False]
    assert [feature["geometry"] and feature["geometry"]["type"] for feature in features] == [None, None, "Point"]


NUMBERS = [0.1, 1e-7, 123456789.123, 1e22, 100.0, 2.5e-310, 1.7976931348623157e308, 0.1 + 0.2]


def test_numbers_keep_every_digit_and_whole_ones_stay_whole(tmp_path):
    zones = draw_layer("zones", len(NUMBERS), uxo_low=NUMBERS, n_strikes=np.arange(len(NUMBERS)) * 1.0 + 100)
    text = write_geojson(zones, tmp_path / "z.geojson", name="zones").read_text(encoding="utf-8")
    read = [feature["properties"] for feature in json.loads(text)["features"]]
    assert [line["uxo_low"] for line in read] == NUMBERS
    assert '"n_strikes":100,' in text
    assert '"uxo_low":100.0,' in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (pd.Series(pd.to_datetime(["2024-01-02 03:04:05", None])), ["2024-01-02T03:04:05", None]),
        (pd.Series(pd.to_datetime(["2024-01-02 03:04:05.25", None])), ["2024-01-02T03:04:05.250000", None]),
        (pd.Series(pd.to_datetime(["2024-01-02", None])), ["2024-01-02", None]),
        (pd.Series(pd.to_datetime(["2024-01-02T01:00+02:00", None])), ["2024-01-01T23:00:00Z", None]),
        (pd.Series([dt.date(2024, 1, 2), None], dtype=object), ["2024-01-02", None]),
        (pd.Series([dt.date(9999, 1, 2), dt.date(1066, 10, 14)], dtype=object), ["9999-01-02", "1066-10-14"]),
        (pd.Series([dt.date(2024, 1, 2), "March"], dtype=object), ["2024-01-02", "March"]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (pd.Series([{"a": [1]}, ["é"]], dtype=object), ['{"a": [1]}', '["é"]']),
        (pd.Series([2**63, 1], dtype=object), [str(2**63), "1"]),
        (pd.Series([2**64 - 1, 1], dtype=np.uint64), [str(2**64 - 1), "1"]),
        (pd.Series([1, 2.5, None], dtype=object).iloc[:2], [1.0, 2.5]),
        (pd.Series([np.float32(0.5), np.nan], dtype="float32"), [0.5, None]),
        (pd.Series([pd.Timedelta("1h"), None], dtype=object), ["0 days 01:00:00", None]),
    ],
)
def test_columns_that_no_contract_names_keep_their_values(tmp_path, value, written):
    zones = draw_layer("zones", 2).assign(raw_value=value)
    features = read_json(write_geojson(zones, tmp_path / "z.geojson", name="zones"))["features"]
    assert [feature["properties"]["raw_value"] for feature in features] == written


@given(st.lists(st.text(st.characters()) | st.sampled_from(HOSTILE), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back_from_json_as_it_was(texts):
    column = pd.Series(texts, dtype=object)  # halves of characters fit in no other
    zones = draw_layer("zones", len(texts), location_text=column).assign(**{"raw_%s \"'": column})
    with TemporaryDirectory() as folder:
        features = read_json(write_geojson(zones, Path(folder) / "z.geojson", name="zones"))["features"]
    for feature, text in zip(features, texts, strict=True):
        sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        assert feature["properties"]["location_text"] == unicodedata.normalize("NFC", sound)
        assert feature["properties"]["raw_%s \"'"] == unicodedata.normalize("NFC", sound)


@given(
    st.tuples(st.floats(-179, 179), st.floats(-85, 85)),
    st.floats(1e-9, 1),
    st.integers(3, 64),
)
@settings(max_examples=80, deadline=None)
def test_rounding_never_breaks_a_ring_and_moves_it_by_a_centimetre_at_most(centre, radius, corners):
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = shapely.Polygon(np.column_stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)]))
    if not ring.is_valid:
        return
    zones = draw_layer("zones", 1).set_geometry([ring], crs="EPSG:4326")
    with TemporaryDirectory() as folder:
        path = write_geojson(zones, Path(folder) / "z.geojson", name="zones")
        drawn = shapely.geometry.shape(read_json(path)["features"][0]["geometry"])
    assert drawn.is_valid
    assert drawn.exterior.is_ccw
    assert len(drawn.exterior.coords) == corners + 1
    assert drawn.hausdorff_distance(ring) <= 1e-7


def test_a_large_layer_is_written_as_one_piece(tmp_path):
    strikes = draw_layer("strikes", 25_001)
    features = read_json(write_geojson(strikes, tmp_path / "s.geojson", name="strikes"))["features"]
    assert [feature["id"] for feature in features] == strikes["strike_id"].tolist()


def zones_with(**columns):
    return draw_layer("zones", 2, **columns)


REFUSED = [
    (lambda: zones_with().drop(columns="notice"), SchemaError, "missing column 'notice'"),
    (lambda: zones_with(zone_id=["a", "a"]), SchemaError, "must be filled and unique"),
    (lambda: zones_with(uxo_high=[1.0, np.inf]), SchemaError, "'uxo_high' holds an infinite number in rows 1"),
    (lambda: zones_with(n_strikes=[1.0, 1.5]), SchemaError, "'n_strikes' holds a broken number in rows 1.*Round them"),
    (lambda: zones_with().assign(raw_x=[-np.inf, 1]), SchemaError, "'raw_x' holds an infinite number in rows 0"),
    (lambda: zones_with().set_crs(None, allow_override=True), CRSError, "has no CRS. Must be EPSG:4326"),
    (lambda: zones_with().to_crs(3857), CRSError, r"Convert it with layer.to_crs\('EPSG:4326'\)"),
    (lambda: pd.DataFrame(zones_with().drop(columns="geometry")), SchemaError, "has lost its geometry"),
    (lambda: gpd.GeoDataFrame(zones_with().drop(columns="geometry")), SchemaError, "Set it with set_geometry"),
    (lambda: zones_with().set_geometry(zones_with().translate(145)), SchemaError, "leaves the globe in rows 0, 1"),
    (lambda: zones_with().set_geometry(zones_with().translate(0, 50)), SchemaError, "latitudes between -90 and 90"),
    (lambda: zones_with().rename(columns={"hazard_kind": "notice"}), SchemaError, "missing column 'hazard_kind'"),
    (lambda: zones_with().assign(**dict.fromkeys(("é", "e\u0301"), 1)), SchemaError, "Column name 'é' stands twice"),
]


@pytest.mark.parametrize(("layer", "error", "words"), REFUSED)
@pytest.mark.parametrize("form", ["geojson", "gpkg"])
def test_layers_that_break_their_contract_are_refused_and_nothing_is_written(tmp_path, layer, error, words, form):
    with pytest.raises(error, match=words):
        write_layers({"zones": layer()}, tmp_path / "out", formats=(form,))
    assert not list(tmp_path.iterdir())


def test_a_table_is_no_map_and_an_unknown_layer_has_no_contract(tmp_path):
    with pytest.raises(SchemaError, match=r"unlocated layer has no geometry by design.*Write it with write_csv"):
        write_geojson(draw_layer("unlocated"), tmp_path / "u.geojson", name="unlocated")
    with pytest.raises(SchemaError, match=r"Unknown layer 'areas'. Must be one of: reports, strikes"):
        write_layers({"areas": draw_layer("zones")}, tmp_path)


@pytest.mark.parametrize(
    ("layers", "formats", "words"),
    [
        ({}, ("gpkg",), "There is no layer to write"),
        ({"zones": None}, ("dxf",), "Invalid format 'dxf'. Must be one of: geojson, gpkg, csv, kml"),
        ({"zones": None}, ("tif",), "There is no map of cells to write as tif"),
        ({"zones": None}, (), "No format is given"),
    ],
)
def test_choices_that_do_not_exist_are_refused(tmp_path, layers, formats, words):
    with pytest.raises(InputError, match=words):
        write_layers(layers, tmp_path / "out", formats=formats)
    assert not list(tmp_path.iterdir())


# CSV ----------------------------------------------------------------------------------------------------------------


def read_cells(path):
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_is_what_spreadsheets_expect(tmp_path):
    frame = pd.DataFrame(
        {
            "place": ["Ізюм", 'a "b", c', None],
            "date": pd.to_datetime(["2022-05-01", None, "2022-05-03"]),
            "n": pd.array([3, None, 5], dtype="Int64"),
            "share": [0.1 + 0.2, np.nan, -5.0],
            "seen": [True, False, True],
        }
    )
    assert write_csv(frame, tmp_path / "a.csv").read_bytes().decode("utf-8") == (
        "\ufeffplace,date,n,share,seen\r\n"
        "Ізюм,2022-05-01,3,0.30000000000000004,true\r\n"
        '"a ""b"", c",,,,false\r\n'
        ",2022-05-03,5,-5.0,true\r\n"
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+380 57", "'+380 57"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("＝1", "'＝1"),
        ("fell;=1", "fell;'=1"),
        ("one\n=1", "one\n'=1"),
        ("-12.5", "-12.5"),
        ("+44", "+44"),
        ("2-3 rounds", "2-3 rounds"),
        ("'=1", "'=1"),
        ("e\u0301", "é"),
    ],
)
def test_text_that_a_spreadsheet_could_run_is_neutralised(tmp_path, text, cell):
    path = write_csv(pd.DataFrame({text: [text]}), tmp_path / "a.csv")
    assert read_cells(path) == [[cell], [cell]]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_no_cell_starts_a_formula_and_no_text_is_lost(texts):
    with TemporaryDirectory() as folder:
        cells = read_cells(write_csv(pd.DataFrame({"text": texts, "last": "end"}), Path(folder) / "a.csv"))
    assert [line[1] for line in cells] == ["last", *["end" for _ in texts]]
    for (cell, _), text in zip(cells[1:], texts, strict=True):
        assert cell.replace("'", "") == unicodedata.normalize("NFC", text).replace("'", "")
        parts = [part for part in re.split(r"[;\t\r\n]", cell) if not re.fullmatch(r"[+-]\d+([.,]\d+)?", cell)]
        assert not [part for part in parts if part.startswith(tuple("=+-@"))]


def test_points_leave_with_longitude_and_latitude_and_areas_without_geometry(tmp_path):
    strikes = draw_layer("strikes")
    strikes["geometry"] = [shapely.Point(1 / 3, 2 / 3), None, shapely.Point()]
    back = pd.read_csv(write_csv(strikes, tmp_path / "s.csv", name="strikes"), encoding="utf-8-sig")
    assert back["longitude"].tolist()[0] == 0.3333333
    assert back["latitude"].isna().tolist() == [False, True, True]
    assert "geometry" not in back
    assert "geometry" not in read_cells(write_csv(draw_layer("zones"), tmp_path / "z.csv"))[0]
    kept = write_csv(draw_layer("reports", longitude=[7.0, 8.0, 9.0]), tmp_path / "r.csv")
    assert pd.read_csv(kept, encoding="utf-8-sig")["longitude"].tolist() == [7.0, 8.0, 9.0]


def test_pandas_reads_the_same_table_back(tmp_path):
    unlocated = draw_layer("unlocated")
    back = pd.read_csv(
        write_csv(unlocated, tmp_path / "u.csv", name="unlocated"),
        encoding="utf-8-sig",
        parse_dates=["date_start", "date_end"],
    )
    pd.testing.assert_frame_equal(back, unlocated, check_dtype=False, check_exact=True)


def test_a_table_may_be_empty_of_rows_or_break_its_contract(tmp_path):
    assert read_cells(write_csv(pd.DataFrame({"a": []}), tmp_path / "a.csv")) == [["a"]]
    with pytest.raises(SchemaError, match="missing column 'report_ids'"):
        write_csv(pd.DataFrame({"strike_id": []}), tmp_path / "u.csv", name="unlocated")


# GeoPackage ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def geopackage(tmp_path_factory):
    layers = draw_layers()
    layers["zones"].loc[1, ["uxo_per_ha", "uxo_high"]] = np.nan
    path = tmp_path_factory.mktemp("gpkg") / "assessment.gpkg"
    write_geopackage(layers, path, parameters={"containment": 0.95, "inputs": [{"name": "r.csv"}]})
    return path, layers


@pytest.mark.parametrize("name", list(layer_schemas()))
def test_every_layer_comes_back_from_the_geopackage(geopackage, name):
    path, layers = geopackage
    back = pyogrio.read_dataframe(path, layer=name)
    names = list(layer_schemas()[name].columns)
    pd.testing.assert_frame_equal(back[names], without_ids(layers[name], names), check_dtype=False, check_exact=True)
    if layer_schemas()[name].geometry:
        info = pyogrio.read_info(path, layer=name)
        assert info["geometry_type"] == layer_schemas()[name].geometry[-1]
        assert info["crs"] == "EPSG:4326"
        assert back.geometry.geom_equals(layers[name].geometry).all()


def query(path, statement):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


def test_dates_are_stored_as_dates_and_fields_are_explained(geopackage):
    path, _ = geopackage
    kinds = {line[1]: line[2] for line in query(path, "PRAGMA table_info(zones)")}
    assert (kinds["date_start"], kinds["n_strikes"], kinds["uxo_low"]) == ("DATE", "INTEGER", "REAL")
    described = query(path, "SELECT column_name, name, description FROM gpkg_data_columns WHERE table_name = 'zones'")
    assert ("uxo_per_ha", "uxo per ha [items/ha]", "uxo_expected divided by the land to look in") in described
    assert len(described) == len(layer_schemas()["zones"].columns)
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    assert query(path, "PRAGMA foreign_key_check") == []
    (notes,) = query(path, "SELECT description FROM gpkg_contents WHERE table_name = 'zones'")
    assert NOTICE in notes[0]


def test_the_geopackage_says_what_it_is(geopackage):
    facts = dict(query(geopackage[0], "SELECT fact, value FROM about"))
    assert facts == {
        "notice": NOTICE,
        "method_version": METHOD_VERSION,
        "sensitivity": "internal",
        "parameter containment": "0.95",
        "parameter inputs": '[{"name": "r.csv"}]',
    }


def test_the_geopackage_holds_its_own_dictionary_as_a_table(geopackage):
    path, layers = geopackage
    lines = query(path, "SELECT layer, field, unit, meaning FROM data_dictionary")
    expected = [
        (name, column.name, column.unit, column.meaning)
        for name in layers
        for column in layer_schemas()[name].columns.values()
    ]
    assert [(layer, field, unit or "", meaning) for layer, field, unit, meaning in lines] == expected
    kinds = dict(query(path, "SELECT table_name, data_type FROM gpkg_contents"))
    assert (kinds["data_dictionary"], kinds["about"]) == ("attributes", "attributes")


def test_hostile_text_and_odd_names_come_back_from_the_geopackage(tmp_path):
    texts = [*HOSTILE, "null \0 inside"]
    reports = draw_layer("reports", len(texts), location_text=texts)
    reports = reports.assign(raw_Name=texts, raw_name=1, fid=2, geom=3).assign(**{"raw_ \"'];--": texts})
    path = write_geopackage({"reports": reports}, tmp_path / "a.gpkg")
    back = pyogrio.read_dataframe(path, layer="reports")
    expected = [unicodedata.normalize("NFC", text).replace("\0", "\ufffd") for text in texts]
    for name in ("location_text", "raw_Name", "raw_ \"'];--"):
        assert back[name].tolist() == expected
    assert (back[["raw_name_2", "fid_2", "geom_2"]] == [1, 2, 3]).all(axis=None)


def test_missing_values_and_places_are_null_in_the_geopackage(tmp_path):
    reports = draw_layer("reports", 2, reason=[None, "x"], rounds_low=[np.nan, 0.0], date_end=[pd.NaT, pd.NaT])
    reports = reports.assign(geometry=[shapely.Point(), None], raw_n=pd.array([None, 1], dtype="Int64"))
    reports["date_end"] = pd.to_datetime(reports["date_end"])
    path = write_geopackage({"reports": reports}, tmp_path / "a.gpkg")
    assert query(path, "SELECT reason, rounds_low, date_end, raw_n, geom FROM reports") == [
        (None, None, None, None, None),
        ("x", 0.0, None, 1, None),
    ]


def test_empty_layers_are_written_too(tmp_path):
    layers = {name: layer.iloc[:0] for name, layer in draw_layers().items()}
    write_layers(layers, tmp_path, formats=("geojson", "gpkg", "csv"))
    assert len(gpd.read_file(tmp_path / "zones.geojson")) == 0
    assert read_json(tmp_path / "zones.geojson")["features"] == []
    for name in layers:
        assert (
            list(pyogrio.read_info(tmp_path / "assessment.gpkg", layer=name)["fields"])[:3]
            == list(layer_schemas()[name].columns)[:3]
        )


def test_a_file_that_sqlite_cannot_write_gets_one_line(tmp_path, monkeypatch):
    def fail(*_, **__):
        message = "Could not add feature: database or disk is full\nmore"
        raise pyogrio.errors.FeatureError(message)

    monkeypatch.setattr(pyogrio.raw, "write", fail)
    with pytest.raises(OutputError, match=r"a.gpkg: the disk is full. Make room on it"):
        write_geopackage({"zones": draw_layer("zones")}, tmp_path / "a.gpkg")
    assert not list(tmp_path.iterdir())
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


# Styles -------------------------------------------------------------------------------------------------------------


def test_styles_are_stored_where_qgis_looks_for_them(geopackage):
    styles = query(
        geopackage[0],
        "SELECT f_table_name, f_geometry_column, styleName, useAsDefault, styleQML FROM layer_styles",
    )
    drawn = [name for name, schema in layer_schemas().items() if schema.geometry]
    assert [line[:4] for line in styles] == [(name, "geom", name, 1) for name in drawn]
    for line in styles:
        assert ET.fromstring(line[4]).tag == "qgis"  # noqa: S314 - our own file


def read_rules(name):
    root = ET.parse(STYLES / f"{name}.qml").getroot()  # noqa: S314 - our own file
    rules = [rule for rule in root.iter("rule") if rule.get("symbol") is not None]
    colours = {
        symbol.get("name"): [option.get("value") for option in symbol.iter("Option") if option.get("name") == "color"]
        for symbol in root.iter("symbol")
    }
    return rules, colours


def test_zones_have_the_colours_of_the_web_map():
    # Stages do not know each other, so only this test can hold them together.
    style = runpy.run_path(str(Path(export.__file__).parents[1] / "maps" / "style.py"))
    rules, colours = read_rules("zones")
    fills = [tuple(map(int, colours[rule.get("symbol")][0].split(",")[:3])) for rule in rules[:6]]
    expected = [*style["PALETTE"], style["UNKNOWN_FILL"]]
    assert fills == [tuple(bytes.fromhex(colour[1:])) for colour in expected]


@pytest.mark.parametrize("ends", [(0, 0), (0, 1), (1, 1), (1, 2.9), (1, 3), (1, 9.9), (1, 10), (5, 5)])
def test_zones_have_the_outlines_of_the_web_map(ends):
    style = runpy.run_path(str(Path(export.__file__).parents[1] / "maps" / "style.py"))
    rules, _ = read_rules("zones")
    filters = [rule.get("filter") for rule in rules[6:]]
    assert filters[2] == "ELSE"
    values = dict(zip(("uxo_low", "uxo_high"), ends, strict=True))
    terms = (re.sub(r'"(\w+)"', r"\1", text).replace("AND", "and").replace("OR", "or") for text in filters[:2])
    true = [eval(term, {}, values) for term in terms]  # noqa: S307 - our own file, and the names are those of Python
    drawn = true.index(True) if any(true) else 2
    assert drawn == style["interval_class"](*ends)


@pytest.mark.parametrize("name", sorted(path.stem for path in STYLES.glob("*.qml")))
def test_styles_use_no_green_no_banned_word_and_leave_nothing_undrawn(name):
    rules, colours = read_rules(name)
    for values in colours.values():
        for red, green, blue in (tuple(map(int, value.split(",")[:3])) for value in values):
            assert green <= max(red, blue)
    text = (STYLES / f"{name}.qml").read_text(encoding="utf-8").lower()
    assert not re.search(r"\b(safe|clear|cleared|free|released|cancelled|reduced|confirmed|no risk|sha|cha)\b", text)
    assert all(rule.get("filter") is None for rule in rules) or any(rule.get("filter") == "ELSE" for rule in rules)
    assert {rule.get("symbol") for rule in rules} == set(colours)
    assert name in layer_schemas()


# Together -----------------------------------------------------------------------------------------------------------


def test_same_layers_give_the_same_bytes_and_stay_untouched(tmp_path):
    layers = draw_layers()
    before = {name: layer.copy(deep=True) for name, layer in layers.items()}
    for folder in ("a", "b"):
        paths = write_layers(layers, tmp_path / folder, formats=("geojson", "gpkg", "csv"), parameters={"x": 1})
    assert [path.name for path in paths] == sorted(path.name for path in (tmp_path / "b").iterdir())
    for path in paths:
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes()
    for name, layer in layers.items():
        pd.testing.assert_frame_equal(layer, before[name])


def test_no_layer_is_left_out_and_a_failing_one_leaves_the_earlier_result(tmp_path):
    paths = write_layers({name: draw_layer(name) for name in ("zones", "unlocated")}, tmp_path, formats="geojson")
    assert [path.name for path in paths] == ["about.json", "unlocated.csv", "zones.geojson"]
    before = [path.read_bytes() for path in paths]
    broken = draw_layer("strikes", precision_m=[1.0, np.inf, 2.0])
    with pytest.raises(SchemaError, match="'precision_m' holds an infinite number"):
        write_layers({"zones": draw_layer("zones", 1), "strikes": broken}, tmp_path)
    assert [path.read_bytes() for path in paths] == before
    assert len(list(tmp_path.iterdir())) == 3


def test_json_keeps_order_and_has_a_form_for_everything_that_a_summary_holds(tmp_path):
    data = {
        "z": np.int64(3),
        "a": {"low": np.float64("nan"), "day": dt.date(2024, 1, 2), "when": pd.Timestamp("2024-01-02 03:04")},
        "list": (1, True, None, pd.NA, pd.NaT, np.array([0.5])),
        "path": Path("reports") / "a.csv",
        "text": "e\u0301 </script> 💣",
    }
    text = write_json(data, tmp_path / "s.json").read_text(encoding="utf-8")
    assert list(json.loads(text)) == ["z", "a", "list", "path", "text"]
    assert json.loads(text) == {
        "z": 3,
        "a": {"low": None, "day": "2024-01-02", "when": "2024-01-02T03:04:00"},
        "list": [1, True, None, None, None, [0.5]],
        "path": "reports/a.csv",
        "text": "é </script> 💣",
    }
    assert "💣" in text
    assert text.endswith("}\n")


@pytest.mark.parametrize("value", [math.inf, object(), {1, 2}, b"bytes"])
def test_json_refuses_what_it_cannot_hold(tmp_path, value):
    with pytest.raises(OutputError, match="JSON cannot hold it"):
        write_json({"value": value}, tmp_path / "s.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([2**60 + 1, 1.5, None], ["1152921504606846977", "1.5", None]),
        ([10**400, 1.5, 1], [str(10**400), "1.5", "1"]),
        ([2**53, 1.5, None], [float(2**53), 1.5, None]),
        ([np.int64(2**60 + 1), 1.5, 1], ["1152921504606846977", "1.5", "1"]),
    ],
)
def test_whole_numbers_among_others_keep_every_digit(values, kept):
    columns = plain_columns(pd.DataFrame({"x": pd.Series(values, dtype=object)}))
    assert columns["x"].cells == kept


@pytest.mark.parametrize("target", ["", "~no-such-user-here/a.csv", "a\0b.csv"])
def test_places_that_cannot_be_are_refused_in_one_line(target):
    for write in (
        lambda: write_csv(pd.DataFrame(), target),
        lambda: write_layers({"zones": draw_layer("zones")}, target),
    ):
        with pytest.raises(
            OutputError, match=r"named to write to|no user of that name|cannot hold the character NUL"
        ) as caught:
            write()
        assert "\n" not in str(caught.value)


def test_the_own_folder_can_be_named_by_its_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert write_layers({"zones": draw_layer("zones")}, "~/out", formats="geojson") == [
        tmp_path / "out" / "zones.geojson"
    ]
    assert write_csv(pd.DataFrame({"a": [1]}), "~/a.csv") == tmp_path / "a.csv"
    assert (tmp_path / "a.csv").exists()
