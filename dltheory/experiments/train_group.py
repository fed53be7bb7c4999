"""Train the seeds of one recipe together, from the last checkpoint on, into the store."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container

import torch

from dltheory.data.splits import Splits
from dltheory.experiments.beginning import network_before_training
from dltheory.experiments.checkpoint import Checkpoints
from dltheory.experiments.interrupt import Interruptible
from dltheory.experiments.measuring import Networks, measure
from dltheory.experiments.plan import Group
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, plain
from dltheory.experiments.snapshots import Snapshots
from dltheory.experiments.store import Store
from dltheory.experiments.training import Training
from dltheory.experiments.tuned import FINAL_LOSS
from dltheory.training.loop import Progress, train
from dltheory.training.seed_axis import Stack

NUMBERS_TOGETHER = {"cpu": 30_000_000, "cuda": 300_000_000}
"""How many parameters may train at once; more seeds than that go one batch after the other."""


def train_group(
    group: Group,
    untrained: Container[int],
    *,
    splits: Splits,
    store: Store,
    device: torch.device,
    provenance: str,
    checkpoint_seconds: float,
    interrupt: Interruptible,
    report: Callable[[int, float], None],
) -> None:
    """The untrained seeds of the group are in the store afterwards, or an exception is raised.

    What is to be measured in the middle of the training has been measured as well. Seeds are dealt
    into batches by the whole group, so that a batch cut short is found again.
    """
    recipe = group.recipe
    assert isinstance(recipe, Training)
    midway = {q.at for q in group.quantities if q.at is not None and q.midway}
    for batch in batches(group, device.type):
        left = tuple(seed for seed in batch.seeds if seed in untrained)
        if not left:
            continue
        kept = Checkpoints.covering(store.folder / "checkpoints", group.of_seeds(left))
        part = kept.group
        snapshots = Snapshots(kept.folder)
        progress, spent = _resumed(kept, snapshots, midway, device, store)
        saved = started = time.perf_counter()

        def after_epoch(progress: Progress) -> None:
            nonlocal saved
            report(progress.epoch, _mean_finite(progress.losses[-1]))
            if progress.epoch in midway:
                snapshots.save(progress, part.seeds)  # noqa: B023
            due = time.perf_counter() - saved > checkpoint_seconds
            if due or interrupt.asked or progress.epoch == recipe.epochs or progress.done:
                kept.save(progress, spent + time.perf_counter() - started)  # noqa: B023
                saved = time.perf_counter()
            interrupt.raise_if_asked()

        train(
            progress,
            recipe,
            splits.train.images,
            splits.train.labels,
            seeds=part.seeds,
            black=recipe.data.black,
            after_epoch=after_epoch,
        )
        seconds = spent + time.perf_counter() - started
        _add(progress, part, seconds, splits.form, store, device, provenance)
        for run in part.runs:
            networks = Networks(run=run, store=store, device=device, snapshots=snapshots)
            measure(networks, group.quantities, splits, midway=True)
            interrupt.raise_if_asked()
        kept.clear()


def _resumed(
    kept: Checkpoints,
    snapshots: Snapshots,
    midway: Container[int],
    device: torch.device,
    store: Store,
) -> tuple[Progress, float]:
    """The training at its newest checkpoint, and the seconds spent on it.

    It begins anew where a snapshot that is wanted now was not kept on the way.
    """
    recipe, seeds = kept.group.recipe, kept.group.seeds
    assert isinstance(recipe, Training)
    progress = start(recipe, seeds, device, store)
    spent = kept.resume(progress)
    if snapshots.have(epoch for epoch in range(1, progress.epoch + 1) if epoch in midway):
        return progress, spent
    kept.clear()
    return start(recipe, seeds, device, store), 0.0


def start(
    training: Training, seeds: tuple[int, ...], device: torch.device, store: Store | None = None
) -> Progress:
    """The networks of these seeds before their first step, stacked."""
    networks = [network_before_training(training, seed, store) for seed in seeds]
    return Progress.start(Stack.of(networks).to(device))


def batches(group: Group, device: str) -> list[Group]:
    """The group in parts small enough to train at once."""
    assert isinstance(group.recipe, Training)
    with torch.device("meta"):
        network = group.recipe.model.build(group.recipe.data.shape, group.recipe.data.classes)
    parameters = sum(p.numel() for p in network.parameters())
    together = max(1, NUMBERS_TOGETHER[device] // parameters)
    seeds = group.seeds
    return [group.of_seeds(seeds[i : i + together]) for i in range(0, len(seeds), together)]


def _add(
    progress: Progress,
    group: Group,
    seconds: float,
    form: str,
    store: Store,
    device: torch.device,
    provenance: str,
) -> None:
    for position, seed in enumerate(group.seeds):
        run = Run(group.recipe, seed)
        if store.record(run) is not None:
            continue
        state = progress.state_of(position)
        epochs = progress.stopped_at.get(position, progress.epoch)
        finite = all(bool(torch.isfinite(tensor).all()) for tensor in state.values())
        diverged_at = progress.diverged_at.get(position, None if finite else progress.epoch)
        record = Record(
            key=run.key,
            seed=seed,
            recipe=plain(group.recipe),
            status="ok" if diverged_at is None else "diverged",
            diverged_at=diverged_at,
            losses=tuple(_or_none(losses[position]) for losses in progress.losses[:epochs]),
            values=_summary(progress, position, epochs),
            seconds=seconds / len(group.seeds),
            device=str(device),
            data=form,
            provenance=provenance,
        )
        store.add(record, state)


def _summary(progress: Progress, position: int, epochs: int) -> dict[str, float | None]:
    summary: dict[str, float | None] = {
        "epochs": epochs,
        "reached": float(position in progress.stopped_at),
    }
    if epochs:
        summary[FINAL_LOSS] = _or_none(progress.losses[epochs - 1][position])
    return summary


def _or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _mean_finite(losses: list[float]) -> float:
    finite = [loss for loss in losses if math.isfinite(loss)]
    return sum(finite) / len(finite) if finite else math.inf
