"""The mean cross-entropy of a network divided by the product of its layers' norms."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.probes._evaluation import logits
from dltheory.probes.log_norm_product import log_norm_product


def normalised_loss(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
    batch: int = 1000,
) -> float:
    """(1/N) Σ −ln softmax(F(x)/ρ)_y with ρ = Π_l ‖W_l‖_p (liao2020puzzles, Figs 2 and 9–18).

    Options of ρ are as in `layer_norms`. For a ReLU network without biases after the first layer
    this is the loss of the network whose layers are divided by their norms. With further biases
    (as after folding batch normalisation) F/ρ has the same predictions as F, but is not such a
    network. If ρ is large, the result is near ln C for C classes. It is computed in float64.
    """
    log = log_norm_product(
        model, images, labels, p=p, first_bias=first_bias, unit=unit, folded=folded
    )
    shrink = torch.exp(-torch.tensor(log, dtype=torch.float64, device=images.device))
    total = sum(
        float(functional.cross_entropy(out.double() * shrink, labels[part], reduction="sum"))
        for part, out in logits(model, images, batch)
    )
    return total / len(labels)
