"""The distance of each example to the decision boundary of the network linearised at it."""

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
    """± min_{j≠k} (f_k − f_j)/‖∇f_k − ∇f_j‖₂ at each x_n, where k is the class predicted there.

    The sign is negative if k is not the label. Gradients are with respect to x, so the unit is that
    of the images. This is the first step of DeepFool (Moosavi-Dezfooli et al. 2016). It is the
    exact distance for an affine network. For others it is an estimate that may be too small or too
    large; `input_margins` is an upper bound. It is ∞ if the outputs do not depend on x, and NaN if
    they are not finite. The cost is C backward passes for C classes.
    """
    parts = []
    with evaluating(model, images):
        for start in range(0, len(images), batch):
            part = slice(start, start + batch)
            predicted, distance, _ = nearest_boundary(model, images[part])
            parts.append(torch.where(predicted == labels[part], distance, -distance).double())
    return torch.cat(parts)
