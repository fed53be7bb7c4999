"""The smallest loss that another last layer can reach."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.linalg.softmax_regression import certified_minimum, linear_minimiser
from dltheory.outputs import finite
from dltheory.probes._last_layer import last_layer_passes


class LastLayerRefit(NamedTuple):
    """The loss, the loss with the best last layer found, and a lower bound for any last layer."""

    loss: float
    refitted: float
    lower: float


def last_layer_refit(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    steps: int = 100,
    batch: int = 1000,
) -> LastLayerRefit:
    """The loss L, and bounds `lower` ≤ min_{A,b} (1/N) Σ −ln softmax(A h(x) + b)_y ≤ `refitted`.

    h(x) are the inputs of the last layer, which are not changed. The cross-entropy is convex in A
    and b, so at a local minimum of the network L = `refitted`. The layer is fitted by Newton's
    method from 0 with at most `steps` steps, in float64 on the CPU, always with a bias. `lower` is
    the dual bound of `dltheory.linalg.softmax_regression.certified_minimum`, which holds for layers
    with up to twice the norm of the fitted one. With d inputs and C classes a step needs memory for
    (C (d + 1))² numbers and (C (d + 1))³ operations (10 classes on two cores: a second for d = 64,
    a minute for d = 256). All results are NaN if an output is not finite.
    """
    features, outputs = [], []
    for _, last in last_layer_passes(model, images, batch):
        features.append(last.inputs.double().cpu())
        outputs.append(last.outputs.double().cpu())
    h, f, y = torch.cat(features), torch.cat(outputs), labels.cpu()
    if not bool(finite(f).all() and finite(h).all()):
        return LastLayerRefit(math.nan, math.nan, math.nan)
    refitted = certified_minimum(h, y, *linear_minimiser(h, y, f.shape[1], steps=steps))
    return LastLayerRefit(
        loss=float(functional.cross_entropy(f, y)), refitted=refitted.upper, lower=refitted.lower
    )
