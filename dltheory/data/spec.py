"""The interface of all descriptions of data sets; importing it imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import dltheory.data.splits


@runtime_checkable
class DataSpec(Protocol):
    """A frozen value that describes a data set and can load it."""

    @property
    def name(self) -> str:
        """The short name of the data set, fit for a file name."""
        ...

    @property
    def classes(self) -> int:
        """The number of classes; labels are 0, …, classes − 1."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input: (channels, height, width) for images, (inputs,) for vectors."""
        ...

    @property
    def black(self) -> tuple[float, ...]:
        """The value of a black pixel per channel, normalised as the images that `load` returns."""
        ...

    @property
    def training_examples(self) -> int | None:
        """The number of training examples; None if only the files determine it."""
        ...

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """The images and labels, read from files below `root` and decoded once into `cache`.

        With `download` missing files are downloaded, if the data set supports it.
        """
        ...
