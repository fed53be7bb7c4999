"""Setting random parts of images to black; a seed determines which."""

from dataclasses import replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from dltheory.randomness import stream

from .splits import Labelled, Splits

TOGETHER = 1000  # images whose places are drawn at once, to bound memory


@runtime_checkable
class Masking(Protocol):
    """The properties of a description that masking uses; see `MaskedCopies`."""

    @property
    def copies(self) -> int: ...  # noqa: D102
    @property
    def share(self) -> float: ...  # noqa: D102
    @property
    def masked(self) -> str: ...  # noqa: D102
    @property
    def clean(self) -> bool: ...  # noqa: D102
    @property
    def classes(self) -> int: ...  # noqa: D102
    @property
    def black(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102


def masked_training_set(splits: Splits, masking: Masking) -> Splits:
    """The splits with the copies as the training set: first one copy of each image, and so on.

    Unchanged images come last, if they are included.
    """
    images, count = splits.train.images, len(splits.train)
    black = torch.tensor(masking.black, dtype=images.dtype)
    parts = [
        blacked_out(
            images,
            share=masking.share,
            pixels=masking.masked == "pixels",
            black=black,
            generator=stream(masking.seed, f"data/masked copies/{copy}"),
        )
        for copy in range(masking.copies)
    ]
    if masking.clean:
        parts.append(images)
    labels = torch.randint(
        masking.classes,
        (len(parts) * count,),
        generator=stream(masking.seed, "data/masked copies/labels"),
    )
    how = f"{masking.copies} copies with {masking.share:g} of the {masking.masked} black"
    clean = " and the clean images" if masking.clean else ""
    return replace(
        splits,
        train=Labelled(images=torch.cat(parts), labels=labels),
        form=f"{splits.form}, {how}{clean}, random labels",
    )


def blacked_out(
    images: Float[Tensor, "n c h w"],
    *,
    share: float,
    pixels: bool,
    black: Float[Tensor, " c"],
    generator: torch.Generator,
) -> Float[Tensor, "n c h w"]:
    """A copy of each image with round(share · places) places black, drawn without replacement.

    `places` is the number of places of an image. A place is one value of one channel, or with
    `pixels` a pixel in all its channels. `black` is the normalised value of black per channel.
    """
    channels, height, width = images.shape[1:]
    places = height * width * (1 if pixels else channels)
    count = round(share * places)
    result = images.clone()
    fill = black.view(-1, 1, 1).expand(channels, height, width)
    for part in result.split(TOGETHER):
        chosen = torch.rand(len(part), places, generator=generator).topk(count, dim=1).indices
        mask = torch.zeros(len(part), places, dtype=torch.bool).scatter_(1, chosen, value=True)
        shape = (len(part), 1 if pixels else channels, height, width)
        part.copy_(torch.where(mask.view(shape), fill, part))
    return result
