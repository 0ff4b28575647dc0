"""The web map and the notebook views: what they show, what they must never say, and that they need nobody."""

import csv
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import folium
import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from maps_browser import needs_browser, run_in_browser
from pyproj import Geod

from uxomap import wording
from uxomap.errors import CRSError, InputError, OutputError, SchemaError
from uxomap.maps import (
    LayerView,
    assessment_view_html,
    make_web_map,
    packing,
    save_web_map,
    sentences,
    show_layer,
    style,
    view,
    web_map_html,
    words,
)
from uxomap.maps.features import collect_features
from uxomap.maps.labels import LABELS, ROWS
from uxomap.maps.page_map import script_safe
from uxomap.maps.web import MAP_LAYERS
from uxomap.schema import layer_schema

SAMPLE = Path(__file__).parents[1] / "sample_data" / "documented_strikes.csv"
GEOD = Geod(ellps="WGS84")
BANNED = re.compile(
    r"\b(safe|safely|clear|cleared|free|freed|released?|cancell?ed|reduced|confirmed|no risk|risk-free|SHA|CHA)\b",
    re.IGNORECASE,
)

# ---------------------------------------------------------------- layers to draw


def ring(longitude, latitude, radius_m):
    bearings = np.linspace(360, 0, 49)[:-1]
    n = len(bearings)
    lon, lat, _ = GEOD.fwd(np.full(n, longitude), np.full(n, latitude), bearings, np.full(n, radius_m))
    return shapely.Polygon(np.column_stack([lon, lat]))


def make_strikes(rows):
    """Strikes from rows like those of the sample: place, dates, precision, munition, source."""
    frame = pd.DataFrame(
        {
            "strike_id": [f"S-{row['id']}" for row in rows],
            "report_ids": [row["id"] for row in rows],
            "n_reports": 1,
            "date_start": [pd.Timestamp(row["start"]) for row in rows],
            "date_end": [pd.Timestamp(row["end"]) for row in rows],
            "location_text": [row["where"] for row in rows],
            "munition_id": [row["munition"] for row in rows],
            "munition_text": [row["text"] for row in rows],
            "munition_match": ["exact" if row["munition"] else "none" for row in rows],
            "munition_candidates": [row["munition"] for row in rows],
            "rounds_low": 1.0,
            "rounds_expected": [row.get("rounds", 3.0) for row in rows],
            "rounds_high": 8.0,
            "precision_m": [row["precision"] for row in rows],
            "bearing_deg": np.nan,
            "evidence": "delivered",
            "source": [row["source"] for row in rows],
            "source_url": [row["url"] for row in rows],
            "assumptions": [row.get("assumed", "") for row in rows],
        }
    )
    points = shapely.points([[row["lon"], row["lat"]] for row in rows]) if rows else []
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


def estimate(strikes):
    """Columns that a strike gains by its estimate; the numbers are invented."""
    n = np.arange(len(strikes))
    expected = 3.0 * 1.6 ** (n % 12)
    items = strikes["rounds_expected"].to_numpy() * 72
    return {
        "munition": ["9M55K Smerch" if known else "munition not known" for known in strikes["munition_id"]],
        "hazard_kind": "dud",
        "items_low": 0.4 * items,
        "items_expected": items,
        "items_high": 2.2 * items,
        "dud_rate_low": 0.03,
        "dud_rate_expected": 0.12,
        "dud_rate_high": 0.31,
        "uxo_low": expected / np.array([1.5, 4.0, 9.0])[n % 3],
        "uxo_expected": expected,
        "uxo_high": expected * np.array([1.5, 2.0, 3.0])[n % 3],
        "uxo_sd": expected,
        "uxo_sd_shared": expected / 2,
        "assumptions": strikes["assumptions"].to_numpy(),
        "dud_sources": "HRW 2009 A Dying Practice; UNMAS 2011 technical note",
        "evidence_key": "m26-1",
        "source": strikes["source"].to_numpy(),
        "source_url": strikes["source_url"].to_numpy(),
        "method_version": wording.METHOD_VERSION,
        "notice": wording.NOTICE,
    }


SHARED = ["strike_id", "date_start", "date_end", "location_text", "munition_id", "munition_candidates"]


def make_areas(strikes):
    strikes = strikes[strikes["precision_m"] <= 5000].reset_index(drop=True)
    radius = 0.4 * strikes["precision_m"].to_numpy()
    frame = pd.DataFrame(strikes[SHARED]).assign(
        area_id="A-" + strikes["strike_id"],
        semi_major_m=radius,
        semi_minor_m=radius,
        bearing_deg=np.nan,
        containment=0.95,
        fadeout_m=50.0,
        area_m2=np.pi * radius**2,
        footprint_m2=20_000.0,
        **estimate(strikes),
    )
    frame["uxo_per_ha"] = frame["uxo_expected"] / frame["area_m2"] * 1e4 * 30.0 ** (np.arange(len(frame)) % 4)
    rings = [ring(at.x, at.y, r) for at, r in zip(strikes.geometry, radius, strict=True)]
    return gpd.GeoDataFrame(frame[list(layer_schema("hazard_areas").columns)], geometry=rings, crs="EPSG:4326")


