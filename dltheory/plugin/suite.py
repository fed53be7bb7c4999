"""What one pytest process knows of its session: settings, source of samples, engine."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pytest

from dltheory.cores import available_cores
from dltheory.errors import EngineError, RunFailed, StoreError
from dltheory.experiments.experiment import Experiment
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.plan import pilot_plan, plan
from dltheory.experiments.provenance import provenance
from dltheory.experiments.run import Run, digest
from dltheory.experiments.seeds import PILOT_SEEDS_FROM
from dltheory.experiments.store import Store
from dltheory.plugin.estimand_code import estimand_code
from dltheory.plugin.failures import message, told_traceback
from dltheory.plugin.form import Case
from dltheory.plugin.open_looks import Ahead, look_ahead
from dltheory.plugin.options import Settings
from dltheory.plugin.pilots import pilots_beside
from dltheory.plugin.replication import first_seed_of
from dltheory.plugin.source import Source, StoreSource, measurements_in
from dltheory.plugin.trial import Trial
from dltheory.plugin.workers import worker_count
from dltheory.verdicts.record import Where, describe

log = logging.getLogger(__name__)

LOST = (
    "Nothing was heard of this claim: the process that was to judge it was killed, ran out of "
    "memory, or was stopped by an error of another plugin, and was lost. Start again; finished "
    "runs are kept."
)


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
    session: Mapping[str, Any]
    """Date, command and GPUs of the session; the same in all workers of xdist."""

    _provided: set[str] = field(default_factory=set)
    """What was found or made in this session: it is not looked for again."""

    @cached_property
    def store(self) -> Store:
        """The store of runs."""
        return Store(self.settings.store)

    @cached_property
    def source(self) -> Source:
        """Where samples come from."""
        if self.settings.measurements is not None:
            return measurements_in(self.settings.measurements)
        return StoreSource(self.store)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where this session's numbers are made."""
        return provenance(root=self.config.rootpath, **self.session)

    def provenances_of(self, lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The provenances of these measurements, as far as they can be read."""
        return self.source.provenances(sorted({line["provenance"] for line in lines}))

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
        cores = max(1, available_cores() // worker_count(self.config))
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
            keeps_helpers=True,
        )

    @property
    def made(self) -> set[str]:
        """The keys of all runs that were missing when they were asked for."""
        return self.engine.made if "engine" in vars(self) else set()

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
            where=self._where(
                item,
                case,
                plan=scaled.form.plan,
                looks=experiment.looks if experiment else (),
                changes=experiment.changes if experiment else (),
            ),
            source=self.source,
            pilots=pilots_beside(item.path),
            smoke=self.settings.smoke,
            recipe=case.form.recipe,
            estimand=estimand_code(item.function) if experiment else "",  # type: ignore[attr-defined]
            more_seeds=self.settings.more_seeds,
        )

    # ── a claim that is not judged ────────────────────────────────────────────────────────────

    def failure(self, item: pytest.Item, error: BaseException) -> dict[str, Any]:
        """The record of a claim whose test failed for a reason that is not the claim's."""
        return {
            **self._described(item),
            "status": "error",
            "reason": message(error),
            "traceback": told_traceback(error, self.config.rootpath),
        }

    def skipped(self, item: pytest.Item, reason: str) -> dict[str, Any]:
        """The record of a claim whose test was skipped."""
        return {**self._described(item), "reason": reason}

    def lost(self, item: pytest.Item) -> dict[str, Any]:
        """The record of a claim of which nothing was heard."""
        return {**self._described(item), "status": "error", "reason": LOST}

    def _described(self, item: pytest.Item) -> dict[str, Any]:
        """What is known of a claim without judging; less where its experiment cannot be built."""
        case = CASE.of(item)
        assert case is not None
        try:
            return self.trial(item).described()
        except Exception:  # noqa: BLE001  its error is told where it is judged
            return describe(case.claim, case.form.criterion, self._where(item, case))

    def _where(self, item: pytest.Item, case: Case, **fields: Any) -> Where:
        return Where(
            tier=case.tier,
            case=case.name,
            test=item.nodeid,
            command=f'pytest -m {case.tier} "{item.nodeid}"',
            sentence=case.form.sentence,
            bearing=case.form.bearing,
            regime=case.form.regime,
            unit=case.form.unit,
            **{"plan": "", **fields},
        )

    # ── what is made ──────────────────────────────────────────────────────────────────────────

    def require_seeds(self, items: Sequence[pytest.Item]) -> None:
        """Check that the seeds of every claim lie below those of pilots."""
        first = self.settings.first_seed
        if not first:
            return
        for item in items:
            case = CASE.of(item)
            experiment = case.form.experiment if case else None
            if experiment is None:
                continue
            last = first + (self.settings.seeds or experiment.looks[-1])
            if last > PILOT_SEEDS_FROM:
                raise pytest.UsageError(
                    f"Seeds of verdicts lie below {PILOT_SEEDS_FROM}, where the seeds of pilots "
                    f"begin; with --first-seed={first}, {item.nodeid} uses seeds up to {last - 1}. "
                    f"Begin at {PILOT_SEEDS_FROM - (last - first)} or lower."
                )

    def provide_first(self, items: Sequence[pytest.Item]) -> None:
        """Make what all items need for their first look.

        What fails here, for whatever reason, is left for the item that needs it, so that it is
        reported where it belongs and the others are judged. A store that cannot be written, or an
        engine that cannot be reached, fails for all: StoreError, EngineError.
        """
        wanted = []
        for item in items:
            case = CASE.of(item)
            for block in self._blocks:
                with self._left_for_its_turn():
                    experiment = self.experiment(case, block) if case else None
                    if experiment is not None:
                        pilot_plan([experiment])  # one that cannot be planned stops no other
                        wanted.append((experiment, experiment.looks[0]))
        self._make_for_all(wanted)

    def provide_later_looks(self, items: Sequence[pytest.Item]) -> None:
        """Make what open claims need for their later looks, of all at once.

        Only of claims for which something was made before: of others it was made by an earlier
        session. Workers of xdist share the later looks anyhow.
        """
        if self.worker is not None or not self.made:
            return
        waiting = []
        for item in items:
            for block in self._blocks:
                with self._left_for_its_turn():
                    if isinstance(item, pytest.Function) and CASE.of(item) is not None:
                        trial = self.trial(item, block)
                        trial.settle()
                        if self._was_made_for(trial):
                            waiting.append(Ahead(item=item, trial=trial))
        with suppress(StoreError, EngineError):  # each test meets it again, and says so
            look_ahead(waiting, self._make_next_looks)

    def _was_made_for(self, trial: Trial) -> bool:
        arms = trial.case.form.arms.values()
        return any(Run(arm, seed).key in self.made for arm in arms for seed in trial.seeds)  # type: ignore[arg-type]

    def _make_next_looks(self, trials: Sequence[Trial]) -> None:
        wanted = [(trial.case.form.experiment, trial.looks[trial.look]) for trial in trials]
        self._make_for_all([(experiment, n) for experiment, n in wanted if experiment is not None])

    @property
    def _blocks(self) -> tuple[int | None, ...]:
        """A claim's own seeds, and the blocks of --replicate."""
        return (None, *range(self.settings.replicate or 0))

    def _make_for_all(self, wanted: Sequence[tuple[Experiment, int]]) -> None:
        try:
            self._make(wanted)
        except (StoreError, EngineError):
            raise
        except RunFailed:  # all others had their turn
            return
        except Exception:  # noqa: BLE001  of one claim, it is not known which
            for one in wanted:
                with self._left_for_its_turn():
                    self._make([one])

    @contextmanager
    def _left_for_its_turn(self) -> Iterator[None]:
        """Keep what is wrong with one claim from the others."""
        try:
            yield
        except (StoreError, EngineError):
            raise
        except Exception as error:  # noqa: BLE001  told when the claim's turn comes
            log.debug("left for its turn: %r", error)

    def provide(self, trial: Trial, seeds: int) -> None:
        """Make what one trial needs for its present look."""
        if trial.case.form.experiment is not None:
            self._make([(trial.case.form.experiment, seeds)])
            trial.settle()

    def _make(self, wanted: Iterable[tuple[Experiment, int]]) -> None:
        if self.settings.measurements is not None:
            return
        wanted = [one for one in wanted if _name(*one) not in self._provided]
        if not wanted:
            return
        pilots = pilot_plan(experiment for experiment, _ in wanted)
        if pilots:
            self.engine.make(pilots)
        groups = plan((experiment.chosen(self.source.choice), n) for experiment, n in wanted)
        if groups:
            self.engine.make(groups)
        self._provided |= {_name(experiment, n) for experiment, n in wanted}

    def close(self) -> None:
        """End the processes that helped to make runs."""
        if "engine" in vars(self):
            self.engine.close()


def _name(experiment: Experiment, seeds: int) -> str:
    """A digest of the runs and measurements of an experiment up to so many seeds."""
    blocks = [experiment.looks, list(experiment.seeds_of(seeds))]
    return digest([list(experiment.arms.values()), experiment.measure, blocks])
