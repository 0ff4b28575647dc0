from contextlib import nullcontext

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from uxomap._validation import check_layer
from uxomap.crs import LONLAT, area_m2, buffer_areas
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.exposure import ExposureWarning, Population, _raster, measure_exposure, split_by_admin
from uxomap.exposure._population import scale_up, spread_people
from uxomap.wording import round_for_reading


def from_origin(west, north, width, height) -> rasterio.Affine:
    """Transform of a north-up grid."""
    return rasterio.Affine(width, 0.0, west, 0.0, -height, north)


def make_zones(polygons, **columns) -> gpd.GeoDataFrame:
    """Zones that keep the contract of the layer."""
    size = len(polygons)
    frame = gpd.GeoDataFrame(geometry=list(polygons), crs="EPSG:4326")
    values = {
        "zone_id": [f"Z-{number}" for number in range(1, size + 1)],
        "strike_ids": "S-1",
        "n_strikes": 1,
        "hazard_kind": "dud",
        "munition_ids": "m26",
        "location_text": "a village",
        "date_start": pd.Timestamp("2022-03-01"),
        "date_end": pd.Timestamp("2022-03-02"),
        "uxo_low": 1.0,
        "uxo_expected": 10.0,
        "uxo_high": 30.0,
        "area_m2": area_m2(frame),
        "uxo_per_ha": 1.0,
        "assumptions": "",
        "method_version": "1.0",
        "notice": "a notice",
    } | columns
    return gpd.GeoDataFrame(values, geometry=frame.geometry, crs="EPSG:4326", index=range(size))


def write_grid(  # noqa: PLR0913 - what a raster file may say
    path,
    values,
    *,
    west=30.0,
    north=50.0,
    step=0.01,
    crs="EPSG:4326",
    nodata=None,
    transform=None,
    dtype="float32",
    tags=None,
    unit=None,
    description=None,
):
    """A GeoTIFF of one band, or of several if the array has three dimensions."""
    values = np.asarray(values, dtype=dtype)
    bands = values if values.ndim == 3 else values[None]
    transform = transform or from_origin(west, north, step, step)
    profile = {
        "driver": "GTiff",
        "height": bands.shape[1],
        "width": bands.shape[2],
        "count": len(bands),
        "dtype": dtype,
        "crs": crs,
        "transform": transform,
        "nodata": nodata,
    }
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(bands)
        dataset.update_tags(**(tags or {}))
        if unit:
            dataset.units = [unit]
        if description:
            dataset.descriptions = [description]
    return path


def people_of(zones, path, unit="people_per_cell", **options):
    """Exposure with a raster of people, 200 m around the zones."""
    return measure_exposure(zones, population=path, population_unit=unit, **({"near_m": 200.0} | options))


CELL = shapely.box(30.04, 49.95, 30.05, 49.96)  # column 4, row 4 of the grids above


# people in cells


def test_a_zone_over_half_a_cell_holds_half_its_people(tmp_path):
    values = np.full((10, 10), 100.0)
    values[4, 4] = 400.0
    path = write_grid(tmp_path / "people.tif", values)
    half = shapely.box(30.04, 49.95, 30.045, 49.96)
    both = shapely.box(30.035, 49.955, 30.045, 49.96)  # a quarter of the cell, a quarter of its neighbour
    found = people_of(make_zones([CELL, half, both]), path)
    assert found["people_inside_expected"].to_numpy() == pytest.approx([400.0, 200.0, 125.0], rel=1e-6)
    assert (found["population_coverage"] == 1.0).all()
    # They overlap: the whole cell and a quarter of its neighbour.
    assert found["people_inside_total"].to_numpy() == pytest.approx([425.0] * 3, rel=1e-6)


def test_people_near_are_those_around_and_not_in_the_zone(tmp_path):
    path = write_grid(tmp_path / "people.tif", np.full((10, 10), 100.0))
    zone = make_zones([CELL])
    found = people_of(zone, path, near_m=500.0).iloc[0]
    ring = float(area_m2(gpd.GeoDataFrame(geometry=buffer_areas(zone, 500.0))).iloc[0]) - zone["area_m2"].iloc[0]
    assert found["people_near_expected"] == pytest.approx(100.0 * ring / zone["area_m2"].iloc[0], rel=2e-4)
    assert found["people_near_total"] == pytest.approx(found["people_near_expected"])
    # In closed form on the plane: sides of the square times the distance, and a circle for its corners.
    sides = 2 * (0.01 * 111_229 + 0.01 * 111_320 * np.cos(np.radians(49.955)) * 1.0027)
    assert ring == pytest.approx(sides * 500 + np.pi * 500**2, rel=2e-3)


