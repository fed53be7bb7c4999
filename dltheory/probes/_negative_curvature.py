"""Directions of negative curvature, which certify that a point is no local minimum."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._hessian import Precision, hessian
from dltheory.probes.hessian_extremes import hessian_ends

# The factor by which measured rounding errors are multiplied.
MARGIN = 10.0


class NegativeCurvature(NamedTuple):
    """A unit vector v (`direction`, in the shapes of the parameters) with vᵀH v = `quotient`.

    H is the Hessian of the loss. The quotient is computed by a new product in float64, and its
    error is estimated to be below `margin`. If it is below −`margin`, it is `certified`: the point
    is no local minimum, if the loss is smooth there. No eigenvalue is below `lowest`, except with
    probability `failure` over the random start. `not_excluded` says in words what was found and
    what is not excluded.
    """

    direction: dict[str, Tensor]
    quotient: float
    margin: float
    certified: bool
    lowest: float
    failure: float
    not_excluded: str


def negative_curvature(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    tolerance: float = 1e-3,
    excluding: float | None = None,
    failure: float = 1e-6,
    limit: int = 200,
    precision: Precision = "float64",
    batch: int = 1000,
) -> NegativeCurvature:
    """The direction of lowest curvature that Lanczos' algorithm finds, and what is not excluded.

    Options are as in `hessian_extremes`. Weight decay is not included in H; a penalty (c/2)‖φ‖²
    adds c to the quotient.

    The margin is ten times the difference between vᵀH v in two divisions of the data into batches.
    It is at least ten times ‖H v‖ times the machine epsilon, and with precision "float64" at least
    the rounding error that `extreme_eigenvalues` reports.
    """
    ends = hessian_ends(
        model,
        images,
        labels,
        generator=generator,
        tolerance=tolerance,
        excluding=excluding,
        failure=failure,
        limit=limit,
        precision=precision,
        batch=batch,
    )
    v = ends.smallest.vector
    quotients, size = [], 0.0
    for images_a_pass in (batch, max(1, -(-min(batch, len(images)) // 2))):
        with hessian(model, images, labels, batch=images_a_pass, memory=0) as operator:
            product = operator.times(v).double()
        quotients.append(float(v @ product))
        size = float(product.norm())
    unit = torch.finfo(torch.float64).eps * size
    margin = MARGIN * max(abs(quotients[0] - quotients[1]), unit)
    if precision == "float64":
        margin = max(margin, ends.rounding)
    quotient = quotients[0]
    return NegativeCurvature(
        shaped(model, v),
        quotient,
        margin,
        quotient < -margin,
        ends.smallest.beyond,
        failure,
        _words(quotient, margin, ends.smallest.beyond, failure, len(images)),
    )


def shaped(model: nn.Module, v: Float[Tensor, " n"]) -> dict[str, Tensor]:
    """A flat vector, divided into tensors with the names and shapes of the model's parameters."""
    parameters = dict(model.named_parameters())
    pieces = v.split([p.numel() for p in parameters.values()])
    return {
        name: piece.view(p.shape).clone()
        for (name, p), piece in zip(parameters.items(), pieces, strict=True)
    }


def _words(quotient: float, margin: float, lowest: float, failure: float, points: int) -> str:
    found = (
        f"Found: a direction of curvature {quotient:.6g} ± {margin:.2g}, which is negative."
        if quotient < -margin
        else f"No negative curvature was found; the lowest is {quotient:.6g} ± {margin:.2g}."
    )
    return (
        f"{found} Not excluded: eigenvalues between {lowest:.6g} and {quotient:.6g}; and lower "
        f"ones, with probability at most {failure:.2g} over the random start. The Hessian is that "
        f"of the mean cross-entropy of these {points} images without weight decay, and says "
        "nothing of third derivatives or of kinks of the loss nearby."
    )
