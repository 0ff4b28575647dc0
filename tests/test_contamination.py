import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_layers import make_strikes
from pyproj import CRS, Geod, Transformer
from scipy import integrate, stats
from scipy.special import ndtr

from uxomap.contamination import _kernel as kernel
from uxomap.contamination import estimate_contamination
from uxomap.contamination._spread import share_of_one_carrier, spread_items
from uxomap.distributions import match_quantile
from uxomap.errors import CRSError, InputError, SchemaError
from uxomap.items import estimate_items

GEOD = Geod(ellps="WGS84")
KAPPA = 20.0


def strike(  # noqa: PLR0913 - the fields of a strike
    u, v, *, position=1.0, pattern=(1.0, 1.0), turn=0.0, salvo=0.0, mean=1.0, sd=1.0, shared=0.0, same=1.0
):
    """One row of the kernel, lengths in cells, *turn* in radians clockwise from up."""
    row = np.zeros(kernel.FIELDS)
    sine, cosine = np.sin(turn), np.cos(turn)
    along, across = (value**2 for value in pattern)
    pattern_uu = along * sine**2 + across * cosine**2
    pattern_vv = along * cosine**2 + across * sine**2
    pattern_uv = (across - along) * sine * cosine
    common = position**2 + salvo**2
    pairs = sd**2 + mean**2 - mean
    row[:] = (
        *(u, v, pattern_uu + common, pattern_uv, pattern_vv + common, pattern_uu, pattern_uv, pattern_vv),
        *(common, position**2, mean, shared, pairs * same, pairs * (1 - same)),
    )
    return row


def spread(*rows, shape=(40, 40), keys=None, **options):
    keys = np.zeros(len(rows), dtype=np.int64) if keys is None else np.array(keys)
    return spread_items(np.array(rows), keys, shape, **options)


@settings(max_examples=30)
@given(
    u=st.floats(10, 30),
    v=st.floats(10, 30),
    position=st.floats(0.01, 6),
    along=st.floats(0.2, 3),
    flat=st.floats(0.1, 1),
    turn=st.floats(-4, 4),
)
def test_cells_hold_what_the_normal_holds_and_nothing_is_lost(u, v, position, along, flat, turn):
    row = strike(u + 30, v + 40, position=position, pattern=(along, along * flat), turn=turn)
    expected, _ = spread(row, shape=(110, 100), intervals=False)
    assert expected.sum() == pytest.approx(1, abs=1e-6)
    columns = np.diff(ndtr((np.arange(101) - u - 30) / np.sqrt(row[kernel.C_UU])))
    rows = np.diff(ndtr((np.arange(111) - v - 40) / np.sqrt(row[kernel.C_VV])))
    assert np.abs(expected.sum(axis=0) - columns).max() < 1e-6
    assert np.abs(expected.sum(axis=1) - rows).max() < 1e-5


@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 4, 2.0])
@pytest.mark.parametrize("flat", [1.0, 0.4, 0.05])
def test_a_cell_is_the_integral_of_the_normal_over_it(turn, flat):
    row = strike(20.3, 19.8, position=0.3, pattern=(2.0, 2.0 * flat), turn=turn)
    expected, _ = spread(row, intervals=False)
    normal = stats.multivariate_normal([row[0], row[1]], [[row[2], row[3]], [row[3], row[4]]])
    for column, line in [(20, 19), (21, 20), (18, 17), (20, 23)]:
        exact, _ = integrate.dblquad(lambda y, x: normal.pdf([x, y]), column, column + 1, line, line + 1, epsabs=1e-9)
        assert expected[line, column] == pytest.approx(exact, abs=2e-6)


def test_what_falls_beyond_the_grid_is_missing_and_no_more():
    expected, _ = spread(strike(0.0, 20.0, position=2.0), intervals=False)
    assert expected.sum() == pytest.approx(0.5, abs=1e-6)
    far, layers = spread(strike(-500.0, 20.0, position=2.0))
    assert far.sum() == 0
    assert layers.sum() == 0


