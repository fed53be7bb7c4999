"""The tangent kernel of a ReLU MLP in NTK parametrisation when all widths are infinite."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from dltheory.errors import SpecError


def infinite_width_kernel(
    points: Float[Tensor, "points inputs"],
    *,
    hidden_layers: int,
    weight_scale: float = math.sqrt(2),
    bias_scale: float = 0.1,
) -> Float[Tensor, "points points"]:
    """Θ for one logit, in float64; the kernel of all logits is Θ ⊗ I (Jacot et al. 2018, Thm 1).

    With layers z ↦ (σ_w/√fan_in) W z + σ_b b, Σ_0 = Θ_0 = σ_w² x·x'/inputs + σ_b² and

        Σ_l = σ_w² E[f(u) f(v)] + σ_b²,   Θ_l = Σ_l + σ_w² E[f'(u) f'(v)] Θ_{l−1},

    (u, v) ~ N(0, Σ_{l−1}) for each pair of points, f = ReLU. The expectations are the arc-cosine
    kernels of Cho and Saul (2009).
    """
    if hidden_layers < 0:
        raise SpecError(
            f"A network has no fewer than 0 hidden layers; got {hidden_layers}. "
            "Give 0 for a linear model."
        )
    x = points.double()
    covariance = weight_scale**2 * (x @ x.T) / x.shape[1] + bias_scale**2
    kernel = covariance
    for _ in range(hidden_layers):
        products, derivatives = relu_expectations(covariance)
        covariance = weight_scale**2 * products + bias_scale**2
        kernel = covariance + weight_scale**2 * derivatives * kernel
    return kernel


def relu_expectations(
    covariance: Float[Tensor, "points points"],
) -> tuple[Float[Tensor, "points points"], Float[Tensor, "points points"]]:
    """E[f(u) f(v)] and E[f'(u) f'(v)] for f = ReLU and (u, v) of this covariance, pair by pair.

    √(k k') (sin θ + (π − θ) cos θ) / 2π and (π − θ) / 2π, where θ is the angle between u and v.
    Both are 0 where u or v has no variance, as a zero input without biases: f(0) = 0, and f'(0) is
    taken as 0.
    """
    deviation = covariance.diagonal().sqrt()
    sizes = deviation[:, None] * deviation
    varies = sizes > 0
    cos = torch.where(varies, covariance / sizes, 0).clamp(-1, 1)
    cos.fill_diagonal_(1)  # rounding there would cost half of the digits of the angle
    angle = torch.arccos(cos)
    products = sizes * (angle.sin() + (math.pi - angle) * cos) / (2 * math.pi)
    return products, torch.where(varies, math.pi - angle, 0) / (2 * math.pi)