def make_zones(areas):
    """One zone for each group of touching areas."""
    parts = list(shapely.get_parts(shapely.union_all(areas.geometry.to_numpy()))) if len(areas) else []
    rows = []
    for number, part in enumerate(parts):
        members = areas[shapely.intersects(part, areas.geometry.to_numpy())]
        area = members["area_m2"].sum()
        rows.append(
            {
                "zone_id": f"Z-{number + 1:03d}",
                "strike_ids": "|".join(members["strike_id"]),
                "n_strikes": len(members),
                "hazard_kind": "dud",
                "munition_ids": "|".join(sorted(set(members["munition_id"]) - {""})),
                "location_text": "|".join(members["location_text"]),
                "date_start": members["date_start"].min(),
                "date_end": members["date_end"].max(),
                "uxo_low": members["uxo_low"].max(),
                "uxo_expected": members["uxo_expected"].sum(),
                "uxo_high": members["uxo_high"].max() * 1.1 + members["uxo_expected"].sum(),
                "area_m2": area,
                "uxo_per_ha": members["uxo_per_ha"].mean(),
                "assumptions": "; ".join(dict.fromkeys(members["assumptions"])),
                "method_version": wording.METHOD_VERSION,
                "notice": wording.NOTICE,
            }
        )
    frame = pd.DataFrame(rows, columns=list(layer_schema("zones").columns))
    return gpd.GeoDataFrame(frame, geometry=parts, crs="EPSG:4326")


def make_unlocated(strikes):
    strikes = strikes[~(strikes["precision_m"] <= 5000)].reset_index(drop=True)
    places = shapely.get_coordinates(strikes.geometry.to_numpy())
    frame = pd.DataFrame(strikes[[*SHARED, "report_ids", "precision_m"]]).assign(
        longitude=places[:, 0], latitude=places[:, 1], **estimate(strikes)
    )
    return frame[list(layer_schema("unlocated").required)]


def make_layers(rows):
    strikes = make_strikes(rows)
    areas = make_areas(strikes)
    return {
        "strikes": strikes,
        "hazard_areas": areas,
        "zones": make_zones(areas),
        "unlocated": make_unlocated(strikes),
    }


def sample_rows():
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            start, _, end = row["date"].partition("/")
            precise = len(start) == len("2022-02-24")
            text = row["munition_as_reported"]
            known = "Smerch" in text or "9M55K" in text
            yield {
                "id": row["id"],
                "start": start,
                "end": (end or start) if precise else pd.Timestamp(start) + pd.offsets.MonthEnd(0),
                "where": f"{row['place']}, {row['admin_area']}",
                "munition": "9m55k" if known else "",
                "text": text,
                "rounds": 2.0 if row["rounds_reported"] else 6.0,
                "precision": float(row["precision_m"]),
                "lon": float(row["longitude"]),
                "lat": float(row["latitude"]),
                "source": row["source_publisher"],
                "url": row["url"],
                "assumed": ""
                if known and row["rounds_reported"]
                else "rounds assumed from the class; place is a settlement",
            }


@pytest.fixture(scope="module")
def layers():
    return make_layers(list(sample_rows()))


@pytest.fixture(scope="module")
def page(layers):
    return web_map_html(
        make_web_map(layers, title="Sample", subtitle="124 places", summary=["A total.", "A second line."])
    )


# ---------------------------------------------------------------- colours and patterns

# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# IEEE TVCG 15(6), severity 1.0; the matrices act on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear_rgb(colour):
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(colour, deficiency="none"):
    """CIE L*a*b* of a colour as somebody with a deficiency sees it."""
    xyz = XYZ @ np.clip(DEFICIENCIES[deficiency] @ linear_rgb(colour), 0, 1) / (XYZ @ np.ones(3))
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_palette_darkens_class_by_class_for_every_eye_and_in_grey_print(deficiency):
    lightness = np.array([lab(colour, deficiency)[0] for colour in style.PALETTE])
    assert (np.diff(lightness) < -12).all()


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_no_two_fills_look_alike_to_any_eye(deficiency):
    fills = [lab(colour, deficiency) for colour in (*style.PALETTE, style.UNKNOWN_FILL)]
    apart = [np.linalg.norm(fills[i] - fills[j]) for i in range(len(fills)) for j in range(i)]
    assert min(apart) > 14


def test_no_fill_is_green():
    for colour in (*style.PALETTE, style.UNKNOWN_FILL):
        red, green, _ = linear_rgb(colour)
        assert green <= red


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=30))
def test_a_higher_density_never_gets_a_lower_class(densities):
    classes = style.density_class(sorted(densities))
    assert (np.diff(classes) >= 0).all()
    assert classes.min() >= 0
    assert classes.max() < len(style.PALETTE)


