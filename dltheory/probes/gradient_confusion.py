"""The gradient confusion bound: how much a step for one example can increase another's loss."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._minibatch_gradients import Mode
from dltheory.probes.gradient_inner_products import gradient_inner_products


class Confusion(NamedTuple):
    """The bound η, the smallest and the mean inner product, and the share of negative ones."""

    bound: float
    least: float
    mean: float
    negative: float


def gradient_confusion(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    minibatches: int = 1000,
    batch: int = 1,
    mode: Mode = "eval",
    together: int = 16,
) -> Confusion:
    """The bound η = max(0, −min_{i≠j} ⟨∇f_i, ∇f_j⟩) with the smallest and mean inner product.

    It is the smallest η of sankararaman2020confusion, eq. (3). f_i and the other arguments are as
    in `gradient_inner_products`. The minimum over a sample is at least that over all examples.
    Therefore η is a lower bound of the η of the data set, unless the minibatches cover it. It
    depends on the number of minibatches, so compare only equal numbers. `mean` is over i ≠ j; the
    remark after definition 2.1 averages over all i, j, which adds the squared norms. The results
    are NaN if an inner product is NaN.
    """
    products = gradient_inner_products(
        model,
        images,
        labels,
        generator=generator,
        minibatches=minibatches,
        batch=batch,
        mode=mode,
        together=together,
    )
    least = products.min()
    below = torch.where(products.isnan(), torch.nan, (products < 0).double())
    return Confusion(
        float((-least).clamp(min=0.0)), float(least), float(products.mean()), float(below.mean())
    )