def test_densities_become_people_by_the_true_size_of_cells(tmp_path):
    path = write_grid(tmp_path / "density.tif", np.full((10, 10), 250.0))
    zones = make_zones([CELL])
    expected = 250.0 * zones["area_m2"].iloc[0] / 1e6
    assert people_of(zones, path, "people_per_km2")["people_inside_expected"].iloc[0] == pytest.approx(
        expected, rel=1e-5
    )
    path = write_grid(tmp_path / "hectare.tif", np.full((10, 10), 2.5))
    assert people_of(zones, path, "people_per_ha")["people_inside_expected"].iloc[0] == pytest.approx(
        expected, rel=1e-5
    )


@pytest.mark.parametrize("code", ["EPSG:3857", "EPSG:32636", "ESRI:54009", "EPSG:3035"])
def test_a_raster_in_another_projection_gives_the_same_people(tmp_path, code):
    zones = make_zones([shapely.box(33.0, 49.9, 33.02, 49.92)])
    middle = gpd.GeoSeries([shapely.Point(33.01, 49.91)], crs=LONLAT).to_crs(code).iloc[0]
    place = from_origin(middle.x - 10_000, middle.y + 10_000, 100, 100)
    path = write_grid(tmp_path / "density.tif", np.full((200, 200), 300.0), crs=code, transform=place)
    found = people_of(zones, path, "people_per_km2").iloc[0]
    assert found["people_inside_expected"] == pytest.approx(300.0 * zones["area_m2"].iloc[0] / 1e6, rel=1e-3)
    assert found["population_coverage"] == 1.0


def test_a_raster_with_rows_from_south_to_north_is_read_the_right_way_up(tmp_path):
    values = np.zeros((10, 10))
    values[5, 4] = 70.0  # the sixth row from the south holds the cell
    place = rasterio.Affine(0.01, 0, 30.0, 0, 0.01, 49.90)
    path = write_grid(tmp_path / "south_up.tif", values, transform=place)
    found = people_of(make_zones([CELL, shapely.box(30.04, 49.91, 30.05, 49.92)]), path)["people_inside_expected"]
    assert found.tolist() == pytest.approx([70.0, 0.0], rel=1e-6)


def test_longitudes_from_0_to_360_are_understood(tmp_path):
    path = write_grid(tmp_path / "turned.tif", np.full((36, 72), 50.0), west=0.0, north=90.0, step=5.0)
    density = people_of(make_zones([shapely.box(-70.01, 10.0, -70.0, 10.01)]), path, "people_per_ha")
    east = people_of(make_zones([shapely.box(70.0, 10.0, 70.01, 10.01)]), path, "people_per_km2")
    assert density["people_inside_expected"].iloc[0] == pytest.approx(100 * east["people_inside_expected"].iloc[0])


def test_missing_nan_and_zero_are_three_things(tmp_path):
    values = np.full((10, 10), 100.0)
    values[4, 1], values[4, 3], values[4, 5] = -99999.0, np.nan, 0.0
    path = write_grid(tmp_path / "people.tif", values, nodata=-99999.0)
    cells = [shapely.box(30.0 + 0.01 * column, 49.95, 30.01 + 0.01 * column, 49.96) for column in (1, 3, 5, 7)]
    found = people_of(make_zones(cells), path, near_m=1.0)
    assert found["people_inside_expected"].isna().tolist() == [True, True, False, False]
    assert found["people_inside_expected"].tolist()[2:] == pytest.approx([0.0, 100.0])
    assert found["people_inside_high"].tolist()[2] == 0.0
    assert (found["population_coverage"][:2] < 0.01).all()
    assert "not known for most" in found["exposure_notes"].iloc[0]
    assert found["people_inside_total"].iloc[0] == pytest.approx(100.0)
    assert "at least that many" in found["exposure_notes"].iloc[3]


