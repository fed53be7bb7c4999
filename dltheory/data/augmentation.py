"""Random crops and mirror images, as the description of an augmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class CropAndFlip:
    """Pad every side by `padding` pixels, cut the old size out at random, mirror with odds 1:1.

    Padding 4 with mirroring is what He et al. 2016 (Deep residual learning, §4.2) do for CIFAR.
    """

    padding: int = 4
    flip: bool = True

    def __post_init__(self):
        if self.padding < 0:
            raise SpecError(
                "A crop needs a padding of at least 0 pixels; "
                f"got {self.padding}. Give 0 to leave the frame where it is."
            )

    def draw(self, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Offsets (count, 2), of row and column in 0, …, 2·padding, and flips (count,), on CPU."""
        from .crops import draw_crops

        return draw_crops(count, generator, padding=self.padding, flip=self.flip)

    def apply(
        self,
        images: torch.Tensor,
        offsets: torch.Tensor,
        flips: torch.Tensor,
        fill: torch.Tensor | float | tuple[float, ...] = 0.0,
    ) -> torch.Tensor:
        """The images (…, c, h, w) cropped, then mirrored where `flips`, on their own device.

        Leading axes are flattened, in row-major order, to match offsets and flips. `fill` is the
        value around an image, one number or one per channel; black pixels, which the papers pad
        with before normalising, are the `black` of the data set.
        """
        from .crops import cropped_and_flipped

        return cropped_and_flipped(images, offsets, flips, fill, padding=self.padding)
