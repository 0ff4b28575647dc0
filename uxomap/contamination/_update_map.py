"""The map after the surveys: strikes that searches bear on anew, all others as before."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from uxomap.contamination._grid import MAP_LAYERS
from uxomap.contamination._kernel import compiled, match_cell
from uxomap.contamination._spread import fill_later, spread_items
from uxomap.contamination._update_run import Outcome
from uxomap.contamination._update_unreported import Unreported
from uxomap.errors import InputError

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]

#: Weight of the map before, in cells, beside the places drawn: keeps ratios of the two sane where few were drawn.
_STEADY = 0.02

#: The variance that the drawn places give is corrected by at most this factor.
_MOST_RATIO = 4.0

#: A map counts as made of other strikes when a total differs by more than this part.
_SAME_TOTAL = 1e-3


@dataclass(frozen=True, eq=False)
class Parts:
    """Expected items and what their variance exceeds the mean by: strikes searches bear on, others, what they share."""

    mean: Floats
    surplus: Floats
    other_mean: Floats
    other_surplus: Floats
    common: Floats

    @property
    def typical(self) -> float:
        """Expected items in a cell where an item lies, of the strikes that searches bear on."""
        total = float(self.mean.sum())
        return float((self.mean**2).sum()) / total if total > 0 else 0.0


def split_map(table: Floats, keys: Whole, touched: npt.NDArray[np.bool_], prior: xr.Dataset) -> Parts:
    """Split the map into the strikes that searches bear on and the others."""
    shape = prior["uxo_expected"].shape
    means, surpluses = [], []
    for some in (touched, ~touched):
        mean, surplus = np.zeros(shape), np.zeros(shape)
        if some.any():
            mean, layers = spread_items(table[some], keys[some], (shape[0], shape[1]))
            surplus = layers[0].astype(np.float64) ** 2 - mean
        means.append(mean)
        surpluses.append(surplus)
    expected = prior["uxo_expected"].to_numpy().astype(np.float64)
    if abs(means[0].sum() + means[1].sum() - expected.sum()) > _SAME_TOTAL * max(float(expected.sum()), 1e-9):
        these = means[0].sum() + means[1].sum()
        message = (
            f"The map holds {expected.sum():.4g} expected items, these strikes give {these:.4g} on its cells. Must be "
            "the map of these strikes. Estimate it anew, or leave it out."
        )
        raise InputError(message)
    total = prior["uxo_sd"].to_numpy().astype(np.float64) ** 2 - expected
    common = np.maximum(total - surpluses[0] - surpluses[1], 0.0)
    common[(means[0] <= 0) | (means[1] <= 0)] = 0.0
    return Parts(means[0], surpluses[0], means[1], surpluses[1], common)


def combine_maps(
    prior: xr.Dataset, parts: Parts, outcome: Outcome | None, unreported: Unreported, cover: Floats
) -> xr.Dataset:
    """Layers of the map after the surveys, with those before beside them."""
    left = 1 - cover
    mean, surplus = parts.mean, parts.surplus
    if outcome is not None:
        mean, surplus = _update_parts(parts, outcome)
    ratio = np.divide(mean, parts.mean, out=np.ones_like(mean), where=parts.mean > 0)
    expected = left * (mean + parts.other_mean)
    surplus = left**2 * (surplus + parts.other_surplus + parts.common * ratio)
    expected = expected + left * unreported.mean
    surplus = surplus + left**2 * unreported.surplus
    layers = match_layers(expected, np.maximum(surplus, -expected))
    updated = prior[list(MAP_LAYERS)].copy()
    for name, values in zip(MAP_LAYERS, (expected, *layers), strict=True):
        before = prior[name]
        updated[name] = before.copy(data=values.astype(before.dtype))
        told = {"long_name": f"{before.attrs.get('long_name', name)}, before the surveys"}
        updated[f"prior_{name}"] = before.assign_attrs(told)
    updated["search_detection"] = prior["probability_any"].copy(data=cover.astype(np.float32))
    updated["search_detection"].attrs["long_name"] = "Chance that an item that lay in the cell was found"
    return updated


def _update_parts(parts: Parts, outcome: Outcome) -> tuple[Floats, Floats]:
    """Expected items and surplus of the strikes that searches bear on, before what was found of each cell is off."""
    null, found, before, surplus_after, surplus_before = outcome.maps
    factor = float(null.sum()) / max(float(before.sum()), 1e-300)
    steady = _STEADY * parts.mean
    ratio = np.divide(null + factor * steady, before + steady, out=np.zeros_like(null), where=before + steady > 0)
    idle = parts.mean * ratio
    mean = idle + found
    right = (surplus_before > 0) & (parts.surplus > 0)
    correction = np.ones_like(mean)
    np.divide(parts.surplus, surplus_before, out=correction, where=right)
    correction = np.clip(correction, 1 / _MOST_RATIO, _MOST_RATIO)
    share = np.divide(idle, mean, out=np.ones_like(mean), where=mean > 0)
    surplus = surplus_after * (1 + share * (correction - 1))
    # Where no place was drawn near a cell, its variance follows its mean.
    empty = before <= 1e-6 * parts.mean
    surplus[empty] = (parts.surplus * ratio)[empty]
    return mean, surplus


def match_layers(expected: Floats, surplus: Floats) -> Singles:
    """Standard deviation, 5 % and 95 % point and chance of any item of every cell, as the map before has them."""
    layers = np.zeros((4, *expected.shape), dtype=np.float32)
    _match(expected, surplus, layers)
    fill_later(expected, layers)
    return layers


@compiled
def _match(expected: Floats, surplus: Floats, layers: Singles) -> None:
    """Fill in the layers cell by cell."""
    for row in range(expected.shape[0]):
        for column in range(expected.shape[1]):
            mean = expected[row, column]
            if mean > 0.0:
                layers[0, row, column] = np.sqrt(mean + surplus[row, column])
                some, low, high = match_cell(mean, surplus[row, column])
                layers[1, row, column], layers[2, row, column], layers[3, row, column] = low, high, some
