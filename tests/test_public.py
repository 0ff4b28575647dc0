"""What leaves for the public is coarse, reviewed, and says what it leaves out."""

import datetime as dt
import json
from dataclasses import replace
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from draw_layers import draw_layer
from hypothesis import given, settings
from hypothesis import strategies as st
from make_layers import make_strikes

from uxomap import assess, draw_hazard_areas, make_map_sheet, make_web_map, sample_data, wording, write_layers
from uxomap._validation import check_sensitivity
from uxomap.contamination import estimate_contamination
from uxomap.distributions import sum_intervals
from uxomap.errors import CRSError, InputError, OutputError, SchemaError
from uxomap.export import (
    CHECKLIST,
    FORMATS,
    Review,
    file_sha256,
    write_geojson,
    write_geopackage,
    write_geotiff,
)
from uxomap.export._kml import write_kml
from uxomap.export._public import keep_public, make_public
from uxomap.export._review import check_review
from uxomap.export._xlsx import write_xlsx

DAY = dt.date(2026, 3, 1)
REVIEW = Review(DAY, dict.fromkeys(CHECKLIST, "Discussed; no objection."))
BY = "A. Reviewer, information management"
PUBLIC = {"audience": "public", "reviewed_by": BY, "review": REVIEW}


def areas_at(places, *, dates="2022-05-01", items=None):
    longitude, latitude = zip(*places, strict=True)
    strikes = make_strikes(list(longitude), list(latitude), ["m26"] * len(places), precision_m=[100.0] * len(places))
    days = pd.to_datetime([dates] * len(places) if isinstance(dates, str) else dates)
    areas = draw_hazard_areas(strikes.assign(date_start=days, date_end=days))
    if items is None:
        return areas
    spread = {"uxo_low": 0.0, "uxo_high": np.multiply(items, 3.0), "uxo_sd": np.asarray(items), "uxo_sd_shared": 0.0}
    return areas.assign(uxo_expected=np.asarray(items, dtype=float), **spread)


def test_five_strikes_in_one_hexagon_are_shown_and_four_are_not():
    five, four = [(37.30, 48.60)] * 5, [(39.30, 48.60)] * 4
    product, report = make_public({"hazard_areas": areas_at(five + four)}, REVIEW)
    assert product["n_strikes_class"].tolist() == ["5 to 9"]
    assert product.geometry.iloc[0].contains(shapely.Point(37.30, 48.60))
    line = report[report["why"].str.contains("fewer than 5 in their area")]
    assert line["number"].tolist() == ["fewer than 5"]  # the four cannot be told from one


def test_numbers_are_those_of_the_strikes_rounded_to_two_digits():
    areas = areas_at([(37.30, 48.60)] * 12)
    product, _ = make_public({"hazard_areas": areas}, REVIEW)
    sums = sum_intervals(
        areas["uxo_expected"], areas["uxo_sd"], areas["uxo_sd_shared"], areas["evidence_key"], pd.Series(0, areas.index)
    )
    for name in ("uxo_low", "uxo_expected", "uxo_high"):
        assert product[name].iloc[0] == float(f"{sums[name].iloc[0]:.1e}")
    assert product["n_strikes_class"].iloc[0] == "10 to 49"
    assert product[["year_first", "year_last"]].to_numpy().tolist() == [[2022, 2022]]


def test_no_point_no_word_of_a_report_and_no_source_leaves():
    areas = areas_at([(37.30, 48.60)] * 5).assign(location_text="SECRET", source="SECRET", source_url="SECRET")
    product, report = make_public({"hazard_areas": areas, "strikes": areas}, REVIEW)
    assert "SECRET" not in product.to_csv() + report.to_csv()
    assert set(product.geom_type) == {"Polygon"}
    # The report is the same whether or not teams searched: it names no layer.
    assert report["left_out"].tolist()[-1] == "every other layer, map and table"
    assert not report["left_out"].str.contains("hazard_areas|survey").any()
    assert not report["why"].str.contains("admin areas").any()


def test_recent_and_undated_strikes_wait_until_a_quarter_is_over():
    # 90 days before 1 March 2026 is 1 December 2025; the last quarter that was over then ended in September.
    days = ["2025-09-30", "2025-10-01", None, *["2022-05-01"] * 4, *["2025-08-01"] * 5]
    product, report = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 12, dates=days)}, REVIEW)
    assert product["n_strikes_class"].tolist() == ["10 to 49"]
    assert product["year_last"].tolist() == [2025]
    assert report["number"].iloc[0] == "fewer than 5"
    assert "strikes after 2025-09-30 are not shown" in product["notice"].iloc[0]


