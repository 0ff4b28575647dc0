"""Nodes and weights of Gauss-Legendre on 0 to 1."""

import numpy as np

_few, _few_weights = np.polynomial.legendre.leggauss(4)
_many, _many_weights = np.polynomial.legendre.leggauss(20)

NODES_FEW, WEIGHTS_FEW = 0.5 + 0.5 * _few, 0.5 * _few_weights
NODES_MANY, WEIGHTS_MANY = 0.5 + 0.5 * _many, 0.5 * _many_weights
