"""Mean cross-entropy over a data set."""

from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.probes._evaluation import logits


def loss(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> float:
    """(1/N) Σ −log softmax(F(x))_y in evaluation mode, natural logarithm, without any penalty.

    Exact over the whole set and summed in float64, so the batch size changes rounding alone.
    """
    total = sum(
        float(functional.cross_entropy(out, labels[part], reduction="none").double().sum())
        for part, out in logits(model, images, batch)
    )
    return total / len(labels)
