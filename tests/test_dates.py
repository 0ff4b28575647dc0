"""Dates in the words of a report: the first and the last day that they allow, and what is said of the reading."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uxomap.reports._date_words import _meanings
from uxomap.reports._dates import read_dates
from uxomap.reports._texts import quote

# Read as they stand: text, first day, last day (where it is another).
PLAIN = """
2022-02-24                          | 2022-02-24
2022-02                             | 2022-02-01 | 2022-02-28
2024-02                             | 2024-02-01 | 2024-02-29
2022                                | 2022-01-01 | 2022-12-31
20220224                            | 2022-02-24
2022/2/4                            | 2022-02-04
2022.02.24                          | 2022-02-24
24 / 02 / 2022                      | 2022-02-24
24. 2. 2022                         | 2022-02-24
28/02/2022                          | 2022-02-28
02/28/2022                          | 2022-02-28
02.28.2022                          | 2022-02-28
03.04.2022                          | 2022-04-03
04/04/2022                          | 2022-04-04
29/02/2024                          | 2024-02-29
12/2022                             | 2022-12-01 | 2022-12-31
24.II.2022                          | 2022-02-24
24-Feb-2022                         | 2022-02-24
24 February 2022                    | 2022-02-24
February 24th, 2022                 | 2022-02-24
24th of February, 2022              | 2022-02-24
Thursday 24 February 2022           | 2022-02-24
March 2022                          | 2022-03-01 | 2022-03-31
2022 - February                     | 2022-02-01 | 2022-02-28
24 février 2022                     | 2022-02-24
1er mars 2022                       | 2022-03-01
24 de febrero de 2022               | 2022-02-24
24 set. 2022                        | 2022-09-24
24 лютого 2022 р.                   | 2022-02-24
24 лют. 2022                        | 2022-02-24
ЛЮТИЙ 2022                          | 2022-02-01 | 2022-02-28
24.02.2022р.                        | 2022-02-24
24 февраля 2022 года                | 2022-02-24
24 февр. 2022                       | 2022-02-24
24 فبراير 2022                      | 2022-02-24
٢٤ فبراير ٢٠٢٢                      | 2022-02-24
24 شباط 2022 م                      | 2022-02-24
24 شباط/فبراير 2022                 | 2022-02-24
24 كانون الثاني 2022                | 2022-01-24
24 كانون الأول 2022                 | 2022-12-24
24 تشرين الثاني 2022                | 2022-11-24
13 جانفي 2015                       | 2015-01-13
13 غشت 2015                         | 2015-08-13
2022-02-24T23:59:59-04:00           | 2022-02-24
2022-02-24T00:30:00+03:00           | 2022-02-24
2022-02-24T00:30:00.123456Z         | 2022-02-24
2022-02-24Z                         | 2022-02-24
2022-02-24+14:00                    | 2022-02-24
20220224T233000Z                    | 2022-02-24
2022-02-24 23:30                    | 2022-02-24
2022-03-01 00:00:00.000             | 2022-03-01
24/02/2022 23:59:59 +0300           | 2022-02-24
2/24/2022 12:00:00 AM               | 2022-02-24
10:00 24/02/2022                    | 2022-02-24
Thu, 24 Feb 2022 23:30:00 -0500     | 2022-02-24
Thu Feb 24 2022 00:00:00 GMT+0200 (Eastern European Time) | 2022-02-24
242330Z FEB 2022                    | 2022-02-24
6 mars 2022 à 14h30                 | 2022-03-06
14h 24 février 2022                 | 2022-02-24
10am 5 March 2022                   | 2022-03-05
2022-03-06/2022-03-07               | 2022-03-06 | 2022-03-07
2022-03-06/07                       | 2022-03-06 | 2022-03-07
2022-02-24T10:00/2022-02-26T11:00   | 2022-02-24 | 2022-02-26
2022-03-06 10:00 - 2022-03-07 12:00 | 2022-03-06 | 2022-03-07
2022-03-06 to 2022-03-07            | 2022-03-06 | 2022-03-07
2013-12/2014-02                     | 2013-12-01 | 2014-02-28
1965/1973                           | 1965-01-01 | 1973-12-31
1965\u20131973                      | 1965-01-01 | 1973-12-31
1 May 2022\u20133 June 2022         | 2022-05-01 | 2022-06-03
6-7 March 2022                      | 2022-03-06 | 2022-03-07
24-26 February 2022                 | 2022-02-24 | 2022-02-26
February 24-26, 2022                | 2022-02-24 | 2022-02-26
2022 March 5-7                      | 2022-03-05 | 2022-03-07
24 Feb - 3 Mar 2022                 | 2022-02-24 | 2022-03-03
March-April 2022                    | 2022-03-01 | 2022-04-30
28/02/2022 to 03/03/2022            | 2022-02-28 | 2022-03-03
28.02-03.03.2022                    | 2022-02-28 | 2022-03-03
05-06.03.2022                       | 2022-03-05 | 2022-03-06
5-7/03/2022                         | 2022-03-05 | 2022-03-07
07.2014 - 08.2014                   | 2014-07-01 | 2014-08-31
5, 6 and 7 March 2022               | 2022-03-05 | 2022-03-07
between 1 and 5 March 2022          | 2022-03-01 | 2022-03-05
from 1 to 5 March 2022              | 2022-03-01 | 2022-03-05
du 6 au 7 mars 2022                 | 2022-03-06 | 2022-03-07
entre le 6 et le 7 mars 2022        | 2022-03-06 | 2022-03-07
del 6 al 7 de marzo de 2022         | 2022-03-06 | 2022-03-07
з 6 по 7 березня 2022               | 2022-03-06 | 2022-03-07
від 6 до 7 березня 2022             | 2022-03-06 | 2022-03-07
с 6 по 7 марта 2022                 | 2022-03-06 | 2022-03-07
من 6 إلى 7 مارس 2022                | 2022-03-06 | 2022-03-07
بين 6 و7 مارس 2022                  | 2022-03-06 | 2022-03-07
"""

# Read with an assumption, which is said: text, first day, last day, words of the note.
ASSUMED = """
03/04/2022                 | 2022-03-04 | 2022-04-03 | is 2022-03-04 or 2022-04-03: both are covered
03/04/2022 - 05/04/2022    | 2022-03-04 | 2022-05-04 | is 2022-03-04 to 2022-05-04 or 2022-04-03 to 2022-04-05
44621                      | 2022-03-01 | 2022-03-01 | read as a spreadsheet's day number: 2022-03-01
44621.9                    | 2022-03-01 | 2022-03-01 | read as a spreadsheet's day number: 2022-03-01
44621,25                   | 2022-03-01 | 2022-03-01 | read as a spreadsheet's day number: 2022-03-01
28/02/22                   | 2022-02-28 | 2022-02-28 | read as 2022-02-28
242330ZFEB22               | 2022-02-24 | 2022-02-24 | read as 2022-02-24
28/02/68                   | 1968-02-28 | 1968-02-28 | read as 1968-02-28
68-02-28                   | 1968-02-28 | 1968-02-28 | read as 1968-02-28
01-Mar-22                  | 2022-03-01 | 2022-03-01 | read as 2022-03-01
24 Feb 22                  | 2022-02-24 | 2022-02-24 | read as 2022-02-24
early March 2022           | 2022-03-01 | 2022-03-15 | read as 2022-03-01 to 2022-03-15
mid-March 2022             | 2022-03-06 | 2022-03-25 | read as 2022-03-06 to 2022-03-25
late February 2022         | 2022-02-16 | 2022-02-28 | read as 2022-02-16 to 2022-02-28
beginning of March 2022    | 2022-03-01 | 2022-03-15 | read as 2022-03-01 to 2022-03-15
end of 2022                | 2022-07-01 | 2022-12-31 | read as 2022-07-01 to 2022-12-31
early to mid March 2022    | 2022-03-01 | 2022-03-25 | read as 2022-03-01 to 2022-03-25
mi-mars 2022               | 2022-03-06 | 2022-03-25 | read as 2022-03-06 to 2022-03-25
à la fin mars 2022         | 2022-03-16 | 2022-03-31 | read as 2022-03-16 to 2022-03-31
a finales de marzo de 2022 | 2022-03-16 | 2022-03-31 | read as 2022-03-16 to 2022-03-31
на початку березня 2022    | 2022-03-01 | 2022-03-15 | read as 2022-03-01 to 2022-03-15
в конце марта 2022         | 2022-03-16 | 2022-03-31 | read as 2022-03-16 to 2022-03-31
أواخر مارس 2022            | 2022-03-16 | 2022-03-31 | read as 2022-03-16 to 2022-03-31
first half of March 2022   | 2022-03-01 | 2022-03-15 | read as 2022-03-01 to 2022-03-15
second week of March 2022  | 2022-03-06 | 2022-03-16 | read as 2022-03-06 to 2022-03-16
around 5 March 2022        | 2022-02-26 | 2022-03-12 | read as 2022-02-26 to 2022-03-12
on or about 5 March 2022   | 2022-02-26 | 2022-03-12 | read as 2022-02-26 to 2022-03-12
5 March 2022?              | 2022-02-26 | 2022-03-12 | read as 2022-02-26 to 2022-03-12
circa 2022                 | 2021-01-01 | 2023-12-31 | read as 2021-01-01 to 2023-12-31
около 5 марта 2022         | 2022-02-26 | 2022-03-12 | read as 2022-02-26 to 2022-03-12
حوالي 5 مارس 2022          | 2022-02-26 | 2022-03-12 | read as 2022-02-26 to 2022-03-12
about 03/04/2022           | 2022-02-25 | 2022-04-10 | is 2022-03-04 or 2022-04-03: both are covered
2022 or 2023               | 2022-01-01 | 2023-12-31 | read as 2022-01-01 to 2023-12-31
Q1 2022                    | 2022-01-01 | 2022-03-31 | read as 2022-01-01 to 2022-03-31
2022Q4                     | 2022-10-01 | 2022-12-31 | read as 2022-10-01 to 2022-12-31
Q1-Q2 2022                 | 2022-01-01 | 2022-06-30 | read as 2022-01-01 to 2022-06-30
1-й квартал 2022           | 2022-01-01 | 2022-03-31 | read as 2022-01-01 to 2022-03-31
I квартал 2022             | 2022-01-01 | 2022-03-31 | read as 2022-01-01 to 2022-03-31
premier trimestre 2022     | 2022-01-01 | 2022-03-31 | read as 2022-01-01 to 2022-03-31
2022-W10                   | 2022-03-07 | 2022-03-13 | read as 2022-03-07 to 2022-03-13
1970s                      | 1970-01-01 | 1979-12-31 | read as 1970-01-01 to 1979-12-31
2021/22                    | 2021-01-01 | 2022-12-31 | read as 2021-01-01 to 2022-12-31
spring 2022                | 2022-03-01 | 2022-06-21 | the season of the northern half of the Earth
winter 2021/22             | 2021-12-01 | 2022-03-20 | the season of the northern half of the Earth
winter 2022                | 2021-12-01 | 2023-03-20 | the season of the northern half of the Earth
осінь 2022                 | 2022-09-01 | 2022-12-21 | the season of the northern half of the Earth
été 2022                   | 2022-06-01 | 2022-09-23 | the season of the northern half of the Earth
night of 5-6 March 2022    | 2022-03-05 | 2022-03-06 | read as 2022-03-05 to 2022-03-06
night of 5/6 March 2022    | 2022-03-05 | 2022-03-06 | read as 2022-03-05 to 2022-03-06
night of 5 March 2022      | 2022-03-05 | 2022-03-06 | read as 2022-03-05 to 2022-03-06
в ночь на 6 марта 2022     | 2022-03-05 | 2022-03-06 | read as 2022-03-05 to 2022-03-06
28 Dec - 3 Jan 2023        | 2022-12-28 | 2023-01-03 | read as 2022-12-28 to 2023-01-03
28 Dec 2022 - 3 Jan        | 2022-12-28 | 2023-01-03 | read as 2022-12-28 to 2023-01-03
2022-03-07/2022-03-06      | 2022-03-06 | 2022-03-07 | ends before it starts: both are covered
Friday 24 February 2022    | 2022-02-24 | 2022-02-24 | was a Thursday, which is not the day it names
пятница, 24.02.2022        | 2022-02-24 | 2022-02-24 | was a Thursday, which is not the day it names
"""

# Not known, and said why.
UNKNOWN = """
xx                     | cannot be read
2022-02-30             | cannot be read
2022-13-01             | cannot be read
2022-24-02             | cannot be read
30/02/2022             | cannot be read
29/02/2023             | cannot be read
June 31 2022           | cannot be read
00/00/2022             | cannot be read
12:30                  | cannot be read
99999                  | cannot be read
0                      | cannot be read
5                      | cannot be read
2022--02--24           | cannot be read
attack on 5 March 2022 | cannot be read
0000-00-00             | has a year that is not from 1900 to 2099
1822-02-24             | has a year that is not from 1900 to 2099
9999-12-31             | has a year that is not from 1900 to 2099
1900-01-01             | is what programs write into an empty cell
Mar-22                 | names no year
5 March                | names no year
24 лютого              | names no year
before 5 March 2022    | leaves its first or its last day open
after March 2022       | leaves its first or its last day open
since 2022             | leaves its first or its last day open
from 5 March 2022      | leaves its first or its last day open
until 5 March 2022     | leaves its first or its last day open
до 5 березня 2022      | leaves its first or its last day open
5 March 2022 - present | leaves its first or its last day open
24 Feb 2022 -          | leaves its first or its last day open
1443                   | is of the Islamic (Hijri) calendar, or its year is wrong
15 رمضان 1443 هـ       | is of the Islamic (Hijri) calendar, or its year is wrong
1400/12/05             | is of the Islamic (Hijri) calendar, or its year is wrong
5 Ramadan 2022         | is of the Islamic (Hijri) calendar, or its year is wrong
2565-03-05             | is of the Buddhist calendar, or its year is wrong
5 March 2565 B.E.      | is of the Buddhist calendar, or its year is wrong
1645660800             | looks like seconds since 1970, whose day depends on the time zone
1645660800000          | looks like seconds since 1970, whose day depends on the time zone
"""


def cells_of(table):
    return [tuple(cell.strip() for cell in line.split(" | ")) for line in table.strip().splitlines()]


def dates_of(*cells, role="date", order=None):
    start, end, notes = read_dates({role: pd.Series(cells, dtype=object)}, len(cells), order=order)
    return [str(day) for day in start], [str(day) for day in end], list(notes)


@pytest.mark.parametrize("cells", cells_of(PLAIN), ids=lambda cells: cells[0])
def test_dates_that_need_no_assumption(cells):
    assert dates_of(cells[0]) == ([cells[1]], [cells[-1]], [""])


@pytest.mark.parametrize(("text", "start", "end", "words"), cells_of(ASSUMED))
def test_dates_with_an_assumption_say_it(text, start, end, words):
    starts, ends, notes = dates_of(text)
    assert (starts, ends) == ([start], [end])
    assert notes[0].startswith(f"date {quote(text)} ")
    assert words in notes[0]


@pytest.mark.parametrize(("text", "words"), [*cells_of(UNKNOWN), ("9" * 200, "is too long to be read")])
def test_what_is_no_date_stays_unknown_and_is_quoted(text, words):
    assert dates_of(text) == (["NaT"], ["NaT"], [f"date {quote(text)} {words}: unknown"])


def test_a_missing_date_is_said():
    assert dates_of("", None, "unknown", "невідомо", "n.d.", pd.NaT)[2] == ["date not stated"] * 6
    assert read_dates({}, 1)[2].tolist() == ["date not stated"]


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "uk, nominative": "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ru, nominative": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "ar, Levant": ("كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول"),
    "ar, Maghreb": "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
}


@pytest.mark.parametrize("language", MONTHS)
def test_every_month_by_name(language):
    names = MONTHS[language].split()
    assert len(names) == 12
    for number, name in enumerate(names, start=1):
        words = name.replace("_", " ")
        day = f"2015-{number:02d}-09"
        assert dates_of(f"9 {words} 2015") == ([day], [day], [""])
        assert dates_of(f"{words.upper()} 9, 2015")[0] == [day]


def test_no_word_has_two_meanings(root):
    table = pd.read_csv(root / "uxomap" / "reports" / "dates.csv")
    assert table["word"].is_unique
    # Accents and capitals do not count.
    assert len(_meanings()) >= len(table) - 40
    assert set(table.loc[table["meaning"].str.fullmatch(r"\d+"), "meaning"]) == {str(month) for month in range(1, 13)}


def test_the_rest_of_the_column_settles_the_order():
    assert dates_of("03/04/2022", "28/02/2022")[0][0] == "2022-04-03"
    assert dates_of("03/04/2022", "02/28/2022")[0][0] == "2022-03-04"
    assert dates_of("03/04/2022 10:15", "02/28/2022 23:59")[0] == ["2022-03-04", "2022-02-28"]
    assert dates_of("03/04/2022", "24/02/2022 - 26/02/2022")[0][0] == "2022-04-03"
    assert dates_of("01-02-22", "68-02-24")[0][0] == "2001-02-22"
    starts, ends, notes = dates_of("03/04/2022", "02/28/2022", "28/02/2022")
    assert (starts[0], ends[0]) == ("2022-03-04", "2022-04-03")
    assert "both are covered" in notes[0]


def test_two_styles_in_one_column():
    starts, ends, notes = dates_of("2022-03-01 00:00:00.000", "3/1/2022", "3/25/2022 0:00")
    assert starts == ends == ["2022-03-01", "2022-03-01", "2022-03-25"]
    assert notes == [""] * 3


def test_the_order_that_is_stated_goes_before_all_else():
    for text in ("03/04/2022", "03.04.2022", "03-04-2022"):
        assert dates_of(text, "25/12/2021", order="month-first")[0][0] == "2022-03-04"
        assert dates_of(text, "12/25/2021", order="day-first")[0][0] == "2022-04-03"
    said = "date '25/03/2022' cannot be month-first: read as 2022-03-25"
    assert dates_of("25/03/2022", order="month-first") == (["2022-03-25"], ["2022-03-25"], [said])
    said = "date '03/25/2022' cannot be day-first: read as 2022-03-25"
    assert dates_of("03/25/2022", order="day-first")[2] == [said]


def test_day_numbers_of_old_spreadsheets_only_where_they_are_stated():
    assert dates_of("43159", order="excel-1904")[0] == ["2022-03-01"]
    assert dates_of("43159")[0] == ["2018-02-28"]


def test_first_and_last_day_from_two_columns():
    columns = {
        "date_start": pd.Series(["2022-03", "2022-03-07", None]),
        "date_end": pd.Series(["2022-04", "2022-03-06", "2022-05"]),
    }
    start, end, notes = read_dates(columns, 3)
    assert [str(day) for day in start] == ["2022-03-01", "2022-03-06", "2022-05-01"]
    assert [str(day) for day in end] == ["2022-04-30", "2022-03-07", "2022-05-31"]
    alone = "first day not stated: the last is taken"
    assert notes.tolist() == ["", "the last day is before the first: both are covered", alone]


def test_a_date_beside_a_last_day_is_the_first():
    columns = {
        "date": pd.Series(["2022-02-24", "2022-02-24", "2022-02-24"]),
        "date_end": pd.Series(["2022-02-26", None, "2022-02-20"]),
    }
    start, end, notes = read_dates(columns, 3)
    assert [str(day) for day in start] == ["2022-02-24", "2022-02-24", "2022-02-20"]
    assert [str(day) for day in end] == ["2022-02-26", "2022-02-24", "2022-02-24"]
    assert notes.tolist() == ["", "", "the last day is before the first: both are covered"]


def test_moments_of_a_frame_keep_their_day_in_any_zone():
    moments = pd.Series(pd.to_datetime(["2022-02-24 23:59", None])).dt.tz_localize("America/New_York")
    start, _, notes = read_dates({"date": moments}, 2)
    assert [str(day) for day in start] == ["2022-02-24", "NaT"]
    assert notes.tolist() == ["", "date not stated"]


MIXED = [
    (pd.Timestamp("2022-02-24 23:59", tz="Asia/Tokyo"), "2022-02-24"),
    (dt.datetime(2022, 2, 24, 0, 1, tzinfo=dt.UTC), "2022-02-24"),
    (dt.date(2022, 2, 24), "2022-02-24"),
    (np.datetime64("2022-02-24T23:59"), "2022-02-24"),
    (np.datetime64("2022-02"), "2022-02-01"),
    (pd.Period("2022-02", freq="M"), "2022-02-01"),
    (pd.Period("2022Q1", freq="Q"), "2022-01-01"),
    (2022, "2022-01-01"),
    (np.int64(20220224), "2022-02-24"),
    (44621.0, "2022-03-01"),
    (np.float64(44621.75), "2022-03-01"),
    (dt.datetime(9999, 12, 31), "NaT"),  # noqa: DTZ001 - as spreadsheets give it
    (dt.time(12, 30), "NaT"),
    (True, "NaT"),
    ({"day": 5}, "NaT"),
]


def test_cells_of_every_type():
    starts, ends, _ = dates_of(*(cell for cell, _ in MIXED))
    assert starts == [day for _, day in MIXED]
    assert ends[4] == ends[5] == "2022-02-28"
    assert ends[6] == "2022-03-31"


@pytest.mark.parametrize("dtype", ["datetime64[s]", "datetime64[ns]", "date32[day][pyarrow]", "timestamp[s][pyarrow]"])
def test_columns_of_every_type(dtype):
    column = pd.Series(pd.to_datetime(["2022-02-24", None])).astype(dtype)
    starts, _, notes = read_dates({"date": column}, 2)
    assert [str(day) for day in starts] == ["2022-02-24", "NaT"]
    assert notes.tolist() == ["", "date not stated"]


def test_moments_that_no_report_can_mean_are_refused_in_a_frame_too():
    moments = pd.Series(pd.to_datetime(["1900-01-01", "2022-02-24", "1822-01-01"]))
    start, _, notes = read_dates({"date": moments}, 3)
    assert [str(day) for day in start] == ["NaT", "2022-02-24", "NaT"]
    assert "is what programs write into an empty cell: unknown" in notes[0]
    assert "has a year that is not from 1900 to 2099: unknown" in notes[2]


DAYS = st.dates(min_value=dt.date(1901, 1, 1), max_value=dt.date(2099, 12, 31))


@given(DAYS)
def test_every_form_of_a_day_covers_the_day(day):
    forms = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%Y-%m", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y"]
    forms += ["%Y", "%b %Y", "around %d %B %Y", "night of %d %B %Y", "%A %d %B %Y", "%Y-%m-%dT%H:%M:%SZ", "%Y-W%V"]
    for form in forms if day.strftime("%G") == day.strftime("%Y") else forms[:-1]:
        starts, ends, _ = dates_of(day.strftime(form))
        assert starts[0] <= day.isoformat() <= ends[0], form


@given(DAYS, DAYS)
def test_a_range_covers_both_its_ends(first, last):
    first, last = sorted((first, last))
    for form in ("%Y-%m-%d", "%d %B %Y", "%d.%m.%Y"):
        for join in (" - ", " to ", "\u2013", "/"):
            starts, ends, notes = dates_of(f"{first.strftime(form)}{join}{last.strftime(form)}")
            assert (starts[0], ends[0], notes[0]) == (first.isoformat(), last.isoformat(), ""), (form, join)


@given(DAYS, st.times(), st.integers(-12 * 4, 14 * 4))
def test_no_time_zone_moves_a_day(day, time, quarters):
    zone = dt.timezone(dt.timedelta(minutes=15 * quarters))
    moment = dt.datetime.combine(day, time, tzinfo=zone)
    for text in (moment.isoformat(), moment.isoformat(" "), moment.strftime("%d.%m.%Y %H:%M:%S %z")):
        assert dates_of(text)[0] == [day.isoformat()], text
    assert dates_of(moment)[0] == [day.isoformat()]


@given(st.lists(st.sampled_from(["5", "12", "31", "2022", "March", "-", "/", ",", "to", "Q1", "early", "and", "."])))
def test_no_heap_of_parts_breaks_the_reader(parts):
    for text in (" ".join(parts), "".join(parts)):
        start, end, notes = dates_of(text)
        assert (start[0] == "NaT") == (end[0] == "NaT")
        assert start[0] <= end[0]
        assert start[0] != "NaT" or notes[0]


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_dates(text):
    start, end, _ = read_dates({"date": pd.Series([text], dtype=object)}, 1)
    assert np.isnat(start[0]) == np.isnat(end[0])
    assert np.isnat(start[0]) or start[0] <= end[0]
