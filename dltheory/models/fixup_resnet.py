"""ResNets without batch normalisation: Fixup (Zhang et al. 2019; goldblum2020truth, §3).

`FixupResNet()` is Fixup ResNet-20: 268,393 parameters on CIFAR-10, 274,243 on CIFAR-100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dltheory.models.padded_resnet import PaddedResNet

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class FixupResNet(PaddedResNet):
    """A `PaddedResNet` with scalar biases and one scale per block instead of batch normalisation.

    A block is x ↦ relu(s · C_2(relu(C_1(x + b_1) + b_2) + b_3) + b_4 + shortcut(x)), where C_1 and
    C_2 are convolutions, b_i and s are single numbers, and a shortcut that changes the shape
    receives x + b_1. At initialisation C_1 has entries N(0, 2/(m · fan_out)), with m the number of
    all blocks; C_2 and the last layer are 0, b_i = 0 and s = 1. The first convolution has PyTorch's
    initialisation. Therefore a block initially returns relu(shortcut(x)), and all logits are 0.
    """

    blocks: tuple[int, ...] = (3, 3, 3)

    def _stem(self, channels: int) -> list[nn.Module]:
        from torch import nn

        from dltheory.models.blocks import Shift

        return [nn.Conv2d(channels, self.width, 3, padding=1, bias=False), Shift(), nn.ReLU()]

    def _block(self, inputs: int, filters: int, stride: int) -> nn.Module:
        from torch import nn

        from dltheory.models.blocks import Residual, Scale, Shift

        first = nn.Conv2d(inputs, filters, 3, stride, padding=1, bias=False)
        second = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        nn.init.normal_(first.weight, std=math.sqrt(2 / (sum(self.blocks) * filters * 9)))
        nn.init.zeros_(second.weight)
        body = [first, Shift(), nn.ReLU(), Shift(), second, Scale(), Shift()]
        shortcut = self._shortcut(inputs, filters, stride)
        if isinstance(shortcut, nn.Identity):
            return Residual(nn.Sequential(Shift(), *body), shortcut)
        return nn.Sequential(Shift(), Residual(nn.Sequential(*body), shortcut))

    def _head(self, inputs: int, classes: int) -> list[nn.Module]:
        from torch import nn

        from dltheory.models.blocks import Shift

        linear = nn.Linear(inputs, classes)
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
        return [Shift(), linear]
