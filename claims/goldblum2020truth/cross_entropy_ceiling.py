"""How high the cross-entropy of a stationary last layer can be: random layers, in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.randomness import stream

from .quasi_newton import minimise

Result = dict[str, float]


@dataclass(frozen=True)
class Layer:
    """A random last layer: sizes, and the scales of features and weights."""

    points: int
    features: int
    classes: int
    log_features: int
    log_weights: int
    draw: int


LAYERS = st.builds(
    Layer,
    points=st.integers(1, 50),
    features=st.integers(1, 20),
    classes=st.integers(2, 12),
    log_features=st.integers(-2, 2),
    log_weights=st.integers(-10, 3),
    draw=st.integers(0, 2**20),
)


def ce_ceiling(seed: int, context: Context, *, examples: int = 60) -> Result:
    """The least room under ln C, at any last layer and at stationary ones; and without either."""
    del context

    def excess(layer: Layer) -> float:
        loss, inner, rounding = _loss_and_slope(layer, _weights(layer))
        return (loss - inner - math.log(layer.classes)) / rounding

    largest, layer = worst(excess, LAYERS, seed_value=seed, examples=examples)
    fitted, slope, _ = _loss_and_slope(layer, _minimised(layer))
    far = 10 * _weights(layer) / _weights(layer).abs().max()
    anywhere, _, _ = _loss_and_slope(layer, far)
    dead, gradient_of_first = _dead_network(layer)
    ceiling = math.log(layer.classes)
    return {
        "excess in rounding units": largest,
        "excess where the last layer is stationary": fitted - ceiling - max(slope, 0.0),
        "excess at an arbitrary last layer": anywhere - ceiling,
        "excess where only the first layer is stationary": dead - ceiling,
        "gradient of that first layer": gradient_of_first,
    }


def _features(layer: Layer) -> tuple[Tensor, Tensor]:
    generator = stream(layer.draw, "data")
    h = torch.randn(layer.points, layer.features, generator=generator, dtype=torch.float64)
    y = torch.randint(layer.classes, (layer.points,), generator=generator)
    ones = torch.ones(layer.points, 1, dtype=torch.float64)
    return torch.cat([10.0**layer.log_features * h, ones], dim=1), y


def _weights(layer: Layer) -> Tensor:
    generator = stream(layer.draw, "init")
    draw = torch.randn(layer.classes, layer.features + 1, generator=generator)
    return 10.0**layer.log_weights * draw.double()


def _loss_and_slope(layer: Layer, weight: Tensor) -> tuple[float, float, float]:
    """L(W), ⟨∇L(W), W⟩ and what rounding can make of their difference.

    The last column of W is the bias. With s_nc = |h_n|·|W_c| (inner products of absolute values),
    a logit is known to (d + 1) ε s_nc, the loss and the slope weigh logits by at most 1 and
    |p − y|, and sums over N points, d features and C classes add their own roundings:

        (N + d + C) ε (ln C + L + mean_n max_c s_nc + mean_n Σ_c |p_nc − y_nc| s_nc).
    """
    h, y = _features(layer)
    weight = weight.clone().requires_grad_()
    logits = h @ weight.T
    loss = functional.cross_entropy(logits, y)
    (gradient,) = torch.autograd.grad(loss, weight)
    with torch.no_grad():
        sizes = h.abs() @ weight.abs().T
        away = (logits.softmax(dim=1) - functional.one_hot(y, layer.classes)).abs()
        total = math.log(layer.classes) + loss + sizes.max(dim=1).values.mean()
        total = total + (away * sizes).sum(dim=1).mean()
        terms = len(h) + h.shape[1] + layer.classes
        rounding = float(terms * torch.finfo(h.dtype).eps * total)
        return float(loss), float((gradient * weight).sum()), rounding


def _minimised(layer: Layer) -> Tensor:
    h, y = _features(layer)
    weight = torch.zeros(layer.classes, layer.features + 1, dtype=torch.float64)
    return minimise(lambda w: functional.cross_entropy(h @ w.T, y), weight, steps=100)


def _dead_network(layer: Layer) -> tuple[float, float]:
    """Loss of a network whose ReLUs are all closed, and the gradient norm of its first layer."""
    h, y = _features(layer)
    first = torch.full((5, h.shape[1]), 0.0, dtype=torch.float64)
    first[:, -1] = -1.0
    first.requires_grad_()
    output = 10.0 * _weights(layer)[:, :1] / (10.0**layer.log_weights)
    logits = functional.relu(h @ first.T) @ torch.ones(5, layer.classes).double() + output.T
    loss = functional.cross_entropy(logits, (y * 0) + int(output.argmin()))
    (gradient,) = torch.autograd.grad(loss, first)
    return float(loss.detach()), float(gradient.norm())
