import datetime as dt
import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from make_layers import FILES

import uxomap
from uxomap import wording
from uxomap.assessment import STEPS, check_reports
from uxomap.errors import InputError, OutputError
from uxomap.export import file_sha256


@pytest.fixture(scope="module")
def assessment():
    return uxomap.assess(uxomap.sample_data())


@pytest.fixture(scope="module")
def written(assessment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("result")
    assessment.write(folder)
    return folder


def test_every_row_of_the_sample_is_accounted_for(assessment):
    assert assessment.intake["row"].tolist() == list(range(1, 125))
    assert assessment.intake["status"].isin(["accepted", "assumed", "rejected"]).all()
    said = assessment.intake["reason"] != ""
    assert said.equals(assessment.intake["status"] != "accepted")


def test_counts_add_up_in_every_output(assessment, written):
    counts = json.loads((written / "summary.json").read_text(encoding="utf-8"))["counts"]
    assert counts["rows"] == 124 == counts["accepted"] + counts["assumed"] + counts["rejected"]
    assert counts["strikes"] == counts["strikes_on_the_map"] + counts["strikes_unlocated"]
    assert len(pd.read_csv(written / "intake.csv")) == counts["rows"]
    assert len(pd.read_csv(written / "unlocated.csv")) == counts["strikes_unlocated"]
    for name, size in (("strikes", "strikes"), ("hazard_areas", "strikes_on_the_map"), ("zones", "zones")):
        assert len(gpd.read_file(written / f"{name}.geojson")) == counts[size]
        assert len(gpd.read_file(written / "assessment.gpkg", layer=name)) == counts[size]
    assert int(assessment.zones["n_strikes"].sum()) == counts["strikes_on_the_map"]


def test_expected_items_add_up_and_intervals_do_not(assessment):
    totals = assessment.totals()
    mapped, hidden, together = (totals.loc[name] for name in ("on the map", "unlocated", "together"))
    assert together["uxo_expected"] == pytest.approx(mapped["uxo_expected"] + hidden["uxo_expected"])
    assert mapped["uxo_expected"] == pytest.approx(assessment.zones["uxo_expected"].sum())
    assert together["uxo_low"] > mapped["uxo_low"] + hidden["uxo_low"]
    assert together["uxo_high"] < mapped["uxo_high"] + hidden["uxo_high"]
    assert together["n_strikes"] == 124


def test_all_files_are_there_and_name_themselves(written):
    assert sorted(path.name for path in written.iterdir()) == FILES


def test_every_layer_and_page_carries_the_notice(assessment, written):
    for name, layer in assessment.layers.items():
        if name != "strikes":
            assert (layer["notice"] == wording.NOTICE).all()
    assert wording.NOTICE in (written / "map.html").read_text(encoding="utf-8")
    assert json.loads((written / "summary.json").read_text(encoding="utf-8"))["notice"] == wording.NOTICE


def test_the_same_input_gives_the_same_bytes(written, tmp_path):
    uxomap.assess(uxomap.sample_data()).write(tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes(), name


def test_the_order_of_rows_only_orders_the_rows(assessment):
    table = pd.read_csv(uxomap.sample_data(), dtype=str, keep_default_na=False)
    shuffled = uxomap.assess(table.sample(frac=1, random_state=4))
    columns = ["zone_id", "strike_ids", "uxo_low", "uxo_expected", "uxo_high"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(shuffled.zones[columns]), pd.DataFrame(assessment.zones[columns]), rtol=1e-9
    )


def test_no_output_names_a_path_of_this_computer(written):
    for name in ("summary.json", "zones.geojson", "intake.csv", "map.html"):
        assert str(Path(uxomap.__file__).parents[1]) not in (written / name).read_text(encoding="utf-8")


def test_parameters_reach_the_layers_and_the_summary():
    careful = uxomap.assess(uxomap.sample_data(), containment=0.99, fadeout_m=100.0, max_precision_m=1500.0)
    assert (careful.hazard_areas["containment"] == 0.99).all()
    assert careful.summary()["parameters"] == {"containment": 0.99, "fadeout_m": 100.0, "max_precision_m": 1500.0}
    assert len(careful.hazard_areas) + len(careful.unlocated) == 124


def test_progress_names_every_step():
    steps = []
    uxomap.assess(uxomap.sample_data(), progress=steps.append)
    assert steps == list(STEPS)


def test_a_notebook_shows_the_map_the_totals_and_the_notice(assessment):
    page = assessment._repr_html_()
    assert "<iframe" in page
    assert "best estimate" in page
    assert wording.NOTICE in page
    assert "best estimate" in repr(assessment)
    assert wording.NOTICE in repr(assessment)


@pytest.mark.parametrize("layer", ["strikes", "hazard_areas", "zones", "unlocated"])
def test_every_layer_shows_itself(assessment, layer):
    page = assessment.show(layer)._repr_html_()
    assert wording.NOTICE in page
    assert "<table" in page


def test_an_unknown_layer_is_refused(assessment):
    with pytest.raises(InputError, match=r"Unknown layer 'villages'. Must be one of: strikes, hazard_areas, zones"):
        assessment.show("villages")


def test_the_say_is_careful(assessment):
    text = " ".join(assessment.summary_lines())
    assert "124 rows read" in text
    assert "locate them first" in text
    assert "nobody reported" in text


def test_one_is_said_in_the_singular_and_few_items_are_never_none():
    table = pd.DataFrame({"latitude": [48.71234], "longitude": [37.61234], "munition": "152mm shell"})
    found = uxomap.assess(table.assign(date="2023-05-04", precision_m=200, rounds=1))
    first, second, *_, rows, _ = found.summary_lines()
    assert first.endswith("from 1 reported strike.")
    assert second.startswith("1 strike on the map in 1 zone (")
    assert rows.startswith("1 row read:")
    search = found.zones[["geometry"]].assign(
        geometry=[found.zones.geometry[0].envelope], survey_id="Q", date="2024-01-01"
    )
    searched = found.update_contamination(search.assign(detection_probability=0.99, items_found=0))
    told = searched.surveys.summary_lines()[1]
    assert re.search(r"still there: fewer than 0\.\d+1? \(best estimate 0\.\d+\)\.$", told), told


def test_where_no_row_can_be_used_the_reasons_are_said():
    table = pd.DataFrame({"latitude": ["95.5", "0"], "longitude": ["10.5", "0"], "munition": "M26"})
    with pytest.raises(InputError, match=r"None of the 2 rows can be used: .*95.5"):
        uxomap.assess(table)


def test_strikes_that_all_lack_a_place_still_make_a_result(tmp_path):
    table = pd.DataFrame(
        {
            "latitude": ["", ""],
            "longitude": ["", ""],
            "place": ["Village A", "Village B"],
            "munition": ["M26", "cluster"],
        }
    )
    result = uxomap.assess(table)
    assert len(result.zones) == 0
    assert len(result.unlocated) == 2
    assert result.totals().loc["together", "uxo_expected"] > 10
    result.write(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES


def test_a_failed_write_leaves_the_earlier_result_whole(assessment, tmp_path, monkeypatch):
    assessment.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("uxomap.assessment._write.write_json", fail)
    with pytest.raises(OutputError, match="the disk is full"):
        assessment.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_rows_become_assumed_as_soon_as_their_strike_is():
    table = pd.DataFrame(
        {
            "id": ["a", "b"],
            "latitude": 48.5012,
            "longitude": 37.5012,
            "precision_m": 500,
            "date": "2022-03-01",
            "munition": ["CBU-87", "CBU-87"],
            "rounds": ["2", ""],
        }
    )
    _, intake = check_reports(uxomap.read_reports(table))
    assert intake["status"].tolist() == ["accepted", "assumed"]
    assert "number of carriers not reported" in intake.loc[1, "reason"]


def test_several_inputs_are_named_and_counted(tmp_path):
    table = pd.read_csv(uxomap.sample_data(), dtype=str, keep_default_na=False)
    table.iloc[:10].to_csv(tmp_path / "first.csv", index=False)
    result = uxomap.assess([tmp_path / "first.csv", table.iloc[10:15]])
    assert [source["name"] for source in result.inputs] == ["first.csv", "DataFrame"]
    assert len(result.intake) == 15


def test_only_what_an_earlier_result_wrote_is_taken_away(assessment, tmp_path):
    for name in ("surveys.geojson", "tasks.csv", "exposure.csv"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "finds.geojson").mkdir()  # a folder of that name is in nobody's way
    assessment.rank_areas().write(tmp_path)
    (tmp_path / "criteria.csv").write_text("changed by hand since")
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert set(summary["files"]) == {path.name for path in tmp_path.iterdir()} - {
        "summary.json",
        "surveys.geojson",
        "tasks.csv",
        "exposure.csv",
        "finds.geojson",
    }
    assert summary["files"]["map.html"] == file_sha256(tmp_path / "map.html")
    assessment.write(tmp_path)
    assert not (tmp_path / "priorities.geojson").exists()
    assert (tmp_path / "criteria.csv").read_text() == "changed by hand since"
    assert (tmp_path / "tasks.csv").read_text() == (tmp_path / "surveys.geojson").read_text() == "mine"
    assert (tmp_path / "finds.geojson").is_dir()


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "sub/inside.txt", "linked.txt"])
def test_a_summary_cannot_have_other_files_taken_away(assessment, tmp_path, name):
    folder = tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    for path in (tmp_path / "outside.txt", folder / "sub" / "inside.txt"):
        path.write_text("mine")
    (folder / "linked.txt").symlink_to(tmp_path / "outside.txt")
    sha256 = file_sha256(tmp_path / "outside.txt")
    (folder / "summary.json").write_text(json.dumps({"files": {name: sha256}}))
    assessment.write(folder)
    assert (tmp_path / "outside.txt").exists()
    assert (folder / "sub" / "inside.txt").exists()
    assert (folder / "linked.txt").is_symlink()


def test_a_result_is_not_written_over_its_inputs(tmp_path):
    kosovo().head(3).to_csv(tmp_path / "intake.csv", index=False)
    before = (tmp_path / "intake.csv").read_bytes()
    result = uxomap.assess(tmp_path / "intake.csv")
    with pytest.raises(OutputError, match=r"intake.csv is one of the inputs"):
        result.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"intake.csv": before}
    result.write(tmp_path / "out")


