"""The effective rank and the numerical rank of a linear map, from its singular values."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from dltheory.errors import SpecError


def effective_rank(values: Float[Tensor, "*seeds values"]) -> Float64[Tensor, "*seeds"]:
    """The effective rank r = Σσ/√(Σσ²), the nuclear norm over the Frobenius norm, in float64.

    This is r(W) of goldblum2020truth, §5. It lies between 1 (one singular value that is not 0) and
    √(number of values that are not 0), which it reaches if they are equal. So it behaves like the
    square root of a rank. It is 0 for the zero map. Scaling the map does not change it. For a
    convolution it grows with the size of the feature maps (at most h·w·channels values), so results
    for different grids cannot be compared.
    """
    values = values.double()
    largest = values.amax(dim=-1, keepdim=True)
    parts = values / torch.where(largest > 0, largest, 1)  # squares neither over- nor underflow
    total = parts.sum(dim=-1)
    return torch.where(total > 0, total / parts.square().sum(dim=-1).sqrt(), 0)


def numerical_rank(
    values: Float[Tensor, "*seeds values"], *, tolerance: float = 1e-8
) -> Int64[Tensor, "*seeds"]:
    """The number of singular values σ > tolerance·σ₁, where σ₁ is the largest.

    The default tolerance is above the accuracy of `convolution_singular_values`, 1e-9, and below
    the rounding error of float32 weights, 6e-8. To count only values that float32 can distinguish
    from 0, give a larger tolerance.
    """
    if not 0 <= tolerance < 1:
        raise SpecError(
            f"A rank counts values above a share of the largest; got tolerance {tolerance:g}. Give "
            "a number from 0 to below 1."
        )
    return (values > tolerance * values.amax(dim=-1, keepdim=True)).sum(dim=-1)
