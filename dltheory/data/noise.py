"""Images of noise with random labels."""

import torch

from dltheory.randomness import stream

from .splits import Labelled, Splits
from .stand_in import StandIn


def draw_noise(spec: StandIn) -> Splits:
    """The three splits of the description, N(0, 1) in float32; they are always the same."""

    def draws(split: str) -> Labelled:
        generator = stream(0, f"data/stand-in/{split}")
        return Labelled(
            images=torch.randn(spec.count, *spec.shape, generator=generator),
            labels=torch.randint(spec.classes, (spec.count,), generator=generator),
        )

    return Splits(
        train=draws("train"), validation=draws("validation"), test=draws("test"), form="noise"
    )
