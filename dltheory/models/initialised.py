"""A model with another initialisation than PyTorch's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.models.initialisations import Initialisation
from dltheory.models.model import Model

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class Initialised:
    """A model whose initialisation is changed by `by`; may be nested.

    With a given seed, the parameters of `model` are drawn first and then changed by `by`. Therefore
    parameters that `by` does not change are the same in arms that differ only in `by`.
    """

    model: Model
    by: Initialisation

    def narrowed(self) -> Initialised:
        """The narrowed model with the same change of the initialisation."""
        return replace(self, model=self.model.narrowed())

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of this shape to logits."""
        import torch

        network = self.model.build(shape, classes)
        with torch.no_grad():
            self.by.apply(network)
        return network
