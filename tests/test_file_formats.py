"""Every format keeps every feature, field and digit, says what it is, and shows hostile text as text."""

import csv
import io
import json
import math
import re
import runpy
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import python_calamine
import rasterio
import shapely
from attack_strings import ATTACKS
from draw_layers import draw_layer, draw_layers, square
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from make_layers import make_strikes

from uxomap import export
from uxomap.contamination import estimate_contamination
from uxomap.errors import OutputError
from uxomap.export import FORMATS, file_sha256, write_layers
from uxomap.export import _palette as palette
from uxomap.export import _xlsx as spreadsheet
from uxomap.export._dictionary import hxl_tag, short_names
from uxomap.reports import read_reports
from uxomap.schema import layer_schemas
from uxomap.wording import METHOD_VERSION, NOTICE

TABLES = Path(export.__file__).parent
KML = "{http://www.opengis.net/kml/2.2}"
HASH = "ab" * 32
PARAMETERS = {"fadeout_m": 50.0, "inputs": [{"name": "reports.csv", "sha256": HASH}], "licence": "CC BY 4.0"}

NUMBERS = [0.1 + 0.2, 1e-7, -123456789.12345679, 1e22, math.nan]
DAYS = pd.to_datetime(["2024-02-29", None, "1944-06-06", "1900-01-01", "2262-01-01"])
WORDS = ["Ізюм — вул. Миру", "مدينة حلب", None, "x" * 300 + "Ж" * 300, ""]
BIG = [2**62, None, -5, 0, 1]
SEEN = [True, None, False, True, False]


def draw_zones():
    """Five zones with everything that a format may stumble over."""
    split = shapely.MultiPolygon(
        [shapely.Polygon(square(179.9, -1, 0.1)), shapely.Polygon(square(-180, -1, 0.05, clockwise=True))]
    )
    holed = shapely.Polygon(square(36, 48, 0.1), [square(36.04, 48.04, 0.02)])
    fine = shapely.Polygon(square(1 / 3, 2 / 3, 1 / 7))
    zones = draw_layer("zones", 5, uxo_expected=NUMBERS, location_text=WORDS, date_start=DAYS)
    zones = zones.set_geometry([split, holed, fine, shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)], crs=4326)
    zones["raw_big"] = pd.array(BIG, dtype="Int64")
    zones["raw_seen"] = pd.array(SEEN, dtype="boolean")
    return zones.assign(**{"raw_Назва місця": WORDS})


def unzip(path, folder):
    with ZipFile(path) as archive:
        archive.extractall(folder)
        return sorted(archive.namelist())


def read_shp(path):
    """The Shapefile with its full table, joined as the list of fields says."""
    folder = path.parent / "unpacked"
    unzip(path, folder)
    name = path.name.removesuffix(".shp.zip")
    full = pd.read_csv(folder / f"{name}_full.csv", encoding="utf-8-sig", keep_default_na=False, na_values=[""])
    drawn = pyogrio.read_dataframe(folder / f"{name}.shp")
    assert drawn[short_names(list(full.columns))["zone_id"]].tolist() == full["zone_id"].tolist()
    return gpd.GeoDataFrame(full, geometry=drawn.geometry)


def read_kml(path):
    """Fields as the file writes them, because GDAL renames those in other scripts; shapes as GDAL reads them."""
    if path.suffix == ".kmz":
        unzip(path, path.parent / "unpacked")
    root = ET.parse(path.parent / "unpacked" / "doc.kml" if path.suffix == ".kmz" else path).getroot()  # noqa: S314 - our own file
    marks = [mark.iter(f"{KML}Data") for mark in root.iter(f"{KML}Placemark")]
    rows = [{data.get("name"): data.findtext(f"{KML}value") for data in mark} for mark in marks]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=pyogrio.read_dataframe(path, layer="zones").geometry)


def read_sheet(path):
    header, _, *rows = openpyxl.load_workbook(path)["zones"].iter_rows(values_only=True)
    frame = pd.DataFrame(rows, columns=header, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkt(frame["geometry_wkt"].to_numpy()), crs=4326)


