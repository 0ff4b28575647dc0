"""Reports to strikes: one row an event, its munition matched to the catalogue, every assumption said."""

import geopandas as gpd
import pandas as pd

from uxomap import crs, wording
from uxomap._validation import check_layer, check_metres
from uxomap.errors import InputError
from uxomap.munitions import match_munitions
from uxomap.schema import layer_schema
from uxomap.strikes._combine import combine_reports, say_links
from uxomap.strikes._link import Rule, link_reports
from uxomap.strikes._munitions import assume_rounds, say_munitions

#: Longest span of days that may be asked for.
_MOST_DAYS = 31


def find_strikes(
    reports: gpd.GeoDataFrame, *, link: bool = True, link_radius_m: float = 5000.0, link_days: int = 3
) -> gpd.GeoDataFrame:
    """
    Turn reports into strikes: link the reports of one event, match the munition, fill in what is missing.

    A false link takes expected items off the map, a missed one counts them twice. So the rule links reports only where
    all of this holds, and elsewhere says which strikes may be one event:

    - the sources differ and share no publisher (where a source is not stated, the files differ);
    - each place is known within `link_radius_m` and each date within `link_days`; a day is common to both;
    - the distance is at most the root of the sum of the squared radii, which holds 95 % of the reports of one place;
    - the names of the places agree, or do not tell and the places are at most 1,000 m apart;
    - both name a munition, one munition is allowed by both, and the counts can be one number;
    - a particular agrees: the type of munition, a stated count, or a spot known within 1,000 m;
    - nobody tells of another strike around within 7 days; of more than two reports each agrees with each.

    Two strikes of one source on one place and day stay two. In simulated wars where three sources each tell of a part
    of the strikes, the rule lost at most 0.1 % of the strikes where they fall independently, and about 0.3 % where a
    struck town is struck 1.5 times a day on average (4 to 8 % of the links were false there). It found a quarter of the
    repeated reports where strikes are rare, and nearly none where they are frequent: the others are named in
    ``may_repeat``, for a person to decide.

    The user decides with the column ``event_id``: reports with the same value are one event, with different values
    never one, and those without a value are left to the rule. Rows that repeat another to the letter, identifier
    included, are always one event.

    Of linked reports, the best-placed one gives the place; the days are those that all allow (all days where they
    contradict each other); the range of counts covers all, and the greatest count is expected; the munition is what
    all allow (what any allows where they contradict each other).

    Parameters
    ----------
    reports : GeoDataFrame of Point, EPSG:4326
        Layer ``reports``.
    link : bool
        Whether the rule is used. Without it, nothing is said of strikes that may be one event.
    link_radius_m : float
        Greatest ``precision_m`` of reports that the rule links, in metres.
    link_days : int
        Greatest number of days that such a report covers, 1 to 31.

    Returns
    -------
    GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``, in the order of the first report of each strike, on a new index. Rejected reports are left
        out; a strike without a known place has an empty point. Where no number of carriers is reported, the range of
        the munition's class is assumed. All assumptions are named in ``assumptions``, links in ``link_rule`` and
        ``link_distance_m``, strikes that may be the same event in ``may_repeat``.

    Raises
    ------
    SchemaError, CRSError
        The layer does not keep its contract.
    InputError
        A threshold is out of its range.

    Examples
    --------
    >>> from uxomap import read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> strikes.loc[0, ["strike_id", "munition_id", "munition_match"]].tolist()
    ['S-UA-001', 'tochka_u_cluster', 'exact']
    """
    check_layer(reports, "reports")
    check_metres(link_radius_m, "link_radius_m")
    if not 1 <= link_days <= _MOST_DAYS or int(link_days) != link_days:
        message = f"Invalid link_days {link_days!r}. Must be a whole number of days, 1 to {_MOST_DAYS}."
        raise InputError(message)
    kept = reports["status"] != "rejected"
    usable = (reports if kept.all() else reports[kept]).reset_index(drop=True)
    matches = match_munitions(usable["munition_text"])
    links = link_reports(usable, matches, Rule(float(link_radius_m), int(link_days)) if link else None)
    # The cells of the input are the larger part of the memory, and no strike holds them.
    usable = usable.drop(columns=[name for name in usable.columns if name.startswith("raw_")])
    strikes = combine_reports(usable, matches, links)
    repeats, link_notes = say_links(strikes, links)
    munition_notes = say_munitions(strikes)
    strikes, rounds_notes = assume_rounds(strikes)
    notes = [strikes["assumptions"].fillna(""), link_notes, munition_notes, rounds_notes]
    strikes = strikes.assign(may_repeat=repeats, assumptions=_join_notes(notes))
    columns = [*(name for name in layer_schema("strikes").columns if name in strikes), strikes.geometry.name]
    return gpd.GeoDataFrame(strikes[columns], crs=crs.LONLAT)


def _join_notes(notes: list[pd.Series]) -> pd.Series:
    """Join the notes of each strike, each different set of them once."""
    grouped = pd.concat(notes, axis="columns", keys=range(len(notes))).groupby(list(range(len(notes))), sort=False)
    joined = pd.Series([wording.join_notes(*parts) for parts in grouped.size().index], dtype=str)
    each: pd.Series = joined.iloc[grouped.ngroup()].set_axis(notes[0].index)
    return each
