"""The path norm: a norm of the products of weights along all paths through a network."""

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
    """The path norm (Σ Π |w|^p)^{1/p}, in float64.

    The sum is over all paths from an input to an output, and the product over the weights w along a
    path. This is the path regulariser φ_p of Neyshabur et al. 2015 (Norm-based capacity control),
    not divided by a margin and without factors for the widths. liu2020bad shows a path norm in
    Fig. 5 and does not say which.

    It is computed by one pass of the network with weights |w|^p over an input of ones (as in Gonon
    et al. 2024 for networks with pooling and shortcuts). ReLUs are the identity, batch
    normalisation is folded into the weights, average pooling over k pixels has weights 1/k, max
    pooling has weights 1, and a residual block is the sum of both branches. Without `biases` no
    path begins at a bias; with it each bias (and shift of a normalisation) is the weight of a
    constant input 1. The path norm does not change if the weights into a hidden ReLU unit are
    multiplied by c > 0 and those out of it by 1/c. Only the shape of the images is used. The cost
    is one pass over one image.
    """
    if not 1 <= p < math.inf:
        raise SpecError(f"A path norm needs 1 ≤ p < ∞; got p = {p:g}. Take 2 or 1.")
    ones = torch.ones_like(images[:1], dtype=torch.float64)
    with evaluating(model, images), torch.no_grad(), SummingPaths(p, biases=biases):
        sums = model(ones)
    return float(sums.sum()) ** (1 / p)
