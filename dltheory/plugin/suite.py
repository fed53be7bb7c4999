"""What one pytest process knows of its session: settings, source of samples, engine."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pytest

from dltheory.cores import available_cores
from dltheory.errors import RunFailed, SpecError
from dltheory.experiments.experiment import Experiment
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.plan import pilot_plan, plan
from dltheory.experiments.provenance import provenance
from dltheory.experiments.store import Store
from dltheory.plugin.form import Case
from dltheory.plugin.options import FOLDERS, Settings
from dltheory.plugin.pilots import pilots_beside
from dltheory.plugin.replication import first_seed_of
from dltheory.plugin.source import FileSource, Source, StoreSource
from dltheory.plugin.trial import Trial
from dltheory.plugin.workers import worker_count
from dltheory.verdicts.record import Where


class _CaseKeys:
    """How an item carries its case and its record."""

    record = pytest.StashKey[dict[str, Any]]()

    @staticmethod
    def of(item: pytest.Item) -> Case | None:
        """The case that an item judges, or None for an ordinary test."""
        callspec = getattr(item, "callspec", None)
        found = callspec.params.get("case") if callspec else None
        return found if isinstance(found, Case) else None


CASE = _CaseKeys()


@dataclass(kw_only=True)
class Suite:
    """Settings, and what follows from them."""

    settings: Settings
    worker: int | None
    config: pytest.Config
    whole: bool = False
    """Whether every claim file was read."""
    narrowed: set[str] = field(default_factory=set)
    """The reports of which some claims were left out."""

    @cached_property
    def store(self) -> Store:
        """The store of runs."""
        return Store(self.settings.store)

    @cached_property
    def source(self) -> Source:
        """Where samples come from."""
        if self.settings.measurements is not None:
            return FileSource(self.settings.measurements)
        return StoreSource(self.store)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where this session's numbers are made; the same in all workers of xdist."""
        if self.worker is not None:
            return self.config.workerinput["provenance"]  # type: ignore[attr-defined]
        words = [_without_folder(word) for word in sys.argv[1:] if not word.startswith("/")]
        return provenance(gpus=self._gpu_names(), command=" ".join(["pytest", *words]))

    @cached_property
    def engine(self) -> LocalEngine:
        """Makes missing runs: on this machine, or as tasks of Ray."""
        gpus, ray = self.settings.gpus, self.settings.ray
        if ray is not None:
            from dltheory.experiments.ray_engine import RayEngine

            return RayEngine(
                store=self.store,
                data_root=self.settings.data_root,
                download=self.settings.download,
                provenance=self.provenance["provenance"],
                facts=self.provenance,
                threads=None if ray.gpu_share else 1,
                address=ray.address,
                gpu_share=ray.gpu_share,
                seeds_per_task=ray.seeds_per_task,
            )
        if gpus and self.worker is not None:  # the others have the other GPUs
            gpus = (gpus[self.worker % len(gpus)],)
        cores = max(1, available_cores() // worker_count())
        return LocalEngine(
            store=self.store,
            data_root=self.settings.data_root,
            download=self.settings.download,
            device=gpus[0] if gpus else "cpu",
            other_devices=gpus[1:],
            provenance=self.provenance["provenance"],
            facts=self.provenance,
            cores=len(gpus) * self.settings.runs_per_gpu if gpus else cores,
            threads=None if gpus else 1,
        )

    def experiment(self, case: Case, block: int | None = None) -> Experiment | None:
        """The case's experiment after --scale, --epochs-scale, --seeds, --first-seed and so on.

        `block` counts the blocks of fresh seeds of --replicate.
        """
        experiment = case.form.experiment
        if experiment is None:
            return None
        if self.settings.epochs_scale != 1:
            experiment = experiment.stretched(self.settings.epochs_scale)
        if self.settings.seeds is not None and experiment.looks != (self.settings.seeds,):
            experiment = experiment.with_seeds(self.settings.seeds)
        if self.settings.first_seed:
            experiment = experiment.from_seed(self.settings.first_seed)
        if self.settings.pilots is not None:
            experiment = experiment.as_pilots(self.settings.pilots or experiment.looks[0])
        if block is not None:
            first = first_seed_of(block, experiment.first_seed, experiment.looks[-1])
            experiment = experiment.from_seed(first)
        if self.settings.precision != "float32":
            experiment = experiment.in_precision(self.settings.precision)
        return experiment.smoke() if self.settings.smoke else experiment

    def trial(self, item: pytest.Item, block: int | None = None) -> Trial:
        """The trial of an item, on its own seeds or on a block of --replicate."""
        case = CASE.of(item)
        assert case is not None
        experiment = self.experiment(case, block)
        scaled = replace(case, form=replace(case.form, experiment=experiment))
        return Trial(
            case=scaled,
            where=Where(
                tier=case.tier,
                case=case.name,
                test=item.nodeid,
                command=f'pytest -m {case.tier} "{item.nodeid}"',
                plan=scaled.form.plan,
                looks=experiment.looks if experiment else (),
                changes=experiment.changes if experiment else (),
                sentence=case.form.sentence,
                bearing=case.form.bearing,
                regime=case.form.regime,
            ),
            source=self.source,
            pilots=pilots_beside(item.path),
            smoke=self.settings.smoke,
            recipe=case.form.recipe,
            more_seeds=self.settings.more_seeds,
        )

    def provide_first(self, items: Sequence[pytest.Item]) -> None:
        """Make what all items need for their first look.

        What fails here is left for the item that needs it, so that it is reported where it belongs
        and the others are judged; a store that cannot be written or
        data that cannot be read fail for all.
        """
        experiments = []
        for item in items:
            case = CASE.of(item)
            for block in (None, *range(self.settings.replicate or 0)):
                with contextlib.suppress(SpecError):
                    experiments.append(self.experiment(case, block) if case else None)
        with contextlib.suppress(RunFailed, SpecError):
            self._make((one, one.looks[0]) for one in experiments if one is not None)

    def provide(self, trial: Trial, seeds: int) -> None:
        """Make what one trial needs for its present look."""
        if trial.case.form.experiment is not None:
            self._make([(trial.case.form.experiment, seeds)])
            trial.settle()

    def _make(self, wanted: Iterable[tuple[Experiment, int]]) -> None:
        if self.settings.measurements is not None:
            return
        wanted = list(wanted)
        pilots = pilot_plan(experiment for experiment, _ in wanted)
        if pilots:
            self.engine.make(pilots)
        groups = plan((experiment.chosen(self.source.choice), n) for experiment, n in wanted)
        if groups:
            self.engine.make(groups)

    def _gpu_names(self) -> list[str]:
        if not self.settings.gpus:
            return []
        import torch

        return [torch.cuda.get_device_name(device) for device in self.settings.gpus]


def _without_folder(word: str) -> str:
    """A word of the command line, without a path that means nothing on another machine."""
    option, given, _ = word.partition("=")
    return f"{option}=DIR" if given and option in FOLDERS else word


SUITE = pytest.StashKey[Suite]()