#: Format to its file, what reads it, and how many decimals of a degree it keeps.
READERS = {
    "geojson": ("zones.geojson", gpd.read_file, 7),
    "gpkg": ("assessment.gpkg", lambda path: pyogrio.read_dataframe(path, layer="zones"), 17),
    "shp": ("zones.shp.zip", read_shp, 17),
    "fgb": ("zones.fgb", lambda path: pyogrio.read_dataframe(path, use_arrow=True), 17),
    "parquet": ("zones.parquet", gpd.read_parquet, 17),
    "kml": ("assessment.kml", read_kml, 7),
    "kmz": ("assessment.kmz", read_kml, 7),
    "xlsx": ("assessment.xlsx", read_sheet, 7),
}


def is_missing(value):
    return value is None or (isinstance(value, str) and not value) or bool(pd.isna(value))


def same_value(found, expected):
    """Same value, whether the format writes it as number, text or date; a missing one is missing."""
    if is_missing(expected):
        return is_missing(found)
    if isinstance(expected, pd.Timestamp):
        return pd.Timestamp(found) == expected
    if isinstance(expected, bool):
        return str(found).lower() in {str(expected).lower(), str(int(expected)), str(float(expected))}
    return type(expected)(found) == expected


def unwrap(places):
    """Areas of one part as polygons: some formats keep one type a layer."""
    single = [place.geoms[0] if hasattr(place, "geoms") and len(place.geoms) == 1 else place for place in places]
    return gpd.GeoSeries(shapely.force_2d(single), crs=places.crs)


@pytest.mark.parametrize("form", READERS)
def test_no_feature_field_or_digit_is_lost(tmp_path, form):
    file, read, digits = READERS[form]
    zones = draw_zones()
    assert tmp_path / file in write_layers({"zones": zones}, tmp_path, formats=(form,))
    back = read(tmp_path / file)
    order = back["zone_id"].tolist()
    assert sorted(order) == sorted(zones["zone_id"])
    expected = zones.set_index("zone_id").loc[order].reset_index()
    for name in expected.columns.drop("geometry"):
        for found, value in zip(back[name].tolist(), expected[name].tolist(), strict=True):
            if form == "fgb" and name == "raw_big" and isinstance(found, float):
                found = "" if math.isnan(found) else int(found)  # noqa: PLW2901 - pandas, not the file, makes decimals
            assert same_value(found, value), (name, found, value)
    tolerance = 0 if digits == 17 else 10.0**-digits
    shapes = unwrap(back.geometry).normalize()
    assert shapely.equals_exact(shapes, expected.geometry.normalize(), tolerance).all()
    assert back.geometry.crs == "EPSG:4326" or form == "xlsx"


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=20, max_size=20))
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
def test_any_number_survives_every_table(values):
    zones = draw_layer("zones", len(values), uxo_expected=values)
    with TemporaryDirectory() as home:
        write_layers({"zones": zones}, home, formats=("parquet", "kml", "xlsx", "shp"))
        for form in ("parquet", "kml", "xlsx", "shp"):
            file, read, _ = READERS[form]
            for found, value in zip(read(Path(home) / file)["uxo_expected"].tolist(), values, strict=True):
                assert same_value(found, value), form


def test_a_row_without_a_place_stays_in_every_format(tmp_path):
    strikes = draw_layer("strikes")
    strikes["geometry"] = [shapely.Point(36, 48), None, shapely.Point()]
    write_layers({"strikes": strikes}, tmp_path, formats=FORMATS[:-1])
    assert len(pyogrio.read_dataframe(tmp_path / "strikes.fgb")) == 3
    assert gpd.read_parquet(tmp_path / "strikes.parquet").geometry.isna().tolist() == [False, True, False]
    assert len(pyogrio.read_dataframe(tmp_path / "assessment.kml", layer="strikes")) == 3
    unzip(tmp_path / "strikes.shp.zip", tmp_path / "shp")
    assert len(pyogrio.read_dataframe(tmp_path / "shp" / "strikes.shp")) == 3
    _, _, *rows = openpyxl.load_workbook(tmp_path / "assessment.xlsx")["strikes"].iter_rows(values_only=True)
    assert [row[-2:] for row in rows] == [(36, 48), (None, None), (None, None)]


