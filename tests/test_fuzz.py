"""Files as they arrive, damaged in their bytes and in their cells: read or refused, and no row lost or moved."""

import contextlib
import csv
import io
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from uxomap import read_reports
from uxomap.errors import UxomapError
from uxomap.reports import PersonalColumnsWarning

Rows = list[list[str]]
DAYS = ("2022-02-24", "2022-03-01", "2022-03-06", "2022-04-09", "2022-05-17", "2022-06-30", "2022-07-04", "2022-08-08")
PLACES = ("Kharkiv", "Izium", "Sloviansk", "Bakhmut", "Lyman", "Siversk", "Vuhledar", "Velyka Novosilka")
CYRILLIC = ("Харків", "Ізюм", "Слов'янськ", "Бахмут", "Лиман", "Сіверськ", "Вугледар", "Велика Новосілка")
WEAPONS = ("9M27K", "9M55K", "Uragan", "Grad", "RBK-500", "cluster munition", "Tochka-U 9N123K", "unknown")
COUNTS = ("2", "at least 3", "several", "1 (motor section shown)", "4-6", "", "12 craters", "40 rockets")
LATITUDES = ("50.0012", "49.2034", "48.8512", "48.5915", "48.9851", "48.8732", "47.7851", "47.8423")
LONGITUDES = ("36.2314", "37.2712", "37.6112", "38.0011", "37.8112", "38.1034", "37.2512", "36.8312")


def days(form: str) -> list[str]:
    return [pd.Timestamp(day).strftime(form) for day in DAYS]


def columns(**cells) -> tuple[list[str], Rows]:
    """Header and rows of named columns; the first holds an identifier."""
    filled = [[values] * 8 if isinstance(values, str) else list(values) for values in cells.values()]
    return list(cells), [list(row) for row in zip(*filled, strict=True)]


def delimited(header: list[str], rows: Rows, mark: str, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark).writerows([header, *rows])
    return text.getvalue().encode(encoding, errors="replace")


