"""What every description of a network can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import nn


@runtime_checkable
class Model(Protocol):
    """An architecture with its initialisation."""

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A fresh network from inputs of this shape to logits."""
        ...

    def narrowed(self) -> Model:
        """As deep and no wider than it takes to execute."""
        ...
