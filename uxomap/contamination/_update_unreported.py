"""Finds that no reported strike explains: an unreported strike around each."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from scipy import sparse

from uxomap import crs as earth
from uxomap.contamination import _kernel
from uxomap.contamination._grid import Grid
from uxomap.contamination._posterior_map import draw_patterns
from uxomap.contamination._update_run import Finds

Floats = npt.NDArray[np.float64]
Polygons = npt.NDArray[np.object_]

#: A find counts as unexplained from this chance on that it is of no reported strike.
UNEXPLAINED = 0.5

#: Unexplained finds closer than this belong to one unreported strike, in standard deviations of its pattern.
_TOGETHER = 3.0


@dataclass(frozen=True, eq=False)
class Typical:
    """What an unreported strike is taken to be like: items, size of their negative binomial, variance of pattern."""

    mean: float
    size: float
    variance: float


@dataclass(frozen=True, eq=False)
class Unreported:
    """
    Unreported strikes, in cells.

    Where they are taken to lie, items still expected of each, and the size of their negative binomial; their map, and
    what its variance exceeds the mean by, before what was found is off.
    """

    u: Floats
    v: Floats
    left: Floats
    size: Floats
    mean: Floats
    surplus: Floats

    def draw(self, some: npt.NDArray[np.bool_], number: int, rng: np.random.Generator) -> Floats:
        """Draw how many items some of them still hold together."""
        total = np.zeros(number)
        for left, size in zip(self.left[some], self.size[some], strict=True):
            total += rng.poisson(rng.gamma(size, left / size, number))
        return total


def typical_strike(items: pd.DataFrame, table: Floats) -> Typical:
    """What reported strikes are like on average."""
    mean, sd = items["uxo_expected"].to_numpy(float), items["uxo_sd"].to_numpy(float)
    expected = float(mean.mean())
    pairs = float((sd**2 + mean**2 - mean).mean())
    size = expected**2 / max(pairs - expected**2, 1e-3 * expected**2)
    variance = (
        0.5 * (table[:, _kernel.D_UU] + table[:, _kernel.D_VV]) + table[:, _kernel.SAME] - table[:, _kernel.APART]
    )
    return Typical(expected, size, max(float(np.median(variance)), 1e-2))


def gather_unreported(finds: Finds, nobody: Floats, land: Polygons, cover: Floats, typical: Typical) -> Unreported:
    """Gather unexplained finds to unreported strikes, and estimate what those still hold."""
    groups = _group(finds, nobody, land, typical)
    mean, surplus = np.zeros(cover.shape), np.zeros(cover.shape)
    u, v, left, size = [], [], [], []
    for centre_u, centre_v, spread_u, spread_v, number in groups:
        pattern = draw_patterns(np.array([[spread_u, 0.0, spread_v]]))
        half = int(pattern.half[0])
        share = pattern.one.reshape(2 * half + 1, 2 * half + 1)
        row, column = int(np.floor(centre_v)), int(np.floor(centre_u))
        top, begin = max(row - half, 0), max(column - half, 0)
        bottom, end = min(row + half + 1, cover.shape[0]), min(column + half + 1, cover.shape[1])
        searched, rate = 0.0, 0.0
        if bottom > top and end > begin:
            share = share[top - row + half : bottom - row + half, begin - column + half : end - column + half]
            searched = float((share * cover[top:bottom, begin:end]).sum())
        grown = typical.size + number
        rate = grown / (typical.size / typical.mean + searched)
        if bottom > top and end > begin:
            mean[top:bottom, begin:end] += rate * share
            surplus[top:bottom, begin:end] += (rate * share) ** 2 / grown
        u.append(centre_u)
        v.append(centre_v)
        left.append(rate * (1 - searched))
        size.append(grown)
    return Unreported(np.array(u), np.array(v), np.array(left), np.array(size), mean, surplus)


def _group(
    finds: Finds, nobody: Floats, land: Polygons, typical: Typical
) -> list[tuple[float, float, float, float, int]]:
    """Centre, variances and number of finds of each group of unexplained finds."""
    groups = []
    some = np.flatnonzero(finds.known & (nobody > UNEXPLAINED))
    if some.size:
        points = np.asarray(shapely.points(finds.u[some], finds.v[some]))
        reach = _TOGETHER * np.sqrt(typical.variance)
        first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach)
        graph = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(some.size, some.size))
        number, labels = sparse.csgraph.connected_components(graph, directed=False)
        for label in range(number):
            mine = some[labels == label]
            spread = typical.variance * (1 + 1 / mine.size)
            u, v = finds.u[mine], finds.v[mine]
            groups.append((u.mean(), v.mean(), spread + u.var(), spread + v.var(), int(mine.size)))
    for search, number in count_unplaced(finds, nobody).items():
        left, top, right, bottom = shapely.bounds(land[search])
        centre = shapely.centroid(land[search])
        spreads = [typical.variance + length**2 / 12 for length in (right - left, bottom - top)]
        groups.append((centre.x, centre.y, *spreads, number))
    return groups


def count_unplaced(finds: Finds, nobody: Floats) -> dict[int, int]:
    """Unexplained finds of each search of which nobody wrote down where they lay."""
    sums = pd.Series(nobody[~finds.known]).groupby(finds.search[~finds.known]).sum().round().astype(int)
    pairs = zip(sums.index.to_numpy(np.int64), sums.to_numpy(np.int64), strict=True)
    return {int(search): int(number) for search, number in pairs if number > 0}


def list_unexplained(
    surveys: gpd.GeoDataFrame, found: gpd.GeoDataFrame | None, finds: Finds, nobody: Floats
) -> gpd.GeoDataFrame:
    """One row for each find, or number of finds without a place, that no reported strike explains."""
    rows, points = [], []
    if found is not None:
        chance = nobody[finds.known]
        for find, one in zip(found.itertuples(), chance, strict=True):
            if one > UNEXPLAINED:
                rows.append((find.survey_id, find.find_id, 1, float(one), "no reported strike explains this find"))
                points.append(find.geometry)
    for search, number in count_unplaced(finds, nobody).items():
        mine = nobody[~finds.known & (finds.search == search)]
        told = "no reported strike explains so many finds of this search; where they lay was not told"
        rows.append((surveys["survey_id"][search], "", number, float(mine.mean()), told))
        points.append(surveys.geometry[search].representative_point())
    columns = ["survey_id", "find_id", "n_items", "probability", "explanation"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=points, crs=earth.LONLAT)


def to_lonlat(grid: Grid, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude of places in cells."""
    back = Transformer.from_crs(grid.crs, earth.LONLAT, always_xy=True)
    longitude, latitude = back.transform(grid.left_m + u * grid.cell_m, grid.top_m - v * grid.cell_m)
    return np.asarray(longitude), np.asarray(latitude)
