"""Names in reports: what a specialist would answer, laws that hold for every text, and hostile input."""

import csv
import re
import time
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.munitions import MunitionMatch, load_munitions, match_munition, match_munitions

WORDINGS = Path(__file__).parent / "data" / "munition_wordings.csv"
SAMPLE = Path(__file__).parents[1] / "sample_data" / "documented_strikes.csv"
GENERIC = {"generic_cluster", "generic_unitary", "generic_cluster_ru"}
WAYS = {"exact", "alias", "fuzzy", "class", "ambiguous", "none"}
UNITARY = {"shell", "rocket", "mortar_bomb", "bomb", "missile", "grenade", "generic_unitary"}


def read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def names():
    return read_table(resources.files("uxomap").joinpath("munitions/data/names.csv"))


@cache
def designations():
    """Names that mean one munition, whatever else the text says."""
    rows = [row for row in names() if row["kind"] == "designation" and not row["needs"]]
    return {row["name"]: row["munition_ids"] for row in rows if "|" not in row["munition_ids"]}


@cache
def natures():
    catalogue = load_munitions()
    nature = catalogue["category"].isin(UNITARY).map({True: "unitary", False: "cluster"})
    return nature.mask(catalogue["hazard_kind"] == "mine", "mine").to_dict()


def judge(match: MunitionMatch, expected: str) -> str:
    """right; ambiguous: the answer is among several candidates; missed: a class or nothing; wrong: another munition."""
    asked, _, listed = expected.rpartition(":")
    ids = set(filter(None, listed.split("|")))
    alternatives = set(match.alternatives)
    if match.munition_id is None:
        right = {
            "none": not alternatives,
            "class": bool(alternatives) and alternatives <= ids | GENERIC,
            "ambiguous": ids <= alternatives,
            "": False,
        }[asked]
        if right:
            return "right"
        if ids & alternatives or (asked == "none" and match.way in {"class", "ambiguous"}):
            return "ambiguous"
        return "missed" if alternatives <= GENERIC or match.way == "class" else "wrong"
    if asked == "none":
        return "right" if match.munition_id in GENERIC else "wrong"
    if match.munition_id in ids and asked != "ambiguous":
        return "right"
    of_kind = natures()[match.munition_id] in {natures()[munition_id] for munition_id in ids}
    return "missed" if match.munition_id in GENERIC and of_kind else "wrong"


def test_judge_tells_wrong_from_unknown():
    m26 = MunitionMatch("m26", "exact", 100.0, ("m26",))
    generic = MunitionMatch("generic_cluster", "class", 60.0, ("generic_cluster",))
    several = MunitionMatch(None, "ambiguous", 50.0, ("m26", "m26a1"))
    nothing = MunitionMatch(None, "none", 0.0, ())
    assert [judge(match, "m26") for match in (m26, several, generic, nothing)] == [
        "right",
        "ambiguous",
        "missed",
        "missed",
    ]
    assert [judge(match, "m26a1") for match in (m26, several)] == ["wrong", "ambiguous"]
    assert [judge(match, "ambiguous:m26|m26a1") for match in (several, m26)] == ["right", "wrong"]
    assert [judge(match, "class:generic_unitary") for match in (m26, generic)] == ["wrong", "wrong"]
    assert [judge(match, "none:") for match in (nothing, generic, m26)] == ["right", "right", "wrong"]


# What a specialist would answer


def test_every_wording_of_the_sample_is_among_the_tuned_ones():
    tuned = {row["text"] for row in read_table(WORDINGS) if row["set"] == "tuned"}
    assert {row["munition_as_reported"] for row in read_table(SAMPLE)} <= tuned


def test_the_wordings_name_ids_of_the_catalogue():
    known = set(load_munitions().index)
    rows = read_table(WORDINGS)
    assert len({row["text"] for row in rows}) == len(rows)
    assert sum(row["set"] == "held_out" for row in rows) >= 120
    for row in rows:
        assert set(filter(None, row["expected"].rpartition(":")[2].split("|"))) <= known, row


def test_tuned_wordings_are_right():
    rows = [row for row in read_table(WORDINGS) if row["set"] == "tuned"]
    faults = [(row, match) for row in rows if judge(match := match_munition(row["text"]), row["expected"]) != "right"]
    assert not faults, "\n".join(map(str, faults))


def test_held_out_wordings_are_right_or_honestly_ambiguous():
    rows = [row for row in read_table(WORDINGS) if row["set"] == "held_out"]
    verdicts = {row["text"]: judge(match_munition(row["text"]), row["expected"]) for row in rows}
    counts = Counter(verdicts.values())
    summary = f"{dict(counts)}; not right: { {text: v for text, v in verdicts.items() if v != 'right'} }"
    assert (counts["right"] + counts["ambiguous"]) / len(rows) >= 0.95, summary
    assert counts["wrong"] / len(rows) <= 0.01, summary


