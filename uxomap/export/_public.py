"""A product for everybody: coarse on purpose, reviewed by a person, with an account of what is left out."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import pandas as pd

from uxomap import crs as earth
from uxomap import wording
from uxomap._validation import check_layer, check_lonlat
from uxomap.distributions import sum_intervals
from uxomap.errors import InputError, OutputError
from uxomap.hexagons import draw_hexagons, index_places
from uxomap.schema import layer_schema

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

#: Coarsest and finest resolution of H3 for the public: about 12,400 km² and 36 km² a hexagon.
COARSEST, FINEST = 3, 6

#: Fewest strikes an area must hold to be shown, and days for which a strike stays unpublished; a programme may ask for
#: more of both, never for less.
MIN_STRIKES, EMBARGO_DAYS = 5, 90

#: Smallest admin area that is shown: about the finest hexagon.
LEAST_AREA_M2 = 36e6

_CLASSES = ((5, "5 to 9"), (10, "10 to 49"), (50, "50 or more"))

_PUBLIC_NOTICE = (
    "{notice} Areas with fewer than {strikes} reported strikes, and strikes after {day}, are not shown: an area that "
    "is missing may hold items all the same."
)


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
        Areas with fewer strikes are left out; 5 or more.
    embargo_days : int
        Strikes that can have happened within so many days before the review are left out; 90 or more.

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


def check_review(reviewed_by: str, review: Review | None) -> Review:
    """Refuse a public product that nobody has reviewed, or whose rules are too fine."""
    if not reviewed_by.strip():
        message = (
            "Nobody has reviewed this public product. Must name a person: reviewed_by='Name, role'. Let somebody who "
            "knows the place and did not make the map look at it first."
        )
        raise OutputError(message)
    if review is None:
        message = (
            "The review itself is missing. Must be a Review with its day and an answer to each question: "
            f"{', '.join(CHECKLIST)}. Give review=Review(day, answers)."
        )
        raise OutputError(message)
    if not isinstance(review.day, dt.date) or review.day > dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=1):
        message = f"Invalid day {review.day!r}. Must be the date of a review that has taken place. Give e.g. {_DAY}."
        raise InputError(message)
    open_questions = [key for key in CHECKLIST if not str(review.answers.get(key, "")).strip()]
    if open_questions:
        asked = " ".join(f"{key}: {CHECKLIST[key]}" for key in open_questions)
        message = (
            f"The checklist is not answered. {asked} Answer each in words: answers={{'{open_questions[0]}': '...'}}."
        )
        raise OutputError(message)
    limits = (
        ("resolution", review.resolution, COARSEST, FINEST),
        ("min_strikes", review.min_strikes, MIN_STRIKES, np.inf),
        ("embargo_days", review.embargo_days, EMBARGO_DAYS, np.inf),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            rule = f"from {least} to {most}" if np.isfinite(most) else f"{least} or more"
            message = f"Invalid {name} {value!r}. Must be {rule} in a public product. Keep the default, or be coarser."
            raise InputError(message)
    return review


def make_public(layers: Mapping[str, pd.DataFrame], review: Review) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Add up strikes by area, and account for what is left out.

    Returns
    -------
    areas : GeoDataFrame
        Layer ``public_areas``.
    report : DataFrame
        Columns ``left_out``, ``number``, ``why``. Numbers of strikes below the least that is shown are given as
        "fewer than" it.
    """
    if "hazard_areas" not in layers:
        message = "There is no layer hazard_areas. A public product is made from it. Give it in the layers."
        raise InputError(message)
    strikes = check_layer(gpd.GeoDataFrame(layers["hazard_areas"]), "hazard_areas").reset_index(drop=True)
    last_day = review.day - dt.timedelta(days=review.embargo_days)
    # A strike without a date may be recent.
    recent = ~(strikes["date_end"] <= pd.Timestamp(last_day))
    area = _find_areas(strikes, review)
    counted = area[~recent & (area != "")].value_counts()
    shown = counted.index[counted >= review.min_strikes]
    kept = ~recent & area.isin(shown)
    notice = _PUBLIC_NOTICE.format(notice=wording.NOTICE, strikes=review.min_strikes, day=last_day.isoformat())
    product = _describe(_add_up(strikes[kept], area[kept]), review, notice)
    unlocated = len(layers.get("unlocated", ()))
    lines = [
        (recent, f"can have happened after {last_day.isoformat()}, or have no date"),
        (~recent & (area != "") & ~kept, f"lie in areas with fewer than {review.min_strikes} strikes"),
    ]
    if review.areas is not None:
        lines.append((~recent & (area == ""), "lie in none of the admin areas"))
    rows = [("strikes", _blur(int(mask.sum()), review.min_strikes), why) for mask, why in lines]
    rows.append(("strikes", _blur(unlocated, review.min_strikes), "are placed too coarsely"))
    rows += [(f"layer {name}", "all", "shows single places, words of reports or sources") for name in sorted(layers)]
    return product, pd.DataFrame(rows, columns=["left_out", "number", "why"]).astype({"number": str})


def keep_hashes(parameters: Mapping[str, object]) -> dict[str, object]:
    """Take the names of input files out of what a public file says of where it comes from; the hashes stay."""
    inputs = parameters.get("inputs")
    if not isinstance(inputs, (list, tuple)):
        return dict(parameters)
    hashes = [
        {key: value for key, value in one.items() if key == "sha256"} for one in inputs if isinstance(one, Mapping)
    ]
    return dict(parameters) | {"inputs": hashes}


