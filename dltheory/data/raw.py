"""Decoded pixels as they stand in the files, before any normalisation."""

from dataclasses import dataclass

from jaxtyping import Int64, UInt8
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class RawImages:
    """Pixels 0…255 and labels, in the order of the files."""

    images: UInt8[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RawSplits:
    """The two parts that data sets are published in."""

    train: RawImages
    test: RawImages
