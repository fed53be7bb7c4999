"""The product of the layers' norms."""

from __future__ import annotations

import math

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes.log_norm_product import log_norm_product

LARGEST = 709.0  # e to this is still a float64


def norm_product(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
) -> float:
    """The product ρ = Π_l ‖W_l‖_p (liao2020puzzles, eq. 1 and Figs 4, 11–13).

    Options are as in `layer_norms`. The result is ∞ if it is too large for float64; then use
    `log_norm_product`.
    """
    log = log_norm_product(
        model, images, labels, p=p, first_bias=first_bias, unit=unit, folded=folded
    )
    return math.exp(log) if log <= LARGEST or math.isnan(log) else math.inf