def test_a_point_lies_in_its_cell():
    expected, layers = spread(strike(7.5, 3.5, position=1e-4, pattern=(0.0, 0.0), mean=0.2, sd=0.4))
    assert expected[3, 7] == pytest.approx(0.2)
    assert layers[:, 3, 7] == pytest.approx([0.4, 0, 1, 0.2], abs=1e-6)


def test_bits_do_not_depend_on_threads_or_on_the_order_of_rows():
    rng = np.random.default_rng(3)
    rows = [
        strike(*rng.uniform(0, 300, 2), position=p, pattern=(1.0, f), turn=t, salvo=1, sd=3, shared=0.5, same=0.3)
        for p, f, t in zip(rng.uniform(0.1, 8, 60), rng.uniform(0.2, 1, 60), rng.choice([0, 0, 1.0], 60), strict=True)
    ]
    for one, two in zip(rows[::2], rows[1::2], strict=True):
        two[kernel.U] = one[kernel.U]  # on one meridian, as strikes on one village are
    keys = rng.integers(0, 4, 60)
    first = spread(*rows, keys=keys, shape=(300, 290), threads=1)
    order = rng.permutation(60)
    second = spread(*[rows[i] for i in order], keys=keys[order], shape=(300, 290), threads=3)
    for one, two in zip(first, second, strict=True):
        assert np.array_equal(one, two)
    assert np.array_equal(first[0], spread(*rows, keys=keys, shape=(300, 290), intervals=False)[0])


def pair_truth(centre, common, sigma, cells):
    """Chance that two items share each cell on one axis, by adaptive quadrature over their common centre."""

    def both(shift, cell):
        inside = ndtr((cell + 1 - shift) / sigma) - ndtr((cell - shift) / sigma)
        return inside**2 * stats.norm.pdf(shift, centre, common)

    ends = centre - 9 * common, centre + 9 * common
    return np.array([integrate.quad(both, *ends, args=(cell,), limit=400, epsabs=1e-11)[0] for cell in range(cells)])


@pytest.mark.parametrize(
    ("common", "sigma"), [(4, 0.64), (0.6, 0.3), (0.3, 0.64), (0.05, 0.3), (1.0, 3.0), (0.4, 0.05)]
)
def test_pairs_of_items_share_a_cell_as_often_as_quadrature_says(common, sigma):
    rule, out = np.zeros(6), np.zeros(9)
    kernel.make_pair_rule(sigma, rule)
    kernel.pairs_on_axis(4.3, common**2, rule, 0, out)
    assert out == pytest.approx(pair_truth(4.3, common, sigma, 9), abs=1e-6)


def test_the_closed_form_for_small_cells_is_the_limit():
    # Product of two normals: E[p^2] = A^2 / (4 pi sigma^2) N(x; sigma^2 / 2 + s^2), cells small against sigma.
    sigma, position = 20.0, 30.0
    rule, out = np.zeros(6), np.zeros(1)
    kernel.make_pair_rule(sigma, rule)
    kernel.pairs_on_axis(100.5, position**2, rule, 100, out)
    closed = 1 / (4 * np.pi * sigma**2) / (2 * np.pi * (sigma**2 / 2 + position**2))
    assert out[0] ** 2 == pytest.approx(closed, rel=1e-3)


def simulate(  # noqa: PLR0913 - the fields of a strike
    rng, size, *, mean, position, salvo, pattern, turn, carriers, load, rate=None
):
    """Count the items of one strike in nine cells around (0.2, -0.1), for so many worlds."""
    share = rng.beta(mean * KAPPA, (1 - mean) * KAPPA, size) if rate is None else rate
    counts = np.zeros((size, 3, 3))
    middle = rng.normal(0, position, (size, 2))
    for _ in range(carriers):
        left = rng.binomial(load, share)
        carrier = middle + rng.normal(0, salvo, (size, 2)) if salvo else middle
        owner = np.repeat(np.arange(size), left)
        along, across = (rng.normal(0, one, owner.size) for one in pattern)
        u = 0.2 + carrier[owner, 0] + along * np.sin(turn) + across * np.cos(turn)
        v = -0.1 + carrier[owner, 1] - along * np.cos(turn) + across * np.sin(turn)
        column, row = np.floor(u + 1.5).astype(int), np.floor(v + 1.5).astype(int)
        inside = (column >= 0) & (column < 3) & (row >= 0) & (row < 3)
        np.add.at(counts, (owner[inside], row[inside], column[inside]), 1)
    return counts


