"""A data set whose training labels are shuffled and so unrelated to the images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .relabelled_data import RelabelledData

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class ShuffledLabels(RelabelledData):
    """`data` with its training labels permuted; the number of examples per class is unchanged."""

    @property
    def name(self) -> str:
        """The name of the data followed by "-shuffled"."""
        return f"{self.data.name}-shuffled"

    def relabelled(self, splits: dltheory.data.splits.Splits) -> dltheory.data.splits.Splits:
        """The splits with permuted training labels."""
        from .relabelling import relabelled, shuffled

        labels = shuffled(splits.train.labels, seed=self.seed)
        return relabelled(splits, labels, "training labels shuffled")
