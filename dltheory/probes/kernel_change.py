"""The change of the tangent kernel on a few images during training."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dltheory.linalg.kernel_change import best_rescaling, correlation, cosine, relative_change
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import stream

FIRST = 128  # among so many images the authors look for the lowest labels
CALIBRATION = 1000  # images whose statistics batch normalisation takes in mode "calibrated"


def kernel_change(
    model: nn.Module,
    images: Float[Tensor, " examples *shape"],
    labels: Int64[Tensor, " examples"],
    *,
    initial: nn.Module,
    mode: str = "eval",
    points: int = 25,
    draw: int = 1,
) -> Float64[Tensor, " 8"]:
    """Eight measures of the change from the kernel Φ0 of `initial` to the kernel Φ1 of the model.

    Both are on the same images. Norms are Frobenius norms, and sums are over all entries
    (goldblum2020truth, §4 and A.6):

    0  relative change ‖Φ1 − Φ0‖ / ‖Φ0‖
    1  correlation of the entries, Cov(Φ1, Φ0) / (σ(Φ1) σ(Φ0))
    2  cosine ⟨Φ1, Φ0⟩ / (‖Φ1‖ ‖Φ0‖), its figure 4
    3  the factor a of the best rescaling, argmin ‖Φ1 − a Φ0‖
    4  the share of ‖Φ1 − Φ0‖² that this rescaling explains
    5  the same share for a random kernel G Gᵀ with the norm of Φ1, where G is square and Gaussian
    6  ‖Φ0‖
    7  ‖Φ1‖

    The kernel is on `points` images. `draw` > 0 is the number of a random choice of images, which
    is the same for all networks. `draw` = 0 is the choice of the authors' code: those of the first
    128 images with the lowest labels. `mode` is as in `tangent_kernel`; "calibrated"
    uses the statistics of the first 1,000 images.
    """
    chosen = images[_drawn(labels, points, draw).to(images.device)]
    before, after = (
        tangent_kernel(
            network,
            chosen,
            labels[: len(chosen)],
            mode=mode,
            calibration=images[:CALIBRATION] if mode == "calibrated" else None,
        ).double()
        for network in (initial, model)
    )
    chance = _random_kernel(after)
    rescaling = best_rescaling(before, after)
    return torch.stack(
        [
            relative_change(before, after),
            correlation(before, after),
            cosine(before, after),
            rescaling.factor,
            rescaling.share,
            best_rescaling(before, chance).share,
            before.norm(),
            after.norm(),
        ]
    )


def _drawn(labels: Tensor, points: int, draw: int) -> Tensor:
    if draw == 0:
        return labels[:FIRST].cpu().argsort(stable=True)[:points]
    return torch.randperm(len(labels), generator=stream(draw, "probe/kernel_images"))[:points]


def _random_kernel(kernel: Tensor) -> Tensor:
    """A random positive semidefinite kernel with the shape and the norm of the given one."""
    points, _, classes, _ = kernel.shape
    rows = points * classes
    draws = torch.randn(rows, rows, generator=stream(0, "probe/random_kernel"), dtype=torch.float64)
    draws = draws.to(kernel.device)
    random = draws @ draws.T * (kernel.norm() / (draws @ draws.T).norm())
    return random.reshape(points, classes, points, classes).permute(0, 2, 1, 3)
