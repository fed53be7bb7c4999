"""Wide residual networks with pre-activation blocks, as in goldblum2020truth, §4.

`WideResNet(widening=k)` is their WRN-16-k. It has a 3×3 convolution of 16 filters, then three
stages of 16k, 32k and 64k filters with two blocks each. Every convolution has a bias, the second
convolution of a block has its stride, and a shortcut that changes the shape has a 1×1 convolution.
There is no dropout, and the last batch normalisation has momentum 0.9. The numbers of parameters on
CIFAR-10 for k = 1, 2, 4, 8, 10 are 175,626, 692,810, 2,751,146, 10,965,866 and 17,122,250.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class WideResNet:
    """A wide ResNet of three stages with `blocks` blocks each, of depth 6·blocks + 4.

    The first convolution has `stem` filters, and the stages have stem · widening · 1, 2 and 4
    filters. With `batch_norm=False` there is no batch normalisation, and with `skips=False` blocks
    have no shortcuts; these are the two variants of goldblum2020truth, figure 6. `biases` says
    whether convolutions have biases.

    sankararaman2020confusion, appendix A.2, uses networks of the same family, with biases only if
    there is no batch normalisation. WRN-β-ℓ is
    `WideResNet(widening=ℓ, blocks=(β − 4)/6, batch_norm=False)`, and CNN-β-ℓ is the same with
    `skips=False`. With batch normalisation they have `biases=False`. Their initialisation is
    `Initialised(…, by=He(fan="out", layers="convolutions"))`. The paper does not say which
    convolution of a block has the stride.
    """

    widening: int = 1
    blocks: int = 2
    stem: int = 16
    batch_norm: bool = True
    skips: bool = True
    biases: bool = True

    def __post_init__(self) -> None:
        if min(self.widening, self.blocks, self.stem) < 1:
            raise SpecError(
                "A wide ResNet needs a positive widening, blocks in each stage and filters in its "
                f"stem; got widening {self.widening}, blocks {self.blocks} and stem {self.stem}. "
                "Give positive numbers."
            )

    def narrowed(self) -> WideResNet:
        """At most widening 2, 4 blocks per stage and 4 stem filters, for a quick trial run."""
        return replace(
            self,
            widening=min(self.widening, 2),
            blocks=min(self.blocks, 4),
            stem=min(self.stem, 4),
        )

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new network that maps images of shape (channels, height, width) to logits."""
        from torch import nn

        layers: list[nn.Module] = [nn.Conv2d(shape[0], self.stem, 3, padding=1, bias=self.biases)]
        filters = self.stem
        for stage in range(3):
            for block in range(self.blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                outputs = self.stem * self.widening * 2**stage
                layers.append(self._block(filters, outputs, stride))
                filters = outputs
        layers += [*self._normalised(filters, momentum=0.9), nn.AdaptiveAvgPool2d(1)]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(filters, classes))

    def _block(self, inputs: int, outputs: int, stride: int) -> nn.Module:
        from torch import nn

        from dltheory.models.blocks import Sum

        body = nn.Sequential(
            *self._normalised(inputs),
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=self.biases),
            *self._normalised(outputs),
            nn.Conv2d(outputs, outputs, 3, stride, padding=1, bias=self.biases),
        )
        if not self.skips:
            return body
        if stride == 1 and inputs == outputs:
            return Sum(body, nn.Identity())
        return Sum(body, nn.Conv2d(inputs, outputs, 1, stride, bias=self.biases))

    def _normalised(self, filters: int, momentum: float = 0.1) -> list[nn.Module]:
        from torch import nn

        norm = [nn.BatchNorm2d(filters, momentum=momentum)] if self.batch_norm else []
        return [*norm, nn.ReLU()]
