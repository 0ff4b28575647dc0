import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from uxomap import find_strikes, read_reports
from uxomap.errors import InputError
from uxomap.items import estimate_items
from uxomap.strikes._agree import agree_on, compare_names, share_publisher
from uxomap.strikes._neighbours import CROWD, Points, Reach, find_neighbours

#: A degree of latitude at 48.5° N, in metres.
DEGREE = 111_200


def report(name, source, **changes):
    """One report of a strike on a village; what is not named is the same for all."""
    plain = {
        "date": "2022-03-01",
        "munition": "CBU-87",
        "rounds": "2",
        "place": "Vuhledar",
        "latitude": 48.5012,
        "longitude": 37.5012,
        "precision_m": 2500,
        "same_event": "",
    }
    return {"id": name, "source": source} | plain | changes


def strikes_of(*rows, **choices):
    return find_strikes(read_reports(pd.DataFrame(rows), columns={"event_id": "same_event"}), **choices)


def groups(strikes):
    return sorted(strikes["report_ids"])


def test_two_sources_of_one_strike_are_linked_and_the_link_is_said():
    strikes = strikes_of(report("a", "HRW"), report("b", "UN", latitude=48.5012 + 300 / DEGREE))
    assert strikes["report_ids"].tolist() == ["a|b"]
    strike = strikes.iloc[0]
    assert (strike["strike_id"], strike["n_reports"], strike["link_rule"]) == ("S-a", 2, "rule")
    assert strike["link_distance_m"] == pytest.approx(300, abs=1)
    assert "reports a and b linked by rule: up to 300 m apart" in strike["assumptions"]
    assert strike["may_repeat"] == ""
    assert strike["source"] == "HRW|UN"


FLAGGED = {
    "a publisher in common": {"source": "Reuters / HRW"},
    "a place known too roughly": {"precision_m": 8000},
    "days known too roughly": {"date": "2022-02-27/2022-03-02"},
    "the next day": {"date": "2022-03-02"},
    "counts that contradict": {"rounds": "5"},
    "only a class and no count": {"munition": "cluster munition", "rounds": ""},
    "no munition": {"munition": ""},
    "no name and another spot": {"place": "", "latitude": 48.5012 + 1500 / DEGREE},
    "another name on the spot": {"place": "Soledar"},
}
SILENT = {
    "another munition": {"munition": "Uragan cluster munition rockets"},
    "another name and spot": {"place": "Soledar", "latitude": 48.5012 + 1500 / DEGREE},
    "too far": {"latitude": 48.5012 + 3600 / DEGREE},
    "days that do not meet": {"date": "2022-03-04"},
    "the same source": {"source": "hrw"},
    "no source in the same file": {"source": "", "date": "2022-03-09"},
}


@pytest.mark.parametrize("changes", FLAGGED.values(), ids=FLAGGED)
def test_what_may_be_one_event_is_left_apart_and_said_on_both(changes):
    strikes = strikes_of(report("a", "HRW"), report("b", "UN") | changes)
    assert strikes["may_repeat"].tolist() == ["S-b", "S-a"]
    assert "may be the same event as S-b" in strikes.loc[0, "assumptions"]
    assert "may be the same event as S-a" in strikes.loc[1, "assumptions"]


@pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT)
def test_what_is_another_event_is_left_apart_and_not_said(changes):
    strikes = strikes_of(report("a", "HRW"), report("b", "UN") | changes)
    assert strikes["may_repeat"].tolist() == ["", ""]
    assert not strikes["assumptions"].str.contains("same event").any()


@pytest.mark.parametrize("source", ["HRW", "UN", "WHO"])
def test_where_anybody_tells_of_another_strike_within_a_week_nothing_is_linked(source):
    pair = [report("a", "HRW"), report("b", "UN")]
    other = {"munition": "Uragan cluster munition rockets"}
    assert len(strikes_of(*pair, report("c", source, date="2022-03-08", **other))) == 3
    assert groups(strikes_of(*pair, report("c", source, date="2022-03-09", **other))) == ["a|b", "c"]
    assert groups(strikes_of(*pair, report("c", source, latitude=48.6, **other))) == ["a|b", "c"]


