"""A model that begins elsewhere than PyTorch would let it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.models.initialisations import Initialisation
from dltheory.models.model import Model

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class Initialised:
    """The model with its own initialisation changed `by` another; may be nested.

    A seed first gives what the bare model would begin with, then what `by` draws, so arms that
    differ by what is left alone (say, biases) share the rest.
    """

    model: Model
    by: Initialisation

    def narrowed(self) -> Initialised:
        """The narrowed model, initialised alike."""
        return replace(self, model=self.model.narrowed())

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A fresh network from images of this shape to logits."""
        import torch

        network = self.model.build(shape, classes)
        with torch.no_grad():
            self.by.apply(network)
        return network
