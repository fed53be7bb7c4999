"""The sharpness of the same function with rescaled parameters."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._plain_weights import is_computed
from dltheory.probes.hessian_extremes import hessian_extremes

# Layers whose output is multiplied by c if their weight and bias are.
AFFINE = (nn.Linear, nn.Conv2d, nn.BatchNorm1d, nn.BatchNorm2d)


def rescaled_sharpness(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    factor: float = 10.0,
    tolerance: float = 1e-3,
    limit: int = 200,
    batch: int = 1000,
) -> float:
    """λ_max of the Hessian of the loss after a rescaling of two layers that keeps the function.

    The two layers are the last pair of affine layers with only a ReLU between them. The weight and
    bias of the first are divided by `factor`, and the weight of the second is multiplied by it. The
    function does not change, because relu(a z) = a relu(z) for a > 0. But the block of the Hessian
    for the first layer becomes factor² times as large (Dinh et al. 2017, theorem 4;
    goldblum2020truth, Remark 2.2, says “care has to be taken”). As in `hessian_extremes`, the
    Hessian is over all parameters, in evaluation mode, in float64, and without weight decay.
    """
    if factor <= 0:
        raise SpecError(f"Layers are rescaled by a positive factor; got {factor}. Take 10.")
    _last_pair(model)
    rescaled = copy.deepcopy(model)
    first, second = _last_pair(rescaled)
    with torch.no_grad():
        for parameter in first.parameters(recurse=False):
            parameter.div_(factor)
        second.weight.mul_(factor)
    found = hessian_extremes(
        rescaled,
        images,
        labels,
        generator=generator,
        tolerance=tolerance,
        excluding=float("inf"),
        limit=limit,
        batch=batch,
    )
    return found.largest


def _last_pair(model: nn.Module) -> tuple[nn.Module, nn.Linear | nn.Conv2d]:
    """The layers before and after the ReLU of the last affine–ReLU–affine chain in a Sequential."""
    pairs = []
    for module in model.modules():
        layers = list(module) if isinstance(module, nn.Sequential) else []
        for (first, relu), (_, second) in pairwise(pairwise(layers)):
            fits = isinstance(first, AFFINE) and isinstance(second, (nn.Linear, nn.Conv2d))
            if (
                fits
                and isinstance(relu, nn.ReLU)
                and not (is_computed(first) or is_computed(second))
            ):
                pairs.append((first, second))
    if not pairs:
        raise SpecError(
            "Rescaling needs two affine layers with a ReLU between them, in one Sequential, whose "
            "weights are parameters (not computed as by spectral norm); got "
            f"{type(model).__name__} without. Give an MLP or a residual network."
        )
    return pairs[-1]
