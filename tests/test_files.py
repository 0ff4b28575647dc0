"""Files arrive whole or not at all."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from draw_layers import draw_layer
from make_layers import make_strikes

from uxomap._files import check_folder, stage_file, stage_folder
from uxomap.contamination import estimate_contamination
from uxomap.errors import InputError, OutputError
from uxomap.export import FORMATS, file_sha256, write_json, write_layers


def contents(folder):
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def write_result(target, files):
    with stage_folder(target) as stage:
        for name, text in files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_text(text)


def write_and_fail(target, fault):
    with stage_folder(target) as stage:
        (stage / "map.html").write_text("half")
        raise fault


def write_and_break(path):
    with stage_file(path) as part:
        part.write_text("half")
        message = "broke"
        raise ValueError(message)


def fail_on_call(monkeypatch, number, fault):
    """Make one call of Path.replace fail, and return the list of the calls."""
    calls = []
    genuine = Path.replace

    def replace(self, target):
        calls.append(Path(target).name)
        if len(calls) == number:
            raise fault
        return genuine(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    return calls


def test_a_new_folder_appears_whole_with_its_missing_parents(tmp_path):
    target = tmp_path / "a" / "b" / "out"
    with stage_folder(target) as stage:
        (stage / "map.html").write_text("new")
        assert not target.exists()
    assert contents(tmp_path) == {"a/b/out/map.html": "new"}


def test_an_earlier_result_is_replaced_and_other_files_are_kept(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_result(tmp_path, {"map.html": "old", "zones.geojson": "old"})
    write_result(tmp_path, {"map.html": "new", "tiles/1.png": "new"})
    assert contents(tmp_path) == {
        "notes.txt": "mine",
        "map.html": "new",
        "zones.geojson": "old",
        "tiles/1.png": "new",
    }


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("fault", [ValueError("stage broke"), KeyboardInterrupt(), OutputError("no"), OSError(5, "x")])
def test_a_fault_while_writing_leaves_everything_as_it_was(tmp_path, exists, fault):
    target = tmp_path / "deep" / "out"
    if exists:
        write_result(target, {"map.html": "old"})
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with pytest.raises((ValueError, KeyboardInterrupt, OutputError)):
        write_and_fail(target, fault)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert contents(tmp_path) == ({"deep/out/map.html": "old"} if exists else {})


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_a_fault_while_moving_puts_back_what_was_already_replaced(tmp_path, monkeypatch, failing):
    old = {"a.txt": "old a", "c.txt": "old c", "z.txt": "kept"}
    write_result(tmp_path, old)
    calls = fail_on_call(monkeypatch, failing, OSError(errno.ENOSPC, "full"))
    with pytest.raises(OutputError, match=r"the disk is full. Make room on it"):
        write_result(tmp_path, {"c.txt": "new", "d/e.txt": "new", "b.txt": "new", "a.txt": "new"})
    assert calls[:failing] == ["a.txt", "b.txt", "c.txt", "e.txt"][:failing]  # in the order of their names
    assert contents(tmp_path) == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "c.txt", "z.txt"]


def test_where_no_second_names_exist_the_earlier_files_are_still_put_back(tmp_path, monkeypatch):
    def no_link(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_link)
    write_result(tmp_path, {"a.txt": "old", "b.txt": "old"})
    fail_on_call(monkeypatch, 2, OSError(errno.EIO, "input/output error"))
    with pytest.raises(OutputError, match=r"input/output error. Give another folder"):
        write_result(tmp_path, {"a.txt": "new", "b.txt": "new"})
    assert contents(tmp_path) == {"a.txt": "old", "b.txt": "old"}


def make_file(folder):
    (folder / "report.txt").write_text("mine")
    return folder / "report.txt"


REFUSED_TARGETS = [
    (make_file, "it is a file, not a folder. Give another folder"),
    (lambda folder: make_file(folder) / "out", "part of that path is a file, not a folder"),
    (lambda folder: make_file(folder) / "deep" / "out", "part of that path is a file, not a folder"),
    (lambda folder: folder / ("x" * 300), "that name is too long"),
]


@pytest.mark.parametrize(("target", "words"), REFUSED_TARGETS)
def test_targets_that_cannot_be_written_get_one_line(tmp_path, target, words):
    path = target(tmp_path)
    with pytest.raises(OutputError, match=words) as caught, stage_folder(path):
        pytest.fail("nothing may be written")
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    with pytest.raises(OutputError, match=words):
        check_folder(path)
    assert set(contents(tmp_path).values()) <= {"mine"}


@pytest.mark.parametrize("name", ["", "new", "new/deep"])
def test_a_folder_is_checked_before_the_work_and_left_as_it_was(tmp_path, name):
    check_folder(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


REFUSED_BY_SYSTEM = [
    (PermissionError(errno.EACCES, "denied"), "permission is denied. Close it where it is open in another program"),
    (OSError(errno.EROFS, "read-only"), "that disk cannot be written to. Give a folder on another disk"),
    (OSError(errno.ENOSPC, "full"), "the disk is full. Make room on it"),
    (OSError(errno.EFBIG, "large"), "a file grows larger than that disk allows. Give a folder on another disk"),
    (OSError("something odd\nand more"), "Cannot write .*out: something odd. Give another folder"),
]


@pytest.mark.parametrize(("fault", "words"), REFUSED_BY_SYSTEM)
def test_faults_of_the_system_are_said_in_plain_words(tmp_path, monkeypatch, fault, words):
    def mkdir(*_, **__):
        raise fault

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(OutputError, match=words), stage_folder(tmp_path / "out"):
        pytest.fail("nothing may be written")


def test_a_fault_of_a_writer_names_the_target_and_not_the_passing_folder(tmp_path):
    with pytest.raises(OutputError, match="does not exist") as caught, stage_folder(tmp_path / "out") as stage:
        write_json({}, stage / "no" / "map.html")
    assert str(caught.value).startswith(f"Cannot write {tmp_path / 'out' / 'no' / 'map.html'}: ")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_kill_leaves_each_file_old_or_new(tmp_path):
    target = tmp_path / "out"
    write_result(target, {f"{number}.txt": "old" * 50_000 for number in range(30)})
    script = (
        "import sys\nfrom pathlib import Path\nfrom uxomap._files import stage_folder\n"
        "while True:\n"
        "    with stage_folder(sys.argv[1]) as stage:\n"
        "        for number in range(30):\n"
        "            (stage / f'{number}.txt').write_text('new' * 50_000)\n"
        "    print('done', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    found = {file.read_text() for file in target.glob("*.txt")}
    assert len(list(target.glob("*.txt"))) == 30
    assert found <= {"old" * 50_000, "new" * 50_000}


def test_one_file_is_replaced_whole_or_stays(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ValueError, match="broke"):
        write_and_break(path)
    assert contents(tmp_path) == {"a.txt": "old"}
    with stage_file(path) as part:
        part.write_text("new")
    assert contents(tmp_path) == {"a.txt": "new"}


def test_one_file_below_a_file_or_in_no_folder_is_refused(tmp_path):
    with pytest.raises(OutputError, match="is a file, not a folder"), stage_file(make_file(tmp_path) / "a.txt") as part:
        part.write_text("new")
    with pytest.raises(OutputError, match=r"does not exist. Make it first"), stage_file(tmp_path / "no" / "a") as part:
        part.write_text("new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="there is a folder of that name"), stage_file(tmp_path / "folder") as part:
        part.write_text("new")


def test_new_files_and_folders_are_as_open_as_any_other(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.txt").write_text("")
    write_result(tmp_path / "out", {"a.txt": ""})
    for name in ("", "a.txt"):
        assert (tmp_path / "out" / name).stat().st_mode == (tmp_path / "plain" / name).stat().st_mode


def test_a_hash_is_that_of_the_bytes_and_a_missing_file_is_refused(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(InputError, match=r"Cannot read .*none.csv: No such file.*Check the path"):
        file_sha256(tmp_path / "none.csv")
    with pytest.raises(InputError, match="Must be a file"):
        file_sha256(tmp_path)


def test_what_says_what_the_others_are_is_moved_in_last(tmp_path, monkeypatch):
    write_result(tmp_path, {"a.txt": "old"})
    calls = fail_on_call(monkeypatch, 99, OSError())
    with stage_folder(tmp_path, last="a.txt") as stage:
        for name in ("a.txt", "b.txt", "z.txt"):
            (stage / name).write_text("new")
    assert calls == ["b.txt", "z.txt", "a.txt"]


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_fault_puts_back_what_was_taken_away_too(tmp_path, monkeypatch, failing):
    old = {"gone.txt": "old", "last.json": "old"}
    write_result(tmp_path, old)
    recorded = {"gone.txt": file_sha256(tmp_path / "gone.txt")}
    fail_on_call(monkeypatch, failing, OSError(errno.EIO, "broken"))
    done = failing == 3  # there are two files to be moved in
    with suppress(OutputError), stage_folder(tmp_path, earlier=recorded, last="last.json") as stage:
        (stage / "last.json").write_text("new")
        (stage / "new.txt").write_text("new")
    assert contents(tmp_path) == ({"last.json": "new", "new.txt": "new"} if done else old)


def test_what_killed_runs_left_is_removed_after_a_day(tmp_path):
    day = 24 * 3600
    ages = {
        ".uxomap-0123456789ab": 2 * day,
        ".uxomap-0123456789ab-earlier": 2 * day,
        ".uxomap-ab12cd34": 2 * day,
        ".uxomap-ba9876543210": day / 2,  # may be at work
        ".uxomap-settings.of.mine": 2 * day,
        "uxomap-0123456789ab": 2 * day,
    }
    for name, age in ages.items():
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "a.txt").write_text("")
        for path in (tmp_path / name / "deep" / "a.txt", tmp_path / name / "deep", tmp_path / name):
            os.utime(path, (time.time() - age,) * 2)
    (tmp_path / ".uxomap-0123456789ab-part.gpkg").write_text("")
    os.utime(tmp_path / ".uxomap-0123456789ab-part.gpkg", (time.time() - 2 * day,) * 2)
    write_result(tmp_path, {"a.txt": "new"})
    left = [".uxomap-ba9876543210", ".uxomap-settings.of.mine", "a.txt", "uxomap-0123456789ab"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


# The files of an assessment, under a kill, on a full disk and on a read-only one -------------------------------------

WRITE_AND_KILL = """
import hashlib, json, os, random, signal, sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from draw_layers import draw_layer
from uxomap.export import write_layers

