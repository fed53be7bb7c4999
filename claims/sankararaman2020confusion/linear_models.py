"""Models linear in their parameters: logistic regression that decouples, and least squares (§2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.randomness import stream

Result = dict[str, float]

# ── logistic regression on orthogonal data ────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Problem:
    """Sizes of a logistic regression, the scale of its data, and its step in units of 1/L."""

    points: int
    spare: int
    log_scale: int
    step: float
    passes: int
    draw: int


PROBLEMS = st.builds(
    Problem,
    points=st.integers(2, 30),
    spare=st.integers(0, 20),
    log_scale=st.integers(-3, 3),
    step=st.floats(0.05, 1.5),
    passes=st.integers(1, 8),
    draw=st.integers(0, 2**20),
)


def decoupling(seed: int, context: Context, *, examples: int = 40) -> Result:
    """How far SGD is from gradient descent on each term alone; on orthogonal data and on others.

    Distances of margins y_i x_iᵀw are in units of T ε (d + N) (1 + the largest margin), T steps;
    inner products of gradients, divided by the largest ‖x‖², in units of ε (d + N).
    """
    del context

    def gap(problem: Problem) -> float:
        return _distances(problem, tilt=0.0)[0]

    largest, problem = worst(gap, PROBLEMS, seed_value=seed, examples=examples)
    tilted = _distances(problem, tilt=0.5)
    return {
        "margins apart, in rounding units": largest,
        "inner products, in rounding units": _distances(problem, tilt=0.0)[1],
        "margins apart on correlated data": tilted[0],
        "inner products on correlated data": tilted[1],
    }


def _distances(problem: Problem, *, tilt: float) -> tuple[float, float]:
    """The largest distance between margins and the largest inner product along the path."""
    points, size = problem.points, problem.points + problem.spare
    generator = stream(problem.draw, "data")
    x, _ = torch.linalg.qr(torch.randn(size, points, generator=generator, dtype=torch.float64))
    lengths = 10.0**problem.log_scale * (0.5 + torch.rand(points, generator=generator).double())
    x = (x.T + tilt * x[:, 0]) * lengths[:, None]
    y = torch.randint(2, (points,), generator=generator).double() * 2 - 1
    order = torch.randint(points, (points * problem.passes,), generator=generator).tolist()
    squares = x.square().sum(dim=1)
    rate = problem.step * 4 / float(squares.max())  # ℓ″ ≤ 1/4, so L = max ‖x‖²/4

    w, alone = torch.zeros(size, dtype=torch.float64), torch.zeros(points, dtype=torch.float64)
    gram, together = x @ x.T, 0.0
    for i in order:
        pull = torch.sigmoid(-y * (x @ w))
        inner = ((y * pull)[:, None] * gram * (y * pull)).fill_diagonal_(0)
        together = max(together, float(inner.abs().max()))
        w = w + rate * y[i] * pull[i] * x[i]
        alone[i] = alone[i] + rate * squares[i] * torch.sigmoid(-alone[i])
    margins = y * (x @ w)
    unit = torch.finfo(w.dtype).eps * (size + points)
    apart = float((margins - alone).abs().max() / (1 + alone.abs().max()))
    return apart / (unit * len(order)), together / float(squares.max()) / unit


# ── least squares with more or fewer parameters than points ───────────────────────────────────────


def regression(
    seed: int, context: Context, *, dimension: int, points: int, epochs: int, realisable: bool
) -> Result:
    """SGD with batch 1 on ½(x_iᵀw − y_i)², x_i ~ N(0, I/d), from w = 0 with the step ½/max‖x‖².

    Labels are x_iᵀu + noise, both of variance about 1; without noise where `realisable`. The
    lowest cosine is over all pairs of gradients r_i x_i at the end. With the same data and random
    signs in place of those of the residuals r it is what the dimension alone gives.
    """
    del context
    generator = stream(seed, "data")

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    x = normal(points, dimension) / math.sqrt(dimension)
    y = x @ normal(dimension) + (0.0 if realisable else 1.0) * normal(points)
    rate = 0.5 / float(x.square().sum(dim=1).max())
    w = torch.zeros(dimension, dtype=torch.float64)
    start = float(y.square().mean()) / 2
    for _ in range(epochs):
        for i in torch.randint(points, (points,), generator=generator).tolist():
            w = w - rate * (x[i] @ w - y[i]) * x[i]
    residuals = x @ w - y
    unit = torch.nn.functional.normalize(x, dim=1)
    cosines = unit @ unit.T
    signs = torch.randint(2, (64, points), generator=generator).double() * 2 - 1
    return {
        "log10 of final loss over first": math.log10(
            max(float(residuals.square().mean()) / 2 / start, 1e-30)
        ),
        "lowest cosine": _lowest(cosines, residuals.sign()),
        "lowest cosine with random signs": sum(_lowest(cosines, s) for s in signs) / len(signs),
    }


def _lowest(cosines: Tensor, signs: Tensor) -> float:
    above = torch.triu_indices(len(signs), len(signs), offset=1)
    return float((signs[:, None] * cosines * signs)[above[0], above[1]].min())
