"""The change of the parameters during training."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.linalg.parameter_distance import parameter_distances


def parameter_change(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
    *,
    initial: nn.Module,
) -> Float64[Tensor, " 4"]:
    """Four measures of φ1 − φ0, the change of the parameters since `initial`, in float64.

    t runs over the parameter tensors.

    0  average norm √(Σ_t mean over entries of (φ1 − φ0)²)
    1  relative change ‖φ1 − φ0‖ / ‖φ0‖ over all parameters
    2  norm ‖φ1 − φ0‖
    3  sum of norms Σ_t ‖φ1,t − φ0,t‖

    The code of goldblum2020truth computes measures 0, 2 and 3. Its figure 1d shows an average norm,
    and its figure 5 a relative change.
    """
    after = {name: p.detach() for name, p in model.named_parameters()}
    before = {name: p.detach() for name, p in initial.named_parameters()}
    whole = parameter_distances(before, after)
    changes = [after[name].double() - before[name].double() for name in before]
    average = torch.stack([change.square().mean() for change in changes]).sum().sqrt()
    total = torch.stack([change.norm() for change in changes]).sum()
    return torch.stack([average, whole.over_first, whole.absolute, total])