def test_density_classes_at_their_breaks():
    drawn = {0: 0, 0.0999: 0, 0.1: 1, 0.99: 1, 1: 2, 9.9: 2, 10: 3, 100: 3, 100.01: 4, 1e9: 4}
    assert style.density_class(list(drawn)).tolist() == list(drawn.values())


def test_unknown_density_is_neither_a_class_nor_white():
    assert style.density_class([np.nan]).tolist() == [-1]
    assert style.density_fill([-1]) == [style.UNKNOWN_FILL]
    assert style.UNKNOWN_FILL not in style.PALETTE


@given(low=st.floats(0, 1e6), width=st.floats(0, 1e6), more=st.floats(0, 1e6))
def test_a_wider_range_never_looks_surer(low, width, more):
    narrow, wide = style.interval_class([low, low], [low + width, low + width + more])
    assert narrow <= wide


@given(high=st.floats(0, 1e6))
def test_a_range_from_zero_is_as_unsure_as_can_be_also_where_it_ends_there(high):
    assert style.interval_class(0.0, high) == 2
    assert words.say_sure(0.0, high) == "the range starts at zero"


def test_an_unknown_end_is_as_unsure_as_can_be():
    assert style.interval_class([np.nan, 3, np.nan], [5, np.nan, np.nan]).tolist() == [2, 2, 2]


def test_every_kind_of_strike_has_a_shape_of_its_own():
    assert len(set(style.SYMBOLS.values())) == len(style.SYMBOLS)


SYMBOL_KINDS = [
    ([], "unknown"),
    (["rbk"], "cluster"),
    (["rbk", "m26"], "cluster"),
    (["rbk", "pom"], "unknown"),
    (["pom"], "mine"),
    (["fab"], "unitary"),
    (["never heard of"], "unknown"),
    (["rbk", "never heard of"], "unknown"),
]


@pytest.mark.parametrize(("candidates", "kind"), SYMBOL_KINDS)
def test_a_strike_gets_a_kind_only_where_all_candidates_agree(candidates, kind):
    catalogue = pd.DataFrame(
        {"hazard_kind": ["dud", "dud", "mine", "dud"], "items_expected": [150, 644, 312, 1]},
        index=["rbk", "m26", "pom", "fab"],
    )
    assert style.symbol_kind(candidates, style.kinds_in_catalogue(catalogue)) == kind


# ---------------------------------------------------------------- words


SENTENCES = [
    (
        sentences.describe_zone((11.6, 64.2, 193), n_strikes=2, area_m2=341_000, footprints_m2=[26_000, 19_600]),
        (
            "Between 12 and 190 unexploded items estimated here (best estimate 64), from 2 reported strikes. "
            "Look in 34 ha; one strike of these kinds contaminates between 2 ha and 2.6 ha."
        ),
    ),
    (
        sentences.describe_zone((0.2, 1, 3), n_strikes=1, area_m2=5e7, footprints_m2=[np.nan]),
        "Between 0.2 and 3 unexploded items estimated here (best estimate 1), from 1 reported strike. Look in 50 km².",
    ),
    (
        sentences.describe_area((1, 1, 1), area_m2=31_400, footprint_m2=0.0),
        (
            "About 1 unexploded item estimated from this strike. "
            "Look in 3.1 ha; an item of this kind lies at a single point."
        ),
    ),
    (
        sentences.describe_area((10, 20, 30), area_m2=31_400, footprint_m2=9000, kind="mine"),
        (
            "Between 10 and 30 mines still live estimated from this strike (best estimate 20). "
            "Look in 3.1 ha; one strike of this kind contaminates about 0.9 ha."
        ),
    ),
    (
        sentences.describe_unlocated((10, 20, 30), precision_m=np.nan, kind="mixed"),
        (
            "Between 10 and 30 unexploded items or live mines estimated from this strike (best estimate 20). "
            "No area is drawn: no place is known. Locate it first."
        ),
    ),
    (
        sentences.describe_zone((np.nan, np.nan, np.nan), n_strikes=1, area_m2=np.nan),
        (
            "How many unexploded items to expect here is not known, from 1 reported strike. "
            "The land to look in is not known."
        ),
    ),
]


@pytest.mark.parametrize(("said", "expected"), SENTENCES)
def test_sentences_read_as_written(said, expected):
    assert said == expected


SMALL = [
    (
        (0, 0.028, 0),
        "Fewer than 0.1 unexploded items are expected here (best estimate 0.028)",
        "fewer than 0.1 items · x",
    ),
    ((0, 0.3, 0), "Fewer than 1 unexploded items are expected here (best estimate 0.3)", "fewer than 1 items · x"),
    ((0, 0.0996, 0), "Fewer than 1 unexploded items are expected here (best estimate 0.1)", "fewer than 1 items · x"),
    (
        (0, 0, 0),
        "Fewer than 0.001 unexploded items are expected here (best estimate under 0.001)",
        "fewer than 0.001 items · x",
    ),
    (
        (0, 0.12, 1),
        "Between 0 and 1 unexploded items estimated here (best estimate 0.12)",
        "about 0.12 items (0 to 1) · x",
    ),
    ((0, 0.996, 0), "Between 0 and 1 unexploded items estimated here (best estimate 1)", "about 1 items (0 to 1) · x"),
    (
        (0, 3.2, 2),
        "Between 0 and 3.2 unexploded items estimated here (best estimate 3.2)",
        "about 3.2 items (0 to 3.2) · x",
    ),
]


