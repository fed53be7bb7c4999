"""Gradients at a minimiser: how large their inner products are beside their variance (§3).

At w* with ∇F(w*) = 0 the variance of the gradients is V = E_i ‖∇f_i(w*)‖².
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.randomness import stream

Result = dict[str, float]


@dataclass(frozen=True)
class Problem:
    """Least squares: points, dimensions, how many contradict each other, and where all is drawn."""

    points: int
    size: int
    contradicted: int
    log_scale: float
    draw: int


PROBLEMS = st.builds(
    Problem,
    points=st.integers(2, 30),
    size=st.integers(1, 20),
    contradicted=st.integers(0, 3),
    log_scale=st.floats(-3, 3),
    draw=st.integers(0, 2**20),
)


def at_minimisers(seed: int, context: Context, *, examples: int = 100) -> Result:
    """The largest values that the search finds, at exact minimisers of least squares.

    "mean" is E_{ij} |⟨∇f_i, ∇f_j⟩| / V, over pairs drawn with replacement, "worst pair" is
    −min_{i≠j} ⟨∇f_i, ∇f_j⟩ / (N V/2), "worst pair without N" the same over V/2, and "mean, away"
    the first where V is that of the minimiser and the gradients are taken a step away from it.
    """
    del context
    return {
        name: worst(
            lambda problem, n=name: of(problem)[n], PROBLEMS, seed_value=seed, examples=examples
        )[0]
        for name in ("mean", "worst pair", "worst pair without N", "mean, away")
    }


def of(problem: Problem) -> dict[str, float]:
    """The four ratios of one problem."""
    x, y = data(problem)
    w = torch.linalg.lstsq(x, y[:, None], driver="gelsd").solution[:, 0]
    away = w + torch.ones_like(w) * w.norm().clamp_min(1.0)
    return ratios(gradients(x, y, w), gradients(x, y, away))


def data(problem: Problem) -> tuple[Tensor, Tensor]:
    """Points and labels; the first ones come twice, with labels that differ."""
    generator = stream(problem.draw, "data")

    def normal(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator, dtype=torch.float64)

    x, y = normal(problem.points, problem.size), normal(problem.points)
    again = min(problem.contradicted, problem.points // 2)
    if again:
        x[-again:] = x[:again]
        y[-again:] = y[:again] + 2
    return x, 10.0**problem.log_scale * y


def gradients(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """(x_iᵀw − y_i) x_i, one row a point."""
    return (x @ w - y)[:, None] * x


def ratios(at: Tensor, away: Tensor) -> dict[str, float]:
    """The four ratios of these gradients at a minimiser, and away from it; 0 where all fit."""
    points, squares = len(at), at.square().sum(dim=1)
    variance = float(squares.mean())
    if variance < 1e-18 * max(1.0, float(away.square().sum(dim=1).mean())):
        return dict.fromkeys(("mean", "worst pair", "worst pair without N", "mean, away"), 0.0)
    inner, beside = at @ at.T, away @ away.T
    apart = -float(inner[~torch.eye(points, dtype=torch.bool)].min())
    return {
        "mean": float(inner.abs().mean()) / variance,
        "worst pair": 2 * apart / (points * variance),
        "worst pair without N": 2 * apart / variance,
        "mean, away": float(beside.abs().mean()) / variance,
    }
