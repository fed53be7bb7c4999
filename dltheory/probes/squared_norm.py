"""The squared Euclidean norm of all parameters."""

from jaxtyping import Float, Int64
from torch import Tensor, nn


def squared_norm(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
) -> float:
    """The sum Σ φ² over all parameters, in float64.

    Biases and the scales of batch normalisation are included, and buffers are not. This is the
    quantity that is compared with μ² in goldblum2020truth, eq. 2.
    """
    return sum(float(p.detach().double().square().sum()) for p in model.parameters())