def count_moments(load, mean):
    return load * mean, np.sqrt(load * mean * (1 - mean) * (KAPPA + load) / (KAPPA + 1))


@pytest.mark.parametrize(
    ("position", "salvo", "pattern", "turn", "carriers"),
    [
        (1.0, 0.0, (0.6, 0.6), 0.0, 1),
        (0.3, 1.2, (0.6, 0.6), 0.0, 3),
        (0.7, 0.0, (1.4, 0.5), 0.7, 1),
        (0.2, 0.9, (1.4, 0.5), 0.7, 4),
        (0.2, 0.0, (1.6, 0.3), 2.2, 1),
    ],
)
def test_mean_and_variance_are_those_of_simulated_worlds(position, salvo, pattern, turn, carriers):
    load, rate, size = 24, 0.2, 60_000
    truth = {"position": position, "salvo": salvo, "pattern": pattern, "turn": turn}
    counts = simulate(np.random.default_rng(5), size, mean=rate, carriers=carriers, load=load, **truth)
    mean, sd = count_moments(carriers * load, rate)
    same = (load - 1) / (carriers * load - 1)
    expected, layers = spread(strike(20.7, 20.4, mean=mean, sd=sd, same=same, **truth))
    cells = slice(19, 22), slice(19, 22)
    assert expected[cells] == pytest.approx(counts.mean(axis=0), rel=0.03, abs=0.003)
    assert layers[0][cells] == pytest.approx(counts.std(axis=0), rel=0.04)


def test_strikes_with_the_same_evidence_go_wrong_together():
    rng, size, load = np.random.default_rng(6), 60_000, 30
    truth = {"position": 0.8, "salvo": 0.0, "pattern": (0.7, 0.7), "turn": 0.0}
    mu = rng.beta(4, 36, size)  # of the type: one draw for all strikes of a world
    total = np.zeros((size, 3, 3))
    for _ in range(8):
        own = rng.beta(mu * KAPPA, (1 - mu) * KAPPA)
        total += simulate(rng, size, mean=0, carriers=1, load=load, rate=own, **truth)
    middle, spread_of_type = 0.1, stats.beta(4, 36).std()
    square = middle * (1 - middle) - spread_of_type**2
    variance = (load**2 + KAPPA * load) / (KAPPA + 1) * square + load**2 * spread_of_type**2
    row = strike(20.7, 20.4, mean=load * middle, sd=np.sqrt(variance), shared=load * spread_of_type, **truth)
    cells = slice(19, 22), slice(19, 22)
    _, together = spread(*[row] * 8, keys=[1] * 8)
    _, alone = spread(*[row] * 8, keys=range(8))
    assert together[0][cells] == pytest.approx(total.std(axis=0), rel=0.03)
    assert (alone[0][cells] < 0.95 * together[0][cells]).all()


@pytest.mark.parametrize("position", [0.2, 1.1, 1.6, 2.5, 5.0])
@pytest.mark.parametrize("salvo", [0.0, 0.6])
def test_a_pattern_hardly_turned_gives_what_one_not_turned_gives(position, salvo):
    # The first goes the way of oblique ellipses, with more or fewer nodes; the second separates by axis.
    truth = {"position": position, "salvo": salvo, "pattern": (1.4, 0.5), "mean": 30.0, "sd": 20.0, "same": 0.4}
    oblique, upright = (spread(strike(100.3, 99.8, turn=t, **truth), shape=(200, 200)) for t in (1e-6, 0.0))
    assert oblique[0] == pytest.approx(upright[0], abs=2e-5 * upright[0].max())
    assert oblique[0].sum() == pytest.approx(30, abs=30e-6)
    near = upright[0] > 1e-3 * upright[0].max()
    assert oblique[1][0][near] == pytest.approx(upright[1][0][near], rel=0.01)