def test_where_part_is_unknown_the_rest_is_taken_for_it_and_said(tmp_path):
    values = np.full((10, 10), 100.0)
    values[4, 5] = np.nan
    path = write_grid(tmp_path / "people.tif", values)
    found = people_of(make_zones([shapely.box(30.03, 49.95, 30.06, 49.96)]), path, near_m=1.0).iloc[0]
    assert found["people_inside_expected"] == pytest.approx(300.0, rel=1e-5)
    assert found["population_coverage"] == pytest.approx(2 / 3, abs=1e-3)
    assert "as on the rest, an assumption" in found["exposure_notes"]
    assert "from nobody there to three times as dense" in found["exposure_notes"]
    # 200 are known; the unknown third holds nobody or 300 people.
    low, high = spread_people(np.array([200.0, 500.0]), 2.0)
    assert found["people_inside_low"] == pytest.approx(low[0], rel=1e-5)
    assert found["people_inside_high"] == pytest.approx(high[1], rel=1e-5)
    stated = Population(path, "people_per_cell", empty_cells="nobody")
    nobody = measure_exposure(make_zones([shapely.box(30.03, 49.95, 30.06, 49.96)]), population=stated, near_m=1.0)
    assert nobody["people_inside_expected"].iloc[0] == pytest.approx(200.0, rel=1e-5)
    assert "taken as nobody, as stated" in nobody["exposure_notes"].iloc[0]


def test_nodata_that_the_file_does_not_declare_can_be_stated(tmp_path):
    values = np.full((10, 10), 100.0)
    values[0, :] = -3.4028235e38
    path = write_grid(tmp_path / "people.tif", values)
    zones = make_zones([CELL, shapely.box(30.04, 49.99, 30.05, 50.0)])
    with pytest.raises(InputError, match=r"holds -3\.40282e\+38, which is no number of people.*nodata=-3\.40282e\+38"):
        people_of(zones, path)
    stated = Population(path, "people_per_cell", nodata=-3.40282e38)
    found = measure_exposure(zones, population=stated, near_m=10.0)
    assert found["people_inside_expected"].isna().tolist() == [False, True]


def test_land_beyond_the_raster_is_unknown(tmp_path):
    path = write_grid(tmp_path / "people.tif", np.full((10, 10), 100.0))
    inside, beyond, edge = CELL, shapely.box(31.0, 49.9, 31.01, 49.91), shapely.box(30.094, 49.95, 30.104, 49.96)
    found = people_of(make_zones([inside, beyond, edge]), path, near_m=1.0)
    assert found["people_inside_expected"].isna().tolist() == [False, True, False]
    assert found["population_coverage"].to_numpy() == pytest.approx([1.0, 0.0, 0.6], abs=2e-3)


def test_a_zone_on_the_far_side_of_the_earth_is_not_folded_onto_the_raster(tmp_path):
    place = from_origin(300_000, 5_600_000, 1_000, 1_000)
    path = write_grid(tmp_path / "utm.tif", np.full((400, 400), 10.0), crs="EPSG:32636", transform=place)
    zones = make_zones([shapely.box(33.0, 49.9, 33.02, 49.92), shapely.box(-147.0, 49.9, -146.98, 49.92)])
    found = people_of(zones, path)
    assert found["people_inside_expected"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("value", "step", "unit", "match"),
    [
        (8_000.0, 0.001, "people_per_cell", r"stated as a count, but .* as a density it would be 8e\+03"),
        (5.0, 0.001, "people_per_km2", r"stated as a density, but .* 5 people per km².* as a count it would be"),
        (5.0, 0.001, "people_per_cell", None),
        (800.0, 0.001, "people_per_km2", None),
    ],
)
def test_a_unit_that_looks_like_the_other_one_is_doubted(tmp_path, value, step, unit, match):
    path = write_grid(tmp_path / "people.tif", np.full((100, 100), value), step=step)
    with pytest.warns(ExposureWarning, match=match) if match else nullcontext():
        found = people_of(make_zones([CELL]), path, unit)
    assert found["exposure_notes"].str.contains("check the unit").all() == (match is not None)