def test_three_sources_are_linked_only_where_each_agrees_with_each():
    rows = [report("a", "HRW"), report("b", "UN", rounds="2-4"), report("c", "WHO", rounds="4")]
    assert len(strikes_of(*rows)) == 3
    assert groups(strikes_of(*rows[:2], rows[2] | {"rounds": "2"})) == ["a|b|c"]


def test_repeated_sorties_of_an_official_record_survive():
    rows = [report(f"sortie-{number}", "Air Force record") for number in range(5)]
    strikes = strikes_of(*rows, report("press", "Reuters"))
    assert len(strikes) == 6
    assert strikes["may_repeat"].tolist()[-1] == "|".join(f"S-sortie-{number}" for number in range(5))
    assert "or 1 more" in strikes["assumptions"].iloc[-1]


@pytest.mark.parametrize(("sources", "linked"), [(("", ""), True), (("HRW", "HRW"), False), (("HRW", ""), True)])
def test_files_are_records_where_no_source_is_stated(tmp_path, sources, linked):
    paths = []
    for name, source in zip("ab", sources, strict=True):
        paths.append(tmp_path / f"{name}.csv")
        pd.DataFrame([report(name, source)]).to_csv(paths[-1], index=False)
    strikes = find_strikes(read_reports(paths))
    assert len(strikes) == (1 if linked else 2)
    # Two versions of one list may repeat each other.
    assert (strikes["may_repeat"] != "").tolist() == [not linked] * len(strikes)


def test_rows_without_a_source_are_of_one_record_with_the_rest_of_their_file():
    assert len(strikes_of(report("a", "HRW"), report("b", ""))) == 2


def test_the_word_of_the_user_wins():
    pair = [report("a", "HRW"), report("b", "UN")]
    apart = strikes_of(pair[0] | {"same_event": "1"}, pair[1] | {"same_event": "2"})
    assert groups(apart) == ["a", "b"]
    assert apart["may_repeat"].tolist() == ["", ""]
    half = strikes_of(pair[0] | {"same_event": "1"}, pair[1])
    assert groups(half) == ["a|b"]
    together = strikes_of(
        *(report(name, "HRW", same_event="1", date=f"2022-0{month}-01") for name, month in ("a3", "b9"))
    )
    assert together["link_rule"].tolist() == ["event_id"]
    both = strikes_of(
        report("a", "HRW", same_event="1"), report("b", "HRW", same_event="1"), report("c", "UN", precision_m=300)
    )
    assert groups(both) == ["a|b|c"]
    assert both.loc[0, "link_rule"] == "event_id|rule"


def test_the_rule_can_be_switched_off_and_its_thresholds_set():
    pair = [report("a", "HRW"), report("b", "UN", precision_m=8000, date="2022-02-27/2022-03-02")]
    assert len(strikes_of(*pair)) == 2
    assert len(strikes_of(*pair, link_radius_m=8000)) == 2
    assert len(strikes_of(*pair, link_radius_m=8000, link_days=4)) == 1
    off = strikes_of(report("a", "HRW"), report("b", "UN"), link=False)
    assert off["may_repeat"].tolist() == off["link_rule"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"link_radius_m": 0}, "Invalid link_radius_m 0. Must be a finite number of metres, above 0"),
        ({"link_radius_m": np.nan}, "Invalid link_radius_m nan"),
        ({"link_days": 0}, "Invalid link_days 0. Must be a whole number of days, 1 to 31"),
        ({"link_days": 2.5}, "Invalid link_days 2.5"),
        ({"link_days": 32}, "1 to 31"),
    ],
)
def test_thresholds_out_of_range_are_refused(choice, words):
    with pytest.raises(InputError, match=words):
        strikes_of(report("a", "HRW"), **choice)


