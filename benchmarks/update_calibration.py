"""
Simulate what lies on the ground and what survey teams find of it, and see how often the updated ranges hold.

    python benchmarks/update_calibration.py [WORLDS] [PART OF A CASE'S TITLE]

Reported strikes are those of calibration.py. For each of WORLDS truths a first round searches squares around places
where the estimate is high, a second round squares around finds and others at random; each item that lies in a square is
found with the stated chance. Then the estimate is updated, and what is left of the truth is compared with the ranges.
Further worlds break the assumptions: detection overstated, strikes that nobody reported, places worse than stated,
more items left live. Standard errors are taken between truths.
"""

import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import calibration
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from calibration import Setting, Tally, World

from uxomap.contamination import SurveyUpdate, SurveyWarning, update_contamination

Floats = npt.NDArray[np.float64]

SETS = 4
DETECTION = 0.8
#: Squares of a round, and their sides in metres.
SQUARES, SIDES_M = 12, (200.0, 350.0, 600.0)


@dataclass(frozen=True)
class Surveying:
    """How surveys differ from what teams report."""

    world: World = field(default_factory=World)
    detection: float = DETECTION  # as stated
    true_detection: float = DETECTION
    with_places: float = 0.7  # share of searches that write down where finds lay


CASES: Mapping[str, Surveying] = MappingProxyType(
    {
        "as assumed": Surveying(),
        "detection stated 0.9, truly 0.6": Surveying(detection=0.9, true_detection=0.6),
        "one strike missed for two reported": Surveying(world=World(missed=0.5)),
        "position error twice as large as stated": Surveying(world=World(radius=2.0)),
        "twice as many left live": Surveying(world=World(rate=2.0)),
    }
)


def choose_squares(rng: np.random.Generator, setting: Setting, seen: Floats) -> npt.NDArray[np.object_]:
    """Choose squares to search: half where much is expected, the others around finds or anywhere."""
    expected = setting.grid["uxo_expected"].to_numpy().ravel()
    cells = rng.choice(expected.size, SQUARES, p=expected / expected.sum())
    row, column = np.divmod(cells, setting.grid.sizes["x"])
    middle = np.column_stack([setting.grid["x"].to_numpy()[column], setting.grid["y"].to_numpy()[row]])
    if len(seen):
        half = SQUARES // 2
        middle[:half] = seen[rng.integers(len(seen), size=half)] + rng.normal(0, 150, (half, 2))
    else:
        middle[: SQUARES // 2] += rng.normal(0, 300, (SQUARES // 2, 2))
    half_side = 0.5 * rng.choice(SIDES_M, SQUARES)
    return np.asarray(shapely.box(*(middle - half_side[:, None]).T, *(middle + half_side[:, None]).T))


def survey(
    rng: np.random.Generator, setting: Setting, places: Floats, case: Surveying
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, npt.NDArray[np.bool_]]:
    """Search twice; returns surveys, finds with a place, and which items are still there."""
    left = np.ones(len(places), dtype=bool)
    rows, points, seen = [], [], np.empty((0, 2))
    for turn in range(2):
        for number, square in enumerate(choose_squares(rng, setting, seen)):
            name = f"{turn}-{number:02d}"
            there = left & shapely.contains_xy(square, places[:, 0], places[:, 1])
            found = there & (rng.random(len(places)) < case.true_detection)
            left &= ~found
            rows.append(
                (
                    name,
                    pd.Timestamp("2023-05-01") + pd.Timedelta(days=30 * turn + number),
                    case.detection,
                    found.sum(),
                    square,
                )
            )
            if rng.random() < case.with_places:
                points += [(name, *place) for place in places[found]]
            seen = np.concatenate([seen, places[found]])
    columns = ["survey_id", "date", "detection_probability", "items_found", "geometry"]
    crs = setting.grid.attrs["crs_wkt"]
    surveys = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=crs)
    if not points:
        return surveys, None, left
    told = pd.DataFrame(points, columns=["survey_id", "x", "y"])
    return (
        surveys,
        gpd.GeoDataFrame(told[["survey_id"]], geometry=gpd.points_from_xy(told["x"], told["y"]), crs=crs),
        left,
    )