@pytest.mark.parametrize(
    ("written", "unit", "said"),
    [
        ({"tags": {"unit": "people in the cell"}}, "people_per_km2", "people in the cell"),
        ({"tags": {"Units": "persons per sq. km"}}, "people_per_cell", "persons per sq. km"),
        ({"tags": {"units": "inhabitants/ha"}}, "people_per_km2", "inhabitants/ha"),
        ({"unit": "people km-2"}, "people", "people km-2"),
        ({"unit": "persons"}, "people_per_ha", "persons"),
        ({"description": "Population density 2020"}, "people_per_cell", "Population density 2020"),
        ({"tags": {"TIFFTAG_IMAGEDESCRIPTION": "people per 3 arc-second pixel"}}, "people_per_km2", "arc-second pixel"),
        ({"tags": {"units": "people_per_cell"}}, "people_per_cell", None),
        ({"description": "Population density, people per km²"}, "people_per_km2", None),
        ({"description": "Population density 2020"}, "people_per_ha", None),
        # These name no unit, or two.
        ({"description": "people"}, "people_per_km2", None),
        ({"description": "Population count; see also the density"}, "people_per_km2", None),
        ({"tags": {"unit": "1000s"}}, "people_per_cell", None),
    ],
)
def test_a_unit_that_the_file_contradicts_is_doubted_with_both_totals(tmp_path, written, unit, said):
    # 0.8 km² a cell: read either way alike but for people a hectare, so nothing but the words of the file can tell.
    path = write_grid(tmp_path / "people.tif", GRID, **written)
    with pytest.warns(ExposureWarning, match="but the file says") if said else nullcontext() as caught:
        found = people_of(make_zones([CELL]), path, unit).iloc[0]
    assert ("but the file says" in found["exposure_notes"]) == bool(said)
    if said:
        message = str(caught[0].message)
        assert said in message
        total = found["people_inside_total"] + found["people_near_total"]
        assert f"As {unit} there are {round_for_reading(total)} people in and near the zones, as people" in message


HUNDRED_M = 0.001  # degrees: at 50° north cells of 0.8 ha


def rural(rng):
    """A true density of countryside: 20 to 120 people per km², smooth, some villages twice that."""
    return rng.uniform(20, 120, (100, 100)) * rng.choice([1.0, 2.0], (100, 100), p=[0.9, 0.1])


def settled(rng):
    """People in 100 m cells of countryside: nobody in most, some 20 to 60 where a village is."""
    return rng.uniform(20, 60, (100, 100)) * (rng.random((100, 100)) < 0.02)


@pytest.mark.parametrize(
    ("draw", "unit", "doubted"),
    [
        (settled, "people_per_cell", False),  # right, and nothing is said
        (settled, "people_per_km2", True),  # some 125 times too few
        (rural, "people_per_km2", True),  # right, but nothing in the file tells
        (rural, "people_per_cell", True),  # some 125 times too many
        (lambda rng: rural(rng) * 10, "people_per_km2", False),  # towns
        (lambda rng: settled(rng) / 10, "people_per_cell", False),  # farms
    ],
)
def test_where_both_readings_can_be_true_both_totals_are_told(tmp_path, draw, unit, doubted):
    path = write_grid(tmp_path / "people.tif", draw(np.random.default_rng(2)), step=HUNDRED_M)
    zones = make_zones([shapely.box(30.01, 49.91, 30.09, 49.99)])
    with (
        pytest.warns(ExposureWarning, match="fit two units, and the file names none") if doubted else nullcontext() as w
    ):
        found = people_of(zones, path, unit).iloc[0]
    assert ("would fit" in found["exposure_notes"]) == doubted
    if doubted:
        other = "people_per_km2" if unit == "people_per_cell" else "people_per_cell"
        both = [
            round_for_reading(
                people_of(
                    zones,
                    write_grid(tmp_path / "said.tif", draw(np.random.default_rng(2)), step=HUNDRED_M, unit=one),
                    one,
                )
                .iloc[0][["people_inside_total", "people_near_total"]]
                .sum()
            )
            for one in (unit, other)
        ]
        assert f"As {unit} there are {both[0]} people in and near the zones, as {other} {both[1]}." in str(w[0].message)


