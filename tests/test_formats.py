"""Files of every form to the same reports; and those that want more memory, or other files, than is their due."""

import contextlib
import datetime as dt
import io
import json
import stat
import struct
import tracemalloc
import warnings
import zipfile
from xml.sax.saxutils import escape

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uxomap._validation import check_layer
from uxomap.errors import CRSError, InputError, UxomapError
from uxomap.reports import HiddenSheetsWarning, PersonalColumnsWarning, read_reports, understand_table

HEADER = ["ID", "Date", "Place", "Lat", "Lon", "precision_m", "Rounds"]
ROWS = [
    ["a", pd.Timestamp("2022-03-01").to_pydatetime(), "Izium", 49.21234, 37.31234, 3000, 2],
    ["b", pd.Timestamp("2022-04-30 23:59").to_pydatetime(), "Київ & <co>", 50.41234, 30.51234, 3000, 7],
    ["c", None, " x  y", -12.51234, 179.91234, 3000, None],
]
TABLE = [HEADER, *ROWS]


def check_rows(reports):
    """What ROWS become, from whatever file."""
    check_layer(reports, "reports")
    assert len(reports) == 3
    assert reports["report_id"].tolist() == ["a", "b", "c"]
    assert reports["latitude"].tolist() == [49.21234, 50.41234, -12.51234]
    assert reports["longitude"].tolist() == [37.31234, 30.51234, 179.91234]
    assert reports["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2022-03-01", "2022-04-30", np.nan]
    assert reports["rounds_expected"].tolist()[:2] == [2, 7]
    assert reports["location_text"].tolist()[:2] == ["Izium", "Київ & <co>"]
    assert reports["precision_m"].tolist() == [3000] * 3


# Writers of files -----------------------------------------------------------------------------------------------------