def test_label_licence_and_day_stand_in_every_file(assessment, tmp_path):
    stated = {"sensitivity": "partners only", "licence": "CC BY 4.0", "made_on": dt.date(2026, 3, 2)}
    assessment.write(tmp_path, **stated)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [summary[name] for name in stated] == ["partners only", "CC BY 4.0", "2026-03-02"]
    metadata = json.loads((tmp_path / "zones.geojson").read_text(encoding="utf-8"))["metadata"]
    assert metadata["sensitivity"] == "partners only"
    assert metadata["parameters"]["made_on"] == "2026-03-02"
    assert metadata["parameters"]["licence"] == "CC BY 4.0"
    about = gpd.read_file(tmp_path / "assessment.gpkg", layer="about").set_index("fact")["value"]
    assert about[["sensitivity", "parameter made_on"]].tolist() == ["partners only", "2026-03-02"]
    assert "<b>partners only</b>" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_page_and_sheet_say_what_they_were_made_from(written):
    summary = json.loads((written / "summary.json").read_text(encoding="utf-8"))
    page = (written / "map.html").read_text(encoding="utf-8")
    (block,) = re.findall(r'<script type="application/json" id="uxomap-about">(.*?)</script>', page)
    about = json.loads(block)
    assert about["parameters"]["inputs"] == summary["inputs"]
    assert (about["notice"], about["sensitivity"], about["method_version"]) == (wording.NOTICE, "internal", "1.0")
    assert about["parameters"]["versions"] == summary["versions"]
    assert about["parameters"]["licence"] == summary["licence"]
    sheet = (written / "map.pdf").read_bytes()
    for fact in (
        "not the result of a survey",
        "sensitivity: internal",
        summary["inputs"][0]["sha256"],
        "containment: 0.95",
    ):
        assert fact.encode() in sheet, fact


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"sensitivity": "for the public"}, "must not be public"),
        ({"licence": " "}, "Invalid licence ' '"),
        ({"made_on": "2026-03-02"}, "Invalid made_on '2026-03-02'"),
        ({"made_on": pd.Timestamp("2026-03-02")}, "a date without a time"),
    ],
)
def test_what_is_stated_of_a_result_is_checked_before_it_is_written(assessment, tmp_path, stated, words):
    with pytest.raises(InputError, match=words):
        assessment.write(tmp_path / "out", **stated)
    assert not (tmp_path / "out").exists()


