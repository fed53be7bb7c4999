"""A data set whose training labels say nothing about the images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .relabelled_data import RelabelledData

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class ShuffledLabels(RelabelledData):
    """`data`, its training labels permuted: the frequency of each class is kept exactly."""

    @property
    def name(self) -> str:
        """Name of the data, shuffled."""
        return f"{self.data.name}-shuffled"

    def relabelled(self, splits: dltheory.data.splits.Splits) -> dltheory.data.splits.Splits:
        """The splits, training labels permuted."""
        from .relabelling import relabelled, shuffled

        labels = shuffled(splits.train.labels, seed=self.seed)
        return relabelled(splits, labels, "training labels shuffled")
