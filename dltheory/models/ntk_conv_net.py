"""The plain convolutional network of the tangent-kernel experiment of goldblum2020truth, §4."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class NTKConvNet:
    """3×3 convolutions of w, 2w, 2w and 4w filters, pool, one of 4w filters, pool, a linear layer.

    w is `width`. All layers have biases. Convolutions have padding 1 and are followed by a ReLU. A
    pool is a maximum over 3×3 pixels without overlap. With w = 64 the network has 1,131,530
    parameters on CIFAR-10. The paper calls it "5-layer" in one place and "6-layer" in another. The
    initialisation is PyTorch's own, as in the authors' code (the paper prints He). `batch_norm`
    adds a batch normalisation before each ReLU; the paper's network has none.
    """

    width: int = 64
    batch_norm: bool = False

    def __post_init__(self) -> None:
        if self.width < 1:
            raise SpecError(
                f"A convolutional network needs at least one filter; got width {self.width}. "
                "Give a positive width."
            )

    def narrowed(self) -> NTKConvNet:
        """The same depth with at most 4 filters in the first layer, for a quick trial run."""
        return replace(self, width=min(self.width, 4))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
        from torch import nn

        filters = [shape[0], *(multiple * self.width for multiple in (1, 2, 2, 4, 4))]
        layers: list[nn.Module] = []
        for place, (inputs, outputs) in enumerate(pairwise(filters)):
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            if self.batch_norm:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.ReLU())
            if place >= 3:
                layers.append(nn.MaxPool2d(3))
        height, width = (side // 3 // 3 for side in shape[1:])
        if height * width == 0:
            raise SpecError(
                "This network divides height and width by 3 twice, so both must be at least 9; "
                f"got images of {tuple(shape[1:])}. Give larger images."
            )
        return nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(4 * self.width * height * width, classes)
        )
