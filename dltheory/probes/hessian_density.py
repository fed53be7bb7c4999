"""The spectral density of the Hessian of the loss, as nodes and weights."""

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
    """Nodes θ and weights w with Σ w = 1, so that Σ w f(θ) ≈ (1/n) Σ f(λ) for functions f.

    λ are the n eigenvalues of the Hessian H of (1/N) Σ −ln softmax(F(x))_y over all parameters, in
    evaluation mode. Weight decay is not included; a penalty (c/2)‖φ‖² would add c to all nodes.
    Each run has its own random start, and the variation over runs shows the error. On axis 1 nodes
    are at 0 and weights at 1. `dltheory.linalg.stochastic_lanczos.smoothed` makes a curve of them.
    The cost is steps · runs products with H.
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