def check_update(
    setting: Setting, update: SurveyUpdate, places: Floats, owners: npt.NDArray[np.int64], tally: Tally
) -> None:
    """Count what is left and lies inside the updated ranges."""
    grid = update.contamination
    found = calibration.count_cells(setting, places)
    calibration.check_cells(grid)(found, tally)
    detection = grid["search_detection"].to_numpy().ravel()
    expected = grid["uxo_expected"].to_numpy().ravel().astype(float)
    names = ("uxo_expected", "uxo_sd", "uxo_low", "uxo_high")
    for name, some in (("searched", detection > 0.5), ("beside", (detection <= 0.01) & near(detection, grid.sizes))):
        kept = some & (expected >= 0.05)
        mean, sd, low, high = (grid[one].to_numpy().ravel().astype(float)[kept] for one in names)
        table = calibration.chances(mean, sd, 200)
        here = np.minimum(found[kept], 200).astype(int)
        column = np.arange(kept.sum())
        before, after = table[here, column], table[here + 1, column]
        part = np.clip(np.minimum(after, 0.95) - np.maximum(before, 0.05), 0, None) / np.maximum(after - before, 1e-12)
        tally.add(f"cells {name}, 0.05 items or more", (found[kept] >= low) & (found[kept] <= high), part)
        tally.add(f"cells {name}: items left, and expected", np.array([found[kept].sum()]), np.array([mean.sum()]))
    own = np.bincount(owners[owners >= 0], minlength=len(setting.strikes)).astype(float)
    ids = {name: number for number, name in enumerate(setting.strikes["strike_id"])}
    order = [ids[name] for name in update.strikes["strike_id"]]
    touched = update.strikes["survey_ids"].ne("").to_numpy()
    inside = calibration.inside_range(own[order], update.strikes)
    tally.add("strikes that searches bear on", inside[touched])
    narrow = (update.strikes["uxo_expected"] < 0.7 * update.strikes["prior_uxo_expected"]).to_numpy()
    tally.add("strikes lowered by 30 % or more", inside[touched & narrow])
    raised = (update.strikes["items_found"] > 0.5).to_numpy()
    tally.add("strikes with finds", inside[raised])
    tally.add(
        "items left by all strikes, and expected",
        np.array([own.sum()]),
        np.array([update.strikes["uxo_expected"].sum()]),
    )
    prior = update.strikes["prior_uxo_expected"].sum()
    tally.add("expected before", np.array([prior]))
    sums = np.array([own[[ids[one] for one in members.split("|")]].sum() for members in update.zones["strike_ids"]])
    tally.add("zones", calibration.inside_range(sums, update.zones))
    attrs = grid.attrs
    tally.add("total", np.array([attrs["uxo_low_total"] <= len(places) <= attrs["uxo_high_total"]]))
    before = attrs["prior_uxo_high_total"] - attrs["prior_uxo_low_total"]
    tally.add(
        "width of the total over that before", np.array([(attrs["uxo_high_total"] - attrs["uxo_low_total"]) / before])
    )
    width = update.strikes["uxo_high"] - update.strikes["uxo_low"]
    tally.add(
        "map holds what strikes hold", np.array([grid["uxo_expected"].sum().item() / attrs["uxo_expected_total"]])
    )
    prior_width = update.strikes["prior_uxo_high"] - update.strikes["prior_uxo_low"]
    tally.add("width of strikes over that before", (width / prior_width.clip(lower=1)).to_numpy()[touched])
    tally.add("finds unexplained, share", np.array([attrs["n_finds_unexplained"] / max(attrs["items_found"], 1)]))


def near(detection: Floats, sizes: Mapping[str, int]) -> npt.NDArray[np.bool_]:
    """Cells within three cells of searched land."""
    from scipy import ndimage  # noqa: PLC0415 - only here

    searched = detection.reshape(sizes["y"], sizes["x"]) > 0.5
    return np.asarray(ndimage.binary_dilation(searched, iterations=3) & ~searched).ravel()


def check_case(case: Surveying, settings: list[Setting], repeats: int) -> list[Tally]:
    """Draw truths and surveys, update, and count, one tally a truth."""
    tallies = []
    for number, setting in enumerate(settings):
        rng = np.random.default_rng([11, number])
        for _ in range(repeats):
            places, owners = calibration.draw_truth(rng, setting, case.world)
            surveys, finds, left = survey(rng, setting, places, case)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SurveyWarning)
                update = update_contamination(
                    setting.strikes, surveys, finds=finds, zones=setting.zones, contamination=setting.grid
                )
            tallies.append(Tally())
            check_update(setting, update, places[left], owners[left], tallies[-1])
    return tallies


def measure(tallies: list[Tally], name: str) -> list[tuple[float, float]]:
    """Share over all truths and its standard error, taken between truths: what one truth holds hangs together."""
    sums = np.array([tally.sums[name] for tally in tallies if name in tally.sums])
    shares = sums[:, :, 0].sum(axis=0) / sums[:, :, 1].sum(axis=0)
    rest = sums[:, :, 0] - shares * sums[:, :, 1]
    errors = np.sqrt((rest**2).sum(axis=0) * len(sums) / max(len(sums) - 1, 1)) / sums[:, :, 1].sum(axis=0)
    return [(float(share), float(error)) for share, error in zip(shares, errors, strict=True)]


def main() -> None:
    """Run all cases and print the tables."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    start = time.perf_counter()
    settings = [calibration.estimate(seed) for seed in range(SETS)]
    for title, case in CASES.items():
        if only not in title:
            continue
        tallies = check_case(case, settings, repeats)
        sys.stdout.write(f"\n{title}: {SETS} sets of {calibration.STRIKES} reported strikes, {repeats} truths each\n")
        for name in sorted({name for tally in tallies for name in tally.sums}):
            told = "   ".join(f"{share:8.3f} +- {error:.3f}" for share, error in measure(tallies, name))
            sys.stdout.write(f"  {name:<44}{told}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    main()
