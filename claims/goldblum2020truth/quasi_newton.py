"""Minima of smooth functions by L-BFGS, in the precision of the start."""

from collections.abc import Callable

import torch
from torch import Tensor


def minimise(
    loss: Callable[[Tensor], Tensor], start: Tensor, *, steps: int, tolerance: float = 1e-12
) -> Tensor:
    """Where L-BFGS ends from this start: a stationary point of a smooth convex function."""
    x = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS(
        [x],
        max_iter=steps,
        max_eval=3 * steps,
        history_size=20,
        tolerance_grad=tolerance,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(x)
        value.backward()
        return value

    optimiser.step(closure)  # type: ignore[arg-type]
    return x.detach()
