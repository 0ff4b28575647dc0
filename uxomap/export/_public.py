"""A product for everybody: coarse on purpose, with an account of what is left out."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import pandas as pd

from uxomap import crs as earth
from uxomap import wording
from uxomap._validation import check_layer, is_number
from uxomap.distributions import sum_intervals
from uxomap.errors import InputError
from uxomap.export._admin import check_areas, large_parts
from uxomap.export._review import Review
from uxomap.hexagons import draw_hexagons, index_places
from uxomap.schema import layer_schema

_CLASSES = ((5, "5 to 9"), (10, "10 to 49"), (50, "50 or more"))

#: Said in every row, whether or not there were surveys.
_PUBLIC_NOTICE = (
    "{notice} These numbers rest on reports alone: later searches and clearance are not taken off them, and nothing "
    "here tells where there were any. Fewer than {strikes} reported strikes, a strike that outweighs the others of its "
    "area, and strikes after {day} are not shown: an area that is missing may hold items all the same."
)

#: Said besides where no area is shown.
_EMPTY_NOTICE = "No area is shown. That may be because of these rules, and does not mean that nothing was reported."

#: Parameters that everybody may read: numbers of the method, and texts of a form that cannot hold a name.
_NUMBERS = ("containment", "fadeout_m", "max_precision_m")
_LIBRARIES = ("uxomap", "geopandas", "numpy", "pandas", "pyproj", "scipy", "shapely")
_VERSION = re.compile(r"\d[0-9A-Za-z.+]{0,30}")
_SHA256 = re.compile("[0-9a-f]{64}")


def make_public(layers: Mapping[str, Any], review: Review) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Add up strikes by area, and account for what is left out.

    Returns
    -------
    areas : GeoDataFrame
        Layer ``public_areas``; its notice stands in ``attrs`` too, for a product without rows.
    report : DataFrame
        Columns ``left_out``, ``number``, ``why``. Numbers of strikes are given as classes.
    """
    if "hazard_areas" not in layers:
        message = "There is no layer hazard_areas. A public product is made from it. Give it in the layers."
        raise InputError(message)
    strikes = check_layer(gpd.GeoDataFrame(layers["hazard_areas"]), "hazard_areas").reset_index(drop=True)
    placed = ~(strikes.geometry.isna() | strikes.geometry.is_empty)
    last_day = review.last_day
    # A strike without a date may be recent.
    recent = ~(strikes["date_end"] <= pd.Timestamp(last_day))
    area = pd.Series("", index=strikes.index, dtype=object)
    area[placed] = _find_areas(strikes[placed], review)
    counted = ~recent & (area != "")
    kept, outweighed = _release(strikes[counted], area[counted], review)
    shown, waiting = (
        counted & kept.reindex(area.index, fill_value=False),
        outweighed.reindex(area.index, fill_value=False),
    )
    notice = _say_notice(last_day, review, empty=not shown.any())
    product = _describe(_add_up(strikes[shown], area[shown]), review, notice)
    unlocated = len(layers.get("unlocated", ())) + int((~placed).sum())
    few = f"are fewer than {review.min_strikes} in their area, or since its numbers last changed"
    lines = [
        (int((recent & placed).sum()), f"can have happened after {last_day.isoformat()}, or have no date"),
        (int((counted & ~shown & ~waiting).sum()), few),
        (int(waiting.sum()), f"wait because one of them makes more than {review.most_share:.0%} of the items"),
    ]
    if review.areas is not None:
        why = "lie in none of the admin areas, or in a part of one that is too small"
        lines.append((int((~recent & placed & (area == "")).sum()), why))
    lines.append((unlocated, "are placed too coarsely"))
    rows = [("strikes", _blur(number, review.min_strikes), why) for number, why in lines]
    rows.append(("every other layer, map and table", "all", "may show single places, words of reports or sources"))
    return product, pd.DataFrame(rows, columns=["left_out", "number", "why"]).astype({"number": str})


def _say_notice(last_day: date, review: Review, *, empty: bool) -> str:
    """Say what the product does not show."""
    said = _PUBLIC_NOTICE.format(notice=wording.NOTICE, strikes=review.min_strikes, day=last_day.isoformat())
    return f"{said} {_EMPTY_NOTICE}" if empty else said


