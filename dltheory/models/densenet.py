"""DenseNet-BC with 40 layers for small images (Huang et al. 2017; goldblum2020truth, liu2020bad).

The papers differ in the classifier. `DenseNet(cells=2)` is that of goldblum2020truth: the
classifier receives the means over the four quarters of the last feature maps, 528 inputs, so it has
180,082 parameters on CIFAR-10 and 227,692 on CIFAR-100. `DenseNet()` is that of liu2020bad: the
means over whole maps, 132 inputs, 176,122 parameters. liu2020bad draws its convolutions from N(0,
2/fan_out): `Initialised(model=DenseNet(), by=He(fan="out", layers="convolutions"))`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class DenseNet:
    """Dense blocks of bottleneck layers; each layer adds `growth` channels to its input.

    The first convolution has 2 · growth filters. There is one dense block per entry of `blocks`,
    which is its number of layers. Between two blocks a transition halves the number of channels
    (rounded down) and the height and width. The classifier receives `cells`² means of each last
    feature map. Only the classifier has a bias. The depth is 2 · Σ blocks + 4 for three blocks.
    """

    growth: int = 12
    blocks: tuple[int, ...] = (6, 6, 6)
    cells: int = 1

    def __post_init__(self) -> None:
        if not self.blocks or min(self.growth, self.cells, *self.blocks) < 1:
            raise SpecError(
                "A DenseNet needs positive growth and cells and at least one layer in every block; "
                f"got growth {self.growth}, blocks {self.blocks} and cells {self.cells}. "
                "Give positive numbers."
            )

    def narrowed(self) -> DenseNet:
        """The same depth with a growth of at most 2 channels, for a quick trial run."""
        return replace(self, growth=min(self.growth, 2))

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
        from torch import nn

        from dltheory.models.blocks import Concatenation

        maps = 2 * self.growth
        layers: list[nn.Module] = [nn.Conv2d(shape[0], maps, 3, padding=1, bias=False)]
        for place, count in enumerate(self.blocks):
            if place > 0:
                layers += [*_convolution(maps, maps // 2, kernel=1), nn.AvgPool2d(2)]
                maps //= 2
            for _ in range(count):
                body = nn.Sequential(
                    *_convolution(maps, 4 * self.growth, kernel=1),
                    *_convolution(4 * self.growth, self.growth, kernel=3),
                )
                layers.append(Concatenation(body))
                maps += self.growth
        head = [nn.BatchNorm2d(maps), nn.ReLU(), nn.AdaptiveAvgPool2d(self.cells), nn.Flatten()]
        return nn.Sequential(*layers, *head, nn.Linear(maps * self.cells**2, classes))


def _convolution(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    from torch import nn

    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return [nn.BatchNorm2d(inputs), nn.ReLU(), convolution]
