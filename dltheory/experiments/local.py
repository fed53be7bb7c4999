"""The engine for one machine: works through a plan, one group after another.

Any number of processes may work on one plan at once. Each takes the groups that nobody else has
locked and in the end waits for those that others are still making.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from dltheory.data import DataSpec
from dltheory.errors import DLTheoryError, RunFailed, SpecError, StoreError
from dltheory.experiments.computation import Computation, Context
from dltheory.experiments.cost import relative_cost
from dltheory.experiments.counted import counted
from dltheory.experiments.crew import Crew, Patience, Workplace
from dltheory.experiments.heartbeat import Beat, Heart
from dltheory.experiments.interrupt import Interruptible
from dltheory.experiments.origins import Origins
from dltheory.experiments.plan import Group, lineage, missing
from dltheory.experiments.record import Record
from dltheory.experiments.remainder import require_trainable_rest
from dltheory.experiments.run import Run, plain
from dltheory.experiments.seed_locks import holding_seeds
from dltheory.experiments.store import Store
from dltheory.experiments.training import Training
from dltheory.file_lock import Held

if TYPE_CHECKING:
    import torch

    from dltheory.data.splits import Splits

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class LocalEngine:
    """Makes missing runs and measurements on this machine."""

    store: Store
    data_root: Path
    download: bool = False
    device: str = "cpu"
    other_devices: tuple[str, ...] = ()  # of the processes beside this one
    provenance: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # what that identifier stands for
    cores: int = 1  # how many processes may work at once
    threads: int | None = None  # of each process; None leaves torch as it is
    checkpoint_seconds: float = 20.0
    patience: Patience = Patience()  # noqa: RUF009  a frozen value
    rehearsing: bool = True  # whether networks are tried on a small batch before all training
    keeps_helpers: bool = False  # from one call of make to the next, until close
    made: set[str] = field(default_factory=set)  # keys of the runs that were missing
    _rehearsed: set[object] = field(default_factory=set)
    _crew: Crew | None = field(default=None, init=False)

    def make(self, groups: Iterable[Group]) -> None:
        """Make everything of these groups that the store does not have.

        A group that fails does not keep the others from being made; the first failure is raised
        when all have had their turn. What can be known to fail is left out before anything is made.
        A store that cannot be written, or data that cannot be read, end it at once.
        """
        absent = [group for group in groups if missing(group, self.store, self.origins)]
        if not absent:
            return
        self.made |= {run.key for group in absent for run in group.runs}
        self.store.prepare()
        if self.facts:  # else it helps another process, which did the same
            self.store.sweep()
            self.store.keep_provenance(self.facts)
        failures: list[DLTheoryError] = []
        todo = [part for group in absent for part in self._ready(group, failures)]
        todo.sort(key=lambda group: (len(lineage(group.recipe)), -self._cost(group)))
        if todo:
            self._make_all(todo)
        if failures:
            raise failures[0]

    def _make_all(self, todo: list[Group]) -> None:
        if self.cores > 1:
            todo = [part for group in todo for part in _apart(group)]
        helpers = self._crew = self._crew or Crew(self._workplace(), self.cores, self.patience)
        try:
            with helpers.at_work(todo) as threads:
                if self.cores > 1:
                    self.threads = threads
                self._work_through(todo)
        finally:
            if not self.keeps_helpers:
                self.close()

    def close(self) -> None:
        """End the helpers that were kept."""
        if self._crew is not None:
            self._crew.end()
            self._crew = None

    def _ready(self, group: Group, failures: list[DLTheoryError]) -> tuple[Group, ...]:
        """The tasks of a group, its data loaded and its network tried; none if that failed."""
        try:
            with _named(describe(group)):
                self._require_data(group)
                self._rehearse(group)
                return self._dealt(group)
        except (RunFailed, SpecError) as failure:
            failures.append(failure)
            return ()

    def _rehearse(self, group: Group) -> None:
        """Try what can be tried of a training before it costs anything; once for each network."""
        training = group.recipe
        if not self.rehearsing or not isinstance(training, Training):
            return
        from dltheory.experiments.batches import trains_alone
        from dltheory.experiments.rehearsal import rehearse

        data, lone = training.data, trains_alone(training, self._worker_device)
        require_trainable_rest(training, self.context.data.size(data))
        key = (training.model, data.shape, data.classes, training.alone, training.epochs > 0, lone)
        if key not in self._rehearsed:
            rehearse(training, self.context.data.load(data).train.images, lone=lone)
            self._rehearsed.add(key)

    def _dealt(self, group: Group) -> tuple[Group, ...]:
        """What of a group is one task: all of it, but for a grid of networks that train alone."""
        if not group.rates:
            return (group,)
        from dltheory.experiments.batches import dealt

        return dealt(group, self._worker_device)

    @property
    def _worker_device(self) -> str:
        """The kind of device that trains."""
        return self.device.partition(":")[0]

    def _work_through(self, todo: list[Group]) -> None:
        heart, total = self._heart(), len(todo)
        failures: list[DLTheoryError] = []

        def made(group: Group, number: int, *, wait: bool) -> bool:
            try:
                return self._try(group, heart, interrupt, (number, total), wait=wait)
            except StoreError:
                raise
            except DLTheoryError as failure:
                failures.append(failure)
                return True

        try:
            with Interruptible() as interrupt:
                waiting = [
                    group
                    for number, group in enumerate(todo, 1)
                    if not made(group, number, wait=False)
                ]
                for number, group in enumerate(waiting, total - len(waiting) + 1):
                    made(group, number, wait=True)
        finally:
            heart.stop()
        if failures:
            raise failures[0]

    def _require_data(self, group: Group) -> None:
        """Load the data of a group before the first training: what is missing is said at once."""
        if isinstance(group.recipe, Training):
            self.context.data.load(group.recipe.data)
            return
        for _, option in group.recipe.options:
            if isinstance(option, DataSpec):
                self.context.data.load(option)

    def _cost(self, group: Group) -> float:
        if not isinstance(group.recipe, Training):
            return math.inf  # unknown, and one process's own: none may be left for the end
        return relative_cost(group, self.context.data.size(group.recipe.data))

    @cached_property
    def context(self) -> Context:
        """What computations may use, and the data that were loaded for them and for trainings."""
        return Context(data_root=self.data_root, cache=self.store.data, download=self.download)

    @cached_property
    def origins(self) -> Origins:
        """What recipes come from here: stored runs that came from anything else are made again."""
        return Origins(data_root=self.data_root, cache=self.store.data)

    def _heart(self) -> Heart:
        return Heart(self.store.folder / "progress")

    def _holding(self, group: Group, seconds: float) -> AbstractContextManager[object]:
        """Keep others from making the same; Held if one of them is at it for so long."""
        if isinstance(group.recipe, Computation):
            return holding_seeds(self.store, group, seconds)
        return self.store.holding(group.recipe_name, seconds)

    def _workplace(self) -> Workplace:
        return Workplace(
            store=self.store.folder,
            data_root=self.data_root,
            download=self.download,
            provenance=self.provenance,
            checkpoint_seconds=self.checkpoint_seconds,
            devices=(self.device, *self.other_devices),
        )

    def _try(
        self,
        group: Group,
        heart: Heart,
        interrupt: Interruptible,
        place: tuple[int, int],
        *,
        wait: bool,
        whole: bool = False,
    ) -> bool:
        """Make a group, unless another process is at it and we do not wait; whether it is there.

        What it starts from is made first, with its parameters, and counts as part of it.
        """
        *_, first = [None, *lineage(group.recipe)[:-1]]
        if first is not None:
            start = Group(recipe=first, seeds=group.seeds)
            if not self._try(start, heart, interrupt, place, wait=wait, whole=True):
                return False
        beat = Beat(what=describe(group), group=place[0], groups=place[1], started=time.monotonic())
        heart.beat(beat, force=True)
        while True:
            try:
                with self._holding(group, 0.5 if wait else 0.0):
                    absent = self._absent(group, whole=whole)
                    if absent:
                        with _named(describe(absent)):
                            self._make(group, absent, heart, beat, interrupt)
                return True
            except Held:
                interrupt.raise_if_asked()
                if not wait:
                    return False
                heart.beat(replace(beat, what=f"waiting for another process: {beat.what}"))

    def _absent(self, group: Group, *, whole: bool) -> Group | None:
        """What of a group is not there; if all of it must be whole, what has no parameters too."""
        absent = missing(group, self.store, self.origins)
        if not whole:
            return absent
        keys = {run.key for run in absent.runs} if absent else set()
        keys |= {run.key for run in group.runs if not self.store.is_whole(run)}
        return group.with_runs(keys) if keys else None

    def _make(
        self, group: Group, absent: Group, heart: Heart, beat: Beat, interrupt: Interruptible
    ) -> None:
        if isinstance(group.recipe, Computation):
            beat.unit, beat.total = "seed", len(absent.seeds)
            for beat.done, run in enumerate(absent.runs):
                heart.beat(beat)
                self._make_room(run)
                self._compute(group.recipe, run.seed)
                interrupt.raise_if_asked()
            return
        from dltheory.experiments.measuring import Networks, measure
        from dltheory.experiments.train_group import train_group

        untrained = {run.key for run in absent.runs if self._needs_training(run, group)}
        if untrained:
            train_group(
                group,
                untrained,
                splits=self.splits(group.recipe),
                store=self.store,
                origins=self.origins,
                device=self.torch_device(),
                provenance=self.provenance,
                checkpoint_seconds=self.checkpoint_seconds,
                interrupt=interrupt,
                report=lambda epoch, loss: heart.beat(_at(beat, group, epoch, loss)),
            )
        for run in absent.runs:
            heart.beat(
                replace(beat, what=f"measuring seed {run.seed}: {beat.what}", done=0, total=0)
            )
            networks = Networks(run=run, store=self.store, device=self.torch_device())
            measure(networks, group.quantities, self.splits(group.recipe))
            interrupt.raise_if_asked()

    def _make_room(self, run: Run) -> bool:
        """Set a run that is damaged aside; whether it is to be made, damaged or absent."""
        if isinstance(run.recipe, Computation):
            whole = self.store.record(run) is not None
        else:
            whole = self.store.is_whole(run)
        if not whole:
            self.store.set_aside(run)
        return not whole

    def _needs_training(self, run: Run, group: Group) -> bool:
        """Whether a run is not there, or its middle, which is not kept, is to be measured."""
        if self._make_room(run):
            return True
        record = self.store.record(run)
        if record is None or not self.origins.stands(record, run.recipe):
            return True
        if record.status == "diverged":
            return False
        midway = [quantity for quantity in group.quantities if quantity.midway]
        return any(self.store.measured(run, quantity) is None for quantity in midway)

    def _compute(self, computation: Computation, seed: int) -> None:
        self.torch_device()
        run, started = Run(computation, seed), time.perf_counter()
        name = f"{computation.function} for seed {seed}"
        with _named(name), threadpool_limits(limits=self.threads, user_api="blas"):
            values = computation.resolve()(seed, self.context, **dict(computation.options))
        self.store.add(
            Record(
                key=run.key,
                seed=seed,
                recipe=plain(computation),
                values={
                    name: np.asarray(value, dtype=float).tolist() for name, value in values.items()
                },
                seconds=time.perf_counter() - started,
                code=self.origins.code(computation),
                content=self.origins.content(computation) or "",
                provenance=self.provenance,
            )
        )

    def splits(self, training: Training) -> Splits:
        """The data of a training on the device; those of the last training make room for them."""
        return self.context.data.on_device(training.data, self.torch_device())

    def torch_device(self) -> torch.device:
        """The device as torch knows it."""
        import torch

        if self.threads is not None:
            torch.set_num_threads(self.threads)
        return torch.device(self.device)


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Turn an error of foreign code into a RunFailed that says what failed."""
    try:
        yield
    except DLTheoryError:
        raise
    except Exception as error:
        raise RunFailed(
            f"Numbers are needed from {what}; it raised {type(error).__name__}: {error}. "
            "This says nothing about the claim."
        ) from error


def _apart(group: Group) -> tuple[Group, ...]:
    """Seeds of a computation, which are made one by one anyhow, are tasks of their own."""
    if not isinstance(group.recipe, Computation):
        return (group,)
    return tuple(group.of_seeds((seed,)) for seed in group.seeds)


def describe(group: Group) -> str:
    """A group in a few words, for people who watch."""
    count = counted(len(group.seeds), "seed")
    if group.rates:
        count = f"{counted(len(group.rates), 'learning rate')}, {count}"
    recipe = group.recipe
    if isinstance(recipe, Computation):
        return f"{recipe.function.rpartition(':')[2].replace('_', ' ')}, {count}"
    penalty = type(recipe.penalty).__name__
    return f"{type(recipe.model).__name__} on {recipe.data.name}, {penalty}, {count}"


def _at(beat: Beat, group: Group, epoch: int, loss: float) -> Beat:
    assert isinstance(group.recipe, Training)
    beat.done, beat.total, beat.loss = epoch, group.recipe.epochs, loss
    return beat
