"""The number of linear regions of a ReLU network that contain points of a data set."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from dltheory.probes._activation_pattern import activation_patterns


class LinearRegions(NamedTuple):
    """The number of regions, the share of points that are not alone in theirs, their distance."""

    regions: float
    shared: float
    distance: float


def linear_regions(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],  # noqa: ARG001  every probe has the same form
    *,
    batch: int = 500,
) -> LinearRegions:
    """The number of activation patterns on the data, how many points share one, mean distance.

    The pattern of a point says for each of the U units (coordinates of the inputs of ReLUs) whether
    it is above 0, in evaluation mode. If ReLUs are the only operations that are not affine, all
    points with the same pattern have the same affine map. Max pooling would divide a region
    further. Two patterns may have the same map. `regions` is the number of different patterns,
    between 1 and N. `shared` is the share of points whose pattern another point has too. `distance`
    is the mean Hamming distance of all pairs of points,

        distance = Σ_{m<n} #{u : patterns m and n differ at u} / (N (N − 1)/2 · U),

    in [0, 1], and 0 for a single point. All three are NaN if an output is not finite. Patterns are
    compared by digests of 128 bits, so only the patterns of one batch are in memory. The cost is
    one forward pass and a digest of U/8 bytes per point.
    """
    digests: Counter[bytes] = Counter()
    says_something = True
    opened = torch.zeros((), dtype=torch.int64, device=images.device)
    for bits, finite in activation_patterns(model, images, batch):
        says_something &= finite
        digests.update(_digests(bits))
        opened = opened + bits.sum(dim=0)
    if not says_something:
        return LinearRegions(math.nan, math.nan, math.nan)
    points = digests.total()
    differing = int((opened * (points - opened)).sum())  # pairs and units, exactly
    pairs = points * (points - 1) // 2
    return LinearRegions(
        regions=float(len(digests)),
        shared=sum(count for count in digests.values() if count > 1) / points,
        distance=differing / max(pairs * opened.numel(), 1),
    )


def _digests(bits: Bool[Tensor, "points units"]) -> list[bytes]:
    """A digest of 16 bytes for each row."""
    packed = np.packbits(bits.cpu().numpy(), axis=1)
    return [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in packed]
