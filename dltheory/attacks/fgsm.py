"""One step of the length of the budget along the sign of the gradient (Goodfellow et al. 2015)."""

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
    """x' = Π(x + ε sign ∇L(x)), the attack of liu2020bad, Figure 6; in ℓ2, Π(x + ε ∇L / ‖∇L‖).

    Only the budget's norm, ε, box, mean and std are used: there is one step, of length ε, and no
    random start. An image counts as fooled where x' fools, whether or not x itself does. The rest
    is as in `pgd`. Cost: one gradient and one forward pass.
    """
    return pgd(logits, images, labels, budget.single_step(), batch=batch)
