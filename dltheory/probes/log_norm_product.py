"""The logarithm of the product of the layers' norms."""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes.layer_norms import layer_norms


def log_norm_product(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
) -> float:
    """The natural logarithm ln ρ = Σ_l ln ‖W_l‖_p, with the options of `layer_norms`.

    It is −∞ if a layer is zero. A ReLU network F without biases after the first layer is ρ F̃,
    where all layers of F̃ have norm 1 (liao2020puzzles, eq. 1).
    """
    norms = layer_norms(model, images, labels, p=p, first_bias=first_bias, unit=unit, folded=folded)
    return float(norms.log().sum())
