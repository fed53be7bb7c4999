"""VGG16 with batch normalisation for small images (liu2020bad).

`VGG()` has 14,728,266 parameters on CIFAR-10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class VGG:
    """3×3 convolutions with biases and batch normalisation; 2×2 maximum pooling after each stage.

    `blocks` are the numbers of convolutions in each stage. The stages have width · 1, 2, 4, 8, 8,
    8, … filters. Unlike the network of Simonyan and Zisserman (2015) it has one linear layer and no
    dropout.
    """

    width: int = 64
    blocks: tuple[int, ...] = (2, 2, 3, 3, 3)

    def __post_init__(self) -> None:
        if self.width < 1 or not self.blocks or any(count < 1 for count in self.blocks):
            raise SpecError(
                "A VGG needs a positive width and at least one convolution in every stage; got "
                f"width {self.width} and blocks {self.blocks}. Give positive numbers."
            )

    def narrowed(self) -> VGG:
        """The same depth with at most 4 filters in the first stage, for a quick trial run."""
        return replace(self, width=min(self.width, 4))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
        from torch import nn

        inputs, layers = shape[0], []
        for stage, count in enumerate(self.blocks):
            filters = self.width * 2 ** min(stage, 3)
            for _ in range(count):
                convolution = nn.Conv2d(inputs, filters, 3, padding=1)
                layers += [convolution, nn.BatchNorm2d(filters), nn.ReLU()]
                inputs = filters
            layers.append(nn.MaxPool2d(2))
        height, width = (side >> len(self.blocks) for side in shape[1:])
        if height * width == 0:
            raise SpecError(
                f"{len(self.blocks)} stages halve height and width as often, so both must be at "
                f"least {2 ** len(self.blocks)}; got images of {tuple(shape[1:])}. "
                "Give larger images or fewer stages."
            )
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * height * width, classes))
