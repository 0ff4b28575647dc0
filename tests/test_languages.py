"""Maps and sheets in the languages of their readers: nothing missing, nothing promised, nothing broken."""

import io
import json
import re
import runpy
import string
import tomllib
import unicodedata

import pandas as pd
import pytest
from babel.messages.pofile import read_po
from draw_layers import draw_layer
from maps_browser import needs_browser, run_in_browser
from matplotlib.text import Text

from uxomap import draw_hazard_areas, find_strikes, read_reports, sample_data, wording
from uxomap.errors import InputError
from uxomap.hazard_areas import list_unlocated
from uxomap.languages import LANGUAGES, Language, load_language
from uxomap.maps import labels, make_atlas, make_web_map, notes, survey_features, web_map_html, words
from uxomap.maps.parts import Shared, assumed_parts, rate_rows, share_layers
from uxomap.maps.sheets.page import printable
from uxomap.maps.words import name_places
from uxomap.munitions import load_munitions
from uxomap.schema import layer_schema

CODES = ("uk", "fr", "ar", "es")

#: Begin of words that never stand of land, by language: safe and sure; clear, clean and demined; free and released;
#: cancelled; reduced; confirmed; without risk or danger; the national short forms of suspected and confirmed areas.
BANNED = {
    "en": r"safe|clear|cleared|free|released|cancell?ed|reduced|confirmed|no risk|sha|cha|green",
    "uk": r"(безпечн|безпек|очищ|чист|розмін|вільн|звільн|скасов|зменш|скороч|підтвердж|зелен)\w*|"
    r"(без|нульов\w*|нема\w*) (ризик|загроз)\w*|пнт|пнр",
    "fr": r"(sûr|sécuri|déminé|dégag|nettoy|dépollu|clair|libre|libér|annul|rédui|réduc|confirm|vert)\w*|"
    r"(sans|aucun|pas de|zéro) (risque|danger)\w*|zsd|zdc|zd",
    "ar": r"(ال|و|ب|ل)*((آمن|امن|أمان|سليم|مطهر|تطهير|نظيف|خالي|محرر|تحرير|مفرج|إفراج)\w*|خال|"
    r"(ملغ|إلغاء|مخفض|تخفيض|مقلص|تقليص|مؤكد|تأكيد|أخضر)\w*|(بلا|دون|لا|بدون) (خطر|مخاطر)\w*)",
    "es": r"(segur|despejad|limpi|desminad|libre|liberad|cancelad|anulad|reducid|reducci|confirmad|verde)\w*|"
    r"(sin|ningún|cero) (riesgo|peligro)\w*|aps|apc|asp",
}

#: Texts that are the same in English: units, letters of the compass, and words that both languages have.
SAME = {
    "uk": set(),
    "fr": {"N", "S", "E", "Zone", "Zones", "Page", "Date", "Dates", "Munition", "Munitions", "Zone {id}"},
    "ar": set(),
    "es": {"N", "S", "E"},
}

#: Letters that a language is written in, to tell whether a translation is one at all.
SCRIPT = {"uk": "CYRILLIC", "fr": "LATIN", "ar": "ARABIC", "es": "LATIN"}


@pytest.fixture(scope="module")
def script(root):
    return runpy.run_path(str(root / "docs" / "extract_texts.py"))


@pytest.fixture(scope="module")
def template(script):
    return script["make_template"]()


@pytest.fixture(scope="module")
def english(template):
    return {message.id for message in template if message.id}


def read(root, code):
    return read_po(io.BytesIO((root / "uxomap" / "translations" / f"{code}.po").read_bytes()), locale=code)


def pairs(code):
    return sorted(load_language(code).texts.items())


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def bare(text):
    """Text without the marks of vowels, on which Arabic words would slip through."""
    kept = "".join(letter for letter in text if not "\u064b" <= letter <= "\u0652")
    return unicodedata.normalize("NFC", kept)


def banned_in(code, text):
    return re.search(rf"\b({BANNED[code]})\b", bare(text), re.IGNORECASE)


def test_the_template_and_the_catalogues_are_up_to_date(script, template, root):
    folder = root / "uxomap" / "translations"
    wrong = "run: python docs/extract_texts.py"
    assert (folder / "uxomap.pot").read_bytes() == script["write_catalogue"](template), wrong
    for code in CODES:
        written = (folder / f"{code}.po").read_bytes()
        assert script["update_catalogue"](code, written, template) == written, f"{wrong} ({code})"
        assert b"Date" not in written.split(b"\n\n", 1)[0]


