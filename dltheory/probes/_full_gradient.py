"""The gradient of the mean cross-entropy over a whole data set, nothing sampled."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from dltheory.probes._evaluation import evaluating

Leaves = dict[str, Tensor]


class FullGradient(NamedTuple):
    """L over the set, and ∂L/∂φ by the name of each parameter, shaped like it, in float64."""

    loss: Float64[Tensor, " *seeds"]
    gradient: Leaves

    def norm(self) -> Float64[Tensor, " *seeds"]:
        """‖∇L‖₂ over all parameters, one a network."""
        networks = self.loss.shape
        squares = (g.square().reshape(*networks, -1).sum(-1) for g in self.gradient.values())
        return sum(squares, start=torch.zeros_like(self.loss)).sqrt()


def full_gradient(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> FullGradient:
    """∇ of (1/N) Σ −log softmax(F(x))_y over all parameters, in evaluation mode, without penalty.

    Parameters that are frozen count too, one that is used twice counts once. Sums over the images
    of a batch are of the model's precision, those over batches of float64. One backward pass over
    the set; memory for the activations of one batch and one gradient.
    """
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def losses(leaves: Leaves, x: Tensor, y: Tensor) -> Tensor:
        outputs = functional_call(model, leaves, (x,))
        return functional.cross_entropy(outputs, y, reduction="none")

    with evaluating(model, images):
        return summed_gradient(losses, parameters, images, labels, batch)


def summed_gradient(
    losses: Callable[[Leaves, Tensor, Tensor], Float[Tensor, "*seeds points"]],
    parameters: Leaves,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    batch: int,
) -> FullGradient:
    """Mean and gradient of losses of points, batch after batch; leading axes are networks.

    Networks must share no parameter: the gradient of the sum of their losses then holds each
    one's own.
    """
    leaves = {name: p.detach().clone().requires_grad_() for name, p in parameters.items()}
    total = torch.zeros((), device=images.device, dtype=torch.float64)
    gradient = {name: torch.zeros_like(p, dtype=torch.float64) for name, p in parameters.items()}
    for start in range(0, len(labels), batch):
        part = slice(start, start + batch)
        with torch.enable_grad():
            found = losses(leaves, images[part], labels[part])
            slopes = torch.autograd.grad(
                found.sum(), list(leaves.values()), allow_unused=True, materialize_grads=True
            )
        total = total + found.detach().double().sum(-1)
        for name, slope in zip(leaves, slopes, strict=True):
            gradient[name] += slope
    count = len(labels)
    return FullGradient(total / count, {name: g / count for name, g in gradient.items()})
