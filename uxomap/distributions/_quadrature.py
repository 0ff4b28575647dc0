"""Gauss rules: a few nodes that stand for a distribution in every sum over it."""

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh_tridiagonal

FloatArray = npt.NDArray[np.float64]

#: A discrete distribution: values in rising order, and their probabilities.
Nodes = tuple[FloatArray, FloatArray]

#: Residuals below this share of the spread end the reduction: the nodes found so far are all there is.
_EXHAUSTED = 1e-13


def beta_rule(alpha: float, beta: float, n: int) -> Nodes:
    """Gauss-Jacobi nodes of Beta(alpha, beta): exact for polynomials up to degree 2n - 1 (Golub and Welsch, 1969)."""
    k = np.arange(n, dtype=np.float64)
    a, b = beta - 1, alpha - 1
    # Three-term recurrence of the Jacobi polynomials on (-1, 1); k = 0 and 1 apart, where the general form is 0/0.
    twice = 2 * k + a + b
    with np.errstate(invalid="ignore", divide="ignore"):
        diagonal = (b * b - a * a) / (twice * (twice + 2))
        squares = 4 * k * (k + a) * (k + b) * (k + a + b) / (twice * twice * (twice + 1) * (twice - 1))
    diagonal[0] = (b - a) / (a + b + 2)
    if n > 1:
        squares[1] = 4 * (1 + a) * (1 + b) / ((2 + a + b) ** 2 * (3 + a + b))
    roots, vectors = eigh_tridiagonal(diagonal, np.sqrt(squares[1:]))
    weights = vectors[0] ** 2
    return np.clip((roots + 1) / 2, 0.0, 1.0), weights / weights.sum()


def gauss_rule(values: FloatArray, weights: FloatArray, n: int) -> Nodes:
    """Reduce a discrete distribution to n nodes that keep its moments up to 2n - 1 (Lanczos, fully orthogonalised)."""
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    if len(values) <= n:
        return values, weights
    centre, spread = float(values @ weights), float(np.ptp(values))
    if spread <= _EXHAUSTED * abs(centre):
        return np.array([centre]), np.array([1.0])
    scaled = (values - centre) / spread
    basis = [np.sqrt(weights)]
    diagonal, off = [], []
    for _ in range(n):
        moved = scaled * basis[-1]
        diagonal.append(float(moved @ basis[-1]))
        known = np.array(basis)
        for _ in range(2):  # once is not enough in floating point, twice is
            moved = moved - known.T @ (known @ moved)
        off.append(float(np.linalg.norm(moved)))
        if off[-1] < _EXHAUSTED:
            break
        basis.append(moved / off[-1])
    roots, vectors = eigh_tridiagonal(np.array(diagonal), np.array(off[:-1]))
    masses = vectors[0] ** 2
    found = np.clip(centre + spread * roots, values[0], values[-1])
    return found, masses / masses.sum()
