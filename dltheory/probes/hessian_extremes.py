"""The smallest and largest eigenvalue of the Hessian of the loss, with bounds."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.linalg.extreme_eigenvalues import Extremes, extreme_eigenvalues
from dltheory.probes._hessian import Precision, hessian, start_vector


class HessianExtremes(NamedTuple):
    """Bounds lowest ≤ λ_min ≤ smallest and largest ≤ λ_max ≤ highest.

    Some eigenvalue lies within `smallest_residual` of `smallest`, and some within
    `largest_residual` of `largest`. The bounds `lowest` and `highest` each hold with probability
    1 − `failure` over the random start. `rounding` is ten times the measured rounding error. It is
    already included in `lowest` and `highest`, and must be added to the other bounds. `products` is
    the number of products with the Hessian.
    """

    smallest: float
    smallest_residual: float
    lowest: float
    largest: float
    largest_residual: float
    highest: float
    failure: float
    rounding: float
    products: float


def hessian_extremes(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    tolerance: float = 1e-3,
    excluding: float | None = None,
    failure: float = 1e-6,
    limit: int = 200,
    precision: Precision = "float64",
    batch: int = 1000,
) -> HessianExtremes:
    """The ends of the spectrum of the Hessian H of L = (1/N) Σ −ln softmax(F(x))_y.

    H is over all parameters and all examples, in evaluation mode. Weight decay is not included; a
    penalty (c/2)‖φ‖² would add c to every eigenvalue (goldblum2020truth, Table 1, includes it). See
    `dltheory.linalg.extreme_eigenvalues` for the bounds, for `tolerance` and `excluding` (relative
    to the largest absolute eigenvalue), and for `limit`, the largest number of products.

    With precision "float32" the products are cheaper. Values and residuals are still computed with
    new products in float64, but `lowest` and `highest` are much further out. Each product costs two
    backward passes, and one vector of all parameters in memory.
    """
    found = hessian_ends(
        model,
        images,
        labels,
        generator=generator,
        tolerance=tolerance,
        excluding=excluding,
        failure=failure,
        limit=limit,
        precision=precision,
        batch=batch,
    )
    low, high = found.smallest, found.largest
    return HessianExtremes(
        low.value,
        low.residual,
        low.beyond,
        high.value,
        high.residual,
        high.beyond,
        found.failure,
        found.rounding,
        float(found.products),
    )


def hessian_ends(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    tolerance: float,
    excluding: float | None,
    failure: float,
    limit: int,
    precision: Precision,
    batch: int,
) -> Extremes:
    """The ends that `hessian_extremes` reports, with their vectors."""

    def exactly(v: Tensor) -> Tensor:
        with hessian(model, images, labels, batch=batch, memory=0) as operator:
            return operator.times(v)

    with hessian(model, images, labels, precision=precision, batch=batch) as operator:
        return extreme_eigenvalues(
            operator.times,
            start_vector(operator, generator),
            tolerance=tolerance,
            excluding=excluding,
            failure=failure,
            limit=limit,
            check=None if operator.dtype == torch.float64 else exactly,
        )
