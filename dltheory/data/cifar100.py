"""CIFAR-100, as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .published import CIFAR_SCALE, Published
from .published_images import PublishedImages

if TYPE_CHECKING:
    from dltheory.data.raw import RawSplits


@dataclass(frozen=True, kw_only=True)
class CIFAR100(PublishedImages):
    """CIFAR-100: photographs of 3 × 32 × 32 in 100 fine classes, 50,000 + 10,000 images."""

    published = Published(
        title="CIFAR-100",
        name="cifar100",
        torchvision="CIFAR100",
        folder="cifar-100-python",
        files=("train", "test", "meta"),
        shape=(3, 32, 32),
        classes=100,
        train=50_000,
        test=10_000,
        scale=CIFAR_SCALE,
    )

    @staticmethod
    def read(folder: Path) -> RawSplits:
        """Training and test images, read from the folder with the original files."""
        from .cifar_files import read_cifar100

        return read_cifar100(folder)
