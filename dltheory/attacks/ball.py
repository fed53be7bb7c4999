"""The neighbourhoods of images that a budget allows, and the steps of an attack within them.

Tensors here are in the units of the network's inputs, (pixel − mean) / std. Lengths of the budget
are in pixel units, so they are divided by std. Notation: x is the given image, x' the attacked one,
ε = `epsilon`, η = `step`, and ∇ the gradient of the loss by the image.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dltheory.attacks.budget import Budget
from dltheory.errors import SpecError


def random_starts(
    budget: Budget, points: int, shape: tuple[int, ...], generator: torch.Generator
) -> Float[Tensor, " points *shape"]:
    """A uniform draw from the unit ball of the budget's norm for each image, in float32.

    All draws are made at once on the generator's device, the CPU. Therefore the start of an image
    does not depend on the batch size or on which other images are still attacked.
    """
    if budget.norm == "linf":
        return torch.rand(points, *shape, generator=generator) * 2 - 1
    direction = torch.randn(points, *shape, generator=generator)
    size = direction[0].numel() if points else 1
    radius = torch.rand(points, generator=generator) ** (1 / max(size, 1))
    return direction * _over_pixels(radius / _lengths(direction, 1), direction, 1)


@dataclass(frozen=True, kw_only=True)
class Ball(ABC):
    """The allowed neighbourhoods of images (`centre`).

    The first `leading` axes are seeds (if any) and points. `low` and `high` are the ends of the box
    of pixel values, in the units of the network's inputs.
    """

    budget: Budget
    leading: int
    centre: Tensor
    std: Tensor
    low: Tensor
    high: Tensor

    @property
    def pixels(self) -> int:
        """The number of axes of one image."""
        return self.centre.ndim - self.leading

    def at(self, index: Int64[Tensor, " chosen"]) -> Ball:
        """The neighbourhoods of the points with these indices.

        On a CPU batches of images get the memory format in which convolutions are fastest.
        """
        centre = take(self.centre, index, self.leading - 1)
        if centre.ndim == 4 and centre.device.type == "cpu":
            centre = centre.contiguous(memory_format=torch.channels_last)
        return replace(self, centre=centre)

    def start(self, draws: Float[Tensor, " points *shape"] | None) -> Tensor:
        """New images to start from: the given images plus ε times `draws`, or copies of them.

        Moved images are clipped to the box.
        """
        if draws is None:
            return self.centre.clone()
        moved = self.centre + self.budget.epsilon * draws.to(self.centre) / self.std
        return torch.clamp(moved, self.low, self.high)

    @abstractmethod
    def move_(self, x: Tensor, gradient: Tensor) -> None:
        """Take one step of ascent in place, and project the result to the ball and the box."""


@dataclass(frozen=True, kw_only=True)
class _Cube(Ball):
    """The ball ‖x' − x‖_∞ ≤ ε, with steps x' ← clamp(x' + η sign ∇), the steepest ascent."""

    def move_(self, x: Tensor, gradient: Tensor) -> None:
        x.add_(gradient.sign_().mul_(self.budget.step / self.std))
        radius = self.budget.epsilon / self.std
        lowest = torch.maximum(self.centre - radius, self.low)
        x.clamp_(lowest, torch.minimum(self.centre + radius, self.high))


@dataclass(frozen=True, kw_only=True)
class _Sphere(Ball):
    """The ball ‖x' − x‖_2 ≤ ε, with steps x' ← x' + η ∇ / ‖∇‖.

    After a step x' is projected to the ball along the line to x, and then clipped to the box. The
    box contains x, so clipping never increases |x' − x| in any pixel, and x' stays in the ball.
    """

    def move_(self, x: Tensor, gradient: Tensor) -> None:
        uphill = gradient.div_(self.std)  # per pixel unit
        uphill.mul_(
            _over_pixels(self.budget.step / _lengths(uphill, self.leading), x, self.leading)
        )
        way = x.sub_(self.centre).mul_(self.std).add_(uphill)
        shrink = (self.budget.epsilon / _lengths(way, self.leading)).clamp(max=1)
        way.mul_(_over_pixels(shrink, x, self.leading)).div_(self.std)
        x.add_(self.centre).clamp_(self.low, self.high)


def ball(budget: Budget, images: Float[Tensor, " ..."], leading: int) -> Ball:
    """The neighbourhoods that the budget allows around images.

    SpecError is raised if pixels lie outside the budget's box, or if the numbers of channels
    differ.
    """
    std = _per_channel(budget.std, 1.0, images, leading)
    mean = _per_channel(budget.mean, 0.0, images, leading)
    low, high = budget.box or (-torch.inf, torch.inf)
    _require_in_box(budget, images * std + mean)
    kind = _Cube if budget.norm == "linf" else _Sphere
    return kind(
        budget=budget,
        leading=leading,
        centre=images,
        std=std,
        low=(low - mean) / std,
        high=(high - mean) / std,
    )


def take(values: Tensor, index: Int64[Tensor, " chosen"], axis: int) -> Tensor:
    """The entries with these indices along an axis, in the memory format of `values`."""
    place: Any = (slice(None),) * axis + (index,)
    return values[place]


def _lengths(vectors: Tensor, leading: int) -> Tensor:
    """Euclidean norms over all axes except the leading ones; 1 for vectors of zeros.

    They are computed relative to the largest entry, so that a gradient of 1e-30 in float32 does not
    underflow. A vector of zeros has length 1 here, so that it can be divided by its length.
    """
    flat = vectors.flatten(leading)
    largest = flat.abs().amax(dim=-1, keepdim=True)
    largest = largest.where(largest > 0, 1)
    lengths = largest.squeeze(-1) * (flat / largest).norm(dim=-1)
    return lengths.where(lengths > 0, 1)


def _over_pixels(values: Tensor, images: Tensor, leading: int) -> Tensor:
    """One number per image, in a shape that broadcasts with the images."""
    return values.reshape(*values.shape, *(1,) * (images.ndim - leading))


def _per_channel(values: tuple[float, ...], otherwise: float, images: Tensor, axis: int) -> Tensor:
    """The values in a shape that broadcasts along the channels; `otherwise` if there are none.

    SpecError is raised unless there is one value per channel.
    """
    if not values:
        return images.new_tensor(otherwise)
    channels = images.shape[axis]
    if channels != len(values):
        raise SpecError(
            f"Normalised images need a mean and a standard deviation for each of their {channels} "
            f"channels; got {len(values)}. Give as many as the images have channels."
        )
    return images.new_tensor(values).reshape(-1, *(1,) * (images.ndim - axis - 1))


def _require_in_box(budget: Budget, pixels: Tensor) -> None:
    if budget.box is None or not pixels.numel():
        return
    low, high = budget.box
    least, most, slack = float(pixels.min()), float(pixels.max()), 1e-5 * (high - low)
    if not (least >= low - slack and most <= high + slack):  # also where a pixel is NaN
        raise SpecError(
            f"An attack needs images whose pixels lie in the budget's box [{low:g}, {high:g}]; got "
            f"pixels from {least:g} to {most:g}. Give the mean and std that the images were "
            "normalised with, another box, or box=None where any value is allowed."
        )