def test_there_is_a_catalogue_for_every_language_but_english(root):
    assert set(CODES) == set(LANGUAGES) - {"en"}
    assert {path.stem for path in (root / "uxomap" / "translations").glob("*.po")} == set(CODES)


def test_texts_that_are_not_written_where_they_are_said_are_collected(english):
    assert {wording.NOTICE, wording.ROUNDING_NOTE, wording.SENSITIVITY} <= english
    assert set(labels.LABELS.values()) <= english
    assert set(labels.ROWS.values()) <= english
    assert len(english) > 300


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_missing_or_uncertain(code, english, root):
    catalogue = read(root, code)
    assert {message.id for message in catalogue if message.id} == english
    assert [message.id for message in catalogue if message.id and (message.fuzzy or not message.string)] == []
    assert not catalogue.obsolete


@pytest.mark.parametrize("code", CODES)
def test_places_to_fill_are_those_of_the_english(code):
    assert [(text, said) for text, said in pairs(code) if fields(text) != fields(said)] == []


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(code):
    same = {text for text, said in pairs(code) if said.replace("\u00a0", " ") == text}
    units = {text for text in same if re.fullmatch(r"\{\w+\} (m|km|km²|ha|%|h|min)", text)}
    assert same - units == SAME[code]
    for text, said in pairs(code):
        letters = re.sub(r"\{\w+\}|º|MGRS|UTM|WGS|Enter|Escape|Leaflet|JavaScript|\bid\b", "", said)
        scripts = {unicodedata.name(letter).split()[0] for letter in letters if letter.isalpha()}
        assert scripts <= {SCRIPT[code]}, text


@pytest.mark.parametrize("code", CODES)
def test_marks_at_the_ends_and_blanks_are_those_of_the_english(code):
    for text, said in pairs(code):
        assert said == said.strip(), said
        assert "  " not in said, said
        assert not re.search(r"[<>&]|https?:", said), said
        assert text.endswith(".") == said.endswith(".") or text in {"No.", "Page"}, (text, said)


@pytest.mark.parametrize("code", CODES)
def test_numbers_in_a_text_stay(code):
    for text, said in pairs(code):
        in_digits = re.findall(r"\d+", text)
        assert sorted(re.findall(r"\d+", said)) == sorted(in_digits), (text, said)


@pytest.mark.parametrize("code", CODES)
def test_no_translation_promises_anything(code):
    assert [said for _, said in pairs(code) if banned_in(code, said)] == []


def test_no_english_text_promises_anything(english):
    assert [text for text in english if banned_in("en", text)] == []


PROMISES = [
    ("en", "All clear here"),
    ("uk", "Тут безпечно"),
    ("uk", "Ризик підтверджено"),
    ("fr", "Zone sûre"),
    ("fr", "Lieu sans danger"),
    ("ar", "منطقة آمنة"),
    ("ar", "منطقة مؤكَّدة"),
    ("ar", "خالٍ من الألغام"),
    ("es", "Zona segura"),
    ("es", "Área confirmada"),
]


@pytest.mark.parametrize(("code", "text"), PROMISES)
def test_the_lists_of_promises_find_them(code, text):
    assert banned_in(code, text)


#: What the notice must say in each language: an estimate, no survey, not assessed, do not touch, report.
NOTICES = {
    "uk": ("оцінка", "не результат обстеження", "не оцінено", "Не торкайтеся", "національний орган"),
    "fr": ("Estimation", "pas le résultat d’une enquête", "pas évalués", "Ne touchez à rien", "l’autorité nationale"),
    "ar": ("تقدير", "وليس نتيجة مسح", "غير مقيَّمة", "لا تلمس", "السلطة الوطنية"),
    "es": ("Estimación", "no es el resultado de un estudio", "no están evaluados", "No toque", "la autoridad nacional"),
}


@pytest.mark.parametrize("code", CODES)
def test_the_notice_says_all_of_it(code):
    said = load_language(code).say(wording.NOTICE)
    for part in NOTICES[code]:
        assert part in said
    assert said.count(".") == wording.NOTICE.count(".")


@pytest.mark.parametrize("code", CODES)
def test_the_font_of_the_sheets_has_every_letter(code):
    for _, said in pairs(code):
        assert printable(said) == said


