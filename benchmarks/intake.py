"""
Time the reading of a large table of reports beside pandas.read_csv alone, in one run.

    python benchmarks/intake.py [ROWS]

Either way runs in a process of its own, so that its peak memory can be told. Reading and matching come after one
another in one process, as `assess` does it. Ratios are seconds over those of pandas.read_csv.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

#: Words of reports, as they come.
MUNITIONS = (
    "9M55K Smerch cluster munition rocket",
    "220mm Uragan rocket (cluster)",
    "Grad",
    "cluster munition",
    "касетний боєприпас",
    "artillery shelling",
    "M26 rocket",
    "unknown",
    "реактивна система Ураган",
    "aerial bomb FAB-500",
)
COUNTS = ("1", "2", "at least 8", "several", "2-4", "", "unknown", "up to 6", "1 (motor section shown)", "dozens")
PLACES = ("Pisky", "near Oleksandrivka", "Novi Sanzhary", "outskirts of Lyman", "Stepove", "village of Kamianka")


def write_reports(path: Path, rows: int, precisions: tuple[int, ...] = (100, 500, 1000, 5000, 25000)) -> None:
    """Invent a table of reports with 18 columns."""
    rng = np.random.default_rng(5)
    days = np.datetime64("2022-02-24") + rng.integers(0, 900, rows).astype("timedelta64[D]")
    numbers = np.arange(rows)
    table = {
        "report_id": [f"HL-{number:07d}" for number in numbers],
        "event_date": days.astype(str),
        "latitude": np.round(rng.uniform(46, 51, rows), 5),
        "longitude": np.round(rng.uniform(30, 39, rows), 5),
        "precision_m": rng.choice(precisions, rows),
        "location": rng.choice(PLACES, rows),
        "raion": rng.choice([f"raion {number}" for number in range(60)], rows),
        "oblast": rng.choice([f"oblast {number}" for number in range(12)], rows),
        "country": "Ukraine",
        "munition": [
            f"{MUNITIONS[one]}{' ' + str(two) if two < 20 else ''}" for one, two in rng.integers(0, [10, 40], (rows, 2))
        ],
        "rounds": rng.choice(COUNTS, rows),
        "evidence": rng.choice(["delivered", "explosions", "remnants", ""], rows),
        "source": rng.choice([f"office {number}" for number in range(30)], rows),
        "source_url": [f"https://reports.example/{number}" for number in numbers],
        "recorded_by": rng.choice(["team A", "team B", "team C"], rows),
        "follow_up": rng.choice(["yes", "no", ""], rows),
        "land_use": rng.choice(["cropland", "pasture", "settlement", "forest"], rows),
        "remarks": [
            f"caller {number % 977} heard several loud bangs, then smoke over the field; see sheet {number % 31}"
            for number in numbers
        ],
    }
    pd.DataFrame(table).to_csv(path, index=False)


def measure(path: str, step: str) -> dict[str, float]:
    """Run one step and tell its seconds and the peak memory of the process, in GB."""
    seconds = {}
    if step == "pandas":
        start = time.perf_counter()
        pd.read_csv(path)
        seconds["pandas.read_csv"] = time.perf_counter() - start
    else:
        from uxomap import find_strikes, read_reports  # noqa: PLC0415 - not in the process of pandas

        start = time.perf_counter()
        reports = read_reports(path)
        seconds["read_reports"] = time.perf_counter() - start
        start = time.perf_counter()
        strikes = find_strikes(reports, link=False)
        seconds["find_strikes"] = time.perf_counter() - start
        seconds["rows"], seconds["strikes"] = len(reports), len(strikes)
        seconds["peak_matched_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        start = time.perf_counter()
        find_strikes(reports)
        seconds["linked"] = time.perf_counter() - start
    return seconds | {"peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


def main() -> None:
    """Write a table, read it both ways, and print what that took."""
    if len(sys.argv) > 2:
        sys.stdout.write(json.dumps(measure(*sys.argv[1:3])))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reports.csv"
        write_reports(path, rows)
        sys.stdout.write(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB\n")
        told = {}
        for step in ("pandas", "uxomap"):
            command = [sys.executable, __file__, str(path), step]
            told[step] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603 - ourselves
    base, ours = told["pandas"]["pandas.read_csv"], told["uxomap"]
    together = ours["read_reports"] + ours["find_strikes"]
    for name, seconds in (
        ("pandas.read_csv", base),
        ("read_reports", ours["read_reports"]),
        ("find_strikes, not linked", ours["find_strikes"]),
        ("read, checked and matched", together),
        ("find_strikes, 30 sources", ours["linked"]),
    ):
        sys.stdout.write(f"{name:<28}{seconds:8.1f} s   {seconds / base:6.1f} x\n")
    sys.stdout.write(f"peak memory: pandas {told['pandas']['peak_gb']:.2f} GB, ")
    sys.stdout.write(f"matched {ours['peak_matched_gb']:.2f} GB, linked {ours['peak_gb']:.2f} GB\n")
    sys.stdout.write(f"{ours['rows']:,.0f} rows accounted for, {ours['strikes']:,.0f} strikes\n")


if __name__ == "__main__":
    main()
