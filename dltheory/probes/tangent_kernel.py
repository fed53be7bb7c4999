"""The tangent kernel of a network for all pairs of images and of logits."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes._evaluation import require_deterministic
from dltheory.probes._tangent_layers import gram
from dltheory.probes._tangent_network import Network, in_mode
from dltheory.probes._tangent_recording import record, separable_layers
from dltheory.probes._tangent_rows import jacobian_blocks
from dltheory.probes._tangent_shares import shares


def tangent_kernel(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    mode: str = "eval",
    calibration: Float[Tensor, " more *shape"] | None = None,
    batch: int = 1000,
) -> Float[Tensor, "points points classes classes"]:
    """The kernel Φ_ijkl = Σ_p ∂f_k(x_i)/∂φ_p · ∂f_l(x_j)/∂φ_p over all parameters φ_p.

    f are the logits (goldblum2020truth, eq. 4, there in evaluation mode). The sum is not divided by
    the number of parameters. `mode` says which statistics batch normalisation uses. "eval" uses the
    running statistics (at initialisation mean 0 and variance 1, the identity). "train" uses the
    statistics of these images; derivatives then include those of the statistics, which couple the
    images. "calibrated" uses the mean and unbiased variance of `calibration` (by default of these
    images) in one pass. All other modules are in evaluation mode.

    The parts of linear layers, 2-D convolutions and normalisations with fixed statistics are
    computed from the layers' inputs and the gradients by their outputs. This takes one forward and
    C backward passes (for C logits) over `batch` images at a time, and no Jacobian. Parameters that
    are used in another way or more than once, and all parameters if images are coupled, take one
    backward pass per image and logit.
    """
    with in_mode(model, images, mode, calibration) as network:
        kernel = _of_network(network, images, batch)
    return kernel.permute(0, 2, 1, 3).contiguous()


def _of_network(network: Network, images: Tensor, batch: int) -> Tensor:
    """The kernel with axes (points, classes, points, classes), summed over layers in float64."""
    first = None if network.coupled else record(network, images[: max(batch, 2)])
    layers = None if first is None else separable_layers(network, images, first)
    if first is not None and layers is None:
        require_deterministic(network.model, images[:8])
    if first is None or layers is None:
        network = replace(network, coupled=True)
        first, layers = None, []
    with torch.no_grad():
        outputs = network(images) if first is None else first.outputs.detach()
    classes = outputs.shape[1]
    rows = len(images) * classes
    kernel = outputs.new_zeros(rows, rows, dtype=torch.float64)
    remaining = dict.fromkeys(network.parameters)
    for names, share in shares(network, images, layers, first, batch):
        kernel += share.reshape(rows, rows)
        for name in names:
            del remaining[name]
    del first
    for block in jacobian_blocks(network, images, classes, list(remaining)):
        kernel += gram(block)
    return kernel.reshape(len(images), classes, len(images), classes).to(outputs.dtype)
