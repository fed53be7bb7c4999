"""Constraints on the parameters, applied after each step (a penalty is added before it).

Parameters are stacked: the first axis of each tensor is the seed. Only tensor methods are used, so
importing this file does not import torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dltheory.errors import SpecError
from dltheory.training.penalty import squared_norms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@runtime_checkable
class Constraint(Protocol):
    """A set of allowed parameters, to which they are returned after each step."""

    def apply_to(self, parameters: Sequence[Tensor]) -> None:
        """Change the parameters in place so that they satisfy the constraint."""
        ...


@dataclass(frozen=True, kw_only=True)
class Unconstrained:
    """No constraint."""

    def apply_to(self, parameters: Sequence[Tensor]) -> None:
        """Leave the parameters unchanged."""


@dataclass(frozen=True, kw_only=True)
class FixedNorm:
    """Σ φ² = μ² after every step, by one rescaling of all parameters φ of a network.

    μ² is `squared_norm`. This is a control for `NormBias`, which with a large coefficient
    (goldblum2020truth, A.5) also fixes the norm. If networks with this constraint perform as well,
    then the norm matters and not the gradient of the penalty.
    """

    squared_norm: float

    def __post_init__(self) -> None:
        if not self.squared_norm > 0:
            raise SpecError(
                f"A fixed norm needs a squared norm μ² above 0; got {self.squared_norm}. "
                "Give the square of the norm: 2500 means norm 50."
            )

    def apply_to(self, parameters: Sequence[Tensor]) -> None:
        """Rescale in place: φ ← φ μ / ‖φ‖, where each seed has its own norm ‖φ‖."""
        factors = (self.squared_norm / squared_norms(parameters)).sqrt()
        for parameter in parameters:
            parameter.mul_(factors.view(-1, *[1] * (parameter.dim() - 1)))
