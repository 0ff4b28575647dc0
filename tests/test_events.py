"""Event databases: recognised by their columns, every row accounted for, no deaths taken for rounds."""

import csv
import json
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uxomap import find_strikes, read_reports
from uxomap.errors import InputError
from uxomap.reports import ROLES, Stated, read_source, understand_table
from uxomap.reports._events import read_database
from uxomap.reports._source import Table
from uxomap.reports._texts import no_notes
from uxomap.reports._weapons import find_weapons, tells_more

ACLED = {
    "event_id_cnty": "UKR1",
    "event_date": "01 March 2022",
    "time_precision": "1",
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Shelling/artillery/missile attack",
    "country": "Ukraine",
    "admin1": "Kharkiv",
    "location": "Izium",
    "latitude": "49.2088",
    "longitude": "37.2485",
    "geo_precision": "1",
    "source": "Invented Agency",
    "notes": "",
    "fatalities": "7",
}
UCDP = {
    "id": "900001",
    "relid": "UKR-2022-1-1-1",
    "year": "2022",
    "active_year": "1",
    "type_of_violence": "1",
    "source_article": "Invented Agency, 2022-03-02",
    "source_headline": "",
    "where_prec": "1",
    "where_coordinates": "Izium town",
    "adm_1": "Kharkiv",
    "latitude": "49.208800",
    "longitude": "37.248500",
    "country": "Ukraine",
    "date_prec": "1",
    "date_start": "2022-03-01 00:00:00.000",
    "date_end": "2022-03-01 00:00:00.000",
    "best": "12",
    "high": "20",
    "low": "3",
}
THOR = {
    "THOR_DATA_VIET_ID": "1",
    "MSNDATE": "19690215",
    "SOURCERECORD": "CACTA",
    "TGTLATDD_DDD_WGS84": "17.123456",
    "TGTLONDDD_DDD_WGS84": "105.654321",
    "TGTCOUNTRY": "LAOS",
    "WEAPONTYPE": "CBU24 AN PR MT",
    "WEAPONTYPECLASS": "",
    "WEAPONTYPEWEIGHT": "800",
    "NUMWEAPONSDELIVERED": "4",
    "NUMWEAPONSJETTISONED": "0",
    "NUMWEAPONSRETURNED": "0",
    "MFUNC_DESC": "STRIKE",
    "MFUNC_DESC_CLASS": "KINETIC",
}


def frame_of(pattern, *changes):
    return pd.DataFrame([{**pattern, **change} for change in changes])


def read(pattern, *changes):
    return read_reports(frame_of(pattern, *changes))


def read_one(pattern, **change):
    return read(pattern, change).iloc[0]


def told(source):
    _, understood = read_source(source, Stated())
    return dict(zip(understood["item"], understood["understood"], strict=True))


def table_of(frame):
    return Table("a table", "DataFrame", frame, no_notes(len(frame)), no_notes(len(frame)))


# --- Recognised by columns -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (frame_of(ACLED, {}), "ACLED"),
        (frame_of(ACLED, {}).rename(columns=str.upper), "ACLED"),
        (frame_of(ACLED, {}).drop(columns="event_id_cnty").assign(data_id="5"), "ACLED"),
        (frame_of(ACLED, {}).rename(columns=lambda name: name[:10]), "ACLED"),
        (frame_of(UCDP, {}), "UCDP GED"),
        (frame_of(UCDP, {}).drop(columns=["date_prec", "relid", "best"]).assign(best_est="1"), "UCDP GED"),
        (frame_of(THOR, {}), "US THOR"),
        (frame_of(THOR, {}).rename(columns=str.lower), "US THOR"),
    ],
)
def test_databases_are_recognised_by_their_columns_and_named(frame, name):
    assert told(frame)["database"] == name


def test_other_tables_stay_as_they_are():
    table = table_of(pd.DataFrame({"lat": ["1"], "lon": ["2"], "event_type": ["Protests"], "notes": ["-"]}))
    assert read_database(table) is table


def test_understanding_counts_the_rows_that_are_no_strike():
    understood = understand_table(frame_of(ACLED, {}, {"event_type": "Protests", "sub_event_type": "Peaceful protest"}))
    said = dict(zip(understood["item"], understood["understood"], strict=True))
    assert said["rows that are no strike"].startswith("1 of 2")
    assert said["geo_precision"] == "geo_precision"
    assert said["munition"] == "words of sub_event_type, event_type, notes"


