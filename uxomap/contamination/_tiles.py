"""
The grid tile by tile: which strikes touch which, their sums, and the layers of the map from these.

Each tile is worked through by one thread in one order, so that results are the same to the last bit whatever the number
of threads. numba keeps compiled code by the file it stands in: after a change in `_kernel` or `_oblique` delete the
``__pycache__`` of this folder.
"""

import math

import numpy as np
import numpy.typing as npt

from uxomap.contamination._kernel import (
    C_UU,
    C_UV,
    C_VV,
    REACH,
    TILE,
    Floats,
    Singles,
    U,
    V,
    Whole,
    add_upright,
    compiled,
    match_cell,
)
from uxomap.contamination._oblique import add_oblique


@compiled
def _reach(strike: Floats, shape: Whole) -> tuple[int, int, int, int]:
    """Columns and rows that a strike touches, ends excluded."""
    wide, high = REACH * math.sqrt(strike[C_UU]), REACH * math.sqrt(strike[C_VV])
    left = min(max(math.floor(strike[U] - wide), 0.0), shape[1])
    right = max(min(math.floor(strike[U] + wide) + 1.0, shape[1]), 0.0)
    top = min(max(math.floor(strike[V] - high), 0.0), shape[0])
    bottom = max(min(math.floor(strike[V] + high) + 1.0, shape[0]), 0.0)
    return int(left), int(right), int(top), int(bottom)


def assign_tiles(strikes: Floats, shape: tuple[int, int]) -> tuple[npt.NDArray[np.int32], Whole]:
    """List the strikes that touch each tile, in their order: strikes, and where each tile's begin."""
    rows, columns = shape
    across, down = -(-columns // TILE), -(-rows // TILE)
    wide, high = REACH * np.sqrt(strikes[:, C_UU]), REACH * np.sqrt(strikes[:, C_VV])
    left, right = (np.clip(np.floor(strikes[:, U] + end), 0, columns).astype(np.int64) for end in (-wide, wide + 1))
    top, bottom = (np.clip(np.floor(strikes[:, V] + end), 0, rows).astype(np.int64) for end in (-high, high + 1))
    first_column, first_row = left // TILE, top // TILE
    beside = (right - 1) // TILE - first_column + 1
    number = np.where((right > left) & (bottom > top), beside * ((bottom - 1) // TILE - first_row + 1), 0)
    owner = np.repeat(np.arange(len(strikes)), number)
    step = np.arange(owner.size) - np.repeat(np.cumsum(number) - number, number)
    tile = (first_row[owner] + step // beside[owner]) * across + first_column[owner] + step % beside[owner]
    starts = np.concatenate([[0], np.cumsum(np.bincount(tile, minlength=across * down))]).astype(np.int64)
    return owner[np.argsort(tile, kind="stable")].astype(np.int32), starts


@compiled
def _settle(sums: Floats, origin: Whole, expected: Floats, layers: Singles) -> None:
    """Turn the sums of a tile into the layers of the map."""
    for r in range(min(TILE, expected.shape[0] - origin[1])):
        for c in range(min(TILE, expected.shape[1] - origin[0])):
            mean = sums[0, r, c]
            row, column = origin[1] + r, origin[0] + c
            expected[row, column] = mean
            if len(layers) and mean > 0.0:
                surplus = max(sums[1, r, c], -mean)
                layers[0, row, column] = math.sqrt(mean + surplus)
                some, low, high = match_cell(mean, surplus)
                layers[1, row, column], layers[2, row, column], layers[3, row, column] = low, high, some


@compiled
def _join_shared(sums: Floats) -> None:
    """What strikes share adds up as standard deviations: square the sum and begin again."""
    for r in range(TILE):
        for c in range(TILE):
            value = sums[2, r, c]
            sums[1, r, c] += value * value
            sums[2, r, c] = 0.0


@compiled
def _wipe(sums: Floats) -> None:
    """Begin with nothing."""
    for layer in range(len(sums)):
        for r in range(TILE):
            for c in range(TILE):
                sums[layer, r, c] = 0.0


@compiled
def fill_tiles(
    strikes: Floats,
    keys: Whole,
    touching: tuple[npt.NDArray[np.int32], Whole],
    span: Whole,
    blocks: Floats | None,
    expected: Floats,
    layers: Singles,
) -> None:
    """
    Work through the tiles from span[0] to span[1]; strikes with the same key must follow each other.

    *touching* comes from `assign_tiles`. *blocks* is room for strikes whose axes lie oblique to the grid. Without it
    they must not occur, and what they need is not compiled.
    """
    members, starts = touching
    shape = np.empty(2, dtype=np.int64)
    shape[0], shape[1] = expected.shape
    across = (shape[1] + TILE - 1) // TILE
    sums = np.zeros((3 if len(layers) else 1, TILE, TILE))
    work, rules = np.empty((6, TILE)), np.zeros((4, 6))
    window = np.empty(6, dtype=np.int64)
    for tile in range(span[0], span[1]):
        if starts[tile] == starts[tile + 1]:
            continue
        window[4], window[5] = (tile % across) * TILE, (tile // across) * TILE
        _wipe(sums)
        for place in range(starts[tile], starts[tile + 1]):
            number = members[place]
            strike = strikes[number]
            if len(layers) and place > starts[tile] and keys[number] != keys[members[place - 1]]:
                _join_shared(sums)
            left, right, top, bottom = _reach(strike, shape)
            window[0], window[1] = max(left, window[4]), min(right, window[4] + TILE)
            window[2], window[3] = max(top, window[5]), min(bottom, window[5] + TILE)
            if blocks is None or strike[C_UV] == 0.0:
                add_upright(strike, window, rules, work, sums)
            else:
                add_oblique(strike, window, rules, blocks, work, sums)
        if len(layers):
            _join_shared(sums)
        _settle(sums, window[4:6], expected, layers)
