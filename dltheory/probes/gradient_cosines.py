"""The cosines between the loss gradients of random minibatches, which measure confusion."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._minibatch_gradients import (
    Mode,
    gradient_blocks,
    in_mode,
    minibatch_gradients,
)

__all__ = ["gradient_cosines", "minibatch_gradients"]


def gradient_cosines(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    pairs: int = 100,
    batch: int = 128,
    together: int = 16,
    mode: Mode = "eval",
) -> Float[Tensor, " pairs"]:
    """The cosines cos(∇L_A, ∇L_B) for independent pairs of minibatches A, B.

    L is the mean cross-entropy of a minibatch, and the gradient is over all parameters, as in
    sankararaman2020confusion, §5 and appendix A.1 (100 pairs for CIFAR, 1000 for MNIST). Each
    minibatch is drawn without replacement and is in one pair; A and B can share examples. `mode` is
    "eval" (running statistics of batch normalisation) or "train" (those of each minibatch).
    `together` bounds the gradients in memory. The minimum over pairs depends on their number, so
    compare only equal numbers. Inner products are summed in float64.

    The densities in the paper are Gaussian kernel estimates over the values of all runs, with a
    bandwidth that is not printed. For a comparison use `scipy.stats.gaussian_kde(values)`, whose
    bandwidth is the standard deviation times n^(−1/5) for n values (Scott's rule).
    """
    draws = [torch.randperm(len(labels), generator=generator)[:batch] for _ in range(2 * pairs)]
    even = max(2, together - together % 2)  # the minibatches of a pair are held together
    parts = []
    with in_mode(model, images, mode), torch.no_grad():
        for _, blocks in gradient_blocks(model, images, labels, torch.stack(draws), together=even):
            parts.append(_cosines(blocks))
    return torch.cat(parts)


def _cosines(blocks: list[Tensor]) -> Float[Tensor, " pairs"]:
    """The cosines of rows 0 and 1, 2 and 3, …, of gradients with one block per parameter."""
    longest = torch.stack([block.abs().amax(dim=1) for block in blocks]).amax(dim=0)
    scale = longest.double().clamp_min(torch.finfo(torch.float64).tiny)[:, None]
    products = torch.zeros(3, len(scale) // 2, dtype=torch.float64, device=scale.device)
    for block in blocks:
        wide = block.double() / scale  # so that squares neither vanish nor overflow
        one, other = wide[0::2], wide[1::2]
        for total, (x, y) in zip(products, ((one, other), (one, one), (other, other)), strict=True):
            total += (x * y).sum(dim=1)
    both = (products[1] * products[2]).sqrt()
    return products[0] / both.clamp_min(torch.finfo(torch.float64).tiny)
