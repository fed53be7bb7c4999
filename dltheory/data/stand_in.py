"""A few random images in the place of real data, to see whether a recipe executes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """`count` images of noise, N(0, 1), with random labels, in each of the three splits.

    It has the shape and the classes of the data it stands in for, and nothing else of them: what
    is measured on it can never be evidence.
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
        """stand-in."""
        return "stand-in"

    @property
    def black(self) -> tuple[float, ...]:
        """Zero: noise has no black."""
        return (0.0,)

    @property
    def training_examples(self) -> int:
        """As asked for."""
        return self.count

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The same noise every time; reads no file."""
        del root, cache, download

        from .noise import draw_noise

        return draw_noise(self)
