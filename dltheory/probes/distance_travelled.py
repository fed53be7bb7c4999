"""How far training has gone from where it began, as printed and free of scale."""

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
    """Five numbers on the way from W_0, the initial network, to W, over all parameters.

    0  ‖W − W_0‖ / ‖W‖, the d(W_0, W) of liu2020bad, §3.3: over the norm of where it *ended*
    1  ‖W − W_0‖ / ‖W_0‖
    2  cos(W_0, W)
    3  √((1/F) Σ_f ‖u_f − v_f‖²), filters f of every weight (rows) at unit length, from 0 to 2:
       the length of a filter that batch normalisation follows means nothing
    4  ‖W‖ / ‖W_0‖

    Norms are Frobenius norms; buffers do not count. In float64.
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
