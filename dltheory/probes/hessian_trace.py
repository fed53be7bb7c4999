"""The trace of the Hessian of the loss, with its standard error."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.linalg.stochastic_lanczos import TraceMethod, stochastic_trace
from dltheory.probes._hessian import Precision, hessian


class HessianTrace(NamedTuple):
    """An unbiased estimate of tr H, its standard error, and the number of products with H.

    The standard error is over the random vectors.
    """

    trace: float
    standard_error: float
    products: float


def hessian_trace(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    products: int = 30,
    method: TraceMethod = "hutch++",
    precision: Precision = "float64",
    batch: int = 1000,
) -> HessianTrace:
    """The trace Σ λ of the Hessian H of (1/N) Σ −ln softmax(F(x))_y, in evaluation mode.

    H is over all parameters, and λ are its eigenvalues. The trace is a sum and not a mean. Weight
    decay is not included; a penalty (c/2)‖φ‖² would add c times the number of parameters.
    `stochastic_trace` estimates the trace with `products` products by `method`.
    """
    with hessian(model, images, labels, precision=precision, batch=batch) as operator:
        like = torch.empty(0, dtype=operator.dtype, device=operator.device)
        found = stochastic_trace(
            operator.times,
            operator.n,
            generator=generator,
            products=products,
            method=method,
            like=like,
        )
    return HessianTrace(found.trace, found.standard_error, float(found.products))
