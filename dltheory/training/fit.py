"""The loss and accuracy of stacked networks on their training set."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dltheory.outputs import correct
from dltheory.training.cross_entropy import losses_of_examples
from dltheory.training.seed_axis import Stack


def training_fit(
    stack: Stack,
    images: Float[Tensor, " examples *shape"],
    labels: Int64[Tensor, " examples"],
    *,
    batch: int = 1000,
) -> tuple[Float[Tensor, " seeds"], Float[Tensor, " seeds"]]:
    """Each seed's mean cross-entropy and accuracy on all of these examples, in evaluation mode.

    The accuracy is in [0, 1], or NaN if an output is not finite. `batch` is the number of examples
    per pass and only bounds memory. The networks are left in training mode.
    """
    losses = torch.zeros(stack.seeds, dtype=torch.float64, device=images.device)
    right = torch.zeros_like(losses)
    stack.skeleton.eval()
    with torch.no_grad():
        for x, y in zip(images.split(batch), labels.split(batch), strict=True):
            logits = stack(x.expand(stack.seeds, *x.shape))
            targets = y.expand(stack.seeds, -1)
            losses += losses_of_examples(logits, targets).double().sum(dim=1)
            right += correct(logits, targets).sum(dim=1)
    stack.skeleton.train()
    return losses / len(labels), right / len(labels)
