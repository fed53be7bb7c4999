"""Measures of the difference between two kernels (goldblum2020truth, §4).

Φ0 and Φ1 are the kernels before and after training, tensors of shape (points, points, classes,
classes). Sums and means are over all their entries, in float64. Leading axes for seeds are kept.
"""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Rescaling(NamedTuple):
    """The best factor a, and the share of the squared change that a Φ0 explains."""

    factor: Tensor
    share: Tensor


def correlation(
    before: Float[Tensor, "*seeds points points classes classes"],
    after: Float[Tensor, "*seeds points points classes classes"],
) -> Float[Tensor, "*seeds"]:
    """The correlation Cov(Φ1, Φ0) / (σ(Φ1) σ(Φ0)) over the entries, in [−1, 1].

    It does not change if a kernel is scaled by a positive number or shifted. It is NaN if a kernel
    is constant.
    """
    before, after = _entries(before), _entries(after)
    centred = [kernel - kernel.mean(dim=-1, keepdim=True) for kernel in (before, after)]
    return _cosine(*centred)


def cosine(
    before: Float[Tensor, "*seeds points points classes classes"],
    after: Float[Tensor, "*seeds points points classes classes"],
) -> Float[Tensor, "*seeds"]:
    """The cosine ⟨Φ1, Φ0⟩ / (‖Φ1‖ ‖Φ0‖) with Frobenius norms, the similarity in figure 4."""
    return _cosine(_entries(before), _entries(after))


def relative_change(
    before: Float[Tensor, "*seeds points points classes classes"],
    after: Float[Tensor, "*seeds points points classes classes"],
) -> Float[Tensor, "*seeds"]:
    """The relative change ‖Φ1 − Φ0‖ / ‖Φ0‖ with Frobenius norms."""
    before, after = _entries(before), _entries(after)
    return (after - before).norm(dim=-1) / before.norm(dim=-1)


def best_rescaling(
    before: Float[Tensor, "*seeds points points classes classes"],
    after: Float[Tensor, "*seeds points points classes classes"],
) -> Rescaling:
    """The factor a that minimises ‖Φ1 − a Φ0‖, and the share of the change that it explains.

    a = ⟨Φ1, Φ0⟩ / ‖Φ0‖². The change Φ1 − Φ0 is (a − 1) Φ0 plus a rest orthogonal to Φ0. The share
    is 1 − ‖Φ1 − a Φ0‖² / ‖Φ1 − Φ0‖², in [0, 1]. It is NaN if nothing changed.
    """
    before, after = _entries(before), _entries(after)
    size = before.square().sum(dim=-1)
    change = (after - before).square().sum(dim=-1)
    # ⟨Φ1, Φ0⟩/‖Φ0‖² − 1 would lose digits by cancellation if the kernel hardly changed.
    growth = ((after - before) * before).sum(dim=-1) / size
    return Rescaling(1 + growth, growth.square() * size / change)


def _entries(kernel: Tensor) -> Tensor:
    return kernel.double().flatten(-4)


def _cosine(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum(dim=-1) / (one.norm(dim=-1) * other.norm(dim=-1))
