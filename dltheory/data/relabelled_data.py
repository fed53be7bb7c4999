"""The common base of descriptions of data sets with changed training labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .content import content_of
from .spec import DataSpec

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class RelabelledData(ABC):
    """`data` with random training labels from `seed`; validation and test are not changed."""

    data: DataSpec
    seed: int = 0

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the data with the way in which it is labelled."""

    @property
    def classes(self) -> int:
        """The number of classes of the data."""
        return self.data.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input of the data."""
        return self.data.shape

    @property
    def black(self) -> tuple[float, ...]:
        """The normalised value of a black pixel of the data, per channel."""
        return self.data.black

    @property
    def training_examples(self) -> int | None:
        """The number of training examples of the data; None if only the files determine it."""
        return self.data.training_examples

    @property
    def published_examples(self) -> int | None:
        """The published size of the data's training set; None if the data has none."""
        return getattr(self.data, "published_examples", None)

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The splits of the data with new training labels."""
        return self.relabelled(self.data.load(root, cache=cache, download=download))

    def content(self, root: Path, *, cache: Path) -> str:
        """A digest of the content of the data's files."""
        return content_of(self.data, root, cache=cache)

    @abstractmethod
    def relabelled(self, splits: dltheory.data.splits.Splits) -> dltheory.data.splits.Splits:
        """The splits with new training labels."""