@settings(max_examples=30, deadline=None)
@given(
    quarters=st.lists(st.integers(0, 7), min_size=1, max_size=40),
    days=st.lists(st.integers(0, 700), min_size=2, max_size=2),
)
def test_two_products_of_an_area_differ_by_nothing_or_by_several_strikes(quarters, days):
    dates = [f"{2022 + number // 4}-{3 * (number % 4) + 2:02d}-10" for number in quarters]
    layer = areas_at([(37.30, 48.60)] * len(quarters), dates=dates, items=[1.0] * len(quarters))
    reviews = [replace(REVIEW, day=dt.date(2022, 6, 1) + dt.timedelta(days=number)) for number in days]
    first, second = (make_public({"hazard_areas": layer}, review)[0] for review in reviews)
    counts = [0 if product.empty else product["uxo_expected"].iloc[0] for product in (first, second)]
    assert counts[0] == counts[1] or abs(counts[0] - counts[1]) >= 5 - 1  # less what rounding to two digits takes
    if reviews[0].last_day == reviews[1].last_day:
        pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))


def test_a_strike_alone_does_not_change_the_numbers_of_an_area():
    five = ["2023-02-01"] * 5
    before = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 5, dates=five)}, REVIEW)[0]
    more = areas_at([(37.30, 48.60)] * 9, dates=[*five, *["2024-08-20"] * 4])
    after, report = make_public({"hazard_areas": more}, REVIEW)
    numbers = ["n_strikes_class", "uxo_low", "uxo_expected", "uxo_high"]
    assert before[numbers].equals(after[numbers])
    assert report.loc[report["why"].str.contains("since its numbers last changed"), "number"].tolist() == [
        "fewer than 5"
    ]


@pytest.mark.parametrize(("largest", "shown"), [(15.9, True), (16.1, False)])
def test_a_strike_that_outweighs_the_others_waits(largest, shown):
    # Four of one item and one of sixteen: four fifths are those of the one.
    items = [1.0, 1.0, 1.0, 1.0, largest]
    product, report = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 5, items=items)}, REVIEW)
    assert (len(product) == 1) == shown
    line = report[report["why"].str.contains("more than 80% of the items")]
    assert line["number"].tolist() == ["0" if shown else "5 to 9"]


def test_years_are_those_of_the_whole_product():
    places = [(37.30, 48.60)] * 5 + [(39.30, 48.60)] * 5
    layer = areas_at(places, dates=["2009-01-01", *["2020-05-01"] * 9])
    product, _ = make_public({"hazard_areas": layer}, REVIEW)
    assert product[["year_first", "year_last"]].to_numpy().tolist() == [[2009, 2020]] * 2


def test_a_hazard_area_without_a_place_is_counted_and_not_shown():
    layer = areas_at([(37.30, 48.60)] * 6)
    layer.loc[0, "geometry"] = None
    product, report = make_public({"hazard_areas": layer}, REVIEW)
    assert product["n_strikes_class"].tolist() == ["5 to 9"]
    assert report.loc[report["why"] == "are placed too coarsely", "number"].tolist() == ["fewer than 5"]


def test_admin_areas_add_up_by_their_codes_and_say_what_lies_in_none():
    admin = gpd.GeoDataFrame(
        {"admin_code": ["XX01", "XX02"], "admin_name": ["West", "East"]},
        geometry=[shapely.box(37, 48, 38, 49), shapely.box(38, 48, 39, 49)],
        crs="EPSG:4326",
    )
    places = [(37.3, 48.6)] * 5 + [(38.3, 48.6)] * 6 + [(50.0, 30.0)] * 7
    product, report = make_public({"hazard_areas": areas_at(places)}, replace(REVIEW, areas=admin))
    assert product["area_id"].tolist() == ["XX01", "XX02"]
    assert product["area_name"].tolist() == ["West", "East"]
    assert report.loc[report["why"].str.contains("none of the admin areas"), "number"].tolist() == ["5 to 9"]


