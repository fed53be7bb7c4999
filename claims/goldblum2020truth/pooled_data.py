"""Images averaged over squares of pixels, so that a linear classifier has a minimum to end at.

A pixel that hardly any image uses lets a linear classifier lower its loss for ever, and so does
having about as many inputs as images. Few inputs, each used by many images, leave a minimum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.data import DataSpec
from dltheory.data.content import content_of
from dltheory.errors import SpecError

if TYPE_CHECKING:
    from dltheory.data.splits import Labelled, Splits


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """`data` with each `size` × `size` square of pixels replaced by its mean.

    Heights and widths that `size` does not divide raise SpecError.
    """

    data: DataSpec
    size: int = 2

    def __post_init__(self) -> None:
        shape = self.data.shape
        if len(shape) != 3 or self.size < 1 or shape[1] % self.size or shape[2] % self.size:
            raise SpecError(
                "Pooling needs images of shape (channels, height, width) and a size that divides "
                f"height and width; got data of shape {shape} and size {self.size}. "
                "Give a size that divides both."
            )

    @property
    def name(self) -> str:
        """Name of the data, and the side of a square."""
        return f"{self.data.name}-pooled-{self.size}"

    @property
    def classes(self) -> int:
        """As of the data."""
        return self.data.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """As of the data, with height and width divided by `size`."""
        channels, height, width = self.data.shape
        return (channels, height // self.size, width // self.size)

    @property
    def black(self) -> tuple[float, ...]:
        """As of the data."""
        return self.data.black

    @property
    def training_examples(self) -> int | None:
        """As of the data."""
        return self.data.training_examples

    def load(self, root: Path, *, cache: Path, download: bool = False) -> Splits:
        """The splits of the data, each image pooled."""
        splits = self.data.load(root, cache=cache, download=download)
        return replace(
            splits,
            train=self._pooled(splits.train),
            validation=None if splits.validation is None else self._pooled(splits.validation),
            test=self._pooled(splits.test),
            form=f"{splits.form}, means over {self.size} × {self.size} pixels",
        )

    def content(self, root: Path, *, cache: Path) -> str:
        """What the files of the data hold."""
        return content_of(self.data, root, cache=cache)

    def _pooled(self, part: Labelled) -> Labelled:
        from torch.nn import functional

        return replace(part, images=functional.avg_pool2d(part.images, self.size))
