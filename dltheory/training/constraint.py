"""What parameters are held to: applied after a step, where a penalty is added before it.

Parameters arrive stacked: the first axis of each tensor is the seed. Only tensor methods are
used, so importing this file imports no torch.
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
    """A set that the parameters are put back into."""

    def apply_to(self, parameters: Sequence[Tensor]) -> None:
        """Change the parameters in place."""
        ...


@dataclass(frozen=True, kw_only=True)
class Unconstrained:
    """Parameters go wherever the optimiser takes them."""

    def apply_to(self, parameters: Sequence[Tensor]) -> None:
        """Leave them."""


@dataclass(frozen=True, kw_only=True)
class FixedNorm:
    """Σ φ² = μ² after every step, by one rescaling of all parameters of a network.

    The hard form of norm-bias, as a control: norm-bias with a large coefficient (goldblum2020truth,
    A.5) pins the norm. If this does as well, the norm is what matters and not the pull towards it.
    """

    squared_norm: float

    def __post_init__(self) -> None:
        if not self.squared_norm > 0:
            raise SpecError(
                f"A fixed norm needs a squared norm μ² above 0; got {self.squared_norm}. "
                "Give the square of the norm: 2500 means norm 50."
            )

    def apply_to(self, parameters: Sequence[Tensor]) -> None:
        """φ ← φ μ / ‖φ‖, each seed with its own norm."""
        factors = (self.squared_norm / squared_norms(parameters)).sqrt()
        for parameter in parameters:
            parameter.mul_(factors.view(-1, *[1] * (parameter.dim() - 1)))
