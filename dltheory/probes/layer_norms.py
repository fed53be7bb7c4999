"""Norms of the weights, layer by layer."""

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
    """‖W_l‖_p = (Σ |w|^p)^{1/p} / unit over the entries of each Linear and Conv2d layer, in order.

    p = 2 is the Frobenius norm, p = ∞ the largest entry. Biases do not count, except that the
    first layer's is a further column of W_1 unless `first_bias` is off: there one input is taken to
    be constant (liao2020puzzles, §2), and with p = 2 it is √(‖w‖² + ‖b‖²). The unit is 100 in
    that paper's Fig. 9 (p = 1). `folded` takes the weights, and the first bias, after batch
    normalisation is folded into them (appendix C there). A weight that is computed, as by spectral
    norm, is that of evaluation mode. Computed in float64.
    """
    _require_norm(p, unit)
    network = without_batch_norm(model, dtype=torch.float64) if folded else plain(model)
    layers = list(weight_layers(network).values())
    entries = [layer.weight.detach().double().flatten() for layer in layers]
    if first_bias and layers[0].bias is not None:
        entries[0] = torch.cat([entries[0], layers[0].bias.detach().double()])
    return torch.stack([_norm(values, p) for values in entries]) / unit


def _norm(values: Tensor, p: float) -> Tensor:
    """In parts of the largest entry, so that a high p neither overflows nor underflows."""
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