def test_input_columns_stay_as_typed_and_nothing_worked_out_is_among_them():
    frame = frame_of(ACLED, {"time_precision": "2", "notes": "Grad rockets hit a field"}, {"time_precision": "3"})
    before = frame.copy(deep=True)
    reports = read_reports(frame)
    pd.testing.assert_frame_equal(frame, before)
    raw = reports.filter(like="raw_")
    assert raw.columns.tolist() == [f"raw_{name}" for name in frame.columns]
    assert raw["raw_notes"].iloc[0] == "Grad rockets hit a field"


def test_a_column_that_is_called_like_one_worked_out_is_kept():
    frame = frame_of(ACLED, {}).assign(**{"words of sub_event_type, event_type, notes": "mine own"})
    reports = read_reports(frame)
    assert reports["raw_words of sub_event_type, event_type, notes"].tolist() == ["mine own"]
    assert reports["munition_text"].tolist() == ["Shelling/artillery/missile attack"]


def test_what_the_user_says_goes_before_the_database():
    frame = frame_of(ACLED, {}).assign(tags="M26 rockets")
    assert read_reports(frame, columns={"munition": "tags"})["munition_text"].tolist() == ["M26 rockets"]


def test_faults_of_the_table_go_before_those_of_the_event():
    table = table_of(frame_of(ACLED, {"event_type": "Protests", "sub_event_type": ""}))
    moved = Table(table.name, table.form, table.frame, np.array(["moved"], dtype=object), table.notes)
    assert read_database(moved).faults.tolist() == ["moved"]


def test_data_files_keep_to_their_lists():
    def lines(name):
        text = resources.files("uxomap.reports").joinpath(name).read_text(encoding="utf-8")
        return list(csv.DictReader(text.splitlines()))

    verdicts = {line["verdict"] for line in lines("event_types.csv")}
    assert verdicts == {"strike", "broad", "notes", "downed", "ordnance", "no"}
    assert {line["part"] for line in lines("weapon_words.csv")} == {"strike", "half", "hit", "joins", "not"}
    assert {line["role"] for line in lines("database_columns.csv")} <= {"", *ROLES}
    for name, key in (("event_types.csv", "event_type"), ("weapon_words.csv", "word")):
        keys = [line[key] for line in lines(name)]
        assert len(keys) == len(set(keys))
        assert keys == [key.casefold() for key in keys]


# --- ACLED -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["01-March-2022", "2022-03-01", "01 March 2022"])
def test_acled_is_read_in_all_its_generations(day):
    lower = frame_of(ACLED, {"event_date": day}).assign(iso="804", timestamp="1646500000", civilian_targeting="")
    for frame in (lower, lower.rename(columns=str.upper)):
        report = read_reports(frame).iloc[0]
        assert (report["status"], report["reason"]) == ("accepted", "")
        assert str(report["date_start"].date()) == str(report["date_end"].date()) == "2022-03-01"
        assert (report["report_id"], report["precision_m"], report["precision_source"]) == ("UKR1", 5000, "code")
        assert report["location_text"] == "Izium, Kharkiv, Ukraine"
        assert np.isnan(report["rounds_expected"])


@pytest.mark.parametrize(
    ("coarse", "fine", "reason"),
    [
        ("Protests", "Peaceful protest", "event type 'Protests': no strike is reported"),
        ("Riots", "Mob violence", "event type 'Riots': no strike is reported"),
        ("Riots/Protests", "", "event type 'Riots/Protests': no strike is reported"),
        ("Strategic developments", "Agreement", "event type 'Strategic developments': no strike is reported"),
        ("Violence against civilians", "Sexual violence", "event type 'Sexual violence': no strike is reported"),
        ("Explosions/Remote violence", "Suicide bomb", "event type 'Suicide bomb': no strike is reported"),
        (
            "Explosions/Remote violence",
            "Remote explosive/landmine/IED",
            (
                "event type 'Remote explosive/landmine/IED': no strike is reported, but a mine, an improvised device "
                "or a remnant"
            ),
        ),
        (
            "Explosions/Remote violence",
            "Grenade",
            "event type 'Grenade': no strike is reported, and its notes name no shelling, rockets, missiles or bombs",
        ),
        (
            "BATTLES",
            "Armed clash",
            (
                "event type 'Armed clash': no strike is reported, and its notes name no shelling, rockets, missiles or "
                "bombs"
            ),
        ),
        (
            "Battle-No change of territory",
            "",
            (
                "event type 'Battle-No change of territory': no strike is reported, and its notes name no shelling, "
                "rockets, missiles or bombs"
            ),
        ),
        (
            "Strategic developments",
            "Disrupted weapons use",
            (
                "event type 'Disrupted weapons use': no strike is reported, and its notes name no weapon that was "
                "brought down"
            ),
        ),
    ],
)
def test_acled_events_that_are_no_strikes_are_rejected_with_their_type(coarse, fine, reason):
    notes = "Fighters met with rifles, petrol bombs and a rocket-propelled grenade."
    report = read_one(ACLED, event_type=coarse, sub_event_type=fine, notes=notes)
    assert (report["status"], report["reason"]) == ("rejected", reason)
    assert report["geometry"].is_empty


