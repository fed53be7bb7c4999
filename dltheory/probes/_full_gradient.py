"""The gradient of the mean cross-entropy over a whole data set."""

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
    """The mean loss L over the data set, and its gradient by each parameter, in float64.

    `gradient` maps the name of a parameter to a tensor of its shape.
    """

    loss: Float64[Tensor, " *seeds"]
    gradient: Leaves

    def norm(self) -> Float64[Tensor, " *seeds"]:
        """The norm ‖∇L‖₂ over all parameters, one number per network."""
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
    """The gradient of L = (1/N) Σ −ln softmax(F(x))_y by all parameters, in evaluation mode.

    Penalties are not included. Frozen parameters are included, and a parameter that is used twice
    is included once. Sums over the images of a batch have the model's precision, and sums over
    batches are in float64. The cost is one backward pass over the data set, and memory for the
    activations of one batch and one gradient.
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
    """The mean over all points of `losses`, and its gradient by `parameters`.

    Leading axes are networks. Networks must not share parameters, because the sum of their losses
    is differentiated.
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
