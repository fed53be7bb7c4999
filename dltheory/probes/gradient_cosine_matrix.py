"""The cosines between the loss gradients of all pairs of some minibatches."""

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
    """The cosines cos(∇L_k, ∇L_l) for all k < l among m = `minibatches` minibatches.

    The order is (0, 1), (0, 2), …, with m(m − 1)/2 values. L_k is the mean cross-entropy of
    minibatch k, and the gradient is over all parameters. Each minibatch of `batch` examples is
    drawn without replacement, independently of the others, so two can share examples. Values that
    share a minibatch are dependent. sankararaman2020confusion, appendix A.2, writes of "100
    minibatches", which can mean this; its §5 has 100 independent pairs, which is
    `gradient_cosines`. `mode` is "eval" or "train" statistics of batch normalisation. `together`
    bounds the gradients in memory. The cost is m gradients and m² inner products.
    """
    draws = [torch.randperm(len(labels), generator=generator)[:batch] for _ in range(minibatches)]
    with in_mode(model, images, mode), torch.no_grad():
        gram = gradient_gram(model, images, labels, torch.stack(draws), together=together)
    lengths = gram.diagonal().clamp_min(torch.finfo(gram.dtype).tiny).sqrt()
    return upper_triangle(gram / lengths[:, None] / lengths).clamp(-1, 1)
