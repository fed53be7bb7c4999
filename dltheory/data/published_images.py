"""The common base of the descriptions of published image data sets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from .pixel_scale import PixelScale, unit_scale
from .published import Published

if TYPE_CHECKING:
    import dltheory.data.splits
    from dltheory.data.raw import RawSplits


@dataclass(frozen=True, kw_only=True)
class PublishedImages(ABC):
    """A published image data set; subclasses define `published` and `read`.

    With `normalised`, pixels in [0, 1] become (pixel − mean) / std with fixed constants per
    channel. `validation` is the number of training images that are held out, by a fixed
    permutation; a smaller validation split is part of every larger one.
    """

    published: ClassVar[Published]

    normalised: bool = True
    validation: int = 0

    def __post_init__(self):
        self.published.check_validation(self.validation)

    @property
    def name(self) -> str:
        """The short name of the data set, fit for a file name."""
        return self.published.name

    @property
    def classes(self) -> int:
        """The number of classes; labels are 0, …, classes − 1."""
        return self.published.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (channels, height, width) of one image."""
        return self.published.shape

    @property
    def scale(self) -> PixelScale:
        """The mean and standard deviation by which pixels in [0, 1] are normalised."""
        return self.published.scale if self.normalised else unit_scale(self.shape[0])

    @property
    def black(self) -> tuple[float, ...]:
        """The normalised value of a black pixel, per channel."""
        return self.scale.black

    @property
    def training_examples(self) -> int:
        """The published number of training images minus those that are held out."""
        return self.published.train - self.validation

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The splits, read from torchvision's layout or from a tree of images below `root`."""
        from .finding import find
        from .loading import load_images

        source = find(self.published, self.read, root, cache=cache, download=download)
        return load_images(self, source, cache=cache)

    def content(self, root: Path, *, cache: Path) -> str:
        """A digest of all pixels and labels in the files."""
        from .decoded_cache import decoded_digest
        from .finding import find

        source = find(self.published, self.read, root, cache=cache, download=False)
        return decoded_digest(self.name, source, shape=self.shape, cache=cache)

    @staticmethod
    @abstractmethod
    def read(folder: Path) -> RawSplits:
        """Training and test images, read from the folder with the original files."""
