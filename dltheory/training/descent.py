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
    """v ← m v + g and φ ← φ − η v, in place; η is one number, or one for each seed.

    Without momentum v is left as it is. Two passes over memory. PyTorch's fused step needs one, but
    rounds the last numbers of a tensor otherwise than the others, so that what comes out for a seed
    would depend on how many there are.
    """
    for parameter, gradient, v in zip(parameters, gradients, velocity, strict=True):
        move = torch.add(gradient, v, alpha=momentum, out=v) if momentum else gradient
        if isinstance(learning_rate, Tensor):
            rates = learning_rate.view(-1, *[1] * (parameter.ndim - 1))
            parameter.addcmul_(move, rates, value=-1.0)
        else:
            parameter.add_(move, alpha=-learning_rate)
