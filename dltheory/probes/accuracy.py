"""Share of a data set that a model classifies correctly."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.outputs import correct
from dltheory.probes._evaluation import logits
from dltheory.probes._seed_axis import logits_together


def accuracy(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> float:
    """(1/N) #{n : argmax F(x_n) = y_n} in evaluation mode, a fraction in [0, 1].

    NaN if an output is not finite.
    """
    right = sum(
        float(correct(out, labels[part]).sum()) for part, out in logits(model, images, batch)
    )
    return right / len(labels)


def accuracies(
    models: Sequence[nn.Module],
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> Float64[Tensor, " seeds"]:
    """`accuracy` of each of several networks that differ by seed alone, in one pass for all.

    Holds the activations of `batch` images for every network.
    """
    right = torch.zeros(len(models), dtype=torch.float64, device=images.device)
    for part, outputs in logits_together(models, images, batch):
        right += correct(outputs, labels[part].expand(len(models), -1)).sum(dim=1)
    return right / len(labels)