def test_layers_without_rows_are_written_in_every_format(tmp_path):
    layers = {name: layer.iloc[:0] for name, layer in draw_layers().items()}
    write_layers(layers, tmp_path, formats=FORMATS[:-1])
    assert len(pyogrio.read_dataframe(tmp_path / "zones.fgb")) == 0
    assert len(gpd.read_parquet(tmp_path / "zones.parquet")) == 0
    assert openpyxl.load_workbook(tmp_path / "assessment.xlsx")["zones"].max_row == 2


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("kml", ["assessment.kml"]),
        ("kmz", ["assessment.kmz"]),
        ("xlsx", ["assessment.xlsx"]),
        ("qgz", ["assessment.gpkg", "assessment.qgz"]),
        ("csv", ["about.json", "unlocated.csv", "zones.csv"]),
        ("shp", ["about.json", "unlocated.csv", "zones.shp.zip"]),
        ("fgb", ["about.json", "unlocated.csv", "zones.fgb"]),
        ("parquet", ["about.json", "unlocated.csv", "zones.parquet"]),
    ],
)
def test_files_have_the_names_that_the_page_on_files_promises(tmp_path, root, form, files):
    layers = {name: draw_layer(name) for name in ("zones", "unlocated")}
    assert [path.name for path in write_layers(layers, tmp_path, formats=form)] == files
    page = (root / "docs" / "files.md").read_text(encoding="utf-8")
    assert f"`{form}`" in page
    assert all(file.replace("zones", "LAYER").replace("unlocated", "LAYER") in page for file in files)


def test_same_layers_give_the_same_bytes_in_every_format(tmp_path):
    layers = {name: draw_layer(name) for name in ("strikes", "zones", "unlocated")}
    for folder in ("a", "b"):
        paths = write_layers(layers, tmp_path / folder, formats=FORMATS[:-1], parameters=PARAMETERS)
    assert len(paths) == 17
    for path in paths:
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes(), path.name


def everything_in(path):
    """All that a file says, packed or not, as text."""
    data = path.read_bytes()
    if data[:2] == b"PK":
        with ZipFile(path) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    text = data.decode("utf-8", "ignore")
    return text.replace("&quot;", '"').replace('\\"', '"')


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "tif"])
def test_every_file_says_what_it_is_and_what_it_was_made_from(tmp_path, form):
    written = write_layers(
        {"zones": draw_layer("zones", notice=NOTICE, method_version=METHOD_VERSION)},
        tmp_path,
        formats=form,
        parameters=PARAMETERS,
        sensitivity="team only",
    )
    path = written[0 if form == "csv" else -1]  # tables say it in the file beside them
    text = everything_in(path)
    for fact in (NOTICE, METHOD_VERSION, "team only", HASH, "fadeout_m", "CC BY 4.0"):
        assert fact in text, fact


def test_a_map_of_cells_says_what_it_was_made_from(tmp_path):
    grid = estimate_contamination(make_strikes([37.6], [48.7], ["m26"]), cell_m=200)
    (path,) = write_layers({"contamination": grid}, tmp_path, formats="tif", parameters=PARAMETERS)
    with rasterio.open(path) as file:
        assert json.loads(file.tags()["parameters"]) == PARAMETERS
        assert file.tags()["notice"] == NOTICE


# Names and tags -----------------------------------------------------------------------------------------------------


def read_table(name):
    return {line[0]: line[1] for line in list(csv.reader((TABLES / name).read_text(encoding="utf-8").splitlines()))[1:]}


def test_every_column_of_every_layer_has_a_short_name_and_a_tag():
    short, tags = read_table("short_names.csv"), read_table("hxl_tags.csv")
    for layer in layer_schemas().values():
        assert set(layer.columns) <= set(short), layer.name
        assert set(layer.columns) <= set(tags), layer.name
        given_tags = [tags[name] for name in layer.columns]
        assert len(set(given_tags)) == len(given_tags), layer.name
    assert len(set(short.values())) == len(short)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,9}", name) for name in short.values())
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in tags.values())


