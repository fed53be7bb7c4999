"""The linear classifier with the smallest cross-entropy, and a lower bound on this minimum."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional


class Certified(NamedTuple):
    """Bounds on a minimal cross-entropy: `upper` is reached, and `lower` is a lower bound."""

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
    """Weight and bias of the linear classifier with the smallest mean cross-entropy.

    This is Newton's method. With N points x_n, z_n = (x_n, 1) and class probabilities p_n, the
    Hessian is Σ_n (diag p_n − p_n p_nᵀ) ⊗ z_n z_nᵀ / N. It is singular, because adding the same
    vector to all classes does not change the loss; the step is the shortest solution. It is halved
    until the loss does not rise. The iteration ends when the norm of the gradient is below
    `tolerance`, or after `steps` steps. If the classes can be separated there is no minimum, and it
    ends in the same way. For C classes and d inputs a step needs memory for (C (d + 1))² numbers
    and (C (d + 1))³ operations.
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
    """The mean cross-entropy L(W) of this classifier W, and a lower bound for other classifiers.

    The bound `lower` holds for all linear classifiers V with ‖V‖ ≤ 2‖W‖. For any probabilities q_n
    of the N points and any classifier V of z = (x, 1), the Fenchel dual of the cross-entropy gives

        L(V) ≥ (1/N) Σ_n H(q_n) + ⟨r, V⟩,    r = (1/N) Σ_n (q_n − e_{y_n}) z_nᵀ,

    where H is the entropy in nats, y_n the label and e_y the unit vector of class y. Let p_n be the
    probabilities of W, and M Newton's step at W. With q_n = p_n − (diag p_n − p_n p_nᵀ) M z_n, r is
    0 up to rounding, and `lower` is (1/N) Σ_n H(q_n) − 2 ‖r‖ ‖W‖, at least 0. If some q_n has
    negative entries, because W is far from a minimum, `lower` is 0. The cost is that of one Newton
    step.
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
    """The shortest solution M of H M = gradient, where H is the Hessian."""
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
