"""Plain convolutional networks without pooling, as liao2020puzzles measures them (appendices).

| paper | here | parameters |
|---|---|---|
| L.1.1, 24 filters, CIFAR-10 | `ConvNet.three_layers(24)` | 154,464 |
| L.1.2, 34 filters, MNIST | `ConvNet.three_layers(34)` | 165,784 |
| appendix B, figure 2 top | `ConvNet.three_layers_in_strides(64)` | 148,160 |
| L.2, five layers | `ConvNet.five_layers(32)` | 188,810 once batch normalisation is folded |
| figures 1 and 3, "approximately 10,000" | `ConvNet.ten_thousand(16)` | 9,978 |

Strides and padding are printed for the second alone; each constructor says what was inferred.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class ConvNet:
    """Convolutions of `filters`, linear layers of `hidden` units, a linear layer to the logits.

    ReLU after each layer but the last, which sees every place of the last map. `padded` pads by
    ⌊kernel/2⌋, otherwise not at all. `biases` says which layers have one; with `batch_norm`
    every hidden layer, convolution or not, is normalised before its ReLU.
    """

    filters: tuple[int, ...]
    strides: tuple[int, ...]
    hidden: tuple[int, ...] = ()
    kernel: int = 3
    padded: bool = True
    biases: Literal["every", "first", "none"] = "every"
    batch_norm: bool = False

    def __post_init__(self) -> None:
        sizes = (*self.filters, *self.strides, *self.hidden, self.kernel)
        if not self.filters or len(self.strides) != len(self.filters) or min(sizes) < 1:
            raise SpecError(
                "A convolutional network needs one stride for each of its convolutions and "
                f"positive sizes; got filters {self.filters}, strides {self.strides}, hidden "
                f"{self.hidden} and kernel {self.kernel}. Give as many strides as filters."
            )

    @classmethod
    def three_layers(cls, width: int = 24) -> ConvNet:
        """L.1: two 5×5 convolutions that do not pad, one bias, and the linear layer.

        That they do not pad is the authors' code (GBoixNet), and gives both printed numbers.
        """
        return cls(filters=(width,) * 2, strides=(1, 1), kernel=5, padded=False, biases="first")

    @classmethod
    def three_layers_in_strides(cls, width: int = 64) -> ConvNet:
        """Appendix B: two 5×5 convolutions of stride 2 and padding 2, no biases."""
        return cls(filters=(width,) * 2, strides=(2, 2), kernel=5, biases="none")

    @classmethod
    def five_layers(cls, width: int = 32) -> ConvNet:
        """L.2: three 3×3 convolutions of w, 2w and 2w filters, a layer of 4w units, the logits.

        The paper lists 32, 64, 64, 128 filters; four convolutions have not 188,810 parameters
        with any stride or bias. Three and a hidden layer on 4×4 maps have: batch normalisation
        is not counted, since it folds into weights and biases. Stride 2 is inferred from the
        4×4 maps, and that the hidden layer is normalised too from there being no exception.
        """
        filters = (width, 2 * width, 2 * width)
        return cls(filters=filters, strides=(2, 2, 2), hidden=(4 * width,), batch_norm=True)

    @classmethod
    def ten_thousand(cls, width: int = 16) -> ConvNet:
        """Figures 1 and 3: four 3×3 convolutions and a linear layer on 4×4 maps, biases.

        The paper prints five layers, no pooling and about 10,000 parameters. Maps of 4×4 come
        nearest; that the first convolution is the one without stride is a choice made here.
        """
        return cls(filters=(width,) * 4, strides=(1, 2, 2, 2))

    def narrowed(self) -> ConvNet:
        """As deep, with at most 4 filters and 16 hidden units: to execute a recipe."""
        return replace(
            self,
            filters=tuple(min(width, 4) for width in self.filters),
            hidden=tuple(min(width, 16) for width in self.hidden),
        )

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A fresh network from images of this (channels, height, width) to logits."""
        from torch import nn

        layers: list[nn.Module] = []
        padding = self.kernel // 2 if self.padded else 0
        channels = pairwise((shape[0], *self.filters))
        for (inputs, outputs), stride in zip(channels, self.strides, strict=True):
            bias = self._has_bias(first=not layers)
            layers.append(nn.Conv2d(inputs, outputs, self.kernel, stride, padding, bias=bias))
            layers += [*self._normalised(nn.BatchNorm2d, outputs), nn.ReLU()]
        layers.append(nn.Flatten())
        features = self.filters[-1] * math.prod(self._map(shape))
        for inputs, outputs in pairwise((features, *self.hidden)):
            layers.append(nn.Linear(inputs, outputs, bias=self._has_bias()))
            layers += [*self._normalised(nn.BatchNorm1d, outputs), nn.ReLU()]
        last = (features, *self.hidden)[-1]
        return nn.Sequential(*layers, nn.Linear(last, classes, bias=self._has_bias()))

    def _map(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        sides = shape[1:]
        for stride in self.strides:
            room = 2 * (self.kernel // 2) if self.padded else 0
            sides = tuple((side + room - self.kernel) // stride + 1 for side in sides)
        if min(sides) < 1:
            raise SpecError(
                f"{len(self.strides)} convolutions of kernel {self.kernel} with strides "
                f"{self.strides} leave nothing of images of {tuple(shape[1:])}. "
                "Give larger images, or pad."
            )
        return sides

    def _has_bias(self, *, first: bool = False) -> bool:
        return self.biases == "every" or (self.biases == "first" and first)

    def _normalised(self, kind: type[nn.Module], features: int) -> list[nn.Module]:
        return [kind(features)] if self.batch_norm else []
