"""Known properties of published data sets: names, files, sizes and normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dltheory.errors import SpecError

from .pixel_scale import PixelScale


@dataclass(frozen=True, kw_only=True)
class Published:
    """Names and sizes of a published data set in two layouts: torchvision's, and class folders.

    `train` and `test` are numbers of images.
    """

    title: str  # as in print
    name: str  # top folder of the tree
    torchvision: str  # name of torchvision's class
    folder: str  # torchvision's own layout
    files: tuple[str, ...]  # what that folder must hold
    shape: tuple[int, int, int]
    classes: int
    train: int
    test: int
    scale: PixelScale

    def check_validation(self, validation: int) -> None:
        """Raise SpecError unless 0 ≤ validation < the number of training images."""
        if not 0 <= validation < self.train:
            raise SpecError(
                f"{self.title} has {self.train:,} training images, and a validation split takes "
                f"some of them but not all; got validation={validation}. "
                f"Give a number from 0 to {self.train - 1}."
            )

    @property
    def layouts(self) -> str:
        """The folders of both layouts, as text for a message."""
        return f"{Path(self.folder)}/ (original files) or {self.name}/train/<class>/ (images)"


# Channel statistics for CIFAR-10 and CIFAR-100 in the code of Goldblum et al. 2020 (Truth or
# backpropaganda) and in most training code. The stds are smaller than those of all pixels.
CIFAR_SCALE = PixelScale(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010))

# Mean and standard deviation of all training pixels, as in PyTorch's MNIST example.
MNIST_SCALE = PixelScale(mean=(0.1307,), std=(0.3081,))
