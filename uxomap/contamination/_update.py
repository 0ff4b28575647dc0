"""What survey teams report, back into the estimate: contamination, zones and strikes with the evidence used."""

import warnings
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from uxomap import wording
from uxomap._validation import check_layer, name_some
from uxomap.contamination import _update_run as runs
from uxomap.contamination._estimate import estimate_contamination
from uxomap.contamination._surveys import SurveyWarning, read_finds, read_surveys, warn_of_repeats
from uxomap.contamination._update_layers import Counts, count_totals, update_strikes, update_zones
from uxomap.contamination._update_map import Parts, combine_maps, split_map
from uxomap.contamination._update_search import cover_cells, smooth_searches
from uxomap.contamination._update_unreported import gather_unreported, list_unexplained, typical_strike
from uxomap.contamination._update_world import World, describe_world, list_finds
from uxomap.items import estimate_items

Floats = npt.NDArray[np.float64]
#: Items of unreported strikes where reported items lie, for each reported one. An assumption: small, so that what a
#: reported strike can explain it does explain.
UNREPORTED_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class SurveyUpdate:
    """
    Outcome of `update_contamination`.

    Attributes
    ----------
    contamination : Dataset
        As `estimate_contamination` makes it, of what is still there: ``uxo_expected``, ``uxo_sd``, ``uxo_low``,
        ``uxo_high``, ``probability_any``. Beside them the same layers as they were before the surveys
        (``prior_uxo_expected`` ...), ``search_detection`` (chance that an item that lay in the cell was found) and
        ``items_found`` (in the cell; finds without a place spread evenly over their polygon).
    zones : GeoDataFrame or None
        Layer ``zone_updates``; None where no zones were given.
    strikes : GeoDataFrame
        Layer ``strike_updates``.
    unexplained : GeoDataFrame
        One row a find that no reported strike explains: ``survey_id``, ``find_id`` (empty where no place was given),
        ``probability`` that it belongs to no reported strike, ``explanation``. Point, or the polygon of the search.
    surveys : GeoDataFrame
        Layer ``surveys`` as used, in the order in which the searches count.
    """

    contamination: xr.Dataset
    zones: gpd.GeoDataFrame | None
    strikes: gpd.GeoDataFrame
    unexplained: gpd.GeoDataFrame
    surveys: gpd.GeoDataFrame

    def summary_lines(self) -> list[str]:
        """
        Say what changed, in sentences for a reader without a computer.

        Returns
        -------
        list of str
        """
        attrs = self.contamination.attrs
        bearing = int(self.strikes["survey_ids"].ne("").sum())
        before, after = (
            wording.say_estimate(*(attrs[f"{name}uxo_{end}_total"] for end in ("low", "expected", "high")))
            for name in ("prior_", "")
        )
        count = wording.say_count
        found = int(self.surveys["items_found"].sum())
        used = (
            f"{count(len(self.surveys), 'search', 'searches')} found {count(found, 'item')}. "
            f"{'They bear' if len(self.surveys) != 1 else 'It bears'} on {bearing:,} of "
            f"{count(len(self.strikes), 'reported strike')}; the others keep their estimate."
        )
        told = f"Items estimated on the map before the surveys: {before}; estimated to be still there: {after}."
        lines = [used, told, "Land that was searched can still hold items: no search finds everything."]
        if attrs["n_finds_unexplained"]:
            lines.append(
                f"{attrs['n_finds_unexplained']} of the items found probably belong to no reported strike; the "
                "estimate around these finds was raised. Look for more reports."
            )
        if attrs["searches_without_strike"]:
            lines.append(
                f"No reported strike reaches the land of {name_some(attrs['searches_without_strike'].split(', '))}. "
                "Nothing found there says "
                "nothing about strikes; it does not say that nothing is there."
            )
        return lines


