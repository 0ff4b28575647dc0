import numpy as np
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from make_layers import make_strikes
from pyproj import Transformer
from scipy import ndimage

from uxomap.contamination import estimate_contamination, find_high_risk_zone
from uxomap.contamination._grid import choose_crs, read_grid
from uxomap.contamination._zone import _draw, _take_densest
from uxomap.errors import InputError


def make_map(values, *, longitude=35.0, latitude=48.0, crs=None, cell_m=50.0, chance=None, **attrs):
    """A map with given expected items in its cells."""
    values = np.asarray(values, dtype=float)
    chosen = choose_crs(crs, np.array([longitude]), np.array([latitude]))
    x0, y0 = Transformer.from_crs("EPSG:4326", chosen, always_xy=True).transform(longitude, latitude)
    x0, y0 = round(x0 / cell_m) * cell_m, round(y0 / cell_m) * cell_m
    rows, columns = values.shape
    layers = {"uxo_expected": values, "probability_any": -np.expm1(-values) if chance is None else np.array(chance)}
    layers |= dict.fromkeys(("uxo_sd", "uxo_low", "uxo_high"), values)
    return xr.Dataset(
        {name: (("y", "x"), layer) for name, layer in layers.items()},
        coords={
            "x": x0 + (np.arange(columns) + 0.5 - columns // 2) * cell_m,
            "y": y0 + (rows // 2 - np.arange(rows) - 0.5) * cell_m,
        },
        attrs={"crs_wkt": chosen.to_wkt(), "cell_m": cell_m, "method_version": "1.0", "notice": "a notice"} | attrs,
    )


def test_the_densest_cells_make_the_zone_and_neighbours_one_polygon():
    grid = make_map([[8, 1, 0, 0], [8, 1, 0, 4], [0, 0, 2, 0], [0, 0, 0, 0]], uxo_expected_total=25.0)
    zone = find_high_risk_zone(grid, share=0.8)
    assert zone["uxo_expected"].tolist() == [16, 4]
    assert zone["share"].tolist() == [0.64, 0.16]
    assert zone["area_m2"].tolist() == pytest.approx([5000, 2500], rel=1e-4)
    assert zone["uxo_per_ha"].tolist() == pytest.approx([32, 16], rel=1e-4)
    assert zone["uxo_expected_inside_total"].tolist() == [20, 20]
    assert zone["uxo_expected_outside_total"].tolist() == [5, 5]
    assert zone["zone_id"].is_unique
    # One item lies beyond the grid.
    chances = 1 - np.exp(-np.array([1, 1, 2]))
    assert zone["probability_none_outside"].iloc[0] == pytest.approx(np.prod(1 - chances) * np.exp(-1))


def test_the_chance_of_none_outside_is_that_of_cells_apart():
    values = np.array([[5.0, 0.01, 0.02]])
    zone = find_high_risk_zone(make_map(values, chance=[[0.9, 0.01, 0.02]]), share=0.99)
    assert zone["probability_none_outside"].iloc[0] == pytest.approx(0.99 * 0.98)


def test_ties_go_from_north_to_south_and_west_to_east():
    for _ in range(2):
        zone = find_high_risk_zone(make_map(np.ones((4, 4))), share=0.25)
        assert len(zone) == 1
        bounds = shapely.bounds(zone.geometry.iloc[0])
        assert bounds[2] - bounds[0] > 2 * (bounds[3] - bounds[1])
        assert zone["uxo_expected"].iloc[0] == 4


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 0.99), flat=st.booleans())
def test_no_other_set_of_as_few_cells_holds_the_share(seed, share, flat):
    rng = np.random.default_rng(seed)
    values = np.round(rng.gamma(0.3, 1, (23, 17)), 1 if flat else 9) + 1e-12
    inside = _take_densest(values, 1.0, share * values.sum())
    ordered = np.sort(values.ravel())[::-1]
    number = int(inside.sum())
    assert values[inside].sum() == pytest.approx(ordered[:number].sum())
    assert values[inside].sum() >= share * values.sum() * (1 - 1e-9)
    assert ordered[: number - 1].sum() < share * values.sum() * (1 + 1e-9)


@pytest.mark.parametrize("levels", [3, 1_000_000])
def test_dividing_before_sorting_changes_nothing(levels):
    rng = np.random.default_rng(3)
    values = rng.integers(1, levels + 1, (600, 500)).astype(float)
    inside = _take_densest(values, 1.0, 0.6 * values.sum())
    order = np.argsort(-values.ravel(), kind="stable")
    number = int(np.searchsorted(np.cumsum(values.ravel()[order]), 0.6 * values.sum())) + 1
    plain = np.zeros(values.size, dtype=bool)
    plain[order[:number]] = True
    assert np.array_equal(inside.ravel(), plain)


