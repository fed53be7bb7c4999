"""The layers of a network as linear maps on feature maps of their true size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.linalg.convolution_singular_values import convolution_singular_values
from dltheory.probes._evaluation import evaluating
from dltheory.probes._plain_weights import plain
from dltheory.probes._weight_layers import weight_layers

Pair = tuple[int, int]
Grid = int | tuple[int, ...] | None


class Operator(NamedTuple):
    """A layer as a circular convolution on a grid."""

    kernel: Tensor
    grid: Pair
    stride: Pair
    groups: int


def layer_operators(
    model: nn.Module, images: Tensor, *, grid: Grid = None, strides: bool = True
) -> dict[str, Operator]:
    """Every Linear and Conv2d layer by name, in the order of the modules.

    A convolution is circular on a grid of the size of its input, which a pass with one image
    determines, rounded up to a multiple of its stride. A matrix is a 1×1 kernel on one position.
    `grid` replaces the size by a square with this side length: one number, or one per convolution
    in order. Without `strides` every convolution has stride 1. A weight that is computed, as by
    spectral norm, is that of evaluation mode. SpecError is raised if a convolution is used on
    feature maps of several sizes, or not used.
    """
    network = plain(model)
    layers = weight_layers(network)
    convolutions = {name: m for name, m in layers.items() if isinstance(m, nn.Conv2d)}
    sizes = _grids(_input_sizes(network, images, convolutions), grid)
    return {
        name: _convolution(layer, sizes[name], strides=strides)
        if isinstance(layer, nn.Conv2d)
        else Operator(layer.weight.detach()[:, :, None, None], (1, 1), (1, 1), 1)
        for name, layer in layers.items()
    }


def layer_singular_values(
    model: nn.Module, images: Tensor, *, grid: Grid = None, strides: bool = True
) -> dict[str, Float64[Tensor, " values"]]:
    """The singular values of every layer of `layer_operators`; those of matrices by an SVD."""
    operators = layer_operators(model, images, grid=grid, strides=strides)
    layers = weight_layers(model)
    return {
        name: convolution_singular_values(
            at.kernel,
            at.grid,
            stride=at.stride,
            groups=at.groups,
            accuracy=0 if isinstance(layers[name], nn.Linear) else 1e-9,
        )
        for name, at in operators.items()
    }


def _convolution(layer: nn.Conv2d, size: Pair, *, strides: bool) -> Operator:
    stride = (layer.stride[0], layer.stride[1]) if strides else (1, 1)
    rounded = (size[0] + -size[0] % stride[0], size[1] + -size[1] % stride[1])
    kernel = _spread(layer.weight.detach(), layer.dilation)
    return Operator(kernel, rounded, stride, layer.groups)


def _spread(kernel: Tensor, dilation: tuple[int, ...]) -> Tensor:
    """The kernel with zeros between its entries, which is equivalent to the dilation."""
    down, across = dilation
    height, width = kernel.shape[-2:]
    spread = kernel.new_zeros(*kernel.shape[:2], (height - 1) * down + 1, (width - 1) * across + 1)
    spread[..., ::down, ::across] = kernel
    return spread


def _input_sizes(
    model: nn.Module, images: Tensor, convolutions: dict[str, nn.Conv2d]
) -> dict[str, Pair]:
    """The height and width of the input of each convolution."""
    with evaluating(model, images), torch.no_grad(), _recording(convolutions) as sizes:
        model(images[:1])
    unclear = [f"{name} {sorted(sizes[name])}" for name in convolutions if len(sizes[name]) != 1]
    if unclear:
        raise SpecError(
            "A convolution is one linear map if the network uses it on maps of one size; got "
            f"{len(unclear)} of {len(convolutions)} used on none or several: "
            f"{', '.join(unclear)}. Give a network without such layers."
        )
    return {name: next(iter(sizes[name])) for name in convolutions}


@contextmanager
def _recording(convolutions: dict[str, nn.Conv2d]) -> Iterator[dict[str, set[Pair]]]:
    sizes: dict[str, set[Pair]] = defaultdict(set)

    def hook(name: str) -> torch.utils.hooks.RemovableHandle:
        def record(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            sizes[name].add((inputs[0].shape[-2], inputs[0].shape[-1]))

        return convolutions[name].register_forward_pre_hook(record)

    handles = [hook(name) for name in convolutions]
    try:
        yield sizes
    finally:
        for handle in handles:
            handle.remove()


def _grids(sizes: dict[str, Pair], grid: Grid) -> dict[str, Pair]:
    if grid is None:
        return sizes
    chosen = (grid,) * len(sizes) if isinstance(grid, int) else tuple(grid)
    if len(chosen) != len(sizes) or any(number < 1 for number in chosen):
        raise SpecError(
            f"A grid is one positive number, or one for each of {len(sizes)} convolutions; got "
            f"{len(chosen)}: {chosen}. Name them in the order of the modules: {', '.join(sizes)}."
        )
    return {name: (number, number) for name, number in zip(sizes, chosen, strict=True)}
