"""By how much one class leads, and how far away the nearest other one is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from dltheory.outputs import finite


def class_outputs(outputs: Float[Tensor, "points outputs"]) -> Float[Tensor, "points classes"]:
    """One column a class: a single output f, as for logistic loss, is the two classes' 0 and f."""
    if outputs.shape[1] > 1:
        return outputs
    return torch.cat([torch.zeros_like(outputs), outputs], dim=1)


def lead(
    outputs: Float[Tensor, "points classes"], classes: Int64[Tensor, " points"]
) -> Float[Tensor, " points"]:
    """f_c − max_{j≠c} f_j for the given class c of each point, NaN if an output is not finite."""
    own = classes[:, None]
    others = outputs.scatter(1, own, -torch.inf)
    ahead = outputs.gather(1, own)[:, 0] - others.amax(dim=1)
    return torch.where(finite(outputs), ahead, torch.nan)


def nearest_boundary(
    model: nn.Module, images: Float[Tensor, " points *shape"]
) -> tuple[Int64[Tensor, " points"], Float[Tensor, " points"], Float[Tensor, " points *shape"]]:
    """Predicted class k, distance to the nearest boundary of the linearised network, and the way.

    The distance is min_{j≠k} (f_k − f_j)/‖∇f_k − ∇f_j‖, the way the unit vector from x to that
    boundary (gradients with respect to x). Exact for an affine network. Where all of the gradients
    agree there is no boundary: ∞ and the zero vector. Where an output is not finite the distance is
    NaN. One backward pass a class.
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
    """A length at which each ray is outside, having been inside 2^−halvings of a step before.

    From 3/16 of `start` the length is doubled until the ray is outside, at most to the radius
    (∞ if it is inside there too), then the last interval is halved. The end returned is the outer
    one. It is the first crossing if no ray leaves and comes back between two lengths tried.
    With a 3 there no length tried is `start` itself, which is on the boundary where the network is
    affine: rounding alone would say on which side.
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
