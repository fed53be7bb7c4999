"""Plain convolutional networks without pooling, as in the appendices of liao2020puzzles.

| paper | here | parameters |
|---|---|---|
| L.1.1, 24 filters, CIFAR-10 | `ConvNet.three_layers(24)` | 154,464 |
| L.1.2, 34 filters, MNIST | `ConvNet.three_layers(34)` | 165,784 |
| appendix B, figure 2 top | `ConvNet.three_layers_in_strides(64)` | 148,160 |
| L.2, five layers | `ConvNet.five_layers(32)` | 188,810 once batch normalisation is folded |
| figures 1 and 3, "approximately 10,000" | `ConvNet.ten_thousand(16)` | 9,978 |

The paper prints strides and padding only for the network of appendix B. Each constructor says what
was inferred.
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
    """Convolutions, then hidden linear layers, then a linear layer to the logits.

    `filters` and `strides` have one number per convolution, `hidden` one number of units per hidden
    linear layer, and `kernel` is the side of all kernels. Each layer except the last is followed by
    a ReLU. The last feature map is flattened, not averaged. With `padded` convolutions are padded
    by ⌊kernel/2⌋, otherwise not. `biases` says which layers have a bias. With `batch_norm` each
    hidden layer is normalised before its ReLU.
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
        """Appendix L.1: two 5×5 convolutions without padding, then the linear layer.

        Only the first layer has a bias. The paper does not print the padding. The authors' code
        (GBoixNet) has none, which gives both printed numbers of parameters.
        """
        return cls(filters=(width,) * 2, strides=(1, 1), kernel=5, padded=False, biases="first")

    @classmethod
    def three_layers_in_strides(cls, width: int = 64) -> ConvNet:
        """Appendix B: two 5×5 convolutions with stride 2 and padding 2, and no biases."""
        return cls(filters=(width,) * 2, strides=(2, 2), kernel=5, biases="none")

    @classmethod
    def five_layers(cls, width: int = 32) -> ConvNet:
        """Appendix L.2: 3×3 convolutions of w, 2w and 2w filters, 4w hidden units, the logits.

        w is `width`. The paper lists 32, 64, 64 and 128 filters and 188,810 parameters. Four
        convolutions do not have this number with any stride or bias. Three convolutions and a
        hidden layer on 4×4 maps have it, without the parameters of batch normalisation, which can
        be folded into weights and biases. Stride 2 is inferred from the 4×4 maps. The hidden layer
        is normalised too, because the paper names no exception.
        """
        filters = (width, 2 * width, 2 * width)
        return cls(filters=filters, strides=(2, 2, 2), hidden=(4 * width,), batch_norm=True)

    @classmethod
    def ten_thousand(cls, width: int = 16) -> ConvNet:
        """Figures 1 and 3: four 3×3 convolutions and a linear layer on 4×4 maps, with biases.

        The paper prints five layers, no pooling and about 10,000 parameters. Maps of 4×4 come
        closest to this number. It is our choice that the first convolution has stride 1.
        """
        return cls(filters=(width,) * 4, strides=(1, 2, 2, 2))

    def narrowed(self) -> ConvNet:
        """The same depth with at most 4 filters and 16 hidden units, for a quick trial run."""
        return replace(
            self,
            filters=tuple(min(width, 4) for width in self.filters),
            hidden=tuple(min(width, 16) for width in self.hidden),
        )

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
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