@pytest.mark.parametrize(("uxo", "sentence", "brief"), SMALL)
def test_a_small_estimate_reads_neither_as_nothing_nor_as_exact(uxo, sentence, brief):
    assert sentences.say_estimate_here(uxo, ["dud"]) == sentence
    assert sentences.say_estimate_of_strike(uxo, ["dud"]) == sentence.replace("here", "from this strike")
    assert words.say_brief(uxo, "x") == brief


@given(uxo=st.tuples(st.just(0.0), st.floats(1e-9, 1e3), st.integers(0, 50)))
def test_what_is_read_of_an_estimate_holds_its_best_estimate_and_is_never_zero(uxo):
    low, best, _ = uxo
    for said in (words.say_counted(*uxo), wording.say_estimate(*uxo), words.say_brief(uxo, "x")):
        assert not re.match(r"(about )?0 ", said)
        assert said != "0"
        bound = re.match(r"fewer than ([\d.]+)", said)
        top = bound or re.search(r"(?:and|to) ([\d.,]+)", said)
        assert float(top[1].replace(",", "")) >= float(f"{best:.1e}")
        assert not bound or float(bound[1]) <= 1
    assert low == 0


DATES = [
    ("2022-02-24", "2022-02-24", "24 Feb 2022"),
    ("2015-01-01", "2015-01-31", "Jan 2015"),
    ("2016-02-01", "2016-02-29", "Feb 2016"),
    ("2015-04-01", "2015-07-31", "Apr 2015 to Jul 2015"),
    ("1968-01-01", "1968-12-31", "1968"),
    ("1965-01-01", "1973-12-31", "1965 to 1973"),
    ("2022-03-06", "2022-03-07", "6 Mar 2022 to 7 Mar 2022"),
    (None, "2022-03-07", "7 Mar 2022"),
    (None, None, "not known"),
]


@pytest.mark.parametrize(("start", "end", "said"), DATES)
def test_dates_say_no_more_than_is_known(start, end, said):
    assert words.say_dates(pd.Timestamp(start), pd.Timestamp(end)) == said


@pytest.mark.parametrize(
    ("places", "name"),
    [
        ([], ""),
        (["Vuhledar, Donetsk oblast"], "Vuhledar"),
        (["Merefa, Kharkiv oblast", "Merefa, Kharkiv oblast"], "Merefa"),
        (["(unnamed), Idlib"], "(unnamed), Idlib"),
        (["A, x", "B, x", "C, x"], "A, B and 1 more"),
        (
            ["a long row of words that nobody would ever want as the name of a place, x"],
            "a long row of words that nobody would ever want as the name …",
        ),
    ],
)
def test_places_become_short_names(places, name):
    assert words.name_places(places) == name


@given(
    uxo=st.lists(st.floats(0, 1e7), min_size=3, max_size=3).map(sorted),
    n_strikes=st.integers(1, 10_000),
    area_m2=st.floats(1, 1e10),
    footprints_m2=st.lists(st.floats(0, 1e6), max_size=3),
    kinds=st.lists(st.sampled_from(["dud", "mine", "mixed"]), max_size=2),
)
def test_no_sentence_holds_a_banned_word_or_a_bare_nan(uxo, n_strikes, area_m2, footprints_m2, kinds):
    said = sentences.describe_zone(
        tuple(uxo), n_strikes=n_strikes, area_m2=area_m2, footprints_m2=footprints_m2, kinds=kinds
    )
    assert not BANNED.search(said)
    assert "nan" not in said


def test_the_legend_calls_a_cell_without_a_colour_neither_empty_nor_not_assessed():
    from uxomap.maps.raster import LEAST_SHOWN  # noqa: PLC0415 - private, for this test only

    assert f"Cells under {LEAST_SHOWN} items a hectare have no colour" in LABELS["cells_meaning"]
    assert "not assessed" not in LABELS["cells_meaning"]


def test_no_label_holds_a_banned_word():
    for text in [*LABELS.values(), *ROWS.values(), *(said for said, _ in SENTENCES)]:
        assert not BANNED.search(text), text


def test_the_page_says_only_what_the_labels_say_and_uses_all_of_them():
    from uxomap.maps.assets import page_file, page_script  # noqa: PLC0415 - private, for this test only

    script = page_script()
    used = set(re.findall(r"\bsay\.(\w+)", script)) | set(re.findall(r"this\.labels\.(\w+)", page_file("page.html")))
    composed = {name for name in LABELS if re.match(r"(density|sure|kind|layer|tab|context)_", name)}
    assert used <= set(LABELS)
    assert set(LABELS) == used | composed
    assert {f"layer_{name}" for name in [*MAP_LAYERS, "squares", "contamination"]} <= composed


