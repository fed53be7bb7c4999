"""How the learning rate changes from epoch to epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dltheory.errors import SpecError


@runtime_checkable
class Schedule(Protocol):
    """A factor on the learning rate for each epoch, counted from 0."""

    def factor(self, epoch: int) -> float:
        """What the learning rate is multiplied by in this epoch."""
        ...

    def scaled(self, scale: float) -> Schedule:
        """The same schedule for a training `scale` times as long."""
        ...


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The same learning rate throughout."""

    def factor(self, epoch: int) -> float:  # noqa: ARG002  every epoch is alike
        """1."""
        return 1.0

    def scaled(self, scale: float) -> Constant:  # noqa: ARG002  nothing to stretch
        """Itself."""
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
        """by^(number of steps at or before this epoch)."""
        return self.by ** sum(epoch >= step for step in self.at)

    def scaled(self, scale: float) -> Steps:
        """Steps at the same fractions of a training `scale` times as long, merged ones kept once.

        Steps that fall on the same epoch are one step of their combined size only if all of them
        do; otherwise a short training keeps fewer steps, which is a deviation that is recorded.
        """
        return Steps(at=tuple(sorted({round(epoch * scale) for epoch in self.at})), by=self.by)