@pytest.mark.parametrize(
    ("dtype", "full", "match"),
    [
        ("uint16", 65535, "holds 65535 in 3 cells around the zones; the largest of the others is 100"),
        ("int16", 32767, r"nodata=32767\)"),
        ("uint8", 255, r"nodata=255\)"),
        ("float32", 65535, r"nodata=65535\)"),
        ("int16", -32768, "holds -32768, which is no number of people"),
    ],
)
def test_the_largest_number_of_a_type_far_above_the_rest_is_refused(tmp_path, dtype, full, match):
    values = np.full((10, 10), 100.0)
    values[3, 3:6] = full
    path = write_grid(tmp_path / "people.tif", values, dtype=dtype)
    zones = make_zones([CELL])
    with pytest.raises(InputError, match=match):
        people_of(zones, path)
    stated = measure_exposure(zones, population=Population(path, "people", nodata=full), near_m=5000.0).iloc[0]
    assert stated["people_inside_expected"] == pytest.approx(100.0)
    assert stated["population_coverage"] < 1
    declared = write_grid(tmp_path / "declared.tif", values, dtype=dtype, nodata=full)
    assert people_of(zones, declared)["people_inside_expected"].iloc[0] == pytest.approx(100.0)


def test_a_full_cell_among_others_nearly_as_full_is_people(tmp_path):
    values = np.full((10, 10), 130.0)
    values[4, 4] = 255
    path = write_grid(tmp_path / "people.tif", values, dtype="uint8")
    assert people_of(make_zones([CELL]), path)["people_inside_expected"].iloc[0] == pytest.approx(255.0)
    values[:4] = 0
    values[5:] = 0
    lonely = write_grid(tmp_path / "lonely.tif", np.where(values == 130, 3, values), dtype="uint8")
    stated = Population(lonely, "people", nodata=-1)
    found = measure_exposure(make_zones([CELL]), population=stated, near_m=200.0)
    assert found["people_inside_expected"].iloc[0] == pytest.approx(255.0)


GRID = np.full((10, 10), 100.0)
TURNED = rasterio.Affine(0.0094, 0.0034, 30.0, 0.0034, -0.0094, 50.0)


@pytest.mark.parametrize(
    ("grid", "unit", "error", "match"),
    [
        ({}, None, InputError, "unit of the population raster is not stated.*population_unit='people_per_cell'"),
        ({}, "heads", InputError, "Invalid population unit 'heads'. Must be one of: people, people_per_cell"),
        ({"crs": None}, "people_per_cell", CRSError, "has no CRS, so its place is not known"),
        (
            {"west": 80.0},
            "people_per_cell",
            InputError,
            r"does not reach the zones. It covers 80.00 to 80.10 east.* 30.04",
        ),
        ({"crs": "EPSG:32636", "step": 100.0}, "people_per_cell", InputError, "does not reach the zones"),
        ({"transform": TURNED}, "people_per_cell", InputError, "rotated or mirrored"),
        ({"values": np.stack([GRID, GRID])}, "people_per_cell", InputError, "has 2 bands. Must have one"),
        ({"values": GRID - 101}, "people_per_cell", InputError, "holds -1, which is no number of people"),
        ({"values": GRID * 1e9}, "people_per_cell", InputError, r"holds 1e\+11, which is no number of people"),
        ({"values": GRID * 0 + 2147483647}, "people_per_cell", InputError, r"holds 2\.14748e\+09, which is no number"),
    ],
)
def test_rasters_that_cannot_be_counted_are_refused(tmp_path, grid, unit, error, match):
    path = write_grid(tmp_path / "people.tif", grid.pop("values", GRID), **grid)
    with pytest.raises(error, match=match):
        people_of(make_zones([CELL]), path, unit)


def test_a_file_that_is_no_raster_and_one_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "people.tif").write_text("nothing")
    with pytest.raises(InputError, match="Cannot read the population raster"):
        people_of(make_zones([CELL]), tmp_path / "people.tif")
    with pytest.raises(InputError, match="there is no file"):
        people_of(make_zones([CELL]), tmp_path / "gone.tif")
    with pytest.raises(InputError, match="Two population units are stated"):
        people_of(make_zones([CELL]), Population("x.tif", unit="people_per_km2"))
    with pytest.raises(InputError, match="Invalid population: int"):
        people_of(make_zones([CELL]), 5)
    with pytest.raises(InputError, match=r"Invalid error_factor 0\.5"):
        Population("x.tif", error_factor=0.5)
    with pytest.raises(InputError, match=r"Invalid error_factor '2'\. Must be 1 or more"):
        Population("x.tif", error_factor="2")
    with pytest.raises(InputError, match=r"Invalid nodata '-99999'\. Must be the number"):
        Population("x.tif", nodata="-99999")
    with pytest.raises(InputError, match="Invalid empty_cells 'zero'"):
        Population("x.tif", empty_cells="zero")


