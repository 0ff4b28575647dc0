"""The least land that holds a stated share of the expected items, as polygons."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from pyproj import Proj, Transformer
from rasterio import features
from rasterio.transform import Affine
from scipy import ndimage

from uxomap import crs as earth
from uxomap import wording
from uxomap._validation import check_probability
from uxomap.contamination._grid import Grid, read_grid
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]

#: Longest edge of an outline: the bend of a straight line stays below a centimetre.
_LONGEST_EDGE_M = 1_000.0

#: Points along a side of the grid at which the scale of areas is taken; it is smooth in between.
_SCALE_POINTS = 33

#: So many cells are sorted; of more, a sample of about so many says where to divide them.
_SORTED, _SAMPLE = 100_000, 1_000

_HALF_TURN = 180.0
_M2_A_HA = 10_000.0


def find_high_risk_zone(contamination: xr.Dataset, *, share: float = 0.95) -> gpd.GeoDataFrame:
    """
    Find the least land that holds a stated share of the expected items.

    Cells are taken in falling order of expected items an area until the share is reached, those of equal density from
    north to south and west to east; cells that share a side make one polygon. What lies outside is reported beside:
    it is less dense, and by no means nothing.

    The share is that of the items of strikes that have a place (``uxo_expected_total`` of the map), whether on the grid
    or beyond its edge. Strikes without a place are in no zone; ``uxo_expected_unlocated`` says what they hold.

    Parameters
    ----------
    contamination : Dataset
        Map of `estimate_contamination` or `estimate_from_craters`, or a rectangle cut out of it.
    share : float
        Share of the expected items that the polygons hold together, between 0 and 1.

    Returns
    -------
    GeoDataFrame of Polygon or MultiPolygon, EPSG:4326
        One row a polygon, the one with most expected items first: ``zone_id`` (from the place of its first cell, so
        that it does not depend on the size of the grid), ``uxo_expected``, ``share`` (of the items of all strikes that
        have a place), ``area_m2`` (true area), ``uxo_per_ha``. The same in each row: ``share_asked``,
        ``uxo_expected_inside_total``, ``uxo_expected_outside_total`` (on and beyond the grid),
        ``uxo_expected_unlocated``, ``probability_none_outside``, ``method_version``, ``notice``.

    Raises
    ------
    InputError
        The share does not lie between 0 and 1 or is larger than the share on the grid, the map is none or holds
        nothing, or the zone reaches beyond 85° of latitude.

    Notes
    -----
    A map knows how many items each cell may hold, but not how cells vary together, so there is no interval of the
    items of a polygon here. ``probability_none_outside`` is the chance that no item lies outside if cells were
    independent of each other, and items beyond the grid Poisson. Items of a strike lie together, so the chance is as a
    rule larger; the figure errs on the careful side (docs/validation.md).

    References
    ----------
    Mahling, M., Höhle, M., Küchenhoff, H. (2013), Determining high-risk zones for unexploded World War II bombs by
    using point process methodology, Journal of the Royal Statistical Society C 62, 181-199.

    Examples
    --------
    >>> from uxomap import estimate_contamination, find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> grid = estimate_contamination(strikes, cell_m=100, bounds=(37.4, 48.5, 37.9, 48.9))
    >>> zone = find_high_risk_zone(grid, share=0.001)
    >>> bool(zone["share"].sum() >= 0.001)
    True
    """
    check_probability(share, "share")
    grid = read_grid(contamination)
    expected = contamination["uxo_expected"].to_numpy().astype(np.float64)
    total = _check_items(expected, contamination, share)
    inside = _take_densest(expected, _area_scale(grid), share * total)
    labels = np.asarray(ndimage.label(inside)[0], dtype=np.int32)
    sums = np.bincount(labels.ravel(), weights=expected.ravel())
    cells = np.flatnonzero(inside)[::-1]
    first = np.empty(len(sums), dtype=np.int64)
    first[labels.ravel()[cells]] = cells  # of several values the last one stays: the northernmost, westernmost cell
    row, column = np.divmod(first[1:], grid.columns)
    west = round(grid.left_m / grid.cell_m) + column
    south = round(grid.top_m / grid.cell_m) - 1 - row
    held = float(sums[1:].sum())
    beyond = max(total - float(expected.sum()), 0.0)
    chances = contamination["probability_any"].to_numpy()[~inside & (expected > 0)].astype(np.float64)
    zone = gpd.GeoDataFrame(
        {
            "zone_id": [f"H-x{x}y{y}" for x, y in zip(west.tolist(), south.tolist(), strict=True)],
            "uxo_expected": sums[1:],
            "share": sums[1:] / total,
        },
        geometry=_draw(labels, len(sums) - 1, grid),
        crs=earth.LONLAT,
    )
    zone = zone.assign(area_m2=earth.area_m2(zone))
    zone = zone.assign(
        uxo_per_ha=zone["uxo_expected"] / zone["area_m2"] * _M2_A_HA,
        share_asked=share,
        uxo_expected_inside_total=held,
        uxo_expected_outside_total=max(total - held, 0.0),
        uxo_expected_unlocated=float(contamination.attrs.get("uxo_expected_unlocated", np.nan)),
        probability_none_outside=_chance_of_none(chances, beyond),
        method_version=contamination.attrs.get("method_version", wording.METHOD_VERSION),
        notice=wording.NOTICE,
    )
    columns = [*zone.columns.drop(zone.geometry.name), zone.geometry.name]
    # Labels count from north to south, so equal zones keep that order.
    return zone[columns].sort_values("uxo_expected", ascending=False, kind="stable", ignore_index=True)


def _check_items(expected: Floats, contamination: xr.Dataset, share: float) -> float:
    """Expected items of all strikes that have a place; refuse a map that does not hold the share."""
    if not np.isfinite(expected).all() or (expected < 0).any():
        message = (
            "The map holds cells with missing or negative expected items. Must be 0 or more in every cell. "
            "Estimate the map anew, or cut out a rectangle without them (isel)."
        )
        raise InputError(message)
    on_grid = float(expected.sum())
    if on_grid <= 0:
        message = "The map holds nothing: no strike reaches it. Estimate it with bounds around the strikes."
        raise InputError(message)
    total = max(float(contamination.attrs.get("uxo_expected_total", on_grid)), on_grid)
    if share * total > on_grid * (1 + 1e-9):
        message = (
            f"A share of {share:g} is {share * total:.4g} expected items; the grid holds {on_grid:.4g} of "
            f"{total:.4g}, a share of {on_grid / total:.4g}. Must not be more than that. Give a smaller share, or "
            "estimate the map on a larger grid (bounds, containment)."
        )
        raise InputError(message)
    return total


def _area_scale(grid: Grid) -> Floats | float:
    """True area of cells, the equal-area cell being 1, at every cell."""
    steps = np.linspace(0.0, 1.0, _SCALE_POINTS)
    right, down = np.meshgrid(steps * grid.columns, steps * grid.rows)
    back = Transformer.from_crs(grid.crs, earth.LONLAT, always_xy=True)
    lonlat = back.transform(grid.left_m + right * grid.cell_m, grid.top_m - down * grid.cell_m)
    scale = 1.0 / np.asarray(Proj(grid.crs).get_factors(*lonlat).areal_scale)
    # Values that are equal but for rounding must stay equal, or ties would be broken by chance.
    if not np.ptp(scale) > 1e-9:  # noqa: PLR2004 - equal areas, as far as the projection is computed
        return 1.0
    places = np.meshgrid(
        (np.arange(grid.rows) + 0.5) / grid.rows * (_SCALE_POINTS - 1),
        (np.arange(grid.columns) + 0.5) / grid.columns * (_SCALE_POINTS - 1),
        indexing="ij",
    )
    return np.asarray(ndimage.map_coordinates(scale, places, order=1), dtype=np.float64)


def _take_densest(expected: Floats, scale: Floats | float, wanted: float) -> npt.NDArray[np.bool_]:
    """Take cells in falling order of density until they hold what is wanted."""
    values = expected.ravel()
    density = (expected / scale).ravel()
    inside = np.zeros(values.size, dtype=bool)
    rest = np.flatnonzero(values)
    # Sorting millions of cells takes long: parts that lie wholly inside or wholly outside are told apart first.
    while rest.size > _SORTED:
        sample = density[rest[:: rest.size // _SAMPLE]]
        above = density[rest] > np.partition(sample, sample.size // 2)[sample.size // 2]
        if not above.any():
            break
        held = float(values[rest[above]].sum())
        if held < wanted:
            inside[rest[above]] = True
            wanted -= held
            above = ~above
        rest = rest[above]
    order = rest[np.argsort(-density[rest], kind="stable")]
    inside[order[: int(np.searchsorted(np.cumsum(values[order]), wanted)) + 1]] = True
    return inside.reshape(expected.shape)


def _draw(labels: Labels, number: int, grid: Grid) -> npt.NDArray[np.object_]:
    """Outlines of labelled cells in degrees, in the order of the labels."""
    place = Affine(grid.cell_m, 0, grid.left_m, 0, -grid.cell_m, grid.top_m)
    drawn = np.empty(number, dtype=object)
    for shape, label in features.shapes(labels, mask=labels > 0, connectivity=4, transform=place):
        shell, *holes = shape["coordinates"]
        drawn[int(label) - 1] = shapely.Polygon(shell, holes)
    # Where cells of one polygon meet at a corner only, its ring touches itself.
    wrong = ~shapely.is_valid(drawn)
    drawn[wrong] = shapely.make_valid(drawn[wrong], method="structure")
    drawn = shapely.segmentize(drawn, _LONGEST_EDGE_M)
    back = Transformer.from_crs(grid.crs, earth.LONLAT, always_xy=True)
    corners, owner = shapely.get_coordinates(drawn, return_index=True)
    longitude, latitude = (np.asarray(values) for values in back.transform(corners[:, 0], corners[:, 1]))
    highest = float(np.abs(latitude).max())
    if not highest <= earth.MAX_LATITUDE:
        message = (
            f"The zone reaches {highest:.1f}° of latitude. Must lie within 85°, nearer a pole an outline could enclose "
            "it. Cut out the part of the map that lies further from the pole (isel)."
        )
        raise InputError(message)
    start = longitude[np.searchsorted(owner, np.arange(number))][owner]
    # An outline across the antimeridian jumps by a whole turn; in one piece it reaches beyond 180 degrees.
    longitude = start + (longitude - start + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
    shapely.set_coordinates(drawn, np.column_stack([longitude, latitude]))
    return earth.split_at_antimeridian(drawn)


def _chance_of_none(chances: Floats, beyond: float) -> float:
    """Chance that no item lies outside, with independent cells."""
    return float(np.exp(np.log1p(-np.minimum(chances, 1 - 1e-12)).sum() - beyond))