RULED = {
    "Uragan cluster munition rockets": ("alias", "9m27k"),
    "Смерч касетний": ("alias", "9m55k"),
    "GRADLAR": ("exact", "lar160_mk4"),
    "220mm cluster rocket": ("alias", "9m27k"),
    "Uragan HE": ("alias", "uragan_220_he"),
    "Kh-22": ("alias", "cruise_missile_ru"),
    "GBU-12": ("alias", "mk80"),
    "Scud": ("class", "generic_unitary"),
    "cluster bombs": ("class", "generic_cluster"),
    "cluster bombs (type not named)": ("class", "generic_cluster"),
    "shelling": ("class", "generic_unitary"),
    "קסטות מצרר": ("class", "generic_cluster"),
    "Russian cluster munitions": ("class", "generic_cluster_ru"),
    "m30_gmlrs": ("exact", "m30_gmlrs"),
    "GRADLER rockets": ("fuzzy", "lar160_mk4"),
    "CUB-87": ("fuzzy", "cbu87"),
    "касетні боєприпаси, Уруган": ("fuzzy", "9m27k"),
}


@pytest.mark.parametrize(("text", "answer"), RULED.items())
def test_one_id_and_its_way(text, answer):
    match = match_munition(text)
    assert (match.way, match.munition_id) == answer
    assert match.alternatives == (answer[1],)


SEVERAL = {
    "Grad rockets": ["grad_122_he", "9m218", "sakr122", "type81"],
    "Grad cluster rockets": ["9m218", "sakr122", "type81"],
    "Smerch and Uragan cluster munition rockets": ["9m55k", "9m27k"],
    "Uragan": ["9m27k", "uragan_220_he"],
    "RBK-500": ["rbk500_ao25rt", "rbk500_shoab", "rbk500_ptab1m", "rbk500_spbe"],
    "9N235": ["9m27k", "9m55k", "9m54_tornado_s"],
    "M77": ["m26", "m26a1"],
    "AO-2.5RT": ["rbk500_ao25rt", "kmgu"],
    "Mk-82": ["mk80", "vietnam_gp_bomb"],
    "Kh-101": ["cruise_missile_ru", "kh101_cluster"],
    "Tochka-U": ["tochka_u_cluster", "generic_unitary"],
    "RBK-250 PTAB-2.5M; high-explosive bombs": ["rbk250_ptab25m", "generic_unitary"],
    "mortars and Grad": ["mortar_120", "mortar_60_82", "grad_122_he", "9m218", "sakr122", "type81"],
    "mortars and cluster bombs": ["mortar_120", "mortar_60_82", "generic_cluster"],
    "Grad rockets and Uragan cluster rockets": ["grad_122_he", "9m218", "sakr122", "type81", "9m27k"],
    "Tornados": ["9m54_tornado_s", "9m55k", "smerch_300_he", "grad_122_he"],
    "Град не взорвался": ["grad_122_he", "9m218", "sakr122", "type81"],
    "KAB, MLRS": ["fab", "generic_unitary", "generic_cluster"],
}


@pytest.mark.parametrize(("text", "ids"), SEVERAL.items())
def test_several_types_are_all_given(text, ids):
    match = match_munition(text)
    assert (match.munition_id, match.way, sorted(match.alternatives)) == (None, "ambiguous", sorted(ids))


def test_the_first_of_several_is_the_likeliest():
    assert match_munition("Grad rockets").alternatives[0] == "grad_122_he"


def test_a_class_of_cargo_shells_is_no_single_type():
    match = match_munition("artillery-fired cluster munitions")
    assert (match.way, match.munition_id) == ("class", None)
    assert {"m483a1", "m864", "3o23"} <= set(match.alternatives)
    assert set(load_munitions().loc[list(match.alternatives), "category"]) == {"artillery_cluster"}


APART = [("M26", "M26A1"), ("CBU-52", "CBU-58"), ("BLU-61", "BLU-63"), ("9M27K", "9M27F"), ("PTM-1", "PTM-3")]


@pytest.mark.parametrize("pair", APART)
def test_alike_designations_stay_apart(pair):
    first, second = (match_munition(name).munition_id for name in pair)
    assert first
    assert second
    assert first != second


@pytest.mark.parametrize(
    "text", ["M26A3", "CBU-87-202", "9M27K7", "BLU-163", "PTM-5", "XM26", "GBU-87", "BLU-58", "OFZAB-500", "RBK-100"]
)
def test_an_unknown_mark_is_no_known_munition(text):
    assert match_munition(text).munition_id in {None, *GENERIC}