@pytest.mark.parametrize("turn", [0.3, 1.0, 2.5])
@pytest.mark.parametrize(("long", "flat"), [(9.0, 0.5), (9.0, 0.2), (30.0, 0.06), (3.0, 0.7)])
def test_wide_oblique_patterns_lose_nothing_and_hold_what_the_normal_holds(turn, long, flat):
    row = strike(300.3, 299.8, position=0.5, pattern=(long, long * flat), turn=turn)
    expected, _ = spread(row, shape=(600, 600), intervals=False)
    assert expected.sum() == pytest.approx(1, abs=1e-6)
    normal = stats.multivariate_normal([row[0], row[1]], [[row[2], row[3]], [row[3], row[4]]])
    for column, line in [(300, 299), (304, 300), (290, 305)]:
        exact, _ = integrate.dblquad(lambda y, x: normal.pdf([x, y]), column, column + 1, line, line + 1, epsabs=1e-10)
        assert expected[line, column] == pytest.approx(exact, abs=1e-7)


def test_the_worked_example_one_rocket():
    """64 expected duds, position 200 m, pattern 32 m, cells of 50 m: any with 9.8 % simulated, 11 % matched."""
    load, rate, size = 644, 0.1, 1_000_000
    mean, sd = count_moments(load, rate)
    row = strike(50.5, 50.5, position=4.0, pattern=(0.64, 0.64), mean=mean, sd=sd)
    expected, layers = spread(row, shape=(101, 101))
    found_sd, low, high, some = layers[:, 50, 50]
    rng = np.random.default_rng(8)
    shift = rng.normal(0, 4, (2, size))
    inside = np.prod(ndtr((0.5 - shift) / 0.64) - ndtr((-0.5 - shift) / 0.64), axis=0)
    counts = rng.binomial(rng.binomial(load, rng.beta(rate * KAPPA, (1 - rate) * KAPPA, size)), inside)
    assert expected[50, 50] == pytest.approx(0.62, abs=0.005)
    assert counts.mean() == pytest.approx(expected[50, 50], rel=0.02)
    assert counts.std() == pytest.approx(found_sd, rel=0.02)
    assert (counts > 0).mean() == pytest.approx(0.098, abs=0.001)
    assert some == pytest.approx(0.1115, abs=0.001)
    assert [low, high] == np.quantile(counts, [0.05, 0.95]).tolist() == [0, 3]


@given(mean=st.floats(0.001, 400), ratio=st.floats(0.05, 40))
def test_low_high_and_any_follow_from_the_matched_distribution(mean, ratio):
    variance = mean * ratio
    some, low, high = kernel.match_cell(mean, variance - mean)
    wanted = [float(match_quantile(mean, variance, p)) for p in (0.05, 0.95)]
    if low != kernel.LATER:
        assert [low, high] == pytest.approx(wanted, abs=1 if ratio < 1 else 1e-9)
    assert 0 <= some <= min(1, mean * (1 + 1e-9))
    if ratio > 1.001:
        size = mean / (ratio - 1)
        assert some == pytest.approx(1 - stats.nbinom.pmf(0, size, 1 / ratio), abs=1e-9)


def test_far_quantiles_are_looked_up():
    _, layers = spread(strike(7.5, 3.5, position=1e-4, pattern=(0.0, 0.0), mean=5000.0, sd=800.0))
    assert layers[1:3, 3, 7] == pytest.approx([float(match_quantile(5000, 800.0**2, p)) for p in (0.05, 0.95)])


STRIKES = {"longitude": [35.0, 35.02, 35.01], "latitude": [48.0, 48.0, 48.01], "candidates": ["m26", "9m27k", "fab"]}