def test_only_arabic_runs_from_right_to_left():
    assert [code for code in LANGUAGES if load_language(code).right_to_left] == ["ar"]


def test_names_of_the_criteria_are_those_of_the_table(root):
    table = tomllib.loads((root / "uxomap" / "priority" / "criteria.toml").read_text(encoding="utf-8"))
    shared = Shared(words.ENGLISH, {}, {})
    expected = {one["criterion"]: one["label"] for one in table["criteria"]}
    assert survey_features._criterion_names(shared) == expected


def test_a_text_without_a_translation_stays_english():
    language = load_language("fr")
    assert language.say("A text that nobody wrote: {n}", n=3) == "A text that nobody wrote: 3"
    assert Language("fr", {"Zones": ""}).say("Zones") == "Zones"


def test_a_translation_of_another_wording_is_not_used(tmp_path, monkeypatch):
    folder = tmp_path / "translations"
    folder.mkdir()
    text = '#, fuzzy\nmsgid "Strikes"\nmsgstr "Autre chose"\n\nmsgid "Land"\nmsgstr "Surface"\n'
    (folder / "fr.po").write_text(text, encoding="utf-8")
    monkeypatch.setattr("uxomap.languages.resources.files", lambda package: tmp_path if package == "uxomap" else None)
    language = load_language.__wrapped__("fr")
    assert (language.say("Strikes"), language.say("Land")) == ("Strikes", "Surface")


def test_an_update_keeps_what_is_translated_and_marks_what_changed(script, template):
    old = b'msgid "Zones"\nmsgstr "Zonas"\n\nmsgid "A text that is gone"\nmsgstr "Nada"\n'
    new = read_po(io.BytesIO(script["update_catalogue"]("es", old, template)), locale="es")
    assert new["Zones"].string == "Zonas"
    assert "A text that is gone" not in new
    assert new["Strikes"].string == "" or new["Strikes"].fuzzy


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Unitary explosive munition, type unknown or M26 or 2 more"),
        ("uk", "Боєприпас з унітарною бойовою частиною, тип невідомий або M26 та ще 2"),
        ("es", "Munición explosiva unitaria, tipo desconocido o M26 y 2 más"),
        ("ar", "ذخيرة متفجرة أحادية من نوع غير معروف أو \u2068M26\u2069 و2 غيرها"),
    ],
)
def test_classes_of_munitions_are_words_of_the_language(code, said):
    text = "Unitary explosive munition, type unknown or M26 or 2 more"
    assert notes.say_munition(text, load_language(code)) == said


def test_the_classes_that_are_said_are_those_of_the_catalogue():
    entries = load_munitions()
    classes = entries.loc[entries["name"].str.endswith("type unknown"), "name"]
    assert set(notes._classes(load_language("en").say)) == set(classes)


def test_a_foreign_name_does_not_turn_an_arabic_sentence_round():
    arabic = load_language("ar")
    assert name_places(["Demmarel", "Ninveth", "Ishvel"], arabic).startswith("\u2068Demmarel\u2069")
    rates = pd.DataFrame(
        {"hazard_kind": "dud", "dud_rate_low": 0.01, "dud_rate_expected": 0.1, "dud_rate_high": [0.2, 0.3]}
    )
    rows = rates.assign(munition=["M26", "9M55K"], dud_sources="a; b").to_dict("records")
    assert [said[:6] for _, said in rate_rows(rows, share_layers({}, arabic, {}, {}))] == [
        "\u2068M26\u2069:",
        "\u20689M55K",
    ]


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="Must be one of: en, uk, fr, ar, es"):
        load_language("de")


@pytest.fixture(scope="module")
def assumed():
    """Every note of the samples on what was assumed of a strike and of its estimate."""
    found = set()
    for name in ("exercise", "documented_strikes.csv"):
        source = sample_data(name)
        strikes = find_strikes(read_reports(source / "reported_strikes.csv" if source.is_dir() else source))
        for frame in (strikes, draw_hazard_areas(strikes), list_unlocated(strikes)):
            found |= {note.strip() for text in frame["assumptions"] for note in text.split(";") if note.strip()}
    return sorted(found)


@pytest.mark.parametrize("code", CODES)
def test_what_the_samples_assume_is_said_in_every_language(code, assumed):
    said, rest = notes.translate_notes(assumed, load_language(code))
    assert (len(said), rest) == (len(assumed), [])
    assert len(assumed) > 60
    assert not set(said) & set(assumed)
    assert not [text for text in said if "{" in text]


