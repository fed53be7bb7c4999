"""A residual network without its shortcuts (goldblum2020truth, §5, table 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.errors import SpecError
from dltheory.models.model import Model

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class Skipless:
    """The same network, every block without its shortcut: relu(body(x)), or body(x).

    What is left begins as in the network with shortcuts and the same seed. The paper does not
    describe its network further; this keeps batch normalisation and every stride. Without
    them ResNet-18 has 11,000,138 parameters on CIFAR-10.
    """

    model: Model

    def narrowed(self) -> Skipless:
        """The narrowed model, without shortcuts."""
        return replace(self, model=self.model.narrowed())

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A fresh network from images of this shape to logits."""
        from dltheory.models.blocks import Residual, Sum

        network = self.model.build(shape, classes)
        if not any(isinstance(module, (Residual, Sum)) for module in network.modules()):
            raise SpecError(
                "Only a network with shortcuts can be made to lack them; "
                f"got {type(self.model).__name__}, which has none. Leave Skipless out."
            )
        return _bodies(network)


def _bodies(module: nn.Module) -> nn.Module:
    from torch import nn

    from dltheory.models.blocks import Residual, Sum

    for name, child in module.named_children():
        setattr(module, name, _bodies(child))
    if isinstance(module, Residual):
        return nn.Sequential(module.body, nn.ReLU())
    return module.body if isinstance(module, Sum) else module
