"""``plan.jsonl``: the forms that a tier has, with what each would cost and how to run it.

``pytest -m full --plan --out=reports/full`` writes it. A report lists those that were not run.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dltheory.presence import is_there
from dltheory.reporting.numerals import count, number
from dltheory.reporting.records import read_objects
from dltheory.reporting.schema import Record

FILE = "plan.jsonl"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A form that could be run: runs, hours on each device if it ran alone, and the command."""

    claim: str = ""
    case: str = ""
    tier: str = ""
    bearing: str = "claim"
    test: str = ""
    runs: int = 0
    hours: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NotRun:
    """The forms of one claim that were not run."""

    claim: str
    forms: tuple[Planned, ...]

    @property
    def name(self) -> str:
        """The claim's name within its paper."""
        return self.claim.split("/", 1)[-1]

    @property
    def cost(self) -> str:
        """Their cost together, if each ran alone."""
        return cost(self.forms)

    @property
    def command(self) -> str:
        """The command that runs them."""
        files = sorted({form.test.split("::")[0] for form in self.forms})
        return f"pytest -m {self.forms[0].tier} --gpus {shlex.join(files)}"


def read_not_run(folder: Path, records: Iterable[Record]) -> dict[str, list[NotRun]]:
    """The planned forms of a folder without a judged record, by paper and claim."""
    path = Path(folder) / FILE
    if not is_there(path):
        return {}
    judged = {(r.claim, r.case, r.tier) for r in records if r.status not in ("not run", "error")}
    by_claim: dict[str, list[Planned]] = {}
    for form in read_objects(path, Planned):
        if (form.claim, form.case, form.tier) not in judged:
            by_claim.setdefault(form.claim, []).append(form)
    papers: dict[str, list[NotRun]] = {}
    for claim, forms in by_claim.items():
        papers.setdefault(claim.split("/")[0], []).append(NotRun(claim=claim, forms=tuple(forms)))
    return papers


def cost(forms: Iterable[Planned]) -> str:
    """Runs and hours of forms: ``96 runs, about 9 892 h on cpu, 2 threads``."""
    listed = list(forms)
    hours: dict[str, float] = {}
    for form in listed:
        for device, needed in form.hours.items():
            hours[device] = hours.get(device, 0.0) + float(needed)
    times = [f"about {_hours(needed)} on {device}" for device, needed in hours.items()]
    return ", ".join([count(sum(form.runs for form in listed), "run"), *times])


def summed(groups: Sequence[NotRun]) -> str:
    """How many forms of how many claims, and what they cost if each ran alone."""
    forms = [form for group in groups for form in group.forms]
    claims = count(len(groups), "claim")
    return f"{count(len(forms), 'form')} of {claims} not run: {cost(forms)}, if each ran alone"


def _hours(hours: float) -> str:
    if hours >= 1e6:
        return f"{hours / 1e6:.1f} million h"
    return f"{number(hours, 2)} h" if hours < 10 else f"{number(round(hours))} h"
