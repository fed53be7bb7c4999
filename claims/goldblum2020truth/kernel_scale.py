"""The size of the tangent kernel at the start, by the scale of the initial parameters (§4)."""

from __future__ import annotations

import copy

import torch
from torch import nn

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.models import MLP
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream


def sizes(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    hidden: tuple[int, ...],
    scales: tuple[float, ...],
) -> dict[str, list[float]]:
    """‖Φ‖ of a fresh MLP, all of whose parameters are multiplied by each scale.

    "size" takes one network at all scales. "size of fresh networks" takes another fresh network in
    the place of each, with its parameters left as they are drawn.
    """
    train = context.load(data).train
    x, y = train.images[:points], train.labels[:points]
    with drawing_from(stream(seed, "init")):
        network, *others = (
            MLP(hidden=hidden).build(data.shape, data.classes) for _ in (None, *scales)
        )

    def size(model: nn.Module) -> float:
        return float(tangent_kernel(model, x, y).double().norm())

    return {
        "size": [size(_scaled(network, scale)) for scale in scales],
        "size of fresh networks": [size(other) for other in others],
    }


def _scaled(network: nn.Module, scale: float) -> nn.Module:
    """A copy with all parameters multiplied by the scale."""
    scaled = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in scaled.parameters():
            parameter *= scale
    return scaled