def write_xlsx(path, *sheets):
    """A spreadsheet of named sheets; cells as openpyxl writes them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def write_zip(path, parts, compression=zipfile.ZIP_DEFLATED):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as archive:
        warnings.simplefilter("ignore")
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Strikes" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{KIND}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{KIND}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
)


def raw_xlsx(path, rows, *, after="", texts="", start="", packing=zipfile.ZIP_DEFLATED):
    """A spreadsheet whose XML is given as it stands."""
    sheet = f'{start}<worksheet xmlns="x"><sheetData>{rows}</sheetData>{after}</worksheet>'
    parts = {"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS, "xl/worksheets/sheet1.xml": sheet}
    return write_zip(path, {**parts, **({"xl/sharedStrings.xml": texts} if texts else {})}, packing)


def text_row(number, texts):
    cells = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'


def ods_cell(value):
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str) and value.startswith("<table:"):
        return value
    if isinstance(value, dt.datetime):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        return f"<table:table-cell {kind}><text:p>{value:%d.%m.%y}</text:p></table:table-cell>"
    if isinstance(value, (int, float)):
        kind = f'office:value-type="float" office:value="{value}"'
        return f"<table:table-cell {kind}><text:p>{value:.1f}</text:p></table:table-cell>"
    text = escape(value).replace("  ", ' <text:s text:c="1"/>')
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def write_ods(path, *sheets, start="", parts=None):
    """A spreadsheet of named sheets; a cell that begins as XML is taken as it stands."""
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{"gone" if name.startswith("Hidden") else "ta1"}">'
        '<table:table-column table:number-columns-repeated="16384"/>'
        + "".join(
            row if isinstance(row, str) else f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>"
            for row in rows
        )
        + '<table:table-row table:number-rows-repeated="99999"><table:table-cell table:number-columns-repeated="9999"/>'
        + "</table:table-row></table:table>"
        for name, rows in sheets
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{start}<office:document-content xmlns:office="urn:office" '
        'xmlns:table="urn:table" xmlns:text="urn:text" xmlns:style="urn:style" xmlns:draw="urn:draw" '
        'xmlns:calcext="urn:calcext"><office:automatic-styles><style:style style:name="gone">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return write_zip(path, {"mimetype": kind, **(parts or {}), "content.xml": content})


def write_xls(path, rows):
    """A spreadsheet of 1997: records in sectors of 512 bytes."""

    def record(kind, content):
        return struct.pack("<HH", kind, len(content)) + content

    begin = lambda of: record(0x809, struct.pack("<HHHHII", 0x600, of, 0, 1997, 0, 0))  # noqa: E731 - one line twice
    cells = record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                cells += record(0x204, place + struct.pack("<HB", len(value), 1) + text)
            elif value is not None:
                cells += record(0x203, place + struct.pack("<d", value))
    name = b"Strikes"
    globals_ = begin(5)
    sheet_at = len(globals_) + 4 + 8 + len(name) + 4
    globals_ += record(0x85, struct.pack("<IBBBB", sheet_at, 0, 0, len(name), 0) + name) + record(0x0A, b"")
    stream = globals_ + begin(16) + cells + record(0x0A, b"")
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512

    def entry(title, kind, child, start, size):
        raw = f"{title}\0".encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1)
        return head + struct.pack("<iii", -1, -1, child) + bytes(36) + struct.pack("<IIi", start, size, 0)

    chain = [-3, -2, *range(3, count + 2), -2]
    table = struct.pack(f"<{len(chain)}i", *chain).ljust(512, b"\xff")
    assert len(table) == 512
    directory = (entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, -1, 2, len(stream))).ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIiIIiIiI", 0, 1, 1, 0, 4096, -2, 0, -2, 0)
    header += struct.pack("<i", 0) + struct.pack("<i", -1) * 108
    path.write_bytes(header + table + directory + stream)
    return path


def layer(rows=ROWS):
    names = ["report_id", "date", "place", "precision_m", "rounds"]
    columns = {name: [row[at] for row in rows] for name, at in zip(names, [0, 1, 2, 5, 6], strict=True)}
    columns["date"] = [None if day is None else f"{day:%Y-%m-%d}" for day in columns["date"]]
    shapes = [shapely.Point(row[4], row[3]) for row in rows]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


# One table in every form ----------------------------------------------------------------------------------------------


def as_text(rows=TABLE):
    return pd.DataFrame(rows[1:], columns=rows[0]).to_csv(index=False)


def save_shapefile(folder, name="strikes", **how):
    folder.mkdir(exist_ok=True)
    frame = layer().rename(columns={"precision_m": "precision"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.assign(precision=["3000 m"] * 3).to_file(folder / f"{name}.shp", **how)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def make_file(form, folder):
    path = folder / "table.dat"
    if form == "xlsx":
        return write_xlsx(path, ("Strikes", TABLE))
    if form == "ods":
        return write_ods(path, ("Strikes", TABLE))
    if form == "xls":
        days = {row: (day - pd.Timestamp("1899-12-30")).days for row, (_, day, *_) in enumerate(ROWS) if day}
        return write_xls(path, [HEADER, *([*row[:1], days.get(at), *row[2:]] for at, row in enumerate(ROWS))])
    if form in ("gpkg", "geojson", "fgb", "geojsonl"):
        driver = {"fgb": "FlatGeobuf", "geojsonl": "GeoJSONSeq", "gpkg": "GPKG", "geojson": "GeoJSON"}[form]
        saved = folder / f"saved.{form}"
        layer().to_file(saved, driver=driver, **({"SPATIAL_INDEX": "NO"} if form == "fgb" else {}))
        return saved.rename(path)
    if form == "geoparquet":
        layer().to_parquet(path)
    elif form == "parquet":
        pd.DataFrame(ROWS, columns=HEADER).to_parquet(path)
    elif form == "zip":
        write_zip(path, {"folder/table.csv": as_text(), "folder/readme.txt": "What this is\nand why, for all of us\n"})
    elif form == "zipped geojson":
        write_zip(path, {"reports": layer().to_json()})
    elif form == "zipped shapefile":
        files = save_shapefile(folder / "shapes", encoding="utf-8")
        write_zip(path, {f"in/a folder/{name.upper()}": content for name, content in files.items()})
    return path


FORMS = ["xlsx", "ods", "xls", "gpkg", "geojson", "fgb", "geojsonl", "geoparquet", "parquet", "zip", "zipped geojson"]


@pytest.mark.parametrize("form", [*FORMS, "zipped shapefile"])
def test_one_table_in_every_form(tmp_path, form):
    path = make_file(form, tmp_path)
    reports = read_reports(path)
    check_rows(reports)
    assert "source_file" not in reports
    assert set(understand_table(path)["source"]) == {path.name}


def test_a_spreadsheet_keeps_what_was_typed(tmp_path):
    rows = [[*HEADER, "Kind", "When"], ["a", "2022-03", "_x0041_", "48,7", 37.5, 3000.5, "2-4", True, dt.time(12, 30)]]
    for path in (
        write_xlsx(tmp_path / "a.xlsx", ("S", rows)),
        write_ods(tmp_path / "a.ods", ("S", [r[:7] for r in rows])),
    ):
        reports = read_reports(path)
        raw = reports.filter(like="raw_").iloc[0].tolist()
        escaped = "A" if path.suffix == ".xlsx" else "_x0041_"
        assert raw[:7] == ["a", "2022-03", escaped, "48,7", 37.5, 3000.5, "2-4"]
        assert raw[7:] in ([True, dt.time(12, 30)], [])
        assert reports.loc[0, "rounds_high"] == 4


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(str.strip).filter(lambda t: t[:1] != "="),
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 6)),
    st.datetimes(*(pd.Timestamp(day).to_pydatetime() for day in ("1950", "2100"))).map(
        lambda day: day.replace(microsecond=0)
    ),
    st.booleans(),
    st.none(),
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_drawn_cells_are_read_as_openpyxl_reads_them(tmp_path, rows):
    path = write_xlsx(
        tmp_path / "drawn.xlsx", ("S", [["Lat", "Lon", "a", "b", "c"], *([1.5, 2.5, *row] for row in rows)])
    )
    book = openpyxl.load_workbook(path, data_only=True)
    told = [list(row[2:]) for row in book.active.iter_rows(min_row=2, values_only=True)]
    reports = read_reports(path)
    assert len(reports) == len(rows)
    for name, expected in zip("abc", zip(*told, strict=True), strict=True):
        for ours, theirs in zip(reports[f"raw_{name}"], expected, strict=True):
            missing = theirs in (None, "")
            assert pd.isna(ours) if missing else ours == theirs or abs(ours - theirs) < dt.timedelta(seconds=1), name


# Sheets, headers, merged cells ----------------------------------------------------------------------------------------

WRITERS = pytest.mark.parametrize("write", [write_xlsx, write_ods])


@WRITERS
def test_every_sheet_with_places_is_read_and_one_can_be_chosen(tmp_path, write):
    notes = ["Notes", [["How to use", "this"], ["Read", "it"]]]
    sheets = [notes, ["May", [HEADER, ROWS[0]]], ["June", [HEADER, *ROWS[1:]]], ["Empty", []], ["Bare", [HEADER]]]
    path = write(tmp_path / "book", *sheets)
    reports = read_reports(path)
    assert reports["source_file"].tolist() == [f"{path.name}: May", *[f"{path.name}: June"] * 2]
    assert reports["row"].tolist() == [1, 1, 2]
    check_rows(reports.assign(row=[1, 2, 3]))
    assert read_reports(path, sheet="June")["report_id"].tolist() == ["b", "c"]
    assert read_reports(path, sheet=" june ")["report_id"].tolist() == ["b", "c"]
    assert read_reports(path, sheet=2)["report_id"].tolist() == ["a"]
    told = understand_table(path).set_index("item")["understood"]
    assert told["without places, not read"] == "Notes"
    with pytest.raises(InputError, match=r"has no sheet 'July'\. Must be one of: 'Notes', 'May', 'June', 'Empty'"):
        read_reports(path, sheet="July")
    for number in (0, 6, -1, True, 2.0):
        with pytest.raises(InputError, match=r"has no sheet .*; or a number from 1 to 5\."):
            read_reports(path, sheet=number)
    with pytest.raises(InputError, match="Notes has no coordinates in a recognised column"):
        read_reports(path, sheet="Notes")
    with pytest.raises(InputError, match="Empty has a header but no rows"):
        read_reports(path, sheet="Empty")


def test_hidden_sheets_are_read_only_where_they_are_named(tmp_path):
    path = write_xlsx(tmp_path / "book.xlsx", ("Strikes", TABLE), ("Hidden list", [HEADER, ROWS[0]]))
    book = openpyxl.load_workbook(path)
    book["Hidden list"].sheet_state = "hidden"
    book.save(path)
    for hiding in (path, write_ods(tmp_path / "book.ods", ("Strikes", TABLE), ("Hidden list", [HEADER, ROWS[0]]))):
        with pytest.warns(HiddenSheetsWarning, match=r"were not read: Hidden list\. If they hold reports"):
            check_rows(read_reports(hiding))
        told = understand_table(hiding).set_index("item")["understood"]
        assert told["hidden sheets, not read"] == "Hidden list"
        assert len(read_reports(hiding, sheet="Hidden list")) == 1


@WRITERS
def test_titles_above_the_header_are_no_rows(tmp_path, write):
    path = write(tmp_path / "book", ("S", [["Register of strikes"], [], [None, "as of", "May"], *TABLE]))
    reports = read_reports(path)
    check_rows(reports)
    assert reports["row"].tolist() == [1, 2, 3]
    assert understand_table(path).set_index("item").loc["header", "understood"] == "row 4"


@WRITERS
def test_blank_rows_keep_their_number_up_to_the_last_filled_one(tmp_path, write):
    path = write(tmp_path / "book", ("S", [HEADER, ROWS[0], [], [None, None], ROWS[1], [], []]))
    reports = read_reports(path)
    assert reports["report_id"].tolist() == ["a", "row-2", "row-3", "b"]
    assert reports["reason"].tolist()[1:3] == ["empty row"] * 2


MERGED = [
    ["Strikes of 2022", None, None, None, None, None, None],
    HEADER,
    ["a", ROWS[0][1], "Izium", 49.21234, 37.31234, 3000, 2],
    ["b", None, None, 49.22345, 37.32345, 3000, 3],
    ["c", None, None, "see map", None, 3000, 4],
    ["d", ROWS[1][1], "Kyiv", 50.41234, 30.51234, 3000, 5],
]


def merged_xlsx(path):
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(path, ("S", MERGED)).read_bytes()))
    for block in ("A1:G1", "C3:C5", "B3:B4", "D5:E5"):
        book["S"].merge_cells(block)
    book.save(path)
    return path


def merged_ods(path):
    def span(cell, rows, columns):
        said = f' table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}"'
        return cell.replace("<table:table-cell", f"<table:table-cell{said}", 1)

    rows = [[ods_cell(cell) for cell in row] for row in MERGED]
    for row, column, *size in ((0, 0, 1, 7), (2, 2, 3, 1), (2, 1, 2, 1), (4, 3, 1, 2)):
        rows[row][column] = span(rows[row][column], *size)
    for row, column in ((3, 1), (3, 2), (4, 2), (4, 4)):
        rows[row][column] = "<table:covered-table-cell/>"
    return write_ods(path, ("S", rows))


@pytest.mark.parametrize("write", [merged_xlsx, merged_ods])
def test_merged_cells_hold_for_all_of_their_rows_and_that_is_said(tmp_path, write):
    reports = read_reports(write(tmp_path / "merged"))
    assert reports["location_text"].tolist() == ["Izium"] * 3 + ["Kyiv"]
    days = reports["date_start"].dt.strftime("%m-%d")
    assert days.tolist() == ["03-01", "03-01", np.nan, "04-30"]
    assert reports["latitude"].isna().tolist() == [False, False, True, False]
    assert reports["reason"].iloc[[0, 3]].tolist() == ["", ""]
    assert set(reports.loc[1, "reason"].split("; ")) == {"merged cells: 'Date', 'Place' taken from row 1"}
    # A text that is merged over two columns is taken for the first, and is no longitude.
    assert reports.loc[2, "status"] == "rejected"
    assert "'see map'" in reports.loc[2, "reason"]


def test_merged_cells_fill_no_row_that_says_nothing_and_nothing_from_the_header(tmp_path):
    path = write_xlsx(
        tmp_path / "m.xlsx", ("S", [HEADER, ROWS[0], [], [], ROWS[1], [*ROWS[2][:2], None, *ROWS[2][3:]]])
    )
    book = openpyxl.load_workbook(path)
    book["S"].merge_cells("C2:C4")
    book["S"].merge_cells("G1:G2")
    book["S"].merge_cells("C5:C9")
    book.save(path)
    reports = read_reports(path)
    assert len(reports) == 5
    assert reports["location_text"].tolist() == ["Izium", np.nan, np.nan, "Київ & <co>", "Київ & <co>"]
    assert reports["reason"].tolist()[1:3] == ["empty row"] * 2
    assert np.isnan(reports.loc[0, "rounds_expected"])


# Formulas and errors --------------------------------------------------------------------------------------------------

FORMULAS = (
    text_row(1, HEADER)
    + text_row(2, ["a", "2022-03-01", "Izium", "49.21234", "37.31234", "3000"])[:-6]
    + '<c r="G2"><f>1+1</f><v>2</v></c></row>'
    + text_row(3, ["b", "2022-03-01", "Izium", "49.21234", "37.31234", "3000"])[:-6]
    + '<c r="G3"><f>1+1</f><v/></c></row>'
    + text_row(4, ["c", "2022-03-01", "Izium", "49.21234", "37.31234", "3000"])[:-6]
    + '<c r="G4" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    + '<row r="5"><c r="A5" t="str"><f>""</f><v></v></c><c r="G5"><f>2</f></c></row>'
)
ODS_FORMULAS = [
    '<table:table-cell table:formula="a" office:value-type="float" office:value="2"/>',
    '<table:table-cell table:formula="of:=1+1"/>',
    '<table:table-cell table:formula="a" office:value-type="string"><text:p>#DIV/0!</text:p></table:table-cell>',
]


def formulas_ods(path):
    rows = [
        [name, "2022-03-01", "Izium", 49.21234, 37.31234, 3000, cell]
        for name, cell in zip("abc", ODS_FORMULAS, strict=True)
    ]
    return write_ods(path, ("S", [HEADER, *rows, [None] * 6 + ODS_FORMULAS[1:2]]))


@pytest.mark.parametrize("write", [lambda path: raw_xlsx(path, FORMULAS), formulas_ods])
def test_formulas_are_read_by_their_value_and_unknown_without_one(tmp_path, write):
    reports = read_reports(write(tmp_path / "book"))
    assert len(reports) == 4
    assert reports["rounds_expected"].tolist()[0] == 2
    assert reports["rounds_expected"].isna().tolist() == [False, True, True, True]
    assert reports["reason"].tolist()[:3] == [
        "",
        "'Rounds' holds a formula without its value: not known",
        "'Rounds' holds the error #DIV/0!: not known",
    ]


def test_remarks_and_drawings_of_cells_are_not_their_text(tmp_path):
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a remark</text:p></office:annotation>'
        "<text:p>Iz<text:span>i</text:span>um</text:p><draw:frame><text:p>a picture</text:p></draw:frame>"
        "</table:table-cell>"
    )
    path = write_ods(tmp_path / "a.ods", ("S", [HEADER, [*ROWS[0][:2], cell, *ROWS[0][3:]]]))
    assert read_reports(path)["location_text"].tolist() == ["Izium"]
    texts = '<sst><si><r><t>Iz</t></r><r><t>ium</t></r><rPh sb="0" eb="1"><t>sound</t></rPh></si></sst>'
    row = text_row(2, ROWS[0][:1]).replace(
        "</row>", '<c r="C2" t="s"><v>0</v></c><c r="D2"><v>1.5</v></c><c><v>2.5</v></c></row>'
    )
    path = raw_xlsx(tmp_path / "a.xlsx", text_row(1, HEADER) + row, texts=texts)
    assert read_reports(path)[["location_text", "latitude", "longitude"]].to_numpy().tolist() == [["Izium", 1.5, 2.5]]


def test_days_of_both_calendars_of_excel(tmp_path):
    for epoch, number in ((1900, 44621), (1904, 44621 - 1462)):
        path = write_xlsx(tmp_path / f"{epoch}.xlsx", ("S", [["Date", "Lat", "Lon"], [number, 1.5, 2.5]]))
        book = openpyxl.load_workbook(path)
        book.active["A2"].number_format = '[$-409]d\\ mmm\\ yyyy;"-"'
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904 if epoch == 1904 else book.epoch
        book.active["A2"].value = number
        book.save(path)
        assert read_reports(path).loc[0, "date_start"] == pd.Timestamp("2022-03-01")


# Vector files and archives --------------------------------------------------------------------------------------------

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>doc</name>
<Placemark><name>Izium</name><TimeStamp><when>2022-03-01</when></TimeStamp><ExtendedData>
<Data name="report_id"><value>a</value></Data><Data name="rounds"><value>2</value></Data></ExtendedData>
<Point><coordinates>37.31234,49.21234,0</coordinates></Point></Placemark>
<Folder><name>May</name><Placemark><name>Kyiv</name><ExtendedData><Data name="report_id"><value>b</value></Data>
</ExtendedData><Point><coordinates>30.51234,50.41234</coordinates></Point></Placemark>
<Folder><name>Deep</name><Placemark><name>Nowhere</name></Placemark></Folder></Folder>
<Folder><name>Empty</name></Folder></Document></kml>"""


