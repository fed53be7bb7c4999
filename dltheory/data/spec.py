"""What every description of a data set has in common; no pixel and no tensor is touched here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import dltheory.data.splits


@runtime_checkable
class DataSpec(Protocol):
    """A plain frozen value that says which data are meant and can load them."""

    @property
    def name(self) -> str:
        """The data set in a word, fit for a file name."""
        ...

    @property
    def classes(self) -> int:
        """Number of classes; labels are 0, …, classes − 1."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input: (channels, height, width), or (inputs,) where there is no image."""
        ...

    @property
    def black(self) -> tuple[float, ...]:
        """The value of a black pixel per channel, in the units that `load` returns."""
        ...

    @property
    def training_examples(self) -> int | None:
        """How many there are to train on; None if only the files can tell."""
        ...

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The images and labels, from files below `root`, decoded once into `cache`."""
        ...