@pytest.mark.parametrize(
    ("coarse", "fine", "notes", "note", "munition"),
    [
        (
            "Battles",
            "Armed clash",
            "A clash; mortar fire followed.",
            "its notes name one: 'mortar fire'",
            "mortar fire",
        ),
        ("Battle-Government regains territory", "", "After airstrikes the army came.", "'airstrikes'", "airstrikes"),
        ("Violence against civilians", "Attack", "Tanks and artillery shelled a village.", "'artillery shelled'", None),
        (
            "Strategic developments",
            "Disrupted weapons use",
            "Air defence shot down two Shahed drones.",
            "what was brought down may lie there, 'Shahed drones'",
            "Shahed drones",
        ),
    ],
)
def test_acled_strikes_that_stand_only_in_the_notes_are_kept_and_said(coarse, fine, notes, note, munition):
    report = read_one(ACLED, event_type=coarse, sub_event_type=fine, notes=notes)
    assert report["status"] == "assumed"
    assert note in report["reason"]
    assert munition is None or report["munition_text"] == munition


def test_weapons_that_were_found_are_not_brought_down():
    report = read_one(ACLED, sub_event_type="Disrupted weapons use", notes="Police seized ten rockets.")
    assert report["status"] == "rejected"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"event_type": "Naval fire", "sub_event_type": ""}, "event type 'Naval fire' is not known: kept as a strike"),
        ({"event_type": "", "sub_event_type": ""}, "event type not stated: kept as a strike"),
        ({"event_type": "Remote violence", "sub_event_type": ""}, "may also be a mine or an improvised device"),
        ({"sub_event_type": "Something new"}, "'Explosions/Remote violence' may also be a mine"),
    ],
)
def test_unknown_types_of_events_are_kept(change, note):
    report = read_one(ACLED, **change)
    assert report["status"] == "assumed"
    assert note in report["reason"]
    assert pd.isna(report["munition_text"])


def test_the_notes_name_the_munition_where_they_tell_more_than_the_type():
    reports = read(
        ACLED,
        {"notes": "Forces shelled the town with Grad MLRS, damaging 12 houses."},
        {"event_id_cnty": "UKR2", "notes": "Shells hit the town. 3 people were hurt."},
        {"event_id_cnty": "UKR3", "notes": "9M27K Uragan rockets with cluster munitions struck the M26 road."},
    )
    assert reports["munition_text"].tolist() == [
        "shelled; Grad MLRS",
        "Shelling/artillery/missile attack",
        "9M27K Uragan rockets; cluster munitions struck",
    ]
    assert reports["status"].tolist() == ["assumed", "accepted", "assumed"]
    assert reports.loc[0, "reason"] == "munition read from the notes: 'shelled, Grad MLRS'"
    strikes = find_strikes(reports)
    assert "grad_122_he" in strikes.loc[0, "munition_candidates"]
    assert strikes.loc[1, "munition_candidates"] == "generic_unitary"
    assert strikes.loc[2, "munition_id"] == "9m27k"


@pytest.mark.parametrize(
    ("code", "start", "end", "note"),
    [
        ("1", "2022-02-10", "2022-02-10", ""),
        ("2", "2022-02-04", "2022-02-16", "time_precision 2: 6 days before and after are covered"),
        ("3", "2022-02-01", "2022-02-28", "time_precision 3: the whole month is covered"),
        ("9", "2022-02-10", "2022-02-10", ""),
    ],
)
def test_the_precision_of_the_time_widens_the_days(code, start, end, note):
    reports = read(
        ACLED,
        {"event_date": "10 February 2022", "time_precision": code},
        {"event_id_cnty": "UKR2", "event_date": "2022-05-05", "time_precision": "1"},
    )
    report = reports.iloc[0]
    assert (str(report["date_start"].date()), str(report["date_end"].date())) == (start, end)
    assert report["reason"] == note
    assert reports.loc[1, "date_start"] == reports.loc[1, "date_end"] == pd.Timestamp("2022-05-05")


