"""Initialisations, as frozen values that change the parameters of a new network.

Without them a network has PyTorch's own initialisation, U(±1/√fan_in) for weights and biases.
fan_in and fan_out are defined as in torch.nn.init: the number of a layer's input or output channels
times the pixels of its kernel. `apply` changes parameters in place and draws from torch's global
generator; `Initialised` calls it with gradients disabled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import Tensor, nn


@runtime_checkable
class Initialisation(Protocol):
    """An initialisation of a network."""

    def apply(self, network: nn.Module) -> None:
        """Change the parameters of a new network in place."""
        ...


@dataclass(frozen=True, kw_only=True)
class He:
    """Weights of variance 2/fan, biases 0 (He et al. 2015, "MSRA").

    sankararaman2020confusion uses it and does not say with which fan. It uses the networks of
    Zagoruyko and Komodakis (2016). These, and the DenseNet of liu2020bad, draw convolutions with
    fan_out and keep PyTorch's weights in the linear layer: `fan="out", layers="convolutions"`.
    goldblum2020truth, §4, prints "uniform He", but its code has PyTorch's own initialisation.
    """

    fan: Literal["in", "out"] = "in"
    distribution: Literal["normal", "uniform"] = "normal"
    layers: Literal["all", "convolutions"] = "all"

    def apply(self, network: nn.Module) -> None:
        """Redraw the weights of `layers`; set biases of all convolutions and linear layers to 0."""
        from torch import nn

        for layer in _layers(network):
            if layer.bias is not None:
                layer.bias.zero_()
            if isinstance(layer, nn.Conv2d) or self.layers == "all":
                fan_in, fan_out = _fans(layer.weight)
                std = math.sqrt(2 / (fan_in if self.fan == "in" else fan_out))
                self._draw(layer.weight, std)

    def _draw(self, weight: Tensor, std: float) -> None:
        if self.distribution == "normal":
            weight.normal_(std=std)
        else:
            weight.uniform_(-math.sqrt(3) * std, math.sqrt(3) * std)


@dataclass(frozen=True)
class GlorotNormal:
    """Weights N(0, 2/(fan_in + fan_out)), biases 0."""

    def apply(self, network: nn.Module) -> None:
        """Redraw every convolution and linear layer."""
        for layer in _layers(network):
            layer.weight.normal_(std=math.sqrt(2 / sum(_fans(layer.weight))))
            if layer.bias is not None:
                layer.bias.zero_()


@dataclass(frozen=True)
class LeCunNormal:
    """Weights N(0, 1/fan_in), biases 0."""

    def apply(self, network: nn.Module) -> None:
        """Redraw every convolution and linear layer."""
        for layer in _layers(network):
            layer.weight.normal_(std=1 / math.sqrt(_fans(layer.weight)[0]))
            if layer.bias is not None:
                layer.bias.zero_()


@dataclass(frozen=True)
class Orthogonal:
    """Weights with orthonormal rows or columns (Saxe et al. 2014), biases 0."""

    def apply(self, network: nn.Module) -> None:
        """Redraw every convolution and linear layer."""
        from torch import nn

        for layer in _layers(network):
            nn.init.orthogonal_(layer.weight)
            if layer.bias is not None:
                layer.bias.zero_()


@dataclass(frozen=True, kw_only=True)
class Normal:
    """Weights N(0, σ²) in every convolution and linear layer; other parameters are not changed.

    This is the initialisation of liao2020puzzles, figures 2, 15 and 16, where the bias of the first
    layer keeps PyTorch's initialisation. σ is `sigma`.
    """

    sigma: float

    def __post_init__(self) -> None:
        _require(self.sigma >= 0, "A standard deviation is 0 or more", f"sigma {self.sigma}")

    def apply(self, network: nn.Module) -> None:
        """Redraw the weights of every convolution and linear layer."""
        for layer in _layers(network):
            layer.weight.normal_(std=self.sigma)


@dataclass(frozen=True)
class Zero:
    """All parameters 0, with the scales of batch normalisation (goldblum2020truth, tables 5–7)."""

    def apply(self, network: nn.Module) -> None:
        """Set all parameters to 0."""
        for parameter in network.parameters():
            parameter.zero_()


@dataclass(frozen=True, kw_only=True)
class AddedToBiases:
    """A constant that is added to every parameter whose name contains "bias".

    These include the shifts of batch normalisation. The default is "Bias+20" of goldblum2020truth,
    tables 1 and 5–7.
    """

    constant: float = 20.0

    def apply(self, network: nn.Module) -> None:
        """Add the constant to all biases."""
        for bias in _biases(network):
            bias.add_(self.constant)


@dataclass(frozen=True, kw_only=True)
class UniformBiases:
    """Every parameter whose name contains "bias" is drawn from U(±bound).

    These include the shifts of batch normalisation. goldblum2020truth, table 1, uses this
    initialisation.
    """

    bound: float = 50.0

    def __post_init__(self) -> None:
        _require(self.bound > 0, "U(±bound) needs a positive bound", f"bound {self.bound}")

    def apply(self, network: nn.Module) -> None:
        """Redraw all biases."""
        for bias in _biases(network):
            bias.uniform_(-self.bound, self.bound)


@dataclass(frozen=True)
class UniformScales:
    """Scales of batch normalisation from U(0, 1), as in PyTorch before 1.2, used by liu2020bad."""

    def apply(self, network: nn.Module) -> None:
        """Redraw the scales of all batch normalisations."""
        from torch.nn.modules.batchnorm import _BatchNorm

        for module in network.modules():
            if isinstance(module, _BatchNorm) and module.affine:
                module.weight.uniform_()


@dataclass(frozen=True, kw_only=True)
class EmbeddedLinear:
    """An MLP F that equals a linear classifier (goldblum2020truth, table 1, Lemma 1).

    Hidden weights are the identity, the bias of the first layer is `offset`, and the biases of the
    other hidden layers are 0. The last layer keeps its weight A and its bias b as drawn, and then
    offset · A 1 is subtracted from the bias, where 1 is the vector of ones. Therefore

        F(x) = A x + b  if every x_i ≥ −offset,

    if hidden layers are as wide as the input. In wider layers the additional units do not depend on
    x, and the last bias corrects for their constant values. In narrower layers the further inputs
    are lost. The authors' code has offset 2. That is enough for pixels in [0, 1] and for pixels
    divided by their true standard deviation. With the customary CIFAR constants (0.2023, …) pixels
    go down to −2.43. `dltheory.models.affine_mlp` is the construction of the proof, for any A and
    b.
    """

    offset: float = 2.0

    def apply(self, network: nn.Module) -> None:
        """Set all hidden layers and correct the last bias.

        SpecError is raised unless the network has at least two linear layers, all with biases, and
        no convolutions.
        """
        import torch
        from torch import nn

        layers = list(_layers(network))
        biases = [layer.bias for layer in layers if layer.bias is not None]
        linear = all(type(layer) is nn.Linear for layer in layers)
        _require(
            linear and len(biases) == len(layers) >= 2,
            "A linear classifier is embedded in linear layers with biases, at least two",
            f"{[type(layer).__name__ for layer in layers]} with {len(biases)} biases",
        )
        for layer, bias in zip(layers[:-1], biases, strict=False):
            layer.weight.copy_(torch.eye(*layer.weight.shape))
            bias.zero_()
        carried: Tensor = biases[0].fill_(self.offset)
        for layer in layers[1:-1]:
            carried = layer.weight @ carried
        biases[-1].sub_(layers[-1].weight @ carried)


def _layers(network: nn.Module) -> Iterator[nn.Linear | nn.Conv2d]:
    from torch import nn

    return (layer for layer in network.modules() if isinstance(layer, (nn.Linear, nn.Conv2d)))


def _fans(weight: Tensor) -> tuple[int, int]:
    outputs, inputs, *kernel = weight.shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def _biases(network: nn.Module) -> Iterator[Tensor]:
    return (parameter for name, parameter in network.named_parameters() if "bias" in name)


def _require(condition: object, rule: str, given: str) -> None:
    if not condition:
        raise SpecError(f"{rule}; got {given}. Change the initialisation or the model.")