def update_contamination(
    strikes: gpd.GeoDataFrame,
    surveys: Any,
    *,
    finds: Any = None,
    zones: gpd.GeoDataFrame | None = None,
    contamination: xr.Dataset | None = None,
    cell_m: float = 50.0,
    seed: int = 20,
) -> SurveyUpdate:
    """
    Use what survey teams found, and what they did not find, to estimate what is still there.

    Nothing found lowers the estimate by Bayes' rule, never to zero, and moves the likely place of strikes elsewhere.
    Finds raise it around them and draw the strikes that explain them to them. What is learned of the share left live
    is shared by strikes with the same evidence as far as a search bears on them. Strikes that no search bears on keep
    their estimate. Items found are taken as no longer there (docs/surveys.md).

    Parameters
    ----------
    strikes : GeoDataFrame of Point, EPSG:4326
        Layer ``strikes``.
    surveys : GeoDataFrame, str or Path
        Layer ``surveys``, or anything `read_surveys` reads.
    finds : GeoDataFrame, str or Path, optional
        Places of items found, as `read_finds` reads them; a search may have fewer places than items.
    zones : GeoDataFrame of Polygon or MultiPolygon, EPSG:4326, optional
        Layer ``zones`` of these strikes.
    contamination : Dataset, optional
        Map of these strikes, whose grid is used. Otherwise it is estimated.
    cell_m : float
        Side of a cell in metres where no map is given.
    seed : int
        Of the random numbers; the same input and seed give the same output.

    Returns
    -------
    SurveyUpdate

    Raises
    ------
    SchemaError, CRSError, InputError
        A layer does not keep its contract, a survey or a find cannot be used (see `read_surveys`, `read_finds`), the
        map or the zones are of other strikes.

    Warns
    -----
    SurveyWarning
        Searches of one day overlap, or no strike reaches the land of a search.

    Notes
    -----
    Posterior of a Gamma-Poisson process with uncertain places, drawn by a Markov chain: counts, rates and the places of
    idle carriers are summed out, finds are given to strikes in turn and exchanged between strikes, the share left live
    moves in steps of its pool. Several chains start apart, with few of the finds first; where they disagree about which
    strike left what was found, the ranges hold what all of them say. Over a whole
    polygon nothing found never raises what is expected in it (the chance of no find falls with the number of items);
    beside it, and in single cells along its edge, the estimate may rise.

    References
    ----------
    Bayes' rule after a search without find: p (1 - d) / (1 - p d). Koopman, B. O. (1980), Search and Screening. Neal,
    R. M. (2000), Journal of Computational and Graphical Statistics 9, 249-265: moves of a member between groups.

    Examples
    --------
    >>> from uxomap import find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> strikes = strikes[strikes["precision_m"] <= 5000].head(3)
    >>> at = strikes.geometry.iloc[0]
    >>> plot = gpd.GeoDataFrame(
    ...     {"survey_id": ["A"], "date": ["2023-05-02"], "pd": [0.8], "found": [0]},
    ...     geometry=[shapely.box(at.x - 0.03, at.y - 0.02, at.x + 0.03, at.y + 0.02)], crs="EPSG:4326",
    ... )
    >>> update = update_contamination(strikes, plot, cell_m=500)
    >>> one = update.strikes.set_index("strike_id").loc[strikes["strike_id"].iloc[0]]
    >>> bool(0 < one["uxo_expected"] < one["prior_uxo_expected"])
    True
    """
    check_layer(strikes, "strikes")
    ordered = strikes.sort_values("strike_id", ignore_index=True)
    surveys = read_surveys(surveys)
    found = None if finds is None else read_finds(finds, surveys)
    warn_of_repeats(surveys)
    items = estimate_items(ordered)
    prior = estimate_contamination(ordered, cell_m=cell_m) if contamination is None else contamination
    world = describe_world(ordered, items, surveys, prior)
    idle = surveys["survey_id"][world.idle].tolist()
    if idle:
        message = (
            f"No reported strike reaches the land of {name_some(idle)}. What was or was not found there is used for no "
            "reported strike; it does not say that nothing is there."
        )
        warnings.warn(message, SurveyWarning, stacklevel=2)
    listed = list_finds(surveys, found, world.grid)
    parts = split_map(world.table, world.everything.key, world.touched, prior)
    outcome, nobody = _run(world, listed, parts, seed)
    shape = (world.grid.rows, world.grid.columns)
    cover = cover_cells(world.land, surveys["detection_probability"].to_numpy(float), shape)
    unreported = gather_unreported(listed, nobody, world.land, cover, typical_strike(world.items, world.table))
    counts = Counts(world, outcome, unreported, seed)
    unexplained = list_unexplained(surveys, found, listed, nobody)
    updated = combine_maps(prior, parts, outcome, unreported, cover)
    there = prior["probability_any"].copy(data=_place_items(listed, world, shape))
    updated["items_found"] = there.assign_attrs(long_name="Items found in the cell", units="items")
    totals = count_totals(counts, prior)
    attrs = (
        prior.attrs
        | totals
        | {
            "uxo_expected_outside": max(totals["uxo_expected_total"] - float(updated["uxo_expected"].sum()), 0.0),
            "n_surveys": len(surveys),
            "items_found": int(surveys["items_found"].sum()),
            "n_finds_unexplained": int(unexplained["n_items"].sum()),
            "searches_without_strike": ", ".join(idle),
            "method_version": wording.METHOD_VERSION,
        }
    )
    return SurveyUpdate(
        contamination=updated.assign_attrs(attrs),
        zones=None
        if zones is None
        else update_zones(counts, zones, ordered["strike_id"], surveys, _place_finds(surveys, found)),
        strikes=update_strikes(counts, ordered, items, _name_searches(world, surveys, len(ordered))),
        unexplained=unexplained,
        surveys=surveys,
    )


