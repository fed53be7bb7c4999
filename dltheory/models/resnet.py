"""Residual networks with batch normalisation for small images (He et al. 2016, basic blocks).

`ResNet()` is the ResNet-18 of goldblum2020truth: 3×3 stem, four stages of 64, 128, 256 and 512
filters with two blocks each, 1×1 convolution shortcuts, no biases in convolutions: 11,173,962
parameters on CIFAR-10, 11,220,132 on CIFAR-100.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class ResNet:
    """A stem, then one stage per entry of `blocks`; each stage doubles filters, halves the map."""

    width: int = 64
    blocks: tuple[int, ...] = (2, 2, 2, 2)

    def __post_init__(self) -> None:
        if self.width < 1 or not self.blocks or any(count < 1 for count in self.blocks):
            raise SpecError(
                "A ResNet needs a positive width and at least one block in every stage; got "
                f"width {self.width} and blocks {self.blocks}. Give positive numbers."
            )

    def narrowed(self) -> ResNet:
        """As deep, with at most 4 filters in the first stage: to execute a recipe."""
        return replace(self, width=min(self.width, 4))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A fresh network from images of this (channels, height, width) to logits."""
        from torch import nn

        layers: list[nn.Module] = [*_conv_bn(shape[0], self.width), nn.ReLU()]
        filters = self.width
        for stage, count in enumerate(self.blocks):
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                outputs = self.width * 2**stage
                layers.append(_basic_block(filters, outputs, stride))
                filters = outputs
        return nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(filters, classes)
        )


def _conv_bn(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    from torch import nn

    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs)]


def _basic_block(inputs: int, outputs: int, stride: int) -> nn.Module:
    from torch import nn

    from dltheory.models.blocks import Residual

    body = nn.Sequential(
        *_conv_bn(inputs, outputs, stride=stride), nn.ReLU(), *_conv_bn(outputs, outputs)
    )
    same_shape = stride == 1 and inputs == outputs
    shortcut = (
        nn.Identity()
        if same_shape
        else nn.Sequential(*_conv_bn(inputs, outputs, kernel=1, stride=stride))
    )
    return Residual(body, shortcut)
