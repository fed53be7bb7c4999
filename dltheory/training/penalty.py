"""Penalties on the parameters, added to the gradient of the loss before the optimiser sees it.

Parameters arrive stacked: the first axis of each tensor is the seed, and each seed has its own
norm. All parameters count (weights, biases, scales and shifts of batch normalisation), as in the
code of goldblum2020truth. Only tensor methods are used, so importing this file imports no torch.
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
    """Something that pulls on the parameters."""

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Add the penalty's gradient in place."""
        ...


@dataclass(frozen=True, kw_only=True)
class NoPenalty:
    """Nothing pulls on the parameters."""

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Leave the gradients as they are."""


@dataclass(frozen=True, kw_only=True)
class WeightDecay:
    """(c/2) Σ φ², coupled: c·φ joins the gradient, as in torch.optim.SGD(weight_decay=c)."""

    coefficient: float

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """g ← g + c φ."""
        for gradient, parameter in zip(gradients, parameters, strict=True):
            gradient.add_(parameter, alpha=self.coefficient)


@dataclass(frozen=True, kw_only=True)
class NormBias:
    """c·|Σ φ² − μ²| (goldblum2020truth, eq. 2), with one norm over all parameters of the network.

    The gradient of the formula is 2c·sign(Σ φ² − μ²)·φ. The authors' code adds c·sign(…)·φ, so its
    penalty is (c/2)·|Σ φ² − μ²|, which at μ = 0 is exactly weight decay with the same coefficient.
    `as_in` says which of the two; at Σ φ² = μ² both add nothing.
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
        """g ← g ± c φ (code) or g ± 2c φ (formula), + above the target norm and − below."""
        strength = self.coefficient * (2 if self.as_in == "formula" else 1)
        direction = (squared_norms(parameters) - self.squared_norm).sign()
        for gradient, parameter in zip(gradients, parameters, strict=True):
            per_seed = direction.view(-1, *[1] * (parameter.dim() - 1))
            gradient.addcmul_(per_seed, parameter, value=strength)


def squared_norms(parameters: Sequence[Tensor]) -> Tensor:
    """Σ φ² over all parameters of each seed, shape (seeds,)."""
    return sum(parameter.flatten(1).square().sum(1) for parameter in parameters)  # type: ignore[return-value]
