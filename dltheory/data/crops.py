"""Cropping and mirroring a batch of images by indexing, without a loop over images."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


def draw_crops(
    count: int, generator: torch.Generator, *, padding: int, flip: bool
) -> tuple[Int64[Tensor, "count 2"], Bool[Tensor, " count"]]:
    """The offset (row, column) of each crop and whether it is mirrored.

    Offsets are in 0, …, 2·padding and are drawn before flips. Without `flip` no crop is mirrored.
    """
    offsets = torch.randint(2 * padding + 1, (count, 2), generator=generator)
    flips = torch.randint(2, (count,), generator=generator) == 1
    return offsets, flips if flip else torch.zeros_like(flips)


def cropped_and_flipped(
    images: Float[Tensor, "*n c h w"],
    offsets: Int64[Tensor, "*offsets 2"],
    flips: Bool[Tensor, "*flips"],
    fill: Float[Tensor, " c"] | float | tuple[float, ...],
    *,
    padding: int,
) -> Float[Tensor, "*n c h w"]:
    """The windows of the padded images at the given offsets, mirrored where `flips` is true."""
    *leading, channels, height, width = images.shape
    flat = images.reshape(-1, channels, height, width)
    n = len(flat)
    if offsets.numel() != 2 * n or flips.numel() != n:
        raise ValueError(
            f"Every image needs one offset pair and one flip; got {n} images, offsets of shape "
            f"{tuple(offsets.shape)} and {flips.numel()} flips. Draw {n} of each."
        )
    padded = _padded(flat, fill, padding)
    places = _places(
        offsets.reshape(n, 2).to(images.device),
        flips.reshape(n).to(images.device),
        (height, width),
        padded.shape[-1],
    )
    crops = padded.flatten(2).gather(2, places.reshape(n, 1, -1).expand(n, channels, -1))
    return crops.reshape(*leading, channels, height, width)


def _places(
    offsets: Int64[Tensor, "n 2"], flips: Bool[Tensor, " n"], size: tuple[int, int], stride: int
) -> Int64[Tensor, "n h w"]:
    """The flat index of each pixel of the result in a padded image with rows of length `stride`."""
    height, width = size
    across = torch.arange(width, device=offsets.device)
    columns = offsets[:, 1:] + torch.where(flips[:, None], width - 1 - across, across)
    rows = offsets[:, :1] + torch.arange(height, device=offsets.device)
    return rows[:, :, None] * stride + columns[:, None, :]


def _padded(
    images: Float[Tensor, "n c h w"],
    fill: Float[Tensor, " c"] | float | tuple[float, ...],
    padding: int,
) -> Float[Tensor, "n c H W"]:
    """The images with a frame of `fill` around them."""
    n, channels, height, width = images.shape
    value = torch.as_tensor(fill, dtype=images.dtype, device=images.device).reshape(-1, 1, 1)
    frame = value.expand(n, channels, height + 2 * padding, width + 2 * padding).clone()
    frame[:, :, padding : padding + height, padding : padding + width] = images
    return frame
