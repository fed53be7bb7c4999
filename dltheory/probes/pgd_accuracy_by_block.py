"""The share of images that a model classifies correctly under PGD, for blocks of a data set."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.attacks import Budget, Norm
from dltheory.attacks.pgd import pgd
from dltheory.errors import SpecError
from dltheory.probes._robustness import images_per_pass, outputs_of


def pgd_accuracy_by_block(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    generator: torch.Generator,
    blocks: int = 50,
    norm: Norm = "linf",
    epsilon: float = 8 / 255,
    step: float = 2 / 255,
    steps: int = 20,
    restarts: int = 1,
    box: tuple[float, float] | None = (0.0, 1.0),
    mean: tuple[float, ...] = (),
    std: tuple[float, ...] = (),
    batch: int | None = None,
) -> Float64[Tensor, " blocks"]:
    """The accuracy of `pgd_accuracy` on each of `blocks` equal blocks of consecutive images.

    The mean over blocks is the robust accuracy. The variation over blocks shows the error of
    drawing test images; `over_seeds_and_images` combines it with the variation over seeds. Any
    iterate and the image itself can fool the network. With ε = 0 the result is the accuracy, and
    the cost is one gradient. The number of images must be a multiple of `blocks`. `batch` does not
    change the result. A block is NaN if an output on it is not finite.
    """
    if blocks < 1 or len(labels) % blocks:
        raise SpecError(
            "Blocks of images must be equally large, so that each counts alike; got "
            f"{len(labels)} images in {blocks} blocks. Give a divisor of the number of images."
        )
    budget = Budget(
        norm=norm,
        epsilon=epsilon,
        step=step,
        steps=steps if epsilon > 0 else 1,
        restarts=restarts if epsilon > 0 else 1,
        box=box,
        mean=mean,
        std=std,
    )
    with outputs_of(model, images, "eval") as outputs:
        attacked = pgd(
            outputs,
            images,
            labels,
            budget,
            generator=generator,
            early_leave=True,
            batch=images_per_pass(images, "eval", batch),
        )
    return attacked.withstood.view(blocks, -1).mean(dim=1)