ALIKE = [
    ("9М27К", "9M27К", "9M27K", "9m27k", "9 M 27 K"),
    ("9Н210", "9H210", "9N210"),
    ("Х-101", "X-101", "Kh-101"),
    ("Ураган касетний", "uragan cluster", "URAGAN CLUSTER", "Hurricane cluster rocket", "Ураганом, касетні"),
    ("AO-2.5RT", "AO-2,5 RT", "АО-2,5РТ", "ao 2.5 rt"),
    ("BLU-97", "BLU 97/B", "BLU-97A/B", "بي إل يو 97"),
    ("155 mm cluster shell", "касетний снаряд 155 мм", "قذائف عنقودية عيار ١٥٥ ملم", 'פגז מצרר 155 מ"מ'),
    ("6 x M26", "6xM26", "M26 (6)", "M26s"),
]


@pytest.mark.parametrize("texts", ALIKE)
def test_one_munition_in_many_writings(texts):
    assert len({match_munition(text).alternatives for text in texts}) == 1
    assert match_munition(texts[0]).alternatives


OTHER_MEANINGS = [
    "he was injured, не знаю",
    "a cluster of houses",
    "снаряд калибра 152 мм",
    "kasetnim bombama gađan grad",
    "точка удара, касетні боєприпаси",
    "касетні авіаційні бомби",
    "Adam, Emad and Qadr were injured",
    "10 min counterparts metal organ street",
    "astro erb",
]


@pytest.mark.parametrize("text", OTHER_MEANINGS)
def test_ordinary_words_name_no_weapon(text):
    wrong = {
        "mortar_120",
        "astros_ss60",
        "l20a1",
        "raam",
        "cruise_missile_ru",
        "tochka_u_cluster",
        "cbu24",
        "iran_bm_cluster",
        "9m218",
    }
    assert not wrong & set(match_munition(text).alternatives)


# The tables


def test_every_id_of_the_catalogue_is_reached_by_its_id_and_by_its_name():
    for munition_id, name in load_munitions()["name"].items():
        for text in (munition_id, name):
            assert match_munition(text).munition_id == munition_id, text


def test_every_id_is_reached_by_a_name_of_the_table():
    reached = {match_munition(row["name"]).munition_id for row in names() if not row["name"].startswith("(")}
    reached |= {match_munition(row["text"]).munition_id for row in read_table(WORDINGS)}
    assert set(load_munitions().index) - reached == set()


def test_every_designation_of_the_table_finds_its_ids():
    assert len(designations()) > 200
    for name, munition_id in designations().items():
        match = match_munition(name)
        assert (match.munition_id, match.way) == (munition_id, "exact"), name


def test_every_unconditional_name_of_the_table_finds_its_ids():
    for row in names():
        if not row["needs"] and not row["name"].startswith("(") and row["kind"] != "origin":
            match = match_munition(row["name"])
            assert match.alternatives, row
            assert set(match.alternatives) <= set(load_munitions().index), row


def test_the_tables_hold_known_ids_kinds_and_words():
    known = set(load_munitions().index)
    words = read_table(resources.files("uxomap").joinpath("munitions/data/names_words.csv"))
    kinds = {kind for row in words for kind in row["kind"].split("|")} | {"latin"}
    for row in names():
        assert set(filter(None, row["munition_ids"].split("|"))) <= known, row
        assert row["kind"] in {"designation", "alias", "submunition", "system", "class", "origin"}, row
        assert set(filter(None, row["needs"].split("+"))) <= kinds, row
    rows = [(row["name"], row["needs"], row["munition_ids"]) for row in names()]
    assert not [row for row, count in Counter(rows).items() if count > 1]
    assert not [word for word, count in Counter(row["word"] for row in words).items() if count > 1]


# Laws

WORDS = (
    *(
        "cluster",
        "Uragan",
        "Смерч",
        "касетний",
        "RBK-500",
        "9M27K",
        "rocket",
        "and",
        ";",
        ",",
        "(",
        "HE",
        "mine",
        "мін",
    ),
    *(
        "155mm",
        "122/152",
        "mm",
        "M85",
        "عنقودية",
        "צ'",
        "غراد",
        "гранати",
        "Kh-101/555",
        "x",
        "-",
        "/",
        "Калібр",
        "ASTROS",
    ),
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=12).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
)


@given(TEXTS)
def test_any_text_gives_an_answer_that_agrees_with_itself(text):
    match = match_munition(text)
    assert match.way in WAYS
    assert 0 <= match.score <= 100
    assert set(match.alternatives) <= set(load_munitions().index)
    assert len(set(match.alternatives)) == len(match.alternatives)
    assert (match.way == "none") == (not match.alternatives)
    if match.munition_id is None:
        assert match.way in {"class", "ambiguous", "none"}
        assert len(match.alternatives) != 1
    else:
        assert match.alternatives == (match.munition_id,)
        assert (match.way == "class") == (match.munition_id in GENERIC)


