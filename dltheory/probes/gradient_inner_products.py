"""The inner products between the loss gradients of single examples or disjoint minibatches."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._gradient_grams import disjoint_minibatches, gradient_gram, upper_triangle
from dltheory.probes._minibatch_gradients import Mode, in_mode


def gradient_inner_products(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    minibatches: int = 100,
    batch: int = 1,
    mode: Mode = "eval",
    together: int = 16,
) -> Float[Tensor, " pairs"]:
    """The inner products ⟨∇f_i, ∇f_j⟩ for all i < j (sankararaman2020confusion, definition 2.1).

    f_i is the cross-entropy of example i, or with `batch` above 1 the mean over minibatch i (the
    remark there). The gradient is over all parameters. Examples are drawn without replacement, and
    no two minibatches share one; if the data set is too small there are fewer than `minibatches`.
    The order is that of an upper triangle: (0, 1), (0, 2), … With mode "train" batch normalisation
    uses the statistics of each minibatch, so take `batch` well above 1. The expected value over
    independent pairs is ‖∇L‖², where L is the mean loss; the variance falls with `batch`.
    """
    chosen = disjoint_minibatches(
        len(labels), minibatches=minibatches, batch=batch, generator=generator
    )
    with in_mode(model, images, mode), torch.no_grad():
        return upper_triangle(gradient_gram(model, images, labels, chosen, together=together))
