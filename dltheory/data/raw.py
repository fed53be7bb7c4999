"""Decoded pixels, before any normalisation."""

from dataclasses import dataclass

from jaxtyping import Int64, UInt8
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class RawImages:
    """Images with pixels 0, …, 255 and their labels, in the order of the files."""

    images: UInt8[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RawSplits:
    """The training and test images of a data set as published."""

    train: RawImages
    test: RawImages
