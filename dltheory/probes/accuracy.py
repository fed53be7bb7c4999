"""The share of a data set that a model classifies correctly."""

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
    """The accuracy (1/N) #{n : argmax F(x_n) = y_n}, in [0, 1], in evaluation mode.

    N is the number of examples (x_n, y_n), and F are the logits. The result is NaN if an output is
    not finite.
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
    """The `accuracy` of each of several networks that differ only by seed, in one pass for all.

    The activations of `batch` images for all networks are in memory together.
    """
    right = torch.zeros(len(models), dtype=torch.float64, device=images.device)
    for part, outputs in logits_together(models, images, batch):
        right += correct(outputs, labels[part].expand(len(models), -1)).sum(dim=1)
    return right / len(labels)