def test_density_counts_not_the_number_in_a_cell_where_the_crs_is_not_equal_area():
    # 400 km from the middle of its zone a cell of UTM is 0.2 % smaller on the ground than one 200 km from it.
    values = np.full((1, 9000), 1e-6)
    values[0, [200, 8800]] = [1.0005, 1.0]
    grid = make_map(values, longitude=35.0, latitude=0.0, crs="EPSG:32636")
    zone = find_high_risk_zone(grid, share=0.4)
    back = Transformer.from_crs("EPSG:32636", "EPSG:4326", always_xy=True)
    lon = back.transform(float(grid["x"][8800]), 0.0)[0]
    assert zone.geometry.iloc[0].centroid.x == pytest.approx(lon, abs=0.01)


@pytest.mark.parametrize(("longitude", "latitude"), [(35.0, 48.0), (180.0, -17.0), (-179.9999, 60.0), (20.0, 80.0)])
def test_areas_and_items_add_up_anywhere_on_earth(longitude, latitude):
    rng = np.random.default_rng(1)
    values = ndimage.gaussian_filter(rng.random((60, 60)), 2) - 0.45
    values = np.maximum(values, 0)
    grid = make_map(values, longitude=longitude, latitude=latitude, cell_m=200)
    zone = find_high_risk_zone(grid, share=0.7)
    assert shapely.is_valid(zone.geometry.to_numpy()).all()
    bounds = zone.total_bounds
    assert bounds[0] >= -180
    assert bounds[2] <= 180
    # No part may lie all round the Earth.
    assert (shapely.get_parts(zone.geometry.to_numpy()).size) >= len(zone)
    widths = [part.bounds[2] - part.bounds[0] for part in shapely.get_parts(zone.geometry.to_numpy())]
    assert max(widths) < 1.5
    ordered = np.sort(values.ravel())[::-1]
    number = int(np.searchsorted(np.cumsum(ordered), 0.7 * values.sum())) + 1
    assert zone["area_m2"].sum() == pytest.approx(number * 200**2, rel=1e-3)
    assert zone["uxo_expected"].sum() == pytest.approx(ordered[:number].sum())


def test_every_outline_is_valid_and_holds_the_cells_it_was_made_of():
    rng = np.random.default_rng(5)
    grid = read_grid(make_map(np.ones((40, 40))))
    back = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*np.meshgrid(grid.x, grid.y))
    for _ in range(10):
        labels, number = ndimage.label(rng.random((40, 40)) < rng.uniform(0.3, 0.7), output=np.int32)
        drawn = _draw(labels, number, grid)
        assert shapely.is_valid(drawn).all()
        for label in (1, number):
            assert np.array_equal(shapely.contains_xy(drawn[label - 1], lon, lat), labels == label)


def test_strikes_to_zone():
    strikes = make_strikes([35.0, 35.05, 35.0], [48.0, 48.0, 48.0], ["m26", "fab", "m26"], precision_m=[99, 99, 9000])
    grid = estimate_contamination(strikes, cell_m=100)
    zone = find_high_risk_zone(grid)
    total = grid.attrs["uxo_expected_total"]
    assert zone["share"].sum() >= 0.95
    assert zone["uxo_expected_inside_total"].iloc[0] == pytest.approx(zone["uxo_expected"].sum())
    assert zone["uxo_expected_outside_total"].iloc[0] == pytest.approx(total - zone["uxo_expected"].sum())
    assert zone["uxo_expected_unlocated"].iloc[0] == grid.attrs["uxo_expected_unlocated"] > 0
    assert find_high_risk_zone(grid).equals(zone)
    more = find_high_risk_zone(grid, share=0.98)
    assert more["area_m2"].sum() > zone["area_m2"].sum()


@pytest.mark.parametrize(
    ("values", "attrs", "share", "words"),
    [
        ([[1.0]], {}, 95, "Invalid share 95. Must lie between 0 and 1, ends excluded. Write 95 % as 0.95"),
        ([[1.0]], {}, float("nan"), "Invalid share nan"),
        ([[0.0, 0.0]], {}, 0.9, "The map holds nothing: no strike reaches it"),
        ([[1.0, np.nan]], {}, 0.9, "missing or negative expected items"),
        ([[1.0, -1.0]], {}, 0.9, "missing or negative expected items"),
        (
            [[1.0, 1.0]],
            {"uxo_expected_total": 4.0},
            0.95,
            r"A share of 0.95 is 3.8 expected items; the grid holds 2 of 4, a share of 0.5. Must not be more",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_figures(values, attrs, share, words):
    with pytest.raises(InputError, match=words):
        find_high_risk_zone(make_map(values, **attrs), share=share)


def test_other_maps_and_the_pole_are_refused():
    with pytest.raises(InputError, match="Must be what estimate_contamination returns"):
        find_high_risk_zone(make_map([[1.0]]).drop_vars("uxo_sd"))
    with pytest.raises(InputError, match=r"reaches 89.\d° of latitude. Must lie within 85°"):
        find_high_risk_zone(make_map([[1.0]], latitude=89.5))