@given(st.lists(st.text(min_size=1, max_size=30) | st.sampled_from(["zone_id", "ZONE_ID", "uxo_exp"]), unique=True))
@settings(max_examples=200, deadline=None)
def test_any_names_become_short_ones_that_differ(names):
    short = short_names(names)
    assert list(short) == names
    assert len({name.lower() for name in short.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,10}", name) for name in short.values())
    assert all(hxl_tag(name).startswith("#") for name in names)


# Shapefile ----------------------------------------------------------------------------------------------------------


def test_the_shapefile_says_what_it_could_not_hold(tmp_path):
    zones = draw_layer(
        "zones", 3, notice=NOTICE, location_text=["Ж" * 200, "short", None], uxo_expected=[1e-20, 1e300, 64.0]
    )
    zones = zones.assign(raw_note=["a", "b", "c"])
    (path,) = write_layers({"zones": zones}, tmp_path, formats="shp")
    names = unzip(path, tmp_path / "out")
    endings = ["_about.json", "_fields.csv", "_full.csv", ".cpg", ".dbf", ".prj", ".shp", ".shx"]
    assert names == sorted(f"zones{ending}" for ending in endings)
    assert (tmp_path / "out" / "zones.cpg").read_text() == "UTF-8"
    fields = pd.read_csv(tmp_path / "out" / "zones_fields.csv", encoding="utf-8-sig").set_index("column")
    assert fields["field"].tolist() == list(pyogrio.read_info(tmp_path / "out" / "zones.shp")["fields"])
    assert fields["values_shortened"][lambda counts: counts > 0].to_dict() == {"location_text": 1, "uxo_expected": 2}
    assert "zones_full.csv holds every value whole; join it by zone_id" in fields.loc["location_text", "note"]
    assert fields.loc["area_m2", "unit"] == "m²"
    drawn = pyogrio.read_dataframe(tmp_path / "out" / "zones.shp")
    assert drawn["location"].tolist()[0] == "Ж" * 125 + "…"
    assert drawn["uxo_exp"].tolist()[0] == 0.0
    assert math.isnan(drawn["uxo_exp"].tolist()[1])
    full = pd.read_csv(tmp_path / "out" / "zones_full.csv", encoding="utf-8-sig")
    assert full["uxo_expected"].tolist() == [1e-20, 1e300, 64.0]
    assert full["location_text"].tolist()[0] == "Ж" * 200
    assert json.loads((tmp_path / "out" / "zones_about.json").read_text(encoding="utf-8"))["notice"] == NOTICE


# KML ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kml(tmp_path_factory):
    layers = draw_layers()
    layers["zones"] = draw_layer(
        "zones",
        6,
        uxo_per_ha=[0.05, 0.5, 100.0, 101.0, math.nan, 0.05],
        uxo_low=[1.0, 1.0, 0.0, 5.0, math.nan, 0.0],
        uxo_high=[2.0, 4.0, 1.0, 5.0, math.nan, 0.0],
    )
    layers["priorities"] = draw_layer("priorities", 3, priority=[1, 6, 51])
    (path,) = write_layers(layers, tmp_path_factory.mktemp("kml"), formats="kml", parameters=PARAMETERS)
    return ET.parse(path).getroot(), layers  # noqa: S314 - our own file


def styles_of(root, layer):
    folder = next(found for found in root.iter(f"{KML}Folder") if found.findtext(f"{KML}name") == layer)
    return [mark.findtext(f"{KML}styleUrl").removeprefix("#") for mark in folder.iter(f"{KML}Placemark")]


def test_kml_has_a_folder_a_layer_and_says_the_notice(kml):
    root, layers = kml
    document = root.find(f"{KML}Document")
    assert document.findtext(f"{KML}description") == NOTICE
    assert [folder.findtext(f"{KML}name") for folder in document.iter(f"{KML}Folder")] == list(layers)
    # The order in which the format wants the parts of a placemark.
    for mark in root.iter(f"{KML}Placemark"):
        tags = [part.tag.removeprefix(KML) for part in mark]
        assert tags[:4] == ["name", "visibility", "styleUrl", "ExtendedData"]
    assert not list(root.iter(f"{KML}BalloonStyle"))


def test_kml_colours_are_those_of_the_map_written_backwards(kml):
    root, _ = kml
    # a range from zero to zero says no more of how sure it is than any other that starts at zero
    looks = ["density-0-0", "density-1-1", "density-3-2", "density-4-0", "density-unknown-2", "density-0-2"]
    assert styles_of(root, "zones") == looks
    assert styles_of(root, "priorities") == ["place-0", "place-1", "place-4"]
    styles = {style.get("id"): style for style in root.iter(f"{KML}Style")}
    used = {name for layer in layer_schemas() for name in styles_of(root, layer)}
    assert used <= set(styles)
    # No layer of the land or of strikes is left to the plain point, which is nobody's style.
    for layer, schema in layer_schemas().items():
        if schema.geometry:
            shape = "PolyStyle" if "Polygon" in schema.geometry[-1] else "IconStyle"
            for name in styles_of(root, layer):
                assert name != "point", layer
                assert styles[name].find(f"{KML}{shape}") is not None, (layer, name)
    fill = styles["density-3-2"].findtext(f"{KML}PolyStyle/{KML}color")
    assert fill == "be2a30b5"  # b5302a at an opacity of 190 of 255
    unknown, known = (
        float(styles[name].findtext(f"{KML}LineStyle/{KML}width")) for name in ("density-unknown-0", "density-0-0")
    )
    assert unknown > known


def test_public_areas_and_updates_of_strikes_have_the_classes_of_their_items(tmp_path):
    items = [0.9, 1.0, 99.0, 1000.0, 1001.0, np.nan]
    layers = {name: draw_layer(name, 6, uxo_expected=items) for name in ("public_areas", "strike_updates")}
    (path,) = write_layers(layers, tmp_path, formats="kml")
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    assert styles_of(root, "public_areas") == [f"items-{name}" for name in (0, 1, 2, 3, 4, "unknown")]
    assert styles_of(root, "strike_updates") == [f"items-point-{name}" for name in (0, 1, 2, 3, 4, "unknown")]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["zones"], "zones"),
        (["zones", "zone_updates"], "zone_updates"),
        (["zones", "zone_updates", "exposure", "priorities"], "priorities"),
    ],
)
def test_kml_and_the_project_open_on_one_picture_of_the_land(tmp_path, names, shown):
    write_layers({name: draw_layer(name) for name in names}, tmp_path, formats=("kml", "qgz"))
    folders = ET.parse(tmp_path / "assessment.kml").getroot().iter(f"{KML}Folder")  # noqa: S314 - our own file
    assert {folder.findtext(f"{KML}name"): folder.findtext(f"{KML}visibility") for folder in folders} == {
        name: str(int(name == shown)) for name in names
    }
    with ZipFile(tmp_path / "assessment.qgz") as archive:
        project = ET.fromstring(archive.read("assessment.qgs"))  # noqa: S314 - our own file
    ticked = {node.get("name"): node.get("checked") for node in project.iter("layer-tree-layer")}
    assert {name: ticked[name] for name in names} == {
        name: "Qt::Checked" if name == shown else "Qt::Unchecked" for name in names
    }