def test_a_date_that_cannot_be_read_is_not_widened():
    report = read_one(ACLED, event_date="soon", time_precision="3")
    assert pd.isna(report["date_start"])
    assert "'soon'" in report["reason"]


def test_events_at_sea_keep_their_place():
    report = read_one(ACLED, country="Red Sea", admin1="", location="Red Sea", latitude="15.2345", longitude="41.3456")
    assert report["status"] == "accepted"
    assert report["location_text"] == "Red Sea"


def test_rows_for_each_actor_of_one_event_are_one_strike():
    reports = read(ACLED, {"actor": "A"}, {"actor": "B"}, {"event_id_cnty": "UKR2"})
    assert reports["report_id"].tolist() == ["UKR1", "UKR1~2", "UKR2"]
    assert find_strikes(reports)["n_reports"].tolist() == [2, 1]


def test_an_identifier_that_is_used_again_elsewhere_links_nothing():
    reports = read(ACLED, {}, {"latitude": "50.1234"})
    assert "event_id" not in reports.columns
    assert len(find_strikes(reports)) == 2


TYPES = st.sampled_from(
    [
        ("Explosions/Remote violence", "Shelling/artillery/missile attack", True),
        ("Explosions/Remote violence", "Air/drone strike", True),
        ("Explosions/Remote violence", "Suicide bomb", False),
        ("Protests", "Peaceful protest", False),
        ("Riots", "Violent demonstration", False),
        ("Strategic developments", "Arrests", False),
        ("Unheard of", "", True),
        ("", "", True),
    ]
)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.tuples(TYPES, st.text(max_size=40), st.sampled_from(["1", "2", "3", "", "x"])), min_size=1))
def test_every_event_is_accounted_for(rows):
    changes = [
        {"event_type": coarse, "sub_event_type": fine, "notes": notes, "time_precision": code}
        for (coarse, fine, _), notes, code in rows
    ]
    reports = read(ACLED, *changes)
    assert reports["row"].tolist() == list(range(1, len(rows) + 1))
    assert (reports["status"] != "rejected").tolist() == [kept for (_, _, kept), _, _ in rows]
    rejected = reports[reports["status"] == "rejected"]
    assert rejected["reason"].str.match(r"event type '.+': no strike is reported").all()


CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(-(10**9), 10**9),
    st.floats(),
    st.sampled_from(["0001-02-30", "19700230", "-1", "NONKINETIC", "2", "4", "SACCOACT", "Battles", "1e999", "9" * 30]),
    st.lists(st.integers(), max_size=2),
)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), pattern=st.sampled_from([ACLED, UCDP, THOR]))
def test_whatever_the_cells_hold_every_row_is_accounted_for(data, pattern):
    names = st.sampled_from(sorted(pattern))
    changes = data.draw(st.lists(st.dictionaries(names, CELLS, max_size=4), min_size=1, max_size=4))
    reports = read(pattern, *changes)
    assert reports["row"].tolist() == list(range(1, len(changes) + 1))
    assert set(reports["status"]) <= {"accepted", "assumed", "rejected"}
    assert ((reports["status"] == "accepted") == (reports["reason"] == "")).all()


# --- Weapons in words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Forces fired 122 mm Grad rockets at noon.", "122mm Grad rockets"),
        ("A drone strike and, later, artillery.", "drone strike; artillery"),
        ("An S-300 missile hit the school", "S-300 missile hit"),
        ("Artillery here; artillery there", "Artillery"),
        ("An RPG-7 and rocket-propelled grenades", ""),
        ("A car bomb exploded near the air base", ""),
        ("Workers of Shell on strike, a bombing of emails", ""),
        ("The M26 road to Grad-free land", ""),
        ("", ""),
    ],
)
def test_phrases_that_name_weapons_of_a_strike_are_found(text, phrases):
    assert find_weapons(text).phrases == phrases


@settings(deadline=None)
@given(st.text(), st.text())
def test_a_weapon_is_found_whatever_stands_around_it(before, after):
    assert "mortar" in find_weapons(f"{before[:500]} . mortar . {after}").phrases


def test_words_tell_more_only_where_the_catalogue_makes_something_else_of_them():
    assert tells_more("Grad rockets", "Shelling/artillery/missile attack")
    assert not tells_more("shelled", "Shelling/artillery/missile attack")
    assert not tells_more("", "Air/drone strike")


