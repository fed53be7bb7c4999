"""Share of images that a model classifies correctly wherever projected gradient ascent looks."""

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

    An upper bound on the robust accuracy, since a better attack may find more. `Budget` explains
    the lengths, which are in pixel units, and `pgd` the attack; images normalised as
    (pixel − mean) / std need that mean and std. Defaults: goldblum2020truth, appendix A.7.

    With `early_leave` every iterate counts and the images themselves, so the result is at most the
    accuracy; without, only the last iterate of each restart, as in the paper's scripts. `bn` says
    which statistics batch normalisation uses; with "batch" those of each batch of attacked images,
    so no image may leave early and `batch` must be given. Cost: at most restarts · steps gradients
    an image; `gradients` says how many.
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
