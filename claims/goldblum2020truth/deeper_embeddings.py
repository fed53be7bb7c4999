"""Affine maps in convolutional networks, shallow MLPs in deep ones (Remark 2.1), in float64."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from dltheory.data import DataSpec
from dltheory.experiments import Context
from dltheory.models import ConvNet
from dltheory.models.affine_mlp import affine_mlp
from dltheory.randomness import stream

Result = dict[str, float]


def affine_in_conv_net(
    seed: int, context: Context, *, data: DataSpec, points: int, filters: tuple[int, ...]
) -> Result:
    """A random affine map of images in a network of 3×3 convolutions and one linear layer."""
    x = _images(seed, context, data, points)
    generator = stream(seed, "init")
    affine = _linear(math.prod(x.shape[1:]), data.classes, generator)
    shape = tuple(x.shape[1:])
    model = conv_net(affine, shape, filters, offset=1 - float(x.min()))
    without = conv_net(affine, shape, filters, offset=0.0)
    expected = functional.linear(x.flatten(1), *affine)
    return _compared(model, without, x, expected)


def conv_net(
    affine: tuple[Tensor, Tensor], shape: tuple[int, ...], filters: tuple[int, ...], offset: float
) -> nn.Sequential:
    """Every convolution copies the channels of the image; the first adds `offset` to them.

    A kernel that copies is 1 at its middle and 0 elsewhere, so padding is never read. The linear
    layer reads the copies with A and takes A·(offset 1) back.
    """
    weight, bias = affine
    strides = (1,) * len(filters)
    built = ConvNet(filters=filters, strides=strides).build(shape, len(bias)).double()
    assert isinstance(built, nn.Sequential)
    channels, pixels = shape[0], math.prod(shape[1:])
    convolutions = [layer for layer in built if isinstance(layer, nn.Conv2d)]
    last = built[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        for place, convolution in enumerate(convolutions):
            assert convolution.bias is not None
            convolution.weight.zero_()
            convolution.bias.zero_()
            for channel in range(channels):
                convolution.weight[channel, channel, 1, 1] = 1.0
            if place == 0:
                convolution.bias.fill_(offset)
        last.weight.zero_()
        last.weight[:, : channels * pixels] = weight
        last.bias.copy_(bias - offset * weight.sum(dim=1))
    return built


def shallow_in_deep(
    seed: int,
    context: Context,
    *,
    data: DataSpec,
    points: int,
    shallow: tuple[int, ...],
    between: tuple[int, ...],
) -> Result:
    """A random ReLU MLP in a deeper one: each of its affine maps becomes an MLP of its own.

    The hidden widths `between` are those that stand in for one affine map.
    """
    x = _images(seed, context, data, points).flatten(1)
    generator = stream(seed, "init")
    maps = [_linear(a, b, generator) for a, b in pairwise((x.shape[1], *shallow, data.classes))]
    expected, parts, broken = x, [], []
    for place, affine in enumerate(maps):
        z = functional.relu(expected) if place else x
        spread = float((z @ affine[0].T).abs().max())
        parts += [affine_mlp(*affine, on=z, hidden=between), nn.ReLU()]
        closed = affine_mlp(*affine, on=z, hidden=between, offset=-spread)
        broken += [closed, nn.ReLU()]
        expected = functional.linear(z, *affine)
    return _compared(nn.Sequential(*parts[:-1]), nn.Sequential(*broken[:-1]), x, expected)


def _images(seed: int, context: Context, data: DataSpec, points: int) -> Tensor:
    train = context.load(data).train
    chosen = torch.randperm(len(train), generator=stream(seed, "data"))[:points]
    return train.images[chosen].double()


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    weight = torch.randn(outputs, inputs, generator=generator, dtype=torch.float64)
    return weight / math.sqrt(inputs), torch.randn(outputs, generator=generator).double()


def _compared(model: nn.Sequential, without: nn.Module, x: Tensor, expected: Tensor) -> Result:
    with torch.no_grad():
        size = expected.abs().max()
        gap = float((model(x) - expected).abs().max() / size)
        broken = float((without(x) - expected).abs().max() / size)
    bound = float(rounding_errors(model, x).max() / size)
    return {"gap in rounding bounds": gap / bound, "gap without the offset": broken}


def rounding_errors(model: nn.Sequential, on: Tensor) -> Tensor:
    """What rounding alone can move each output by; Higham's bound, as in `affine_mlp`.

    e_l = |A_l| e_{l−1} + (n_l + 1) ε s_l with s_l = |A_l| s_{l−1} + |b_l|, for convolutions as for
    linear layers; a ReLU passes both on.
    """
    eps = torch.finfo(on.dtype).eps
    size, error = on.abs(), torch.zeros_like(on)
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, nn.Flatten):
                size, error = layer(size), layer(error)
            elif isinstance(layer, (nn.Linear, nn.Conv2d)):
                terms = layer.weight[0].numel() + 1
                size, error = _applied(layer, size, bias=True), _applied(layer, error, bias=False)
                error = error + terms * eps * size
    return error


def _applied(layer: nn.Linear | nn.Conv2d, z: Tensor, *, bias: bool) -> Tensor:
    weight = layer.weight.abs()
    shift = layer.bias.abs() if bias and layer.bias is not None else None
    if isinstance(layer, nn.Conv2d):
        return functional.conv2d(z, weight, shift, layer.stride, layer.padding)  # type: ignore[arg-type]
    return functional.linear(z, weight, shift)
