"""A data set whose training labels say nothing about the images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .spec import DataSpec

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class ShuffledLabels:
    """`data`, its training labels permuted: the frequency of each class is kept exactly."""

    data: DataSpec
    seed: int = 0

    @property
    def name(self) -> str:
        """Name of the data, shuffled."""
        return f"{self.data.name}-shuffled"

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
        """The data, with its training labels permuted."""
        from .relabelling import relabelled, shuffled

        splits = self.data.load(root, cache=cache, download=download)
        return relabelled(
            splits, shuffled(splits.train.labels, seed=self.seed), "training labels shuffled"
        )
