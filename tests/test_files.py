"""Files arrive whole or not at all."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from uxomap._files import check_folder, stage_file, stage_folder
from uxomap.errors import InputError, OutputError
from uxomap.export import file_sha256, write_json


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