@pytest.mark.parametrize("packed", [False, True])
def test_folders_of_kml_are_layers_and_no_placemark_is_lost(tmp_path, packed):
    path = tmp_path / "reports.dat"
    if packed:
        write_zip(
            path, {"doc.kml": KML, "files/picture.png": b"\x89PNG\r\n\x1a\n" + bytes(99), "__MACOSX/._doc.kml": b"?"}
        )
    else:
        path.write_text(KML, encoding="utf-8")
    reports = read_reports(path)
    check_layer(reports, "reports")
    assert reports["source_file"].str.removeprefix(f"{path.name}: ").tolist() == ["doc", "May", "Deep"]
    assert reports["raw_Name"].tolist() == ["Izium", "Kyiv", "Nowhere"]
    assert reports["report_id"].tolist() == ["a", "b", "row-3"]
    assert reports.loc[0, "date_start"] == pd.Timestamp("2022-03-01")
    assert reports["longitude"].tolist()[:2] == [37.31234, 30.51234]
    assert reports.loc[0, "rounds_expected"] == 2
    assert not [name for name in reports if name in ("raw_tessellate", "raw_visibility", "raw_icon")]
    assert read_reports(path, sheet="May")["report_id"].tolist() == ["b"]
    with pytest.raises(InputError, match=r"has no (layer|file or layer) 'June'\. Must be one of: 'doc', 'May', 'Deep'"):
        read_reports(path, sheet="June")


