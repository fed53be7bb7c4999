"""The share of images that a model classifies correctly after an FGSM attack."""

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
    """(1/N) #{n : x_n + ε sign ∇L(x_n), clipped to the box, is classified correctly}.

    L is the loss of the image. The probe is that of liu2020bad, Figure 6, which does not print ε.
    With the norm "l2" the step is ε ∇L/‖∇L‖. `epsilon` and `box` are in pixel units; for images
    normalised to (pixel − mean) / std, give `mean` and `std`. With `bn="eval"` batch normalisation
    uses running statistics. With `bn="batch"` it uses those of each attacked batch, and `batch`
    must be given. An image that is misclassified before the step may be correct after it. `level`
    is the level of the confidence interval. The cost is one gradient and one forward pass.
    """
    budget = Budget(norm=norm, epsilon=epsilon, box=box, mean=mean, std=std)
    together = images_per_pass(images, bn, batch)
    with outputs_of(model, images, bn) as outputs:
        attacked = fgsm(outputs, images, labels, budget, batch=together)
    return robust_accuracy(attacked, level)
