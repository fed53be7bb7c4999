"""The same classification by a network of unit size: normalised by layer, or by one image."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._evaluation import modes_kept
from dltheory.probes._plain_weights import plain_copy
from dltheory.probes.layer_norms import layer_norms

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
    """A network F̃, the norms ρ_l of the layers of F that it was made from: F = Π_l ρ_l · F̃."""

    network: nn.Module
    norms: Float[Tensor, " layers"]


def normalised_by_layer(model: nn.Module, *, p: float = 2.0, unit: float = 1.0) -> Normalised:
    """A copy with each layer divided by its norm, W̃_l = W_l/ρ_l, ρ_l = ‖W_l‖_p/unit.

    The first layer's bias is divided too and counts in its norm, as a column of weights from a
    constant input. Then F(x) = ρ_1 … ρ_L F̃(x) for every x (liao2020puzzles, eq. 1 and 7), so both
    classify alike. That needs a chain of layers, each homogeneous of degree 1, in which no later
    layer has a bias; others are refused. A bias that is exactly 0 is none.
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
    """x ↦ F(x)/‖F(image)‖₂, and that norm (liao2020puzzles, appendix H: for residual networks).

    The image's output is computed in evaluation mode, and is of length 1 afterwards. The network is
    shared, not copied, and may be of any kind; the losses that follow depend on the image.
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
        """F(x)/by."""
        return self.model(x) / self.by


def _homogeneous_layers(model: nn.Module) -> list[str]:
    """The names of the weight layers of a chain that is homogeneous in each of them."""
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
