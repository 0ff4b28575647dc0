"""What leaves for the public is coarse, reviewed, and says what it leaves out."""

import datetime as dt
import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from make_layers import make_strikes

from uxomap import draw_hazard_areas, make_map_sheet, make_web_map, wording, write_layers
from uxomap.distributions import sum_intervals
from uxomap.errors import CRSError, InputError, OutputError
from uxomap.export import CHECKLIST, FORMATS, Review
from uxomap.export._public import check_review, make_public

DAY = dt.date(2026, 3, 1)
REVIEW = Review(DAY, dict.fromkeys(CHECKLIST, "Discussed; no objection."))


def areas_at(places, *, dates="2022-05-01"):
    longitude, latitude = zip(*places, strict=True)
    strikes = make_strikes(list(longitude), list(latitude), ["m26"] * len(places), precision_m=[100.0] * len(places))
    days = pd.to_datetime([dates] * len(places) if isinstance(dates, str) else dates)
    return draw_hazard_areas(strikes.assign(date_start=days, date_end=days))


def test_five_strikes_in_one_hexagon_are_shown_and_four_are_not():
    five, four = [(37.30, 48.60)] * 5, [(39.30, 48.60)] * 4
    product, report = make_public({"hazard_areas": areas_at(five + four)}, REVIEW)
    assert product["n_strikes_class"].tolist() == ["5 to 9"]
    assert product.geometry.iloc[0].contains(shapely.Point(37.30, 48.60))
    line = report[report["why"].str.contains("fewer than 5 strikes")]
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
    assert report["left_out"].tolist()[-2:] == ["layer hazard_areas", "layer strikes"]
    assert not report["why"].str.contains("admin areas").any()


def test_recent_and_undated_strikes_wait():
    days = ["2025-12-01", "2025-12-02", None, *["2022-05-01"] * 5]  # 90 days before 1 March 2026 is 1 December 2025
    product, report = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 8, dates=days)}, REVIEW)
    assert product["n_strikes_class"].tolist() == ["5 to 9"]
    assert product["year_last"].tolist() == [2025]
    assert report["number"].iloc[0] == "fewer than 5"
    assert "strikes after 2025-12-01, are not shown" in product["notice"].iloc[0]


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
    assert report.loc[report["why"].str.contains("none of the admin areas"), "number"].tolist() == ["7"]


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


@pytest.mark.parametrize(
    ("by", "review", "kind", "said"),
    [
        ("", REVIEW, OutputError, "Nobody has reviewed"),
        ("  ", REVIEW, OutputError, "reviewed_by='Name, role'"),
        ("A. Reviewer", None, OutputError, "review itself is missing"),
        ("A. Reviewer", replace(REVIEW, day=dt.date(2999, 1, 1)), InputError, "review that has taken place"),
        ("A. Reviewer", replace(REVIEW, day="2026-03-01"), InputError, "Invalid day '2026-03-01'"),
        ("A. Reviewer", Review(DAY), OutputError, "checklist is not answered. harm: Could the product help"),
        (
            "A. Reviewer",
            replace(REVIEW, answers=dict(REVIEW.answers) | {"people": " "}),
            OutputError,
            "people: Can any",
        ),
        ("A. Reviewer", replace(REVIEW, resolution=7), InputError, "resolution 7. Must be from 3 to 6"),
        ("A. Reviewer", replace(REVIEW, min_strikes=1), InputError, "min_strikes 1. Must be 5 or more"),
        ("A. Reviewer", replace(REVIEW, embargo_days=0), InputError, "embargo_days 0. Must be 90 or more"),
    ],
)
def test_refusals(by, review, kind, said):
    with pytest.raises(kind, match=said):
        check_review(by, review)


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
    with pytest.raises(InputError, match=r"smallest admin area has 20\.\d km²"):
        make_public(layers, replace(REVIEW, areas=small))
    with pytest.raises(InputError, match="no layer hazard_areas"):
        make_public({}, REVIEW)


