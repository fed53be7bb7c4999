"""Margin of each example in input space: how far a decision boundary is at most."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

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
    batch: int = 256,
) -> Float64[Tensor, " points"]:
    """±t with t the ℓ2 distance at which the prediction changes on the way to the nearest boundary.

    Negative where x_n is not classified as its label; the unit is that of the images. The way is
    straight, towards the nearest boundary of the linearisation at x_n, that is down the gradient of
    f_k − f_j for the predicted class k and the j of `linearised_input_margins`. The crossing is
    found by doubling a step and then `halvings` bisections of the last one, in arithmetic of the
    images' precision. The prediction at the distance returned does differ, so t
    is an upper bound on the distance to the decision boundary; it is exact for an affine network.
    ∞ if nothing changes up to the radius on this way, which does not say that nothing does on
    another. Costs C backward and about halvings + 5 forward passes.
    """
    if not 0 < radius < torch.inf or halvings < 1:
        raise SpecError(
            "A margin is sought up to a positive, finite radius by at least 1 halving; got radius "
            f"{radius:g} and {halvings} halvings. Take a radius of several image norms."
        )
    parts = []
    with evaluating(model, images):
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            parts.append(_margins(model, images[part], labels[part], radius, halvings))
    return torch.cat(parts)


def _margins(
    model: nn.Module, x: Tensor, labels: Tensor, radius: float, halvings: int
) -> Float64[Tensor, " points"]:
    predicted, linear, way = nearest_boundary(model, x)
    axes = (-1, *[1] * (x.dim() - 1))

    def inside(length: Tensor) -> Tensor:
        with torch.no_grad():
            moved = x + (length.view(axes) * way).to(x.dtype)
            return lead(class_outputs(model(moved)), predicted) > 0

    distance = first_crossing(inside, linear.double(), radius=radius, halvings=halvings)
    distance = torch.where(linear.isnan(), torch.nan, distance)
    return torch.where(predicted == labels, distance, -distance)
