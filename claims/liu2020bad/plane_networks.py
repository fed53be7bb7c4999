"""A net of two hidden layers on points of the plane, and plain ways to train it, in numpy.

In steps of ten points autograd would cost more than the arithmetic, so gradients are written out.
All parameters lie in one vector of single precision, as PyTorch's do; layers are views of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

HIDDEN, BATCH = 100, 10
SIZES = (2, HIDDEN, HIDDEN, 1)
SHAPES = tuple(
    shape for fan_in, fan_out in pairwise(SIZES) for shape in ((fan_in, fan_out), (fan_out,))
)
ENDS = np.cumsum([np.prod(shape) for shape in SHAPES])


def begun(draws: np.random.Generator) -> Array:
    """Parameters as PyTorch begins with them: uniform over ±1/√fan_in, weights and biases."""
    bounds = [1 / np.sqrt(fan_in) for fan_in in SIZES[:-1] for _ in range(2)]
    parts = [
        draws.uniform(-bound, bound, np.prod(shape))
        for bound, shape in zip(bounds, SHAPES, strict=True)
    ]
    return np.concatenate(parts).astype(np.float32)


def layers(parameters: Array) -> list[Array]:
    """A_1, b_1, A_2, b_2, A_3, b_3 as views: h_{k+1} = max(0, h_k A_k + b_k)."""
    parts = np.split(parameters, ENDS[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True)]


def logits(parameters: Array, points: Array) -> Array:
    """What the net says of each point: class 1 where it is positive."""
    a1, b1, a2, b2, a3, b3 = layers(parameters)
    hidden = np.maximum(np.maximum(points @ a1 + b1, 0) @ a2 + b2, 0)
    return hidden @ a3[:, 0] + b3


def gradient_into(
    gradients: Sequence[Array], weights: Sequence[Array], points: Array, labels: Array
) -> Array:
    """Write the gradient of the mean binary cross-entropy into these views; return the logits."""
    a1, b1, a2, b2, a3, b3 = weights
    g1, c1, g2, c2, g3, c3 = gradients
    h1 = np.maximum(points @ a1 + b1, 0)
    h2 = np.maximum(h1 @ a2 + b2, 0)
    found = h2 @ a3[:, 0] + b3
    back = (0.5 * (1 + np.tanh(0.5 * found)) - labels) / len(labels)
    back2 = np.multiply.outer(back, a3[:, 0])
    back2 *= h2 > 0
    back1 = back2 @ a2.T
    back1 *= h1 > 0
    np.matmul(points.T, back1, out=g1)
    np.sum(back1, axis=0, out=c1)
    np.matmul(h1.T, back2, out=g2)
    np.sum(back2, axis=0, out=c2)
    np.matmul(h2.T, back[:, None], out=g3)
    c3[0] = back.sum()
    return found


def gradient_descent(
    start: Array, points: Array, labels: Array, *, rate: float, momentum: float, longest: int
) -> Array:
    """Steps on all points until each is on its label's side, or so many."""
    parameters, gradient, velocity = start.copy(), np.empty_like(start), np.zeros_like(start)
    weights, gradients = layers(parameters), layers(gradient)
    for _ in range(longest):
        found = gradient_into(gradients, weights, points, labels)
        if ((found > 0) == labels).all():
            break
        velocity *= momentum
        velocity += gradient
        parameters -= rate * velocity
    return parameters


def sgd(
    start: Array,
    points: Array,
    labels: Array,
    draws: np.random.Generator,
    *,
    rate: float,
    epochs: int,
    momentum: float = 0.0,
    decay: float = 0.0,
    patience: int | None = None,
) -> Array:
    """Epochs of batches of ten; `decay` is that of the mean loss's gradient.

    With `patience`, the rate falls to 0.3 of itself after so many epochs in which the accuracy on
    all points has not been higher than ever before.
    """
    parameters, gradient, velocity = start.copy(), np.empty_like(start), np.zeros_like(start)
    weights, gradients = layers(parameters), layers(gradient)
    best, since = 0.0, 0
    for epoch in range(epochs):
        order = draws.permutation(len(points))
        shuffled, answers = points[order], labels[order]
        for first in range(0, len(points), BATCH):
            batch = slice(first, first + BATCH)
            gradient_into(gradients, weights, shuffled[batch], answers[batch])
            if decay:
                gradient += decay * parameters
            velocity *= momentum
            velocity += gradient
            parameters -= rate * velocity
        if patience:
            accuracy = float(np.mean((logits(parameters, points) > 0) == labels))
            if accuracy > best:
                best, since = accuracy, epoch
            elif epoch - since >= patience:
                rate, since = 0.3 * rate, epoch
    return parameters
