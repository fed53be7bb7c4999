"""How far the loss is from what convexity in the last layer allows."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.probes._last_layer import last_layer_passes


class LastLayerBound(NamedTuple):
    """The loss L, ln C + ⟨∇L, W⟩, and by how much L lies above that: never more than rounding."""

    loss: float
    bound: float
    excess: float


def last_layer_bound(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 1000,
) -> LastLayerBound:
    """L ≤ ln C + ⟨∇_W L, W⟩, W the last layer's weight and bias (if any), L the mean cross-entropy.

    L is convex in W and ln C at W = 0, hence the bound; where the last layer's gradient vanishes,
    as at a local minimum, the loss is at most ln C (goldblum2020truth, Table 1, prints minima
    above). With the logits f = W (h, 1) and p = softmax(f),

        ⟨∇_W L, W⟩ = (1/N) Σ_n (p_n − e_{y_n}) · f_n,

    so the excess is mean entropy of p minus ln C. Natural logarithms, evaluation mode, summed in
    float64; one forward pass. The network must end in a Linear layer.
    """
    loss = slope = 0.0
    classes = 1
    for part, last in last_layer_passes(model, images, batch):
        outputs, y = last.outputs.double(), labels[part]
        classes = outputs.shape[1]
        away = outputs.softmax(dim=1) - functional.one_hot(y, classes)
        loss += float(functional.cross_entropy(outputs, y, reduction="sum"))
        slope += float(torch.sum(away * outputs))
    loss, bound = loss / len(labels), math.log(classes) + slope / len(labels)
    return LastLayerBound(loss=loss, bound=bound, excess=loss - bound)