def test_tasks_and_places_in_the_order_bear_different_labels(tmp_path):
    layers = {name: draw_layer(name) for name in ("tasks", "priorities")}
    write_layers(layers, tmp_path, formats="qgz")
    with ZipFile(tmp_path / "assessment.qgz") as archive:
        project = ET.fromstring(archive.read("assessment.qgs"))  # noqa: S314 - our own file
    labels = {
        layer.findtext("layername"): text.get("fieldName")
        for layer in project.iter("maplayer")
        for text in layer.iter("text-style")
    }
    assert labels == {"tasks": "'T' || \"order\"", "priorities": labels["priorities"]}
    assert "'T'" not in labels["priorities"]


def test_tables_have_a_file_beside_them_that_says_what_they_are(tmp_path):
    layers = {name: draw_layer(name) for name in ("zones", "unlocated")}
    write_layers(layers, tmp_path, formats=("csv", "gpkg"), parameters=PARAMETERS, sensitivity="team only")
    about = json.loads((tmp_path / "about.json").read_text(encoding="utf-8"))
    assert (about["notice"], about["method_version"], about["sensitivity"]) == (NOTICE, METHOD_VERSION, "team only")
    assert about["parameters"] == PARAMETERS
    assert about["files"] == {
        name: file_sha256(tmp_path / name) for name in ("assessment.gpkg", "unlocated.csv", "zones.csv")
    }