# --- UCDP ------------------------------------------------------------------------------------------------------------


def test_ucdp_deaths_are_no_rounds_and_no_event_is_left_out():
    reports = read(UCDP, {}, {"id": "900002", "source_headline": "Cluster bombs kill three in market"})
    assert reports[["rounds_low", "rounds_expected", "rounds_high"]].isna().all(axis=None)
    assert reports["status"].tolist() == ["assumed", "assumed"]
    assert "does not say which weapon was used" in reports.loc[0, "reason"]
    assert reports.loc[1, "reason"] == "munition read from the headline: 'Cluster bombs'"
    assert reports["report_id"].tolist() == ["900001", "900002"]
    strikes = find_strikes(reports)
    assert strikes["munition_candidates"].tolist() == ["generic_cluster|generic_unitary", "generic_cluster"]
    assert "every deadly event is kept" in told(frame_of(UCDP, {}))["weapon"]


def test_ucdp_reads_its_two_styles_of_dates_and_western_letters(tmp_path):
    rows = frame_of(
        UCDP,
        {"where_coordinates": "Cafetería Peña", "where_prec": "2"},
        {"id": "900002", "date_start": "3/1/2022", "date_end": "3/14/2022", "where_prec": "4"},
        {"id": "900003", "date_start": "3/13/2022", "date_end": "3/15/2022"},
    )
    path = tmp_path / "export.bin"
    path.write_bytes(rows.to_csv(index=False).encode("cp1252"))
    reports = read_reports(path)
    assert reports["date_start"].dt.strftime("%m-%d").tolist() == ["03-01", "03-01", "03-13"]
    assert reports["date_end"].dt.strftime("%m-%d").tolist() == ["03-01", "03-14", "03-15"]
    assert reports["precision_m"].tolist() == [25_000, 150_000, 5_000]
    assert reports.loc[0, "location_text"].startswith("Cafetería Peña")


@pytest.mark.parametrize(
    ("code", "end", "first", "last"),
    [
        ("1", "2022-02-10", "2022-02-10", "2022-02-10"),
        ("3", "2022-02-10", "2022-02-04", "2022-02-16"),
        ("4", "2022-02-10", "2022-02-01", "2022-02-28"),
        ("5", "2022-02-10", "2022-01-01", "2022-12-31"),
        ("4", "2022-02-20", "2022-02-10", "2022-02-20"),
    ],
)
def test_ucdp_date_codes_widen_a_single_day_and_leave_a_range(code, end, first, last):
    report = read_one(UCDP, date_prec=code, date_start="2022-02-10", date_end=end)
    assert (str(report["date_start"].date()), str(report["date_end"].date())) == (first, last)


