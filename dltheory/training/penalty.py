"""Penalties on the parameters φ, whose gradient is added to that of the loss before each step.

Parameters are stacked: the first axis of each tensor is the seed, and each seed has its own norm.
Sums over φ include all trained parameters (weights, biases, scales and shifts of batch
normalisation), as in the code of goldblum2020truth. Only tensor methods are used, so importing this
file does not import torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@runtime_checkable
class Penalty(Protocol):
    """A function of the parameters that is added to the loss."""

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Add the penalty's gradient to `gradients` in place."""
        ...


@dataclass(frozen=True, kw_only=True)
class NoPenalty:
    """No penalty."""

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Leave the gradients as they are."""


@dataclass(frozen=True, kw_only=True)
class WeightDecay:
    """The penalty (c/2) Σ φ² with c = `coefficient`.

    Its gradient c·φ is added to that of the loss, as in torch.optim.SGD(weight_decay=c).
    """

    coefficient: float

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Add in place: g ← g + c φ."""
        for gradient, parameter in zip(gradients, parameters, strict=True):
            gradient.add_(parameter, alpha=self.coefficient)


@dataclass(frozen=True, kw_only=True)
class NormBias:
    """The penalty c·|Σ φ² − μ²| (goldblum2020truth, eq. 2), with the sum over all parameters.

    c is `coefficient` and μ² is `squared_norm`. The gradient of the formula is 2c·sign(Σ φ² −
    μ²)·φ. The authors' code adds c·sign(Σ φ² − μ²)·φ instead, so its penalty is (c/2)·|Σ φ² − μ²|,
    which for μ = 0 is weight decay with the same coefficient. `as_in` selects one of the two. At Σ
    φ² = μ² both gradients are 0.
    """

    coefficient: float
    squared_norm: float
    as_in: Literal["code", "formula"] = "code"

    def __post_init__(self) -> None:
        if self.squared_norm < 0:
            raise SpecError(
                f"Norm-bias needs a squared norm μ² of at least 0; got {self.squared_norm}. "
                "Give the square of the norm to aim at: 2500 means norm 50."
            )

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Add in place: g ← g ± c φ ("code") or g ± 2c φ ("formula").

        The sign is + above the target norm and − below it.
        """
        strength = self.coefficient * (2 if self.as_in == "formula" else 1)
        direction = (squared_norms(parameters) - self.squared_norm).sign()
        for gradient, parameter in zip(gradients, parameters, strict=True):
            per_seed = direction.view(-1, *[1] * (parameter.dim() - 1))
            gradient.addcmul_(per_seed, parameter, value=strength)


def squared_norms(parameters: Sequence[Tensor]) -> Tensor:
    """Σ φ² over all parameters of each seed, shape (seeds,)."""
    return sum(parameter.flatten(1).square().sum(1) for parameter in parameters)  # type: ignore[return-value]
