"""Margins: the lead of a class in the outputs, and the distance to other classes in inputs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from dltheory.outputs import finite


def class_outputs(outputs: Float[Tensor, "points outputs"]) -> Float[Tensor, "points classes"]:
    """The outputs with one column per class; a single output f becomes two columns, 0 and f."""
    if outputs.shape[1] > 1:
        return outputs
    return torch.cat([torch.zeros_like(outputs), outputs], dim=1)


def lead(
    outputs: Float[Tensor, "points classes"], classes: Int64[Tensor, " points"]
) -> Float[Tensor, " points"]:
    """The lead f_c − max_{j≠c} f_j of the given class c; NaN where an output is not finite."""
    own = classes[:, None]
    others = outputs.scatter(1, own, -torch.inf)
    ahead = outputs.gather(1, own)[:, 0] - others.amax(dim=1)
    return torch.where(finite(outputs), ahead, torch.nan)


def nearest_boundary(
    model: nn.Module, images: Float[Tensor, " points *shape"]
) -> tuple[Int64[Tensor, " points"], Float[Tensor, " points"], Float[Tensor, " points *shape"]]:
    """The predicted class k, and distance and direction to the nearest linearised boundary.

    The distance is min_{j≠k} (f_k − f_j)/‖∇f_k − ∇f_j‖ with gradients with respect to x, and the
    direction is the unit vector from x to this boundary. Both are exact for an affine network. If
    all gradients are equal there is no boundary; the results are ∞ and the zero vector. The
    distance is NaN if an output is not finite. The cost is one backward pass per class.
    """
    with torch.enable_grad():
        inputs = images.detach().requires_grad_()
        outputs = class_outputs(model(inputs))
        slopes = torch.stack(
            [
                torch.autograd.grad(column.sum(), inputs, retain_graph=True)[0].flatten(1)
                for column in outputs.unbind(dim=1)
            ],
            dim=1,
        )
    outputs = outputs.detach()
    predicted = outputs.argmax(dim=1)
    rows = torch.arange(len(images), device=images.device)
    steepness = slopes[rows, predicted, None] - slopes
    gaps = outputs[rows, predicted, None] - outputs
    lengths = torch.linalg.vector_norm(steepness, dim=2)
    distances = torch.where((lengths == 0) & (gaps > 0), torch.inf, gaps / lengths)
    distances = torch.where(gaps == 0, 0, distances)
    distances[rows, predicted] = torch.inf
    nearest = distances.argmin(dim=1)
    way = torch.nn.functional.normalize(-steepness[rows, nearest], dim=1, eps=0)
    distance = torch.where(finite(outputs), distances[rows, nearest], torch.nan)
    return predicted, distance, way.nan_to_num(nan=0).view_as(images)


def first_crossing(
    inside: Callable[[Float[Tensor, " points"]], Bool[Tensor, " points"]],
    start: Float[Tensor, " points"],
    *,
    radius: float,
    halvings: int,
) -> Float[Tensor, " points"]:
    """The length at which each ray first leaves the set `inside`, by doubling and bisection.

    The length starts at 3/16 of `start` and is doubled until the ray is outside, at most up to
    `radius`. Then the last interval is bisected `halvings` times, and its outer end is returned.
    The result is ∞ if the ray is inside at the radius. It is the first crossing unless the ray
    leaves the set and returns between two lengths that are tried. The factor 3 avoids the length
    `start` itself, which lies on the boundary for an affine network, where rounding would decide
    the side.
    """
    low, high = torch.zeros_like(start), start.clamp(max=radius) * 3 / 16
    outside = ~inside(high)
    while (~outside & (high > 0) & (high < radius)).any():
        low = torch.where(outside, low, high)
        high = torch.where(outside, high, (2 * high).clamp(max=radius))
        outside = ~inside(high)
    for _ in range(halvings):
        middle = (low + high) / 2
        still = inside(middle)
        low, high = torch.where(still, middle, low), torch.where(still, high, middle)
    return torch.where(outside, high, torch.inf)