def test_a_column_named_geometry_beside_the_shape_is_kept(tmp_path):
    zones = draw_layer("zones").rename_geometry("geom").assign(geometry=["own", "text", "x"])
    (path,) = write_layers({"zones": zones}, tmp_path, formats="parquet")
    found = gpd.read_parquet(path)
    assert found["geometry"].tolist() == ["own", "text", "x"]
    assert shapely.equals_exact(found.geometry.to_numpy(), zones.geometry.to_numpy(), 0).all()
    assert found.crs == "EPSG:4326"


def test_kml_asks_nothing_of_another_host(tmp_path):
    (path,) = write_layers({"zones": draw_layer("zones")}, tmp_path, formats="kml")
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"<\s]+", text) == ["http://www.opengis.net/kml/2.2"]
    assert "href" not in text


def test_kmz_holds_the_same_as_kml(tmp_path):
    kml_path, kmz_path = write_layers({"zones": draw_layer("zones")}, tmp_path, formats=("kml", "kmz"))
    with ZipFile(kmz_path) as archive:
        assert archive.namelist() == ["doc.kml"]
        assert archive.read("doc.kml") == kml_path.read_bytes()


def test_classes_are_those_of_every_other_map():
    # Stages do not know each other, so only this test can hold them together.
    style = runpy.run_path(str(TABLES.parent / "maps" / "style.py"))
    assert style["DENSITY_BREAKS"] == palette.DENSITY_BREAKS
    assert style["PALETTE"] == palette.PALETTE
    assert style["UNKNOWN_FILL"] == palette.UNKNOWN_FILL
    values = np.array([0, 0.05, 0.1, 1, 5, 10, 99, 100, 100.1, 1e9, np.nan])
    assert palette.density_classes(values).tolist() == style["density_class"](values).tolist()


# XLSX ---------------------------------------------------------------------------------------------------------------


def test_a_workbook_has_tags_a_dictionary_and_the_facts(tmp_path):
    (path,) = write_layers({"zones": draw_zones()}, tmp_path, formats="xlsx", parameters=PARAMETERS)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["zones", "dictionary", "about"]
    sheet = book["zones"]
    header, tags = ([cell.value for cell in row] for row in sheet.iter_rows(max_row=2))
    assert dict(zip(header, tags, strict=True))["date_start"] == "#date+start"
    assert dict(zip(header, tags, strict=True))["raw_Назва місця"] == "#x_raw"
    assert header[-3:] == ["longitude", "latitude", "geometry_wkt"]
    assert sheet.freeze_panes == "A3"
    explained = {row[1]: row for row in book["dictionary"].iter_rows(min_row=2, values_only=True)}
    assert explained["area_m2"][2:] == ("#geo+area+m2", "m²", layer_schemas()["zones"].columns["area_m2"].meaning)
    assert set(explained) == set(header)
    facts = dict(book["about"].iter_rows(min_row=2, values_only=True))
    assert facts["notice"] == NOTICE
    assert HASH in facts["parameter inputs"]
    # Dates before March 1900 have no number in a spreadsheet, and stand there as text.
    dates = [row[header.index("date_start")].value for row in sheet.iter_rows(min_row=3)]
    assert [str(day)[:10] for day in dates] == ["2024-02-29", "None", "1944-06-06", "1900-01-01", "2262-01-01"]


def test_line_breaks_of_windows_are_plain_ones_in_a_workbook(tmp_path):
    zones = draw_layer("zones", location_text=["first\r\nsecond", "first\nsecond", "plain"])
    (path,) = write_layers({"zones": zones}, tmp_path, formats="xlsx")
    rows = list(openpyxl.load_workbook(path)["zones"].iter_rows(values_only=True))
    place = rows[0].index("location_text")
    assert [row[place] for row in rows[2:]] == ["first\nsecond", "first\nsecond", "plain"]