# --- THOR ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_thor_sorties_are_read(case):
    report = read_reports(frame_of(THOR, {}).rename(columns=case)).iloc[0]
    assert report["munition_text"] == "CBU24 AN PR MT"
    assert report["rounds_low"] == report["rounds_expected"] == report["rounds_high"] == 4
    assert report["date_start"] == report["date_end"] == pd.Timestamp("1969-02-15")
    assert (report["report_id"], report["source"], report["location_text"]) == ("1", "CACTA", "LAOS")
    assert (report["longitude"], report["latitude"]) == (105.654321, 17.123456)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"MFUNC_DESC_CLASS": "NONKINETIC", "NUMWEAPONSDELIVERED": "0"},
            "mission class 'NONKINETIC': no strike is reported",
        ),
        (
            {"MFUNC_DESC_CLASS": "NONKINETIC", "NUMWEAPONSJETTISONED": "2"},
            (
                "mission class 'NONKINETIC': no strike is reported, although 4 weapons delivered are recorded, and 2 "
                "jettisoned, where is not known"
            ),
        ),
        ({"NUMWEAPONSDELIVERED": "0", "NUMWEAPONSRETURNED": "4"}, "no weapon was delivered: 4 returned"),
        (
            {"NUMWEAPONSDELIVERED": "0", "NUMWEAPONSRETURNED": "1", "NUMWEAPONSJETTISONED": "3"},
            "no weapon was delivered: 1 returned and 3 jettisoned, where is not known",
        ),
        ({"WEAPONTYPE": "MK24 FLARE"}, "weapon 'MK24 FLARE': no munition with an explosive charge"),
        ({"WEAPONTYPE": "M129 LEAFLET"}, "weapon 'M129 LEAFLET': no munition with an explosive charge"),
        ({"WEAPONTYPE": "7.62MM"}, "weapon '7.62MM': no munition with an explosive charge"),
        (
            {"WEAPONTYPE": "CANISTER X", "WEAPONTYPECLASS": "SUPPORT"},
            "weapon class 'SUPPORT' ('CANISTER X'): no munition with an explosive charge",
        ),
    ],
)
def test_thor_records_that_are_no_strikes_are_rejected_with_the_reason(change, reason):
    report = read_one(THOR, **change)
    assert (report["status"], report["reason"]) == ("rejected", reason)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"NUMWEAPONSJETTISONED": "2"}, "beside those delivered, 2 jettisoned, where is not known"),
        ({"NUMWEAPONSDELIVERED": "0"}, "'0'"),
        ({"WEAPONTYPE": "20MM HEI", "NUMWEAPONSDELIVERED": "900"}, "munition read as '20MM HEI (gun)'"),
        ({"WEAPONTYPE": "XYZ", "WEAPONTYPECLASS": "GUN"}, "munition read as 'XYZ (gun)'"),
        (
            {"MFUNC_DESC_CLASS": "NONKINETIC", "MFUNC_DESC": "COMBT CARGO AIR  DROP", "WEAPONTYPE": "GP BOMB"},
            "mission class 'NONKINETIC', but weapons were dropped",
        ),
        ({"SOURCERECORD": "SACCOACT", "MSNDATE": "1971-03-01"}, "another source may record the same sortie"),
        ({"WEAPONTYPE": "UNHEARD OF", "MFUNC_DESC_CLASS": ""}, "precision not stated"),
        ({"WEAPONTYPE": "CBU24", "WEAPONTYPECLASS": "SUPPORT"}, "precision not stated"),
        ({"WEAPONTYPE": "FLARE ROCKET"}, "precision not stated"),
    ],
)
def test_thor_records_that_may_have_left_something_are_kept_and_said(change, note):
    report = read_one(THOR, **change)
    assert report["status"] == "assumed"
    assert note in report["reason"]


def test_nothing_delivered_and_nothing_else_said_is_not_known_rather_than_none():
    reports = read(THOR, {"NUMWEAPONSDELIVERED": "0"}, {"THOR_DATA_VIET_ID": "2", "NUMWEAPONSJETTISONED": "-1"})
    assert np.isnan(reports.loc[0, "rounds_expected"])
    assert find_strikes(reports).loc[0, "rounds_expected"] > 0
    assert "jettisoned" not in reports.loc[1, "reason"]


@pytest.mark.parametrize("source", ["SACCOACT", "CACTA"])
@pytest.mark.parametrize("day", ["19710228", "1971-02-28", "19710301", "1971-03-01"])
def test_only_the_repeated_source_from_its_day_on_is_said(source, day):
    reason = read_one(THOR, SOURCERECORD=source, MSNDATE=day)["reason"]
    assert ("same sortie" in reason) == (source == "SACCOACT" and "03" in day)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("1970-02-29", "1970-02-28", "1970-03-01"),
        ("19700230", "1970-02-28", "1970-03-01"),
        ("1969-09-31", "1969-09-30", "1969-10-01"),
        ("1968-02-29", "1968-02-29", "1968-02-29"),
    ],
)
def test_days_that_no_calendar_has_are_read_as_those_around_them(day, start, end):
    reports = read(THOR, {"MSNDATE": day}, {"THOR_DATA_VIET_ID": "2", "MSNDATE": "1970-05-05"})
    report = reports.iloc[0]
    assert (str(report["date_start"].date()), str(report["date_end"].date())) == (start, end)
    assert ("the calendar has no day" in report["reason"]) == (start != end)
    assert reports.loc[1, "date_start"] == pd.Timestamp("1970-05-05")


def test_repeated_sorties_with_identifiers_of_their_own_stay_several_strikes():
    reports = read(THOR, {}, {"THOR_DATA_VIET_ID": "2"}, {"THOR_DATA_VIET_ID": "3"})
    assert len(find_strikes(reports)) == 3