def _run(world: World, listed: runs.Finds, parts: Parts, seed: int) -> tuple[runs.Outcome | None, Floats]:
    """Run the chain where there is a strike that a search bears on; chance that each find is of no reported strike."""
    if world.model is None:
        return None, np.ones(len(listed.u))
    smoothed = smooth_searches(world.model, world.searches, world.pairs)
    outcome = runs.run_model(
        world.model,
        world.searches,
        smoothed,
        world.pairs,
        listed,
        shape=(world.grid.rows, world.grid.columns),
        background=max(UNREPORTED_SHARE * parts.typical, 1e-9),
        seed=seed,
    )
    return outcome, outcome.nobody


def _name_searches(world: World, surveys: gpd.GeoDataFrame, number: int) -> pd.Series:
    """Searches that bear on each strike, joined with |."""
    names = pd.Series("", index=range(number), dtype=str)
    starts, search = world.pairs
    for place, row in enumerate(world.rows[world.touched]):
        names.iloc[row] = "|".join(sorted(surveys["survey_id"].iloc[search[starts[place] : starts[place + 1]]]))
    return names


def _place_items(listed: runs.Finds, world: World, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Items found in each cell; those without a place spread evenly over the land of their search."""
    items = np.zeros(shape)
    row, column = (np.floor(values[listed.known]).astype(np.int64) for values in (listed.v, listed.u))
    there = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    np.add.at(items, (row[there], column[there]), 1.0)
    for search, number in zip(*np.unique(listed.search[~listed.known], return_counts=True), strict=True):
        land = world.land[search]
        items += number * cover_cells(np.array([land]), np.ones(1), shape) / shapely.area(land)
    return items.astype(np.float32)


def _place_finds(surveys: gpd.GeoDataFrame, found: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Where finds lie, and how many; those without a place within the land of their search."""
    points = surveys.geometry.representative_point()
    rest = surveys["items_found"]
    frames = []
    if found is not None:
        placed = surveys["survey_id"].map(found.groupby("survey_id").size()).fillna(0)
        rest = rest - placed
        frames.append(pd.DataFrame({"longitude": found.geometry.x, "latitude": found.geometry.y, "n": 1.0}))
    frames.append(pd.DataFrame({"longitude": points.x, "latitude": points.y, "n": rest.astype(float)}))
    return pd.concat(frames, ignore_index=True)
