"""What leaves a contamination map: GeoTIFF, cells and hexagons."""

import json
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from make_layers import make_strikes
from pyproj import Geod, Transformer
from rasterio.errors import RasterioIOError
from scipy import stats

from uxomap._validation import check_layer
from uxomap.contamination import _cells as cells_module
from uxomap.contamination import estimate_contamination, list_cells, share_hexagons
from uxomap.contamination._estimate import name_layers
from uxomap.contamination._grid import Grid, choose_crs
from uxomap.errors import InputError, OutputError, SchemaError
from uxomap.export import write_geojson, write_geotiff, write_layers
from uxomap.wording import METHOD_VERSION, NOTICE

BANDS = ["uxo_expected", "uxo_sd", "uxo_low", "uxo_high", "probability_any"]
GEOD = Geod(ellps="WGS84")
SYSTEM_PYTHON = "/usr/bin/python3"  # the one that QGIS brings its modules to

#: Places with the CRS they are mapped in, none where one is chosen.
PLACES = [
    (35.3, 48.2, None),
    (179.999, -17.0, None),
    (20.0, 80.0, None),
    (-70.0, 0.0, None),
    (35.3, 48.2, "EPSG:32636"),
]

ONE_ROUND = dict.fromkeys(["rounds_low", "rounds_expected", "rounds_high"], 1.0)


def draw_map(expected, sd=None, high=3.0, *, cell_m=50.0, longitude=35.0, latitude=48.0, crs=None):
    """A map of drawn numbers with its middle at a place."""
    expected = np.asarray(expected, dtype=float)
    rows, columns = expected.shape
    chosen = choose_crs(crs, np.array([longitude]), np.array([latitude]))
    x, y = Transformer.from_crs("EPSG:4326", chosen, always_xy=True).transform(longitude, latitude)
    left, top = (round(value / cell_m) * cell_m for value in (x - columns // 2 * cell_m, y + rows // 2 * cell_m))
    sd = np.sqrt(expected) if sd is None else sd
    layers = np.stack([sd, 0 * expected, high + 0 * expected, np.minimum(expected, 1)]).astype(np.float32)
    return name_layers(Grid(chosen, left, top, cell_m, rows, columns), expected, layers)


def one_strike(longitude=35.0, latitude=48.0, *, crs=None, cell_m=50.0, **columns):
    columns = {"precision_m": 100.0} | columns
    return estimate_contamination(make_strikes([longitude], [latitude], ["m26"], **columns), crs=crs, cell_m=cell_m)


@pytest.fixture(scope="module")
def grid():
    strikes = make_strikes(
        [35.0, 35.02, 35.2], [48.0, 48.01, 48.0], ["m26", "9m27k", "fab"], precision_m=[100, 300, 9e3]
    )
    return estimate_contamination(strikes)


# GeoTIFF ------------------------------------------------------------------------------------------------------------


def test_bands_are_named_and_the_file_says_what_it_is(grid, tmp_path):
    with rasterio.open(write_geotiff(grid, tmp_path / "c.tif", sensitivity="restricted")) as file:
        tags = file.tags()
        assert list(file.descriptions) == BANDS
        assert file.units == ("items", "items", "items", "items", "1")
        assert [file.tags(number)["meaning"] for number in file.indexes] == [
            grid[name].attrs["long_name"] for name in BANDS
        ]
        assert set(file.dtypes) == {"float32"}
        assert file.scales == (1.0,) * 5
        assert np.isnan(file.nodatavals).all()
        assert file.block_shapes == [(512, 512)] * 5
        structure = file.tags(ns="IMAGE_STRUCTURE")
        assert (structure["LAYOUT"], structure["COMPRESSION"], structure["PREDICTOR"]) == ("COG", "DEFLATE", "3")
    assert (tags["notice"], tags["method_version"], tags["sensitivity"]) == (NOTICE, METHOD_VERSION, "restricted")
    assert (tags["cell_m"], tags["n_strikes"], tags["n_unlocated"]) == ("50.0", "2", "1")
    for name in ("uxo_low_total", "uxo_expected_total", "uxo_high_total", "uxo_expected_outside"):
        assert float(tags[name]) == grid.attrs[name]
    assert "not assessed, not known to hold nothing" in tags["nodata_meaning"]
    assert "averages" in tags["overviews"]
    # The parts of the file that are read first stand first, which is what lets it be read over a network.
    assert b"LAYOUT=IFDS_BEFORE_DATA" in (tmp_path / "c.tif").read_bytes()[:600]


def test_every_number_arrives_and_cells_out_of_reach_have_none(tmp_path):
    strikes = make_strikes([35.0, 35.1], [48.0, 48.06], ["m26", "9m27k"], precision_m=100.0)
    grid = estimate_contamination(strikes)
    reached = grid["uxo_expected"].to_numpy() > 0
    assert 0 < reached.sum() < reached.size
    with rasterio.open(write_geotiff(grid, tmp_path / "c.tif")) as file:
        for number, name in enumerate(BANDS, start=1):
            band = file.read(number)
            assert np.array_equal(np.isnan(band), ~reached)
            assert np.array_equal(band[reached], grid[name].to_numpy()[reached].astype(np.float32))
        assert (file.read(3)[reached] == 0).any()  # a low end of 0 is a number


def test_overviews_are_averages_of_the_cells_that_hold_a_value(tmp_path):
    rng = np.random.default_rng(4)
    expected = np.where(rng.random((1100, 1300)) < 0.3, 0.0, rng.gamma(0.3, 2.0, (1100, 1300)))
    with rasterio.open(write_geotiff(draw_map(expected), tmp_path / "c.tif")) as file:
        assert file.overviews(1) == [2, 4]
        half = file.read(1, out_shape=(550, 650))
    known = np.where(expected > 0, expected, np.nan).reshape(550, 2, 650, 2)
    number = np.isfinite(known).sum(axis=(1, 3))
    average = np.nansum(known, axis=(1, 3)) / np.where(number > 0, number, np.nan)
    assert half == pytest.approx(average, abs=1e-5, nan_ok=True)


def test_same_map_same_bytes_and_an_earlier_file_is_replaced(grid, tmp_path):
    first = write_geotiff(grid, tmp_path / "a.tif").read_bytes()
    (tmp_path / "b.tif").write_text("earlier")
    assert write_geotiff(grid, tmp_path / "b.tif").read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (RasterioIOError("Write failed: see"), r"c.tif: Write failed. Make sure that the disk has room"),
        (RasterioIOError("No space left on device"), "c.tif: the disk is full"),
    ],
)
def test_an_earlier_file_stays_when_writing_fails(grid, tmp_path, monkeypatch, fault, words):
    def fail(*_, **__):
        raise fault

    (tmp_path / "c.tif").write_text("earlier")
    monkeypatch.setattr(rasterio.shutil, "copy", fail)
    with pytest.raises(OutputError, match=words):
        write_geotiff(grid, tmp_path / "c.tif")
    assert (tmp_path / "c.tif").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["c.tif"]


