"""Learning-rate schedules: factors on the learning rate by epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dltheory.errors import SpecError


@runtime_checkable
class Schedule(Protocol):
    """A factor on the learning rate for each epoch, counted from 0."""

    def factor(self, epoch: int) -> float:
        """The factor on the learning rate in this epoch."""
        ...

    def scaled(self, scale: float) -> Schedule:
        """The schedule for a training that is `scale` times as long."""
        ...


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The same learning rate in all epochs."""

    def factor(self, epoch: int) -> float:  # noqa: ARG002  every epoch is alike
        """Return 1, since the learning rate does not change."""
        return 1.0

    def scaled(self, scale: float) -> Constant:  # noqa: ARG002  nothing to stretch
        """Return this schedule, which has no epochs to scale."""
        return self


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The learning rate is multiplied by `by` at the start of each epoch in `at`, cumulatively."""

    at: tuple[int, ...]
    by: float = 0.1

    def __post_init__(self) -> None:
        if list(self.at) != sorted(set(self.at)) or any(epoch < 0 for epoch in self.at):
            raise SpecError(
                f"Steps need increasing epochs counted from 0; got {self.at}. Sort them."
            )

    def factor(self, epoch: int) -> float:
        """Return by^k, where k is the number of steps at or before this epoch."""
        return self.by ** sum(epoch >= step for step in self.at)

    def scaled(self, scale: float) -> Steps:
        """Steps at the same fractions of a training that is `scale` times as long.

        Epochs are rounded. Steps that are rounded to the same epoch become one step with the single
        factor `by`, so a short training may end with a larger learning rate.
        """
        return Steps(at=tuple(sorted({round(epoch * scale) for epoch in self.at})), by=self.by)
