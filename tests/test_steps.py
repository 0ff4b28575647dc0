"""What follows the map: surveys, exposure, order and plan, put together on the invented exercise area."""

import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from make_layers import RANKED_FILES

from uxomap import InputError, assess, make_map_sheet, make_web_map, sample_data, write_layers
from uxomap._validation import check_layer
from uxomap.assessment._write import NAMES
from uxomap.exposure import Population
from uxomap.maps import web_map_html

EXERCISE = sample_data("exercise")

AROUND = {
    "population": Population(EXERCISE / "population.tif", unit="people_per_cell"),
    "facilities": EXERCISE / "facilities.geojson",
    "roads": EXERCISE / "roads.geojson",
    "land_use": EXERCISE / "land_use.geojson",
    "admin": EXERCISE / "admin.geojson",
}


@pytest.fixture(scope="module")
def begun():
    return assess(EXERCISE / "reported_strikes.csv")


@pytest.fixture(scope="module")
def searched(begun):
    rounds = (1, 2)
    return begun.update_contamination(
        [EXERCISE / f"surveys_round_{number}.geojson" for number in rounds],
        finds=[EXERCISE / f"finds_round_{number}.geojson" for number in rounds],
    )


@pytest.fixture(scope="module")
def planned(searched):
    return searched.measure_exposure(**AROUND).rank_areas().plan_survey(teams=3, hours=60, sweep_rate_m2_per_h=5000)


def test_each_step_adds_its_layers_and_leaves_the_earlier_result_alone(begun, searched, planned):
    assert list(begun.layers) == ["strikes", "hazard_areas", "zones", "unlocated"]
    assert set(searched.layers) - set(begun.layers) == {*("surveys", "finds", "zone_updates", "strike_updates")}
    assert set(planned.layers) - set(searched.layers) == {"zone_parts", "priorities", "tasks"}
    for name, layer in planned.layers.items():
        check_layer(layer, name)


def test_the_order_and_the_plan_rest_on_what_the_surveys_left(begun, searched, planned):
    before, after = begun.zones.set_index("zone_id"), searched.current_zones.set_index("zone_id")
    assert (after["prior_uxo_expected"] == before["uxo_expected"].reindex(after.index)).all()
    assert after["uxo_expected"].sum() < before["uxo_expected"].sum()
    assert (after["uxo_expected"] > 0).all()
    ranked = planned.priorities.set_index("zone_id")
    pd.testing.assert_series_equal(ranked["uxo_expected"].sort_index(), after["uxo_expected"].sort_index())
    assert planned.current_contamination is searched.surveys.contamination
    assert planned.plan.tasks["finds_expected"].sum() < after["uxo_expected"].sum()


def test_people_are_counted_once_and_the_parts_of_a_zone_add_up(planned):
    ranked = planned.priorities
    inside = ranked["people_inside_expected"].sum()
    assert inside == pytest.approx(ranked["people_inside_total"].iloc[0], rel=1e-6)
    parts = planned.zone_parts.groupby("zone_id")["people_inside_expected"].sum()
    whole = ranked.set_index("zone_id")["people_inside_expected"]
    np.testing.assert_allclose(parts.reindex(whole.index), whole, rtol=1e-6)


def test_a_step_back_drops_what_rested_on_it(begun, planned):
    again = planned.rank_areas()
    assert again.plan is None
    assert again.exposure is planned.exposure
    ranked = begun.measure_exposure(admin=AROUND["admin"]).rank_areas()
    anew = ranked.update_contamination(EXERCISE / "surveys_round_1.geojson")
    assert (anew.exposure, anew.priorities, anew.plan, anew.zone_parts) == (None, None, None, None)
    with pytest.raises(InputError, match="already holds surveys, and would forget them"):
        anew.update_contamination(EXERCISE / "surveys_round_2.geojson")


def test_the_summary_says_what_came_of_each_step(planned):
    said = " ".join(planned.summary_lines())
    for words in (
        "before the surveys",
        "34 searches found",
        "Proposed first: zone",
        "Expected finds",
        "not searched",
        "people live",
    ):
        assert words in said, words
    brief = planned.summary_lines(brief=True)
    assert len(" ".join(brief)) < 0.8 * len(said)
    assert brief[-1].startswith("Strikes that nobody reported")
    summary = json.loads(json.dumps(planned.summary()))
    assert summary["people"]["inside"] > 0
    assert summary["first_zones"][0]["priority"] == 1
    names = [line["name"] for line in summary["inputs"]]
    assert {"population.tif", "surveys_round_2.geojson", "finds_round_1.geojson", "admin.geojson"} <= set(names)
    assert all(len(line["sha256"]) == 64 for line in summary["inputs"])


