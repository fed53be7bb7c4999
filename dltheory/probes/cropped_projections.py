"""What cropping back to k×k leaves of RankMin or RankMax, one projection of each layer."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.linalg.rank_projection import rank_max, rank_min
from dltheory.probes._layer_operators import layer_operators


def cropped_projections(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    rank: Literal["min", "max"] = "min",
    level: float = 0.5,
) -> Float64[Tensor, " numbers"]:
    """Four rows, one after the other, of one number a layer, layers in module order.

        r(K);  r(P);  r(C);  ‖C − K‖²/‖P − K‖²

    with K the kernel, P its projection on maps of its true size and C the cropped P. r(P) is what
    the protocol of goldblum2020truth (A.7) is after, r(C) what it gets; the last row is the share
    of the move that survives, 1 for a matrix (`dltheory.linalg.rank_projection`). Layers and their
    order are those of `effective_ranks`. Refused where a kernel is larger than its map.
    """
    project = rank_min if rank == "min" else rank_max
    option = {"threshold" if rank == "min" else "largest": level}
    found = [
        project(at.kernel, at.grid, stride=at.stride, groups=at.groups, **option)
        for at in layer_operators(model, images).values()
    ]
    rows = [torch.cat([p.effective_ranks, p.kept[None]]) for p in found]
    return torch.stack(rows, dim=1).flatten()