def test_a_linked_strike_is_what_all_its_reports_allow():
    strikes = strikes_of(
        report("a", "HRW", munition="cluster bombs", rounds="2-4", precision_m=1500, date="2022-03-01/2022-03-02"),
        report("b", "UN", munition="CBU-87", rounds="4 (estimate)", date="2022-02-28/2022-03-01"),
    )
    strike = strikes.iloc[0]
    assert (strike["munition_id"], strike["munition_match"]) == ("cbu87", "exact")
    assert strike["date_start"] == strike["date_end"] == pd.Timestamp("2022-03-01")
    assert strike["rounds_low"] == 2
    assert strike["rounds_expected"] == 4
    assert strike["rounds_high"] >= 4.2
    assert strike["precision_m"] == 1500


def test_the_evidence_is_that_of_the_greatest_count():
    pair = [report("a", "HRW", evidence="delivered"), report("b", "UN", evidence="explosions", rounds="2")]
    assert strikes_of(*pair).loc[0, "evidence"] == "explosions"
    assert strikes_of(pair[0] | {"rounds": "3"}, pair[1]).loc[0, "evidence"] == "delivered"


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("Sievierodonetsk, Luhansk oblast", "Severodonetsk", 1),
        ("Basra (Hay al-Muhandissin)", "Basra, Iraq", 1),
        ("Shindisi, Shida Kartli (Gori), Georgia", "Variani, Shida Kartli (Gori), Georgia", -1),
        ("Вугледар", "Vuhledar", 0),
        ("", "Vuhledar", 0),
        ("ʼ, -", "Vuhledar", 0),
    ],
)
def test_names_of_places(one, other, answer):
    assert compare_names(one, other) == compare_names(other, one) == answer


def test_publishers_and_munitions_in_common():
    assert share_publisher("Human Rights Watch / Reuters", "human rights  watch via CNN")
    assert not share_publisher("Reuters", "Human Rights Watch")
    assert agree_on(["generic_cluster", "cbu87|grad_122_he"]) == ("cbu87",)
    assert agree_on(["cbu87", "9m27k"]) == ()


def scattered(seed, count=40):
    """Reports of few sources on few villages and days, so that many agree; their order is that of the draw."""
    rng = np.random.default_rng(seed)
    rows = [
        report(
            f"r{number:02}",
            ["HRW", "UN", "WHO", "", "HRW / UN"][rng.integers(5)],
            date=f"2022-{rng.integers(1, 13):02}-{rng.integers(1, 3):02}",
            munition=["CBU-87", "cluster bombs", "Uragan cluster munition rockets", ""][rng.integers(4)],
            rounds=["", "2", "2-4", "at least 3"][rng.integers(4)],
            place=["Vuhledar", "", "Soledar"][rng.integers(3)],
            latitude=48.5012 + rng.integers(3) * 900 / DEGREE,
            precision_m=int(rng.choice([300, 2500, 5000, 9000])),
            same_event=["", "", "", "", f"e{rng.integers(20)}"][rng.integers(5)],
        )
        for number in range(count)
    ]
    return read_reports(pd.DataFrame(rows), columns={"event_id": "same_event"})


seeds = st.integers(0, 10_000)


@settings(max_examples=6)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_reports_changes_nothing(seed, random):
    reports = scattered(seed)
    order = list(range(len(reports)))
    random.shuffle(order)
    direct = find_strikes(reports).set_index("strike_id")
    moved = find_strikes(reports.iloc[order]).set_index("strike_id").loc[direct.index]
    pd.testing.assert_frame_equal(pd.DataFrame(direct), pd.DataFrame(moved))


