"""Multilayer perceptrons in NTK parametrisation: N(0, 1) parameters, scaled in the forward pass."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class NTKMLP:
    """Layers z ↦ (σ_w/√fan_in) W z + σ_b b with ReLUs between them.

    Entries of W and b are independent N(0, 1). σ_w is `weight_scale`, σ_b is `bias_scale`, and
    `hidden` are the hidden widths. In this parametrisation the tangent kernel has a finite limit as
    the widths grow (Jacot et al. 2018, §3); `dltheory.linalg.infinite_width_kernel` computes it.
    The default σ_w = √2 keeps the size of activations through ReLUs.
    """

    hidden: tuple[int, ...]
    weight_scale: float = math.sqrt(2)
    bias_scale: float = 0.1

    def __post_init__(self) -> None:
        if any(width < 1 for width in self.hidden):
            raise SpecError(
                f"Every hidden layer needs at least one unit; got widths {self.hidden}. "
                "Give positive widths, or hidden=() for a linear model."
            )

    def narrowed(self) -> NTKMLP:
        """The same depth with at most 16 units per layer, for a quick trial run without results."""
        return replace(self, hidden=tuple(min(width, 16) for width in self.hidden))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps flattened images of this shape to logits of `classes` classes."""
        from torch import nn

        from dltheory.models.blocks import NTKAffine

        widths = [math.prod(shape), *self.hidden, classes]
        layers: list[nn.Module] = [nn.Flatten()]
        for inputs, outputs in pairwise(widths):
            affine = NTKAffine(inputs, outputs, self.weight_scale, self.bias_scale)
            layers += [affine, nn.ReLU()]
        return nn.Sequential(*layers[:-1])