@given(
    seed=st.integers(0, 10_000),
    boxes=st.lists(
        st.tuples(st.floats(30.005, 30.08), st.floats(49.905, 49.98), st.floats(0.0005, 0.02), st.floats(0.0005, 0.02)),
        min_size=1,
        max_size=6,
    ),
)
@settings(max_examples=20)
def test_people_agree_with_sums_over_cells_by_hand(tmp_path_factory, seed, boxes):
    values = np.random.default_rng(seed).integers(0, 500, (10, 10)).astype(float)
    path = write_grid(tmp_path_factory.mktemp("grid") / "people.tif", values)
    polygons = [shapely.box(x, y, min(x + wide, 30.095), min(y + high, 49.995)) for x, y, wide, high in boxes]
    found = people_of(make_zones(polygons), path, near_m=50.0)
    cells = [
        shapely.box(30 + 0.01 * column, 49.99 - 0.01 * row, 30.01 + 0.01 * column, 50 - 0.01 * row)
        for row in range(10)
        for column in range(10)
    ]
    shares = shapely.area(shapely.intersection(np.array(polygons)[:, None], np.array(cells))) / 1e-4
    assert found["people_inside_expected"].to_numpy() == pytest.approx(shares @ values.ravel(), rel=1e-4, abs=1e-3)
    whole = shapely.area(shapely.intersection(shapely.union_all(polygons), np.array(cells))) / 1e-4 @ values.ravel()
    assert found["people_inside_total"].iloc[0] == pytest.approx(whole, rel=1e-4, abs=1e-3)
    total = found[["people_inside_total", "people_near_total"]].iloc[0].sum()
    assert total <= values.sum() * (1 + 1e-6)
    assert (found["people_inside_low"] <= found["people_inside_expected"]).all()
    assert (found["people_inside_expected"] <= found["people_inside_high"]).all()


@pytest.mark.parametrize("cells", [30, 4])
@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:3857"])
def test_a_raster_too_large_for_memory_gives_the_same(tmp_path, monkeypatch, cells, code):
    values = np.arange(100.0).reshape(10, 10)
    place = None if code == "EPSG:4326" else from_origin(3_339_584.7, 6_446_275.8, 1113.2, 1735.0)
    path = write_grid(tmp_path / "people.tif", values, crs=code, transform=place)
    zones = make_zones([CELL, shapely.box(30.02, 49.92, 30.05, 49.93), shapely.box(30.081, 49.981, 30.083, 49.983)])
    once = people_of(zones, path, "people_per_km2" if place else "people_per_cell")
    monkeypatch.setattr(_raster, "_CELLS_IN_MEMORY", cells)
    parts = people_of(zones, path, "people_per_km2" if place else "people_per_cell")
    pd.testing.assert_frame_equal(parts, once, rtol=1e-4)


def test_order_of_rows_is_irrelevant_and_nothing_of_the_caller_changes(tmp_path):
    path = write_grid(tmp_path / "people.tif", np.arange(100.0).reshape(10, 10))
    zones = make_zones([CELL, shapely.box(30.02, 49.92, 30.03, 49.93), shapely.box(30.045, 49.955, 30.06, 49.97)])
    before = zones.copy()
    found = people_of(zones, path)
    pd.testing.assert_frame_equal(zones, before)
    turned = people_of(zones.iloc[::-1], path)
    assert turned.index.tolist() == [2, 1, 0]
    numbers = found.select_dtypes("number").columns
    pd.testing.assert_frame_equal(turned.loc[found.index, numbers], found[numbers])


def test_a_zone_without_people_far_away_changes_nothing_for_the_others(tmp_path):
    values = np.arange(100.0).reshape(10, 10)
    values[:, 0] = 0.0
    path = write_grid(tmp_path / "people.tif", values)
    one = people_of(make_zones([CELL]), path)
    two = people_of(make_zones([CELL, shapely.box(30.0025, 49.95, 30.0035, 49.96)]), path)
    numbers = one.select_dtypes("number").columns
    pd.testing.assert_frame_equal(two.loc[[0], numbers], one[numbers])