def admin_of(shapes, **columns):
    count = len(shapes)
    named = {"admin_code": [f"XX{number}" for number in range(count)], "admin_name": ["District"] * count} | columns
    return gpd.GeoDataFrame(named, geometry=shapes, crs="EPSG:4326")


def test_a_strike_on_a_border_counts_once_for_the_first_code():
    areas = admin_of([shapely.box(37.3, 48, 38, 49), shapely.box(36, 48, 37.3, 49)])
    layer = areas_at([(37.3, 48.6)] * 6)
    layer["geometry"] = [shapely.box(37.29, 48.59, 37.31, 48.61)] * 6  # its middle lies on the border
    assert layer.geometry.representative_point().x.eq(37.3).all()
    product, _ = make_public({"hazard_areas": layer}, replace(REVIEW, areas=areas))
    assert product["area_id"].tolist() == ["XX0"]
    assert product["n_strikes_class"].tolist() == ["5 to 9"]


def test_a_small_part_of_a_large_area_points_at_nobody():
    yard = shapely.box(37.2999, 48.5999, 37.3001, 48.6001)
    areas = admin_of([shapely.MultiPolygon([shapely.box(10, 48, 11, 49), yard])])
    product, report = make_public({"hazard_areas": areas_at([(37.3, 48.6)] * 6)}, replace(REVIEW, areas=areas))
    assert product.empty
    assert report.loc[report["why"].str.contains("part of one that is too small"), "number"].tolist() == ["5 to 9"]


def test_areas_whose_lines_cross_are_repaired_and_names_may_be_missing():
    bow = shapely.Polygon([(37, 48), (38, 49), (38, 48), (37, 49)])
    areas = admin_of([bow], admin_name=[None])
    product, _ = make_public({"hazard_areas": areas_at([(37.2, 48.5)] * 6)}, replace(REVIEW, areas=areas))
    assert product["area_name"].tolist() == [""]
    assert product.geometry.is_valid.all()


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(11)))
def test_the_order_of_rows_does_not_matter(order):
    areas = areas_at([(37.30, 48.60)] * 5 + [(38.60, 48.60)] * 6)
    first, report = make_public({"hazard_areas": areas}, REVIEW)
    again, report_again = make_public({"hazard_areas": areas.iloc[list(order)]}, REVIEW)
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(again))
    pd.testing.assert_frame_equal(report, report_again)


def test_nothing_to_show_is_an_empty_layer_not_an_error():
    product, report = make_public({"hazard_areas": areas_at([(37.3, 48.6)])}, REVIEW)
    assert len(product) == 0
    assert report["number"].iloc[1] == "fewer than 5"
    assert "No area is shown" in product.attrs["notice"]


@pytest.mark.parametrize("by", [
    None, 5, ["a"], "", "  ", "n/a", "-", ".", "?", "none", "None", "x", "A", "TODO", "nobody", "\u200b", "\u00a0",
    "yes, ok", "нет", "لا أحد",
])  # fmt: skip
def test_a_reviewer_has_a_name(by):
    with pytest.raises(OutputError, match="Nobody has reviewed") as caught:
        check_review(by, REVIEW)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("answer", [
    None, 0, False, float("nan"), "", "   ", "yes", "no", "-", ".", "n/a", "?", "\u200b", "None", "x", "TODO",
    "yes yes", "ні", "No, none.", "aaaa", "12345", "oui",
])  # fmt: skip
def test_an_answer_says_something(answer):
    with pytest.raises(OutputError, match=r"checklist is not answered\. harm: Could the product help"):
        check_review(BY, replace(REVIEW, answers=dict(REVIEW.answers) | {"harm": answer}))


@pytest.mark.parametrize(
    "said", ["None since April, by the weekly note.", "Погоджено листом.", "无异议", "لا اعتراض من السلطة"]
)
def test_answers_in_words_are_taken(said):
    assert check_review("李明", replace(REVIEW, answers=dict.fromkeys(CHECKLIST, said)))