# ---------------------------------------------------------------- the page


class Elements(HTMLParser):
    """Elements of a page with their attributes, and the text of its scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.found, self.inside = [], {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, text):
        tag, attributes = self.found[-1] if self.found else ("", {})
        if tag in {"script", "style"}:
            self.inside.setdefault((tag, attributes.get("id")), []).append(text)


def embedded(page):
    """Data of a page, its layers unpacked."""
    data = json.loads("".join(Elements(page).inside["script", "uxomap-data"]))
    for layer in data["layers"].values():
        layer["columns"] = packing.unpack_text(layer["columns"])
        layer["details"] = [found for chunk in layer["details"] for found in packing.unpack_text(chunk)]
    return data


def test_the_page_asks_no_other_host_for_anything(page):
    elements = Elements(page)
    addresses = [
        (tag, name, value)
        for tag, attributes in elements.found
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "data", "action", "poster"}
    ]
    assert addresses == []
    styles = "".join("".join(text) for (tag, _), text in elements.inside.items() if tag == "style")
    assert "@import" not in styles
    targets = re.findall(r"url\(\s*['\"]?([^)'\"]*)", styles)
    assert len(targets) >= 4
    assert all(target.startswith(("data:image/", "#")) for target in targets)
    assert "sourceMappingURL" not in page


def test_the_page_forbids_requests_to_other_hosts(page):
    (policy,) = [
        attributes["content"]
        for tag, attributes in Elements(page).found
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert page.index("Content-Security-Policy") < page.index("<script")


def test_every_row_is_on_the_page(page, layers):
    data = embedded(page)
    assert {name: len(found["details"]) for name, found in data["layers"].items()} == {
        name: len(frame) for name, frame in layers.items()
    }
    for name, key in (("zones", "zone_id"), ("strikes", "strike_id"), ("unlocated", "strike_id")):
        assert data["layers"][name]["columns"]["id"] == layers[name][key].tolist()


def test_missing_values_are_null_and_dates_are_days(layers):
    unlocated = layers["unlocated"].head(2).copy()
    unlocated[["longitude", "precision_m", "uxo_low"]] = np.nan
    unlocated["date_end"] = pd.NaT
    unlocated["uxo_expected"] = np.nan
    found = collect_features({"unlocated": unlocated}, kinds={}, names={})["unlocated"]
    columns = found.columns[0]
    assert found.shapes[0] is None
    assert columns["precision"] is None
    assert columns["expected"] is None
    assert columns["end"] is None
    assert columns["start"] == (unlocated["date_start"].iloc[0] - pd.Timestamp(0)).days
    assert "not known" in found.details[0]["sentence"]
    data = embedded(web_map_html(make_web_map({"unlocated": unlocated})))
    assert "NaN" not in json.dumps(data["layers"])


def test_a_zone_tells_what_its_strikes_rest_on(layers):
    details = collect_features(layers, kinds={}, names={})["zones"].details
    two = next(found for found in details if len(found["strikes"]) == 2)
    areas = layers["hazard_areas"].set_index("strike_id").loc[two["strikes"]]
    assert dict(two["table"])["Munition"] in set(areas["munition"])
    assert dict(two["table"])["Dud rate used"] == "3 to 31 %, best estimate 12 % (2 sources)"
    (sources,) = [part["bullets"] for part in two["parts"] if part["title"] == "Sources of the rates"]
    assert sources == ["HRW 2009 A Dying Practice", "UNMAS 2011 technical note"]
    assert {text for text, _ in two["links"]} == set("|".join(areas["source"]).split("|"))


LINKS = [
    ("HRW", "https://hrw.org/a", [("HRW", "https://hrw.org/a")]),
    ("HRW|UN", "https://hrw.org/a|https://un.org/b", [("HRW", "https://hrw.org/a"), ("UN", "https://un.org/b")]),
    ("HRW", "javascript:alert(1)", [("HRW", "")]),
    ("HRW", "", [("HRW", "")]),
    ("", "https://www.un.org/b/c", [("un.org", "https://www.un.org/b/c")]),
    ("HRW", "https://hrw.org/a|https://hrw.org/b", [("HRW", "https://hrw.org/a"), ("HRW", "https://hrw.org/b")]),
    ("HRW|UN", "https://un.org/b", [("HRW", ""), ("UN", ""), ("un.org", "https://un.org/b")]),
    ("HRW", "https://hrw.org/a b", [("HRW", "")]),
    (np.nan, np.nan, []),
]


@pytest.mark.parametrize(("source", "url", "expected"), LINKS)
def test_sources_become_links_only_where_they_are_web_addresses(layers, source, url, expected):
    strike = layers["strikes"].head(1).assign(source=source, source_url=url)
    (details,) = collect_features({"strikes": strike}, kinds={}, names={})["strikes"].details
    assert [tuple(link) for link in details["links"]] == expected


def test_same_layers_same_bytes(layers, page):
    again = web_map_html(
        make_web_map(layers, title="Sample", subtitle="124 places", summary=["A total.", "A second line."])
    )
    assert again == page
    web_map = make_web_map(layers)
    assert web_map_html(web_map) == web_map_html(web_map)


def test_another_process_writes_the_same_bytes_and_imports_folium_late():
    code = (
        "import hashlib, sys, uxomap.maps as m;"
        "sys.exit('folium was imported before it was needed') if 'folium' in sys.modules else None;"
        "print(hashlib.sha256(m.web_map_html(m.make_web_map({}, title='T')).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_making_a_map_leaves_the_layers_alone(layers):
    before = {name: frame.copy(deep=True) for name, frame in layers.items()}
    web_map_html(make_web_map(layers))
    for name, frame in layers.items():
        pd.testing.assert_frame_equal(frame, before[name])


HOSTILE = [
    "<script>document.title='taken'</script>",
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "\"'><svg onload=document.title='taken'>",
    "{{ 7*7 }} {% raw %} ${document.title='taken'}",
    "<!--<script>",
    "\u2028\u2029 \u202egnihtemos",
]


def hostile_layers():
    rows = [
        {
            "id": f"H{number}{text}",
            "start": "2022-01-01",
            "end": "2022-01-01",
            "where": text,
            "munition": "",
            "text": text,
            "precision": 3000.0 if number % 2 else 9000.0,
            "lon": 30.0 + number,
            "lat": 50.0,
            "source": text.replace("|", ""),
            "url": f"javascript:{text}",
            "assumed": text,
        }
        for number, text in enumerate(HOSTILE)
    ]
    return make_layers(rows)


def test_hostile_text_opens_no_tag():
    plain = web_map_html(make_web_map({}))
    text = HOSTILE[1]
    page = web_map_html(make_web_map(hostile_layers(), title=text, subtitle=text, summary=[text], sensitivity=text))
    count = [len([tag for tag, _ in Elements(page).found if tag in {"script", "img", "svg"}]) for page in (plain, page)]
    assert count[0] == count[1]
    assert HOSTILE[0] not in page
    assert "49" not in "".join(re.findall(r"<h1[^>]*>[^<]*", web_map_html(make_web_map({}, title=HOSTILE[4]))))


@given(st.text())
def test_any_text_survives_the_way_into_the_page(text):
    written = script_safe({"text": text})
    assert json.loads(written) == {"text": text}
    assert not set(written) & set("<>&\u2028\u2029")


@pytest.mark.parametrize("kept", [[], ["zones"], ["strikes"], ["unlocated"], ["hazard_areas"], ["zones", "unlocated"]])
def test_missing_and_empty_layers_still_make_a_page(layers, kept):
    for some in ({name: layers[name] for name in kept}, {name: layers[name].iloc[:0] for name in kept}):
        page = web_map_html(make_web_map(some))
        assert wording.NOTICE in page
        assert json.dumps(LABELS["no_zones"]) in page


def test_notice_sensitivity_and_rounding_stand_on_the_page(page):
    for text in (wording.NOTICE, wording.ROUNDING_NOTE, wording.SENSITIVITY, "Sample", "124 places", "A second line."):
        assert text in page


REFUSED = [
    (lambda layers: {"zone": layers["zones"]}, InputError, r"Invalid layer 'zone'\. Must be one of: zones"),
    (lambda layers: {"zones": layers["zones"].drop(columns="n_strikes")}, SchemaError, "missing column 'n_strikes'"),
    (lambda layers: {"zones": layers["strikes"]}, SchemaError, "geometry must be Polygon"),
    (lambda layers: {"zones": layers["zones"].to_crs("EPSG:3857")}, CRSError, "Convert it with layer.to_crs"),
]


@pytest.mark.parametrize(("spoil", "error", "says"), REFUSED)
def test_layers_that_break_their_contract_are_refused(layers, spoil, error, says):
    with pytest.raises(error, match=says):
        make_web_map(spoil(layers))


def test_elements_of_folium_can_be_added():
    web_map = make_web_map({})
    folium.Circle([50, 30], radius=100).add_to(web_map)
    page = web_map_html(web_map)
    assert page.index("uxomapDraw(map_uxomap)") < page.index("L.circle(\n                [50.0, 30.0]")


def test_a_summary_must_be_lines():
    with pytest.raises(InputError, match="Must be a list of lines"):
        make_web_map({}, summary="one text")


def test_a_missing_leaflet_says_what_to_install(monkeypatch):
    from uxomap.maps import assets  # noqa: PLC0415 - private, for this test only

    monkeypatch.setattr(assets, "_LEAFLET", "XStatic-Nothing")
    with pytest.raises(ImportError, match="pip install XStatic-Nothing"):
        assets.leaflet_script.__wrapped__()


# ---------------------------------------------------------------- files


def test_a_saved_map_is_the_page_and_nothing_else_stays(tmp_path):
    web_map = make_web_map({})
    target = save_web_map(web_map, tmp_path / "map.html")
    assert target.read_text(encoding="utf-8") == web_map_html(web_map)
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_a_map_that_cannot_be_written_leaves_the_earlier_one_whole(tmp_path, monkeypatch):
    target = tmp_path / "map.html"
    target.write_text("earlier", encoding="utf-8")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OutputError, match="the disk is full"):
        save_web_map(make_web_map({}), target)
    assert target.read_text(encoding="utf-8") == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"that folder does not exist. Make it first"):
        save_web_map(make_web_map({}), tmp_path / "nowhere" / "map.html")


# ---------------------------------------------------------------- the window


def boxes(*spans):
    """Zones that are boxes of longitude and latitude."""
    return gpd.GeoDataFrame(geometry=[shapely.box(*span) for span in spans], crs="EPSG:4326")


WINDOWS = [
    ([(30, 48, 31, 49)], (30, 48, 31, 49)),
    ([(30, 48, 31, 49), (-72, 4, -71, 5)], (-72, 4, 31, 49)),
    ([(178, -17, 179, -16), (-179, -18, -178, -17)], (-182, -18, -178, -16)),
    ([(179, 60, 180, 61), (-180, 60, -179, 61)], (-181, 60, -179, 61)),
    ([(-120, 0, -119, 1), (0, 0, 1, 1), (119, 0, 120, 1)], (-120, 0, 120, 1)),
    ([(-60, 0, 60, 1), (0, 0, 1, 1)], (-60, 0, 60, 1)),
]


@pytest.mark.parametrize(("spans", "expected"), WINDOWS)
def test_the_map_opens_on_the_narrowest_window(spans, expected):
    window = view.find_window({"zones": boxes(*spans)})
    assert (window.west, window.south, window.east, window.north) == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=12))
def test_the_window_holds_every_place(places):
    window = view.find_window({"unlocated": pd.DataFrame(places, columns=["longitude", "latitude"])})
    assert window.east - window.west <= 360
    for longitude, latitude in places:
        turned = longitude if longitude <= window.east + 1e-9 else longitude - 360
        assert window.west - 1e-9 <= turned <= window.east + 1e-9
        assert window.south <= latitude <= window.north


def test_no_place_no_window(layers):
    nowhere = layers["unlocated"].assign(longitude=np.nan)
    assert view.find_window({"unlocated": nowhere}) is None
    assert view.find_window({"zones": layers["zones"].iloc[:0]}) is None


# ---------------------------------------------------------------- notebooks


@pytest.mark.parametrize("name", ["strikes", "hazard_areas", "zones", "unlocated"])
def test_a_layer_is_recognised_by_its_columns(layers, name):
    view_of_layer = show_layer(layers[name])
    assert isinstance(view_of_layer, LayerView)
    assert view_of_layer.layer == name
    html, text = view_of_layer._repr_html_(), repr(view_of_layer)
    assert "<iframe" in html
    assert html.count("<tr>") == 1 + min(len(layers[name]), 10)
    for shown in (html, text):
        assert wording.NOTICE in shown
        assert f"{len(layers[name])} rows" in shown


def test_a_reports_layer_can_be_shown(layers):
    strikes = layers["strikes"].head(3)
    columns = layer_schema("reports").columns
    reports = strikes.assign(
        row=[1, 2, 3],
        report_id=strikes["report_ids"],
        status=["accepted", "assumed", "rejected"],
        reason=["", "", "no coordinates"],
        longitude=strikes.geometry.x,
        latitude=strikes.geometry.y,
        precision_source="stated",
        crs_stated="WGS 84",
    )
    reports = reports[[*(name for name in columns if name in reports.columns), "geometry"]]
    reports.loc[reports.index[2], "geometry"] = None
    shown = show_layer(reports)
    assert shown.layer == "reports"
    assert "no coordinates" in shown._repr_html_()


def test_totals_add_up_best_estimates_only(layers):
    said = " ".join(show_layer(layers["zones"]).lines())
    zones = layers["zones"]
    assert wording.round_for_reading(zones["uxo_expected"].sum()) in said
    for column in ("uxo_low", "uxo_high"):
        assert wording.round_for_reading(zones[column].sum()) not in said


def test_an_empty_layer_shows_itself(layers):
    empty = show_layer(layers["zones"].iloc[:0])
    assert "No rows." in empty._repr_html_()
    assert "0 rows" in repr(empty)


def test_a_frame_of_no_layer_is_refused(layers):
    with pytest.raises(InputError, match="are those of no layer"):
        show_layer(layers["zones"].drop(columns="strike_ids"))


def test_hostile_text_is_escaped_in_notebooks():
    layers = hostile_layers()
    html = assessment_view_html(layers, summary=[HOSTILE[0]]) + show_layer(layers["strikes"])._repr_html_()
    outside = re.sub(r'srcdoc="[^"]*"', "", html)
    assert "<script" not in outside
    assert "<img" not in outside
    assert {tag for tag, _ in Elements(outside).found} <= {"div", "p", "iframe", "table", "tr", "th", "td", "h4"}


def test_the_assessment_view_shows_summary_map_zones_and_what_is_not_located(layers):
    html = assessment_view_html(layers, summary=["Estimated: between 1 and 2."])
    assert html.index("Estimated: between 1 and 2.") < html.index("<iframe") < html.index("Strikes not located</h4>")
    assert wording.NOTICE in html


def test_a_map_shows_itself_in_a_notebook():
    assert make_web_map({})._repr_html_().startswith('<iframe title="Map" srcdoc="&lt;!DOCTYPE html&gt;')


# ---------------------------------------------------------------- in a browser

SMALLEST_TEXT = """
Array.from(document.querySelectorAll("*")).filter((e) => Array.from(e.childNodes).some((n) => n.nodeType === 3
  && n.data.trim()) && !["SCRIPT", "STYLE", "NOSCRIPT", "TITLE"].includes(e.tagName))
  .map((e) => parseFloat(getComputedStyle(e).fontSize)).reduce((a, b) => Math.min(a, b))
