"""ResNet-50 for small images: bottleneck blocks (liu2020bad).

`BottleneckResNet()` has 23,520,842 parameters on CIFAR-10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dltheory.models.resnet import ResNet, conv_bn

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class BottleneckResNet(ResNet):
    """A `ResNet` with bottleneck blocks of 1×1, 3×3 and 1×1 convolutions.

    The second convolution of a block has its stride, and the third has 4 times as many filters.
    """

    blocks: tuple[int, ...] = (3, 4, 6, 3)

    expansion: ClassVar[int] = 4

    def _body(self, inputs: int, filters: int, stride: int) -> nn.Module:
        from torch import nn

        return nn.Sequential(
            *conv_bn(inputs, filters, kernel=1),
            nn.ReLU(),
            *conv_bn(filters, filters, stride=stride),
            nn.ReLU(),
            *conv_bn(filters, self.expansion * filters, kernel=1),
        )
