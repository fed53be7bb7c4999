"""`--plan`: what the selected claims need, before anything starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from dltheory.experiments.computation import Computation
from dltheory.experiments.cost import Cost, Speed, cost, measured_speeds
from dltheory.experiments.experiment import Experiment
from dltheory.experiments.origins import Origins
from dltheory.experiments.plan import Group, missing, pilot_plan, plan
from dltheory.experiments.sealed import write_atomically
from dltheory.plugin.failures import message
from dltheory.plugin.form import Case
from dltheory.plugin.suite import CASE, Suite
from dltheory.reporting.planned import FILE
from dltheory.reporting.visible import visible


def print_plan(suite: Suite, items: Sequence[pytest.Item], terminal: Any) -> int:
    """One line per claim, then the sum without duplicates; how many could not be planned.

    With `--out` the forms are written to ``plan.jsonl`` there, for the report to list.
    """
    terminal.line()
    speeds = measured_speeds()
    wanted: list[tuple[Experiment, int]] = []
    experiments: list[Experiment] = []
    unplanned = 0
    lines: list[dict[str, Any]] = []
    for item in items:
        case = CASE.of(item)
        assert case is not None
        try:
            experiment = suite.experiment(case)
            told = f"{_told(experiment, speeds)}{_power(suite, item)}"
            lines.append(_line(case, item.nodeid, experiment, speeds))
        except Exception as error:  # noqa: BLE001  one claim's error; the others are planned
            unplanned += 1
            experiment, told = None, visible(f"cannot be planned: {message(error)}")
        terminal.line(f"{case.claim.id} [{case.id}]: {told}")
        if experiment is not None:
            experiments.append(experiment)
            wanted.append((_decided(experiment), experiment.looks[-1]))
    if suite.settings.out is not None:
        write_atomically(suite.settings.out / FILE, "".join(map(_as_text, lines)).encode())
        terminal.line(f"the plan of {len(lines)} forms: {suite.settings.out / FILE}")
    _print_sum(suite, (*pilot_plan(experiments), *plan(wanted)), speeds, terminal)
    return unplanned


def _power(suite: Suite, item: pytest.Item) -> str:
    """Why the power of a form that has a smallest effect is not planned, for the end of a line."""
    case = CASE.of(item)
    if case is None or not case.form.experiment or case.form.criterion.alternative is None:
        return ""
    why = suite.trial(item).why_no_pilots
    return f"; power not planned: {why}" if why else ""


def _decided(experiment: Experiment) -> Experiment:
    """Whichever rate will be chosen, its runs cost what those of the first one cost."""
    return experiment.chosen(lambda tuned: tuned.candidates[0])


def _line(
    case: Case, test: str, experiment: Experiment | None, speeds: dict[str, list[Speed]]
) -> dict[str, Any]:
    """What a report says of a form that was not run."""
    runs, hours = 0, {}
    if experiment is not None:
        choosing = pilot_plan([experiment])
        groups = plan([(_decided(experiment), experiment.looks[-1])])
        needed = cost([*groups, *choosing])
        runs = _runs(groups) + _runs(choosing)
        if needed.multiply_adds:
            hours = {d: round(needed.seconds(rows) / 3600, 2) for d, rows in speeds.items()}
    return {
        "schema": 2,
        "claim": case.claim.id,
        "case": case.name,
        "tier": case.tier,
        "bearing": case.form.bearing,
        "test": test,
        "runs": runs,
        "hours": hours,
    }


def _as_text(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n"


def _told(experiment: Experiment | None, speeds: dict[str, list[Speed]]) -> str:
    """What one claim needs, if it were alone."""
    if experiment is None:
        return "printed numbers alone, no runs"
    choosing = pilot_plan([experiment])
    groups = plan([(_decided(experiment), experiment.looks[-1])])
    looks = ", ".join(map(str, experiment.looks))
    after = f", after {_runs(choosing)} pilots" if choosing else ""
    return (
        f"{len(experiment.arms)} arms × {looks} seeds, {_runs(groups)} runs, "
        f"{_epochs(groups)} epochs of training{after}{_hours(cost([*groups, *choosing]), speeds)}"
    )


def _print_sum(
    suite: Suite, groups: Sequence[Group], speeds: dict[str, list[Speed]], terminal: Any
) -> None:
    origins = Origins(data_root=suite.settings.data_root, cache=suite.store.data, keep=False)
    absent = [part for group in groups if (part := missing(group, suite.store, origins))]
    needed = cost(absent)
    terminal.line()
    terminal.line(f"in all, shared runs counted once: {_runs(groups)} runs", bold=True)
    terminal.line(f"in the store already: {_runs(groups) - _runs(absent)}")
    terminal.line(f"to be made: {_runs(absent)} runs, {_epochs(absent)} epochs", bold=True)
    for line in _summary(needed, speeds):
        terminal.line(line)
    terminal.line(f"store: {suite.store.folder}")


def _hours(needed: Cost, speeds: dict[str, list[Speed]]) -> str:
    """The time on each device whose speed was measured, for the end of a line."""
    if not needed.multiply_adds:
        return ""
    times = [f"{_span(needed.seconds(rows))} on {device}" for device, rows in speeds.items()]
    return f", about {', '.join(times)}" if times else ""


def _summary(needed: Cost, speeds: dict[str, list[Speed]]) -> list[str]:
    lines = [
        f"time, by speeds measured on {device}: about {_span(needed.seconds(rows))}"
        for device, rows in speeds.items()
        if needed.multiply_adds
    ]
    if not any("cpu" not in device for device in speeds):
        lines.append(
            "GPU-hours: unknown, no speed of a GPU is committed; measure it with "
            "`make bench BENCHMARKS=training_speed DEVICE=cuda`"
        )
    if needed.uncounted:
        lines.append(
            f"not counted: {needed.uncounted} runs on data whose size only the files tell; "
            "give the data set `published_examples`"
        )
    lines.append(f"disk: about {needed.bytes / 1e6:,.0f} MB for trained parameters")
    return lines


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"


def _runs(groups: Sequence[Group]) -> int:
    return sum(len(group.runs) for group in groups)


def _epochs(groups: Sequence[Group]) -> int:
    return sum(
        0 if isinstance(group.recipe, Computation) else group.recipe.epochs * len(group.runs)
        for group in groups
    )