@pytest.mark.parametrize(
    ("review", "kind", "said"),
    [
        (None, OutputError, "review itself is missing"),
        ({"day": DAY}, OutputError, "review itself is missing"),
        (replace(REVIEW, day=dt.date(2999, 1, 1)), InputError, "review that has taken place"),
        (replace(REVIEW, day="2026-03-01"), InputError, "Invalid day '2026-03-01'"),
        (replace(REVIEW, day=None), InputError, "Invalid day None"),
        (replace(REVIEW, day=dt.datetime(2024, 12, 2, tzinfo=dt.UTC)), InputError, "without a time"),
        (replace(REVIEW, day=pd.Timestamp("2024-12-02")), InputError, "without a time"),
        (replace(REVIEW, day=pd.NaT), InputError, "Invalid day NaT"),
        (replace(REVIEW, day=dt.date(1, 1, 1)), InputError, "Invalid day"),
        (Review(DAY), OutputError, "checklist is not answered. harm: Could the product help"),
        (replace(REVIEW, answers=None), InputError, "Invalid answers"),
        (replace(REVIEW, answers=["a"] * 6), InputError, "Invalid answers"),
        (replace(REVIEW, resolution=7), InputError, "resolution 7. Must be from 3 to 6"),
        (replace(REVIEW, resolution="5"), InputError, "resolution '5'"),
        (replace(REVIEW, resolution=None), InputError, "resolution None"),
        (replace(REVIEW, resolution=5.5), InputError, "a whole number"),
        (replace(REVIEW, resolution=True), InputError, "resolution True"),
        (replace(REVIEW, min_strikes=1), InputError, "min_strikes 1. Must be 5 or more"),
        (replace(REVIEW, min_strikes=5.5), InputError, "a whole number"),
        (replace(REVIEW, min_strikes=float("nan")), InputError, "min_strikes nan"),
        (replace(REVIEW, embargo_days=0), InputError, "embargo_days 0. Must be 90 or more"),
        (replace(REVIEW, embargo_days=90.5), InputError, "a whole number"),
        (replace(REVIEW, embargo_days=10**6), InputError, "at most 36500"),
        (replace(REVIEW, embargo_days=float("inf")), InputError, "embargo_days inf"),
        (replace(REVIEW, most_share=0.9), InputError, "most_share 0.9. Must be from 0.2 to 0.8"),
        (replace(REVIEW, most_share="0.5"), InputError, "most_share '0.5'"),
    ],
)
def test_refusals(review, kind, said):
    with pytest.raises(kind, match=said) as caught:
        check_review(BY, review)
    assert "\n" not in str(caught.value)


def test_whole_numbers_of_numpy_and_a_review_on_the_border_of_dates_are_taken():
    review = replace(REVIEW, resolution=np.int64(5), embargo_days=36_500, day=dt.date(2000, 1, 1))
    assert make_public({"hazard_areas": areas_at([(37.3, 48.6)])}, check_review(BY, review))[0].empty


def test_refused_admin_areas():
    layers = {"hazard_areas": areas_at([(37.3, 48.6)])}
    box = [shapely.box(37, 48, 38, 49)] * 2
    bare = gpd.GeoDataFrame({"ADM2_PCODE": ["a", "b"]}, geometry=box, crs="EPSG:4326")
    with pytest.raises(InputError, match="lack admin_code, admin_name"):
        make_public(layers, replace(REVIEW, areas=bare))
    named = bare.assign(admin_code="a", admin_name="b")
    with pytest.raises(InputError, match="repeat a code"):
        make_public(layers, replace(REVIEW, areas=named))
    with pytest.raises(CRSError, match="Must be EPSG:4326"):
        make_public(layers, replace(REVIEW, areas=named.assign(admin_code=["a", "b"]).to_crs("EPSG:32637")))
    small = gpd.GeoDataFrame(
        {"admin_code": ["a"], "admin_name": ["b"]}, geometry=[shapely.box(37, 48, 37.05, 48.05)], crs="EPSG:4326"
    )
    with pytest.raises(InputError, match=r"Admin area 'a' has 20\.\d km² in its largest part"):
        make_public(layers, replace(REVIEW, areas=small))
    with pytest.raises(InputError, match="no layer hazard_areas"):
        make_public({}, REVIEW)


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        (admin_of([shapely.box(37, 48, 38, 49), shapely.box(37.9, 48, 39, 49)]), "'XX0' .* and 'XX1' .* overlap"),
        (admin_of([shapely.box(37, 48, 37.3, 48.3), shapely.box(37, 48, 38, 49)]), "'XX0' .* and 'XX1' .* overlap"),
        (admin_of([shapely.box(37, 48, 38, 49)] * 2, admin_code=[1, "1"]), "repeat a code"),
        (admin_of([shapely.box(37, 48, 38, 49)], admin_code=[""]), "repeat a code, or lack one"),
        (admin_of([shapely.box(37, 48, 38, 49)], admin_code=["=1+1"]), "Invalid admin_code '=1"),
        (admin_of([shapely.box(37, 48, 38, 49)], admin_name=["call +380501112233"]), "no number of five digits"),
        (admin_of([shapely.box(37, 48, 38, 49)], admin_name=["x" * 61]), "at most 60 characters"),
        (admin_of([None]), "'XX0' has no outline"),
        (admin_of([shapely.Point(37, 48)]), "'XX0' has no outline"),
        (admin_of([]), "no admin areas"),
        (pd.DataFrame({"admin_code": ["a"], "admin_name": ["b"]}), "lack geometry"),
        ("admin.geojson", "lack admin_code, admin_name"),
    ],
)
def test_areas_that_tell_too_much_or_too_little_are_refused(areas, said):
    with pytest.raises(InputError, match=said) as caught:
        make_public({"hazard_areas": areas_at([(37.3, 48.6)])}, replace(REVIEW, areas=areas))
    assert "\n" not in str(caught.value)


