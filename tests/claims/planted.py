"""Judge a claim again with a fault planted in it: what the verdict becomes.

A fault is put where it would really be: another recipe's runs in an arm's place (`arms`), measured
arrays spoilt on their way (`change`), or a broken function behind a computation (`functions`,
which are run anew). Everything else is what the report of the tier was judged from.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest

from dltheory.errors import MissingMeasurements
from dltheory.experiments.computation import Computation, Context
from dltheory.experiments.run import Run
from dltheory.plugin.form import Case, cases
from dltheory.plugin.pilots import pilots_beside
from dltheory.plugin.source import FileSource, Found, Source
from dltheory.plugin.trial import Trial
from dltheory.statistics.evidence import Evidence
from dltheory.verdicts import Judgement, judge
from dltheory.verdicts.record import Where

REPORTS = Path(__file__).resolve().parents[2] / "reports"


def verdict(
    test: Callable[..., None],
    which: str,
    *,
    arms: Mapping[str, str] | None = None,
    change: Mapping[tuple[str, str], Callable[[np.ndarray], np.ndarray]] | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    seeds: int | None = None,
) -> str:
    """The word that the claim of this test comes to in this form, with the faults planted.

    `which` is the form as pytest prints it in brackets, "fast" or "fast-mlp". `arms` puts the runs
    of one arm in another's place; `change` maps (quantity, arm) to what becomes of its array;
    `functions` maps a computation's "module:function" to what is run instead, on `seeds` seeds.
    """
    case = _form(test, which)
    experiment = case.form.experiment
    if experiment is not None and arms:
        unknown = {*arms, *arms.values()} - set(experiment.arms)
        assert not unknown, f"no arm {unknown}; there are {list(experiment.arms)}"
        swapped = {name: experiment.arms[arms.get(name, name)] for name in experiment.arms}
        experiment = replace(experiment, arms=swapped)
    if experiment is not None and seeds is not None:
        experiment = experiment.with_seeds(seeds)
    case = replace(case, form=replace(case.form, experiment=experiment))
    trial = _Spoilt(
        case=case,
        where=Where(tier=case.tier, case=case.name, test="", command="", plan=""),
        source=_Anew(functions) if functions else _measurements(case.tier),
        pilots=pilots_beside(Path(inspect.getfile(test))),
        change=change or {},
    )
    trial.settle()
    gives = trial.gives
    arguments = {name: gives[name] for name in inspect.signature(test).parameters}
    try:
        trial.hold(lambda: test(**arguments), lambda _: None)
    except MissingMeasurements as lacking:
        # A form that changed after the report was written waits for the next one.
        if trial.look == 0:
            pytest.skip(f"the report has no runs of this form as it is now: {lacking}")
        # The report decided at an earlier look, and has no runs for the seeds after it: what it
        # has is judged as one look.
        had = case.form.looks[trial.look - 1]
        return verdict(test, which, arms=arms, change=change, functions=functions, seeds=had)
    assert trial.outcome is not None
    unused = set(trial.change) - trial.spoilt
    assert not unused, f"nothing asked for {unused}"
    judgement = trial.outcome.judgement
    if not (arms or change or functions) and judgement.verdict == "INCONCLUSIVE":
        # Nothing to turn. Which forms are open differs from one block of seeds to another.
        pytest.skip(f"the runs of the report leave this form open: {judgement.reason}")
    return _of_bounds(judgement)


def _of_bounds(judgement: Judgement) -> str:
    """The word; where only the rate of errors withholds it, what the bounds say.

    That rate hangs on residuals, which are not what a planted fault is about.
    """
    withheld = re.search(r"errors such as .*the bounds alone say (\w+)\)", judgement.reason)
    return withheld[1] if withheld else judgement.verdict


def verdict_on(
    test: Callable[..., None], which: str, measured: Callable[..., Mapping[str, np.ndarray]]
) -> str:
    """The word of a form that is not in a report, on what `measured(quantity, worst=…)` returns."""
    case, words = _form(test, which), []

    def judged(evidence: Evidence, **given: Any) -> None:
        known = {key: given[key] for key in ("controls", "regime", "mutants") if key in given}
        words.append(judge(case.form.criterion, evidence, **known).verdict)

    gives = {"measured": measured, "judge": judged, "tier": case.tier, "case_name": case.name}
    test(**{name: gives[name] for name in inspect.signature(test).parameters})
    return words[0]


@dataclass(kw_only=True)
class _Spoilt(Trial):
    """A trial whose samples are changed after they are read."""

    change: Mapping[tuple[str, str], Callable[[np.ndarray], np.ndarray]]
    spoilt: set[tuple[str, str]] = field(default_factory=set)

    def measured(self, quantity: str, *, worst: float | None = None) -> dict[str, np.ndarray]:
        samples = super().measured(quantity, worst=worst)
        for arm in samples:
            if (quantity, arm) in self.change:
                self.spoilt.add((quantity, arm))
                samples[arm] = np.asarray(self.change[quantity, arm](samples[arm]), dtype=float)
        return samples


class _Anew(Source):
    """Computations run anew, those that are named with another function in their place."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.context = Context(data_root=Path("data"), cache=Path(mkdtemp()))
        self._results: dict[str, Mapping[str, Any]] = {}

    def find(self, run: Run, quantity: str) -> Found:
        computation = run.recipe
        assert isinstance(computation, Computation), "only computations can be run anew"
        if run.key not in self._results:
            function = self.functions.get(computation.function) or computation.resolve()
            options = dict(computation.options)
            self._results[run.key] = function(run.seed, self.context, **options)
        value = np.asarray(self._results[run.key][quantity], dtype=float).tolist()
        return Found(value=value, diverged=False, line={"run": run.key, "seed": run.seed})

    def provenances(self, identifiers: Iterable[str]) -> list[Mapping[str, Any]]:
        return [{"provenance": identifier} for identifier in identifiers]


def _form(test: Callable[..., None], which: str) -> Case:
    marks = [mark for mark in test.pytestmark if mark.name == "claim"]  # type: ignore[attr-defined]
    forms = {case.id: case for mark in marks for case in cases(mark)}
    assert which in forms, f"no form {which!r}; there are {list(forms)}"
    return forms[which]


@lru_cache(maxsize=2)
def _measurements(tier: str) -> FileSource:
    return FileSource(REPORTS / ("full" if tier == "full" else "fast"))
