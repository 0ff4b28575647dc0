"""How much the share of a single strike strays from that of its type: kappa, fitted to three published spreads."""

import numpy as np
import pandas as pd
from scipy import stats

from uxomap.munitions._catalogue import PERCENTAGES, load_estimates

#: Share of a strike q ~ Beta(mu kappa, (1 - mu) kappa) around the share mu of its type. An assumption: the best value
#: of :func:`fit_kappa`, rounded; the published spreads together support 12 to 33, and do not agree with each other.
KAPPA = 20.0

#: The Kosovo range is read as the least and the most of so many containers: its ends are then 5 % and 95 % points.
CONTAINERS = 20

#: Submunitions in one container: between BL755 (147) and CBU-87 (202).
ITEMS_IN_CONTAINER = 175

#: Strike sites in Lebanon among which the worst share was found (UN, end of August 2006).
LEBANON_SITES = 249

_GRID = np.geomspace(2.0, 10_000.0, 2001)

#: Drop of the log-likelihood at the ends of a 95 % interval for one parameter.
_DROP = float(stats.chi2.ppf(0.95, 1)) / 2


def fit_kappa(*, containers: int = CONTAINERS, sites: int = LEBANON_SITES) -> pd.DataFrame:
    """
    Fit kappa to the published spreads between strikes, one by one and together, by maximum likelihood.

    - Kosovo 1999: 3 to 26 % of a container failed, about 10 % on the whole. Read as the least and the most of
      *containers* observed shares, each of 175 items.
    - Lebanon 2006: up to 70 % at the worst of the first 249 sites, 25 to 40 % on the whole (middle 32.5 %). Read as
      the largest of *sites* shares.
    - M85, Lebanon 2006: 9.6, 11.5 and 12.2 % at three sites. Read as three shares around their mean.

    Parameters
    ----------
    containers : int
        Containers that the Kosovo range stands for, 3 or more; not published.
    sites : int
        Sites that the worst share in Lebanon was the worst of.

    Returns
    -------
    DataFrame
        Index ``kosovo``, ``lebanon``, ``m85``, ``together``; columns ``kappa`` (best value), ``low`` and ``high``
        (95 % likelihood interval).

    Examples
    --------
    >>> fit_kappa().round(0).loc["together"].tolist()
    [20.0, 12.0, 33.0]
    """
    share = load_estimates().set_index("estimate_id")[list(PERCENTAGES)].T / 100
    kosovo = share["kosovo_1999_mix-1"]["mid_pct"]
    least, _, most = share["kosovo_1999_mix-2"]
    lebanon = (share["lebanon_2006_mix-1"]["mid_pct"] + share["lebanon_2006_mix-4"]["mid_pct"]) / 2
    worst = share["lebanon_2006_mix-3"]["high_pct"]
    m85 = share["m85_sd-4"].to_numpy(dtype=float)
    # Only 175 items are counted in a container, which widens what is observed: a Beta of the same variance.
    observed = (1 + _GRID) / (1 + _GRID / ITEMS_IN_CONTAINER) - 1
    container, site = (stats.beta(mu * k, (1 - mu) * k) for mu, k in ((kosovo, observed), (lebanon, _GRID)))
    between = container.cdf(most) - container.cdf(least)
    curves = {
        "kosovo": (containers - 2) * np.log(between) + container.logpdf(least) + container.logpdf(most),
        "lebanon": (sites - 1) * site.logcdf(worst) + site.logpdf(worst),
        "m85": np.sum([stats.beta.logpdf(x, m85.mean() * _GRID, (1 - m85.mean()) * _GRID) for x in m85], axis=0),
    }
    curves["together"] = np.sum(list(curves.values()), axis=0)
    rows = {}
    for name, curve in curves.items():
        inside = _GRID[curve >= curve.max() - _DROP]
        rows[name] = {"kappa": _GRID[curve.argmax()], "low": inside[0], "high": inside[-1]}
    return pd.DataFrame.from_dict(rows, orient="index")
