"""ResNets whose shortcuts have no parameters: ResNet-56 (He et al. 2016, §4.2; liao2020puzzles).

`PaddedResNet()` is ResNet-56: 853,018 parameters on CIFAR-10 (He et al. print 0.85 million).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dltheory.models.resnet import ResNet

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class PaddedResNet(ResNet):
    """A `ResNet` whose shortcuts have no parameters ("option A" of He et al.).

    A shortcut that changes the shape keeps every second pixel and adds channels of zeros. With
    three stages of n blocks each the depth is 6n + 2.
    """

    width: int = 16
    blocks: tuple[int, ...] = (9, 9, 9)

    def _shortcut(self, inputs: int, outputs: int, stride: int) -> nn.Module:
        from torch import nn

        if stride == 1 and inputs == outputs:
            return nn.Identity()
        return nn.Sequential(
            nn.AvgPool2d(1, stride=stride), nn.ZeroPad3d((0, 0, 0, 0, 0, outputs - inputs))
        )