def test_reports_in_a_workbook_can_be_read_as_reports_again(tmp_path):
    table = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "date": ["2022-03-01", "2022-04-01", "2022-05-01"],
            "lat": [49.2123, 48.9812, None],
            "lon": [37.3121, 37.8042, None],
            "munition": ["9M27K", "cluster", ""],
            "rounds": [2, 4, None],
            "place": ["Ізюм", "=Lyman", "x"],
        }
    )
    first = read_reports(table, precision_m=300)
    (path,) = write_layers({"reports": first, "strikes": draw_layer("strikes")}, tmp_path, formats="xlsx")
    again = read_reports(path, sheet="reports")
    names = ["report_id", "date_start", "date_end", "longitude", "latitude", "precision_m", "munition_text"]
    pd.testing.assert_frame_equal(
        again.iloc[:2][[*names, "rounds_expected", "location_text", "evidence"]].reset_index(drop=True),
        first.iloc[:2][[*names, "rounds_expected", "location_text", "evidence"]].reset_index(drop=True),
        check_dtype=False,
    )
    assert again["status"].tolist() == first["status"].tolist()


def test_what_no_cell_holds_stands_in_a_sheet_of_its_own(tmp_path):
    long = "".join(chr(0x410 + number % 32) for number in range(70_000))
    ring = shapely.Point(36, 48).buffer(0.1, quad_segs=2000)
    zones = draw_layer("zones", 2, location_text=[long, "short"]).set_geometry(
        [ring, shapely.box(0, 0, 1, 1)], crs=4326
    )
    (path,) = write_layers({"zones": zones}, tmp_path, formats="xlsx")
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book["zones"][1]]
    first = [cell.value for cell in book["zones"][3]]
    assert first[header.index("location_text")].endswith("(whole in the sheet long_texts)")
    assert first[header.index("geometry_wkt")] == "too long for a cell: see the GeoPackage or the GeoJSON of this layer"
    lines = list(book["long_texts"].iter_rows(min_row=2, values_only=True))
    assert {line[:3] for line in lines} == {("zones", "zone_id 0", "location_text")}
    assert "".join(line[4] for line in lines) == long
    assert all(len(cell.value) <= 32_767 for row in book["long_texts"].iter_rows() for cell in row)


def test_more_rows_than_a_sheet_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheet, "_ROWS", 4)
    with pytest.raises(OutputError, match=r"zones layer has 3 rows. A sheet holds at most 2. Leave xlsx out"):
        write_layers({"zones": draw_layer("zones", 3)}, tmp_path, formats="xlsx")
    assert not list(tmp_path.iterdir())


# Hostile text -------------------------------------------------------------------------------------------------------