def test_the_grid_is_the_same_whatever_else_is_on_the_map():
    few = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 5)}, REVIEW)[0]
    more = make_public({"hazard_areas": areas_at([(37.30, 48.60)] * 5 + [(60.0, 30.0)] * 9)}, REVIEW)[0]
    same = more[more["area_id"].isin(few["area_id"])]
    assert shapely.equals_exact(few.geometry.iloc[0], same.geometry.iloc[0], 0)
    assert np.array_equal(few[["uxo_low", "uxo_high"]], same[["uxo_low", "uxo_high"]])


def test_the_public_folder_holds_the_product_what_was_left_out_and_the_review(tmp_path):
    areas = areas_at([(37.30, 48.60)] * 5 + [(39.30, 48.60)] * 4).assign(location_text="SECRET", source="SECRET")
    formats = [form for form in FORMATS if form != "tif"]
    written = write_layers(
        {"hazard_areas": areas, "zones": areas},
        tmp_path / "public",
        formats=formats,
        audience="public",
        reviewed_by="A. Reviewer, information management",
        review=REVIEW,
    )
    assert {"public_areas.geojson", "redaction_report.csv", "review.json"} <= {path.name for path in written}
    for path in written:
        assert b"SECRET" not in path.read_bytes()
    page = json.loads((tmp_path / "public" / "public_areas.geojson").read_text(encoding="utf-8"))
    assert page["metadata"]["sensitivity"] == "public"
    assert wording.NOTICE in page["features"][0]["properties"]["notice"]
    review = json.loads((tmp_path / "public" / "review.json").read_text(encoding="utf-8"))
    assert review["reviewed_by"] == "A. Reviewer, information management"
    assert set(review["answers"]) == set(CHECKLIST)
    assert "fewer than 5" in (tmp_path / "public" / "redaction_report.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("choices", "kind", "said"),
    [
        ({"audience": "public"}, OutputError, "Nobody has reviewed"),
        ({"audience": "everybody"}, InputError, "Invalid audience 'everybody'"),
        ({"sensitivity": "Public"}, InputError, "must not be public"),
        ({"sensitivity": "for the website"}, InputError, "must not be public"),
        ({"sensitivity": "öffentlich"}, InputError, "must not be public"),
        ({"sensitivity": "для публічного показу"}, InputError, "must not be public"),
        ({"sensitivity": " "}, InputError, "no sensitivity label"),
        (
            {"audience": "public", "reviewed_by": "A", "review": REVIEW, "formats": "tif"},
            InputError,
            "never public",
        ),
    ],
)
def test_nothing_else_becomes_public(choices, kind, said, tmp_path):
    with pytest.raises(kind, match=said):
        write_layers({"hazard_areas": areas_at([(37.3, 48.6)])}, tmp_path / "out", **choices)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("label", ["internal", "not for publication", "restricted", "ne pas publier", "за згодою"])
def test_labels_that_keep_a_product_inside_are_allowed(label, tmp_path):
    assert write_layers({"hazard_areas": areas_at([(37.3, 48.6)])}, tmp_path, formats="csv", sensitivity=label)


@pytest.mark.parametrize("make", [make_web_map, make_map_sheet])
def test_maps_and_sheets_of_single_places_bear_no_public_label(make):
    with pytest.raises(InputError, match="must not be public"):
        make({}, sensitivity="public")


def test_names_of_input_files_stay_inside(tmp_path):
    parameters = {"inputs": [{"name": "hotline of SECRET.csv", "sha256": "0" * 64}], "fadeout_m": 50.0}
    written = write_layers(
        {"hazard_areas": areas_at([(37.30, 48.60)] * 5)},
        tmp_path,
        parameters=parameters,
        audience="public",
        reviewed_by="A. Reviewer",
        review=REVIEW,
    )
    assert all(b"SECRET" not in path.read_bytes() for path in written)
    assert "0" * 64 in (tmp_path / "public_areas.geojson").read_text(encoding="utf-8")
