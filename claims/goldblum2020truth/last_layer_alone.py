"""The penalty that leaves all layers but the last where they began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class LastLayerAlone:
    """g ← 0 but for the last layer's weight A and bias b, where g ← g + c (A, b).

    On an MLP that embeds a linear classifier, gradient steps then train that classifier with
    weight decay c, which is convex. The last two parameters must be the last layer's.
    """

    described_as: ClassVar = "LastLayerAlone"  # in the keys of runs that were made already

    decay: float = 0.0

    def add_to(self, gradients: Sequence[Tensor], parameters: Sequence[Tensor]) -> None:
        """Change the gradients in place."""
        for gradient in gradients[:-2]:
            gradient.zero_()
        for gradient, parameter in zip(gradients[-2:], parameters[-2:], strict=True):
            gradient.add_(parameter, alpha=self.decay)
