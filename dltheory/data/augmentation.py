"""The description of an augmentation by random crops and horizontal flips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class CropAndFlip:
    """Random crops after padding, and random horizontal flips.

    Each image is padded by `padding` pixels on every side. Then a window of the original size is
    cut out at a random place. With `flip` it is mirrored with probability ½. The defaults are those
    of He et al. 2016 (Deep residual learning, §4.2) for CIFAR.
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
        """Random offsets and flips for `count` images, as tensors on the CPU.

        Offsets have shape (count, 2), a row and a column in 0, …, 2·padding. Flips are booleans of
        shape (count,).
        """
        from .crops import draw_crops

        return draw_crops(count, generator, padding=self.padding, flip=self.flip)

    def apply(
        self,
        images: torch.Tensor,
        offsets: torch.Tensor,
        flips: torch.Tensor,
        fill: torch.Tensor | float | tuple[float, ...] = 0.0,
    ) -> torch.Tensor:
        """The images (…, c, h, w) cropped, and mirrored where `flips` is true, on their device.

        The leading axes of images, offsets and flips are flattened in row-major order and must
        match. `fill` is the value of the padding, one number or one per channel. The papers pad
        with black pixels before normalising; `black` of the data set is their normalised value.
        """
        from .crops import cropped_and_flipped

        return cropped_and_flipped(images, offsets, flips, fill, padding=self.padding)
