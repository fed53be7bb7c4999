"""Adversarial training: every step sees the images that an attack on the present network finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dltheory.attacks import Budget
from dltheory.attacks.pgd import pgd
from dltheory.training.precision import Precision
from dltheory.training.products import outputs_in
from dltheory.training.seed_axis import Stack


def attacked(
    stack: Stack,
    images: Float[Tensor, "seeds batch *shape"],
    labels: Int64[Tensor, "seeds batch"],
    budget: Budget,
    generators: Sequence[torch.Generator],
    precision: Precision = "float32",
) -> Float[Tensor, "seeds batch *shape"]:
    """The last iterates of PGD on each seed's own network (Madry et al. 2018, eq. 2.1).

    Batch normalisation is in training mode as in the step that follows: it uses the statistics of
    the attacked batch, and every pass of the attack moves the running ones, as in the code of
    goldblum2020truth, which takes 7 steps of 1/255 for ε = 4/255 (the paper: of 2/255 for 8/255).
    The attacked network makes its products in the precision of the step.
    Each seed draws its random starts from a generator of its own.
    """
    fixed = replace(stack, parameters={k: p.detach() for k, p in stack.parameters.items()})

    def logits(x: Tensor) -> Tensor:
        return outputs_in(precision, fixed, x)

    return pgd(logits, images, labels, budget, generator=generators).images
