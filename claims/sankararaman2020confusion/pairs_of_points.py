"""h(x, x′) = ⟨∇_W f(x), ∇_W f(x′)⟩ as a function of two points (appendix D.3).

    f = ½ (C(x) − g_W(x))²  or  log(1 + exp(−C(x) g_W(x))),      C(x) = uᵀx,  ‖u‖ = 1,

for networks with scalar output and matrices of one operator norm (`unit_networks`).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.randomness import stream

from .unit_networks import Net, Weights, draw_weights, nets, output

Result = dict[str, float]
POINTS, EPSILON = 12, torch.finfo(torch.float64).eps


def expected_products(seed: int, context: Context, *, examples: int = 60) -> Result:
    """E h over pairs of points, drawn independently and not, the worst that the search finds.

    "independent" is |E h − ‖E ∇f‖²| over N = 12 points drawn with replacement, in units of
    ε E ‖∇f‖² (N + P) with P weights, and "lowest" minus E h there, over E ‖∇f‖². "opposite points"
    is minus the mean of h(x, −x) over E ‖∇f‖², for tanh and the label 1: pairs that are not
    independent.
    """
    del context
    return {
        name: worst(
            lambda net, n=name: _expected(net)[n], nets(16), seed_value=seed, examples=examples
        )[0]
        for name in ("independent", "lowest", "opposite points")
    }


def sensitivity(seed: int, context: Context, *, norm: float = 1.0, examples: int = 60) -> Result:
    """The largest ‖∇_{(x, x′)} h‖ over 4 ζ₀² (β + 2)², ζ₀ = 2√β, that the search finds."""
    del context
    return {
        activation: worst(
            lambda net, a=activation: sensitivity_of(net, a, norm),
            nets(16),
            seed_value=seed,
            examples=examples,
        )[0]
        for activation in ("identity", "tanh", "relu")
    }


def sensitivity_of(net: Net, activation: str, norm: float) -> float:
    """‖∇_{(x, x′)} h‖ / (4 ζ₀² (β + 2)²) of one network at two random points."""
    generator = stream(net.draw, "data")
    weights = _weights(net, norm, generator)
    x, other, u = unit(net.inputs, 3, generator)
    if net.drawn == "aligned":
        x = torch.ones_like(x) / math.sqrt(net.inputs)
        other = x.clone()
    points = [(net.length * point).requires_grad_() for point in (x, other)]
    one, two = (gradient(weights, point, u @ point, net.loss, activation) for point in points)
    by_points = torch.autograd.grad(one @ two, points, allow_unused=True, materialize_grads=True)
    allowed = 4 * 4 * net.depth * (net.depth + 2) ** 2
    return math.hypot(*(float(part.norm()) for part in by_points)) / allowed


def gradient(weights: Weights, x: Tensor, label: Tensor, loss: str, activation: str) -> Tensor:
    """∇_W f at one point, flat, as a function of the point that can be differentiated again."""
    g = output(weights, x, activation)
    f = (label - g) ** 2 / 2 if loss == "square" else functional.softplus(-label * g)
    parts = torch.autograd.grad(f, weights, create_graph=True)
    return torch.cat([part.flatten() for part in parts])


def unit(size: int, count: int, generator: torch.Generator) -> Tensor:
    """Points drawn uniformly from the unit sphere."""
    drawn = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return functional.normalize(drawn, dim=1)


def _weights(net: Net, norm: float, generator: torch.Generator) -> Weights:
    drawn = draw_weights(net.drawn, net.inputs, net.width, net.depth, generator)
    return tuple((norm * w).requires_grad_() for w in drawn)


def _expected(net: Net) -> dict[str, float]:
    generator = stream(net.draw, "data")
    weights = _weights(net, 1.0, generator)
    *x, u = unit(net.inputs, POINTS + 1, generator)
    rows = torch.stack([gradient(weights, p, u @ p, net.loss, "tanh").detach() for p in x])
    size = float(rows.square().sum(dim=1).mean()) or 1.0
    mean, pairs = float(rows.mean(dim=0).square().sum()), float((rows @ rows.T).mean())
    one = torch.ones((), dtype=torch.float64)
    both = [[gradient(weights, s * p, one, net.loss, "tanh").detach() for s in (1, -1)] for p in x]
    apart = sum(float(a @ b) for a, b in both) / POINTS
    length = sum(float(a @ a) for a, _ in both) / POINTS or 1.0
    return {
        "independent": abs(pairs - mean)
        / (torch.finfo(torch.float64).eps * size * sum(rows.shape)),
        "lowest": -pairs / size,
        "opposite points": -apart / length,
    }
