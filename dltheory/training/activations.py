"""Activations of a stack of networks, in one of two memory layouts: rows or maps."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Activations(NamedTuple):
    """Activations of all stacked networks.

    Rows have shape (seeds, batch, …). Maps (`maps` is true) are for convolutional networks. Their
    shape is (batch, seeds · channels, height, width), with the channels of a pixel adjacent in
    memory ("channels last") and all channels of one seed before those of the next. In this layout
    the convolutions of all networks are one grouped convolution, and their batch normalisations are
    one batch normalisation over all channels.
    """

    numbers: Tensor
    seeds: int
    maps: bool = False
    given: bool = False
    """Whether these are the networks' inputs, by which no gradient is wanted."""

    @property
    def are_images(self) -> bool:
        """Whether the activations of each network have shape (batch, channels, height, width)."""
        return self.maps or self.numbers.ndim == 5

    @property
    def shared(self) -> bool:
        """Whether several seeds use the same memory, as an input that was expanded over seeds."""
        return not self.maps and self.seeds > 1 and self.numbers.stride(0) == 0

    def but(self, numbers: Tensor) -> Activations:
        """Activations with other numbers in the same layout."""
        return Activations(numbers, self.seeds, self.maps)

    def in_rows(self) -> Activations:
        """These activations as rows; a view of the same memory."""
        if not self.maps:
            return self
        return Activations(self.by_pixel().permute(3, 0, 4, 1, 2), self.seeds, given=self.given)

    def in_maps(self) -> Activations:
        """These activations as maps; maps are returned as they are, and rows are copied."""
        return self if self.maps else as_maps(self.numbers.permute(1, 3, 4, 0, 2), given=self.given)

    def by_pixel(self) -> Tensor:
        """A view of maps with shape (batch, height, width, seeds, channels)."""
        return self.numbers.permute(0, 2, 3, 1).unflatten(-1, (self.seeds, -1))

    def in_order_of(self, other: Activations) -> Tensor:
        """The numbers in the memory layout of other activations of the same networks."""
        if self.maps == other.maps:
            return self.numbers
        return (self.in_maps() if other.maps else self.in_rows()).numbers


def as_maps(by_pixel: Tensor, *, given: bool = False) -> Activations:
    """Maps made of a tensor of shape (batch, height, width, seeds, channels)."""
    numbers = by_pixel.contiguous().flatten(3).permute(0, 3, 1, 2)
    return Activations(numbers, by_pixel.shape[3], maps=True, given=given)
