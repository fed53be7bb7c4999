"""Path norm: what a network's weights come to along all of its paths."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._evaluation import evaluating
from dltheory.probes._path_sums import SummingPaths


def path_norm(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    p: float = 2.0,
    biases: bool = False,
) -> float:
    """(Σ Π |w|^p)^{1/p}: the sum is over all paths from an input to an output, the product along.

    The path regulariser φ_p of Neyshabur et al. 2015 (Norm-based capacity control), not divided by
    a margin and without factors for the widths; liu2020bad shows a path norm in Fig. 5 and does not
    say which. Found by one pass of the network with |w|^p for weights over an input of ones (as
    Gonon et al. 2024 do for networks with pooling and skips): a ReLU lets all paths through, batch
    normalisation counts as folded into the weights, average pooling as weights 1/k, max-pooling as
    weights 1, and a residual block as the sum of both ways. No path begins at a bias
    unless `biases` is on, where each bias (and shift of a normalisation) is a weight from a
    constant 1. Rescaling a hidden ReLU unit's two sides by c and 1/c does not change it.

    The images give the size of the input alone. In float64; one pass over one image.
    """
    if not 1 <= p < math.inf:
        raise SpecError(f"A path norm needs 1 ≤ p < ∞; got p = {p:g}. Take 2 or 1.")
    ones = torch.ones_like(images[:1], dtype=torch.float64)
    with evaluating(model, images), torch.no_grad(), SummingPaths(p, biases=biases):
        sums = model(ones)
    return float(sums.sum()) ** (1 / p)
