"""The norm of the gradient of the loss over the whole data set."""

from collections.abc import Sequence

from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.probes._full_gradient import Leaves, full_gradient, summed_gradient
from dltheory.probes._seed_axis import evaluating_together


def gradient_norm(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> float:
    """The norm ‖∇L‖₂ of the gradient of L = (1/N) Σ −ln softmax(F(x))_y, in evaluation mode.

    The gradient is over all parameters, in nats per unit of a parameter. Weight decay is not
    included (goldblum2020truth, Table 1). Sums over batches are in float64, so the batch size only
    changes rounding. The cost is one forward and backward pass over the data set.
    """
    return float(full_gradient(model, images, labels, batch=batch).norm())


def gradient_norms(
    models: Sequence[nn.Module],
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> Float64[Tensor, " seeds"]:
    """The `gradient_norm` of each of several networks that differ only by seed, together.

    The activations of `batch` images and one gradient per network are in memory together.
    """
    with evaluating_together(models, images) as together:

        def losses(leaves: Leaves, x: Tensor, y: Tensor) -> Tensor:
            outputs = together(leaves, x)
            return functional.cross_entropy(outputs.mT, y.expand(len(models), -1), reduction="none")

        return summed_gradient(losses, together.parameters, images, labels, batch).norm()
