"""How likely fresh seeds return the same verdict, with controls and mutants, by simulation."""

from dataclasses import dataclass

import numpy as np
import pytest

from dltheory.statistics import mean, success_rate, worst_case
from dltheory.verdicts import calibrate, holds, judge, shown
from dltheory.verdicts import stability as stability_module
from dltheory.verdicts.calibration import planned
from dltheory.verdicts.repetition import repetition
from tests.mutation import mutant
from tests.verdicts.made_up import around, criterion, repeated

ONE = planned((12,), 0.01)
RULE = criterion(smallest_effect=0.5)
CONFIRMED_BY_A_HAIR = around(0.0).interval(0.01).estimate - around(0.0).interval(0.01).lower
REFUTED_BY_A_HAIR = RULE.refutation_line - CONFIRMED_BY_A_HAIR


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """The true means of what is judged, of its control and of its mutant; all vary by 1."""

    theta: float
    control: float | None = None
    mutant: float | None = None
    when_failed: str = "inconclusive"

    def judged(self, of):
        """The judgement on samples drawn about these means."""
        control, broken = self.parts(of)
        return judge(RULE, of(self.theta), controls=control, mutants=broken)

    def stability(self, verdict):
        control, broken = self.parts(around)
        found = calibrate(RULE, around(self.theta), verdict, ONE, control, tuple(broken.values()))
        return found.stability

    def parts(self, of):
        controls = [] if self.control is None else [self._control(of(self.control))]
        return controls, {} if self.mutant is None else {"broken": of(self.mutant)}

    def _control(self, evidence):
        return shown("c", evidence, when_failed=self.when_failed)


EXPERIMENTS = {
    "a control held by a hair": Experiment(theta=3.0, control=CONFIRMED_BY_A_HAIR + 0.01),
    "a mutant caught by a hair": Experiment(theta=3.0, mutant=CONFIRMED_BY_A_HAIR - 0.01),
    "both": Experiment(theta=3.0, control=1.0, mutant=0.3),
    "a mutant that passes": Experiment(theta=3.0, mutant=2.0),
    "refuted, and a control beside it": Experiment(
        theta=-2.0, control=CONFIRMED_BY_A_HAIR + 0.01, when_failed="vacuous"
    ),
    "refuted, and a control that blinds": Experiment(
        theta=-2.0, control=CONFIRMED_BY_A_HAIR + 0.01
    ),
    "open, and nearly refuted": Experiment(
        theta=REFUTED_BY_A_HAIR + 0.01, control=-2.0, when_failed="vacuous"
    ),
    "open, nearly refuted, and blind": Experiment(theta=REFUTED_BY_A_HAIR + 0.01, control=-2.0),
    "confirmed but for a control": Experiment(theta=3.0, control=-2.0, when_failed="confounded"),
}


def check(experiment, stability):
    """No more than the share of fresh samples that say the same; and no needless caution."""
    verdict = experiment.judged(around).verdict
    draws = np.random.default_rng(5)
    again = [experiment.judged(lambda m: mean(repeated(m, draws))).verdict for _ in range(1500)]
    share = np.mean([word == verdict for word in again])
    assert share - 0.08 <= stability(verdict) <= share + 0.03


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
def test_fresh_seeds_say_the_same_as_often_as_the_stability_says(experiment):
    check(experiment, experiment.stability)


FAULTS = {
    "mutants forgotten": ("- turning - through", "- turning", "a mutant caught by a hair"),
    "controls forgotten": ("- turning - through", "- through", "a control held by a hair"),
    "every control blinds": (
        "(not c.blinds) * again.refuted[1]",
        "0.0 * again.refuted[1]",
        "open, and nearly refuted",
    ),
    "no control blinds": (
        "(not c.blinds) * again.refuted[1]",
        "again.refuted[1]",
        "open, nearly refuted, and blind",
    ),
    "controls beside a refutation": (
        "if confirmed or c.blinds",
        "if True",
        "refuted, and a control beside it",
    ),
    "a passing mutant forgotten": (
        "max(again.stability(verdict), *failing, *through, 0.0)",
        "max(again.stability(verdict), *failing, 0.0)",
        "a mutant that passes",
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_in_the_stability_is_noticed(fault):
    healthy, faulty, name = fault
    module, experiment = mutant(stability_module, healthy, faulty), EXPERIMENTS[name]
    controls, broken = experiment.parts(around)

    def stability(verdict):
        again, *of_mutants = [
            repetition(e, RULE.null, RULE.smallest_effect, 0.01)
            for e in (around(experiment.theta), *broken.values())
        ]
        return module.stability(verdict, again, controls, of_mutants)

    with pytest.raises(AssertionError):
        check(experiment, stability)


def test_what_was_decided_where_it_was_measured_is_taken_to_come_out_as_it_did():
    held, failed = (holds("c", expectation="e", observed="o", held=h) for h in (True, False))

    assert calibrate(RULE, around(5.0), "CONFIRMED", ONE, [held]).gates
    assert calibrate(RULE, around(0.2), "INCONCLUSIVE", ONE, [failed]).gates


@pytest.mark.parametrize("broken", [success_rate([False] * 60), worst_case([-1.0])])
def test_mutants_without_a_variance_are_taken_to_be_caught(broken):
    assert calibrate(RULE, around(5.0), "CONFIRMED", ONE, (), [broken]).gates


def test_a_hair_is_a_hair():
    assert shown("c", around(CONFIRMED_BY_A_HAIR + 0.01)).held
    assert not shown("c", around(CONFIRMED_BY_A_HAIR - 0.01)).held
    assert judge(RULE, around(REFUTED_BY_A_HAIR + 0.01)).verdict == "INCONCLUSIVE"
