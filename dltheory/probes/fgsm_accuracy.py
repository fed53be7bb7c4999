"""Share of images that a model classifies correctly after one step along the gradient's sign."""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.attacks import Budget, Norm
from dltheory.attacks.fgsm import fgsm
from dltheory.probes._robustness import (
    RobustAccuracy,
    Statistics,
    images_per_pass,
    outputs_of,
    robust_accuracy,
)


def fgsm_accuracy(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    norm: Norm = "linf",
    epsilon: float = 8 / 255,
    box: tuple[float, float] | None = (0.0, 1.0),
    mean: tuple[float, ...] = (),
    std: tuple[float, ...] = (),
    bn: Statistics = "eval",
    level: float = 0.95,
    batch: int | None = None,
) -> RobustAccuracy:
    """(1/N) #{n : x_n + ε sign ∇L(x_n), clamped to the box, is classified correctly}.

    As in liu2020bad, Figure 6, which does not say its ε. `epsilon` is in pixel units; images
    normalised as (pixel − mean) / std need that mean and std. `bn` says which statistics batch
    normalisation uses; with "batch" those of each batch of attacked images, so `batch` must be
    given. An image that is misclassified as it is may count as correct after the step.
    Cost: one gradient and one forward pass.
    """
    budget = Budget(norm=norm, epsilon=epsilon, box=box, mean=mean, std=std)
    together = images_per_pass(images, bn, batch)
    with outputs_of(model, images, bn) as outputs:
        attacked = fgsm(outputs, images, labels, budget, batch=together)
    return robust_accuracy(attacked, level)
