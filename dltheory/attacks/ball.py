"""The images that a budget allows around given ones, and how an attack moves among them.

Everything here is in the units of the network's inputs, (pixel − mean) / std; the budget's lengths
are in pixel units, so each is divided by std where it is spent.
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
    """One uniform draw from the unit ball of the budget's norm for each image, in float32.

    Made on the generator's device, the CPU, in one piece, so that an image's start depends neither
    on which others are still attacked nor on how they are batched.
    """
    if budget.norm == "linf":
        return torch.rand(points, *shape, generator=generator) * 2 - 1
    direction = torch.randn(points, *shape, generator=generator)
    size = direction[0].numel() if points else 1
    radius = torch.rand(points, generator=generator) ** (1 / max(size, 1))
    return direction * _over_pixels(radius / _lengths(direction, 1), direction, 1)


@dataclass(frozen=True, kw_only=True)
class Ball(ABC):
    """The allowed neighbourhoods of images whose first `leading` axes are seeds and points."""

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
        """The neighbourhoods of some of the points, laid out as convolutions like them best."""
        centre = take(self.centre, index, self.leading - 1)
        if centre.ndim == 4 and centre.device.type == "cpu":
            centre = centre.contiguous(memory_format=torch.channels_last)
        return replace(self, centre=centre)

    def start(self, draws: Float[Tensor, " points *shape"] | None) -> Tensor:
        """Fresh images to start from: the given ones moved by ε times a draw, or copies of them."""
        if draws is None:
            return self.centre.clone()
        moved = self.centre + self.budget.epsilon * draws.to(self.centre) / self.std
        return torch.clamp(moved, self.low, self.high)

    @abstractmethod
    def move_(self, x: Tensor, gradient: Tensor) -> None:
        """Take one step uphill and come back into the ball and the box, in place."""


@dataclass(frozen=True, kw_only=True)
class _Cube(Ball):
    """‖x' − x‖_∞ ≤ ε: x ← clamp(x + η sign ∇), the steepest ascent in that norm."""

    def move_(self, x: Tensor, gradient: Tensor) -> None:
        x.add_(gradient.sign_().mul_(self.budget.step / self.std))
        radius = self.budget.epsilon / self.std
        lowest = torch.maximum(self.centre - radius, self.low)
        x.clamp_(lowest, torch.minimum(self.centre + radius, self.high))


@dataclass(frozen=True, kw_only=True)
class _Sphere(Ball):
    """‖x' − x‖_2 ≤ ε: x ← x + η ∇ / ‖∇‖, drawn back along the radius, then into the box.

    The box holds x, so its clamp only shortens the way from x, and x' stays in the ball.
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
    """The neighbourhoods that the budget allows around images; they must lie in its box."""
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
    """The chosen entries along an axis, in the memory format of the whole."""
    place: Any = (slice(None),) * axis + (index,)
    return values[place]


def _lengths(vectors: Tensor, leading: int) -> Tensor:
    """Euclidean norms over all but the leading axes, where neither squares nor zeros do harm.

    Computed relative to the largest entry, so that a gradient of 1e-30 in float32 keeps its
    direction; a vector of zeros is given a positive length, since its multiples are 0 anyway.
    """
    flat = vectors.flatten(leading)
    largest = flat.abs().amax(dim=-1, keepdim=True)
    largest = largest.where(largest > 0, 1)
    lengths = largest.squeeze(-1) * (flat / largest).norm(dim=-1)
    return lengths.where(lengths > 0, 1)


def _over_pixels(values: Tensor, images: Tensor, leading: int) -> Tensor:
    """One number an image, ready to be multiplied with it."""
    return values.reshape(*values.shape, *(1,) * (images.ndim - leading))


def _per_channel(values: tuple[float, ...], otherwise: float, images: Tensor, axis: int) -> Tensor:
    """The values along the axis of channels of images, or the same one for all of them."""
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