def record_review(reviewed_by: str, review: Review, report: pd.DataFrame) -> dict[str, object]:
    """Record who reviewed a public product, when, what was answered, and what was left out."""
    return {
        "reviewed_by": reviewed_by.strip(),
        "day": review.day.isoformat(),
        "answers": {key: {"question": CHECKLIST[key], "answer": str(review.answers[key])} for key in CHECKLIST},
        "grid": f"H3 resolution {review.resolution}" if review.areas is None else "admin areas",
        "min_strikes": review.min_strikes,
        "embargo_days": review.embargo_days,
        "left_out": report.to_dict("records"),
    }


def _find_areas(strikes: gpd.GeoDataFrame, review: Review) -> pd.Series:
    """Area that holds the middle of each hazard area; empty where none does."""
    middle = strikes.geometry.representative_point()
    if review.areas is None:
        numbers = index_places(middle.x.to_numpy(), middle.y.to_numpy(), review.resolution)
        return pd.Series([h3.int_to_str(number) for number in numbers.tolist()], index=strikes.index, dtype=str)
    areas = _check_areas(review.areas)
    points = gpd.GeoDataFrame(geometry=middle, crs=strikes.crs)
    found = gpd.sjoin(points, areas[["admin_code", "geometry"]], predicate="within").sort_values("admin_code")
    codes: pd.Series = found["admin_code"].groupby(level=0).first()  # on a border, the first by code
    return codes.reindex(strikes.index, fill_value="")


def _check_areas(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Refuse admin areas without codes, names or a CRS."""
    missing = [name for name in ("admin_code", "admin_name") if name not in areas.columns]
    if missing or not isinstance(areas, gpd.GeoDataFrame):
        message = (
            f"The admin areas lack {', '.join(missing) or 'geometry'}. Must be a GeoDataFrame with admin_code and "
            "admin_name. Rename its columns, e.g. areas.rename(columns={'ADM2_PCODE': 'admin_code'})."
        )
        raise InputError(message)
    check_lonlat(areas, "areas")
    if areas["admin_code"].isna().any() or areas["admin_code"].duplicated().any():
        message = "The admin areas repeat a code, or lack one. Must be one row a code. Dissolve them by admin_code."
        raise InputError(message)
    least = float(earth.area_m2(areas).min())
    if least < LEAST_AREA_M2:
        message = (
            f"The smallest admin area has {least / 1e6:.3g} km². Must be at least {LEAST_AREA_M2 / 1e6:g} km² in a "
            "public product. Give districts instead of villages, or dissolve small ones."
        )
        raise InputError(message)
    names = areas[["admin_code", "admin_name"]].astype(str)
    return gpd.GeoDataFrame(names, geometry=areas.geometry.to_numpy(), crs=areas.crs)


def _add_up(strikes: gpd.GeoDataFrame, area: pd.Series) -> pd.DataFrame:
    """Number of strikes, range of items and years, by area."""
    if strikes.empty:
        return pd.DataFrame(columns=["n", "uxo_low", "uxo_expected", "uxo_high", "year_first", "year_last"])
    sums = sum_intervals(
        strikes["uxo_expected"],
        strikes["uxo_sd"],
        strikes["uxo_sd_shared"],
        evidence_key=strikes["evidence_key"],
        groups=area,
        low=strikes["uxo_low"],
        high=strikes["uxo_high"],
    )
    by_area = strikes.groupby(area.to_numpy(), sort=True)
    return sums.assign(
        n=by_area.size(),
        year_first=by_area["date_start"].min().dt.year,
        year_last=by_area["date_end"].max().dt.year,
    )


def _describe(sums: pd.DataFrame, review: Review, notice: str) -> gpd.GeoDataFrame:
    """Give the sums outlines, classes and rounded numbers."""
    names = pd.Series("", index=sums.index, dtype=str)
    if review.areas is None:
        outlines = draw_hexagons([h3.str_to_int(index) for index in sums.index])
    else:
        areas = _check_areas(review.areas).set_index("admin_code")
        outlines = areas.geometry.reindex(sums.index).to_numpy()
        names = areas["admin_name"].reindex(sums.index).fillna("").astype(str)
    public = gpd.GeoDataFrame(
        {
            "area_id": sums.index.astype(str),
            "area_name": names.to_numpy(),
            "n_strikes_class": [
                next(said for least, said in reversed(_CLASSES) if number >= least) for number in sums["n"]
            ],
            **{name: _round(sums[name].to_numpy(float)) for name in ("uxo_low", "uxo_expected", "uxo_high")},
            "year_first": sums["year_first"].to_numpy(),
            "year_last": sums["year_last"].to_numpy(),
            "method_version": wording.METHOD_VERSION,
            "notice": notice,
        },
        geometry=outlines,
        crs=earth.LONLAT,
    )
    return public[[*layer_schema("public_areas").columns, "geometry"]]


def _round(values: np.ndarray) -> np.ndarray:
    """Round to two significant digits, the same way every time."""
    return np.array([float(f"{value:.1e}") for value in values])


def _blur(number: int, least: int) -> str:
    """Write a number of strikes so that a few of them cannot be told apart."""
    return str(number) if number == 0 or number >= least else f"fewer than {least}"