def sound(text):
    """A text as every file holds it: composed, without halves of characters."""
    return unicodedata.normalize("NFC", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def sound_xml(text):
    """The same without what XML cannot hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", sound(text))


def attack(form, folder):
    """Put the attacks into texts, names of columns and ids; return the file."""
    reports = draw_layer("reports", len(ATTACKS), location_text=list(ATTACKS), source=list(ATTACKS))
    reports["report_id"] = [f"{number}{text[:200]}" for number, text in enumerate(ATTACKS)]
    reports = reports.assign(**{f"raw_{text[:40]}": number for number, text in enumerate(ATTACKS[:20])})
    parameters = {text[:40]: text for text in ATTACKS}
    written = write_layers({"reports": reports}, folder, formats=form, parameters=parameters)
    return next(path for path in written if path.name != "about.json")


def test_there_are_fifty_attacks():
    assert len(set(ATTACKS)) == 50


def test_attacks_come_out_of_geojson_as_text(tmp_path):
    text = attack("geojson", tmp_path).read_text(encoding="utf-8")
    found = [feature["properties"]["location_text"] for feature in json.loads(text)["features"]]
    assert found == [sound(text) for text in ATTACKS]


def test_attacks_come_out_of_the_geopackage_as_text(tmp_path):
    found = pyogrio.read_dataframe(attack("gpkg", tmp_path), layer="reports")["location_text"].tolist()
    assert found == [sound(text).replace("\0", "\ufffd") for text in ATTACKS]


def test_attacks_come_out_of_csv_as_text(tmp_path):
    text = attack("csv", tmp_path).read_bytes().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    cells = [row[header.index("location_text")] for row in rows]
    assert [cell.replace("'", "") for cell in cells] == [sound(text).replace("'", "") for text in ATTACKS]
    assert not [cell for row in [header, *rows] for cell in row if re.match(r"[=@\t\r]|[+-](?![0-9.]+$)", cell)]


@pytest.mark.parametrize("form", ["kml", "kmz"])
def test_attacks_come_out_of_kml_as_text(tmp_path, form):
    path = attack(form, tmp_path)
    if form == "kmz":
        unzip(path, tmp_path / "out")
        path = tmp_path / "out" / "doc.kml"
    root = ET.parse(path).getroot()  # noqa: S314 - our own file  # noqa: S314 - our own file
    marks = list(root.iter(f"{KML}Placemark"))
    assert len(marks) == len(ATTACKS)
    found = [
        next(data for data in mark.iter(f"{KML}Data") if data.get("name") == "location_text").findtext(f"{KML}value")
        for mark in marks
    ]
    assert found == [sound_xml(text) for text in ATTACKS]
    known = "Document Folder ExtendedData Data displayName value Point coordinates Style IconStyle LineStyle PolyStyle"
    known += " name open description visibility styleUrl color width scale fill Placemark kml"
    assert {part.tag.removeprefix(KML) for part in root.iter()} <= set(known.split())
    back = pyogrio.read_dataframe(path, layer="reports")
    assert back["location_text"].tolist() == [sound_xml(text) for text in ATTACKS]


def test_attacks_come_out_of_a_spreadsheet_as_text(tmp_path):
    path = attack("xlsx", tmp_path)
    cells = [sound_xml(text) for text in ATTACKS]
    rows = python_calamine.load_workbook(path).get_sheet_by_name("reports").to_python()
    place = rows[0].index("location_text")
    long = [number for number, text in enumerate(ATTACKS) if len(text) > 32_767]
    for number, (row, expected) in enumerate(zip(rows[2:], cells, strict=True)):
        if number not in long:
            assert row[place].replace("\r\n", "\n") == expected.replace("\r\n", "\n")
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                sheet = archive.read(name).decode("utf-8")
                assert "<f>" not in sheet
                assert 't="e"' not in sheet
    for sheet in openpyxl.load_workbook(path):
        assert all(cell.data_type in {"s", "n", "d", "inlineStr"} for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("form", ["shp", "fgb", "parquet", "qgz"])
def test_attacks_come_out_of_the_other_formats_as_text(tmp_path, form):
    path = attack(form, tmp_path)
    expected = {
        "shp": [sound(text) for text in ATTACKS],
        "fgb": [sound(text).replace("\0", "\ufffd") for text in ATTACKS],
        "parquet": [sound(text) for text in ATTACKS],
        "qgz": [sound(text).replace("\0", "\ufffd") for text in ATTACKS],
    }[form]
    if form == "shp":
        unzip(path, tmp_path / "out")
        text = (tmp_path / "out" / "reports_full.csv").read_bytes().decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        found = [row[header.index("location_text")].replace("'", "") for row in rows]
        expected = [text.replace("'", "") for text in expected]
        assert len(pyogrio.read_dataframe(tmp_path / "out" / "reports.shp")) == len(ATTACKS)
    elif form == "qgz":
        with ZipFile(tmp_path / "assessment.qgz") as archive:
            assert archive.namelist() == ["assessment.qgs"]
            ET.fromstring(archive.read("assessment.qgs"))  # noqa: S314 - our own file
        found = pyogrio.read_dataframe(path, layer="reports")["location_text"].tolist()
    else:
        read = gpd.read_parquet if form == "parquet" else pyogrio.read_dataframe
        back = read(path)
        found = back.set_index("row").sort_index()["location_text"].tolist()
    assert found == expected
