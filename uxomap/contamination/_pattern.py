"""The density of craters, learned from the craters themselves."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from scipy.spatial import KDTree

from uxomap.contamination import _kernel
from uxomap.contamination._grid import Grid
from uxomap.contamination._spread import spread_items

Floats = npt.NDArray[np.float64]

#: Craters that are predicted from the others; of more, every so many-th.
_PREDICTED = 2_000

#: Weights that craters have at each width: all alike, or 1 / (craters around)^2.
KINDS = 2

#: Step between widths of kernels.
_STEP = math.sqrt(2.0)

#: Share of a crater that each kernel is given beforehand (Jeffreys' prior).
_PRIOR = 0.5

_ROUNDS = 300

#: No kernel is narrower, were all craters at one place.
_LEAST_WIDTH_M = 1.0

#: Which nearest crater tells how crowded a place is, and how firmly it is held beforehand that it tells nothing new.
_NEIGHBOUR, _FIRM, _STEPS = 5, 20.0, 25

#: Cells wider than so many times the narrowest kernel are coarse.
_COARSE = 4.0

#: Least density that is told from none, of the mean.
_LEAST_DENSITY = 1e-6

#: Kernels are not followed below and beyond these.
_NOTHING, _FAR = 1e-30, 60.0

#: Least share of a kernel that must lie in the area, so that its correction at the edge stays small.
_LEAST_INSIDE = 0.05


def estimate_density(points: Floats, grid: Grid, land: Any, value: Floats) -> tuple[Floats, Floats]:
    """Share of the items in each cell, and its variance, from the places of craters and what each counts."""
    inside = mask = around = None
    if land is not None:
        mask = shapely.contains_xy(land, *np.meshgrid(grid.x, grid.y))
        inside = part_inside(mask, choose_widths(points), grid.cell_m)
        row = np.clip(((grid.top_m - points[:, 1]) / grid.cell_m).astype(int), 0, grid.rows - 1)
        column = np.clip(((points[:, 0] - grid.left_m) / grid.cell_m).astype(int), 0, grid.columns - 1)
        around = [part[row, column] for part in inside]
    pattern = learn_pattern(points, around, None if land is None else land.area)
    share, doubt = map_pattern(pattern, grid, inside, mask, value)
    alike = share if np.ptp(value) == 0 else map_pattern(pattern, grid, inside, mask, np.ones(len(points)))[0]
    factor, power, spread = bend_density(pattern, alike, grid)
    bent = share * factor
    bent *= share.sum() / bent.sum()
    relative = np.divide(doubt, share**2, out=np.zeros_like(share), where=share > 0)
    return bent, bent**2 * (power**2 * relative + spread)


@dataclass(frozen=True, eq=False)
class Pattern:
    """
    A density as a mixture of normals: their widths, unit covariances and weights, one row a width.

    *left_out* is the density at some craters (*rows*) as the others predict it.
    """

    points: Floats
    widths: Floats
    covariance: Floats
    weights: Floats
    plain: float
    rows: npt.NDArray[np.int64]
    left_out: Floats

    def __len__(self) -> int:
        """Number of widths."""
        return len(self.widths)


def learn_pattern(points: Floats, inside: list[Floats] | None, land_m2: float | None) -> Pattern:
    """
    Learn the density of craters from themselves: how much kernels of each width and power count.

    Parameters
    ----------
    points : array of float, shape (n, 2)
        Places in metres.
    inside : list of array, shape (n,), optional
        For each of `choose_widths`, the part of a kernel at each crater that lies in the area.
    land_m2 : float, optional
        Size of the area; a crater may then also lie anywhere in it.
    """
    widths = choose_widths(points)
    rows = np.arange(0, len(points), -(-len(points) // _PREDICTED))
    crowd, moments = np.ones((len(widths), len(points))), np.zeros((len(widths), 3, len(points)))
    found = np.empty((len(rows), len(widths), KINDS))
    shape_kernels(points, widths, crowd, moments)
    predict_craters(points, rows, widths, crowd, moments, found)
    if inside is not None:
        found /= np.stack(inside, axis=1)[rows, :, np.newaxis]
    density = found.reshape(len(rows), -1)
    if land_m2 is not None:
        density = np.column_stack([density, np.full(len(rows), 1.0 / land_m2)])
    share = _weigh(density)
    plain = float(share[-1]) if land_m2 is not None else 0.0
    alone = crowd**-2.0
    alone /= alone.sum(axis=1, keepdims=True)
    alike, sparse = share[: len(widths) * KINDS].reshape(len(widths), KINDS).T[:, :, np.newaxis]
    weights = alike / len(points) + sparse * alone
    covariance = np.stack([round_off(found, width) for found, width in zip(moments, widths, strict=True)])
    return Pattern(points, widths, covariance, weights, plain, rows, density @ share)


def choose_widths(points: Floats) -> Floats:
    """Widths from half the distance between neighbours to half the spread of all craters."""
    neighbour = float(np.median(np.asarray(KDTree(points).query(points, k=2)[0])[:, 1]))
    least = max(neighbour / 2, _LEAST_WIDTH_M)
    most = max(float(np.sqrt(points.var(axis=0).sum())) / 2, least * _STEP)
    return np.asarray(least * _STEP ** np.arange(math.ceil(math.log(most / least, _STEP)) + 1))


@_kernel.compiled
def shape_kernels(points: Floats, widths: Floats, crowd: Floats, moments: Floats) -> None:
    """
    Add up the craters around each crater, and the second moments (xx, xy, yy) of those within two widths.

    Each width is `_STEP` times the one before, so each kernel is the square of the next wider one.
    """
    kinds, number = len(widths), len(points)
    widest = 2.0 * widths[kinds - 1]
    for i in range(number):
        for j in range(number):
            if j == i:
                continue
            x, y = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            near = math.exp(-(x * x + y * y) / (2.0 * widest * widest))
            for kind in range(kinds + 1, -1, -1):
                if near < _NOTHING:
                    break
                if kind < kinds:
                    crowd[kind, i] += near
                if kind > 1:
                    moments[kind - 2, 0, i] += near * x * x
                    moments[kind - 2, 1, i] += near * x * y
                    moments[kind - 2, 2, i] += near * y * y
                near *= near


def round_off(moments: Floats, width: float) -> Floats:
    """
    Covariance with determinant 1 of the craters around a crater.

    One more crater at one width in every direction keeps it round where there are hardly any neighbours.
    """
    xx, xy, yy = moments[0] + width**2, moments[1], moments[2] + width**2
    return np.asarray(np.stack([xx, xy, yy]) / np.sqrt(xx * yy - xy * xy))


@_kernel.compiled
def predict_craters(
    points: Floats, rows: npt.NDArray[np.int64], widths: Floats, crowd: Floats, moments: Floats, found: Floats
) -> None:
    """
    Density at some craters from all the others, by width, all craters alike or those in sparse places counting more.

    None helps to predict itself: it is taken out of what shapes and weighs the kernels around the others, too.
    """
    kinds = len(widths)
    widest = 2.0 * widths[kinds - 1]
    alike, sparse, total = np.zeros(kinds), np.zeros(kinds), np.zeros(kinds)
    whole = (1.0 / (crowd * crowd)).sum(axis=1)
    for row in range(len(rows)):
        i = rows[row]
        alike[:], sparse[:] = 0.0, 0.0
        total[:] = whole - 1.0 / (crowd[:, i] * crowd[:, i])
        for j in range(len(points)):
            if j == i:
                continue
            x, y = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            twice = math.exp(-(x * x + y * y) / (2.0 * widest * widest))
            near = twice * twice  # at the next wider width, as twice is at the one after that
            for kind in range(kinds - 1, -1, -1):
                if twice < _NOTHING:
                    break
                square = widths[kind] * widths[kind]
                xx = moments[kind, 0, j] - twice * x * x + square
                xy = moments[kind, 1, j] - twice * x * y
                yy = moments[kind, 2, j] - twice * y * y + square
                twice, near = near, near * near
                others = crowd[kind, j] - near
                total[kind] += 1.0 / (others * others) - 1.0 / (crowd[kind, j] * crowd[kind, j])
                far = (yy * x * x - 2.0 * xy * x * y + xx * y * y) / (2.0 * square * math.sqrt(xx * yy - xy * xy))
                if far < _FAR:
                    kernel = math.exp(-far)
                    alike[kind] += kernel
                    sparse[kind] += kernel / (others * others)
        for kind in range(kinds):
            scale = 1.0 / (2.0 * math.pi * widths[kind] * widths[kind])
            found[row, kind, 0] = scale * alike[kind] / (len(points) - 1)
            found[row, kind, 1] = scale * sparse[kind] / total[kind]


def _weigh(density: Floats) -> Floats:
    """Weights of a mixture by the EM algorithm, each kernel having seen half a crater beforehand."""
    number, kinds = density.shape
    weights = np.full(kinds, 1.0 / kinds)
    for _ in range(_ROUNDS):
        parts = density * weights
        parts /= np.maximum(parts.sum(axis=1, keepdims=True), 1e-300)
        weights = (parts.sum(axis=0) + _PRIOR) / (number + _PRIOR * kinds)
    return np.asarray(weights / weights.sum())


def map_pattern(
    pattern: Pattern, grid: Grid, inside: list[Floats] | None, mask: npt.NDArray[np.bool_] | None, value: Floats
) -> tuple[Floats, Floats]:
    """
    Share of the density in each cell, each crater counted by its value, and its variance.

    The variance is that of the weights of widths, those of a Dirichlet distribution that has seen as many craters as
    there are, and that of the craters, which a pattern of the same density would have put elsewhere. For the latter
    the density is taken to be even over a kernel (1 / (4 pi width^2) is then the mean of a kernel weighted by itself),
    and kernels of all widths to miss in the same direction.
    """
    scale = grid.cell_m
    expected, square, chance = np.zeros((3, grid.rows, grid.columns))
    table = np.zeros((len(pattern.points), _kernel.FIELDS))
    table[:, _kernel.U] = (pattern.points[:, 0] - grid.left_m) / scale
    table[:, _kernel.V] = (grid.top_m - pattern.points[:, 1]) / scale
    keys = np.zeros(len(table), dtype=np.int64)
    middle = float(np.average(value, weights=pattern.weights.sum(axis=0)))
    for number, width in enumerate(pattern.widths):
        xx, xy, yy = pattern.covariance[number] * (width / scale) ** 2
        xy = np.where(np.abs(xy) > 1e-9 * xx, xy, 0.0)
        for field, values in ((_kernel.C_UU, xx), (_kernel.C_UV, -xy), (_kernel.C_VV, yy)):  # v runs south
            table[:, field] = values
        table[:, _kernel.MEAN] = pattern.weights[number] * value / middle
        part, _ = spread_items(table, keys, (grid.rows, grid.columns), intervals=False)
        if inside is not None:
            part /= inside[number]
        expected += part
        weight = pattern.weights[number]
        peak = min(1.0, scale**2 / (4 * math.pi * width**2)) * float(np.sum(weight**2) / weight.sum())
        chance += np.sqrt(part * peak)
        square += part**2 / pattern.weights[number].sum()
    if mask is not None:
        plain = np.where(mask, pattern.plain / mask.sum(), 0.0)
        expected, square = np.where(mask, expected, 0.0) + plain, np.where(mask, square, 0.0)
        chance = np.where(mask, chance, 0.0)
        if pattern.plain > 0:
            square += plain**2 / pattern.plain
    return expected, np.maximum(square - expected**2, 0.0) / (len(table) + 1) + chance**2


def bend_density(pattern: Pattern, share: Floats, grid: Grid) -> tuple[Floats, float, Floats]:
    """
    Learn how the density of craters hangs on the mixture and on the distance to the fifth nearest crater.

    The density is taken to be proportional to mixture**a * distance**b: a point process with that conditional
    intensity, fitted to the craters by maximum pseudolikelihood, each crater seen from the others. Beforehand a is 1
    and b is 0, give or take 0.22. Returns the factor by which the mixture changes, a, and the relative variance that
    a and b bring. Cells much wider than craters lie apart do not show what this is about, and stay as they are.
    """
    if grid.cell_m > _COARSE * pattern.widths[0]:
        return np.ones_like(share), 1.0, np.zeros_like(share)
    tree = KDTree(pattern.points)
    held = share > 0
    least = _LEAST_DENSITY * float(share.sum()) / np.count_nonzero(held)
    place = np.column_stack([part[held] for part in np.meshgrid(grid.x, grid.y)])

    def describe(density: Floats, distance: Any) -> Floats:
        return np.asarray(np.log(np.column_stack([np.maximum(density, least), np.maximum(distance, grid.cell_m / 4)])))

    own = describe(
        pattern.left_out * grid.cell_m**2, tree.query(pattern.points[pattern.rows], k=[_NEIGHBOUR + 1])[0]
    ).sum(axis=0)
    cells = describe(share[held], tree.query(place, k=[_NEIGHBOUR], workers=-1)[0])
    number, first = len(pattern.rows), np.array([1.0, 0.0])
    power = first
    for _ in range(_STEPS):
        chance = cells @ power
        chance = np.exp(chance - chance.max())
        chance /= chance.sum()
        middle = chance @ cells
        apart = cells - middle
        bend = number * (apart.T * chance) @ apart + np.eye(2) * _FIRM
        step = np.linalg.solve(bend, own - number * middle - _FIRM * (power - first))
        power = power + step / max(1.0, float(np.abs(step).max()))
    factor, spread = np.zeros_like(share), np.zeros_like(share)
    factor[held] = chance / share[held]
    spread[held] = ((apart @ np.linalg.inv(bend)) * apart).sum(axis=1)
    return factor, float(power[0]), spread


def part_inside(mask: npt.NDArray[np.bool_], widths: Floats, cell_m: float) -> list[Floats]:
    """Part of a kernel of each width, around every cell, that lies in the area."""
    land = mask.astype(np.float64)
    return [
        np.maximum(ndimage.gaussian_filter(land, width / cell_m, mode="constant"), _LEAST_INSIDE) for width in widths
    ]