def test_a_note_is_made_of_one_text_only(assumed):
    for note in assumed:
        assert len([pattern for pattern, _ in notes._patterns("fr") if pattern.fullmatch(note)]) == 1, note


NOTES = [
    (
        "count 'about 1,200' read as 900 to 1,500, 1,200.5 expected",
        "cantidad 'about 1,200' leída como 900 a 1.500, se esperan 1.200,5",
    ),
    ("munition may be A, b or C or 7 more", "la munición puede ser: A, b o C y 7 más"),
    ("reports r-1, r-2 and 3 more linked by rule: up to 2 m apart, days, munition and counts agree", ""),
    ("count {text} read as {n}", ""),
    ("count '{0}{n}' read as 3", "cantidad '{0}{n}' leída como 3"),
]


@pytest.mark.parametrize(("note", "expected"), NOTES)
def test_numbers_and_lists_of_a_note_are_said_and_words_of_reports_stay(note, expected):
    said, rest = notes.translate_notes([note], load_language("es"))
    assert [text.replace("\u00a0", " ") for text in said] == ([expected] if expected else [])
    assert rest == ([] if expected else [note])


def test_notes_that_are_not_known_stay_english_under_a_heading_that_says_so():
    shared = Shared(load_language("fr"), {}, {})
    row = {"assumptions": "footprint not verified; a thing the programme says itself"}
    known, unknown = assumed_parts(row, shared)
    assert known == {"title": "Hypothèses", "rows": [], "bullets": ["empreinte non vérifiée"]}
    assert unknown["title"].replace("\u00a0", " ") == "Hypothèses (en anglais)"
    assert unknown["bullets"] == ["a thing the programme says itself"]
    english = [part for part in assumed_parts(row, Shared(words.ENGLISH, {}, {})) if part]
    assert [part["bullets"] for part in english] == [row["assumptions"].split("; ")]


SENTENCES = [
    ("uk", 1, "повідомлених ударів: 1"),
    ("uk", 5, "повідомлених ударів: 5"),
    ("fr", 1, "1 frappe signalée"),
    ("fr", 5, "5 frappes signalées"),
    ("ar", 5, "عدد الضربات المبلَّغ عنها: 5"),
    ("es", 1, "1 ataque notificado"),
]


@pytest.mark.parametrize(("code", "n", "said"), SENTENCES)
def test_counts_read_well_for_one_and_for_many(code, n, said):
    assert words.say_count(n, "reported strike", load_language(code)).replace("\u00a0", " ") == said


@pytest.fixture(scope="module")
def layers():
    names = {"location_text": ["Derhachi", "Kharkiv"], "hazard_kind": "dud", "munition_candidates": "9m27k"}
    return {
        name: draw_layer(name, 2, **{key: text for key, text in names.items() if key in layer_schema(name).columns})
        for name in ("zones", "hazard_areas", "strikes", "unlocated", "priorities")
    }


@pytest.mark.parametrize("code", CODES)
def test_no_heading_or_label_of_a_sheet_is_cut(code, layers):
    for page in make_atlas(layers, language=code):
        fixed = [text for text in page.findobj(Text) if text.get_gid() in {"head", "heading", "label", "fraction"}]
        assert len(fixed) > 5
        assert [text.get_text() for text in fixed if text.get_text().endswith("…")] == []


@needs_browser
@pytest.mark.parametrize("code", CODES)
def test_a_phone_shows_all_of_the_buttons_and_the_notice(code, layers, tmp_path):
    page = web_map_html(make_web_map(layers, language=code))
    script = """(function () {
      const taps = document.getElementById("uxomap-taps");
      const overlap = taps.getBoundingClientRect().bottom - document.querySelector(".foot").getBoundingClientRect().top;
      return {buttons: taps.children.length, over: taps.scrollHeight - taps.clientHeight, overlap: Math.round(overlap),
        wide: document.documentElement.scrollWidth, notice: document.querySelector(".notice").textContent};
    })()"""
    seen, out, _ = run_in_browser(page, tmp_path, script=script, size=(360, 740))
    assert json.loads(out["uxomapErrors"]) == []
    said = load_language(code).say(wording.NOTICE)
    assert seen == {"buttons": 2, "over": 0, "overlap": 0, "wide": 360, "notice": said}
