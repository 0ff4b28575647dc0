"""Tell whether a built wheel holds the package and its data, and nothing else. Run by .ci/run: check_wheel.py WHEEL."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def expected_files() -> set[str]:
    """Files of the package and the samples that git tracks, as they are named in a wheel."""
    listed = subprocess.run(
        ["git", "ls-files", "uxomap", "sample_data"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    return {f"uxomap/{name}" if name.startswith("sample_data/") else name for name in listed}


def compare(wheel: Path) -> list[str]:
    """Faults of a wheel, in words."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = expected_files()
    faults = [f"missing from the wheel: {name}" for name in sorted(expected - names)]
    return faults + [f"does not belong in the wheel: {name}" for name in sorted(names - expected)]


if __name__ == "__main__":
    found = compare(Path(sys.argv[1]))
    sys.stdout.write("\n".join(found) + "\n" if found else "the wheel is complete\n")
    raise SystemExit(1 if found else 0)
