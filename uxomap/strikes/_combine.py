"""One row of the reports of each event: place, days, counts and words, and what is said of the link."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from uxomap.strikes._link import QUIET_DAYS, Links
from uxomap.strikes._munitions import Match, join_matches
from uxomap.strikes._neighbours import CROWD

#: Identifiers written out before "and N more".
_NAMED = 4

#: No side of a range of counts is more than this many times as wide as the other.
_WIDEST_SIDE = 10.0

#: Evidence that decides between reports with one count: the first leaves the most items.
_EVIDENCE = ("explosions", "delivered", "remnants", "undispersed")

#: Columns of the strikes whose different texts are joined with ``|``.
_TEXTS = ("munition_text", "location_text", "source", "source_url")


def combine_reports(reports: gpd.GeoDataFrame, matches: pd.DataFrame, links: Links) -> gpd.GeoDataFrame:
    """Make one row of the reports of each event, in the order of the events."""
    table = reports.assign(
        event=links.event,
        strike_id="S-" + reports["report_id"],
        report_ids=reports["report_id"],
        n_reports=1,
        assumptions=reports["reason"],
        munition_id=matches["munition_id"],
        munition_match=matches["match"],
        munition_candidates=matches["candidates"],
    )
    several = table["event"].duplicated(keep=False)
    if several.any():
        joined = _join(table[several])
        table = pd.concat([table[~several], joined[table.columns]]).sort_values("event")
    table = table.reset_index(drop=True)
    return table.assign(link_rule=links.way, link_distance_m=links.distance_m)


def _join(reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make one row of each event that has several reports."""
    best = reports.sort_values(["event", "precision_m", "report_id"])
    grouped = best.groupby("event")
    joined = best.drop_duplicates("event").set_index("event", drop=False).rename_axis(None)
    start, end = grouped["date_start"].max(), grouped["date_end"].min()
    contradiction = start > end
    low, expected, high = (
        grouped["rounds_low"].min(),
        grouped["rounds_expected"].max(),
        grouped["rounds_high"].max(),
    )
    matched = [
        join_matches(tuple(rows))
        for rows in grouped[["munition_id", "munition_match", "munition_candidates"]]
        .apply(lambda rows: [Match(*row) for row in rows.itertuples(index=False)])
        .tolist()
    ]
    return joined.assign(
        **{name: _join_texts(grouped[name], "|") for name in ("report_ids", *_TEXTS)},
        strike_id="S-" + grouped["report_id"].min(),
        n_reports=grouped.size(),
        date_start=start.where(~contradiction, grouped["date_start"].min()),
        date_end=end.where(~contradiction, grouped["date_end"].max()),
        rounds_low=low,
        rounds_expected=expected,
        # The greatest count stays what is expected, and the range keeps a shape that the estimate can use.
        rounds_high=high.where(expected == low, np.fmax(high, expected + (expected - low) / _WIDEST_SIDE)),
        bearing_deg=grouped["bearing_deg"].first(),
        evidence=_choose_evidence(best),
        assumptions=_join_texts(grouped["assumptions"], "; "),
        munition_id=pd.Series([match.munition_id for match in matched], joined.index, dtype="str"),
        munition_match=pd.Series([match.way for match in matched], joined.index, dtype="str"),
        munition_candidates=pd.Series([match.candidates for match in matched], joined.index, dtype="str"),
    )


def _join_texts(grouped: Any, separator: str) -> pd.Series:
    """Join the different texts of each event, sorted."""
    joined: pd.Series = grouped.agg(lambda texts: separator.join(sorted({text for text in texts.dropna() if text})))
    return joined


def _choose_evidence(reports: pd.DataFrame) -> pd.Series:
    """Evidence of the report with the greatest count; of the best-placed one where no count is known."""
    counted = reports["rounds_expected"].notna()
    rank = reports["evidence"].map({name: place for place, name in enumerate(_EVIDENCE)}).where(counted, -1)
    ordered = reports.assign(falling=-reports["rounds_expected"], rank=rank)
    ordered = ordered.sort_values(["event", "falling", "rank"], kind="stable")
    return ordered.groupby("event")["evidence"].first()


def say_links(strikes: gpd.GeoDataFrame, links: Links) -> tuple[pd.Series, pd.Series]:
    """Say which reports the rule linked and which strikes may be one event: ids joined with ``|``, and in words."""
    ids = strikes["strike_id"].to_numpy(dtype=object)
    notes: dict[int, list[str]] = defaultdict(list)
    for row in np.flatnonzero(links.distance_m.notna()).tolist():
        names = strikes["report_ids"].iloc[row].split("|")
        notes[row].append(
            f"reports {_name(names, 'and')} linked by rule: up to {links.distance_m.iloc[row]:,.0f} m apart, days, "
            f"munition and counts agree, and their sources tell of no other strike there within {QUIET_DAYS} days"
        )
    others = links.perhaps.assign(other=ids[links.perhaps["other"]]).groupby("event")["other"].agg(sorted)
    for row, names in zip(others.index.tolist(), others.tolist(), strict=True):
        notes[row].append(f"may be the same event as {_name(names, 'or')}: not linked, counted apart")
    for row, reach in links.crowded.items():
        notes[row].append(
            f"among more than {CROWD} reports within {reach.metres / 1000:.2g} km and {reach.between_days} days: "
            "not compared with those of other sources"
        )
    repeats = pd.Series("", index=strikes.index, dtype=str)
    repeats[others.index] = others.map("|".join)
    said = pd.Series("", index=strikes.index, dtype=str)
    said[np.array(list(notes), dtype=int)] = np.array(["; ".join(parts) for parts in notes.values()], dtype=object)
    return repeats, said


def _name(names: Sequence[str], word: str) -> str:
    """Name the first few of many."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} {word} {len(names) - _NAMED} more"
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else names[0]