"""


@needs_browser
def test_the_page_draws_and_answers_in_a_browser(page, layers, tmp_path):
    script = f"""(function () {{
      const entries = document.querySelectorAll("#uxomap-panel .entry");
      entries[0].focus(); entries[0].click();
      const panel = document.getElementById("uxomap-panel");
      const details = panel.querySelector(".sentence").textContent.replaceAll("\\u00a0", " ");
      const links = panel.querySelectorAll("a[href^=http][rel~=noopener]").length;
      panel.dispatchEvent(new KeyboardEvent("keydown", {{key: "Escape"}}));
      const tabs = Array.from(panel.querySelectorAll(".tab")).map((tab) => tab.textContent);
      document.querySelectorAll("#uxomap-legend input").forEach((box) => {{ box.click(); box.click(); }});
      const canvas = document.querySelector(".leaflet-overlay-pane canvas");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return {{entries: entries.length, details, links, tabs, drawn: pixels.some((value) => value > 0),
        smallest: {SMALLEST_TEXT}, legend: getComputedStyle(document.getElementById("uxomap-legend")).display}};
    }})()"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script)
    first = layers["zones"].sort_values("uxo_expected", ascending=False).iloc[0]
    assert out["uxomap"] == "ready"
    assert json.loads(out["uxomapErrors"]) == []
    assert seen["entries"] == len(layers["zones"])
    assert seen["details"].startswith(wording.say_range(first["uxo_low"], first["uxo_high"]).capitalize())
    assert seen["links"] >= 1
    assert seen["tabs"] == [f"Zones {len(layers['zones'])}", f"Not located {len(layers['unlocated'])}", "Strikes 124"]
    assert seen["drawn"]
    assert seen["smallest"] >= 12
    assert seen["legend"] != "none"


