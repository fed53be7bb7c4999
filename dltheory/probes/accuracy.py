"""Share of a data set that a model classifies correctly."""

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._evaluation import logits


def accuracy(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> float:
    """(1/N) #{n : argmax F(x_n) = y_n} in evaluation mode, a fraction in [0, 1]."""
    correct = sum(
        int((out.argmax(dim=1) == labels[part]).sum()) for part, out in logits(model, images, batch)
    )
    return correct / len(labels)
