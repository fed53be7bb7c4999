"""Train the seeds of one recipe together, from the last checkpoint on, into the store."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

import torch

from dltheory.data.splits import Splits
from dltheory.errors import RunFailed
from dltheory.experiments.batches import batches, trains_alone
from dltheory.experiments.beginning import network_before_training
from dltheory.experiments.checkpoint import Checkpoints
from dltheory.experiments.interrupt import Interruptible
from dltheory.experiments.measuring import Networks, measure
from dltheory.experiments.origins import Origins
from dltheory.experiments.out_of_memory import free, is_out_of_memory
from dltheory.experiments.plan import Group
from dltheory.experiments.record import Record
from dltheory.experiments.run import plain
from dltheory.experiments.snapshots import Snapshots
from dltheory.experiments.store import Store
from dltheory.experiments.training import Training
from dltheory.experiments.tuned import FINAL_LOSS
from dltheory.training.alone import Alone
from dltheory.training.loop import Progress, train
from dltheory.training.seed_axis import Stack

log = logging.getLogger(__name__)


def train_group(
    group: Group,
    untrained: Container[str],
    *,
    splits: Splits,
    store: Store,
    origins: Origins,
    device: torch.device,
    provenance: str,
    checkpoint_seconds: float,
    interrupt: Interruptible,
    report: Callable[[int, float], None],
) -> None:
    """The runs of the untrained keys are in the store afterwards, or an exception is raised.

    What is to be measured in the middle of the training has been measured as well. Seeds are dealt
    into batches by the whole group, so that a batch cut short is found again; a batch that does
    not fit into memory while it is trained is halved.
    """
    work = _Work(
        group=group,
        splits=splits,
        store=store,
        origins=origins,
        device=device,
        provenance=provenance,
        checkpoint_seconds=checkpoint_seconds,
        interrupt=interrupt,
        report=report,
    )
    for batch in batches(group, device.type):
        left = batch.with_runs(untrained)
        if left.seeds:
            work.train(left)


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What it takes to train runs of one group."""

    group: Group
    splits: Splits
    store: Store
    origins: Origins
    device: torch.device
    provenance: str
    checkpoint_seconds: float
    interrupt: Interruptible
    report: Callable[[int, float], None]

    @property
    def recipe(self) -> Training:
        assert isinstance(self.group.recipe, Training)
        return self.group.recipe

    @property
    def midway(self) -> set[int]:
        """The epochs after which a network is to be measured on the way."""
        return {q.at for q in self.group.quantities if q.at is not None and q.midway}

    def train(self, part: Group) -> None:
        """Train these runs together, or, where they do not fit into memory, half after half."""
        kept = Checkpoints.covering(
            self.store.folder / "checkpoints", part, self.origins.of(self.recipe)
        )
        if self._fits(kept):
            self._measure_middle(kept)
            kept.clear()
            return
        kept.clear()
        count = len(part.runs)
        if count == 1:
            raise RunFailed(
                f"Training needs memory for one network and its batch; {self.device} has too "
                f"little for seed {part.seeds[0]} alone. Give a smaller batch, or a larger device."
            )
        log.warning("%d networks do not fit into the memory of %s: halved.", count, self.device)
        for half in part.halves:
            self.train(half)

    def _fits(self, kept: Checkpoints) -> bool:
        """Train a batch and keep what came out; False if the device ran out of memory."""
        try:
            self._train(kept)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            return True
        free(self.device)
        return False

    def _measure_middle(self, kept: Checkpoints) -> None:
        """Measure what is asked of the middle of a training that has come to its end."""
        snapshots = Snapshots(kept.folder)
        for run in kept.group.runs:
            networks = Networks(run=run, store=self.store, device=self.device, snapshots=snapshots)
            measure(networks, self.group.quantities, self.splits, midway=True)
            self.interrupt.raise_if_asked()

    def _train(self, kept: Checkpoints) -> None:
        recipe, part, snapshots = self.recipe, kept.group, Snapshots(kept.folder)
        progress, spent = self._resumed(kept, snapshots)
        saved = started = time.perf_counter()

        def after_epoch(progress: Progress) -> None:
            nonlocal saved
            self.report(progress.epoch, _mean_finite(progress.losses[-1]))
            if progress.epoch in self.midway:
                snapshots.save(progress, part.seeds)
            due = time.perf_counter() - saved > self.checkpoint_seconds
            last = progress.epoch == recipe.epochs or progress.done
            if due or last or self.interrupt.asked:
                kept.save(progress, spent + time.perf_counter() - started)
                saved = time.perf_counter()
            self.interrupt.raise_if_asked()

        train(
            progress,
            recipe,
            self.splits.train.images,
            self.splits.train.labels,
            seeds=[run.seed for run in part.runs],
            rates=[rate for rate in part.rates for _ in part.seeds],
            black=recipe.data.black,
            after_epoch=after_epoch,
        )
        self._add(progress, part, spent + time.perf_counter() - started)

    def _resumed(self, kept: Checkpoints, snapshots: Snapshots) -> tuple[Progress, float]:
        """The training at its newest checkpoint, and the seconds spent on it.

        It begins anew where a snapshot that is wanted now was not kept on the way.
        """
        seeds = [run.seed for run in kept.group.runs]
        progress = start(self.recipe, seeds, self.device, self.store)
        spent = kept.resume(progress)
        if progress.epoch == 0:
            kept.clear()  # and with it what another code or other data left behind
        passed = (epoch for epoch in range(1, progress.epoch + 1) if epoch in self.midway)
        if snapshots.have(passed):
            return progress, spent
        kept.clear()
        return start(self.recipe, seeds, self.device, self.store), 0.0

    def _add(self, progress: Progress, part: Group, seconds: float) -> None:
        for position, run in enumerate(part.runs):
            there = self.store.record(run)
            if there is not None and self.origins.stands(there, run.recipe):
                continue
            state = {name: tensor.cpu() for name, tensor in progress.state_of(position).items()}
            epochs = progress.stopped_at.get(position, progress.epoch)
            finite = all(bool(torch.isfinite(tensor).all()) for tensor in state.values())
            diverged_at = progress.diverged_at.get(position, None if finite else progress.epoch)
            record = Record(
                key=run.key,
                seed=run.seed,
                recipe=plain(run.recipe),
                status="ok" if diverged_at is None else "diverged",
                diverged_at=diverged_at,
                losses=tuple(_or_none(losses[position]) for losses in progress.losses[:epochs]),
                values=_summary(progress, position, epochs),
                seconds=seconds / len(part.runs),
                device=str(self.device),
                data=self.splits.form,
                code=self.origins.code(run.recipe),
                content=self.origins.content(run.recipe) or "",
                provenance=self.provenance,
            )
            self.store.add(record, state)


def start(
    training: Training, seeds: Sequence[int], device: torch.device, store: Store | None = None
) -> Progress:
    """The networks of these seeds before their first step, stacked."""
    networks = [network_before_training(training, seed, store) for seed in seeds]
    kind = Alone if training.alone else Stack
    return Progress.start(kind.of(networks, lone=trains_alone(training, device.type)).to(device))


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
