"""CIFAR-10, as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .published import CIFAR_SCALE, Published
from .published_images import PublishedImages

if TYPE_CHECKING:
    from dltheory.data.raw import RawSplits


@dataclass(frozen=True, kw_only=True)
class CIFAR10(PublishedImages):
    """CIFAR-10: photographs of 3 × 32 × 32 in 10 classes, 50,000 + 10,000 images."""

    published = Published(
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

    @staticmethod
    def read(folder: Path) -> RawSplits:
        """Training and test images, read from the folder with the original files."""
        from .cifar_files import read_cifar10

        return read_cifar10(folder)
