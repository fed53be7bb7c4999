"""The effective rank of each layer as a map on feature maps of their true size."""

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
    """The effective rank r_l = Σσ/√(Σσ²) of each Linear and Conv2d layer l, in module order.

    σ are the singular values of the layer. This is r(W) of goldblum2020truth, §5 and Fig. 2. A
    linear layer is its weight matrix. A convolution is a linear map on feature maps of the size
    that these images produce, with its stride, groups and dilation, and with circular boundaries.
    With zero padding, r of random 3×3 kernels is 1 to 2 % smaller on 4×4 to 12×12 maps (measured
    with explicit matrices). Batch normalisation is not folded into the weights. `layer_names` lists
    the layers.

    The authors' script uses stride 1 and square grids of 56, 28, 14 and 7 positions per side for
    the four stages of a ResNet-18, whose feature maps on CIFAR-10 have sides of 32, 16, 8 and 4. To
    do the same, give `strides=False` and `grid` (one side length per convolution). r grows with the
    grid, so results on different grids cannot be compared. The cost is a decomposition for half of
    the frequencies of each layer (seconds for a ResNet-18).
    """
    values = layer_singular_values(model, images, grid=grid, strides=strides)
    return torch.stack([effective_rank(found) for found in values.values()])


def layer_names(model: nn.Module) -> tuple[str, ...]:
    """The names of the layers in the order of the result of `effective_ranks`."""
    return tuple(weight_layers(model))
