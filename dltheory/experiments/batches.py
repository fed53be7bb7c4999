"""Which runs of a group train together: as many as pay, and as fit."""

from __future__ import annotations

from dltheory.experiments.cost import multiply_adds_per_step, size_of
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
    seeds = group.seeds
    each = max(1, _together(group.recipe, device) // max(1, len(group.rates)))
    return [group.of_seeds(seeds[i : i + each]) for i in range(0, len(seeds), each)]


def dealt(group: Group, device: str) -> tuple[Group, ...]:
    """The grid, or a group for each learning rate where its networks do not train side by side."""
    assert isinstance(group.recipe, Training)
    side_by_side = len(group.rates) <= _together(group.recipe, device)
    return (group,) if side_by_side else group.apart


def trains_alone(training: Training, device: str) -> bool:
    """Whether the recipe asks for it, or a step of one network is work enough for the device."""
    return training.alone or multiply_adds_per_step(training) >= ALONE_FROM[device]


def _together(training: Training, device: str) -> int:
    """How many networks train at once."""
    return 1 if trains_alone(training, device) else _fitting(training, device)


def _fitting(training: Training, device: str) -> int:
    return max(1, NUMBERS_TOGETHER[device] // max(1, size_of(training).parameters))
