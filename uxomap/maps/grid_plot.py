"""A picture of a contamination map: low, expected and high side by side, so that the range is seen with the mean."""

import textwrap
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from uxomap import wording
from uxomap.errors import InputError
from uxomap.maps.style import DENSITY_BREAKS, PALETTE, density_class

_LAYERS = ("uxo_expected", "uxo_low", "uxo_high", "probability_any")

#: Panels: layer and title.
_PANELS = (
    ("uxo_low", "Low (5 % point)"),
    ("uxo_expected", "Expected"),
    ("uxo_high", "High (95 % point)"),
    ("probability_any", "Chance that the cell holds any item"),
)

#: Breaks of the five classes of the chance that a cell holds any item.
CHANCE_BREAKS = (0.01, 0.05, 0.2, 0.5)

#: Where fewer are expected a hectare, no colour is drawn; it does not mean that nothing is there.
_LEAST_SHOWN = 0.01

_M2_A_HA = 10_000.0
_HATCH, _HATCH_COLOUR = "////", "#bdbdbd"
_TARGET_SHARE = 0.3

#: Fill of cells whose low or high value is 0.
_ZERO = "#e3e3e3"

#: Characters a line of the notice.
_NOTICE_WIDTH = 118


def plot_contamination(contamination: xr.Dataset, *, title: str = "Estimated unexploded items") -> Any:
    """
    Draw a contamination map as four panels: low, expected and high on one scale, and the chance of any item.

    Parameters
    ----------
    contamination : Dataset
        Result of `estimate_contamination`.
    title : str
        Stands above the panels.

    Returns
    -------
    matplotlib.figure.Figure
        Colours are the fixed classes of all maps, in items a hectare. Grey is a low or a high value of 0: a single
        cell holds nothing more often than not, and where its chance of any item is under 5 %, even its 95 % point is 0.
        Hatched is what was not assessed: beyond the reach of every reported strike, or so far out that fewer than 0.01
        items a hectare are expected.

    Raises
    ------
    InputError
        It is no contamination map, or matplotlib is not installed.

    Examples
    --------
    >>> from uxomap import estimate_contamination, find_strikes, read_reports, sample_data
    >>> strikes = find_strikes(read_reports(sample_data()))
    >>> grid = estimate_contamination(strikes, cell_m=200, bounds=(37.4, 48.5, 37.9, 48.9))
    >>> [panel.get_title(loc="left") for panel in plot_contamination(grid).axes][:3]
    ['Low (5 % point)', 'Expected', 'High (95 % point)']
    """
    if not isinstance(contamination, xr.Dataset) or not set(_LAYERS) <= set(contamination):
        message = (
            f"A {type(contamination).__name__} without the layers {', '.join(_LAYERS)} is no contamination map. "
            "Give the result of estimate_contamination."
        )
        raise InputError(message)
    figure, axes, patches = _new_figure()
    density = contamination["uxo_expected"].to_numpy() / (contamination.attrs["cell_m"] ** 2 / _M2_A_HA)
    shown = density >= _LEAST_SHOWN
    for axis, (name, heading) in zip(axes, _PANELS, strict=True):
        _draw_panel(axis, contamination, name, shown)
        axis.set_title(heading, loc="left", fontsize="medium")
    _draw_scale(axes[0], contamination)
    zero, unassessed = (
        patches.Patch(facecolor=_ZERO, label="0 at this point, not excluded"),
        patches.Patch(facecolor="white", edgecolor=_HATCH_COLOUR, hatch=_HATCH, label="not assessed"),
    )
    unit = [patches.Patch(color=colour, label=label) for colour, label in zip(PALETTE, _labels(), strict=True)]
    chance = [patches.Patch(color=colour, label=label) for colour, label in zip(PALETTE, _chances(), strict=True)]
    options: dict[str, Any] = {"frameon": False, "fontsize": "small", "alignment": "left"}
    figure.legend(handles=[zero, *unit, unassessed], title="items a hectare", loc="outside right upper", **options)
    figure.legend(handles=chance, title="chance", loc="outside right lower", **options)
    figure.suptitle(f"{title}, cells of {contamination.attrs['cell_m']:g} m", x=0.01, ha="left")
    figure.supxlabel("\n".join(textwrap.wrap(wording.NOTICE, _NOTICE_WIDTH)), x=0.01, ha="left", fontsize="small")
    return figure


