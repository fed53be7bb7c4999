"""How far training has gone from where it began, layer by layer."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.linalg import parameter_distance
from dltheory.linalg.parameter_distance import unit_filter_distance

WAYS = ("over_second", "over_first", "cosine", "filters")


def layer_distances(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
    *,
    initial: nn.Module,
    by: str = "over_second",
) -> Float64[Tensor, " layers"]:
    """One number for each weight (linear and convolutional layers), from the input on.

    With W_0 the layer's weight in the initial network and W that in this one, `by` is

    over_second    ‖W − W_0‖ / ‖W‖, the d(W_0, W) of liu2020bad, §3.3, of one layer
    over_first     ‖W − W_0‖ / ‖W_0‖
    cosine         cos(W_0, W)
    filters        √((1/F) Σ_f ‖u_f − v_f‖²) over its F filters (rows) at unit length, from 0 to 2:
                   what is left where batch normalisation follows

    Norms are Frobenius norms; biases, scales and buffers do not count. In float64.
    """
    if by not in WAYS:
        raise SpecError(
            f"Distances of layers are taken by one of {', '.join(WAYS)}; got {by!r}. "
            "Check the spelling."
        )
    before = {name: p for name, p in initial.named_parameters() if p.dim() > 1}
    after = {name: p for name, p in model.named_parameters() if p.dim() > 1}
    if by == "filters":
        return torch.stack([unit_filter_distance([before[n]], [after[n]]) for n in before])
    return getattr(parameter_distance.layer_distances(before, after), by)
