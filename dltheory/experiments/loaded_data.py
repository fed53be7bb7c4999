"""Data sets in memory: as many as there is room for, and on the device the one that is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dltheory.data import DataSpec

if TYPE_CHECKING:
    import torch

    from dltheory.data.splits import Splits

ROOM_BYTES = 4 * 2**30
"""Data sets beyond this are read again when they are needed; one is always kept."""


class LoadedData:
    """Data sets that were read, the least recently used of which make room for others."""

    def __init__(self, read: Callable[[DataSpec], Splits]) -> None:
        self._read = read
        self._kept: dict[DataSpec, Splits] = {}  # the most recently used last
        self._sizes: dict[DataSpec, int] = {}
        self._placed: tuple[DataSpec, torch.device, Splits] | None = None

    def load(self, data: DataSpec) -> Splits:
        """The splits, where the data set put them: on the CPU."""
        splits = self._kept.pop(data, None)
        if splits is None:
            splits = self._read(data)
        self._kept[data] = splits
        self._sizes[data] = len(splits.train)
        while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > ROOM_BYTES:
            del self._kept[next(iter(self._kept))]
        return splits

    def size(self, data: DataSpec) -> int:
        """The number of training images."""
        if data not in self._sizes:
            self.load(data)
        return self._sizes[data]

    def on_device(self, data: DataSpec, device: torch.device) -> Splits:
        """The splits on the device, where they take the place of those that were there before."""
        if self._placed is None or self._placed[:2] != (data, device):
            self._placed = None  # before the next ones come
            self._placed = (data, device, self.load(data).to(device))
        return self._placed[2]


def _bytes(splits: Splits) -> int:
    parts = (splits.train, splits.validation, splits.test)
    tensors = [
        tensor for part in parts if part is not None for tensor in (part.images, part.labels)
    ]
    return sum(tensor.untyped_storage().nbytes() for tensor in tensors)
