"""A few random images instead of real data, for a trial run of a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """`count` images of N(0, 1) noise with random labels in each of the three splits.

    It only has the shape and the number of classes of the real data, so measurements on it are no
    evidence. The default count is small because a trial run only checks that the code runs.
    """

    shape: tuple[int, ...]
    classes: int
    count: int = 8

    def __post_init__(self):
        if not self.shape or min(self.shape) < 1 or self.classes < 1 or self.count < 1:
            raise SpecError(
                "A stand-in needs axes, classes and a count of at least 1; got "
                f"shape={self.shape}, classes={self.classes}, count={self.count}. "
                "Take shape and classes of the data set it stands in for."
            )

    @property
    def name(self) -> str:
        """The name, "stand-in"."""
        return "stand-in"

    @property
    def black(self) -> tuple[float, ...]:
        """The value 0, since noise has no black."""
        return (0.0,)

    @property
    def training_examples(self) -> int:
        """The number of training images."""
        return self.count

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The splits, which are always the same; no file is read."""
        del root, cache, download

        from .noise import draw_noise

        return draw_noise(self)
