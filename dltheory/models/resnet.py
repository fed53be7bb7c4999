"""Residual networks with batch normalisation for small images (He et al. 2016, basic blocks).

`ResNet()` is the ResNet-18 of goldblum2020truth. It has a 3×3 convolution, then four stages of 64,
128, 256 and 512 filters with two blocks each, 1×1 convolutions in shortcuts that change the shape,
and no biases in convolutions. It has 11,173,962 parameters on CIFAR-10 and 11,220,132 on CIFAR-100.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class ResNet:
    """A first convolution, then one stage of residual blocks per entry of `blocks`.

    `width` is the number of filters in the first stage, and an entry of `blocks` is the number of
    blocks in its stage. Each further stage doubles the filters and halves height and width.
    """

    width: int = 64
    blocks: tuple[int, ...] = (2, 2, 2, 2)

    expansion: ClassVar[int] = 1  # filters that leave a block over filters within

    def __post_init__(self) -> None:
        if self.width < 1 or not self.blocks or any(count < 1 for count in self.blocks):
            raise SpecError(
                "A ResNet needs a positive width and at least one block in every stage; got "
                f"width {self.width} and blocks {self.blocks}. Give positive numbers."
            )

    def narrowed(self) -> ResNet:
        """The same depth with at most 4 filters in the first stage, for a quick trial run."""
        return replace(self, width=min(self.width, 4))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
        from torch import nn

        layers, inputs = self._stem(shape[0]), self.width
        for stage, count in enumerate(self.blocks):
            filters = self.width * 2**stage
            for block in range(count):
                layers.append(self._block(inputs, filters, 2 if stage > 0 and block == 0 else 1))
                inputs = self.expansion * filters
        head = self._head(inputs, classes)
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), *head)

    def _stem(self, channels: int) -> list[nn.Module]:
        from torch import nn

        return [*conv_bn(channels, self.width), nn.ReLU()]

    def _block(self, inputs: int, filters: int, stride: int) -> nn.Module:
        from dltheory.models.blocks import Residual

        body = self._body(inputs, filters, stride)
        return Residual(body, self._shortcut(inputs, self.expansion * filters, stride))

    def _body(self, inputs: int, filters: int, stride: int) -> nn.Module:
        from torch import nn

        first, second = conv_bn(inputs, filters, stride=stride), conv_bn(filters, filters)
        return nn.Sequential(*first, nn.ReLU(), *second)

    def _shortcut(self, inputs: int, outputs: int, stride: int) -> nn.Module:
        from torch import nn

        if stride == 1 and inputs == outputs:
            return nn.Identity()
        return nn.Sequential(*conv_bn(inputs, outputs, kernel=1, stride=stride))

    def _head(self, inputs: int, classes: int) -> list[nn.Module]:
        from torch import nn

        return [nn.Linear(inputs, classes)]


def conv_bn(
    inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """A convolution with padding ⌊kernel/2⌋ and no bias, and a batch normalisation after it."""
    from torch import nn

    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(outputs)]
