"""Transformations of hidden units that leave an embedded network's function alone (§2)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from dltheory.experiments import Context
from dltheory.experiments.search import worst
from dltheory.models.affine_mlp import affine_mlp, relative_gap
from dltheory.randomness import stream

from .lemma_1 import Result, Shape, gap_in_bounds, shapes, world


def symmetry(seed: int, context: Context, *, examples: int = 40) -> Result:
    """How far scaling, permuting and rotating hidden units moves F on the data, at worst."""
    del context

    def gap(shape: Shape) -> float:
        affine, points = world(shape)
        model = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
        transform(model, points, shape.draw)
        return gap_in_bounds(model, affine, points)

    largest, shape = worst(gap, shapes(), seed_value=seed, examples=examples)
    affine, points = world(shape)
    moved = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
    distance = transform(moved, points, shape.draw)
    closing = affine_mlp(*affine, on=points, hidden=shape.hidden, rank=shape.rank)
    rotate(closing, points, shape.draw, keep_open=False)
    return {
        "gap in rounding bounds": largest,
        "distance moved in parameters": distance,
        "gap when a ReLU closes": relative_gap(closing, *affine, on=points),
    }


def transform(model: nn.Sequential, points: Tensor, seed: int) -> float:
    """Rotate, permute and scale the hidden units in place; the distance moved, relative to φ."""
    before = torch.cat([p.detach().flatten() for p in model.parameters()])
    rotate(model, points, seed, keep_open=True)
    generator = stream(seed, "probe/symmetry")
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, following in pairwise(linears):
            order = torch.randperm(layer.out_features, generator=generator)
            scale = torch.rand(layer.out_features, generator=generator).double() + 0.5
            layer.weight.copy_(layer.weight[order] * scale[:, None])
            layer.bias.copy_(layer.bias[order] * scale)
            following.weight.copy_(following.weight[:, order] / scale)
    after = torch.cat([p.detach().flatten() for p in model.parameters()])
    return float((after - before).norm() / before.norm())


def rotate(model: nn.Sequential, points: Tensor, seed: int, *, keep_open: bool) -> None:
    """Rotate the first hidden layer by a random orthogonal Q, in place.

    z ↦ Q z + c′ 1 with c′ large enough to keep every unit open on the points, taken back by the
    next layer. With keep_open=False c′ is too small on purpose, and some ReLUs close.
    """
    first, second = [layer for layer in model if isinstance(layer, nn.Linear)][:2]
    units = first.out_features
    gaussian = torch.randn(units, units, generator=stream(seed, "probe/rotation")).double()
    Q, _ = torch.linalg.qr(gaussian)
    with torch.no_grad():
        rotated = (points @ first.weight.T + first.bias) @ Q.T
        reach = float(rotated.abs().max())
        shift = reach + 1 if keep_open else float(-rotated.max()) - 1
        first.weight.copy_(Q @ first.weight)
        first.bias.copy_(Q @ first.bias + shift)
        back = second.weight @ Q.T
        second.bias.sub_(back.sum(dim=1) * shift)
        second.weight.copy_(back)
