"""Making the splits of a description from decoded pixels: hold out images, then normalise."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from .decoded_cache import decoded
from .fixed_permutation import fixed_permutation
from .pixel_scale import PixelScale
from .raw import RawImages, RawSplits
from .source import Source
from .splits import Labelled, Splits


@runtime_checkable
class ImageSpec(Protocol):
    """The properties of a description that holding out and normalising use."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def scale(self) -> PixelScale: ...  # noqa: D102
    @property
    def validation(self) -> int: ...  # noqa: D102


def load_images(spec: ImageSpec, source: Source, *, cache: Path) -> Splits:
    """The splits of the description, with normalised images in float32."""
    raw = decoded(spec.name, source, shape=spec.shape, cache=cache)
    train, validation = held_out(raw, spec.name, spec.validation)
    return Splits(
        train=scaled(train, spec.scale),
        validation=None if validation is None else scaled(validation, spec.scale),
        test=scaled(raw.test, spec.scale),
        form=source.form,
    )


def held_out(raw: RawSplits, name: str, count: int) -> tuple[RawImages, RawImages | None]:
    """The training images without `count` held-out ones, and the held-out images or None.

    A fixed permutation selects the held-out images. Both parts are in the order of the files.
    """
    if count == 0:
        return raw.train, None
    order = fixed_permutation(name, len(raw.train.labels))
    kept, out = order[count:].sort().values, order[:count].sort().values
    train, validation = (
        RawImages(images=raw.train.images[rows], labels=raw.train.labels[rows])
        for rows in (kept, out)
    )
    return train, validation


def scaled(raw: RawImages, scale: PixelScale) -> Labelled:
    """The images normalised to (pixel/255 − mean) / std per channel, with their labels."""
    return Labelled(images=_scaled_pixels(raw.images, scale), labels=raw.labels)


def _scaled_pixels(pixels: UInt8[Tensor, "n c h w"], scale: PixelScale) -> Float[Tensor, "n c h w"]:
    mean, std = (torch.tensor(values).reshape(-1, 1, 1) for values in (scale.mean, scale.std))
    return pixels.float().div_(255).sub_(mean).div_(std)