def keep_public(parameters: Mapping[str, Any]) -> dict[str, object]:
    """
    Keep of the parameters what everybody may read: numbers of the method, versions, licence, day, hash of the reports.

    Examples
    --------
    >>> keep_public({"fadeout_m": 50.0, "teams": 3, "inputs": [{"name": "a.csv", "role": "reports"}]})
    {'fadeout_m': 50.0}
    """
    kept: dict[str, object] = {name: parameters[name] for name in _NUMBERS if is_number(parameters.get(name))}
    kept |= {name: parameters[name] for name in ("licence",) if isinstance(parameters.get(name), str)}
    made_on = parameters.get("made_on")
    if isinstance(made_on, date) or (isinstance(made_on, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", made_on)):
        kept["made_on"] = str(made_on)[:10]
    inputs = parameters.get("inputs")
    reports = [
        one["sha256"]
        for one in (inputs if isinstance(inputs, (list, tuple)) else ())
        if isinstance(one, Mapping) and one.get("role") == "reports" and _SHA256.fullmatch(str(one.get("sha256")))
    ]
    if reports:
        kept["inputs"] = [{"sha256": sha256} for sha256 in reports]
    stated = parameters.get("versions")
    versions = stated if isinstance(stated, Mapping) else {}
    known = {name: versions[name] for name in _LIBRARIES if _VERSION.fullmatch(str(versions.get(name)))}
    return kept | ({"versions": known} if known else {})


def _find_areas(strikes: gpd.GeoDataFrame, review: Review) -> pd.Series:
    """Area that holds the middle of each hazard area; empty where none does."""
    middle = strikes.geometry.representative_point()
    if review.areas is None:
        numbers = index_places(middle.x.to_numpy(), middle.y.to_numpy(), int(review.resolution))
        return pd.Series([h3.int_to_str(number) for number in numbers.tolist()], index=strikes.index, dtype=str)
    parts = large_parts(check_areas(review.areas))
    points = gpd.GeoDataFrame(geometry=middle, crs=strikes.crs)
    found = gpd.sjoin(points, parts[["admin_code", "geometry"]], predicate="intersects").sort_values("admin_code")
    codes: pd.Series = found["admin_code"].groupby(level=0).first()  # on a border, the first by code
    return codes.reindex(strikes.index, fill_value="")


def _release(strikes: gpd.GeoDataFrame, area: pd.Series, review: Review) -> tuple[pd.Series, pd.Series]:
    """
    Strikes that may be shown, and those that wait because one outweighs the others.

    Strikes of an area come out quarter by quarter, never fewer than the least number at once, and never with one among
    them that makes most of their items. So two products of different days differ by nothing or by several strikes.
    """
    shown = pd.Series([False] * len(strikes), index=strikes.index, dtype=bool)
    outweighed = shown.copy()
    quarter = strikes["date_end"].dt.to_period("Q")
    table = pd.DataFrame({"area": area, "quarter": quarter, "items": strikes["uxo_expected"].to_numpy(float)})
    for _, mine in table.groupby("area", sort=False):
        waiting: list[Any] = []
        for _, newly in mine.groupby("quarter"):
            waiting += newly.index.tolist()
            items = mine.loc[waiting, "items"]
            enough = len(waiting) >= review.min_strikes
            if enough and items.max() <= review.most_share * items.sum():
                shown[waiting] = True
                waiting = []
        if len(waiting) >= review.min_strikes:
            outweighed[waiting] = True
    return shown, outweighed


def _add_up(strikes: gpd.GeoDataFrame, area: pd.Series) -> pd.DataFrame:
    """Number of strikes and range of items by area, and the years of all of them together."""
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
    # The first year of an area could be that of a single strike.
    return sums.assign(
        n=strikes.groupby(area.to_numpy(), sort=True).size(),
        year_first=strikes["date_start"].min().year,
        year_last=strikes["date_end"].max().year,
    )


def _describe(sums: pd.DataFrame, review: Review, notice: str) -> gpd.GeoDataFrame:
    """Give the sums outlines, classes and rounded numbers."""
    names = pd.Series("", index=sums.index, dtype=str)
    if review.areas is None:
        outlines = draw_hexagons([h3.str_to_int(index) for index in sums.index])
    else:
        areas = check_areas(review.areas).set_index("admin_code")
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
    product: gpd.GeoDataFrame = public[[*layer_schema("public_areas").columns, "geometry"]]
    product.attrs["notice"] = notice
    return product


def _round(values: np.ndarray) -> np.ndarray:
    """Round to two significant digits, the same way every time."""
    return np.array([float(f"{value:.1e}") for value in values])


def _blur(number: int, least: int) -> str:
    """Write a number of strikes as a class, so that a few of them cannot be told apart, nor two reports subtracted."""
    if number == 0:
        return "0"
    if number < least:
        return f"fewer than {least}"
    return next(said for bottom, said in reversed(_CLASSES) if number >= bottom)
