"""A data set some of whose training labels are redrawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

from .spec import DataSpec

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class CorruptedLabels:
    """`data`, each training label replaced with probability `fraction` by a uniform class.

    The uniform class may be the true one, so a share fraction·(1 − 1/classes) of the labels is
    wrong on average. Validation and test labels are left alone. With one seed, the labels
    replaced at a small fraction are replaced by the same classes at every larger one.
    """

    data: DataSpec
    fraction: float
    seed: int = 0

    def __post_init__(self):
        if not 0 <= self.fraction <= 1:
            raise SpecError(
                "The fraction of redrawn labels must be between 0 and 1; "
                f"got {self.fraction}. Give 0.2 for 20 %."
            )

    @property
    def name(self) -> str:
        """Name of the data and the fraction."""
        return f"{self.data.name}-corrupted-{self.fraction:g}"

    @property
    def classes(self) -> int:
        """As of the data."""
        return self.data.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """As of the data."""
        return self.data.shape

    @property
    def black(self) -> tuple[float, ...]:
        """As of the data."""
        return self.data.black

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The data, with new training labels."""
        from .relabelling import corrupted, relabelled

        splits = self.data.load(root, cache=cache, download=download)
        labels = corrupted(
            splits.train.labels, fraction=self.fraction, classes=self.classes, seed=self.seed
        )
        return relabelled(splits, labels, f"{self.fraction:g} of the training labels redrawn")
