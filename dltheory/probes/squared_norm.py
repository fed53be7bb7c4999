"""Squared Euclidean norm of all parameters."""

from jaxtyping import Float, Int64
from torch import Tensor, nn


def squared_norm(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
) -> float:
    """Σ φ² over all parameters, biases and batch-normalisation scales included (no buffers).

    The μ² of goldblum2020truth, eq. 2. Summed in float64.
    """
    return sum(float(p.detach().double().square().sum()) for p in model.parameters())
