"""Cosines between loss gradients of all pairs among some minibatches."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._gradient_grams import gradient_gram, upper_triangle
from dltheory.probes._minibatch_gradients import Mode, in_mode


def gradient_cosine_matrix(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    minibatches: int = 100,
    batch: int = 128,
    mode: Mode = "eval",
    together: int = 16,
) -> Float[Tensor, " pairs"]:
    """cos(∇L_k, ∇L_l) for all k < l among m minibatches: (0, 1), (0, 2), …, m(m − 1)/2 values.

    The other reading of sankararaman2020confusion, appendix A.2 ("100 minibatches"); its §5 has
    100 independent pairs, which is `gradient_cosines`. L is the mean cross-entropy of a minibatch
    drawn without replacement, independently of the others, so two can share examples; the
    gradient is over all parameters. Values that share a minibatch are dependent. A minibatch is
    never compared with itself. Costs m gradients and m² inner products.
    """
    draws = [torch.randperm(len(labels), generator=generator)[:batch] for _ in range(minibatches)]
    with in_mode(model, images, mode), torch.no_grad():
        gram = gradient_gram(model, images, labels, torch.stack(draws), together=together)
    lengths = gram.diagonal().clamp_min(torch.finfo(gram.dtype).tiny).sqrt()
    return upper_triangle(gram / lengths[:, None] / lengths).clamp(-1, 1)
