"""Figure 1: a net of two hidden layers on two Gaussian clouds, trained in four ways.

Sizes and steps are those of the authors' code (50 points a class, 2-100-100-1, batches of 10), but
that random labels are fitted by Adam on the full batch, where the code takes a million SGD steps.
Gradients are written out: in steps of ten points autograd would cost more than the arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.svm import SVC

from dltheory.experiments.computation import Context
from dltheory.models import MLP
from dltheory.probes.input_margins import input_margins

Array = NDArray[np.float64]
Weights = tuple[Array, ...]  # A_1, b_1, A_2, b_2, A_3, b_3

PER_CLASS, HIDDEN, BATCH = 50, 100, 10
SHIFT, SPREAD, NOISE = 0.65, 0.15, 0.1
REACH, CELLS, PICTURE = 2.0, 400, 40
EPOCHS = 1000


def four_settings(seed: int, context: Context) -> Mapping[str, float | Sequence[float]]:
    """Margins of the nets of Settings 1 to 4 of §1, in units of the largest possible.

    A margin is the distance from a training point to the decision boundary; the largest possible
    smallest margin is the hard-margin linear SVM's. `another start` is Setting 1 with other
    initial weights. Maps of classes have their lowest row first.
    """
    del context
    points, labels, random_labels, start = _world(seed)
    draws = np.random.default_rng([seed, 2])
    bad = _memorised(start, points, random_labels)
    noisy = [points + NOISE * draws.standard_normal(points.shape) for _ in range(2)]
    true = {"rate": 0.01, "epochs": EPOCHS}
    nets = {
        "setting 1": (_sgd(start, points, labels, draws, **true), labels),
        "another start": (_sgd(_world(seed, 1)[3], points, labels, draws, **true), labels),
        "setting 2": (bad, random_labels),
        # the summed loss of the code is ten times the mean over a batch
        "setting 3": (_sgd(bad, points, labels, draws, rate=0.03, epochs=EPOCHS), labels),
        "setting 4": (
            _sgd(
                bad,
                np.concatenate([points, *noisy]),
                np.tile(labels, 3),
                draws,
                rate=0.01,
                epochs=EPOCHS // 2,
                momentum=0.9,
                decay=0.1,
            ),
            labels,
        ),
    }
    largest = _largest_margin(points, labels)
    found: dict[str, float | Sequence[float]] = {"points": points.ravel().tolist()}
    for name, (weights, trained_on) in nets.items():
        bisected, grid = _margins(weights, points), _grid_margins(weights, points)
        margins = np.minimum(bisected, grid)  # both are upper bounds
        found |= {
            f"smallest margin, {name}": float(margins.min()) / largest,
            f"mean margin, {name}": float(margins.mean()) / largest,
            f"share found by bisection, {name}": float(np.mean(bisected <= grid)),
            f"train accuracy, {name}": float(np.mean((_logits(weights, points) > 0) == trained_on)),
            f"map, {name}": _classes(weights, PICTURE).tolist(),
        }
    return found


def _world(seed: int, net: int = 0) -> tuple[Array, Array, Array, Weights]:
    """Points, true labels, random labels, and a net as PyTorch begins with."""
    draws = np.random.default_rng([seed, 1])
    labels = np.repeat([0.0, 1.0], PER_CLASS)
    centres = np.stack([(2 * labels - 1) * SHIFT, np.full_like(labels, 0.2)], axis=1)
    points = centres + SPREAD * draws.standard_normal((2 * PER_CLASS, 2))
    random_labels = draws.integers(2, size=2 * PER_CLASS).astype(float)
    sizes = (2, HIDDEN, HIDDEN, 1)
    weights = np.random.default_rng([seed, 3, net])
    start = [
        weights.uniform(-1, 1, shape) / np.sqrt(fan_in)
        for fan_in, fan_out in pairwise(sizes)
        for shape in ((fan_in, fan_out), (fan_out,))
    ]
    return points, labels, random_labels, tuple(start)


def _memorised(start: Weights, points: Array, labels: Array, *, longest: int = 8000) -> Weights:
    """Setting 2: Adam until every random label is fitted, or for this many steps."""
    weights = tuple(w.copy() for w in start)
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, longest + 1):
        gradients, right = _gradients(weights, points, labels)
        if right.all():
            break
        for w, g, m, v in zip(weights, gradients, first, second, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            rate = 0.01 * 0.5 ** (step / 2000)
            w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return weights


def _sgd(
    start: Weights,
    points: Array,
    labels: Array,
    draws: np.random.Generator,
    *,
    rate: float,
    epochs: int,
    momentum: float = 0.0,
    decay: float = 0.0,
) -> Weights:
    weights = tuple(w.copy() for w in start)
    velocity = [np.zeros_like(w) for w in weights]
    for _ in range(epochs):
        for batch in draws.permutation(len(points)).reshape(-1, BATCH):
            gradients, _ = _gradients(weights, points[batch], labels[batch])
            for w, g, v in zip(weights, gradients, velocity, strict=True):
                v *= momentum
                v += g + decay * w
                w -= rate * v
    return weights


def _gradients(
    weights: Weights, points: Array, labels: Array
) -> tuple[list[Array], NDArray[np.bool]]:
    """Of the mean binary cross-entropy; and which points are right."""
    a1, b1, a2, b2, a3, b3 = weights
    h1 = np.maximum(points @ a1 + b1, 0)
    h2 = np.maximum(h1 @ a2 + b2, 0)
    logits = (h2 @ a3 + b3)[:, 0]
    back = ((0.5 * (1 + np.tanh(logits / 2)) - labels) / len(labels))[:, None]
    back2 = (back @ a3.T) * (h2 > 0)
    back1 = (back2 @ a2.T) * (h1 > 0)
    gradients = [
        points.T @ back1,
        back1.sum(0),
        h1.T @ back2,
        back2.sum(0),
        h2.T @ back,
        back.sum(0),
    ]
    return gradients, (logits > 0) == labels


def _logits(weights: Weights, points: Array) -> Array:
    a1, b1, a2, b2, a3, b3 = weights
    return (np.maximum(np.maximum(points @ a1 + b1, 0) @ a2 + b2, 0) @ a3 + b3)[:, 0]


def _classes(weights: Weights, cells: int) -> Array:
    """The decision on a grid of [−REACH, REACH]², row 0 lowest, flattened."""
    return (_logits(weights, _grid(cells)) > 0).astype(float)


def _grid(cells: int) -> Array:
    line = np.linspace(-REACH, REACH, cells)
    x, y = np.meshgrid(line, line)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _margins(weights: Weights, points: Array) -> Array:
    """Distances to the decision boundary, by bisection along the gradient."""
    network = MLP(hidden=(HIDDEN, HIDDEN)).build((2,), 1).double()
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), weights, strict=True):
            parameter.copy_(torch.as_tensor(value.T))
    inputs = torch.as_tensor(points)
    decided = torch.as_tensor((_logits(weights, points) > 0).astype(int))
    return input_margins(network, inputs, decided, radius=2 * REACH, rounds=6).abs().numpy()


def _grid_margins(weights: Weights, points: Array) -> Array:
    """Distances to the nearest grid point of the other class: upper bounds, to half a cell."""
    grid, classes = _grid(CELLS), _classes(weights, CELLS)
    mine = (_logits(weights, points) > 0).astype(float)
    nearest = np.full(len(points), np.inf)
    for kind in (0.0, 1.0):
        others = grid[classes != kind]
        if len(others):
            nearest[mine == kind] = cdist(points[mine == kind], others).min(axis=1, initial=np.inf)
    return nearest


def _largest_margin(points: Array, labels: Array) -> float:
    machine = SVC(kernel="linear", C=1e6).fit(points, labels)
    return float(1 / np.linalg.norm(machine.coef_))
