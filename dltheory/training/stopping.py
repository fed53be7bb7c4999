"""When a training ends: at its last epoch, or as soon as it fits the training set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import Tensor


@runtime_checkable
class Stopping(Protocol):
    """Which seeds have what they were trained for."""

    @property
    def every(self) -> int:
        """Epochs from one look at the training set to the next; 0 to never look."""
        ...

    def reached(self, losses: Tensor, accuracies: Tensor) -> Tensor:
        """For each seed, whether it stops with this loss and accuracy on the training set."""
        ...


@dataclass(frozen=True, kw_only=True)
class LastEpoch:
    """Train for all epochs."""

    @property
    def every(self) -> int:
        """0: nothing is looked at."""
        return 0

    def reached(self, losses: Tensor, accuracies: Tensor) -> Tensor:  # noqa: ARG002
        """No seed."""
        return losses.isnan() & False


@dataclass(frozen=True, kw_only=True)
class AtTrainAccuracy:
    """Stop at the first look at which at least this share of the training set is classified.

    The share is exact, over the training set as it is (no augmentation), in evaluation mode. A
    network that is there before its first step is not trained. liu2020bad trains to 100 % and
    looks every 25 epochs.
    """

    share: float = 1.0
    every: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or self.every < 1:
            raise SpecError(
                "Training stops at a share above 0 and up to 1, looked at every 1 or more epochs; "
                f"got share {self.share} and every {self.every}. Give 1.0 for 100 %."
            )

    def reached(self, losses: Tensor, accuracies: Tensor) -> Tensor:  # noqa: ARG002
        """accuracy ≥ share."""
        return accuracies >= self.share


@dataclass(frozen=True, kw_only=True)
class AtTrainLoss:
    """Stop at the first look at which the mean cross-entropy of the training set is this low.

    Exact, over the training set as it is, in evaluation mode. liao2020puzzles compares networks
    at one train loss (0.006, 0.0044); the authors' code takes the epoch whose running average is
    closest, which differs by less than one epoch's progress.
    """

    loss: float
    every: int = 1

    def __post_init__(self) -> None:
        if not self.loss > 0 or self.every < 1:
            raise SpecError(
                "Training stops at a loss above 0, looked at every 1 or more epochs; got loss "
                f"{self.loss} and every {self.every}. Give the mean cross-entropy to reach."
            )

    def reached(self, losses: Tensor, accuracies: Tensor) -> Tensor:  # noqa: ARG002
        """loss ≤ the wanted loss."""
        return losses <= self.loss