def kosovo():
    table = pd.read_csv(uxomap.sample_data(), dtype=str)
    return table[table["country"] == "Kosovo"]


def test_strikes_of_one_region_leave_a_map_of_cells(tmp_path):
    result = uxomap.assess(kosovo(), cell_m=500)
    paths = result.write(tmp_path)
    assert "contamination.tif" in [path.name for path in paths]
    with rasterio.open(tmp_path / "contamination.tif") as file:
        assert file.descriptions[0] == "uxo_expected"
        on_map = np.nansum(file.read(1))
    total = result.totals().loc["on the map", "uxo_expected"]
    assert on_map == pytest.approx(total - result.contamination.attrs["uxo_expected_outside"], rel=1e-5)
    assert result.summary()["contamination"]["cell_m"] == 500


def test_strikes_all_over_the_world_leave_none_and_say_why(assessment, tmp_path):
    assessment.write(tmp_path)
    assert not (tmp_path / "contamination.tif").exists()
    assert "Map distant regions one by one" in assessment.summary()["contamination"]["not_made"]


def test_what_was_understood_stands_in_the_summary(assessment):
    (understood,) = assessment.summary()["understood"]
    assert understood["format"] == "delimited text"
    assert understood["munition"] == "munition_as_reported"
    assert "/" not in understood["source"]


def test_a_table_that_leaves_something_open_can_be_answered():
    table = pd.DataFrame({"lat": [37.568], "lon": [48.731], "date": ["03/04/2022"], "munition": ["M26"]})
    result = uxomap.assess(table, country="Ukraine", repair="swap", dates="month-first", precision_m=300)
    report = result.reports.iloc[0]
    assert (report["latitude"], report["longitude"], report["precision_m"]) == (48.731, 37.568, 300)
    assert report["date_start"] == report["date_end"] == pd.Timestamp("2022-03-04")