def test_several_files_of_an_archive_are_all_read(tmp_path):
    shapes = save_shapefile(tmp_path / "shapes")
    parts = {f"north/{name}": content for name, content in shapes.items()}
    parts |= {f"south/{name}": content for name, content in shapes.items()}
    path = write_zip(tmp_path / "all.zip", {**parts, "more.csv": as_text(), "picture.jpg": b"\xff\xd8\xff" + bytes(50)})
    reports = read_reports(path)
    assert len(reports) == 9
    files = ["north/strikes.shp", "south/strikes.shp", "more.csv"]
    assert reports["source_file"].drop_duplicates().tolist() == [f"{path.name}: {name}" for name in files]
    assert reports["latitude"].tolist() == [row[3] for row in ROWS] * 3
    assert len(read_reports(path, sheet="more.csv")) == 3
    assert (
        read_reports(path, sheet=1)["source_file"].isna().all()
        if "source_file" in read_reports(path, sheet=1)
        else True
    )
    assert sorted(tmp_path.iterdir()) == [path, tmp_path / "shapes"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_letters_of_a_shapefile_are_told_by_its_code_page(tmp_path, encoding):
    shapes = save_shapefile(tmp_path / "shapes", encoding=encoding)
    assert "strikes.cpg" in shapes
    reports = read_reports(write_zip(tmp_path / "a.zip", shapes))
    assert reports["location_text"].tolist()[1] == "Київ & <co>"


def test_a_shapefile_without_its_other_files_is_refused(tmp_path):
    shapes = save_shapefile(tmp_path / "shapes")
    for missing in ("dbf", "shx"):
        parts = {name: content for name, content in shapes.items() if not name.endswith(missing)}
        path = write_zip(tmp_path / "a.zip", parts)
        with pytest.raises(
            InputError, match=rf"a\.zip: strikes\.shp has no \.{missing} beside it\. Pack all its files"
        ):
            read_reports(path)


def test_a_shapefile_without_crs_is_refused_unless_plainly_in_degrees(tmp_path):
    shapes = save_shapefile(tmp_path / "shapes")
    bare = {name: content for name, content in shapes.items() if not name.endswith("prj")}
    assert read_reports(write_zip(tmp_path / "a.zip", bare)).loc[0, "latitude"] == 49.21234
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer().to_crs("EPSG:32637").iloc[:1].to_file(tmp_path / "metric.shp")
    (tmp_path / "metric.prj").unlink()
    metric = {path.name: path.read_bytes() for path in tmp_path.glob("metric.*")}
    path = write_zip(tmp_path / "b.zip", metric)
    with pytest.raises(CRSError, match=r"b\.zip: metric\.shp has no CRS, and its coordinates are no degrees"):
        read_reports(path)
    assert read_reports(path, crs="EPSG:32637").loc[0, "latitude"] == pytest.approx(49.21234, abs=1e-5)


def test_layers_of_a_geopackage_can_be_chosen(tmp_path):
    path = tmp_path / "a.gpkg"
    layer().to_file(path, layer="strikes")
    layer().iloc[:1].to_file(path, layer="more")
    assert len(read_reports(path)) == 4
    assert len(read_reports(path, sheet="more")) == len(read_reports(path, sheet=2)) == 1
    with pytest.raises(
        InputError, match=r"has no layer 'none'\. Must be one of: 'strikes', 'more'; or a number from 1"
    ):
        read_reports(path, sheet="none")


def test_coordinates_that_are_said_go_before_the_shapes(tmp_path):
    path = tmp_path / "a.geojson"
    layer().assign(where=["10.12345 N, 20.12345 E"] * 3).to_file(path)
    reports = read_reports(path, columns={"coordinates": "where"})
    assert reports["latitude"].tolist() == [10.12345] * 3
    assert reports["longitude"].tolist() == [20.12345] * 3


@pytest.mark.parametrize(
    ("form", "words"),
    [("csv", "is delimited text, which has no sheets"), ("parquet", "is a Parquet file, which has no sheets")],
)
def test_a_sheet_of_what_has_none_is_refused(tmp_path, form, words):
    path = tmp_path / "a"
    frame = pd.DataFrame(ROWS, columns=HEADER)
    frame.to_csv(path) if form == "csv" else frame.to_parquet(path)
    with pytest.raises(InputError, match=words):
        read_reports(path, sheet="S")
    with pytest.raises(InputError, match="DataFrame is a table in memory, which has no sheets or layers, but sheet=1"):
        read_reports(frame, sheet=1)


def test_several_sources_of_all_forms_are_stacked(tmp_path):
    book, folder = write_xlsx(tmp_path / "a.xlsx", ("S", TABLE)), write_zip(tmp_path / "b.kmz", {"doc.kml": KML})
    frame = pd.DataFrame(ROWS, columns=HEADER)
    reports = read_reports([book, folder, frame, layer(), [str(book)]])
    check_layer(reports, "reports")
    assert len(reports) == 3 + 3 + 3 + 3 + 3


# Refusals -------------------------------------------------------------------------------------------------------------

BOMB = b"0" * 30_000_000
LONG = "x" * 10_000_000
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x SYSTEM "file:///etc/hostname">'


def linked(path):
    part = zipfile.ZipInfo("table.csv")
    part.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "/etc/hostname")
    return path


