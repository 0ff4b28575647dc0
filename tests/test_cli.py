"""The command line as a user meets it: a process, its exit code, its two streams."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from make_layers import RANKED_FILES

from uxomap import sample_data


def uxomap(*arguments, cwd):
    command = [sys.executable, "-c", "from uxomap.cli import run; run()", *map(str, arguments)]
    environment = os.environ | {"COLUMNS": "200", "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env=environment, encoding="utf-8"
    )


def test_assess_writes_every_file_and_says_where_the_map_is(tmp_path):
    done = uxomap("assess", sample_data(), "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(RANKED_FILES)
    assert "124 rows read" in done.stdout
    assert str(Path("out") / "map.html") in done.stdout
    assert "drawing hazard areas" in done.stderr
    assert len(pd.read_csv(tmp_path / "out" / "intake.csv")) == 124


def test_demo_runs_the_sample_quietly(tmp_path):
    done = uxomap("demo", "--quiet", "-o", "here", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in (tmp_path / "here").iterdir()} == set(RANKED_FILES)


def test_check_prints_the_account_and_writes_it_on_request(tmp_path):
    done = uxomap("check", sample_data(), "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in (
        "124 rows",
        "accepted",
        "assumed",
        "rejected",
        "munition_as_reported",
        "number of carriers not reported",
    ):
        assert words in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"intake.csv"}


def test_munitions_lists_shows_and_matches(tmp_path):
    listed = uxomap("munitions", cwd=tmp_path)
    assert listed.returncode == 0
    assert "84 munitions" in listed.stdout
    shown = uxomap("munitions", "bl755", cwd=tmp_path)
    assert "147 items a carrier" in shown.stdout
    assert "11 to 12 %" in shown.stdout
    assert "up to 30 %" in shown.stdout
    matched = uxomap("munitions", "Ураган касетний", cwd=tmp_path)
    assert "9m27k: 9M27K" in matched.stdout
    # Every estimate leaves with its source.
    assert shown.stdout.count("http") == 0
    assert "UK House of Commons" in shown.stdout


def test_the_catalogue_can_be_taken_away_as_csv(tmp_path):
    done = uxomap("munitions", "-o", "catalogue", cwd=tmp_path)
    assert done.returncode == 0
    assert len(pd.read_csv(tmp_path / "catalogue" / "munitions.csv")) == 84
    assert len(pd.read_csv(tmp_path / "catalogue" / "estimates.csv")) == 153


def test_help_and_version_read_well(tmp_path):
    for arguments in (
        ["--help"],
        ["assess", "--help"],
        ["check", "--help"],
        ["munitions", "--help"],
        ["demo", "--help"],
    ):
        done = uxomap(*arguments, cwd=tmp_path)
        assert done.returncode == 0
        assert "Usage" in done.stdout
    assert re.fullmatch(r"uxomap \d+\.\d+\.\d+ \(method \d+\.\d+\)\n", uxomap("--version", cwd=tmp_path).stdout)


def make_bad(tmp_path, kind):
    path = tmp_path / "reports.csv"
    match kind:
        case "missing":
            return tmp_path / "nowhere.csv"
        case "empty":
            path.write_bytes(b"")
        case "folder":
            (tmp_path / "folder").mkdir()
            return tmp_path / "folder"
        case "no coordinates":
            path.write_text("name,date\nA,2022-01-01\n", encoding="utf-8")
        case "no table":
            path.write_bytes(bytes(range(256)) * 40)
        case "picture":
            path = tmp_path / "reports.png"
            path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
        case "header only":
            path.write_text("latitude,longitude,munition\n", encoding="utf-8")
        case "no usable row":
            path.write_text("latitude,longitude,munition\n95,200,M26\n0,0,M26\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "nowhere.csv"),
        ("empty", "empty"),
        ("folder", "folder"),
        ("no coordinates", "coordinates"),
        ("no table", "table"),
        ("picture", "table"),
        ("header only", "row"),
        ("no usable row", "None of the 2 rows can be used"),
    ],
)
@pytest.mark.parametrize("command", ["assess", "check"])
def test_bad_input_gets_one_line_and_leaves_nothing(tmp_path, kind, words, command):
    path = make_bad(tmp_path, kind)
    done = uxomap(command, path, "--quiet", "-o", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("uxomap: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    if command == "assess":
        assert not (tmp_path / "out").exists()


def test_bad_input_leaves_an_earlier_result_whole(tmp_path):
    assert uxomap("demo", "-q", "-o", "out", cwd=tmp_path).returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    done = uxomap("assess", make_bad(tmp_path, "no usable row"), "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["assess", "{sample}"], "--out"),
        (["assess", "{sample}", "-o", "{file}"], "it is a file, not a folder"),
        (["assess", "{sample}", "-o", "{file}/deep"], "part of that path is a file"),
        (["assess", "{sample}", "-o", "out", "--containment", "95"], "Write 95 % as 0.95"),
        (["assess", "{sample}", "-o", "out", "--fadeout", "-3"], "Invalid fadeout_m -3"),
        (["assess", "{sample}", "-o", "out", "--column", "latitude"], "Must be ROLE=NAME"),
        (["assess", "{sample}", "-o", "out", "--column", "latitude=nope"], "nope"),
        (["assess", "{sample}", "-o", "out", "--column", "height=place"], "height"),
        (["assess", "{sample}", "-o", "out", "--crs", "EPSG:0"], "EPSG:0"),
        (["assess", "{sample}", "-o", "out", "--population-unit", "people"], "given without --population"),
        (["assess", "{sample}", "-o", "out", "--finds", "{file}"], "given without --surveys"),
        (["assess", "{sample}", "-o", "out", "--teams", "2"], "given without --hours"),
        (["assess", "{sample}", "-o", ""], "No folder or file is named"),
        (["assess", "{sample}", "-o", "out", "--sensitivity", "TLP:CLEAR"], "must not be public"),
        (["assess", "{sample}", "-o", "out", "--made-on", "2026-02-30"], "Must be a day as YYYY-MM-DD, or today"),
        (["munitions", "qqqqqq"], "No munition is like 'qqqqqq'"),
        (["fly"], "fly"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_to_do(tmp_path, arguments, words):
    file = tmp_path / "a.txt"
    file.write_text("mine", encoding="utf-8")
    given = [argument.format(sample=sample_data(), file=file) for argument in arguments]
    done = uxomap(*given, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    assert file.read_text(encoding="utf-8") == "mine"


def test_no_input_is_written_over_and_no_file_of_the_user_taken_away(tmp_path):
    lines = Path(sample_data()).read_text(encoding="utf-8").splitlines(keepends=True)[:4]
    mine = {name: "".join(lines) for name in ("reports.csv", "intake.csv", "tasks.csv")}
    mine |= dict.fromkeys(("surveys.geojson", "finds.geojson"), "{}")
    for name, text in mine.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "linked.csv").symlink_to(tmp_path / "intake.csv")
    for arguments in (
        ["assess", "intake.csv", "-o", "."],
        ["assess", "elsewhere/linked.csv", "-o", "."],
        ["check", "intake.csv", "-o", "."],
        ["assess", "reports.csv", "-o", ".", "--surveys", "surveys.geojson"],
        ["assess", "reports.csv", "-o", ".", "--surveys", "other.geojson", "--finds", "finds.geojson"],
    ):
        done = uxomap(*arguments, "-q", cwd=tmp_path)
        assert done.returncode == 2, arguments
        assert re.fullmatch(
            r"uxomap: \S+ is one of the inputs, and the result would be written over it\..*\n", done.stderr
        )
    assert uxomap("assess", "reports.csv", "-o", ".", "-q", cwd=tmp_path).returncode == 0
    kept = {name: (tmp_path / name).read_text(encoding="utf-8") for name in mine if name != "intake.csv"}
    assert kept == {name: text for name, text in mine.items() if name != "intake.csv"}


def test_label_licence_and_day_can_be_given(tmp_path):
    said = ["--sensitivity", "partners only", "--licence", "CC BY 4.0", "--made-on", "2026-03-02"]
    done = uxomap("assess", sample_data(), "-o", "out", "-q", *said, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    stated = [summary[name] for name in ("sensitivity", "licence", "made_on")]
    assert stated == ["partners only", "CC BY 4.0", "2026-03-02"]


def test_a_row_that_cannot_be_used_is_named_and_the_run_goes_on(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text(
        "id,latitude,longitude,place,date,munition,rounds\n"
        "a,48.5012,37.5012,X,2022-03-01,CBU-87,2\n"
        "b,95.1234,37.5012,Y,2022-03-01,CBU-87,2\n"
        "c,0,0,Z,2022-03-01,CBU-87,2\n",
        encoding="utf-8",
    )
    done = uxomap("assess", path, "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    intake = pd.read_csv(tmp_path / "out" / "intake.csv", keep_default_na=False)
    assert intake["row"].tolist() == [1, 2, 3]
    assert intake["status"].tolist()[1:] == ["rejected", "rejected"]
    assert "95.1234" in intake.loc[1, "reason"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["counts"]["rejected"] == 2


def test_check_names_each_sheet_of_a_spreadsheet(tmp_path):
    book = Path(__file__).parents[1] / "sample_data" / "messy" / "hotline.xlsx"
    ran = uxomap("check", book, cwd=tmp_path)
    assert ran.returncode == 0
    assert ran.stdout.index("hotline.xlsx: Calls 2024") < ran.stdout.index("hotline.xlsx: ", ran.stdout.index("Calls"))


def test_what_a_table_leaves_open_can_be_said_on_the_command_line(tmp_path):
    table = Path(__file__).parents[1] / "sample_data" / "messy" / "operator_sk42.csv"
    refused = uxomap("check", table, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.rstrip().endswith("Here, write it as --column ROLE=NAME.")
    said = ["--column", "northing=X", "--column", "easting=Y", "--crs", "SK-42 zone 10", "--repair", "swap"]
    ran = uxomap("check", table, *said, "--precision", "300", "-o", "out", cwd=tmp_path)
    assert ran.returncode == 0
    intake = pd.read_csv(tmp_path / "out" / "intake.csv")
    assert intake["status"].ne("rejected").all()
    assert intake["latitude"].between(39, 40).all()
