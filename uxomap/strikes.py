"""Reports to strikes: one row an event, its munition matched to the catalogue, every assumption said."""

import geopandas as gpd
import pandas as pd

from uxomap import crs, wording
from uxomap._validation import check_layer
from uxomap.munitions import load_categories, load_munitions, match_munitions
from uxomap.schema import layer_schema

_ROUNDS = ["rounds_low", "rounds_expected", "rounds_high"]

#: Said where the words of a report leave the munition open, by the way they were matched.
_OPEN_MATCHES = {
    "fuzzy": "munition read as {names}, spelling differs",
    "class": "munition known by class only: {names}",
    "ambiguous": "munition may be {names}",
    "none": "munition not known: {names}",
}

#: Names written out before "and N more".
_NAMED_CANDIDATES = 4


def find_strikes(reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Turn reports into strikes: link the reports of one event, match the munition, fill in what is missing.

    Two reports are one event where the user says so (the same ``event_id``), or where one repeats the other to the
    letter, its identifier included. Nothing else is linked: two strikes on one place and day stay two. Where the
    reports of an event differ, the range of counts covers all of them, the best-placed report gives the place, and the
    days are those that all of them allow (all days where they contradict each other).

    Parameters
    ----------
    reports : GeoDataFrame of Point, EPSG:4326
        Layer ``reports``.

    Returns
    -------
    GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``, in the order of the first report of each strike, on a new index. Rejected reports are left
        out; a strike without a known place has an empty point. Where no number of carriers is reported, the range of
        the munition's class is assumed. All assumptions are named in ``assumptions``.

    Raises
    ------
    SchemaError, CRSError
        The layer does not keep its contract.

    Examples
    --------
    >>> from uxomap import read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> strikes.loc[0, ["strike_id", "munition_id", "munition_match"]].tolist()
    ['S-UA-001', 'tochka_u_cluster', 'exact']
    """
    check_layer(reports, "reports")
    usable = reports[reports["status"] != "rejected"].reset_index(drop=True)
    strikes = _combine_reports(usable, _link_reports(usable))
    matches = match_munitions(strikes["munition_text"])
    strikes = strikes.assign(
        munition_id=matches["munition_id"],
        munition_match=matches["match"],
        munition_candidates=matches["candidates"],
    )
    munition_notes = _say_munitions(strikes)
    strikes, rounds_notes = _assume_rounds(strikes)
    notes = zip(strikes["assumptions"], munition_notes, rounds_notes, strict=True)
    strikes = strikes.assign(assumptions=pd.Series([wording.join_notes(*parts) for parts in notes], dtype=str))
    columns = [*layer_schema("strikes").columns, strikes.geometry.name]
    return gpd.GeoDataFrame(strikes[columns], crs=crs.LONLAT)


def _link_reports(reports: gpd.GeoDataFrame) -> pd.Series:
    """Number the event that each report belongs to, in the order of the first report."""
    event = pd.Series(reports.index, index=reports.index).astype(str).radd("row ")
    raw = [name for name in reports.columns if name.startswith("raw_")]
    identified = ~reports["report_id"].str.match(r"row-\d+$")
    if raw and identified.any():
        copies = reports.loc[identified, raw].astype(str).groupby(raw, sort=False, dropna=False).ngroup()
        event[identified] = "copy " + copies.astype(str)
    if "event_id" in reports.columns:
        said = reports["event_id"].notna() & (reports["event_id"].astype(str).str.strip() != "")
        event[said] = "event " + reports.loc[said, "event_id"].astype(str).str.strip()
    return pd.Series(pd.factorize(event)[0], index=reports.index)


def _combine_reports(reports: gpd.GeoDataFrame, event: pd.Series) -> gpd.GeoDataFrame:
    """Make one row of the reports of each event."""
    best = reports.assign(event=event).sort_values(["event", "precision_m", "row"], ignore_index=True)
    first = best.drop_duplicates("event", ignore_index=True)
    grouped = reports.groupby(event)
    several = grouped.size().to_numpy() > 1
    start, end = grouped["date_start"].max(), grouped["date_end"].min()
    contradiction = (start > end).to_numpy()
    strikes = first.assign(
        strike_id="S-" + first["report_id"],
        report_ids=first["report_id"],
        n_reports=grouped.size().to_numpy(),
        date_start=start.where(~contradiction, grouped["date_start"].min()).to_numpy(),
        date_end=end.where(~contradiction, grouped["date_end"].max()).to_numpy(),
        rounds_low=grouped["rounds_low"].min().to_numpy(),
        rounds_expected=grouped["rounds_expected"].mean().to_numpy(),
        rounds_high=grouped["rounds_high"].max().to_numpy(),
        assumptions=first["reason"],
    )
    if several.any():
        linked = reports[several[event]]
        for name, source in (
            ("report_ids", "report_id"),
            ("munition_text", "munition_text"),
            ("location_text", "location_text"),
            ("source", "source"),
            ("source_url", "source_url"),
        ):
            strikes.loc[several, name] = _join(linked[source], event, "|").to_numpy()
        strikes.loc[several, "assumptions"] = _join(linked["reason"], event, "; ").to_numpy()
        first_id = linked.groupby(event[linked.index])["report_id"].min()
        strikes.loc[several, "strike_id"] = ("S-" + first_id).to_numpy()
    return strikes


def _join(values: pd.Series, event: pd.Series, separator: str) -> pd.Series:
    """Join the different texts of each event, sorted."""
    return (
        values.fillna("")
        .groupby(event[values.index])
        .agg(lambda texts: separator.join(sorted({text for text in texts if text})))
    )


def _say_munitions(strikes: gpd.GeoDataFrame) -> pd.Series:
    """Say in words what the munition was taken for, where the report leaves it open."""
    names = load_munitions()["name"]
    pairs = strikes[["munition_match", "munition_candidates"]].drop_duplicates()
    said = {}
    for match, candidates in pairs.itertuples(index=False):
        ids = candidates.split("|")
        listed = " or ".join(names[one] for one in ids[:_NAMED_CANDIDATES])
        more = f" or {len(ids) - _NAMED_CANDIDATES} more" if len(ids) > _NAMED_CANDIDATES else ""
        said[match, candidates] = _OPEN_MATCHES.get(match, "").format(names=listed + more)
    keys = zip(strikes["munition_match"], strikes["munition_candidates"], strict=True)
    return pd.Series([said[key] for key in keys], index=strikes.index, dtype=str)


def _assume_rounds(strikes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Fill in the class range where no number of carriers is reported, and say so."""
    unknown = strikes["rounds_expected"].isna()
    categories = load_categories()[_ROUNDS]
    category = load_munitions()["category"]
    ranges = {}
    for candidates in strikes.loc[unknown, "munition_candidates"].unique():
        options = categories.loc[category[candidates.split("|")].unique()]
        ranges[candidates] = (
            options["rounds_low"].min(),
            options["rounds_expected"].mean(),
            options["rounds_high"].max(),
        )
    assumed = pd.DataFrame.from_dict(ranges, orient="index", columns=_ROUNDS)
    filled = assumed.reindex(strikes["munition_candidates"]).set_axis(strikes.index)
    notes = {
        candidates: f"number of carriers not reported: {low:g} to {high:g} assumed, {expected:.3g} expected"
        for candidates, (low, expected, high) in ranges.items()
    }
    note = strikes["munition_candidates"].map(notes).where(unknown, "").fillna("").astype(str)
    return strikes.assign(**{name: strikes[name].fillna(filled[name]) for name in _ROUNDS}), note
