"""The effective rank of each layer after its entries are shuffled."""

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
    """The `effective_ranks` of a copy in which the entries of each layer's weight are permuted.

    This is the null model for a low rank as a result of training. A few large entries also lower
    the effective rank. A permutation keeps the sizes of the entries and removes the relations
    between rows and columns.
    """
    shuffled = plain_copy(model)
    with torch.no_grad():
        for layer in weight_layers(shuffled).values():
            weight = layer.weight
            order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return effective_ranks(shuffled, images, labels)
