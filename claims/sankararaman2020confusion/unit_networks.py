"""Networks with scalar output and weights of bounded norm: Lemma D.1, Theorems 4.1 and 4.2.

    g_W(x) = σ(W_β σ(W_{β−1} … σ(W_0 x))),      f(W) = ½ (C(x) − g_W(x))²  or
                                                       log(1 + exp(−C(x) g_W(x))),

β + 1 matrices, labels C(x) = uᵀx with ‖u‖ = 1, points on the unit sphere. ∇_W f = ζ ∇_W g.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.randomness import stream

Result = dict[str, float | list[float]]
Weights = tuple[Tensor, ...]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "sigmoid": torch.sigmoid,
}


def output(weights: Weights, x: Tensor, activation: str) -> Tensor:
    """g_W(x) of one point."""
    for weight in weights:
        x = ACTIVATIONS[activation](weight @ x)
    return x[0]


# ── Lemma D.1 ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Net:
    """Sizes of a network, how its matrices are drawn, and where it is looked at."""

    depth: int
    width: int
    inputs: int
    drawn: str
    loss: str
    length: float
    draw: int


def nets(widest: int) -> st.SearchStrategy[Net]:
    """Networks of up to 9 matrices and this width."""
    return st.builds(
        Net,
        depth=st.integers(1, 8),
        width=st.integers(1, widest),
        inputs=st.integers(1, 10),
        drawn=st.sampled_from(["gaussian", "orthogonal", "aligned", "balanced"]),
        loss=st.sampled_from(["square", "logistic"]),
        length=st.floats(0.0, 1.0),
        draw=st.integers(0, 2**20),
    )


def bounded_gradients(
    seed: int, context: Context, *, activation: str, norm: float = 1.0, examples: int = 40
) -> Result:
    """The largest values that the search finds, each divided by what Lemma D.1 allows.

    "layer" is max_p ‖∇_{W_p} g‖ (allowed: 1), "all layers" ‖∇_W g‖ (allowed: 1), the same
    divided by √(β + 1), and "ζ" the largest of |ζ|/2, ‖∇_x ζ‖/ζ₀ and ‖∇_W ζ‖/ζ₀, ζ₀ = 2√β.
    """
    del context
    widest = 300 if activation == "sigmoid" else 16
    measures = ("layer", "all layers", "all layers over root of depth", "ζ")
    return {
        name: worst(
            lambda net, n=name: _lemma(net, activation, norm)[n],
            nets(widest),
            seed_value=seed,
            examples=examples,
        )[0]
        for name in measures
    }


@lru_cache(maxsize=4096)
def _lemma(net: Net, activation: str, norm: float) -> dict[str, float]:
    generator = stream(net.draw, "data")
    weights = draw_weights(net.drawn, net.inputs, net.width, net.depth, generator)
    weights = tuple((norm * w).requires_grad_() for w in weights)
    x, u = functional.normalize(
        torch.randn(2, net.inputs, generator=generator, dtype=torch.float64), dim=1
    )
    if net.drawn == "aligned":
        x = torch.ones_like(x) / math.sqrt(net.inputs)
    x = (net.length * x).requires_grad_()
    g = output(weights, x, activation)
    layers = [float(part.norm()) for part in torch.autograd.grad(g, weights)]
    h, c = output(weights, x, activation), u @ x
    zeta = h - c if net.loss == "square" else -c * torch.sigmoid(-c * h)
    by_x, *by_w = torch.autograd.grad(zeta, (x, *weights), materialize_grads=True)
    zeta_0 = 2 * math.sqrt(net.depth)
    whole = math.hypot(*layers)
    return {
        "layer": max(layers),
        "all layers": whole,
        "all layers over root of depth": whole / math.sqrt(net.depth + 1),
        "ζ": max(
            abs(float(zeta.detach())) / 2,
            float(by_x.norm()) / zeta_0,
            math.hypot(*(float(part.norm()) for part in by_w)) / zeta_0,
        ),
    }


def draw_weights(
    drawn: str, inputs: int, width: int, depth: int, generator: torch.Generator
) -> Weights:
    """β + 1 matrices of operator norm 1, the last a row.

    "gaussian" and "orthogonal" are what they say; "aligned" matrices are 1 1ᵀ, normalised: the
    signal passes whole; "balanced" ends in a row (1, −1, …), so that units all alike cancel.
    """
    sizes = [inputs, *[width] * depth, 1]
    weights = []
    for columns, rows in pairwise(sizes):
        w = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
        if drawn == "orthogonal":
            q, _ = torch.linalg.qr(w if rows >= columns else w.T)
            w = q if rows >= columns else q.T
        elif drawn == "aligned":
            w = torch.ones(rows, columns, dtype=torch.float64)
        elif drawn == "balanced" and rows == 1:
            w = 1.0 - 2.0 * (torch.arange(columns, dtype=torch.float64) % 2)[None]
        weights.append(w / torch.linalg.matrix_norm(w, 2))
    return tuple(weights)


# ── confusion of random networks on random data ───────────────────────────────────────────────────


def random_confusion(
    seed: int,
    context: Context,
    *,
    depth: int,
    width: int,
    weights: str,
    activation: str = "tanh",
    inputs: int = 64,
    points: int = 64,
) -> Result:
    """Gradients of the square loss at every one of N random points, and all their pairs.

    `weights` is a kind of `draw_weights` (Theorem 4.1), or "variance" or "deviation": strategy
    4.1 of Theorem 4.2 with κ = 1, entries N(0, 1/fan_in) or of standard deviation 1/fan_in.
    """
    del context
    generator = stream(seed, "data")
    x, u = _points(points, inputs, generator), _points(1, inputs, generator)[0]
    drawn = network(weights, inputs, width, depth, stream(seed, "init"))

    inner = inner_products(drawn, x, x @ u, activation)
    above = torch.triu_indices(points, points, offset=1)
    products = inner[above[0], above[1]]
    lengths = inner.diagonal().sqrt().clamp_min(1e-150)
    cosines = (inner / lengths[:, None] / lengths)[above[0], above[1]]
    return {
        "confusion": max(float(-products.min()), 1e-300),
        "lowest cosine": float(cosines.min()),
        "mean inner product": float(products.mean()),
        "first pair": float(products[0]),
        "squared gradient": float(inner.diagonal().mean()),
        "operator norms": [float(torch.linalg.matrix_norm(w, 2)) for w in drawn],
    }


def inner_products(weights: Weights, x: Tensor, labels: Tensor, activation: str) -> Tensor:
    """⟨∇f_i, ∇f_j⟩ of the square loss for all pairs of points, without the gradients themselves.

    ∇_{W_p} f_i = δ_i h_iᵀ with the signal h_i that the layer is given and δ_i, the gradient by
    what it puts out before its activation: the inner product is Σ_p (δ_iᵀδ_j)(h_iᵀh_j).
    """
    signals, shifts, signal = [], [], x
    for weight in weights:
        signals.append(signal.detach())
        shifts.append(torch.zeros(len(x), len(weight), dtype=x.dtype, requires_grad=True))
        signal = ACTIVATIONS[activation](signal @ weight.T + shifts[-1])
    total = (labels - signal[:, 0]).square().sum() / 2
    deltas = torch.autograd.grad(total, shifts)
    parts = [(d @ d.T) * (h @ h.T) for d, h in zip(deltas, signals, strict=True)]
    return torch.stack(parts).sum(dim=0)


def _points(count: int, size: int, generator: torch.Generator) -> Tensor:
    drawn = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return functional.normalize(drawn, dim=1)


def network(
    weights: str, inputs: int, width: int, depth: int, generator: torch.Generator
) -> Weights:
    """Matrices of operator norm 1, or those of strategy 4.1 in one of its two readings."""
    if weights not in ("variance", "deviation"):
        return draw_weights(weights, inputs, width, depth, generator)
    sizes = [inputs, *[width] * depth, 1]
    power = 0.5 if weights == "variance" else 1.0
    return tuple(
        torch.randn(rows, columns, generator=generator, dtype=torch.float64) / columns**power
        for columns, rows in pairwise(sizes)
    )


def expected_product(
    seed: int, context: Context, *, width: int, depth: int, inputs: int, draws: int = 100
) -> Result:
    """E_W ⟨∇f_i, ∇f_j⟩ over networks of strategy 4.1 (variance, κ = 1), for fixed data.

    Four pairs of points ±x with the labels C ≡ 1. For tanh g_W is odd: ζ_i ζ_j = 1 − g² > 0 and
    ∇g(−x) = −∇g(x): the two gradients disagree. "standard error" is that of the lowest mean;
    "lowest, by deviation" is the same with a standard deviation of 1/fan_in.
    """
    del context
    usual = opposite_products("variance", seed, width, depth, inputs, draws)
    means = usual.mean(dim=0)
    lowest = int(means.argmin())
    other = opposite_products("deviation", seed, width, depth, inputs, draws)
    return {
        "lowest expected product": float(means[lowest]),
        "standard error": float(usual[:, lowest].std()) / math.sqrt(draws),
        "lowest, by deviation": float(other.mean(dim=0).min()),
    }


def products_at_the_start(
    seed: int, context: Context, *, width: int, depth: int, inputs: int, draws: int = 5
) -> Result:
    """⟨∇f(x), ∇f(−x)⟩ at one x with the label 1 for both, in networks drawn independently.

    "inner products" are those of strategy 4.1 (variance, κ = 1), "by deviation" those of networks
    with a standard deviation of 1/fan_in.
    """
    del context
    sizes = (seed, width, depth, inputs, draws, 1)
    return {
        "inner products": opposite_products("variance", *sizes)[:, 0].tolist(),
        "by deviation": opposite_products("deviation", *sizes)[:, 0].tolist(),
    }


def opposite_products(
    weights: str, seed: int, width: int, depth: int, inputs: int, draws: int, pairs: int = 4
) -> Tensor:
    """⟨∇f(x), ∇f(−x)⟩ of the square loss with labels 1: (networks, points x)."""
    half = _points(pairs, inputs, stream(seed, "data"))
    x, one = torch.cat([half, -half]), torch.ones(2 * pairs, dtype=half.dtype)
    own = torch.arange(pairs)
    rows = []
    for draw in range(draws):
        drawn = network(weights, inputs, width, depth, stream(seed, f"init/{draw}"))
        rows.append(inner_products(drawn, x, one, "tanh")[own, own + pairs])
    return torch.stack(rows)
