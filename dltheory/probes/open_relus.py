"""Share of ReLUs that are open on a data set."""

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
    """#{(n, u) : z_u(x_n) > 0} / (N U), a fraction in [0, 1], in evaluation mode.

    z_u is the input of unit u, one of the U coordinates of all ReLUs together (a convolution has
    one for every place in its map), so wide layers weigh more. It is 1 exactly where the network
    is affine on the data as goldblum2020truth's Lemma 1 constructs it. NaN if an output of the
    network is not finite. One forward pass.
    """
    opened, total = 0.0, 0
    for bits, finite in activation_patterns(model, images, batch):
        opened += int(bits.sum()) if finite else math.nan
        total += bits.numel()
    return opened / total