def test_areas_that_share_a_border_only_are_taken():
    areas = admin_of([shapely.box(37, 48, 38, 49), shapely.box(37.999, 48, 39, 49), shapely.box(38, 49, 39, 50)])
    product, _ = make_public({"hazard_areas": areas_at([(37.3, 48.6)] * 5)}, replace(REVIEW, areas=areas))
    assert product["area_id"].tolist() == ["XX0"]


def test_the_grid_is_the_same_whatever_else_is_on_the_map():
    few = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 5)}, REVIEW)[0]
    more = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 5 + [(60.0, 30.0)] * 9)}, REVIEW)[0]
    same = more[more["area_id"].isin(few["area_id"])]
    assert shapely.equals_exact(few.geometry.iloc[0], same.geometry.iloc[0], 0)
    assert np.array_equal(few[["uxo_low", "uxo_high"]], same[["uxo_low", "uxo_high"]])


def secret_areas():
    return areas_at([(37.30, 48.60)] * 5 + [(39.30, 48.60)] * 4).assign(location_text="SECRET", source="SECRET")


def test_the_public_folder_holds_the_product_and_the_review_lies_beside_it(tmp_path):
    formats = [form for form in FORMATS if form != "tif"]
    layers = {"hazard_areas": secret_areas(), "zones": secret_areas()}
    facts = {"inputs": [{"name": "SECRET.csv", "role": "reports", "sha256": "a" * 64}], "teams": 3}
    written = write_layers(layers, tmp_path / "deep" / "public", formats=formats, parameters=facts, **PUBLIC)
    inside = {path.name for path in (tmp_path / "deep" / "public").iterdir()}
    assert inside == {
        "about.json",
        "redaction_report.csv",
        *(f"public_areas.{ending}" for ending in ("csv", "fgb", "geojson", "gpkg", "kml", "kmz", "parquet", "qgz")),
        "public_areas.shp.zip",
        "public_areas.xlsx",
    }
    record = tmp_path / "deep" / "public_review.json"
    assert [path.name for path in written] == [*sorted(inside), record.name]
    for path in written[:-1]:
        assert b"SECRET" not in path.read_bytes()
        assert b"Reviewer" not in path.read_bytes()
    page = json.loads((tmp_path / "deep" / "public" / "public_areas.geojson").read_text(encoding="utf-8"))
    assert page["metadata"]["sensitivity"] == "public"
    assert page["metadata"]["parameters"] == {"inputs": [{"sha256": "a" * 64}]}
    assert wording.NOTICE in page["features"][0]["properties"]["notice"]
    review = json.loads(record.read_text(encoding="utf-8"))
    assert review["reviewed_by"] == BY
    assert set(review["answers"]) == set(CHECKLIST)
    assert review["parameters"]["inputs"][0]["name"] == "SECRET.csv"  # of its own records
    assert review["files"] == {path.name: file_sha256(path) for path in written[:-1]}
    report = (tmp_path / "deep" / "public" / "redaction_report.csv").read_text(encoding="utf-8")
    assert "fewer than 5" in report
    about = json.loads((tmp_path / "deep" / "public" / "about.json").read_text(encoding="utf-8"))
    assert about["sensitivity"] == "public"
    assert "later searches and clearance are not taken off" in about["notice"]


