"""Layers of torch.nn for all seeds of a stack at once, with their backward passes.

Each function builds, from one module, the layer that does the same with stacked parameters. When
the layer runs, it looks up whether the module is in training mode. In these functions, `back` maps
the gradient by the layer's outputs to that by its inputs, and reports gradients by parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from dltheory.training.activations import Activations, as_maps
from dltheory.training.stacked_pass import Layer, Pass, differentiated

aten: Any = torch.ops.aten
convolved: Any = functional.conv2d

Names = Mapping[int, str]  # of each parameter and buffer of the network, by its id


class UnknownLayerError(Exception):
    """This layer cannot be computed for many seeds at once by the functions of this file."""


def identity(module: nn.Module, names: Names) -> Layer:  # noqa: ARG001
    """The layer x ↦ x."""
    return lambda _, x: x


def elementwise(module: nn.Module, names: Names) -> Layer:  # noqa: ARG001
    """The layer of a function that is applied to each number, such as a sigmoid."""
    return differentiated(lambda _, x: x.but(module(x.numbers)))


def cut_off(module: nn.Module, names: Names) -> Layer:  # noqa: ARG001
    """The layer of a ReLU that overwrites neither its input nor a gradient."""
    return relu(in_place=False, fresh=False)


def relu(*, in_place: bool, fresh: bool) -> Layer:
    """The layer x ↦ max(x, 0).

    With `in_place` it overwrites its input. With `fresh` its backward pass overwrites the gradient
    that it receives, which then must not be used elsewhere.
    """

    def run(networks: Pass, x: Activations) -> Activations:
        out = x.numbers.relu_() if in_place else x.numbers.relu()

        def back(gradient: Tensor) -> Tensor:
            if fresh:
                aten.threshold_backward.grad_input(gradient, out, 0, grad_input=gradient)
                return gradient
            return aten.threshold_backward(gradient, out, 0)

        networks.note(back)
        return x.but(out)

    return run


def hyperbolic_tangent(module: nn.Module, names: Names) -> Layer:  # noqa: ARG001
    """The layer of tanh; its backward pass uses the derivative 1 − tanh²."""

    def run(networks: Pass, x: Activations) -> Activations:
        out = x.numbers.tanh()
        networks.note(lambda gradient: aten.tanh_backward(gradient, out))
        return x.but(out)

    return run


def flatten(module: nn.Flatten, names: Names) -> Layer:  # noqa: ARG001
    """The layer that flattens each example to a row, in the order channels, height, width."""
    if (module.start_dim, module.end_dim) != (1, -1):
        raise UnknownLayerError

    def run(networks: Pass, x: Activations) -> Activations:
        rows = x.in_rows().numbers

        def back(gradient: Tensor) -> Tensor:
            apart = gradient.view(rows.shape)
            return Activations(apart, x.seeds).in_order_of(x)

        networks.note(back)
        return Activations(rows.flatten(2), x.seeds, given=x.given)

    return run


def linear(module: nn.Linear, names: Names) -> Layer:
    """The layer z ↦ W z + b with weight W and bias b, along the last axis of rows."""
    weight, bias = names[id(module.weight)], _name(module.bias, names)

    def run(networks: Pass, x: Activations) -> Activations:
        rows = x.in_rows().numbers
        flat, w = (rows if rows.ndim == 3 else rows.flatten(1, -2)), networks.tensors[weight]
        if bias is None:
            out = torch.bmm(flat, w.mT)
        else:
            out = torch.baddbmm(networks.tensors[bias].unsqueeze(1), flat, w.mT)

        def back(gradient: Tensor) -> Tensor | None:
            by = gradient.reshape(*flat.shape[:2], -1)
            networks.found(weight, torch.bmm(by.mT, flat))
            networks.found(bias, None if bias is None else by.sum(dim=1))
            if x.given:
                return None
            return Activations(torch.bmm(by, w).view(rows.shape), x.seeds).in_order_of(x)

        networks.note(back)
        return Activations(out if rows.ndim == 3 else out.view(*rows.shape[:-1], -1), x.seeds)

    return run


def convolution(module: nn.Conv2d, names: Names) -> Layer:
    """The layer of a convolution: one grouped convolution for all seeds.

    If all seeds have the same images and nothing is recorded, it is one convolution with all
    filters.
    """
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise UnknownLayerError
    weight, bias = names[id(module.weight)], _name(module.bias, names)
    moves: Any = module.stride, module.padding, module.dilation
    transposed = False

    def run(networks: Pass, x: Activations) -> Activations:
        if x.shared and module.groups == 1 and not networks.recording:
            seen = x.numbers[0].contiguous(memory_format=torch.channels_last)
            groups = 1
        else:
            seen, groups = x.in_maps().numbers, x.seeds * module.groups
        w = networks.tensors[weight].flatten(0, 1)
        b = None if bias is None else networks.tensors[bias].flatten()
        out = convolved(seen, w, b, *moves, groups)

        def back(gradient: Tensor) -> Tensor | None:
            wanted = [not x.given, True, bias is not None]
            size = None if b is None else list(b.shape)
            by_x, by_w, by_b = aten.convolution_backward(
                gradient, seen, w, size, *moves, transposed, [0, 0], groups, wanted
            )
            networks.found(weight, by_w.contiguous())
            networks.found(bias, by_b)
            return None if x.given else Activations(by_x, x.seeds, maps=True).in_order_of(x)

        networks.note(back)
        return Activations(out, x.seeds, maps=True)

    return run


def normalisation(module: nn.BatchNorm1d | nn.BatchNorm2d, names: Names) -> Layer:
    """The layer of batch normalisation, over the channels of all seeds.

    Running statistics are updated in place.
    """
    if module.momentum is None:
        raise UnknownLayerError  # its running statistics are means over all calls
    weight, bias = _name(module.weight, names), _name(module.bias, names)
    mean, variance = (_name(b, names) for b in (module.running_mean, module.running_var))
    count = _name(module.num_batches_tracked, names)
    two_dimensional = type(module) is nn.BatchNorm2d

    def run(networks: Pass, x: Activations) -> Activations:
        by_batch = module.training or mean is None
        if module.training and count is not None:
            networks.tensors[count].add_(1)
        seen = x.in_maps().numbers if two_dimensional else _channels_second(x.in_rows().numbers)
        if by_batch and seen.numel() == seen.shape[1]:
            raise ValueError(
                "Batch normalisation needs more than one number of each channel in training mode; "
                f"got one, in a batch of {seen.shape[0]}. Give a larger batch."
            )
        w, b, m, v = (_of_channels(networks, name) for name in (weight, bias, mean, variance))
        out, centre, scale = aten.native_batch_norm(
            seen, w, b, m, v, by_batch, module.momentum, module.eps
        )

        def back(gradient: Tensor) -> Tensor:
            wanted = [True, weight is not None, bias is not None]
            by = gradient if two_dimensional else _channels_second(gradient)
            by_x, by_w, by_b = aten.native_batch_norm_backward(
                by, seen, w, m, v, centre, scale, by_batch, module.eps, wanted
            )
            networks.found(weight, by_w)
            networks.found(bias, by_b)
            if not two_dimensional:
                return _seeds_first(by_x, x.seeds)
            return Activations(by_x, x.seeds, maps=True).in_order_of(x)

        networks.note(back)
        if two_dimensional:
            return Activations(out, x.seeds, maps=True)
        return Activations(_seeds_first(out, x.seeds), x.seeds)

    return run


def _channels_second(rows: Tensor) -> Tensor:
    """A tensor (batch, seeds · channels, …) made of one of shape (seeds, batch, channels, …)."""
    return rows.transpose(0, 1).flatten(1, 2)


def _seeds_first(numbers: Tensor, seeds: int) -> Tensor:
    """A tensor (seeds, batch, channels, …) made of one of shape (batch, seeds · channels, …)."""
    return numbers.unflatten(1, (seeds, -1)).transpose(0, 1).contiguous()


def _of_channels(networks: Pass, name: str | None) -> Tensor | None:
    """A flat view of a tensor (seeds, channels), through which running statistics are updated."""
    return None if name is None else networks.tensors[name].view(-1)


def pooling(module: nn.Module, names: Names) -> Layer:  # noqa: ARG001
    """The layer of an average or maximum pooling, which treats each channel separately."""
    if getattr(module, "return_indices", False):
        raise UnknownLayerError
    return differentiated(lambda _, x: Activations(module(x.in_maps().numbers), x.seeds, maps=True))


def adaptive_pooling(module: nn.AdaptiveAvgPool2d, names: Names) -> Layer:
    """The layer of adaptive average pooling; means over whole maps have a direct backward pass."""
    if module.output_size not in (1, (1, 1)):
        return pooling(module, names)

    def run(networks: Pass, x: Activations) -> Activations:
        maps = x.in_maps().numbers
        pixels = maps.shape[2] * maps.shape[3]

        def back(gradient: Tensor) -> Tensor:
            spread = (gradient / pixels).expand(maps.shape)
            dense = spread.contiguous(memory_format=torch.channels_last)
            return Activations(dense, x.seeds, maps=True).in_order_of(x)

        networks.note(back)
        return Activations(maps.sum(dim=(2, 3), keepdim=True) / pixels, x.seeds, maps=True)

    return run


def zero_padding(module: nn.ZeroPad3d, names: Names) -> Layer:  # noqa: ARG001
    """The layer that pads width, height and the channels of each seed with zeros."""
    left, right, top, bottom, before, after = module.padding

    def run(_: Pass, x: Activations) -> Activations:
        around = (before, after, 0, 0, left, right, top, bottom)
        return as_maps(functional.pad(x.in_maps().by_pixel(), around))

    return differentiated(run)


def _name(tensor: Tensor | None, names: Names) -> str | None:
    """The name of a parameter or buffer in the network; None if the module has none."""
    return None if tensor is None else names[id(tensor)]


# The function that builds the stacked layer of each known class of torch.nn.
LAYERS: dict[type[nn.Module], Callable[..., Layer]] = {
    nn.Identity: identity,
    nn.ReLU: cut_off,
    nn.Tanh: hyperbolic_tangent,
    nn.Sigmoid: elementwise,
    nn.GELU: elementwise,
    nn.SiLU: elementwise,
    nn.Softplus: elementwise,
    nn.LeakyReLU: elementwise,
    nn.ELU: elementwise,
    nn.Flatten: flatten,
    nn.Linear: linear,
    nn.Conv2d: convolution,
    nn.BatchNorm1d: normalisation,
    nn.BatchNorm2d: normalisation,
    nn.AvgPool2d: pooling,
    nn.MaxPool2d: pooling,
    nn.AdaptiveAvgPool2d: adaptive_pooling,
    nn.ZeroPad3d: zero_padding,
}
