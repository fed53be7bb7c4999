"""The tangent kernel of a ReLU MLP in NTK parametrisation in the limit of infinite widths."""

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
    """The kernel Θ of one logit for all pairs of points, in float64 (Jacot et al. 2018, Thm 1).

    The kernel of all logits is Θ ⊗ I. The layers are z ↦ (σ_w/√fan_in) W z + σ_b b, with σ_w =
    `weight_scale` and σ_b = `bias_scale`. For points x and x' of `inputs` numbers,
    Σ_0 = Θ_0 = σ_w² x·x'/inputs + σ_b². Each hidden layer l gives

        Σ_l = σ_w² E[f(u) f(v)] + σ_b²,   Θ_l = Σ_l + σ_w² E[f'(u) f'(v)] Θ_{l−1},

    where f is the ReLU and (u, v) ~ N(0, Σ_{l−1}) for the pair of points. The expectations are the
    arc-cosine kernels of Cho and Saul (2009).
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
    """E[f(u) f(v)] and E[f'(u) f'(v)] for the ReLU f and each pair (u, v) of normal variables.

    u and v have mean 0, variances k and k', and the given covariance √(k k') cos θ. The
    expectations are √(k k') (sin θ + (π − θ) cos θ) / 2π and (π − θ) / 2π. Both are 0 if u or v has
    variance 0 (as for a zero input without biases), because f(0) = 0 and f'(0) is taken as 0.
    """
    deviation = covariance.diagonal().sqrt()
    sizes = deviation[:, None] * deviation
    varies = sizes > 0
    cos = torch.where(varies, covariance / sizes, 0).clamp(-1, 1)
    cos.fill_diagonal_(1)  # rounding there would cost half of the digits of the angle
    angle = torch.arccos(cos)
    products = sizes * (angle.sin() + (math.pi - angle) * cos) / (2 * math.pi)
    return products, torch.where(varies, math.pi - angle, 0) / (2 * math.pi)
