"""One tier's version of a claim: an experiment, and the criterion its outcome is held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pytest

from dltheory.errors import SpecError
from dltheory.experiments.experiment import Arm, Experiment
from dltheory.experiments.run import digest
from dltheory.plugin.outcomes import DENIALS
from dltheory.verdicts import Bearing, Claim, Criterion

TIERS = ("static", "fast", "full")


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is run, what is asserted of it, and when it counts.

    `sentence` says what is asserted of which world, in words that no other form has; it is what the
    verdict is about. `bearing` says what the verdict means for the paper: see `Bearing`. `regime`
    names the measured conditions of the paper's setting without which its effect cannot be
    expected; the test gives each of them to `judge(regime=…)` under the same name. A run that
    diverges in an arm of `may_diverge` is an outcome that the claim is about, and no lost run.
    `unit` is that of the form's θ where forms of the claim differ in it; else the claim's counts.

    An audit of printed numbers runs nothing and has no experiment.
    """

    criterion: Criterion
    experiment: Experiment | None = None
    sentence: str = ""
    bearing: Bearing = "claim"
    regime: tuple[str, ...] = ()
    may_diverge: tuple[str, ...] = ()
    unit: str = ""

    def __post_init__(self) -> None:
        if self.bearing not in get_args(Bearing):
            raise SpecError(
                f"The bearing of a form is one of {', '.join(get_args(Bearing))}; got "
                f'{self.bearing!r}. Use "analogue" for a world outside the range of the paper.'
            )
        unknown = sorted(set(self.may_diverge) - set(self.arms))
        if unknown:
            raise SpecError(
                f"may_diverge names arms of the experiment; got {', '.join(unknown)}, and the arms "
                f"are {', '.join(self.arms) or 'none'}. Use their names."
            )
        if self.bearing != "analogue" and not self.criterion.resolves_print:
            raise SpecError(
                "A form whose smallest effect is more than half of the printed one is an analogue; "
                f"got δ = {self.criterion.smallest_effect:g}, printed "
                f"{self.criterion.printed_effect:g}, bearing {self.bearing!r}. Use "
                'bearing="analogue", or a smaller δ.'
            )

    @property
    def arms(self) -> Mapping[str, Arm]:
        """The experiment's arms; none without one."""
        return self.experiment.arms if self.experiment else {}

    @property
    def looks(self) -> tuple[int, ...]:
        """The planned numbers of seeds; one look where nothing is run."""
        return self.experiment.looks if self.experiment else (1,)

    @property
    def plan(self) -> str:
        """A digest of everything that was fixed before the first run."""
        experiment = self.experiment
        fixed = [dict(self.arms), self.looks, experiment and experiment.measure]
        if experiment and experiment.first_seed:
            fixed.append(experiment.first_seed)
        numbers = [self.criterion.null, self.criterion.smallest_effect, self.criterion.alpha]
        return _digest_of([fixed, numbers])

    @property
    def recipe(self) -> str:
        """A digest of what is run and measured, whatever the seeds and the criterion."""
        return _digest_of([dict(self.arms), self.experiment and self.experiment.measure])


def _digest_of(parts: list[Any]) -> str:
    """12 hexadecimal digits; none where a part has no description: planning its runs says so."""
    try:
        return digest(parts)[:12]
    except SpecError:
        return ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A form with its claim, tier and name: one test item."""

    claim: Claim
    tier: str
    name: str
    form: Form

    @property
    def id(self) -> str:
        """The item's parameter id: "fast", or "fast-resnet"."""
        return f"{self.tier}-{self.name}" if self.name else self.tier


def claim(claim: Claim, **tiers: Form | Mapping[str, Form]) -> pytest.MarkDecorator:
    """Mark a test as the judge of a claim in these tiers: `@claim(CLAIM, fast=…, full=…)`.

    Each tier has one Form, or a mapping of case names to Forms.
    """
    unknown = sorted(set(tiers) - set(TIERS))
    if unknown or not tiers:
        raise SpecError(
            f"A claim has forms for some of the tiers {', '.join(TIERS)}; got "
            f"{', '.join(unknown) or 'none'}. Use those names."
        )
    # Made by hand, so that the mark need not be declared in a session that has no claim.
    mark = pytest.Mark("claim", (claim,), tiers, _ispytest=True)
    return pytest.MarkDecorator(mark, _ispytest=True)


def holds_a_claim(mark: pytest.Mark) -> bool:
    """Whether a mark of the name `claim` is ours: a project may have one of that name itself."""
    return bool(mark.args) and isinstance(mark.args[0], Claim)


def cases(mark: pytest.Mark) -> Iterator[Case]:
    """Every form that a claim mark holds."""
    (claimed,) = mark.args
    for tier, forms in mark.kwargs.items():
        named = {"": forms} if isinstance(forms, Form) else forms
        for name, form in named.items():
            yield Case(claim=claimed, tier=tier, name=name, form=form)


def parameter(case: Case) -> object:
    """The case as a pytest parameter, with the marks of its tier and of an expected word."""
    marks: list[pytest.MarkDecorator] = [getattr(pytest.mark, case.tier)]
    if case.tier == "static":
        marks.append(pytest.mark.fast)
    criterion = case.form.criterion
    if criterion.expected in DENIALS:
        marks.append(
            pytest.mark.xfail(
                raises=DENIALS[criterion.expected],
                strict=True,
                reason=f"known: {criterion.expected_reason}",
            )
        )
    return pytest.param(case, id=case.id, marks=marks)
