"""The share of ReLUs that are open (have a positive input) on a data set."""

import math

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._activation_pattern import activation_patterns


def open_relus(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    batch: int = 500,
) -> float:
    """The share #{(n, u) : z_u(x_n) > 0} / (N U), in [0, 1], in evaluation mode.

    z_u is the input of unit u. The U units are the coordinates of all ReLUs together (for a
    convolution each place of its feature map), so wide layers have more weight. The result is 1 if
    all ReLUs are open on all points, as in the network of goldblum2020truth, Lemma 1. It is NaN if
    an output is not finite. The cost is one forward pass.
    """
    opened, total = 0.0, 0
    for bits, finite in activation_patterns(model, images, batch):
        opened += int(bits.sum()) if finite else math.nan
        total += bits.numel()
    return opened / total