@needs_browser
def test_the_page_fits_a_phone(page, tmp_path):
    script = f"""(function () {{
      const legend = document.getElementById("uxomap-legend");
      const before = getComputedStyle(legend).display;
      document.querySelector("#uxomap-taps button").click();
      const notice = document.querySelector(".notice").getBoundingClientRect();
      return {{before, after: getComputedStyle(legend).display, wide: document.documentElement.scrollWidth,
        smallest: {SMALLEST_TEXT}, map: document.querySelector(".map").getBoundingClientRect().height,
        notice: notice.height > 20 && notice.bottom <= window.innerHeight}};
    }})()"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script, size=(360, 740))
    assert json.loads(out["uxomapErrors"]) == []
    assert (seen["before"], seen["after"]) == ("none", "flex")
    assert seen["wide"] <= 360
    assert seen["smallest"] >= 12
    assert seen["map"] > 300
    assert seen["notice"]


@needs_browser
def test_hostile_text_stays_text_in_a_browser(tmp_path):
    page = web_map_html(make_web_map(hostile_layers(), title=HOSTILE[2], summary=HOSTILE))
    script = """(function () {
      const panel = document.getElementById("uxomap-panel");
      const said = [];
      for (const tab of [0, 1, 2]) {
        panel.querySelectorAll(".tab")[tab].click();
        const count = panel.querySelectorAll(".entry").length;
        for (let number = 0; number < count; number += 1) {
          panel.querySelectorAll(".entry")[number].click();
          said.push(panel.textContent);
          panel.querySelector(".plain").click();
        }
      }
      const images = document.querySelectorAll("img, a[href^=javascript]").length;
      return {said: said.join(" "), title: document.title, images};
    })()"""
    seen, out, dom = run_in_browser(page, tmp_path, script=script)
    assert out["uxomap"] == "ready"
    assert seen["title"] != "taken"
    assert seen["images"] == 0
    assert "taken?taken" not in dom
    for text in HOSTILE[:4]:
        assert text in seen["said"]


@needs_browser
def test_a_page_without_layers_opens(tmp_path):
    seen, out, _ = run_in_browser(
        web_map_html(make_web_map({})), tmp_path, script='document.getElementById("uxomap-panel").textContent'
    )
    assert out["uxomap"] == "ready"
    assert json.loads(out["uxomapErrors"]) == []
    assert LABELS["no_zones"] in seen
