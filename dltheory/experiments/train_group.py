"""Train the seeds of one recipe together, from the last checkpoint on, into the store."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container

import torch

from dltheory.data.splits import Splits
from dltheory.errors import RunFailed
from dltheory.experiments.checkpoint import Checkpoints
from dltheory.experiments.interrupt import Interruptible
from dltheory.experiments.plan import Group
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, plain
from dltheory.experiments.store import Store
from dltheory.experiments.training import Training
from dltheory.randomness import drawing_from, stream
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

    Seeds are dealt into batches by the whole group, so that a batch cut short is found again.
    """
    recipe = group.recipe
    assert isinstance(recipe, Training)
    for batch in batches(group, device.type):
        left = tuple(seed for seed in batch.seeds if seed in untrained)
        if not left:
            continue
        kept = Checkpoints.covering(store.folder / "checkpoints", group.of_seeds(left))
        part = kept.group
        progress = start(recipe, part.seeds, device, store)
        spent, started = kept.resume(progress), time.perf_counter()
        saved = started

        def after_epoch(progress: Progress) -> None:
            nonlocal saved
            report(progress.epoch, _mean_finite(progress.losses[-1]))
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
        kept.clear()


def start(
    training: Training, seeds: tuple[int, ...], device: torch.device, store: Store | None = None
) -> Progress:
    """Networks before the first step: each from its seed's stream "init", or from its warm start.

    The store must have the runs that a warm start names. A network that diverged there has
    diverged here before it begins.
    """
    networks = []
    for seed in seeds:
        with drawing_from(stream(seed, "init")):
            network = training.model.build(training.data.shape, training.data.classes)
        if training.warm_start is not None:
            assert store is not None
            network.load_state_dict(_end_of(Run(training.warm_start, seed), store))
        networks.append(network)
    return Progress.start(Stack.of(networks).to(device))


def _end_of(run: Run, store: Store) -> dict[str, torch.Tensor]:
    record, state = store.record(run), store.final_state(run)
    if record is None or state is None:
        raise RunFailed(
            f"A warm start needs the run {run.key} (seed {run.seed}) with its parameters; the "
            "store has lost them since. Start again to train it anew."
        )
    if record.status == "diverged":
        return {k: v * torch.nan if v.is_floating_point() else v for k, v in state.items()}
    return state


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
            values={"epochs": epochs, "reached": float(position in progress.stopped_at)},
            seconds=seconds / len(group.seeds),
            device=str(device),
            data=form,
            provenance=provenance,
        )
        store.add(record, state)


def _or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _mean_finite(losses: list[float]) -> float:
    finite = [loss for loss in losses if math.isfinite(loss)]
    return sum(finite) / len(finite) if finite else math.inf
