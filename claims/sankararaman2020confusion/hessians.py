"""Gradients near a common minimiser and the Hessians there (appendix C)."""

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


@dataclass(frozen=True)
class Pair:
    """Two functions ½ wᵀH w + (c/6)(aᵀw)³ and a point: sizes, and how far all is aligned."""

    size: int
    rank: int
    log_distance: float
    log_cubic: float
    aligned: bool
    draw: int


PAIRS = st.builds(
    Pair,
    size=st.integers(1, 20),
    rank=st.integers(1, 20),
    log_distance=st.floats(-3, 2),
    log_cubic=st.floats(-2, 3),
    aligned=st.booleans(),
    draw=st.integers(0, 2**20),
)


def hessian_bound(seed: int, context: Context, *, examples: int = 100) -> Result:
    """The largest |⟨∇f_i, ∇f_j⟩| over the bound, with the Lipschitz constant right and halved."""
    del context
    largest, pair = worst(lambda p: _over(p, 1.0), PAIRS, seed_value=seed, examples=examples)
    halved, _ = worst(lambda p: _over(p, 0.5), PAIRS, seed_value=seed, examples=examples)
    return {
        "inner product over bound": largest,
        "inner product over bound, constant halved": halved,
        "its size": float(pair.size),
    }


def bound(distance: float, norms: tuple[float, float], lipschitz: float) -> float:
    """‖w‖²‖H_i‖‖H_j‖ + (L/2)‖w‖³(‖H_i‖ + ‖H_j‖) + (L²/4)‖w‖⁴."""
    one, other = norms
    cubic = lipschitz / 2 * distance**2
    return distance**2 * one * other + cubic * distance * (one + other) + cubic**2


def _over(pair: Pair, part: float) -> float:
    generator = stream(pair.draw, "data")

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    cubic = 10.0**pair.log_cubic
    towards = torch.nn.functional.normalize(normal(pair.size), dim=0)
    w = 10.0**pair.log_distance * towards
    gradients, norms = [], []
    for _ in range(2):
        factors = normal(pair.size, min(pair.rank, pair.size))
        hessian = factors @ factors.T / pair.size
        a = torch.nn.functional.normalize(normal(pair.size), dim=0)
        if pair.aligned:
            hessian, a = torch.outer(towards, towards) * float(hessian.trace()), towards
        gradients.append(hessian @ w + cubic / 2 * (a @ w) ** 2 * a)
        norms.append(float(torch.linalg.matrix_norm(hessian, 2)))
    inner = abs(float(gradients[0] @ gradients[1]))
    return inner / bound(float(w.norm()), (norms[0], norms[1]), part * cubic)


def low_rank(seed: int, context: Context, *, size: int, rank: int, pairs: int = 200) -> Result:
    """Quadratics with H = a aᵀ, a of `rank` random columns of length 1, at random unit vectors.

    "inner product" is the mean of |⟨H_i w, H_j w⟩|, "absolute cosine" that of the gradients, and
    "bound" the mean of ‖H_i‖‖H_j‖. "norms alone" is the inner product of two random vectors as long
    as the gradients.
    """
    del context
    generator = stream(seed, "data")

    def directions(rows: int, columns: int) -> Tensor:
        drawn = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
        return torch.nn.functional.normalize(drawn, dim=0)

    found: dict[str, list[float]] = {
        name: [] for name in ("inner product", "absolute cosine", "bound", "norms alone")
    }
    for _ in range(pairs):
        w = directions(size, 1)[:, 0]
        factors = [directions(size, rank) for _ in range(2)]
        one, other = (a @ (a.T @ w) for a in factors)
        lengths = float(one.norm() * other.norm())
        inner = abs(float(one @ other))
        found["inner product"].append(inner)
        found["absolute cosine"].append(inner / lengths)
        found["bound"].append(
            math.prod(float(torch.linalg.matrix_norm(a, 2)) ** 2 for a in factors)
        )
        apart = directions(size, 2)
        found["norms alone"].append(lengths * abs(float(apart[:, 0] @ apart[:, 1])))
    return {name: sum(values) / pairs for name, values in found.items()}
