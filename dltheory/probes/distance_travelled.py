"""Distances between the initial and the trained parameters, as in the paper and scale-free."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.linalg.parameter_distance import parameter_distances, unit_filter_distance


def distance_travelled(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
    *,
    initial: nn.Module,
) -> Float64[Tensor, " 5"]:
    """Five distances between the initial parameters W_0 and the parameters W, in float64.

    0  ‖W − W_0‖ / ‖W‖, the d(W_0, W) of liu2020bad, §3.3, relative to the norm at the *end*
    1  ‖W − W_0‖ / ‖W_0‖
    2  the cosine of the angle between W_0 and W
    3  √((1/F) Σ_f ‖u_f − v_f‖²), from 0 to 2, where u_f and v_f are the F filters (rows of weights)
       of both networks, divided by their lengths, which do not matter before batch normalisation
    4  ‖W‖ / ‖W_0‖

    Norms are Frobenius norms over all parameters. Buffers are not included.
    """
    before = dict(initial.named_parameters())
    after = dict(model.named_parameters())
    whole = parameter_distances(before, after)
    weights = [name for name, p in before.items() if p.dim() > 1]
    turned = unit_filter_distance([before[n] for n in weights], [after[n] for n in weights])
    grown = _norm(after) / _norm(before)
    return torch.stack([whole.over_second, whole.over_first, whole.cosine, turned, grown])


def _norm(parameters: dict[str, nn.Parameter]) -> Tensor:
    return torch.stack([p.detach().double().norm() for p in parameters.values()]).norm()
