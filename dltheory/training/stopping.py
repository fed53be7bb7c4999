"""When a training ends: at its last epoch, or as soon as it fits the training set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import Tensor


@runtime_checkable
class Stopping(Protocol):
    """The condition under which a seed stops training."""

    @property
    def every(self) -> int:
        """The number of epochs between evaluations on the training set; 0 for no evaluation."""
        ...

    def reached(self, losses: Tensor, accuracies: Tensor) -> Tensor:
        """For each seed, whether it stops with this loss and accuracy on the training set."""
        ...


@dataclass(frozen=True, kw_only=True)
class LastEpoch:
    """Train for all epochs."""

    @property
    def every(self) -> int:
        """Return 0: the training set is not evaluated."""
        return 0

    def reached(self, losses: Tensor, accuracies: Tensor) -> Tensor:  # noqa: ARG002
        """Return false for every seed."""
        return losses.isnan() & False


@dataclass(frozen=True, kw_only=True)
class AtTrainAccuracy:
    """Stop at the first evaluation with at least this share of the training set correct.

    The networks are evaluated every `every` epochs on the whole training set, without augmentation
    and in evaluation mode. The first evaluation is before the first step. liu2020bad trains to 100
    % and evaluates every 25 epochs.
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
        """For each seed, whether its accuracy is at least `share`; false for NaN."""
        return accuracies >= self.share


@dataclass(frozen=True, kw_only=True)
class AtTrainLoss:
    """Stop at the first evaluation with a mean cross-entropy of at most `loss`.

    The networks are evaluated every `every` epochs on the whole training set, without augmentation
    and in evaluation mode. liao2020puzzles compares networks at equal training losses (0.006,
    0.0044). The authors' code takes the epoch whose running average is closest, which differs by
    less than the progress of one epoch.
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
        """For each seed, whether its loss is at most `loss`; false for NaN."""
        return losses <= self.loss
