"""What layers pass on in a stack of networks, in one of two orders in memory."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Activations(NamedTuple):
    """Numbers of all networks: rows (seeds, batch, …), or maps of convolutional networks.

    Maps are (batch, seeds · channels, height, width) with the channels of a pixel side by side in
    memory ("channels last"), all channels of one seed before those of the next. In this order the
    convolutions of all networks are one convolution in groups, and their batch normalisations are
    one over all channels.
    """

    numbers: Tensor
    seeds: int
    maps: bool = False
    given: bool = False
    """Whether these are the networks' inputs, by which no gradient is wanted."""

    @property
    def are_images(self) -> bool:
        """Whether each network sees (batch, channels, height, width)."""
        return self.maps or self.numbers.ndim == 5

    @property
    def shared(self) -> bool:
        """Whether all seeds see the very same numbers in memory."""
        return not self.maps and self.seeds > 1 and self.numbers.stride(0) == 0

    def but(self, numbers: Tensor) -> Activations:
        """Other numbers in the same order."""
        return Activations(numbers, self.seeds, self.maps)

    def in_rows(self) -> Activations:
        """The same as rows: a view."""
        if not self.maps:
            return self
        return Activations(self.by_pixel().permute(3, 0, 4, 1, 2), self.seeds, given=self.given)

    def in_maps(self) -> Activations:
        """The same as maps: a view of maps, otherwise a copy."""
        return self if self.maps else as_maps(self.numbers.permute(1, 3, 4, 0, 2), given=self.given)

    def by_pixel(self) -> Tensor:
        """(batch, height, width, seeds, channels), a view of maps."""
        return self.numbers.permute(0, 2, 3, 1).unflatten(-1, (self.seeds, -1))

    def in_order_of(self, other: Activations) -> Tensor:
        """The numbers in the order in memory that others of the same networks have."""
        if self.maps == other.maps:
            return self.numbers
        return (self.in_maps() if other.maps else self.in_rows()).numbers


def as_maps(by_pixel: Tensor, *, given: bool = False) -> Activations:
    """Maps from (batch, height, width, seeds, channels)."""
    numbers = by_pixel.contiguous().flatten(3).permute(0, 3, 1, 2)
    return Activations(numbers, by_pixel.shape[3], maps=True, given=given)
