"""The mean difference between the output of the true class and the average output."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._evaluation import logits
from dltheory.probes._margins import class_outputs
from dltheory.probes.log_norm_product import log_norm_product


def centred_margin(
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
) -> float:
    """The centred margin m = (1/N) Σ_n ( f_{y_n}(x_n) − (1/C) Σ_j f_j(x_n) ).

    f are the outputs of the C classes. To first order in the outputs the mean cross-entropy is
    ln C − m, so m determines the loss of a network with small outputs (our check of
    liao2020puzzles, Figs 2 and 9–18). `normalised` divides by ρ = Π_l ‖W_l‖_p, with the options of
    `layer_norms`.
    """
    total = torch.zeros((), dtype=torch.float64, device=images.device)
    for part, out in logits(model, images, batch):
        outputs = class_outputs(out).double()
        own = outputs.gather(1, labels[part][:, None])[:, 0]
        total += (own - outputs.mean(dim=1)).sum()
    margin = total / len(labels)
    if normalised:
        log = log_norm_product(
            model, images, labels, p=p, first_bias=first_bias, unit=unit, folded=folded
        )
        margin = margin * torch.exp(-margin.new_tensor(log))
    return float(margin)
