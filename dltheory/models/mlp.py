"""Multilayer perceptrons: affine layers with an activation function between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import torch
    from torch import nn

Activation = Literal["relu", "tanh", "identity"]
Initialisation = Literal["uniform", "glorot", "lecun"]


@dataclass(frozen=True, kw_only=True)
class MLP:
    """x ↦ H_L(f(H_{L−1}(… f(H_1(x))))) with affine layers H_i(z) = A_i z + b_i.

    L − 1 is the number of hidden layers, whose widths are `hidden`, and f is `activation`.
    `initialisation` is "uniform" (PyTorch's own: weights and biases U(±1/√fan_in)), "glorot"
    (weights N(0, 2/(fan_in + fan_out)), biases 0) or "lecun" (weights N(0, 1/fan_in), biases 0).
    The last two are those of sankararaman2020confusion, appendix A.1.
    """

    hidden: tuple[int, ...]
    activation: Activation = "relu"
    initialisation: Initialisation = "uniform"

    def __post_init__(self) -> None:
        if any(width < 1 for width in self.hidden):
            raise SpecError(
                f"Every hidden layer needs at least one unit; got widths {self.hidden}. "
                "Give positive widths, or hidden=() for a linear model."
            )

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps flattened images of this shape to logits of `classes` classes."""
        from torch import nn

        nonlinearity = {"relu": nn.ReLU, "tanh": nn.Tanh, "identity": nn.Identity}[self.activation]
        widths = [math.prod(shape), *self.hidden, classes]
        layers: list[nn.Module] = [nn.Flatten()]
        for inputs, outputs in pairwise(widths):
            layer = nn.Linear(inputs, outputs)
            if self.initialisation != "uniform":
                _initialise_normal(layer, self._variance(inputs, outputs))
            layers += [layer, nonlinearity()]
        return nn.Sequential(*layers[:-1])

    def narrowed(self) -> MLP:
        """At most 30 hidden layers of at most 16 units, for a quick trial run without results."""
        return replace(self, hidden=tuple(min(width, 16) for width in self.hidden[:30]))

    def _variance(self, fan_in: int, fan_out: int) -> float:
        return 2 / (fan_in + fan_out) if self.initialisation == "glorot" else 1 / fan_in


def _initialise_normal(layer: nn.Linear, variance: float) -> None:
    from torch import nn

    nn.init.normal_(layer.weight, std=math.sqrt(variance))
    nn.init.zeros_(layer.bias)


def hidden_layers(model: nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    """The inputs of every ReLU of a sequential network, one tensor (points, units) per ReLU.

    Other activation functions are not included, so the list is empty for a tanh network.
    """
    from torch import nn

    seen, z = [], images
    for layer in model.children():
        if isinstance(layer, nn.ReLU):
            seen.append(z)
        z = layer(z)
    return seen
