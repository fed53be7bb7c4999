"""`--plan`: what the selected claims need, before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dltheory.experiments.computation import Computation
from dltheory.experiments.experiment import Experiment
from dltheory.experiments.plan import Group, missing, pilot_plan, plan
from dltheory.experiments.provenance import code_digest
from dltheory.plugin.suite import CASE, Suite


def print_plan(suite: Suite, items: Sequence[pytest.Item], terminal: Any) -> None:
    """One line per claim, then the sum without duplicates."""
    terminal.line()
    wanted: list[tuple[Experiment, int]] = []
    pilots: list[Group] = []
    for item in items:
        case = CASE.of(item)
        assert case is not None
        experiment = suite.experiment(case)
        if experiment is None:
            terminal.line(f"{case.claim.id} [{case.id}]: printed numbers alone, no runs")
            continue
        pilots += pilot_plan([experiment])
        # Whichever rate will be chosen, its runs cost what those of the first one cost.
        decided = experiment.chosen(lambda tuned: tuned.candidates[0])
        wanted.append((decided, experiment.looks[-1]))
        groups = plan(wanted[-1:])
        looks = ", ".join(map(str, experiment.looks))
        choosing = f", after {_runs(pilot_plan([experiment]))} pilots" if experiment.tuned else ""
        terminal.line(
            f"{case.claim.id} [{case.id}]: {len(experiment.arms)} arms × {looks} seeds, "
            f"{_runs(groups)} runs, {_epochs(groups)} epochs of training{choosing}"
        )
    groups = (*{group.name: group for group in pilots}.values(), *plan(wanted))
    absent = [part for group in groups if (part := missing(group, suite.store, code_digest()))]
    terminal.line()
    terminal.line(f"in all, shared runs counted once: {_runs(groups)} runs", bold=True)
    terminal.line(f"in the store already: {_runs(groups) - _runs(absent)}")
    terminal.line(f"to be made: {_runs(absent)} runs, {_epochs(absent)} epochs", bold=True)
    terminal.line(f"store: {suite.store.folder}")


def _runs(groups: Sequence[Group]) -> int:
    return sum(len(group.seeds) for group in groups)


def _epochs(groups: Sequence[Group]) -> int:
    return sum(
        0 if isinstance(group.recipe, Computation) else group.recipe.epochs * len(group.seeds)
        for group in groups
    )
