"""Length of the full-data gradient."""

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
    """‖∇L‖₂, L = (1/N) Σ −log softmax(F(x))_y over the whole set, in evaluation mode.

    The gradient is over all parameters, in nats per unit of parameter, and is that of the
    cross-entropy alone: a weight decay that the network was trained with does not enter
    (goldblum2020truth, Table 1). Summed in float64 over batches, so their size changes rounding
    alone. One forward and backward pass over the set.
    """
    return float(full_gradient(model, images, labels, batch=batch).norm())


def gradient_norms(
    models: Sequence[nn.Module],
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> Float64[Tensor, " seeds"]:
    """`gradient_norm` of each of several networks that differ by seed alone, together.

    Holds the activations of `batch` images and one gradient for every network.
    """
    with evaluating_together(models, images) as together:

        def losses(leaves: Leaves, x: Tensor, y: Tensor) -> Tensor:
            outputs = together(leaves, x)
            return functional.cross_entropy(outputs.mT, y.expand(len(models), -1), reduction="none")

        return summed_gradient(losses, together.parameters, images, labels, batch).norm()
