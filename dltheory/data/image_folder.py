"""A data set of image files with one folder per class."""

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
    """Images in `<root>/<name>/{train,test}/<class>/`, resized to size × size pixels.

    Labels are the indices of the class folders in natural order: by name, with numbers by value, so
    that 2 comes before 10. The number of values in `mean` is the number of channels: three for
    colour, one for grey. 16-bit grey is scaled to 8 bits. Transparent, floating-point and animated
    images are refused.

    With `normalised`, pixels in [0, 1] become (pixel − mean) / std; the default constants are those
    of torchvision's ImageNet models. `validation` is the number of training images that are held
    out, by a fixed permutation. `published_examples` is the published size of the training set; it
    is used only to estimate costs.
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
        """The shape (channels, height, width) of one image."""
        return (len(self.mean), self.size, self.size)

    @property
    def scale(self) -> PixelScale:
        """The mean and standard deviation by which pixels in [0, 1] are normalised."""
        if self.normalised:
            return PixelScale(mean=self.mean, std=self.std)
        return unit_scale(len(self.mean))

    @property
    def black(self) -> tuple[float, ...]:
        """The normalised value of a black pixel, per channel."""
        return self.scale.black

    @property
    def training_examples(self) -> int | None:
        """None, because the number of images is only known from the folder."""
        return None

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The splits, decoded once into `cache`; `download` is ignored."""
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
