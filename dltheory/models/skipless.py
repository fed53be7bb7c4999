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
    """The network of `model` in which every residual block is replaced by its body.

    A block relu(body(x) + shortcut(x)) becomes relu(body(x)), and body(x) + shortcut(x) becomes
    body(x). The remaining parameters have the same initial values as in the network with shortcuts
    and the same seed. The paper does not describe its network further; this one keeps batch
    normalisation and strides. ResNet-18 without shortcuts has 11,000,138 parameters on CIFAR-10.
    """

    model: Model

    def narrowed(self) -> Skipless:
        """The narrowed model without shortcuts."""
        return replace(self, model=self.model.narrowed())

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of this shape to logits.

        SpecError is raised if the network of `model` has no shortcuts.
        """
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
