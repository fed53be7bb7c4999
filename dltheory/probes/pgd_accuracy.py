"""The share of images that a model classifies correctly under a PGD attack."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.attacks import Budget, Norm
from dltheory.attacks.pgd import pgd
from dltheory.errors import SpecError
from dltheory.probes._robustness import (
    RobustAccuracy,
    Statistics,
    images_per_pass,
    outputs_of,
    robust_accuracy,
)


def pgd_accuracy(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    norm: Norm = "linf",
    epsilon: float = 8 / 255,
    step: float = 2 / 255,
    steps: int = 20,
    restarts: int = 1,
    random_start: bool = True,
    box: tuple[float, float] | None = (0.0, 1.0),
    mean: tuple[float, ...] = (),
    std: tuple[float, ...] = (),
    bn: Statistics = "eval",
    early_leave: bool = True,
    level: float = 0.95,
    batch: int | None = None,
) -> RobustAccuracy:
    """(1/N) #{n : no x' that PGD finds with ‖x' − x_n‖ ≤ ε is misclassified}, with its interval.

    This is an upper bound on the robust accuracy, because a better attack may fool more images. See
    `Budget` for the lengths, which are in pixel units, and `pgd` for the attack. For images
    normalised to (pixel − mean) / std, give `mean` and `std`. The defaults are those of
    goldblum2020truth, appendix A.7. `level` is the level of the confidence interval.

    With `early_leave` any iterate and the image itself can fool the network, so the result is at
    most the accuracy. Without it only the last iterate of each restart can, as in the paper's
    scripts. With `bn="eval"` batch normalisation uses running statistics. With `bn="batch"` it uses
    those of each attacked batch; then `early_leave` must be false and `batch` must be given. The
    cost is at most restarts · steps gradients per image; `gradients` is the average number.
    """
    if bn == "batch" and early_leave:
        raise SpecError(
            "With bn='batch' an image that leaves changes the statistics of the others; got "
            "early_leave=True. Give early_leave=False, or bn='eval'."
        )
    budget = Budget(
        norm=norm,
        epsilon=epsilon,
        step=step,
        steps=steps,
        restarts=restarts,
        random_start=random_start,
        box=box,
        mean=mean,
        std=std,
    )
    together = images_per_pass(images, bn, batch)
    with outputs_of(model, images, bn) as outputs:
        attacked = pgd(
            outputs,
            images,
            labels,
            budget,
            generator=generator,
            early_leave=early_leave,
            batch=together,
        )
    return robust_accuracy(attacked, level)
