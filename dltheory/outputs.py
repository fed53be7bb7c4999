"""What the outputs of a network say of a point, and when they say nothing."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor


def finite(outputs: Float[Tensor, "*points classes"]) -> Bool[Tensor, "*points"]:
    """Whether every output for a point is a finite number. NaN and overflow are not."""
    return outputs.isfinite().all(dim=-1)


def correct(
    outputs: Float[Tensor, "*points classes"], labels: Int64[Tensor, "*points"]
) -> Float64[Tensor, "*points"]:
    """1 where the largest output is that of the label, 0 where it is not, else NaN.

    NaN where an output is not finite, as such a network decides for no class. Sums and means over
    points are NaN then too.
    """
    right = (outputs.argmax(dim=-1) == labels).double()
    return torch.where(finite(outputs), right, torch.nan)
