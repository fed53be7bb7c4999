"""How much of a projection RankMin or RankMax of each layer remains after cropping to k×k."""

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
    """Four rows of one number per layer, flattened to one vector.

        r(K);  r(P);  r(C);  ‖C − K‖²/‖P − K‖²

    r is the effective rank, K the kernel, P its projection on feature maps of their true size, and
    C is P cropped to the size of the kernel. r(P) is what the protocol of goldblum2020truth (A.7)
    intends, and r(C) what it achieves. The last row is the share of the change that remains, 1 for
    a matrix (`dltheory.linalg.rank_projection`). Layers and their order are those of
    `effective_ranks`. `rank` is "min" (singular values below `level` become 0) or "max" (clipped to
    `level`). SpecError is raised if a kernel is larger than its feature map.
    """
    project = rank_min if rank == "min" else rank_max
    option = {"threshold" if rank == "min" else "largest": level}
    found = [
        project(at.kernel, at.grid, stride=at.stride, groups=at.groups, **option)
        for at in layer_operators(model, images).values()
    ]
    rows = [torch.cat([p.effective_ranks, p.kept[None]]) for p in found]
    return torch.stack(rows, dim=1).flatten()
