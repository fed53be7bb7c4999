"""The inputs and outputs of the last linear layer of a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating


class Call(NamedTuple):
    """One application of a linear layer, with its inputs and outputs."""

    layer: nn.Linear
    inputs: Tensor
    outputs: Tensor


def last_layer_passes(
    model: nn.Module, images: Float[Tensor, " points *shape"], batch: int
) -> Iterator[tuple[slice, Call]]:
    """Yield the application of the last layer to each batch, with the slice of the data set.

    The model is in evaluation mode. The last layer is the Linear whose outputs are those of the
    network, which is checked for every batch. SpecError is raised unless the network uses it once
    and no other module has its parameters. Then the cross-entropy is convex in these parameters.
    """
    with evaluating(model, images), torch.no_grad():
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            with _noting_linears(model) as calls:
                outputs = model(images[part])
            yield part, _last(model, calls, outputs)


@contextmanager
def _noting_linears(model: nn.Module) -> Iterator[list[Call]]:
    calls: list[Call] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], outputs: Tensor) -> None:
        assert isinstance(layer, nn.Linear)
        calls.append(Call(layer, inputs[0], outputs))

    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()


def _last(model: nn.Module, calls: list[Call], outputs: Tensor) -> Call:
    found = [call for call in calls if _same(call.outputs, outputs)]
    uses = sum(call.layer is found[-1].layer for call in calls) if found else 0
    owners = _owners(model, found[-1].layer) if found else 0
    if uses != 1 or owners != 1:
        raise SpecError(
            "The last layer must be a Linear whose outputs are the network's, used once, with "
            f"parameters of its own; got {len(calls)} uses of Linear layers, {len(found)} with "
            f"the network's outputs, the last of which is used {uses} times and owned by {owners} "
            "modules. Give a network that ends with such a layer."
        )
    return found[-1]


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one.nan_to_num(), other.nan_to_num())


def _owners(model: nn.Module, layer: nn.Linear) -> int:
    """The number of modules that directly own a parameter of this layer."""
    own = {id(parameter) for parameter in layer.parameters()}
    return sum(
        any(id(p) in own for p in module.parameters(recurse=False)) for module in model.modules()
    )
