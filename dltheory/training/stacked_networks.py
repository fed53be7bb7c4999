"""Stacked networks that consist of known layers, computed without torch.vmap.

A forward pass of a stack by `torch.vmap` has many small operations for each layer, and its memory
layout makes convolutions and batch normalisations slow on a CPU. The functions here compute every
known layer for all seeds at once. A network with an unknown layer uses `torch.vmap` as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from dltheory.models.blocks import Concatenation, NTKAffine, Residual, Scale, Shift, Sum
from dltheory.training.activations import Activations, as_maps
from dltheory.training.stacked_layers import LAYERS, Names, UnknownLayerError, relu
from dltheory.training.stacked_pass import Layer, Pass, differentiated

# The names of the parameters of known layers, and the layers that do not need their outputs in the
# backward pass.
PARAMETERS = frozenset({"weight", "bias", "scale"})
AFFINE = (nn.Linear, nn.Conv2d, nn.BatchNorm1d, nn.BatchNorm2d)


def with_seed_axis(network: nn.Module) -> Layer | None:
    """The layer that computes a stack of networks like this one; None if a layer is not known.

    A layer is known if its exact class is in `LAYERS` or `BLOCKS`, and it has no hooks, no
    operations in place, and no parameters besides those of its class.
    """
    named = (*network.named_parameters(), *network.named_buffers())
    try:
        return _layer(network, {id(tensor): name for name, tensor in named})
    except UnknownLayerError:
        return None


def _layer(module: nn.Module, names: Names) -> Layer:
    build = BLOCKS.get(type(module)) or LAYERS.get(type(module))
    if build is None or not _is_plain(module):
        raise UnknownLayerError
    return build(module, names)


def _is_plain(module: nn.Module) -> bool:
    """Whether the module has no hooks, replaced `forward`, in-place mode or other parameters."""
    state = vars(module)
    hooks = any(state[key] for key in state if key.endswith("hooks") and "state" not in key)
    own = module._parameters.keys() <= PARAMETERS
    return own and not (hooks or "forward" in state or state.get("inplace"))


def _sequence(module: nn.Sequential, names: Names) -> Layer:
    layers = [_layer(child, names) for child in module]
    kinds = [type(child) for child in module]
    for place, (before, kind) in enumerate(pairwise(kinds), start=1):
        if kind is nn.ReLU:
            layers[place] = relu(
                # Affine layers and normalisations do not need their outputs in the backward pass.
                in_place=before in AFFINE,
                # The gradient that such a layer returns is new and only used by this ReLU.
                fresh=place + 1 < len(kinds) and kinds[place + 1] in AFFINE,
            )

    def run(networks: Pass, x: Activations) -> Activations:
        for layer in layers:
            x = layer(networks, x)
        return x

    return run


def _sum(module: Sum | Residual, names: Names) -> Layer:
    body, shortcut = _layer(module.body, names), _layer(module.shortcut, names)
    cut_off, in_place = type(module) is Residual, _ends_affine(module.body)

    def run(networks: Pass, x: Activations) -> Activations:
        through, past = networks.branch(), networks.branch()
        one, other = body(through, x), shortcut(past, x)
        if in_place:
            total = one.numbers.add_(other.in_order_of(one))
        else:
            total = one.numbers + other.in_order_of(one)
        if cut_off:
            total.relu_()

        def back(gradient: Tensor) -> Tensor | None:
            if cut_off:
                gradient = torch.ops.aten.threshold_backward(gradient, total, 0)
            by_other = Activations(gradient, x.seeds, one.maps).in_order_of(other)
            ways = through.go_back(gradient), past.go_back(by_other)
            if x.given or ways[0] is None or ways[1] is None:
                return None
            return ways[0] + ways[1]

        networks.note(back)
        return Activations(total, x.seeds, one.maps)

    return run


def _ends_affine(module: nn.Module) -> bool:
    """Whether the last layer is one that does not need its outputs in the backward pass."""
    if type(module) is nn.Sequential and len(module) > 0:
        return _ends_affine(module[-1])
    return type(module) in AFFINE


def _concatenation(module: Concatenation, names: Names) -> Layer:
    body = _layer(module.body, names)

    def joined(networks: Pass, x: Activations) -> Activations:
        both = (x, body(networks, x))
        if x.are_images:
            return as_maps(torch.cat([each.in_maps().by_pixel() for each in both], dim=-1))
        return Activations(torch.cat([each.numbers for each in both], dim=2), x.seeds)

    return differentiated(joined, _names_inside(module, names))


def _ntk_affine(module: NTKAffine, names: Names) -> Layer:
    weight, bias = names[id(module.weight.weight)], names[id(module.bias.weight)]
    if module.weight.bias is not None or module.bias.bias is not None:
        raise UnknownLayerError

    def run(networks: Pass, x: Activations) -> Activations:
        rows = x.in_rows().numbers
        w, b = networks.tensors[weight], networks.tensors[bias]
        moved = module.constant * b.mT
        return Activations(torch.baddbmm(moved, module.factor * rows, w.mT), x.seeds)

    return differentiated(run, [weight, bias])


def _shift(module: Shift, names: Names) -> Layer:
    name = names[id(module.bias)]
    return differentiated(
        lambda networks, x: x.but(x.numbers + _for_each_seed(networks.tensors[name], x)), [name]
    )


def _scale(module: Scale, names: Names) -> Layer:
    name = names[id(module.scale)]
    return differentiated(
        lambda networks, x: x.but(_for_each_seed(networks.tensors[name], x) * x.numbers), [name]
    )


def _for_each_seed(number: Tensor, x: Activations) -> Tensor:
    """One number per seed, in a shape that broadcasts with the activations."""
    if not x.maps:
        return number.view(-1, *[1] * (x.numbers.ndim - 1))
    channels = x.numbers.shape[1] // x.seeds
    return number.expand(-1, channels).reshape(1, -1, 1, 1)


def _names_inside(module: nn.Module, names: Names) -> list[str]:
    return [names[id(parameter)] for parameter in module.parameters()]


# The function that builds the stacked layer of each container and of each block of this library.
BLOCKS: dict[type[nn.Module], Callable[..., Layer]] = {
    nn.Sequential: _sequence,
    Residual: _sum,
    Sum: _sum,
    Concatenation: _concatenation,
    NTKAffine: _ntk_affine,
    Shift: _shift,
    Scale: _scale,
}


def outputs(layer: Layer, tensors: dict[str, Tensor], images: Tensor) -> Tensor:
    """The outputs of all networks, (seeds, batch, …), by operations that autograd can record."""
    x = layer(Pass(tensors=tensors), Activations(images, len(images)))
    return x.in_rows().numbers


def recorded(
    layer: Layer, tensors: dict[str, Tensor], images: Tensor
) -> tuple[Tensor, Callable[[Tensor], dict[str, Tensor]]]:
    """The outputs, and a function from the gradient by them to gradients by parameter name."""
    networks = Pass(tensors=tensors, recording=True)
    with torch.no_grad():
        x = layer(networks, Activations(images, len(images), given=True))

    def gradients(by_outputs: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            networks.go_back(Activations(by_outputs, x.seeds).in_order_of(x))
        return networks.gradients

    return x.in_rows().numbers, gradients
