"""Which reports tell of one event: what the user says, what is a copy, and what the rule finds."""

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from uxomap.strikes._agree import compare_names, compare_texts, counts_agree, share_munition, share_publisher
from uxomap.strikes._neighbours import Neighbours, Points, Reach, find_neighbours

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Days before and after in which no other strike may be told of around, for two reports to be linked.
QUIET_DAYS = 7

#: Metres within which two places are taken for one though their names do not tell; own assumption: gazetteers seldom
#: differ by more on a village.
SAME_SPOT_M = 1000.0

#: Ways of matching that tell a type, or one of a few, from its class.
_TYPES = ("exact", "alias", "fuzzy", "ambiguous")

#: Reports are compared, to say what may be one event, up to this many times the radius that a link needs ...
_WIDER = 3.0
#: ... and up to this many days.
_LONGEST_DAYS = 31
#: Days by which the sources of one event may differ, for it to be said.
_DAYS_APART = 1

#: What is put behind an identifier that another row has, too.
_NUMBERED = r"~\d+$"

_EPOCH = pd.Timestamp(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """Greatest radius in metres and span in days of reports that may be linked."""

    radius_m: float
    days: int

    @property
    def near(self) -> Reach:
        """Where to look for reports to link, and for what speaks against it."""
        return Reach(self.radius_m, self.days, QUIET_DAYS)

    @property
    def wide(self) -> Reach:
        """Where to look for reports that may be one event."""
        return Reach(self.radius_m * _WIDER, max(self.days, _LONGEST_DAYS), _DAYS_APART)


class Links(NamedTuple):
    """
    Events of reports, and why.

    ``event`` numbers the event of each report by its first report, ``way`` says how its reports were linked
    (``event_id``, ``copy``, ``rule``, or several joined with ``|``) and ``distance_m`` how far the rule reached.
    ``perhaps`` holds pairs of events that may be one, in both directions; ``crowded`` events that stand among too many
    reports to be compared, with the search that found them.
    """

    event: Ints
    way: pd.Series
    distance_m: pd.Series
    perhaps: pd.DataFrame
    crowded: dict[int, Reach]


class _Origins(NamedTuple):
    """Where reports come from: the record (source, else file), the file, and whether the source is stated."""

    record: Ints
    file: Ints
    is_stated: Flags

    @property
    def both(self) -> Ints:
        """Number each pair of record and file."""
        return np.asarray(self.record * (self.file.max(initial=0) + 1) + self.file)


def link_reports(reports: gpd.GeoDataFrame, matches: pd.DataFrame, rule: Rule | None) -> Links:
    """Number the event that each report belongs to, in the order of the first report."""
    unit, way, said = _read_said(reports)
    nothing = pd.DataFrame({"event": pd.Series(dtype=int), "other": pd.Series(dtype=int)})
    if rule is None or reports.empty:
        return _number(unit, way, {}, nothing, {})
    origins = _find_origins(reports)
    points = _place(reports, origins.both)
    near = find_neighbours(points, rule.near)
    pairs = _judge(near, unit, said, origins, reports, matches)
    linked, distances = _join_cliques(unit, pairs, near)
    if distances:
        for one in np.flatnonzero(np.isin(linked, list(distances))):
            way[one] = f"{way[one]}|rule" if way[one] else "rule"
    wide = find_neighbours(points, rule.wide, others_only=True)
    perhaps = pd.concat(
        [_suspect(found, linked, said, origins, reports, matches) for found in (near, wide)], ignore_index=True
    ).drop_duplicates(ignore_index=True)
    placed = rule.near.holds(points)
    crowded = {int(linked[row]): rule.wide for row in wide.crowded if not placed[row]}
    crowded |= {int(linked[row]): rule.near for row in near.crowded}
    return _number(linked, way, distances, perhaps, crowded)


def _read_said(reports: gpd.GeoDataFrame) -> tuple[Ints, npt.NDArray[np.object_], Flags]:
    """Number what the user says is one event and what repeats another report; how; and for which the user says it."""
    event = pd.Series(reports.index, index=reports.index).astype(str).radd("row ")
    way = np.full(len(reports), "", dtype=object)
    said = np.zeros(len(reports), dtype=bool)
    raw = [name for name in reports.columns if name.startswith("raw_")]
    identified = ~reports["report_id"].str.match(r"row-\d+$")
    # Of rows that share an identifier all but the first got a number behind it.
    identified &= reports["report_id"].str.replace(_NUMBERED, "", regex=True).duplicated(keep=False)
    if raw and identified.any():
        copies = reports.loc[identified, raw].astype(str).groupby(raw, sort=False, dropna=False).ngroup()
        event[identified] = "copy " + copies.astype(str)
    if "event_id" in reports.columns:
        named = reports["event_id"].notna() & (reports["event_id"].astype(str).str.strip() != "")
        event[named] = "event " + reports.loc[named, "event_id"].astype(str).str.strip()
        said = named.to_numpy(dtype=bool)
    unit = pd.factorize(event)[0].astype(np.int64)
    several = np.bincount(unit, minlength=1)[unit] > 1 if len(unit) else said
    way[several] = np.where(said[several], "event_id", "copy")
    return unit, way, said


def _find_origins(reports: gpd.GeoDataFrame) -> _Origins:
    """Tell which record each report comes from: its source, or its file where none is stated."""
    source = reports["source"].fillna("").astype(str)
    codes, unique = pd.factorize(source)
    folded = pd.Series([" ".join(text.casefold().split()) for text in unique], dtype=str)
    is_stated = (folded != "").to_numpy()[codes]
    record = pd.factorize(folded)[0][codes].astype(np.int64)
    files = reports["source_file"].fillna("") if "source_file" in reports.columns else pd.Series("", reports.index)
    file = pd.factorize(files)[0].astype(np.int64)
    record = np.where(is_stated, record, len(unique) + file)
    return _Origins(record, file, is_stated)


def _place(reports: gpd.GeoDataFrame, origin: Ints) -> Points:
    """Take what is needed of places and days; an unknown place has no longitude, an unknown day the least number."""
    days = [(reports[name] - _EPOCH).dt.days for name in ("date_start", "date_end")]
    known = days[0].notna() & days[1].notna()
    least = np.iinfo(np.int64).min
    start, end = (day.where(known, 0).to_numpy(dtype=np.int64) for day in days)
    return Points(
        longitude=reports["longitude"].to_numpy(dtype=float),
        latitude=reports["latitude"].to_numpy(dtype=float),
        radius_m=reports["precision_m"].to_numpy(dtype=float),
        start=np.where(known, start, least),
        end=np.where(known, end, least),
        origin=origin,
    )


def _judge(
    found: Neighbours, unit: Ints, said: Flags, origins: _Origins, reports: pd.DataFrame, matches: pd.DataFrame
) -> pd.DataFrame:
    """Pairs of reports that the rule takes for one event, each once."""
    left, right, record = found.left, found.right, origins.record
    is_sure = np.ones(len(unit), dtype=bool)
    is_sure[found.crowded] = False
    is_stated, file = origins.is_stated, origins.file
    named = (matches["match"] != "none").to_numpy()
    keep = (left < right) & (found.gap_days == 0) & (unit[left] != unit[right]) & (record[left] != record[right])
    keep &= ~(said[left] & said[right]) & is_sure[left] & is_sure[right] & named[left] & named[right]
    keep &= (is_stated[left] & is_stated[right]) | (file[left] != file[right])
    left, right, distance = left[keep], right[keep], found.distance_m[keep]
    name = compare_texts(reports["location_text"], left, right, compare_names)
    agree = (name > 0) | ((name == 0) & (distance <= SAME_SPOT_M))
    agree &= compare_texts(matches["candidates"], left, right, share_munition) > 0
    agree &= compare_texts(reports["source"], left, right, share_publisher) == 0
    agree &= counts_agree(reports, left, right) & _share_particular(reports, matches, left, right)
    return pd.DataFrame({"left": left[agree], "right": right[agree], "distance": distance[agree]})


def _share_particular(reports: pd.DataFrame, matches: pd.DataFrame, left: Ints, right: Ints) -> Flags:
    """Pairs that agree in more than a class of munition in a place: in its type, in a count, or on one spot."""
    is_type = matches["match"].isin(_TYPES) & ~matches["candidates"].str.contains("generic_")
    by_type, by_count = is_type.to_numpy(), reports["rounds_expected"].notna().to_numpy()
    radius = reports["precision_m"].to_numpy(dtype=float)
    on_spot = np.hypot(radius[left], radius[right]) <= SAME_SPOT_M
    return np.asarray((by_type[left] & by_type[right]) | (by_count[left] & by_count[right]) | on_spot, dtype=bool)


def _join_cliques(unit: Ints, pairs: pd.DataFrame, near: Neighbours) -> tuple[Ints, dict[int, float]]:
    """
    Join units where every report of the group agrees with every other and no further report is near any of them.

    All of a group that does not keep this is left apart. Also gives the greatest distance within each joined group.
    """
    if pairs.empty:
        return unit, {}
    ends = np.sort(np.column_stack([unit[pairs["left"]], unit[pairs["right"]]]), axis=1)
    edges = pd.DataFrame({"low": ends[:, 0], "high": ends[:, 1], "distance": pairs["distance"].to_numpy()})
    grouped = edges.groupby(["low", "high"], as_index=False).agg(
        size=("distance", "size"), distance=("distance", "max")
    )
    sizes = np.bincount(unit)
    grouped = grouped[grouped["size"].to_numpy() == sizes[grouped["low"]] * sizes[grouped["high"]]]
    low, high = grouped["low"].to_numpy(), grouped["high"].to_numpy()
    count = len(sizes)
    group = connected_components(coo_array((np.ones(len(low)), (low, high)), shape=(count, count)), directed=False)[1]
    members, links = np.bincount(group), np.bincount(group[low], minlength=group.max() + 1)
    whole = (members > 1) & (links == members * (members - 1) // 2)
    outside = group[unit[near.left]] != group[unit[near.right]]
    whole[group[unit[near.left[outside]]]] = False
    # A group takes the number of its first unit.
    first = np.full(len(members), count)
    np.minimum.at(first, group, np.arange(count))
    joined = np.where(whole[group], first[group], np.arange(count))
    inside = whole[group[low]]
    distances = pd.Series(grouped["distance"].to_numpy()[inside]).groupby(joined[low[inside]]).max()
    return joined[unit], dict(zip(distances.index.tolist(), distances.tolist(), strict=True))


def _suspect(
    found: Neighbours, event: Ints, said: Flags, origins: _Origins, reports: pd.DataFrame, matches: pd.DataFrame
) -> pd.DataFrame:
    """Pairs of events, in both directions, that may be one though the rule does not link them."""
    left, right = found.left, found.right
    origin = origins.both
    keep = (found.gap_days <= _DAYS_APART) & (event[left] != event[right]) & (origin[left] != origin[right])
    keep &= ~(said[left] & said[right])
    left, right, distance = left[keep], right[keep], found.distance_m[keep]
    named = (matches["match"] != "none").to_numpy()
    name = compare_texts(reports["location_text"], left, right, compare_names)
    here = (name > 0) | (distance <= SAME_SPOT_M) | ((name == 0) & named[left] & named[right])
    here &= compare_texts(matches["candidates"], left, right, share_munition) > 0
    left, right = event[left[here]], event[right[here]]
    return pd.DataFrame({"event": np.concatenate([left, right]), "other": np.concatenate([right, left])})


def _number(
    event: Ints,
    way: npt.NDArray[np.object_],
    distances: dict[int, float],
    perhaps: pd.DataFrame,
    crowded: dict[int, Reach],
) -> Links:
    """Number events without gaps, in the order of their first report."""
    numbers, labels = pd.factorize(event)
    renumber = pd.Series(np.arange(len(labels)), index=labels)
    # A unit that the user made, joined by the rule to a single report, was linked in both ways.
    told = np.flatnonzero(way != "")
    longest_first = told[np.argsort([-len(text) for text in way[told]], kind="stable")]
    events, first = np.unique(numbers[longest_first], return_index=True)
    ways = np.full(len(labels), "", dtype=object)
    ways[events] = way[longest_first[first]]
    return Links(
        event=numbers.astype(np.int64),
        way=pd.Series(ways, dtype=str),
        distance_m=pd.Series({renumber[one]: metres for one, metres in distances.items()}, dtype=float).reindex(
            range(len(labels))
        ),
        perhaps=pd.DataFrame({name: renumber.loc[perhaps[name]].to_numpy() for name in ("event", "other")}),
        crowded={int(renumber[one]): reach for one, reach in crowded.items()},
    )
