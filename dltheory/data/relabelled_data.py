"""What descriptions of data sets with other training labels have in common."""

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
    """`data` with training labels that depend on `seed`; validation and test are left alone."""

    data: DataSpec
    seed: int = 0

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the data, and how it is labelled."""

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

    @property
    def training_examples(self) -> int | None:
        """As of the data."""
        return self.data.training_examples

    @property
    def published_examples(self) -> int | None:
        """As of the data."""
        return getattr(self.data, "published_examples", None)

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The data, with new training labels."""
        return self.relabelled(self.data.load(root, cache=cache, download=download))

    def content(self, root: Path, *, cache: Path) -> str:
        """What the files of the data hold."""
        return content_of(self.data, root, cache=cache)

    @abstractmethod
    def relabelled(self, splits: dltheory.data.splits.Splits) -> dltheory.data.splits.Splits:
        """The splits with new training labels."""
