"""Adversarial training: each step uses images that an attack on the current network finds."""

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
    """Attacked images: the last iterates of PGD on each seed's own network (Madry et al. 2018).

    The attack solves the inner maximisation of their eq. 2.1 within `budget`. Batch normalisation
    is in training mode, as in the step that follows: it uses the statistics of the attacked batch,
    and every pass of the attack updates the running statistics. The code of goldblum2020truth does
    the same, with 7 steps of 1/255 for ε = 4/255 (the paper prints steps of 2/255 for ε = 8/255).
    `precision` is that of the products in the attack. `generators` has one generator per seed, for
    its random starts.
    """
    fixed = replace(stack, parameters={k: p.detach() for k, p in stack.parameters.items()})

    def logits(x: Tensor) -> Tensor:
        return outputs_in(precision, fixed, x)

    return pgd(logits, images, labels, budget, generator=generators).images
