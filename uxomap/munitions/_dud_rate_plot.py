"""The picture of a dud rate: what was published, and what it pools to."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from uxomap.errors import InputError
from uxomap.munitions._evidence import publisher, say_figure
from uxomap.wording import round_for_reading, say_range

if TYPE_CHECKING:
    from uxomap.munitions._dud_rates import DudRate

_POOL_HEIGHT = 2.2
_GREY = "#636363"
_LINE = "#252525"
_LABEL = 46


def draw_dud_rate(rate: "DudRate", bases: pd.DataFrame, ax: Any = None) -> Any:
    """Draw each figure as a bar from its 5 % to its 95 % point, and the pool above them."""
    if ax is None:
        ax = _new_axes(len(rate.estimates))
    rows = rate.estimates.sort_values("weight", kind="stable")
    places = np.arange(len(rows))
    bar_colours = [bases["colour"].get(basis, _GREY) for basis in rows["basis"]]
    low, high = 100 * rows["share_low"].to_numpy(), 100 * rows["share_high"].to_numpy()
    ax.barh(places, high - low, left=low, height=0.5, color=bar_colours, alpha=0.85)
    ax.plot(100 * rows["share_mean"], places, linestyle="", marker="|", markersize=13, color="white", markeredgewidth=2)
    _draw_pool(rate, ax, len(rows))
    ax.set_yticks([*places, len(rows) + _POOL_HEIGHT / 3], [*map(_label, rows.itertuples()), "pooled"])
    ax.set_ylim(-0.7, len(rows) + _POOL_HEIGHT + 0.2)
    ax.set_xlim(0, min(100.0, 1.08 * max(float(high.max()), 100 * rate.quantile(0.995))))
    ax.set_xlabel("share left live, %")
    ends = say_range(100 * rate.quantile(0.05), 100 * rate.quantile(0.95))
    ax.set_title(f"{rate.munition_id}: {ends} % (mean {round_for_reading(100 * rate.mean)} %)", loc="left")
    used = [basis for basis in bases.index if (rows["basis"] == basis).any()]
    handles = [ax.barh([0], [0], color=bases.loc[basis, "colour"], label=bases.loc[basis, "label"]) for basis in used]
    if handles:
        ax.legend(handles=handles, loc="upper right", frameon=False, fontsize="small")
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def _new_axes(count: int) -> Any:
    """Make a figure high enough for all bars."""
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - slow to load, and not always installed
    except ImportError as error:
        message = "Drawing a dud rate needs matplotlib, which is not installed. Install it with: pip install matplotlib"
        raise InputError(message) from error
    return plt.subplots(figsize=(9, 1.8 + 0.42 * (count + _POOL_HEIGHT)), layout="constrained")[1]


def _draw_pool(rate: "DudRate", ax: Any, base: int) -> None:
    """Draw the density of the pool, its 5 % to 95 % range and its mean."""
    at = np.linspace(0.0005, 0.9995, 1500)
    density = rate.pool.pdf(at)
    top = base + _POOL_HEIGHT * density / density.max() * 0.9
    low, high = (rate.quantile(p) for p in (0.05, 0.95))
    inside = (at >= low) & (at <= high)
    ax.fill_between(100 * at, base, top, color="#d9d9d9", linewidth=0)
    ax.fill_between(100 * at, base, top, where=inside, color="#a6a6a6", linewidth=0)
    ax.plot(100 * at, top, color=_LINE, linewidth=1)
    ax.plot([100 * low, 100 * high], [base, base], color=_LINE, linewidth=3, solid_capstyle="butt")
    ax.plot([100 * rate.mean], [base], marker="D", color=_LINE, markersize=5)


def _label(row: Any) -> str:
    """Name the publisher of a figure, the figure, and its share of the weight."""
    source = publisher(row.source)
    if len(source) > _LABEL:
        source = re.sub(r"\s*\([^)]*\)", "", source)
    source = source if len(source) <= _LABEL else source[: _LABEL - 1] + "…"
    figure = f": {say_figure(row._asdict())}" if hasattr(row, "mid_pct") else ""
    return f"{source}{figure}  (weight {100 * row.weight:.0f} %)"
