"""The picture of a contamination map: fixed classes, zero told from not assessed, the notice under it."""

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from uxomap import InputError, wording
from uxomap.maps import plot_contamination

mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

GREY, PALEST, MIDDLE, DARKEST = "#e3e3e3", "#fdeaa8", "#e4712b", "#5c0f35"


@pytest.fixture
def grid():
    """Three cells of a hectare: one of 200 items, one of 5 that may hold none, one beyond every strike."""
    layers = {
        "uxo_expected": [200.0, 5.0, 0.0],
        "uxo_low": [150.0, 0.0, 0.0],
        "uxo_high": [260.0, 12.0, 0.0],
        "probability_any": [1.0, 0.04, 0.0],
    }
    data = {name: (("y", "x"), np.array([values])) for name, values in layers.items()}
    coords = {"y": [50.0], "x": [50.0, 150.0, 250.0]}
    grid = xr.Dataset(data, coords=coords, attrs={"cell_m": 100.0})
    yield grid
    plt.close("all")


def colours(figure, panel):
    image = figure.axes[panel].images[0]
    painted = image.cmap(image.norm(image.get_array()))
    hidden = np.ma.getmaskarray(image.get_array()).ravel()
    pairs = zip(painted.reshape(-1, 4), hidden, strict=True)
    return [None if unseen else mpl.colors.to_hex(one) for one, unseen in pairs]


def test_low_expected_and_high_share_one_scale_and_not_assessed_has_no_colour(grid):
    figure = plot_contamination(grid)
    assert colours(figure, 0) == [DARKEST, GREY, None]
    assert colours(figure, 1) == [DARKEST, MIDDLE, None]
    assert colours(figure, 2) == [DARKEST, "#b5302a", None]
    assert colours(figure, 3) == [DARKEST, "#f8b64c", None]


def test_what_was_not_assessed_is_hatched_and_named(grid):
    figure = plot_contamination(grid)
    assert all(axis.patch.get_hatch() for axis in figure.axes)
    labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert {"not assessed", "0 at this point, not excluded", "under 0.1", "over 100", "5% to 20%"} <= set(labels)


def test_title_cell_scale_and_notice_stand_on_it(grid):
    figure = plot_contamination(grid, title="Two fields")
    assert figure.get_suptitle() == "Two fields, cells of 100 m"
    assert " ".join(figure.get_supxlabel().split()) == wording.NOTICE
    assert [text.get_text() for text in figure.axes[0].texts] == ["50 m"]
    bar = figure.axes[0].lines[0].get_xdata()
    assert bar[1] - bar[0] == 50


@pytest.mark.parametrize("wrong", [None, {"uxo_expected": 1}, xr.Dataset({"uxo_expected": ("x", [1.0])})])
def test_what_is_no_map_is_refused(wrong):
    with pytest.raises(InputError, match=r"is no contamination map\. Give the result"):
        plot_contamination(wrong)
