"""The 1,797 handwritten digits that are part of scikit-learn, so that nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

from .pixel_scale import PixelScale

if TYPE_CHECKING:
    import dltheory.data.splits

# The numbers of images in the three splits.
TRAIN, VALIDATION, TEST = 1000, 297, 500  # all 1,797 images

# Mean and standard deviation (divisor n) of pixel / 16 over all 64 pixels of the 1,000 training
# images. They are the same for descriptions with fewer training images.
SCALE = PixelScale(mean=(0.304873046875,), std=(0.37562341864276205,))


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Handwritten digits of 1 × 8 × 8 pixels, normalised to (pixel/16 − mean) / std.

    A fixed permutation divides the images: the first 500 are for testing, the next 297 for
    validation, and the last 1,000 for training. `train`, `validation` and `test` are numbers of
    images. A smaller split is the beginning of the full one, so an image is in the same split for
    all sizes.
    """

    train: int = TRAIN
    validation: int = VALIDATION
    test: int = TEST

    def __post_init__(self):
        sizes = {"train": (self.train, 1, TRAIN), "validation": (self.validation, 0, VALIDATION)}
        sizes["test"] = (self.test, 1, TEST)
        wrong = [
            f"{name}={given} outside {low}…{high}"
            for name, (given, low, high) in sizes.items()
            if not low <= given <= high
        ]
        if wrong:
            raise SpecError(
                f"The digits have at most {TRAIN} training, {VALIDATION} validation and {TEST} "
                f"test images; got {', '.join(wrong)}. Ask for fewer, but not for none."
            )

    @property
    def name(self) -> str:
        """The name, "digits"."""
        return "digits"

    @property
    def classes(self) -> int:
        """The number of classes, 10."""
        return 10

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (1, 8, 8): one channel of 8 × 8 pixels."""
        return (1, 8, 8)

    @property
    def black(self) -> tuple[float, ...]:
        """The normalised value of the black background, per channel."""
        return SCALE.black

    @property
    def training_examples(self) -> int:
        """The number of training images."""
        return self.train

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The three splits; no file below `root` is read, and nothing is downloaded."""
        del root, cache, download

        from .digits_loading import load_digits

        return load_digits(self)