def everything_in(path):
    data = path.read_bytes()
    if data[:2] == b"PK":
        with ZipFile(path) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return data.decode("utf-8", "ignore")


@pytest.mark.parametrize("count", [5, 3])
@pytest.mark.parametrize("form", [form for form in FORMATS if form not in {"tif", "csv"}])
def test_every_public_file_says_what_is_missing_from_it(tmp_path, form, count):
    layers = {"hazard_areas": areas_at([(37.30, 48.60)] * count)}
    write_layers(layers, tmp_path / "public", formats=form, **PUBLIC)
    for path in (tmp_path / "public").glob("public_areas.*"):
        text = everything_in(path)
        assert "strikes after 2025-09-30 are not shown" in text, path.name
        assert ("No area is shown" in text) == (count == 3), path.name


def test_a_public_folder_is_made_anew_as_a_whole_and_keeps_apart_from_all_else(tmp_path):
    layers = {"hazard_areas": secret_areas()}
    write_layers(layers, tmp_path / "out", formats=("geojson", "xlsx"), **PUBLIC)
    write_layers(layers, tmp_path / "out", formats=("geojson", "csv"), **PUBLIC)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"about.json", "public_areas.csv", "public_areas.geojson", "redaction_report.csv"}
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    (tmp_path / "out" / "strikes.geojson").write_text("of the office")
    with pytest.raises(OutputError, match=r"'strikes.geojson' lies there, which is no part of one"):
        write_layers(layers, tmp_path / "out", formats=("geojson",), **PUBLIC)
    (tmp_path / "out" / "strikes.geojson").unlink()
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_nothing_internal_is_put_beside_a_public_product(tmp_path):
    layers = {"hazard_areas": secret_areas()}
    write_layers(layers, tmp_path / "public", formats=("geojson",), **PUBLIC)
    before = {path.name: path.read_bytes() for path in (tmp_path / "public").iterdir()}
    with pytest.raises(OutputError, match="a public product lies there"):
        write_layers(layers, tmp_path / "public", formats=("geojson",))
    with pytest.raises(OutputError, match="a public product lies there"):
        assess(sample_data()).write(tmp_path / "public")
    assert {path.name: path.read_bytes() for path in (tmp_path / "public").iterdir()} == before


@pytest.mark.parametrize("other", ["internal files", "a public file that nobody recorded"])
def test_a_public_product_is_not_put_among_other_files(tmp_path, other):
    layers = {"hazard_areas": secret_areas()}
    if other == "internal files":
        write_layers(layers, tmp_path / "out", formats=("gpkg", "csv"))
    else:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "public_areas.gpkg").write_text("of whom?")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(OutputError, match="Must be a folder of its own"):
        write_layers(layers, tmp_path / "out", formats=("geojson",), **PUBLIC)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert not (tmp_path / "out_review.json").exists()


def test_a_product_that_cannot_be_written_leaves_no_review_and_no_folder(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("uxomap.export.write_about", fail)
    with pytest.raises(OutputError, match="the disk is full"):
        write_layers({"hazard_areas": secret_areas()}, tmp_path / "deep" / "out", **PUBLIC)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("choices", "kind", "said"),
    [
        ({"audience": "public"}, OutputError, "Nobody has reviewed"),
        ({"audience": "everybody"}, InputError, "Invalid audience 'everybody'"),
        ({"sensitivity": "Public"}, InputError, "must not be public"),
        ({"sensitivity": " "}, InputError, "no sensitivity label"),
        ({**PUBLIC, "formats": "tif"}, InputError, "never public"),
        ({**PUBLIC, "sensitivity": "strictly confidential"}, InputError, "Its label is always public"),
        ({**PUBLIC, "sensitivity": "internal"}, InputError, "Its label is always public"),
        ({**PUBLIC, "audience": "internal"}, InputError, "A review is given, but audience is 'internal'"),
        ({"reviewed_by": BY}, InputError, "single places would be written"),
        ({"review": REVIEW}, InputError, "single places would be written"),
    ],
)
def test_nothing_else_becomes_public(choices, kind, said, tmp_path):
    with pytest.raises(kind, match=said):
        write_layers({"hazard_areas": areas_at([(37.3, 48.6)])}, tmp_path / "out", **choices)
    assert list(tmp_path.iterdir()) == []


