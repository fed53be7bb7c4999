"""One step of gradient descent with momentum on stacked parameters."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.sgd import sgd


def descend(
    parameters: list[Tensor],
    gradients: list[Tensor],
    velocity: list[Tensor],
    momentum: float,
    learning_rate: float | Float[Tensor, " seeds"],
) -> None:
    """v ← m v + g and φ ← φ − η v, in place; η is one number, or one for each seed.

    With one number the whole step is one pass over memory. Without momentum v is left as it is.
    """
    if not isinstance(learning_rate, Tensor) and _alike(parameters, gradients, velocity):
        sgd(
            parameters,
            gradients,
            [*velocity],
            fused=True,
            weight_decay=0.0,
            momentum=momentum,
            lr=learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
        return
    torch._foreach_mul_(velocity, momentum)
    torch._foreach_add_(velocity, gradients)
    if isinstance(learning_rate, Tensor):
        steps = [learning_rate.view(-1, *[1] * (p.ndim - 1)) for p in parameters]
        torch._foreach_addcmul_(parameters, velocity, steps, value=-1.0)
    else:
        torch._foreach_add_(parameters, velocity, alpha=-learning_rate)


def _alike(*lists: Sequence[Tensor]) -> bool:
    """Whether all lie in memory in the order of their axes, as the fused step takes for granted."""
    return all(tensor.is_contiguous() for tensors in lists for tensor in tensors)
