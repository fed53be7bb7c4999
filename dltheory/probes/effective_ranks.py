"""Effective rank of each layer, at the size of feature map that it meets."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.linalg.effective_rank import effective_rank
from dltheory.probes._layer_operators import Grid, layer_singular_values
from dltheory.probes._weight_layers import weight_layers


def effective_ranks(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    grid: Grid = None,
    strides: bool = True,
) -> Float64[Tensor, " layers"]:
    """r_l = Σσ/√Σσ² over the singular values of each Linear and Conv2d layer, in module order.

    The r(W) of goldblum2020truth, §5 and Fig. 2. A linear layer is its weight matrix. A convolution
    is the map on feature maps of the size that these images produce, with its stride, groups and
    dilation, as if the maps closed on themselves. With zero padding instead, r of random 3×3
    kernels is 1 to 2 % smaller on 4×4 to 12×12 maps (measured with explicit matrices). Batch
    normalisation is not folded in. `layer_names` says which layers those are.

    The authors' script took stride 1 on square grids of 56, 28, 14 and 7 positions for the four
    stages of a ResNet-18, whose maps on CIFAR-10 have 32, 16, 8 and 4: give `strides=False` and
    `grid` (one number for each convolution). r grows with the grid, so do not compare across grids.
    Cost: the singular values of half of the frequencies of each layer (seconds for a ResNet-18).
    """
    values = layer_singular_values(model, images, grid=grid, strides=strides)
    return torch.stack([effective_rank(found) for found in values.values()])


def layer_names(model: nn.Module) -> tuple[str, ...]:
    """The names of the layers, in the order of the probe's numbers."""
    return tuple(weight_layers(model))