def test_layers_without_a_contract_are_refused_for_everybody_too(tmp_path):
    with pytest.raises(SchemaError, match="Ivan"):
        write_layers({"hazard_areas": secret_areas(), "Ivan": secret_areas()}, tmp_path / "out", **PUBLIC)


@pytest.mark.parametrize("label", [
    "public", "Public", "(public)", "[public]", '"public"', "«public»", "#public", "/public", "for-public",
    "semi-public",
    "Audience:public", "not internal: public", "public, not internal", "not internal but public", "TLP:CLEAR",
    "TLP:WHITE",
    "no restrictions", "not restricted", "for the website", "for all", "öffentlich", "Öffentlichkeit",
    "allgemein zugänglich",
    "grand public", "accès libre", "público", "abierto", "для публічного показу", "всё открыто", "العامة", "للعامة",
    "للجميع", "p u b l i c", "pu\u00adblic", "рublic",
])  # fmt: skip
def test_no_word_of_any_spelling_makes_single_places_public(label):
    with pytest.raises(InputError, match="must not be public"):
        check_sensitivity(label)


@pytest.mark.parametrize("label", [
    "internal", "not for publication", "restricted", "ne pas publier", "за згодою", "partners only", "TLP:AMBER",
    "internal (not public)", "non-public", "nicht öffentlich", "غير منشور", "no publicar", "لجميع الشركاء",
])  # fmt: skip
def test_labels_that_keep_a_product_inside_are_allowed(label, tmp_path):
    assert write_layers({"hazard_areas": areas_at([(37.3, 48.6)])}, tmp_path, formats="csv", sensitivity=label)


@pytest.mark.parametrize("make", [make_web_map, make_map_sheet])
def test_maps_and_sheets_of_single_places_bear_no_public_label(make):
    with pytest.raises(InputError, match="must not be public"):
        make({}, sensitivity="public")


@pytest.mark.parametrize("layers", [{"strikes"}, {"public_areas", "strikes"}])
def test_single_writers_bear_no_public_label_either(tmp_path, layers):
    frames = {name: draw_layer(name) for name in layers}
    with pytest.raises(InputError, match="must not be public"):
        write_geopackage(frames, tmp_path / "a.gpkg", sensitivity="public")
    with pytest.raises(InputError, match="must not be public"):
        write_geojson(frames["strikes"], tmp_path / "a.geojson", name="strikes", sensitivity="for the public")
    grid = estimate_contamination(make_strikes([37.6], [48.7], ["m26"]), cell_m=500)
    with pytest.raises(InputError, match="must not be public"):
        write_geotiff(grid, tmp_path / "a.tif", sensitivity="#public")
    for write in (write_kml, write_xlsx):
        with pytest.raises(InputError, match="must not be public"):
            write(frames, tmp_path / "a", parameters={}, sensitivity="public")
    assert list(tmp_path.iterdir()) == []


SHA = "ab" * 32


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"containment": 0.95, "fadeout_m": 50.0, "max_precision_m": 5000.0}, "all"),
        ({"licence": "CC BY 4.0", "made_on": "2026-03-02", "versions": {"uxomap": "0.1.0"}}, "all"),
        ({"teams": 3, "hours": 8.0, "sources": {"hotline": "Ivan"}, "reports": "/home/ivan/x.csv"}, {}),
        ({"inputs": [{"name": "Ivan.csv", "role": "reports", "sha256": SHA}]}, {"inputs": [{"sha256": SHA}]}),
        ({"inputs": [{"name": "Ivan.csv", "role": "surveys", "sha256": SHA}]}, {}),
        ({"inputs": [{"name": "Ivan.csv", "sha256": SHA}]}, {}),
        ({"inputs": [{"role": "reports", "sha256": "Ivan.csv"}]}, {}),
        ({"inputs": {"Ivan.csv": SHA}}, {}),
        ({"inputs": "Ivan.csv"}, {}),
        ({"inputs": ["Ivan.csv"]}, {}),
        ({"Inputs": [{"name": "Ivan.csv", "role": "reports", "sha256": SHA}]}, {}),
        ({"versions": {"Ivan": "1.0", "uxomap": "Ivan"}, "licence": 5, "made_on": "Ivan", "containment": "Ivan"}, {}),
    ],
)
def test_of_the_parameters_only_what_tells_of_the_method_goes_out(given, kept):
    assert keep_public(given) == (given if kept == "all" else kept)
