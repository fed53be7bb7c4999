"""Distances from points of the plane to where a net changes its mind, found in two ways."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import KDTree
from sklearn.svm import SVC

from dltheory.models import MLP
from dltheory.probes.input_margins import input_margins

from .plane_networks import HIDDEN, Array, layers, logits

REACH, CELLS = 2.0, 400
FARTHEST = 2 * REACH


def decided(parameters: Array, cells: int) -> Array:
    """Classes on a square grid over ±2, the lowest row first."""
    return (logits(parameters, _grid(cells)) > 0).astype(float)


def margins_by_bisection(parameters: Array, points: Array) -> Array:
    """Distances to the decision boundary, by bisection along the gradient; ∞ beyond 4.

    The class is the net's own, so a point on the wrong side of its label has a distance too.
    """
    network = MLP(hidden=(HIDDEN, HIDDEN)).build((2,), 1).double()
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), layers(parameters), strict=True):
            parameter.copy_(torch.as_tensor(value.T))
    classes = torch.as_tensor((logits(parameters, points) > 0).astype(int))
    inputs = torch.as_tensor(points).double()
    return input_margins(network, inputs, classes, radius=FARTHEST, rounds=6).abs().numpy()


def margins_by_grid(parameters: Array, points: Array) -> Array:
    """Distances to the nearest grid point of the other class: upper bounds, to half a cell."""
    grid, classes = _grid(CELLS), decided(parameters, CELLS)
    mine = logits(parameters, points) > 0
    nearest = np.full(len(points), np.inf)
    for kind in (False, True):
        others = grid[classes != kind]
        if len(others):
            nearest[mine == kind] = KDTree(others).query(points[mine == kind])[0]
    return nearest


def largest_margin(points: Array, labels: Array) -> float:
    """The distance from the hard-margin linear support vector machine to the nearest point."""
    machine = SVC(kernel="linear", C=1e6).fit(points, labels)
    return float(1 / np.linalg.norm(machine.coef_))


def _grid(cells: int) -> Array:
    line = np.linspace(-REACH, REACH, cells, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    return np.stack([x.ravel(), y.ravel()], axis=1)
