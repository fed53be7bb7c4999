"""How much work a group is, counted without doing any of it; and what that takes where.

Work is counted in multiply-adds: of the forward pass of one image, times three for a step (the
backward pass takes two more), times images, epochs and seeds, and once more for every step of an
attack. The time follows from speeds that were measured, the same loop on the same kind of model.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dltheory.data.spec import DataSpec
from dltheory.errors import SpecError
from dltheory.experiments.plan import Group
from dltheory.experiments.training import Training
from dltheory.models.model import Model
from dltheory.presence import is_there

SPEEDS = Path(__file__).with_name("measured_speeds.json")
"""Rows {device, model, multiply_adds_per_second, made}, written by benchmarks/training_speed.py."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Multiply-adds of training per second, as measured with one model on one device."""

    device: str
    model: str
    multiply_adds_per_second: float
    made: str


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What some groups need: multiply-adds by kind of model, and bytes in the store.

    `uncounted` is the number of runs on data whose size neither their description nor their
    publication says.
    """

    multiply_adds: dict[str, float]
    bytes: int
    uncounted: int

    def seconds(self, speeds: Iterable[Speed]) -> float:
        """Time at these speeds, all of one device; a model without one goes at the slowest."""
        rates = {speed.model: speed.multiply_adds_per_second for speed in speeds}
        slowest = min(rates.values())
        return sum(work / rates.get(model, slowest) for model, work in self.multiply_adds.items())


def cost(groups: Iterable[Group]) -> Cost:
    """What these groups need; computations count nothing."""
    work: dict[str, float] = {}
    bytes_, uncounted = 0, 0
    for group in groups:
        if not isinstance(group.recipe, Training):
            continue
        bytes_ += 4 * size_of(group.recipe).numbers * len(group.runs)
        examples = about_how_many(group.recipe.data)
        if examples is None:
            uncounted += len(group.runs)
        else:
            model = type(group.recipe.model).__name__
            work[model] = work.get(model, 0.0) + 3 * relative_cost(group, examples)
    return Cost(multiply_adds=work, bytes=bytes_, uncounted=uncounted)


def about_how_many(data: DataSpec) -> int | None:
    """Training examples by the description, else as published; None if only the files can tell."""
    known = data.training_examples
    return getattr(data, "published_examples", None) if known is None else known


def measured_speeds(path: Path = SPEEDS) -> dict[str, list[Speed]]:
    """The committed speeds by device."""
    rows = json.loads(path.read_text(encoding="utf-8")) if is_there(path) else []
    speeds: dict[str, list[Speed]] = {}
    for row in rows:
        speeds.setdefault(row["device"], []).append(Speed(**row))
    return speeds


def relative_cost(group: Group, examples: int) -> float:
    """Multiply-adds of the forward passes of all epochs and seeds; 0 for a computation.

    Long groups first leave the short ones to fill the end, when several processes share a plan.
    """
    recipe = group.recipe
    if not isinstance(recipe, Training):
        return 0.0
    passes = 1 + (recipe.attack.steps * recipe.attack.restarts if recipe.attack else 0)
    images = passes * examples * recipe.epochs * len(group.runs)
    return size_of(recipe).multiply_adds * images


def multiply_adds_per_step(training: Training) -> float:
    """Multiply-adds of the forward pass of one batch; a full batch of unknown size counts as 1."""
    optimiser = training.optimiser
    full = about_how_many(training.data) or 1
    images = optimiser.batch_size or full
    return size_of(training).multiply_adds * images


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of one network: multiply-adds for one image, its parameters, and numbers in its state."""

    multiply_adds: float
    parameters: int
    numbers: int


def size_of(recipe: Training) -> Size:
    """The size of a training's network; SpecError if the model cannot be built and called."""
    return _measured(recipe.model, recipe.data.shape, recipe.data.classes)


@cache  # a session has hundreds of networks, and asks for each many times
def _measured(model: Model, shape: tuple[int, ...], classes: int) -> Size:
    try:
        return _counted(model, shape, classes, "meta")
    except Exception:  # noqa: BLE001  not every module runs without numbers; with them it must
        pass
    try:
        return _counted(model, shape, classes, "cpu")
    except Exception as error:
        raise SpecError(
            f"A model must be built for inputs of shape {shape} and {classes} classes, and called "
            f"on a batch of them; {model!r} raised {type(error).__name__}: {error}. Correct its "
            "`build`, or the module that it returns."
        ) from error


def _counted(model: Model, shape: tuple[int, ...], classes: int, device: str) -> Size:
    import torch

    from dltheory.experiments.counted_operations import CountedOperations
    from dltheory.randomness import drawing_from, stream

    with drawing_from(stream(0, "init")), torch.device(device), CountedOperations() as work:
        network = model.build(shape, classes).eval()
        work.multiply_adds = 0.0  # of the first draws
        with torch.no_grad():
            network(torch.zeros(1, *shape))
    return Size(
        multiply_adds=work.multiply_adds,
        parameters=sum(p.numel() for p in network.parameters()),
        numbers=sum(tensor.numel() for tensor in network.state_dict().values()),
    )
