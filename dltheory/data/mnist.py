"""MNIST, as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .published import MNIST_SCALE, Published
from .published_images import PublishedImages

if TYPE_CHECKING:
    from dltheory.data.raw import RawSplits


@dataclass(frozen=True, kw_only=True)
class MNIST(PublishedImages):
    """MNIST: digits of 1 × 28 × 28 in 10 classes, 60,000 for training, 10,000 for testing."""

    published = Published(
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

    @staticmethod
    def read(folder: Path) -> RawSplits:
        """Training and test images, read from the folder with the original files."""
        from .mnist_files import read_mnist

        return read_mnist(folder)
