"""The linear classifier of rank s that minimises the loss, and the MLP that inherits it (§2)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import grad, jacrev
from torch.nn import functional

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.linalg.softmax_regression import linear_minimiser
from dltheory.models.affine_mlp import affine_mlp
from dltheory.randomness import stream

from .quasi_newton import minimise
from .theorem_1 import Point, Result, examined, pooled_images, share_open

ROUNDING = 1e-14


def certificate(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    pool: int,
    hidden: tuple[int, ...],
    rank: int,
    start: str,
) -> Result:
    """The certificate of `theorem_1` at an MLP that embeds a linear classifier of this rank.

    `start` is "minimiser" (the best of that rank that was found) or "elsewhere" (that, moved).
    """
    x, y = pooled_images(seed, context, data=data, points=points, pool=pool)
    unrestricted = linear_minimiser(x, y, data.classes)
    weight, bias = rank_s_minimiser(x, y, unrestricted, rank)
    lowest = _loss(x, y, weight, bias)
    if start == "elsewhere":
        step = torch.randn(weight.shape, generator=stream(seed, "probe/elsewhere")).double()
        U, _, _ = torch.linalg.svd(weight, full_matrices=False)
        within = U[:, :rank] @ U[:, :rank].T @ step  # the sum has no more rank
        weight = weight + 0.3 * weight.norm() * within / within.norm()
    model = affine_mlp(weight, bias, on=x, hidden=hidden, rank=rank)
    return examined(Point(model, x, y), seed, above=lowest) | {
        "share of open ReLUs": share_open(model, x),
        "rank-s minimum above the linear minimum": lowest - _loss(x, y, *unrestricted),
    }


def rank_s_minimiser(
    x: Tensor, y: Tensor, start: tuple[Tensor, Tensor], rank: int
) -> tuple[Tensor, Tensor]:
    """A local minimum of the mean cross-entropy of (U V) x + b, U with `rank` columns.

    From the truncated singular value decomposition of the start, by L-BFGS and then Newton's
    method. U ↦ U Q, V ↦ Q⁻¹ V changes nothing, so a step is the shortest solution; where curvature
    is negative it goes down all the same, and it is halved until the loss falls.
    """
    weight, bias = start
    classes, inputs = weight.shape
    U, S, Vh = torch.linalg.svd(weight, full_matrices=False)
    root = S[:rank].sqrt()
    first = torch.cat([(U[:, :rank] * root).flatten(), (root[:, None] * Vh[:rank]).flatten(), bias])
    sizes = [classes * rank, rank * inputs, classes]

    def unpacked(p: Tensor) -> tuple[Tensor, Tensor]:
        left, right, b = p.split(sizes)
        return left.view(classes, rank) @ right.view(rank, inputs), b

    def loss(p: Tensor) -> Tensor:
        return functional.cross_entropy(functional.linear(x, *unpacked(p)), y)

    p = minimise(loss, first, steps=500)
    for _ in range(60):
        gradient: Tensor = grad(loss)(p)
        if float(gradient.norm()) < 1e-13:
            break
        values, vectors = torch.linalg.eigh(jacrev(grad(loss))(p))
        steep = values.abs() > 1e-9 * values.abs().max()
        along = vectors[:, steep]
        step = along @ ((along.T @ gradient) / values[steep].abs())
        highest = loss(p) * (1 + ROUNDING)
        while loss(p - step) > highest and step.norm() > ROUNDING * p.norm():
            step = step / 2
        p = p - step
    return unpacked(p)


def _loss(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor) -> float:
    return float(functional.cross_entropy(functional.linear(x, weight, bias), y))
