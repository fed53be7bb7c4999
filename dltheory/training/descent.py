"""One step of gradient descent with momentum on stacked parameters."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def descend(
    parameters: Sequence[Tensor],
    gradients: Sequence[Tensor],
    velocity: Sequence[Tensor],
    momentum: float,
    learning_rate: float | Float[Tensor, " seeds"],
) -> None:
    """Update in place: v ← m v + g and φ ← φ − η v.

    φ are the parameters, g the gradients, v the velocities, m the momentum and η the learning rate,
    which is one number or one per seed. With m = 0, v is not changed, and φ ← φ − η g. This takes
    two passes over memory. PyTorch's fused step takes one, but it rounds the last numbers of a
    tensor differently, so the result for a seed would depend on the number of seeds.
    """
    for parameter, gradient, v in zip(parameters, gradients, velocity, strict=True):
        move = torch.add(gradient, v, alpha=momentum, out=v) if momentum else gradient
        if isinstance(learning_rate, Tensor):
            rates = learning_rate.view(-1, *[1] * (parameter.ndim - 1))
            parameter.addcmul_(move, rates, value=-1.0)
        else:
            parameter.add_(move, alpha=-learning_rate)
