"""The mean cross-entropy over a data set."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.probes._evaluation import logits
from dltheory.probes._seed_axis import logits_together


def loss(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> float:
    """The mean cross-entropy (1/N) Σ −ln softmax(F(x))_y in evaluation mode, without penalties.

    It is over the whole data set and summed in float64, so the batch size only changes rounding.
    """
    total = sum(
        float(functional.cross_entropy(out, labels[part], reduction="none").double().sum())
        for part, out in logits(model, images, batch)
    )
    return total / len(labels)


def losses(
    models: Sequence[nn.Module],
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> Float64[Tensor, " seeds"]:
    """The `loss` of each of several networks that differ only by seed, in one pass for all.

    The activations of `batch` images for all networks are in memory together.
    """
    total = torch.zeros(len(models), dtype=torch.float64, device=images.device)
    for part, outputs in logits_together(models, images, batch):
        y = labels[part].expand(len(models), -1)
        total += functional.cross_entropy(outputs.mT, y, reduction="none").double().sum(dim=1)
    return total / len(labels)
