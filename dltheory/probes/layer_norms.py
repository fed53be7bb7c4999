"""The norms of the weights, layer by layer."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.errors import SpecError
from dltheory.probes._batch_norm_folding import without_batch_norm
from dltheory.probes._plain_weights import plain
from dltheory.probes._weight_layers import weight_layers


def layer_norms(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],  # noqa: ARG001  every probe has the same form
    labels: Int64[Tensor, " points"],  # noqa: ARG001
    *,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
) -> Float64[Tensor, " layers"]:
    """The norm ‖W_l‖_p = (Σ |w|^p)^{1/p} / unit of each Linear and Conv2d layer l, in module order.

    The sum is over all entries w of the weight. p = 2 is the Frobenius norm, and p = ∞ the largest
    absolute entry. With `first_bias` the bias of the first layer is one more column of W_1, as the
    weight of a constant input (liao2020puzzles, §2). Other biases are not included. `unit` divides
    all norms; it is 100 in that paper's Fig. 9 (with p = 1). With `folded`, batch normalisation is
    first folded into the weights and the first bias (its appendix C). A weight that is computed, as
    by spectral norm, is that of evaluation mode. The result is in float64.
    """
    _require_norm(p, unit)
    network = without_batch_norm(model, dtype=torch.float64) if folded else plain(model)
    layers = list(weight_layers(network).values())
    entries = [layer.weight.detach().double().flatten() for layer in layers]
    if first_bias and layers[0].bias is not None:
        entries[0] = torch.cat([entries[0], layers[0].bias.detach().double()])
    return torch.stack([_norm(values, p) for values in entries]) / unit


def _norm(values: Tensor, p: float) -> Tensor:
    """The p-norm, computed relative to the largest entry to avoid overflow and underflow."""
    largest = values.abs().max()
    if largest == 0:
        return largest
    return largest * torch.linalg.vector_norm(values / largest, p)


def _require_norm(p: float, unit: float) -> None:
    if not (p >= 1 and unit > 0):
        raise SpecError(
            f"A norm needs p ≥ 1 and a positive unit; got p = {p:g} and unit = {unit:g}. "
            "Take p = 2 (Frobenius), 1 or inf, and unit = 1."
        )
