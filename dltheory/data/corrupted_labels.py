"""A data set in which some training labels are replaced by random ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

from .relabelled_data import RelabelledData

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class CorruptedLabels(RelabelledData):
    """`data`, with each training label replaced by a random class with probability `fraction`.

    The random class is uniform and may be the true one, so on average a share
    fraction·(1 − 1/classes) of the labels is wrong. With the same seed, labels that are replaced at
    a small fraction are replaced by the same classes at every larger fraction.
    """

    fraction: float

    def __post_init__(self):
        if not 0 <= self.fraction <= 1:
            raise SpecError(
                "The fraction of redrawn labels must be between 0 and 1; "
                f"got {self.fraction}. Give 0.2 for 20 %."
            )

    @property
    def name(self) -> str:
        """The name of the data with the fraction, as "digits-corrupted-0.2"."""
        return f"{self.data.name}-corrupted-{self.fraction:g}"

    def relabelled(self, splits: dltheory.data.splits.Splits) -> dltheory.data.splits.Splits:
        """The splits with some training labels replaced."""
        from .relabelling import corrupted, relabelled

        labels = corrupted(
            splits.train.labels, fraction=self.fraction, classes=self.classes, seed=self.seed
        )
        return relabelled(splits, labels, f"{self.fraction:g} of the training labels redrawn")
