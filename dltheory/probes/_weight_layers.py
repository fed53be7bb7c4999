"""The layers of a network that have a weight matrix or kernel."""

from __future__ import annotations

from torch import nn

from dltheory.errors import SpecError


def weight_layers(model: nn.Module) -> dict[str, nn.Linear | nn.Conv2d]:
    """Every Linear and Conv2d layer by name, in the order in which the network lists its modules.

    In a residual block the body is before the shortcut. A layer that is used twice is listed once.
    SpecError is raised if there is no such layer.
    """
    layers = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }
    if not layers:
        kinds = sorted({type(module).__name__ for module in model.modules()})
        raise SpecError(
            "Quantities of layers need at least one Linear or Conv2d layer; got a network of 0 "
            f"such layers, made of {', '.join(kinds)}. Give a network with weights."
        )
    return layers
