"""The review of a public product: what is asked, what counts as an answer, and the record of it."""

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from uxomap._validation import is_number, split_words
from uxomap.errors import InputError, OutputError

#: What a reviewer answers in words before anything is made public, by key.
CHECKLIST: Mapping[str, str] = MappingProxyType(
    {
        "harm": "Could the product help anybody to attack, to collect explosives, or to reach people who live there?",
        "fighting": "Is there fighting, or could there be soon, in or near the areas shown?",
        "people": "Can anybody who reported, or any household or community, be recognised from it?",
        "authority": "Has the national mine action authority agreed to its publication?",
        "sources": "Do the licences and the agreements with those who gave the reports allow it?",
        "reading": "How will readers learn that places without a colour are not assessed?",
    }
)

_DAY = "datetime.date(2026, 3, 1)"

#: No review is older: the year from which on a day is not taken for a slip of the pen.
_FIRST_YEAR = 2000

#: Coarsest and finest resolution of H3 for the public: about 12,400 km² and 36 km² a hexagon.
COARSEST, FINEST = 3, 6

#: Fewest strikes an area must hold to be shown, and days for which a strike stays unpublished; a programme may ask for
#: more of both, never for less.
MIN_STRIKES, EMBARGO_DAYS = 5, 90

#: Most strikes and days that can be asked for: ten thousand, and a hundred years.
_MOST_STRIKES, _MOST_DAYS = 10_000, 36_500

#: Largest share of the items of an area that one strike may make. An assumption: below it the sum does not tell the
#: number of the one within a quarter.
MOST_SHARE, _LEAST_SHARE = 0.8, 0.2

#: Fewest different letters of a name, and of an answer.
_NAME_LETTERS, _ANSWER_LETTERS = 2, 3

#: Words that fill a field and say nothing, in the languages of the maps, as `split_words` gives them.
_WORDS = """
    yes no none nothing na nil null nan todo tbd tba test testing unknown nobody noone anybody anyone someone somebody
    ok okay fine good sure xxx asdf qwerty lorem ipsum placeholder name role self me not applicable done
    так ні немає нема ніхто невідомо нічого добре нет да никто ничего
    oui non rien aucun aucune personne inconnu neant si nada nadie ninguno ninguna desconocido bien
    نعم لا احد لااحد شيء لاشيء مجهول ja nein niemand nichts keine
"""
_EMPTY = frozenset(_WORDS.split())


