"""Random new labels for the training split; a seed determines them."""

from dataclasses import replace

import torch
from jaxtyping import Int64
from torch import Tensor

from dltheory.randomness import stream

from .splits import Labelled, Splits


def corrupted(
    labels: Int64[Tensor, " n"], *, fraction: float, classes: int, seed: int
) -> Int64[Tensor, " n"]:
    """The labels, each replaced with probability `fraction` by a uniformly random class."""
    generator = stream(seed, "data/corrupted labels")
    chosen = torch.rand(len(labels), dtype=torch.float64, generator=generator) < fraction
    uniform = torch.randint(classes, (len(labels),), generator=generator)
    return torch.where(chosen, uniform, labels)


def shuffled(labels: Int64[Tensor, " n"], *, seed: int) -> Int64[Tensor, " n"]:
    """The labels in a uniformly random order."""
    return labels[torch.randperm(len(labels), generator=stream(seed, "data/shuffled labels"))]


def relabelled(splits: Splits, labels: Int64[Tensor, " n"], how: str) -> Splits:
    """The splits with the given training labels, and with `how` added to their `form`."""
    train = Labelled(images=splits.train.images, labels=labels)
    return replace(splits, train=train, form=f"{splits.form}, {how}")