home, forms = Path(sys.argv[1]), ("geojson", "gpkg", "kmz", "shp", "fgb", "parquet", "xlsx")
versions = [{"zones": draw_layer("zones", 40, location_text=[word] * 40)} for word in ("old", "new")]

def hashes(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.is_file()}

started = time.monotonic()
known = []
for number, layers in enumerate(versions):
    write_layers(layers, home / f"known{number}", formats=forms)
    known.append(hashes(home / f"known{number}"))
once = (time.monotonic() - started) / 2
random.seed(1)
found = []
for kill in range(16):
    fresh = home / f"fresh{kill}"
    child = os.fork()
    if not child:
        while True:
            write_layers(versions[kill % 2], fresh, formats=forms)
            write_layers(versions[1], home / "known0", formats=forms)
            write_layers(versions[0], home / "known0", formats=forms)
    time.sleep(random.uniform(0.2, 2.5) * once)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found.append([hashes(home / "known0"), hashes(fresh) if fresh.exists() else None])
print(json.dumps({"known": known, "found": found}))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_kills_at_random_moments_leave_every_file_old_or_new_and_a_new_folder_whole_or_absent(tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WRITE_AND_KILL, str(tmp_path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    result = json.loads(run.stdout.splitlines()[-1])
    first, second = result["known"]
    assert all(first[name] != second[name] for name in first)
    fresh_seen = set()
    for number, (held, fresh) in enumerate(result["found"]):
        assert set(held) == set(first)
        assert all(held[name] in {first[name], second[name]} for name in held)
        fresh_seen.add(fresh is None)
        assert fresh is None or fresh == result["known"][number % 2]
    assert fresh_seen == {True, False}  # kills came both before and after the folder was there


LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from draw_layers import draw_layer
from uxomap.contamination import estimate_contamination
from uxomap.errors import OutputError
from uxomap.export import write_layers

layers = {"zones": draw_layer("zones", 300)}
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
for form in sys.argv[3:]:
    try:
        write_layers(layers, sys.argv[1], formats=form)
    except OutputError as error:
        print(form, str(error).replace("\\n", "LINE BREAK"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_where_no_file_can_be_finished_every_format_gives_one_line_and_leaves_nothing(tmp_path):
    forms = [form for form in FORMATS if form not in {"tif", "xlsx"}]  # openpyxl collects its sheets elsewhere first
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "out"), str(Path(__file__).parent), *forms],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines] == forms
    assert all(f"Cannot write {tmp_path / 'out'}" in line for line in lines)
    assert all(re.search("Give a folder on another disk|or give another folder", line) for line in lines)
    assert "LINE BREAK" not in run.stdout
    assert ".uxomap-" not in run.stdout
    assert run.stderr == ""
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB that can be made read-only; only the administrator of a machine can mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_gives_one_line_and_keeps_the_earlier_result(small_disk, form):
    (small_disk / "notes.txt").write_text("mine")
    layers = {"zones": draw_layer("zones", 900)}
    if form == "tif":
        layers = {"contamination": estimate_contamination(make_strikes([37.6], [48.7], ["m26"]), cell_m=20)}
    with pytest.raises(OutputError, match=r"Cannot write .*: the disk is full\. Make room on it") as caught:
        write_layers(layers, small_disk, formats=form)
    assert "\n" not in str(caught.value)
    assert ".uxomap-" not in str(caught.value)
    assert contents(small_disk) == {"notes.txt": "mine"}


def test_a_read_only_disk_gives_one_line(small_disk):
    (small_disk / "notes.txt").write_text("mine")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for target in (small_disk, small_disk / "out"):
        with pytest.raises(OutputError, match=r"that disk cannot be written to. Give a folder on another disk"):
            write_layers({"zones": draw_layer("zones")}, target, formats="gpkg")
        with pytest.raises(OutputError, match="that disk cannot be written to"):
            check_folder(target)
    assert contents(small_disk) == {"notes.txt": "mine"}
