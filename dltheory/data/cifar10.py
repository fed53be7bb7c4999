"""CIFAR-10, as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .pixel_scale import PixelScale, unit_scale
from .published import CIFAR_SCALE, Published

if TYPE_CHECKING:
    import dltheory.data.splits

_PUBLISHED = Published(
    title="CIFAR-10",
    name="cifar10",
    torchvision="CIFAR10",
    folder="cifar-10-batches-py",
    files=(*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"),
    shape=(3, 32, 32),
    classes=10,
    train=50_000,
    test=10_000,
    scale=CIFAR_SCALE,
)


@dataclass(frozen=True, kw_only=True)
class CIFAR10:
    """Small photographs, 3 × 32 × 32, 10 classes, 50,000 + 10,000 images.

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
        """cifar10."""
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
        from .cifar_files import read_cifar10
        from .finding import find
        from .loading import load_images

        source = find(_PUBLISHED, read_cifar10, root, cache=cache, download=download)
        return load_images(self, source, cache=cache)
