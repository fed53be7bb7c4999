"""What is known in advance about a data set that was published once and for all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dltheory.errors import SpecError

from .pixel_scale import PixelScale


@dataclass(frozen=True, kw_only=True)
class Published:
    """Names, sizes and the two layouts: torchvision's own, and a tree of class folders."""

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
        """Refuse to hold out a negative number of images, or all of them."""
        if not 0 <= validation < self.train:
            raise SpecError(
                f"{self.title} has {self.train:,} training images, and a validation split takes "
                f"some of them but not all; got validation={validation}. "
                f"Give a number from 0 to {self.train - 1}."
            )

    @property
    def layouts(self) -> str:
        """Both layouts, for a message."""
        return f"{Path(self.folder)}/ (original files) or {self.name}/train/<class>/ (images)"


# Channel statistics used for CIFAR-10 and CIFAR-100 alike by the code of Goldblum et al. 2020
# (Truth or backpropaganda), as by most training code. The stds are smaller than the pixel stds.
CIFAR_SCALE = PixelScale(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010))

# Mean and standard deviation of all training pixels, as in PyTorch's MNIST example.
MNIST_SCALE = PixelScale(mean=(0.1307,), std=(0.3081,))