def test_no_zones_give_no_rows_with_all_columns(tmp_path):
    path = write_grid(tmp_path / "people.tif", GRID)
    empty = make_zones([CELL]).iloc[:0]
    found = people_of(empty, path)
    assert len(check_layer(found, "exposure")) == 0
    admin = gpd.GeoDataFrame({"ADM1_PCODE": ["X1"]}, geometry=[CELL], crs="EPSG:4326")
    assert len(check_layer(split_by_admin(empty, admin, population=path, population_unit="people"), "zone_parts")) == 0


def test_without_data_everything_is_unknown_and_the_contract_is_kept():
    found = check_layer(measure_exposure(make_zones([CELL])), "exposure")
    unknown = ["people_inside_expected", "schools_inside", "roads_inside_m", "cropland_m2", "people_near_total"]
    assert found[unknown].isna().all(axis=None)
    assert found["population_coverage"].tolist() == [0.0]
    assert found["admin_codes"].tolist() == [""]
    assert found["near_m"].tolist() == [1000.0]


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda zones: zones.drop(columns="zone_id"), SchemaError, "missing column 'zone_id'"),
        (lambda zones: zones.to_crs(3857), CRSError, "Must be EPSG:4326"),
        (lambda zones: zones.set_geometry([None], crs=4326), SchemaError, "no geometry in rows 0"),
        (
            lambda zones: zones.set_geometry([shapely.Polygon([(30, 49), (31, 50), (31, 49), (30, 50)])], crs=4326),
            SchemaError,
            "broken geometry in rows 0",
        ),
        (lambda zones: zones.set_geometry([shapely.box(1, 84.9, 2, 84.999)], crs=4326), InputError, "nearer a pole"),
    ],
)
def test_zones_that_cannot_be_measured_are_refused(change, error, match):
    with pytest.raises(error, match=match):
        measure_exposure(change(make_zones([CELL])))


@pytest.mark.parametrize("near_m", [0.0, -5.0, np.inf, 200_000.0, "1000"])
def test_distances_that_mean_nothing_are_refused(near_m):
    with pytest.raises(InputError, match=r"Invalid (near_m|distance_m)"):
        measure_exposure(make_zones([CELL]), near_m=near_m)


def test_across_the_antimeridian_people_are_counted_on_both_sides(tmp_path):
    path = write_grid(tmp_path / "people.tif", np.full((20, 3600), 7.0), west=-180.0, north=-16.0, step=0.1)
    zone = shapely.MultiPolygon([shapely.box(179.95, -17.0, 180, -16.9), shapely.box(-180, -17.0, -179.95, -16.9)])
    same = shapely.box(20.0, -17.0, 20.1, -16.9)
    found = people_of(make_zones([zone, same]), path, near_m=5_000.0)
    assert found["people_inside_expected"].to_numpy() == pytest.approx([7.0, 7.0], rel=1e-5)
    near = found["people_near_expected"]
    assert near[0] == pytest.approx(near[1], rel=1e-3)


# the range


def test_the_range_has_its_ends_where_it_says():
    rng = np.random.default_rng(3)
    low, high = spread_people(np.array([50.0, 400.0]), 2.0)
    sd = np.log(2) / 1.6448536
    for mean, first, last in zip([50.0, 400.0], low, high, strict=True):
        people = rng.poisson(mean * np.exp(rng.normal(-(sd**2) / 2, sd, 400_000)))
        assert np.mean(people < first) == pytest.approx(0.05, abs=0.02)
        assert np.mean(people > last) == pytest.approx(0.05, abs=0.02)
    assert np.sqrt(high[1] / low[1]) == pytest.approx(2.0, rel=0.01)


@given(st.floats(0, 1e6), st.floats(0.5, 1), st.floats(1, 5))
def test_the_less_is_known_the_wider_the_range(expected, coverage, factor):
    mean = np.array([expected])
    low, high = spread_people(mean, factor, np.array([coverage]))
    known_low, known_high = spread_people(mean, factor)
    assert low[0] <= known_low[0] <= expected <= known_high[0] <= high[0]
    if coverage < 0.9 and expected > 1:
        assert low[0] < 0.95 * known_low[0]
        assert high[0] > 1.1 * known_high[0]
    # Whoever ranks by it needs a mean of at least a twentieth of the high point.
    assert high[0] <= 20 * expected


