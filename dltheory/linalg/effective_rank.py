"""How many singular values a linear map has to speak of."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from dltheory.errors import SpecError


def effective_rank(values: Float[Tensor, "*seeds values"]) -> Float64[Tensor, "*seeds"]:
    """r = Σσ/√Σσ², nuclear over Frobenius norm, from singular values.

    The r(W) of goldblum2020truth, §5. Between 1 (one value) and √(number of values that are not 0),
    reached when they are equal: so it is like the root of a rank, √c for c equal values. Scaling
    the map does not change it; a convolution's grows with the map's size (at most h·w·channels
    values), so numbers from different grids do not compare. 0 for the zero map. In float64.
    """
    values = values.double()
    largest = values.amax(dim=-1, keepdim=True)
    parts = values / torch.where(largest > 0, largest, 1)  # squares neither over- nor underflow
    total = parts.sum(dim=-1)
    return torch.where(total > 0, total / parts.square().sum(dim=-1).sqrt(), 0)


def numerical_rank(
    values: Float[Tensor, "*seeds values"], *, tolerance: float = 1e-8
) -> Int64[Tensor, "*seeds"]:
    """#{σ > tolerance·σ₁}: the number of singular values that are not small beside the largest.

    The default is above the accuracy of `convolution_singular_values`, 1e-9, and below the rounding
    of float32 weights, 6e-8: to count what float32 can tell from 0, ask for more.
    """
    if not 0 <= tolerance < 1:
        raise SpecError(
            f"A rank counts values above a share of the largest; got tolerance {tolerance:g}. Give "
            "a number from 0 to below 1."
        )
    return (values > tolerance * values.amax(dim=-1, keepdim=True)).sum(dim=-1)
