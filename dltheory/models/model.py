"""The interface of all descriptions of networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import nn


@runtime_checkable
class Model(Protocol):
    """The description of an architecture with its initialisation."""

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps inputs of this shape (without the batch) to logits."""
        ...

    def narrowed(self) -> Model:
        """A narrow network of (almost) the same depth, for a quick trial run of a recipe."""
        ...