def test_missions_of_the_second_world_war_add_their_kinds_of_bombs():
    reports = read_reports(
        pd.DataFrame(
            {
                "WWII_ID": ["1", "2", "3"],
                "MSNDATE": ["8/15/1943"] * 3,
                "TGT_LOCATION": ["Somewhere"] * 3,
                "TGT_COUNTRY": ["ITALY"] * 3,
                "SOURCE_LATITUDE": ["4112N"] * 3,
                "SOURCE_LONGITUDE": ["01405E"] * 3,
                "LATITUDE": ["41.2123"] * 3,
                "LONGITUDE": ["14.0876"] * 3,
                "TAKEOFF_LATITUDE": ["33.5"] * 3,
                "TAKEOFF_LONGITUDE": ["10.2"] * 3,
                "NUMBER_OF_HE": ["10", "10", ""],
                "TYPE_OF_HE": ["500 LB GP", "500 LB GP", ""],
                "NUMBER_OF_FRAG": ["5", "", ""],
                "TYPE_OF_FRAG": ["FRAG CLUSTER", "FRAG CLUSTER", ""],
                "TOTAL_TONS": ["3"] * 3,
            }
        )
    )
    assert reports["munition_text"].iloc[:2].tolist() == ["500 LB GP; FRAG CLUSTER"] * 2
    assert reports["rounds_expected"].tolist()[0] == 15
    assert reports["rounds_expected"].isna().tolist() == [False, True, True]
    assert reports["latitude"].tolist() == [41.2123] * 3
    assert reports["date_start"].tolist() == [pd.Timestamp("1943-08-15")] * 3


def test_missions_over_korea_are_read():
    frame = pd.DataFrame(
        {
            "ROW_NUMBER": ["1"],
            "MISSION_DATE": ["1951-08-15"],
            "TARGET_NAME": ["A bridge"],
            "TGT_LATITUDE_WGS84": ["39.1234N"],
            "TGT_LONGITUDE_WGS84": ["125.7654E"],
            "NBR_OF_WEAPONS": ["38"],
            "WEAPONS_TYPE": ["500 GP"],
        }
    )
    report = read_reports(frame).iloc[0]
    assert (report["latitude"], report["longitude"], report["rounds_expected"]) == (39.1234, 125.7654, 38)
    assert told(frame)["database"] == "US THOR, Korea"


# --- TimeMap ---------------------------------------------------------------------------------------------------------

EVENT = {
    "id": "CIV1",
    "date": "02/24/2022",
    "latitude": "49.850112",
    "longitude": "36.656834",
    "location": "Chuhuiv, Kharkiv Oblast",
    "description": "",
    "sources": [{"id": "s1", "path": "https://example.org/1"}, {"path": "https://example.org/2"}],
    "filters": [
        {"key": "Weapon System", "value": "Cluster munitions"},
        {"key": "Type of area affected", "value": "Residential"},
        {"key": "Weapon System", "value": "Rocket artillery"},
    ],
}


def save(tmp_path, content):
    path = tmp_path / "events.txt"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def read_events(tmp_path, *events):
    return read_reports(save(tmp_path, [{**EVENT, **event} for event in events]))


def test_timemap_events_keep_all_weapons_links_and_days(tmp_path):
    path = save(tmp_path, {"events": [EVENT], "categories": [{"id": "x"}]})
    report = read_reports(path).iloc[0]
    assert report["munition_text"] == "Cluster munitions; Rocket artillery"
    assert report["source_url"] == "https://example.org/1 | https://example.org/2"
    assert report["date_start"] == report["date_end"] == pd.Timestamp("2022-02-24")
    assert (report["longitude"], report["latitude"]) == (36.656834, 49.850112)
    assert report["location_text"] == "Chuhuiv, Kharkiv Oblast"
    assert report["precision_m"] == 5000
    assert json.loads(report["raw_filters"]) == EVENT["filters"]
    assert told(path)["database"] == "TimeMap"


def test_timemap_writes_the_month_first_unless_a_day_or_the_user_says_otherwise(tmp_path):
    known = read_events(tmp_path, {"date": "03/04/2022"}, {"id": "2", "date": "2022-03-05T00:00:00.000Z"})
    assert known["date_start"].tolist() == [pd.Timestamp("2022-03-04"), pd.Timestamp("2022-03-05")]
    other = read_events(tmp_path, {"date": "03/04/2022"}, {"id": "2", "date": "24/02/2022"})
    assert other["date_start"].tolist() == [pd.Timestamp("2022-04-03"), pd.Timestamp("2022-02-24")]
    said = read_reports(save(tmp_path, [{**EVENT, "date": "03/04/2022"}]), dates="day-first")
    assert said["date_start"].tolist() == [pd.Timestamp("2022-04-03")]


