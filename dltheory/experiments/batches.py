"""Which seeds of a group train together: as many as pay, and as fit."""

from __future__ import annotations

import torch

from dltheory.experiments.cost import multiply_adds_per_step
from dltheory.experiments.plan import Group
from dltheory.experiments.training import Training

NUMBERS_TOGETHER = {"cpu": 30_000_000, "cuda": 300_000_000}
"""How many parameters may train at once; more seeds than that go one batch after the other."""

ALONE_FROM = {"cpu": 3e8, "cuda": 3e10}
"""Multiply-adds of a forward pass of one batch from which a network trains by itself.

Seeds together save the cost of calling small operations. Once one network keeps the device busy
there is nothing left to save, and products with a seed axis are the slower ones. On a CPU they
broke even between 1e8 and 5e8, for residual networks of 32 and 64 filters on 8 × 8 images; for GPUs
the number is an estimate.
"""


def batches(group: Group, device: str) -> list[Group]:
    """The group in parts that train at once on this kind of device."""
    assert isinstance(group.recipe, Training)
    together = 1 if trains_alone(group.recipe, device) else _fitting(group.recipe, device)
    seeds = group.seeds
    return [group.of_seeds(seeds[i : i + together]) for i in range(0, len(seeds), together)]


def trains_alone(training: Training, device: str) -> bool:
    """Whether a step of one network is work enough for this kind of device."""
    return multiply_adds_per_step(training) >= ALONE_FROM[device]


def _fitting(training: Training, device: str) -> int:
    with torch.device("meta"):
        network = training.model.build(training.data.shape, training.data.classes)
    parameters = sum(p.numel() for p in network.parameters())
    return max(1, NUMBERS_TOGETHER[device] // parameters)
