"""The fast gradient sign method (FGSM), one step of length ε (Goodfellow et al. 2015)."""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor

from dltheory.attacks.budget import Budget
from dltheory.attacks.pgd import Attacked, Logits, pgd


def fgsm(
    logits: Logits,
    images: Float[Tensor, " ..."],
    labels: Int64[Tensor, "*seeds points"],
    budget: Budget,
    *,
    batch: int | None = None,
) -> Attacked:
    """The attacked images x' = Π(x + ε sign ∇L(x)), or in ℓ2 x' = Π(x + ε ∇L/‖∇L‖).

    L is the loss and Π the projection to the ball and the box. This is the attack of liu2020bad,
    Figure 6. Only the budget's norm, ε, box, mean and std are used; there is no random start.
    `fooled` says whether x' is misclassified, even if x is too. Arguments and results are otherwise
    as in `pgd`. The cost is one gradient and one forward pass.
    """
    return pgd(logits, images, labels, budget.single_step(), batch=batch)