def test_the_grid_says_what_it_is_and_accounts_for_every_item():
    strikes = make_strikes(**STRIKES, precision_m=[100.0, 800.0, 9000.0], bearing_deg=[30.0, np.nan, np.nan])
    before = strikes.copy()
    grid = estimate_contamination(strikes)
    items = estimate_items(strikes)["uxo_expected"]
    assert list(grid.data_vars) == ["uxo_expected", "uxo_sd", "uxo_low", "uxo_high", "probability_any"]
    assert grid["uxo_expected"].dims == ("y", "x")
    assert (grid.attrs["n_strikes"], grid.attrs["n_unlocated"]) == (2, 1)
    assert grid.attrs["uxo_expected_total"] == pytest.approx(items[:2].sum())
    assert grid.attrs["uxo_expected_unlocated"] == pytest.approx(items[2])
    held = float(grid["uxo_expected"].sum()) + grid.attrs["uxo_expected_outside"]
    assert held == pytest.approx(grid.attrs["uxo_expected_total"], rel=1e-12)
    assert 0 <= grid.attrs["uxo_expected_outside"] < 0.002 * held
    assert (grid["uxo_low"] <= grid["uxo_high"]).all()
    assert ((grid["probability_any"] >= 0) & (grid["probability_any"] <= 1)).all()
    assert CRS.from_wkt(grid.attrs["crs_wkt"]) == CRS.from_cf(grid["spatial_ref"].attrs)
    assert CRS.from_wkt(grid.attrs["crs_wkt"]).axis_info[0].unit_name == "metre"
    assert (np.diff(grid["y"]) == -50).all()
    assert (np.diff(grid["x"]) == 50).all()
    assert strikes.equals(before)
    shuffled = estimate_contamination(strikes.iloc[[2, 1, 0]])
    assert grid.identical(shuffled)


@pytest.mark.parametrize(
    ("longitude", "latitude", "crs"),
    [(35.3, 48.2, None), (179.999, -17.0, None), (20.0, 80.0, None), (-70.0, 0.0, None), (35.3, 48.2, "EPSG:32636")],
)
def test_the_highest_cell_lies_at_the_strike_anywhere_on_earth(longitude, latitude, crs):
    grid = estimate_contamination(make_strikes([longitude], [latitude], ["m26"]), crs=crs, cell_m=20)
    top = grid["uxo_expected"].argmax(...)
    back = Transformer.from_crs(grid.attrs["crs_wkt"], "EPSG:4326", always_xy=True)
    found = back.transform(float(grid["x"][int(top["x"])]), float(grid["y"][int(top["y"])]))
    assert GEOD.inv(longitude, latitude, *found)[2] < 15


