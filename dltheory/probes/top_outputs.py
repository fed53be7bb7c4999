"""The largest output of each example."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.outputs import finite
from dltheory.probes._evaluation import logits
from dltheory.probes._margins import class_outputs
from dltheory.probes.log_norm_product import log_norm_product


def top_outputs(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    points: int = 1000,
    normalised: bool = False,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
    batch: int = 1000,
) -> Float64[Tensor, " first"]:
    """The largest output max_j f_j(x_n) of the first `points` examples (liao2020puzzles, Fig. 20).

    It is NaN if an output is not finite. `normalised` divides by ρ = Π_l ‖W_l‖_p, with the options
    of `layer_norms`.
    """
    chosen = images[:points]
    outputs = torch.cat([class_outputs(out).double() for _, out in logits(model, chosen, batch)])
    outputs = torch.where(finite(outputs), outputs.amax(dim=1), torch.nan)
    if not normalised:
        return outputs
    log = log_norm_product(
        model, images, labels, p=p, first_bias=first_bias, unit=unit, folded=folded
    )
    return outputs * torch.exp(-outputs.new_tensor(log))