def test_a_file_that_lost_something_on_the_way_is_not_kept(grid, tmp_path, monkeypatch):
    real = rasterio.shutil.copy

    def lose(source, target, **options):
        real(source, target, **options)
        with rasterio.open(target, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as file:
            file.write(np.ones((1, 1), dtype=np.float32), 2, window=rasterio.windows.Window(3, 3, 1, 1))

    monkeypatch.setattr(rasterio.shutil, "copy", lose)
    with pytest.raises(OutputError, match="could not be read back"):
        write_geotiff(grid, tmp_path / "c.tif")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_refused(grid, tmp_path):
    with pytest.raises(OutputError, match=r"that folder does not exist. Make it first"):
        write_geotiff(grid, tmp_path / "no" / "c.tif")


def peak_place(path):
    """Longitude and latitude of the highest cell of a file, by its own CRS."""
    with rasterio.open(path) as file:
        band = np.nan_to_num(file.read(1))
        row, column = np.unravel_index(band.argmax(), band.shape)
        return Transformer.from_crs(file.crs.to_wkt(), "EPSG:4326", always_xy=True).transform(*file.xy(row, column))


@pytest.mark.parametrize(("longitude", "latitude", "crs"), PLACES)
def test_the_file_opens_in_the_right_place(tmp_path, longitude, latitude, crs):
    path = write_geotiff(one_strike(longitude, latitude, crs=crs, cell_m=20.0), tmp_path / "c.tif")
    assert GEOD.inv(longitude, latitude, *peak_place(path))[2] < 15


@pytest.mark.skipif(not shutil.which("gdallocationinfo"), reason="the command-line tools of GDAL are not installed")
@pytest.mark.parametrize(("longitude", "latitude", "crs"), PLACES)
def test_the_gdal_of_the_system_finds_the_strike_where_it_fell(tmp_path, longitude, latitude, crs):
    """Another version of GDAL and PROJ than the one that wrote the file, along two directions."""
    grid = one_strike(longitude, latitude, crs=crs, cell_m=20.0)
    path = write_geotiff(grid, tmp_path / "c.tif")
    for azimuth, distance in [(0, 0), (0, 90), (90, 90), (200, 150)]:
        lon, lat, _ = GEOD.fwd(longitude, latitude, azimuth, distance)
        command = ["gdallocationinfo", "-valonly", "-wgs84", "-b", "1", str(path), str(lon), str(lat)]
        told = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        x, y = Transformer.from_crs("EPSG:4326", grid.attrs["crs_wkt"], always_xy=True).transform(lon, lat)
        assert told == pytest.approx(float(grid["uxo_expected"].sel(x=x, y=y, method="nearest")), rel=1e-6)


def qgis_is_there():
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


QGIS_SCRIPT = """
import json, sys
from qgis.core import *
app = QgsApplication([], False)
app.initQgis()
found = []
for path, longitude, latitude in zip(*[iter(sys.argv[1:])] * 3):
    layer = QgsRasterLayer(path, "map")
    world = QgsCoordinateReferenceSystem("EPSG:4326")
    turn = QgsCoordinateTransform(world, layer.crs(), QgsCoordinateTransformContext())
    point = turn.transform(QgsPointXY(float(longitude), float(latitude)))
    told = layer.dataProvider().identify(point, QgsRaster.IdentifyFormatValue)
    names = [layer.bandName(number + 1) for number in range(layer.bandCount())]
    found.append([layer.isValid(), layer.crs().isValid(), layer.crs().mapUnits() == QgsUnitTypes.DistanceMeters, names,
                  [told.results()[number + 1] for number in range(layer.bandCount())] if told.isValid() else None])
print(json.dumps(found))
"""


@pytest.mark.skipif(not qgis_is_there(), reason="QGIS with its Python modules is not installed (python3-qgis)")
def test_qgis_shows_the_strike_where_it_fell(tmp_path):
    arguments, wanted = [], []
    for number, (longitude, latitude, crs) in enumerate(PLACES):
        grid = one_strike(longitude, latitude, crs=crs, cell_m=20.0)
        path = write_geotiff(grid, tmp_path / f"{number}.tif")
        for azimuth, distance in [(0, 0), (90, 90)]:
            lon, lat, _ = GEOD.fwd(longitude, latitude, azimuth, distance)
            x, y = Transformer.from_crs("EPSG:4326", grid.attrs["crs_wkt"], always_xy=True).transform(lon, lat)
            arguments += [str(path), str(lon), str(lat)]
            wanted.append([float(grid[name].sel(x=x, y=y, method="nearest")) for name in BANDS])
    run = subprocess.run(
        [SYSTEM_PYTHON, "-c", QGIS_SCRIPT, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        timeout=120,
    )
    found = json.loads(run.stdout.splitlines()[-1])
    assert len(found) == len(wanted)
    for (valid, crs_valid, metres, names, values), numbers in zip(found, wanted, strict=True):
        assert (valid, crs_valid, metres) == (True, True, True)
        assert [name.split(": ")[1].split(" (")[0] for name in names] == BANDS
        assert values == pytest.approx(numbers, rel=1e-6)


def test_a_cut_out_rectangle_keeps_its_place(tmp_path):
    whole = one_strike()
    part = whole.isel(x=slice(10, 40), y=slice(12, 45))
    with rasterio.open(write_geotiff(part, tmp_path / "c.tif")) as file:
        assert file.xy(0, 0) == (float(whole["x"][10]), float(whole["y"][12]))


REFUSED = [
    (lambda grid: grid.drop_vars("uxo_sd"), "The map lacks uxo_sd. Must be what estimate_contamination returns"),
    (lambda grid: grid.drop_attrs(), "The map lacks crs_wkt, cell_m"),
    (lambda grid: grid.isel(x=slice(None, None, 2)), "not squares of 50 m"),
    (lambda grid: grid.isel(y=slice(None, None, -1)), "from north to south"),
    (lambda grid: grid.isel(x=slice(0, 0)), r"Cut out a rectangle of neighbouring cells \(isel\)"),
    (lambda grid: grid.transpose("x", "y"), "not squares of 50 m"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
@pytest.mark.parametrize("use", ["tif", "cells", "hexagons"])
def test_what_is_no_map_is_refused(grid, tmp_path, change, words, use):
    act = {"tif": lambda one: write_geotiff(one, tmp_path / "c.tif"), "cells": list_cells, "hexagons": share_hexagons}
    with pytest.raises(InputError, match=words):
        act[use](change(grid))
    assert not list(tmp_path.iterdir())


def test_a_map_is_written_beside_the_layers(grid, tmp_path):
    hexagons = share_hexagons(grid)
    paths = write_layers({"hexagons": hexagons, "contamination": grid}, tmp_path / "out", formats=("geojson", "gpkg"))
    assert [path.name for path in paths] == ["assessment.gpkg", "contamination.tif", "hexagons.geojson"]
    alone = write_layers({"contamination": grid}, tmp_path / "alone", formats="gpkg")
    assert [path.name for path in alone] == ["contamination.tif"]
    with pytest.raises(InputError, match=r"A map of cells is named 'zones'. Must be 'contamination'"):
        write_layers({"zones": grid}, tmp_path / "no")


# Cells --------------------------------------------------------------------------------------------------------------


def test_cells_hold_what_the_map_holds(grid):
    cells = check_layer(list_cells(grid), "cells")
    assert cells["uxo_expected"].sum() == pytest.approx(float(grid["uxo_expected"].sum()), rel=1e-9)
    assert len(cells) == int((grid["uxo_expected"] > 0).sum())
    assert (cells["uxo_left_out"] == 0).all()
    back = Transformer.from_crs("EPSG:4326", grid.attrs["crs_wkt"], always_xy=True)
    x, y = back.transform(*shapely.get_coordinates(shapely.centroid(cells.geometry.to_numpy())).T)
    for name in BANDS:
        drawn = (
            grid[name].sel(x=xr.DataArray(x, dims="cell"), y=xr.DataArray(y, dims="cell"), method="nearest").to_numpy()
        )
        assert cells[name].to_numpy() == pytest.approx(drawn, rel=1e-6)


@pytest.mark.parametrize(("longitude", "latitude", "crs"), [*PLACES, (38.9, 48.0, "EPSG:32636")])
def test_areas_of_cells_are_those_of_the_ellipsoid(longitude, latitude, crs):
    cells = list_cells(one_strike(longitude, latitude, crs=crs), least=0.05)
    assert cells.geometry.is_valid.all()
    measured = [abs(GEOD.geometry_area_perimeter(place)[0]) for place in cells.geometry]
    assert cells["area_m2"].to_numpy() == pytest.approx(measured, rel=1e-4)
    assert cells["uxo_per_ha"].to_numpy() == pytest.approx(cells["uxo_expected"] / np.array(measured) * 1e4, rel=1e-4)
    if crs is None:
        assert measured == pytest.approx([2500.0] * len(measured), rel=1e-4)


def test_names_of_cells_do_not_depend_on_where_the_map_ends():
    strikes = make_strikes([35.0], [48.0], ["m26"], precision_m=100.0)
    large, small = (
        list_cells(estimate_contamination(strikes, crs="EPSG:32636", bounds=bounds)).set_index("cell_id")
        for bounds in [(34.99, 47.99, 35.02, 48.01), (34.996, 47.996, 35.004, 48.003)]
    )
    assert large.index.is_unique
    assert 0 < len(small) < len(large)
    same = large.loc[small.index]
    assert small["uxo_expected"].to_numpy() == pytest.approx(same["uxo_expected"].to_numpy(), rel=1e-9)
    assert shapely.equals_exact(small.geometry.to_numpy(), same.geometry.to_numpy(), 1e-9).all()
    x, y = (int(part) for part in small.index[0][1:].split("y"))
    to_lonlat = Transformer.from_crs("EPSG:32636", "EPSG:4326", always_xy=True)
    corner = small.geometry.iloc[0].exterior.coords[0]
    assert corner == pytest.approx(to_lonlat.transform(x * 50.0, y * 50.0), abs=1e-9)


def test_what_is_left_out_is_said(grid):
    cells = list_cells(grid, least=0.1)
    assert (cells["uxo_expected"] >= 0.1).all()
    assert cells["uxo_left_out"].iloc[0] > 0
    together = cells["uxo_expected"].sum() + cells["uxo_left_out"].iloc[0]
    assert together == pytest.approx(float(grid["uxo_expected"].sum()), rel=1e-9)


def test_cells_across_the_antimeridian_are_split(tmp_path):
    cells = list_cells(one_strike(180.0, -17.01), least=0.01)
    assert {"Polygon", "MultiPolygon"} == set(cells.geom_type)
    assert np.abs(cells.total_bounds[[0, 2]]).tolist() == [180.0, 180.0]
    assert (cells.bounds["maxx"] - cells.bounds["minx"])[cells.geom_type == "Polygon"].max() < 0.001
    write_geojson(cells, tmp_path / "cells.geojson", name="cells")


@pytest.mark.parametrize(
    ("least", "words"),
    [
        (-1, "Invalid least -1. Must be a number of expected items, 0 or more"),
        (float("nan"), "Invalid least nan"),
        (1e6, r"No cell holds 1e\+06 expected items or more; the most that one holds is \d"),
    ],
)
def test_a_threshold_that_leaves_nothing_is_refused(grid, least, words):
    with pytest.raises(InputError, match=words):
        list_cells(grid, least=least)


def test_too_many_cells_are_refused_with_a_threshold_that_does(grid, monkeypatch):
    monkeypatch.setattr(cells_module, "MOST_CELLS", 500)
    with pytest.raises(InputError, match=r"would have [\d,]+ cells. Must be at most 500. .*\(least=") as caught:
        list_cells(grid)
    enough = float(str(caught.value).split("least=")[1].split(")")[0])
    assert 300 < len(list_cells(grid, least=enough)) <= 500


# Hexagons -----------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-80, 80),
    resolution=st.sampled_from([None, 7, 9, 10]),
    seed=st.integers(0, 99),
)
def test_hexagons_hold_what_the_map_holds_anywhere_on_earth(longitude, latitude, resolution, seed):
    expected = np.random.default_rng(seed).gamma(0.5, 1.0, (30, 40)) * (np.arange(40) > 3)
    grid = draw_map(expected, longitude=longitude, latitude=latitude)
    hexagons = check_layer(share_hexagons(grid, resolution=resolution), "hexagons")
    assert len(hexagons)
    assert hexagons["uxo_expected"].sum() == pytest.approx(expected.sum(), rel=1e-9)
    assert hexagons.geometry.is_valid.all()
    assert (hexagons["uxo_low"] <= hexagons["uxo_expected"]).all()
    assert hexagons["hexagon_id"].is_unique
    assert np.abs(hexagons.total_bounds) == pytest.approx(np.zeros(4), abs=180)
    distance = [GEOD.inv(longitude, latitude, *reversed(h3.cell_to_latlng(name)))[2] for name in hexagons["hexagon_id"]]
    assert max(distance) < 1300 + h3.average_hexagon_edge_length(int(hexagons["resolution"].iloc[0]), unit="m")


@pytest.mark.parametrize(("longitude", "latitude"), [(35.3, 48.2), (179.9999, -17.0), (20.0, 80.0), (-70.0, 0.0)])
def test_a_strike_lies_in_the_hexagon_that_is_drawn_around_it(longitude, latitude):
    name = h3.latlng_to_cell(latitude, longitude, 8)
    centre = tuple(reversed(h3.cell_to_latlng(name)))
    hexagons = share_hexagons(one_strike(*centre, precision_m=10.0, **ONE_ROUND), resolution=8)
    held = hexagons.set_index("hexagon_id")["uxo_expected"]
    assert held[name] > 0.95 * held.sum()
    outline = hexagons.set_index("hexagon_id").geometry[name]
    for turn in (0.0, 360.0, -360.0):
        if outline.contains(shapely.Point(centre[0] + turn, centre[1])):
            break
    else:
        pytest.fail("the hexagon is drawn elsewhere")
    assert hexagons.set_index("hexagon_id")["area_m2"][name] == pytest.approx(
        abs(GEOD.geometry_area_perimeter(outline)[0]), rel=1e-4
    )


def test_cells_are_shared_by_area():
    grid = draw_map(np.full((120, 120), 0.25), cell_m=50.0)
    hexagons = share_hexagons(grid, resolution=8)
    # Those of which no border lies beyond the map.
    inner = hexagons[np.abs(hexagons["uxo_per_ha"] - hexagons["uxo_per_ha"].median()) < 0.005]
    assert len(inner) > 20
    assert inner["uxo_per_ha"].to_numpy() == pytest.approx(np.full(len(inner), 1.0), rel=0.002)
    few = share_hexagons(grid, resolution=10)  # hardly larger than a cell
    assert few["uxo_expected"].sum() == pytest.approx(float(grid["uxo_expected"].sum()), rel=1e-9)


def test_the_resolution_is_coarse_enough_to_share():
    expected = np.ones((3, 3))
    chosen = [int(share_hexagons(draw_map(expected, cell_m=side))["resolution"].iloc[0]) for side in (5, 50, 100, 400)]
    assert chosen == [8, 8, 7, 6]


@pytest.mark.parametrize("together", ["independent", "dependent"])
def test_the_interval_of_a_hexagon_holds_whether_cells_vary_apart_or_together(together):
    # Cells with a negative binomial count each, mean 0.4 and variance 2: apart from each other, or all the same.
    rng = np.random.default_rng(7)
    mean, variance, number, worlds = 0.4, 2.0, 9, 20_000
    size, chance = mean**2 / (variance - mean), mean / variance
    if together == "dependent":
        total = number * rng.negative_binomial(size, chance, worlds)
    else:
        total = rng.negative_binomial(size, chance, (worlds, number)).sum(axis=1)
    expected = np.full((3, 3), mean)
    centre = h3.cell_to_latlng(h3.latlng_to_cell(48.0, 35.0, 7))
    high = float(stats.nbinom.ppf(0.95, size, chance))
    grid = draw_map(expected, np.full((3, 3), np.sqrt(variance)), high, longitude=centre[1], latitude=centre[0])
    (hexagon,) = share_hexagons(grid, resolution=7).itertuples()
    inside = (total >= hexagon.uxo_low) & (total <= hexagon.uxo_high)
    assert inside.mean() >= 0.9
    assert hexagon.uxo_high >= np.quantile(total, 0.95)


def test_a_hexagon_never_holds_more_than_the_whole_map():
    grid = one_strike(precision_m=3000.0)
    assert share_hexagons(grid, resolution=5)["uxo_high"].max() <= grid.attrs["uxo_high_total"]


def test_hexagons_across_the_antimeridian_are_split(tmp_path):
    hexagons = share_hexagons(one_strike(180.0, -17.01))
    assert "MultiPolygon" in set(hexagons.geom_type)
    assert (shapely.area(hexagons.geometry.to_numpy()) < 0.001).all()
    write_geojson(hexagons, tmp_path / "hexagons.geojson", name="hexagons")
    assert len(gpd.read_file(tmp_path / "hexagons.geojson")) == len(hexagons)


@pytest.mark.parametrize(
    ("resolution", "words"),
    [
        (16, "Invalid resolution 16. Must be a whole number from 0 to 15"),
        (-1, "Invalid resolution -1"),
        (7.5, "Invalid resolution 7.5"),
        (True, "Invalid resolution True"),
        (13, r"smaller than a cell of 2,500 m².*Give 10 or less"),
    ],
)
def test_a_resolution_that_shows_more_than_is_known_is_refused(grid, resolution, words):
    with pytest.raises(InputError, match=words):
        share_hexagons(grid, resolution=resolution)


def test_maps_without_items_and_at_the_pole_are_refused():
    with pytest.raises(InputError, match="The map holds nothing: no strike reaches it"):
        share_hexagons(draw_map(np.zeros((3, 3))))
    with pytest.raises(InputError, match="Hexagons are drawn up to 88°"):
        share_hexagons(draw_map(np.ones((3, 3)), latitude=89.5))


# Strikes without a place --------------------------------------------------------------------------------------------


def test_unlocated_strikes_are_counted_by_area_where_one_is_given():
    strikes = make_strikes([35.0] * 5, [48.0] * 5, ["m26"] * 5, precision_m=[100, 9e3, np.nan, 9e3, 9e3])
    assert "unlocated_by_area" not in estimate_contamination(strikes).attrs
    grid = estimate_contamination(strikes.assign(admin_area=["A", "B", "A", None, "B "]))
    counted = json.loads(grid.attrs["unlocated_by_area"])
    assert [(line["admin_area"], line["n_strikes"]) for line in counted] == [("A", 1), ("B", 2), ("not known", 1)]
    each = grid.attrs["uxo_expected_total"]
    assert [line["uxo_expected"] for line in counted] == pytest.approx([each, 2 * each, each])
    assert sum(line["uxo_expected"] for line in counted) == pytest.approx(grid.attrs["uxo_expected_unlocated"])


def test_the_range_of_the_total_is_given():
    attrs = one_strike().attrs
    assert attrs["uxo_low_total"] < attrs["uxo_expected_total"] < attrs["uxo_high_total"]


def test_layers_that_break_the_contract_are_refused(grid):
    with pytest.raises(SchemaError, match="missing column 'uxo_left_out'"):
        check_layer(list_cells(grid).drop(columns="uxo_left_out"), "cells")
