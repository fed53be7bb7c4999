"""A certificate that a point is no minimum: a direction in which the loss curves downwards."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._hessian import Precision, hessian
from dltheory.probes.hessian_extremes import hessian_ends

MARGIN = 10.0


class NegativeCurvature(NamedTuple):
    """A direction v, shaped as the parameters and of length 1, with vᵀH v = `quotient`.

    The quotient is computed afresh in float64 and errs by less than `margin`, an estimate; below
    −`margin` it is `certified`, and the point is no local minimum if the loss is smooth there.
    `lowest` and `failure`: no eigenvalue is lower, except with that probability over the start.
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
    """The direction of lowest curvature that Lanczos finds, and what it did not rule out.

    Options as in `hessian_extremes`. No weight decay is in H; where the training loss has a penalty
    (c/2)‖φ‖², the quotient there is c larger.

    The margin is ten times the distance between vᵀ(H v) and (vᵀH)v summed in two splits of the data
    into batches, but at least ten rounding units of ‖H v‖, and the error that Lanczos measured.
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
    """A flat vector in parts with the names and shapes of the model's parameters."""
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
