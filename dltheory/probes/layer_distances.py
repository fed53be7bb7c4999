"""The distances between initial and trained weights, layer by layer."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.linalg import parameter_distance
from dltheory.linalg.parameter_distance import unit_filter_distance

# The distances that `by` can select.
WAYS = ("over_second", "over_first", "cosine", "filters")


def layer_distances(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
    *,
    initial: nn.Module,
    by: str = "over_second",
) -> Float64[Tensor, " layers"]:
    """One distance for each weight with at least two axes, in the order of the parameters.

    W_0 is the weight in the initial network and W that in this network. `by` selects the distance:

    over_second    ‖W − W_0‖ / ‖W‖, as d(W_0, W) of liu2020bad, §3.3, for one layer
    over_first     ‖W − W_0‖ / ‖W_0‖
    cosine         the cosine of the angle between W_0 and W
    filters        √((1/F) Σ_f ‖u_f − v_f‖²), from 0 to 2, for the F filters (rows) divided by their
                   lengths, which do not matter before batch normalisation

    Norms are Frobenius norms, in float64. Biases, scales and buffers are not included.
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
