"""Normalised networks with the same predictions: divided by layer norms, or by one output."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._evaluation import modes_kept
from dltheory.probes._plain_weights import plain_copy
from dltheory.probes.layer_norms import layer_norms

# Layers that map c x to c times their output for c > 0, if they have no bias.
HOMOGENEOUS = (
    nn.Linear,
    nn.Conv2d,
    nn.ReLU,
    nn.LeakyReLU,
    nn.Flatten,
    nn.Identity,
    nn.Dropout,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.AdaptiveMaxPool2d,
)


class Normalised(NamedTuple):
    """A normalised network F̃, and the norms ρ_l of the layers of F, with F = Π_l ρ_l · F̃."""

    network: nn.Module
    norms: Float[Tensor, " layers"]


def normalised_by_layer(model: nn.Module, *, p: float = 2.0, unit: float = 1.0) -> Normalised:
    """A copy with each weight W_l divided by its norm ρ_l = ‖W_l‖_p/unit.

    The bias of the first layer is divided too and is part of its norm, as the weight of a constant
    input. Then F(x) = ρ_1 … ρ_L F̃(x) for every x (liao2020puzzles, eq. 1 and 7), so F and F̃ have
    the same predictions. This requires a chain of layers that are homogeneous of degree 1, without
    biases after the first layer. A bias that is exactly 0 counts as absent. SpecError is raised for
    other networks, and for layers whose norm is 0 or not finite.
    """
    network = plain_copy(model)
    layers = _homogeneous_layers(network)
    nothing = torch.empty(0)
    norms = layer_norms(network, nothing, nothing.long(), p=p, unit=unit)
    if not bool((norms > 0).all() & norms.isfinite().all()):
        raise SpecError(
            "Layers can be divided by norms that are positive and finite; got norms "
            f"{[float(f'{norm:.6g}') for norm in norms]}. A zero layer has no direction."
        )
    twins = dict(network.named_modules())
    with torch.no_grad():
        for name, norm in zip(layers, norms, strict=True):
            for parameter in twins[name].parameters():  # later biases are 0 or absent
                parameter.copy_(parameter.double() / norm)
    return Normalised(network, norms)


def normalised_by_one_image(
    model: nn.Module, image: Float[Tensor, " one *shape"]
) -> tuple[nn.Module, float]:
    """The network x ↦ F(x)/‖F(image)‖₂, and this norm (liao2020puzzles, appendix H).

    The output on the image is computed in evaluation mode. The network is shared and not copied. It
    may be of any kind, as a residual network. Losses of the result depend on the choice of the
    image. SpecError is raised if the norm is 0 or not finite.
    """
    with modes_kept(model), torch.no_grad():
        norm = float(model.eval()(image).double().norm())
    if not 0 < norm < torch.inf:
        raise SpecError(
            "A network is divided by the norm of its output on one image if that is positive and "
            f"finite; got {norm:g}. Choose another image."
        )
    return Divided(model, norm), norm


class Divided(nn.Module):
    """A network with its outputs divided by a number."""

    def __init__(self, model: nn.Module, by: float) -> None:
        super().__init__()
        self.model = model
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        """Return F(x)/by."""
        return self.model(x) / self.by


def _homogeneous_layers(model: nn.Module) -> list[str]:
    """The names of the weight layers of a homogeneous chain; SpecError for other networks."""
    chain = list(_chain(model))
    others = [f"{name} ({type(m).__name__})" for name, m in chain if not isinstance(m, HOMOGENEOUS)]
    layers = [(name, m) for name, m in chain if isinstance(m, nn.Linear | nn.Conv2d)]
    biased = [name for name, m in layers[1:] if m.bias is not None and bool(m.bias.any())]
    repeated = len(layers) - len({m.weight for _, m in layers})
    if others or biased or repeated or not layers:
        raise SpecError(
            "A network is a product of its layers' norms times one of unit layers if it is a "
            "Sequential of ReLUs, poolings and layers used once, with no biases after the first; "
            f"got {len(layers)} layers, {len(biased)} hidden ones with biases {biased}, "
            f"{repeated} used again, and {len(others)} others {others}. Train without those, or "
            "divide outputs by their norm on one image."
        )
    return [name for name, _ in layers]


def _chain(module: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]]:
    if type(module).forward is not nn.Sequential.forward:
        return [(prefix, module)]
    children = [
        (f"{prefix}.{n}".lstrip("."), m) for n, m in module._modules.items() if m is not None
    ]
    return [pair for name, child in children for pair in _chain(child, name)]