@settings(max_examples=6)
@given(seeds)
def test_laws_of_linking(seed):
    reports = scattered(seed)
    strikes, apart = find_strikes(reports), find_strikes(reports, link=False)
    names = strikes["report_ids"].str.split("|").explode()
    assert sorted(names) == sorted(reports["report_id"])
    assert strikes["n_reports"].sum() == len(reports)
    by_name = reports.set_index("report_id")
    said = by_name["event_id"].fillna("").where(lambda text: text != "")
    for members in strikes["report_ids"].str.split("|"):
        chosen = said.loc[members]
        assert len(set(chosen.dropna())) <= 1
        # One report a source, but for those that the user links.
        rule_only = by_name.loc[[name for name in members if pd.isna(said[name])], "source"]
        assert rule_only.notna().all() or len(members) == 1
        assert not rule_only.duplicated().any()
    for value in said.dropna().unique():
        assert names[names.isin(said.index[said == value])].index.drop_duplicates().size == 1
    # What may repeat is said on both, of strikes that exist.
    repeats = strikes.set_index("strike_id")["may_repeat"]
    told = {(one, other) for one, text in repeats.items() for other in text.split("|") if other}
    assert told == {(other, one) for one, other in told}
    assert {one for pair in told for one in pair} <= set(strikes["strike_id"])
    # Counts: never above all together, never below the greatest, as far as they are reported.
    counted = by_name["rounds_expected"].fillna(0)
    total = [counted.loc[members].agg(["max", "sum"]) for members in strikes["report_ids"].str.split("|")]
    for (greatest, together), expected in zip(total, strikes["rounds_expected"], strict=True):
        assert greatest <= expected
        assert expected <= together or together == 0
    assert len(strikes) <= len(apart)


@settings(max_examples=6)
@given(seeds, st.booleans())
def test_a_second_run_gives_the_same_strikes(seed, only_linked):
    reports = scattered(seed)
    first = find_strikes(reports)
    made = first[first["n_reports"] > 1] if only_linked else first
    names = made.assign(name=made["report_ids"].str.split("|")).explode("name").set_index("name")["strike_id"]
    given = zip(reports["report_id"], reports["event_id"], strict=True)
    taken = pd.Series([names.get(name, event) for name, event in given], index=reports.index, dtype="str")
    second = find_strikes(reports.assign(event_id=taken))
    told = ["strike_id", "report_ids", "n_reports", "rounds_expected", "munition_candidates"]
    pd.testing.assert_frame_equal(pd.DataFrame(first[told]), pd.DataFrame(second[told]))


def test_expected_items_stay_between_the_largest_report_and_all_together():
    rows = [report("a", "HRW", rounds="2-4"), report("b", "UN", rounds="3")]
    apart, linked = (estimate_items(strikes_of(*rows, link=link))["uxo_expected"] for link in (False, True))
    assert len(linked) == 1
    assert apart.max() <= linked.sum() * (1 + 1e-9)
    assert linked.sum() <= apart.sum()


def make_points(longitude, latitude, origin, radius=2500.0, day=0):
    count = len(longitude)
    days = np.broadcast_to(np.asarray(day, dtype=np.int64), count)
    return Points(np.asarray(longitude), np.asarray(latitude), np.full(count, radius), days, days, np.asarray(origin))


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [((179.9999, -179.9999), (10.0, 10.0)), ((10.0, 10.3), (84.9, 84.9)), ((0.0, 0.0), (-0.01, 0.01))],
)
def test_neighbours_are_found_across_the_antimeridian_and_near_the_poles(longitude, latitude):
    found = find_neighbours(make_points(longitude, latitude, [0, 1]), Reach(5000, 3, 7))
    assert found.left.tolist() == [0, 1]


