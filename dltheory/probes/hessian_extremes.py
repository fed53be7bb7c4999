"""Smallest and largest eigenvalue of the loss Hessian, with what is certain and what is not."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.linalg.extreme_eigenvalues import Extremes, extreme_eigenvalues
from dltheory.probes._hessian import Precision, hessian, start_vector


class HessianExtremes(NamedTuple):
    """λ_min is at most `smallest` and at least `lowest`; λ_max at least `largest`, ≤ `highest`.

    Some eigenvalue lies within each residual of its value. That nothing lies below `lowest`, or
    above `highest`, has probability 1 − `failure` each, over the random start. All up to
    `rounding`, an estimate ten times as large as what was measured; `lowest` and `highest`
    contain it already.
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
    """Ends of the spectrum of H = ∇²(1/N) Σ −log softmax(F(x))_y, over all parameters.

    Evaluation mode, exact over the whole set; no weight decay, which with penalty (c/2)‖φ‖² makes
    every eigenvalue c larger (goldblum2020truth, Table 1, has it inside). One Krylov space with
    full reorthogonalisation serves both ends; see `extreme_eigenvalues` for the bounds, for
    `tolerance` and `excluding` (relative to the larger |end|) and for `limit`, after which the
    result says how far it came.

    With precision "float32" the products are cheaper; values and residuals still come from fresh
    products in float64, but much less can be excluded: `lowest` and `highest` show how much.
    Cost: `products` of two backward passes each, and a vector of all parameters in memory for each.
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
    """The same with the vectors."""

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
