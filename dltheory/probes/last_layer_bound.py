"""An upper bound on the loss from its convexity in the last layer."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from dltheory.probes._last_layer import last_layer_passes


class LastLayerBound(NamedTuple):
    """The loss L, the bound ln C + ⟨∇L, W⟩, and their difference, positive only by rounding."""

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
    """The two sides of L ≤ ln C + ⟨∇_W L, W⟩ and their difference.

    L is the mean cross-entropy in evaluation mode, C the number of classes, and W the weight and
    bias (if any) of the last layer. The bound holds because L is convex in W and equals ln C at W =
    0. If the gradient by W is 0, as at a local minimum, the loss is therefore at most ln C;
    goldblum2020truth, Table 1, prints minima with a larger loss. With the inputs h of the last
    layer, the logits f = W (h, 1), p = softmax(f), and the unit vectors e_y,

        ⟨∇_W L, W⟩ = (1/N) Σ_n (p_n − e_{y_n}) · f_n,

    so the difference is the mean entropy of p minus ln C. Sums are in float64. The cost is one
    forward pass. SpecError is raised unless the network ends with a Linear layer.
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
