"""How many linear regions of a ReLU network a data set lies in."""

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
    """How many regions, what share of the points is not alone in theirs, how far apart they are."""

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
    """Regions on the data, share of points with company in theirs, mean Hamming distance.

    The pattern of a point says for each of the U units (coordinates of ReLUs' inputs) whether it
    is above 0, in evaluation mode. All points of one pattern see the same affine map, as long as
    ReLUs are all that is not affine; max pooling would cut a region further, and two patterns may
    stand for the same map. `regions` is the number of different patterns (between 1 and N),
    `shared` the share of points whose pattern another point has, and

        distance = Σ_{m<n} #{u : patterns m and n differ at u} / (N (N − 1)/2 · U),

    exact over all pairs, in [0, 1], and 0 for a single point. All three are NaN if an output of
    the network is not finite. Patterns are told apart by digests of
    128 bits, so the memory is that of a batch; one forward pass, and U/8 bytes to digest a point.
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
    """What tells the rows apart, 16 bytes each."""
    packed = np.packbits(bits.cpu().numpy(), axis=1)
    return [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in packed]