@settings(max_examples=6)
@given(seeds)
def test_neighbours_are_those_of_the_exact_geodesic(seed):
    rng = np.random.default_rng(seed)
    count = 40
    longitude, latitude = 179.9 + rng.uniform(-0.1, 0.1, count), 60 + rng.uniform(-0.1, 0.1, count)
    points = make_points(longitude, latitude, np.arange(count), day=rng.integers(0, 15, count))
    found = find_neighbours(points, Reach(2500, 3, 7))
    geod = Geod(ellps="WGS84")
    met = np.zeros((count, count), dtype=bool)
    for one in range(count):
        distance = geod.inv(*np.broadcast_arrays(longitude[one], latitude[one], longitude, latitude))[2]
        met[one] = (distance <= 2500 * np.sqrt(2)) & (np.abs(points.start[one] - points.start) <= 7)
    np.fill_diagonal(met, val=False)
    asked = np.unique(found.left)
    assert sorted(zip(found.left, found.right, strict=True)) == [
        (one, other) for one, other in np.argwhere(met).tolist() if one in asked
    ]
    # Who has another record on the same or the next day is asked.
    close = met & (np.abs(points.start[:, None] - points.start) <= 1)
    assert set(np.flatnonzero(close.any(axis=1))) <= set(asked.tolist())


@pytest.mark.parametrize("sources", [2, 300])
@pytest.mark.parametrize("spread", [0.0, 0.005])
def test_a_crowd_is_left_apart_and_says_so(sources, spread):
    rng = np.random.default_rng(0)
    count = 300
    rows = pd.DataFrame([report(f"r{number}", f"s{number % sources}") for number in range(count)])
    strikes = find_strikes(read_reports(rows.assign(latitude=48.5 + rng.uniform(0, spread, count))))
    assert len(strikes) == count
    assert strikes["assumptions"].str.contains(f"among more than {CROWD} reports within 7.1 km").all()


def lost_strikes(seed, towns=150, days=730, rate=0.02, burst=0.5):
    """Share of strikes lost to false links, and of repeated reports found, in a drawn war."""
    rng = np.random.default_rng(seed)
    town = np.repeat(np.arange(towns), rng.poisson(rate * days, towns))
    day = rng.integers(0, days, len(town))
    several = 1 + rng.poisson(burst, len(town))
    town, day = np.repeat(town, several), np.repeat(day, several)
    munition = rng.choice(["CBU-87", "Uragan cluster munition rockets"], len(town))
    rounds = rng.choice(["1", "2", "4", "8"], len(town))
    event, source = np.nonzero(rng.random((len(town), 3)) < 0.5)
    count = len(event)
    table = pd.DataFrame(
        {
            "id": event.astype(str) + np.array([".a", ".b", ".c"])[source],
            "source": np.array(["HRW", "UN", "WHO"])[source],
            "date": (pd.Timestamp("2015-01-01") + pd.to_timedelta(day[event], "D")).strftime("%Y-%m-%d"),
            "munition": np.where(rng.random(count) < 0.5, munition[event], "cluster munitions"),
            "rounds": np.where(rng.random(count) < 0.5, rounds[event], ""),
            "latitude": (40 + (town[event] % 20) * 0.3 + rng.normal(0, 0.002, count)).round(5),
            "longitude": (30 + (town[event] // 20) * 0.3 + rng.normal(0, 0.002, count)).round(5),
            "place": "the town",
            "precision_m": 2500,
        }
    )
    members = find_strikes(read_reports(table))["report_ids"].str.replace(r"\.[abc]", "", regex=True).str.split("|")
    lost = members.map(lambda names: len(set(names)) - 1).sum() / len(np.unique(event))
    repeats = pd.Series(event).value_counts()
    same = members.map(lambda names: sum(names.count(one) * (names.count(one) - 1) // 2 for one in set(names))).sum()
    return lost, same / (repeats * (repeats - 1) // 2).sum()


def test_few_strikes_are_lost_to_false_links_in_a_drawn_war():
    lost, found = lost_strikes(1, burst=0)
    assert lost <= 0.001
    assert found >= 0.15
    lost, _ = lost_strikes(2, burst=0.5)
    assert lost <= 0.006


def test_the_frame_is_a_layer_with_its_crs():
    strikes = strikes_of(report("a", "HRW"), report("b", "UN"), report("c", "UN", date="2022-09-01"))
    assert isinstance(strikes, gpd.GeoDataFrame)
    assert strikes.crs == "EPSG:4326"
    assert strikes.geometry.notna().all()