@pytest.mark.parametrize(
    "tags",
    [
        {"filters": [{"key": "weapon", "value": ["Grad MLRS", "Tochka-U"]}]},
        {"filters": [], "associations": ["Weapon System=Grad MLRS", "Weapon System=Tochka-U", "Area=School"]},
        {
            "filters": [
                {"filter_paths": ["Weapon System", "Grad MLRS"]},
                {"filter_paths": ["Weapon System", "Tochka-U"]},
            ]
        },
        {"filters": [], "weapons": ["Grad MLRS", "Tochka-U"]},
        {"filters": ["Grad MLRS", "School", "Tochka-U"]},
    ],
)
def test_timemap_reads_weapons_from_tags_of_any_form(tmp_path, tags):
    assert read_events(tmp_path, tags)["munition_text"].tolist() == ["Grad MLRS; Tochka-U"]


def test_timemap_without_tags_reads_the_description_and_says_so(tmp_path):
    reports = read_events(
        tmp_path, {"filters": [], "description": "A Tochka-U missile fell near a school"}, {"filters": []}
    )
    assert reports.loc[0, "munition_text"] == "Tochka-U missile fell"
    assert "munition read from the description" in reports.loc[0, "reason"]
    assert pd.isna(reports.loc[1, "munition_text"])


def test_timemap_coordinates_that_are_missing_stay_missing(tmp_path):
    reports = read_events(
        tmp_path, {"latitude": "", "longitude": ""}, {"id": "2", "latitude": "0", "longitude": "0"}, {"id": "3"}
    )
    assert reports["status"].tolist() == ["assumed", "rejected", "assumed"]
    assert reports.geometry.is_empty.tolist() == [True, True, False]
    assert "listed as unlocated" in reports.loc[0, "reason"]


def test_every_entry_of_a_list_is_a_row(tmp_path):
    reports = read_reports(save(tmp_path, [EVENT, None, 7, ["x"], {}, {**EVENT, "id": "CIV2", "comments": [{"a": 1}]}]))
    assert reports["status"].tolist() == ["assumed", "rejected", "rejected", "rejected", "rejected", "assumed"]
    assert reports["reason"].iloc[1:5].tolist() == [
        "entry 'null' is no event",
        "entry '7' is no event",
        "entry '[\"x\"]' is no event",
        "empty row",
    ]


def test_answers_of_a_database_in_json_are_read_as_that_database(tmp_path):
    path = save(tmp_path, {"status": 200, "data": [ACLED, {**ACLED, "event_type": "Riots", "sub_event_type": ""}]})
    assert read_reports(path)["status"].tolist() == ["accepted", "rejected"]
    assert told(path)["database"] == "ACLED"


def test_letters_that_cannot_be_read_are_said(tmp_path):
    path = tmp_path / "events.json"
    path.write_bytes(json.dumps([{**EVENT, "location": "Caf@"}, EVENT]).encode().replace(b"@", b"\xe9"))
    reports = read_reports(path)
    assert "some letters cannot be read" in reports.loc[0, "reason"]
    assert "letters" not in reports.loc[1, "reason"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"latitude": "1", "longitude": 2,}]', "cannot be read as JSON"),
        ('[{"latitude": "1", "deep": ' + "[" * 200_000 + "]" * 200_000 + "}]", "nested too deeply"),
        (json.dumps([{f"k{n}": 1 for n in range(600)}]), "600 different names"),
        (json.dumps([{"latitude": 1, "longitude": 2, "x": "y" * 200_000}]), "131,072 characters"),
        (json.dumps({"a": [{"b": 1}], "c": [{"d": 2}]}), "several lists: 'a', 'c'"),
        (json.dumps([{"name": "x"}]), "no coordinates"),
    ],
)
def test_json_that_is_no_list_of_events_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "events.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=words) as refusal:
        read_reports(path)
    assert "\n" not in str(refusal.value)


def test_a_file_of_json_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("uxomap.reports._timemap._MAX_BYTES", 100)
    with pytest.raises(InputError, match="MB of JSON"):
        read_events(tmp_path, {})


def test_the_user_chooses_among_several_lists(tmp_path):
    path = save(tmp_path, {"sites": [{"id": "s"}], "incidents": [EVENT]})
    assert read_reports(path, sheet="incidents")["report_id"].tolist() == ["CIV1"]
    with pytest.raises(InputError, match="has no list 'other'"):
        read_reports(path, sheet="other")


def test_geojson_stays_geojson(tmp_path):
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [36.65, 49.85]},
        "properties": {"id": "1"},
    }
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert told(path)["format"] == "GeoJSON"
