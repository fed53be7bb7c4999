"""The margin of each example in output space."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.probes._evaluation import logits
from dltheory.probes._margins import class_outputs, lead
from dltheory.probes.log_norm_product import log_norm_product


def output_margins(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    normalised: bool = False,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
    batch: int = 1000,
) -> Float64[Tensor, " points"]:
    """The margin η_n = f_{y_n}(x_n) − max_{j≠y_n} f_j(x_n) of each example.

    It is positive if the example is classified correctly, and NaN if an output is not finite. This
    is η_n of liao2020puzzles, appendix A. A network with one output f is treated as one of two
    classes with outputs 0 and f. `normalised` divides by ρ = Π_l ‖W_l‖_p, with the options of
    `layer_norms`.
    """
    margins = torch.cat(
        [
            lead(class_outputs(out), labels[part]).double()
            for part, out in logits(model, images, batch)
        ]
    )
    if not normalised:
        return margins
    log = log_norm_product(
        model, images, labels, p=p, first_bias=first_bias, unit=unit, folded=folded
    )
    return margins * torch.exp(-margins.new_tensor(log))
