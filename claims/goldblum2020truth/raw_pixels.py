"""Digits whose pixels are not brought to mean 0 and deviation 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.data import Digits

if TYPE_CHECKING:
    from dltheory.data.splits import Labelled, Splits


@dataclass(frozen=True, kw_only=True)
class RawDigits:
    """`Digits` with pixels pixel/16 in [0, 1], as the data set has them."""

    train: int = 1000

    @property
    def _data(self) -> Digits:
        return Digits(train=self.train)

    @property
    def name(self) -> str:
        """digits-raw."""
        return f"{self._data.name}-raw"

    @property
    def classes(self) -> int:
        """10."""
        return self._data.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """One channel of 8 × 8 pixels."""
        return self._data.shape

    @property
    def black(self) -> tuple[float, ...]:
        """0."""
        return (0.0,)

    @property
    def training_examples(self) -> int:
        """As asked for."""
        return self.train

    def load(self, root: Path, *, cache: Path, download: bool = False) -> Splits:
        """The splits of the digits, each pixel between 0 (background) and 1."""
        splits = self._data.load(root, cache=cache, download=download)
        assert splits.validation is not None
        return replace(
            splits,
            train=_raw(splits.train),
            validation=_raw(splits.validation),
            test=_raw(splits.test),
            form=f"{splits.form}, pixels in [0, 1]",
        )

    def content(self, root: Path, *, cache: Path) -> str:
        """Nothing is read from files of the user's."""
        del root, cache
        return ""


def _raw(part: Labelled) -> Labelled:
    """(x · std + mean), the inverse of what `Digits` does to pixels."""
    from dltheory.data.digits import SCALE

    return replace(part, images=part.images * SCALE.std[0] + SCALE.mean[0])