HYPHEN = re.compile(r"(?<![0-9])-|-(?![0-9])")
CHANGES = {
    "lower case": str.lower,
    "upper case": str.upper,
    "hyphen to space": lambda name: HYPHEN.sub(" ", name),
    "no hyphen": lambda name: HYPHEN.sub("", name),  # but between numbers, where it parts them
    "space to hyphen": lambda name: name.replace(" ", "-"),
    "dash": lambda name: name.replace("-", "–"),
    "decimal comma": lambda name: name.replace(".", ","),
    "spaces around": lambda name: f"  «{name}», ",
    "soft hyphen": lambda name: name[:1] + "\u00ad" + name[1:],
}


@given(st.sampled_from(sorted(designations())), st.lists(st.sampled_from(sorted(CHANGES)), max_size=4))
def test_case_hyphens_and_spaces_do_not_change_the_id(name, changes):
    changed = name
    for change in changes:
        changed = CHANGES[change](changed)
    assert match_munition(changed).munition_id == designations()[name], changed


@given(st.sampled_from(sorted(row["name"] for row in names() if re.search("[0-9]", row["name"]))), st.data())
def test_a_changed_digit_is_never_taken_for_a_slip(name, data):
    position = data.draw(st.sampled_from([i for i, character in enumerate(name) if character.isdigit()]))
    digit = data.draw(st.sampled_from("0123456789".replace(name[position], "")))
    assert match_munition(name[:position] + digit + name[position + 1 :]).way != "fuzzy"


@given(st.sampled_from(sorted(designations())), st.sampled_from(sorted(designations())))
def test_two_types_in_one_text_give_both(first, second):
    match = match_munition(f"{first}; {second}")
    assert {designations()[first], designations()[second]} <= set(match.alternatives)


@given(st.lists(st.none() | TEXTS, max_size=6))
def test_a_frame_equals_one_by_one(texts):
    series = pd.Series(texts, index=[f"r{i % 3}" for i in range(len(texts))], dtype=object)
    table = match_munitions(series)
    assert list(table.columns) == ["munition_id", "match", "score", "candidates"]
    assert table.index.equals(series.index)
    for text, row in zip(texts, table.itertuples(index=False), strict=True):
        match = match_munition(text)
        assert (None if pd.isna(row.munition_id) else row.munition_id) == match.munition_id
        assert (row.match, row.score) == (match.way, match.score)
        assert row.candidates == "|".join(match.alternatives or ("generic_cluster", "generic_unitary"))


# Hostile input

NOTHING = [
    None,
    np.nan,
    pd.NA,
    pd.NaT,
    26,
    26.0,
    b"M26",
    [],
    {},
    "",
    " \t\n",
    "\x00\x07",
    "…—!?",
    "🙂🚀",
    "\ud800",
    "٪",
]


@pytest.mark.parametrize("text", NOTHING, ids=repr)
def test_what_is_no_wording_matches_nothing(text):
    assert match_munition(text) == MunitionMatch(None, "none", 0.0, ())


def test_a_frame_takes_whatever_a_table_holds():
    series = pd.Series([*NOTHING, "M26"], index=[*([7] * len(NOTHING)), "last"], dtype=object)
    table = match_munitions(series)
    assert table["match"].tolist() == ["none"] * len(NOTHING) + ["exact"]
    assert table["munition_id"].isna().tolist() == [True] * len(NOTHING) + [False]
    assert set(table["candidates"].iloc[:-1]) == {"generic_cluster|generic_unitary"}
    assert match_munitions(pd.Series([], dtype=object)).empty


LONG = ["x" * 10**6, "Uragan 9M27 касетний " * 50_000, "1-2-3-" * 200_000, "ﷺ" * 10**6, "́" * 10**6, "и " * 10**6]


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:8]))
def test_long_texts_are_quick(text):
    start = time.perf_counter()
    match_munition(text)
    assert time.perf_counter() - start < 1


def test_only_the_first_2000_characters_are_read():
    assert match_munition("." * 1990 + " M26").munition_id == "m26"
    assert match_munition("." * 2000 + " M26").munition_id is None


def test_controls_and_emoji_do_not_hide_a_name():
    assert match_munition("🚀\x00M26\u200e\x07 rockets 🙂").munition_id == "m26"
    assert match_munition("M\u00ad26").munition_id == "m26"
    assert match_munition("Roc\u200bkeye").munition_id == "mk20_rockeye"
    assert match_munition("بمب خوشه\u200cای").munition_id == "generic_cluster"


def test_the_caller_keeps_his_series():
    series = pd.Series(["M26", None, 3], dtype=object)
    before = series.copy(deep=True)
    match_munitions(series)
    pd.testing.assert_series_equal(series, before)