def protected(path):
    write_zip(path, {"table.csv": as_text()}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


def ole(path, *names):
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(f"{n}\0".encode("utf-16-le") for n in names)
    )
    return path


def cut(path):
    content = write_zip(path, {"table.csv": as_text()}).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def damaged(path):
    content = bytearray(write_zip(path, {"table.csv": as_text()}).read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)
    return path


def long_text(path, size=10_000_000):
    return write_zip(path, {"a.csv": as_text() + f'"{"x" * size}",1,1,1,1,1,1\n'})


def corners(path):
    rows = text_row(1, HEADER) + '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    rows += "".join(
        f'<row r="{n}"><c r="{c}{n}"><v>1</v></c></row>' for n, c in enumerate(["ZZ", "AAA", *["BC"] * 20], 2)
    )
    return raw_xlsx(path, rows)


def repeats(path, rows=1_000_000, columns=10_000):
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" office:value="1"/>'
    return write_ods(
        path, ("S", [HEADER, f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'])
    )


def kml_deep(path):
    path.write_text(f'<kml xmlns="x">{"<Folder>" * 100_000}{"</Folder>" * 100_000}</kml>', encoding="utf-8")
    return path


def text_file(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def commands(path):
    run = {"type": "gdal_streamed_alg", "command_line": "gdal vector read other.gpkg"}
    return text_file(path, json.dumps(run))


REFUSED = {
    "size": (
        lambda p: write_zip(p, {f"{n}.csv": BOMB for n in range(17)}),
        "unpacks to 510 MB, .* times its",
    ),
    "ratio": (
        lambda p: write_zip(p, {"a.csv": BOMB}),
        r"unpacks to 30 MB, [\d,]+ times its size\. Must be at most 500 MB",
    ),
    "xlsx bomb": (lambda p: raw_xlsx(p, " " * 30_000_000), "unpacks to 30 MB"),
    "many files": (lambda p: write_zip(p, {f"{n}": "" for n in range(10_001)}), "holds 10,001 files"),
    "nested": (
        lambda p: write_zip(p, {"a.csv": as_text(), "b.dat": cut(p.with_name("x")).read_bytes()}),
        r"holds another packed file, 'b\.dat'\. Must be tables only\. Unpack it",
    ),
    "up": (
        lambda p: write_zip(p, {"../a.csv": as_text()}),
        r"holds a file whose name leads out of the archive: '\.\./a",
    ),
    "up within": (lambda p: write_zip(p, {"x/../../a.csv": as_text()}), "leads out of the archive"),
    "absolute": (lambda p: write_zip(p, {"/a.csv": as_text()}), "leads out of the archive"),
    "backslash": (lambda p: write_zip(p, {"..\\a.csv": as_text()}), "leads out of the archive"),
    "drive": (lambda p: write_zip(p, {"C:/a.csv": as_text()}), "leads out of the archive"),
    "kmz up": (lambda p: write_zip(p, {"doc.kml": KML, "../../a.png": ""}), "leads out of the archive"),
    "link": (linked, r"holds a link, 'table\.csv'\. Must be files only"),
    "password": (protected, "is protected by a password. Unpack it with the password"),
    "other packing": (lambda p: write_zip(p, {"a.csv": as_text()}, zipfile.ZIP_LZMA), "is packed in an unusual way"),
    "cut": (cut, "is a packed file that cannot be opened: .* It may be incomplete: copy or download it again"),
    "damaged": (damaged, "is a packed file that cannot be opened"),
    "empty zip": (lambda p: write_zip(p, {}), "is an empty packed file, not a table"),
    "no table": (lambda p: write_zip(p, {"a.png": b"\x89PNG\r\n\x1a\n" + bytes(9)}), "there is no table in it"),
    "unknown columns": (lambda p: write_zip(p, {"a.csv": "a,b\n1,2\n"}), "has no coordinates in a recognised column"),
    "docx": (lambda p: write_zip(p, {"word/document.xml": "<a/>"}), "is a text document, not a table"),
    "xlsb": (lambda p: write_zip(p, {"xl/workbook.bin": b"?"}), r"is a binary spreadsheet \(XLSB\), not a table"),
    "no parts": (
        lambda p: write_zip(p, {"xl/workbook.xml": WORKBOOK}),
        "cannot be read as a spreadsheet: the list of its",
    ),
    "no sheet": (
        lambda p: write_zip(p, {"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS}),
        "its sheet 'Strikes' is missing",
    ),
    "no xml": (lambda p: raw_xlsx(p, "<row>"), r"Strikes holds damaged XML \(mismatched tag"),
    "bad cell": (lambda p: raw_xlsx(p, '<row r="1"><c r="ABCD1"><v>1</v></c></row>'), "a cell at 'ABCD1' in sheet"),
    "bad row": (lambda p: raw_xlsx(p, '<row r="99999999"/>'), "a row '99999999' in sheet"),
    "bad text": (lambda p: raw_xlsx(p, '<row r="1"><c t="s"><v>0</v></c></row>'), "a text that is missing in sheet"),
    "bad merge": (
        lambda p: raw_xlsx(p, "", after='<mergeCells><mergeCell ref="A"/></mergeCells>'),
        "merged cells at 'A'",
    ),
    "xlsx entities": (
        lambda p: raw_xlsx(p, "<row><c><v>&b;</v></c></row>", start=ENTITIES),
        "declares a document type or",
    ),
    "xlsx external": (lambda p: raw_xlsx(p, "", start=EXTERNAL), "declares a document type or entities in its XML"),
    "xlsx texts": (lambda p: raw_xlsx(p, "", texts=f"{ENTITIES}<sst><si><t>&b;</t></si></sst>"), "declares a document"),
    "ods entities": (lambda p: write_ods(p, ("S", TABLE), start=ENTITIES), "declares a document type or entities"),
    "kml entities": (lambda p: text_file(p, KML.replace("<kml", f"{ENTITIES}<kml", 1)), "declares a document type"),
    "kml utf-16": (
        lambda p: text_file(p, KML.replace("UTF-8", "UTF-16").replace("<kml", f"{ENTITIES}<kml", 1), "utf-16"),
        "declares a document type",
    ),
    "kmz entities": (
        lambda p: write_zip(p, {"doc.kml": KML.replace("<kml", f"{EXTERNAL}<kml", 1)}),
        r"kmz entities: doc\.kml declares a document type",
    ),
    "kml depth": (kml_deep, "more than 100 elements within each other"),
    "other xml": (lambda p: text_file(p, "<gpx><wpt/></gpx>"), "is a web page or XML, not a table"),
    "gdal": (commands, "holds commands for GDAL, not reports"),
    "vrt": (
        lambda p: text_file(p, "<OGRVRTDataSource><!-- <kml --></OGRVRTDataSource>"),
        "is a web page or XML, not a table",
    ),
    "csv cell": (long_text, r"csv cell: a\.csv: the text that begins in line 5 never ends or is too long"),
    "xlsx cell": (
        lambda p: raw_xlsx(p, text_row(1, HEADER) + text_row(2, ["xyz" * 50_000])),
        "Strikes has a text of more than 131,072 characters in",
    ),
    "xlsx shared": (
        lambda p: raw_xlsx(p, "", texts=f"<sst><si>{'<r><t>0123456789</t></r>' * 14_000}</si></sst>"),
        "has a text of more than 131,072 characters in a cell",
    ),
    "xlsx long": (
        lambda p: raw_xlsx(p, text_row(1, [*HEADER, *map(str, range(2000)), LONG]), packing=zipfile.ZIP_STORED),
        "more than 131,072 characters",
    ),
    "ods cell": (lambda p: write_ods(p, ("S", [HEADER, ["x" * 140_000]])), "more than 131,072 characters in row 2"),
    "kml cell": (
        lambda p: text_file(p, KML.replace("Kyiv", "x" * 140_000)),
        "more than 131,072 characters in a placemark",
    ),
    "json cell": (
        lambda p: text_file(p, layer().assign(note="x" * 140_000).to_json()),
        "more than 131,072 characters in column 'note'",
    ),
    "far cells": (corners, r"more than 25,000,000 cells, or values very far apart\. .* Delete what lies outside"),
    "repeats": (repeats, "more than 25,000,000 cells"),
    "repeats again": (lambda p: repeats(p, rows=2_000_000_000), "something stands there '2000000000' times"),
    "protected xlsx": (lambda p: ole(p, "EncryptedPackage"), "is protected by a password. Open it in a spreadsheet"),
    "protected ods": (
        lambda p: write_ods(p, parts={"META-INF/manifest.xml": "<m><m:encryption-data/></m>"}),
        "is protected by a password",
    ),
    "doc": (lambda p: ole(p, "WordDocument"), "is an old Office file, not a table"),
    "bad xls": (lambda p: ole(p, "Workbook"), "is a damaged old Office file. Save it again as XLSX"),
    "parquet": (lambda p: text_file(p, "PAR1 and nothing more"), "cannot be read as Parquet"),
    "no rows": (lambda p: write_xlsx(p, ("S", [HEADER])), "has a header but no rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_plain_table_is_refused_in_one_line_and_little_memory(tmp_path, case):
    write, words = REFUSED[case]
    path = write(tmp_path / case)
    before = sorted(tmp_path.iterdir())
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=words) as refusal:
            read_reports(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)
    assert peak < 100e6
    assert sorted(tmp_path.iterdir()) == before


def test_a_cell_just_short_enough_is_read(tmp_path):
    text = "x" * 131_072
    row = [*ROWS[0][:2], text, *ROWS[0][3:]]
    for path in (
        raw_xlsx(tmp_path / "a.xlsx", text_row(1, HEADER) + text_row(2, map(str, row))),
        write_ods(tmp_path / "a.ods", ("S", [HEADER, row])),
    ):
        assert read_reports(path)["raw_Place"].tolist() == [text]


def test_a_parquet_file_that_promises_too_much_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"lat": np.full(9_000_000, 1.5), "lon": 2.5, "x": 0}).to_parquet(path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="more than 25,000,000 cells"):
        read_reports(path)


# Halves of letters ----------------------------------------------------------------------------------------------------

HALF = "\ud800"


def test_halves_of_letters_are_replaced_and_said(tmp_path):
    kinds = pd.Categorical.from_codes([0, 1, 1], categories=pd.Index([HALF, "m"], dtype=object))
    columns = {
        "id": [f"{HALF}1", "2", "3"],
        "lat": ["48.12345"] * 3,
        "lon": ["37.12345", f"37.1{HALF}", "37.12345"],
        "place": ["x", "y", f"Iz{HALF}ium"],
        f"no{HALF}te": [[HALF], {HALF: HALF}, HALF],
    }
    table = pd.DataFrame(list(zip(*columns.values(), strict=True)), dtype=object)
    table.columns = pd.Index(list(columns), dtype=object)
    table["munition"] = kinds
    before = table.copy(deep=True)
    reports = read_reports(table, precision_m=3000)
    pd.testing.assert_frame_equal(table, before)
    assert reports["report_id"].tolist() == ["\ufffd1", "2", "3"]
    assert reports["location_text"].tolist() == ["x", "y", "Iz\ufffdium"]
    assert reports["status"].tolist() == ["assumed", "rejected", "assumed"]
    assert "some letters cannot be read" in reports.loc[0, "reason"]
    assert "raw_no\ufffdte" in reports
    reports.drop(columns="geometry").to_csv(tmp_path / "a.csv", encoding="utf-8")
    assert "no\ufffdte" in understand_table(table).set_index("item").loc["not used", "understood"]


def test_halves_of_letters_from_files(tmp_path):
    text = json.dumps({**json.loads(layer().to_json())}).replace(
        '"Izium"', f'"Iz{HALF}ium"'.encode("unicode_escape").decode()
    )
    assert "\\ud800" in text
    reports = read_reports(text_file(tmp_path / "a.geojson", text))
    assert reports["location_text"].str.contains("\ufffd").tolist() == [True, False, False]
    path = raw_xlsx(tmp_path / "a.xlsx", text_row(1, HEADER) + text_row(2, ["a_xD800_", "", "x", "1.5", "2.5"]))
    assert read_reports(path)["report_id"].tolist() == ["a\ufffd"]
    table = write_zip(tmp_path / "b.zip", {"a.csv": as_text()})
    strange = table.rename(tmp_path / "b\udcff.zip")
    assert len(read_reports([strange, strange])) == 6


# Damage ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    made = {form: make_file(form, folder).read_bytes() for form in [*FORMS, "zipped shapefile"]}
    made["kml"] = KML.encode()
    made["kmz"] = write_zip(folder / "kmz", {"doc.kml": KML}, zipfile.ZIP_STORED).read_bytes()
    with zipfile.ZipFile(io.BytesIO(made["xlsx"])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    made["xlsx"] = write_zip(folder / "stored", parts, zipfile.ZIP_STORED).read_bytes()
    return made.__getitem__


CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8)


@pytest.mark.parametrize("form", [*FORMS, "zipped shapefile", "kml", "kmz"])
@given(changes=CHANGES, end=st.integers(0, 200))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_read_or_refused(tmp_path, samples, form, changes, end):
    content = bytearray(samples(form))
    for place, value in changes:
        content[place % len(content)] = value
    path = tmp_path / "damaged"
    path.write_bytes(content[: len(content) - end if end > 190 else None])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PersonalColumnsWarning)
        with contextlib.suppress(UxomapError):
            check_layer(read_reports(path), "reports")


@given(changes=CHANGES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_damaged_sheets_are_read_or_refused(tmp_path, samples, form, changes):
    name = {"xlsx": "xl/worksheets/sheet1.xml", "ods": "content.xml"}[form]
    with zipfile.ZipFile(io.BytesIO(samples(form))) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    content = bytearray(parts[name])
    for place, value in changes:
        content[place % len(content)] = value
    path = write_zip(tmp_path / "damaged", {**parts, name: bytes(content)}, zipfile.ZIP_STORED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PersonalColumnsWarning)
        with contextlib.suppress(UxomapError):
            check_layer(read_reports(path), "reports")
