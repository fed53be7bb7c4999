"""Spectral density of the loss Hessian, as nodes and weights."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.linalg.stochastic_lanczos import spectral_density
from dltheory.probes._hessian import Precision, hessian


def hessian_density(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    steps: int = 30,
    runs: int = 3,
    precision: Precision = "float64",
    batch: int = 1000,
) -> Float64[Tensor, "runs 2 steps"]:
    """Nodes θ and weights w, Σ w = 1, with Σ w f(θ) ≈ (1/n) Σ f(λ) over the n eigenvalues of H.

    H = ∇²(1/N) Σ −log softmax(F(x))_y over all parameters, evaluation mode, no weight decay (it
    would move all nodes by c). One run for each random start; the spread over runs shows the error,
    and `smoothed` draws a curve. Cost: steps · runs products.
    """
    with hessian(model, images, labels, precision=precision, batch=batch) as operator:
        return spectral_density(
            operator.times,
            operator.n,
            generator=generator,
            steps=steps,
            runs=runs,
            like=torch.empty(0, dtype=operator.dtype, device=operator.device),
        )