@dataclass(frozen=True)
class Review:
    """
    What a reviewer decided about a public product.

    Attributes
    ----------
    day : date
        Day of the review; the embargo is counted back from it.
    answers : Mapping of str to str
        An answer in words to each question of ``CHECKLIST``, by its key.
    resolution : int
        Resolution of H3, 3 to 6; without ``areas``.
    areas : GeoDataFrame, optional
        Admin areas to add up by instead of hexagons: columns ``admin_code`` and ``admin_name``, EPSG:4326.
    min_strikes : int
        Fewest strikes by which the numbers of an area are shown or change; 5 or more.
    embargo_days : int
        Strikes are left out that can have happened after the last quarter which ended so many days before the review;
        90 or more.
    most_share : float
        A strike that makes more than this share of the expected items by which an area would change waits until others
        join it; 0.8 or less. An assumption, not a published figure.

    Examples
    --------
    >>> review = Review(dt.date(2026, 3, 1), dict.fromkeys(CHECKLIST, "Discussed on 1 March; no objection."))
    >>> review.resolution
    5
    """

    day: dt.date
    answers: Mapping[str, str] = field(default_factory=dict)
    resolution: int = 5
    areas: gpd.GeoDataFrame | None = None
    min_strikes: int = MIN_STRIKES
    embargo_days: int = EMBARGO_DAYS
    most_share: float = MOST_SHARE

    @property
    def last_day(self) -> dt.date:
        """
        Last day whose strikes can be shown: the end of the last quarter that ended before the embargo.

        Examples
        --------
        >>> Review(dt.date(2026, 3, 30)).last_day, Review(dt.date(2026, 3, 31)).last_day
        (datetime.date(2025, 9, 30), datetime.date(2025, 12, 31))
        """
        limit = self.day - dt.timedelta(days=self.embargo_days)
        # The day after the limit lies in the quarter that is not over, or is the first of the next one.
        after = limit + dt.timedelta(days=1)
        return dt.date(after.year, 3 * ((after.month - 1) // 3) + 1, 1) - dt.timedelta(days=1)


def check_review(reviewed_by: Any, review: Any) -> Review:
    """Refuse a public product that nobody has reviewed, or whose rules are too fine."""
    if not _says_something(reviewed_by, _NAME_LETTERS):
        message = (
            f"Nobody has reviewed this public product (reviewed_by={reviewed_by!r}). Must name a person: "
            "reviewed_by='Name, role'. Let somebody who knows the place and did not make the map look at it first."
        )
        raise OutputError(message)
    if not isinstance(review, Review):
        message = (
            "The review itself is missing. Must be a Review with its day and an answer to each question: "
            f"{', '.join(CHECKLIST)}. Give review=Review(day, answers)."
        )
        raise OutputError(message)
    latest = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=1)
    # A time of day is a kind of date in Python; and a review of tomorrow may be one of today further east.
    dated = isinstance(review.day, dt.date) and not isinstance(review.day, dt.datetime) and not pd.isna(review.day)
    if not dated or review.day.year < _FIRST_YEAR or review.day > latest:
        message = (
            f"Invalid day {review.day!r}. Must be the date, without a time, of a review that has taken place. "
            f"Give e.g. {_DAY}."
        )
        raise InputError(message)
    if not isinstance(review.answers, Mapping):
        message = (
            f"Invalid answers ({type(review.answers).__name__}). Must be a mapping with an answer to each question: "
            f"{', '.join(CHECKLIST)}. Give answers={{'harm': '...', ...}}."
        )
        raise InputError(message)
    open_questions = [key for key in CHECKLIST if not _says_something(review.answers.get(key), _ANSWER_LETTERS)]
    if open_questions:
        asked = " ".join(f"{key}: {CHECKLIST[key]}" for key in open_questions)
        message = (
            f"The checklist is not answered. {asked} Answer each in words, more than yes or no: "
            f"answers={{'{open_questions[0]}': '...'}}."
        )
        raise OutputError(message)
    _check_rules(review)
    return review


def _check_rules(review: Review) -> None:
    """Refuse numbers that are none, or would make the product finer."""
    limits = (
        ("resolution", review.resolution, COARSEST, FINEST, f"from {COARSEST} to {FINEST}"),
        ("min_strikes", review.min_strikes, MIN_STRIKES, _MOST_STRIKES, f"{MIN_STRIKES} or more"),
        ("embargo_days", review.embargo_days, EMBARGO_DAYS, _MOST_DAYS, f"{EMBARGO_DAYS} or more"),
    )
    for name, value, least, most, rule in limits:
        if not isinstance(value, Integral) or isinstance(value, bool) or not least <= value <= most:
            top = "" if name == "resolution" else f", at most {most}"
            message = (
                f"Invalid {name} {value!r}. Must be {rule}{top} in a public product, a whole number. Keep the default, "
                "or be coarser."
            )
            raise InputError(message)
    if not is_number(review.most_share) or not _LEAST_SHARE <= review.most_share <= MOST_SHARE:
        message = (
            f"Invalid most_share {review.most_share!r}. Must be from {_LEAST_SHARE} to {MOST_SHARE} in a public "
            "product. Keep the default, or be coarser."
        )
        raise InputError(message)


def _says_something(text: object, least: int) -> bool:
    """
    Tell whether a text is more than a filling of the field.

    Examples
    --------
    >>> [_says_something(text, 3) for text in ("n/a", "no, none", "...", None, "Agreed by letter.")]
    [False, False, False, False, True]
    """
    if not isinstance(text, str):
        return False
    words = split_words(text)
    told = [word for word in words if word not in _EMPTY]
    letters = {sign for word in told for sign in word if unicodedata.category(sign).startswith("L")}
    return len(letters) >= least and "".join(words) not in _EMPTY


def record_review(
    reviewed_by: str,
    review: Review,
    report: pd.DataFrame,
    *,
    parameters: Mapping[str, object],
    files: Mapping[str, str],
) -> dict[str, object]:
    """Record who reviewed a public product, when, what was answered, what was left out, and of which files."""
    return {
        "reviewed_by": reviewed_by.strip(),
        "day": review.day.isoformat(),
        "answers": {key: {"question": CHECKLIST[key], "answer": review.answers[key]} for key in CHECKLIST},
        "grid": f"H3 resolution {review.resolution}" if review.areas is None else "admin areas",
        "min_strikes": review.min_strikes,
        "embargo_days": review.embargo_days,
        "most_share": review.most_share,
        "last_day": review.last_day.isoformat(),
        "left_out": report.to_dict("records"),
        "parameters": dict(parameters),
        "files": dict(files),
    }
