"""A saddle whose smallest eigenvalue is known, and two ways of looking for it."""

from __future__ import annotations

import torch
from torch import Tensor

from dltheory.experiments import Context
from dltheory.linalg.extreme_eigenvalues import extreme_eigenvalues
from dltheory.linalg.softmax_regression import linear_minimiser
from dltheory.models.affine_mlp import affine_mlp
from dltheory.randomness import stream

from .theorem_1 import Point, Result

STEPS = 500  # caption of Table 1


def planted(seed: int, context: Context, *, depth: float) -> Result:
    """What is found at a minimum into which one direction of descent was planted.

    At an embedded linear minimum the loss has a Hessian H ≥ 0 that vanishes in many directions. For
    a unit u among them, L(φ) − (c/2)(u·(φ − φ′))² has the Hessian H − c u uᵀ with smallest
    eigenvalue −c, c = depth · λ_max(H).
    """
    del context
    H = _hessian_at_a_minimum(seed)
    values, vectors = torch.linalg.eigh(H)
    flat = vectors[:, values.abs() < 1e-10 * values[-1]]
    u = flat @ torch.randn(flat.shape[1], generator=stream(seed, "probe/plant")).double()
    u /= u.norm()
    c = depth * float(values[-1])
    saddle = H - c * torch.outer(u, u)
    saddle = (saddle + saddle.T) / 2
    start = torch.randn(len(H), generator=stream(seed, "probe/lanczos"), dtype=torch.float64)
    found = extreme_eigenvalues(lambda v: saddle @ v, start, tolerance=1e-9, limit=len(H))
    return {
        "planted": -c,
        "largest": found.largest.value,
        "Lanczos": found.smallest.value,
        "Lanczos residual": found.smallest.residual,
        "power steps in float32": power_steps(saddle.float(), start.float()),
        "power steps in float64": power_steps(saddle, start),
    }


def power_steps(H: Tensor, start: Tensor, steps: int = STEPS) -> float:
    """The smallest eigenvalue as Table 1 has it: power steps on H, then on H − |λ|_max.

    Each ends in a Rayleigh quotient; the second is shifted back.
    """
    largest = _rayleigh(H, start, steps)
    shifted = H - abs(largest) * torch.eye(len(H), dtype=H.dtype)
    return _rayleigh(shifted, start, steps) + abs(largest)


def _rayleigh(H: Tensor, start: Tensor, steps: int) -> float:
    v = start / start.norm()
    for _ in range(steps):
        v = H @ v
        v = v / v.norm()
    return float(v @ (H @ v))


def _hessian_at_a_minimum(seed: int) -> Tensor:
    generator = stream(seed, "data")
    x = torch.randn(200, 6, generator=generator, dtype=torch.float64)
    y = (x[:, :4] + torch.randn(200, 4, generator=generator).double()).argmax(dim=1)
    model = affine_mlp(*linear_minimiser(x, y, 4), on=x, hidden=(6, 6))
    point = Point(model, x, y)
    columns = [point.hessian_times(e) for e in torch.eye(len(point.phi), dtype=torch.float64)]
    H = torch.stack(columns)
    return (H + H.T) / 2