@pytest.mark.parametrize("longitude", [33.0, 35.0, 38.4])
@pytest.mark.parametrize("bearing", [20.0, 135.0])
def test_the_long_axis_follows_true_north_not_grid_north(longitude, bearing):
    strikes = make_strikes([longitude], [60.0], ["m26"], precision_m=1.0, bearing_deg=bearing)
    one = dict.fromkeys(["rounds_low", "rounds_expected", "rounds_high"], 1.0)
    grid = estimate_contamination(strikes.assign(**one), crs="EPSG:32636", cell_m=5)
    back = Transformer.from_crs(grid.attrs["crs_wkt"], "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*np.meshgrid(grid["x"], grid["y"]))
    azimuth, _, distance = GEOD.inv(np.full(lon.shape, longitude), np.full(lon.shape, 60.0), lon, lat)
    turn, weight = np.radians(azimuth - bearing), grid["uxo_expected"].to_numpy()
    along = np.sqrt((weight * (distance * np.cos(turn)) ** 2).sum() / weight.sum())
    across = np.sqrt((weight * (distance * np.sin(turn)) ** 2).sum() / weight.sum())
    skew = (weight * distance**2 * np.cos(turn) * np.sin(turn)).sum() / weight.sum()
    assert [along, across] == pytest.approx([200 / 2 / 2.4477, 100 / 2 / 2.4477], rel=0.02)
    assert abs(skew) < 0.01 * along * across


def test_bounds_cut_the_map_and_the_rest_is_counted():
    strikes = make_strikes([35.0, 80.0], [48.0, 10.0], ["m26", "m26"], precision_m=100.0)
    grid = estimate_contamination(strikes, bounds=(35.0, 47.9, 35.1, 48.1))
    whole = grid.attrs["uxo_expected_total"]
    assert grid.attrs["n_strikes"] == 2
    assert grid.attrs["uxo_expected_outside"] == pytest.approx(0.75 * whole, rel=0.1)
    across = estimate_contamination(make_strikes([180.0], [10.0], ["m26"]), bounds=(179.9, 9.9, -179.9, 10.1))
    assert across.attrs["uxo_expected_outside"] < 1e-5 * whole


def test_finer_cells_add_up_to_coarser_ones():
    strikes = make_strikes(**STRIKES, bearing_deg=[30.0, np.nan, 80.0])
    bounds = (34.9, 47.9, 35.1, 48.1)
    coarse, fine = (estimate_contamination(strikes, cell_m=size, bounds=bounds) for size in (100, 50))
    assert float(coarse["uxo_expected"].sum()) == pytest.approx(float(fine["uxo_expected"].sum()), rel=1e-6)


def test_more_carriers_share_fewer_pairs():
    strikes = make_strikes([35.0] * 4, [48.0] * 4, ["m26"] * 4).assign(
        rounds_low=[1, 2, 6, 6], rounds_expected=[1, 2, 6, 6], rounds_high=[1, 2, 6, 6]
    )
    strikes.loc[3, "evidence"] = "explosions"
    same = share_of_one_carrier(strikes, estimate_items(strikes))
    assert same == pytest.approx([1, 643 / 1287, 643 / 3863, 0])


@pytest.mark.parametrize(
    ("strike_values", "options", "error", "words"),
    [
        ({}, {"cell_m": 0}, InputError, "Invalid cell_m 0. Must be a finite number of metres, above 0"),
        ({}, {"cell_m": float("nan")}, InputError, "Invalid cell_m nan"),
        (
            {},
            {"cell_m": 0.01},
            InputError,
            r"would have [\d,]+ x [\d,]+ cells and take [\d,.]+ GB. Must be at most 2 GB",
        ),
        ({}, {"containment": 99}, InputError, "Write 95 % as 0.95"),
        ({}, {"bounds": (10, 10, 11, 11)}, InputError, r"miss every one of 3 strikes"),
        ({}, {"bounds": (10, 12, 11, 11)}, InputError, r"south below north"),
        ({}, {"bounds": (10, 12, 11)}, InputError, r"Must be \(west, south, east, north\)"),
        ({}, {"crs": "EPSG:4326"}, CRSError, r"Must be a projected CRS in metres"),
        ({}, {"crs": "EPSG:2263"}, CRSError, r"Must be a projected CRS in metres"),
        ({}, {"crs": "nonsense"}, CRSError, r"Invalid crs 'nonsense'"),
        ({}, {"crs": "EPSG:3857"}, CRSError, r"wrong by 4\d% where strikes lie. Must be at most 2 %"),
        ({"precision_m": np.nan}, {}, InputError, r"None of 3 strikes can be mapped"),
        ({"longitude": [-70.0, 35.0, 120.0]}, {}, CRSError, r"Map distant regions one by one"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_rule(strike_values, options, error, words):
    with pytest.raises(error, match=words):
        estimate_contamination(make_strikes(**(STRIKES | strike_values)), **options)


def test_layers_that_break_the_contract_are_refused():
    strikes = make_strikes(**STRIKES)
    with pytest.raises(SchemaError, match="missing column 'precision_m'"):
        estimate_contamination(strikes.drop(columns=["precision_m"]))
    with pytest.raises(CRSError, match="has no CRS"):
        estimate_contamination(strikes.set_crs(None, allow_override=True))
    with pytest.raises(InputError, match="None of 0 strikes can be mapped"):
        estimate_contamination(strikes.iloc[:0])


@settings(max_examples=20)
@given(st.floats(0.2, 0.99), st.floats(0.2, 0.99))
def test_more_containment_never_makes_a_smaller_grid(first, second):
    strikes = make_strikes([35.0], [48.0], ["m26"])
    small, large = (estimate_contamination(strikes, containment=value) for value in sorted([first, second]))
    assert small["x"].size <= large["x"].size
    assert small.attrs["uxo_expected_outside"] >= large.attrs["uxo_expected_outside"]
