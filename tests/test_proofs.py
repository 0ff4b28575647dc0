"""Proofs too long for every run: the same claims as elsewhere, on many more cases."""

import contextlib
import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from uxomap import find_strikes, read_reports
from uxomap.errors import UxomapError
from uxomap.hazard_areas import VERTICES, draw_ellipses
from uxomap.reports import PersonalColumnsWarning

pytestmark = pytest.mark.slow


def test_a_hundred_thousand_ellipses_lie_where_they_are_stated_anywhere_on_earth():
    rng = np.random.default_rng(20)
    size = 100_000
    longitude = rng.uniform(-180, 180, size)
    longitude[: size // 10] = rng.choice([-180, 180], size // 10) + rng.normal(0, 0.05, size // 10)
    longitude = (longitude + 180) % 360 - 180
    latitude = np.degrees(np.arcsin(rng.uniform(*np.sin(np.radians([-85, 85])), size)))
    latitude[::50] = rng.choice([-85.0, 85.0], size // 50)
    major = np.exp(rng.uniform(np.log(20), np.log(60_000), size))
    minor = major * rng.uniform(0.1, 1, size)
    bearing = rng.uniform(0, 360, size)
    drawn = draw_ellipses(longitude, latitude, major, minor, bearing_deg=bearing)
    assert shapely.is_valid(drawn).all()
    xy, owner = shapely.get_coordinates(drawn, return_index=True)
    assert np.abs(xy[:, 0]).max() <= 180
    azimuth, _, distance = Geod(ellps="WGS84").inv(longitude[owner], latitude[owner], xy[:, 0], xy[:, 1])
    turn = np.radians(azimuth - bearing[owner])
    stretch = np.hypot(distance * np.cos(turn) / major[owner], distance * np.sin(turn) / minor[owner])
    cut = np.abs(np.abs(xy[:, 0]) - 180) < 1e-9
    assert np.abs(stretch[~cut] - 1).max() < 1e-3
    # Where the antimeridian cuts, no vertex lies outside the ellipse, and the ring still has its vertices.
    assert stretch[cut].max() < 1 + 1e-3
    assert np.bincount(owner[~cut], minlength=size).min() >= VERTICES


def test_a_thousand_damaged_tables_are_read_or_refused(root, tmp_path):
    lines = (root / "sample_data" / "documented_strikes.csv").read_bytes().splitlines(keepends=True)
    rng = np.random.default_rng(7)
    path = tmp_path / "damaged.csv"
    warnings.simplefilter("ignore", PersonalColumnsWarning)
    read = 0
    for _ in range(1_000):
        content = bytearray(b"".join([lines[0], *(lines[number] for number in rng.integers(1, len(lines), 3))]))
        for _ in range(rng.integers(1, 8)):
            at = int(rng.integers(len(content)))
            if rng.random() < 0.5:
                content[at] = int(rng.integers(256))
            else:
                del content[at : at + int(rng.integers(1, 30))]
        path.write_bytes(content)
        # Anything but a refusal that is meant fails the proof.
        with contextlib.suppress(UxomapError):
            reports = read_reports(path)
            strikes = find_strikes(reports)
            assert strikes["n_reports"].sum() == (reports["status"] != "rejected").sum()
            read += 1
    assert read > 100


def test_stated_ranges_hold_what_they_say_in_simulated_worlds(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    calibration = importlib.import_module("calibration")
    tally = calibration.Tally()
    settings = [calibration.estimate(seed) for seed in range(calibration.SETS)]
    calibration.check_world(calibration.World(), settings, 60, tally)
    for name in ("strikes", "zones", "total"):
        assert 0.85 <= tally.shares(name)[0] <= 0.97, name
    for least, _, _ in calibration.BANDS:
        whole, smoothed = tally.shares(f"cells of {least:g} items or more")
        assert whole >= 0.9
        assert smoothed == pytest.approx(0.9, abs=0.015)
    for bearing in ("known", "unknown"):
        assert tally.shares(f"hazard areas hold, bearing {bearing}")[0] == pytest.approx(0.95, abs=0.01)
    assert tally.shares("high-risk zone holds")[0] == pytest.approx(0.95, abs=0.015)