def test_files_of_steps_that_were_not_made_again_do_not_stay(begun, planned, tmp_path):
    with_steps = {path.name for path in planned.write(tmp_path / "out")}
    assert {
        "tasks.geojson",
        "zone_updates.geojson",
        "zone_parts.csv",
        "survey_curve.csv",
        "finds.geojson",
    } <= with_steps
    assert with_steps <= NAMES
    plain = {path.name for path in begun.write(tmp_path / "out")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == plain


def test_every_file_names_its_inputs(planned, tmp_path):
    planned.write(tmp_path / "out")
    page = json.loads((tmp_path / "out" / "priorities.geojson").read_text(encoding="utf-8"))
    assert page["metadata"]["parameters"]["inputs"][0]["name"] == "reported_strikes.csv"
    assert "licence" in page["metadata"]["parameters"]
    about = gpd.read_file(tmp_path / "out" / "assessment.gpkg", layer="about")
    assert about.astype(str).apply(lambda line: "surveys_round_1.geojson" in " ".join(line), axis=1).any()


def run(*arguments, cwd):
    command = [sys.executable, "-c", "from uxomap.cli import run; run()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8")


def test_the_command_line_goes_the_whole_way(tmp_path):
    files = {f"--{name.replace('_', '-')}": path for name, path in AROUND.items() if name != "population"}
    options = [part for pair in files.items() for part in pair]
    done = run(
        *("assess", EXERCISE / "reported_strikes.csv", "-o", "out", *options),
        *("--population", EXERCISE / "population.tif", "--population-unit", "people_per_cell"),
        *("--surveys", EXERCISE / "surveys_round_1.geojson", "--finds", EXERCISE / "finds_round_1.geojson"),
        *("--teams", 2, "--hours", 40),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert set(RANKED_FILES) < {path.name for path in (tmp_path / "out").iterdir()}
    for words in ("using surveys", "measuring exposure", "ranking zones", "planning the survey"):
        assert words in done.stderr, words
    ranked = pd.read_csv(tmp_path / "out" / "priorities.csv")
    assert ranked["priority"].tolist() == list(range(1, len(ranked) + 1))
    assert ranked["people_inside_expected"].notna().any()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--teams", "2"], "--teams is given without --hours"),
        (["--hours", "2"], "--hours is given without --teams"),
        (["--population", EXERCISE / "population.tif"], "people_per_cell"),
        (["--criteria", EXERCISE / "README.md"], "README.md"),
        (["--surveys", EXERCISE / "roads.geojson"], "survey"),
        (["--population", EXERCISE / "nowhere.tif", "--population-unit", "people_per_cell"], "nowhere.tif"),
    ],
)
def test_the_command_line_refuses_in_one_line(options, said, tmp_path):
    done = run("assess", EXERCISE / "reported_strikes.csv", "-o", "out", "-q", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("uxomap: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_a_map_of_contamination_surveys_cannot_be_used(begun):
    far = pd.concat(
        [begun.reports, begun.reports.assign(report_id=begun.reports["report_id"] + "-far")], ignore_index=True
    )
    moved = far.geometry.translate(60, 40).where(far["report_id"].str.endswith("-far"), far.geometry)
    far = far.set_geometry(gpd.GeoSeries(moved, crs=4326))
    far = far.assign(longitude=far.geometry.x, latitude=far.geometry.y, row=range(1, len(far) + 1))
    wide = assess(far)
    assert wide.contamination is None
    with pytest.raises(InputError, match="no map of contamination to update"):
        wide.update_contamination(EXERCISE / "surveys_round_1.geojson")
    assert len(wide.rank_areas().plan_survey(teams=1, hours=20, sweep_rate_m2_per_h=5000).plan.tasks)


def test_every_layer_can_be_viewed_and_the_whole_with_them(searched, planned):
    for result, names in ((planned, planned.layers), (searched, ("zone_updates", "strike_updates", "surveys"))):
        for name in names:
            view = result.show(name)
            assert view.layer == name
            assert "not the result of a survey" in repr(view)
            assert ("<iframe" in view._repr_html_()) == (name != "zone_parts")
    assert "Expected finds" in planned._repr_html_()


def test_own_columns_and_the_first_zones_only(planned):
    asked = planned.priorities["zone_id"].tolist()[-3:]
    own = pd.DataFrame({"zone_id": asked, "local_request": ["yes", "yes", "no"]})
    ranked = planned.rank_areas(own=own)
    assert "local_request" in ranked.priorities.set_index("zone_id").loc["Z-AH-002", "criteria_unknown"].split("|")
    before, after = (result.priorities.set_index("zone_id")["score_expected"] for result in (planned, ranked))
    assert after[asked[0]] - after[asked[2]] > before[asked[0]] - before[asked[2]]
    first = ranked.plan_survey(teams=1, hours=30, sweep_rate_m2_per_h=5000, top=2)
    assert set(first.plan.tasks["zone_id"]) <= set(ranked.priorities["zone_id"].head(2))
    for wrong, said in (
        (own.drop(columns="zone_id"), "no zone_id"),
        (own.assign(zone_id="Z-NO"), "one twice"),
        (own.assign(zone_id=["Z-NO", "Z-1", "Z-2"]), "name 3 zones that are not there"),
        (own.assign(uxo_low=1), "repeat uxo_low"),
    ):
        with pytest.raises(InputError, match=said):
            planned.rank_areas(own=wrong)
    with pytest.raises(InputError, match="no order to take the first 2"):
        planned.measure_exposure(roads=AROUND["roads"]).plan_survey(teams=1, hours=30, sweep_rate_m2_per_h=5000, top=2)


def test_an_assessment_goes_whole_into_maps_sheets_and_files(planned, tmp_path):
    assert "Tasks of the plan" in web_map_html(make_web_map(planned))
    assert [round(float(side) * 25.4) for side in make_map_sheet(planned).get_size_inches()] == [297, 210]
    names = {path.name for path in write_layers(planned, tmp_path / "out", formats=("qgz", "csv"))}
    assert {"assessment.qgz", "assessment.gpkg", "contamination.tif", "tasks.csv", "zone_parts.csv"} <= names
    for take in (make_web_map, make_map_sheet, lambda wrong: write_layers(wrong, tmp_path)):
        with pytest.raises(InputError, match=r"Invalid layers \(str\). Must be an assessment"):
            take("zones.gpkg")
