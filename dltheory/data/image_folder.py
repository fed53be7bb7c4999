"""Any data set that is kept as image files, one folder per class."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.errors import DataError, SpecError

from .pixel_scale import PixelScale, unit_scale

if TYPE_CHECKING:
    import dltheory.data.splits

    from .source import Source


@dataclass(frozen=True, kw_only=True)
class ImageFolderData:
    """Images of `<root>/<name>/{train,test}/<class>/`, resized to size × size where they differ.

    Labels are the places of the class folders in their natural order: by name, and numbers by
    value, so that 2 comes before 10. As many channels as `mean` has values: three for colour, one
    for grey. Grey of 16 bits is scaled to 8; transparent, floating-point and animated images are
    refused. Normalised to (pixel − mean) / std, by default with
    the ImageNet constants of torchvision's models, or pixels in [0, 1]. `validation` training
    images are held out by a fixed permutation. `published_examples` is the size of the training set
    as published: estimates of cost use it, and nothing else does.
    """

    name: str
    size: int
    classes: int
    normalised: bool = True
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    validation: int = 0
    published_examples: int | None = field(default=None, compare=False)

    def __post_init__(self):
        wrong = [
            f"{name}={value}"
            for name, value, least in (
                ("size", self.size, 1),
                ("classes", self.classes, 2),
                ("validation", self.validation, 0),
            )
            if value < least
        ]
        if not self.name or Path(self.name).name != self.name:
            wrong.append(f"name={self.name!r}")
        if len(self.mean) not in (1, 3):
            wrong.append(f"mean={self.mean}")
        if wrong:
            raise SpecError(
                "An image folder needs the name of one folder below the data root, size ≥ 1, "
                "classes ≥ 2, validation ≥ 0 and a mean per channel, of 1 or 3 channels; "
                f"got {', '.join(wrong)}. Change these."
            )
        PixelScale(mean=self.mean, std=self.std)

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels, height, width."""
        return (len(self.mean), self.size, self.size)

    @property
    def scale(self) -> PixelScale:
        """What is subtracted from pixels in [0, 1], and what they are divided by."""
        if self.normalised:
            return PixelScale(mean=self.mean, std=self.std)
        return unit_scale(len(self.mean))

    @property
    def black(self) -> tuple[float, ...]:
        """The value of a black pixel per channel."""
        return self.scale.black

    @property
    def training_examples(self) -> int | None:
        """None: only the folder can tell."""
        return None

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The splits, decoded once into `cache`; there is nowhere to download them from."""
        from .loading import load_images

        del download
        return load_images(self, self._source(root), cache=cache)

    def content(self, root: Path, *, cache: Path) -> str:
        """A digest of all pixels and labels in the files."""
        from .decoded_cache import decoded_digest

        return decoded_digest(self.name, self._source(root), shape=self.shape, cache=cache)

    def _source(self, root: Path) -> Source:
        from .finding import check_root
        from .image_tree import tree_source

        check_root(root)
        folder = root / self.name
        if not folder.is_dir():
            raise DataError(
                f"The images must be in {folder}/train/<class>/ and {folder}/test/<class>/; "
                f"got {root}, which has no folder {self.name!r}. Give --data-root=DIR; this data "
                "set cannot be downloaded."
            )
        return tree_source(
            folder,
            title=self.name,
            shape=(len(self.mean), self.size, self.size),
            classes=self.classes,
        )
