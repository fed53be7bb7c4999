"""MobileNetV2 for small images (Sandler et al. 2018; goldblum2020truth, §3).

It follows the authors' code: it has ReLU instead of ReLU6, and stride 1 in the first convolution
and in the second stage. A block with stride 1 that changes the number of filters has a convolution
in its shortcut, so every block with stride 1 has a shortcut. The network has 2,296,922 parameters
on CIFAR-10 and 2,412,212 on CIFAR-100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.errors import SpecError
from dltheory.models.resnet import conv_bn

if TYPE_CHECKING:
    from torch import nn

# The numbers of filters of the first and of the last convolution, and the stages between them.
STEM, HEAD = 32, 1280
STAGES = (  # expansion, filters, blocks, stride of the first block
    (1, 16, 1, 1),
    (6, 24, 2, 1),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


@dataclass(frozen=True, kw_only=True)
class MobileNetV2:
    """17 inverted residual blocks; `width` multiplies all numbers of filters (rounded up)."""

    width: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.width < float("inf"):
            raise SpecError(
                f"The width of a MobileNetV2 multiplies its filters; got {self.width}. "
                "Give a positive number, 1 for the network of the papers."
            )

    def narrowed(self) -> MobileNetV2:
        """The same depth with at most a sixteenth of the filters, for a quick trial run."""
        return replace(self, width=min(self.width, 1 / 16))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
        from torch import nn

        inputs, head = self._filters(STEM), self._filters(HEAD)
        layers: list[nn.Module] = [*conv_bn(shape[0], inputs), nn.ReLU()]
        for expansion, filters, count, first_stride in STAGES:
            outputs = self._filters(filters)
            for stride in (first_stride, *(1,) * (count - 1)):
                layers.append(_block(inputs, outputs, expansion, stride))
                inputs = outputs
        layers += [*conv_bn(inputs, head, kernel=1), nn.ReLU()]
        return nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(head, classes)
        )

    def _filters(self, count: int) -> int:
        return math.ceil(count * self.width)


def _block(inputs: int, outputs: int, expansion: int, stride: int) -> nn.Module:
    from torch import nn

    from dltheory.models.blocks import Sum

    inner = expansion * inputs
    body = nn.Sequential(
        *conv_bn(inputs, inner, kernel=1),
        nn.ReLU(),
        *conv_bn(inner, inner, stride=stride, groups=inner),
        nn.ReLU(),
        *conv_bn(inner, outputs, kernel=1),
    )
    if stride > 1:
        return body
    same = inputs == outputs
    return Sum(body, nn.Identity() if same else nn.Sequential(*conv_bn(inputs, outputs, kernel=1)))
