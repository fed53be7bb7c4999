"""Distance of each example to the decision boundary of the network's linearisation there."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.probes._evaluation import evaluating
from dltheory.probes._margins import nearest_boundary


def linearised_input_margins(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    batch: int = 256,
) -> Float64[Tensor, " points"]:
    """± min_{j≠k} (f_k − f_j)/‖∇f_k − ∇f_j‖₂ at x_n, k the class predicted there.

    Negative where that is not the label. Gradients are with respect to x, so the unit is that of
    the images. The first step of DeepFool (Moosavi-Dezfooli et al. 2016): the exact distance
    for an affine network; for others an estimate that may err to either side (`input_margins` is
    an upper bound). ∞ where the outputs do not depend on x. Costs C backward passes.
    """
    parts = []
    with evaluating(model, images):
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            predicted, distance, _ = nearest_boundary(model, images[part])
            parts.append(torch.where(predicted == labels[part], distance, -distance).double())
    return torch.cat(parts)