def test_nobody_stays_nobody_and_unknown_stays_unknown():
    low, high = spread_people(np.array([0.0, np.nan, 1e-9]), 2.0)
    assert low[0] == high[0] == 0.0
    assert np.isnan(low[1])
    assert np.isnan(high[1])
    assert low[2] <= 1e-9 <= high[2]
    people, coverage = scale_up(np.array([10.0, 10.0, 0.0]), np.array([5.0, 4.9, 0.0]), np.array([10.0, 10.0, 0.0]))
    assert people[0] == 20.0
    assert np.isnan(people[1])
    assert people[2] == 0.0
    assert coverage.tolist() == pytest.approx([0.5, 0.49, 1.0])


# people of polygons and points


def squares(*values, column="population", **options) -> gpd.GeoDataFrame:
    """Squares of a tenth of a degree side by side from 30° east, 50° north."""
    boxes = [shapely.box(30 + 0.1 * number, 50.0, 30.1 + 0.1 * number, 50.1) for number in range(len(values))]
    return gpd.GeoDataFrame({column: list(values)}, geometry=boxes, crs=options.get("crs", "EPSG:4326"))


def test_people_of_polygons_are_shared_out_by_area():
    zones = make_zones([shapely.box(30.05, 50.0, 30.15, 50.1), shapely.box(30.0, 50.0, 30.1, 50.05)])
    found = measure_exposure(zones, population=squares(1000, 4000), population_unit="people", near_m=10.0)
    assert found["people_inside_expected"].tolist() == pytest.approx([2500.0, 500.0], rel=2e-3)
    assert "by area, an assumption" in found["exposure_notes"].iloc[0]
    unknown = measure_exposure(zones, population=squares(1000, np.nan), population_unit="people", near_m=10.0)
    assert unknown["population_coverage"].tolist() == pytest.approx([0.5, 1.0], abs=0.01)


def test_people_of_points_are_counted_where_they_stand(tmp_path):
    points = gpd.GeoDataFrame(
        {"pop": [40, 500, 3]},
        geometry=gpd.points_from_xy([30.05, 30.055, 30.2], [50.05, 50.07, 50.2]),
        crs="EPSG:4326",
    )
    points.to_file(tmp_path / "places.gpkg")
    zones = make_zones([shapely.box(30.04, 50.04, 30.06, 50.06), shapely.box(35.04, 50.04, 35.06, 50.06)])
    found = measure_exposure(zones, population=tmp_path / "places.gpkg", near_m=2000.0)
    assert found["people_inside_expected"].iloc[0] == 40.0
    assert found["people_near_expected"].iloc[0] == 500.0
    assert np.isnan(found["people_inside_expected"].iloc[1])


@pytest.mark.parametrize(
    ("source", "unit", "match"),
    [
        (squares(100), None, "unit of the population polygons is not stated"),
        (squares(100, column="x"), "people", r"none has a known name.*column='...'"),
        (squares(-99999), "people", "holds -99999 in rows 0, which is no number of people"),
        (squares("1,000"), "people", "holds '1,000' in rows 0, which is no number. Write digits only"),
        (pd.concat([squares(100), squares(100)]), "people", "population polygons overlap"),
        (squares(100).set_geometry(squares(100).translate(50)), "people", "do not reach the zones. They cover 80.00"),
        (squares(100).set_crs(None, allow_override=True), "people", "population features have no CRS"),
        (squares(100).set_geometry(squares(100).boundary), "people", "mix polygons with points or lines"),
        (
            squares(100).set_geometry(gpd.GeoSeries([shapely.Point(30.05, 50.05)], crs=4326)),
            "people_per_km2",
            "A point has no area",
        ),
    ],
)
def test_population_features_that_cannot_be_counted_are_refused(source, unit, match):
    with pytest.raises((InputError, CRSError), match=match):
        measure_exposure(make_zones([shapely.box(30.04, 50.04, 30.06, 50.06)]), population=source, population_unit=unit)
