"""The linear classifier of smallest cross-entropy, and a proof of how small that is."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional


class Certified(NamedTuple):
    """A cross-entropy that is reached, and one below which none is."""

    upper: float
    lower: float


def linear_minimiser(
    x: Float[Tensor, "points inputs"],
    y: Int64[Tensor, " points"],
    classes: int,
    *,
    tolerance: float = 1e-13,
    steps: int = 100,
) -> tuple[Float[Tensor, "classes inputs"], Float[Tensor, " classes"]]:
    """Weight and bias of the linear classifier of smallest mean cross-entropy, by Newton's method.

    The Hessian is Σ_n (diag p_n − p_n p_nᵀ) ⊗ z_n z_nᵀ / N with z = (x, 1); adding one vector to
    every class changes nothing, so the step is the shortest solution. Halved until the loss falls.
    Where classes can be separated there is no minimum, and the loss falls until its gradient is
    below the tolerance. A step takes memory for (C (d + 1))² numbers and time in its power 3/2.
    """
    z = _with_constant(x)
    W = torch.zeros(classes, z.shape[1], dtype=x.dtype)
    one_hot = functional.one_hot(y, classes).to(x.dtype)

    def loss(weight: Tensor) -> float:
        return float(functional.cross_entropy(z @ weight.T, y))

    for _ in range(steps):
        p = (z @ W.T).softmax(dim=1)
        gradient = (p - one_hot).T @ z / len(z)
        if float(gradient.norm()) < tolerance:
            break
        step = _newton_step(z, p, gradient)
        size = 1.0
        while size > 1e-6 and loss(W - size * step) > loss(W):
            size /= 2
        W = W - size * step
    return W[:, :-1], W[:, -1]


def certified_minimum(
    x: Float[Tensor, "points inputs"],
    y: Int64[Tensor, " points"],
    weight: Float[Tensor, "classes inputs"],
    bias: Float[Tensor, " classes"],
) -> Certified:
    """L at this linear classifier W, and what no linear classifier of up to 2‖W‖ is below.

    For any probabilities q_n, and any classifier V of z = (x, 1), the Fenchel dual of the
    cross-entropy gives

        L(V) ≥ (1/N) Σ_n H(q_n) + ⟨r, V⟩,    r = (1/N) Σ_n (q_n − e_{y_n}) z_nᵀ,

    H the entropy in nats. With Newton's step M at W, q_n = p_n − (diag p_n − p_n p_nᵀ) M z_n makes
    r vanish up to rounding, and `lower` is (1/N) Σ H(q_n) − 2 ‖r‖ ‖W‖. Where that is no set of
    probabilities, because W is far from a minimum, `lower` is 0. One step of Newton's cost.
    """
    z, W = _with_constant(x), torch.cat([weight, bias[:, None]], dim=1)
    one_hot = functional.one_hot(y, len(bias)).to(x.dtype)
    outputs = z @ W.T
    p = outputs.softmax(dim=1)
    moved = z @ _newton_step(z, p, (p - one_hot).T @ z / len(z)).T
    q = p * (1 - moved + (p * moved).sum(dim=1, keepdim=True))
    entropy = torch.special.entr(q).sum(dim=1).mean()  # −∞ where q is negative
    remainder = (q - one_hot).T @ z / len(z)
    return Certified(
        upper=float(functional.cross_entropy(outputs, y)),
        lower=max(0.0, float(entropy - 2 * remainder.norm() * W.norm())),
    )


def _with_constant(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)


def _newton_step(z: Tensor, p: Tensor, gradient: Tensor) -> Tensor:
    """The shortest M with H M = gradient."""
    return torch.linalg.lstsq(
        _softmax_hessian(z, p), gradient.flatten()[:, None], driver="gelsd"
    ).solution.view_as(gradient)


def _softmax_hessian(z: Tensor, p: Tensor) -> Tensor:
    classes, inputs = p.shape[1], z.shape[1]
    blocks = torch.empty(classes, inputs, classes, inputs, dtype=z.dtype)
    for a in range(classes):
        for b in range(a, classes):
            curvature = p[:, a] * (float(a == b) - p[:, b])
            block = z.T @ (curvature[:, None] * z) / len(z)
            blocks[a, :, b, :] = block
            blocks[b, :, a, :] = block
    return blocks.view(classes * inputs, classes * inputs)
