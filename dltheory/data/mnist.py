"""MNIST, as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .pixel_scale import PixelScale, unit_scale
from .published import MNIST_SCALE, Published

if TYPE_CHECKING:
    import dltheory.data.splits

_PUBLISHED = Published(
    title="MNIST",
    name="mnist",
    torchvision="MNIST",
    folder="MNIST/raw",
    files=(
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ),
    shape=(1, 28, 28),
    classes=10,
    train=60_000,
    test=10_000,
    scale=MNIST_SCALE,
)


@dataclass(frozen=True, kw_only=True)
class MNIST:
    """Handwritten digits, 1 × 28 × 28, 10 classes, 60,000 + 10,000 images.

    Normalised to (pixel − mean) / std with fixed constants per channel, or pixels in [0, 1].
    `validation` training images are held out by a fixed permutation; a smaller held-out split
    is part of every larger one.
    """

    normalised: bool = True
    validation: int = 0

    def __post_init__(self):
        _PUBLISHED.check_validation(self.validation)

    @property
    def name(self) -> str:
        """mnist."""
        return _PUBLISHED.name

    @property
    def classes(self) -> int:
        """Number of classes; labels are 0, …, classes − 1."""
        return _PUBLISHED.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels, height, width."""
        return _PUBLISHED.shape

    @property
    def scale(self) -> PixelScale:
        """What is subtracted from pixels in [0, 1], and what they are divided by."""
        return _PUBLISHED.scale if self.normalised else unit_scale(self.shape[0])

    @property
    def black(self) -> tuple[float, ...]:
        """The value of a black pixel per channel."""
        return self.scale.black

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The splits, from torchvision's layout or from a tree of images below `root`."""
        from .finding import find
        from .loading import load_images
        from .mnist_files import read_mnist

        source = find(_PUBLISHED, read_mnist, root, cache=cache, download=download)
        return load_images(self, source, cache=cache)
