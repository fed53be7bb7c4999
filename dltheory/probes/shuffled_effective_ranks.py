"""Effective rank of each layer once its entries are shuffled: what is due to their sizes alone."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.probes._plain_weights import plain_copy
from dltheory.probes._weight_layers import weight_layers
from dltheory.probes.effective_ranks import effective_ranks


def shuffled_effective_ranks(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
) -> Float64[Tensor, " layers"]:
    """`effective_ranks` of a copy in which every layer's weights are dealt anew among its places.

    The null model of a low rank that training has found: a few large entries lower r as well, and
    shuffling leaves them while it takes away how rows and columns go together.
    """
    shuffled = plain_copy(model)
    with torch.no_grad():
        for layer in weight_layers(shuffled).values():
            weight = layer.weight
            order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return effective_ranks(shuffled, images, labels)
