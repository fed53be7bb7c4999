"""Networks of known layers with a seed axis, without torch.vmap.

A forward pass of a stack by `torch.vmap` costs many small operations for each layer, and leaves
convolutions and batch normalisations in an order in memory in which they are slow on a CPU. Here
every known layer is done for all seeds at once. Networks with a layer that is not known go by
`torch.vmap` as a whole.
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

PARAMETERS = frozenset({"weight", "bias", "scale"})
AFFINE = (nn.Linear, nn.Conv2d, nn.BatchNorm1d, nn.BatchNorm2d)


def with_seed_axis(network: nn.Module) -> Layer | None:
    """How a stack of networks like this one computes its outputs; None if a layer is not known.

    Known is a layer by its exact class, without hooks, without operations in place, and without
    other parameters than its class has.
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
    """Whether a call of the module does what its class says and nothing else."""
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
                # Neither affine maps nor normalisation need their outputs on the way back.
                in_place=before in AFFINE,
                # What comes back from such a layer was made there and is used here alone.
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
    """Whether the outputs are those of a layer that does not need them on the way back."""
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
    """One number a seed, in the shape in which it meets the activations."""
    if not x.maps:
        return number.view(-1, *[1] * (x.numbers.ndim - 1))
    channels = x.numbers.shape[1] // x.seeds
    return number.expand(-1, channels).reshape(1, -1, 1, 1)


def _names_inside(module: nn.Module, names: Names) -> list[str]:
    return [names[id(parameter)] for parameter in module.parameters()]


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
    """The outputs of all networks, (seeds, batch, …), as operations that PyTorch may record."""
    x = layer(Pass(tensors=tensors), Activations(images, len(images)))
    return x.in_rows().numbers


def recorded(
    layer: Layer, tensors: dict[str, Tensor], images: Tensor
) -> tuple[Tensor, Callable[[Tensor], dict[str, Tensor]]]:
    """The outputs, and the map from a gradient by them to those by the parameters, by name."""
    networks = Pass(tensors=tensors, recording=True)
    with torch.no_grad():
        x = layer(networks, Activations(images, len(images), given=True))

    def gradients(by_outputs: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            networks.go_back(Activations(by_outputs, x.seeds).in_order_of(x))
        return networks.gradients

    return x.in_rows().numbers, gradients
