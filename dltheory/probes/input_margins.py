"""The margin of each example in input space: an upper bound on the distance to the boundary."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating
from dltheory.probes._margins import class_outputs, first_crossing, lead, nearest_boundary


def input_margins(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    radius: float = 100.0,
    halvings: int = 30,
    rounds: int = 3,
    batch: int = 256,
) -> Float64[Tensor, " points"]:
    """±t for each example, where t is the smallest ℓ2 distance found with another prediction.

    The sign is negative if x_n is misclassified. The unit is that of the images. Each of `rounds`
    rounds searches along one ray from x_n. The first ray points to the nearest boundary of the
    linearised network at x_n: against the gradient of f_k − f_j, where k is the predicted class and
    j the class of `linearised_input_margins`. Each further ray has the direction of the boundary's
    normal at the nearest crossing found (or, without a crossing, at the boundary of the linearised
    network). If this crossing is not closer, the direction changes only half as much in the next
    round. On each ray the length is doubled until the prediction changes, at most up to `radius`,
    and then bisected `halvings` times, in the precision of the images.

    At the distance t the prediction differs, so t is an upper bound on the distance to the decision
    boundary. It is exact for an affine network. For others the rounds mostly reduce it to a local
    minimum. It is ∞ if the prediction does not change on these rays up to the radius, although it
    may change in other directions. A round costs C backward passes, for C classes, and about
    halvings + 5 forward passes.
    """
    if not 0 < radius < torch.inf or min(halvings, rounds) < 1:
        raise SpecError(
            "A margin is sought up to a positive, finite radius in at least 1 round of at least 1 "
            f"halving; got radius {radius:g}, {rounds} rounds and {halvings} halvings. Take a "
            "radius of several image norms."
        )
    parts = []
    with evaluating(model, images):
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            crossing = nearest_crossing(model, images[part], radius, halvings, rounds)
            right = crossing.predicted == labels[part]
            parts.append(torch.where(right, crossing.distance, -crossing.distance))
    return torch.cat(parts)


class Crossing(NamedTuple):
    """The class predicted at x, and the nearest point x + distance · way found with another one."""

    predicted: Int64[Tensor, " points"]
    distance: Float64[Tensor, " points"]
    way: Float[Tensor, " points *shape"]


def nearest_crossing(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    radius: float,
    halvings: int,
    rounds: int,
) -> Crossing:
    """The crossing that `input_margins` reports, for a network that is in evaluation mode."""
    predicted, linear, way = nearest_boundary(model, images)
    axes = (-1, *[1] * (images.dim() - 1))

    def moved(length: Tensor, way: Tensor) -> Tensor:
        return images + (length.view(axes) * way).to(images.dtype)

    def crossing(start: Tensor, way: Tensor) -> Tensor:
        def inside(length: Tensor) -> Tensor:
            with torch.no_grad():
                ahead = lead(class_outputs(model(moved(length, way))), predicted)
            return (ahead > 0) | ahead.isnan()  # an overflow is no other class

        return first_crossing(inside, start, radius=radius, halvings=halvings)

    distance = crossing(linear.double(), way)
    share = torch.ones_like(distance)
    for _ in range(rounds - 1):
        reach = torch.where(distance.isfinite(), distance, linear.double().clamp(max=radius))
        there, _, normal = nearest_boundary(model, moved(reach, way))
        normal = torch.where((there == predicted).view(axes), normal, -normal)  # outwards
        turned = way + share.view(axes).to(way.dtype) * (normal - way)
        turned = functional.normalize(turned.flatten(1), dim=1).view_as(way)
        cosine = (turned * way).flatten(1).sum(dim=1).double().abs()
        length = crossing(reach * cosine, turned)
        closer = length < distance * (1 - 2.0**-halvings)  # by more than bisection is off
        distance = torch.where(closer, length, distance)
        way = torch.where(closer.view(axes), turned, way)
        share = torch.where(closer, 1, share / 2)
    return Crossing(predicted, torch.where(linear.isnan(), torch.nan, distance), way)
