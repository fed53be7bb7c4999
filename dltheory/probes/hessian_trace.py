"""Trace of the loss Hessian, with its standard error."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.linalg.stochastic_lanczos import TraceMethod, stochastic_trace
from dltheory.probes._hessian import Precision, hessian


class HessianTrace(NamedTuple):
    """An unbiased estimate of tr H, its standard error over the random vectors, and the cost."""

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
    """Σ λ of H = ∇²(1/N) Σ −log softmax(F(x))_y over all parameters, in evaluation mode.

    A sum, not a mean over parameters; no weight decay, which with penalty (c/2)‖φ‖² adds c times
    the number of parameters. Estimated by `stochastic_trace` with this many products.
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
