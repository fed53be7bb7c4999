"""Cosines between loss gradients of random minibatches: gradient confusion as it is measured."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from dltheory.probes._evaluation import evaluating


def gradient_cosines(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    pairs: int = 100,
    batch: int = 128,
    together: int = 16,
) -> Float[Tensor, " pairs"]:
    """cos(∇L_A, ∇L_B) for independent pairs of minibatches A, B, each drawn without replacement.

    L is the mean cross-entropy in evaluation mode and the gradient is over all parameters, as in
    sankararaman2020confusion, §5 and appendix A.1 (100 pairs there for CIFAR, 1000 for MNIST).
    The minimum over pairs depends on their number, so compare only equal numbers.
    """
    draws = [torch.randperm(len(labels), generator=generator)[:batch] for _ in range(2 * pairs)]
    with evaluating(model, images):
        gradients = [
            minibatch_gradients(model, images, labels, torch.stack(draws[i : i + together]))
            for i in range(0, 2 * pairs, together)
        ]
    unit = functional.normalize(torch.cat(gradients).double(), dim=1)
    return (unit[0::2] * unit[1::2]).sum(dim=1)


def minibatch_gradients(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    batches: Int64[Tensor, "m batch"],
) -> Float[Tensor, "m parameters"]:
    """∇ of the mean cross-entropy of each minibatch, flattened over all parameters."""
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    buffers = dict(model.named_buffers())

    def mean_loss(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(functional_call(model, (parameters, buffers), (x,)), y)

    chosen = batches.to(images.device)
    per_batch = vmap(grad(mean_loss), in_dims=(None, 0, 0))(
        parameters, images[chosen], labels[chosen]
    )
    return torch.cat([g.flatten(1) for g in per_batch.values()], dim=1)