def _new_figure() -> tuple[Any, Any, Any]:
    """Make a figure with four panels."""
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - slow to load, and not always installed
        from matplotlib import patches  # noqa: PLC0415 - likewise
    except ImportError as error:
        message = (
            "Drawing a contamination map needs matplotlib, which is not installed. Install it with: "
            "pip install matplotlib"
        )
        raise InputError(message) from error
    figure, axes = plt.subplots(2, 2, figsize=(10, 8.6), sharex=True, sharey=True, layout="constrained")
    return figure, axes.ravel(), patches


def _draw_panel(axis: Any, contamination: xr.Dataset, name: str, shown: npt.NDArray[np.bool_]) -> None:
    """Draw one layer in its classes; hatch what no report reaches."""
    from matplotlib.colors import ListedColormap  # noqa: PLC0415 - slow to load

    values = contamination[name].to_numpy().astype(np.float64)
    if name == "probability_any":
        classes = np.searchsorted(CHANCE_BREAKS, values, side="right")
    else:
        classes = density_class(values / (contamination.attrs["cell_m"] ** 2 / _M2_A_HA))
        classes[values == 0] = -1
    half = contamination.attrs["cell_m"] / 2
    x, y = contamination["x"].to_numpy(), contamination["y"].to_numpy()
    extent = (x[0] - half, x[-1] + half, y[-1] - half, y[0] + half)
    axis.patch.set(hatch=_HATCH, edgecolor=_HATCH_COLOUR, facecolor="white")
    picture = np.ma.masked_where(~shown, classes)
    axis.imshow(
        picture,
        cmap=ListedColormap([_ZERO, *PALETTE]),
        vmin=-1.5,
        vmax=4.5,
        extent=extent,
        interpolation="nearest",
        zorder=1,
    )
    axis.set(xticks=[], yticks=[])
    for side in axis.spines.values():
        side.set_color("#969696")


def _draw_scale(axis: Any, contamination: xr.Dataset) -> None:
    """Draw a scale bar of a round length, about a third of the width."""
    x, y = contamination["x"].to_numpy(), contamination["y"].to_numpy()
    width, height = (float(abs(values[-1] - values[0])) + contamination.attrs["cell_m"] for values in (x, y))
    power = 10 ** np.floor(np.log10(_TARGET_SHARE * width))
    length = max(step * power for step in (1, 2, 5) if step * power <= _TARGET_SHARE * width)
    left, bottom = x[0] + 0.04 * width, y[-1] + 0.04 * height
    axis.plot([left, left + length], [bottom, bottom], color="black", linewidth=2, solid_capstyle="butt")
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004 - a kilometre
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8}
    axis.text(left, bottom + 0.02 * height, label, fontsize="small", va="bottom", bbox=box)


def _labels() -> list[str]:
    """Words of the classes of items a hectare."""
    first, *middle, last = DENSITY_BREAKS
    pairs = zip((first, *middle), (*middle, last), strict=True)
    return [f"under {first:g}", *(f"{low:g} to {high:g}" for low, high in pairs), f"over {last:g}"]


def _chances() -> list[str]:
    """Words of the classes of chances."""
    first, *middle, last = (f"{break_:.0%}" for break_ in CHANCE_BREAKS)
    pairs = zip((first, *middle), (*middle, last), strict=True)
    return [f"under {first}", *(f"{low} to {high}" for low, high in pairs), f"over {last}"]