def workbook(header: list[str], rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for line in [header, *rows]:
        book.active.append([openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in line])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def points(header: list[str], rows: Rows) -> list[tuple[dict[str, str], str, str]]:
    """Attributes, longitude and latitude of every row; the place stays where it is when other cells change."""
    at = [header.index(name) for name in ("lon", "lat")]
    rest = [number for number in range(len(header)) if number not in at]
    return [
        ({header[number]: row[number] for number in rest}, LONGITUDES[index % 8], LATITUDES[index % 8])
        for index, row in enumerate(rows)
    ]


def geojson(header: list[str], rows: Rows) -> bytes:
    features = [
        {"type": "Feature", "properties": told, "geometry": {"type": "Point", "coordinates": [float(x), float(y)]}}
        for told, x, y in points(header, rows)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode(errors="replace")


def kml(header: list[str], rows: Rows) -> bytes:
    marks = []
    for told, x, y in points(header, rows):
        clean = {name: openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell) for name, cell in told.items()}
        data = "".join(f'<Data name="{name}"><value>{escape(cell)}</value></Data>' for name, cell in clean.items())
        place = f"<Point><coordinates>{x},{y},0</coordinates></Point>"
        marks.append(f"<Placemark><ExtendedData>{data}</ExtendedData>{place}</Placemark>")
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f"{head}{''.join(marks)}</Document></kml>".encode(errors="replace")


def geopackage(header: list[str], rows: Rows, path: Path) -> bytes:
    told, x, y = zip(*points(header, rows), strict=True)
    clean = [{name: cell.encode(errors="replace").decode() for name, cell in one.items()} for one in told]
    frame = gpd.GeoDataFrame(
        clean, geometry=gpd.points_from_xy(pd.to_numeric(list(x)), pd.to_numeric(list(y))), crs=4326
    )
    frame.to_file(path, driver="GPKG", engine="pyogrio")
    return path.read_bytes()


def timemap(header: list[str], rows: Rows) -> bytes:
    events = []
    for row in rows:
        event = dict(zip(header, row, strict=True))
        tags = [{"key": "Type of Weapon System", "value": event.pop("weapon")}]
        events.append({**event, "filters": tags, "sources": []})
    return json.dumps(events, ensure_ascii=False).encode(errors="replace")


@dataclass(frozen=True)
class Sample:
    """One kind of file: its cells, how they become bytes, and, of delimited text, how these are counted."""

    suffix: str
    header: list[str]
    rows: Rows
    write: Callable[[list[str], Rows, Path], bytes]
    mark: str = ""
    encoding: str = ""
    extra_lines: int = 0


def text_sample(mark: str, encoding: str, cells: tuple[list[str], Rows], tags: list[str] | None = None) -> Sample:
    def write(header: list[str], rows: Rows, path: Path) -> bytes:  # noqa: ARG001 - as of other formats
        return delimited(header, [tags, *rows] if tags else rows, mark, encoding)

    return Sample(".csv", *cells, write, mark, encoding, int(bool(tags)))


IDS = [f"r{number}" for number in range(1, 9)]
COMMON = {"lat": LATITUDES, "lon": LONGITUDES, "munition": WEAPONS, "rounds": COUNTS, "precision_m": "1500"}
PLAIN = columns(id=IDS, date=DAYS, place=PLACES, **COMMON)
UKRAINIAN = columns(
    id=IDS, **{"дата": days("%d.%m.%Y"), "населений пункт": CYRILLIC, "широта": LATITUDES, "довгота": LONGITUDES}
)
KOBO = columns(
    _id=IDS,
    start=[f"{day}T23:30:00.000-04:00" for day in DAYS],
    location=[f"{y} {x} 120.5 4.9" for x, y in zip(LONGITUDES, LATITUDES, strict=True)],
    _location_latitude=LATITUDES,
    _location_longitude=LONGITUDES,
    _location_altitude="120.5",
    _location_precision="4.9",
    weapon_type=WEAPONS,
    how_many=COUNTS,
)
ACLED = columns(
    event_id_cnty=[f"UKR{number}" for number in range(101, 109)],
    event_date=days("%d %B %Y"),
    year="2022",
    time_precision="1",
    event_type="Explosions/Remote violence",
    sub_event_type="Shelling/artillery/missile attack",
    country="Ukraine",
    admin1="Donetsk",
    location=PLACES,
    latitude=LATITUDES,
    longitude=LONGITUDES,
    geo_precision=("1", "2", "3", "1", "1", "2", "1", "3"),
    notes=[f"On {day}, cluster rockets hit {place}, at least 2 found" for day, place in zip(DAYS, PLACES, strict=True)],
    fatalities="0",
)
UCDP = columns(
    id=[str(number) for number in range(410_001, 410_009)],
    type_of_violence="1",
    where_prec=("1", "2", "3", "4", "5", "6", "1", "2"),
    where_description=PLACES,
    latitude=LATITUDES,
    longitude=LONGITUDES,
    date_prec="1",
    date_start=[f"{day} 00:00:00.000" for day in DAYS[:4]] + ["3/25/2022", "4/1/2022", "4/2/2022", "4/3/2022"],
    date_end=[f"{day} 00:00:00.000" for day in DAYS[:4]] + ["3/25/2022", "4/1/2022", "4/2/2022", "4/3/2022"],
    best="0",
)
THOR = columns(
    THOR_DATA_VIET_ID=[str(number) for number in range(1, 9)],
    MSNDATE=days("%Y-%m-%d"),
    TGTLATDD_DDD_WGS84=("16.7501", "16.8112", "17.0012", "16.9123", "", "16.5512", "16.6012", "16.7012"),
    TGTLONDDD_DDD_WGS84=("106.7012", "106.6112", "106.5512", "106.4123", "", "106.3312", "106.7012", "106.8012"),
    WEAPONTYPE=("CBU24", "MK 82 GP BOMB (500) LD", "CBU49", "M117", "BLU27", "CBU24", "", "LEAFLET"),
    NUMWEAPONSDELIVERED=("4", "12", "2", "0", "3", "6", "1", "8"),
    WEAPONSJETTISONED="-1",
    MFUNC_DESC_CLASS=("KINETIC", "KINETIC", "NONKINETIC", "KINETIC", "KINETIC", "KINETIC", "KINETIC", "NONKINETIC"),
)
TIMEMAP = columns(
    id=IDS,
    date=days("%m/%d/%Y"),
    latitude=LATITUDES,
    longitude=LONGITUDES,
    location=PLACES,
    description="Rockets seen",
    weapon=WEAPONS,
)
TAGS = ["#event+code", "#date", "#loc+name", "#geo+lat", "#geo+lon", "", "", ""]

SAMPLES = {
    "comma": text_sample(",", "utf-8", PLAIN),
    "semicolon in Cyrillic": text_sample(";", "cp1251", UKRAINIAN),
    "tab in UTF-16": text_sample("\t", "utf-16", PLAIN),
    "KoBo": text_sample(";", "utf-8-sig", KOBO),
    "HXL": text_sample(",", "utf-8", PLAIN, TAGS),
    "ACLED": text_sample(",", "utf-8", ACLED),
    "UCDP": text_sample(",", "cp1252", UCDP),
    "THOR": text_sample(",", "utf-8", THOR),
    "TimeMap": Sample(".json", *TIMEMAP, lambda header, rows, _: timemap(header, rows)),
    "XLSX": Sample(".xlsx", *PLAIN, lambda header, rows, _: workbook(header, rows)),
    "GeoJSON": Sample(".geojson", *PLAIN, lambda header, rows, _: geojson(header, rows)),
    "KML": Sample(".kml", *PLAIN, lambda header, rows, _: kml(header, rows)),
    "GeoPackage": Sample(".gpkg", *PLAIN, geopackage),
}

NASTY = ["", " ", "0", "-1", "1e308", "NaN", "inf", "999999999999999999999", "\u0664\u0668.\u0667", "48\u00b043'52\"N"]
NASTY += ["=1+1", "@x", '"', "'", "a;b,c|d\te", "\ufeff", "\u202e48", "\u0000", "\u200b", "x" * 5000, "unknown", "N/A"]
NASTY += [
    "03/04/2022",
    "2565-01-01",
    "1443",
    "44621",
    "early March 2022",
    "12:30",
    "5 March",
    "2022-13-45",
    "01-Mar-22",
]
NASTY += ["at least 8", "2x500kg", "1.000", "one or two", "0 rockets", "<5", "thousands of mines", "\u00bd", "(" * 50]
NASTY += [
    "POINT (37 48)",
    "37U CP 94698 98542",
    "18S 500000 4000000",
    "48.7 37.5 120 4.5",
    "<b>x</b>",
    "&amp;",
    "{}",
    "[]",
]


def read(path: Path) -> gpd.GeoDataFrame | None:
    """Read a file; None where it is refused as it should be. Anything else fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PersonalColumnsWarning)
        with contextlib.suppress(UxomapError):
            return read_reports(path)
    return None


def check_account(reports: gpd.GeoDataFrame) -> None:
    """Every row has a status and, where it is not accepted, a reason; a rejected one has no place."""
    status = reports["status"].value_counts()
    assert status.reindex(["accepted", "assumed", "rejected"]).sum() == len(reports)
    assert ((reports["reason"] == "") == (reports["status"] == "accepted")).all()
    rejected = reports["status"] == "rejected"
    assert (reports.geometry.is_empty | reports.geometry.isna())[rejected].all()
    assert not (reports["date_start"] > reports["date_end"]).any()
    counts = reports[["rounds_low", "rounds_expected", "rounds_high"]].dropna()
    assert (counts["rounds_low"].between(1, counts["rounds_expected"])).all()
    assert (counts["rounds_expected"] <= counts["rounds_high"]).all()
    if "source_file" not in reports.columns:
        assert reports["row"].tolist() == list(range(1, len(reports) + 1))


def damage_cells(sample: Sample, rng: np.random.Generator) -> Rows:
    """Put nasty texts into some cells, repeat and leave out rows; the identifiers tell them apart."""
    chosen = rng.integers(0, len(sample.rows), int(rng.integers(3, 12)))
    rows = [list(sample.rows[number]) for number in chosen]
    for number, row in enumerate(rows):
        row[0] = f"{row[0]}-{number}"
        while rng.random() < 0.5:
            row[int(rng.integers(1, len(row)))] = NASTY[int(rng.integers(len(NASTY)))]
    return rows


def check_cells(name: str, path: Path, rng: np.random.Generator) -> bool:
    """Damage cells of a sample: every row is there, in its order."""
    sample = SAMPLES[name]
    rows = damage_cells(sample, rng)
    path = path.with_suffix(sample.suffix)
    path.unlink(missing_ok=True)
    path.write_bytes(sample.write(sample.header, rows, path))
    reports = read(path)
    if reports is None:
        return False
    check_account(reports)
    assert reports[f"raw_{sample.header[0]}"].astype(str).tolist() == [row[0] for row in rows]
    return True


def damage_bytes(content: bytes, start: int, rng: np.random.Generator) -> bytes:
    """Flip, insert, delete and repeat bytes and lines behind *start*, or cut the end off."""
    damaged = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(min(start, len(damaged) - 1), len(damaged)))
        length = int(rng.integers(1, 20))
        way = int(rng.integers(7))
        if way == 0:
            damaged[at] ^= 1 << int(rng.integers(8))
        elif way == 1:
            damaged[at] = int(rng.integers(256))
        elif way == 2:
            damaged[at:at] = bytes(rng.integers(0, 256, length, dtype=np.uint8))
        elif way == 3:
            del damaged[at : at + length]
        elif way == 4:
            damaged[at:at] = b'",;\n\r\t'[int(rng.integers(6)) :][:1]
        elif way == 5:
            end = damaged.find(b"\n", at) + 1
            damaged[end:end] = damaged[at:end]
        elif len(damaged) - at < len(damaged) // 2:
            del damaged[at:]
        if len(damaged) <= start + 1:
            return bytes(content)
    return bytes(damaged)


def count_records(content: bytes, sample: Sample) -> int:
    """Count the records of delimited text behind its header, without blank ones at its end."""
    text = content.decode(sample.encoding, errors="replace").replace("\x00", "?")
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=sample.mark))
    # A line of delimiters is a row, if an empty one; a line without any sign at the end of the file is none.
    while records and not records[-1]:
        records.pop()
    return len(records) - 1 - sample.extra_lines


def check_bytes(name: str, path: Path, content: bytes, rng: np.random.Generator) -> bool:
    """Damage bytes of a sample: refused, or every record that is left is there."""
    sample = SAMPLES[name]
    # Damage to the header may make it another table; behind it, the number of records is known.
    head = len(content.split(b"\n")[0]) + 1 if sample.mark and rng.random() < 0.7 else 0
    if head and sample.extra_lines:
        head += len(content.split(b"\n")[1]) + 1
    damaged = damage_bytes(content, head, rng)
    path = path.with_suffix(sample.suffix)
    path.write_bytes(damaged)
    reports = read(path)
    if reports is None:
        return False
    check_account(reports)
    if head and sample.encoding != "utf-16":
        assert len(reports) == count_records(damaged, sample)
    return True


def run_fuzz(name: str, folder: Path, *, inputs: int, seed: int) -> None:
    sample = SAMPLES[name]
    path = folder / "damaged"
    content = sample.write(sample.header, sample.rows, path.with_suffix(sample.suffix))
    path.with_suffix(sample.suffix).write_bytes(content)
    assert len(read(path.with_suffix(sample.suffix))) == len(sample.rows)
    read_by_cells = read_by_bytes = 0
    for number in range(inputs // 2):
        # Each input has a generator of its own, so that a failure can be repeated alone.
        read_by_cells += check_cells(name, path, np.random.default_rng([seed, number, 0]))
        read_by_bytes += check_bytes(name, path, content, np.random.default_rng([seed, number, 1]))
    # A test that is refused everywhere would prove nothing.
    assert read_by_cells > 0.9 * (inputs // 2)
    assert read_by_bytes > 0


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_files_are_read_or_refused(name, tmp_path):
    run_fuzz(name, tmp_path, inputs=24, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_twenty_thousand_damaged_files_are_read_or_refused(name, tmp_path):
    run_fuzz(name, tmp_path, inputs=1540, seed=2)
